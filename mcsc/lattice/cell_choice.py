"""Supercells as integer matrices: the primitive cell in which one is n1 × n2 × n3 cells.

A supercell whose vectors are the rows of an integer matrix M, in units of the vectors of a cell A,
is a superlattice of the crystal. By Smith's normal form there is a primitive cell A' = V A, V
unimodular, of which it is n1 × n2 × n3 cells: √7 × √7 cells are 1 × 7 cells of another shape. So
everything below this module knows such supercells only.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from itertools import permutations
from math import gcd, prod

import numpy as np
import numpy.typing as npt

from mcsc.arrays import FloatArray, IntArray
from mcsc.lattice.layers import layer_plane, layers
from mcsc.lattice.short_vectors import (
    adjugate,
    area,
    reduced_pair,
    short_pair,
    short_triple,
    shortened,
)
from mcsc.lattice.smith import Cells, Matrix, completed, determinant, order_of, smith
from mcsc.periodic import reduction
from mcsc.structure import Structure

_IDENTITY: Matrix = ((1, 0, 0), (0, 1, 0), (0, 0, 1))
MOST_CELLS = 2**31 - 1
"""Cells of a supercell, which 32-bit integers number."""
# volume of a cell over the product of its lengths
_MOST_SKEWED = 1e-6


@dataclass(frozen=True)
class Supercell:
    """A supercell, and the primitive cell along whose vectors it is a whole number of cells.

    matrix: Rows: vectors of the supercell as they were given, in units of the cell vectors.
    change: Rows: vectors of the other primitive cell, in units of the cell vectors.
    size: Cells of that kind along each of its vectors.
    """

    matrix: Matrix
    change: Matrix
    size: Cells

    @property
    def n_cells(self) -> int:
        """Primitive cells in the supercell; of a slab those of the crystal it was cut out of."""
        return abs(determinant(self.matrix))

    @property
    def is_diagonal(self) -> bool:
        """Whether it was given as numbers of cells along the cell vectors."""
        return bool((np.array(self.matrix) == np.diag(np.diag(self.matrix))).all())

    @property
    def label(self) -> str:
        """What messages call it, such as ``6x6x2`` or ``[[2, 1, 0], [-1, 3, 0], [0, 0, 2]]``."""
        if self.is_diagonal:
            return "x".join(str(abs(n)) for n in np.diag(self.matrix))
        return str([list(row) for row in self.matrix])

    def same_superlattice(self, other: "Supercell") -> bool:
        """Whether two supercells repeat by the same translations."""
        if self.n_cells != other.n_cells:
            return False
        return all(order_of(row, self.matrix) == 1 for row in other.matrix)

    def sampled(self, structure: Structure) -> Structure:
        """The wells of a structure in the other primitive cell, at the same positions.

        Wavevectors stay in reciprocal lattice units of the cell they were in.
        """
        if self.change == _IDENTITY:
            return structure
        axes = structure.cell if structure.axes is None else structure.axes
        change, open_slab = np.array(self.change), structure.slab
        if open_slab is not None:
            # of the vectors only one leads out of the slab
            (axis,) = np.flatnonzero(change[:, open_slab.axis])
            open_slab = replace(open_slab, axis=int(axis))
        return replace(structure, cell=change @ structure.cell, axes=axes, slab=open_slab)


def along_cell(size: Cells) -> Supercell:
    """The supercell of so many cells along the vectors of the given cell."""
    x, y, z = size
    return Supercell(((x, 0, 0), (0, y, 0), (0, 0, z)), _IDENTITY, size)


def in_cells(
    structure: Structure, size: Sequence[int] | Sequence[Sequence[int]]
) -> tuple[Structure, Cells]:
    """A structure and cells along its vectors; of a matrix those of :func:`choose_cell`.

    Raises ValueError: As that, or if a matrix is not one of (3, 3) integers.
    """
    if np.ndim(size) != 2:
        return structure, size  # type: ignore[return-value]
    rows = np.asarray(size)
    if rows.shape != (3, 3) or not (rows == np.rint(rows)).all():
        raise ValueError(
            f"supercell {rows.tolist()}: give three vectors of three whole numbers, in units of "
            "the cell vectors"
        )
    try:
        cells = cells_of(structure, rows.tolist())
    except ValueError as error:
        raise ValueError(f"supercell {rows.tolist()}: {error}") from None
    return cells.sampled(structure), cells.size


def choose_cell(
    cell: FloatArray, matrix: Sequence[Sequence[int]], plane: npt.ArrayLike | None = None
) -> Supercell:
    """Choose the primitive cell of which a supercell is a whole number of cells a direction.

    cell: (3, 3) vectors of a primitive cell, one a row, any unit.
    matrix: Rows: vectors of the supercell in units of those.
    plane: Of a layered crystal the covector h, integers without a common divisor: h · c is the
        layer of the cell c. The third vector then leads from layer to layer and the other two lie
        within one, wherever the supercell permits.

    Returns: Supercell: In the given cell itself where that serves; else the vectors are short.

    Raises ValueError if the vectors of the supercell lie in one plane, it has too many cells, or
        these are too skewed.
    """
    given = tuple(tuple(map(int, row)) for row in matrix)
    n_cells = abs(determinant(given))
    if n_cells == 0:
        raise ValueError("its vectors lie in one plane; give three directions")
    if n_cells > MOST_CELLS:
        raise ValueError(f"{n_cells} cells are too many; at most {MOST_CELLS}")
    rows = np.array(given, dtype=np.int64)
    orders = tuple(order_of(vector, rows) for vector in np.eye(3, dtype=np.int64))
    h = None if plane is None else np.array(plane, dtype=np.int64)
    along_c = h is None or not h[:2].any()
    if along_c and prod(orders) == n_cells:
        return Supercell(given, _IDENTITY, orders)  # type: ignore[arg-type]
    # short vectors of the same superlattice keep the numbers small
    rows = reduction(rows @ cell) @ rows
    found = None if h is None else _by_layers(cell, rows, h)
    change, size = found or _compact(cell, rows)
    spanned = [n * vector for n, vector in zip(size, change, strict=True)]
    if determinant(change) != 1 or any(order_of(vector, rows) != 1 for vector in spanned):
        raise ValueError("its vectors are too long to tell the cells that it is made of")
    lengths = np.linalg.norm(change @ cell, axis=1)
    if abs(np.linalg.det(change @ cell)) < _MOST_SKEWED * lengths.prod():
        raise ValueError("the cells that it is made of are too skewed; give a simpler supercell")
    vectors = tuple(tuple(row) for row in change.tolist())
    return Supercell(given, vectors, size)  # type: ignore[arg-type]


def cells_of(structure: Structure, matrix: Sequence[Sequence[int]]) -> Supercell:
    """Choose the cell of :func:`choose_cell` for a structure, its layers in view.

    A slab repeats in its plane only: across it ``matrix`` counts the cells of the crystal, all of
    which one cell of the slab holds.

    Raises ValueError: As that, or if a slab is of another thickness.
    """
    rows, across = np.array(matrix), structure.slab
    if across is not None:
        steps = rows[:, across.axis]
        if np.gcd.reduce(steps) != across.cells:
            raise ValueError(
                f"{np.gcd.reduce(steps)} cells along the open axis of a slab of {across.cells}: "
                f"its thickness is that of the slab, not of the supercell; take {across.cells}"
            )
        rows[:, across.axis] = steps // across.cells
    found = choose_cell(structure.cell, rows.tolist(), layer_plane(structure))
    x, y, z = (tuple(map(int, row)) for row in matrix)
    return replace(found, matrix=(x, y, z))  # type: ignore[arg-type]


def layer_frame(structure: Structure) -> IntArray:
    """A primitive cell along the layers: rows in units of the cell vectors, (3, 3).

    The first two lie in a layer, the third leads to the next; the cell itself without layers, or
    where its first two vectors lie in them.
    """
    return np.array(choose_cell(structure.cell, _IDENTITY, layer_plane(structure)).change)


def with_layers_together(structure: Structure) -> Structure:
    """The same crystal with all wells of a layer in one cell along the layers.

    Wells are moved by lattice translations. Layers are then what cells with one third coordinate
    hold in the cells of :func:`choose_cell`.
    """
    found = layers(structure)
    if found is None or not found.height.any():
        return structure
    frame = completed(found.plane)
    step = shortened(structure.cell, frame[2], frame[:2]) @ structure.cell
    moved = [
        replace(well, centre=well.centre - n * step, cage=well.cage - n * step)
        for well, n in zip(structure.wells, found.height, strict=True)
    ]
    return replace(structure, wells=tuple(moved))


def _by_layers(
    cell: FloatArray, matrix: IntArray, plane: IntArray
) -> tuple[IntArray, Cells] | None:
    """The cell whose third index counts layers; None where the supercell is sheared too much."""
    # upwards along the last of the cell vectors that leads out of a layer
    frame = completed(plane * int(np.sign(plane[np.flatnonzero(plane)[-1]])))
    frame[:2] = reduced_pair(cell, frame[:2])
    rows = np.rint(matrix @ np.linalg.inv(frame)).astype(np.int64)
    # combined to two that stay in a layer and one that climbs as few as it can
    heights = rows[:, 2]
    combined = completed(heights // np.gcd.reduce(heights)) @ rows
    within, (*shift, n_layers) = combined[:2, :2], combined[2].tolist()
    basis, (n1, n2) = short_pair(cell, frame[:2], within)
    # n_layers times the third vector has to be that shift, up to the superlattice of one layer
    wanted = (np.array(shift) @ adjugate(basis) * int(np.sign(area(basis)))).tolist()
    steps, free = [], []
    for n, w in zip((n1, n2), wanted, strict=True):
        shared = gcd(n, n_layers)
        if w % shared:
            return None
        free.append(n // shared)
        steps.append(w // shared * pow(n_layers // shared, -1, n // shared) % (n // shared))
    pair = basis @ frame[:2]
    third = shortened(cell, frame[2] + np.array(steps) @ pair, np.array(free)[:, None] * pair)
    if determinant([*pair, third]) < 0:
        pair, n1, n2 = pair[::-1], n2, n1
    return np.array([*pair, third]), (n1, n2, n_layers)


def _compact(cell: FloatArray, matrix: IntArray) -> tuple[IntArray, Cells]:
    """Short vectors of a cell of which the supercell is a whole number of cells a direction."""
    found = short_triple(cell, matrix)
    # of a superlattice of long vectors such as lie in a plane of some
    normals = [np.cross(matrix[i], matrix[j]) for i, j in ((0, 1), (0, 2), (1, 2))]
    for normal in (*normals, *np.eye(3, dtype=np.int64)):
        found = found or _by_layers(cell, matrix, normal // np.gcd.reduce(normal))
    if found is None:
        (x, y, z), basis = smith(matrix)
        found = basis, (x, y, z)
    change, size = found
    # the vectors in the order of those of the cell that they are most along
    along = np.abs(change) / np.abs(change).sum(axis=1, keepdims=True)
    orders = [p for p in permutations(range(3)) if determinant(change[list(p)]) > 0]
    best = list(max(orders, key=lambda p: along[list(p), range(3)].sum()))
    x, y, z = (size[i] for i in best)
    return change[best], (x, y, z)
