"""The points of all sizes that a data collapse is made with.

Rows are those of `mcsc.estimators.scaling.jackknife`.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from mcsc.arrays import BoolArray, FloatArray
from mcsc.estimators.estimate import jackknife_error
from mcsc.estimators.scaling.curves import SizeCurves
from mcsc.estimators.scaling.jackknife import block_choices

# Points within this share of the way over which the steepest slope would carry R from order to
# disorder: beyond, the curves flatten and a polynomial does not follow.
_REACH = 0.4
# Errors are averaged over so many neighbouring temperatures.
_NEIGHBOURS = 5


@dataclass(frozen=True)
class Points:
    """Points of all sizes near the transition, one after the other.

    lengths, temperatures: L and T, shape (n,).
    rows: y in the rows of the jackknife over all sizes, shape (V, n).
    errors: Standard error of y, shape (n,), even between neighbouring temperatures.
    """

    lengths: FloatArray
    temperatures: FloatArray
    rows: FloatArray
    errors: FloatArray

    def scaled(self, temperature: float, inverse_nu: float) -> FloatArray:
        """x = (T − T_c) L^(1/ν), shape (n,)."""
        return (self.temperatures - temperature) * self.lengths**inverse_nu


def chosen_temperatures(
    curves: Sequence[SizeCurves], temperature: float, inverse_nu: float, swing: float
) -> list[BoolArray]:
    """Which temperatures of each size are near enough to the transition, in its own scale."""
    rises = [
        np.interp(temperature, c.mesh, np.gradient(c.binder[0], c.mesh)) / c.length**inverse_nu
        for c in curves
    ]
    slope = np.mean(rises)
    limit = _REACH * swing / slope if slope > 0 else 0.0
    chosen = []
    for one in curves:
        near = np.abs(one.temperatures - temperature) * one.length**inverse_nu <= limit
        # chains frozen in perfect order have no error, and without any order there is no ratio
        known = np.isfinite(one.raw_binder).all(axis=0) & (np.ptp(one.raw_binder, axis=0) > 0)
        chosen.append(np.asarray(near & known))
    return chosen


def points_of(
    curves: Sequence[SizeCurves], rows: list[FloatArray], chosen: list[BoolArray]
) -> Points:
    """Points of all sizes, from (n_blocks + 1, W) rows of each."""
    each = list(zip(curves, chosen, strict=True))
    picked = [row[:, keep] for row, keep in zip(rows, chosen, strict=True)]
    choices = block_choices(len(picked), len(picked[0]) - 1)
    return Points(
        np.concatenate([np.full(keep.sum(), one.length) for one, keep in each]),
        np.concatenate([one.temperatures[keep] for one, keep in each]),
        np.concatenate([r[i] for r, i in zip(picked, choices.T, strict=True)], axis=1),
        np.concatenate([_even_errors(r) for r in picked]),
    )


def _even_errors(rows: FloatArray) -> FloatArray:
    """Errors of neighbouring temperatures, made even.

    An error from few blocks is itself uncertain. As a weight it would favour the points that
    happen to come out small, and the error of the fit would come out too small.
    """
    from scipy.ndimage import uniform_filter1d

    variance = np.array([jackknife_error(rows[1:, j]) ** 2 for j in range(rows.shape[1])])
    if len(variance) == 0:
        return variance
    return np.asarray(np.sqrt(uniform_filter1d(variance, _NEIGHBOURS, mode="nearest")))
