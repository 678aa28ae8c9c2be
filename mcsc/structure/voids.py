"""Voids of a crystal: the positions locally farthest from all its ions."""

import numpy as np

from mcsc.arrays import FloatArray
from mcsc.periodic import arms_within, cells_around, image_distances, nearest_distance
from mcsc.structure.coordination import depth_of_centre, sphere_centre

SMALLEST = 0.75
"""A void counts if its radius is at least this share of the largest one's."""
# In units of the shortest distance between ions: vertices closer than this are one void,
_SAME_VOID = 0.2
# and in units of the radius of a void: ions this much farther than the nearest still touch it.
_TOUCHING = 0.1
# a position is a maximum of the distance if it is deeper than this share of it in its ions' hull
_DEPTH = 0.02


def void_centres(
    positions: FloatArray, cell: FloatArray, smallest: float | None = None
) -> FloatArray:
    """Positions (m, 3) of the voids of a cell between ions at given ones, Å, the largest first.

    They are among the vertices of the Voronoi diagram of the ions: a vertex is a local maximum of
    the distance to the nearest ion exactly if it lies inside the hull of the ions that touch it
    (Okabe, Boots, Sugihara & Chiu, Spatial Tessellations, 2nd ed. 2000, section 6.2,
    doi:10.1002/9780470317013). Vertices closer than a fifth of the shortest distance of ions are
    one void, at the centre of the sphere through the ions that touch it within a tenth. Voids are
    at least ``smallest`` from any ion, by default three quarters of the largest such distance.
    """
    vertices = _vertices(positions, cell)
    spacing = nearest_distance(positions, cell)
    found: list[FloatArray] = []
    radii: list[float] = []
    for vertex in vertices:
        touching = _touching(vertex, positions, cell)
        if not _is_inside(touching):
            continue
        centre = vertex + sphere_centre(touching)
        touching = _touching(centre, positions, cell)
        if not _is_inside(touching):
            continue
        apart = image_distances(cell, np.array(found).reshape(-1, 3) - centre)
        if (apart < _SAME_VOID * spacing).any():
            continue
        found.append(centre)
        radii.append(float(np.linalg.norm(touching, axis=1).min()))
    least = SMALLEST * max(radii, default=0.0) if smallest is None else smallest
    kept = [i for i in np.argsort(radii)[::-1] if radii[i] >= least * (1 - 1e-9)]
    return np.array([found[i] for i in kept]).reshape(-1, 3)


def _is_inside(touching: FloatArray) -> bool:
    radius = float(np.linalg.norm(touching, axis=1).min())
    return depth_of_centre(touching) > _DEPTH * radius


def _touching(position: FloatArray, positions: FloatArray, cell: FloatArray) -> FloatArray:
    """Vectors to the ions that are nearest within a tenth."""
    # No position is farther from the ions of a lattice than half the sum of its vectors.
    radius = 0.5 * float(np.linalg.norm(cell, axis=1).sum())
    _, arms = arms_within(position, positions, cell, radius)
    distances = np.linalg.norm(arms, axis=1)
    return np.asarray(arms[distances <= (1 + _TOUCHING) * distances[0]])


def _vertices(positions: FloatArray, cell: FloatArray) -> FloatArray:
    """Vertices of the Voronoi diagram in one cell, those farthest from the ions first."""
    from scipy.spatial import Voronoi, cKDTree

    inverse = np.linalg.inv(cell)
    home = positions @ inverse
    home -= np.floor(home)
    reach = 0.5 * float(np.linalg.norm(cell, axis=1).sum())
    offsets = cells_around(cell, reach)
    ions = ((home[:, None] + offsets) @ cell).reshape(-1, 3)
    # Only ions around the home cell decide its vertices.
    fractional = ions @ inverse
    margin = 1.01 * reach * np.linalg.norm(inverse, axis=0)
    ions = ions[((fractional > -margin) & (fractional < 1 + margin)).all(axis=1)]
    vertices = Voronoi(ions).vertices
    fractional = vertices @ inverse
    vertices = vertices[((fractional > -1e-6) & (fractional < 1 - 1e-6)).all(axis=1)]
    radii = cKDTree(ions).query(vertices)[0]
    order = np.lexsort((*vertices.T, -np.round(radii, 6)))
    return np.asarray(vertices[order])
