"""Short vectors of a lattice, or of a plane of one, that span cells of a superlattice."""

from itertools import combinations, product
from math import gcd

import numpy as np

from mcsc.arrays import FloatArray, IntArray
from mcsc.lattice.smith import Cells, determinant, order_of, smith
from mcsc.periodic import reduction

# shortest vectors of each order that pairs are sought among, and how far from zero these lie
_SHORTEST, _FARTHEST = 12, 60
# lengths that differ by less than this share are equal
_EQUAL = 1e-6


def short_triple(cell: FloatArray, matrix: IntArray) -> tuple[IntArray, Cells] | None:
    """Such vectors among the shortest ones of the lattice and of the superlattice, if any."""
    n_cells = abs(determinant(matrix))
    steps = np.array(list(product(range(-3, 4), repeat=3)), dtype=np.int64)
    some = []
    for vectors, most in ((np.eye(3, dtype=np.int64), 36), (matrix, 16)):
        short = steps @ reduction(vectors @ cell) @ vectors
        short = short[np.gcd.reduce(short, axis=1) == 1]
        # of two opposite ones the one that is more along the cell vectors
        short = short[(short @ (1, 1, 1) + short @ (3, 2, 1) / 1000 > 0)]
        lengths = np.linalg.norm(short @ cell, axis=1)
        some.append(short[np.argsort(np.round(lengths, 9), kind="stable")][:most])
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


def shortened(cell: FloatArray, vector: IntArray, free: IntArray) -> IntArray:
    """A vector as short as two others (2, 3), that may be added to it, make it."""
    free = reduced_pair(cell, free)
    best = np.rint(np.linalg.lstsq((free @ cell).T, vector @ cell, rcond=None)[0]).astype(np.int64)
    near = np.array(list(product((-1, 0, 1), repeat=2))) - best
    choices = vector + near @ free
    return np.asarray(choices[_first(cell, choices[:, None])])


def reduced_pair(cell: FloatArray, pair: IntArray) -> IntArray:
    """The shortest two vectors of a plane lattice, by Gauss."""
    short, long = sorted(pair, key=lambda v: float(np.linalg.norm(v @ cell)))
    while True:
        a, b = short @ cell, long @ cell
        rest = long - round(float(a @ b / (a @ a))) * short
        if np.linalg.norm(rest @ cell) >= np.linalg.norm(a) * (1 - _EQUAL):
            return np.array([short, rest])
        short, long = rest, short


def short_pair(
    cell: FloatArray, plane: IntArray, within: IntArray
) -> tuple[IntArray, tuple[int, int]]:
    """Short vectors of a plane lattice, numbers of which span a superlattice of it.

    Of vectors ``plane`` (2, 3), in units of the cell vectors, and ``within`` (2, 2) of the
    superlattice in units of those: (2, 2) vectors in these units, and how many of each.
    """
    index, shared = abs(area(within)), int(np.gcd.reduce(within.ravel()))
    own = reduced_pair(plane @ cell, within // shared)
    reach = min(_FARTHEST, 2 + int(np.sqrt(index // shared**2)))
    steps = np.array(list(product(range(-reach, reach + 1), repeat=2)), dtype=np.int64)
    near = np.array(list(product(range(-2, 3), repeat=2))) @ own
    steps = np.unique(np.concatenate([steps, near]), axis=0)
    steps = steps[np.gcd.reduce(steps, axis=1) == 1]
    # a vector that is repeated so many times is in the superlattice
    orders = index // np.gcd(index, np.gcd.reduce(steps @ adjugate(within), axis=1))
    ranked = np.argsort(np.linalg.norm(steps @ plane @ cell, axis=1), kind="stable")
    shortest = {n: steps[ranked[orders[ranked] == n][:_SHORTEST]] for n in set(orders.tolist())}
    pairs = [
        np.array([a, b])
        for n, ones in shortest.items()
        for a, b in product(ones, shortest.get(index // n, ()) if index % n == 0 else ())
        if abs(area(np.array([a, b]))) == 1
    ]
    if not pairs:
        # a short vector of the superlattice, and any that completes it
        first = shortest[shared][0]
        _, basis = smith(first[None])
        second = basis[1]
        ahead, beside = (v @ plane @ cell for v in (first, second))
        second = second - int(np.rint(ahead @ beside / (ahead @ ahead))) * first
        pairs = [np.array([first, second])]
    vectors = np.array(pairs)
    best = vectors[_first(cell, vectors @ plane)]
    first = index // gcd(index, *(best[0] @ adjugate(within)).tolist())
    return best, (first, index // first)


def _first(cell: FloatArray, choices: IntArray) -> int:
    """Index, among sets of vectors (n, k, 3), of the shortest; then of that most like the cell."""
    squares = ((choices @ cell) ** 2).sum(axis=(1, 2))
    short = np.flatnonzero(squares <= squares.min() * (1 + _EQUAL))
    own = (np.abs(choices[short]).sum(axis=2) == 1).sum(axis=1)
    rows = choices[short].reshape(len(short), -1)
    order = np.lexsort((*-rows.T[::-1], (rows < 0).sum(axis=1), -own))
    return int(short[order[0]])


def area(pair: IntArray) -> int:
    (a, b), (c, d) = pair.tolist()
    return int(a * d - b * c)


def adjugate(pair: IntArray) -> IntArray:
    """Inverse (2, 2) of two rows times their determinant."""
    (a, b), (c, d) = pair.tolist()
    return np.array([[d, -b], [-c, a]], dtype=np.int64)
