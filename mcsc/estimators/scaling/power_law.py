"""Straight-line fits of finite-size scaling: exponents, and temperatures of the infinite crystal.

Fits are by generalized least squares with the full covariance of the data, so that numbers that
come from the same simulation or share a size are weighted as they should be. The errors are those
that the data have; they are not scaled with χ², which is reported for the reader to judge.

M. E. Fisher, M. N. Barber, Phys. Rev. Lett. 28, 1516 (1972), doi:10.1103/PhysRevLett.28.1516
(shift of the transition with size).
K. Binder, Z. Phys. B 43, 119 (1981), doi:10.1007/BF01293604 (drift of the crossings).
A. M. Ferrenberg, D. P. Landau, Phys. Rev. B 44, 5081 (1991), doi:10.1103/PhysRevB.44.5081
(exponents from slopes and peaks; ν first, then T_c with it).
"""

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike

from mcsc.arrays import FloatArray
from mcsc.estimators.estimate import as_arrays

# An exponent must be this many errors above zero for a shift to be extrapolated with it.
_KNOWN = 3.0
# Exponents 1/ν that are looked for where none is given.
_SHIFTS = (0.2, 4.0)
# Equal crossings are ruled out below this probability of their χ².
_UNLIKELY = 0.05
# Corrections to scaling of the known classes lie within these: 0.83 in the Ising model in three
# dimensions, 4/5 in the three-state Potts model and 2 in the Ising model in two.
OMEGAS = (1.0, 0.5, 2.0)
"""ω that is taken where the class is unknown, and the ends of its range."""


@dataclass(frozen=True)
class Fit:
    """A fitted number with its standard error, or NaN with the reason for it.

    value, stderr: The number wanted: an exponent, or a temperature.
    chi2, dof: χ² and degrees of freedom of the fit; NaN and 0 where as many numbers were fitted as
        there are data.
    reason: Empty where there is a value.
    """

    value: float
    stderr: float
    chi2: float = np.nan
    dof: int = 0
    reason: str = ""


def no_fit(reason: str) -> Fit:
    """The answer where nothing can be fitted."""
    return Fit(np.nan, np.nan, reason=reason)


@dataclass(frozen=True)
class Linear:
    """y = design · values by generalized least squares.

    weights: What acts on y to give the values, shape (m, n).
    covariance: Of the values, shape (m, m).
    chi2, dof: As of `Fit`.
    values: Shape (m,).
    """

    weights: FloatArray
    covariance: FloatArray
    chi2: float
    dof: int
    values: FloatArray


def fitted(design: FloatArray, y: FloatArray, covariance: FloatArray) -> Linear:
    """The m values that design, shape (n, m), makes y, shape (n,), of, with its covariance."""
    inverse = np.linalg.inv(covariance)
    spread = np.asarray(np.linalg.inv(design.T @ inverse @ design), np.float64)
    weights = spread @ design.T @ inverse
    values = weights @ y
    rest = y - design @ values
    dof = len(y) - len(values)
    chi2 = float(rest @ inverse @ rest) if dof else np.nan
    return Linear(weights, spread, chi2, dof, values)


def fitted_line(x: FloatArray, y: FloatArray, covariance: FloatArray) -> Linear:
    """Intercept and slope of the line through y at x, both of shape (n,)."""
    return fitted(np.stack([np.ones_like(x), x], axis=1), y, covariance)


def over_omega(fit: Callable[[float], Linear], omegas: tuple[float, float, float]) -> Fit:
    """The first value of a fit with a correction L^(−ω), half its range over ω in the error.

    fit: Of ω.
    omegas: ω and the ends of its range, all alike where it is known.
    """
    found, low, high = (fit(omega) for omega in omegas)
    error = np.hypot(np.sqrt(found.covariance[0, 0]), 0.5 * abs(high.values[0] - low.values[0]))
    return Fit(float(found.values[0]), float(error), found.chi2, found.dof)


def scaling_exponent(
    lengths: ArrayLike, values: ArrayLike, covariance: ArrayLike, omega: float | None = None
) -> Fit:
    """Exponent p of y = A L^p, or to the same order of y = A L^p (1 + c L^(−ω)).

    Two sizes give an exponent with the error of the data and no χ²: whether y is a power of L at
    all remains unseen. From three on χ² says so.

    lengths: L, shape (S,).
    values, covariance: y > 0, shape (S,), and its covariance, shape (S, S). Entries that are not
        finite are left out.
    omega: ω of a correction to scaling that is fitted too, which takes three sizes in place of two.

    Returns: `Fit` of p; refused with too few sizes.
    """
    size, y, spread = as_arrays(lengths, values, covariance)
    known = np.isfinite(y) & (np.diag(spread) > 0)
    needed = 2 if omega is None else 3
    if known.sum() < needed:
        number = ("two", "three")[needed - 2]
        return no_fit(f"an exponent needs {number} sizes, {known.sum()} known")
    if not (y[known] > 0).all():
        return no_fit("not positive at every size")
    size, y, spread = size[known], y[known], spread[np.ix_(known, known)]
    columns = [np.log(size), np.ones_like(size)]
    if omega is not None:
        columns.append(size**-omega)
    found = fitted(np.stack(columns, axis=1), np.log(y), spread / np.outer(y, y))
    error = float(np.sqrt(found.covariance[0, 0]))
    return Fit(float(found.values[0]), error, found.chi2, found.dof)


def constant(values: ArrayLike, covariance: ArrayLike) -> Fit:
    """Weighted mean of correlated values, with the χ² of their being equal."""
    y, spread = as_arrays(values, covariance)
    inverse = np.linalg.inv(spread)
    weights = inverse.sum(axis=0) / inverse.sum()
    mean = float(weights @ y)
    chi2 = float((y - mean) @ inverse @ (y - mean)) if len(y) > 1 else np.nan
    return Fit(mean, float(1 / np.sqrt(inverse.sum())), chi2, len(y) - 1)


