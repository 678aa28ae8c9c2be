"""What the static picture claims, row by row, and what the model gives: docs/claims.md.

Run:  python analysis/claims.py FOLDER [PAGE]

FOLDER holds one diagram a run file, FOLDER/kagome.nc of runs/kagome.toml, and so on. Every number
and verdict is computed from these; a row without its file says which command makes it.
"""

import sys
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import xarray as xr
from scipy.optimize import brentq

from mcsc.files.outputs import NotReplaced, write_page

SURE = 3.0  # standard errors from which on a difference counts
HOLDS, FAILS, UNDECIDED = "holds", "fails", "undecided"


@dataclass(frozen=True)
class Row:
    """One claim: what the model gives for it, and whether it holds there."""

    claim: str
    number: str
    verdict: str


def verdict(holds: bool, known: bool = True) -> str:
    """A verdict on something that is known or not."""
    if not known:
        return UNDECIDED
    return HOLDS if holds else FAILS


def group(path: Path, name: str | None = None) -> xr.Dataset:
    """One group of a diagram."""
    with xr.open_dataset(path, group=name) as opened:
        return opened.load()


def regime_names(root: xr.Dataset) -> xr.DataArray:
    """Regime of every point as its name."""
    names = np.array(root["regime"].attrs["flag_meanings"].split())
    return root["regime"].copy(data=names[root["regime"].values.astype(int)])


def of_sizes(at: xr.Dataset, name: str, scale: float = 1.0, digits: int = 4) -> str:
    """The error of finite size that follows a statistical one, or "one size"."""
    size = float(at[f"{name}_stderr_size"]) / scale
    return f" ± {size:.{digits}f} (sizes)" if np.isfinite(size) else " (one size)"


def charge_line(at: xr.Dataset) -> str:
    """T_charge in kelvin, or why there is none."""
    if np.isfinite(at["T_charge"]):
        shown = f"T_charge {float(at['T_charge']):.0f} ± {float(at['T_charge_stderr']):.0f} K"
        return shown + of_sizes(at, "T_charge", digits=0)
    return f"no T_charge ({at['T_charge_reason'].item()})"


def two_steps(path: Path) -> Row:
    """T_charge above T_collective at both fillings."""
    at = group(path).sel(field=0.5)
    shown, gaps, sure = [], [], True
    for x in (1.0, 2.0):
        here = at.sel(doping=x)
        t, dt, u, du = (
            float(here[name])
            for name in ("T_charge", "T_charge_stderr", "T_collective", "T_collective_stderr")
        )
        gaps.append((t - u) / np.hypot(dt, du))
        sure &= bool(here["T_charge_converged"]) and bool(here["T_collective_converged"])
        shown.append(
            f"x = {x:g}: T_charge {t:.4f} ± {dt:.4f}{of_sizes(here, 'T_charge')}, "
            f"T_collective {u:.4f} ± {du:.4f}{of_sizes(here, 'T_collective')}"
        )
    return Row(
        "Order comes in two steps: on cooling charge orders first, in a field the carriers are "
        "displaced together below that",
        "; ".join(shown),
        verdict(min(gaps) > SURE, sure and bool(np.isfinite(gaps).all())),
    )


def insulator_without_field(path: Path) -> Row:
    """The regime of ordered charge at zero field."""
    at = group(path).sel(field=0.0)
    names = regime_names(at)
    ordered = (at["temperature"] < at["T_charge"]) & (names != "undecided")
    counts = {str(n): int(((names == n) & ordered).sum()) for n in np.unique(names.values)}
    found = {name: n for name, n in counts.items() if n}
    share = ", ".join(f"{name} {n}" for name, n in found.items())
    largest = np.abs(at["displacement_parallel"]).where(ordered)
    z = float((largest / at["displacement_parallel_stderr"]).max())
    return Row(
        "At zero field ordered charge is an insulator: no mean displacement",
        f"equilibrated points below T_charge: {share or 'none'}; largest mean displacement "
        f"{z:.1f} standard errors from zero",
        verdict(set(found) == {"insulator"}, bool(found)),
    )


