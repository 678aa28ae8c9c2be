"""Neighbours in a periodic cell of any shape: all are found here.

The lattice vectors are reduced first, so that a skewed cell costs as much as a cubic one and hides
no neighbour. Works in one, two and three dimensions.
"""

from __future__ import annotations

from collections.abc import Callable
from itertools import product
from typing import TYPE_CHECKING, Any

import numpy as np
import numpy.typing as npt

from mcsc.arrays import FloatArray, IntArray

if TYPE_CHECKING:
    from ase import Atoms


# steps of a reduction beyond this lose the digits of the cell
_MOST_STEPS = 2.0**40
# relative; lengths that agree to this are equal up to rounding
ROUNDING = 1e-6


def reduction(cell: FloatArray) -> IntArray:
    """Integers (n, n) that turn the lattice vectors, rows, into short ones, the shortest first.

    The longest vector is brought as near to the others' lattice as rounding does, until none gets
    shorter (Semaev's algorithm without its last corrections, which only cost time here).

    Raises ValueError if a vector is so long, or so skewed, that the digits of the short ones are
        lost.

    I. Semaev, Lect. Notes Comput. Sci. 2146, 181 (2001), doi:10.1007/3-540-44670-2_13.
    """
    change = np.eye(len(cell), dtype=np.int64)
    while True:
        lengths = np.linalg.norm(change @ cell, axis=1)
        change = change[np.argsort(lengths, kind="stable")]
        tried = change.copy()
        for row in range(1, len(cell)):
            basis = tried @ cell
            weights = np.linalg.lstsq(basis[:row].T, basis[row], rcond=None)[0]
            if not np.abs(weights).max() < _MOST_STEPS:
                raise ValueError(
                    f"the cell {np.asarray(cell).tolist()} is too long or too skewed; give the "
                    "same lattice by shorter vectors"
                )
            tried[row] -= np.rint(weights).astype(np.int64) @ tried[:row]
        # the margin ends the loop where rounding lets two forms of equal length alternate
        if np.sum(np.linalg.norm(tried @ cell, axis=1)) >= np.sum(lengths) * (1.0 - 1e-9):
            return change
        change = tried


def translations_within(
    cell: FloatArray, offsets: FloatArray, radius: float | FloatArray
) -> tuple[IntArray, IntArray, FloatArray]:
    """List all lattice translations that bring each offset into a sphere around the origin.

    The reduced lattice vectors are made lower triangular, then the integers are bounded one after
    the other (Fincke and Pohst).

    cell: (n, n) lattice vectors, one a row, any length unit, which is that of all lengths here.
    offsets: (P, n) cartesian vectors.
    radius: Of the sphere; one for all or one for each offset, (P,).

    Returns: owner (N,): Row of ``offsets`` each entry belongs to, ascending.
        translations (N, n): The integers m of R = m @ cell.
        distances (N,): \\|offsets[owner] + R\\|, at most ``radius`` up to rounding.

    U. Fincke and M. Pohst, Math. Comp. 44, 463 (1985), doi:10.1090/S0025-5718-1985-0777278-8.
    """
    change = reduction(cell)
    reduced = change @ cell
    dimension = len(reduced)
    lower = np.linalg.qr(reduced.T).R.T
    fractional = np.linalg.solve(reduced.T, offsets.T).T
    owner = np.arange(len(offsets))
    # the coordinates still free, in the triangular frame: bounded from the last to the first
    integers = np.zeros((len(offsets), dimension), dtype=np.int64)
    shifts = np.zeros((len(offsets), dimension))
    remaining = np.full(len(offsets), np.asarray(radius, dtype=np.float64) ** 2)
    for axis in reversed(range(dimension)):
        edge = lower[axis, axis]
        centre = -shifts[:, axis] / edge - fractional[owner, axis]
        half = np.sqrt(np.maximum(remaining, 0.0)) / abs(edge)
        first = np.ceil(centre - half).astype(np.int64)
        count = np.maximum(np.floor(centre + half).astype(np.int64) - first + 1, 0)
        parent = np.repeat(np.arange(len(owner)), count)
        step = np.arange(len(parent)) - np.repeat(np.cumsum(count) - count, count)
        owner, integers = owner[parent], integers[parent]
        integers[:, axis] = first[parent] + step
        weight = integers[:, axis] + fractional[owner, axis]
        shifts = shifts[parent] + weight[:, None] * lower[axis]
        remaining = remaining[parent] - shifts[:, axis] ** 2
    # from the cartesian vectors, not from `remaining`: short distances would lose their digits
    vectors = offsets[owner] + integers @ reduced
    return owner, integers @ change, np.sqrt(np.einsum("ij,ij->i", vectors, vectors))


