"""Symmetry of the wells as the Hamiltonian sees them: by kind, depth and state energies."""

import numpy as np
import numpy.typing as npt

from mcsc.structure import Structure, Well
from mcsc.structure.symmetry import SpaceGroup, space_group

IntArray = npt.NDArray[np.int32]


def _labels(structure: Structure) -> list[int]:
    """One number for all wells that differ in position only.

    Kind is a name; with one state a well is a point whose depth alone enters the Hamiltonian.
    """

    def content(well: Well) -> tuple[object, ...]:
        energies = tuple(np.round(well.state_energies, 9))
        lengths = tuple(np.round(np.linalg.norm(well.displacements, axis=1), 6))
        name = "" if len(energies) == 1 else well.kind
        return name, round(well.depth, 9), energies, lengths

    contents = [content(well) for well in structure.wells]
    distinct = sorted(set(contents), key=contents.index)
    return [distinct.index(item) for item in contents]


def _space_group(structure: Structure, tolerance: float) -> SpaceGroup | None:
    centres = np.array([well.centre for well in structure.wells])
    fractional = centres @ np.linalg.inv(structure.cell)
    return space_group(structure.cell, fractional, _labels(structure), tolerance)


def equivalent_wells(structure: Structure, symprec: float = 1e-4) -> IntArray:
    """Orbit of each well under the symmetry of the Hamiltonian at zero field.

    Returns
    -------
    (B,) the lowest-numbered well of the same orbit. Wells in one orbit are equally occupied unless
    a symmetry is broken; wells with one state and equal depth count as the same kind.
    """
    group = _space_group(structure, symprec)
    if group is None:
        return np.arange(structure.n_wells, dtype=np.int32)
    return group.equivalent.astype(np.int32)


def point_group(
    structure: Structure, size: tuple[int, int, int], symprec: float = 1e-4
) -> npt.NDArray[np.int64]:
    """Rotations of the wells that map the supercell onto itself, acting on wavevectors.

    Returns
    -------
    (n, 3, 3) integer matrices g: q' = g q for q in reciprocal lattice units.
    """
    group = _space_group(structure, symprec)
    if group is None:
        return np.eye(3, dtype=np.int64)[None]
    rotations = np.unique(group.rotations, axis=0)
    # a rotation R of fractional coordinates turns q into q R⁻¹; over the group R runs over inverses
    on_q = rotations.transpose(0, 2, 1)
    scale = np.array(size)
    # q has multiples of 1/L: the turned grid must fall on the grid, g_ij L_i / L_j whole
    whole = (on_q * scale[None, :, None]) % scale[None, None, :] == 0
    kept: npt.NDArray[np.int64] = on_q[whole.all(axis=(1, 2))]
    return kept
