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

PROTOCOL_AXES = {
    "field": "protocol_field",
    "doping": "protocol_doping",
    "carriers_per_cell": "protocol_carriers_per_cell",
}
"""Names in a file of what the group protocols has other values of than the root.

A child must not have a coordinate of its parent with other values: no tree of both can be made.
"""

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
    "reciprocal lattice units of the cell; S(q) = S(-q), and of each pair that one is stored whose "
    "first index that is not 0 is positive: for the others look up (-h, -k, -l); all l that the "
    "supercell has room for, also of layered crystals"
)

_BOUND = (
    "of a point without a transition: the lowest temperature down to which it equilibrated, or, "
    "where order is there but no peak stands out, the first above the largest susceptibility and "
    "specific heat; missing where a transition was found or nothing is known"
)
_SIZE = "how far the infinite crystal may be off; missing with the reason where sizes do not tell"
_OPEN = "missing where the dome is open on that side: nothing was measured there up to its height"

_SEPARATES = ("separates", "stable")

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
    Variable(
        "channel_crossover", "series", (GRID, "channel"), "1",
        "whether the wells that order are inequivalent, a field on the order",
        flags=("equivalent_wells", "inequivalent_wells"),
    ),
    # files of lowest states
    Variable(
        "stable", "/", ("doping",), "1", "whether the filling does not separate into two others",
        flags=_SEPARATES,
    ),
    Variable(
        "stable", "hull", ("filling",), "1", "whether the filling is on the hull", flags=_SEPARATES
    ),
    Variable(
        "T_charge_stderr_size", "/", (GRID,), "{temperature}",
        "error of finite size of T_charge", _SIZE,
    ),
    Variable(
        "T_charge_stderr_size_reason", "/", (GRID,), "",
        "what the error of finite size of T_charge is taken from, or why there is none",
    ),
    Variable(
        "T_charge_upper_bound", "/", (GRID,), "{temperature}",
        "temperature that the charge-order transition lies below", _BOUND,
    ),
    Variable(
        "T_collective_stderr_size", "/", (GRID,), "{temperature}",
        "error of finite size of T_collective", _SIZE,
    ),
    Variable(
        "T_collective_stderr_size_reason", "/", (GRID,), "",
        "what the error of finite size of T_collective is taken from, or why there is none",
    ),
    Variable(
        "T_collective_upper_bound", "/", (GRID,), "{temperature}",
        "temperature that the onset of uniform displacement lies below", _BOUND,
    ),
    Variable(
        "charge_order_onset", "/", (GRID,), "{temperature}",
        "temperature at which charge order sets in without a transition",
        "where charge_order_share of the largest size reaches one half on cooling, from "
        "equilibrated temperatures; no transition temperature, and missing where there is one: "
        "see charge_order_onset_reason",
        estimate=True, ancillary=("charge_order_onset_reason",),
    ),
    Variable(
        "charge_order_onset_stderr", "/", (GRID,), "{temperature}",
        "standard error of charge_order_onset, statistical",
    ),
    Variable(
        "charge_order_onset_reason", "/", (GRID,), "",
        "how much order there is and why it has no T_charge, or why there is no onset",
    ),
    Variable(
        "T_charge_partner", "/", (GRID,), "",
        "T_charge against that with carriers and empty wells exchanged",
        "by particle-hole symmetry, exact where all wells are alike; contradicted: one of the two "
        "has a transition where the other, equilibrated, has none, and is no dome; undetermined: "
        "one did not equilibrate",
        flags=(
            "no_symmetry", "agrees", "differs", "contradicted", "undetermined", "not_scanned",
        ),
    ),
    Variable(
        "partner_doping", "/", (GRID,), "1", "doping with carriers and empty wells exchanged",
        "missing where wells are not alike",
    ),
    Variable(
        "particle_hole_wells", "structure", (GRID,), "1",
        "wells per cell B: n carriers per cell are equivalent to B - n",
        "missing where wells are not alike",
    ),
    Variable("dome_doping", "domes", ("dome",), "1", "doping at the top"),
    Variable(
        "dome_chemical_potential", "domes", ("dome",), "{energy}", "chemical potential at the top"
    ),
    Variable(
        "dome_temperature", "domes", ("dome",), "{temperature}", "height of the dome",
        estimate=True, ancillary=("dome_temperature_stderr_size",),
    ),
    Variable(
        "dome_temperature_stderr", "domes", ("dome",), "{temperature}",
        "standard error of the height, statistical",
    ),
    Variable(
        "dome_temperature_stderr_size", "domes", ("dome",), "{temperature}",
        "error of finite size of the height", _SIZE,
    ),
    Variable(
        "bounded", "domes", ("dome",), "", "whether both sides of the dome are known to be lower",
        "open: on one side a point did not equilibrate up to the height, or the scan ends",
        flags=("open", "bounded"),
    ),
    Variable(
        "valley", "domes", ("dome",), "{temperature}", "upper bound of the higher valley",
        "the larger of valley_left and valley_right; missing where the dome is open",
    ),
    Variable(
        "valley_left", "domes", ("dome",), "{temperature}",
        "what T falls below towards fewer carriers", _OPEN,
    ),
    Variable(
        "valley_right", "domes", ("dome",), "{temperature}",
        "what T falls below towards more carriers", _OPEN,
    ),
    Variable(
        "significance", "domes", ("dome",), "1", "height above the valley in errors",
        "statistical and, where known, finite-size error in quadrature; a bound has none; missing "
        "where the dome is open",
    ),
)  # fmt: skip

_BY_NAME = {(variable.group, variable.name): variable for variable in VARIABLES}


def declared(name: str, group: str = "/") -> Variable:
    """The declaration of a variable; a KeyError for one that is in no table yet."""
    return _BY_NAME[group, name]
