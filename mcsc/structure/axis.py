"""The axis of a cage: across the plane of its four equatorial ions."""

from __future__ import annotations

from itertools import combinations

import numpy as np

from mcsc.structure.coordination import is_flat, plane_of
from mcsc.structure.well import Array

# relative; an octahedron whose axes differ by less in length has no axis of its own
_SAME_LENGTH = 0.01
# four ions are an equator if their directions leave their plane by less than this, about 20°
_TILT = 0.35


def cage_axis(arms: Array) -> Array | None:
    """Find the axis of a square, pyramid, octahedron or flat ring from its ions.

    Parameters
    ----------
    arms
        Vectors from the centre to the ions, shape (n, 3).

    Returns
    -------
    Unit vector, or None for a cage without such an axis. A flat cage has its normal, a pyramid the
    normal of its base. An octahedron has the axis through the two opposite ions whose distance
    differs most from that of the other four; where all agree within 1 %, the one of its three axes
    nearest to z. The third component is positive, or else the second, or the first.
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
    alike = [(up, normal) for contrast, up, normal in found if most - contrast < _SAME_LENGTH]
    if most < _SAME_LENGTH:
        return max(alike, key=lambda item: item[0])[1]
    return max(found, key=lambda item: item[0])[2]


def _upwards(normal: Array) -> Array:
    """The one of two opposite directions that points up."""
    leading = next((x for x in normal[::-1] if abs(x) > 1e-6), 1.0)
    turned: Array = normal * np.sign(leading)
    return turned
