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

from mcsc.kernels._jit import address, call, get_num_threads, kernel, prange, take
from mcsc.kernels.descent import place_carrier
from mcsc.kernels.heat_bath import drawn
from mcsc.kernels.potential import pair_energy
from mcsc.kernels.rng import uniform
from mcsc.kernels.tables import FloatArray, IntArray, State, Tables
from mcsc.kernels.vector import exponential

# the exponential has no meaning below, and a rate so small is none
LOWEST, HIGHEST = -700.0, 700.0
# rates in one partial sum
BLOCK = 16
U = np.uint64


class Hops(NamedTuple):
    """Near hops and changes of state in one field; B of W wells and M of K states are in a cell."""

    wells: IntArray
    """(W, n) wells that hops lead to, through every image once, −1 after the last."""
    steps: FloatArray
    """(B, n, 3) distance d from centre to centre."""
    lowered: FloatArray
    """(M, n S) W[a, b] + qE·d of a hop from state a, n after each other, to each state b of its
    well, energy."""
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
    """(R, C) rates, first the changes of energy less the work."""
    target: IntArray
    """(R, C) state that an event leads to."""
    code: IntArray
    """(R, C) carrier times n + 1, plus the number of its hop, or n for a change of state."""
    sums: FloatArray
    """(R, C / BLOCK or more) rates summed in blocks."""