def expected_translations(cell: FloatArray, radius: float) -> float:
    """Estimate how many entries :func:`translations_within` handles for one offset, from above.

    The volume of the sphere counts the vectors of a cubic lattice; in a flat or long cell (3, 3)
    its sections with the planes and lines of the lattice can hold more than that.
    """
    x, y, z = radius / np.abs(np.diag(np.linalg.qr((reduction(cell) @ cell).T).R))
    planes = np.pi * (x * y + y * z + z * x)
    return float(4.0 * np.pi / 3.0 * x * y * z + planes + 2.0 * (x + y + z) + 1.0)


def rounding(cell: FloatArray) -> Callable[[FloatArray], FloatArray]:
    """Make a function that brings vectors (…, n) into the home cell of the reduced lattice.

    Fast, and the same as :func:`nearest_images` for all that come nearer than half the shortest
    edge of the cell: enough to see which vectors lead to one position.
    """
    reduced = reduction(cell) @ cell
    inverse = np.linalg.inv(reduced)

    def rounded(vectors: FloatArray) -> FloatArray:
        return np.asarray(vectors - np.rint(vectors @ inverse) @ reduced)

    return rounded


def nearest_images(cell: FloatArray, vectors: npt.ArrayLike) -> FloatArray:
    """Vectors (…, n), each brought to the shortest of its images; of several, to any."""
    given = np.asarray(vectors, dtype=np.float64)
    reduced = reduction(cell) @ cell
    rest = rounding(reduced)(given).reshape(-1, len(reduced))
    lengths = np.linalg.norm(rest, axis=1)
    # within half the shortest vector, which no edge of the triangular frame exceeds, none is nearer
    edges = np.abs(np.diag(np.linalg.qr(reduced.T).R))
    open_ones = np.flatnonzero(lengths > 0.5 * edges.min())
    if len(open_ones):
        bounds = lengths[open_ones] * (1 + ROUNDING)
        owner, steps, distances = translations_within(reduced, rest[open_ones], bounds)
        order = np.lexsort((distances, owner))
        first = order[np.unique(owner[order], return_index=True)[1]]
        rest[open_ones[owner[first]]] += steps[first] @ reduced
    return rest.reshape(given.shape)


def image_distances(cell: FloatArray, vectors: npt.ArrayLike) -> FloatArray:
    """Lengths (…) of vectors (…, n) modulo the lattice: see :func:`nearest_images`."""
    return np.asarray(np.linalg.norm(nearest_images(cell, vectors), axis=-1))


def shortest_translation(cell: FloatArray) -> float:
    """Length of the shortest lattice vector."""
    origin = np.zeros((1, len(cell)))
    bound = float(np.linalg.norm(reduction(cell) @ cell, axis=1).min()) * (1 + ROUNDING)
    _, steps, lengths = translations_within(cell, origin, bound)
    return float(lengths[steps.any(axis=1)].min())


def nearest_distance(positions: FloatArray, cell: FloatArray) -> float:
    """Shortest distance between two of the positions (P, n), periodic images included.

    Equal positions count as one.
    """
    shortest = shortest_translation(cell)
    first, second = np.triu_indices(len(positions), k=1)
    apart = image_distances(cell, positions[first] - positions[second])
    return float(min([shortest, *apart[apart > ROUNDING * shortest]]))


def arms_within(
    centre: FloatArray, ions: FloatArray, cell: FloatArray, radius: float
) -> tuple[IntArray, FloatArray]:
    """Vectors from a centre to all images of ions (P, n) around it, nearest first.

    Returns: owner, arms: Index of the ion, shape (N,), and vector to its image, shape (N, n), zero
        or not.
    """
    home = (ions - centre) @ np.linalg.inv(cell)
    home -= np.floor(home)
    # a little farther, then cut by the distance that is returned: rounding decides on none
    owner, steps, _ = translations_within(cell, home @ cell, radius * (1 + ROUNDING))
    order = np.lexsort((*steps.T[::-1], owner))
    owner, arms = owner[order], (home[owner[order]] + steps[order]) @ cell
    distances = np.linalg.norm(arms, axis=1)
    near = np.flatnonzero(distances <= radius)
    near = near[np.argsort(distances[near], kind="stable")]
    return owner[near], arms[near]


def cells_around(cell: FloatArray, radius: float) -> IntArray:
    """Cells (N, n) whose images of the home cell hold everything within a radius of it.

    A box of cells: `cell` is to be a reduced one, for in a skewed one they are far too many.
    """
    heights = 1 / np.linalg.norm(np.linalg.inv(cell), axis=0)
    reach = np.ceil(radius / heights).astype(int) + 1
    return np.array(list(product(*(range(-n, n + 1) for n in reach))), dtype=np.int64)


def compact(atoms: Atoms) -> Atoms:
    """The same crystal in the most compact cell of its lattice, orientation and positions kept."""
    from ase.geometry import minkowski_reduce

    reduce: Any = minkowski_reduce
    crystal: Any = atoms
    smaller = crystal.copy()
    smaller.set_cell(reduce(np.array(atoms.cell.array), pbc=True)[0])
    found: Atoms = smaller
    return found
