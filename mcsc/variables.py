"""Output variables, each once: name, group, dimensions, unit, meaning, flags.

Attributes of what is written are made from this table. A variable that is declared here is
described nowhere else; observables have a table of their own, :mod:`mcsc.observables.declared`.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from mcsc.units import Units

Attributes = dict[str, Any]

GRID = "..."
"""In place of the dimensions of the scan: size, field, doping, and what else it has."""


@dataclass(frozen=True)
class Variable:
    """One variable of a diagram.

    Attributes
    ----------
    name, group, long_name, comment
        As written; ``/`` is the root group.
    dims
        Its dimensions, with :data:`GRID` for those of the scan.
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
    group: str
    dims: tuple[str, ...]
    unit: str
    long_name: str
    comment: str = ""
    flags: tuple[str, ...] = ()
    estimate: bool = False
    ancillary: tuple[str, ...] = ()

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

    def stderr_attributes(self, units: Units) -> Attributes:
        """Attributes of its standard error."""
        return {
            "units": units.written(self.unit),
            "long_name": f"standard error: {self.long_name}",
        }


def flags(meanings: Sequence[str]) -> Attributes:
    """Attributes of an int8 variable whose values 0, 1, … mean these words.

    CF wants ``flag_values`` in the type of the variable and ``flag_meanings`` parted by spaces.
    """
    return {
        "units": "1",
        "flag_values": np.arange(len(meanings), dtype=np.int8),
        "flag_meanings": " ".join(meanings),
    }


_HALF = (
    "reciprocal lattice units h, k, l; of each pair ±q, which hold the same value, one is stored: "
    "where it is missing look up (-h, -k, -l)"
)

VARIABLES: tuple[Variable, ...] = (
    Variable(
        "coulomb_temperature", "/", (GRID,), "{temperature}",
        "e²/(4πε0 ε_r a k_B): a temperature divided by it is reduced",
    ),
    Variable(
        "q", "/", ("wavevector", "hkl"), "1", "wavevectors in reciprocal lattice units", _HALF,
    ),
    Variable("h", "/", ("wavevector",), "1", "first index of the wavevector", _HALF),
    Variable("k", "/", ("wavevector",), "1", "second index of the wavevector", _HALF),
    Variable("l", "/", ("wavevector",), "1", "third index of the wavevector", _HALF),
)  # fmt: skip

_BY_NAME = {(variable.group, variable.name): variable for variable in VARIABLES}


def declared(name: str, group: str = "/") -> Variable:
    """The declaration of a variable; a KeyError for one that is in no table yet."""
    return _BY_NAME[group, name]
