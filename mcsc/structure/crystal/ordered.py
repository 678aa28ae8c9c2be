"""What every crystal must be before wells are looked for: one, of known ions apart."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

import numpy as np

from mcsc.periodic import compact
from mcsc.structure.crystal.species import shares_of, species_of

if TYPE_CHECKING:
    from ase import Atoms

# Å; no two nuclei of a real crystal come this close (H-H in H2 is 0.74).
CLOSEST_APPROACH = 0.5
# Å; no crystal of atoms repeats faster or more slowly
SHORTEST, LONGEST = 0.5, 1000.0
MOST_IONS = 4096
"""Larger cells are not searched: all ions are compared with all."""


def require_crystal(atoms: Atoms, label: str = "") -> None:
    """Refuse what is not one crystal.

    What passes is periodic in three directions with finite positions, has known species, and no two
    ions within 0.5 Å. Sites of partial occupation that cannot be taken at once may be closer.

    Raises ValueError: It begins with ``label``, by default the formula.
    """
    label = label or f"{atoms.symbols.formula:metal}" or "crystal"
    if len(atoms) == 0:
        raise ValueError(f"{label}: no ions in it; give a crystal")
    cell = np.array(atoms.cell.array)
    if not np.isfinite(cell).all() or not np.isfinite(atoms.positions).all():
        raise ValueError(f"{label}: a position or the cell is not finite; correct it")
    lengths = np.linalg.norm(cell, axis=1)
    if not abs(np.linalg.det(cell)) > 1e-6 * np.prod(lengths) or not np.all(atoms.pbc):
        raise ValueError(
            f"{label}: not periodic in three directions; give a cell of three directions"
        )
    if (atoms.numbers <= 0).any():
        raise ValueError(f"{label}: an ion without a species (X); name the species of every ion")
    for i, j, distance in close_pairs(atoms):
        raise ValueError(overlap(label, atoms.symbols[i], atoms.symbols[j], distance))


def close_pairs(atoms: Atoms) -> Sequence[tuple[int, int, float]]:
    """Pairs of ions closer than any two nuclei come, each with its distance, Å."""
    from ase import neighborlist

    search: Any = neighborlist.neighbor_list
    first, second, distances = search("ijd", compact(atoms), CLOSEST_APPROACH)
    taken = [sum(shares_of(name).values()) for name in species_of(atoms)]
    pairs = zip(first.tolist(), second.tolist(), distances.tolist(), strict=True)
    # textbook lattices of constant 1 have ions at exactly the limit
    return [
        (i, j, distance)
        for i, j, distance in pairs
        if distance < CLOSEST_APPROACH * (1 - 1e-6) and taken[i] + taken[j] > 1 + 1e-2
    ]


def overlap(label: str, first: str, second: str, distance: float) -> str:
    """The message about two ions on top of each other."""
    return (
        f"{label}: {first} and {second} ions overlap, {distance:.3f} Å apart; give an ordered "
        "crystal with correct coordinates"
    )
