"""Points repeated by a lattice: which images lie near a place."""

from __future__ import annotations

from itertools import product
from typing import TYPE_CHECKING, Any

import numpy as np
import numpy.typing as npt

if TYPE_CHECKING:
    from ase import Atoms

Array = npt.NDArray[np.float64]
IntArray = npt.NDArray[np.intp]


def image_range(cell: Array, radius: float) -> list[range]:
    """Cell offsets that reach everything within `radius` of the home cell, any cell shape.

    Parameters
    ----------
    cell
        Lattice vectors as rows, shape (n, n).
    radius
        In the unit of `cell`.
    """
    heights = 1 / np.linalg.norm(np.linalg.inv(cell), axis=0)
    reach = np.ceil(radius / heights).astype(int) + 1
    return [range(-n, n + 1) for n in reach]


def compact(atoms: Atoms) -> Atoms:
    """The same crystal in the most compact cell of its lattice, orientation and positions kept.

    Searches for neighbours take long in a skewed cell: many images of it lie near.
    """
    from ase.geometry import minkowski_reduce

    reduce: Any = minkowski_reduce
    crystal: Any = atoms
    smaller = crystal.copy()
    smaller.set_cell(reduce(np.array(atoms.cell.array), pbc=True)[0])
    found: Atoms = smaller
    return found


def arms_within(centre: Array, points: Array, cell: Array, radius: float) -> tuple[IntArray, Array]:
    """Vectors from a place to all images of points around it, nearest first.

    Returns
    -------
    owner, arms
        Index of the point, shape (n,), and vector to its image, shape (n, 3), the place itself
        included.
    """
    home = (points - centre) @ np.linalg.inv(cell)
    home -= np.floor(home)
    offsets = np.array(list(product(*image_range(cell, radius))), dtype=np.float64)
    arms = ((home[:, None] + offsets) @ cell).reshape(-1, 3)
    distances = np.linalg.norm(arms, axis=1)
    near = np.flatnonzero(distances <= radius)
    near = near[np.argsort(distances[near], kind="stable")]
    owner: IntArray = near // len(offsets)
    return owner, arms[near]


def separations(points: Array, point: Array, lattice: Array) -> Array:
    """Short distances from each of `points` to `point`, modulo the lattice."""
    fractional = (points - point) @ np.linalg.inv(lattice)
    distances: Array = np.linalg.norm((fractional - np.rint(fractional)) @ lattice, axis=1)
    return distances


def nearest_distance(points: Array, cell: Array) -> float:
    """Shortest distance between two points, periodic images included."""
    shortest = float(np.linalg.norm(cell, axis=1).min())
    offsets = np.array(list(product(*image_range(cell, shortest)))) @ cell
    apart = points[:, None, None] - points[None, :, None] + offsets
    distances = np.linalg.norm(apart, axis=-1)
    return float(distances[distances > 1e-6 * shortest].min())


def sphere_centre(points: Array) -> Array:
    """Centre of the circle or sphere through points, by least squares if they miss it a little.

    Kåsa's fit (IEEE Trans. Instrum. Meas. 25, 8 (1976), doi:10.1109/TIM.1976.6312298): linear,
    hence independent of the order of the points, and exact where there are just enough of them.
    Points of a plane in space give the centre of their circle in that plane.
    """
    origin = points.mean(axis=0)
    arms = points - origin
    terms = np.column_stack([2 * arms, np.ones(len(arms))])
    solution = np.linalg.lstsq(terms, (arms**2).sum(axis=1), rcond=1e-6)[0]
    centre: Array = origin + solution[:-1]
    return centre
