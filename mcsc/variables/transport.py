"""What kinetic Monte Carlo in constant fields gives."""

from mcsc.variables.ladder import HEALTH
from mcsc.variables.variable import Variable

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
