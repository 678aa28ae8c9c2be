"""Claims about carriers in a field, against carriers that do not repel each other."""

import csv
from pathlib import Path

import numpy as np
import xarray as xr
from claims_row import (
    ASSUMED,
    FREE,
    INPUT,
    SURE,
    UNDECIDED,
    Number,
    Row,
    between,
    group,
    largest,
    place_of_most,
    regime_names,
    sized,
    verdict,
)
from field_map import TABLE, half
from scipy.optimize import brentq

from mcsc.text import counted
from mcsc.transitions.domes import Dome, find_domes
from mcsc.variables import meaning


def two_steps(path: Path) -> Row:
    """T_charge above T_collective at both fillings, and that above free carriers."""
    at = group(path).sel(field=0.5)
    shown, beside, gaps, excesses, sure = [], [], [], [], True
    for x in (1.0, 2.0):
        here = at.sel(doping=x)
        by_half = int(here["T_collective_excess_method"]) == 2
        name, free = ("half", "free") if by_half else ("response", "free_peak")
        t, charge = sized(here, f"T_collective_{name}"), sized(here, "T_charge")
        alone = float(here[f"T_collective_{free}"])
        gaps.append(charge.above(t))
        excesses.append(t.above(alone))
        sure &= bool(here["T_charge_converged"]) and bool(here["T_collective_converged"])
        shown.append(f"x = {x:g}: T_charge {charge.said()}, T_collective_{name} {t.said('.5f')}")
        excess = Number(t.value - alone, t.stderr, t.size).said("+.5f")
        beside.append(f"x = {x:g}: {alone:.4f}, excess {excess}")
    known = sure and bool(np.isfinite([*gaps, *excesses]).all())
    return Row(
        "Order comes in two steps: on cooling charge orders first, in a field the carriers are "
        "displaced together below that",
        "; ".join(shown),
        f"{FREE} by the same estimator: {'; '.join(beside)}",
        verdict(min(gaps) > SURE and min(excesses) > SURE, known),
    )


def domes_of_displacement(path: Path) -> Row:
    """Domes of half transmission over doping, against free carriers and cubic wells."""
    coarse = group(path).isel(field=0, missing_dims="ignore")
    plain = _field_map("kagome-wells")
    at = _with_sizes(plain, coarse)
    free, line, x = float(at["T_half_free"][0]), at["T_half"], at["doping"]
    cubic = group(path.with_name("field-map-cubic.nc")).isel(field=0, missing_dims="ignore")
    single = _field_map("cubic")
    ones = high_domes_of(_with_sizes(single, cubic), free)
    whole, above = high_domes_of(at), high_domes_of(at, free)
    # on the crystal that was run, whatever larger ones have
    here = [*high_domes_of(plain), *high_domes_of(plain, free)]
    more = {d.doping for d in here} - {d.doping for d in (*whole, *above)}
    more_ones = {d.doping for d in high_domes_of(single, free)} - {d.doping for d in ones}
    two = len(whole) == len(above) == 2
    runs = counted(int(at["annealings"].min()), "annealing")
    beyond = (line - free) / np.hypot(at["T_half_stderr"], np.nan_to_num(at["T_half_stderr_size"]))
    never = np.isfinite(at["T_half_upper_bound"])
    steady = np.isfinite(line) & (at["equilibrated_from"] <= line)
    return Row(
        "T_collective has two domes over doping where charge orders, at 1 and 2 carriers a cell",
        f"temperature of half transmission in {runs} at each of {len(x)} dopings "
        "([table](claims-field-map.csv), run once by "
        "[once/field-map.toml](../runs/once/field-map.toml)): bounded domes above half the "
        f"highest: {_said(whole)}; of its excess over free carriers, above zero by {SURE:g} "
        f"errors: {_said(above)}{_within(more)}. The highest two are at x = {_said_two(whole)}. It "
        f"is above free carriers at x = {_ranges(x, beyond > SURE)}. At {_ranges(x, never)} no "
        "annealing transmits half at "
        f"T = {float(at['T_coldest'][0]):g}, with charge frozen where annealing left it. In "
        f"equilibrium down to T_half at x = {_ranges(x, steady)}. Errors of finite size are from "
        "the coarser run file",
        f"{FREE}, the control without Coulomb: {free:.4f} at every doping, no dome; cubic wells "
        f"at x/3: {_said(ones)} of the excess{_within(more_ones)}",
        verdict(two, not more, assumed=True) + ": charge as it froze" * (two and not more),
    )


