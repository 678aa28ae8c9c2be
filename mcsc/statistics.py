"""Errors of correlated time series: bins, jackknife, autocorrelation times and health numbers.

Time runs along axis 0 (axis 1 for `r_hat`); every other axis is carried along. A series that never
changes holds no evidence about its own fluctuations: every function here answers NaN for it, and
the caller decides whether a frozen series is a ground state or a stuck chain.

A standard error here is half the width of an interval that holds the truth in 68.3 % of runs. It
comes from the scatter of 16 bins of time, which is too small twice over: 16 bins make Student's
distribution, not the normal one, and neighbouring bins of a chain are correlated. `bin_widening`
makes good for both. docs/calibration.md shows what the intervals hold in fact.

References
----------
U. Wolff, Comput. Phys. Commun. 156, 143 (2004), doi:10.1016/S0010-4655(03)00467-3 (window, bias).
A. Vehtari et al., Bayesian Anal. 16, 667 (2021), doi:10.1214/20-BA1221 (split R-hat).
"""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
from numpy.typing import ArrayLike, NDArray

__all__ = [
    "N_BINS",
    "autocorrelation_time",
    "bin_means",
    "bin_widening",
    "delete_one_means",
    "effective_samples",
    "fine_bins",
    "half_difference",
    "jackknife",
    "mean_error",
    "neighbour_correlation",
    "r_hat",
]

FloatArray = NDArray[np.float64]

# bins of time that errors come from: long against τ in any run worth an error, and enough of them
# for an error known to a sixth
N_BINS = 16
# fine bins in each of them, that τ is found from
_FINE = 8
# Wolff's S: the slowest decay is taken to be this many times τ_int(W); lags that are always summed
_WINDOW_RATIO, _LEAST_LAGS = 1.5, 3
# τ found to be a larger part of the run than this is a mere lower bound
_LONGEST = 0.1
# σ of the normal distribution as a share of it
_ONE_SIGMA = 0.682689492137086


def bin_means(series: ArrayLike, n_bins: int) -> FloatArray:
    """Average a series over consecutive bins of equal length.

    Parameters
    ----------
    series
        Samples, shape (n, ...).
    n_bins
        Number of bins. The remainder of n / n_bins is dropped at the start of the series, where
        the chain is least equilibrated.

    Returns
    -------
    Bin means, shape (n_bins, ...).

    Raises
    ------
    ValueError
        If n_bins < 1 or the series is shorter than n_bins.
    """
    samples = np.asarray(series, dtype=np.float64)
    if n_bins < 1:
        raise ValueError(f"n_bins is {n_bins}: give at least 1")
    if samples.ndim == 0 or samples.shape[0] < n_bins:
        n = samples.shape[0] if samples.ndim else 0
        raise ValueError(f"a series of {n} samples cannot fill {n_bins} bins: use fewer bins")
    length = samples.shape[0] // n_bins
    kept = samples[samples.shape[0] - n_bins * length :]
    return np.asarray(kept.reshape(n_bins, length, *samples.shape[1:]).mean(axis=1))


def delete_one_means(bins: ArrayLike) -> FloatArray:
    """Means over all bins but one, shape (n_bins, ...), row i leaving out bin i."""
    values = np.asarray(bins, dtype=np.float64)
    n_bins = values.shape[0]
    if n_bins < 2:
        raise ValueError(f"a jackknife over {n_bins} bin has no error: give at least 2 bins")
    mean = values.mean(axis=0)
    return np.asarray(mean + (mean - values) / (n_bins - 1))


