"""What each move of one proposal is documented to do: the probability of every transition."""

from itertools import permutations, product

import numpy as np


def law(model, states, energies, thermal_energy, move):
    """(C, C) probability of every transition, from the rates the moves are documented with."""
    rates = LAWS[move]
    weight = {
        tuple(row): np.exp(-e / thermal_energy) for row, e in zip(states, energies, strict=True)
    }
    place_of = {tuple(row): i for i, row in enumerate(states)}
    expected = np.zeros((len(states), len(states)))
    for i, old in enumerate(states):
        for new, probability in rates(model, old, weight):
            expected[i, place_of[tuple(new)]] += probability
    np.fill_diagonal(expected, 0.0)
    np.fill_diagonal(expected, 1.0 - expected.sum(axis=1))
    return expected


def _in_well(model, old, left, well):
    """Configurations with the carrier of well ``left`` in each state of ``well``."""
    rows = np.tile(old, (model.lattice.states_per_well[well % model.lattice.structure.n_wells], 1))
    rows[:, left] = -1
    rows[:, well] = np.arange(len(rows))
    return rows


def _hops(model, old, weight, rate):
    """Hops that start with probability ``rate(a, b)``, each with its probability."""
    for a in np.nonzero(old >= 0)[0]:
        here = [weight[tuple(row)] for row in _in_well(model, old, a, a)]
        for b in np.nonzero(old < 0)[0]:
            rows = _in_well(model, old, a, b)
            there = [weight[tuple(row)] for row in rows]
            centres = there[0] / here[0]
            wells = sum(there) / sum(here)
            hop = rate(a, b) * min(1.0, centres) * min(1.0, wells / centres)
            for row, w in zip(rows, there, strict=True):
                yield row, hop * w / sum(there)


def _near_hop(model, old, weight):
    near = model.lattice.near_wells()
    n = (old >= 0).sum()
    return _hops(model, old, weight, lambda a, b: (near[a] == b).sum() / (n * near.shape[1]))


def _far_hop(model, old, weight):
    pairs = (old >= 0).sum() * (old < 0).sum()
    return _hops(model, old, weight, lambda a, b: 1.0 / pairs)


def _change_of_state(model, old, weight):
    filled = np.nonzero(old >= 0)[0]
    for a in filled:
        rows = _in_well(model, old, a, a)
        weights = [weight[tuple(row)] for row in rows]
        for row, w in zip(rows, weights, strict=True):
            yield row, w / sum(weights) / len(filled)


def _rigid_turn(model, old, weight):
    # the symmetry group of a triangle: the other permutations of its three states
    turns = [np.array([0, *p]) for p in permutations((1, 2, 3))][1:]
    for turn in turns:
        new = np.where(old > 0, turn[old], old)
        yield new, min(1.0, weight[tuple(new)] / weight[tuple(old)]) / len(turns)


def _layer_shift(model, old, weight):
    cells = old.reshape(*model.lattice.size, -1)
    n_x, n_y, n_z = model.lattice.size
    for z in range(n_z):
        rows = []
        for shift in product(range(n_x), range(n_y)):
            new = cells.copy()
            new[:, :, z] = np.roll(cells[:, :, z], shift, axis=(0, 1))
            rows.append(new.reshape(-1))
        weights = [weight[tuple(row)] for row in rows]
        slides = _slides(model, z)
        for row, w in zip(rows, weights, strict=True):
            yield row, w / sum(weights) / n_z / (2 if slides else 1)
        for to in slides:
            new = old.copy()
            new[to] = old
            chance = min(1.0, weight[tuple(new)] / weight[tuple(old)])
            yield new, chance / len(slides) / n_z / 2


def _slides(model, z):
    """Where the wells of layer z, a third of a cell apart along x, go; all others stay."""
    structure = model.lattice.structure
    thirds = structure.n_wells == 3 and len({well.depth for well in structure.wells}) == 1
    found = []
    for step in (1, 2, -1, -2) if thirds else ():
        to = np.arange(model.lattice.n_wells).reshape(*model.lattice.size, 3)
        along_x = to[:, :, z].transpose(1, 0, 2).reshape(len(to[0]), -1)
        shape = to[:, :, z].transpose(1, 0, 2).shape
        to[:, :, z] = np.roll(along_x, -step, axis=1).reshape(shape).transpose(1, 0, 2)
        found.append(to.reshape(-1))
    return found


def _row_shift(model, old, weight):
    cells = old.reshape(*model.lattice.size, -1)
    size = model.lattice.size
    for axis in range(3):
        others = [n for i, n in enumerate(size) if i != axis]
        for row in product(*map(range, others)):
            rows = []
            for shift in range(size[axis]):
                new = np.moveaxis(cells.copy(), axis, 2)
                new[row] = np.roll(new[row], shift, axis=0)
                rows.append(np.moveaxis(new, 2, axis).reshape(-1))
            weights = [weight[tuple(row)] for row in rows]
            for one, w in zip(rows, weights, strict=True):
                yield one, w / sum(weights) / np.prod(others) / 3


def _pair_hop(model, old, weight):
    near, n = model.lattice.near_wells(), (old >= 0).sum()
    states = np.tile(model.lattice.states_per_well, model.lattice.n_cells)
    chance = 1.0 / (n * 2 * near.shape[1] ** 3)
    for a, b, c, d in product(range(len(old)), repeat=4):
        around = [*near[a], *near[b]]
        drawn = (near[a] == b).sum() * around.count(c) * (near[c] == d).sum()
        to = (old[b] < 0 or b == c) and (old[d] < 0 or d == a) and not (b == c and d == a)
        if not drawn or old[a] < 0 or old[c] < 0 or a == c or b == d or not to:
            continue
        factor = around.count(d) / around.count(c)
        factor *= states[b] * states[d] / (states[a] * states[c])
        for s, t in product(range(states[b]), range(states[d])):
            new = old.copy()
            new[[a, c]] = -1
            new[[b, d]] = s, t
            ratio = factor * weight[tuple(new)] / weight[tuple(old)]
            yield new, drawn * chance / (states[b] * states[d]) * min(1.0, ratio)


LAWS = {
    "near_hop": _near_hop,
    "far_hop": _far_hop,
    "change_of_state": _change_of_state,
    "rigid_turn": _rigid_turn,
    "layer_shift": _layer_shift,
    "row_shift": _row_shift,
    "pair_hop": _pair_hop,
}