def _within(dopings: set[float]) -> str:
    """Domes that the crystals show and that larger ones need not have."""
    shown = ", ".join(f"{x:.3g}" for x in sorted(dopings))
    return f"; more on these crystals, within the error of finite size: {shown}" * bool(shown)


def _field_map(lattice: str) -> dict[str, np.ndarray]:
    """The stored field map of one lattice, by column."""
    with TABLE.open(newline="") as file:
        lines = [row for row in csv.DictReader(file) if row.pop("lattice") == lattice]
    return {name: np.array([float(row[name]) for row in lines]) for name in lines[0]}


def _with_sizes(at: dict[str, np.ndarray], coarse: xr.Dataset) -> dict[str, np.ndarray]:
    """A field map with the errors of finite size of half transmission, from one of two sizes."""
    t, found = coarse["temperature"].values, np.full(len(at["doping"]), np.nan)
    for k, x in enumerate(at["doping"]):
        here = coarse.sel(doping=x, method="nearest").transpose(..., "temperature")
        through = (np.atleast_2d(here[f"transmission{end}"].values) for end in ("", "_stderr"))
        values = [half(t, *one) for one in zip(*through, strict=True)]
        found[k] = between(*np.transpose(values), coarse.attrs["lengths"]).size
    return {**at, "T_half_stderr_size": found}


def _coldest(at: dict[str, np.ndarray], k: int, path: Path) -> tuple[Number, float]:
    """Transmission of a field map where it is coldest, and that of free carriers.

    The error of finite size is that of the coarser run, where it is beside ``path``.
    """
    value, error = (float(at[f"transmission_coldest{end}"][k]) for end in ("", "_stderr"))
    coarse = path.with_name("field-map.nc")
    if not coarse.is_file():
        return Number(value, error), np.nan
    one = group(coarse).isel(field=0, missing_dims="ignore").sel(
        doping=at["doping"][k], temperature=at["T_coldest"][k], method="nearest"
    )  # fmt: skip
    size = sized(one, "transmission").size
    return Number(value, error, size), float(largest(one)["transmission_free"])


def high_domes_of(at: dict[str, np.ndarray], free: float = 0.0) -> list[Dome]:
    """Bounded domes of half transmission above half the highest; less ``free``, those above 0."""
    line, bound = (at[n] - free for n in ("T_half", "T_half_upper_bound"))
    size = at.get("T_half_stderr_size", np.nan)
    found = find_domes(at["doping"], line, at["T_half_stderr"], bound=bound, stderr_size=size)
    least = [SURE * _of(d).error if free else np.nanmax(line) / 2 for d in found]
    return [d for d, t in zip(found, least, strict=True) if d.bounded and d.temperature > t]


def _of(dome: Dome) -> Number:
    return Number(dome.temperature, dome.temperature_stderr, dome.temperature_stderr_size)


def _said_two(domes: list[Dome]) -> str:
    top = sorted(domes, key=lambda d: d.temperature)[-2:]
    return " and ".join(f"{d.doping:.3g}" for d in sorted(top, key=lambda d: d.doping))


def _said(domes: list[Dome]) -> str:
    places = [f"x = {d.doping:.3g} at {_of(d).said('.5f')}" for d in domes]
    return f"{len(domes)} ({', '.join(places) or 'none'})"


