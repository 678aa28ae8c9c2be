"""Data collapse of curves made from known scaling functions, with noise in blocks of time."""

import numpy as np
import pytest
from scipy.optimize import minimize

from mcsc.estimators.scaling.collapse import _lowest_degree, collapse
from mcsc.estimators.scaling.curves import SizeCurves
from mcsc.estimators.scaling.points import chosen_temperatures, points_of
from mcsc.estimators.scaling.quality import collapse_quality, unit_interval

SIZES = (8, 12, 18, 24)
TEMPERATURES = np.linspace(1.1, 1.3, 13)
T_C, INVERSE_NU, BETA_OVER_NU = 1.2, 1.2, 0.15
N_BLOCKS = 16
NOISE = 0.01


def ratio(x):
    """From 1 in order to 3 in disorder, as of one component, unequal on the two sides."""
    return 2 + np.tanh(0.4 * x + 0.3)


def order(x):
    return 0.7 / (1 + np.exp(0.5 * x)) + 0.1


def rows(exact, rng):
    """Means of all blocks, then with each left out."""
    blocks = exact + NOISE * np.sqrt(N_BLOCKS) * rng.standard_normal((N_BLOCKS, exact.size))
    mean = blocks.mean(axis=0)
    return np.vstack([mean, mean + (mean - blocks) / (N_BLOCKS - 1)])


def curves(rng, sizes=SIZES, temperatures=TEMPERATURES):
    found = []
    for length in sizes:
        x = (temperatures - T_C) * length**INVERSE_NU
        grid = np.linspace(temperatures[0], temperatures[-1], 61)
        line = np.tile(ratio((grid - T_C) * length**INVERSE_NU), (N_BLOCKS + 1, 1))
        raw_order = rows(order(x) * length**-BETA_OVER_NU, rng)
        raw_ratio = rows(ratio(x), rng)
        found.append(
            SizeCurves(length, grid, line, line, line, line, temperatures, raw_order, raw_ratio)
        )
    return found


NUMBERS = {"temperature": T_C, "inverse_nu": INVERSE_NU, "beta_over_nu": BETA_OVER_NU}


def test_errors_cover_the_truth_and_chi2_the_degrees_of_freedom(monkeypatch):
    # intervals take most of the time, see the next test
    monkeypatch.setattr("mcsc.estimators.scaling.collapse.unit_interval", lambda *given: np.nan)
    rng = np.random.default_rng(2)
    found = [collapse(curves(rng), 1.205, 1.1, 2.0) for _ in range(120)]
    assert not any(one.reason for one in found)
    for name, truth in NUMBERS.items():
        numbers = [getattr(one, name) for one in found]
        z = np.array([(n.value - truth) / n.stderr for n in numbers])
        assert np.mean(np.abs(z) < 1) == pytest.approx(0.683, abs=0.08), name
        assert abs(z.mean()) < 4 / np.sqrt(120), name
    # the lowest degree is taken that exceeds the degrees of freedom by less than a deviation
    dof = sum(one.dof for one in found)
    assert sum(one.chi2 for one in found) / dof == pytest.approx(1, abs=0.15)
    for name in ("quality", "order_quality"):
        assert np.mean([getattr(one, name) for one in found]) == pytest.approx(1, abs=0.2)
    assert np.mean([n.temperature.stderr for n in found]) < 2e-3


def test_the_interval_of_a_unit_more_in_quality_is_the_wider_one():
    rng = np.random.default_rng(5)
    for _ in range(5):
        found = collapse(curves(rng), 1.205, 1.1, 2.0)
        for name, truth in NUMBERS.items():
            number = getattr(found, name)
            assert number.stderr < number.interval < 1
            assert abs(number.value - truth) < number.interval


