"""Moves of many carriers at once, which single carriers make only across a barrier.

- rigid turn: one rotation or reflection of all displacements, each about the centre of its well,
  drawn uniformly from a list closed under inversion and accepted by Metropolis;
- layer shift: all carriers of one layer of cells by one lattice vector in the plane, drawn with the
  Boltzmann weight of the layer at each of them, where it is now among them;
- layer slide: the same by another translation that carries the wells of a layer onto wells alike,
  drawn uniformly from a list closed under inversion and accepted by Metropolis. On kagome wells the
  carriers of a third of all wells go over to another third, whole layers to another of their states
  of lowest energy;
- row shift: the shift of one row of cells along a lattice vector, by a multiple of it.

All cost as much as many moves of one carrier and are made only once in several sweeps. A layer or a
row is a block ``(x, y, z)`` of cells with these coordinates, −1 for any.
"""

import numpy as np

from mcsc.kernels._jit import kernel
from mcsc.kernels.heat_bath import boltzmann_weights, drawn
from mcsc.kernels.moves import accepted
from mcsc.kernels.potential import add_carrier, pair_sum, rebuild
from mcsc.kernels.rng import high_below, low_below, next_word, uniform


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
def shifted(shape, w, dx, dy, dz):
    """Well that well ``w`` goes to when its cell moves by (dx, dy, dz)."""
    nx, ny, nz, n_base = shape[4], shape[5], shape[6], shape[7]
    cell = w // n_base
    column = cell // nz
    x, y, z = column // ny + dx, column % ny + dy, cell % nz + dz
    x -= nx if x >= nx else 0
    y -= ny if y >= ny else 0
    z -= nz if z >= nz else 0
    return ((x * ny + y) * nz + z) * n_base + w % n_base


