"""Kinetic Monte Carlo: carriers hop to near wells and change their states in continuous time.

A carrier in state a goes to state b at the rate

    ν exp(−max(βΔ, 0))          Metropolis,
    ν exp(−β(barrier + ½Δ))     Arrhenius; without a barrier inside a well,

Δ = ΔE − qE·d being the change of energy less the work of the field over the distance d of the
wells' centres. ΔE = phi[b] − phi[a] − W[a, b] has the work inside the wells, −qE·Δu. ν is 1 for a
hop, to each state of the well it leads to, so that times are in units of 1/ν₀, and another number
for a change of state. Every event is one of these, drawn by its rate; none is rejected.

References
----------
A. B. Bortz, M. H. Kalos and J. L. Lebowitz, J. Comput. Phys. 17, 10 (1975),
doi:10.1016/0021-9991(75)90060-1.
"""

from typing import NamedTuple

import numpy as np
import numpy.typing as npt

from mcsc.kernels._jit import get_num_threads, kernel, prange, take
from mcsc.kernels.heat_bath import drawn
from mcsc.kernels.potential import move_among_partners, move_in_runs, pair_energy
from mcsc.kernels.rng import uniform
from mcsc.kernels.tables import FloatArray, IntArray, State, Tables
from mcsc.kernels.vector import exponential

# the exponential has no meaning below, and a rate so small is none
LOWEST, HIGHEST = -700.0, 700.0


class Hops(NamedTuple):
    """Near hops and changes of state; W wells, B and M of them and of states in a cell."""

    wells: IntArray
    """(W, n) wells that hops lead to, through every image once, −1 after the last."""
    steps: FloatArray
    """(B, n, 3) distance d from centre to centre."""
    along: FloatArray
    """(B, n) its component along the field."""
    pair: FloatArray
    """(M, n, S) W[a, b] of a hop from state a to each state b of its well, energy."""
    cell_state: IntArray
    """(K,) state of the cell that each state of the supercell is."""
    displacements: FloatArray
    """(M, 3) displacement u of each state of the cell."""
    slope: float
    """Of the exponent: 1, or ½ if activated."""
    barrier: float
    """Of hops, energy."""
    highest: float
    """Largest exponent: 0 of Metropolis rates."""
    state_rate: float
    """ln of the rate of changes of state, in units of that of hops."""


class Events(NamedTuple):
    """What R replicas went through in n intervals, one after the other."""

    elapsed: FloatArray
    """(R, n) time."""
    moved: FloatArray
    """(R, n, 3) Σ d over all hops."""
    displaced: FloatArray
    """(R, n, 3) Σ u over the carriers, at the end."""
    energy: FloatArray
    """(R, n) ∫ H dt."""
    hops: FloatArray
    """(R, n) number of hops."""
    changes: FloatArray
    """(R, n) number of changes of state."""


def events(n_replicas: int, n: int) -> Events:
    """Room for ``n`` intervals."""
    plain, vector = (n_replicas, n), (n_replicas, n, 3)
    return Events(*(np.zeros(s) for s in (plain, vector, vector, plain, plain, plain)))


class Workspace(NamedTuple):
    """Room for everything that can happen next, of every replica by itself."""

    rates: FloatArray
    """(R, C) rates, first the exponents."""
    target: IntArray
    """(R, C) state that an event leads to."""
    via: npt.NDArray[np.int16]
    """(R, C) hop that leads there, −1 for a change of state."""
    end: IntArray
    """(R, N) first event after those of each carrier."""
    total: FloatArray
    """(R, N) rate of each carrier."""


def workspace(state: State, hops: Hops) -> Workspace:
    """Room for the events of all replicas of a state."""
    n_replicas, n_carriers = state.carriers.shape
    room = (n_replicas, n_carriers * (hops.wells.shape[1] + 1) * hops.pair.shape[2])
    return Workspace(
        np.zeros(room),
        np.zeros(room, np.int32),
        np.zeros(room, np.int16),
        np.zeros((n_replicas, n_carriers), np.int32),
        np.zeros((n_replicas, n_carriers)),
    )


@kernel()
def list_events(tables, state, r, beta, strength, hops, room):
    """All that can happen next to replica r, with its rates; returns the sum of these."""
    carriers, slot, phi = state.carriers[r], state.slot[r], state.potential[r]
    rates, target, via = room.rates[r], room.target[r], room.via[r]
    well, first, states, stride = tables.well, tables.first, tables.states, tables.shape[3]
    n_base, n_hops = hops.steps.shape[0], hops.wells.shape[1]
    scale, offset = -beta * hops.slope, -beta * hops.barrier
    c = 0
    for i in range(state.number[r]):
        a = np.int64(carriers[i])
        old, m, here = np.int64(well[a]), hops.cell_state[a], phi[a]
        base = old % n_base
        for j in range(n_hops):
            new = np.int64(hops.wells[old, j])
            if new < 0:
                break
            if slot[new] >= 0:
                continue
            less = here + strength * hops.along[base, j]
            b = np.int64(first[new])
            for s in range(states[new]):
                x = offset + scale * (phi[b] - less - hops.pair[m, j, s])
                rates[c], target[c], via[c] = min(x, hops.highest), b, j
                c += 1
                b += stride
        b = np.int64(first[old])
        for _ in range(states[old]):
            if b != a:
                x = min(scale * (phi[b] - here), hops.highest)
                rates[c], target[c], via[c] = hops.state_rate + x, b, -1
                c += 1
            b += stride
        room.end[r, i] = c
    for k in range(c):
        x = rates[k]
        value = exponential(min(max(x, LOWEST), HIGHEST))
        rates[k] = value if x > LOWEST else 0.0
    total, k = 0.0, 0
    for i in range(state.number[r]):
        mine = 0.0
        while k < room.end[r, i]:
            mine += rates[k]
            k += 1
        room.total[r, i] = mine
        total += mine
    return total


