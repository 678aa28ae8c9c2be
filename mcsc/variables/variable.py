"""What is said of one output variable, and the variable made of it and its values."""

from collections.abc import Hashable, Iterable
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
import numpy.typing as npt
import xarray as xr

from mcsc.units import Units

GRID = "..."
"""In place of the dimensions of the scan: size, field, doping, and what else it has."""


def meaning(flag: xr.DataArray) -> str:
    """A single flag in words."""
    return str(flag_names(flag)).replace("_", " ")


def flag_names(flags: xr.DataArray) -> npt.NDArray[np.str_]:
    """The name of each flag, in the shape of the flags."""
    names = np.array(str(flags.attrs["flag_meanings"]).split())
    return np.asarray(names[flags.values.astype(int)])


@dataclass(frozen=True)
class Variable:
    """One variable of a diagram or of a file of lowest states.

    name, long_name, comment: As written.
    dims: Its dimensions parted by spaces, with :data:`GRID` for those of the scan.
    unit: A pattern for :meth:`mcsc.units.Units.written`; empty for strings.
    flags: Meanings of the numbers 0, 1, …, stored as int8; none if it is no flag.
    estimate: Whether ``NAME_stderr`` holds its standard error.
    ancillary: Variables besides that to be read along with it.
    """

    name: str
    dims: str
    unit: str
    long_name: str
    comment: str = ""
    flags: tuple[str, ...] = ()
    estimate: bool = False
    ancillary: tuple[str, ...] = ()

    @property
    def stderr(self) -> "Variable":
        """What is said of its standard error, unless that is declared itself."""
        return replace(
            self,
            name=f"{self.name}_stderr",
            long_name=f"standard error of {self.long_name}",
            estimate=False,
            ancillary=(),
        )

    def attributes(self, units: Units) -> dict[str, Any]:
        """CF attributes, with the units of a run in place of the pattern."""
        found: dict[str, Any] = {"long_name": self.long_name}
        if self.unit:
            found["units"] = units.written(self.unit)
        if self.comment:
            found["comment"] = self.comment
        if self.flags:
            # in the type of the variable, and parted by spaces, as CF wants them
            numbers = np.arange(len(self.flags), dtype=np.int8)
            found |= {"flag_values": numbers, "flag_meanings": " ".join(self.flags)}
        linked = (f"{self.name}_stderr",) * self.estimate + self.ancillary
        if linked:
            found["ancillary_variables"] = " ".join(linked)
        return found

    def with_stderr(
        self,
        values: npt.ArrayLike,
        errors: npt.ArrayLike,
        units: Units,
        grid: Iterable[Hashable] = (),
    ) -> dict[str, xr.Variable]:
        """An estimate and its standard error by name; see :meth:`of`."""
        both = ((self, values), (self.stderr, errors))
        return {one.name: one.of(found, units, grid) for one, found in both}

    def of(self, values: npt.ArrayLike, units: Units, grid: Iterable[Hashable] = ()) -> xr.Variable:
        """The variable with its values.

        values: On its dimensions; of flags their numbers or words.
        units: Of the run.
        grid: Dimensions of what the values are on, perhaps with some of the variable's own; those
            that are not stand in place of :data:`GRID`. None in the dataset of a task.

        Raises ValueError if the values have another number of dimensions, or a word is none of the
            flags.
        """
        dims: list[Hashable] = []
        own = self.dims.split()
        for part in own:
            dims += (d for d in grid if d not in own) if part == GRID else [part]
        array = np.asarray(values)
        if array.ndim != len(dims):
            raise ValueError(
                f"{self.name}: values of shape {array.shape} on ({', '.join(map(str, dims))})"
            )
        if self.flags:
            if array.dtype.kind == "U":
                numbers = [self.flags.index(word) for word in array.ravel()]
                array = np.reshape(numbers, array.shape)
            array = array.astype(np.int8)
        return xr.Variable(dims, array, self.attributes(units))
