"""Claims about the order of charge: stars, stacking, superlattices, and the domes of T_charge."""

from pathlib import Path

import numpy as np
import xarray as xr
from claims_row import (
    ASSUMED,
    BOLTZMANN,
    FAILS,
    HOLDS,
    INPUT,
    SURE,
    UNDECIDED,
    Row,
    charge_line,
    group,
    high_domes,
    near_dome,
    number,
    verdict,
)

RANDOM_STACKING = 5 / 21
IN_UNITS = ", in e²/(4πε0 ε_r a k_B)"


def _star_points(path: Path, energy: float) -> tuple[xr.Dataset, np.ndarray]:
    """One star energy, and which of its temperatures equilibrated."""
    at = group(path).sel(star_energy=energy).isel(doping=0)
    known = group(path, "health")["converged"].sel(star_energy=energy).isel(doping=0)
    return at, known.values == 1


def stars(path: Path) -> Row:
    """Wavevector of the stars, and what goes first on heating."""
    shown, ordered, known_all = [], [], True
    for energy in group(path)["star_energy"].values:
        at, known = _star_points(path, energy)
        cold = at.isel(temperature=int(np.argmax(known)))
        stars_of = at["occupation"].sel(kind="gamma")
        order, q = float(cold["star_order"]), at["star_order_wavevector"].values
        left = np.interp(float(at["T_charge"]), at["temperature"].values, stars_of.values)
        if energy < 0:
            doubled = np.allclose(np.rint(2 * q[:2]), 2 * q[:2]) and (np.rint(q[:2]) != q[:2]).any()
            ordered.append(order > 0.5 and doubled and left > 0.5)
            known_all &= bool(np.isfinite(at["T_charge"])) and bool(at["T_charge_converged"])
        shown.append(
            f"W = {energy:+.2f} eV: star order {order:.2f} ± "
            f"{float(cold['star_order_stderr']):.2f} at ({q[0]:g}, {q[1]:g}) at "
            f"{float(cold['temperature']):.0f} K, {charge_line(at)} with {left:.2f} stars"
        )
    return Row(
        "Stars of David order at 2 × 2 and outlast the order on heating",
        "; ".join(shown),
        "stars sit where charge orders, with the share that a lone carrier has (next row)",
        # which state is lower is put in
        verdict(all(ordered), known_all, assumed=True) + (": W < 0" if all(ordered) else ""),
    )


def star_share(path: Path) -> Row:
    """Share of stars against the Boltzmann factor of a lone carrier."""
    shown, largest = [], 0.0
    for energy in group(path)["star_energy"].values:
        at, known = _star_points(path, energy)
        share = at["occupation"].sel(kind="gamma")
        error = at["occupation_stderr"].sel(kind="gamma").values
        lone = 1 / (1 + np.exp(energy / (BOLTZMANN * at["temperature"])))
        off = (share - lone).values
        cold = known & (at["temperature"] < at["T_charge"]).values
        largest = max(largest, float(np.abs(off[cold]).max()))
        shown.append(
            f"W = {energy:+.2f} eV: {float(np.abs(off[cold]).max()):.3f} ± "
            f"{float(error[cold].max()):.3f} at {int(cold.sum())} temperatures below T_charge, "
            f"{float(off[known][-1]):+.3f} at {float(at['temperature'][-1]):.0f} K"
        )
    return Row(
        "Carriers choose the star by their interaction with the crystal",
        f"share of stars off that of a lone carrier, at most: {'; '.join(shown)}; one size. What "
        "is left is that nearest stars exclude each other, which counts in the liquid",
        "a carrier alone: 1/(1 + exp(W/k_B T)); without a charge of its own a star is a label",
        INPUT if largest < 0.05 else UNDECIDED,
    )


