"""What is found from series: transition temperatures, their domes, partners by symmetry."""

from mcsc.variables.variable import Variable

_BOUND = (
    "of a point without a transition: the lowest temperature down to which it equilibrated, or, "
    "where order is there but no peak stands out, the first above the largest susceptibility and "
    "specific heat; missing where a transition was found or nothing is known"
)
_SIZE = "how far the infinite crystal may be off; missing with the reason where sizes do not tell"
_OPEN = "missing where the dome is open on that side: nothing was measured there up to its height"


def _line(line: str, transition: str) -> tuple[Variable, ...]:
    """What both transition temperatures have."""
    return (
        Variable(
            f"{line}_stderr_size", "...", "{temperature}", f"error of finite size of {line}", _SIZE
        ),
        Variable(
            f"{line}_stderr_size_reason", "...", "",
            f"what the error of finite size of {line} is taken from, or why there is none",
        ),
        Variable(
            f"{line}_upper_bound", "...", "{temperature}",
            f"temperature that the {transition} lies below", _BOUND,
        ),
    )  # fmt: skip


TRANSITIONS: tuple[Variable, ...] = (
    *_line("T_charge", "charge-order transition"),
    *_line("T_collective", "onset of uniform displacement"),
    Variable(
        "charge_order_onset", "...", "{temperature}",
        "temperature at which charge order sets in without a transition",
        "where charge_order_share of the largest size reaches one half on cooling, from "
        "equilibrated temperatures; no transition temperature, and missing where there is one: "
        "see charge_order_onset_reason",
        estimate=True, ancillary=("charge_order_onset_reason",),
    ),
    Variable(
        "charge_order_onset_stderr", "...", "{temperature}",
        "standard error of charge_order_onset, statistical",
    ),
    Variable(
        "charge_order_onset_reason", "...", "",
        "how much order there is and why it has no T_charge, or why there is no onset",
    ),
    Variable(
        "T_charge_partner", "...", "",
        "T_charge against that with carriers and empty wells exchanged",
        "by particle-hole symmetry, exact where all wells are alike; contradicted: one of the two "
        "has a transition where the other, equilibrated, has none, and is no dome; undetermined: "
        "one did not equilibrate",
        flags=(
            "no_symmetry", "agrees", "differs", "contradicted", "undetermined", "not_scanned",
        ),
    ),
    Variable(
        "partner_doping", "...", "1", "doping with carriers and empty wells exchanged",
        "missing where wells are not alike",
    ),
)  # fmt: skip

DOMES: tuple[Variable, ...] = (
    Variable("dome_doping", "dome", "1", "doping at the top"),
    Variable("dome_chemical_potential", "dome", "{energy}", "chemical potential at the top"),
    Variable(
        "dome_temperature", "dome", "{temperature}", "height of the dome",
        estimate=True, ancillary=("dome_temperature_stderr_size",),
    ),
    Variable(
        "dome_temperature_stderr", "dome", "{temperature}",
        "standard error of the height, statistical",
    ),
    Variable(
        "dome_temperature_stderr_size", "dome", "{temperature}",
        "error of finite size of the height", _SIZE,
    ),
    Variable(
        "bounded", "dome", "", "whether both sides of the dome are known to be lower",
        "open: on one side a point did not equilibrate up to the height, or the scan ends",
        flags=("open", "bounded"),
    ),
    Variable(
        "valley", "dome", "{temperature}", "upper bound of the higher valley",
        "the larger of valley_left and valley_right; missing where the dome is open",
    ),
    Variable(
        "valley_left", "dome", "{temperature}", "what T falls below towards fewer carriers", _OPEN
    ),
    Variable(
        "valley_right", "dome", "{temperature}", "what T falls below towards more carriers", _OPEN
    ),
    Variable(
        "significance", "dome", "1", "height above the valley in errors",
        "statistical and, where known, finite-size error in quadrature; a bound has none; missing "
        "where the dome is open",
    ),
)  # fmt: skip
