"""Data collapse: curves of all sizes on one, and the T_c and exponents that bring them there.

To leading order R = f((T − T_c) L^(1/ν)) and ⟨|m|⟩ = L^(−β/ν) g((T − T_c) L^(1/ν)). Near T_c the
unknown function is a polynomial. T_c and 1/ν minimise χ² of R, which has no exponent of its own;
β/ν then that of ⟨|m|⟩. χ² over the degrees of freedom says how well the curves agree. So does,
without any polynomial, the quality S of Houdayer and Hartmann: the mean square distance of a point
from the line through its neighbours of the other sizes, in errors; 1 is as good as can be.

Errors are those of `mcsc.transitions.size_jackknife`. Beside them stands the wider interval in
which S stays within S_min + 1 while one number is moved. Replica exchange correlates the
temperatures of a ladder: the jackknife knows that, χ² and S do not.

References
----------
J. Houdayer, A. K. Hartmann, Phys. Rev. B 70, 014418 (2004), doi:10.1103/PhysRevB.70.014418.
K. Binder, Z. Phys. B 43, 119 (1981), doi:10.1007/BF01293604 (scaling of moments and their ratio).
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from mcsc.transitions.collapse_points import Points, chosen_temperatures, points_of
from mcsc.transitions.collapse_quality import collapse_quality, unit_interval
from mcsc.transitions.estimate import FloatArray
from mcsc.transitions.size_curves import SizeCurves
from mcsc.transitions.size_jackknife import stderr

# Degrees of the polynomial, the highest that leaves this many degrees of freedom.
_DEGREES = (5, 4, 3, 2)
_LEAST_DOF = 3
# Exponents β/ν that are looked for.
_EXPONENTS = (-1.0, 3.0)
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

    Attributes
    ----------
    temperature, inverse_nu
        From the Binder ratio.
    beta_over_nu
        From the order parameter, at these.
    chi2, dof
        Of the collapse of the Binder ratio.
    quality, order_quality
        S of the Binder ratio and of the order parameter.
    reason
        Why there is none, empty otherwise.
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

    Parameters
    ----------
    curves
        One for each size, three at least.
    temperature, inverse_nu
        Where to begin: T_c and 1/ν from crossings and slopes.
    swing
        How far the Binder ratio goes from order to disorder.

    Returns
    -------
    `Collapse`; refused with fewer than three sizes, with too few temperatures near the transition,
    and where T_c runs out of these.

    Notes
    -----
    In runs of little more than 100 autocorrelation times T_c scatters by 1.5 of its errors.
    """
    if len(curves) < 3:
        return Collapse(reason=f"a collapse needs three sizes, {len(curves)} known")
    if not (np.isfinite(temperature) and inverse_nu > 0):
        return Collapse(reason="no crossing or no slope to begin a collapse from")
    chosen = chosen_temperatures(curves, temperature, inverse_nu, swing)
    ratio = points_of(curves, [c.raw_binder for c in curves], chosen)
    n = len(ratio.errors)
    degrees = [d for d in _DEGREES if n - (d + 1) - 2 >= _LEAST_DOF]
    if not degrees or min(len(np.unique(a)) for a in (ratio.lengths, ratio.temperatures)) < 3:
        return Collapse(reason=f"{n} points near the transition are too few: add temperatures")
    degree = degrees[0]
    best, chi2 = _fit_ratio(ratio, temperature, inverse_nu, degree)
    if not np.isfinite(best).all():
        return Collapse(reason="no T_c and 1/ν within the temperatures collapse the curves")
    order = points_of(curves, [c.raw_order for c in curves], chosen)
    whole = np.append(best, _fit_order(order, best, degree))
    rows = _rows(ratio, order, whole, degree)
    return _judged(ratio, order, rows, len(curves), (chi2, n - degree - 3))


def _rows(ratio: Points, order: Points, whole: FloatArray, degree: int) -> FloatArray:
    """T_c, 1/ν and β/ν of every row, shape (V, 3), from those of the whole.

    A row differs from the whole by a fraction of an error: one step of Gauss and Newton from the
    best fit of the whole leads to its own.
    """
    plain = whole * [1, 1, 0]
    steps = np.array([1e-3 * np.ptp(ratio.temperatures), 1e-3, 1e-3])
    of_ratio, of_order = _slopes(ratio, plain, steps, degree), _slopes(order, whole, steps, degree)
    first = _distances(ratio, plain, degree)
    changes = np.zeros((len(first), 3))
    changes[:, :2] = -np.linalg.lstsq(of_ratio[:2].T, (first - first[0]).T, rcond=None)[0].T
    second = _distances(order, whole, degree)
    # what the changes of T_c and 1/ν do to the order parameter is made good by β/ν as well
    moved = second - second[0] + changes[:, :2] @ of_order[:2]
    changes[:, 2] = -moved @ of_order[2] / (of_order[2] @ of_order[2])
    return np.asarray(whole + steps * changes)


def _slopes(points: Points, whole: FloatArray, steps: FloatArray, degree: int) -> FloatArray:
    """Change of the distances of the whole with each number, a step of it, shape (3, n)."""
    sides = [
        [_distances(points, whole + sign * step, degree, 1)[0] for step in np.diag(steps)]
        for sign in (1, -1)
    ]
    return np.asarray((np.array(sides[0]) - np.array(sides[1])) / 2)


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


def _distances(points: Points, numbers: FloatArray, degree: int, rows: int = -1) -> FloatArray:
    """Distances in errors from the best common curve y L^b = polynomial in x, shape (V, n).

    ``numbers`` are T_c, 1/ν and b = β/ν. Of the first ``rows`` rows, of all by default.
    """
    x = points.scaled(numbers[0], numbers[1])
    factor = points.lengths ** -numbers[2] / points.errors
    design = factor[:, np.newaxis] * np.vander(x / np.abs(x).max(), degree + 1)
    orthogonal, _ = np.linalg.qr(design)
    target = (points.rows if rows < 0 else points.rows[:rows]) / points.errors
    return np.asarray(target - (target @ orthogonal) @ orthogonal.T)


def _fit_ratio(
    points: Points, temperature: float, inverse_nu: float, degree: int
) -> tuple[FloatArray, float]:
    """T_c and 1/ν of the common curve of the Binder ratio, and χ²."""
    from scipy.optimize import least_squares

    reach = float(np.ptp(points.temperatures))

    def numbers(p: FloatArray) -> FloatArray:
        return np.array([temperature + p[0] * reach, inverse_nu * np.exp(p[1])])

    def distance(p: FloatArray) -> FloatArray:
        return np.asarray(_distances(points, np.append(numbers(p), 0.0), degree, 1)[0])

    found = least_squares(distance, np.zeros(2), bounds=([-1, -2], [1, 2]), x_scale=[0.01, 0.1])
    if not found.success or np.abs(found.x[0]) > 0.99 or np.abs(found.x[1]) > 1.99:
        return np.full(2, np.nan), np.nan
    return numbers(found.x), float(2 * found.cost)


def _fit_order(points: Points, best: FloatArray, degree: int) -> float:
    """β/ν of the common curve of the order parameter, at the T_c and 1/ν of the Binder ratio."""
    from scipy.optimize import minimize_scalar

    def chi2(b: float) -> float:
        return float((_distances(points, np.append(best, b), degree, 1) ** 2).sum())

    found = minimize_scalar(chi2, bounds=_EXPONENTS, method="bounded", options={"xatol": 1e-8})
    return float(found.x)
