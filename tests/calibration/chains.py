"""Gaussian time series of known autocorrelation."""

import numpy as np
from scipy.signal import lfilter


def autoregressive(time, shape, seed):
    """Stationary Gaussian chains x_t = a x_{t−1} + noise, of unit variance and given τ_int ≥ ½."""
    a = (2 * time - 1) / (2 * time + 1)
    noise = np.random.default_rng(seed).standard_normal(shape)
    noise[1:] *= np.sqrt(1 - a**2)
    return lfilter([1.0], [1.0, -a], noise, axis=0)