@kernel()
def make_event(tables, state, r, hops, room, i, k, moved):
    """Let carrier ``i`` of replica r go through event ``k``; returns the change of energy."""
    carriers, slot, phi = state.carriers[r], state.slot[r], state.potential[r]
    pair, quantum, partners = tables.pair, tables.quantum, tables.partners
    start, outer, shape = tables.start, tables.outer, tables.shape
    a, b, j = np.int64(carriers[i]), np.int64(room.target[r, k]), np.int64(room.via[r, k])
    change = phi[b] - phi[a]
    if j >= 0:
        change -= pair_energy(pair, quantum, start, outer, shape, a, b)
        old, new = np.int64(tables.well[a]), np.int64(tables.well[b])
        hole = slot[new]
        state.empty[r, -1 - hole] = old
        slot[new], slot[old] = i, hole
        step = hops.steps[old % hops.steps.shape[0], j]
        for x in range(3):
            moved[x] += step[x]
    carriers[i] = b
    if partners.shape[1] > 0:
        move_among_partners(phi, pair, quantum, start, outer, shape, partners, a, b)
    else:
        move_in_runs(phi, pair, quantum, start, outer, shape, a, b)
    state.energy[r] += change
    return change


@kernel()
def go_through(tables, state, r, beta, strength, hops, room, duration, most, t, found):
    """Interval ``t`` of replica r: until a time has passed, or ``most`` events.

    Waiting has no memory, so that it may be cut off at the end of an interval and drawn anew.
    """
    s, now, count, energy, n_hops = state.rng[r], 0.0, 0, 0.0, 0
    n_carriers, moved = state.number[r], found.moved[r, t]
    while now < duration and count < most:
        total = list_events(tables, state, r, beta, strength, hops, room)
        wait = -np.log(1.0 - uniform(s)) / total if total > 0.0 else np.inf
        held = min(wait, duration - now)
        energy += held * state.energy[r]
        now += held
        if held < wait or total == 0.0:
            break
        mark, i = uniform(s) * total, 0
        while i < n_carriers - 1 and mark >= room.total[r, i]:
            mark -= room.total[r, i]
            i += 1
        # rounding of the sums can lead to one that cannot move
        while room.total[r, i] <= 0.0:
            i -= 1
        begin = np.int64(room.end[r, i - 1]) if i > 0 else 0
        n = np.int64(room.end[r, i]) - begin
        k = begin + drawn(room.rates[r, begin : begin + n], n, mark)
        n_hops += room.via[r, k] >= 0
        make_event(tables, state, r, hops, room, i, k, moved)
        count += 1
    found.elapsed[r, t], found.energy[r, t] = now, energy
    found.hops[r, t], found.changes[r, t] = n_hops, count - n_hops
    displaced = found.displaced[r, t]
    for i in range(n_carriers):
        m = hops.cell_state[state.carriers[r, i]]
        for x in range(3):
            displaced[x] += hops.displacements[m, x]


@kernel(parallel=True)
def _run(tables, state, betas, strength, hops, room, durations, most, order, threads, found):
    taken = np.zeros(1, np.int64)
    for _ in prange(threads):
        place = take(taken)
        while place < order.shape[0]:
            r = np.int64(order[place])
            for t in range(found.elapsed.shape[1]):
                go_through(
                    tables, state, r, betas[r], strength, hops, room, durations[r], most, t, found
                )
            place = take(taken)


def run(
    tables: Tables,
    state: State,
    betas: FloatArray,
    strength: float,
    hops: Hops,
    room: Workspace,
    durations: FloatArray,
    most: int,
    n: int,
) -> Events:
    """Intervals of kinetic Monte Carlo of all replicas, each from its own random stream.

    Parameters
    ----------
    tables
        With the field in the energies of displaced states.
    betas
        (R,) inverse temperature of each replica.
    strength
        Of the field along which :attr:`Hops.along` is.
    durations, most
        (R,) Time of an interval, in units of 1/ν₀, and events after which it ends before.
    n
        Number of intervals.
    """
    found = events(len(betas), n)
    order = np.argsort(betas, kind="stable")
    threads = get_num_threads()
    _run(tables, state, betas, strength, hops, room, durations, most, order, threads, found)
    return found
