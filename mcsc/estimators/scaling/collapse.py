"""Data collapse: curves of all sizes on one, and the T_c and exponents that bring them there.

To leading order R = f((T − T_c) L^(1/ν)) and ⟨|m|⟩ = L^(−β/ν) g((T − T_c) L^(1/ν)). Near T_c the
unknown function is a polynomial of the lowest degree from 3 to 5 whose χ² exceeds its degrees of
freedom by no more than a standard deviation; higher ones would follow the noise. T_c and 1/ν
minimise χ² of R, which has no exponent of its own; β/ν then that of ⟨|m|⟩, with the same degree.
χ² over the degrees of freedom says how well the curves agree. So does, without any polynomial, the
quality S of Houdayer and Hartmann: the mean square distance of a point from the line through its
neighbours of the other sizes, in errors; 1 is as good as can be.

Errors are those of `jackknife.py`, every row fitted anew. Beside them stands the wider interval in
which S stays within S_min + 1 while one number is moved. Replica exchange correlates the
temperatures of a ladder: the jackknife knows that, χ² and S do not.

Corrections to the leading order are in neither: curves of small sizes come together elsewhere than
at T_c however long they run, and χ² may not show it. Of the infinite-range Ising model the exact
curves of 64, 144 and 256 spins collapse 2 % below T_c, with 1/ν 2 % too large and β/ν a fifth too
small. Crossings drift as well but are extrapolated (`crossing_temperature` in `power_law.py`):
where the two T_c differ they are to be believed.

J. Houdayer, A. K. Hartmann, Phys. Rev. B 70, 014418 (2004), doi:10.1103/PhysRevB.70.014418.
K. Binder, Z. Phys. B 43, 119 (1981), doi:10.1007/BF01293604 (scaling of moments and their ratio).
"""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from mcsc.arrays import FloatArray
from mcsc.estimators.scaling.curves import SizeCurves
from mcsc.estimators.scaling.jackknife import stderr
from mcsc.estimators.scaling.points import Points, chosen_temperatures, points_of
from mcsc.estimators.scaling.quality import collapse_quality, unit_interval

# Degrees of the polynomial, as far as they leave this many degrees of freedom. A parabola does not
# follow the bend from order to disorder: 1/ν would come out too large before χ² shows it.
_DEGREES = (3, 4, 5)
_LEAST_DOF = 3
# Exponents are moved this far, at most, in search of the ends of their S + 1 interval.
_WIDEST = 1.0


@dataclass(frozen=True)
class Collapsed:
    """A number from a collapse: error by jackknife, and half the width of its S + 1 interval."""

    value: float = np.nan
    stderr: float = np.nan
    interval: float = np.nan


@dataclass(frozen=True)
class Collapse:
    """T_c, 1/ν and β/ν that bring the curves of all sizes onto one.

    temperature, inverse_nu: From the Binder ratio.
    beta_over_nu: From the order parameter, at these.
    chi2, dof: Of the collapse of the Binder ratio.
    quality, order_quality: S of the Binder ratio and of the order parameter.
    reason: Why there is none, empty otherwise.
    """

    temperature: Collapsed = Collapsed()
    inverse_nu: Collapsed = Collapsed()
    beta_over_nu: Collapsed = Collapsed()
    chi2: float = np.nan
    dof: int = 0
    quality: float = np.nan
    order_quality: float = np.nan
    reason: str = ""


def collapse(
    curves: Sequence[SizeCurves], temperature: float, inverse_nu: float, swing: float
) -> Collapse:
    """Collapse the Binder ratio and the order parameter of several sizes.

    curves: One for each size, three at least.
    temperature, inverse_nu: Where to begin: T_c and 1/ν from crossings and slopes.
    swing: How far the Binder ratio goes from order to disorder.

    Returns: `Collapse`; refused with fewer than three sizes, with too few temperatures near the
        transition, where T_c runs out of these, and where it would without some block of time.

    Notes
    -----
    The polynomial has the lowest degree, 3 at least, with χ² ≤ dof + √(2 dof), or the highest that
    collapses the curves at all. Errors hold the scatter between runs from 128 autocorrelation times
    on (docs/calibration.md), not the corrections to scaling.
    """
    if len(curves) < 3:
        return Collapse(reason=f"a collapse needs three sizes, {len(curves)} known")
    if not (np.isfinite(temperature) and inverse_nu > 0):
        return Collapse(reason="no crossing or no slope to begin a collapse from")
    chosen = chosen_temperatures(curves, temperature, inverse_nu, swing)
    ratio = points_of(curves, [c.raw_binder for c in curves], chosen)
    n = len(ratio.errors)
    degrees = [d for d in _DEGREES if _dof(n, d) >= _LEAST_DOF]
    if not degrees or min(len(np.unique(a)) for a in (ratio.lengths, ratio.temperatures)) < 3:
        return Collapse(reason=f"{n} points near the transition are too few: add temperatures")
    degree, best, chi2 = _lowest_degree(ratio, np.array([temperature, inverse_nu]), degrees)
    if not degree:
        return Collapse(reason="no T_c and 1/ν within the temperatures collapse the curves")
    order = points_of(curves, [c.raw_order for c in curves], chosen)
    rows = np.array([_numbers(ratio, order, row, best, degree) for row in range(len(ratio.rows))])
    if not np.isfinite(rows).all():
        return Collapse(reason="some block of time decides whether the curves collapse: run longer")
    return _judged(ratio, order, rows, len(curves), (chi2, _dof(n, degree)))