def star_charge(path: Path) -> Row:
    """Share and order of stars that have a charge of their own."""
    root, shown, moved, known_all = group(path), [], [], True
    for charge in root["star_charge"].values:
        at = root.sel(star_charge=charge).isel(doping=0)
        known = group(path, "health")["converged"].sel(star_charge=charge).isel(doping=0) == 1
        share = at["occupation"].sel(kind="gamma").where(known)
        error = float(at["occupation_stderr"].sel(kind="gamma").where(known).max())
        low, high = float(share.min()), float(share.max())
        moved.append(max(abs(low - 0.5), abs(high - 0.5)) > max(SURE * error, 0.05))
        known_all &= bool(known.any())
        shown.append(f"{charge:g} e: {low:.2f} to {high:.2f} stars, {charge_line(at)}")
    plain = [float(c) == 1 for c in root["star_charge"].values]
    changed = all(m for m, one in zip(moved, plain, strict=True) if not one)
    return Row(
        "Stars that have a charge of their own are chosen by the crystal",
        f"W = 0, one size: {'; '.join(shown)}. A smaller charge has less of the potential of the "
        "compensating background, which acts like an energy W",
        "a label (charge 1 e): one half at any temperature",
        verdict(changed, known_all, assumed=True) + ": the charge" * changed,
    )


def _stacking(path: Path) -> tuple[xr.Dataset, xr.Dataset]:
    """The largest crystal over temperature, and its coldest equilibrated point."""
    largest = {"doping": 0, "size": -1}
    root, health = (group(path, g).isel(largest, missing_dims="ignore") for g in (None, "health"))
    return root, root.isel(temperature=int(np.argmax(health["converged"].values == 1)))


def staggered(path: Path) -> Row:
    """Neighbouring layers of 2 × 2 order along c."""
    root, cold = _stacking(path)
    one = float(cold["layer_correlation"].sel(layer_distance=1))
    error = float(cold["layer_correlation_stderr"].sel(layer_distance=1))
    locked = np.abs(root["layer_correlation"].sel(layer_distance=1)) > abs(one) / 2
    melts = float(root["temperature"].where(locked).max())
    return Row(
        "Charge order is three-dimensional: 2 × 2 layers are staggered along c",
        f"at {float(cold['temperature']):.0f} K correlation of neighbouring layers {one:.3f} ± "
        f"{error:.3f} (staggered −1/3, straight 1); half lost at {melts:.0f} K, "
        f"{charge_line(root)}",
        "independent layers: 0; a liquid is correlated too",
        verdict(one + SURE * error < 0, bool(np.isfinite(root["T_charge"]))),
    )


def second_layers(path: Path) -> Row:
    """Second layers of 2 × 2 order along c, against random stacking."""
    _, cold = _stacking(path)
    two = float(cold["layer_correlation"].sel(layer_distance=2))
    error = float(cold["layer_correlation_stderr"].sel(layer_distance=2))
    off = (two - RANDOM_STACKING) / error
    return Row(
        "The stacking is 2 × 2 × 2 or 2 × 2 × 4",
        f"at {float(cold['temperature']):.0f} K correlation of second layers {two:.3f} ± "
        f"{error:.3f}, {off:+.1f} errors from random (2 × 2 × 2: 1, 2 × 2 × 4: −1/3)",
        f"random sequences of unlike neighbours in four layers: 5/21 = {RANDOM_STACKING:.3f}",
        FAILS if min(abs(two - 1), abs(two + 1 / 3)) > max(SURE * error, 0.2) else UNDECIDED,
    )


def one_by_four(path: Path) -> Row:
    """Structure factors of 4a × 1a and of 2a × 2a order at a quarter of the hexagons."""
    root, cold = _stacking(path)
    h, k = (np.round(cold[n].values, 6) for n in ("h", "k"))
    hot, shown, peaks = root.isel(temperature=-1), [], []
    for name, q in (("4a × 1a", 0.25), ("2a × 2a", 0.5)):
        on = np.flatnonzero((np.abs(h) == q) & (k == 0))
        top = on[int(cold["structure_factor"].values[on].argmax())]
        values = [float(one["structure_factor"][top]) for one in (cold, hot)]
        error = float(cold["structure_factor_stderr"][top])
        peaks.append(values[0])
        shown.append(f"{name}, S({q:g}, 0) {values[0]:.4f} ± {error:.4f}, hot {values[1]:.2f}")
    return Row(
        "Beside 2a × 2a there is 4a × 1a order",
        f"at a quarter of the hexagons and {float(cold['temperature']):.0f} K, at the strongest l: "
        f"{'; '.join(shown)}; one size",
        "random carriers: S = 0.75 at any wavevector",
        HOLDS if min(peaks) > 1.5 else FAILS,
    )


