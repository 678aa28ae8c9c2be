"""Which ions form the cage around a place.

No single distance separates the cage from the rest: the two far oxygens of an elongated CuO6 are
1.2 to 1.45 times as far as the four near ones, while in a stack of CuO2 planes without them other
ions follow at 1.9. What tells both apart is whether an ion is seen from the place, or stands behind
a nearer one.
"""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from mcsc.structure.well import Array

IntArray = npt.NDArray[np.intp]

FARTHEST = 1.6
"""No ion of a cage is farther than this times the nearest one."""
# Seen from a nearer ion, centre and candidate subtend more than 75°: the candidate is behind it.
# In a closest packing, the densest cage, the angle is 60°; in flat sheets stacked straight, 90°.
_BEHIND = np.cos(np.radians(75.0))
# In units of the distance of the nearest ion:
_STEP = 0.25  # a closed cage ends at the first step in distance wider than this;
_CLOSED = 0.2  # closed: the centre is deeper than this under every face
OUTSIDE = 0.2  # the centre may stick out of a face by this: copper below the base of a pyramid
_FLAT = 0.1  # ions nearer than this to their common plane form a planar cage


def cage_of(arms: Array) -> IntArray:
    """Choose the ions of the cage around a place, from the geometry alone.

    The rule, going outwards from the nearest ion at distance d: an ion belongs to the cage if it
    is at most 1.6 d away and not behind an ion already in it (seen from which the place and the
    candidate subtend more than 75°). Once the ions enclose the place on all sides, more than 0.2 d
    deep, the first step in distance wider than 0.25 d ends the cage.

    Parameters
    ----------
    arms
        Vectors from the place to the candidates, nearest first, shape (n, 3), none zero.

    Returns
    -------
    Indices into `arms`, nearest first.
    """
    distances = np.linalg.norm(arms, axis=1)
    cage: list[int] = []
    closed = False
    for i in np.flatnonzero(distances <= FARTHEST * distances[:1]):
        if cage and distances[i] - distances[cage[-1]] > _STEP * distances[0]:
            closed = closed or depth_of_centre(arms[cage]) > _CLOSED * distances[0]
            if closed:
                break
        inner = arms[cage]
        onwards = arms[i] - inner
        cosines = (onwards * -inner).sum(axis=1) / (
            np.linalg.norm(onwards, axis=1) * distances[cage]
        )
        if (cosines > _BEHIND - 1e-9).all():
            cage.append(int(i))
    return np.array(cage, dtype=np.intp)


def depth_of_centre(arms: Array) -> float:
    """Distance from the centre to the nearest face of the cage; negative outside, 0 if flat."""
    from scipy.spatial import ConvexHull, QhullError

    if len(arms) < 4 or is_flat(arms):
        return 0.0
    try:
        return float(-ConvexHull(arms).equations[:, 3].max())
    except QhullError:
        return 0.0


def encloses(arms: Array) -> bool:
    """Whether a cage has its centre inside.

    A polyhedron does if its convex hull holds the centre, or misses it by at most a fifth of the
    shortest distance, as the base of a pyramid does with an ion slightly below it. A planar cage,
    all ions within a tenth of that distance of one plane, does if the centre is within a fifth of
    it of the plane and, seen along its normal, inside the polygon.

    Parameters
    ----------
    arms
        Vectors from the centre to the ions, shape (n, 3).
    """
    if len(arms) < 3:
        return False
    scale = float(np.linalg.norm(arms, axis=1).min())
    if not is_flat(arms):
        return depth_of_centre(arms) >= -OUTSIDE * scale
    plane = plane_of(arms)
    if abs(float(arms.mean(axis=0) @ plane[2])) > OUTSIDE * scale:
        return False
    angles = np.sort(np.arctan2(arms @ plane[1], arms @ plane[0]))
    gaps = np.diff(angles, append=angles[0] + 2 * np.pi)
    return bool(gaps.max() < np.pi * (1 - 1e-6))


def plane_of(arms: Array) -> Array:
    """Orthonormal rows: two in the plane that fits the ions best, and its normal."""
    axes: Array = np.linalg.svd(arms - arms.mean(axis=0))[2]
    return axes


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


def is_flat(arms: Array) -> bool:
    """Whether all ions lie within a tenth of the shortest distance of one plane."""
    heights = (arms - arms.mean(axis=0)) @ plane_of(arms)[2]
    return bool(np.abs(heights).max() < _FLAT * np.linalg.norm(arms, axis=1).min())