def _ranges(x: np.ndarray, chosen: np.ndarray) -> str:
    """Dopings in words, neighbours as ranges."""
    parts: list[list[float]] = []
    for k in np.flatnonzero(chosen):
        if parts and k and chosen[k - 1]:
            parts[-1] = [parts[-1][0], x[k]]
        else:
            parts.append([x[k]])
    return ", ".join(" to ".join(f"{v:.3g}" for v in part) for part in parts) or "none"


def insulator_without_field(path: Path) -> Row:
    """The regime of ordered charge at zero field."""
    both = group(path).sel(field=0.0)
    shown, seen = [], set()
    for k in range(both.sizes.get("size", 1))[::-1]:
        at = both.isel(size=k, missing_dims="ignore")
        names = regime_names(at)
        ordered = (at["temperature"] < at["T_charge"]) & (names != "undecided")
        counts = {str(n): int(((names == n) & ordered).sum()) for n in np.unique(names.values)}
        found = {name: n for name, n in counts.items() if n}
        seen |= set(found)
        share = ", ".join(f"{name} {n}" for name, n in found.items())
        most = np.abs(at["displacement_parallel"]).where(ordered)
        z = float((most / at["displacement_parallel_stderr"]).max())
        shown.append(f"{share or 'none'}; mean displacement {z:.1f} errors from zero at most")
    return Row(
        "At zero field ordered charge is an insulator: no mean displacement",
        f"equilibrated points below T_charge: {'. In the smaller crystal: '.join(shown)}",
        f"{FREE}: none either, by the symmetry of the states; what is added is that hops freeze",
        verdict(seen == {"insulator"}, bool(seen)),
    )


def loss_vanishes_only_when_frozen(path: Path) -> Row:
    """The best transmission without ordered charge, against that of ordered charge."""
    root, health = group(path).sel(field=0.5), largest(group(path, "health")).sel(field=0.5)
    at, known = largest(root), health["converged"] == 1
    ordered, shown = at["temperature"] < at["T_charge"], []
    for where in (ordered & known, ~ordered & known):
        there = root.isel(place_of_most(at["transmission"].where(where)))
        some = bool(where.any())
        shown.append((there, sized(there, "transmission") if some else Number(np.nan, np.nan)))
    (_, with_order), (there, without) = shown
    x, t = (float(there[n]) for n in ("doping", "temperature"))
    free = float(largest(there)["transmission_free"])
    # at low doping the field map is in equilibrium down to its coldest temperature
    maps = _field_map("kagome-wells")
    steady = np.isnan(maps["T_charge"]) & (maps["equilibrated_from"] <= maps["T_coldest"])
    best = int(np.where(steady, maps["transmission_coldest"], -1).argmax())
    if steady.any() and not without.value > maps["transmission_coldest"][best]:
        without, free = _coldest(maps, best, path)
        x, t = float(maps["doping"][best]), float(maps["T_coldest"][best])
    return Row(
        "The loss vanishes only where charge is ordered and displaced together",
        f"largest transmission with charge order {with_order.said('.3f')}, without "
        f"{without.said('.3f')} (x = {x:.3g}, T = {t:.4f}); the field does not act on hops here, "
        "so the loss stands in for a resistance",
        f"{FREE} there: {free:.3f}",
        verdict(with_order.value >= 0.9 and without.value < 0.5),
    )


