"""Which dopings to add where a transition temperature bends.

Drawn as straight lines between dopings h apart, a curve T(x) is wrong by T'' h²/8 in between. T''
is taken from three neighbouring dopings where it stands out of its error; the intervals that are
most wrong are halved.
"""

from collections.abc import Sequence
from itertools import pairwise

import numpy as np
from numpy.typing import NDArray

FloatArray = NDArray[np.float64]
Line = tuple[FloatArray, FloatArray]
"""Temperatures over doping and their standard errors; NaN where nothing is known."""

# standard errors that a bend must stand out by
SIGNIFICANCE = 3.0


def dopings_between(
    doping: FloatArray, lines: Sequence[Line], candidates: Sequence[float], most: int
) -> tuple[float, ...]:
    """Dopings to add, at most so many, in the intervals where lines are worst interpolated.

    Parameters
    ----------
    doping
        (n,) ascending.
    lines
        Temperatures and errors, (n,) each: lines of a diagram, all in one unit.
    candidates
        Dopings to choose from.
    most
        How many at most; one an interval.
    """
    if doping.size < 3 or not lines:
        return ()
    wrong = np.max([_interpolation_error(doping, *line) for line in lines], axis=0)
    middle = halfway(doping, candidates)
    worst = [middle[i] for i in np.argsort(-wrong, kind="stable") if wrong[i] > 0]
    return tuple(sorted([x for x in worst if x is not None][:most]))


def halfway(doping: FloatArray, candidates: Sequence[float]) -> list[float | None]:
    """The candidate nearest to the middle of each interval; None where none lies inside."""
    tolerance = 1e-9 * max(1.0, float(np.abs(doping).max()))
    chosen: list[float | None] = []
    for low, high in pairwise(doping.tolist()):
        inside = [float(x) for x in candidates if low + tolerance < x < high - tolerance]
        chosen.append(min(inside, key=lambda x: (abs(x - 0.5 * (low + high)), x), default=None))
    return chosen


def _interpolation_error(x: FloatArray, t: FloatArray, error: FloatArray) -> FloatArray:
    """(n − 1,) how wrong a straight line is in each interval, 0 where no bend stands out."""
    h = np.diff(x)
    left, right = h[1:] / (h[:-1] + h[1:]), h[:-1] / (h[:-1] + h[1:])
    bend = t[1:-1] - left * t[:-2] - right * t[2:]
    noise = np.sqrt(error[1:-1] ** 2 + (left * error[:-2]) ** 2 + (right * error[2:]) ** 2)
    with np.errstate(invalid="ignore"):
        found = np.isfinite(bend) & np.isfinite(noise) & (np.abs(bend) > SIGNIFICANCE * noise)
    curvature = np.where(found, 2.0 * np.abs(np.nan_to_num(bend)) / (h[:-1] * h[1:]), 0.0)
    of_interval = np.maximum(np.append(curvature, 0.0), np.append(0.0, curvature))
    return np.asarray(of_interval * h**2 / 8)
