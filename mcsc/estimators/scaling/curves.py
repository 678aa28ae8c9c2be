"""Reweighted curves of one size around the transition, with every block of time left out in turn.

Conventions for arrays, units and errors are those of `mcsc.estimators.estimate`; rows are those of
`mcsc.estimators.scaling.jackknife`.
"""

from dataclasses import dataclass, field

import numpy as np

from mcsc.arrays import BoolArray, FloatArray
from mcsc.estimators.correlation import reweighted, widened
from mcsc.estimators.crossing import upward_zero
from mcsc.estimators.errors import block_rows
from mcsc.estimators.estimate import defect, histogram_gap
from mcsc.estimators.peaks import summit

# points of a curve, and temperatures of the ladder on either side of what is looked for
_POINTS = 161
_MARGIN = 2


@dataclass(frozen=True)
class SizeSeries:
    """Time series of one size.

    length: Linear size L.
    n_carriers: Carriers of the supercell.
    temperatures: Shape (K,), ascending.
    energies: Total energies, shape (K, n).
    order2: m² in each layer that orders for itself, shape (K, n, layers).
    converged: Where the run is long enough, shape (K,); everywhere by default.
    """

    length: float
    n_carriers: float
    temperatures: FloatArray
    energies: FloatArray
    order2: FloatArray
    converged: BoolArray = field(default_factory=lambda: np.array(True))

    def moments(self) -> tuple[FloatArray, FloatArray, FloatArray]:
        """|m|, m² and m⁴ as means over the layers, shape (K, n) each.

        Layers of one moment have one energy, so that a mean over them is reweighted as each is.
        """
        square = np.maximum(self.order2, 0.0)
        return (
            np.asarray(np.sqrt(square).mean(axis=2)),
            np.asarray(square.mean(axis=2)),
            np.asarray((square**2).mean(axis=2)),
        )


@dataclass(frozen=True)
class SizeCurves:
    """Curves over temperature, and what the ladder itself measured there.

    The spread of the rows of left-out blocks is widened by `block_widening`, so that errors of
    whatever is computed along the rows are.

    length: Linear size L.
    mesh: Temperatures of the curves, shape (G,).
    order, binder, susceptibility, specific_heat: ⟨|m|⟩, ⟨m⁴⟩/⟨m²⟩², N (⟨m²⟩ − ⟨|m|⟩²)/(k_B T) with
        N the carriers of a layer, and the specific heat per carrier in k_B: shape (n_blocks + 1,
        G).
    temperatures: Of the ladder, those within the range, shape (W,).
    raw_order, raw_binder: ⟨|m|⟩ and ⟨m⁴⟩/⟨m²⟩² there without reweighting, shape (n_blocks + 1, W).
    """

    length: float
    mesh: FloatArray
    order: FloatArray
    binder: FloatArray
    susceptibility: FloatArray
    specific_heat: FloatArray
    temperatures: FloatArray
    raw_order: FloatArray
    raw_binder: FloatArray


def size_curves(
    series: SizeSeries, low: float, high: float, boltzmann: float, n_blocks: int
) -> SizeCurves | str:
    """Curves of one size from `low` to `high` and two temperatures of the ladder beyond.

    series: The size.
    low, high: Range of temperatures.
    boltzmann: k_B in energy per temperature.
    n_blocks: Blocks of the jackknife.

    Returns: `SizeCurves`, or the reason why there are none.

    Raises ValueError if shapes do not match or temperatures do not ascend.
    """
    moments = series.moments()
    if reason := defect(series.temperatures, n_blocks, series.energies, *moments):
        return reason
    window = _window(series.temperatures, low, high)
    t, energy = series.temperatures[window], series.energies[window]
    kept = [moment[window] for moment in moments]
    if t.size < 3:
        return "fewer than three temperatures around the transition"
    if reason := histogram_gap(t, energy, boltzmann):
        return reason
    mesh = np.linspace(t[0], t[-1], _POINTS)
    centred = energy - energy.mean()
    means, factor = reweighted(t, centred, mesh, boltzmann, n_blocks, *kept, centred, centred**2)
    order, square, fourth, mean, mean_square = means
    raw = [block_rows(moment.T, n_blocks) for moment in kept]
    a_layer = series.n_carriers / series.order2.shape[2]
    heat = (mean_square - mean**2) / (series.n_carriers * (boltzmann * mesh) ** 2)
    with np.errstate(divide="ignore", invalid="ignore"):
        return SizeCurves(
            length=series.length,
            mesh=mesh,
            order=widened(order, factor),
            binder=widened(fourth / square**2, factor),
            susceptibility=widened(a_layer * (square - order**2) / (boltzmann * mesh), factor),
            specific_heat=widened(heat, factor),
            temperatures=t,
            raw_order=widened(raw[0], factor),
            raw_binder=widened(raw[2] / raw[1] ** 2, factor),
        )


def _window(temperatures: FloatArray, low: float, high: float) -> slice:
    first = int(np.searchsorted(temperatures, low, side="right")) - 1 - _MARGIN
    last = int(np.searchsorted(temperatures, high)) + 1 + _MARGIN
    return slice(max(first, 0), last)


def top(curves: SizeCurves, values: FloatArray) -> tuple[FloatArray, FloatArray]:
    """Temperature and height of the maximum of each row, shape (n_blocks + 1,) each.

    NaN throughout where a row has its maximum at an end of the curve.
    """
    at = values.argmax(axis=1)
    if at.min() == 0 or at.max() == curves.mesh.size - 1 or not np.isfinite(values).all():
        nothing = np.full(len(values), np.nan)
        return nothing, nothing
    return summit(curves.mesh, values), values.max(axis=1)


def read_off(curves: SizeCurves, values: FloatArray, temperature: float, row: int) -> float:
    """Value of one row of a curve at a temperature; NaN outside the curve."""
    return float(np.interp(temperature, curves.mesh, values[row], left=np.nan, right=np.nan))


def crossing_of(
    small: SizeCurves, large: SizeCurves, rows: tuple[int, int], near: float | None
) -> float:
    """Temperature where the Binder ratio of the larger size rises above that of the smaller.

    rows: Row of the smaller and of the larger size.
    near: The crossing nearest to this temperature is taken, None for the steepest.
    """
    low = max(small.mesh[0], large.mesh[0])
    high = min(small.mesh[-1], large.mesh[-1])
    common = np.linspace(low, high, _POINTS)
    ratios = [
        np.interp(common, one.mesh, one.binder[row])
        for one, row in zip((small, large), rows, strict=True)
    ]
    return upward_zero(common, ratios[1] - ratios[0], near)
