"""How far a transition temperature may lie from that of the infinite crystal.

The statistical error of one size says nothing of it: peaks of 6×6×2 cells lie 5 % above the
crossing of three sizes, ten times their error. Estimated from several sizes, never smaller than the
noise of what it is taken from.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from mcsc.arrays import FloatArray
from mcsc.estimators.estimate import Estimate

ONE_SIZE = "one size"


@dataclass(frozen=True)
class SizeError:
    """Error of finite size, NaN where it is not known, and what it is taken from or why not."""

    stderr: float = np.nan
    reason: str = ONE_SIZE


NO_SIZE_ERROR = SizeError(reason="no transition temperature")


def of_crossing(pairs: Sequence[Estimate], peak: Estimate) -> SizeError:
    """Of the Binder crossing of the largest pair of sizes.

    pairs: Crossings of successive sizes, the largest pair last; NaN where there is none.
    peak: Peak of the largest size: it tends to the same temperature, more slowly.

    Returns: The difference to the crossing of the next smaller pair; with one crossing only, to the
        peak.
    """
    found = [pair for pair in pairs if pair.found]
    if len(found) > 1:
        return SizeError(_apart(found[-1], found[-2]), "from the last two Binder crossings")
    if peak.found:
        return SizeError(_apart(found[-1], peak), "from the Binder crossing and the largest peak")
    return SizeError(reason="one Binder crossing and no peak")


def of_peaks(peaks: Sequence[Estimate], lengths: FloatArray, crossover: bool = False) -> SizeError:
    """Of the peak of the largest size.

    peaks: Of all sizes by one estimator, the largest size last; NaN where there is none.
    lengths: Linear sizes, NaN where they have no one shape.
    crossover: Whether no symmetry is broken, so that nothing scales.

    Returns: What is left from there to an infinite crystal if peaks drift as 1/L, which is slower
        than they do at any transition of these models (1/ν ≥ 1); the difference of the two largest
        sizes where nothing scales or the sizes have no one shape.
    """
    if len(peaks) < 2:
        return SizeError()
    smaller = [k for k in range(len(peaks) - 1) if peaks[k].found]
    if not smaller:
        return SizeError(reason="one size has such a peak")
    small, large = lengths[smaller[-1]], lengths[-1]
    apart = _apart(peaks[-1], peaks[smaller[-1]])
    if crossover or not large > small:
        return SizeError(apart, "from the peaks of two sizes")
    return SizeError(float(apart * small / (large - small)), "from the peaks of two sizes, as 1/L")


def total_error(stderr: FloatArray, stderr_size: FloatArray) -> FloatArray:
    """Both errors in quadrature; the statistical one where that of size is not known."""
    return np.asarray(np.hypot(stderr, np.nan_to_num(stderr_size)))


def _apart(one: Estimate, other: Estimate) -> float:
    noise = np.hypot(one.stderr, other.stderr)
    return float(max(abs(one.temperature - other.temperature), noise))
