"""How well scaled curves of several sizes agree, without any model of the common curve.

J. Houdayer, A. K. Hartmann, Phys. Rev. B 70, 014418 (2004), doi:10.1103/PhysRevB.70.014418.
"""

from collections.abc import Callable

import numpy as np

from mcsc.arrays import FloatArray

_STEPS = 13
_HALVINGS = 6


def collapse_quality(
    lengths: FloatArray, x: FloatArray, y: FloatArray, errors: FloatArray
) -> float:
    """Quality S of a collapse of Houdayer and Hartmann.

    lengths: L of each point, shape (n,).
    x, y, errors: Scaled points and the errors of y, shape (n,).

    Returns: Mean of (y − Y)²/(δy² + δY²), where Y is the weighted straight line through the two
        points of each other size between which x lies; over the points that lie between points of
        another size. Infinite where fewer than half do: curves moved apart do not agree.
    """
    terms = []
    for length in np.unique(lengths):
        own = lengths == length
        # weighted sums over the neighbours, positions counted from the point itself
        sums = np.zeros((5, int(own.sum())))
        for other in np.unique(lengths[~own]):
            index = np.flatnonzero(lengths == other)
            index = index[np.argsort(x[index])]
            right = np.searchsorted(x[index], x[own])
            between = (right > 0) & (right < len(index))
            for shift in (-1, 0):
                near = index[np.clip(right + shift, 0, len(index) - 1)]
                weight, away = between * errors[near] ** -2, x[near] - x[own]
                sums += weight * np.array(
                    [np.ones_like(away), away, away**2, y[near], away * y[near]]
                )
        k, kx, kxx, ky, kxy = sums[:, sums[0] > 0]
        line, spread = (kxx * ky - kx * kxy, kxx) / (k * kxx - kx**2)
        found = own.nonzero()[0][sums[0] > 0]
        terms.append((y[found] - line) ** 2 / (errors[found] ** 2 + spread))
    counted = np.concatenate(terms)
    return float(counted.mean()) if 2 * len(counted) >= len(x) else np.inf


def unit_interval(quality: Callable[[float], float], best: float, reach: float) -> float:
    """Half the width of the interval around a number in which S stays below S(best) + 1.

    quality: S as a function of the number.
    best: The number.
    reach: How far from it the ends are looked for; infinite where S stays low all the way.
    """
    limit = quality(best) + 1
    width = 0.0
    for sign in (-1, 1):
        inner = 0.0
        for outer in sign * reach * np.geomspace(1e-3, 1.0, _STEPS):
            if quality(best + outer) > limit:
                break
            inner = float(outer)
        else:
            return np.inf
        for _ in range(_HALVINGS):
            middle = 0.5 * (inner + outer)
            if quality(best + middle) > limit:
                outer = middle
            else:
                inner = middle
        width += abs(float(outer))
    return width / 2
