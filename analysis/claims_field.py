"""Claims about carriers in a field, against carriers that do not repel each other."""

from pathlib import Path

import numpy as np
from claims_row import (
    ASSUMED,
    INPUT,
    SURE,
    UNDECIDED,
    Row,
    errors_above,
    group,
    high_domes,
    number,
    regime_names,
    verdict,
)
from scipy.optimize import brentq

from mcsc.variables import meaning

FREE = "free carriers (exact)"


def two_steps(path: Path) -> Row:
    """T_charge above T_collective at both fillings, and that above free carriers."""
    at = group(path).sel(field=0.5)
    shown, beside, gaps, excesses, sure = [], [], [], [], True
    for x in (1.0, 2.0):
        here = at.sel(doping=x)
        excess, error = (float(here[f"T_collective_excess{end}"]) for end in ("", "_stderr"))
        half = int(here["T_collective_excess_method"]) == 2
        name, free = ("half", "free") if half else ("response", "free_peak")
        t, free = float(here[f"T_collective_{name}"]), float(here[f"T_collective_{free}"])
        gaps.append(errors_above(here, "T_charge", t, error))
        excesses.append(errors_above(here, "T_collective_excess", 0.0))
        sure &= bool(here["T_charge_converged"]) and bool(here["T_collective_converged"])
        shown.append(
            f"x = {x:g}: T_charge {number(here, 'T_charge')}, T_collective_{name} {t:.4f} ± "
            f"{error:.4f} (one size)"
        )
        beside.append(f"x = {x:g}: {free:.4f}, excess {excess:+.4f} ± {error:.4f}")
    known = sure and bool(np.isfinite([*gaps, *excesses]).all())
    return Row(
        "Order comes in two steps: on cooling charge orders first, in a field the carriers are "
        "displaced together below that",
        "; ".join(shown),
        f"{FREE} by the same estimator: {'; '.join(beside)}",
        verdict(min(gaps) > SURE and min(excesses) > SURE, known),
    )


