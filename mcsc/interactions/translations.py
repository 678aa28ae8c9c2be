"""Lattice translations inside a sphere, for cells of any shape."""

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]
Integers = NDArray[np.int64]


def translations_within(
    cell: Floats, offsets: Floats, radius: float
) -> tuple[Integers, Integers, Floats]:
    """List all lattice translations that bring each offset into a sphere around the origin.

    The lattice vectors are reduced and made lower triangular, then the three integers are bounded
    one after the other (Fincke and Pohst): a skewed cell costs as much as a cubic one.

    Parameters
    ----------
    cell
        (3, 3) lattice vectors, one a row, any length unit.
    offsets
        (P, 3) cartesian vectors, same unit.
    radius
        Radius of the sphere, same unit.

    Returns
    -------
    owner : (N,)
        Row of ``offsets`` each entry belongs to, ascending.
    translations : (N, 3)
        The integers n of R = n @ cell.
    distances : (N,)
        \\|offsets[owner] + R\\|, at most ``radius`` up to rounding.

    References
    ----------
    U. Fincke and M. Pohst, Math. Comp. 44, 463 (1985), doi:10.1090/S0025-5718-1985-0777278-8.
    """
    change = _reduction(cell)
    reduced = change @ cell
    lower = np.linalg.qr(reduced.T).R.T
    fractional = np.linalg.solve(reduced.T, offsets.T).T
    owner = np.arange(len(offsets))
    # the coordinates still free, in the triangular frame: bounded from the last to the first
    integers = np.zeros((len(offsets), 3), dtype=np.int64)
    shifts = np.zeros((len(offsets), 3))
    remaining = np.full(len(offsets), float(radius) ** 2)
    for axis in (2, 1, 0):
        edge = lower[axis, axis]
        centre = -shifts[:, axis] / edge - fractional[owner, axis]
        half = np.sqrt(np.maximum(remaining, 0.0)) / abs(edge)
        first = np.ceil(centre - half).astype(np.int64)
        count = np.maximum(np.floor(centre + half).astype(np.int64) - first + 1, 0)
        parent = np.repeat(np.arange(len(owner)), count)
        step = np.arange(len(parent)) - np.repeat(np.cumsum(count) - count, count)
        owner, integers = owner[parent], integers[parent]
        integers[:, axis] = first[parent] + step
        weight = integers[:, axis] + fractional[owner, axis]
        shifts = shifts[parent] + weight[:, None] * lower[axis]
        remaining = remaining[parent] - shifts[:, axis] ** 2
    # from the cartesian vectors, not from `remaining`: short distances would lose their digits
    vectors = offsets[owner] + integers @ reduced
    return owner, integers @ change, np.sqrt(np.einsum("ij,ij->i", vectors, vectors))


def expected_translations(cell: Floats, radius: float) -> float:
    """Estimate how many entries :func:`translations_within` handles for one offset, from above.

    The volume of the sphere counts the points of a cubic lattice; in a flat or long cell its
    sections with the planes and lines of the lattice can hold more than that.

    Parameters
    ----------
    cell
        (3, 3) lattice vectors, one a row.
    radius
        Radius of the sphere in the same unit.
    """
    x, y, z = radius / np.abs(np.diag(np.linalg.qr((_reduction(cell) @ cell).T).R))
    planes = np.pi * (x * y + y * z + z * x)
    return float(4.0 * np.pi / 3.0 * x * y * z + planes + 2.0 * (x + y + z) + 1.0)


def _reduction(cell: Floats) -> Integers:
    """Integers (3, 3) that turn the lattice vectors into short ones, the shortest first.

    The longest vector is brought as near to the others' plane lattice as rounding does, until
    none gets shorter (Semaev's algorithm without its last corrections, which only cost time here).

    References
    ----------
    I. Semaev, Lect. Notes Comput. Sci. 2146, 181 (2001), doi:10.1007/3-540-44670-2_13.
    """
    change = np.eye(3, dtype=np.int64)
    while True:
        lengths = np.linalg.norm(change @ cell, axis=1)
        change = change[np.argsort(lengths, kind="stable")]
        tried = change.copy()
        for row in (1, 2):
            basis = tried @ cell
            weights = np.linalg.lstsq(basis[:row].T, basis[row], rcond=None)[0]
            tried[row] -= np.rint(weights).astype(np.int64) @ tried[:row]
        # the margin ends the loop where rounding lets two forms of equal length alternate
        if np.sum(np.linalg.norm(tried @ cell, axis=1)) >= np.sum(lengths) * (1.0 - 1e-9):
            return change
        change = tried


def supercell_shape(size: Sequence[int]) -> tuple[int, int, int]:
    """Check the three numbers of cells of a supercell.

    Parameters
    ----------
    size
        (Lx, Ly, Lz) primitive cells along each lattice vector.

    Raises
    ------
    ValueError
        If these are not three whole numbers of at least 1.
    """
    if len(size) != 3 or any(int(n) != n or n < 1 for n in size):
        raise ValueError(f"size {tuple(size)} must be 3 whole numbers of cells, each at least 1")
    return int(size[0]), int(size[1]), int(size[2])
