"""Claims about materials: pressure, ionic depths, Bi2223, magic fillings, and T_c = λ/ξ²."""

from itertools import combinations
from pathlib import Path

import numpy as np
import xarray as xr
from claims_row import (
    BOLTZMANN,
    FAILS,
    FREE,
    HOLDS,
    INPUT,
    SURE,
    UNDECIDED,
    Number,
    Row,
    between,
    group,
    largest,
    near_dome,
    onset_or_transition,
    place_of_most,
    sized,
    verdict,
    with_other,
)

from mcsc.config import material
from mcsc.diagram import measured_facts
from mcsc.planning import build_structure

MAGIC = {"1/18": 1 / 18, "1/16": 1 / 16, "2/25": 2 / 25, "1/9": 1 / 9, "1/8": 1 / 8, "2/9": 2 / 9,
         "1/4": 1 / 4}  # fmt: skip
MATERIALS = (
    "La2CuO4", "HgBa2CuO4", "YBa2Cu3O7", "Bi2Sr2Ca2Cu3O10", "NdNiO2", "La3Ni2O7", "FeSe", "LaFeAsO",
    "BaFe2As2", "CsV3Sb5", "KV3Sb5", "CsTi3Bi5",
)  # fmt: skip


def pressure(path: Path) -> Row:
    """What 10 GPa do to T_collective, with displacements that stay or shrink with the cell."""
    root = group(path)
    lengths, high = root["displacement_length"].values, float(root["pressure"].max())
    law = (lengths.max() / lengths.min()) ** 2 - 1
    shown, off, known = [], [], True
    for x in (1.0, 2.0):
        at = root.sel(doping=x, displacement_length=lengths.max(), pressure=0.0)
        pressed = root.sel(doping=x, pressure=high)
        same, short = (pressed.sel(displacement_length=d) for d in (lengths.max(), lengths.min()))
        rises = []
        for one in (same, short):
            rises.append(_rise(at, one))
            known &= bool(one["T_collective_converged"] == 1) and np.isfinite(rises[-1].value)
        off.append(rises[1].above(law))
        charge = ", ".join(
            sized(p, "T_charge").said(".0f") if np.isfinite(p["T_charge"]) else "none"
            for p in (at, same)
        )
        shown.append(
            f"x = {x:g}: T_collective_half {sized(at, 'T_collective_half').said('.1f')} K, "
            f"{rises[0].said('+.1%')} at {high:g} GPa with the same ξ, "
            f"{rises[1].said('+.1%')} with ξ shorter by "
            f"{1 - lengths.min() / lengths.max():.1%}, as the cell; T_charge at 0 and {high:g} GPa "
            f"{charge} K"
        )
    free = root["T_collective_free"].sel(pressure=high)
    alone = float((free.sel(displacement_length=lengths.min())
                   / free.sel(displacement_length=lengths.max())).mean()) - 1  # fmt: skip
    return Row(
        "Pressure raises T_c as 1/ξ², ξ shrinking with the cell",
        "; ".join(shown),
        f"the law: {law:+.1%}; {FREE}: {alone:+.1%}, and no change with the same ξ. Repulsion "
        "grows with 1/a, a field displaces less over a shorter way",
        verdict(max(np.abs(off)) < SURE, known),
    )


def _rise(at: xr.Dataset, pressed: xr.Dataset) -> Number:
    """Relative change of T_collective_half."""
    (t, error), (other, its) = (
        [one[f"T_collective_half{end}"] for end in ("", "_stderr")] for one in (at, pressed)
    )
    ratio = other / t
    spread = ratio * np.hypot(its / other, error / t)
    return between(ratio - 1, spread, at.attrs["lengths"])


def dopants_in_field(path: Path) -> Row:
    """T_collective beside the random charge of dopants."""
    root, health = group(path), (group(path, "health") == 1)[["converged"]]
    clean = group(path.with_name("pressure-field.nc")).sel(pressure=0.0)
    clean = clean.isel(displacement_length=int(clean["displacement_length"].argmax()))
    shown, beside, off = [], [], []
    for x in (1.0, 2.0):
        at, known = root.sel(doping=x), health.sel(doping=x)
        found, n = int(np.isfinite(at["T_collective"]).sum()), root.sizes["disorder"]
        cold = at["transmission"].isel(temperature=0)
        sure = largest(at)["transmission"].where(largest(known)["converged"]).max()
        lengths = root.attrs["lengths"]
        mean = between(cold.mean("disorder"), cold.std("disorder", ddof=1) / np.sqrt(n), lengths)
        off.append(mean.above(0.5))
        shown.append(
            f"x = {x:g}: T_collective in {found} of {n} samples; transmission at "
            f"{float(at['temperature'][0]):.0f} K {mean.said('.2f')} over samples, not "
            f"equilibrated in all; where it is, {float(sure):.2f} at most"
        )
        one = clean.sel(doping=x)
        beside.append(
            f"x = {x:g}: {sized(one.isel(temperature=0), 'transmission').said('.2f')}, "
            f"T_collective_half {sized(one, 'T_collective_half').said('.1f')} K"
        )
    alone = float(clean["transmission_free"].isel(temperature=0).mean())
    return Row(
        "Carriers are displaced together in spite of the random charge of dopants",
        f"{'; '.join(shown)}. Across its axis an ion 4.7 Å away has a field "
        "as large as the one applied",
        f"without dopants: {'; '.join(beside)}; {FREE} without dopants {alone:.2f}",
        FAILS if max(off) < -SURE else HOLDS if min(off) > SURE else UNDECIDED,
    )


