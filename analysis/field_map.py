"""The field map, run once with several annealings, as a small table: docs/claims-field-map.csv.

Run:  python analysis/field_map.py FOLDER [TABLE]

FOLDER holds field-map.nc of runs/once/field-map.toml and field-map-cubic.nc of
runs/once/field-map-cubic.toml. Where charge freezes on cooling nothing is in equilibrium; each
annealing then has a frozen charge of its own, and the scatter between them is the error.
"""

import csv
import sys
from pathlib import Path

import matplotlib.pyplot as plt
import numpy as np
import xarray as xr
from scipy.stats import t as student

from mcsc.plot import save_figure

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


def map_rows(lattice: str, path: Path) -> list[dict[str, object]]:
    """One line a doping; annealings that were not run are left out."""
    groups = []
    for name in (None, "health"):
        with xr.open_dataset(path, group=name) as opened:
            found = opened.isel(field=0, missing_dims="ignore").load()
        groups.append(found if "seed" in found.dims else found.expand_dims("seed"))
    t = (root := groups[0])["temperature"].values
    made: list[dict[str, object]] = []
    for k, x in enumerate(root["doping"].values):
        at, flags = (d.isel(doping=k).transpose("seed", "temperature", ...) for d in groups)
        run = np.isfinite(at["transmission"].values).all(axis=1)
        if not run.any():
            continue
        through, errors = (at[f"transmission{end}"].values[run] for end in ("", "_stderr"))
        halves = np.array([half(t, *one) for one in zip(through, errors, strict=True)])
        never = np.isnan(halves[:, 0])
        middle, error = (np.nan, np.nan) if never.any() else mean(*halves.T)
        known = (flags["converged"].values[run] == 1).all(axis=0)
        lowest = np.flatnonzero(~known).max(initial=-1) + 1
        charge = at["T_charge"].values[run]
        made.append(dict(zip(COLUMNS, (
            lattice, x, int(run.sum()), middle, error, t[0] if never.all() else np.nan,
            at["T_collective_free"].values.flat[0], t[lowest] if lowest < len(t) else np.nan,
            *mean(through[:, 0], errors[:, 0]), t[0],
            np.nanmean(charge) if np.isfinite(charge).any() else np.nan,
        ), strict=True)))  # fmt: skip
    return made


def figure(found: list[dict[str, object]], out: Path) -> None:
    """Draw half transmission over doping on both lattices, with that of free carriers."""
    fig, ax = plt.subplots(figsize=(6.4, 3.4), layout="constrained")
    for lattice, times, colour, mark in (("kagome-wells", 1, "C0", "o"), ("cubic", 3, "C1", "s")):
        rows = [row for row in found if row["lattice"] == lattice]
        x, t, error, bound = (
            np.array([float(row[n]) for row in rows]) * scale
            for n, scale in (("doping", times), ("T_half", 1), ("T_half_stderr", 1),
                             ("T_half_upper_bound", 1))
        )  # fmt: skip
        ax.errorbar(
            x,
            t,
            error,
            fmt=mark,
            ms=4,
            lw=1,
            color=colour,
            label=lattice.removesuffix("-wells") + " wells",
        )
        ax.plot(x, bound - 0.0004 * times, "v", ms=4, mfc="none", color=colour)
    ax.axhline(float(found[0]["T_half_free"]), color="0.5", lw=1, label="free carriers (exact)")
    unit = "$e^2/4\\pi\\varepsilon_0 a\\,k_B$"
    ax.set(xlabel="carriers in three wells", ylabel=f"T of half transmission ({unit})",
           xlim=(0, 3), ylim=(0, 0.0195))  # fmt: skip
    ax.legend(frameon=False, fontsize="small", loc="upper center", ncols=3)
    ax.set_title(
        "▽: below the coldest temperature in every annealing", fontsize="small", loc="left"
    )
    save_figure(fig, out)


def main(folder: str, out: str = str(TABLE)) -> None:
    """Write the table."""
    found = map_rows("kagome-wells", Path(folder) / "field-map.nc")
    found += map_rows("cubic", Path(folder) / "field-map-cubic.nc")
    with Path(out).open("w", newline="") as file:
        table = csv.DictWriter(file, COLUMNS, lineterminator="\n")
        table.writeheader()
        for row in found:
            table.writerow({n: f"{v:.5g}" if n != "lattice" else v for n, v in row.items()})
    figure(found, Path(out).with_suffix(".png"))
    print(f"wrote {out}, with its figure")


if __name__ == "__main__":
    main(*(sys.argv[1:3] or sys.exit("field_map: give the folder of the diagrams")))
