"""Fits of finite-size scaling on data made from known laws: values, errors, χ² and refusals."""

from itertools import pairwise

import numpy as np
import pytest

from mcsc.estimators.scaling.power_law import (
    constant,
    crossing_temperature,
    scaling_exponent,
    shifted_temperature,
)

L = np.array([6.0, 9.0, 12.0, 18.0])
REPEATS = 200
# a fraction of 200 draws has this standard deviation: 3.3 %
COVERAGE = pytest.approx(0.683, abs=0.08)


def correlated(rng, n, scale):
    """A covariance matrix with correlations, and a function that draws from it."""
    mix = np.eye(n) + 0.4 * rng.standard_normal((n, n))
    covariance = scale**2 * mix @ mix.T
    return covariance, lambda: scale * mix @ rng.standard_normal(n)


def covered(fits, truth):
    return np.mean([abs(fit.value - truth) < fit.stderr for fit in fits])


def judged(fits, truth):
    """Errors cover as they should, and χ² is on average the degrees of freedom."""
    assert covered(fits, truth) == COVERAGE
    dof = fits[0].dof
    assert np.mean([fit.chi2 for fit in fits]) == pytest.approx(dof, abs=4 * np.sqrt(2 * dof / 200))


def test_exponents_of_correlated_data():
    rng = np.random.default_rng(1)
    covariance, draw = correlated(rng, 4, 0.02)
    exact = 0.7 * L**1.75
    found = [
        scaling_exponent(L, exact * (1 + draw()), covariance * np.outer(exact, exact))
        for _ in range(REPEATS)
    ]
    judged(found, 1.75)
    assert found[0].dof == 2


def test_two_sizes_have_an_error_but_no_chi2():
    rng = np.random.default_rng(2)
    exact = 3 * L[:2] ** -0.125
    found = [
        scaling_exponent(
            L[:2], exact * (1 + 0.01 * rng.standard_normal(2)), np.diag(0.01 * exact) ** 2
        )
        for _ in range(REPEATS)
    ]
    assert covered(found, -0.125) == COVERAGE
    assert found[0].dof == 0 and np.isnan(found[0].chi2)
    assert found[0].stderr == pytest.approx(0.01 * np.sqrt(2) / np.log(1.5), rel=0.05)


def test_exponents_are_refused_where_nothing_scales():
    assert "two sizes, 1 known" in scaling_exponent(L[:2], [1.0, np.nan], np.eye(2)).reason
    assert "not positive" in scaling_exponent(L[:2], [1.0, -1.0], np.eye(2)).reason


def test_peaks_go_to_the_critical_temperature_with_the_error_of_nu():
    rng = np.random.default_rng(3)
    covariance, draw = correlated(rng, 5, 0.002)
    covariance[4] *= 20
    covariance[:, 4] *= 20
    found = []
    for _ in range(REPEATS):
        noise = draw()
        t = 1.0 + 0.8 * L**-1.2 + noise[:4]
        found.append(shifted_temperature(L, t, covariance, 1.2 + 20 * noise[4]))
    assert covered(found, 1.0) == COVERAGE
    fixed = shifted_temperature(L, 1.0 + 0.8 * L**-1.2, covariance[:4, :4], 1.2)
    assert fixed.value == pytest.approx(1.0, abs=1e-12)
    # with ν exact the error is that of the intercept of a line, by the textbook formula
    inverse = np.linalg.inv(covariance[:4, :4])
    design = np.stack([np.ones(4), L**-1.2], axis=1)
    assert fixed.stderr == pytest.approx(np.sqrt(np.linalg.inv(design.T @ inverse @ design)[0, 0]))
    assert found[0].stderr > fixed.stderr


def test_nu_is_fitted_from_four_sizes_on():
    rng = np.random.default_rng(4)
    size = np.array([4.0, 8.0, 16.0, 32.0, 64.0])
    found = [
        shifted_temperature(
            size, 2.0 - 1.5 / size + 1e-3 * rng.standard_normal(5), 1e-6 * np.eye(5)
        )
        for _ in range(REPEATS)
    ]
    judged(found, 2.0)