def domes_of_displacement(path: Path) -> Row:
    """Two domes of T_collective over doping, above free carriers, and one on cubic wells."""
    root = group(path)
    count, places = high_domes(group(path, "domes_collective"))
    beyond, above = high_domes(group(path, "domes_excess"))
    control = path.with_name("field-map-cubic.nc")
    one, cubic = high_domes(group(control, "domes_excess"))
    free = np.unique(np.round(root["T_collective_free_peak"].values, 4))
    excess = root["T_collective_excess"]
    seen, z = np.isfinite(excess), excess / root["T_collective_excess_stderr"]
    # where nothing was found, down to where free carriers are displaced
    decided = seen | (root["T_collective_upper_bound"] < root["T_collective_free_peak"])
    # above that most dopings equilibrated: where is there more displacement than of free carriers?
    warm = root.sel(temperature=2.5 * float(free[-1]), method="nearest")
    known = group(path, "health")["converged"].sel(temperature=warm["temperature"]) == 1
    beyond_free = warm["transmission"] - warm["transmission_free"]
    more = known & (beyond_free > SURE * warm["transmission_stderr"])
    at_most = ", ".join(
        f"{float(at['doping']):.3g} ({float(at['transmission'] - at['transmission_free']):+.2f})"
        for at in (warm.isel(doping=int(i)) for i in np.flatnonzero(more))
    )
    return Row(
        "T_collective has two domes over doping where charge orders, at 1 and 2 carriers a cell",
        f"{count} bounded domes of T_collective ({places}), {beyond} of its excess ({above}); "
        f"found at {int(seen.sum())} of {excess.size} dopings, from x = "
        f"{float(root['doping'].where(seen).min()):.3g} on, most without charge order; above free "
        f"carriers by more than {SURE:g} errors at {int((z > SURE).sum())}, below at "
        f"{int((z < -SURE).sum())}; equilibrated down to there at {int(decided.sum())}; one size. "
        f"At T = {float(warm['temperature']):.3f} transmission is above that of free carriers at "
        f"x = {at_most}, of {int(known.sum())} that equilibrated: near 1 and 2, and near the full "
        "lattice, where no charge orders",
        f"{FREE}, the control without Coulomb: {free[-1]:.4f} at every doping, no dome; cubic "
        f"wells at x/3: {one} dome(s) of the excess ({cubic})",
        verdict(beyond == 2 and one < 2, bool(decided.mean() > 0.8)),
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
        f"{FREE}: none either, by the symmetry of the states; what is added is that hops freeze",
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
    free = float(at["transmission_free"].isel(place))
    return Row(
        "The loss vanishes only where charge is ordered and displaced together",
        f"largest transmission with charge order {with_order:.3f}, without {float(there):.3f} "
        f"(x = {float(there['doping']):g}, T = {float(there['temperature']):.4f}); the field does "
        "not act on hops here, so the loss stands in for a resistance",
        f"{FREE} there: {free:.3f}",
        verdict(with_order >= 0.9 and float(there) < 0.5),
    )


def nothing_in_between(path: Path) -> Row:
    """The collective regime is absent half-way between the two fillings."""
    root, health = group(path), group(path, "health")
    at, known = (d.sel(field=0.5, doping=1.5) for d in (root, health["converged"] == 1))
    best = float(at["transmission"].max())
    # with none above that did not
    lowest = at["temperature"][int(np.flatnonzero(~known.values).max(initial=-1)) + 1 :].min()
    absent = not (regime_names(at) == "collective").any() and best < 0.5
    free = at["transmission_free"]
    return Row(
        "Between the fillings, at x = 1.5, carriers are displaced at random at any temperature",
        f"largest transmission {best:.2f}; equilibrated from T = {float(lowest):.3f} up",
        f"{FREE}: {float(free.sel(temperature=lowest)):.2f} there, {float(free.max()):.2f} at "
        f"T = {float(at['temperature'].min()):.4f}: repulsion takes the displacement away",
        verdict(absent, bool(known.all()) or not absent),
    )


def threshold(path: Path) -> Row:
    """Threshold fields of the frozen crystal against W/δ, and hysteresis."""
    swept, root = group(path, "protocols"), group(path)
    alone = float(root["threshold_field_free"].min())
    shown, off = [], []
    for x in (1.0, 2.0):
        cold = swept.sel(protocol_doping=x).isel(temperature=0)
        at = cold.sel(branch="forward")
        field, error = float(at["threshold_field"]), float(at["threshold_field_stderr"])
        off.append((field - alone) / error)
        loop, width = float(cold["hysteresis_area"]), float(cold["hysteresis_area_stderr"])
        kind = meaning(at["threshold_sharp"])
        shown.append(
            f"x = {x:g}: E* = {field:.3f} ± {error:.3f} ({kind}; {off[-1]:+.1f} errors from W/δ), "
            f"hysteresis {loop:.3f} ± {width:.3f}"
        )
    word = INPUT if min(np.abs(off)) < SURE else ASSUMED
    return Row(
        "The frozen crystal is displaced only above a threshold field",
        f"at T = {float(swept['temperature'][0]):.4f}, on raising the field, one size: "
        f"{'; '.join(shown)}",
        f"a carrier alone: E* = W/δ = {alone:.3f}, chosen with W and δ; only what lies above it "
        "is pinning by neighbours",
        word if np.isfinite(off).all() else UNDECIDED,
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
    root = group(path).isel(doping=0).stack(point=("displacement_length", "relative_permittivity"))
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
        return Row(claim, f"only {use.sum()} points with an onset", "", UNDECIDED)
    (alpha, beta), (d_alpha, d_beta) = power_law(t[use], error[use], xi[use], coulomb[use])
    (alone, _), _ = power_law(free[use], 0.01 * free[use], xi[use], coulomb[use])
    ratio = t[use] / free[use]
    wide = xi[use].max() / xi[use].min() > 5 and coulomb[use].max() / coulomb[use].min() > 5
    return Row(
        claim,
        f"T_collective ∝ ξ^({alpha:.2f} ± {d_alpha:.2f}) · (Γ k_B T)^({beta:.2f} ± {d_beta:.2f}) "
        f"over {use.sum()} of {len(t)} points at qE = 0.5, one size, T_collective where "
        "transmission is ½, ξ there, Γ k_B T = e²/(4πε0 ε_r a_s)",
        f"{FREE}: ∝ ξ^{alone:.2f}; T_collective is {ratio.min():.2f} to {ratio.max():.2f} of that",
        verdict(abs(alpha + 2) < SURE * d_alpha, bool(wide)),
    )
