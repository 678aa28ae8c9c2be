"""Errors and autocorrelation times against the exact numbers of AR(1) chains and white noise."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.signal import lfilter
from scipy.stats import norm
from scipy.stats import t as student

from mcsc.estimators.autocorrelation import autocorrelation_time
from mcsc.estimators.errors import (
    bin_means,
    bin_widening,
    block_rows,
    degrees_of_freedom,
    delete_one_means,
    error_of_runs,
    fine_bins,
    jackknife,
)
from mcsc.estimators.settling import half_differences, neighbour_correlation, r_hat


def half_difference(series):
    """Of one chain."""
    return half_differences(np.asarray(series)[np.newaxis])[0]


def ar1(a, shape, seed):
    """Stationary chains x_t = a x_{t−1} + noise of unit variance, τ_int = ½(1 + a)/(1 − a)."""
    noise = np.random.default_rng(seed).standard_normal(shape)
    noise[1:] *= np.sqrt(1 - a**2)
    return lfilter([1.0], [1.0, -a], noise, axis=0)


def test_bin_means_drop_the_remainder_at_the_start():
    series = np.arange(11.0)
    assert np.array_equal(bin_means(series, 3), [3.0, 6.0, 9.0])
    assert np.array_equal(
        bin_means(np.stack([series, -series], axis=1), 5)[:, 1], -bin_means(series, 5)
    )


@pytest.mark.parametrize(("n", "bins"), [(3, 4), (3, 0)])
def test_bin_means_refuse_what_cannot_be_filled(n, bins):
    with pytest.raises(ValueError, match="bins"):
        bin_means(np.zeros(n), bins)


@settings(max_examples=25, deadline=None)
@given(st.lists(st.floats(-1e3, 1e3), min_size=2, max_size=40))
def test_jackknife_of_the_mean_is_the_usual_standard_error_of_student(values):
    bins = np.array(values)
    value, stderr = jackknife(lambda m: m, bins)
    assert value == pytest.approx(bins.mean(), abs=1e-9)
    usual = bins.std(ddof=1) / np.sqrt(bins.size) * student.ppf(norm.cdf(1), bins.size - 1)
    assert stderr == pytest.approx(usual, rel=1e-6, abs=1e-9)
    direct = [np.delete(bins, i).mean() for i in range(bins.size)]
    assert delete_one_means(bins) == pytest.approx(np.array(direct), abs=1e-9)


def test_block_rows_are_means_without_a_block():
    series = np.arange(14.0).reshape(7, 2)
    # the first sample is dropped, blocks are of three
    rows = [series[1:].mean(axis=0), series[4:].mean(axis=0), series[1:4].mean(axis=0)]
    assert block_rows(series, 2) == pytest.approx(np.array(rows))


def test_jackknife_gives_the_plain_value():
    x = np.random.default_rng(1).standard_normal((12, 3))
    plain, _ = jackknife(lambda a, b: a - b**2, x**2, x)
    assert plain == pytest.approx(x.var(axis=0), rel=1e-12)


def test_jackknife_covers_the_binder_ratio_of_a_gaussian():
    """1σ intervals of ⟨x⁴⟩/⟨x²⟩² = 3 hold the truth in 68 ± 8 % of 2000 runs."""
    x = np.random.default_rng(2).standard_normal((1600, 2000))
    value, stderr = jackknife(lambda a, b: a / b**2, bin_means(x**4, 20), bin_means(x**2, 20))
    assert np.mean(np.abs(value - 3) < stderr) == pytest.approx(0.68, abs=0.08)


def test_jackknife_refuses_unlike_bins_and_a_single_one():
    with pytest.raises(ValueError, match="same way"):
        jackknife(lambda a, b: a, np.zeros(3), np.zeros(4))
    with pytest.raises(ValueError, match="at least 2"):
        jackknife(lambda a: a, np.zeros(1))


def test_jackknife_of_an_undefined_ratio_is_nan_without_a_warning():
    value, stderr = jackknife(lambda a, b: a / b, np.zeros(4), np.zeros(4))
    assert np.isnan(value)
    assert np.isnan(stderr)


@pytest.mark.parametrize("a", [-0.2, 0.0, 0.5, 0.9, 0.97])
def test_autocorrelation_time_of_ar1(a):
    exact = 0.5 * (1 + a) / (1 - a)
    tau = autocorrelation_time(ar1(a, (8192, 64), seed=3))
    error = tau.std(ddof=1) / 8
    # the window leaves out ρ beyond 5 τ: e⁻⁵
    assert abs(tau.mean() - exact) < 4 * error + 0.007 * exact
    assert error < 0.05 * exact


def test_bin_widening_is_the_exact_ratio_for_an_autoregressive_chain():
    """Against the variances of means written out as double sums over the samples."""
    a, length, n_bins = 0.7, 5, 6

    def variance(m):
        return (a ** np.abs(np.subtract.outer(np.arange(m), np.arange(m)))).sum() / m**2

    # E Σ_b (x̄_b − x̄)² / (B (B − 1))
    expected = (variance(length) - variance(length * n_bins)) / (n_bins - 1)
    ratio = np.sqrt(variance(length * n_bins) / expected)
    widening = bin_widening(0.5 * (1 + a) / (1 - a), length, n_bins)
    assert widening == pytest.approx(ratio * student.ppf(norm.cdf(1), 5), rel=1e-12)
    assert bin_widening([np.nan, 0.2, 0.5], 1, 16) == pytest.approx(
        3 * [student.ppf(norm.cdf(1), 15)]
    )


@pytest.mark.parametrize(("power", "n", "kurtosis"), [(1, 512, 0.0), (2, 4096, 12.0)])
def test_degrees_of_freedom_tell_the_scatter_of_a_variance(power, n, kurtosis):
    """Var s² = 2 σ⁴/ν: powers of Gaussian numbers, whose kurtosis is known, in 16 bins."""
    samples = np.random.default_rng(14).standard_normal((n, 1500)) ** power
    variance = bin_means(samples, 16).var(axis=0, ddof=1)
    scatter = 2 * variance.mean() ** 2 / variance.var(ddof=1)
    exact = 1 / (1 / 15 + kurtosis / (2 * n))
    assert scatter == pytest.approx(exact, rel=0.1)
    assert degrees_of_freedom(samples, 0.5, 16).mean() == pytest.approx(exact, rel=0.02)


def test_degrees_of_freedom_count_what_carries_the_scatter():
    rare = np.zeros((128, 4))
    rare[5, 1] = rare[[5, 60], 2] = 1.0
    rare[::2, 3] = 1.0
    none, one, two, many = degrees_of_freedom(rare, 0.5, 16)
    assert none == many == 15
    assert one == 1
    assert two == pytest.approx(1 / (1 / 15 + 0.5 * (64 - 3) / 128), rel=0.05)
    # correlated samples are worth less, few tell nothing
    assert degrees_of_freedom(rare[:, 2], 1.0, 16) < two
    assert degrees_of_freedom(rare[:16, 1], 0.5, 16) == 15


def test_bin_widening_stays_finite_for_runs_too_short_for_an_error():
    factors = bin_widening([3.0, 30.0, 300.0, np.inf], 10, 16)
    assert (np.diff(factors[:3]) >= 0).all()
    assert factors[2] == factors[3] == bin_widening(16.0, 10, 16)
    assert 1.5 < factors[3] < 3


def test_fine_bins_lose_next_to_nothing():
    for n in (5, 127, 128, 129, 2048, 3000):
        fine = fine_bins(np.arange(float(n)))
        assert len(fine) == n if n < 256 else 128 <= len(fine) < 256
        assert fine.mean() == pytest.approx((n - 1) / 2, rel=0.01)


def test_neighbour_correlation_reveals_what_quick_noise_hides():
    """A slow part of a tenth of the variance: τ_int by its window sees only the quick one."""
    slow = np.sqrt(0.1) * ar1(0.995, (2000, 400), seed=12)
    quick = np.sqrt(0.9) * np.random.default_rng(13).standard_normal((2000, 400))
    hidden = 0.9 * 0.5 + 0.1 * 199.5
    assert np.median(autocorrelation_time(slow + quick)) < 0.2 * hidden
    mixed = slow + quick
    assert (neighbour_correlation(mixed[np.newaxis]) > 0.5).mean() > 0.6
    # cut into four chains it is the same run
    assert (neighbour_correlation(mixed.reshape(4, -1, mixed.shape[1])) > 0.5).mean() > 0.6
    assert (neighbour_correlation(quick[np.newaxis]) > 0.5).mean() < 0.01
    assert np.isnan(neighbour_correlation(np.ones((1, 64))))


def test_autocorrelation_time_predicts_the_error_of_the_mean():
    chains = ar1(0.8, (2000, 400), seed=4)
    predicted = np.sqrt(2 * autocorrelation_time(chains) * chains.var(axis=0) / 2000).mean()
    assert chains.mean(axis=0).std() == pytest.approx(predicted, rel=0.15)


def test_autocorrelation_time_keeps_trailing_axes_and_scale():
    chains = ar1(0.6, (500, 2, 3), seed=5)
    tau = autocorrelation_time(chains)
    assert tau.shape == (2, 3)
    assert tau[1, 2] == pytest.approx(autocorrelation_time(1e6 + 1e-3 * chains[:, 1, 2]), rel=1e-5)


def test_frozen_series_are_nan():
    frozen = np.full((64, 2), 0.1)
    frozen[:, 1] = np.random.default_rng(6).standard_normal(64)
    for function in (autocorrelation_time, half_difference):
        assert np.array_equal(np.isnan(function(frozen)), [True, False])
    assert np.array_equal(np.isnan(r_hat(frozen[np.newaxis])), [True, False])


@pytest.mark.parametrize("a", [0.0, 0.9])
def test_half_difference_is_a_standard_normal_score(a):
    z = half_difference(ar1(a, (4096, 1000), seed=8))
    assert abs(z.mean()) < 4 / np.sqrt(1000)
    assert z.std() == pytest.approx(1, abs=0.1)


def test_half_difference_sees_a_step_and_a_drift():
    chains = ar1(0.5, (2048, 20), seed=9)
    step = chains + 0.5 * (np.arange(2048) >= 1024)[:, np.newaxis]
    drift = chains + np.linspace(0, 1, 2048)[:, np.newaxis]
    assert (half_difference(step) > 4).all()
    assert (half_difference(drift) > 3).all()
    assert half_difference(np.repeat([0.0, 1.0], 8)) == np.inf


def test_r_hat():
    chains = np.moveaxis(ar1(0.3, (1000, 4, 50), seed=10), 1, 0)
    assert np.abs(r_hat(chains) - 1).max() < 0.02
    apart = chains + np.array([0.0, 0.0, 0.0, 1.0]).reshape(4, 1, 1)
    # between-chain variance of the means is 1/4 (ddof 1 over 8 halves: 0.2143)
    assert r_hat(apart).mean() == pytest.approx(np.sqrt(1 + 0.2143), abs=0.02)
    assert r_hat(np.repeat([[0.0], [1.0]], 8, axis=1)) == np.inf


@pytest.mark.parametrize("function", [autocorrelation_time, half_difference])
def test_short_series_are_refused(function):
    with pytest.raises(ValueError, match="too short"):
        function(np.zeros(3))


def test_the_error_of_runs_is_that_of_their_weighted_mean():
    rng = np.random.default_rng(4)
    weights = np.array([0.3, 1.0, 2.0, 0.7, 1.0])[:, np.newaxis]
    values = rng.standard_normal((5, 20000)) / np.sqrt(weights)
    mean = (weights * values).sum(axis=0) / weights.sum()
    found = error_of_runs(values, weights)
    assert np.sqrt((found**2).mean()) == pytest.approx(mean.std(), rel=0.05)
    np.testing.assert_allclose(error_of_runs(values), values.std(axis=0, ddof=1) / np.sqrt(5))
    # runs that know nothing do not count
    values[3:, 0], values[1:, 1] = np.nan, np.nan
    found = error_of_runs(values)
    assert found[0] == pytest.approx(values[:3, 0].std(ddof=1) / np.sqrt(3))
    assert np.isnan(found[1])
