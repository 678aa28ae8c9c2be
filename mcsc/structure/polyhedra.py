"""The perfect shapes of cages, and which of them a cage is."""

from __future__ import annotations

import re
from itertools import product

import numpy as np

from mcsc.structure.shape import shape_measure
from mcsc.structure.well import Array

# Beyond this continuous shape measure a cage does not bear the name of the nearest shape: about
# that of a see-saw to a tetrahedron, or half way from a tetrahedron to a square.
_LARGEST_MEASURE = 8.0


def _ring(n: int, height: float = 0.0) -> list[tuple[float, float, float]]:
    angles = 2 * np.pi * np.arange(n) / n
    return [(float(np.cos(a)), float(np.sin(a)), height) for a in angles]


_UP, _DOWN = (0.0, 0.0, 1.0), (0.0, 0.0, -1.0)
# a prism of squares and equilateral triangles of side √3: half as high
_HALF = 3**0.5 / 2

# Vectors from the centre to the vertices. In all but the pyramid the centre is the mean; that of
# the pyramid is the centre of its base, as of an octahedron without one of its tips.
IDEAL: dict[str, Array] = {
    "alpha": np.array(_ring(3)),
    "square": np.array(_ring(4)),
    "tetrahedron": np.array([(1, 1, 1), (1, -1, -1), (-1, 1, -1), (-1, -1, 1)], dtype=np.float64),
    "square_pyramid": np.array([*_ring(4), _UP]),
    "trigonal_bipyramid": np.array([*_ring(3), _UP, _DOWN]),
    "octahedron": np.array([*_ring(4), _UP, _DOWN]),
    "trigonal_prism": np.array([*_ring(3, _HALF), *_ring(3, -_HALF)]),
    "beta": np.array(_ring(6)),
    "cube": np.array(list(product((-1.0, 1.0), repeat=3))),
    "cuboctahedron": np.array(
        [v for v in product((-1.0, 0.0, 1.0), repeat=3) if np.abs(v).sum() == 2]
    ),
}
"""Perfect shapes by kind, each the vectors from the centre to the vertices, shape (n, 3)."""


def kind_of(arms: Array) -> tuple[str, float]:
    """Name the shape of a cage.

    Parameters
    ----------
    arms
        Vectors from the centre to the ions of the cage, shape (n, 3), any unit.

    Returns
    -------
    kind, distortion
        The shape of `IDEAL` with as many vertices that is nearest by the continuous shape measure
        of vertices and centre, and this measure: 0 for the perfect shape (see `shape_measure`).
        ``"n-cage"``, with n the number of ions, and NaN where no shape is within 8.
    """
    measures = {
        kind: shape_measure(arms, ideal) for kind, ideal in IDEAL.items() if len(ideal) == len(arms)
    }
    kind = min(measures, key=lambda name: measures[name], default="")
    if not kind or measures[kind] > _LARGEST_MEASURE:
        return f"{len(arms)}-cage", float("nan")
    return kind, measures[kind]


def distortion_of(kind: str, arms: Array) -> float:
    """Continuous shape measure of a cage of a given kind; NaN if the kind has no perfect shape.

    The number of an orbit behind the kind, as in ``"octahedron_2"``, does not matter.
    """
    ideal = IDEAL.get(re.sub(r"_\d+$", "", kind))
    if ideal is None or len(ideal) != len(arms):
        return float("nan")
    return shape_measure(arms, ideal)