def test_minimizing_the_quality_itself_finds_the_same():
    """Without polynomial and least squares: S over T_c and 1/ν by the simplex method."""
    rng = np.random.default_rng(2)
    sizes = curves(rng)
    found = collapse(sizes, 1.205, 1.1, 2.0)
    lengths = np.repeat(SIZES, TEMPERATURES.size).astype(float)
    temperatures = np.tile(TEMPERATURES, len(SIZES))
    y = np.concatenate([one.raw_binder[0] for one in sizes])

    def quality(p):
        x = (temperatures - p[0]) * lengths ** p[1]
        return collapse_quality(lengths, x, y, np.full(y.size, NOISE))

    simplex = [[1.21, 1.0], [1.19, 1.0], [1.2, 1.4]]
    best = minimize(quality, simplex[0], method="Nelder-Mead", options={"initial_simplex": simplex})
    assert best.fun < 1.6
    assert abs(best.x[0] - found.temperature.value) < 2 * found.temperature.stderr
    assert abs(best.x[1] - found.inverse_nu.value) < 2 * found.inverse_nu.stderr


def test_the_quality_is_that_of_its_definition():
    lengths = np.array([1.0, 1, 1, 2, 2, 2])
    x = np.array([0.0, 1, 2, 0.5, 1.5, 2.5])
    y, errors = np.array([0.0, 1, 2, 0.6, 1.5, 2.5]), np.array([1.0, 1, 1, 2, 2, 2]) * 0.1
    # 0.5 lies between 0 and 1, 1.5 between 1 and 2, 1 between 0.5 and 1.5, 2 between 1.5 and 2.5
    at_half = (0.6 - 0.5) ** 2 / (0.04 + 0.02 / 4)
    at_one = (1 - 1.05) ** 2 / (0.01 + 0.08 / 4)
    assert collapse_quality(lengths, x, y, errors) == pytest.approx((at_half + at_one) / 4)
    # curves that do not touch
    assert collapse_quality(lengths, x + 10 * lengths, y, errors) == np.inf


def test_the_unit_interval_of_a_parabola():
    assert unit_interval(lambda x: 3 + 25 * (x - 2) ** 2, 2.0, 1.0) == pytest.approx(0.2, rel=0.02)
    assert unit_interval(lambda x: 3.0, 2.0, 1.0) == np.inf


def chosen_degree(sizes, degrees):
    """Degree, and χ² over degrees of freedom."""
    points = points_of(
        sizes, [one.raw_binder for one in sizes], chosen_temperatures(sizes, 1.205, 1.1, 2.0)
    )
    degree, _, chi2 = _lowest_degree(points, np.array([1.205, 1.1]), degrees)
    return degree, chi2 / (len(points.errors) - degree - 3)


def test_chi2_of_a_polynomial_that_follows_is_the_degrees_of_freedom():
    rng = np.random.default_rng(2)
    ratios = [chosen_degree(curves(rng), [5])[1] for _ in range(200)]
    assert np.mean(ratios) == pytest.approx(1, rel=0.08)


@pytest.mark.parametrize(("times", "degree"), [(5, 3), (1 / 10, 5)])
def test_the_polynomial_bends_as_far_as_the_noise_lets_see(times, degree, monkeypatch):
    monkeypatch.setattr(f"{__name__}.NOISE", NOISE * times)
    rng = np.random.default_rng(7)
    degrees = [chosen_degree(curves(rng), [3, 4, 5])[0] for _ in range(20)]
    assert np.median(degrees) == degree


def test_wrong_curves_have_a_bad_chi2():
    rng = np.random.default_rng(3)
    sizes = curves(rng)
    for one in sizes:
        # a correction to scaling
        one.raw_binder[:] += 2 * one.length**-0.5
    found = collapse(sizes, 1.205, 1.1, 2.0)
    assert found.chi2 / found.dof > 3 and found.quality > 3


def test_too_little_is_refused():
    rng = np.random.default_rng(4)
    assert "three sizes, 2 known" in collapse(curves(rng, SIZES[:2]), 1.2, 1.2, 2.0).reason
    assert "no crossing" in collapse(curves(rng), np.nan, 1.2, 2.0).reason
    few = curves(rng, SIZES[:3], np.array([0.8, 1.19, 1.21, 1.6]))
    assert "add temperatures" in collapse(few, 1.2, 1.2, 2.0).reason
