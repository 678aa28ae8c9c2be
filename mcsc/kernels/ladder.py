"""A temperature ladder: sweeps of all replicas in parallel, replica exchange, snapshots.

Each replica draws from its own stream and exchanges are decided on one thread from one more, so the
bits do not depend on the number of threads.

References
----------
K. Hukushima and K. Nemoto, J. Phys. Soc. Jpn. 65, 1604 (1996), doi:10.1143/JPSJ.65.1604.
"""

from collections.abc import Sequence

import numpy as np
import numpy.typing as npt

from mcsc.kernels._jit import address, call, get_num_threads, kernel, prange, take
from mcsc.kernels.collective import layer_shift, rigid_turn, row_shift
from mcsc.kernels.expanded import come_and_go, weight_of
from mcsc.kernels.grand_canonical import insertions_removals
from mcsc.kernels.layer_exchange import layer_exchange
from mcsc.kernels.move_table import (
    ACCEPTED,
    ATTEMPTS,
    FROM_COLD,
    FROM_HOT,
    LAST_END,
    PROPOSED,
    ROUND_TRIPS,
    TABLE,
    WAITED,
    Kind,
)
from mcsc.kernels.moves import changes_of_state, far_hops, near_hops
from mcsc.kernels.pair_hops import pair_hops
from mcsc.kernels.potential import rebuild
from mcsc.kernels.rng import high_below, next_word, uniform
from mcsc.kernels.tables import FloatArray, IntArray, State, Tables
from mcsc.kernels.waiting_hops import waiting_hops
from mcsc.kernels.window import Window

# of the near hops of a sweep one in so many is left where carriers wait, for their accepted share
RARELY = 8


@kernel(inline="always")
def due(s, period):
    """Whether a move that is made once in ``period`` sweeps is made now; never for 0.

    That is drawn, not counted, so that a sweep is the same wherever it stands in a chain.
    """
    return period > 0 and high_below(next_word(s), period) == 0


@kernel()
def sweep(tables, state, r, beta, mix, filling, window, n):
    """``n`` sweeps of replica r.

    mix: How often each move is made, a :data:`~mcsc.kernels.move_table.Mix`.
    filling: The same again for the moves that change the number of carriers; ``()`` where none
        does: what is left out is not compiled.
    window: Of an expanded ensemble its :class:`~mcsc.kernels.expanded.Window`; ``()`` elsewhere.
    """
    tally, s = state.tally[state.rung[r]], state.rng[r]
    # where carriers wait, they hop by that
    rare = (1 - RARELY) * mix.near_hop // RARELY if tally[WAITED] > 0 else 0
    for _ in range(n):
        tally[ACCEPTED.near_hop] += near_hops(tables, state, r, beta, mix.near_hop + rare)
        tally[ACCEPTED.far_hop] += far_hops(tables, state, r, beta, mix.far_hop)
        tally[ACCEPTED.change_of_state] += changes_of_state(
            tables, state, r, beta, mix.change_of_state
        )
        if due(s, mix.rigid_turn):
            tally[ATTEMPTS.rigid_turn] += 1
            tally[ACCEPTED.rigid_turn] += rigid_turn(tables, state, r, beta)
        if due(s, mix.layer_shift):
            tally[ATTEMPTS.layer_shift] += 1
            tally[ACCEPTED.layer_shift] += layer_shift(tables, state, r, beta)
        if len(filling) > 0:
            tally[ACCEPTED.insert_remove] += insertions_removals(
                tables, state, r, beta, filling.insert_remove
            )
        if due(s, mix.row_shift):
            tally[ATTEMPTS.row_shift] += 1
            tally[ACCEPTED.row_shift] += row_shift(tables, state, r, beta)
        tally[ACCEPTED.pair_hop] += pair_hops(tables, state, r, beta, mix.pair_hop)
        if len(window) > 0:
            tally[ACCEPTED.come_and_go] += come_and_go(tables, state, r, beta, window)
    for move in PROPOSED:
        tally[ATTEMPTS[move]] += n * mix[move]
    tally[ATTEMPTS.near_hop] += n * rare


@kernel()
def wait(tables, state, r, beta):
    """Waiting hops of replica r, counted as the proposals of the sweeps they stand for."""
    tally = state.tally[state.rung[r]]
    if tally[WAITED] > 0:
        tally[ATTEMPTS.waiting_hop] += tally[WAITED] * state.number[r]
        tally[ACCEPTED.waiting_hop] += waiting_hops(tables, state, r, beta, tally[WAITED])


@kernel()
def exchange(state, betas, window, parity):
    """Exchange neighbouring rungs with min(1, exp((β_t − β_u)(E_t − E_u))), u = t + 1.

    In an expanded ensemble the weights of both numbers of carriers on both rungs count too.
    """
    replica, rung, tally = state.replica, state.rung, state.tally
    last, s = replica.shape[0] - 1, state.rng[replica.shape[0]]
    for t in range(parity, last, 2):
        p, q = replica[t], replica[t + 1]
        gain = (betas[t] - betas[t + 1]) * (state.energy[p] - state.energy[q])
        if len(window) > 0:
            n, m = state.number[p], state.number[q]
            gain += weight_of(window, t, m) - weight_of(window, t, n)
            gain += weight_of(window, t + 1, n) - weight_of(window, t + 1, m)
        tally[t, ATTEMPTS.exchange] += 1
        if gain >= 0.0 or uniform(s) < np.exp(gain):
            replica[t], replica[t + 1] = q, p
            rung[p], rung[q] = t + 1, t
            tally[t, ACCEPTED.exchange] += 1
    hot, cold = replica[last], replica[0]
    tally[hot, LAST_END] = 1
    if tally[cold, LAST_END] == 1:
        tally[cold, ROUND_TRIPS] += 1
    tally[cold, LAST_END] = 2
    for t in range(last + 1):
        end = tally[replica[t], LAST_END]
        tally[t, FROM_HOT] += end == 1
        tally[t, FROM_COLD] += end == 2