@kernel(inline="always")
def inside(shape, block, w):
    """Whether well ``w`` belongs to a block."""
    ny, nz = shape[5], shape[6]
    cell = w // shape[7]
    column = cell // nz
    return (
        (block[0] < 0 or column // ny == block[0])
        and (block[1] < 0 or column % ny == block[1])
        and (block[2] < 0 or cell % nz == block[2])
    )


@kernel()
def own_potential(tables, carriers, block, own):
    """Fill ``own`` with the potential of a block's carriers; returns their number."""
    own[:], count = 0.0, 0
    for i in range(carriers.shape[0]):
        if inside(tables.shape, block, np.int64(tables.well[carriers[i]])):
            add_carrier(tables, own, carriers[i])
            count += 1
    return count


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
def block_energies(tables, carriers, phi, own, block, reach, energies):
    """Potential energy of a block's carriers in phi − own after every shift below ``reach``."""
    shape, first = tables.shape, tables.first
    energies[:] = 0.0
    for i in range(carriers.shape[0]):
        w = np.int64(tables.well[carriers[i]])
        if not inside(shape, block, w):
            continue
        state = carriers[i] - first[w]
        for dx in range(reach[0]):
            for dy in range(reach[1]):
                for dz in range(reach[2]):
                    k = first[shifted(shape, w, dx, dy, dz)] + state
                    energies[(dx * reach[1] + dy) * reach[2] + dz] += phi[k] - own[k]


@kernel()
def place_block(tables, state, r, block, dx, dy, dz, own):
    """Move carriers, holes and the potential ``own`` of a block by (dx, dy, dz)."""
    slot, n = state.slot[r], state.number[r]
    carriers, empty = state.carriers[r][:n], state.empty[r][: slot.shape[0] - n]
    phi, shape, first, n_inner = state.potential[r], tables.shape, tables.first, tables.shape[3]
    for i in range(carriers.shape[0]):
        w = np.int64(tables.well[carriers[i]])
        if inside(shape, block, w):
            new = shifted(shape, w, dx, dy, dz)
            carriers[i] += first[new] - first[w]
            slot[new] = i
    for j in range(empty.shape[0]):
        if inside(shape, block, np.int64(empty[j])):
            new = shifted(shape, np.int64(empty[j]), dx, dy, dz)
            empty[j] = new
            slot[new] = -1 - j
    for k in range(tables.site.shape[0]):
        phi[k] -= own[k]
    for well in range(first.shape[0]):
        new = shifted(shape, well, dx, dy, dz)
        for s in range(tables.states[well]):
            phi[first[new] + s * n_inner] += own[first[well] + s * n_inner]


@kernel()
def block_shift(tables, state, r, beta, block):
    """One draw of a block's place relative to the rest; returns 1 if it moved, else 0.

    Pair energies within the block do not change, so its carriers feel phi less their own potential:
    the rest of the crystal, and site energies that may differ from cell to cell.
    """
    phi, s, shape, n_states = state.potential[r], state.rng[r], tables.shape, len(tables.site)
    carriers = state.carriers[r][: state.number[r]]
    reach = (
        shape[4] if block[0] < 0 else 1,
        shape[5] if block[1] < 0 else 1,
        shape[6] if block[2] < 0 else 1,
    )
    n_shifts = reach[0] * reach[1] * reach[2]
    own, energies = state.scratch[r, :n_states], state.scratch[r, n_states : n_states + n_shifts]
    weights = state.scratch[r, n_states + n_shifts : n_states + 2 * n_shifts]
    own_potential(tables, carriers, block, own)
    block_energies(tables, carriers, phi, own, block, reach, energies)
    low = np.inf
    for d in range(n_shifts):
        weights[d] = energies[d]
        low = min(low, energies[d])
    total = boltzmann_weights(weights, n_shifts, low, beta)
    d = drawn(weights, n_shifts, uniform(s) * total)
    if d == 0:
        return 0
    state.energy[r] += energies[d] - energies[0]
    dx, dy, dz = d // (reach[1] * reach[2]), d // reach[2] % reach[1], d % reach[2]
    place_block(tables, state, r, block, dx, dy, dz, own)
    return 1


@kernel()
def layer_shift(tables, state, r, beta):
    """One draw of a layer's place relative to the others; returns 1 if it moved, else 0.

    Where it can slide it does so every other time.
    """
    layer = high_below(next_word(state.rng[r]), tables.shape[6])
    block = np.int64(-1), np.int64(-1), layer
    if tables.slides.shape[0] > 0 and high_below(next_word(state.rng[r]), 2) == 0:
        return layer_slide(tables, state, r, beta, block)
    return block_shift(tables, state, r, beta, block)


@kernel(inline="always")
def slid(tables, w, g):
    """Well that well ``w`` goes to by slide ``g``."""
    nx, ny, nz, n_base = tables.shape[4], tables.shape[5], tables.shape[6], tables.shape[7]
    cell, b = w // n_base, w % n_base
    x, y = cell // (ny * nz) + tables.slides[g, b, 1], cell // nz % ny + tables.slides[g, b, 2]
    return ((x % nx * ny + y % ny) * nz + cell % nz) * n_base + tables.slides[g, b, 0]


@kernel()
def layer_slide(tables, state, r, beta, block):
    """One attempt to slide a layer, see the module; returns the number accepted.

    The energy of the layer by itself counts as well: wells that are alike by themselves may repel
    each other differently.
    """
    phi, s, n_states = state.potential[r], state.rng[r], len(tables.site)
    carriers, first = state.carriers[r][: state.number[r]], tables.first
    g = high_below(next_word(s), tables.slides.shape[0])
    own, new_own, moved = state.scratch[r, :n_states], np.empty(n_states), carriers.copy()
    for i in range(carriers.shape[0]):
        w = np.int64(tables.well[carriers[i]])
        if inside(tables.shape, block, w):
            moved[i] += first[slid(tables, w, g)] - first[w]
    own_potential(tables, carriers, block, own)
    own_potential(tables, moved, block, new_own)
    change = energy_among(tables, moved, block, new_own, phi, own)
    change -= energy_among(tables, carriers, block, own, phi, own)
    if not accepted(beta * change, s):
        return 0
    state.energy[r] += change
    for k in range(n_states):
        phi[k] += new_own[k] - own[k]
    slot, empty = state.slot[r], state.empty[r][: state.slot.shape[1] - carriers.shape[0]]
    for i in range(carriers.shape[0]):
        carriers[i] = moved[i]
        slot[tables.well[moved[i]]] = i
    for j in range(empty.shape[0]):
        if inside(tables.shape, block, np.int64(empty[j])):
            empty[j] = slid(tables, np.int64(empty[j]), g)
            slot[empty[j]] = -1 - j
    return 1


@kernel()
def row_shift(tables, state, r, beta):
    """One draw of a row's place along itself; returns 1 if it moved, else 0.

    The row is drawn from those along the three lattice vectors, whichever of them.
    """
    s, shape = state.rng[r], tables.shape
    axis = high_below(next_word(s), 3)
    word = next_word(s)
    x, y, z = np.int64(-1), np.int64(-1), np.int64(-1)
    if axis == 0:
        y, z = high_below(word, shape[5]), low_below(word, shape[6])
    elif axis == 1:
        x, z = high_below(word, shape[4]), low_below(word, shape[6])
    else:
        x, y = high_below(word, shape[4]), low_below(word, shape[5])
    if shape[4 + axis] == 1:
        return 0
    return block_shift(tables, state, r, beta, (x, y, z))
