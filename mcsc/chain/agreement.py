"""Whether independent annealings of one ladder found the same: if not, the ladder is glassy there.

A chain that is stuck looks settled by itself: its halves agree and its autocorrelation time is
short, for it fluctuates within one valley only. A second annealing is stuck in another valley. Two
numbers compare them: the difference of their means in standard errors, and the split R̂ of
:func:`mcsc.estimators.settling.r_hat` over the halves of all of them.

References
----------
A. Gelman, D. B. Rubin, Stat. Sci. 7, 457 (1992), doi:10.1214/ss/1177011136 (R̂, independent starts).
"""

from collections.abc import Sequence
from itertools import combinations

import numpy as np

from mcsc.chain.convergence import MAXIMUM_Z, Chain, FloatArray, Judged
from mcsc.estimators.autocorrelation import autocorrelation_time
from mcsc.estimators.settling import r_hat

# a customary bound; halves of 5 independent samples reach it by chance
MAXIMUM_R_HAT = 1.1


def agreement(chains: Sequence[Chain]) -> Judged:
    """Values of the group ``health`` that compare annealings, by name.

    Parameters
    ----------
    chains
        Series (n, T) of each, of equal lengths, at least two annealings; what a symmetry turns
        around, as a displacement without a field does, belongs in by its size alone.
    """
    names = list(chains[0])
    z = np.stack([_difference([chain[name] for chain in chains]) for name in names], axis=1)
    ratio = np.stack([r_hat(np.stack([c[name] for c in chains])) for name in names], axis=1)
    apart = (z > MAXIMUM_Z) | (np.nan_to_num(ratio, posinf=np.inf) > MAXIMUM_R_HAT)
    return {"annealing_difference": z, "r_hat": ratio, "glassy": np.asarray(apart.any(axis=1))}


def _difference(series: Sequence[FloatArray]) -> FloatArray:
    """(T,) largest difference of the means of two of them, in standard errors."""
    means = [values.mean(axis=0) for values in series]
    variances = [
        # a constant series has no error, and no autocorrelation time; by chance that of a short one
        # seems less than that of independent samples
        np.nan_to_num(np.maximum(2 * autocorrelation_time(values), 1.0))
        * values.var(axis=0)
        / len(values)
        for values in series
    ]
    scores = []
    for i, j in combinations(range(len(series)), 2):
        with np.errstate(divide="ignore", invalid="ignore"):
            scores.append(np.abs(means[i] - means[j]) / np.sqrt(variances[i] + variances[j]))
    return np.asarray(np.fmax.reduce(scores))