@kernel()
def exchange_parts(tables, state, betas, mix, window, parity):
    """What else neighbouring rungs exchange, when it is due; pairs as in :func:`exchange`."""
    n = state.replica.shape[0]
    for t in range(parity, n - 1, 2):
        s = state.rng[n]
        if due(s, mix.layer_exchange):
            p, q = np.int64(state.replica[t]), np.int64(state.replica[t + 1])
            state.tally[t, ATTEMPTS.layer_exchange] += 1
            state.tally[t, ACCEPTED.layer_exchange] += layer_exchange(
                tables, state, p, q, betas[t], betas[t + 1], s, window, t
            )


@kernel()
def exchange_among(tables, state, beta, members):
    """Every replica tries to exchange a layer with another of its population, drawn from all.

    Populations of ``members`` replicas, all of one temperature, follow one another; each replica
    draws from its own stream.
    """
    for r in range(state.energy.shape[0]):
        p, t = np.int64(r), np.int64(state.rung[r])
        further = 1 + high_below(next_word(state.rng[p]), members - 1)
        q = p - p % members + (p + further) % members
        state.tally[t, ATTEMPTS.layer_exchange] += 1
        state.tally[t, ACCEPTED.layer_exchange] += layer_exchange(
            tables, state, p, q, beta, beta, state.rng[p], (), t
        )


def anneal(tables: Tables, state: State, betas: FloatArray, mix: Sequence[int], n: int) -> None:
    """``n`` sweeps a replica at the inverse temperature ``betas`` of its rung, no exchange."""
    # one kernel does both: compiling a parallel loop takes longer than all that is in it
    nothing = (
        np.empty((1, len(betas), state.carriers.shape[1]), np.int32),
        np.empty((1, len(betas))),
    )
    how = *_parts(mix), ()
    made = address(sweep, tables, state, 0, 0.0, *how[:2], (), n)
    _sweeps(tables, state, betas, made, *how, *_shared(betas), n, -1, 1, *nothing)


def run(
    tables: Tables,
    state: State,
    betas: FloatArray,
    mix: Sequence[int],
    interval: int,
    first_round: int,
    rounds: int,
    carriers: IntArray,
    energies: FloatArray,
    window: Window | tuple[()] = (),
) -> None:
    """Measure ``carriers.shape[0]`` times, ``rounds`` exchange rounds of ``interval`` sweeps apart.

    ``carriers`` (n, T, N) and ``energies`` (n, T) receive the snapshots by temperature index, with
    −1 after the last carrier where their number is not fixed; ``mix`` is a
    :data:`~mcsc.kernels.move_table.Mix`; ``first_round`` keeps the alternation of even and odd
    exchanges across calls; carriers come and go within a ``window``.
    """
    how = *_parts(mix), window
    made = address(sweep, tables, state, 0, 0.0, *how[:2], window, interval)
    rest = interval, first_round, rounds, carriers, energies
    _sweeps(tables, state, betas, made, *how, *_shared(betas), *rest)


def _parts(mix: Sequence[int]) -> tuple[Sequence[int], ...]:
    """The arguments ``mix`` to ``waiting`` of :func:`_sweeps`: the mix, and where it is needed."""
    made = {move.kind for move, n in zip(TABLE, mix, strict=True) if n > 0}
    return mix, *(mix if kind in made else () for kind in (Kind.WELL, Kind.RUNGS, Kind.WAITING))


def _shared(betas: FloatArray) -> tuple[npt.NDArray[np.int64], int]:
    """Rungs in the order in which threads take them, the longest first, and how many threads do.

    Hot replicas move more than cold ones.
    """
    return np.argsort(betas, kind="stable"), get_num_threads()


@kernel(parallel=True)
def _sweeps(
    tables,
    state,
    betas,
    made,
    mix,
    filling,
    between,
    waiting,
    window,
    order,
    threads,
    interval,
    first_round,
    rounds,
    carriers,
    energies,
):
    """As :func:`run`, rungs in ``order``; no exchange if ``first_round`` is negative.

    made: Address of :func:`sweep`.
    """
    n_replicas = betas.shape[0]
    taken = np.zeros((energies.shape[0], rounds, 1), np.int64)
    for i in range(energies.shape[0]):
        for j in range(rounds):
            for _ in prange(threads):
                # a thread that is done takes the next: they need not be equally fast
                place = take(taken[i, j])
                while place < n_replicas:
                    r = np.int64(state.replica[order[place]])
                    beta = betas[state.rung[r]]
                    call(made, (tables, state, r, beta, mix, filling, window, interval))
                    if len(waiting) > 0:
                        wait(tables, state, r, beta)
                    place = take(taken[i, j])
            if first_round >= 0:
                parity = (first_round + i * rounds + j) % 2
                exchange(state, betas, window, parity)
                if len(between) > 0:
                    exchange_parts(tables, state, betas, between, window, parity)
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