def nothing_in_between(path: Path) -> Row:
    """The collective regime is absent half-way between the two fillings."""
    root, health = group(path), group(path, "health")
    both = root.sel(field=0.5, doping=1.5)
    at, known = (largest(d) for d in (both, (health == 1).sel(field=0.5, doping=1.5)))
    known = known["converged"]
    top = int(at["transmission"].argmax("temperature"))
    best = sized(both.isel(temperature=top), "transmission")
    # with none above that did not
    first = int(np.flatnonzero(~known.values).max(initial=-1)) + 1
    lowest = at["temperature"][min(first, len(known) - 1)]
    frozen = _field_map("kagome-wells")
    (there,) = np.flatnonzero(np.isclose(frozen["doping"], 1.5))
    runs, cold = (float(frozen[n][there]) for n in ("annealings", "T_coldest"))
    through, _ = _coldest(frozen, int(there), path)
    never = np.isfinite(frozen["T_half_upper_bound"][there])
    absent = not (regime_names(at) == "collective").any() and best.value < 0.5 and bool(never)
    free, assumed = at["transmission_free"], not bool(known.all())
    return Row(
        "Between the fillings, at x = 1.5, carriers are displaced at random at any temperature",
        f"largest transmission {best.said('.2f')}, equilibrated from T = {float(lowest):.3f} up; "
        f"{through.said('.3f')} at T = {cold:g} in {counted(int(runs), 'annealing')} "
        "([table](claims-field-map.csv)), each with its own frozen charge",
        f"{FREE}: {float(free.sel(temperature=lowest)):.2f} at T = {float(lowest):.3f}, "
        f"{float(free.max()):.2f} at T = {float(at['temperature'].min()):.4f}: repulsion takes the "
        "displacement away",
        verdict(absent, runs > 1 or not assumed or not absent, assumed=assumed)
        + ": charge as it froze" * (absent and assumed and runs > 1),
    )


def threshold(path: Path) -> Row:
    """Threshold fields of the frozen crystal against W/δ, and hysteresis."""
    root = group(path)
    swept = group(path, "protocols").assign_attrs(root.attrs)
    alone = float(root["threshold_field_free"].min())
    shown, off = [], []
    for x in (1.0, 2.0):
        cold = swept.sel(protocol_doping=x).isel(temperature=0)
        at = cold.sel(branch="forward")
        field, loop = sized(at, "threshold_field"), sized(cold, "hysteresis_area")
        off.append(field.above(alone))
        shown.append(
            f"x = {x:g}: E* = {field.said('.3f')} ({meaning(largest(at)['threshold_sharp'])}; "
            f"{off[-1]:+.1f} errors from W/δ), hysteresis {loop.said('.3f')}"
        )
    word = INPUT if min(np.abs(off)) < SURE else ASSUMED
    return Row(
        "The frozen crystal is displaced only above a threshold field",
        f"at T = {float(swept['temperature'][0]):.4f}, on raising the field: {'; '.join(shown)}",
        f"a carrier alone: E* = W/δ = {alone:.3f}, chosen with W and δ; only what lies above it "
        "is pinning by neighbours",
        word if np.isfinite(off).all() else UNDECIDED,
    )


def _rise(at: xr.Dataset) -> float:
    """How many errors resistivity is higher where it is coldest than where it is hottest."""
    seen = np.flatnonzero(np.isfinite(at["resistivity"]) & (at["converged"] == 1))
    cold, hot = (sized(at.isel(temperature=k), "resistivity") for k in seen[[0, -1]])
    return cold.above(hot)