def loss_vanishes_only_when_frozen(path: Path) -> Row:
    """The best transmission without ordered charge, against that of ordered charge."""
    root, health = group(path), group(path, "health")
    at, known = root.sel(field=0.5), health["converged"].sel(field=0.5) == 1
    ordered = at["temperature"] < at["T_charge"]
    with_order = float(at["transmission"].where(ordered & known).max())
    without = at["transmission"].where(~ordered & known)
    place = without.argmax(...)
    there = without.isel(place)
    return Row(
        "The loss vanishes only where charge is ordered and displaced together",
        f"largest transmission with charge order {with_order:.3f}, without {float(there):.3f} "
        f"(x = {float(there['doping']):g}, T = {float(there['temperature']):.4f}); the field does "
        "not act on hops, so the loss stands in for a resistance",
        verdict(with_order >= 0.9 and float(there) < 0.5),
    )


def nothing_in_between(path: Path) -> Row:
    """The collective regime is absent half-way between the two fillings."""
    root, health = group(path), group(path, "health")
    at, known = (d.sel(field=0.5, doping=1.5) for d in (root, health["converged"] == 1))
    best = float(at["transmission"].max())
    lowest = float(at["temperature"].where(known).min())
    absent = not (regime_names(at) == "collective").any() and best < 0.5
    return Row(
        "Between the fillings, at x = 1.5, carriers are displaced at random at any temperature",
        f"largest transmission {best:.2f}; equilibrated from T = {lowest:.3f} up",
        verdict(absent, bool(known.all()) or not absent),
    )


def threshold(path: Path) -> Row:
    """Threshold fields of the frozen crystal, and hysteresis."""
    swept = group(path, "protocols")
    shown, found = [], []
    for x in (1.0, 2.0):
        cold = swept.sel(protocol_doping=x).isel(temperature=0)
        at = cold.sel(branch="forward")
        field, error = float(at["threshold_field"]), float(at["threshold_field_stderr"])
        found.append(np.isfinite(field) and field > SURE * error)
        loop, width = float(cold["hysteresis_area"]), float(cold["hysteresis_area_stderr"])
        kind = str(at["threshold_sharp"].attrs["flag_meanings"]).split()[int(at["threshold_sharp"])]
        shown.append(
            f"x = {x:g}: E* = {field:.3f} ± {error:.3f} ({kind}), "
            f"hysteresis {loop:.3f} ± {width:.3f}"
        )
    return Row(
        "The frozen crystal is displaced only above a threshold field",
        f"at T = {float(swept['temperature'][0]):.4f}, on raising the field: {'; '.join(shown)}",
        verdict(all(found), bool(np.isfinite(found).all())),
    )


def stars(path: Path) -> Row:
    """Share of stars, their wavevector, and what goes first on heating."""
    root, health = group(path), group(path, "health")
    shown, ordered, known_all = [], [], True
    for energy in root["star_energy"].values:
        at = root.sel(star_energy=energy).isel(doping=0)
        known = health["converged"].sel(star_energy=energy).isel(doping=0).values == 1
        cold = at.isel(temperature=int(np.argmax(known)))
        stars_of = at["occupation"].sel(kind="gamma")
        order, q = float(cold["star_order"]), at["star_order_wavevector"].values
        melts = float(at["T_charge"])
        left = np.interp(melts, at["temperature"].values, stars_of.values)
        if energy < 0:
            doubled = np.allclose(np.rint(2 * q[:2]), 2 * q[:2]) and (np.rint(q[:2]) != q[:2]).any()
            ordered.append(order > 0.5 and doubled and left > 0.5)
            known_all &= bool(np.isfinite(melts)) and bool(at["T_charge_converged"])
        shown.append(
            f"W = {energy:+.2f} eV: {float(stars_of.sel(temperature=cold['temperature'])):.2f} "
            f"stars, star order {order:.2f} at ({q[0]:g}, {q[1]:g}) at "
            f"{float(cold['temperature']):.0f} K, {charge_line(at)} with {left:.2f} stars"
        )
    return Row(
        "Stars of David order at 2 × 2 where a star is the lower state, W < 0, and outlast the "
        "order on heating",
        "; ".join(shown) + "; W, the energy of a star, is an assumption",
        verdict(all(ordered), known_all),
    )


