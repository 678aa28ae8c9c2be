"""Threshold fields, hysteresis and remanence: what a sweep of the field does to the displacement.

A crystal is an insulator at zero field in the sense that its mean displacement along the field,
U∥, vanishes. The threshold field E* is where U∥ reaches half of δ∥, the largest displacement of a
state along the field; a response as smooth as that of free carriers has one as well, and a flag
tells the two apart. All errors come from independent repeats, or from given standard errors.
"""

from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike

from mcsc.arrays import BoolArray, FloatArray
from mcsc.estimators.estimate import as_arrays

LEVEL = 0.5
# the rise is sharp if it goes from 10 to 90 % within this share of E*
RISE = (0.1, 0.9)
SHARP = 0.5
# least hysteresis: in standard errors, and as a share of the box δ∥ x E_max
SIGNIFICANCE = 4.0
LEAST_AREA = 0.005


@dataclass(frozen=True)
class Threshold:
    """A threshold field with its standard error, or NaN with the reason for it.

    field, stderr: Energy per charge and length.
    width: Fields between 10 and 90 % of δ∥; infinite if 90 % are never reached.
    reason: Empty where there is a threshold.
    """

    field: float
    stderr: float
    width: float = np.nan
    reason: str = ""

    @property
    def sharp(self) -> bool:
        """Whether the rise takes less than half of the threshold field."""
        return bool(self.width < SHARP * self.field)


@dataclass(frozen=True)
class Hysteresis:
    """Area of a loop over that of its box, with its standard error over repeats."""

    area: float
    stderr: float

    @property
    def present(self) -> bool:
        """Whether the loop is open by 4 standard errors and by 0.5 % of the box."""
        return bool(abs(self.area) > max(SIGNIFICANCE * self.stderr, LEAST_AREA))


def threshold_field(
    fields: ArrayLike,
    parallel: ArrayLike,
    largest: float,
    stderr: ArrayLike | None = None,
    *,
    lowering: bool = False,
) -> Threshold:
    """Field at which the mean displacement reaches half of its largest possible value.

    Between fields it is interpolated linearly. Where it jumps by more than half of δ∥ from one
    field to the next, any field in between is as likely: the step over √12 is added in quadrature.

    fields: (F,) ascending.
    parallel: U∥: (repeats, F), at least two repeats, or (F,) together with ``stderr``.
    largest: δ∥, the largest displacement of a state along the field, length.
    stderr: (F,) standard errors of independent chains, where there are no repeats.
    lowering: Whether the curve was measured from the largest field down; it is then followed from
        there to where it first falls below the half.

    Returns: Of repeats the mean and its standard error. NaN with a reason where any repeat has
        none.

    Raises ValueError if shapes do not match, fields do not ascend, or there is nothing to take an
        error from.
    """
    e, curves = as_arrays(fields, parallel)
    if e.ndim != 1 or curves.shape[-1:] != e.shape or not (np.diff(e) > 0).all():
        raise ValueError(f"fields {e.shape} for U∥ {curves.shape}: give one a column, ascending")
    if (curves.ndim, stderr is None) not in ((1, False), (2, True)):
        raise ValueError(f"U∥ {curves.shape}: give (repeats, F), or (F,) with its stderr")
    rows = curves if curves.ndim == 2 else curves[None]
    if curves.ndim == 2 and len(rows) < 2:
        raise ValueError("one repeat has no error: give at least 2")
    if not np.isfinite(rows).all():
        return Threshold(np.nan, np.nan, reason="this point has not been run")
    found = [_reached(e, row, LEVEL * largest, lowering) for row in rows]
    crossings = [one for one in found if one is not None]
    if len(crossings) < len(found):
        reason = _missing(rows[:, 0] >= LEVEL * largest, len(crossings))
        return Threshold(np.nan, np.nan, reason=reason)
    reached = np.array([field for field, _ in crossings])
    steps = np.array([i for _, i in crossings])
    if stderr is None:
        noise = float(reached.std(ddof=1) / np.sqrt(len(reached)))
    else:
        noise = _propagated(e, rows[0], np.asarray(stderr, dtype=np.float64), steps[0], largest)
    jump = np.abs(np.diff(rows, axis=1))[np.arange(len(rows)), steps] > LEVEL * largest
    unresolved = float((np.diff(e)[steps] * jump).max()) / np.sqrt(12)
    widths = [_width(e, row, largest, lowering) for row in rows]
    return Threshold(
        float(reached.mean()), float(np.hypot(noise, unresolved)), float(np.mean(widths))
    )


def hysteresis(
    fields: ArrayLike, forward: ArrayLike, backward: ArrayLike, largest: float
) -> Hysteresis:
    """Area between the branches of a loop, ∫ (U_backward − U_forward) dE / (δ∥ E_max).

    fields: (F,) ascending from 0.
    forward, backward: (repeats, F) mean displacement while the field was raised and lowered,
        length.
    largest: δ∥, length.
    """
    e, up, down = as_arrays(fields, forward, backward)
    loops = np.trapezoid(down - up, e, axis=1) / (largest * e[-1])
    return Hysteresis(float(loops.mean()), float(loops.std(ddof=1) / np.sqrt(len(loops))))


def _reached(
    e: FloatArray, curve: FloatArray, level: float, lowering: bool
) -> tuple[float, int] | None:
    """Field of the crossing of a level and the step it lies in; None if there is none."""
    above = curve >= level
    upward = np.nonzero(~above[:-1] & above[1:])[0]
    # on the way down the curve is followed from the end, which must lie above
    if len(upward) == 0 or (above[0] and not lowering) or (lowering and not above[-1]):
        return None
    i = int(upward[-1] if lowering else upward[0])
    share = (level - curve[i]) / (curve[i + 1] - curve[i])
    return float(e[i] + share * (e[i + 1] - e[i])), i


def _missing(displaced: BoolArray, reached: int) -> str:
    """Why there is no threshold; ``displaced``: the repeats that are above it at zero field."""
    if displaced.all():
        return "displaced by half of the largest or more at zero field already"
    if reached == 0 and not displaced.any():
        return "half of the largest displacement is not reached: larger fields are needed"
    return f"a threshold in {reached} of {len(displaced)} repeats only"


def _propagated(
    e: FloatArray, curve: FloatArray, stderr: FloatArray, i: int, largest: float
) -> float:
    """Error of an interpolated crossing from those of the two values around it."""
    rise, step = curve[i + 1] - curve[i], e[i + 1] - e[i]
    before = (curve[i + 1] - LEVEL * largest) * stderr[i]
    after = (LEVEL * largest - curve[i]) * stderr[i + 1]
    return float(step * np.hypot(before, after) / rise**2)


def _width(e: FloatArray, curve: FloatArray, largest: float, lowering: bool) -> float:
    """Fields between 10 and 90 % of the largest displacement; infinite where one is not reached."""
    low, high = (_reached(e, curve, share * largest, lowering) for share in RISE)
    # above 10 % at zero field already, the rise begins there at the latest
    start = low[0] if low else float(e[0])
    return high[0] - start if high else np.inf