def freezing(path: Path) -> Row:
    """Resistivity across T_charge at one carrier a cell, and between the fillings."""
    root = group(path)
    hops = group(path, "transport").assign_attrs(root.attrs)
    t, shown, rises = root["temperature"].values, [], []
    for x in (1.0, 1.5):
        of_x = hops.sel(transport_doping=x)
        at = of_x.isel(transport_field=1)
        seen = np.isfinite(largest(at)["resistivity"]) & (largest(at)["converged"] == 1)
        low, high = np.flatnonzero(seen)[[0, -1]]
        cold, hot = (sized(at.isel(temperature=k), "resistivity") for k in (low, high))
        # R of the coldest is exponential in T_charge, which differs between sizes: its rise is
        # asked of each crystal
        rises += [
            _rise(at.isel(size=k, missing_dims="ignore")) for k in range(at.sizes.get("size", 1))
        ]
        still = np.isnan(largest(at)["resistivity"].values)
        none = f", no current or too little at T = {t[low - 1]:.3f} and below" if low else ""
        none = none.replace(" or too little", "") if still[:low].all() else none
        loose = of_x.isel(temperature=0)
        torn = sized(loose.isel(transport_field=-1), "resistivity")
        shown.append(
            f"x = {x:g}: R = {hot.said('.2f')} at T = {t[high]:.3f}, {cold.said('.0f')} at "
            f"{t[low]:.3f}{none}; at {t[0]:.3f} carriers come loose at qE = "
            f"{sized(loose, 'depinning_field').said('.2f')}, and R is {torn.said('.2f')} at "
            f"{float(loose['transport_field'][-1]):g}"
        )
    layer = np.sqrt(0.75) * 1.69  # a³ a cell
    alone = t[[-1, 0]] * layer / (3 * (1 / 3) * (2 / 3) * 0.5)
    return Row(
        "Resistance vanishes when charge freezes",
        f"carriers that hop, in the lowest field qE = {float(hops['transport_field'][1]):g}: "
        f"{'; '.join(shown)}. R → ∞ on every crystal, and finite where a field tears it loose",
        f"hops without repulsion, one carrier a well (exact), at x = 1: R ∝ T, {alone[0]:.2f} at "
        f"T = {t[-1]:.2f} and {alone[1]:.2f} at {t[0]:.2f}",
        verdict(max(rises) < -SURE, max(rises) < -SURE or min(rises) > SURE),
    )


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
    claim = "T_c = λ/ξ²: the onset falls with the square of the localization length"
    root = group(path)
    found = [_exponents(root.isel(size=k, missing_dims="ignore"))
             for k in range(root.sizes.get("size", 1))]  # fmt: skip
    _, n, points, wide, alone, ratio = found[-1]
    if n < 6:
        return Row(claim, f"only {n} points with an onset", "", UNDECIDED)
    lengths = root.attrs["lengths"]
    alpha, beta = (between(*np.transpose([one[0][k] for one in found]), lengths) for k in (0, 1))
    return Row(
        claim,
        f"T_collective ∝ ξ^({alpha.said('.2f')}) · (Γ k_B T)^({beta.said('.2f')}) "
        f"over {n} of {points} points at qE = 0.5, T_collective where "
        "transmission is ½, ξ there, Γ k_B T = e²/(4πε0 ε_r a_s)",
        f"{FREE}: ∝ ξ^{alone:.2f}; T_collective is {ratio.min():.2f} to {ratio.max():.2f} of that",
        verdict(abs(alpha.above(-2.0)) < SURE, wide),
    )


def _exponents(root: xr.Dataset) -> tuple:
    """Exponents with errors in ξ and Γ k_B T, and what else the row says, on one crystal.

    Points with an onset, all points, whether both vary enough, the exponent of free carriers in ξ,
    and T_collective over theirs.
    """
    root = root.isel(doping=0).stack(point=("displacement_length", "relative_permittivity"))
    t, error = root["T_collective_half"].values, root["T_collective_half_stderr"].values
    free = root["T_collective_free"].values
    xi, coulomb = np.full_like(t, np.nan), np.full_like(t, np.nan)
    for i in range(len(t)):
        at = root.isel(point=i)
        if np.isfinite(t[i]):
            xi[i] = np.interp(t[i], at["temperature"].values, at["localization_length"].values)
            coulomb[i] = float((at["coupling"] * at["temperature"]).mean())
    use = np.isfinite(t) & (error > 0) & (root["T_collective_converged"].values == 1)
    if use.sum() < 6:
        return ((np.nan, np.nan),) * 2, int(use.sum()), len(t), False, np.nan, np.array([np.nan])
    exponents, errors = power_law(t[use], error[use], xi[use], coulomb[use])
    (alone, _), _ = power_law(free[use], 0.01 * free[use], xi[use], coulomb[use])
    wide = all(a[use].max() / a[use].min() > 5 for a in (xi, coulomb))
    fits = tuple(zip(exponents, errors, strict=True))
    return fits, int(use.sum()), len(t), wide, alone, t[use] / free[use]
