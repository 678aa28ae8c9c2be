"""What every size, and every pair of successive sizes, contributes to finite-size scaling.

Rows are those of `mcsc.estimators.scaling.jackknife`.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from mcsc.arrays import FloatArray
from mcsc.estimators.scaling.curves import SizeCurves, crossing_of, read_off, top
from mcsc.estimators.scaling.jackknife import block_choices, covariance, joined


@dataclass(frozen=True)
class SizeNumbers:
    """Numbers of S sizes and S − 1 pairs with the rows that their errors come from.

    lengths: L of each size, ascending, shape (S,).
    rows: By name, shape (V, S): ``T_susceptibility_peak``, ``susceptibility_peak``,
        ``T_specific_heat_peak``, ``specific_heat_peak``, ``order_at_crossing``, ``binder_slope``;
        or for pairs (V, S − 1): ``T_crossing`` and, where each crosses, ``binder_at_crossing`` and
        the logarithms ``order_quotient`` and ``slope_quotient`` of larger over smaller size.
    crossing: The crossing that the last two are taken at: that of the largest pair that has one.
    """

    lengths: FloatArray
    rows: dict[str, FloatArray]
    crossing: float

    at_crossing = ("order_at_crossing", "binder_slope")

    @property
    def pairs(self) -> FloatArray:
        """L and L' of successive sizes, shape (S − 1, 2)."""
        return np.stack([self.lengths[:-1], self.lengths[1:]], axis=1)

    def with_covariance(
        self, name: str, further: FloatArray | None = None
    ) -> tuple[FloatArray, FloatArray]:
        """Values of one quantity and their covariance, with that of a further number if given.

        name: One of `rows`, with k values.
        further: Rows of one more number, shape (V,).

        Returns: Shapes (k,) and (k, k), or (k + 1, k + 1) with the further number last.
        """
        rows = self.rows[name]
        every = rows if further is None else np.column_stack([rows, further])
        return rows[0], covariance(every, len(self.lengths))

    @property
    def peak_temperatures(self) -> FloatArray:
        """Where each size has its transition: specific-heat or susceptibility peak, or crossing."""
        heat, order = self.rows["T_specific_heat_peak"][0], self.rows["T_susceptibility_peak"][0]
        known = np.where(np.isfinite(heat), heat, order)
        return np.where(np.isfinite(known), known, self.crossing)


def size_numbers(curves: Sequence[SizeCurves], hints: Sequence[float]) -> SizeNumbers:
    """Read peaks, crossings, and order and slopes at the crossing, from the curves of all sizes.

    curves: Two sizes or more, ascending.
    hints: Roughly where each pair of successive sizes crosses, NaN where it does not.
    """
    rows = {}
    for name in ("susceptibility", "specific_heat"):
        peaks = [top(c, getattr(c, name)) for c in curves]
        rows[f"T_{name}_peak"] = joined([at for at, _ in peaks])
        rows[f"{name}_peak"] = joined([height for _, height in peaks])
    choices = block_choices(len(curves), len(curves[0].order) - 1)
    rows["T_crossing"] = np.column_stack(
        [
            _crossings(curves[i], curves[i + 1], choices[:, i : i + 2], hint)
            for i, hint in enumerate(hints)
        ]
    )
    whole = np.flatnonzero(np.isfinite(rows["T_crossing"]).all(axis=0))
    nowhere = np.full(len(choices), np.nan)
    at = rows["T_crossing"][:, whole[-1]] if len(whole) else nowhere
    rises = [np.gradient(one.binder, one.mesh, axis=1) for one in curves]

    def read(values: Sequence[FloatArray], i: int, where: FloatArray) -> FloatArray:
        every = zip(where, choices[:, i], strict=True)
        return np.array([read_off(curves[i], values[i], float(t), row) for t, row in every])

    orders = [one.order for one in curves]
    for name, values in (("order_at_crossing", orders), ("binder_slope", rises)):
        rows[name] = np.stack([read(values, i, at) for i in range(len(curves))], axis=1)
    crossings = list(enumerate(rows["T_crossing"].T))
    ratios = [one.binder for one in curves]
    rows["binder_at_crossing"] = np.stack([read(ratios, i + 1, t) for i, t in crossings], axis=1)
    with np.errstate(divide="ignore", invalid="ignore"):
        for name, values in (("order_quotient", orders), ("slope_quotient", rises)):
            both = [read(values, i + 1, t) / read(values, i, t) for i, t in crossings]
            rows[name] = np.log(np.stack(both, axis=1))
    return SizeNumbers(np.array([c.length for c in curves]), rows, float(at[0]))


def _crossings(
    small: SizeCurves, large: SizeCurves, choices: NDArray[np.intp], hint: float
) -> FloatArray:
    """Crossing of one pair in every row, all near that of the first."""
    if not np.isfinite(hint):
        return np.full(len(choices), np.nan)
    first = crossing_of(small, large, (0, 0), hint)
    pairs, which = np.unique(choices, axis=0, return_inverse=True)
    found = [crossing_of(small, large, (int(a), int(b)), first) for a, b in pairs]
    return np.array(found)[which.reshape(-1)]
