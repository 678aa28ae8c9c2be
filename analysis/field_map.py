"""The field map, run once with several annealings, as a small table: docs/claims-field-map.csv.

Run:  python analysis/field_map.py FOLDER [TABLE]

FOLDER holds field-map.nc of runs/once/field-map.toml and field-map-cubic.nc of
runs/once/field-map-cubic.toml. Where charge freezes on cooling nothing is in equilibrium; each
annealing then has a frozen charge of its own, and the scatter between them is the error.
"""

import csv
import sys
from pathlib import Path

import numpy as np
import xarray as xr
from scipy.stats import t as student

TABLE = Path(__file__).parents[1] / "docs/claims-field-map.csv"
COLUMNS = ("lattice", "doping", "annealings", "T_half", "T_half_stderr", "T_half_upper_bound",
           "T_half_free", "equilibrated_from", "transmission_coldest",
           "transmission_coldest_stderr", "T_coldest", "T_charge")  # fmt: skip


def half(temperature: np.ndarray, transmission: np.ndarray, stderr: np.ndarray) -> tuple:
    """Where half is transmitted on cooling, log T interpolated, and its error; NaN for nowhere."""
    reached = np.flatnonzero(transmission >= 0.5)
    if not len(reached) or reached[-1] == len(temperature) - 1:
        return np.nan, np.nan
    k, log_t = int(reached[-1]), np.log(temperature)
    slope = (transmission[k + 1] - transmission[k]) / (log_t[k + 1] - log_t[k])
    t = np.exp(log_t[k] + (0.5 - transmission[k]) / slope)
    return float(t), float(t * max(stderr[k], stderr[k + 1]) / abs(slope))


def mean(values: np.ndarray, stderr: np.ndarray) -> tuple[float, float]:
    """Mean of independent annealings, and the larger of its errors by scatter and by each."""
    n = len(values)
    widened = student.ppf(0.8413, n - 1) if n > 1 else np.nan
    scatter = widened * values.std(ddof=1) / np.sqrt(n) if n > 1 else np.nan
    return float(values.mean()), float(np.fmax(scatter, np.sqrt((stderr**2).sum()) / n))


def rows(lattice: str, path: Path) -> list[dict[str, object]]:
    """One line a doping."""
    with xr.open_dataset(path) as opened:
        root = (
            opened.squeeze("field", drop=True).load() if "field" in opened.dims else opened.load()
        )
    with xr.open_dataset(path, group="health") as opened:
        health = opened["converged"].load()
    t = root["temperature"].values
    made: list[dict[str, object]] = []
    for x in root["doping"].values:
        at = root.sel(doping=x)
        run = [s for s in at["seed"].values if np.isfinite(at["transmission"].sel(seed=s)).all()]
        at, known = at.sel(seed=run), health.sel(doping=x, seed=run).values == 1
        if not run:
            continue
        both = [
            (at[n].transpose("seed", ...).values) for n in ("transmission", "transmission_stderr")
        ]
        halves = np.array([half(t, *one) for one in zip(*both, strict=True)])
        never = np.isnan(halves[:, 0])
        middle, error = mean(*halves.T) if not never.any() else (np.nan, np.nan)
        cold, cold_error = mean(both[0][:, 0], both[1][:, 0])
        short = np.flatnonzero(
            ~known.all(axis=known.shape.index(len(run))) if len(run) > 1 else ~known.ravel()
        )
        lowest = t[short.max(initial=-1) + 1] if short.max(initial=-1) + 1 < len(t) else np.nan
        charge = at["T_charge"].values
        made.append(dict(zip(COLUMNS, (
            lattice, x, len(run), middle, error, t[0] if never.all() else np.nan,
            float(at["T_collective_free"].values.flat[0]), lowest, cold, cold_error, t[0],
            np.nanmean(charge) if np.isfinite(charge).any() else np.nan,
        ), strict=True)))  # fmt: skip
    return made


def main(folder: str, out: str = str(TABLE)) -> None:
    """Write the table."""
    found = rows("kagome-wells", Path(folder) / "field-map.nc")
    found += rows("cubic", Path(folder) / "field-map-cubic.nc")
    with Path(out).open("w", newline="") as file:
        table = csv.DictWriter(file, COLUMNS, lineterminator="\n")
        table.writeheader()
        for row in found:
            table.writerow({n: f"{v:.5g}" if isinstance(v, float) else v for n, v in row.items()})
    print(f"wrote {out}")


if __name__ == "__main__":
    main(*(sys.argv[1:3] or sys.exit("field_map: give the folder of the diagrams")))
