"""Whether chains ran long enough: autocorrelation times, independent samples, agreement of halves.

The chains of one ladder are its independent annealings, one or several. A chain that is stuck looks
settled by itself: its halves agree and its autocorrelation time is short, for it fluctuates within
one valley only. A second annealing is stuck in another valley, and the ladder is glassy there. Two
numbers compare them: the difference of their means in standard errors, and the split R̂ of
:func:`mcsc.estimators.settling.r_hat` over the halves of all of them.

A. Gelman, D. B. Rubin, Stat. Sci. 7, 457 (1992), doi:10.1214/ss/1177011136 (R̂, independent starts).
"""

from collections.abc import Sequence
from itertools import combinations
from typing import Any

import numpy as np
import numpy.typing as npt

from mcsc.arrays import BoolArray, FloatArray
from mcsc.estimators.autocorrelation import autocorrelation_time
from mcsc.estimators.settling import half_differences, neighbour_correlation, r_hat
from mcsc.kernels.move_table import TABLE, Kind

Judged = dict[str, npt.NDArray[Any]]
"""values of the group ``health`` by name"""
Chain = dict[str, FloatArray]
"""(n, T) series of one annealing by name: energy, order, displacement and, if it changes, number"""

# a mean is trusted from this many independent samples on, if the halves agree to this many σ and
# neighbouring bins of a thirty-second of the run do not correlate more than this
MINIMUM_SAMPLES, MAXIMUM_Z, MAXIMUM_CORRELATION = 50.0, 4.0, 0.5
# how well energies have to be known, in units of k_B T
MAXIMUM_ERROR = 1e-3
# with fewer accepted moves of each carrier in the whole run, a temperature lives on exchange alone
MINIMUM_MOVES = 1.0
# variables that hold the autocorrelation times, in sweeps
_TIMES = {
    "energy": "tau_energy",
    "order": "tau_order",
    "displacement": "tau_displacement",
    "number": "tau_doping",
}


def compared_series(
    energy: FloatArray, order: FloatArray, parallel: FloatArray, number: FloatArray | None
) -> Chain:
    """Series (n, T) that are judged, rounded to what is motion.

    energy, number: Total energy, and the carriers where their number changes.
    order: (n, T, layers) m² of the leading channel, without layers where there is none.
    parallel: Mean displacement along the field, of any length.
    """
    # equal energies carried along different ways differ in their last digits: that is no motion
    scale = float(np.abs(energy).max()) or 1.0
    energy = np.asarray(np.round(energy / scale, 11))
    return {
        "energy": energy,
        "order": np.round(np.sqrt(order).mean(axis=2), 6) if order.shape[2] else energy,
        "displacement": np.round(parallel / (float(np.abs(parallel).max()) or 1.0), 6),
        **({} if number is None else {"number": number}),
    }


def convergence(
    chains: Sequence[Chain],
    swaps: FloatArray,
    acceptance: FloatArray,
    spacing: int,
    displaced: bool,
) -> Judged:
    """Values of the group ``health`` that follow from the series, by name.

    chains: The annealings.
    swaps: (T,) replicas exchanged between each temperature and the next higher one.
    acceptance: (T, moves) accepted share of the attempts of each move, NaN where it is not made.
    spacing: Sweeps between measurements.
    displaced: Whether carriers can be displaced.
    """
    times = [{k: autocorrelation_time(v) for k, v in chain.items()} for chain in chains]
    together = [np.stack([chain[name] for chain in chains]) for name in chains[0]]
    halves = np.stack([half_differences(series) for series in together], axis=1)
    tau = {name: _mean([time[name] for time in times]) for name in times[0]}
    worst = np.abs(np.nan_to_num(halves, nan=0.0, posinf=np.inf)).argmax(axis=0)
    z = np.take_along_axis(halves, worst[np.newaxis], axis=0)[0]
    sweeps = spacing * sum(len(chain["energy"]) for chain in chains)
    # what comes from the next rung is no motion of its own
    own = [move.kind is not Kind.RUNGS for move in TABLE[: acceptance.shape[1]]]
    still = np.nan_to_num(acceptance[:, own]).sum(axis=1) * sweeps < MINIMUM_MOVES
    samples = {
        name: _samples([c[name] for c in chains], t, swaps, still) for name, t in tau.items()
    }
    slow = np.array([neighbour_correlation(series) for series in together])
    if not displaced:
        del samples["displacement"]
    enough = np.min(list(samples.values()), axis=0) >= MINIMUM_SAMPLES
    agree = (np.abs(np.nan_to_num(z, nan=0.0, posinf=np.inf)) < MAXIMUM_Z).all(axis=0)
    agree &= (np.nan_to_num(slow) < MAXIMUM_CORRELATION).all(axis=0)
    return {
        **{_TIMES[name]: time * spacing for name, time in tau.items()},
        "half_difference": z.T,
        "converged": enough & agree,
    }


def resolved(energy: FloatArray, drifts: Sequence[float], thermal: FloatArray) -> BoolArray:
    """(T,) whether energies were known to a small part of k_B T.

    energy: (n, T) total energy, whose last digit is no finer than that of the potential of a
        carrier.
    drifts: Errors of carried energies and potentials that were found, energy.
    thermal: (T,) k_B T, energy.
    """
    error = np.max([*drifts, np.spacing(np.abs(energy).max())])
    return np.asarray(error < MAXIMUM_ERROR * thermal)


def _mean(values: Sequence[FloatArray]) -> FloatArray:
    """Mean over annealings, of those that have a value."""
    stacked = np.stack(values)
    count = np.isfinite(stacked).sum(axis=0)
    with np.errstate(invalid="ignore"):
        return np.asarray(np.where(np.isfinite(stacked), stacked, 0.0).sum(axis=0) / count)


def _samples(
    series: Sequence[FloatArray], tau: FloatArray, swaps: FloatArray, still: BoolArray
) -> FloatArray:
    """(T,) independent samples of one series of every chain.

    A series that is constant, or changes by exchange alone where no carrier moves, is that of a
    ground state or of stuck replicas. It is worth the replicas that came down from where things do
    change: no more than were exchanged on the way, and no more than were independent there.
    Replicas stuck side by side that are exchanged with each other only are worth nothing, however
    quickly they change places, unless nothing changes at any temperature.
    """
    samples = np.asarray(sum(len(values) for values in series) / (2 * tau))
    first = series[0][0, 0]
    if all((values == first).all() for values in series):
        return np.asarray(np.maximum(swaps, np.append(0.0, swaps[:-1])))
    come = 0.0
    for k in reversed(range(len(samples))):
        if np.isnan(samples[k]) or still[k]:
            samples[k] = np.fmin(samples[k], min(swaps[k], come))
        come = samples[k]
    return samples


# a customary bound; halves of 5 independent samples reach it by chance
MAXIMUM_R_HAT = 1.1


def agreement(chains: Sequence[Chain]) -> Judged:
    """Values of the group ``health`` that compare annealings, by name.

    chains: Series (n, T) of each, of equal lengths, at least two annealings; what a symmetry turns
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
