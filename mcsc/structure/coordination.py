"""Which ions form the cage around a position, and the axis of the cage.

No single distance separates the cage from the rest: the two far oxygens of an elongated CuO6 are
1.2 to 1.45 times as far as the four near ones, while in a stack of CuO2 planes without them other
ions follow at 1.9. What tells both apart is whether an ion is seen from the centre or stands
behind a nearer one.
"""

from itertools import combinations

import numpy as np
import numpy.typing as npt

from mcsc.arrays import FloatArray

IndexArray = npt.NDArray[np.intp]

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
# relative; an octahedron whose axes differ by less in length has no axis of its own
_SAME_LENGTH = 0.01
# four ions are an equator if their directions leave their plane by less than this, about 20°
_TILT = 0.35


def cage_of(arms: FloatArray) -> IndexArray:
    """Which of the candidates, vectors (n, 3) of rising length, none zero, are ions of the cage.

    Going outwards from the nearest ion at distance d: an ion belongs to the cage if it is at most
    1.6 d away and not behind an ion already in it (seen from which the centre and the candidate
    subtend more than 75°). Once the ions enclose the centre on all sides, more than 0.2 d deep, the
    first step in distance wider than 0.25 d ends the cage.
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


def depth_of_centre(arms: FloatArray) -> float:
    """Distance from the centre to the nearest face of the cage; negative outside, 0 if flat."""
    from scipy.spatial import ConvexHull, QhullError

    if len(arms) < 4 or is_flat(arms):
        return 0.0
    try:
        return float(-ConvexHull(arms).equations[:, 3].max())
    except QhullError:
        return 0.0


def encloses(arms: FloatArray) -> bool:
    """Whether a cage has its centre inside, of the vectors (n, 3) from the centre to its ions.

    A polyhedron does if its convex hull holds the centre, or misses it by at most a fifth of the
    shortest distance, as the base of a pyramid does with an ion slightly below it. A planar cage,
    all ions within a tenth of that distance of one plane, does if the centre is within a fifth of
    it of the plane and, seen along its normal, inside the polygon.
    """
    if len(arms) < 3:
        return False
    scale = float(np.linalg.norm(arms, axis=1).min())
    if not is_flat(arms):
        return depth_of_centre(arms) >= -OUTSIDE * scale
    plane = plane_of(arms)
    if abs(float(arms.mean(axis=0) @ plane[2])) > OUTSIDE * scale:
        return False
    return surrounds(arms @ plane[:2].T)


def surrounds(arms: FloatArray) -> bool:
    """Whether vectors in a plane, shape (n, 2), leave no half of it free."""
    angles = np.sort(np.arctan2(arms[:, 1], arms[:, 0]))
    gaps = np.diff(angles, append=angles[0] + 2 * np.pi)
    return bool(gaps.max() < np.pi * (1 - 1e-6))


def plane_of(arms: FloatArray) -> FloatArray:
    """Orthonormal rows: two in the plane that fits the ions best, and its normal."""
    return np.asarray(np.linalg.svd(arms - arms.mean(axis=0))[2])


def sphere_centre(positions: FloatArray) -> FloatArray:
    """Centre of the circle or sphere through positions, by least squares if they miss it a little.

    Kåsa's fit (IEEE Trans. Instrum. Meas. 25, 8 (1976), doi:10.1109/TIM.1976.6312298): linear,
    hence independent of the order of the positions, and exact where there are just enough of them.
    Positions in a plane in space give the centre of their circle in that plane.
    """
    origin = positions.mean(axis=0)
    arms = positions - origin
    terms = np.column_stack([2 * arms, np.ones(len(arms))])
    solution = np.linalg.lstsq(terms, (arms**2).sum(axis=1), rcond=1e-6)[0]
    return np.asarray(origin + solution[:-1])


def is_flat(arms: FloatArray) -> bool:
    """Whether all ions lie within a tenth of the shortest distance of one plane."""
    heights = (arms - arms.mean(axis=0)) @ plane_of(arms)[2]
    return bool(np.abs(heights).max() < _FLAT * np.linalg.norm(arms, axis=1).min())


def cage_axis(arms: FloatArray) -> FloatArray | None:
    """Unit vector along the axis of a cage, of the vectors (n, 3) to its ions; None without one.

    A flat cage has its normal, a pyramid the normal of its base. An octahedron has the axis through
    the two opposite ions whose distance differs most from that of the other four; where all agree
    within 1 %, the one of its three axes nearest to z. The third component is positive, or else the
    second, or the first.
    """
    if len(arms) < 3:
        return None
    if is_flat(arms):
        return _upwards(plane_of(arms)[2])
    if len(arms) not in (5, 6):
        return None
    directions = arms / np.linalg.norm(arms, axis=1)[:, None]
    found = []
    for tips in combinations(range(len(arms)), len(arms) - 4):
        ring = np.setdiff1d(np.arange(len(arms)), tips)
        normal = _upwards(plane_of(directions[ring])[2])
        heights = (directions[ring] - directions[ring].mean(axis=0)) @ normal
        upright = np.abs(directions[list(tips)] @ normal).min()
        if np.abs(heights).max() > _TILT or upright < 1 - _TILT:
            continue
        lengths = np.linalg.norm(arms, axis=1)
        contrast = abs(float(lengths[list(tips)].mean() / lengths[ring].mean() - 1))
        found.append((contrast, float(abs(normal[2])), normal))
    if not found:
        return None
    most = max(contrast for contrast, _, _ in found)
    # of equal contrasts the most upright, else the largest contrast
    values = [up if most < _SAME_LENGTH else contrast for contrast, up, _ in found]
    _, _, chosen = found[int(np.argmax(values))]
    return chosen


def _upwards(normal: FloatArray) -> FloatArray:
    """The one of two opposite directions that points up."""
    leading = next((x for x in normal[::-1] if abs(x) > 1e-6), 1.0)
    return np.asarray(normal * np.sign(leading))