def ionic_depths(path: Path) -> Row:
    """Domes with the depths that formal charges of the ions give."""
    root, structure = group(path), group(path, "structure")
    unit = BOLTZMANN * float(root.attrs["coulomb_temperature"])
    shown, two = [], []
    for sign, name in ((1, "hole"), (-1, "electron")):
        at = root.sel(carrier_charge=sign)
        (one, of_one), (other, of_other) = (near_dome(at, x, unit / BOLTZMANN) for x in (1.0, 2.0))
        depth = structure["depth"].sel(carrier_charge=sign)
        kinds = structure["well_kind"].values
        step = float(depth.values[kinds == "beta"][0] - depth.values[kinds == "alpha"][0]) / unit
        two.append(bool(np.isfinite([one, other]).all()))
        shown.append(f"{name}, hexagon {step:+.2f}: {of_one}; {of_other}")
    return Row(
        "Two domes are there with the depths that the ions give: an Sb ion sits amid every hexagon",
        f"ions of formal charges Cs 1, V 3, Sb −2 e; T_charge by carrier and depth of the hexagon "
        f"against the triangles, in e²/(4πε0 ε_r a): {'; '.join(shown)}. A carrier in the hexagon "
        "is one on the Sb ion itself; what it costs to change its charge is not counted, and no "
        "reason is known why both should cancel",
        "equal depths: at x = 1 and 2 (above); half of k_B T_charge is 0.07",
        HOLDS if all(two) else FAILS,
    )


def planes_of_bi2223(path: Path) -> Row:
    """Centre or diagonal, inner or outer plane: what the holes of Bi2223 choose."""
    root, known = group(path), largest(group(path, "health"))["converged"] == 1
    lengths = root.attrs["lengths"]
    length = float(root["localization_length_free"].max())
    shown, top = [], 0.0
    for energy in root["state_energy"].values:
        at = root.sel(state_energy=energy)
        share, free = ((at[f"localization_length{end}"] / length) ** 2 for end in ("", "_free"))
        error = 2 * share * at["localization_length_stderr"] / at["localization_length"]
        off = share - free
        place = place_of_most(np.abs(off).where(known.sel(state_energy=energy)))
        most = between(off.isel(place), error.isel(place), lengths)
        top = max(top, abs(most.value))
        shown.append(f"W = {energy:+.2f} eV: {most.said('+.3f')}")
    inner = root.sel(kind="square")
    hot, cold = (inner.isel(temperature=k) for k in (-1, 6))
    hot, cold = (
        at.isel(place_of_most(at["occupation"].where(known.sel(temperature=at["temperature"]))))
        for at in (hot, cold)
    )
    return Row(
        "Holes of Bi2Sr2Ca2Cu3O10 choose the centre or the diagonals of their squares by their "
        "interaction",
        f"share of displaced holes off that of a lone one, at most, where equilibrated: "
        f"{'; '.join(shown)}. What the interaction does choose is the plane: the inner one has "
        f"{sized(hot, 'occupation').said('.1%')} of the holes at {float(hot['temperature']):.0f} K "
        f"and {sized(cold, 'occupation').said('.2%')} at {float(cold['temperature']):.0f} K",
        "a hole alone: 4/(4 + exp(W/k_B T)) on the diagonals; 33 % in the inner plane",
        INPUT if top < 0.05 else UNDECIDED,
    )


