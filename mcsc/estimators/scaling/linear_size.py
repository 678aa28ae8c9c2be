"""The linear size L that a supercell enters finite-size scaling with."""

from dataclasses import dataclass
from itertools import combinations, product

import numpy as np
import xarray as xr
from numpy.typing import ArrayLike

from mcsc.arrays import FloatArray
from mcsc.periodic import reduction

# sides may deviate this much from one shape: cells are whole numbers
_SHAPE = 1e-6


@dataclass(frozen=True)
class LinearSizes:
    """Linear sizes of supercells of one shape.

    lengths: L in cells, shape (S,), in the order of the supercells; NaN if they have no one shape.
    dimension: Number of directions that grow: the carriers of a supercell are as L^dimension.
    reason: Why there are no linear sizes, empty where there are.
    """

    lengths: FloatArray
    dimension: int
    reason: str = ""


def linear_sizes(supercells: ArrayLike, cell: ArrayLike | None = None) -> LinearSizes:
    """Linear size of each of several supercells.

    Directions in which all supercells have the same number of cells do not scale: 6x6x2, 9x9x2 and
    12x12x2 are a system of two dimensions, a slab two layers high, with L = 6, 9, 12. L is the
    geometric mean of the cells along the directions that grow. These must grow together: the
    scaling functions depend on the shape, so that sizes of several shapes lie on several curves.

    supercells: Cells along each lattice vector, shape (S, 3), or vectors of each supercell in units
        of the lattice vectors, shape (S, 3, 3). Of these, a vector that is the same in all does not
        scale, and L^d is the volume or area of the others in cells: √3 × √3 cells have L = √3.
    cell: Lattice vectors, shape (3, 3), to compare shapes by where supercells are given as vectors.

    Returns: `LinearSizes`; without lengths, and with the reason, where the supercells are all equal
        or differ in shape.
    """
    given = np.asarray(supercells, dtype=np.float64)
    rows = given if given.ndim == 3 else np.array([np.diag(row) for row in given])
    diagonal = all(np.count_nonzero(m) == np.count_nonzero(np.diag(m)) == 3 for m in rows)
    grows = np.ptp(rows, axis=0).any(axis=1)
    nothing, dimension = np.full(len(rows), np.nan), int(grows.sum())
    if not dimension:
        return LinearSizes(nothing, 0, "all supercells have the same size")
    growing = rows[:, grows]
    lengths = np.array([_content(vectors) for vectors in growing]) ** (1 / dimension)
    if diagonal:
        cells = np.abs(np.diagonal(rows, axis1=1, axis2=2))
        sides = cells[:, grows]
        alike = np.ptp(np.log(sides / sides[:, :1]), axis=0).max() <= _SHAPE
        lengths = np.exp(np.log(sides).mean(axis=1))
        shown = ", ".join("x".join(f"{n:g}" for n in row) for row in cells)
    else:
        alike = _similar(growing @ np.asarray(np.eye(3) if cell is None else cell))
        shown = "; ".join(str(m.astype(int).tolist()) for m in rows)
    if not alike:
        reason = f"supercells {shown} differ in shape: give sizes that grow in proportion"
        return LinearSizes(nothing, dimension, reason)
    if len(np.unique(np.round(lengths, 9))) < len(lengths):
        return LinearSizes(nothing, dimension, f"supercells {shown} are equally large")
    return LinearSizes(lengths, dimension)


def _content(vectors: FloatArray) -> float:
    """Primitive cells, of the lattice along them, that integer vectors (d, 3) span."""
    minors = [
        round(float(np.linalg.det(vectors[:, list(columns)])))
        for columns in combinations(range(3), len(vectors))
    ]
    return float(np.gcd.reduce(minors))


def _similar(lattices: FloatArray) -> bool:
    """Whether lattices, vectors (S, d, 3) as rows, agree up to their size and a rotation.

    They then have vectors of the same lengths, in units of one of them.
    """
    d = lattices.shape[1]
    spans = lattices.reshape(-1, 3) / np.abs(lattices).max()
    if np.linalg.matrix_rank(spans, tol=_SHAPE) > d:
        return False
    steps = np.array(list(product(range(-3, 4), repeat=d)))
    found = []
    for vectors in lattices:
        # coordinates in the lattice's own plane or line
        square = np.linalg.qr(vectors.T).R.T
        reduced = reduction(square) @ square
        lengths = np.sort(np.linalg.norm(steps @ reduced, axis=1))
        found.append(lengths / abs(np.linalg.det(reduced)) ** (1 / d))
    return bool(np.ptp(found, axis=0).max() <= 1e-5)


def sizes_of(series: xr.Dataset, structure: xr.Dataset | None) -> LinearSizes:
    """Linear sizes of the supercells of a diagram, in the order of its dimension ``size``.

    series, structure: Its groups. Without ``structure`` the coordinate ``size`` itself is taken, as
        a chain of that length: the number of carriers is as L.
    """
    structure = xr.Dataset() if structure is None else structure
    if "supercell_matrix" in structure:
        # of a varied cell the first
        cell = structure["cell"].transpose(..., "vector", "component").values.reshape(-1, 3, 3)[0]
        return linear_sizes(structure["supercell_matrix"].values, cell)
    if "cells" in structure:
        return linear_sizes(structure["cells"].values)
    lengths = series["size"].values.astype(np.float64)
    return LinearSizes(lengths, 1)
