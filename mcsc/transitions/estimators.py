"""Where and of what kind a transition is, from the time series of temperature ladders.

Each estimator interpolates between the temperatures of a ladder by multi-histogram reweighting
and takes its error from a jackknife over blocks of time, left out at all temperatures at once.
Each answers NaN with a reason rather than a number it cannot stand behind.

Temperatures are in the unit that `boltzmann` (k_B, energy per temperature) belongs to; energies are
total energies of the supercell; `order2` is m², the squared modulus of the order parameter. Arrays
are (K, n), temperatures ascending.

References
----------
K. Binder, Z. Phys. B 43, 119 (1981), doi:10.1007/BF01293604 (fourth-order ratio and its crossing).
J. Lee, J. M. Kosterlitz, Phys. Rev. Lett. 65, 137 (1990), doi:10.1103/PhysRevLett.65.137 (energy
histograms at equal height).
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from itertools import pairwise

import numpy as np
from numpy.typing import ArrayLike, NDArray

from mcsc.statistics import bin_means, delete_one_means, jackknife
from mcsc.transitions.reweighting import free_energies, overlap, reweight_blocks

__all__ = [
    "Crossing",
    "Estimate",
    "Ladder",
    "Presence",
    "TransitionOrder",
    "binder_crossing",
    "binder_ratio",
    "disordered_binder_ratio",
    "order_present",
    "specific_heat_peak",
    "susceptibility_peak",
    "transition_order",
]

FloatArray = NDArray[np.float64]

N_BLOCKS = 16
SIGNIFICANCE = 3.0
MIN_OVERLAP = 0.01
GRID = 81


@dataclass(frozen=True)
class Estimate:
    """A transition temperature with its standard error, or NaN with the reason for it."""

    temperature: float
    stderr: float
    reason: str = ""


@dataclass(frozen=True)
class Crossing(Estimate):
    """Crossing of the Binder ratios of two sizes, and the ratio where they cross."""

    binder: float = np.nan
    binder_stderr: float = np.nan
    sizes: tuple[float, ...] = ()


@dataclass(frozen=True)
class Ladder:
    """Time series of one size: a label that grows with size, temperatures (K,), series (K, n)."""

    size: float
    temperatures: FloatArray
    energies: FloatArray
    order2: FloatArray


@dataclass(frozen=True)
class TransitionOrder:
    """Verdict of the energy histogram.

    Attributes
    ----------
    kind
        ``"continuous"``, ``"first_order"`` or ``"undecided"``.
    dip, dip_stderr
        ln(P_peak / P_valley) at equal height; NaN where no second peak was found or it has no
        error.
    temperature
        Temperature of equal height, NaN with `dip`.
    reason
        One line saying what decided.
    """

    kind: str
    dip: float
    dip_stderr: float
    temperature: float
    reason: str


@dataclass(frozen=True)
class Presence:
    """Whether an order parameter is ordered, with the Binder ratio it rests on and the reason."""

    ordered: bool
    binder: float
    binder_stderr: float
    reason: str


def _defect(temperatures: FloatArray, n_blocks: int, *series: FloatArray) -> str:
    """Why a ladder cannot be analysed, or nothing; raises where arrays do not belong together."""
    for values in series:
        if values.ndim != 2 or values.shape != series[0].shape:
            raise ValueError(f"series of shapes {[s.shape for s in series]}: give equal (K, n)")
    if temperatures.shape != series[0].shape[:1] or not (np.diff(temperatures) > 0).all():
        raise ValueError(
            f"{temperatures.shape} temperatures for series {series[0].shape}: "
            "give one per row, strictly ascending"
        )
    if not all(np.isfinite(values).all() for values in series):
        return "a time series holds values that are not finite"
    if series[0].shape[1] < 4 * n_blocks:
        return f"{series[0].shape[1]} samples are too few: {4 * n_blocks} needed"
    if temperatures.size < 3:
        return f"{temperatures.size} temperatures are too few: 3 needed"
    return ""


def _gap(temperatures: FloatArray, energies: FloatArray, boltzmann: float) -> str:
    """Names the worst gap between neighbouring energy histograms, if there is one."""
    betas = 1 / (boltzmann * temperatures)
    shared = overlap(free_energies(energies, betas), energies, betas)
    worst = int(shared.argmin())
    if shared[worst] >= MIN_OVERLAP:
        return ""
    low, high = temperatures[worst : worst + 2]
    return f"energies at {low:.6g} and {high:.6g} do not overlap: add temperatures between"


def _summit(grid: FloatArray, curves: FloatArray) -> FloatArray:
    """Abscissa of the highest point of each row, by a parabola through three grid points."""
    top = np.clip(curves.argmax(axis=1), 1, grid.size - 2)
    left, centre, right = (curves[np.arange(len(top)), top + k] for k in (-1, 0, 1))
    bend = left - 2 * centre + right
    with np.errstate(divide="ignore", invalid="ignore"):
        shift = np.where(bend < 0, 0.5 * (left - right) / bend, 0.0)
    return np.asarray(grid[top] + np.clip(shift, -1, 1) * (grid[1] - grid[0]))


def _jackknife_error(rows: FloatArray) -> float:
    """Standard error from delete-one values along axis 0."""
    n = rows.shape[0]
    return float(np.sqrt((n - 1) / n * ((rows - rows.mean(axis=0)) ** 2).sum(axis=0)))


def _peak(
    name: str,
    temperatures: FloatArray,
    energies: FloatArray,
    moments: tuple[FloatArray, FloatArray],
    curve: Callable[[FloatArray, FloatArray, FloatArray], FloatArray],
    boltzmann: float,
    n_blocks: int,
) -> Estimate:
    """Peak of a curve (temperatures, mean of moment 0, mean of moment 1), moments (K, n)."""
    raw = [bin_means(m.T, n_blocks) for m in moments]
    height, error = jackknife(lambda a, b: curve(temperatures, a, b), *raw)
    last = temperatures.size - 1
    top = int(height.argmax())
    if top in (0, last):
        end = "lowest" if top == 0 else "highest"
        return Estimate(np.nan, np.nan, f"{name} is largest at the {end} temperature")
    lower = height[top] - height > SIGNIFICANCE * np.hypot(error, error[top])
    if not (lower[:top].any() and lower[top + 1 :].any()):
        reason = f"the maximum of the {name} does not stand out by {SIGNIFICANCE:g} errors"
        return Estimate(np.nan, np.nan, reason)

    for _ in range(last):
        window = slice(max(top - 2, 0), min(top + 3, last + 1))
        near = temperatures[window]
        if reason := _gap(near, energies[window], boltzmann):
            return Estimate(np.nan, np.nan, reason)
        grid = np.linspace(near[0], near[-1], GRID)
        # moments of neighbouring temperatures only: the far ones have no weight here
        means = reweight_blocks(
            energies[window],
            1 / (boltzmann * near),
            1 / (boltzmann * grid),
            n_blocks,
            *(m[window] for m in moments),
        )
        curves = curve(grid, *means)
        summit = _summit(grid, curves)
        if near[0] + 1.5 * (grid[1] - grid[0]) < summit[0] < near[-1] - 1.5 * (grid[1] - grid[0]):
            return Estimate(float(summit[0]), _jackknife_error(summit[1:]))
        # noise misled the coarse maximum: look again around the nearest temperature
        moved = int(np.abs(temperatures - summit[0]).argmin())
        if moved in (0, last, top):
            break
        top = moved
    return Estimate(np.nan, np.nan, f"the reweighted {name} peaks at the end of the ladder")


def susceptibility_peak(
    temperatures: ArrayLike,
    energies: ArrayLike,
    order2: ArrayLike,
    boltzmann: float,
    n_carriers: int,
    n_blocks: int = N_BLOCKS,
) -> Estimate:
    """Temperature of the largest χ = N (⟨m²⟩ − ⟨|m|⟩²) / (k_B T).

    The coarse maximum over the ladder is refined by reweighting within two temperatures on either
    side. It has to stand at least 3 errors above some temperature on both of its sides.

    Parameters
    ----------
    temperatures
        Shape (K,), ascending.
    energies, order2
        Total energies and m², shape (K, n).
    boltzmann
        k_B in energy per temperature.
    n_carriers
        N above: it scales χ and does not move the peak.
    n_blocks
        Blocks of the jackknife; they should be longer than the autocorrelation time.

    Returns
    -------
    `Estimate`; NaN with a reason where the largest value lies at an end of the ladder, does not
    stand out, or the ladder has a gap there. The peak of one size lies off the transition of the
    infinite lattice by about (size)^(−1/ν), which the error does not include.

    Raises
    ------
    ValueError
        If shapes do not match or temperatures do not ascend.
    """
    t, e, m2 = _arrays(temperatures, energies, order2)
    if reason := _defect(t, n_blocks, e, m2):
        return Estimate(np.nan, np.nan, reason)

    def curve(at: FloatArray, square: FloatArray, modulus: FloatArray) -> FloatArray:
        return np.asarray(n_carriers * (square - modulus**2) / (boltzmann * at))

    modulus = np.sqrt(np.maximum(m2, 0.0))
    return _peak("susceptibility", t, e, (m2, modulus), curve, boltzmann, n_blocks)


def specific_heat_peak(
    temperatures: ArrayLike,
    energies: ArrayLike,
    boltzmann: float,
    n_carriers: int,
    n_blocks: int = N_BLOCKS,
) -> Estimate:
    """Temperature of the largest specific heat (⟨E²⟩ − ⟨E⟩²) / (N k_B T²).

    As `susceptibility_peak`, on the energy. A maximum of the specific heat is no proof of a
    transition: any system with an energy gap has one (Schottky). Ask `order_present` as well.

    Parameters
    ----------
    temperatures, energies, boltzmann, n_carriers, n_blocks
        As for `susceptibility_peak`.
    """
    t, e = _arrays(temperatures, energies)
    if reason := _defect(t, n_blocks, e):
        return Estimate(np.nan, np.nan, reason)

    def curve(at: FloatArray, square: FloatArray, mean: FloatArray) -> FloatArray:
        return np.asarray((square - mean**2) / (n_carriers * boltzmann * at**2))

    centred = e - e.mean()
    return _peak("specific heat", t, e, (centred**2, centred), curve, boltzmann, n_blocks)


def binder_ratio(order2: ArrayLike, n_blocks: int = N_BLOCKS) -> tuple[FloatArray, FloatArray]:
    """Binder ratio R = ⟨m⁴⟩ / ⟨m²⟩² and its error for series along the last axis.

    1 for perfect order, 1 + 2/c for c independent Gaussian components (see
    `disordered_binder_ratio`).

    Parameters
    ----------
    order2
        m², shape (..., n).
    n_blocks
        Blocks of the jackknife.

    Returns
    -------
    R and its standard error, shape (...).
    """
    square = np.moveaxis(np.asarray(order2, dtype=np.float64), -1, 0)
    fourth = bin_means(square**2, n_blocks)
    return jackknife(lambda a, b: a / b**2, fourth, bin_means(square, n_blocks))


def disordered_binder_ratio(n_components: int) -> float:
    """R of an order parameter of n_components equal, independent, Gaussian real components."""
    if n_components < 1:
        raise ValueError(f"n_components is {n_components}: an order parameter has at least 1")
    return 1 + 2 / n_components


def binder_crossing(
    ladders: Sequence[Ladder], boltzmann: float, n_blocks: int = N_BLOCKS
) -> tuple[Crossing, tuple[Crossing, ...]]:
    """Crossings of the Binder ratios of successive sizes.

    On heating through a transition the larger size goes from the smaller R to the larger one. Far
    from it both sizes have the same R and their difference is noise with many zeros. So the
    ladder is cut into runs of temperatures on which the larger size has the smaller or the larger
    R; a run whose summed difference is below 3 errors is dissolved in its neighbours. A crossing
    lies where a negative run meets a positive one, on heating. Among several, the one with the
    largest difference on its weaker side is taken: differences far below the transition can be
    significant but are tiny. Around the meeting point both curves are reweighted.

    Parameters
    ----------
    ladders
        One for each size; order does not matter, temperatures need not agree.
    boltzmann
        k_B in energy per temperature.
    n_blocks
        Blocks of the jackknife, done for each size alone: sizes are independent.

    Returns
    -------
    combined
        The crossing of the largest pair that has one. Successive crossings drift towards the
        infinite lattice; no power law is fitted. If the last two differ by more than their
        errors explain, the excess is added to the error in quadrature.
    pairs
        One for each pair of successive sizes, ascending.

    Raises
    ------
    ValueError
        If shapes do not match, temperatures do not ascend, or two ladders have the same size.
    """
    ordered = sorted(ladders, key=lambda ladder: ladder.size)
    sizes = [ladder.size for ladder in ordered]
    if len(set(sizes)) < len(sizes):
        raise ValueError(f"sizes {sizes} repeat: join the series of equal sizes first")
    if len(ordered) < 2:
        reason = "Binder crossings need at least two sizes"
        return Crossing(np.nan, np.nan, reason, sizes=tuple(sizes)), ()
    pairs = tuple(
        _pair_crossing(small, large, boltzmann, n_blocks) for small, large in pairwise(ordered)
    )
    found = [pair for pair in pairs if np.isfinite(pair.temperature)]
    if not found:
        return pairs[-1], pairs
    best = found[-1]
    if len(found) == 1:
        return best, pairs
    noise = best.stderr**2 + found[-2].stderr ** 2
    excess = max((best.temperature - found[-2].temperature) ** 2 - noise, 0.0)
    error = float(np.sqrt(best.stderr**2 + excess))
    combined = Crossing(best.temperature, error, "", best.binder, best.binder_stderr, tuple(sizes))
    return combined, pairs


def _bracket(small: Ladder, large: Ladder, n_blocks: int) -> tuple[float, float] | str:
    """Temperatures on either side of the crossing with sure differences, or why there are none."""
    low = max(small.temperatures[0], large.temperatures[0])
    high = min(small.temperatures[-1], large.temperatures[-1])
    common = np.union1d(small.temperatures, large.temperatures)
    common = common[(common >= low) & (common <= high)]
    if common.size < 2:
        return "the two sizes have no range of temperatures in common"
    rows = []
    for ladder in (small, large):
        means = [bin_means(ladder.order2.T**k, n_blocks) for k in (1, 2)]
        square, fourth = (np.vstack([m.mean(axis=0), delete_one_means(m)]) for m in means)
        with np.errstate(divide="ignore", invalid="ignore"):
            ratio = fourth / square**2
        rows.append(np.array([np.interp(common, ladder.temperatures, r) for r in ratio]))
    difference = rows[1][0] - rows[0][0]
    # the changes that leaving out one block of either size makes, less their mean
    changes = np.concatenate([r[1:] - r[1:].mean(axis=0) for r in rows])
    changes *= np.sqrt((n_blocks - 1) / n_blocks)
    error = np.sqrt((changes**2).sum(axis=0))
    # chains frozen in perfect order have no error: their difference weighs nothing
    # (and without any order there is no ratio)
    known = error > 0
    common, difference, changes = common[known], difference[known], changes[:, known]
    return _rise(common, difference / error[known], difference, changes / error[known])


def _rise(
    at: FloatArray, score: FloatArray, difference: FloatArray, changes: FloatArray
) -> tuple[float, float] | str:
    """Bracket of the best change of sign from negative to positive, or why there is none."""

    def evidence(run: slice) -> float:
        spread = float(np.sqrt((changes[:, run].sum(axis=1) ** 2).sum()))
        return float(score[run].sum()) / spread if spread > 0 else 0.0

    cuts = [0, *(np.flatnonzero(np.diff(np.sign(score))) + 1), score.size]
    runs = [slice(int(i), int(j)) for i, j in pairwise(cuts) if j > i]
    # dissolve the weakest run in its neighbours, and join what then has the same sign
    while len(runs) > 1:
        strength = [evidence(run) for run in runs]
        weakest = int(np.argmin(np.abs(strength)))
        same = [i for i in range(1, len(runs)) if strength[i] * strength[i - 1] >= 0]
        if same:
            begin, end = same[0] - 1, same[0] + 1
        elif abs(strength[weakest]) < SIGNIFICANCE:
            begin, end = max(weakest - 1, 0), min(weakest + 2, len(runs))
        else:
            break
        runs[begin:end] = [slice(runs[begin].start, runs[end - 1].stop)]
    strength = [evidence(run) for run in runs]
    if len(runs) == 1 and abs(strength[0]) >= SIGNIFICANCE:
        if strength[0] < 0:
            return "the larger size is the more ordered over the whole ladder"
        return "the larger size is the less ordered over the whole ladder"
    rising = [i for i in range(len(runs) - 1) if strength[i] < 0 < strength[i + 1]]
    if not rising:
        return f"the Binder ratios do not cross by {SIGNIFICANCE:g} errors"
    best = max(rising, key=lambda i: min(-difference[runs[i]].min(), difference[runs[i + 1]].max()))
    below, above = np.arange(score.size)[runs[best]], np.arange(score.size)[runs[best + 1]]
    # single temperatures that are sure enough of their sign, next to the change
    below = below[-score[below] >= min(2.0, -score[below].min())]
    above = above[score[above] >= min(2.0, score[above].max())]
    return float(at[below[-1]]), float(at[above[0]])


def _pair_crossing(small: Ladder, large: Ladder, boltzmann: float, n_blocks: int) -> Crossing:
    sizes = (small.size, large.size)

    def none(reason: str) -> Crossing:
        return Crossing(np.nan, np.nan, reason, sizes=sizes)

    for ladder in (small, large):
        if reason := _defect(ladder.temperatures, n_blocks, ladder.energies, ladder.order2):
            return none(reason)
    bracket = _bracket(small, large, n_blocks)
    if isinstance(bracket, str):
        return none(bracket)
    grid = np.linspace(*bracket, GRID)
    curves = []
    for ladder in (small, large):
        t = ladder.temperatures
        first = max(int(np.searchsorted(t, bracket[0], side="right")) - 2, 0)
        window = slice(first, int(np.searchsorted(t, bracket[1])) + 2)
        if reason := _gap(t[window], ladder.energies[window], boltzmann):
            return none(reason)
        square, fourth = reweight_blocks(
            ladder.energies[window],
            1 / (boltzmann * t[window]),
            1 / (boltzmann * grid),
            n_blocks,
            ladder.order2[window],
            ladder.order2[window] ** 2,
        )
        with np.errstate(divide="ignore", invalid="ignore"):
            curves.append(fourth / square**2)
    lower, upper = curves
    centre = _upward_zero(grid, upper[0] - lower[0], None)
    if np.isnan(centre):
        return none("the reweighted Binder ratios do not cross between the ladder's temperatures")
    value = float(np.interp(centre, grid, upper[0]))
    # rows with one block of one size left out, the other size whole
    variants = [(row, upper[0]) for row in lower[1:]] + [(lower[0], row) for row in upper[1:]]
    points = np.empty((len(variants), 2))
    for i, (a, b) in enumerate(variants):
        root = _upward_zero(grid, b - a, centre)
        points[i] = root, np.interp(root, grid, b)
    halves = points.reshape(2, n_blocks, 2)
    errors = [
        float(np.hypot(_jackknife_error(halves[0, :, k]), _jackknife_error(halves[1, :, k])))
        for k in (0, 1)
    ]
    if np.isnan(errors[0]):
        return none("the crossing vanishes when one block of time is left out: run longer")
    return Crossing(centre, errors[0], "", value, errors[1], sizes)


def _upward_zero(grid: FloatArray, difference: FloatArray, near: float | None) -> float:
    """Zero where the difference rises: the one nearest `near`, or the steepest; NaN if none."""
    i = np.flatnonzero((difference[:-1] < 0) & (difference[1:] >= 0))
    if i.size == 0:
        return np.nan
    rise = difference[i + 1] - difference[i]
    roots = grid[i] - difference[i] / rise * (grid[i + 1] - grid[i])
    pick = rise.argmax() if near is None else np.abs(roots - near).argmin()
    return float(roots[pick])


def transition_order(
    temperatures: ArrayLike,
    energies: ArrayLike,
    temperature: float,
    boltzmann: float,
    *,
    factor: float = 4.0,
    min_dip: float = 0.5,
    n_blocks: int = N_BLOCKS,
) -> TransitionOrder:
    """Order of a transition from the energy histogram at the temperature of equal heights.

    The histogram, with bins of 0.4 standard deviations, is reweighted to temperatures between the
    neighbours of `temperature`. Of all valleys between two peaks within a factor 2 of each other,
    the deepest below the lower peak is taken; that depth is largest where the two peaks are
    equally high. It is

    - ``"first_order"`` if the depth exceeds `factor` errors and `min_dip`;
    - ``"continuous"`` if depth plus `factor` errors stays below `min_dip`: no second peak at this
      size, though a weak one can still grow with size;
    - ``"undecided"`` otherwise, also if the valley holds no sample at all (gaps between discrete
      levels look like that) or nothing can be reweighted.

    Parameters
    ----------
    temperatures, energies, boltzmann, n_blocks
        As for `susceptibility_peak`.
    temperature
        Where the transition is, within the ladder.
    factor, min_dip
        Thresholds above; the default dip is a valley at 0.6 of the peaks.

    Raises
    ------
    ValueError
        If shapes do not match or temperatures do not ascend.
    """
    t, e = _arrays(temperatures, energies)
    reason = _defect(t, n_blocks, e)
    if not reason and not t[0] <= temperature <= t[-1]:
        reason = f"temperature {temperature:.6g} lies outside the ladder"
    if reason:
        return _undecided(reason)
    centre = int(np.clip(np.abs(t - temperature).argmin(), 1, t.size - 2))
    window = slice(max(centre - 2, 0), centre + 3)
    if reason := _gap(t[window], e[window], boltzmann):
        return _undecided(reason)

    betas = 1 / (boltzmann * t[window])
    kept = e[window] - e[window].mean()
    at = 1 / (boltzmann * np.array([temperature]))
    mean, square = reweight_blocks(kept, betas, at, n_blocks, kept, kept**2)
    width = 0.4 * float(np.sqrt(max(square[0, 0] - mean[0, 0] ** 2, 0.0)))
    if width == 0:
        return _undecided("the energy does not fluctuate at the transition")
    bins = np.floor((kept - kept.min()) / width).astype(np.intp)
    grid = np.linspace(t[centre - 1], t[centre + 1], GRID // 2)
    shares = reweight_blocks(
        kept,
        betas,
        1 / (boltzmann * grid),
        n_blocks,
        *((bins == b).astype(np.float64) for b in range(int(bins.max()) + 1)),
    )
    with np.errstate(divide="ignore"):
        histogram = np.log(np.stack(shares, axis=-1))
    return _verdict(grid, histogram, factor, min_dip)


def _verdict(
    grid: FloatArray, histogram: FloatArray, factor: float, min_dip: float
) -> TransitionOrder:
    """Judge ln P, shape (n_blocks + 1, n_grid, n_bins)."""
    whole = histogram[0]
    left = np.maximum.accumulate(whole, axis=1)
    right = np.maximum.accumulate(whole[:, ::-1], axis=1)[:, ::-1]
    comparable = np.minimum(left, right) > np.maximum(left, right) - np.log(2)
    with np.errstate(invalid="ignore"):
        depth = np.where(comparable, np.minimum(left, right) - whole, 0.0)
    row, valley = np.unravel_index(int(depth.argmax()), depth.shape)
    dip = float(depth[row, valley])
    if dip == np.inf:
        return _undecided("no sample in the valley of the energy histogram")
    if dip == 0:
        return TransitionOrder("continuous", 0.0, 0.0, np.nan, "one peak in the energy histogram")
    low = int(whole[row, :valley].argmax())
    high = int(valley) + 1 + int(whole[row, valley + 1 :].argmax())
    with np.errstate(invalid="ignore"):
        depths = np.minimum(histogram[1:, :, low], histogram[1:, :, high])
        error = _jackknife_error((depths - histogram[1:, :, valley]).max(axis=1))
    if not np.isfinite(error):
        return _undecided("the valley of the energy histogram is sampled in one block only")
    found = f"dip {dip:.2g} ± {error:.2g} in the energy histogram"
    if dip > factor * error and dip >= min_dip:
        kind = "first_order"
    elif dip + factor * error < min_dip:
        kind = "continuous"
    else:
        kind = "undecided"
    return TransitionOrder(kind, dip, error, float(grid[row]), found)


def _undecided(reason: str) -> TransitionOrder:
    return TransitionOrder("undecided", np.nan, np.nan, np.nan, reason)


def order_present(
    order2: ArrayLike,
    n_components: int,
    disordered_order2: float,
    *,
    growth: float = 5.0,
    factor: float = SIGNIFICANCE,
    n_blocks: int = N_BLOCKS,
) -> Presence:
    """Whether an order parameter is ordered at one temperature, usually the lowest.

    Both of these must hold:

    - R + `factor` errors < 1 + 1/n_components, half-way between order (1) and disorder
      (1 + 2/n_components);
    - ⟨m²⟩ ≥ `growth` × disordered_order2: a chain stuck in a random configuration also has R = 1,
      but its m² is of the size of random carriers.

    Parameters
    ----------
    order2
        m² at that temperature, shape (n,).
    n_components
        Independent real components of the order parameter.
    disordered_order2
        ⟨m²⟩ of uncorrelated carriers: 1/N_c for one wavevector with m² = S(q)/N_c.

    Returns
    -------
    `Presence`; not ordered, with the reason, where the series is too short or not finite.
    """
    m2 = np.asarray(order2, dtype=np.float64)
    if m2.ndim != 1:
        raise ValueError(f"order2 of shape {m2.shape}: give the series of one temperature")
    if not np.isfinite(m2).all() or m2.size < n_blocks:
        return Presence(False, np.nan, np.nan, "the time series is too short or not finite")
    ratio, stderr = (float(value) for value in binder_ratio(m2, n_blocks))
    middle = 0.5 * (1 + disordered_binder_ratio(n_components))
    strength = float(m2.mean()) / disordered_order2
    if not strength >= growth:
        reason = f"m² is {strength:.2g} times that of random carriers, below {growth:g}"
    elif not ratio + factor * stderr < middle:
        reason = f"Binder ratio {ratio:.3g} ± {stderr:.2g} is not below {middle:.3g}"
    else:
        reason = f"Binder ratio {ratio:.3g} ± {stderr:.2g}, m² {strength:.2g} times random"
        return Presence(True, ratio, stderr, reason)
    return Presence(False, ratio, stderr, reason)


def _arrays(*values: ArrayLike) -> tuple[FloatArray, ...]:
    return tuple(np.asarray(value, dtype=np.float64) for value in values)