def staggered(path: Path) -> Row:
    """Stacking of 2 × 2 order along c."""
    largest = {"doping": 0, "size": -1}
    root, health = (group(path, g).isel(largest, missing_dims="ignore") for g in (None, "health"))
    known = health["converged"] == 1
    cold = root.isel(temperature=int(np.argmax(known.values)))
    one, two = (cold["layer_correlation"].sel(layer_distance=d) for d in (1, 2))
    error = float(cold["layer_correlation_stderr"].sel(layer_distance=1))
    locked = np.abs(root["layer_correlation"].sel(layer_distance=1)) > abs(float(one)) / 2
    melts = float(root["temperature"].where(locked).max())
    return Row(
        "Charge order is three-dimensional: 2 × 2 layers are staggered along c",
        f"at {float(cold['temperature']):.0f} K correlation of neighbouring layers "
        f"{float(one):.3f} ± {error:.3f} (staggered −1/3, straight 1), of second ones "
        f"{float(two):.3f} (period 2: 1, period 4: −1/3); stacking half lost at {melts:.0f} K, "
        f"{charge_line(root)}",
        # a liquid is correlated too
        verdict(float(one) + SURE * error < 0, bool(np.isfinite(root["T_charge"]))),
    )


def high_domes(path: Path, claim: str, expected: int) -> Row:
    """The bounded domes of T_charge of at least half the highest, and how many there should be."""
    domes, scale = group(path, "domes"), group(path).attrs["coulomb_temperature"]
    high = domes.isel(
        dome=np.flatnonzero(domes["dome_temperature"] > domes["dome_temperature"].max() / 2)
    )
    known = high.isel(dome=np.flatnonzero(high["bounded"] == 1))
    places = []
    for k in range(known.sizes["dome"]):
        dome = known.isel(dome=k)
        places.append(
            f"x = {float(dome['dome_doping']):g} at "
            f"{float(dome['dome_temperature']) / scale:.4f} ± "
            f"{float(dome['dome_temperature_stderr']) / scale:.4f}"
            f"{of_sizes(dome, 'dome_temperature', scale)}"
        )
    if high.sizes["dome"] > known.sizes["dome"]:
        places.append(f"and {high.sizes['dome'] - known.sizes['dome']} open, not counted")
    unit = "domes above half the highest, both sides measured, in e²/(4πε0 ε_r a k_B): "
    return Row(claim, unit + ", ".join(places), verdict(known.sizes["dome"] == expected))


def double_domes(path: Path) -> Row:
    """Two domes over doping on the kagome wells."""
    return high_domes(path, "Two domes over doping come from the geometry of kagome wells", 2)


def single_dome(path: Path) -> Row:
    """One dome over doping in the simple cubic control."""
    return high_domes(path, "Control: simple cubic wells have one dome", 1)


def power_law(t: np.ndarray, error: np.ndarray, *factors: np.ndarray) -> tuple[np.ndarray, ...]:
    """Exponents of t ∝ Π factor^exponent and their errors.

    A scatter about the law, equal for all, is added to the errors where they leave a misfit: no
    single point with a small error decides.
    """
    design = np.column_stack([np.ones_like(t), *(np.log(f) for f in factors)])

    def fitted(scatter: float) -> tuple[np.ndarray, np.ndarray, float]:
        weight = 1.0 / np.hypot(error / t, scatter)
        matrix = design * weight[:, None]
        solution, *_ = np.linalg.lstsq(matrix, np.log(t) * weight, rcond=None)
        misfit = ((matrix @ solution - np.log(t) * weight) ** 2).sum() / (len(t) - len(solution))
        return solution, np.linalg.inv(matrix.T @ matrix), misfit - 1.0

    scatter = brentq(lambda s: fitted(s)[2], 0.0, 100.0) if fitted(0.0)[2] > 0 else 0.0
    solution, covariance, _ = fitted(scatter)
    return solution[1:], np.sqrt(np.diag(covariance))[1:]


