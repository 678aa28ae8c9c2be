"""The canonical moves of one carrier, each a loop over proposals.

A proposal costs O(1): ΔE = phi[b] − phi[a] − W[a, b] for a carrier going from state a to b. An
accepted one adds W[b, :] − W[a, :] to the potential. Each move alone obeys detailed balance:

- near hop: a carrier, one of the ``n_near`` slots of its well;
- far hop: a carrier, any empty well (an exchange of carrier and hole);
- change of state: a carrier, a state of its own well drawn with its Boltzmann weight.

The state in the well that a hop leads to is drawn with its Boltzmann weight too, and the wells
compete with their partition sums over states; see :mod:`mcsc.kernels.heat_bath`. Between wells of
one state that is Metropolis.
"""

import numpy as np

from mcsc.kernels._jit import kernel
from mcsc.kernels.heat_bath import chosen_hop, chosen_state
from mcsc.kernels.potential import move_among_partners, move_in_runs, pair_energy
from mcsc.kernels.rng import high_below, low_below, next_word, uniform

# e⁻⁴⁰ is below the resolution of the 53-bit uniform
NEVER = 40.0
# up to one accepted hop in so many, most rejections are told without W[a, b]
COLD = 32
# partners of which a list is searched sooner than the table is read
FEW = 16


@kernel(inline="always")
def accepted(cost, s):
    """Metropolis decision for ``cost`` = βΔE."""
    return cost <= 0.0 or (cost < NEVER and below_exp(uniform(s), cost))


@kernel(inline="always")
def below_exp(u, cost):
    """u < e^(−cost), mostly without the exponential."""
    return not beyond(u, cost) and u < np.exp(-cost)


@kernel(inline="always")
def beyond(u, cost):
    """Whether the first terms of e^cost, cost > 0, suffice to tell that u > e^(−cost)."""
    series = 1.0 + cost * (1.0 + cost * (1 / 2 + cost * (1 / 6 + cost * (1 / 24))))
    # by far more than what rounding can do to either side
    return u * series > 1.000000001


@kernel(inline="always")
def drawn_early(s, least, most):
    """The uniform that decides, if ΔE between βΔE = ``least`` and ``most`` needs one; else −1."""
    return uniform(s) if least > 0.0 and most < NEVER else -1.0


@kernel(inline="always")
def decided(u, cost, s):
    """As :func:`accepted`, with the uniform ``u`` if it has been drawn."""
    return cost <= 0.0 or (cost < NEVER and below_exp(uniform(s) if u < 0.0 else u, cost))


@kernel()
def near_hops(tables, state, r, beta, n):
    """``n`` attempts to hop to a near well; returns the number accepted."""
    carriers, slot, empty = state.carriers[r], state.slot[r], state.empty[r]
    phi, s, weights = state.potential[r], state.rng[r], state.scratch[r]
    pair, quantum, partners = tables.pair, tables.quantum, tables.partners
    start, outer, shape = tables.start, tables.outer, tables.shape
    lowest, highest = tables.bounds[0], tables.bounds[1]
    well, first, states, near = tables.well, tables.first, tables.states, tables.near
    n_carriers, n_near = state.number[r], near.shape[1]
    count, energy = 0, 0.0
    if n_carriers == 0:
        return count
    for t in range(n):
        word = next_word(s)
        i = high_below(word, n_carriers)
        a = carriers[i]
        old = well[a]
        new = near[old, low_below(word, n_near)]
        if new < 0 or slot[new] >= 0:
            continue
        b = np.int64(first[new])
        gap, u = phi[b] - phi[first[old]], -1.0
        if COLD * count <= t:
            least = beta * (gap - highest)
            u = drawn_early(s, least, beta * (gap - lowest))
            if u >= 0.0 and beyond(u, least):
                continue
        change = gap - pair_energy(pair, quantum, start, outer, shape, a, b)
        if not decided(u, beta * change, s):
            continue
        if states[new] + states[old] > 2:
            b = chosen_hop(tables, phi, weights, s, beta, a, old, new, change)
            if b < 0:
                continue
            change = phi[b] - phi[a] - pair_energy(pair, quantum, start, outer, shape, a, b)
        if partners.shape[1] > 0:
            move_among_partners(phi, pair, quantum, start, outer, shape, partners, a, b)
        else:
            move_in_runs(phi, pair, quantum, start, outer, shape, a, b)
        hole = slot[new]
        carriers[i], empty[-1 - hole] = b, old
        slot[new], slot[old] = i, hole
        energy += change
        count += 1
    state.energy[r] += energy
    return count


