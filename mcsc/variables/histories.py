"""What histories write: field protocols, and currents in constant fields."""

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


_POINT = "... field temperature"
_AT_REST = "at zero field from the fluctuations of the collective displacement (Einstein), "

TRANSPORT: tuple[Variable, ...] = (
    Variable("current_density", _POINT, "{charge} {length}^-2 {time}^-1",
        "current density along the field",
        "sum over hops of the distance d of the wells' centres along the field, per volume of the "
        "supercell and time; at zero field it vanishes within its error", estimate=True),
    Variable("drift_velocity", _POINT, "{length} {time}^-1", "mean velocity along the field",
        "current density over the density of carriers", estimate=True),
    Variable("mobility", _POINT, "{length}^2 {potential}^-1 {time}^-1", "mobility",
        f"{_AT_REST}else drift velocity over field", estimate=True),
    Variable("conductivity", _POINT, "{charge} {potential}^-1 {length}^-1 {time}^-1",
        "conductivity along the field direction",
        f"{_AT_REST}else J/E; both agree at low fields", estimate=True),
    Variable("resistivity", _POINT, "{potential} {length} {time} {charge}^-1",
        "resistivity: 1 over the conductivity",
        "missing where that is not above 2 standard errors", estimate=True),
    Variable("hop_rate", _POINT, "{time}^-1", "hops of a carrier per time", estimate=True),
    Variable("energy", _POINT, "{energy}", "mean energy per carrier",
        "averaged over time; with −qE·u of the displacements in the field", estimate=True),
    Variable("susceptibility", "... temperature frequency",
        "{charge} {potential}^-1 {length}^-1", "real part of the ac susceptibility",
        "of the polarization by hops and displacements to a weak field, from its fluctuations at "
        "zero field; missing at frequencies above 1/4 over the length of an interval",
        estimate=True),
    Variable("susceptibility_loss", "... temperature frequency",
        "{charge} {potential}^-1 {length}^-1",
        "imaginary part of the ac susceptibility: the loss",
        "as susceptibility; conductivity over frequency at low ones", estimate=True),
    Variable("depinning_field", "... temperature", "{energy} {length}^-1",
        "field at which carriers come loose",
        "where the steepest part of the current, drawn on as a straight line, comes to zero",
        estimate=True, ancillary=("depinning",)),
    Variable("depinning", "... temperature", "1", "whether carriers depin in the fields measured",
        "depins: depinning_field above 3 standard errors and a tenth of the field it is "
        "extrapolated from; linear: not so",
        flags=("too_few_fields", "no_current", "linear", "depins")),
    Variable("measured_time", _POINT, "{time}", "time measured in each repeat"),
    Variable("converged", _POINT, "1", "whether the point can be trusted",
        "at least 100 hops, no interval ended before its time, R̂ of the energy over the halves of "
        "all repeats at most 1.1; at zero field the squared displacement also grows linearly "
        "before the longest lags", flags=("no", "yes")),
    *(row for row in HEALTH if row.name == "energy_drift"),
)  # fmt: skip
