"""Form factor of a carrier that is spread evenly over the polyhedron or polygon of its cage.

The body is cut into simplices, tetrahedra or triangles. The mean of exp(−ik·r) over a simplex with
corners v_j is n! iⁿ times the divided difference of exp(−it) at t_j = k·v_j (the formula of Hermite
and Genocchi: C. de Boor, Surv. Approx. Theory 1, 46 (2005)), so no quadrature is needed. Where the
t_j lie close together the quotients of the divided differences cancel; there a power series takes
their place, as A. McCurdy, K. C. Ng and B. N. Parlett do, Math. Comp. 43, 501 (1984),
doi:10.1090/S0025-5718-1984-0758198-0. Other ways, with the same singularities to be removed, are
compared by J. Wuttke, J. Appl. Cryst. 54, 580 (2021), doi:10.1107/S1600576721001710.
"""

from math import factorial

import numpy as np
import numpy.typing as npt

from mcsc.arrays import ComplexArray, FloatArray

# Over a narrower range of k·v the power series is used, over a wider one quotients: below 2 the
# m-th term of the series is less than 1/m!, above 2 a quotient at most triples rounding errors.
_NARROW = 2.0
_TERMS = 19
# thickness over extent of a cage that counts as flat
_FLAT = 1e-3


def form_factor(k: npt.ArrayLike, cage: npt.ArrayLike, centre: npt.ArrayLike) -> ComplexArray:
    """Form factor f(k) = (1/V) ∫ exp(−ik·(r − centre)) d³r over the body of a cage.

    k: (..., 3) wavevectors, cartesian, radians per length.
    cage: (n, 3) corners. A flat cage is a polygon whose corners follow each other in their angle
        about the centre, so that it need not be convex; any other is the convex hull of its ions.
    centre: (3,) origin of the phase. Of a flat cage it must lie in the plane, and the polygon be
        seen whole from it.

    Returns: (...) f(k), 1 at k = 0; its modulus squared does not depend on the centre of a
        polyhedron. The rounding error is below 1e-13 as long as |k| times the extent of the cage is
        below 1e3.

    Raises ValueError if the cage has no area, or the centre does not see the whole polygon.
    """
    waves = np.asarray(k, dtype=np.float64)
    centre = np.asarray(centre, dtype=np.float64)
    corners = simplices(cage, centre) - centre
    weights = _measures(corners)
    total = np.zeros(waves.size // 3, dtype=np.complex128)
    for corner, weight in zip(corners, weights / weights.sum(), strict=True):
        total += weight * _simplex_mean(np.sort(waves.reshape(-1, 3) @ corner.T, axis=1))
    return total.reshape(waves.shape[:-1])


def simplices(cage: npt.ArrayLike, centre: npt.ArrayLike) -> FloatArray:
    """Cut the body of a cage into simplices that do not overlap.

    cage, centre: As in :func:`form_factor`.

    Returns: (n, 4, 3) corners of tetrahedra, or (n, 3, 3) of triangles where the cage is flat.

    Raises ValueError: As :func:`form_factor`.
    """
    from scipy.spatial import ConvexHull

    ions = np.asarray(cage, dtype=np.float64).reshape(-1, 3)
    origin = np.asarray(centre, dtype=np.float64)
    if len(ions) < 3:
        raise ValueError(f"{len(ions)} cage ions enclose no area; a form factor needs three")
    middle = ions.mean(axis=0)
    extents, axes = np.linalg.svd(ions - middle)[1:]
    if extents[1] < _FLAT * extents[0]:
        raise ValueError("the cage ions lie on a line and enclose no area")
    if extents[2] < _FLAT * extents[0]:
        return _fan(ions, origin, axes)
    facets = ions[ConvexHull(ions).simplices]
    return np.concatenate([np.broadcast_to(middle, (len(facets), 1, 3)), facets], axis=1)


def _fan(ions: FloatArray, centre: FloatArray, axes: FloatArray) -> FloatArray:
    """Triangles from the centre to each side of a polygon."""
    arms = (ions - centre) @ axes.T
    size = np.linalg.norm(arms, axis=1).max()
    if np.abs(arms[:, 2]).max() > 10 * _FLAT * size:
        raise ValueError("the centre lies outside the plane of its flat cage; move it there")
    angles = np.arctan2(arms[:, 1], arms[:, 0])
    order = np.argsort(angles)
    gaps = np.diff(angles[order], append=angles[order[0]] + 2 * np.pi)
    if gaps.min() < 1e-6 or gaps.max() > np.pi * (1 - 1e-6):
        raise ValueError("the centre does not see the whole polygon of its cage; move it inside")
    first, second = ions[order], np.roll(ions[order], -1, axis=0)
    return np.stack([np.broadcast_to(centre, first.shape), first, second], axis=1)


def _measures(corners: FloatArray) -> FloatArray:
    """Volumes (n,) of tetrahedra or areas of triangles."""
    edges = corners[:, 1:] - corners[:, :1]
    gram = np.linalg.det(edges @ edges.transpose(0, 2, 1))
    return np.asarray(np.sqrt(np.maximum(gram, 0.0)))


def _simplex_mean(t: FloatArray) -> ComplexArray:
    """Mean (N,) of exp(−it) over simplices with ascending values (N, n + 1) at their corners."""
    n = t.shape[1] - 1
    if n == 0:
        return np.asarray(np.exp(-1j * t[:, 0]))
    spread = t[:, -1] - t[:, 0]
    wide = spread > _NARROW
    mean = np.empty(len(t), dtype=np.complex128)
    mean[~wide] = _series(t[~wide])
    rest = t[wide]
    difference = _simplex_mean(rest[:, 1:]) - _simplex_mean(rest[:, :-1])
    mean[wide] = 1j * n * difference / spread[wide]
    return mean


def _series(t: FloatArray) -> ComplexArray:
    """The same as Σ_m (−i)^m n!/(m + n)! h_m(t − t_0), h_m the complete homogeneous polynomials."""
    n = t.shape[1] - 1
    middle = (t[:, 0] + t[:, -1]) / 2
    h = np.zeros((_TERMS, len(t)))
    h[0] = 1.0
    for value in (t - middle[:, None]).T:
        for m in range(1, _TERMS):
            h[m] += value * h[m - 1]
    orders = np.arange(_TERMS)
    factors = (-1j) ** orders * [factorial(n) / factorial(int(m) + n) for m in orders]
    return np.asarray(np.exp(-1j * middle) * (factors @ h))
