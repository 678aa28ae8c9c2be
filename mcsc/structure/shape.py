"""How far a set of points is from a perfect shape: the continuous shape measure.

M. Pinsky and D. Avnir, Inorg. Chem. 37, 5575 (1998), doi:10.1021/ic9804925.
"""

from __future__ import annotations

from functools import lru_cache
from itertools import permutations

import numpy as np
import numpy.typing as npt

from mcsc.structure.well import Array

# up to so many vertices every assignment is tried: 720 of them
_EXACT = 6
_ROUNDS = 20


def shape_measure(arms: npt.ArrayLike, ideal: npt.ArrayLike) -> float:
    """Continuous shape measure of a cage with its centre.

        S = 100 min Σ_k |q_k − p_k|² / Σ_k |q_k − q_0|²

    over all positions, sizes, rotations and assignments of the vertices of the ideal shape p. The
    sums run over the vertices and the centre, which is assigned to the centre; q_0 is the mean of
    the q_k. With both sets moved to their means, the best size and rotation give

        S = 100 [1 − (σ_1 + σ_2 + σ_3)² / (Σ|q_k|² Σ|p_k|²)]

    with σ the singular values of Σ_k q_k p_kᵀ. Reflections are among the rotations: the ideal
    shapes here are their own mirror images, up to the names of vertices.

    Parameters
    ----------
    arms
        Vectors from the centre to the vertices, shape (n, 3), any unit.
    ideal
        The same of the perfect shape, shape (n, 3).

    Returns
    -------
    float
        0 for the perfect shape, at most 100. Up to six vertices all assignments are tried;
        beyond, the best of many starts is taken, each improved in turns by the assignment problem
        and the best rotation.

    Raises
    ------
    ValueError
        If the numbers of vertices differ or all points coincide.

    References
    ----------
    W. Kabsch, Acta Cryst. A 32, 922 (1976), doi:10.1107/S0567739476001873 (the rotation).
    """
    q, p = np.asarray(arms, dtype=np.float64), np.asarray(ideal, dtype=np.float64)
    if q.shape != p.shape or q.ndim != 2 or q.shape[1] != 3:
        raise ValueError(f"vertices have shapes {q.shape} and {p.shape}; give two times (n, 3)")
    # The centre, at zero, moves the means but adds no term to the mixed sum of uncentred points.
    n = len(q) + 1
    q_mean, p_mean = q.sum(axis=0) / n, p.sum(axis=0) / n
    sizes = [float((a**2).sum() - n * (m @ m)) for a, m in ((q, q_mean), (p, p_mean))]
    if min(sizes) <= 0:
        raise ValueError("all vertices lie on the centre; give vectors to different places")
    offset = n * np.outer(q_mean, p_mean)
    find = _best_of_all if len(q) <= _EXACT else _best_of_starts
    overlap = find(q, p, offset)
    # Rounding must not make a perfect shape negative.
    return max(0.0, 100.0 * (1.0 - overlap**2 / (sizes[0] * sizes[1])))


def _best_of_all(q: Array, p: Array, offset: Array) -> float:
    """Largest sum of singular values over every assignment."""
    assigned = p[_permutations(len(q))]
    mixed = np.einsum("ka,nkb->nab", q, assigned) - offset
    return float(np.linalg.svd(mixed, compute_uv=False).sum(axis=-1).max())


@lru_cache
def _permutations(n: int) -> npt.NDArray[np.intp]:
    return np.array(list(permutations(range(n))), dtype=np.intp)


def _best_of_starts(q: Array, p: Array, offset: Array) -> float:
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