def magic(path: Path) -> Row:
    """Stability of the magic fillings, and whether their crystals are the checkerboards."""
    root = group(path)
    shown, stable = [], []
    for name, filling in MAGIC.items():
        at = root.sel(doping=filling, method="nearest")
        stable.append(bool(at["stable"] == 1))
        shown.append(f"{name}: {at['superlattice'].values.item(0)}, {float(at['above_hull']):.4f}")
    other = [
        f"{name}: {float(root.sel(doping=x, method='nearest')['above_hull']):.4f}"
        for name, x in (("3/32", 3 / 32), ("3/16", 3 / 16))
    ]
    larger = group(path.with_name("magic-16.nc"))
    sizes = []
    for name in ("1/16", "1/8"):
        at = larger.sel(doping=MAGIC[name], method="nearest")
        small, big = (float(at["size_energy"].sel(size=n)) for n in (8, 16))
        sizes.append(f"{name}: {round(big - small, 4) + 0.0:.4f}")
    return Row(
        "Seven magic fillings 1/m² and 2/m² are special: m × m checkerboards of one carrier or a "
        "pair in a plaquette",
        f"lowest states found and energy a cell above the convex hull of all fillings, in "
        f"e²/(4πε0 a): {'; '.join(shown)}; {sum(stable)} of {len(stable)} stable; pairs in none, "
        "1/r drives carriers apart. Lowest energy a cell on 16 × 16 less that on 8 × 8 wells "
        f"([magic-16.toml](../runs/ground/magic-16.toml)): {', '.join(sizes)}",
        f"fillings that are not in the list: {', '.join(other)}",
        verdict(all(stable)),
    )


_NOTHING = (Number(np.nan, np.nan), "", np.nan, np.nan)


def _onset_at(path: Path, x: float) -> tuple[Number, str, float, float] | None:
    """Where charge orders at a doping, by which line, L, and what it lies below if not found."""
    root, health = group(path), group(path, "health")["converged"]
    if not np.isclose(root["doping"], x).any():
        return None
    at = root.sel(doping=x, method="nearest")
    one, kind = onset_or_transition(at, health.sel(doping=x, method="nearest"))
    bound = float(at["T_charge_upper_bound"]) if np.isnan(one.value) else np.nan
    return one, kind, float(root.attrs["lengths"][-1]), bound


def linear_pseudogap(path: Path) -> Row:
    """Whether charge order sets in at a temperature that falls with doping."""
    large = path.with_name("lsco-large.nc")
    shown, found = [], []
    for x in group(path)["doping"].values:
        one, kind, length, _ = _onset_at(path, x) or _NOTHING
        other, its, larger, bound = _onset_at(large, x) or _NOTHING
        if not np.isfinite(one.value):
            continue
        if np.isnan(other.value) and bound < one.value:
            other, its = Number(bound, 0.0), kind
        if kind == its and np.isfinite(other.value):
            one = with_other(one, other, (length, larger))
        below = f", {larger:g} × {larger:g} cells below {bound:.1f}" if np.isfinite(bound) else ""
        found.append(one)
        shown.append(f"x = {x:.4g}: {kind}{one.said('.1f')}{below}")
    rises = max((b.above(a) for a, b in combinations(found, 2)), default=-np.inf) > SURE
    return Row(
        "The pseudogap T*(x) falls linearly with the doping of La2CuO4",
        f"onset of charge order in K on 8 × 8 cells a layer: {'; '.join(shown)}; of finite size "
        "with [lsco-large.toml](../runs/lsco-large.toml), which is not in equilibrium below",
        "carriers twice as dense repel √2 times as much: T ∝ √x, rising",
        verdict(not rises, len(found) >= 3),
    )


def one_lambda() -> Row:
    """T_c ξ² of all shipped materials with the distance of their own nearest ion."""
    shown, products = [], []
    for name in MATERIALS:
        structure = build_structure(Path(name), material(name))
        xi = min(float(well.distances.min()) for well in structure.wells)
        facts = [f for f in measured_facts(name) if f.feature in ("dome", "highest", "plateau")]
        # the compound itself, before those that are doped
        facts = [f for f in facts if f.feature == "highest"] or facts
        ambient = [f for f in facts if f.variable != "GPa" and np.isfinite(f.temperature)]
        pressed = "" if ambient else " under pressure"
        highest = max(f.temperature for f in ambient or facts if np.isfinite(f.temperature))
        products.append(highest * xi**2)
        shown.append(f"{name} {products[-1]:.0f}{pressed}")
    low, high = min(products), max(products)
    return Row(
        "T_c = λ/ξ² with one λ for all materials",
        f"highest measured T_c times the squared distance of a carrier's nearest ion, K Å²: "
        f"{', '.join(shown)}: from {low:.0f} to {high:.0f}, no single λ. T_c is that of the "
        "packaged facts: 92.4 K for YBa2Cu3O7 and 114 K for Bi2Sr2Ca2Cu3O10, the highest in "
        "SuperCon; with 93 and 110 K, as often quoted, these two are 346 and 403",
        "one λ: equal numbers; among the copper oxides alone "
        f"{min(products[:4]):.0f} to {max(products[:4]):.0f}",
        verdict(high < 1.5 * low),
    )
