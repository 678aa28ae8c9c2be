"""Planes of a lattice, given by the integers m with m·n = 0 for the translations n in them."""

import numpy as np

from mcsc.periodic import ROUNDING, Array, IntArray, shortest_translation, translations_within

Plane = tuple[int, int, int]

ALONG_C: Plane = (0, 0, 1)
"""The plane of a and b."""


def lattice_planes(cell: Array, least: float) -> list[tuple[Plane, float]]:
    """Planes at least so far from the next lattice plane, each once, with that distance."""
    reciprocal = np.linalg.inv(cell).T.astype(np.float64)
    reach = (1 + ROUNDING) / least
    _, steps, lengths = translations_within(reciprocal, np.zeros((1, 3)), reach)
    return [
        ((x, y, z), 1.0 / length)
        for (x, y, z), length in zip(steps.tolist(), lengths.tolist(), strict=True)
        if np.gcd.reduce([x, y, z]) == 1 and (z, y, x) > (0, 0, 0)
    ]


def steps_along(heights: Array, period: float) -> tuple[IntArray, Array]:
    """Order of heights modulo a period, and the steps from each to the next, the last around."""
    within = heights % period
    order = np.argsort(within)
    steps: Array = np.diff(within[order], append=within[order[0]] + period)
    return order, steps


def shortest_in_plane(cell: Array, plane: IntArray) -> Array:
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
