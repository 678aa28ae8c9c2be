"""Errors of correlated time series: bins, jackknife, autocorrelation times and health numbers.

Time runs along axis 0 (axis 1 for `r_hat`); every other axis is carried along. A series that never
changes holds no evidence about its own fluctuations: every function here answers NaN for it, and
the caller decides whether a frozen series is a ground state or a stuck chain.
"""

from mcsc.statistics.autocorrelation import autocorrelation_time
from mcsc.statistics.errors import (
    bin_means,
    bin_widening,
    block_rows,
    degrees_of_freedom,
    delete_one_means,
    fine_bins,
    jackknife,
    mean_error,
)
from mcsc.statistics.settling import half_difference, neighbour_correlation, r_hat

__all__ = [
    "autocorrelation_time",
    "bin_means",
    "bin_widening",
    "block_rows",
    "degrees_of_freedom",
    "delete_one_means",
    "fine_bins",
    "half_difference",
    "jackknife",
    "mean_error",
    "neighbour_correlation",
    "r_hat",
]
