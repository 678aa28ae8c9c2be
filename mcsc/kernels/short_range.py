"""A temperature ladder in vector lanes, for carriers that act on near neighbours only.

The counterpart of :mod:`mcsc.kernels.ladder` where nothing is long-ranged: a block of replicas
stands in lanes, a sweep is one heat bath of every well. Replicas are loaded from the chain's
:class:`~mcsc.kernels.tables.State` and written back to it. Each draws from its own stream and
visits the wells in the same order, so that neither threads nor the replicas beside it change a bit.
"""

from typing import Any

import numpy as np

from mcsc.kernels._jit import address, call, kernel, prange
from mcsc.kernels.grand_canonical import list_carriers
from mcsc.kernels.heat_bath_lanes import count_neighbours, draw, fill_or_empty, hold, local_energies
from mcsc.kernels.ladder import exchange
from mcsc.kernels.lanes import Lanes, Neighbours
from mcsc.kernels.move_table import ACCEPTED, ATTEMPTS
from mcsc.kernels.rng import WORDS
from mcsc.kernels.tables import FloatArray, State, Tables
from mcsc.kernels.vector import fill_uniform


@kernel()
def heat_baths(near, lanes, g, filled, n):
    """``n`` heat baths of every well of block g; where ``filled``, wells only change state."""
    _, states, terms, energies, begin, outer, inner, order = near
    octets, words, rng, beta = lanes.octets[g], lanes.words[g], lanes.rng[g], lanes.beta[g]
    changes, uniforms, counts = lanes.changes[g], lanes.uniforms[g], lanes.counts[g]
    count_words, phi, sums, chosen = (
        lanes.count_words[g],
        lanes.phi[g],
        lanes.sums[g],
        lanes.chosen[g],
    )
    n_base, n_planes, n_inner = states.shape[0], near.site.shape[1], order.shape[0]
    n_outer, skipped = outer.shape[0], 0 if filled else 1
    for sweep_and_outer in range(n * n_outer):
        o = sweep_and_outer % n_outer
        fill_uniform(rng, uniforms)
        for j in range(n_inner):
            i = order[j]
            for b in range(n_base):
                n_states, first, last = states[b], terms[b], terms[b + 1] - 1
                row, plane = i * n_base + b, ((o * n_inner + i) * n_base + b) * n_planes
                lone = n_planes + 1 + b * n_planes
                count_neighbours(begin, outer, inner, words, first, last + 1, o, i, count_words)
                if n_states == 1 and not filled:
                    local_energies(energies, counts, first, last, lone, 1, phi, 0)
                    a, energy, term = lone if first == last else 0, energies[last, 0], last - first
                    fill_or_empty(
                        energy, counts, term, phi, a, beta, uniforms, row, octets, plane, changes
                    )
                    continue
                local_energies(energies, counts, first, last + 1, lone, n_states, phi, skipped)
                if not filled:
                    phi[0, :] = 0.0
                draw(phi, n_states + skipped, beta, uniforms, row, sums, chosen)
                hold(octets, plane, n_states, skipped, chosen, changes)


@kernel()
def total_energy(near, lanes, g):
    """Energies of all lanes of a block, Σ_i ½ (phi[k_i] + site[k_i])."""
    _, states, terms, energies, begin, outer, inner, _ = near
    energy, phi, octets, words = lanes.energy[g], lanes.phi[g], lanes.octets[g], lanes.words[g]
    counts, count_words = lanes.counts[g], lanes.count_words[g]
    n_base, n_planes, n_inner = states.shape[0], near.site.shape[1], inner.shape[0]
    energy[:] = 0.0
    for o in range(outer.shape[0]):
        for i in range(n_inner):
            for b in range(n_base):
                first, end, lone = terms[b], terms[b + 1], n_planes + 1 + b * n_planes
                count_neighbours(begin, outer, inner, words, first, end, o, i, count_words)
                local_energies(energies, counts, first, end, lone, states[b], phi, 0)
                plane = ((o * n_inner + i) * n_base + b) * n_planes
                for s in range(states[b]):
                    for lane in range(energy.shape[0]):
                        held = np.float64(octets[plane + s, lane])
                        energy[lane] += held * (0.5 * (phi[s, lane] + phi[lone + s, lane]))


