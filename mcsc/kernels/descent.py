"""Steepest descent at zero temperature: the move that lowers the energy most, until none does.

Moves of one carrier are the changes of its state and the hops to every state of every empty well.
Where none of them helps, two carriers move at once, each to another state of its well or to a near
well: what one carrier cannot do because its neighbour is in the way. A configuration that is left
is stable against all of these moves.
"""

import numpy as np

from mcsc.kernels._jit import kernel, prange
from mcsc.kernels.potential import move_carrier, pair_energy, rebuild

# of the moves that are tried two by two, the cheapest ones: their pairs grow as the square
MOST_CANDIDATES = 2000


@kernel()
def place_carrier(tables, state, r, i, b):
    """Carrier ``i`` goes to state ``b`` of its own or of an empty well; energy is not touched."""
    carriers, slot, empty = state.carriers[r], state.slot[r], state.empty[r]
    a = carriers[i]
    move_carrier(tables, state.potential[r], a, b)
    old, new = tables.well[a], tables.well[b]
    if new != old:
        hole = slot[new]
        empty[-1 - hole] = old
        slot[new], slot[old] = i, hole
    carriers[i] = b


@kernel()
def best_move(tables, state, r):
    """The move of one carrier that changes the energy least: carrier, new state, change."""
    carriers, empty, phi = state.carriers[r], state.empty[r], state.potential[r]
    pair, quantum = tables.pair, tables.quantum
    start, outer, shape = tables.start, tables.outer, tables.shape
    n_carriers, stride = state.number[r], shape[3]
    n_empty = state.slot.shape[1] - n_carriers
    carrier, target, best = np.int64(-1), np.int64(-1), np.inf
    for i in range(n_carriers):
        a = np.int64(carriers[i])
        own = tables.well[a]
        for s in range(tables.states[own]):
            b = np.int64(tables.first[own] + s * stride)
            # a carrier does not act on the other states of its own well
            if b != a and phi[b] - phi[a] < best:
                carrier, target, best = np.int64(i), b, phi[b] - phi[a]
        for j in range(n_empty):
            w = empty[j]
            for s in range(tables.states[w]):
                b = np.int64(tables.first[w] + s * stride)
                change = phi[b] - phi[a] - pair_energy(pair, quantum, start, outer, shape, a, b)
                if change < best:
                    carrier, target, best = np.int64(i), b, change
    return carrier, target, best


@kernel()
def near_moves(tables, state, r):
    """Carriers, new states and energy changes of all changes of state and hops to near wells."""
    carriers, slot, phi = state.carriers[r], state.slot[r], state.potential[r]
    pair, quantum = tables.pair, tables.quantum
    start, outer, shape = tables.start, tables.outer, tables.shape
    n_carriers, n_near, stride = state.number[r], tables.near.shape[1], shape[3]
    room = n_carriers * (n_near + 1) * np.max(tables.states)
    moved, targets = np.empty(room, np.int64), np.empty(room, np.int64)
    changes = np.empty(room)
    n = 0
    for i in range(n_carriers):
        a = np.int64(carriers[i])
        own = np.int64(tables.well[a])
        for j in range(-1, n_near):
            w = own if j < 0 else np.int64(tables.near[own, j])
            if w < 0 or (j >= 0 and slot[w] >= 0):
                continue
            for s in range(tables.states[w]):
                b = np.int64(tables.first[w] + s * stride)
                if b == a:
                    continue
                moved[n], targets[n] = i, b
                changes[n] = phi[b] - phi[a]
                if j >= 0:
                    changes[n] -= pair_energy(pair, quantum, start, outer, shape, a, b)
                n += 1
    return moved[:n], targets[:n], changes[:n]


@kernel()
def coupling(tables, a, b, c, d):
    """What the moves a → b and c → d of two carriers cost more together than one by one."""
    pair, quantum = tables.pair, tables.quantum
    start, outer, shape = tables.start, tables.outer, tables.shape
    return (
        pair_energy(pair, quantum, start, outer, shape, b, d)
        + pair_energy(pair, quantum, start, outer, shape, a, c)
        - pair_energy(pair, quantum, start, outer, shape, b, c)
        - pair_energy(pair, quantum, start, outer, shape, a, d)
    )


@kernel()
def best_two_moves(tables, state, r):
    """The two near moves that together change the energy least: both, and the change."""
    moved, targets, changes = near_moves(tables, state, r)
    order = np.argsort(changes)[:MOST_CANDIDATES]
    carriers, well = state.carriers[r], tables.well
    first, second, best = np.int64(-1), np.int64(-1), np.inf
    for p in range(order.shape[0]):
        one = order[p]
        a, b = np.int64(carriers[moved[one]]), targets[one]
        for q in range(p):
            two = order[q]
            if moved[one] == moved[two] or well[b] == well[targets[two]]:
                continue
            c, d = np.int64(carriers[moved[two]]), targets[two]
            change = changes[one] + changes[two] + coupling(tables, a, b, c, d)
            if change < best:
                first, second, best = one, two, change
    if first < 0:
        return np.int64(0), np.int64(0), np.int64(0), np.int64(0), best
    return moved[first], targets[first], moved[second], targets[second], best


@kernel()
def descend(tables, state, r, least):
    """Lower the energy of replica r by steps larger than ``least``; returns their number."""
    steps = 0
    while True:
        carrier, target, change = best_move(tables, state, r)
        if change < -least:
            place_carrier(tables, state, r, carrier, target)
        else:
            i, b, j, d, change = best_two_moves(tables, state, r)
            if not change < -least:
                break
            place_carrier(tables, state, r, i, b)
            place_carrier(tables, state, r, j, d)
        steps += 1
    rebuild(tables, state, r)
    return steps


@kernel(parallel=True)
def quench(tables, state, least):
    """Descend in every replica, to where no move lowers the energy by more than ``least``.

    Returns: (R,) steps taken.
    """
    steps = np.zeros(state.energy.shape[0], np.int64)
    for p in prange(state.energy.shape[0]):
        r = np.int64(p)
        steps[r] = descend(tables, state, r, least)
    return steps
