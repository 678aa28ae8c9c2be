"""In which planes of a crystal the ions of a net lie."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from mcsc.arrays import FloatArray, IntArray
from mcsc.periodic import ROUNDING
from mcsc.structure.crystal.species import numbers_of
from mcsc.structure.crystal.symmetry import space_group
from mcsc.structure.planes import ALONG_C, Plane, lattice_planes, steps_along

if TYPE_CHECKING:
    from ase import Atoms

# In units of the nearest distance between ions of the net:
SAME_PLANE = 0.05
"""Ions whose heights differ by less form one plane."""
_NEXT_PLANE = 0.9  # planes closer than this are a buckled sheet, or cut across the net
# relative; planes in which the ions lie as densely as this are alike
_ALIKE = 0.01
# Å; as for the orbits of wells
_TOLERANCE = 0.01


def net_plane(atoms: Atoms, label: str, ions: FloatArray, spacing: float) -> IntArray:
    """Find the lattice plane in which some ions (n, 3) of a crystal, ``spacing`` apart, form nets.

    Returns: (3,) integers m without a common divisor: m·n = 0 for the lattice translations in the
        plane.

    Raises ValueError if the ions lie in no well separated planes, or equally densely in planes that
        are not equivalent by symmetry; it begins with ``label``.
    """
    cell = np.array(atoms.cell.array)
    fractional = ions @ np.linalg.inv(cell)
    widths = {}
    for plane, period in lattice_planes(cell, _NEXT_PLANE * spacing):
        _, steps = steps_along(fractional @ plane * period, period)
        if not _unclear(steps, spacing).any():
            widths[plane] = period / (steps > SAME_PLANE * spacing).sum()
    if not widths:
        raise ValueError(_not_planar(label, ions, cell, spacing))
    orbits = _orbits(atoms, list(widths))
    fewest = min(len(orbit) for orbit in orbits.values())
    widths = {m: width for m, width in widths.items() if len(orbits[m]) == fewest}
    alike = [m for m, width in widths.items() if width > (1 - _ALIKE) * max(widths.values())]
    chosen = ALONG_C if ALONG_C in alike else max(alike, key=lambda m: m[::-1])
    others = set(alike) - orbits[chosen]
    if others:
        listed = ", ".join(str(list(m)) for m in sorted({chosen, *others}, reverse=True))
        raise ValueError(
            f"{label}: its ions lie as densely in the planes {listed}, which differ; give the "
            "positions of the wells as centre, or centre 'voids'"
        )
    return np.array(chosen, dtype=np.int64)


def _unclear(steps: FloatArray, spacing: float) -> FloatArray:
    """Steps too wide to be within a plane and too narrow to lead to the next."""
    return np.asarray(
        steps[(steps > SAME_PLANE * spacing) & (steps < _NEXT_PLANE * spacing * (1 - ROUNDING))]
    )


def _orbits(atoms: Atoms, planes: list[Plane]) -> dict[Plane, set[Plane]]:
    """The planes that the symmetry of the crystal makes of each, among those given."""
    cell = np.array(atoms.cell.array)
    group = space_group(cell, atoms.positions @ np.linalg.inv(cell), numbers_of(atoms), _TOLERANCE)
    rotations = np.eye(3, dtype=np.int64)[None] if group is None else group.rotations
    found = {}
    for plane in planes:
        turned = {(x, y, z) for x, y, z in (np.array(plane) @ rotations).tolist()}
        found[plane] = {max(m, (-m[0], -m[1], -m[2]), key=lambda m: m[::-1]) for m in turned}
    return found


def _not_planar(label: str, ions: FloatArray, cell: FloatArray, spacing: float) -> str:
    normal = np.cross(cell[0], cell[1])
    normal = normal / np.linalg.norm(normal)
    period = float(abs(cell[2] @ normal))
    _, steps = steps_along(ions @ normal, period)
    found = _unclear(steps, spacing)
    example = f", ions {found[0]:.3g} apart along c*" if len(found) else ""
    return (
        f"{label}: not planar{example} where neighbours are {spacing:.3g} apart, and no better in "
        "any other plane; choose another species, or give a centre"
    )
