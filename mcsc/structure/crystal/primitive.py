"""The primitive cell of a crystal, its layers kept, and whether two crystals are one."""

from __future__ import annotations

from itertools import product
from typing import TYPE_CHECKING, Any, cast

import numpy as np

from mcsc.arrays import FloatArray
from mcsc.periodic import compact, rounding
from mcsc.structure.crystal.species import numbers_of, species_of
from mcsc.structure.crystal.symmetry import space_group

if TYPE_CHECKING:
    from ase import Atoms

# Å; how far distances are compared, at least, and how well they must agree
_RADIUS, _TOLERANCE = 6.0, 0.02


def primitive_cell(atoms: Atoms, tolerance: float = 1e-3) -> Atoms:
    """Reduce a crystal to a primitive cell whose a and b stay in the plane of the given a and b.

    Orientation and origin are kept, and `atoms` themselves are returned if their cell is primitive
    already; positions within ``tolerance``, Å, count as equal. Keeping the plane, unlike the
    standard primitive cell of a centred lattice, keeps what is said along a, b and c of most
    layered crystals.

    Raises ValueError if no symmetry search succeeds, for instance because ions overlap.
    """
    translations = _pure_translations(atoms, tolerance)
    if len(translations) == 1:
        return atoms
    cell = _layered_cell(np.array(atoms.cell.array), translations)
    fractional = atoms.positions @ np.linalg.inv(cell)
    apart = rounding(cell)(atoms.positions[:, None] - atoms.positions)
    numbers = numbers_of(atoms)
    same = np.linalg.norm(apart, axis=-1) < 2 * tolerance
    same &= numbers[:, None] == numbers
    kept = np.flatnonzero(same.argmax(axis=1) == np.arange(len(atoms)))
    home = fractional[kept] - np.floor(fractional[kept] + 1e-6)
    reduced: Any = atoms[kept]
    reduced.set_cell(cell)
    reduced.positions = home @ cell
    return cast("Atoms", reduced)


def _pure_translations(atoms: Atoms, tolerance: float) -> FloatArray:
    """Translations that map the crystal on itself, fractional, zero included."""
    fractional = atoms.cell.scaled_positions(atoms.positions)
    found = space_group(atoms.cell.array, fractional, numbers_of(atoms), tolerance)
    if found is None:
        raise ValueError(
            f"no primitive cell found for {atoms.symbols}; check for overlapping ions or change "
            "the tolerance"
        )
    identity = (found.rotations == np.eye(3, dtype=int)).all(axis=(1, 2))
    count = int(identity.sum())
    # Each one, repeated `count` times, is a lattice vector: that fixes its exact value.
    return np.asarray(np.rint(found.translations[identity] * count) / count)


def _layered_cell(cell: FloatArray, translations: FloatArray) -> FloatArray:
    """Primitive vectors of the finer lattice: two in the plane of a and b, and a short third."""
    offsets = np.array(list(product((-1, 0, 1), repeat=3)))
    fractional = (translations[:, None] + offsets).reshape(-1, 3)
    vectors = fractional @ cell
    # Smallest area and volume first, then the shortest, then the one most like the given vector.
    plane = vectors[np.abs(fractional[:, 2]) < 1e-9]
    first, second = np.array([(i, j) for i in range(len(plane)) for j in range(len(plane))]).T
    normal = np.cross(cell[0], cell[1])
    areas = np.cross(plane[first], plane[second]) @ (normal / np.linalg.norm(normal))
    lengths = (plane[first] ** 2).sum(axis=1) + (plane[second] ** 2).sum(axis=1)
    likeness = plane[first] @ cell[0] + plane[second] @ cell[1]
    best = _first_of(areas, lengths, likeness)
    in_plane = plane[[first[best], second[best]]]
    volumes = vectors @ np.cross(*in_plane) * np.sign(np.linalg.det(cell))
    third = vectors[_first_of(volumes, (vectors**2).sum(axis=1), vectors @ cell[2])]
    return np.vstack([in_plane, third])


def _first_of(sizes: FloatArray, lengths: FloatArray, likeness: FloatArray) -> int:
    """Index of the smallest positive size; ties go to the shortest, then to the most alike."""
    scale = np.abs(sizes).max()
    candidates = np.where(sizes > 1e-6 * scale, sizes / scale, np.inf)
    order = np.lexsort((-likeness, (lengths / lengths.max()).round(6), candidates.round(6)))
    return int(order[0])


def same_crystal(first: Atoms, second: Atoms) -> bool:
    """Whether two crystals are one, in whatever cell, setting and orientation.

    Their primitive cells then have the same volume and species, and all pairs of species the same
    distances as far as the larger of 6 Å and the shortest period. Mirror images count as one.

    Raises ValueError: As `primitive_cell`.
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


def _distances(atoms: Atoms, radius: float) -> dict[tuple[str, str], FloatArray]:
    """Rising distances of each pair of species."""
    from ase import neighborlist

    search: Any = neighborlist.neighbor_list
    first, second, lengths = search("ijd", compact(atoms), radius)
    names = np.array(species_of(atoms))
    pairs = [(str(a), str(b)) for a in np.unique(names) for b in np.unique(names)]
    return {(a, b): np.sort(lengths[(names[first] == a) & (names[second] == b)]) for a, b in pairs}


def _agree(some: FloatArray, others: FloatArray, radius: float) -> bool:
    """Whether all of some but those at the very end are among the others."""
    inner = some[some < radius - 2 * _TOLERANCE]
    same = len(others) >= len(inner)
    return same and bool(np.allclose(inner, others[: len(inner)], rtol=0, atol=_TOLERANCE))
