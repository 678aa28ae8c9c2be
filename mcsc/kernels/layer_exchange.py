"""Exchange of single layers between two replicas: of neighbouring rungs, or of one population.

Layers of a layered crystal hardly feel each other: each orders for itself, and a replica is cold
only once all of them are ordered at once. Where layers change places one by one, each needs its
luck once.

Layer l of replica p changes places with any layer m of replica q: which of the layers is full and
which is not, say, need not agree. With s the potential of the carriers of layer l, s' that of those
that come into it, and o = phi − s that of all else, this costs

    ΔE_p = Σ_{k coming} (½ s' + o)[k] − Σ_{k going} (½ s + o)[k],

and likewise ΔE_q. Site energies belong to the place and are in o. Both replicas change at once,
with min(1, exp(−β_p ΔE_p − β_q ΔE_q)).
"""

import numpy as np

from mcsc.kernels._jit import kernel
from mcsc.kernels.collective import energy_among, inside, own_potential, shifted
from mcsc.kernels.expanded import weight_of
from mcsc.kernels.grand_canonical import list_carriers
from mcsc.kernels.moves import accepted
from mcsc.kernels.rng import high_below, low_below, next_word

# a block of all cells
ALL = (np.int64(-1), np.int64(-1), np.int64(-1))


@kernel()
def carriers_in(tables, state, r, layer):
    """Carriers of replica r in a layer."""
    found, n = np.empty(state.number[r], np.int32), 0
    for i in range(state.number[r]):
        if inside(
            tables.shape, (np.int64(-1), np.int64(-1), layer), tables.well[state.carriers[r, i]]
        ):
            found[n] = state.carriers[r, i]
            n += 1
    return found[:n]


@kernel()
def lifted(tables, carriers, dz):
    """The same carriers ``dz`` cells further along the third vector, 0 ≤ dz < Lz."""
    found = np.empty(carriers.shape[0], np.int32)
    for i in range(carriers.shape[0]):
        w = np.int64(tables.well[carriers[i]])
        found[i] = carriers[i] + tables.first[shifted(tables.shape, w, 0, 0, dz)] - tables.first[w]
    return found


@kernel()
def equal_layer(tables, state, r, number, word):
    """A layer of replica r with so many carriers, drawn from all such by ``word``; −1 for none."""
    counts = np.zeros(tables.shape[6], np.int64)
    for i in range(state.number[r]):
        counts[tables.well[state.carriers[r, i]] // tables.shape[7] % tables.shape[6]] += 1
    left = (counts == number).sum()
    if left == 0:
        return np.int64(-1)
    left = low_below(word, left)
    for layer in range(counts.shape[0]):
        if counts[layer] == number:
            if left == 0:
                return np.int64(layer)
            left -= 1
    return np.int64(-1)


@kernel()
def replace_carriers(tables, state, r, going, coming):
    """Take carriers out of replica r and put others in."""
    held = np.full(state.slot.shape[1], -1, np.int32)
    for i in range(state.number[r]):
        held[tables.well[state.carriers[r, i]]] = state.carriers[r, i]
    for k in going:
        held[tables.well[k]] = -1
    for k in coming:
        held[tables.well[k]] = k
    list_carriers(state, r, held)


@kernel()
def change_of_energy(tables, phi, going, coming, own, new_own):
    """What it costs a replica; fills ``own`` and ``new_own`` with the potentials of both."""
    own_potential(tables, going, ALL, own)
    own_potential(tables, coming, ALL, new_own)
    change = energy_among(tables, coming, ALL, new_own, phi, own)
    return change - energy_among(tables, going, ALL, own, phi, own)


@kernel()
def layer_exchange(tables, state, p, q, beta_p, beta_q, s, window, t):
    """One attempt to exchange a layer between the replicas p and q; returns the number accepted.

    The layer of the one is drawn from all. Where carriers stay that of the other is drawn from
    those with as many of them, of which there are equally many afterwards. In an expanded ensemble
    and at fixed chemical potential it is drawn from all, and the weights of the numbers before and
    after count too.

    beta_p, beta_q: Inverse temperature of each; they may be equal.
    s: Stream of random numbers.
    window, t: Of an expanded ensemble, where they are on the rungs t and t + 1; ``()`` elsewhere.
    """
    n_states, nz = tables.site.shape[0], tables.shape[6]
    # the room of a replica, and that of its holes, are for the most and the fewest carriers
    most, fewest = state.carriers.shape[1], state.slot.shape[1] - state.empty.shape[1]
    word = next_word(s)
    layer = high_below(word, nz)
    of_p = carriers_in(tables, state, p, layer)
    if most == fewest:
        other = equal_layer(tables, state, q, of_p.shape[0], word)
    else:
        other = low_below(word, nz)
    if other < 0:
        return 0
    of_q = carriers_in(tables, state, q, other)
    n, m = np.int64(state.number[p]), np.int64(state.number[q])
    surplus = of_p.shape[0] - of_q.shape[0]
    if min(n - surplus, m + surplus) < fewest or max(n - surplus, m + surplus) > most:
        return 0
    to_p = lifted(tables, of_q, (layer - other) % nz)
    to_q = lifted(tables, of_p, (other - layer) % nz)
    own_p, own_q = state.scratch[p, :n_states], state.scratch[q, :n_states]
    new_p, new_q = np.empty(n_states), np.empty(n_states)
    change_p = change_of_energy(tables, state.potential[p], of_p, to_p, own_p, new_p)
    change_q = change_of_energy(tables, state.potential[q], of_q, to_q, own_q, new_q)
    cost = beta_p * change_p + beta_q * change_q
    if len(window) > 0:
        cost += weight_of(window, t, n) - weight_of(window, t, n - surplus)
        cost += weight_of(window, t + 1, m) - weight_of(window, t + 1, m + surplus)
    if not accepted(cost, s):
        return 0
    state.energy[p] += change_p
    state.energy[q] += change_q
    for k in range(n_states):
        state.potential[p, k] += new_p[k] - own_p[k]
        state.potential[q, k] += new_q[k] - own_q[k]
    replace_carriers(tables, state, p, of_p, to_p)
    replace_carriers(tables, state, q, of_q, to_q)
    return 1
