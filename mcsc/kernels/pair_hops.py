"""Two near carriers hop at once: what neither does alone, because the other is in its way.

The second one may follow the first into the well it leaves, make room for it, or hop beside it.
"""

import numpy as np

from mcsc.kernels._jit import kernel
from mcsc.kernels.descent import coupling, place_carrier
from mcsc.kernels.moves import accepted
from mcsc.kernels.potential import pair_energy
from mcsc.kernels.rng import high_below, low_below, next_word


@kernel(inline="always")
def times_near(near, one, other, w):
    """How often well ``w`` is among the near wells of two wells."""
    count = 0
    for j in range(near.shape[1]):
        count += (near[one, j] == w) + (near[other, j] == w)
    return count


@kernel()
def pair_hops(tables, state, r, beta, n):
    """``n`` attempts of two near carriers to hop at once; returns the number accepted.

    A carrier and a near well of its own are drawn, A → B; a well C from the near ones of A and of B
    together, which must hold another carrier; a near well of C, D; and a state of B and one of D.
    B has to be empty or C, and D empty or A, but not both wells the other's. With g(w) the times
    that w is near A or B and S the numbers of states, the hops are accepted with

        min(1, exp(−βΔE) g(D)/g(C) S_B S_D/(S_A S_C)),

    for the way back draws B → A with the same chance, then D among the same g, and the old states.
    """
    carriers, slot, phi, s = state.carriers[r], state.slot[r], state.potential[r], state.rng[r]
    pair, quantum = tables.pair, tables.quantum
    start, outer, shape = tables.start, tables.outer, tables.shape
    well, first, states, near = tables.well, tables.first, tables.states, tables.near
    n_carriers, n_near, stride = np.int64(state.number[r]), near.shape[1], shape[3]
    count, energy = 0, 0.0
    if n_carriers < 2:
        return count
    for _ in range(n):
        word = next_word(s)
        i = high_below(word, n_carriers)
        a = np.int64(carriers[i])
        well_a = np.int64(well[a])
        well_b = np.int64(near[well_a, low_below(word, n_near)])
        if well_b < 0:
            continue
        word = next_word(s)
        j = high_below(word, 2 * n_near)
        well_c = np.int64(near[well_a, j] if j < n_near else near[well_b, j - n_near])
        if well_c < 0 or well_c == well_a or slot[well_c] < 0:
            continue
        well_d = np.int64(near[well_c, low_below(word, n_near)])
        if well_d < 0 or well_d == well_b or (well_c == well_b and well_d == well_a):
            continue
        if (slot[well_b] >= 0 and well_b != well_c) or (slot[well_d] >= 0 and well_d != well_a):
            continue
        back = times_near(near, well_a, well_b, well_d)
        if back == 0:
            continue
        b, d = np.int64(first[well_b]), np.int64(first[well_d])
        if states[well_b] + states[well_d] > 2:
            word = next_word(s)
            b += high_below(word, states[well_b]) * stride
            d += low_below(word, states[well_d]) * stride
        k = np.int64(slot[well_c])
        c = np.int64(carriers[k])
        # of wells that are the same pair energies are zero, and phi leaves out its own carrier
        change = phi[b] - phi[a] + phi[d] - phi[c] + coupling(tables, a, b, c, d)
        change -= pair_energy(pair, quantum, start, outer, shape, a, b)
        change -= pair_energy(pair, quantum, start, outer, shape, c, d)
        ways = back / times_near(near, well_a, well_b, well_c)
        ways *= states[well_b] * states[well_d] / (states[well_a] * states[well_c])
        if not accepted(beta * change - np.log(ways), s):
            continue
        if well_b == well_c:
            place_carrier(tables, state, r, k, d)
            place_carrier(tables, state, r, i, b)
        else:
            place_carrier(tables, state, r, i, b)
            place_carrier(tables, state, r, k, d)
        energy += change
        count += 1
    state.energy[r] += energy
    return count