def localization(path: Path) -> Row:
    """Exponent of T_collective, by half transmission throughout, in the localization length."""
    root = group(path).isel(doping=0).stack(point=("displacement_length", "relative_permittivity"))
    t, error = root["T_collective_half"].values, root["T_collective_half_stderr"].values
    xi, coulomb = np.full_like(t, np.nan), np.full_like(t, np.nan)
    for i in range(len(t)):
        at = root.isel(point=i)
        if np.isfinite(t[i]):
            xi[i] = np.interp(t[i], at["temperature"].values, at["localization_length"].values)
            coulomb[i] = float((at["coupling"] * at["temperature"]).mean())
    use = np.isfinite(t) & (error > 0) & (root["T_collective_converged"].values == 1)
    if use.sum() < 6:
        return Row("T_c = λ/ξ²", f"only {use.sum()} points with an onset", UNDECIDED)
    (alpha, beta), (d_alpha, d_beta) = power_law(t[use], error[use], xi[use], coulomb[use])
    wide = xi[use].max() / xi[use].min() > 5 and coulomb[use].max() / coulomb[use].min() > 5
    return Row(
        "T_c = λ/ξ²: the onset falls with the square of the localization length",
        f"T_collective ∝ ξ^({alpha:.2f} ± {d_alpha:.2f}) · (Γ k_B T)^({beta:.2f} ± {d_beta:.2f}) "
        f"over {use.sum()} of {len(t)} points at qE = 0.5, T_collective where transmission is ½, ξ "
        "there, Γ k_B T = e²/(4πε0 ε_r a_s)",
        verdict(abs(alpha + 2) < SURE * d_alpha, bool(wide)),
    )


ROWS: tuple[tuple[str, Callable[[Path], Row]], ...] = (
    ("kagome-field", two_steps),
    ("kagome-field", insulator_without_field),
    ("kagome-field", loss_vanishes_only_when_frozen),
    ("kagome-field", nothing_in_between),
    ("kagome-protocols", threshold),
    ("stars", stars),
    ("stacking", staggered),
    ("kagome", double_domes),
    ("cubic-control", single_dome),
    ("localization", localization),
)

HEAD = """# The claims of the static picture, row by row

The picture that carriers sit still in the wells of a crystal, and that superconductivity is their
collective displacement, is contested. This page says what the classical model of mcsc gives for
each claim, not whether it is true of a material. `python analysis/claims.py` writes it from the
stored diagrams of the run files named. Lengths are in lattice constants and temperatures in
e²/(4πε0 a k_B) where no unit is given.

| claim | run file | the model gives | verdict |
|---|---|---|---|
"""


def page(folder: Path) -> str:
    """The whole page from the diagrams in a folder."""
    lines = []
    for name, question in ROWS:
        path, link = folder / f"{name}.nc", f"[{name}.toml](../runs/{name}.toml)"
        try:
            row = question(path)
        except FileNotFoundError as error:
            missing = Path(error.filename or path).stem
            command = f"mcsc run runs/{missing}.toml -o {folder.name}/{missing}.nc"
            row = Row((question.__doc__ or "").rstrip("."), f"not run: `{command}`", UNDECIDED)
        lines.append(f"| {row.claim} | {link} | {row.number} | **{row.verdict}** |")
    return HEAD + "\n".join(lines) + "\n"


def main(folder: str, out: str = "docs/claims.md") -> None:
    """Write the page."""
    try:
        write_page(Path(out), page(Path(folder)))
    except (NotReplaced, OSError) as error:
        sys.exit(f"claims: {error}")
    print(f"wrote {out}")


if __name__ == "__main__":
    main(*(sys.argv[1:3] or sys.exit("claims: give the folder of the diagrams")))
