"""Whether a chain has settled: agreement of its halves, of its bins, and of several chains.

Chains run along axis 0 and time along axis 1; every other axis is carried along.

A. Vehtari et al., Bayesian Anal. 16, 667 (2021), doi:10.1214/20-BA1221 (split R-hat).
"""

import numpy as np
from numpy.typing import ArrayLike

from mcsc.arrays import FloatArray
from mcsc.estimators.autocorrelation import autocovariance, frozen, samples_of, windowed_time
from mcsc.estimators.errors import N_BINS, bin_means


def half_differences(chains: ArrayLike) -> FloatArray:
    """Mean of the second half of each chain minus that of its first, in standard errors (z-scores).

    Variance and autocorrelation time are taken within the halves, about each half's own mean and
    averaged over all halves of all chains: over a whole chain a drift would widen the error that is
    meant to reveal it, and one short half does not know it. An odd sample is dropped at the start.

    chains: Shape (n_chains, n, ...), n_chains ≥ 1, n ≥ 8.

    Returns: Shape (n_chains, ...): about normal with unit width for equilibrated chains; NaN for a
        constant one, ±infinity for two different constants.
    """
    samples = np.moveaxis(samples_of(np.moveaxis(np.asarray(chains), 1, 0), 8), 0, 1)
    n = samples.shape[1] // 2
    first, second = samples[:, -2 * n : -n], samples[:, -n:]
    covariance = np.mean([autocovariance(half) for half in (*first, *second)], axis=0)
    still = np.array([frozen(half) for half in first]) & np.array([frozen(half) for half in second])
    with np.errstate(divide="ignore", invalid="ignore"):
        tau = windowed_time(covariance, n)
        variance = covariance[0] * (1 + 2 * tau / n)
        error = np.where(still, 0.0, np.sqrt(2 * (2 * tau * variance / n)))
        score = (second.mean(axis=1) - first.mean(axis=1)) / error
    return np.asarray(np.where([frozen(chain) for chain in samples], np.nan, score))


def neighbour_correlation(chains: ArrayLike) -> FloatArray:
    """Correlation of neighbouring bins of chains, about the mean of all of them.

    Bins of a long run are independent. Where they are not, something is as slow as the bins are
    long, however short the autocorrelation time that quick fluctuations of larger weight let
    appear. By chance it exceeds 0.5 in 0.3 % of runs with 32 independent bins, which are those of
    all chains together: they are as long a part of the whole run however many chains it has. Each
    chain has 4 at least, and at most n / 2.

    chains: Shape (n_chains, n, ...), n_chains ≥ 1, n ≥ 4.

    Returns: Shape (...), within [−1, 1]; NaN where nothing ever changes.
    """
    samples = np.moveaxis(samples_of(np.moveaxis(np.asarray(chains), 1, 0), 4), 0, 1)
    each = min(max(4, 2 * N_BINS // len(samples)), samples.shape[1] // 2)
    bins = np.array([bin_means(chain, each) for chain in samples])
    centred = bins - bins.mean(axis=(0, 1))
    with np.errstate(divide="ignore", invalid="ignore"):
        value = (centred[:, 1:] * centred[:, :-1]).sum(axis=(0, 1)) / (centred**2).sum(axis=(0, 1))
    # several chains have fewer neighbours than a single one of as many bins
    count = len(samples) * each
    value *= (count - 1) / (count - len(samples))
    return np.asarray(np.where((samples == samples[:1, :1]).all(axis=(0, 1)), np.nan, value))


def r_hat(chains: ArrayLike) -> FloatArray:
    """Split potential scale reduction R̂ of several chains, without rank normalisation.

    Every chain is cut into halves, so that a drift within a chain counts as well as a difference
    between chains. 1 for equilibrated chains; above 1.01–1.05 they disagree.

    chains: Shape (n_chains, n, ...), n_chains ≥ 1, n ≥ 4.

    Returns: Shape (...); NaN where nothing ever changes, infinity where each half is constant but
        they differ.
    """
    values = np.asarray(chains, dtype=np.float64)
    if values.ndim < 2 or values.shape[1] < 4:
        raise ValueError(f"chains of shape {values.shape}: give (n_chains, n ≥ 4, ...)")
    n = values.shape[1] // 2
    halves = np.concatenate([values[:, -2 * n : -n], values[:, -n:]], axis=0)
    still = (halves == halves[:, :1]).all(axis=(0, 1))
    constant = (halves == halves[:1, :1]).all(axis=(0, 1))
    within = np.where(still, 0.0, halves.var(axis=1, ddof=1).mean(axis=0))
    between = halves.mean(axis=1).var(axis=0, ddof=1)
    with np.errstate(divide="ignore", invalid="ignore"):
        value = np.sqrt((n - 1) / n + between / within)
    return np.asarray(np.where(constant, np.nan, value))