def nematic(path: Path) -> Row:
    """Whether carriers line up along one direction of their layers."""
    root, known = group(path), group(path, "health")["converged"].values == 1
    chance, scale = np.sqrt(0.75 * np.pi / 108), float(root.attrs["coulomb_temperature"])
    found, shown = [], []
    for x, sure in zip(root["doping"].values, known, strict=True):
        cold = root.sel(doping=x).isel(temperature=int(sure.argmax()))
        order, error = float(cold["nematic_order"]), float(cold["nematic_order_stderr"])
        if order - SURE * error > 2 * chance:
            found.append(float(x))
        if x in (*found, 1.0, 2.0):
            t = float(cold["temperature"]) / scale
            shown.append(f"x = {x:.3g}: {order:.2f} ± {error:.2f} at T = {t:.3f}")
    between = bool(found) and all(1 < x < 2 for x in found)
    return Row(
        "Charge order is nematic: rows of carriers run along one direction of their layer",
        "order ψ at the coldest equilibrated temperature, at 1 and 2 and where above twice that of "
        f"chance: {'; '.join(shown)}; one size",
        f"carriers at random in 108 wells: {chance:.2f}; straight rows: 1",
        ASSUMED + ": fillings between 1 and 2" if between else verdict(bool(found)),
    )


def double_domes(path: Path) -> Row:
    """Two domes over doping on the kagome wells."""
    count, places = high_domes(group(path, "domes"), group(path).attrs["coulomb_temperature"])
    return Row(
        "Two domes over doping come from the geometry of kagome wells",
        f"bounded domes above half the highest{IN_UNITS}: {places}",
        "cubic wells: one dome (below); free carriers do not order",
        verdict(count == 2, assumed=True) + (": equal depths" if count == 2 else ""),
    )


def depths(path: Path) -> Row:
    """What unequal depths leave of the two domes."""
    root = group(path)
    shown, two, equal = [], [], []
    for depth in root["depth_beta"].values:
        at = root.sel(depth_beta=depth)
        (one, of_one), (other, of_other) = (near_dome(at, x) for x in (1.0, 2.0))
        middle = at.sel(doping=1.5)
        between = np.nanmax([0.0, float(middle["T_charge"]), float(middle["charge_order_onset"])])
        two.append(min(one, other) > between)
        equal.append(abs(depth) < 0.1)
        valley = f"{between:.3f}" if between else "none"
        shown.append(f"{depth:+g}: {of_one}; {of_other}; order at 1.5: {valley}")
    near = all(t for t, same in zip(two, equal, strict=True) if same)
    assumed = f"{ASSUMED}: nearly equal depths" if near else FAILS
    return Row(
        "Two domes are there whatever the depth of hexagons against triangles",
        f"T_charge by depth of the hexagon in e²/(4πε0 a): {' / '.join(shown)}",
        "equal depths: at x = 1 and 2 (above)",
        verdict(True) if all(two) else assumed,
    )


def with_dopants(path: Path) -> Row:
    """What random charges of dopants leave of the two domes."""
    root, domes = group(path), group(path, "domes_disorder_average")
    scale = root.attrs["coulomb_temperature"]
    count, places = high_domes(domes, scale)
    shown = []
    for x in (1.0, 1.5, 2.0):
        at = root.sel(doping=x)
        n, all_of = int(at["T_charge_samples"]), root.sizes["disorder"]
        mean = f"{number(at, 'T_charge_mean', scale)} in {n} of" if n else "none in any of"
        shown.append(f"x = {x:g}: {mean} {all_of} samples")
    clean = group(path.with_name("kagome.nc"), "domes")
    _, without = high_domes(clean, group(path.with_name("kagome.nc")).attrs["coulomb_temperature"])
    return Row(
        "Two domes survive the random charge of dopants",
        f"mean T_charge{IN_UNITS}: {'; '.join(shown)}; bounded domes of the mean: {places}",
        f"without dopants: {without}",
        verdict(count == 2, count == 2 or domes.sizes["dome"] < 2),
    )


def single_dome(path: Path) -> Row:
    """One dome over doping in the simple cubic control."""
    count, places = high_domes(group(path, "domes"), group(path).attrs["coulomb_temperature"])
    return Row(
        "Control: simple cubic wells have one dome",
        f"bounded domes above half the highest{IN_UNITS}: {places}",
        "lattice gas with 1/r at one half: 0.1289(4), independent runs",
        verdict(count == 1),
    )
