"""Bins and jackknife: standard errors of correlated series and of functions of their means.

A standard error here is half the width of an interval that holds the truth in 68.3 % of runs. It
comes from the scatter of 16 bins of time, which is too small twice over: 16 bins make Student's
distribution, not the normal one, and neighbouring bins of a chain are correlated. `bin_widening`
makes good for both. Where rare samples far out carry the scatter, as they do that of a fourth
moment, it is known worse than that of so many normal bins: `degrees_of_freedom` counts them for
less. docs/calibration.md shows what the intervals hold in fact.

F. E. Satterthwaite, Biometrics Bull. 2, 110 (1946), doi:10.2307/3002019 (degrees of freedom of an
estimated variance).
"""

from collections.abc import Callable

import numpy as np
from numpy.typing import ArrayLike

from mcsc.arrays import FloatArray
from mcsc.estimators.autocorrelation import autocorrelation_time, samples_of

# bins of time that errors come from: long against τ in any run worth an error, and enough of them
# for an error known to a sixth
N_BINS = 16
# fine bins in each of them, that τ is found from
_FINE = 8
# τ found to be a larger part of the run than this is a mere lower bound
_LONGEST = 0.1
# σ of the normal distribution as a share of it
_ONE_SIGMA = 0.682689492137086


def bin_means(series: ArrayLike, n_bins: int) -> FloatArray:
    """Average a series over consecutive bins of equal length.

    series: Samples, shape (n, ...).
    n_bins: Number of bins. The remainder of n / n_bins is dropped at the start of the series, where
        the chain is least equilibrated.

    Returns: Bin means, shape (n_bins, ...).

    Raises ValueError if n_bins < 1 or the series is shorter than n_bins.
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


def block_rows(series: ArrayLike, n_blocks: int) -> FloatArray:
    """Means of a series and of it without each of its blocks, shape (n_blocks + 1, ...)."""
    blocks = bin_means(series, n_blocks)
    return np.concatenate([blocks.mean(axis=0)[np.newaxis], delete_one_means(blocks)])


def fine_bins(series: ArrayLike) -> FloatArray:
    """Average a series over about 128 consecutive bins, few enough to handle and short against 16.

    Returns: Bin means, shape (from 128 to 255, ...), each sample a bin where there are fewer.
    """
    samples = samples_of(series, 1)
    return bin_means(samples, len(samples) // max(1, len(samples) // (N_BINS * _FINE)))


def degrees_of_freedom(samples: ArrayLike, tau: ArrayLike, n_bins: int) -> FloatArray:
    """Degrees of freedom ν of a variance that is found from the scatter of bins.

    A variance from n_bins independent normal bins has a variance of 2/(n_bins − 1) of its square.
    That of samples with the excess kurtosis κ has 2τ κ/n more, and ν is 2 over the sum of both. κ
    is that of the samples at hand, raised by its bias of order 1/n, which a jackknife finds: few
    samples seldom hold the rare ones that make it large.

    samples: Samples or fine bins, shape (n, ...).
    tau: Their autocorrelation time, any shape that broadcasts with theirs; NaN for none.
    n_bins: Bins that the variance comes from.

    Returns: From 1 to n_bins − 1, shape (...): the latter for normal samples, and for fewer than 32
        samples, too few to tell.
    """
    values = np.asarray(samples, dtype=np.float64)
    n = len(values)
    full = np.full(values.shape[1:], n_bins - 1.0)
    if n < 2 * N_BINS:
        return full
    squares = (values - values.mean(axis=0)) ** 2
    fourths = squares**2
    with np.errstate(divide="ignore", invalid="ignore", over="ignore"):
        whole = n * fourths.sum(axis=0) / squares.sum(axis=0) ** 2
        partial = (n - 1) * (fourths.sum(axis=0) - fourths)
        partial /= (squares.sum(axis=0) - squares) ** 2
        missed = (n - 1) * (whole - partial.mean(axis=0))
    # a constant series has no kurtosis, and a single sample that differs no bias of it
    excess = np.nan_to_num(whole - 3, nan=0.0) + np.maximum(np.nan_to_num(missed, nan=0.0), 0.0)
    memory = np.maximum(np.nan_to_num(np.asarray(tau, dtype=np.float64), nan=0.5), 0.5)
    return np.asarray(np.maximum(1 / (1 / full + memory * np.maximum(excess, 0.0) / n), 1.0))


def bin_widening(
    tau: ArrayLike, length: float, n_bins: int, degrees: ArrayLike | None = None
) -> FloatArray:
    """What an error from the scatter of bins has to be multiplied by.

    Two factors: that of Student's distribution, and the square root of what the variance of bin
    means lacks because bins are correlated. The second is exact for correlations that decay as a
    single exponential, ρ(t) = aᵗ; with V(m) the variance of a mean of m such samples, bins of m
    samples give (V(m) − V(m n_bins)) / (n_bins − 1) in place of V(m n_bins).

    tau: Integrated autocorrelation time in samples, any shape. NaN counts as no correlation; above
        a tenth of the run it is cut off there: such a run has no error, and says so by `converged`.
    length: Samples in a bin.
    n_bins: Number of bins.
    degrees: Degrees of freedom, n_bins − 1 by default.

    Returns: Factors ≥ 1, of the shape of tau and the degrees together.
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
    student = stdtrit(n_bins - 1 if degrees is None else degrees, 0.5 * (1 + _ONE_SIGMA))
    return np.asarray(student / np.sqrt(lack))


