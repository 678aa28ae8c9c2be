"""Plane geometry for pictures of lattices: projection, Wigner-Seitz cells, outlines of wells."""

import numpy as np
import numpy.typing as npt

from mcsc.periodic import reduction

FloatArray = npt.NDArray[np.float64]


def plane_basis(first: FloatArray, second: FloatArray) -> FloatArray:
    """Orthonormal rows (2, 3) of the plane of two vectors.

    x and y where the vectors lie in that plane, else the first row is along ``first``.
    """
    if np.allclose([first[2], second[2]], 0.0, atol=1e-9 * float(np.linalg.norm(first))):
        return np.eye(3)[:2]
    along = first / np.linalg.norm(first)
    across = second - (second @ along) * along
    return np.array([along, across / np.linalg.norm(across)])


def wigner_seitz(vectors: FloatArray) -> FloatArray:
    """Corners (n, 2), anticlockwise, of the Wigner-Seitz cell of a plane lattice.

    Parameters
    ----------
    vectors
        Lattice vectors as rows, shape (2, 2); of a reciprocal lattice the cell is the first
        Brillouin zone.
    """
    from scipy.spatial import Voronoi

    reduced = reduction(vectors) @ vectors
    # in a reduced lattice no point beyond the first shell bounds the cell
    steps = np.array([(i, j) for i in range(-2, 3) for j in range(-2, 3)])
    length = float(np.linalg.norm(reduced[0]))
    diagram = Voronoi(steps @ reduced / length)
    origin = int(np.flatnonzero((steps == 0).all(axis=1))[0])
    corners = np.asarray(diagram.vertices[diagram.regions[diagram.point_region[origin]]]) * length
    around = corners[np.argsort(np.arctan2(corners[:, 1], corners[:, 0]))]
    # degenerate corners of a rectangle come out twice
    step = np.linalg.norm(around - np.roll(around, 1, axis=0), axis=1)
    return np.asarray(around[step > 1e-6 * length])


def cage_outline(cage: FloatArray, centre: FloatArray, basis: FloatArray) -> FloatArray:
    """Corners (n, 2) of a well seen along the normal of a plane.

    A flat cage keeps its shape, also where it is not convex; of a polyhedron the outline of its
    shadow is returned. Empty where the cage has no area.

    Parameters
    ----------
    cage, centre
        (n_ions, 3) and (3,) positions; rows of NaN are left out.
    basis
        (2, 3) from :func:`plane_basis`.
    """
    from scipy.spatial import ConvexHull, QhullError

    known = cage[np.isfinite(cage).all(axis=1)]
    arms = known - centre
    flat = arms @ basis.T
    if len(known) < 3 or np.linalg.matrix_rank(flat, tol=1e-6) < 2:
        return np.zeros((0, 2))
    if np.allclose(arms @ np.cross(*basis), 0.0, atol=1e-3):
        order = np.argsort(np.arctan2(flat[:, 1], flat[:, 0]))
    else:
        try:
            order = ConvexHull(flat).vertices
        except QhullError:
            return np.zeros((0, 2))
    return np.asarray(flat[order] + centre @ basis.T)
