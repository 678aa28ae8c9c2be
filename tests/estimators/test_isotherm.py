"""Free energies over the number of carriers: what four runs say, and how well they know it."""

from dataclasses import replace

import numpy as np
import pytest

from mcsc.estimators.coexistence import LEAST_BARRIER, regions
from mcsc.estimators.isotherm import isotherms, lower_corners, step_covariance

NUMBER = np.arange(20, 61)
TRIALS = 150


def rms(z):
    return np.sqrt(np.nanmean(np.square(z)))


def noise(rng, shape, scale=0.1, correlation=0.3):
    """Errors of steps over the last axis, of a scatter that grows with the number."""
    white = rng.standard_normal(shape)
    steps = white.copy()
    for i in range(1, shape[-1]):
        steps[..., i] = correlation * steps[..., i - 1] + white[..., i]
    return scale * np.linspace(0.5, 1.5, shape[-1]) * steps


def isotherm(free_energy, errors=0.0, number=NUMBER):
    """The one isotherm of runs with the given errors of their steps (R, n − 1)."""
    steps = -np.diff(free_energy) + errors * np.ones((4, 1))
    steps = np.concatenate([steps, np.full((len(steps), 1), np.nan)], axis=1)
    (found,) = isotherms(number, steps, np.arange(len(number)))
    return found


def double_well(low, high, barrier, tilt=0.3):
    """Tangent at two numbers, with the bulge between them exactly so high."""
    half = (high - low) / 2
    return barrier * ((NUMBER - low) * (NUMBER - high) / half**2) ** 2 + tilt * NUMBER


def test_errors_are_those_of_the_scatter():
    """Of steps, sums, differences, fluctuations and reflections: four runs, many times."""
    rng = np.random.default_rng(3)
    exact = 0.03 * (NUMBER - 40.0) ** 2 + 1e-5 * (NUMBER - 40.0) ** 4
    true = isotherm(exact)
    slope, variance = true.slope()[0], true.variance()[0]
    assert np.isfinite(variance).sum() > 15
    scores = {name: [] for name in ("sum", "slope", "variance", "reflected")}
    for errors in noise(rng, (TRIALS, 4, len(NUMBER) - 1)):
        one = isotherm(exact, errors)
        value, error = one.relative_to(0)
        scores["sum"].append((value - exact + exact[0])[1:] / error[1:])
        for name, truth in (("slope", slope), ("variance", variance)):
            value, error = getattr(one, name)()
            scores[name].append((value - truth) / error)
        value, error = one.reflected(80)
        assert len(value) == 20
        scores["reflected"].append(value / error)
    for name, z in scores.items():
        assert 0.85 < rms(z) < 1.2, name
    # the plain scatter of four runs has Student's distribution with three degrees of freedom
    plain = noise(rng, (1000, 4, 5))
    assert rms(plain.mean(axis=1) / (plain.std(axis=1, ddof=1) / 2)) > 1.4


def test_fluctuations_are_those_at_the_mean_number():
    exact = (NUMBER - 37.0) ** 2 / (2 * 6.0)
    variance, error = isotherm(exact).variance()
    known = np.isfinite(variance)
    assert NUMBER[known].tolist() == list(range(28, 53))
    # a normal distribution on whole numbers, cut off where there is next to nothing
    np.testing.assert_allclose(variance[NUMBER == 40], 6.0, rtol=1e-6)
    assert (error[known] == 0).all()
    # and against plain sums of another one
    exact = double_well(30, 50, 1.5)
    variance = isotherm(exact).variance()[0]
    slope = np.linspace(0.2, 0.4, 400)[:, np.newaxis]
    p = np.exp(slope * NUMBER - exact)
    p /= p.sum(axis=1, keepdims=True)
    mean = p @ NUMBER
    spread = p @ NUMBER**2 - mean**2
    np.testing.assert_allclose(variance[NUMBER == 38], np.interp(38, mean, spread), rtol=1e-3)


