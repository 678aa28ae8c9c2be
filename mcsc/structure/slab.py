"""Slabs: a few cells of a crystal with nothing above and below them."""

from dataclasses import replace

import numpy as np

from mcsc.arrays import FloatArray
from mcsc.periodic import reduction
from mcsc.structure.one_cell import Slab, Structure

# of the longest vector along the slab: the empty space above it, so that nobody is near across it
_EMPTY = 4.0


def slab(structure: Structure, axis: str | int, cells: int = 1) -> Structure:
    """Cut a slab out of a crystal, open along one cell vector.

    The wells are those of `cells` cells on each other along that vector, which become one cell of
    the slab. Those of one cell are moved by the vector where they are to be in one piece: the
    crystal is cut where the gap between their heights is the widest. In place of the vector stands
    one across the slab, so long that no two slabs are near; it names the direction without images
    and has no further meaning.

    Parameters
    ----------
    structure
        A crystal.
    axis
        The open one: ``"a"``, ``"b"`` or ``"c"``, or its number from 0.
    cells
        Thickness.

    Raises
    ------
    ValueError
        If it is a slab already, or there are no such axis or cells.

    Examples
    --------
    >>> import mcsc
    >>> mcsc.slab(mcsc.textbook("cubic"), "c", cells=3).n_wells
    3
    """
    number = "abc".find(axis) if isinstance(axis, str) and len(axis) == 1 else axis
    if number not in (0, 1, 2):
        raise ValueError(f"open axis {axis!r}: give 'a', 'b' or 'c'")
    if structure.slab is not None:
        raise ValueError(f"{structure.name} is a slab already: cut it out of the crystal")
    if cells < 1:
        raise ValueError(f"a slab of {cells} cells: give 1 or more")
    i, step = int(number), structure.cell[int(number)]
    normal = np.cross(structure.cell[i - 2], structure.cell[i - 1])
    normal *= np.sign(normal @ step) / np.linalg.norm(normal)
    height = float(step @ normal)
    shares = np.array([well.centre for well in structure.wells]) @ normal / height
    up = _in_one_piece(shares) - shares
    wells = [
        replace(well, centre=well.centre + (n + k) * step, cage=well.cage + (n + k) * step)
        for k in range(cells)
        for well, n in zip(structure.wells, np.rint(up), strict=True)
    ]
    along = np.delete(structure.cell, i, axis=0)
    longest = float(np.linalg.norm(reduction(along) @ along, axis=1).max())
    cell = np.array(structure.cell)
    top = max(float(well.centre @ normal) for well in wells)
    cell[i] = (top + _EMPTY * longest) * normal
    ions = [structure.ion_positions + k * step for k in range(cells)]
    return replace(
        structure,
        cell=cell,
        wells=tuple(wells),
        ions=structure.ions * cells,
        ion_positions=np.concatenate(ions),
        axes=None,
        slab=Slab(i, tuple(step.tolist()), cells),
    )


def _in_one_piece(shares: FloatArray) -> FloatArray:
    """Heights in units of the cell, moved by whole cells to be together; the lowest from 0 to 1."""
    # rounding does not decide on which side of the border a plane of wells is
    home = shares - np.floor(shares + 1e-6)
    order = np.argsort(home, kind="stable")
    gaps = np.diff(home[order], prepend=home[order[-1]] - 1.0)
    # of equal gaps the one at the border of the cell
    start = home[order[np.flatnonzero(gaps > gaps.max() - 1e-6)[0]]]
    return np.asarray(np.where(home < start - 1e-6, home + 1.0, home))
