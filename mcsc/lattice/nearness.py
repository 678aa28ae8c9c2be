"""Which wells are near each other in a crystal, in a cell of any shape."""

from collections.abc import Sequence

import numpy as np

from mcsc.arrays import IntArray
from mcsc.periodic import ROUNDING, image_distances, shortest_translation, translations_within
from mcsc.structure import Structure

Pairs = IntArray
Shells = list[tuple[Pairs, Pairs]]

# a short hop reaches this many times the nearest-neighbour distance
NEAR = 1.1


def near_shells(structure: Structure, reach: float = NEAR) -> Shells:
    """Cell offsets (n, 3) and wells (n,) of the near wells of each well of the cell, sorted.

    They are near within ``reach`` times the nearest-neighbour distance of the most isolated well.
    """
    return _shells(structure, near_pairs(structure, reach))


def near_pairs(structure: Structure, reach: float, among: Sequence[int] = ()) -> Pairs:
    """(N, 5) first well, second well and cell of the second, of all near pairs, both ways.

    Of the wells ``among`` alone, as if there were no others; by default of all.
    """
    among = among or range(structure.n_wells)
    centres = np.array([structure.wells[b].centre for b in among])
    n = len(among)
    shortest = shortest_translation(structure.cell)
    apart = (centres[None] - centres[:, None]).reshape(-1, 3)
    nearest = image_distances(structure.cell, apart).reshape(n, n)
    np.fill_diagonal(nearest, shortest)
    most_isolated = nearest.min(axis=1).max()
    # rounding, of a turned cell for one, does not decide which wells are near
    owner, cells, distances = translations_within(
        structure.cell, apart, reach * most_isolated * (1 + ROUNDING)
    )
    other = distances > ROUNDING * shortest
    owner, cells = owner[other], cells[other]
    wells = np.array(among, dtype=np.int64)
    return np.column_stack([wells[owner // n], wells[owner % n], cells]).astype(np.int64)


def hop_shells(structure: Structure, reach: float) -> Shells:
    """The near wells, and for wells that have none of their depth the nearest of those."""
    near = near_pairs(structure, reach)
    depths = [round(well.depth + float(well.state_energies.min()), 9) for well in structure.wells]
    groups = [[b for b, other in enumerate(depths) if other == depth] for depth in set(depths)]
    apart = [group for group in groups if not np.isin(near[:, :2], group).all(axis=1).any()]
    further = [near_pairs(structure, reach, group) for group in apart]
    return _shells(structure, np.concatenate([near, *further]))


def _shells(structure: Structure, pairs: Pairs) -> Shells:
    around = [pairs[pairs[:, 0] == b] for b in range(structure.n_wells)]
    ordered = [rows[np.lexsort((rows[:, 1], *rows[:, :1:-1].T))] for rows in around]
    return [(rows[:, 2:], rows[:, 1]) for rows in ordered]
