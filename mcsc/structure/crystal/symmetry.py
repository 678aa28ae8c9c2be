"""Symmetry operations of a crystal, or of anything arranged like one."""

import warnings
from contextlib import suppress
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
import numpy.typing as npt

from mcsc.arrays import FloatArray, IntArray
from mcsc.periodic import reduction


@dataclass(frozen=True, eq=False)
class SpaceGroup:
    """Operations x' = R x + t on fractional coordinates, and the orbits they make.

    rotations: R, integers, shape (n, 3, 3).
    translations: t, shape (n, 3).
    equivalent: For each position the lowest-numbered one of its orbit, shape (n,).
    symbol: International short symbol.
    point_group: Point group, international symbol.
    number: Of the International Tables.
    """

    rotations: IntArray
    translations: FloatArray
    equivalent: IntArray
    symbol: str
    point_group: str
    number: int


def space_group(
    cell: npt.ArrayLike, positions: npt.ArrayLike, numbers: npt.ArrayLike, tolerance: float
) -> SpaceGroup | None:
    """Find the space group of fractional ``positions`` (n, 3) in a cell (3, 3), or None.

    Those with equal integers in ``numbers`` (n,) are of one species; positions within
    ``tolerance``, in the unit of the cell, count as equal. None if the search fails, for instance
    because they overlap.

    A. Togo, K. Shinohara, I. Tanaka, Sci. Technol. Adv. Mater. Meth. 4, 2384822 (2024),
    doi:10.1080/27660400.2024.2384822 (spglib).
    """
    lattice, given = np.asarray(cell, dtype=np.float64), np.asarray(positions, dtype=np.float64)
    if (found := _search(lattice, given, numbers, tolerance)) is not None:
        return found
    # in a very skewed cell the search fails: x' = U^-T x are the coordinates in the cell U A
    change = reduction(lattice)
    back = np.rint(np.linalg.inv(change)).astype(np.int64)
    if (found := _search(change @ lattice, given @ back, numbers, tolerance)) is None:
        return None
    return replace(
        found,
        rotations=change.T @ found.rotations @ back.T,
        translations=found.translations @ change,
    )


def _search(
    cell: FloatArray, positions: FloatArray, numbers: npt.ArrayLike, tolerance: float
) -> SpaceGroup | None:
    import spglib

    # spglib's annotations ask for nested lists; it takes arrays
    crystal: Any = (cell, positions, np.asarray(numbers))
    # Failure is None in older versions, a deprecation or a type of its own in newer ones.
    with warnings.catch_warnings(), suppress(Exception):
        warnings.simplefilter("ignore", DeprecationWarning)
        found = spglib.get_symmetry_dataset(crystal, symprec=tolerance)
        if found is not None:
            return SpaceGroup(
                np.asarray(found.rotations, dtype=np.int64),
                np.asarray(found.translations, dtype=np.float64),
                np.asarray(found.equivalent_atoms, dtype=np.int64),
                str(found.international),
                str(found.pointgroup),
                int(found.number),
            )
    return None
