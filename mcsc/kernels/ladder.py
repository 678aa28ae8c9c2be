"""A temperature ladder: sweeps of all replicas in parallel, replica exchange, snapshots.

Each replica draws from its own stream and exchanges are decided on one thread from one more, so the
bits do not depend on the number of threads.

References
----------
K. Hukushima and K. Nemoto, J. Phys. Soc. Jpn. 65, 1604 (1996), doi:10.1143/JPSJ.65.1604.
"""

import numpy as np
import numpy.typing as npt

from mcsc.kernels._jit import get_num_threads, kernel, prange, take
from mcsc.kernels.collective import layer_shift, rigid_turn, row_shift
from mcsc.kernels.grand_canonical import insertions_removals
from mcsc.kernels.moves import changes_of_state, far_hops, near_hops
from mcsc.kernels.pair_hops import pair_hops
from mcsc.kernels.potential import rebuild
from mcsc.kernels.rng import high_below, next_word, uniform
from mcsc.kernels.tables import FloatArray, IntArray, State, Tables

# columns of State.tally after the pairs of the moves
EXCHANGE_ATTEMPTS, EXCHANGE_ACCEPTED, LAST_END, ROUND_TRIPS = 16, 17, 18, 19
TALLY_COLUMNS = 20


@kernel()
def sweep(tables, state, r, beta, mix, n):
    """``n`` sweeps of replica r.

    ``mix`` is a tuple of the usual moves (5,) and, if any is made, of the further ones (3,): what a
    task leaves out is not compiled. Of the moves of one carrier it holds the proposals a sweep, of
    the collective ones the mean number of sweeps between two, 0 for never. When one of these is due
    is drawn, not counted, so that a sweep is the same wherever it stands in a chain.
    """
    tally, s, usual = state.tally[state.rung[r]], state.rng[r], mix[0]
    for _ in range(n):
        tally[1] += near_hops(tables, state, r, beta, usual[0])
        tally[3] += far_hops(tables, state, r, beta, usual[1])
        tally[5] += changes_of_state(tables, state, r, beta, usual[2])
        if usual[3] > 0 and high_below(next_word(s), usual[3]) == 0:
            tally[6] += 1
            tally[7] += rigid_turn(tables, state, r, beta)
        if usual[4] > 0 and high_below(next_word(s), usual[4]) == 0:
            tally[8] += 1
            tally[9] += layer_shift(tables, state, r, beta)
        if len(mix) > 1:
            further_moves(tables, state, r, beta, mix[1], tally)
    tally[0] += n * usual[0]
    tally[2] += n * usual[1]
    tally[4] += n * usual[2]


@kernel()
def further_moves(tables, state, r, beta, mix, tally):
    """Of a sweep, what is made at fixed chemical potential or where it is asked for."""
    s = state.rng[r]
    tally[10] += mix[0]
    tally[11] += insertions_removals(tables, state, r, beta, mix[0])
    if mix[1] > 0 and high_below(next_word(s), mix[1]) == 0:
        tally[12] += 1
        tally[13] += row_shift(tables, state, r, beta)
    tally[14] += mix[2]
    tally[15] += pair_hops(tables, state, r, beta, mix[2])


@kernel()
def exchange(state, betas, parity):
    """Exchange neighbouring rungs with min(1, exp((β_t − β_u)(E_t − E_u))), u = t + 1."""
    replica, rung, tally = state.replica, state.rung, state.tally
    n, s = replica.shape[0], state.rng[replica.shape[0]]
    for t in range(parity, n - 1, 2):
        p, q = replica[t], replica[t + 1]
        gain = (betas[t] - betas[t + 1]) * (state.energy[p] - state.energy[q])
        tally[t, EXCHANGE_ATTEMPTS] += 1
        if gain >= 0.0 or uniform(s) < np.exp(gain):
            replica[t], replica[t + 1] = q, p
            rung[p], rung[q] = t + 1, t
            tally[t, EXCHANGE_ACCEPTED] += 1
    hot, cold = replica[n - 1], replica[0]
    tally[hot, LAST_END] = 1
    if tally[cold, LAST_END] == 1:
        tally[cold, ROUND_TRIPS] += 1
        tally[cold, LAST_END] = 0


def anneal(
    tables: Tables, state: State, betas: FloatArray, mix: npt.NDArray[np.int64], n: int
) -> None:
    """``n`` sweeps a replica at the inverse temperature ``betas`` of its rung, no exchange."""
    # one kernel does both: compiling a parallel loop takes longer than all that is in it
    nothing = (
        np.empty((1, len(betas), state.carriers.shape[1]), np.int32),
        np.empty((1, len(betas))),
    )
    _sweeps(tables, state, betas, _parts(mix), *_shared(betas), n, -1, 1, *nothing)


def run(
    tables: Tables,
    state: State,
    betas: FloatArray,
    mix: npt.NDArray[np.int64],
    interval: int,
    first_round: int,
    rounds: int,
    carriers: IntArray,
    energies: FloatArray,
) -> None:
    """Measure ``carriers.shape[0]`` times, ``rounds`` exchange rounds of ``interval`` sweeps apart.

    ``carriers`` (n, T, N) and ``energies`` (n, T) receive the snapshots by temperature index, with
    −1 after the last carrier where their number is not fixed;
    ``first_round`` keeps the alternation of even and odd exchanges across calls.
    """
    how = _parts(mix), *_shared(betas)
    _sweeps(tables, state, betas, *how, interval, first_round, rounds, carriers, energies)


def _parts(mix: npt.NDArray[np.int64]) -> tuple[npt.NDArray[np.int64], ...]:
    """The usual moves of ``mix``, and the further ones if any is made, see :func:`sweep`.

    ``mix`` (5,) to (8,) is in the order of ``MOVES``; what is left out at the end is not made.
    """
    further = np.zeros(3, np.int64)
    further[: len(mix) - 5] = mix[5:]
    return (mix[:5], further) if further.any() else (mix[:5],)


def _shared(betas: FloatArray) -> tuple[npt.NDArray[np.int64], int]:
    """Rungs in the order in which threads take them, the longest first, and how many threads do.

    Hot replicas move more than cold ones.
    """
    return np.argsort(betas, kind="stable"), get_num_threads()


@kernel(parallel=True)
def _sweeps(
    tables, state, betas, mix, order, threads, interval, first_round, rounds, carriers, energies
):
    """As :func:`run`, rungs in ``order``; no exchange if ``first_round`` is negative."""
    n_replicas = betas.shape[0]
    taken = np.zeros((energies.shape[0], rounds, 1), np.int64)
    for i in range(energies.shape[0]):
        for j in range(rounds):
            for _ in prange(threads):
                # a thread that is done takes the next: they need not be equally fast
                place = take(taken[i, j])
                while place < n_replicas:
                    r = np.int64(state.replica[order[place]])
                    sweep(tables, state, r, betas[state.rung[r]], mix, interval)
                    place = take(taken[i, j])
            if first_round >= 0:
                exchange(state, betas, (first_round + i * rounds + j) % 2)
        for t in range(n_replicas):
            here = np.int64(state.replica[t])
            filled = state.number[here]
            energies[i, t] = state.energy[here]
            # loops: numba takes seconds to compile the errors of unlike slices
            for c in range(carriers.shape[2]):
                carriers[i, t, c] = state.carriers[here, c] if c < filled else -1


@kernel()
def recompute(tables, state):
    """Rebuild potential and energy of every replica from its carriers."""
    # on one thread: a sweep takes longer, and a parallel loop seconds to compile
    for r in range(state.energy.shape[0]):
        rebuild(tables, state, r)
