"""What field protocols write besides observables of the table."""

from dataclasses import replace

from mcsc.variables.ladder import HEALTH, LARGEST
from mcsc.variables.transitions import THRESHOLDS
from mcsc.variables.variable import Variable

HISTORY_AXES = ("field", "doping", "carriers_per_cell")
"""What protocols and transport have other values of than the root: ``protocol_field`` in a file.

A child must not have a coordinate of its parent with other values: no tree of both can be made.
"""

PROTOCOLS: tuple[Variable, ...] = (
    Variable("near_hop_acceptance", "... branch field temperature", "1",
        "accepted share of attempted hops to near wells", estimate=True),
    Variable("charge_order", "... branch field temperature", "1", "charge order parameter",
        "of each repeat the largest S(q)/N in the orbit of charge_order_wavevector, or the "
        "sublattice order parameter squared where that is a whole wavevector; root of the mean "
        "over repeats; where layers order each for itself, S(q) is summed over l",
        estimate=True),
    Variable("displacement_parallel_repeat", "... branch field temperature repeat", "{length}",
        "mean displacement along the field direction in each repeat"),
    *LARGEST,
    Variable("charge_order_wavevector", "... hkl", "1", "wavevector of the leading charge order",
        "reciprocal lattice units h, k, l; the order that is largest over all branches, fields and "
        "temperatures; one member of its orbit"),
    *(replace(row, dims="... branch temperature") for row in THRESHOLDS),
    Variable("hysteresis_area", "... temperature", "1",
        "area between the branches backward and forward",
        "over that of the box of the largest displacement and the largest field",
        estimate=True, ancillary=("hysteresis",)),
    Variable("hysteresis", "... temperature", "1", "whether the branches differ",
        "open: area above 4 standard errors and 0.005", flags=("closed", "open")),
    Variable("remanence", "... field temperature", "1",
        "displacement that stays when the field is removed, over the largest",
        "numbered by the field that the carriers were cooled in", estimate=True),
    *(variable for variable in HEALTH if variable.name == "energy_drift"),
)  # fmt: skip
