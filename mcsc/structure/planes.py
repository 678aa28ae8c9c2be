"""Planes of a lattice, and its lattice constant, which no choice of lattice vectors changes.

A plane is given by the integers m with m·n = 0 for the translations n in it.
"""

from itertools import product

import numpy as np

from mcsc.arrays import FloatArray, IntArray
from mcsc.periodic import ROUNDING, reduction, shortest_translation, translations_within

Plane = tuple[int, int, int]

ALONG_C: Plane = (0, 0, 1)
"""The plane of a and b."""


def lattice_planes(cell: FloatArray, least: float) -> list[tuple[Plane, float]]:
    """Planes at least so far from the next lattice plane, each once, with that distance."""
    reciprocal = np.linalg.inv(cell).T.astype(np.float64)
    reach = (1 + ROUNDING) / least
    _, steps, lengths = translations_within(reciprocal, np.zeros((1, 3)), reach)
    return [
        ((x, y, z), 1.0 / length)
        for (x, y, z), length in zip(steps.tolist(), lengths.tolist(), strict=True)
        if np.gcd.reduce([x, y, z]) == 1 and (z, y, x) > (0, 0, 0)
    ]


def steps_along(heights: FloatArray, period: float) -> tuple[IntArray, FloatArray]:
    """Order of heights modulo a period, and the steps from each to the next, the last around."""
    within = heights % period
    order = np.argsort(within)
    steps: FloatArray = np.diff(within[order], append=within[order[0]] + period)
    return order, steps


def shortest_in_plane(cell: FloatArray, plane: IntArray) -> FloatArray:
    """Shortest lattice vectors: two in a plane, the third to the next plane; right-handed."""
    reach = shortest_translation(cell)
    while True:
        reach *= 1.5
        _, steps, lengths = translations_within(cell, np.zeros((1, 3)), reach)
        steps = steps[np.lexsort((*steps.T, np.round(lengths / reach, 9)))]
        level = steps @ plane
        inside, out = steps[(level == 0) & steps.any(axis=1)] @ cell, steps[level == 1] @ cell
        across = inside[[bool(np.linalg.norm(np.cross(inside[0], v)) > 1e-6) for v in inside]]
        if len(across) and len(out):
            turns = float(np.sign(np.linalg.det([inside[0], across[0], out[0]])))
            return np.array([inside[0], turns * across[0], out[0]])


# relative differences of lengths within which a lattice has a symmetry, the exact one first: a
# slightly strained lattice keeps the axis of the one it comes from
_SYMMETRIC = (1e-4, 0.05)
# relative; gaps between layers that agree to this are equal
_ALIKE = 0.01
_EQUAL = 1e-9
# a symmetry turns the shortest lattice vectors into some of these
_NEAR = np.array(list(product((-1, 0, 1), repeat=3)), dtype=np.int64)
# by trace: three-, four- and sixfold turns; their order
_ORDERS = {0: 3, 1: 4, 2: 6}


def lattice_constant(cell: FloatArray, centres: FloatArray) -> tuple[float, str]:
    """Length of the shortest lattice vector in the plane of the layers, and which plane that is.

    The layers lie across the main axis of the lattice, that is its only axis of three-, four- or
    sixfold turns (within 5 % where there is none exactly). A lattice without such an axis, or with
    several as a cubic one, has them in the lattice planes with the widest gap between wells, the
    centres (n, 3) of a cell.
    """
    basis = _shortest_basis(cell)
    for tolerance in _SYMMETRIC:
        plane = _across_main_axis(basis, tolerance)
        if plane is not None:
            return _named(cell, _shortest(basis, plane)), "across the main axis"
    planes = _widest_gaps(basis, centres)
    if not planes:
        return _named(cell, float(np.linalg.norm(basis[0]))), "of all"
    shortest = min(_shortest(basis, np.array(plane)) for plane in planes)
    return _named(cell, shortest), "in the planes with the widest gap between wells"


def _shortest(basis: FloatArray, plane: IntArray) -> float:
    return float(np.linalg.norm(shortest_in_plane(basis, plane)[0]))


def _named(cell: FloatArray, length: float) -> float:
    """The length, as that of the first vector if this is as long: equal to its last digit."""
    first = float(np.linalg.norm(cell[0]))
    return first if abs(first - length) < _EQUAL * length else length


def _shortest_basis(cell: FloatArray) -> FloatArray:
    """Three shortest lattice vectors that lead in three directions; they are a basis."""
    longest = float(np.linalg.norm(reduction(cell) @ cell, axis=1).max())
    _, steps, lengths = translations_within(cell, np.zeros((1, 3)), longest * (1 + _EQUAL))
    vectors = (steps @ cell)[np.argsort(lengths, kind="stable")][1:]
    chosen = [vectors[0]]
    for vector in vectors[1:]:
        tried = np.array([*chosen, vector])
        if np.linalg.matrix_rank(tried, tol=1e-6 * lengths.max()) == len(tried):
            chosen.append(vector)
        if len(chosen) == 3:
            break
    return np.array(chosen)


def _across_main_axis(basis: FloatArray, tolerance: float) -> IntArray | None:
    """The lattice plane (3,) across the main axis; None without one main axis."""
    found: list[tuple[FloatArray, IntArray]] = []
    for turn in _turns(basis, tolerance):
        order = _ORDERS.get(int(np.trace(turn)))
        if order is None:
            continue
        powers = [np.linalg.matrix_power(turn, k) for k in range(order + 1)]
        if (powers[order] != powers[0]).any():
            continue
        # exactly the vectors across the axis go to zero in the sum over the turns
        total = np.sum(powers[:order], axis=0)
        along = next(row for row in total @ basis if row.any())
        plane = next(column for column in total.T if column.any())
        found.append((along / np.linalg.norm(along), plane // np.gcd.reduce(plane)))
    if not found:
        return None
    axis, plane = found[0]
    one = all(np.linalg.norm(np.cross(axis, along)) < 0.1 for along, _ in found)
    return plane if one else None


def _turns(basis: FloatArray, tolerance: float) -> IntArray:
    """Proper symmetries (n, 3, 3) of a lattice, on its vectors as rows of integers."""
    metric = basis @ basis.T
    # squares of lengths change twice as much as lengths
    allowed = 2 * tolerance * np.sqrt(np.outer(np.diag(metric), np.diag(metric)))
    squares = np.einsum("ni,ij,nj->n", _NEAR, metric, _NEAR)
    alike = [_NEAR[np.abs(squares - metric[i, i]) < allowed[i, i]] for i in range(3)]
    turns = np.array(list(product(*alike)), dtype=np.int64)
    same = np.abs(turns @ metric @ turns.transpose(0, 2, 1) - metric) < allowed
    proper = np.round(np.linalg.det(turns)) == 1
    return np.asarray(turns[same.all(axis=(1, 2)) & proper])


def _widest_gaps(basis: FloatArray, centres: FloatArray) -> list[Plane]:
    """The planes between which wells leave the widest gap."""
    spacing = (abs(float(np.linalg.det(basis))) / len(centres)) ** (1 / 3)
    fractional = centres @ np.linalg.inv(basis)
    gaps = {}
    for plane, period in lattice_planes(basis, 0.5 * spacing):
        _, steps = steps_along(fractional @ plane * period, period)
        gaps[plane] = float(steps.max())
    widest = max(gaps.values(), default=0.0)
    return [plane for plane, gap in gaps.items() if gap > (1 - _ALIKE) * widest]
