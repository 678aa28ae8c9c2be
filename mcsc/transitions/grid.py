"""The grid that transitions are found on: all its axes but size and temperature.

A diagram at fixed numbers of carriers is a function of the dimension ``doping``. At fixed chemical
potential that is the dimension, and ``doping`` a measured variable on it and temperature. What goes
along the lines of a diagram asks here for the name of its axis.
"""

from collections.abc import Hashable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from itertools import product
from typing import Any

import numpy as np
import numpy.typing as npt
import xarray as xr

from mcsc.files.tree import Place

DOPING = "doping"
CHEMICAL_POTENTIAL = "chemical_potential"
CARRIER_AXES = (DOPING, CHEMICAL_POTENTIAL)


def carrier_axis(names: Iterable[Hashable]) -> str:
    """The one of :data:`CARRIER_AXES` among the dimensions of a dataset; doping where none is."""
    return CHEMICAL_POTENTIAL if CHEMICAL_POTENTIAL in set(names) else DOPING


def places(
    data: xr.Dataset, axes: Sequence[str]
) -> Iterator[tuple[dict[str, float | str], xr.Dataset]]:
    """Every place on some axes, the last fastest: its coordinates by axis, and what is there."""
    values = [[x if isinstance(x, str) else float(x) for x in data[axis].values] for axis in axes]
    for index, found in zip(np.ndindex(*map(len, values)), product(*values), strict=True):
        yield dict(zip(axes, found, strict=True)), data.isel(dict(zip(axes, index, strict=True)))


@dataclass(frozen=True)
class Grid:
    """Axes of a diagram that transitions are functions of.

    conditions: Dimensions besides size and that of the carriers, the outermost first: a field, a
        varied key.
    carriers: Dimension of the carriers, see :func:`carrier_axis`.
    shape: Lengths of the conditions, then that of the carriers.
    n_sizes: Supercells at each index.
    sized: Whether size is a dimension.
    """

    conditions: tuple[str, ...]
    carriers: str
    shape: tuple[int, ...]
    n_sizes: int
    sized: bool

    @property
    def dims(self) -> tuple[str, ...]:
        """Dimensions of a transition temperature."""
        return (*self.conditions, self.carriers)

    @property
    def indices(self) -> list[Place]:
        """Indices on :attr:`dims`, that of the carriers fastest."""
        return list(np.ndindex(self.shape))

    @property
    def lines(self) -> list[Place]:
        """Indices on the conditions: one line over the carriers each."""
        return list(np.ndindex(self.shape[:-1]))

    def laid_out(self, values: npt.ArrayLike, *, first: bool = False) -> npt.NDArray[Any]:
        """Values in a list, on the grid; further axes of a value behind it, or one before it.

        values: One for each of :attr:`indices`, all of one shape.
        first: Whether the one axis of a value, such as that of the sizes, goes to the front.
        """
        array = np.array(values)
        array = array.reshape(*self.shape, *array.shape[1:])
        return np.moveaxis(array, -1, 0) if first else array


def grid_of(series: xr.Dataset) -> Grid:
    """Grid of the group ``series``: the dimensions of what a task has one number of."""
    dims = [str(dim) for dim in series["n_carriers"].dims]
    carriers = carrier_axis(dims)
    conditions = tuple(dim for dim in dims if dim not in ("size", carriers))
    shape = tuple(series.sizes[dim] for dim in (*conditions, carriers))
    return Grid(conditions, carriers, shape, series.sizes.get("size", 1), "size" in dims)