def mean_error(series: ArrayLike, tau: ArrayLike | None = None) -> FloatArray:
    """Standard error of the mean of a correlated series.

    The scatter of the means of 16 bins, or of all samples where these are independent, times
    `bin_widening` with the `degrees_of_freedom` that the samples' tails leave.

    series: Samples or fine bins, shape (n, ...), n ≥ 2. Fewer than 32 are bins as they stand.
    tau: Autocorrelation time in samples, ½ for independent ones; None to find it from the series,
        which takes 64 samples or so.

    Returns: Shape (...); 0 for a constant series.
    """
    samples = samples_of(series, 2)
    if tau is None:
        tau = autocorrelation_time(samples)
    as_they_stand = len(samples) < 2 * N_BINS or bool((np.nan_to_num(tau) <= 0.5).all())
    n_bins = len(samples) if as_they_stand else N_BINS
    bins = bin_means(samples, n_bins)
    scatter = np.sqrt(((bins - bins.mean(axis=0)) ** 2).sum(axis=0) / (n_bins * (n_bins - 1)))
    degrees = degrees_of_freedom(samples, tau, n_bins)
    return np.asarray(scatter * bin_widening(tau, len(samples) // n_bins, n_bins, degrees))


def error_of_runs(values: ArrayLike, weights: ArrayLike = 1.0) -> FloatArray:
    """Standard error of the weighted mean of independent runs, from their scatter.

    values: (R, ...) means of the runs; those that are not finite do not count.
    weights: Of the runs, any shape that broadcasts with the values, as the time that each took.

    Returns: Shape (...); NaN where fewer than two runs count.
    """
    each = np.asarray(values, dtype=np.float64)
    weight = np.isfinite(each) * np.asarray(weights, dtype=np.float64)
    runs = (weight > 0).sum(axis=0)
    with np.errstate(divide="ignore", invalid="ignore"):
        share = weight / weight.sum(axis=0)
        known = np.where(share > 0, each, 0.0)
        away = share * (known - (share * known).sum(axis=0))
        squares = np.where(share > 0, away**2, 0.0).sum(axis=0) * runs / (runs - 1)
    return np.asarray(np.sqrt(np.where(runs > 1, squares, np.nan)))


def jackknife(
    function: Callable[..., ArrayLike], *bins: ArrayLike, tau: ArrayLike | None = 0.5
) -> tuple[FloatArray, FloatArray]:
    """Value and standard error of a function of means.

    The function is called with the means over all bins and then once for each left-out bin; it
    sees arrays without the bin axis and may return any fixed shape. Divisions by zero inside it
    give NaN or infinity without a warning. Differences of large moments should be formed from
    series with their mean taken out, or they lose digits.

    function: Takes one array of shape (...) for each entry of `bins`.
    bins: Bin means, shape (n_bins, ...) each, same n_bins.
    tau: Autocorrelation time of what the function makes of the bins, in bins, any shape that
        broadcasts with it: ½ for bins that are independent, None to find it for bins that are
        consecutive in time, best of `fine_bins`.

    Returns: value, stderr: Both of the shape the function returns. The value is the plain one,
        biased by about stderr²: it stays in its physical range (an order parameter within [0, 1]).
        The error is that of the mean (`mean_error`) of the pseudo-values n θ − (n − 1) θ_i.
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
    return value, stderr