@kernel()
def far_hops_among_few(tables, state, r, beta, n):
    """:func:`far_hops` with the same bits where wells have one state and few partners.

    What it reads of a well stands in few lines of memory, and none of the large tables is read.
    """
    carriers, slot, empty = state.carriers[r], state.slot[r], state.empty[r]
    phi, s, first, well = state.potential[r], state.rng[r], tables.first, tables.well
    quantum, partners, n_carriers = tables.quantum, tables.partners, state.number[r]
    n_empty, z, count, energy = slot.shape[0] - n_carriers, partners.shape[1], 0, 0.0
    for _ in range(n):
        word = next_word(s)
        i, j = high_below(word, n_carriers), low_below(word, n_empty)
        a, new = np.int64(carriers[i]), empty[j]
        b, between = np.int64(first[new]), 0
        for p in range(z):
            between += partners[a, p, 1] if partners[a, p, 0] == b else 0
        change = phi[b] - phi[a] - quantum * between
        if not accepted(beta * change, s):
            continue
        # in two steps, for all sums are exact
        for p in range(z):
            phi[partners[b, p, 0]] += quantum * partners[b, p, 1]
        for p in range(z):
            phi[partners[a, p, 0]] -= quantum * partners[a, p, 1]
        old = well[a]
        carriers[i], empty[j] = b, old
        slot[new], slot[old] = i, -1 - j
        energy += change
        count += 1
    state.energy[r] += energy
    return count


@kernel()
def far_hops(tables, state, r, beta, n):
    """``n`` attempts to hop to any empty well; returns the number accepted."""
    carriers, slot, empty = state.carriers[r], state.slot[r], state.empty[r]
    phi, s, weights = state.potential[r], state.rng[r], state.scratch[r]
    pair, quantum, partners = tables.pair, tables.quantum, tables.partners
    start, outer, shape = tables.start, tables.outer, tables.shape
    lowest, highest = tables.bounds[0], tables.bounds[1]
    well, first, states = tables.well, tables.first, tables.states
    n_carriers = state.number[r]
    n_empty = slot.shape[0] - n_carriers
    count, energy = 0, 0.0
    if n_carriers == 0 or n_empty == 0:
        return count
    if shape[8] and 0 < partners.shape[1] <= FEW and tables.site.shape[0] == slot.shape[0]:
        return far_hops_among_few(tables, state, r, beta, n)
    for t in range(n):
        word = next_word(s)
        i = high_below(word, n_carriers)
        j = low_below(word, n_empty)
        a, new = carriers[i], empty[j]
        old = well[a]
        b = np.int64(first[new])
        gap, u = phi[b] - phi[first[old]], -1.0
        if COLD * count <= t:
            least = beta * (gap - highest)
            u = drawn_early(s, least, beta * (gap - lowest))
            if u >= 0.0 and beyond(u, least):
                continue
        change = gap - pair_energy(pair, quantum, start, outer, shape, a, b)
        if not decided(u, beta * change, s):
            continue
        if states[new] + states[old] > 2:
            b = chosen_hop(tables, phi, weights, s, beta, a, old, new, change)
            if b < 0:
                continue
            change = phi[b] - phi[a] - pair_energy(pair, quantum, start, outer, shape, a, b)
        if partners.shape[1] > 0:
            move_among_partners(phi, pair, quantum, start, outer, shape, partners, a, b)
        else:
            move_in_runs(phi, pair, quantum, start, outer, shape, a, b)
        carriers[i], empty[j] = b, old
        slot[new], slot[old] = i, -1 - j
        energy += change
        count += 1
    state.energy[r] += energy
    return count


@kernel()
def changes_of_state(tables, state, r, beta, n):
    """``n`` draws of a carrier's state within its well; returns how many changed it."""
    carriers, phi, s = state.carriers[r], state.potential[r], state.rng[r]
    pair, quantum, partners = tables.pair, tables.quantum, tables.partners
    start, outer, shape = tables.start, tables.outer, tables.shape
    well, first, states, weights = tables.well, tables.first, tables.states, state.scratch[r]
    n_carriers = state.number[r]
    count, energy = 0, 0.0
    if n_carriers == 0:
        return count
    for _ in range(n):
        i = high_below(next_word(s), n_carriers)
        a = carriers[i]
        w = well[a]
        if states[w] < 2:
            continue
        b = chosen_state(phi, weights, s, beta, a, first[w], states[w], shape[3])
        if b == a:
            continue
        # carriers never share a well, so W[a, b] = 0 here
        energy += phi[b] - phi[a]
        if partners.shape[1] > 0:
            move_among_partners(phi, pair, quantum, start, outer, shape, partners, a, b)
        else:
            move_in_runs(phi, pair, quantum, start, outer, shape, a, b)
        carriers[i] = b
        count += 1
    state.energy[r] += energy
    return count
