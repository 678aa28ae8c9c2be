"""Plane geometry for pictures of lattices: projection, outlines of wells."""

import numpy as np

from mcsc.plot.style import FloatArray


def plane_basis(first: FloatArray, second: FloatArray) -> FloatArray:
    """Orthonormal rows (2, 3) of the plane of two vectors.

    x and y where the vectors lie in that plane, else the first row is along ``first``.
    """
    if np.allclose([first[2], second[2]], 0.0, atol=1e-9 * float(np.linalg.norm(first))):
        return np.eye(3)[:2]
    along = first / np.linalg.norm(first)
    across = second - (second @ along) * along
    return np.array([along, across / np.linalg.norm(across)])


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
