"""Exchange of single layers between neighbouring rungs of a ladder.

Layers of a layered crystal hardly feel each other: each orders for itself, and a replica is cold
only once all of them are ordered at once. Where layers change places one by one, each needs its
luck once.

With s the potential of a layer's own carriers and o = phi − s that of all else, a layer of replica
q in place of that of p costs

    ΔE_p = Σ_{k of q} (½ s_q + o_p)[k] − Σ_{k of p} (½ s_p + o_p)[k],

and likewise ΔE_q. Site energies belong to the place and are in o. Both replicas change at once,
with min(1, exp(−β_p ΔE_p − β_q ΔE_q)).
"""

import numpy as np

from mcsc.kernels._jit import kernel
from mcsc.kernels.collective import inside, own_potential
from mcsc.kernels.expanded import weight_of
from mcsc.kernels.grand_canonical import list_carriers
from mcsc.kernels.moves import accepted
from mcsc.kernels.rng import high_below, next_word


@kernel()
def energy_among(tables, carriers, block, own, rest, left):
    """Energy of a block's carriers, with the potential ``own``, in rest − left."""
    energy = 0.0
    for i in range(carriers.shape[0]):
        k = carriers[i]
        if inside(tables.shape, block, np.int64(tables.well[k])):
            energy += 0.5 * own[k] + rest[k] - left[k]
    return energy


@kernel()
def change_places(tables, state, p, q, block):
    """Exchange the carriers of a block between replicas p and q."""
    n_wells = state.slot.shape[1]
    held_p, held_q = np.empty(n_wells, np.int32), np.empty(n_wells, np.int32)
    for w in range(n_wells):
        i, j = state.slot[p, w], state.slot[q, w]
        k = state.carriers[p, i] if i >= 0 else -1
        m = state.carriers[q, j] if j >= 0 else -1
        held_p[w], held_q[w] = (m, k) if inside(tables.shape, block, w) else (k, m)
    list_carriers(state, p, held_p)
    list_carriers(state, q, held_q)


@kernel()
def layer_exchange(tables, state, betas, window, t):
    """One attempt to exchange a layer between the rungs t and t + 1; returns the number accepted.

    The layer is drawn from all. Where carriers stay, only layers with equal numbers of them change
    places; in an expanded ensemble the weights of the numbers before and after count too.
    """
    p, q = np.int64(state.replica[t]), np.int64(state.replica[t + 1])
    s, n_states = state.rng[state.replica.shape[0]], tables.site.shape[0]
    block = (np.int64(-1), np.int64(-1), high_below(next_word(s), tables.shape[6]))
    of_p, of_q = state.carriers[p][: state.number[p]], state.carriers[q][: state.number[q]]
    phi_p, phi_q = state.potential[p], state.potential[q]
    own_p, own_q = state.scratch[p, :n_states], state.scratch[q, :n_states]
    surplus = own_potential(tables, of_p, block, own_p) - own_potential(tables, of_q, block, own_q)
    n, m = np.int64(state.number[p]), np.int64(state.number[q])
    # the room of a replica, and that of its holes, are for the most and the fewest carriers
    most, fewest = state.carriers.shape[1], state.slot.shape[1] - state.empty.shape[1]
    if min(n - surplus, m + surplus) < fewest or max(n - surplus, m + surplus) > most:
        return 0
    change_p = energy_among(tables, of_q, block, own_q, phi_p, own_p)
    change_p -= energy_among(tables, of_p, block, own_p, phi_p, own_p)
    change_q = energy_among(tables, of_p, block, own_p, phi_q, own_q)
    change_q -= energy_among(tables, of_q, block, own_q, phi_q, own_q)
    cost = betas[t] * change_p + betas[t + 1] * change_q
    if len(window) > 0:
        cost += weight_of(window, t, n) - weight_of(window, t, n - surplus)
        cost += weight_of(window, t + 1, m) - weight_of(window, t + 1, m + surplus)
    if not accepted(cost, s):
        return 0
    state.energy[p] += change_p
    state.energy[q] += change_q
    for k in range(n_states):
        difference = own_q[k] - own_p[k]
        phi_p[k] += difference
        phi_q[k] -= difference
    change_places(tables, state, p, q, block)
    return 1
