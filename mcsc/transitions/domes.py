"""Domes: the local maxima of a transition temperature over doping that stand out of their error."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike, NDArray

from mcsc.transitions.peaks import above_the_scan

__all__ = ["Dome", "find_domes", "line_of"]

FloatArray = NDArray[np.float64]


@dataclass(frozen=True)
class Dome:
    """One dome of T(x).

    Attributes
    ----------
    doping, temperature, temperature_stderr
        Its highest point; for a plateau of equal temperatures the middle point, the left one of
        two. Where the chemical potential is the axis, that in place of the doping.
    valley
        Temperature of the higher of the two valleys on its sides.
    significance
        (temperature − valley) in units of their combined standard error.
    index
        Place of the point in the arrays given to `find_domes`.
    """

    doping: float
    temperature: float
    temperature_stderr: float
    valley: float
    significance: float
    index: int


def find_domes(
    doping: ArrayLike,
    temperature: ArrayLike,
    stderr: ArrayLike,
    *,
    floor: float,
    factor: float = 3.0,
) -> tuple[Dome, ...]:
    """Find the domes of a curve T(x).

    A candidate is a local maximum, or a plateau of equal values with lower points on both of its
    sides; the first and last doping of the scan are none, for what lies beyond is unknown. The
    valley on one side of a candidate is the lowest point between it and the next candidate, or the
    end of the scan. The significance is the height above the higher valley,

        (T − T_valley) / sqrt(stderr_T² + stderr_valley²).

    While the least significant candidate is below `factor` it is struck out, which joins the two
    stretches beside it. What remains are the domes: every one stands `factor` errors above the
    lowest points that part it from its neighbours.

    Parameters
    ----------
    doping
        x, shape (n,), in any order.
    temperature
        T(x), shape (n,). NaN, no transition found in the window, counts as `floor` with no error,
        an upper bound; so does any value below the floor.
    stderr
        Standard errors, shape (n,). A point with a finite temperature but no finite error can
        neither make nor part domes and is left out.
    floor
        Lowest temperature scanned.
    factor
        Least significance of a dome. It is not corrected for the number of points: of curves of
        17 points that are constant but for noise, 3 % show a dome at 3 and hardly any at 4.

    Returns
    -------
    Domes in ascending doping.

    Raises
    ------
    ValueError
        If shapes differ, a doping repeats or is not finite, an error is negative, or the floor is
        not finite.

    Notes
    -----
    The valleys are those next to the dome, so the height is at most the topographic prominence,
    which for the highest of several equal domes would be measured from the ends of the scan.
    """
    x, t, error = (np.asarray(a, dtype=np.float64) for a in (doping, temperature, stderr))
    _check(x, t, error, floor)
    absent = np.isnan(t) | (t < floor)
    t = np.where(absent, floor, t)
    error = np.where(absent, 0.0, error)
    order = np.argsort(x)
    order = order[np.isfinite(error[order]) & np.isfinite(t[order])]
    t, error = t[order], error[order]

    peaks = _maxima(t)
    while peaks:
        scores = [_score(t, error, peaks, i) for i in range(len(peaks))]
        weakest = min(range(len(peaks)), key=lambda i: (scores[i][0], t[peaks[i]]))
        if scores[weakest][0] >= factor:
            return tuple(
                Dome(
                    doping=float(x[order[peak]]),
                    temperature=float(t[peak]),
                    temperature_stderr=float(error[peak]),
                    valley=valley,
                    significance=significance,
                    index=int(order[peak]),
                )
                for peak, (significance, valley) in zip(peaks, scores, strict=True)
            )
        del peaks[weakest]
    return ()


def line_of(
    temperature: FloatArray, stderr: FloatArray, reasons: Sequence[str], highest: float
) -> tuple[FloatArray, FloatArray]:
    """Temperatures and errors of a line as `find_domes` takes them.

    Parameters
    ----------
    temperature, stderr
        (n,), NaN where there is no transition in the window.
    reasons
        (n,) why. A transition that lies above the window is no valley, and as little is known of
        its height it neither makes nor parts domes.
    highest
        Highest temperature scanned.
    """
    known = np.isfinite(temperature)
    hidden = np.array([above_the_scan(reason) for reason in reasons]) & ~known
    errors = np.where(known, stderr, np.where(hidden, np.nan, 0.0))
    return np.where(hidden, highest, temperature), errors


def _check(x: FloatArray, t: FloatArray, error: FloatArray, floor: float) -> None:
    if x.ndim != 1 or not x.shape == t.shape == error.shape:
        raise ValueError(
            f"doping {x.shape}, temperature {t.shape}, stderr {error.shape}: give equal lengths"
        )
    if not np.isfinite(x).all() or np.unique(x).size < x.size:
        raise ValueError("a doping repeats or is not finite: give one temperature for each doping")
    if (error < 0).any():
        raise ValueError(f"stderr {error[error < 0][0]:g} is negative: give standard errors")
    if not np.isfinite(floor):
        raise ValueError(f"floor is {floor}: give the lowest temperature scanned")


def _maxima(t: FloatArray) -> list[int]:
    """Middle points of the runs of equal values that are higher than both neighbours."""
    if t.size < 3:
        return []
    starts = np.concatenate([[0], np.flatnonzero(np.diff(t)) + 1])
    level = t[starts]
    ends = np.concatenate([starts[1:], [t.size]]) - 1
    inner = np.arange(1, level.size - 1)
    inner = inner[(level[inner] > level[inner - 1]) & (level[inner] > level[inner + 1])]
    return [int((starts[i] + ends[i]) // 2) for i in inner]


def _score(t: FloatArray, error: FloatArray, peaks: list[int], i: int) -> tuple[float, float]:
    """Significance of peak i over the higher of its two valleys, and that valley."""
    peak = peaks[i]
    begin = peaks[i - 1] if i > 0 else 0
    end = peaks[i + 1] if i + 1 < len(peaks) else t.size - 1
    left = begin + int(t[begin:peak].argmin())
    right = peak + 1 + int(t[peak + 1 : end + 1].argmin())
    valley = left if t[left] >= t[right] else right
    height, noise = t[peak] - t[valley], np.hypot(error[peak], error[valley])
    return (float(height / noise) if noise > 0 else np.inf), float(t[valley])
