"""Numbers with errors from the series of one ladder, and of several sizes (`scaling`).

Errors of correlated series: bins, jackknife, autocorrelation times, whether a chain has settled.
Time runs along axis 0 of a series (axis 1 for `r_hat`); every other axis is carried along. A series
that never changes holds no evidence about its own fluctuations: all of these answer NaN for it, and
the caller decides whether a frozen series is a ground state or a stuck chain.

Transition temperatures: reweighting, peaks, crossings, thresholds. Every function takes plain
arrays, or a `Ladder` of energies and order parameters.
"""
