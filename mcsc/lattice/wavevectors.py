"""Wavevectors that fit the supercell, on which its structure factor is stored."""

from itertools import product

import numpy as np
import numpy.typing as npt

from mcsc.structure import Structure

IntArray = npt.NDArray[np.int64]


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