def workspace(state: State, hops: Hops) -> Workspace:
    """Room for the events of all replicas of a state."""
    n_replicas, n_carriers = state.carriers.shape
    n = hops.wells.shape[1]
    room = (n_replicas, n_carriers * (n + 1) * (hops.lowered.shape[1] // n))
    sums = np.zeros((n_replicas, room[1] // BLOCK + 1))
    return Workspace(np.zeros(room), np.zeros(room, np.int32), np.zeros(room, np.int32), sums)


# Indices here are unsigned: of others numba asks every time whether they count from the end.
@kernel(inline="llvm")
def list_hops(tables, state, r, hops, room):
    """Hops that replica r can make, with their changes of energy; returns their number."""
    carriers, slot, phi = state.carriers[r], state.slot[r], state.potential[r]
    change, target, code = room.rates[r], room.target[r], room.code[r]
    well, first, states, stride = tables.well, tables.first, tables.states, U(tables.shape[3])
    wells, cell_state, lowered = hops.wells, hops.cell_state, hops.lowered
    n_hops, c = wells.shape[1], U(0)
    n_states = U(lowered.shape[1] // n_hops)
    for i in range(state.number[r]):
        a = U(carriers[i])
        here, near, row = phi[a], wells[U(well[a])], lowered[U(cell_state[a])]
        for j in range(n_hops):
            if near[j] < 0:
                break
            new = U(near[j])
            b, mark, k = U(first[new]), np.int32(i * (n_hops + 1) + j), U(j) * n_states
            # most wells have one state, and a loop over it takes as long as all else; what is not
            # counted is written over, because no processor foresees which wells are filled
            if states[new] == 1:
                change[c] = phi[b] - here - row[k]
                target[c], code[c] = b, mark
                c += U(slot[new] < 0)
                continue
            if slot[new] >= 0:
                continue
            for s in range(U(states[new])):
                change[c] = phi[b] - here - row[k + s]
                target[c], code[c] = b, mark
                c += U(1)
                b += stride
    return np.int64(c)


@kernel(inline="llvm")
def list_changes(tables, state, r, hops, room, begin):
    """As :func:`list_hops` for changes of state, from number ``begin`` on; returns the end."""
    carriers, phi = state.carriers[r], state.potential[r]
    change, target, code = room.rates[r], room.target[r], room.code[r]
    well, first, states, stride = tables.well, tables.first, tables.states, U(tables.shape[3])
    n_hops, c = hops.wells.shape[1], U(begin)
    for i in range(state.number[r]):
        a = U(carriers[i])
        here, b = phi[a], U(first[U(well[a])])
        for _ in range(states[U(well[a])]):
            if b != a:
                change[c] = phi[b] - here
                target[c], code[c] = b, np.int32(i * (n_hops + 1) + n_hops)
                c += U(1)
            b += stride
    return np.int64(c)


@kernel(inline="llvm")
def exponentials(rates, begin, end, scale, highest, offset):
    """exp(min(scale Δ, highest) + offset) in place of each Δ."""
    for k in range(begin, end):
        x = min(scale * rates[k], highest) + offset
        value = exponential(min(max(x, LOWEST), HIGHEST))
        rates[k] = value if x > LOWEST else 0.0


@kernel(inline="llvm")
def sum_in_blocks(rates, n, sums):
    """Sums of :data:`BLOCK` rates each; returns the sum of all."""
    total, whole = 0.0, n // BLOCK
    for q in range(whole):
        # four sums side by side: each addition waits for the one before
        s0, s1, s2, s3 = 0.0, 0.0, 0.0, 0.0
        for k in range(q * BLOCK, (q + 1) * BLOCK, 4):
            s0 += rates[k]
            s1 += rates[k + 1]
            s2 += rates[k + 2]
            s3 += rates[k + 3]
        sums[q] = (s0 + s1) + (s2 + s3)
        total += sums[q]
    rest = 0.0
    for k in range(whole * BLOCK, n):
        rest += rates[k]
    sums[whole] = rest
    return total + rest


@kernel(inline="llvm")
def list_events(tables, state, r, beta, hops, room):
    """All that can happen next to replica r, with its rates; their number and their sum."""
    n_hops = list_hops(tables, state, r, hops, room)
    n = list_changes(tables, state, r, hops, room, n_hops)
    rates, scale = room.rates[r], -beta * hops.slope
    exponentials(rates, 0, n_hops, scale, hops.highest, -beta * hops.barrier)
    exponentials(rates, n_hops, n, scale, hops.highest, hops.state_rate)
    return n, sum_in_blocks(rates, n, room.sums[r])


@kernel(inline="llvm")
def drawn_event(rates, sums, n, mark):
    """Event whose stretch of the summed rates holds ``mark``."""
    q, last = 0, n // BLOCK
    while q < last and mark >= sums[q]:
        mark -= sums[q]
        q += 1
    # rounding of the sums can lead to where nothing can happen
    while sums[q] <= 0.0:
        q -= 1
    begin, end = q * BLOCK, min((q + 1) * BLOCK, n)
    return begin + drawn(rates[begin:end], end - begin, mark)


@kernel(inline="llvm")
def make_event(tables, state, r, hops, room, k, moved):
    """Let replica r go through event ``k``; returns whether it is a hop."""
    phi, n_hops, code = state.potential[r], hops.wells.shape[1], np.int64(room.code[r, k])
    i, j = code // (n_hops + 1), code % (n_hops + 1)
    a, b = np.int64(state.carriers[r, i]), np.int64(room.target[r, k])
    change = phi[b] - phi[a]
    if j < n_hops:
        pair, quantum, shape = tables.pair, tables.quantum, tables.shape
        change -= pair_energy(pair, quantum, tables.start, tables.outer, shape, a, b)
        step = hops.steps[np.int64(tables.well[a]) % hops.steps.shape[0], j]
        for x in range(3):
            moved[x] += step[x]
    place_carrier(tables, state, r, i, b)
    state.energy[r] += change
    return j < n_hops


@kernel()
def go_through(tables, state, r, beta, hops, room, duration, most, t, found):
    """Interval ``t`` of replica r: until a time has passed, or ``most`` events.

    Waiting has no memory, so that it may be cut off at the end of an interval and drawn anew.
    """
    s, now, count, energy, n_hops = state.rng[r], 0.0, 0, 0.0, 0
    moved = found.moved[r, t]
    while now < duration and count < most:
        n, total = list_events(tables, state, r, beta, hops, room)
        wait = -np.log(1.0 - uniform(s)) / total if total > 0.0 else np.inf
        held = min(wait, duration - now)
        energy += held * state.energy[r]
        now += held
        if held < wait or total == 0.0:
            break
        k = drawn_event(room.rates[r], room.sums[r], n, uniform(s) * total)
        n_hops += make_event(tables, state, r, hops, room, k, moved)
        count += 1
    found.elapsed[r, t], found.energy[r, t] = now, energy
    found.hops[r, t], found.changes[r, t] = n_hops, count - n_hops
    displaced = found.displaced[r, t]
    for i in range(state.number[r]):
        m = hops.cell_state[state.carriers[r, i]]
        for x in range(3):
            displaced[x] += hops.displacements[m, x]


@kernel(parallel=True)
def _run(tables, state, betas, made, hops, room, durations, most, order, threads, found):
    taken = np.zeros(1, np.int64)
    for _ in prange(threads):
        place = take(taken)
        while place < order.shape[0]:
            r = np.int64(order[place])
            for t in range(found.elapsed.shape[1]):
                d = durations[r]
                call(made, (tables, state, r, betas[r], hops, room, d, most, t, found))
            place = take(taken)


def run(
    tables: Tables,
    state: State,
    betas: FloatArray,
    hops: Hops,
    room: Workspace,
    durations: FloatArray,
    most: int,
    n: int,
) -> Events:
    """Intervals of kinetic Monte Carlo of all replicas, each from its own random stream.

    tables: With the field in the energies of displaced states, as in ``hops``.
    betas: (R,) inverse temperature of each replica.
    durations, most: (R,) Time of an interval, in units of 1/ν₀, and events after which it ends
        before.
    n: Number of intervals.
    """
    found = events(len(betas), n)
    order = np.argsort(betas, kind="stable")
    threads = get_num_threads()
    made = address(go_through, tables, state, 0, 0.0, hops, room, 0.0, most, 0, found)
    _run(tables, state, betas, made, hops, room, durations, most, order, threads, found)
    return found
