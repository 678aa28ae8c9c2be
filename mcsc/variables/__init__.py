"""Output variables, each once: name, group, dimensions, unit, meaning, flags, error.

Attributes of what is written, the words of flags and docs/diagram.md are made from these tables.
A variable that is declared here is described nowhere else; observables have a table of their own,
:mod:`mcsc.observables.declared`.
"""

from collections.abc import Hashable, Iterable

import numpy.typing as npt
import xarray as xr

from mcsc.units import Units
from mcsc.variables.coordinates import COORDINATES, STRUCTURE
from mcsc.variables.finite_size import FINITE_SIZE
from mcsc.variables.free_energy import COEXISTENCE, FREE_ENERGY, VOLTAGE
from mcsc.variables.histories import HISTORY_AXES, PROTOCOLS, TRANSPORT
from mcsc.variables.ladder import HEALTH, ROOT, SAMPLES, SERIES
from mcsc.variables.lowest_states import HULL, LOWEST, STATES
from mcsc.variables.transitions import AVERAGES, DOMES, TRANSITIONS
from mcsc.variables.variable import GRID, Variable, flag_names, meaning

Variables = dict[str, xr.Variable]

TABLES: dict[str, tuple[Variable, ...]] = {
    "coordinates": COORDINATES, "/": (*ROOT, *TRANSITIONS, VOLTAGE), "free_energy": FREE_ENERGY,
    "coexistence": COEXISTENCE, "domes": DOMES, "finite_size": FINITE_SIZE,
    "disorder_average": AVERAGES, "health": HEALTH, "samples": SAMPLES, "series": SERIES,
    "structure": STRUCTURE, "protocols": PROTOCOLS, "transport": TRANSPORT, "lowest states": LOWEST,
    "hull": HULL, "states": STATES,
}  # fmt: skip
"""Declarations by group; coordinates: of all groups; free_energy: the root of a scan
in an expanded ensemble; lowest states: the root of such a file."""

_BY_NAME = {
    (group, found.name): found
    for group, table in TABLES.items()
    for variable in table
    for found in ((variable.stderr,) * variable.estimate + (variable,))
}


def declared(name: str, group: str = "/") -> Variable:
    """The declaration of a variable or coordinate; a KeyError for one that is in no table."""
    found = _BY_NAME.get((group, name))
    return _BY_NAME["coordinates", name] if found is None else found


def written(
    group: str, units: Units, grid: Iterable[Hashable] = (), /, **values: npt.ArrayLike
) -> Variables:
    """Variables of a group with their values, by name; see :meth:`Variable.of`."""
    return {name: declared(name, group).of(found, units, grid) for name, found in values.items()}
