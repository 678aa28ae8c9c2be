"""Which wells of a crystal are equivalent by its symmetry, and an order of all.

Neither rounding nor the order of ions in a file can change the order.
"""

from __future__ import annotations

from collections import Counter
from dataclasses import replace
from typing import TYPE_CHECKING

import numpy as np
import numpy.typing as npt

from mcsc.arrays import FloatArray
from mcsc.periodic import arms_within, image_distances
from mcsc.structure.crystal.species import numbers_of
from mcsc.structure.crystal.symmetry import space_group
from mcsc.structure.well import Well

if TYPE_CHECKING:
    from ase import Atoms

TOLERANCE = 0.01
"""Å; ions this close to symmetric positions count as symmetric: refinements round to about this."""
# Å; how far around a well its surroundings are compared, and how fast ions cease to matter
_SURROUNDINGS, _FADING = 12.0, 1.5


def orbits_of(
    atoms: Atoms, centres: FloatArray, tolerance: float = TOLERANCE
) -> npt.NDArray[np.intp]:
    """Number the orbits of positions (n, 3) in a crystal, as they appear; ``tolerance`` in Å.

    Equal where an operation of the space group maps one on the other; all different if the search
    for the group fails.
    """
    cell = np.array(atoms.cell.array)
    inverse = np.linalg.inv(cell)
    group = space_group(cell, atoms.positions @ inverse, numbers_of(atoms), tolerance)
    fractional = centres @ inverse
    orbit = np.full(len(centres), -1, dtype=np.intp)
    for i in range(len(centres)):
        if orbit[i] >= 0:
            continue
        orbit[i] = orbit.max() + 1
        if group is None:
            continue
        images = group.rotations @ fractional[i] + group.translations
        near = image_distances(cell, (images[:, None] - fractional) @ cell) < 5 * tolerance
        orbit[near.any(axis=0) & (orbit < 0)] = orbit[i]
    return orbit


def with_orbits(
    atoms: Atoms, wells: list[Well], tolerance: float = TOLERANCE, *, rename: bool = False
) -> list[Well]:
    """Give every well the number of its orbit; kinds of several orbits a number each if asked to.

    Orbits are numbered by kind, distance of the cage, distortion and finally by what surrounds the
    wells, never by position: rotating, shifting or repeating the crystal numbers them alike. With
    ``rename``, ``"octahedron"`` in two orbits becomes ``"octahedron_1"`` and ``"octahedron_2"``.
    """
    orbit = orbits_of(atoms, np.array([well.centre for well in wells]), tolerance)
    first = [int(np.flatnonzero(orbit == o)[0]) for o in range(orbit.max() + 1)]
    heads = [wells[i] for i in first]
    kinds = sorted({well.kind for well in heads})
    order = tied_order(
        [
            np.array([kinds.index(well.kind) for well in heads], dtype=np.float64),
            np.array([well.distances.mean() for well in heads]),
            np.array([np.nan_to_num(well.distortion, nan=-1.0) for well in heads]),
            *_surroundings(atoms, np.array([well.centre for well in heads])).T,
        ]
    )
    number = {o: n for n, o in enumerate(order)}
    several = Counter(well.kind for well in heads)
    count: Counter[str] = Counter()
    names = {}
    for o in order:
        kind = heads[o].kind
        count[kind] += 1
        names[o] = f"{kind}_{count[kind]}" if rename and several[kind] > 1 else kind
    return [
        replace(well, orbit=number[o], kind=names[o])
        for well, o in zip(wells, orbit.tolist(), strict=True)
    ]


def _surroundings(atoms: Atoms, centres: FloatArray) -> FloatArray:
    """One number a species and position: the ions around it, near ones counting more."""
    cell, numbers = np.array(atoms.cell.array), numbers_of(atoms)
    species = np.unique(numbers)
    rows = []
    for centre in centres:
        owner, arms = arms_within(centre, atoms.positions, cell, _SURROUNDINGS)
        weights = np.exp(-np.linalg.norm(arms, axis=1) / _FADING)
        rows.append([weights[numbers[owner] == z].sum() for z in species])
    return np.array(rows)


def sorted_wells(wells: list[Well], cell: FloatArray) -> tuple[Well, ...]:
    """Move the wells into the home cell and sort by kind, then fractional coordinates."""
    fractional = np.array([well.centre for well in wells]) @ np.linalg.inv(cell)
    # Rounding may leave a coordinate just below 0 or 1: both count as 0.
    shift = np.floor(fractional + 1e-6)
    keys = [ranks(column) for column in (fractional - shift).T]
    order = sorted(range(len(wells)), key=lambda b: (wells[b].kind, *(k[b] for k in keys)))
    moves = -shift @ cell
    return tuple(
        replace(wells[b], centre=wells[b].centre + moves[b], cage=wells[b].cage + moves[b])
        for b in order
    )


def ranks(values: FloatArray, step: float = 1e-4) -> list[int]:
    """Ranks in which values closer than `step` are tied, so that noise cannot reorder them."""
    order = np.argsort(values, kind="stable")
    rising = np.diff(values[order], prepend=values[order[0]]) > step
    found = np.empty(len(values), dtype=int)
    found[order] = np.cumsum(rising)
    return [int(rank) for rank in found]


def tied_order(columns: list[FloatArray], step: float = 1e-4) -> list[int]:
    """Indices sorted by the first column, ties by the next, and so on."""
    keys = [ranks(column, step) for column in columns]
    return sorted(range(len(columns[0])), key=lambda b: tuple(key[b] for key in keys))
