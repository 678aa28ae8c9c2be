"""Whether two crystals are one."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from mcsc.crystal.primitive import primitive_cell
from mcsc.crystal.species import species_of
from mcsc.periodic import Array, compact

if TYPE_CHECKING:
    from ase import Atoms

# Å; how far distances are compared, at least, and how well they must agree
_RADIUS, _TOLERANCE = 6.0, 0.02


def same_crystal(first: Atoms, second: Atoms) -> bool:
    """Whether two crystals are one, in whatever cell, setting and orientation.

    Their primitive cells then have the same volume and species, and all pairs of species the same
    distances as far as the larger of 6 Å and the shortest period. Mirror images count as one.

    Raises
    ------
    ValueError
        As `mcsc.crystal.primitive_cell`.
    """
    one, other = primitive_cell(first), primitive_cell(second)
    if sorted(species_of(one)) != sorted(species_of(other)):
        return False
    if abs(one.cell.volume / other.cell.volume - 1) > 5e-3:
        return False
    radius = max(_RADIUS, 1.1 * float(compact(one).cell.lengths().min()))
    distances = [_distances(crystal, radius) for crystal in (one, other)]
    return distances[0].keys() == distances[1].keys() and all(
        _agree(far, distances[1][pair], radius) and _agree(distances[1][pair], far, radius)
        for pair, far in distances[0].items()
    )


def _distances(atoms: Atoms, radius: float) -> dict[tuple[str, str], Array]:
    """Rising distances of each pair of species."""
    from ase import neighborlist

    search: Any = neighborlist.neighbor_list
    first, second, lengths = search("ijd", compact(atoms), radius)
    names = np.array(species_of(atoms))
    pairs = [(str(a), str(b)) for a in np.unique(names) for b in np.unique(names)]
    return {(a, b): np.sort(lengths[(names[first] == a) & (names[second] == b)]) for a, b in pairs}


def _agree(some: Array, others: Array, radius: float) -> bool:
    """Whether all of some but those at the very end are among the others."""
    inner = some[some < radius - 2 * _TOLERANCE]
    same = len(others) >= len(inner)
    return same and bool(np.allclose(inner, others[: len(inner)], rtol=0, atol=_TOLERANCE))