@kernel()
def load(tables, state, near, lanes, g):
    """Carriers and random streams of the replicas of block g from the state of the chain."""
    n_lanes, n_planes, n_inner = lanes.beta.shape[1], near.site.shape[1], tables.shape[3]
    octets = lanes.octets[g]
    octets[:, :] = 0
    for lane in range(min(n_lanes, state.number.shape[0] - g * n_lanes)):
        r = g * n_lanes + lane
        lanes.rng[g, :, lane] = state.rng[r, :WORDS]
        for i in range(state.number[r]):
            k = state.carriers[r, i]
            w = np.int64(tables.well[k])
            octets[w * n_planes + (k - tables.first[w]) // n_inner, lane] = 1


@kernel()
def store(tables, state, near, lanes, g):
    """Write what a chain holds of the replicas of block g, carriers in the order of their wells."""
    n_lanes, n_planes, n_inner = lanes.beta.shape[1], near.site.shape[1], tables.shape[3]
    octets, n_wells = lanes.octets[g], state.slot.shape[1]
    held = np.empty(n_wells, np.int32)
    for lane in range(min(n_lanes, state.number.shape[0] - g * n_lanes)):
        r = g * n_lanes + lane
        state.rng[r, :WORDS] = lanes.rng[g, :, lane]
        state.energy[r] = lanes.energy[g, lane]
        for w in range(n_wells):
            held[w] = -1
            for s in range(tables.states[w]):
                if octets[w * n_planes + s, lane]:
                    held[w] = tables.first[w] + s * n_inner
        list_carriers(state, r, held)


@kernel()
def sweeps(state, near, lanes, g, betas, filled, n):
    """``n`` sweeps of block g at the temperatures of its replicas, tallied; then its energies."""
    n_lanes, n_wells = lanes.beta.shape[1], state.slot.shape[1]
    here = min(n_lanes, state.number.shape[0] - g * n_lanes)
    attempts = ATTEMPTS.change_of_state if filled else ATTEMPTS.insert_remove
    accepted = ACCEPTED.change_of_state if filled else ACCEPTED.insert_remove
    for lane in range(here):
        lanes.beta[g, lane] = betas[state.rung[g * n_lanes + lane]]
    lanes.changes[g, :] = 0
    heat_baths(near, lanes, g, filled, n)
    total_energy(near, lanes, g)
    for lane in range(here):
        r = g * n_lanes + lane
        state.energy[r] = lanes.energy[g, lane]
        state.tally[state.rung[r], attempts] += n * n_wells
        state.tally[state.rung[r], accepted] += lanes.changes[g, lane]


@kernel()
def advance(tables, state, near, lanes, g, betas, filled, n, first, last):
    """``n`` sweeps of block g, loaded before if it is the ``first`` time, stored if ``last``."""
    if first:
        load(tables, state, near, lanes, g)
    sweeps(state, near, lanes, g, betas, filled, n)
    if last:
        store(tables, state, near, lanes, g)


def run(
    tables: Tables,
    state: State,
    near: Neighbours,
    lanes: Lanes,
    betas: FloatArray,
    filled: bool,
    alone: int,
    *schedule: Any,
) -> None:
    """``alone`` sweeps without exchange, then measurements as :func:`mcsc.kernels.ladder.run`.

    Without sweeps and measurements it computes the energies of the carriers.
    """
    made = address(advance, tables, state, near, lanes, 0, betas, filled, alone, True, True)
    _run(tables, state, near, lanes, betas, made, filled, alone, *schedule)


@kernel(parallel=True)
def _run(
    tables, state, near, lanes, betas, made, filled, alone, interval, first_round, rounds, carriers,
    energies,
):  # fmt: skip
    n_replicas, n_blocks = betas.shape[0], lanes.beta.shape[0]
    # one loop for all: compiling a parallel one takes longer than what is in it
    for j in range(-1, energies.shape[0] * rounds):
        first = j < 0
        last = first or j % rounds == rounds - 1
        n = alone if first else interval
        for p in prange(n_blocks):
            g = np.int64(p)
            call(made, (tables, state, near, lanes, g, betas, filled, n, first, last))
        if not first:
            exchange(state, betas, (), (first_round + j) % 2)
            if last:
                for t in range(n_replicas):
                    here = np.int64(state.replica[t])
                    number, i = state.number[here], j // rounds
                    energies[i, t] = state.energy[here]
                    for c in range(carriers.shape[2]):
                        carriers[i, t, c] = state.carriers[here, c] if c < number else -1
