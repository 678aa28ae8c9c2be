"""The linear size L that a supercell enters finite-size scaling with."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import xarray as xr
from numpy.typing import ArrayLike

from mcsc.transitions.estimate import FloatArray

# sides may deviate this much from one shape: cells are whole numbers
_SHAPE = 1e-6


@dataclass(frozen=True)
class LinearSizes:
    """Linear sizes of supercells of one shape.

    Attributes
    ----------
    lengths
        L in cells, shape (S,), in the order of the supercells; NaN if they have no one shape.
    dimension
        Number of directions that grow: the carriers of a supercell are as L^dimension.
    reason
        Why there are no linear sizes, empty where there are.
    """

    lengths: FloatArray
    dimension: int
    reason: str = ""


def linear_sizes(cells: ArrayLike) -> LinearSizes:
    """Linear size of each of several supercells.

    Directions in which all supercells have the same number of cells do not scale: 6x6x2, 9x9x2 and
    12x12x2 are a system of two dimensions, a slab two layers high, with L = 6, 9, 12. L is the
    geometric mean of the cells along the directions that grow. These must grow together: the
    scaling functions depend on the shape, so that sizes of several shapes lie on several curves.

    Parameters
    ----------
    cells
        Cells along each lattice vector, shape (S, 3).

    Returns
    -------
    `LinearSizes`; without lengths, and with the reason, where the supercells are all equal or
    differ in shape.
    """
    counts = np.asarray(cells, dtype=np.float64)
    grows = np.ptp(counts, axis=0) > 0
    nothing = np.full(len(counts), np.nan)
    if not grows.any():
        return LinearSizes(nothing, 0, "all supercells have the same size")
    growing = counts[:, grows]
    shape = growing / growing[:, :1]
    if np.ptp(np.log(shape), axis=0).max() > _SHAPE:
        shown = ", ".join("x".join(f"{n:g}" for n in row) for row in counts)
        reason = f"supercells {shown} differ in shape: give sizes that grow in proportion"
        return LinearSizes(nothing, int(grows.sum()), reason)
    return LinearSizes(np.exp(np.log(growing).mean(axis=1)), int(grows.sum()))


def sizes_of(groups: dict[str, xr.Dataset]) -> LinearSizes:
    """Linear sizes of the supercells of a diagram, in the order of its dimension ``size``.

    Without the group ``structure`` the coordinate ``size`` itself is taken, as a chain of that
    length: the number of carriers is as L.
    """
    if "structure" in groups and "cells" in groups["structure"]:
        return linear_sizes(groups["structure"]["cells"].values)
    lengths = groups["series"]["size"].values.astype(np.float64)
    return LinearSizes(lengths, 1)