def test_extrapolations_are_refused_without_sizes_or_a_shift():
    t, spread = 1 + 0.5 / L, 1e-6 * np.eye(4)
    assert "4 sizes are needed, 3 known" in shifted_temperature(L[:3], t[:3], spread[:3, :3]).reason
    two = shifted_temperature(L[:2], t[:2], spread[:2, :2], 1.0)
    assert "3 sizes and 1/ν are needed" in two.reason and np.isnan(two.value)
    assert "moves too little" in shifted_temperature(L, np.ones(4), spread).reason
    vague = np.diag([1e-6] * 4 + [0.25])
    assert "not known well enough" in shifted_temperature(L, t, vague, 1.0).reason


def crossings(size, temperature, inverse_nu, omega, slope, correction):
    """Crossings of R = R* + slope t L^(1/ν) + correction L^(−ω), found without its formula."""
    found = []
    for a, b in pairwise(size):
        matrix = [[1, -slope * a**inverse_nu], [1, -slope * b**inverse_nu]]
        right = [correction * a**-omega, correction * b**-omega]
        found.append(temperature + np.linalg.solve(matrix, right)[1])
    return np.array(found)


def test_crossings_drift_to_the_critical_temperature():
    rng = np.random.default_rng(5)
    pairs = np.stack([L[:-1], L[1:]], axis=1)
    spread = 1e-6 * (np.eye(3) - 0.3 * (np.eye(3, k=1) + np.eye(3, k=-1)))
    exact = crossings(L, 1.0, 1.5, 1.0, 0.2, 0.5)
    assert np.ptp(exact) > 0.005
    assert crossing_temperature(pairs, exact, spread, 1.5).value == pytest.approx(1, abs=1e-9)
    mix = np.linalg.cholesky(spread)
    found = [
        crossing_temperature(pairs, exact + mix @ rng.standard_normal(3), spread, 1.5)
        for _ in range(REPEATS)
    ]
    assert np.mean([fit.chi2 for fit in found]) == pytest.approx(1, abs=0.4)
    # the unknown ω widens the error
    assert covered(found, 1.0) > 0.66
    for omega in (0.5, 0.83, 2.0):
        other = crossings(L, 1.0, 1.5, omega, 0.2, 0.5)
        fit = crossing_temperature(pairs, other, spread, 1.5)
        assert abs(fit.value - 1) < 2 * fit.stderr


def test_two_crossings_are_followed_in_their_drift():
    """Sizes so small that either crossing, and their mean, miss T_c by many errors."""
    rng, sizes = np.random.default_rng(6), L[:3]
    pairs = np.stack([sizes[:-1], sizes[1:]], axis=1)
    spread = np.array([[4.0, -1.0], [-1.0, 2.0]]) * 1e-7
    exact = crossings(sizes, 1.0, 1.5, 1.0, 0.2, 0.5)
    assert (np.abs(exact - 1.0) > 4 * np.sqrt(np.diag(spread))).all()
    fit = crossing_temperature(pairs, exact, spread, 1.5)
    assert fit.value == pytest.approx(1, abs=1e-9) and fit.dof == 0
    mix = np.linalg.cholesky(spread)
    found = [
        crossing_temperature(pairs, exact + mix @ rng.standard_normal(2), spread, 1.5)
        for _ in range(REPEATS)
    ]
    # the unknown ω widens the error
    assert covered(found, 1.0) > 0.66
    for omega in (0.5, 0.83, 2.0):
        other = crossings(sizes, 1.0, 1.5, omega, 0.2, 0.5)
        fit = crossing_temperature(pairs, other, spread, 1.5)
        assert abs(fit.value - 1) < 2 * fit.stderr


def test_crossings_agree_or_are_refused_where_nu_is_unknown():
    pairs, spread = [[6, 9], [9, 12]], np.array([[4.0, -1.0], [-1.0, 2.0]]) * 1e-6
    fit = crossing_temperature(pairs, [1.001, 1.0], spread, np.nan)
    assert fit.dof == 1
    # weights of two correlated numbers, written out
    weight = (2 + 1) / (4 + 2 + 2)
    assert fit.value == pytest.approx(1 + weight * 1e-3)
    assert fit.chi2 == pytest.approx(1e-6 / 8e-6)
    assert "drift with size" in crossing_temperature(pairs, [1.01, 1.0], spread, np.nan).reason
    assert "1 known" in crossing_temperature(pairs, [np.nan, 1.0], spread, np.nan).reason
    assert constant([2.0], [[4.0]]).stderr == 2.0
