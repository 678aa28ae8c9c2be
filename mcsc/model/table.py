"""Pair tables: the periodic potential between all states of a cell and all cells of a supercell."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from mcsc.arrays import FloatArray, IntArray
from mcsc.model.potential import BARE, Potential
from mcsc.structure import Structure


@dataclass(frozen=True, eq=False)
class PairTable:
    """An interaction of carriers on a periodic supercell, by translation symmetry.

    With m the states of a primitive cell (well-major) and n = 0 or 1 their occupations, the energy
    is ½ Σ V[m, m2, d] n_m(c) n_m2(c + d) + ½ Σ self_energy[m] n_m(c), sums over all cells c,
    offsets d and states.

    values: (M, M, Lx, Ly, Lz) V[m, m2, x, y, z] between a carrier in state m of cell 0 and one in
        state m2 of cell (x, y, z). V[m, m2, d] = V[m2, m, −d] to the last bit. Zero between the
        states of one well (offset zero): they are never occupied together.
    self_energy: (M,) what a carrier feels from its own images (and background), at its own
        position. Enters the energy with ½, once for each carrier.

    Both are read-only. Unit: inverse length for the potential of unit charges (:func:`pair_table`),
    energy for :func:`mcsc.model.short_range_table`.
    """

    values: FloatArray
    self_energy: FloatArray

    def __post_init__(self) -> None:
        self.values.setflags(write=False)
        self.self_energy.setflags(write=False)


def pair_table(structure: Structure, size: Sequence[int], potential: Potential = BARE) -> PairTable:
    """Periodic potential of unit charges between all carrier positions of a supercell, 1/length.

    A position is the centre of a well plus the displacement of the state, so the table holds
    every effect of the displacements on the interaction. The self energy (the potential of a
    charge's own images and background) is the same for all states but those of a slab, where it
    depends on their heights.

    Raises ValueError: As :meth:`mcsc.model.Potential.between`.
    """
    positions, wells = state_positions(structure)
    states = len(positions)
    first, second = np.triu_indices(states, k=1)
    # in a crystal every state sees its own lattice of images alike: one row serves all m = m2
    own = np.zeros(1, dtype=np.int64) if potential.by_difference else np.arange(states)
    ends = np.concatenate([own, first]), np.concatenate([own, second])
    found = potential.between(structure.cell, size, *(positions[end] for end in ends))
    alike, found = found[: len(own)], found[len(own) :]
    values = np.empty((states, states, *found.shape[1:]))
    diagonal = np.arange(states)
    values[diagonal, diagonal] = 0.5 * (alike + _inverted(alike))
    values[first, second] = found
    values[second, first] = _inverted(found)
    values[wells[:, None] == wells[None, :], 0, 0, 0] = 0.0
    images = np.ascontiguousarray(np.broadcast_to(alike[:, 0, 0, 0], states))
    return PairTable(values, images)


def state_positions(structure: Structure) -> tuple[FloatArray, IntArray]:
    """Carrier positions of one primitive cell in the order of the pair tables.

    (M, 3) Cartesian, well centre plus displacement, in the length unit of the structure; (M,) the
    well each state belongs to.
    """
    positions = np.vstack([well.centre + well.displacements for well in structure.wells])
    counts = [len(well.displacements) for well in structure.wells]
    return positions, np.repeat(np.arange(len(counts)), counts)


def _inverted(tables: FloatArray) -> FloatArray:
    """Tables (P, Lx, Ly, Lz) read at −d, indices modulo the size."""
    axes = (1, 2, 3)
    return np.roll(np.flip(tables, axes), 1, axes)
