"""Domes: the local maxima of a transition temperature over doping, where both sides were measured.

What was not measured is no valley. A point without a transition is *censored*: its temperature is
known only to lie below the lowest temperature down to which that point equilibrated. A point that
did not equilibrate up to a dome's own height says nothing about it, and neither does the end of the
scan: the dome is *open* on that side. A transition around which the run did not equilibrate is
neither a top nor a valley, but may be as high as it looks.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise

import numpy as np
from numpy.typing import ArrayLike

from mcsc.arrays import BoolArray, FloatArray
from mcsc.estimators.peaks import above_the_scan
from mcsc.estimators.scaling.error import total_error


@dataclass(frozen=True)
class Dome:
    """One dome of T(x).

    doping, temperature, temperature_stderr: Its highest point; for a plateau of equal temperatures
        the middle point, the left one of two. Where the chemical potential is the axis, that in
        place of the doping. The error is the statistical one.
    temperature_stderr_size: The error of finite size, NaN where it is not known.
    left, right: What T falls below at lower and at higher doping, an upper bound of the valley
        there; NaN where the dome is open on that side.
    significance: (temperature − valley) in units of their combined error; NaN where the dome is
        open.
    index: Of the point in the arrays given to `find_domes`.
    """

    doping: float
    temperature: float
    temperature_stderr: float
    temperature_stderr_size: float
    left: float
    right: float
    significance: float
    index: int

    @property
    def bounded(self) -> bool:
        """Whether both sides are known to be lower."""
        return bool(np.isfinite(self.left) and np.isfinite(self.right))

    @property
    def valley(self) -> float:
        """The higher of the upper bounds on its two sides; NaN where the dome is open."""
        return max(self.left, self.right) if self.bounded else np.nan


@dataclass(frozen=True)
class _Side:
    """What one side of a candidate says of it: an upper bound of its valley, and the height."""

    bound: float = np.nan
    height: float = np.nan

    @property
    def open(self) -> bool:
        return bool(np.isnan(self.bound))


def find_domes(
    doping: ArrayLike,
    temperature: ArrayLike,
    stderr: ArrayLike,
    *,
    bound: ArrayLike = np.nan,
    stderr_size: ArrayLike = np.nan,
    converged: ArrayLike = True,
    factor: float = 3.0,
) -> tuple[Dome, ...]:
    """Find the domes of a curve T(x).

    A candidate is a measured point, or a plateau of equal ones, with no neighbour that is known to
    be as high. Each side of it goes on to the next candidate, to a point that may be as high as
    the candidate for all that is known, or to the end of the scan; a side without a single point
    is open. The lowest temperature on a side, a censored point counting as its bound, is an upper
    bound of the valley there, and the height over it in units of the error is

        (T − T_lowest) / sqrt(error_T² + error_lowest²),

    with the statistical error and that of finite size, where known, added in quadrature. A bound
    has no error. While the candidate whose lower height is least is below `factor`, it is struck
    out, which joins the two stretches beside it. What remains are the domes: each stands `factor`
    errors above what is known of both sides. One with two open sides is none: nothing says so.

    Parameters
    ----------
    doping
        x, shape (n,), in any order.
    temperature
        T(x), shape (n,). NaN where no transition was found, ∞ where it lies above all temperatures
        scanned: no neighbour of such a point is a dome.
    stderr
        Statistical errors, shape (n,). A temperature without a finite one says nothing.
    bound
        What T lies below where it is NaN, shape (n,) or one number; NaN where nothing is known.
    stderr_size
        Errors of finite size, shape (n,) or one number; NaN where unknown counts as none.
    converged
        Whether the run equilibrated around T, shape (n,) or one for all. Where it did not, T is no
        top, nor is the one next to it if lower; it ends a side if as high as the candidate, and
        else says nothing of it.
    factor
        Least height of a dome in errors. It is not corrected for the number of points: of curves
        of 17 points that are constant but for noise, 3 % show a bounded dome at 3 and hardly any
        at 4.

    Returns
    -------
    Domes in ascending doping.

    Raises
    ------
    ValueError
        If shapes differ, a doping repeats or is not finite, or an error is negative.

    Notes
    -----
    The valleys are those next to the dome, so the height is at most the topographic prominence,
    which for the highest of several equal domes would be measured from the ends of the scan.

    Examples
    --------
    >>> import mcsc
    >>> x, t = [0.5, 0.75, 1.0, 1.25, 1.5], [0.05, 0.08, 0.12, 0.07, 0.05]
    >>> dome = mcsc.find_domes(x, t, stderr=[0.002] * 5)[0]
    >>> dome.doping, dome.temperature, dome.bounded
    (1.0, 0.12, True)
    """
    x, t, noise = (np.asarray(a, dtype=np.float64) for a in (doping, temperature, stderr))
    below, size, sure = (
        np.full(x.shape, a) if np.ndim(a) == 0 else np.asarray(a, dtype=np.float64)
        for a in (bound, stderr_size, converged)
    )
    _check(x, t, noise, below, size, sure)
    unknown = np.isnan(t) | (np.isfinite(t) & ~np.isfinite(noise))
    error = np.where(unknown | ~np.isfinite(t), 0.0, total_error(noise, size))
    # a point says that T is at most this; ∞ where it says nothing
    most = np.where(unknown, np.where(np.isnan(t) & np.isfinite(below), below, np.inf), t)
    order = np.argsort(x)
    measured = ~unknown & np.isfinite(t)
    doubtful = measured & (sure == 0)
    line = _Line(most[order], error[order], measured[order], doubtful[order], np.isinf(t)[order])
    return tuple(
        Dome(
            doping=float(x[i]),
            temperature=float(t[i]),
            temperature_stderr=float(noise[i]),
            temperature_stderr_size=float(size[i]),
            left=left.bound,
            right=right.bound,
            significance=np.nan if left.open or right.open else _of_higher(left, right),
            index=int(i),
        )
        for i, (left, right) in ((order[peak], sides) for peak, sides in line.domes(factor))
    )


def line_of(
    temperature: FloatArray, reasons: Sequence[str], contradicted: ArrayLike = False
) -> FloatArray:
    """Temperatures of a line as `find_domes` takes them.

    temperature: (n,), NaN where there is no transition in the window.
    reasons: (n,) why. A transition that lies above the window becomes ∞.
    contradicted: (n,) whether the same crystal measured another way has no such transition; it is
        left out.
    """
    hidden = np.array([above_the_scan(reason) for reason in reasons]) & np.isnan(temperature)
    return np.where(hidden, np.inf, np.where(contradicted, np.nan, temperature))


def _check(
    x: FloatArray,
    t: FloatArray,
    error: FloatArray,
    bound: FloatArray,
    size: FloatArray,
    sure: FloatArray,
) -> None:
    if x.ndim != 1 or {a.shape for a in (t, error, bound, size, sure)} != {x.shape}:
        raise ValueError(
            f"doping {x.shape}, temperature {t.shape}, stderr {error.shape}, bound {bound.shape}, "
            f"stderr_size {size.shape}, converged {sure.shape}: give equal lengths"
        )
    if not np.isfinite(x).all() or np.unique(x).size < x.size:
        raise ValueError("a doping repeats or is not finite: give one temperature for each doping")
    for name, values in (("stderr", error), ("stderr_size", size)):
        if (values < 0).any():
            raise ValueError(f"{name} {values[values < 0][0]:g} is negative: give standard errors")


def _of_higher(left: _Side, right: _Side) -> float:
    """Height in errors over the side whose bound is the higher one."""
    if left.bound == right.bound:
        return min(left.height, right.height)
    return left.height if left.bound > right.bound else right.height


@dataclass(frozen=True)
class _Line:
    """Points in ascending doping: highest possible T, its error, and what is known of it.

    Whether it was measured, whether that is in doubt, and whether it lies above all temperatures.
    """

    most: FloatArray
    error: FloatArray
    measured: BoolArray
    doubtful: BoolArray
    above: BoolArray

    def domes(self, factor: float) -> list[tuple[int, tuple[_Side, _Side]]]:
        """Points of the domes and their sides."""
        peaks = self._candidates()
        while peaks:
            sides = [self._sides(peaks, i) for i in range(len(peaks))]
            # height over the known sides; −∞ where there is none
            scores = [
                min((side.height for side in both if not side.open), default=-np.inf)
                for both in sides
            ]
            weakest = min(range(len(peaks)), key=lambda i: (scores[i], self.most[peaks[i]]))
            if scores[weakest] >= factor:
                return list(zip(peaks, sides, strict=True))
            del peaks[weakest]
        return []

    def _candidates(self) -> list[int]:
        """Middle points of the streaks of equal measured temperatures, no neighbour as high."""
        t = np.where(self.measured, self.most, np.where(self.above, np.inf, -np.inf))
        cuts = np.flatnonzero(t[1:] != t[:-1]) + 1
        streaks = pairwise([0, *cuts.tolist(), t.size])
        padded = np.concatenate([[-np.inf], t, [-np.inf]])
        tops = [
            (first + end - 1) // 2
            for first, end in streaks
            if end > first and np.isfinite(t[first]) and padded[first] < t[first] > padded[end + 1]
        ]
        return [top for top in tops if not self.doubtful[top]]

    def _sides(self, peaks: list[int], i: int) -> tuple[_Side, _Side]:
        peak = peaks[i]
        begin = peaks[i - 1] if i > 0 else -1
        end = peaks[i + 1] if i + 1 < len(peaks) else len(self.most)
        left = self._side(peak, range(peak - 1, begin, -1))
        return left, self._side(peak, range(peak + 1, end))

    def _side(self, peak: int, points: range) -> _Side:
        """The side of a peak over points going away from it."""
        height = self.most[peak]
        seen = []
        known = self.measured & ~self.doubtful
        for k in points:
            if not known[k] and self.most[k] >= height:
                break
            if not self.doubtful[k]:
                seen.append(k)
        lowest = min(seen, key=lambda k: self.most[k], default=peak)
        if self.most[lowest] >= height:
            return _Side()
        noise = float(np.hypot(self.error[peak], self.error[lowest]))
        rise = float(height - self.most[lowest])
        return _Side(float(self.most[lowest]), rise / noise if noise > 0 else np.inf)
