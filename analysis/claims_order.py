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
    Number,
    Row,
    beside,
    charge_line,
    group,
    high_domes,
    largest,
    near_dome,
    onset_or_transition,
    place_of_most,
    sized,
    verdict,
)

from mcsc.transitions.domes import find_domes

RANDOM_STACKING = 5 / 21
CROSSED = (
    "T_charge is a peak of 6 × 6 × 2 cells; its error of finite size is what it is off the "
    "crossing of several sizes without stars ([stacking.toml](../runs/stacking.toml))"
)
IN_UNITS = ", in e²/(4πε0 ε_r a k_B)"


def _star_points(path: Path, energy: float) -> tuple[xr.Dataset, np.ndarray]:
    """One star energy, and which of its temperatures equilibrated on the largest crystal."""
    at = group(path).sel(star_energy=energy).isel(doping=0)
    known = largest(group(path, "health"))["converged"].sel(star_energy=energy).isel(doping=0)
    return at, known.values == 1


def stars(path: Path) -> Row:
    """Wavevector of the stars, and what goes first on heating."""
    shown, ordered, known_all, crossing = [], [], True, _without_stars(path)
    for energy in group(path)["star_energy"].values:
        at, known = _star_points(path, energy)
        cold, big = at.isel(temperature=int(np.argmax(known))), largest(at)
        order, q = sized(cold, "star_order"), big["star_order_wavevector"].values
        left = _share_at(at, float(at["T_charge"]))
        if energy < 0:
            doubled = np.allclose(np.rint(2 * q[:2]), 2 * q[:2]) and (np.rint(q[:2]) != q[:2]).any()
            ordered.append(order.value > 0.5 and doubled and left.value > 0.5)
            known_all &= bool(np.isfinite(at["T_charge"])) and bool(at["T_charge_converged"])
        shown.append(
            f"W = {energy:+.2f} eV: star order {order.said('.2f')} at ({q[0]:g}, {q[1]:g}) at "
            f"{float(cold['temperature']):.0f} K, {charge_line(at, crossing)} with "
            f"{left.said('.2f')} stars"
        )
    return Row(
        "Stars of David order at 2 × 2 and outlast the order on heating",
        f"{'; '.join(shown)}. {CROSSED}",
        "stars sit where charge orders, with the share that a lone carrier has (next row)",
        # which state is lower is put in
        verdict(all(ordered), known_all, assumed=True) + (": W < 0" if all(ordered) else ""),
    )


def _without_stars(path: Path) -> Number | None:
    """T_charge of the same carriers without stars, where several sizes cross."""
    file = path.with_name("stacking.nc")
    return sized(group(file).isel(doping=0), "T_charge") if file.is_file() else None


def _share_at(at: xr.Dataset, t: float) -> Number:
    """Share of stars at a temperature between those of the ladder."""
    near = at.sel(kind="gamma").interp(temperature=t)
    return sized(near, "occupation")


def star_share(path: Path) -> Row:
    """Share of stars against the Boltzmann factor of a lone carrier."""
    shown, top = [], 0.0
    for energy in group(path)["star_energy"].values:
        at, known = _star_points(path, energy)
        lone = 1 / (1 + np.exp(energy / (BOLTZMANN * at["temperature"])))
        gamma = at.sel(kind="gamma")
        off = gamma.assign(occupation=gamma["occupation"] - lone)
        below = off.isel(temperature=known & (at["temperature"] < at["T_charge"]).values)
        most = sized(below.isel(place_of_most(np.abs(below["occupation"]))), "occupation")
        hot = sized(off.isel(temperature=-1), "occupation")
        top = max(top, abs(most.value))
        n = below.sizes["temperature"]
        shown.append(
            f"W = {energy:+.2f} eV: {most.said('+.3f')} at {n} temperatures below T_charge"
            f", {hot.said('+.3f')} at {float(at['temperature'][-1]):.0f} K"
        )
    return Row(
        "Carriers choose the star by their interaction with the crystal",
        f"share of stars off that of a lone carrier, at most: {'; '.join(shown)}. What "
        "is left is that nearest stars exclude each other, which counts in the liquid",
        "a carrier alone: 1/(1 + exp(W/k_B T)); without a charge of its own a star is a label",
        INPUT if top < 0.05 else UNDECIDED,
    )