def test_errors_of_fluctuations_are_as_large_as_the_runs_scatter():
    """Nearly so, whatever the covariance takes for their size."""
    exact = (NUMBER - 37.0) ** 2 / (2 * 6.0)
    errors = noise(np.random.default_rng(11), (4, len(NUMBER) - 1))
    one = isotherm(exact, errors)
    error = one.variance()[1]
    known = np.isfinite(error)
    small = replace(one, covariance=0.25 * one.covariance)
    np.testing.assert_allclose(small.slope()[1], 0.5 * one.slope()[1])
    assert (small.variance()[1] > 0.8 * error)[known].all()
    # and twice as large where runs lie twice as far apart
    assert (replace(one, away=2 * one.away).variance()[1] > 1.7 * error)[known].all()
    each = [isotherm(exact, run).variance()[0] for run in errors]
    plain = np.std(each, axis=0, ddof=1) / 2
    assert np.nanmean(plain**2) == pytest.approx(np.nanmean(error**2), rel=0.5)


def test_one_run_has_no_errors():
    steps = np.append(np.linspace(0, 1, 10), np.nan)[np.newaxis]
    (one,) = isotherms(np.arange(11), steps, np.arange(11))
    assert np.isfinite(one.free_energy).all()
    assert np.isnan(one.covariance).all()
    assert np.isnan(step_covariance(steps[:, :-1])).all()
    assert regions(one) == []


def test_what_a_run_does_not_know_parts_the_numbers():
    steps = np.random.default_rng(0).standard_normal((4, 12))
    steps[2, 4], steps[:, 11] = np.nan, np.nan
    number = np.array([1, 2, 3, 4, 5, 6, 7, 8, 11, 12, 13, 14])
    found = isotherms(number, steps, np.arange(12))
    assert [one.number.tolist() for one in found] == [
        [1, 2, 3, 4, 5], [6, 7, 8], [11, 12, 13, 14],
    ]  # fmt: skip
    np.testing.assert_allclose(np.diff(found[1].free_energy), -steps[:, 5:7].mean(axis=0))
    # a run that was not made at all is no run
    assert len(isotherms(number, np.concatenate([steps, np.full((2, 12), np.nan)]), number)) == 3
    assert isotherms(number, np.full((4, 12), np.nan), number) == []


def test_a_common_tangent_is_found():
    (found,) = regions(isotherm(double_well(30, 46, 2.5)))
    assert (NUMBER[found.low], NUMBER[found.high]) == (30, 46)
    assert found.bounded
    assert (found.slope, found.barrier) == pytest.approx((0.3, 2.5))
    # the step of one carrier is all that is not known
    assert found.low_stderr == found.high_stderr == pytest.approx(1 / np.sqrt(12))
    assert regions(isotherm(double_well(30, 46, 0.9 * LEAST_BARRIER))) == []
    assert regions(isotherm(double_well(30, 33, 2.5))) == []


def test_a_region_at_the_end_of_what_was_measured_is_open():
    whole = double_well(30, 46, 2.5)
    for first, last, low, high in (
        (0, 22, True, False),
        (15, 41, False, True),
        (7, 41, False, True),
    ):
        (found,) = regions(isotherm(whole[first:last], number=NUMBER[first:last]))
        assert np.isfinite([found.low_stderr, found.high_stderr]).tolist() == [low, high]
        assert not found.bounded


def test_ends_and_barriers_have_errors_of_the_right_size():
    rng = np.random.default_rng(5)
    scores = {name: [] for name in ("low", "high", "barrier", "slope")}
    for errors in noise(rng, (TRIALS, 4, len(NUMBER) - 1), 0.2):
        # phases are at no whole numbers
        low, high = 30 + rng.random(), 46 + rng.random()
        (one,) = regions(isotherm(double_well(low, high, 2.5), errors))
        (true,) = regions(isotherm(double_well(low, high, 2.5)))
        scores["low"].append((NUMBER[one.low] - low) / one.low_stderr)
        scores["high"].append((NUMBER[one.high] - high) / one.high_stderr)
        scores["slope"].append((one.slope - 0.3) / one.slope_stderr)
        scores["barrier"].append((one.barrier - true.barrier) / one.barrier_stderr)
    for name, z in scores.items():
        assert 0.8 < rms(z) < 1.25, name


def test_noise_separates_nothing():
    rng = np.random.default_rng(7)
    for errors in noise(rng, (TRIALS, 4, len(NUMBER) - 1), 0.4):
        one = isotherm(0.02 * (NUMBER - 40.0) ** 2, errors)
        assert len(lower_corners(NUMBER, one.free_energy)) < len(NUMBER)
        assert regions(one) == []
