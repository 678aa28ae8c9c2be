"""Supercells as integer matrices: the primitive cell in which one is n1 × n2 × n3 cells.

A supercell whose vectors are the rows of an integer matrix M, in units of the vectors of a cell A,
is a superlattice of the crystal. By Smith's normal form there is a primitive cell A' = V A, V
unimodular, of which it is n1 × n2 × n3 cells: √7 × √7 cells are 1 × 7 cells of another shape. So
everything below this module knows such supercells only.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from itertools import combinations, permutations, product
from math import gcd, prod

import numpy as np
import numpy.typing as npt

from mcsc.lattice.layers import layer_plane, layers
from mcsc.lattice.smith import IntArray, completed, determinant, order_of, smith
from mcsc.periodic import reduction
from mcsc.structure import Structure

FloatArray = npt.NDArray[np.float64]
Cells = tuple[int, int, int]
Matrix = tuple[Cells, Cells, Cells]

_IDENTITY: Matrix = ((1, 0, 0), (0, 1, 0), (0, 0, 1))
MOST_CELLS = 2**31 - 1
"""Cells of a supercell, which 32-bit integers number."""
# shortest vectors of each order that pairs are sought among, and how far from zero these lie
_SHORTEST, _FARTHEST = 12, 60
# volume of a cell over the product of its lengths
_MOST_SKEWED = 1e-6
# lengths that differ by less than this share are equal
_EQUAL = 1e-6


@dataclass(frozen=True)
class Supercell:
    """A supercell, and the primitive cell along whose vectors it is a whole number of cells.

    Attributes
    ----------
    matrix
        Rows: vectors of the supercell as they were given, in units of the cell vectors.
    change
        Rows: vectors of the other primitive cell, in units of the cell vectors.
    size
        Cells of that kind along each of its vectors.
    """

    matrix: Matrix
    change: Matrix
    size: Cells

    @property
    def n_cells(self) -> int:
        """Primitive cells in the supercell."""
        return prod(self.size)

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
        """The wells of a structure in the other primitive cell, at the same places.

        Wavevectors stay in reciprocal lattice units of the cell they were in.
        """
        if self.change == _IDENTITY:
            return structure
        axes = structure.cell if structure.axes is None else structure.axes
        return replace(structure, cell=np.array(self.change) @ structure.cell, axes=axes)


def along_cell(size: Cells) -> Supercell:
    """The supercell of so many cells along the vectors of the given cell."""
    x, y, z = size
    return Supercell(((x, 0, 0), (0, y, 0), (0, 0, z)), _IDENTITY, size)


def in_cells(
    structure: Structure, size: Sequence[int] | Sequence[Sequence[int]]
) -> tuple[Structure, Cells]:
    """A structure and cells along its vectors; of a matrix those of :func:`choose_cell`.

    Raises
    ------
    ValueError
        As that, or if a matrix is not one of (3, 3) integers.
    """
    if np.ndim(size) != 2:
        return structure, size  # type: ignore[return-value]
    rows = np.asarray(size)
    if rows.shape != (3, 3) or not (rows == np.rint(rows)).all():
        raise ValueError(
            f"supercell {rows.tolist()}: give three vectors of three whole numbers, in units of "
            "the cell vectors"
        )
    plane = layer_plane(structure)
    try:
        cells = choose_cell(structure.cell, rows.tolist(), plane)
    except ValueError as error:
        raise ValueError(f"supercell {rows.tolist()}: {error}") from None
    return cells.sampled(structure), cells.size


def choose_cell(
    cell: FloatArray, matrix: Sequence[Sequence[int]], plane: npt.ArrayLike | None = None
) -> Supercell:
    """Choose the primitive cell of which a supercell is a whole number of cells a direction.

    Parameters
    ----------
    cell
        (3, 3) vectors of a primitive cell, one a row, any unit.
    matrix
        Rows: vectors of the supercell in units of those.
    plane
        Of a layered crystal the covector h, integers without a common divisor: h · c is the layer
        of the cell c. The third vector then leads from layer to layer and the other two lie within
        one, wherever the supercell permits.

    Returns
    -------
    Supercell
        In the given cell itself where that serves; else the vectors are short.

    Raises
    ------
    ValueError
        If the vectors of the supercell lie in one plane, it has too many cells, or these are too
        skewed.
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
    step = _shortened(structure.cell, frame[2], frame[:2]) @ structure.cell
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
    frame[:2] = _reduced_pair(cell, frame[:2])
    within, (*shift, n_layers) = _by_height(np.rint(matrix @ np.linalg.inv(frame)).astype(np.int64))
    basis, (n1, n2) = _short_pair(cell, frame[:2], within)
    # n_layers times the third vector has to be that shift, up to the superlattice of one layer
    wanted = (np.array(shift) @ _adjugate(basis) * int(np.sign(_area(basis)))).tolist()
    steps, free = [], []
    for n, w in zip((n1, n2), wanted, strict=True):
        shared = gcd(n, n_layers)
        if w % shared:
            return None
        free.append(n // shared)
        steps.append(w // shared * pow(n_layers // shared, -1, n // shared) % (n // shared))
    pair = basis @ frame[:2]
    third = _shortened(cell, frame[2] + np.array(steps) @ pair, np.array(free)[:, None] * pair)
    if determinant([*pair, third]) < 0:
        pair, n1, n2 = pair[::-1], n2, n1
    return np.array([*pair, third]), (n1, n2, n_layers)


def _area(pair: IntArray) -> int:
    (a, b), (c, d) = pair.tolist()
    return int(a * d - b * c)


def _adjugate(pair: IntArray) -> IntArray:
    """Inverse (2, 2) of two rows times their determinant."""
    (a, b), (c, d) = pair.tolist()
    return np.array([[d, -b], [-c, a]], dtype=np.int64)


def _by_height(rows: IntArray) -> tuple[IntArray, list[int]]:
    """Vectors of a superlattice as two of height 0, (2, 2), and one of the least height.

    The height is the third coordinate.
    """
    left = [[int(x) for x in row] for row in rows.tolist()]
    while sum(row[2] != 0 for row in left) > 1:
        low = min((row for row in left if row[2]), key=lambda row: abs(row[2]))
        left = [
            row if row is low else [x - row[2] // low[2] * y for x, y in zip(row, low, strict=True)]
            for row in left
        ]
    (climbing,) = (row for row in left if row[2])
    flat = np.array([row[:2] for row in left if row is not climbing], dtype=np.int64)
    return flat, climbing if climbing[2] > 0 else [-x for x in climbing]


def _compact(cell: FloatArray, matrix: IntArray) -> tuple[IntArray, Cells]:
    """Short vectors of a cell of which the supercell is a whole number of cells a direction."""
    found = _short_triple(cell, matrix)
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


def _short_triple(cell: FloatArray, matrix: IntArray) -> tuple[IntArray, Cells] | None:
    """Such vectors among the shortest ones of the lattice and of the superlattice, if any."""
    n_cells = abs(determinant(matrix))
    steps = np.array(list(product(range(-3, 4), repeat=3)), dtype=np.int64)
    some = []
    for vectors, most in ((np.eye(3, dtype=np.int64), 36), (matrix, 16)):
        points = steps @ reduction(vectors @ cell) @ vectors
        points = points[np.gcd.reduce(points, axis=1) == 1]
        # of two opposite ones the one that is more along the cell vectors
        points = points[(points @ (1, 1, 1) + points @ (3, 2, 1) / 1000 > 0)]
        lengths = np.linalg.norm(points @ cell, axis=1)
        some.append(points[np.argsort(np.round(lengths, 9), kind="stable")][:most])
    vectors = np.unique(np.concatenate(some), axis=0)
    orders = np.array([order_of(v, matrix) for v in vectors])
    sets = np.array(list(combinations(range(len(vectors)), 3)))
    sets = sets[orders[sets].astype(np.float64).prod(axis=1) == n_cells]
    sets = sets[np.abs(np.linalg.det(vectors[sets])).round() == 1]
    if len(sets) == 0:
        return None
    best = vectors[sets[_first(cell, vectors[sets])]]
    x, y, z = (order_of(v, matrix) for v in best)
    return best, (x, y, z)


def _shortened(cell: FloatArray, vector: IntArray, free: IntArray) -> IntArray:
    """A vector as short as two others (2, 3), that may be added to it, make it."""
    free = _reduced_pair(cell, free)
    best = np.rint(np.linalg.lstsq((free @ cell).T, vector @ cell, rcond=None)[0]).astype(np.int64)
    near = np.array(list(product((-1, 0, 1), repeat=2))) - best
    choices = vector + near @ free
    shortest: IntArray = choices[_first(cell, choices[:, None])]
    return shortest


def _reduced_pair(cell: FloatArray, pair: IntArray) -> IntArray:
    """The shortest two vectors of a plane lattice, by Gauss."""
    short, long = sorted(pair, key=lambda v: float(np.linalg.norm(v @ cell)))
    while True:
        a, b = short @ cell, long @ cell
        rest = long - round(float(a @ b / (a @ a))) * short
        if np.linalg.norm(rest @ cell) >= np.linalg.norm(a) * (1 - _EQUAL):
            return np.array([short, rest])
        short, long = rest, short


def _short_pair(
    cell: FloatArray, plane: IntArray, within: IntArray
) -> tuple[IntArray, tuple[int, int]]:
    """Short vectors of a plane lattice, numbers of which span a superlattice of it.

    Parameters
    ----------
    plane
        (2, 3) vectors of the plane lattice, in units of the cell vectors.
    within
        (2, 2) those of the superlattice, in units of ``plane``.

    Returns
    -------
    (2, 2) vectors in units of ``plane``, and how many of each.
    """
    index, shared = abs(_area(within)), int(np.gcd.reduce(within.ravel()))
    own = _reduced_pair(plane @ cell, within // shared)
    reach = min(_FARTHEST, 2 + int(np.sqrt(index // shared**2)))
    steps = np.array(list(product(range(-reach, reach + 1), repeat=2)), dtype=np.int64)
    near = np.array(list(product(range(-2, 3), repeat=2))) @ own
    steps = np.unique(np.concatenate([steps, near]), axis=0)
    steps = steps[np.gcd.reduce(steps, axis=1) == 1]
    # a vector that is repeated so many times is in the superlattice
    orders = index // np.gcd(index, np.gcd.reduce(steps @ _adjugate(within), axis=1))
    ranked = np.argsort(np.linalg.norm(steps @ plane @ cell, axis=1), kind="stable")
    shortest = {n: steps[ranked[orders[ranked] == n][:_SHORTEST]] for n in set(orders.tolist())}
    pairs = [
        np.array([a, b])
        for n, ones in shortest.items()
        for a, b in product(ones, shortest.get(index // n, ()) if index % n == 0 else ())
        if abs(_area(np.array([a, b]))) == 1
    ]
    if not pairs:
        # a short vector of the superlattice, and any that completes it
        first = shortest[shared][0]
        second = smith(first[None])[1][1]
        ahead, beside = (v @ plane @ cell for v in (first, second))
        second = second - int(np.rint(ahead @ beside / (ahead @ ahead))) * first
        pairs = [np.array([first, second])]
    vectors = np.array(pairs)
    best = vectors[_first(cell, vectors @ plane)]
    first = index // gcd(index, *(best[0] @ _adjugate(within)).tolist())
    return best, (first, index // first)


def _first(cell: FloatArray, choices: IntArray) -> int:
    """Place, among sets of vectors (n, k, 3), of the shortest; then of that most like the cell."""
    squares = ((choices @ cell) ** 2).sum(axis=(1, 2))
    short = np.flatnonzero(squares <= squares.min() * (1 + _EQUAL))
    own = (np.abs(choices[short]).sum(axis=2) == 1).sum(axis=1)
    rows = choices[short].reshape(len(short), -1)
    order = np.lexsort((*-rows.T[::-1], (rows < 0).sum(axis=1), -own))
    return int(short[order[0]])