def star_charge(path: Path) -> Row:
    """Share and order of stars that have a charge of their own."""
    root, shown, moved, known_all = group(path), [], [], True
    crossing = _without_stars(path)
    for charge in root["star_charge"].values:
        at = root.sel(star_charge=charge).isel(doping=0)
        health = largest(group(path, "health")).sel(star_charge=charge).isel(doping=0)
        known, gamma = health["converged"] == 1, at.sel(kind="gamma")
        share = gamma["occupation"].where(known)
        low, high = (sized(gamma.isel(place_of_most(sign * share)), "occupation")
                     for sign in (-1, 1))  # fmt: skip
        far = max((low, high), key=lambda one: abs(one.value - 0.5))
        moved.append(abs(far.value - 0.5) > max(SURE * far.error, 0.05))
        known_all &= bool(known.any())
        shown.append(
            f"{charge:g} e: {low.said('.2f')} to {high.said('.2f')} stars, "
            f"{charge_line(at, crossing)}"
        )
    plain = [float(c) == 1 for c in root["star_charge"].values]
    changed = all(m for m, one in zip(moved, plain, strict=True) if not one)
    return Row(
        "Stars that have a charge of their own are chosen by the crystal",
        f"W = 0: {'; '.join(shown)}. A smaller charge has less of the potential of the "
        f"compensating background, which acts like an energy W. {CROSSED}",
        "a label (charge 1 e): one half at any temperature",
        verdict(changed, known_all, assumed=True) + ": the charge" * changed,
    )


def _stacking(path: Path) -> tuple[xr.Dataset, xr.Dataset]:
    """Crystals over temperature, and where the largest is coldest and equilibrated."""
    root, health = group(path).isel(doping=0), largest(group(path, "health")).isel(doping=0)
    return root, root.isel(temperature=int(np.argmax(health["converged"].values == 1)))


def _correlation(cold: xr.Dataset, distance: int) -> Number:
    return sized(cold.sel(layer_distance=distance), "layer_correlation")


def staggered(path: Path) -> Row:
    """Neighbouring layers of 2 × 2 order along c."""
    root, cold = _stacking(path)
    one = _correlation(cold, 1)
    near = largest(root["layer_correlation"]).sel(layer_distance=1)
    melts = float(root["temperature"].where(np.abs(near) > abs(one.value) / 2).max())
    return Row(
        "Charge order is three-dimensional: 2 × 2 layers are staggered along c",
        f"at {float(cold['temperature']):.0f} K correlation of neighbouring layers "
        f"{one.said('.3f')} (staggered −1/3, straight 1); half lost at {melts:.0f} K, a "
        f"temperature of the ladder; {charge_line(root)}",
        "independent layers: 0; a liquid is correlated too",
        verdict(one.value < 0, bool(np.isfinite(root["T_charge"])) and abs(one.above(0.0)) > SURE),
    )


def second_layers(path: Path) -> Row:
    """Second layers of 2 × 2 order along c, against random stacking."""
    _, cold = _stacking(path)
    two = _correlation(cold, 2)
    far = min(abs(two.value - 1), abs(two.value + 1 / 3)) > max(SURE * two.error, 0.2)
    return Row(
        "The stacking is 2 × 2 × 2 or 2 × 2 × 4",
        f"at {float(cold['temperature']):.0f} K correlation of second layers {two.said('.3f')}, "
        f"{two.above(RANDOM_STACKING):+.1f} errors from random (2 × 2 × 2: 1, 2 × 2 × 4: −1/3)",
        f"random sequences of unlike neighbours in four layers: 5/21 = {RANDOM_STACKING:.3f}",
        FAILS if far else UNDECIDED,
    )


def one_by_four(path: Path) -> Row:
    """Structure factors of 4a × 1a and of 2a × 2a order at a quarter of the hexagons."""
    root, cold = _stacking(path)
    h, k = (np.round(cold[n].values, 6) for n in ("h", "k"))
    shown, peaks = [], []
    for name, q in (("4a × 1a", 0.25), ("2a × 2a", 0.5)):
        on = np.flatnonzero((np.abs(h) == q) & (k == 0))
        on = on[np.isfinite(largest(cold["structure_factor"]).values[on])]
        top = on[int(largest(cold["structure_factor"]).values[on].argmax())]
        near, hot = (sized(one.isel(wavevector=top), "structure_factor")
                     for one in (cold, root.isel(temperature=-1)))  # fmt: skip
        peaks.append(near.value)
        form = ".4f" if near.value < 1 else ".1f"
        shown.append(f"{name}, S({q:g}, 0) {near.said(form)}, hot {hot.said('.2f')}")
    return Row(
        "Beside 2a × 2a there is 4a × 1a order",
        f"at a quarter of the hexagons and {float(cold['temperature']):.0f} K, at the strongest l: "
        f"{'; '.join(shown)}; S of an order grows with the crystal",
        "random carriers: S = 0.75 at any wavevector",
        HOLDS if min(peaks) > 1.5 else FAILS,
    )


