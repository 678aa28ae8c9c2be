"""What is said of one output variable, and the variable made of it and its values."""

from collections.abc import Hashable, Iterable, Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
import numpy.typing as npt
import xarray as xr

from mcsc.units import Units

Attributes = dict[str, Any]

GRID = "..."
"""In place of the dimensions of the scan: size, field, doping, and what else it has."""


@dataclass(frozen=True)
class Variable:
    """One variable of a diagram or of a file of lowest states.

    Attributes
    ----------
    name, long_name, comment
        As written.
    dims
        Its dimensions parted by spaces, with :data:`GRID` for those of the scan.
    unit
        A pattern for :meth:`mcsc.units.Units.written`; empty for strings.
    flags
        Meanings of the numbers 0, 1, …, stored as int8; none if it is no flag.
    estimate
        Whether ``NAME_stderr`` holds its standard error.
    ancillary
        Variables besides that to be read along with it.
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

    def attributes(self, units: Units) -> Attributes:
        """CF attributes, with the units of a run in place of the pattern."""
        found: Attributes = {"long_name": self.long_name}
        if self.unit:
            found["units"] = units.written(self.unit)
        if self.comment:
            found["comment"] = self.comment
        if self.flags:
            found |= flags(self.flags)
        linked = (f"{self.name}_stderr",) * self.estimate + self.ancillary
        if linked:
            found["ancillary_variables"] = " ".join(linked)
        return found

    def with_stderr(
        self, values: npt.ArrayLike, errors: npt.ArrayLike, units: Units
    ) -> "dict[str, xr.Variable]":
        """An estimate and its standard error by name, of one task; see :meth:`of`."""
        return {
            one.name: one.of(found, units) for one, found in ((self, values), (self.stderr, errors))
        }

    def of(self, values: npt.ArrayLike, units: Units, grid: Iterable[Hashable] = ()) -> xr.Variable:
        """The variable with its values.

        Parameters
        ----------
        values
            On its dimensions; of flags their numbers or words.
        units
            Of the run.
        grid
            Dimensions in place of :data:`GRID`; none in the dataset of a task.

        Raises
        ------
        ValueError
            If the values have another number of dimensions, or a word is none of the flags.
        """
        dims: list[Hashable] = []
        for part in self.dims.split():
            dims += grid if part == GRID else [part]
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


def flags(meanings: Sequence[str]) -> Attributes:
    """Attributes of an int8 variable whose values 0, 1, … mean these words.

    CF wants ``flag_values`` in the type of the variable and ``flag_meanings`` parted by spaces.
    """
    return {
        "units": "1",
        "flag_values": np.arange(len(meanings), dtype=np.int8),
        "flag_meanings": " ".join(meanings),
    }
