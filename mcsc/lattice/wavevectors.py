"""Wavevectors that fit the supercell, on which its structure factor is stored."""

from collections.abc import Sequence
from fractions import Fraction
from itertools import product
from math import lcm, prod

import numpy as np

from mcsc.arrays import BoolArray, FloatArray, IntArray
from mcsc.structure import Structure

# more cells in a row than any supercell has; not so many that 9 digits do not tell them apart
_LARGEST_DENOMINATOR = 10_000


def wavevectors(size: tuple[int, int, int], change: IntArray | None = None) -> IntArray:
    """All wavevectors of the supercell with −1 ≤ h, k, l ≤ 1, one of each pair ±q, q = 0 first.

    More than one Brillouin zone, because wells within the cell scatter with different phases;
    along an axis of a single cell only whole h are possible. Rows (n, 3) are whole: q = row / size
    in reciprocal lattice units of the cells. With ``change`` (3, 3), see ``Structure.change``, h, k
    and l are of other axes, in units of which it has the vectors of these cells.
    """
    if change is None or (change == np.eye(3)).all():
        mesh = np.array(list(product(*(range(-n, n + 1) for n in size))), dtype=np.int64)
        return mesh[_half_by_length(mesh)]
    # h, k, l as whole multiples of 1/unit, those from 0 up to 1 first
    unit = lcm(*size)
    scale = unit // np.array(size)
    inside = np.array(list(product(*map(range, size))), dtype=np.int64)
    back = np.rint(np.linalg.inv(change)).astype(np.int64)
    first = (inside * scale) @ back.T % unit
    shifts = np.array(list(product((-1, 0, 1), repeat=3)), dtype=np.int64) * unit
    hkl = (first[:, None] + shifts).reshape(-1, 3)
    hkl = hkl[(np.abs(hkl) <= unit).all(axis=1)]
    return np.asarray(hkl[_half_by_length(hkl)] @ change.T // scale)


def thinned(size: tuple[int, int, int], axes: Sequence[int], most: int) -> tuple[int, int, int]:
    """A supercell that fits into one of ``size`` cells, of about ``most`` cells at most.

    It is smaller along ``axes`` only, equally long ones alike, and by factors that leave one of the
    2s and one of the 3s that a number of cells has, so that the simplest orders fit it too. Where
    there is no such factor nothing changes.
    """
    found = list(size)
    if prod(size) > most and len(axes):
        factor = (prod(size) / most) ** (1 / len(axes))
        for axis in axes:
            n = size[axis]
            parts = [n // k for k in range(1, n // 4 + 1) if n % k == 0]
            kept = [m for m in parts if all(m % p == 0 for p in (2, 3) if n % p == 0)]
            found[axis] = max((m for m in kept if m <= n / factor), default=min(kept, default=n))
    return found[0], found[1], found[2]


def _half_by_length(mesh: IntArray) -> IntArray:
    """Indices of one of each pair ±q, the shortest first."""
    h, k, l = mesh.T  # noqa: E741
    half = np.flatnonzero((h > 0) | ((h == 0) & (k > 0)) | ((h == 0) & (k == 0) & (l >= 0)))
    kept = mesh[half]
    return np.asarray(half[np.lexsort((*kept.T[::-1], np.abs(kept).sum(axis=1)))])


def filled_lattice_peaks(structure: Structure, size: tuple[int, int, int]) -> BoolArray:
    """Whether a supercell with every well filled at its centre scatters at each wavevector.

    (n,) for the list of :func:`wavevectors`; true only at reciprocal lattice vectors of the lattice
    that all the wells form together.
    """
    q = wavevectors(size, structure.change)
    whole = (q % np.array(size) == 0).all(axis=1)
    centres = np.array([well.centre for well in structure.wells])
    fractional = centres @ np.linalg.inv(structure.cell)
    phases = np.exp(-2j * np.pi * (q / np.array(size)) @ fractional.T)
    return np.asarray(whole & (np.abs(phases.sum(axis=1)) > 1e-6 * structure.n_wells))


def union_of_wavevectors(lists: Sequence[FloatArray]) -> tuple[FloatArray, list[IntArray]]:
    """Wavevectors (n, 3) of several supercells in one list (m, 3), each of a pair ±q once.

    The first index that is not 0 is positive, and fractions are as exact as they are typed, so that
    1/3 is found by it. With it for each list the indices of its own in the union.
    """
    halves = [_positive(q) for q in lists]
    everything = np.unique(np.concatenate(halves), axis=0)
    order = np.lexsort((*everything.T[::-1], np.abs(everything).sum(axis=1)))
    everything = everything[order]
    index = {tuple(row): i for i, row in enumerate(everything.tolist())}
    exact = {
        value: float(Fraction(value).limit_denominator(_LARGEST_DENOMINATOR))
        for value in np.unique(everything).tolist()
    }
    typed = np.array([[exact[value] for value in row] for row in everything.tolist()])
    return typed, [np.array([index[tuple(row)] for row in q.tolist()]) for q in halves]


def _positive(q: FloatArray) -> FloatArray:
    """Wavevectors to 9 digits, each or its opposite."""
    rounded = np.round(q, 9)
    first = np.argmax(rounded != 0, axis=1)
    negative = rounded[np.arange(len(rounded)), first] < 0
    # no −0
    return np.where(negative[:, None], -rounded, rounded) + 0.0