def nematic(path: Path) -> Row:
    """Whether carriers line up along one direction of their layers."""
    root, known = group(path), group(path, "health")["converged"].values == 1
    small = group(path.with_name("kagome-small.nc"))
    chance, scale = np.sqrt(0.75 * np.pi / 108), float(root.attrs["coulomb_temperature"])
    found, shown = [], []
    for x, sure in zip(root["doping"].values, known, strict=True):
        cold, there = (
            one.sel(doping=x, method="nearest").isel(temperature=int(sure.argmax()))
            for one in (root, small)
        )
        order = beside(cold, there, "nematic_order")
        if order.value - SURE * order.error > 2 * chance:
            found.append(float(x))
        if x in (*found, 1.0, 2.0):
            t = float(cold["temperature"]) / scale
            shown.append(f"x = {x:.3g}: {order.said('.2f')} at T = {t:.3f}")
    in_between = bool(found) and all(1 < x < 2 for x in found)
    return Row(
        "Charge order is nematic: rows of carriers run along one direction of their layer",
        "order ψ at the coldest equilibrated temperature, at 1 and 2 and where above twice that of "
        f"chance: {'; '.join(shown)}; of finite size with [kagome-small.toml]"
        "(../runs/kagome-small.toml)",
        f"carriers at random in 108 wells: {chance:.2f}; straight rows: 1",
        ASSUMED + ": fillings between 1 and 2" if in_between else verdict(bool(found)),
    )


def _clean(path: Path) -> tuple[list[float], str]:
    """Domes of the kagome wells: where on 6 × 6 × 2 cells, and how high by three sizes."""
    at = path.with_name("kagome.nc")
    places, _ = high_domes(group(at, "domes"))
    three = group(path.with_name("kagome-sizes.nc"))
    scale = three.attrs["coulomb_temperature"]
    shown = []
    for x in places:
        near = x in three["doping"].values
        one = sized(three.sel(doping=x), "T_charge").said(scale=scale) if near else "not run"
        shown.append(f"x = {x:.3g} at {one}")
    return places, ", ".join(shown) or "none"


def double_domes(path: Path) -> Row:
    """Two domes over doping on the kagome wells."""
    places, shown = _clean(path)
    return Row(
        "Two domes over doping come from the geometry of kagome wells",
        f"bounded domes above half the highest{IN_UNITS}: {shown}; temperatures by three sizes, "
        "[kagome-sizes.toml](../runs/kagome-sizes.toml). With up to 36 × 36 × 2 cells x = 1 is at "
        "0.1418 ± 0.0002 ± 0.0002 ([large crystals](large-crystals.md))",
        "cubic wells: one dome (below); free carriers do not order",
        verdict(len(places) == 2, assumed=True) + ": equal depths" * (len(places) == 2),
    )


def depths(path: Path) -> Row:
    """What unequal depths leave of the two domes."""
    root, health = group(path), group(path, "health")["converged"]
    shown, two, equal = [], [], []
    for depth in root["depth_beta"].values:
        at = root.sel(depth_beta=depth)
        (one, of_one), (other, of_other) = (near_dome(at, x) for x in (1.0, 2.0))
        middle = at.sel(doping=1.5)
        flags = health.sel(depth_beta=depth, doping=1.5)
        valley, _ = onset_or_transition(middle, flags)
        two.append(min(one, other) > np.nan_to_num(valley.value))
        equal.append(abs(depth) < 0.1)
        said = valley.said(".3f") if np.isfinite(valley.value) else "none"
        shown.append(f"{depth:+g}: {of_one}; {of_other}; order at 1.5: {said}")
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
    small, root = group(path), group(path.with_name("disorder-large.nc"))
    scale, line, shown = root.attrs["coulomb_temperature"], "T_charge_mean", []
    x = root["doping"].values
    means = [beside(*(one.sel(doping=at, method="nearest") for one in (root, small)), line)
             for at in x]  # fmt: skip
    for at in (1.0, 1.5, 2.0):
        n = int(root["T_charge_samples"].sel(doping=at))
        mean = means[int(np.abs(x - at).argmin())].said(scale=scale) if n else "none"
        shown.append(f"x = {at:g}: {mean} in {n or 'any'} of {root.sizes['disorder']} samples")
    value, error, size = np.transpose([(one.value, one.stderr, one.size) for one in means])
    bound = root[f"{line}_upper_bound"].values
    found = find_domes(x, value, error, bound=bound, stderr_size=size)
    # heights without the error of finite size say whether larger crystals could show two
    fewer = len(find_domes(x, value, error, bound=bound)) < 2
    high = [d for d in found if d.temperature > np.nanmax(value) / 2]
    places = [d.doping for d in high if d.bounded]
    said = ", ".join(f"x = {at:g}" for at in places) or "none"
    return Row(
        "Two domes survive the random charge of dopants",
        f"mean T_charge{IN_UNITS}: {'; '.join(shown)}; bounded domes of the mean: {said}, "
        f"open {len(high) - len(places)}. On 12 × 12 × 2 cells, [disorder-large.toml]"
        "(../runs/disorder-large.toml), with 6 × 6 × 2 for the error of finite size",
        f"without dopants: {_clean(path)[1]}",
        verdict(len(places) == 2, len(places) == 2 or fewer),
    )


def single_dome(path: Path) -> Row:
    """One dome over doping in the simple cubic control."""
    places, said = high_domes(group(path, "domes"), group(path).attrs["coulomb_temperature"])
    return Row(
        "Control: simple cubic wells have one dome",
        f"bounded domes above half the highest{IN_UNITS}: {said}",
        "lattice gas with 1/r at one half: 0.1289(4), independent runs",
        verdict(len(places) == 1),
    )
