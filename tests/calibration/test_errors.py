"""1σ intervals hold the truth in 68 ± 5 % of seeded runs; the full matrix is a validation."""

import numpy as np
import pytest
from calibration.chains import autoregressive
from calibration.coverage import of_chains, of_wells

from mcsc.estimators.autocorrelation import autocorrelation_time
from mcsc.estimators.settling import r_hat


def assert_covers(rows, within=0.05):
    for row in rows:
        assert row.missing < 0.05, (row.case, row.quantity)
        assert row.coverage == pytest.approx(0.68, abs=within), (row.case, row.quantity)


@pytest.mark.parametrize(("time", "length"), [(0.5, 2000), (5.0, 1000)])
def test_means_variances_and_ratios_of_chains(time, length):
    assert_covers(of_chains(time, length, 1000, seed=1))


@pytest.mark.parametrize(("length", "known"), [(50, 1), (100, 3), (150, 3), (250, 3), (400, 3)])
def test_means_variances_and_ratios_of_short_chains(length, known):
    """From chains that half of are `converged` on, and half as long for means alone."""
    assert_covers(of_chains(10.0, length, 2000, seed=2)[:known])


@pytest.mark.parametrize("length", [30, 50, 100, 1000])
@pytest.mark.parametrize("time", [2.0, 10.0])
def test_autocorrelation_times_are_right_within_a_tenth(time, length):
    repeats = 1000 if length < 1000 else 100
    tau = autocorrelation_time(autoregressive(time, (int(length * time), repeats), seed=3))
    assert tau.mean() == pytest.approx(time, rel=0.1)
    if length >= 50:
        # half of the runs, not only their mean
        assert np.median(tau) == pytest.approx(time, rel=0.1)


def test_single_autocorrelation_times_of_long_chains_are_right_within_a_tenth():
    tau = autocorrelation_time(autoregressive(3.0, (30000, 50), seed=4))
    assert np.sqrt(np.mean((tau / 3.0 - 1) ** 2)) < 0.1


def test_r_hat_of_good_and_bad_chains():
    """R̂² − 1 is the variance of half a chain's mean, 2τ/n, less the 1/n in its definition."""
    time, n = 5.0, 2000
    chains = np.moveaxis(autoregressive(time, (n, 4, 400), seed=5), 1, 0)
    excess = r_hat(chains) ** 2 - 1
    expected = 2 * time / (n / 2) - 1 / (n / 2)
    assert excess.mean() == pytest.approx(expected, rel=0.05)
    assert np.quantile(r_hat(chains), 0.99) < 1.02
    # one of four chains elsewhere by a standard deviation, or all of them drifting by two
    apart = chains + np.array([0.0, 0.0, 0.0, 1.0]).reshape(4, 1, 1)
    drifting = chains + np.linspace(0, 2, n).reshape(1, n, 1)
    assert np.quantile(r_hat(apart), 0.01) > 1.05
    assert np.quantile(r_hat(drifting), 0.01) > 1.05
    # chains far too short are told by scattering
    short = np.moveaxis(autoregressive(100.0, (500, 4, 400), seed=6), 1, 0)
    assert np.quantile(r_hat(short), 0.05) > 1.05


def test_observables_of_real_ladders_of_eight_wells():
    assert_covers(of_wells(1024, 40, transitions=False), within=0.06)


@pytest.mark.validation
def test_observables_and_transition_temperatures_of_sixteen_wells():
    assert_covers(of_wells(1024, 300))
