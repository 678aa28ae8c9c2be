"""Moves of many carriers at once, which single carriers make only across a barrier.

- rigid turn: one rotation or reflection of all displacements, each about the centre of its well,
  drawn uniformly from a list closed under inversion and accepted by Metropolis;
- layer shift: all carriers of one layer of cells by one lattice vector in the plane, drawn with the
  Boltzmann weight of the layer at each of them, where it is now among them.

Both cost as much as many moves of one carrier and are made only once in several sweeps.
"""

import numpy as np

from mcsc.kernels._jit import kernel
from mcsc.kernels.heat_bath import boltzmann_weights, drawn
from mcsc.kernels.moves import accepted
from mcsc.kernels.potential import add_carrier, pair_sum, rebuild
from mcsc.kernels.rng import high_below, next_word, uniform


@kernel()
def turn(tables, carriers, turned):
    """Send carriers from state s of a well to ``turned[base well, s]``; how many change."""
    n_base, n_inner, count = tables.shape[7], tables.shape[3], 0
    for i in range(carriers.shape[0]):
        w = tables.well[carriers[i]]
        s = (carriers[i] - tables.first[w]) // n_inner
        carriers[i] = tables.first[w] + turned[w % n_base, s] * n_inner
        count += turned[w % n_base, s] != s
    return count


@kernel()
def rigid_turn(tables, state, r, beta):
    """One attempt to turn all displacements together; returns the number accepted."""
    n_turns, carriers = tables.turns.shape[1], state.carriers[r][: state.number[r]]
    if n_turns == 0:
        return 0
    g = high_below(next_word(state.rng[r]), n_turns)
    if turn(tables, carriers, tables.turns[0, g]) == 0:
        return 0
    change = pair_sum(tables, carriers) - state.energy[r]
    if accepted(beta * change, state.rng[r]):
        rebuild(tables, state, r)
        return 1
    turn(tables, carriers, tables.turns[1, g])
    return 0


@kernel(inline="always")
def shifted(shape, w, dx, dy):
    """Well that well ``w`` goes to when its cell moves by (dx, dy, 0)."""
    nx, ny, nz, n_base = shape[4], shape[5], shape[6], shape[7]
    cell = w // n_base
    column = cell // nz
    x, y = column // ny + dx, column % ny + dy
    x -= nx if x >= nx else 0
    y -= ny if y >= ny else 0
    return ((x * ny + y) * nz + cell % nz) * n_base + w % n_base


@kernel()
def layer_energies(tables, carriers, phi, own, layer, energies):
    """Potential energy of a layer's carriers in phi − own after every shift; (Lx, Ly), flat."""
    nx, ny, nz, n_base = tables.shape[4], tables.shape[5], tables.shape[6], tables.shape[7]
    energies[:] = 0.0
    for i in range(carriers.shape[0]):
        w = np.int64(tables.well[carriers[i]])
        cell = w // n_base
        if cell % nz != layer:
            continue
        column, inside = cell // nz, carriers[i] - tables.first[w]
        x, y = column // ny, column % ny
        for dx in range(nx):
            row = x + dx - (nx if x + dx >= nx else 0)
            for dy in range(ny):
                place = row * ny + y + dy - (ny if y + dy >= ny else 0)
                k = tables.first[(place * nz + layer) * n_base + w % n_base] + inside
                energies[dx * ny + dy] += phi[k] - own[k]


@kernel()
def place_layer(tables, state, r, layer, dx, dy, own):
    """Move carriers, holes and the potential ``own`` of a layer by (dx, dy)."""
    slot, n = state.slot[r], state.number[r]
    carriers, empty = state.carriers[r][:n], state.empty[r][: slot.shape[0] - n]
    phi, shape, first = state.potential[r], tables.shape, tables.first
    nz, n_base, n_inner = shape[6], shape[7], shape[3]
    for i in range(carriers.shape[0]):
        w = np.int64(tables.well[carriers[i]])
        if w // n_base % nz == layer:
            new = shifted(shape, w, dx, dy)
            carriers[i] += first[new] - first[w]
            slot[new] = i
    for j in range(empty.shape[0]):
        if empty[j] // n_base % nz == layer:
            new = shifted(shape, np.int64(empty[j]), dx, dy)
            empty[j] = new
            slot[new] = -1 - j
    for k in range(phi.shape[0]):
        phi[k] -= own[k]
    for well in range(first.shape[0]):
        new = shifted(shape, well, dx, dy)
        for s in range(tables.states[well]):
            phi[first[new] + s * n_inner] += own[first[well] + s * n_inner]


@kernel()
def layer_shift(tables, state, r, beta):
    """One draw of a layer's place relative to the others; returns 1 if it moved, else 0.

    Pair energies within the layer do not change, so its carriers feel phi less their own potential:
    the other layers, and site energies that may differ from cell to cell.
    """
    phi, s, shape = state.potential[r], state.rng[r], tables.shape
    carriers = state.carriers[r][: state.number[r]]
    ny, nz, n_base, n_states = shape[5], shape[6], shape[7], phi.shape[0]
    n_shifts = shape[4] * ny
    own, energies = state.scratch[r, :n_states], state.scratch[r, n_states : n_states + n_shifts]
    weights = state.scratch[r, n_states + n_shifts :]
    layer = high_below(next_word(s), nz)
    own[:] = 0.0
    for i in range(carriers.shape[0]):
        if tables.well[carriers[i]] // n_base % nz == layer:
            add_carrier(own, tables.pair, tables.start, tables.outer, shape, carriers[i])
    layer_energies(tables, carriers, phi, own, layer, energies)
    low = np.inf
    for d in range(n_shifts):
        weights[d] = energies[d]
        low = min(low, energies[d])
    total = boltzmann_weights(weights, n_shifts, low, beta)
    d = drawn(weights, n_shifts, uniform(s) * total)
    if d == 0:
        return 0
    state.energy[r] += energies[d] - energies[0]
    place_layer(tables, state, r, layer, d // ny, d % ny, own)
    return 1
