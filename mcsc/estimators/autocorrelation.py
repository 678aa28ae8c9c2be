"""Autocorrelation times of series and what follows from them: how many samples are independent.

Time runs along axis 0; every other axis is carried along.

U. Wolff, Comput. Phys. Commun. 156, 143 (2004), doi:10.1016/S0010-4655(03)00467-3 (window, bias).
"""

import numpy as np
from numpy.typing import ArrayLike

from mcsc.arrays import BoolArray, FloatArray

# Wolff's S: the slowest decay is taken to be this many times τ_int(W); lags that are always summed
_WINDOW_RATIO, _LEAST_LAGS = 1.5, 3


def autocorrelation_time(series: ArrayLike) -> FloatArray:
    """Integrated autocorrelation time τ_int = ½ + Σ_{t≥1} ρ(t), in samples.

    White noise has ½ and the variance of a mean of n samples is 2 τ_int σ²/n. The sum stops at
    Wolff's automatic window and is corrected for the mean, which is that of the same samples. On
    average the result is right to 5 % from 30 τ_int samples on if correlations decay as one
    exponential, low by a tenth at 20 τ_int, and a mere lower bound for much shorter chains. A slow
    part of small weight is found only in chains that are long against it. A single result scatters
    by a third at 100 τ_int, by a seventh at 1000.

    series: Samples, shape (n, ...), n ≥ 4.

    Returns: Times, shape (...), at least 1/n; NaN where the series is constant or not finite.
    """
    samples = samples_of(series, 4)
    value = windowed_time(autocovariance(samples), samples.shape[0])
    undefined = frozen(samples) | ~np.isfinite(samples).all(axis=0)
    return np.asarray(np.where(undefined, np.nan, value))


def autocovariance(samples: FloatArray) -> FloatArray:
    """Autocovariance about the sample mean at every lag, normalised by the number of pairs."""
    n = samples.shape[0]
    centred = samples - samples.mean(axis=0)
    padded = 1 << (2 * n - 1).bit_length()
    spectrum = np.abs(np.fft.rfft(centred, padded, axis=0)) ** 2
    pairs = np.arange(n, 0, -1, dtype=np.float64).reshape(-1, *[1] * (samples.ndim - 1))
    return np.asarray(np.fft.irfft(spectrum, padded, axis=0)[:n] / pairs)


def windowed_time(covariance: FloatArray, n: int) -> FloatArray:
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


def frozen(samples: FloatArray) -> BoolArray:
    """Which series never change."""
    return np.asarray((samples == samples[:1]).all(axis=0))


def samples_of(series: ArrayLike, minimum: int) -> FloatArray:
    """A series as an array; ValueError where it has fewer samples than the minimum."""
    samples = np.asarray(series, dtype=np.float64)
    if samples.ndim == 0 or samples.shape[0] < minimum:
        n = samples.shape[0] if samples.ndim else 0
        raise ValueError(f"a series of {n} samples is too short: give at least {minimum}")
    return samples
