"""The perfect shapes of cages, and how far a cage is from each: the continuous shape measure.

M. Pinsky and D. Avnir, Inorg. Chem. 37, 5575 (1998), doi:10.1021/ic9804925.
"""

import re
from functools import lru_cache
from itertools import permutations, product

import numpy as np
import numpy.typing as npt

from mcsc.arrays import FloatArray

# Beyond this continuous shape measure a cage does not bear the name of the nearest shape: about
# that of a see-saw to a tetrahedron, or half way from a tetrahedron to a square.
_LARGEST_MEASURE = 8.0
# up to so many vertices every assignment is tried: 720 of them
_EXACT = 6
_ROUNDS = 20


def _ring(n: int, height: float = 0.0) -> list[tuple[float, float, float]]:
    angles = 2 * np.pi * np.arange(n) / n
    return [(float(np.cos(a)), float(np.sin(a)), height) for a in angles]


_UP, _DOWN = (0.0, 0.0, 1.0), (0.0, 0.0, -1.0)
# a prism of squares and equilateral triangles of side √3: half as high
_HALF = 3**0.5 / 2

# Vectors from the centre to the vertices. In all but the pyramid the centre is the mean; that of
# the pyramid is the centre of its base, as of an octahedron without one of its tips.
IDEAL: dict[str, FloatArray] = {
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


def kind_of(arms: FloatArray) -> tuple[str, float]:
    """Kind and distortion of a cage, of the vectors (n, 3) from its centre to its ions.

    The shape of `IDEAL` with as many vertices that is nearest by the continuous shape measure of
    vertices and centre, and this measure: 0 for the perfect shape (see `shape_measure`).
    ``"n-cage"``, with n the number of ions, and NaN where no shape is within 8.
    """
    measures = {
        kind: shape_measure(arms, ideal) for kind, ideal in IDEAL.items() if len(ideal) == len(arms)
    }
    kind = min(measures, key=lambda name: measures[name], default="")
    if not kind or measures[kind] > _LARGEST_MEASURE:
        return f"{len(arms)}-cage", float("nan")
    return kind, measures[kind]


def distortion_of(kind: str, arms: FloatArray) -> float:
    """Continuous shape measure of a cage of a given kind; NaN if the kind has no perfect shape.

    The number of an orbit behind the kind, as in ``"octahedron_2"``, does not matter.
    """
    ideal = IDEAL.get(re.sub(r"_\d+$", "", kind))
    if ideal is None or len(ideal) != len(arms):
        return float("nan")
    return shape_measure(arms, ideal)


def shape_measure(arms: npt.ArrayLike, ideal: npt.ArrayLike) -> float:
    """Continuous shape measure of a cage with its centre: 0 for the perfect shape, at most 100.

        S = 100 min Σ_k |q_k − p_k|² / Σ_k |q_k − q_0|²

    over all positions, sizes, rotations and assignments of the vertices of the ideal shape p, both
    (n, 3) from the centre. The sums run over the vertices and the centre, which is assigned to the
    centre; q_0 is the mean of the q_k. With both sets moved to their means, the best size and
    rotation give (W. Kabsch, Acta Cryst. A 32, 922 (1976), doi:10.1107/S0567739476001873)

        S = 100 [1 − (σ_1 + σ_2 + σ_3)² / (Σ|q_k|² Σ|p_k|²)]

    with σ the singular values of Σ_k q_k p_kᵀ. Reflections are among the rotations: the ideal
    shapes here are their own mirror images, up to the names of vertices. Up to six vertices all
    assignments are tried; beyond, the best of many starts is taken, each improved in turns by the
    assignment problem and the best rotation.

    Raises ValueError if the numbers of vertices differ or all vertices coincide.
    """
    q, p = np.asarray(arms, dtype=np.float64), np.asarray(ideal, dtype=np.float64)
    if q.shape != p.shape or q.ndim != 2 or q.shape[1] != 3:
        raise ValueError(f"vertices have shapes {q.shape} and {p.shape}; give two times (n, 3)")
    # The centre, at zero, moves the means but adds no term to the mixed sum of uncentred vectors.
    n = len(q) + 1
    q_mean, p_mean = q.sum(axis=0) / n, p.sum(axis=0) / n
    sizes = [float((a**2).sum() - n * (m @ m)) for a, m in ((q, q_mean), (p, p_mean))]
    if min(sizes) <= 0:
        raise ValueError("all vertices lie on the centre; give vectors to different positions")
    offset = n * np.outer(q_mean, p_mean)
    find = _best_of_all if len(q) <= _EXACT else _best_of_starts
    overlap = find(q, p, offset)
    # Rounding must not make a perfect shape negative.
    return max(0.0, 100.0 * (1.0 - overlap**2 / (sizes[0] * sizes[1])))


def _best_of_all(q: FloatArray, p: FloatArray, offset: FloatArray) -> float:
    """Largest sum of singular values over every assignment."""
    assigned = p[_permutations(len(q))]
    mixed = np.einsum("ka,nkb->nab", q, assigned) - offset
    return float(np.linalg.svd(mixed, compute_uv=False).sum(axis=-1).max())


@lru_cache
def _permutations(n: int) -> npt.NDArray[np.intp]:
    return np.array(list(permutations(range(n))), dtype=np.intp)


def _best_of_starts(q: FloatArray, p: FloatArray, offset: FloatArray) -> float:
    """Largest sum of singular values found from starts that lay two vertices on any two."""
    from scipy.optimize import linear_sum_assignment

    directions = q / np.linalg.norm(q, axis=1)[:, None]
    first = 0
    second = int(np.abs(directions @ directions[first]).argmin())
    best = 0.0
    seen: set[bytes] = set()
    for i, j in permutations(range(len(p)), 2):
        mixed = np.outer(q[first], p[i]) + np.outer(q[second], p[j])
        for _ in range(_ROUNDS):
            left, _, right = np.linalg.svd(mixed)
            # Only a proper and an improper rotation of equal overlap of two pairs differ here.
            towards = q @ (left @ right)
            chosen = linear_sum_assignment(-towards @ p.T)[1]
            if chosen.tobytes() in seen:
                break
            seen.add(chosen.tobytes())
            mixed = q.T @ p[chosen] - offset
            best = max(best, float(np.linalg.svd(mixed, compute_uv=False).sum()))
    return best
