"""Where the Binder ratios of two sizes cross.

Conventions for arrays, units and errors are those of `mcsc.estimators.estimate`.

K. Binder, Z. Phys. B 43, 119 (1981), doi:10.1007/BF01293604 (fourth-order ratio and its crossing).
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from itertools import pairwise

import numpy as np

from mcsc.arrays import FloatArray
from mcsc.estimators.autocorrelation import autocorrelation_time
from mcsc.estimators.correlation import reweighted, widened
from mcsc.estimators.errors import bin_widening, block_rows, fine_bins
from mcsc.estimators.estimate import (
    MESH,
    N_BLOCKS,
    SIGNIFICANCE,
    Estimate,
    Ladder,
    defect,
    histogram_gap,
    jackknife_error,
)


@dataclass(frozen=True)
class Crossing(Estimate):
    """Crossing of the Binder ratios of two sizes, and the ratio where they cross."""

    binder: float = np.nan
    binder_stderr: float = np.nan
    sizes: tuple[float, ...] = ()


def binder_crossing(
    ladders: Sequence[Ladder], boltzmann: float, n_blocks: int = N_BLOCKS
) -> tuple[Crossing, tuple[Crossing, ...]]:
    """Crossings of the Binder ratios of successive sizes.

    On heating through a transition the larger size goes from the smaller R to the larger one. Far
    from it both sizes have the same R and their difference is noise with many zeros. So the ladder
    is cut into streaks of temperatures on which the larger size has the smaller or the larger R; a
    streak whose summed difference is below 3 errors is dissolved in its neighbours. A crossing lies
    where a negative streak meets a positive one, on heating. Among several, the one with the
    largest difference on its weaker side is taken: differences far below the transition can be
    significant but are tiny. Around the meeting point both curves are reweighted.

    ladders: One for each size; order does not matter, temperatures need not agree.
    boltzmann: k_B in energy per temperature.
    n_blocks: Blocks of the jackknife, done for each size alone: sizes are independent.

    Returns: combined: The crossing of the largest pair that has one, its error statistical.
        Successive crossings drift towards the infinite lattice; no power law is fitted here.
        pairs: One for each pair of successive sizes, ascending.

    Raises ValueError if shapes do not match, temperatures do not ascend, or two ladders have the
        same size.
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
    found = [pair for pair in pairs if pair.found]
    if not found:
        return pairs[-1], pairs
    best = found[-1]
    return replace(best, sizes=tuple(sizes)) if len(found) > 1 else best, pairs


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
        square, fourth = (block_rows(ladder.order2.T**k, n_blocks) for k in (1, 2))
        with np.errstate(divide="ignore", invalid="ignore"):
            ratio = fourth / square**2
        fine = fine_bins(ladder.order2.T)
        slow = autocorrelation_time(fine)
        typical = slow[np.isfinite(slow)].mean() if np.isfinite(slow).any() else np.nan
        ratio = widened(ratio, float(bin_widening(typical, len(fine) / n_blocks, n_blocks)))
        rows.append(np.array([np.interp(common, ladder.temperatures, r) for r in ratio]))
    of_small, of_large = rows
    difference = of_large[0] - of_small[0]
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

    def evidence(streak: slice) -> float:
        spread = float(np.sqrt((changes[:, streak].sum(axis=1) ** 2).sum()))
        return float(score[streak].sum()) / spread if spread > 0 else 0.0

    cuts = [0, *(np.flatnonzero(np.diff(np.sign(score))) + 1), score.size]
    streaks = [slice(int(i), int(j)) for i, j in pairwise(cuts) if j > i]
    # dissolve the weakest streak in its neighbours, and join what then has the same sign
    while len(streaks) > 1:
        strength = [evidence(streak) for streak in streaks]
        weakest = int(np.argmin(np.abs(strength)))
        same = [i for i in range(1, len(streaks)) if strength[i] * strength[i - 1] >= 0]
        if same:
            begin, end = same[0] - 1, same[0] + 1
        elif abs(strength[weakest]) < SIGNIFICANCE:
            begin, end = max(weakest - 1, 0), min(weakest + 2, len(streaks))
        else:
            break
        streaks[begin:end] = [slice(streaks[begin].start, streaks[end - 1].stop)]
    strength = [evidence(streak) for streak in streaks]
    if len(streaks) == 1 and abs(strength[0]) >= SIGNIFICANCE:
        if strength[0] < 0:
            return "the larger size is the more ordered over the whole ladder"
        return "the larger size is the less ordered over the whole ladder"
    rising = [i for i in range(len(streaks) - 1) if strength[i] < 0 < strength[i + 1]]
    if not rising:
        cold, hot = (
            evidence(half) for half in (slice(score.size // 2), slice(score.size // 2, None))
        )
        reason = f"the Binder ratios do not cross by {SIGNIFICANCE:g} errors"
        if cold < 0 < hot:
            # the ladder may end too near to the crossing for either side to be sure
            reason += (
                f": by {-cold:.1f} in the colder half of the ladder and {hot:.1f} in the hotter; "
            )
            reason += "a wider range of temperatures would tell"
        return reason
    best = max(
        rising, key=lambda i: min(-difference[streaks[i]].min(), difference[streaks[i + 1]].max())
    )
    below, above = np.arange(score.size)[streaks[best]], np.arange(score.size)[streaks[best + 1]]
    # single temperatures that are sure enough of their sign, next to the change
    below = below[-score[below] >= min(2.0, -score[below].min())]
    above = above[score[above] >= min(2.0, score[above].max())]
    return float(at[below[-1]]), float(at[above[0]])


def _pair_crossing(small: Ladder, large: Ladder, boltzmann: float, n_blocks: int) -> Crossing:
    sizes = (small.size, large.size)

    def none(reason: str) -> Crossing:
        return Crossing(np.nan, np.nan, reason, sizes=sizes)

    for ladder in (small, large):
        if reason := defect(ladder.temperatures, n_blocks, ladder.energies, ladder.order2):
            return none(reason)
    bracket = _bracket(small, large, n_blocks)
    if isinstance(bracket, str):
        return none(bracket)
    mesh = np.linspace(*bracket, MESH)
    curves = []
    for ladder in (small, large):
        t = ladder.temperatures
        first = max(int(np.searchsorted(t, bracket[0], side="right")) - 2, 0)
        window = slice(first, int(np.searchsorted(t, bracket[1])) + 2)
        if reason := histogram_gap(t[window], ladder.energies[window], boltzmann):
            return none(reason)
        m2, energies = ladder.order2[window], ladder.energies[window]
        (square, fourth), widening = reweighted(
            t[window], energies, mesh, boltzmann, n_blocks, m2, m2**2
        )
        with np.errstate(divide="ignore", invalid="ignore"):
            curves.append(widened(fourth / square**2, widening))
    lower, upper = curves
    centre = upward_zero(mesh, upper[0] - lower[0], None)
    if np.isnan(centre):
        return none("the reweighted Binder ratios do not cross between the ladder's temperatures")
    value = float(np.interp(centre, mesh, upper[0]))
    # rows with one block of one size left out, the other size whole
    variants = [(row, upper[0]) for row in lower[1:]] + [(lower[0], row) for row in upper[1:]]
    roots = np.array([upward_zero(mesh, b - a, centre) for a, b in variants])
    ratios = np.array([np.interp(at, mesh, b) for at, (_, b) in zip(roots, variants, strict=True)])
    errors = [
        float(np.hypot(jackknife_error(one[:n_blocks]), jackknife_error(one[n_blocks:])))
        for one in (roots, ratios)
    ]
    if np.isnan(errors[0]):
        return none("the crossing vanishes when one block of time is left out: run longer")
    return Crossing(centre, errors[0], "", value, errors[1], sizes)


def upward_zero(mesh: FloatArray, difference: FloatArray, near: float | None) -> float:
    """Zero where the difference rises: the one nearest `near`, or the steepest; NaN if none."""
    i = np.flatnonzero((difference[:-1] < 0) & (difference[1:] >= 0))
    if i.size == 0:
        return np.nan
    rise = difference[i + 1] - difference[i]
    roots = mesh[i] - difference[i] / rise * (mesh[i + 1] - mesh[i])
    pick = rise.argmax() if near is None else np.abs(roots - near).argmin()
    return float(roots[pick])
