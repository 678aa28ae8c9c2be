"""The move of grand-canonical chains: a carrier is put into a well, or taken out of it.

The energies of such a chain are those of K = H − μN: the site energies of the tables contain −μ,
so that the potential at an empty state is the cost of a carrier there and replica exchange needs
to know nothing of μ.
"""

import numpy as np

from mcsc.kernels._jit import kernel
from mcsc.kernels.heat_bath import boltzmann_weights, drawn
from mcsc.kernels.moves import accepted
from mcsc.kernels.potential import add_in_runs, add_to_partners
from mcsc.kernels.rng import high_below, next_word, uniform


@kernel(inline="always")
def fill(tables, carriers, empty, slot, filled, w, b):
    """List a carrier in state ``b`` of the empty well ``w``; the last hole takes its place."""
    hole = -1 - slot[w]
    last = empty[slot.shape[0] - filled - 1]
    empty[hole] = last
    slot[last] = -1 - hole
    carriers[filled] = b
    slot[w] = filled


@kernel(inline="always")
def vacate(tables, carriers, empty, slot, filled, w):
    """Strike the carrier of well ``w`` off the list; the last carrier takes its place."""
    i = slot[w]
    last = carriers[filled - 1]
    carriers[i] = last
    slot[tables.well[last]] = i
    hole = slot.shape[0] - filled
    empty[hole] = w
    slot[w] = -1 - hole


@kernel()
def list_carriers(state, r, held):
    """The lists of replica r from what each well holds: a state of the supercell, −1 for none."""
    filled = 0
    for w in range(held.shape[0]):
        if held[w] >= 0:
            state.carriers[r, filled], state.slot[r, w] = held[w], filled
            filled += 1
        else:
            state.empty[r, w - filled], state.slot[r, w] = w, filled - w - 1
    state.number[r] = filled


@kernel()
def insertions_removals(tables, state, r, beta, n):
    """``n`` attempts to fill or empty a well drawn from all; returns the number accepted.

    With Z = Σ_s exp(−β phi(s)) over the states of the well, phi being the potential of all other
    carriers with −μ in it, an empty well is filled with min(1, Z), the state drawn with its weight
    in Z, and a filled one emptied with min(1, 1/Z). Both lead between "empty" and the state s at
    rates in the ratio exp(−β phi(s)), for min(1, Z)/Z = min(1, 1/Z). With one state a well that is
    Metropolis, min(1, exp(−βΔK)).

    References
    ----------
    G. E. Norman and V. S. Filinov, High Temp. 7, 216 (1969).
    """
    carriers, empty, slot = state.carriers[r], state.empty[r], state.slot[r]
    phi, s, weights = state.potential[r], state.rng[r], state.scratch[r]
    pair, quantum, partners = tables.pair, tables.quantum, tables.partners
    start, outer, shape = tables.start, tables.outer, tables.shape
    n_wells, filled = slot.shape[0], np.int64(state.number[r])
    count, energy = 0, 0.0
    for _ in range(n):
        w = high_below(next_word(s), n_wells)
        # pair energies within a well are zero: phi there never contains the well's own carrier
        b, n_states, total = np.int64(tables.first[w]), np.int64(tables.states[w]), 1.0
        low = phi[b]
        if n_states > 1:
            for j in range(n_states):
                weights[j] = phi[b + j * shape[3]]
                low = min(low, weights[j])
            total = boltzmann_weights(weights, n_states, low, beta)
        cost = beta * low - np.log(total)
        if slot[w] < 0:
            if not accepted(cost, s):
                continue
            if n_states > 1:
                b += drawn(weights, n_states, uniform(s) * total) * shape[3]
            fill(tables, carriers, empty, slot, filled, w, b)
            filled += 1
            energy += phi[b]
            if partners.shape[1] > 0:
                add_to_partners(phi, quantum, partners, b)
            else:
                add_in_runs(phi, pair, quantum, start, outer, shape, b)
        else:
            if not accepted(-cost, s):
                continue
            a = np.int64(carriers[slot[w]])
            vacate(tables, carriers, empty, slot, filled, w)
            filled -= 1
            energy -= phi[a]
            if partners.shape[1] > 0:
                add_to_partners(phi, -quantum, partners, a)
            else:
                add_in_runs(phi, pair, -quantum, start, outer, shape, a)
        count += 1
    state.number[r] = filled
    state.energy[r] += energy
    return count