def shifted_temperature(
    lengths: ArrayLike,
    temperatures: ArrayLike,
    covariance: ArrayLike,
    inverse_nu: float | None = None,
) -> Fit:
    """T_c of T(L) = T_c + A L^(−1/ν), such as the peaks of the susceptibility.

    lengths, temperatures: L and T(L), shape (S,).
    covariance: Of the temperatures, shape (S, S). With 1/ν given it may have one more row and
        column, those of 1/ν: the error of 1/ν, and its correlation with the temperatures, then
        enter that of T_c.
    inverse_nu: 1/ν. Without it 1/ν is fitted too, which takes four sizes in place of three.

    Returns: `Fit` of T_c; refused with too few sizes to test the law, and where the temperatures
        hardly move or 1/ν is hardly known.
    """
    size, t, spread = as_arrays(lengths, temperatures, covariance)
    known = np.isfinite(t) & (np.diag(spread)[: len(t)] > 0)
    needed = 4 if inverse_nu is None else 3
    if known.sum() < needed:
        with_nu = "" if inverse_nu is None else " and 1/ν"
        return no_fit(f"T(L) of {needed} sizes{with_nu} are needed, {known.sum()} known")
    if inverse_nu is None:
        return _free_shift(size[known], t[known], spread[np.ix_(known, known)])
    n = len(t)
    error = float(np.sqrt(spread[n, n])) if len(spread) > n else 0.0
    if not inverse_nu > _KNOWN * error:
        return no_fit(f"1/ν = {inverse_nu:.2g} ± {error:.2g} is not known well enough")
    keep = np.flatnonzero(known)
    data = spread[np.ix_(keep, keep)]
    size, t = size[keep], t[keep]
    found = fitted_line(size**-inverse_nu, t, data)
    variance = found.covariance[0, 0]
    if error > 0:
        # T_c is linear in T(L); for 1/ν the change within its error is taken
        sides = [
            fitted_line(size ** -(inverse_nu + step), t, data).values[0] for step in (-error, error)
        ]
        gradient = np.append(found.weights[0], (sides[1] - sides[0]) / (2 * error))
        whole = spread[np.ix_([*keep, n], [*keep, n])]
        variance = gradient @ whole @ gradient
    return Fit(float(found.values[0]), float(np.sqrt(variance)), found.chi2, found.dof)


def _free_shift(size: FloatArray, t: FloatArray, spread: FloatArray) -> Fit:
    """T_c with T_c, A and 1/ν fitted: the last by its χ², the others linear in between."""
    from scipy.optimize import minimize_scalar

    best = minimize_scalar(lambda p: fitted_line(size**-p, t, spread).chi2, bounds=_SHIFTS)
    p = float(best.x)
    found = fitted_line(size**-p, t, spread)
    amplitude = found.values[1]
    inside = _SHIFTS[0] * 1.02 < p < _SHIFTS[1] * 0.98
    if not inside or abs(amplitude) < _KNOWN * np.sqrt(found.covariance[1, 1]):
        return no_fit("T(L) moves too little, or too evenly, to fit 1/ν: give it")
    slopes = np.stack([np.ones_like(size), size**-p, -amplitude * np.log(size) * size**-p], axis=1)
    errors = np.linalg.inv(slopes.T @ np.linalg.inv(spread) @ slopes)
    dof = len(size) - 3
    return Fit(float(found.values[0]), float(np.sqrt(errors[0, 0])), found.chi2, dof)


def crossing_temperature(
    pairs: ArrayLike,
    temperatures: ArrayLike,
    covariance: ArrayLike,
    inverse_nu: float,
    omegas: tuple[float, float, float] = OMEGAS,
) -> Fit:
    """T_c from the crossings T_x(L, L') of the Binder ratios of successive sizes.

    To leading order R = R* + a (T − T_c) L^(1/ν) + c L^(−ω), so that

        T_x = T_c + (c/a) (L^(−ω) − L'^(−ω)) / (L'^(1/ν) − L^(1/ν)),

    which falls as L^(−1/ν − ω), faster than any peak moves. Two crossings solve this, three or more
    are fitted. ω is taken as 1; half of the range of T_c for ω from 0.5 to 2, which the known
    classes lie in, is added to the error in quadrature. Where 1/ν is unknown the mean is given if
    χ² does not rule out at 5 % that the crossings are the same, and nothing otherwise.

    pairs: L and L', shape (P, 2).
    temperatures, covariance: T_x, shape (P,), and its covariance, shape (P, P): neighbouring pairs
        share a size.
    inverse_nu: 1/ν; its error hardly matters here.
    omegas: ω and the ends of its range, where the class is known.
    """
    from scipy.special import chdtri

    size, t, spread = as_arrays(pairs, temperatures, covariance)
    known = np.isfinite(t) & (np.diag(spread) > 0)
    size, t, spread = size[known], t[known], spread[np.ix_(known, known)]
    if len(t) < 2:
        return no_fit(f"crossings of three sizes are needed, {len(t)} known")
    same = constant(t, spread)
    if not inverse_nu > 0:
        if same.chi2 > chdtri(same.dof, _UNLIKELY):
            return no_fit(f"crossings drift with size (χ² {same.chi2:.2g}): more sizes needed")
        return same

    def at(omega: float) -> Linear:
        drop = size[:, 0] ** -omega - size[:, 1] ** -omega
        return fitted_line(drop / (size[:, 1] ** inverse_nu - size[:, 0] ** inverse_nu), t, spread)

    return over_omega(at, omegas)
