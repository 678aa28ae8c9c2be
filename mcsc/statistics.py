"""Errors of correlated time series: bins, jackknife, autocorrelation times and health numbers.

Time runs along axis 0 (axis 1 for `r_hat`); every other axis is carried along. A series that never
changes holds no evidence about its own fluctuations: every function here answers NaN for it, and
the caller decides whether a frozen series is a ground state or a stuck chain.

References
----------
A. D. Sokal, in *Functional Integration* (1997), doi:10.1007/978-1-4899-0319-8_6 (window).
U. Wolff, Comput. Phys. Commun. 156, 143 (2004), doi:10.1016/S0010-4655(03)00467-3 (bias).
A. Vehtari et al., Bayesian Anal. 16, 667 (2021), doi:10.1214/20-BA1221 (split R-hat).
"""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
from numpy.typing import ArrayLike, NDArray

__all__ = [
    "autocorrelation_time",
    "bin_means",
    "delete_one_means",
    "effective_samples",
    "half_difference",
    "jackknife",
    "r_hat",
]

FloatArray = NDArray[np.float64]

SOKAL_WINDOW = 5.0


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


def jackknife(
    function: Callable[..., ArrayLike], *bins: ArrayLike, correct_bias: bool = False
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
        Bin means, shape (n_bins, ...) each, same n_bins. Bins must be longer than the
        autocorrelation time, or the error comes out too small.
    correct_bias
        A function of means is biased by about stderr². By default the plain value is returned,
        which stays in its physical range (an order parameter within [0, 1]); True subtracts the
        jackknife estimate (n_bins − 1)(mean of delete-one values − value).

    Returns
    -------
    value, stderr
        Both of the shape the function returns; stderr² = (n_bins − 1)/n_bins Σ (θ_i − θ̄)².
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
        stderr = np.sqrt((n_bins - 1) / n_bins * ((deleted - centre) ** 2).sum(axis=0))
    if correct_bias:
        value = value - (n_bins - 1) * (centre - value)
    return value, np.asarray(stderr)


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
        closed = lags >= SOKAL_WINDOW * np.maximum(tau, 0.5)
        # a window that never closes: take all lags up to half the series, the honest lower bound
        last = (covariance.shape[0] - 1) // 2
        window = np.where(closed.any(axis=0), closed.argmax(axis=0), last)
        value = np.take_along_axis(tau, window[np.newaxis], axis=0)[0]
    # Wolff's correction for the subtracted mean, (2 window + 1)/n, is for a fixed window: with
    # one chosen from the same data it overshoots by more than it mends
    return np.asarray(np.maximum(value, 1 / n))


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
    Sokal's window, the first lag t ≥ 5 max(τ_int(t), ½). The result is low by about 8 % for a chain
    of 50 τ_int samples, 3 % for 130, and a mere lower bound for much shorter ones.

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
