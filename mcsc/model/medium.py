"""An anisotropic medium as a change of lengths."""

import numpy as np
from numpy.typing import ArrayLike

from mcsc.arrays import FloatArray

Vector = tuple[float, float, float]
Axes = tuple[Vector, Vector, Vector]

CARTESIAN: Axes = ((1.0, 0.0, 0.0), (0.0, 1.0, 0.0), (0.0, 0.0, 1.0))


def principal_axes(cell: ArrayLike) -> Axes:
    """Orthogonal unit vectors of a cell: along a, across it in the plane of a and b, across both.

    Those of an orthogonal cell are its own; of a hexagonal or monoclinic one with a and b in the
    layers, the third is its axis.
    """
    a, b, c = np.asarray(cell, dtype=np.float64)
    first, third = a / np.linalg.norm(a), np.cross(a, b) / np.linalg.norm(np.cross(a, b))
    third = third * np.sign(third @ c)
    second = np.cross(third, first)
    second = second * np.sign(second @ b)
    x, y, z = (tuple((np.round(vector, 12) + 0.0).tolist()) for vector in (first, second, third))
    return x, y, z


def mean_permittivity(permittivity: float | Vector) -> float:
    """Geometric mean of three numbers, ε̄ = (ε₁ε₂ε₃)^(1/3), or the one number."""
    if isinstance(permittivity, tuple):
        return float(np.prod(permittivity) ** (1.0 / 3.0))
    return permittivity


def stretch_of(permittivity: float | Vector, axes: Axes = CARTESIAN) -> FloatArray | None:
    """S = (ε̄/ε)^½, by which the medium rescales lengths; None for one number.

    In a medium of the tensor ε two unit charges at r repel by

        1/√(det ε · r·ε⁻¹·r) = 1/(ε̄ |S r|),

    as in an isotropic one of the geometric mean ε̄ at the distance S r. The determinant of S is 1:
    densities stay the same. So do metallic planes: their images are those of the rescaled charges.

    permittivity: ε, one number or those along the axes.
    axes: Rows: three orthogonal unit vectors, cartesian.

    L. D. Landau, E. M. Lifshitz, Electrodynamics of Continuous Media, § 13.
    """
    if not isinstance(permittivity, tuple) or len(set(permittivity)) == 1:
        return None
    vectors = np.array(axes)
    factors = np.sqrt(mean_permittivity(permittivity) / np.array(permittivity))
    return np.asarray(vectors.T @ (factors[:, None] * vectors))
