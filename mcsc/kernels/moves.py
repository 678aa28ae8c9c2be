"""The three canonical moves of one carrier, each a loop over proposals.

Every proposal costs O(1): ΔE = phi[b] − phi[a] − W[a, b] for a carrier going from state a to b. An
accepted one adds W[b, :] − W[a, :] to the potential. Each move alone obeys detailed balance:

- near hop: a carrier, one of the ``n_near`` slots of its well, a state of the well there;
- far hop: a carrier, any empty well, a state of it (an exchange of carrier and hole);
- change of state: a carrier, another state of its own well.

Choosing a state of the new well among S_b and, on the way back, among S_a is balanced by the factor
S_b / S_a in the acceptance.
"""

import numpy as np

from mcsc.kernels._jit import kernel
from mcsc.kernels.rng import high_below, low_below, next_word, uniform

MOVES = ("near_hop", "far_hop", "change_of_state")


@kernel(inline="always")
def pair_energy(pair, start, outer, shape, a, b):
    """W[a, b], read from the run of state a that holds state b."""
    shift = outer[b] - outer[a]
    if shift < 0:
        shift += shape[0]
    return pair[start[a] + shift * shape[2] + b - outer[b] * shape[1]]


@kernel()
def move_potential(phi, pair, start, outer, shape, a, b):
    """phi[:] += W[b, :] − W[a, :], one contiguous run an outer slice."""
    n_outer, run, stride = shape[0], shape[1], shape[2]
    add, sub = start[b], start[a]
    oa, ob = outer[a], outer[b]
    for o in range(n_outer):
        db, da = o - ob, o - oa
        db += n_outer if db < 0 else 0
        da += n_outer if da < 0 else 0
        plus = pair[add + db * stride : add + db * stride + run]
        minus = pair[sub + da * stride : sub + da * stride + run]
        target = phi[o * run : (o + 1) * run]
        for j in range(run):
            target[j] += plus[j] - minus[j]


@kernel()
def add_carrier(phi, pair, start, outer, shape, b):
    """phi[:] += W[b, :]."""
    n_outer, run, stride = shape[0], shape[1], shape[2]
    for o in range(n_outer):
        d = o - outer[b]
        d += n_outer if d < 0 else 0
        plus = pair[start[b] + d * stride : start[b] + d * stride + run]
        target = phi[o * run : (o + 1) * run]
        for j in range(run):
            target[j] += plus[j]


@kernel(inline="always")
def accepted(cost, s):
    """Metropolis decision for ``cost`` = βΔE − ln(ratio of proposal rates)."""
    # e⁻⁴⁰ is below the resolution of the 53-bit uniform
    return cost <= 0.0 or (cost < 40.0 and uniform(s) < np.exp(-cost))


@kernel()
def near_hops(tables, state, r, beta, n):
    """``n`` attempts to hop to a near well; returns the number accepted."""
    carriers, slot, empty = state.carriers[r], state.slot[r], state.empty[r]
    phi, s = state.potential[r], state.rng[r]
    pair, start, outer, shape = tables.pair, tables.start, tables.outer, tables.shape
    well, first, states, near = tables.well, tables.first, tables.states, tables.near
    n_carriers, n_near = carriers.shape[0], near.shape[1]
    count, energy = 0, 0.0
    for _ in range(n):
        word = next_word(s)
        i = high_below(word, n_carriers)
        a = carriers[i]
        old = well[a]
        new = near[old, low_below(word, n_near)]
        if new < 0 or slot[new] >= 0:
            continue
        b, weight = first[new], 0.0
        if states[new] > 1:
            b += high_below(next_word(s), states[new]) * shape[3]
        if states[new] != states[old]:
            weight = np.log(states[new] / states[old])
        change = phi[b] - phi[a] - pair_energy(pair, start, outer, shape, a, b)
        if accepted(beta * change - weight, s):
            move_potential(phi, pair, start, outer, shape, a, b)
            hole = slot[new]
            carriers[i], empty[-1 - hole] = b, old
            slot[new], slot[old] = i, hole
            energy += change
            count += 1
    state.energy[r] += energy
    return count


@kernel()
def far_hops(tables, state, r, beta, n):
    """``n`` attempts to hop to any empty well; returns the number accepted."""
    carriers, slot, empty = state.carriers[r], state.slot[r], state.empty[r]
    phi, s = state.potential[r], state.rng[r]
    pair, start, outer, shape = tables.pair, tables.start, tables.outer, tables.shape
    well, first, states = tables.well, tables.first, tables.states
    n_carriers, n_empty = carriers.shape[0], empty.shape[0]
    count, energy = 0, 0.0
    if n_empty == 0:
        return count
    for _ in range(n):
        word = next_word(s)
        i = high_below(word, n_carriers)
        j = low_below(word, n_empty)
        a, new = carriers[i], empty[j]
        b, weight = first[new], 0.0
        old = well[a]
        if states[new] > 1:
            b += high_below(next_word(s), states[new]) * shape[3]
        if states[new] != states[old]:
            weight = np.log(states[new] / states[old])
        change = phi[b] - phi[a] - pair_energy(pair, start, outer, shape, a, b)
        if accepted(beta * change - weight, s):
            move_potential(phi, pair, start, outer, shape, a, b)
            carriers[i], empty[j] = b, old
            slot[new], slot[old] = i, -1 - j
            energy += change
            count += 1
    state.energy[r] += energy
    return count


@kernel()
def changes_of_state(tables, state, r, beta, n):
    """``n`` attempts to displace a carrier within its well; returns the number accepted."""
    carriers, phi, s = state.carriers[r], state.potential[r], state.rng[r]
    pair, start, outer, shape = tables.pair, tables.start, tables.outer, tables.shape
    well, first, states = tables.well, tables.first, tables.states
    n_carriers = carriers.shape[0]
    count, energy = 0, 0.0
    for _ in range(n):
        word = next_word(s)
        i = high_below(word, n_carriers)
        a = carriers[i]
        w = well[a]
        if states[w] < 2:
            continue
        b = first[w] + low_below(word, states[w] - 1) * shape[3]
        if b >= a:
            b += shape[3]
        # carriers never share a well, so W[a, b] = 0 here
        change = phi[b] - phi[a]
        if accepted(beta * change, s):
            move_potential(phi, pair, start, outer, shape, a, b)
            carriers[i] = b
            energy += change
            count += 1
    state.energy[r] += energy
    return count
