"""Whether a transition is continuous or of first order, from the histogram of the energy.

Conventions for arrays, units and errors are those of `mcsc.estimators.estimate`.

J. Lee, J. M. Kosterlitz, Phys. Rev. Lett. 65, 137 (1990), doi:10.1103/PhysRevLett.65.137 (energy
histograms at equal height).
"""

from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike

from mcsc.arrays import FloatArray
from mcsc.estimators.correlation import reweighted
from mcsc.estimators.estimate import (
    MESH,
    N_BLOCKS,
    as_arrays,
    defect,
    histogram_gap,
    jackknife_error,
)
from mcsc.estimators.reweighting import reweight_blocks

# of the bins, in standard deviations; they are wider where they would hold fewer levels, which fall
# into them unevenly, and say nothing beyond a standard deviation
_WIDTH, _WIDEST, _LEVELS = 0.4, 1.0, 4.0
# errors that a valley is told by, and the least depth of one
_FACTOR, _DIP = 4.0, 0.5


@dataclass(frozen=True)
class TransitionOrder:
    """Verdict of the energy histogram.

    kind: ``"continuous"``, ``"first_order"`` or ``"undecided"``.
    dip, dip_stderr: ln(P_peak / P_valley) at equal height; NaN where no second peak was found or it
        has no error.
    temperature: Temperature of equal height, NaN with `dip`.
    reason: One line saying what decided.
    valley: Total energy in the valley between the peaks, NaN with `dip`.
    """

    kind: str
    dip: float
    dip_stderr: float
    temperature: float
    reason: str
    valley: float = np.nan


def transition_order(
    temperatures: ArrayLike,
    energies: ArrayLike,
    temperature: float,
    boltzmann: float,
    *,
    n_blocks: int = N_BLOCKS,
) -> TransitionOrder:
    """Order of a transition from the energy histogram at the temperature of equal heights.

    The histogram, with bins of 0.4 standard deviations or of four discrete levels if these are
    wider, is reweighted to temperatures between the neighbours of `temperature`. Of all valleys
    between two peaks within a factor 2 of each other, the deepest below the lower peak is taken;
    that depth is largest where the two peaks are equally high. It is

    - ``"first_order"`` if the depth exceeds 4 errors and 0.5, a valley at 0.6 of the peaks;
    - ``"continuous"`` if depth plus 4 errors stays below 0.5: no second peak at this size, though a
      weak one can still grow with size;
    - ``"undecided"`` otherwise, also if the valley holds no sample at all, if there are too few
      discrete levels, or if nothing can be reweighted.

    temperatures, energies, boltzmann, n_blocks: As for `susceptibility_peak`.
    temperature: Where the transition is, within the ladder.

    Raises ValueError if shapes do not match or temperatures do not ascend.
    """
    t, e = as_arrays(temperatures, energies)
    reason = defect(t, n_blocks, e)
    if not reason and not t[0] <= temperature <= t[-1]:
        reason = f"temperature {temperature:.6g} lies outside the ladder"
    if reason:
        return _undecided(reason)
    centre = int(np.clip(np.abs(t - temperature).argmin(), 1, t.size - 2))
    window = slice(max(centre - 2, 0), centre + 3)
    if reason := histogram_gap(t[window], e[window], boltzmann):
        return _undecided(reason)

    kept = e[window] - e[window].mean()
    (mean, square), widening = reweighted(
        t[window], kept, np.array([temperature]), boltzmann, n_blocks, kept, kept**2
    )
    spread = float(np.sqrt(max(square[0, 0] - mean[0, 0] ** 2, 0.0)))
    if spread == 0:
        return _undecided("the energy does not fluctuate at the transition")
    width = max(_WIDTH * spread, _LEVELS * _level_spacing(kept))
    if width > _WIDEST * spread:
        return _undecided("the energy has too few levels for a histogram")
    bins = np.floor((kept - kept.min()) / width).astype(np.intp)
    mesh = np.linspace(t[centre - 1], t[centre + 1], MESH // 2)
    shares = reweight_blocks(
        kept,
        1 / (boltzmann * t[window]),
        1 / (boltzmann * mesh),
        n_blocks,
        *((bins == b).astype(np.float64) for b in range(int(bins.max()) + 1)),
    )
    with np.errstate(divide="ignore"):
        histogram = np.log(np.stack(shares, axis=-1))
    lowest = float(kept.min() + e[window].mean())
    centres = lowest + (np.arange(bins.max() + 1) + 0.5) * width
    return _verdict(mesh, histogram, centres, widening)


def _level_spacing(energies: FloatArray) -> float:
    """Median distance of neighbouring energies that occur in the middle half of all samples."""
    low, high = np.quantile(energies, (0.25, 0.75))
    middle = energies[(energies >= low) & (energies <= high)]
    # sums of the same energies in another order differ in the last digits
    resolution = 1e-6 * (float(energies.std()) or 1.0)
    levels = np.unique(np.rint(middle / resolution)) * resolution
    return float(np.median(np.diff(levels))) if len(levels) > 1 else float(high - low)


def _verdict(
    mesh: FloatArray, histogram: FloatArray, energies: FloatArray, widening: float
) -> TransitionOrder:
    """Judge ln P, shape (n_blocks + 1, n_mesh, n_bins), with the energies of the bins."""
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
        error = jackknife_error((depths - histogram[1:, :, valley]).max(axis=1), widening)
    if not np.isfinite(error):
        return _undecided("the valley of the energy histogram is sampled in one block only")
    found = f"dip {dip:.2g} ± {error:.2g} in the energy histogram"
    if dip > _FACTOR * error and dip >= _DIP:
        kind = "first_order"
    elif dip + _FACTOR * error < _DIP:
        kind = "continuous"
    else:
        kind = "undecided"
    centre = float(energies[valley])
    return TransitionOrder(kind, dip, error, float(mesh[row]), found, centre)


def _undecided(reason: str) -> TransitionOrder:
    return TransitionOrder("undecided", np.nan, np.nan, np.nan, reason)