def fine_bins(series: ArrayLike) -> FloatArray:
    """Average a series over about 128 consecutive bins, few enough to handle and short against 16.

    Returns
    -------
    Bin means, shape (from 128 to 255, ...), each sample a bin where there are fewer.
    """
    samples = _samples(series, 1)
    return bin_means(samples, len(samples) // max(1, len(samples) // (N_BINS * _FINE)))


def bin_widening(tau: ArrayLike, length: float, n_bins: int) -> FloatArray:
    """What an error from the scatter of bins has to be multiplied by.

    Two factors: that of Student's distribution for n_bins − 1 degrees of freedom, and the square
    root of what the variance of bin means lacks because bins are correlated. The second is exact
    for correlations that decay as a single exponential, ρ(t) = aᵗ; with V(m) the variance of a mean
    of m such samples, bins of m samples give (V(m) − V(m n_bins)) / (n_bins − 1) in place of
    V(m n_bins).

    Parameters
    ----------
    tau
        Integrated autocorrelation time in samples, any shape. NaN counts as no correlation; above a
        tenth of the run it is cut off there: such a run has no error, and says so by `converged`.
    length
        Samples in a bin.
    n_bins
        Number of bins.

    Returns
    -------
    Factors ≥ 1, of the shape of tau.
    """
    from scipy.special import stdtrit

    samples = length * n_bins
    known = np.nan_to_num(np.asarray(tau, dtype=np.float64), nan=0.5)
    known = np.clip(known, 0.5, max(0.5, _LONGEST * samples))
    a = (2 * known - 1) / (2 * known + 1)

    def variance(m: float) -> FloatArray:
        rest = 2 * a * (1 - a**m) / (m * (1 - a) ** 2)
        return np.asarray(((1 + a) / (1 - a) - rest) / m)

    whole = variance(samples)
    lack = (variance(length) - whole) / ((n_bins - 1) * whole)
    student = float(stdtrit(n_bins - 1, 0.5 * (1 + _ONE_SIGMA)))
    return np.asarray(student / np.sqrt(lack))


def mean_error(series: ArrayLike, tau: ArrayLike | None = None) -> FloatArray:
    """Standard error of the mean of a correlated series.

    The scatter of the means of 16 bins, or of all samples where these are independent, times
    `bin_widening`.

    Parameters
    ----------
    series
        Samples or fine bins, shape (n, ...), n ≥ 2. Fewer than 32 are bins as they stand.
    tau
        Autocorrelation time in samples, ½ for independent ones; None to find it from the series,
        which takes 64 samples or so.

    Returns
    -------
    Shape (...); 0 for a constant series.
    """
    samples = _samples(series, 2)
    if tau is None:
        tau = autocorrelation_time(samples)
    as_they_stand = len(samples) < 2 * N_BINS or bool((np.nan_to_num(tau) <= 0.5).all())
    n_bins = len(samples) if as_they_stand else N_BINS
    bins = bin_means(samples, n_bins)
    scatter = np.sqrt(((bins - bins.mean(axis=0)) ** 2).sum(axis=0) / (n_bins * (n_bins - 1)))
    return np.asarray(scatter * bin_widening(tau, len(samples) // n_bins, n_bins))


def jackknife(
    function: Callable[..., ArrayLike],
    *bins: ArrayLike,
    tau: ArrayLike | None = 0.5,
    correct_bias: bool = False,
) -> tuple[FloatArray, FloatArray]:
    """Value and standard error of a function of means.

    The function is called with the means over all bins and then once for each left-out bin; it
    sees arrays without the bin axis and may return any fixed shape. Divisions by zero inside it
    give NaN or infinity without a warning. Differences of large moments should be formed from
    series with their mean taken out, or they lose digits.

    Parameters
    ----------
    function
        Takes one array of shape (...) for each entry of `bins`.
    bins
        Bin means, shape (n_bins, ...) each, same n_bins.
    tau
        Autocorrelation time of what the function makes of the bins, in bins, any shape that
        broadcasts with it: ½ for bins that are independent, None to find it for bins that are
        consecutive in time, best of `fine_bins`.
    correct_bias
        A function of means is biased by about stderr². By default the plain value is returned,
        which stays in its physical range (an order parameter within [0, 1]); True subtracts the
        jackknife estimate (n_bins − 1)(mean of delete-one values − value).

    Returns
    -------
    value, stderr
        Both of the shape the function returns. The error is that of the mean (`mean_error`) of the
        pseudo-values n θ − (n − 1) θ_i.
    """
    arrays = [np.asarray(b, dtype=np.float64) for b in bins]
    counts = sorted({a.shape[0] for a in arrays})
    if len(counts) != 1:
        raise ValueError(f"bins of different number {counts}: bin every series the same way")
    n_bins = counts[0]
    partial = [delete_one_means(a) for a in arrays]
    with np.errstate(divide="ignore", invalid="ignore"):
        value = np.asarray(function(*(a.mean(axis=0) for a in arrays)), dtype=np.float64)
        rows = [function(*(p[i] for p in partial)) for i in range(n_bins)]
        deleted = np.asarray(rows, dtype=np.float64)
        centre = deleted.mean(axis=0)
        stderr = mean_error((n_bins - 1) * (centre - deleted), tau)
    if correct_bias:
        value = value - (n_bins - 1) * (centre - value)
    return value, stderr


def _autocovariance(samples: FloatArray) -> FloatArray:
    """Autocovariance about the sample mean at every lag, normalised by the number of pairs."""
    n = samples.shape[0]
    centred = samples - samples.mean(axis=0)
    padded = 1 << (2 * n - 1).bit_length()
    spectrum = np.abs(np.fft.rfft(centred, padded, axis=0)) ** 2
    pairs = np.arange(n, 0, -1, dtype=np.float64).reshape(-1, *[1] * (samples.ndim - 1))
    return np.asarray(np.fft.irfft(spectrum, padded, axis=0)[:n] / pairs)


def _windowed_time(covariance: FloatArray, n: int) -> FloatArray:
    """Integrated time of an autocovariance taken about the mean of n samples."""
    lags = np.arange(covariance.shape[0]).reshape(-1, *[1] * (covariance.ndim - 1))
    with np.errstate(divide="ignore", invalid="ignore"):
        tau = np.cumsum(covariance / covariance[0], axis=0) - 0.5
        # Wolff, eqs. (50)–(52): the window at which the bias of leaving out the tail, if that
        # decays with S τ_int, has come down to the noise of the sum
        decay = _WINDOW_RATIO / np.log1p(2 / (2 * np.maximum(tau, 0.5 + 1e-9) - 1))
        closed = np.exp(-lags / decay) < decay / np.sqrt(np.maximum(lags, 1) * n)
        closed &= lags >= _LEAST_LAGS
        # a window that never closes: take all lags up to half the series, the honest lower bound
        last = (covariance.shape[0] - 1) // 2
        window = np.where(closed.any(axis=0), closed.argmax(axis=0), last)
        value = np.take_along_axis(tau, window[np.newaxis], axis=0)[0]
    # eq. (49): a covariance about the sample mean is low by the variance of that mean
    return np.asarray(np.maximum(value * (1 + (2 * window + 1) / n), 1 / n))


def _frozen(samples: FloatArray) -> NDArray[np.bool_]:
    return np.asarray((samples == samples[:1]).all(axis=0))


def _samples(series: ArrayLike, minimum: int) -> FloatArray:
    samples = np.asarray(series, dtype=np.float64)
    if samples.ndim == 0 or samples.shape[0] < minimum:
        n = samples.shape[0] if samples.ndim else 0
        raise ValueError(f"a series of {n} samples is too short: give at least {minimum}")
    return samples


def autocorrelation_time(series: ArrayLike) -> FloatArray:
    """Integrated autocorrelation time τ_int = ½ + Σ_{t≥1} ρ(t), in samples.

    White noise has ½ and the variance of a mean of n samples is 2 τ_int σ²/n. The sum stops at
    Wolff's automatic window and is corrected for the mean, which is that of the same samples. On
    average the result is right to 5 % from 30 τ_int samples on if correlations decay as one
    exponential, low by a tenth at 20 τ_int, and a mere lower bound for much shorter chains. A slow
    part of small weight is found only in chains that are long against it. A single result scatters
    by a third at 100 τ_int, by a seventh at 1000.

    Parameters
    ----------
    series
        Samples, shape (n, ...), n ≥ 4.

    Returns
    -------
    Times, shape (...), at least 1/n; NaN where the series is constant or not finite.
    """
    samples = _samples(series, 4)
    value = _windowed_time(_autocovariance(samples), samples.shape[0])
    undefined = _frozen(samples) | ~np.isfinite(samples).all(axis=0)
    return np.asarray(np.where(undefined, np.nan, value))


def effective_samples(series: ArrayLike) -> FloatArray:
    """Number of independent samples n / (2 τ_int), at most n; NaN for a constant series."""
    samples = _samples(series, 4)
    n = float(samples.shape[0])
    return np.asarray(np.minimum(n, n / (2 * autocorrelation_time(samples))))


def half_difference(series: ArrayLike) -> FloatArray:
    """Mean of the second half minus that of the first, in standard errors (a z-score).

    Variance and autocorrelation time are taken within the halves, about each half's own mean and
    averaged over the two: over the whole series a drift would widen the error that is meant to
    reveal it. An odd sample is dropped at the start.

    Parameters
    ----------
    series
        Samples, shape (n, ...), n ≥ 8.

    Returns
    -------
    Shape (...): about normal with unit width for an equilibrated chain; NaN for a constant
    series, ±infinity for two different constants.
    """
    samples = _samples(series, 8)
    n = samples.shape[0] // 2
    first, second = samples[-2 * n : -n], samples[-n:]
    difference = second.mean(axis=0) - first.mean(axis=0)
    covariance = 0.5 * (_autocovariance(first) + _autocovariance(second))
    still = _frozen(first) & _frozen(second)
    with np.errstate(divide="ignore", invalid="ignore"):
        tau = _windowed_time(covariance, n)
        variance = covariance[0] * (1 + 2 * tau / n)
        error = np.where(still, 0.0, np.sqrt(2 * (2 * tau * variance / n)))
        score = difference / error
    return np.asarray(np.where(_frozen(samples), np.nan, score))


def neighbour_correlation(series: ArrayLike, n_bins: int = 2 * N_BINS) -> FloatArray:
    """Correlation of neighbouring bins of a series.

    Bins of a long run are independent. Where they are not, something is as slow as the bins are
    long, however short the autocorrelation time that quick fluctuations of larger weight let
    appear. By chance it exceeds 0.5 in 0.3 % of runs with 32 independent bins.

    Parameters
    ----------
    series
        Samples, shape (n, ...), n ≥ 4.
    n_bins
        Number of bins, at most half of n are made.

    Returns
    -------
    Shape (...), within [−1, 1]; NaN for a constant series.
    """
    samples = _samples(series, 4)
    bins = bin_means(samples, min(n_bins, len(samples) // 2))
    centred = bins - bins.mean(axis=0)
    with np.errstate(divide="ignore", invalid="ignore"):
        value = (centred[1:] * centred[:-1]).sum(axis=0) / (centred**2).sum(axis=0)
    return np.asarray(np.where(_frozen(samples), np.nan, value))


def r_hat(chains: ArrayLike) -> FloatArray:
    """Split potential scale reduction R̂ of several chains, without rank normalisation.

    Every chain is cut into halves, so that a drift within a chain counts as well as a difference
    between chains. 1 for equilibrated chains; above 1.01–1.05 they disagree.

    Parameters
    ----------
    chains
        Shape (n_chains, n, ...), n_chains ≥ 1, n ≥ 4.

    Returns
    -------
    Shape (...); NaN where nothing ever changes, infinity where each half is constant but they
    differ.
    """
    values = np.asarray(chains, dtype=np.float64)
    if values.ndim < 2 or values.shape[1] < 4:
        raise ValueError(f"chains of shape {values.shape}: give (n_chains, n ≥ 4, ...)")
    n = values.shape[1] // 2
    halves = np.concatenate([values[:, -2 * n : -n], values[:, -n:]], axis=0)
    still = (halves == halves[:, :1]).all(axis=(0, 1))
    frozen = (halves == halves[:1, :1]).all(axis=(0, 1))
    within = np.where(still, 0.0, halves.var(axis=1, ddof=1).mean(axis=0))
    between = halves.mean(axis=1).var(axis=0, ddof=1)
    with np.errstate(divide="ignore", invalid="ignore"):
        value = np.sqrt((n - 1) / n + between / within)
    return np.asarray(np.where(frozen, np.nan, value))
