"""Wavevectors that fit the supercell, grouped into stars of symmetry-equivalent ones."""

from dataclasses import dataclass
from itertools import product

import numpy as np
import numpy.typing as npt

from mcsc.structure import Structure

FloatArray = npt.NDArray[np.float64]
IntArray = npt.NDArray[np.int64]


@dataclass(frozen=True)
class Star:
    """Symmetry-equivalent wavevectors of one supercell.

    Attributes
    ----------
    members
        Indices into the list of :func:`wavevectors`.
    waves
        Number of the density wave that each member belongs to: members that agree up to sign and a
        reciprocal lattice vector are one wave of the cells, seen in several Brillouin zones.
    """

    members: IntArray
    waves: IntArray

    @property
    def n_waves(self) -> int:
        """Number of different density waves."""
        return int(self.waves.max()) + 1

    @property
    def weights(self) -> FloatArray:
        """One over the number of members of the same wave: m² = Σ weight |ρ_q|²/N²."""
        return np.asarray(1.0 / np.bincount(self.waves)[self.waves])


def wavevectors(size: tuple[int, int, int]) -> IntArray:
    """All wavevectors of the supercell with −1 ≤ h, k, l ≤ 1, one of each pair ±q.

    More than one Brillouin zone, because wells within the cell scatter with different phases; along
    an axis of a single cell only whole h are possible.

    Returns
    -------
    (n, 3) integers; q = row / size in reciprocal lattice units. q = 0 comes first.
    """
    grid = np.array(list(product(*(range(-n, n + 1) for n in size))), dtype=np.int64)
    h, k, l = grid.T  # noqa: E741
    half = (h > 0) | ((h == 0) & (k > 0)) | ((h == 0) & (k == 0) & (l >= 0))
    kept: IntArray = grid[half]
    order = np.lexsort((*kept.T[::-1], np.abs(kept).sum(axis=1)))
    return kept[order]


def filled_lattice_peaks(structure: Structure, size: tuple[int, int, int]) -> npt.NDArray[np.bool_]:
    """Whether a supercell with every well filled at its centre scatters at each wavevector.

    Returns
    -------
    (n,) for the list of :func:`wavevectors`; true only at reciprocal lattice points of the lattice
    that all the wells form together.
    """
    q = wavevectors(size)
    whole = (q % np.array(size) == 0).all(axis=1)
    centres = np.array([well.centre for well in structure.wells])
    fractional = centres @ np.linalg.inv(structure.cell)
    phases = np.exp(-2j * np.pi * (q / np.array(size)) @ fractional.T)
    return np.asarray(whole & (np.abs(phases.sum(axis=1)) > 1e-6 * structure.n_wells))


def stars(size: tuple[int, int, int], group: npt.NDArray[np.int64]) -> list[Star]:
    """Group the wavevectors away from the cell's own reciprocal lattice into stars.

    Parameters
    ----------
    size
        Supercell in cells.
    group
        (n, 3, 3) rotations on wavevectors, from :func:`mcsc.lattice.point_group`.

    Returns
    -------
    Stars of the wavevectors that are not whole in h, k and l, in the order of their first member.
    Order at whole wavevectors is order among the wells of one cell: see ``sublattice_order``.
    """
    q = wavevectors(size)
    scale = np.array(size)
    index = {tuple(row): i for i, row in enumerate(q.tolist())}
    seen: set[int] = set()
    found = []
    for i, row in enumerate(q):
        if i in seen or (row % scale == 0).all():
            continue
        # grid units: (g q)_j L_j with q_i = row_i / L_i
        turned = np.rint((group @ (row / scale)) * scale).astype(np.int64)
        both = np.concatenate([turned, -turned])
        members = sorted({index[tuple(t)] for t in both.tolist() if tuple(t) in index} | {i})
        seen.update(members)
        names = [min(tuple(q[j] % scale), tuple(-q[j] % scale)) for j in members]
        waves = [sorted(set(names)).index(name) for name in names]
        found.append(Star(np.array(members, dtype=np.int64), np.array(waves, dtype=np.int64)))
    return found