def _dof(n_points: int, degree: int) -> int:
    """Degrees of freedom beside T_c, 1/ν and the coefficients."""
    return n_points - (degree + 1) - 2


def _lowest_degree(
    points: Points, start: FloatArray, degrees: list[int]
) -> tuple[int, FloatArray, float]:
    """The lowest degree that χ² has nothing against, T_c and 1/ν with it, and χ².

    The highest that collapses the curves where χ² is against all, 0 where none does.
    """
    chosen = (0, np.full(2, np.nan), np.nan)
    for degree in degrees:
        numbers, chi2 = _fit_ratio(points, 0, start, degree)
        if np.isfinite(chi2):
            chosen = (degree, numbers, chi2)
            dof = _dof(len(points.errors), degree)
            if chi2 <= dof + np.sqrt(2 * dof):
                break
    return chosen


def _numbers(ratio: Points, order: Points, row: int, start: FloatArray, degree: int) -> FloatArray:
    """T_c, 1/ν and β/ν of a row of the jackknife, shape (3,)."""
    numbers, _ = _fit_ratio(ratio, row, start, degree)
    if not np.isfinite(numbers).all():
        return np.full(3, np.nan)
    return np.append(numbers, _fit_order(order, row, numbers, degree))


def _judged(
    ratio: Points, order: Points, rows: FloatArray, n_sizes: int, fit: tuple[float, int]
) -> Collapse:
    """The collapse with errors from its rows, and the qualities at the best T_c, 1/ν and β/ν."""
    errors, (t, p, b) = stderr(rows, n_sizes), map(float, rows[0])

    def ratio_quality(t: float, p: float) -> float:
        return collapse_quality(ratio.lengths, ratio.scaled(t, p), ratio.rows[0], ratio.errors)

    def order_quality(b: float) -> float:
        scale = order.lengths**b
        x = order.scaled(t, p)
        return collapse_quality(order.lengths, x, order.rows[0] * scale, order.errors * scale)

    reach = float(np.ptp(ratio.temperatures))
    intervals = (
        unit_interval(lambda at: ratio_quality(at, p), t, reach),
        unit_interval(lambda at: ratio_quality(t, at), p, _WIDEST),
        unit_interval(order_quality, b, _WIDEST),
    )
    numbers = [
        Collapsed(*one) for one in zip((t, p, b), map(float, errors), intervals, strict=True)
    ]
    return Collapse(
        temperature=numbers[0],
        inverse_nu=numbers[1],
        beta_over_nu=numbers[2],
        chi2=fit[0],
        dof=fit[1],
        quality=ratio_quality(t, p),
        order_quality=order_quality(b),
    )


def _distances(points: Points, row: int, numbers: FloatArray, degree: int) -> FloatArray:
    """Distances of a row in errors from the best common curve y L^b = polynomial in x, shape (n,).

    ``numbers`` are T_c, 1/ν and b = β/ν.
    """
    x = points.scaled(numbers[0], numbers[1])
    factor = points.lengths ** -numbers[2] / points.errors
    design = factor[:, np.newaxis] * np.vander(x / np.abs(x).max(), degree + 1)
    orthogonal, _ = np.linalg.qr(design)
    target = points.rows[row] / points.errors
    return np.asarray(target - orthogonal @ (target @ orthogonal))


def _fit_ratio(
    points: Points, row: int, start: FloatArray, degree: int
) -> tuple[FloatArray, float]:
    """T_c and 1/ν of the common curve of the Binder ratio, found from a start, and χ²."""
    from scipy.optimize import least_squares

    reach = float(np.ptp(points.temperatures))

    def numbers(p: FloatArray) -> FloatArray:
        return np.array([start[0] + p[0] * reach, start[1] * np.exp(p[1])])

    def distance(p: FloatArray) -> FloatArray:
        return _distances(points, row, np.append(numbers(p), 0.0), degree)

    found = least_squares(distance, np.zeros(2), method="lm", x_scale=[0.01, 0.1])
    if not found.success or np.abs(found.x[0]) > 1 or np.abs(found.x[1]) > 2:
        return np.full(2, np.nan), np.nan
    return numbers(found.x), float(2 * found.cost)


def _fit_order(points: Points, row: int, best: FloatArray, degree: int) -> float:
    """β/ν of the common curve of the order parameter, at the T_c and 1/ν of the Binder ratio."""
    from scipy.optimize import least_squares

    def distance(b: FloatArray) -> FloatArray:
        return _distances(points, row, np.append(best, b), degree)

    return float(least_squares(distance, np.zeros(1), method="lm").x[0])
