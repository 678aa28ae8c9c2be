"""What is found from series: transition temperatures, domes, partners by symmetry, regimes."""

from dataclasses import replace

from mcsc.units import FIELD_UNIT
from mcsc.variables.variable import Variable

EQUILIBRATED = ("not_equilibrated", "equilibrated")
OVER_SAMPLES = {
    "spread": "standard deviation over samples of ",
    "stderr": "standard error of the mean over samples of ",
}
"""What further variables say of the average of one over samples of disorder, by their ends."""

_BOUND = (
    "of a point without a transition: the lowest temperature down to which it equilibrated, or, "
    "where order is there but no peak stands out, the first above the largest susceptibility and "
    "specific heat; missing where a transition was found or nothing is known"
)
_SIZE = "how far the infinite crystal may be off; missing with the reason where sizes do not tell"
_OPEN = "missing where the dome is open on that side: nothing was measured there up to its height"


def _line(
    line: str,
    long_name: str,
    comment: str,
    *,
    found: str,
    missing: str,
    methods: tuple[str, ...],
    kinds: tuple[str, ...],
    kinds_comment: str,
) -> tuple[Variable, ...]:
    """A transition temperature, and what goes with it by the ends of their names."""
    temperature = Variable(line, "...", "{temperature}", long_name, comment, estimate=True,
        ancillary=(f"{line}_stderr_size", f"{line}_method", f"{line}_converged"))  # fmt: skip
    mean = replace(
        temperature,
        name=f"{line}_mean",
        comment=f"mean over the samples that have one, {line}_samples of them; a random charge at "
        "the dopants couples to the order and rounds its onset in every sample",
        ancillary=(f"{line}_mean_stderr_size",),
    )
    size = Variable(
        f"{line}_stderr_size", "...", "{temperature}", f"error of finite size of {line}", _SIZE
    )
    bound = Variable(
        f"{line}_upper_bound", "...", "{temperature}", f"what the {found} lies below", _BOUND
    )
    return (
        temperature,
        size,
        Variable(f"{line}_stderr_size_reason", "...", "",
            f"what the error of finite size of {line} is taken from, or why there is none"),
        Variable(f"{line}_reason", "...", "", f"why there is no {missing}"),
        bound,
        Variable(f"{line}_method", "...", "1", f"estimator behind {line}", flags=methods),
        Variable(f"{line}_order", "...", "1",
            "order of the transition from the energy histogram at this size",
            kinds_comment, flags=kinds),
        Variable(f"{line}_converged", "...", "1",
            f"whether the ladder is long enough around {line}", "0 where there is none",
            flags=EQUILIBRATED),
        Variable(f"{line}_doping", "...", "1",
            "doping x", f"measured at {line}; the long_name in a file is what it counts",
            estimate=True),
        mean,
        Variable(f"{line}_mean_stderr", "...", "{temperature}",
            f"{OVER_SAMPLES['stderr']}{long_name}"),
        replace(size, name=f"{line}_mean_stderr_size"),
        replace(bound, name=f"{line}_mean_upper_bound"),
        Variable(f"{line}_mean_reason", "...", "",
            "how many samples have no transition temperature, and why the first has none"),
        Variable(f"{line}_samples", "...", "1", f"samples of disorder that have a {line}"),
    )  # fmt: skip


def _estimator(name: str, dims: str, shown: str) -> Variable:
    return Variable(name, dims, "{temperature}", f"temperature of the {shown}", estimate=True)


_WAVEVECTOR = Variable(
    "T_charge_wavevector", "... hkl", "1", "wavevector of the charge order below T_charge"
)
_PARTNER = Variable("T_charge_partner", "...", "1",
    "T_charge against that with carriers and empty wells exchanged",
    "by particle-hole symmetry, exact where all wells are alike; contradicted: one of the two "
    "has a transition where the other, equilibrated, has none, and is no dome; undetermined: "
    "one did not equilibrate",
    flags=("no_symmetry", "agrees", "differs", "contradicted", "undetermined", "not_scanned"),
)  # fmt: skip
_PARTNER_DOPING = Variable("partner_doping", "...", "1",
    "doping with carriers and empty wells exchanged", "missing where wells are not alike",
)  # fmt: skip

THRESHOLDS: tuple[Variable, ...] = (
    Variable("threshold_field", "... temperature", FIELD_UNIT,
        "threshold field of the displacement",
        "where the mean displacement along the field reaches half of the largest displacement of a "
        "state along it; on the branch backward where it first falls below; missing where there is "
        "none: see threshold_reason",
        estimate=True, ancillary=("threshold_sharp", "threshold_reason")),
    Variable("threshold_field_stderr", "... temperature", FIELD_UNIT,
        "standard error of the threshold field",
        "with the field step over √12 where the displacement jumps by more than half of the "
        "largest in one step"),
    Variable("threshold_reason", "... temperature", "", "why there is no threshold field"),
    Variable("threshold_width", "... temperature", FIELD_UNIT,
        "field between 10 and 90 % of the largest displacement"),
    Variable("threshold_sharp", "... temperature", "1", "whether the displacement sets in sharply",
        "sharp: threshold_width below 0.5 of threshold_field", flags=("none", "smooth", "sharp")),
)  # fmt: skip
"""Of a scan of three fields or more, and of the branches of a protocol."""

FREE: tuple[Variable, ...] = (
    Variable("T_collective_free", "...", "{temperature}",
        "temperature of half transmission of free carriers",
        "exact: as many carriers in the same wells, one a well at most, without any repulsion; the "
        "last on heating; missing without a field and where a field moves hardly any"),
    Variable("T_collective_free_peak", "...", "{temperature}",
        "temperature of the response peak of free carriers", "exact: see T_collective_free"),
    Variable("T_collective_free_of_kind", "... kind", "{temperature}",
        "temperature of half transmission of a carrier alone in wells of one kind",
        "exact: a crystal that sits in this kind of well alone compares with it"),
    Variable("threshold_field_free", "... kind", FIELD_UNIT,
        "field E* = W/δ in which a lone carrier leaves the centre of its well",
        "min (W_s − W_0)/(u_s·ê), ê along the field: an input of the model, not a finding; a "
        "threshold of the crystal compares with it"),
    Variable("T_collective_excess", "...", "{temperature}",
        "T_collective above that of free carriers: what of it is collective",
        "like less like: T_collective_free_peak off T_collective_response, T_collective_free off "
        "T_collective_half, whichever has the smaller error; missing without a field, where free "
        "carriers have none",
        estimate=True,
        ancillary=("T_collective_excess_stderr_size", "T_collective_excess_method")),
    Variable("T_collective_excess_method", "...", "1", "estimator behind T_collective_excess",
        flags=("none", "response_peak", "half_transmission")),
    Variable("T_collective_excess_stderr_size", "...", "{temperature}",
        "error of finite size of T_collective_excess", _SIZE),
    Variable("T_collective_excess_upper_bound", "...", "{temperature}",
        "what T_collective_excess lies below", _BOUND),
    Variable("T_collective_excess_reason", "...", "", "why there is no T_collective_excess"),
    Variable("T_collective_excess_converged", "...", "1",
        "whether the ladder is long enough around T_collective", "0 where there is none",
        flags=EQUILIBRATED),
)  # fmt: skip
"""Of wells with displaced states: what carriers do by themselves, and what they add together."""

TRANSITIONS: tuple[Variable, ...] = (
    *_line("T_charge", "temperature of the charge-order transition",
        "Binder crossing where several sizes give one, else the susceptibility peak of the largest "
        "size, else its specific-heat peak; missing where there is none: see T_charge_reason",
        found="charge-order transition", missing="transition temperature",
        methods=("none", "susceptibility_peak", "specific_heat_peak", "binder_crossing"),
        kinds=("none", "continuous", "first_order", "undecided", "crossover"),
        kinds_comment="crossover: the wells that order are inequivalent, no symmetry is broken"),
    _WAVEVECTOR,
    _estimator("T_charge_peak", "size ...", "susceptibility peak"),
    _estimator("T_charge_specific_heat", "size ...", "specific-heat peak"),
    _estimator("T_charge_crossing", "...", "Binder crossing"),
    Variable("binder_at_crossing", "...", "1",
        "Binder ratio at the Binder crossing", estimate=True),
    Variable("charge_order_superlattice", "...", "", "superlattice of the carriers of a layer",
        "in Wood's notation on the lattice of the wells, of the coldest snapshot that equilibrated "
        "and the first layer (of a crystal without layers in the plane of the first two vectors of "
        "sampled_cell): √3×√3, stripes 1×2, 2×2 of empty wells; empty where nine of ten "
        "carriers repeat by no translation"),
    _PARTNER,
    _PARTNER_DOPING,
    Variable("charge_order_onset", "...", "{temperature}",
        "temperature at which charge order sets in without a transition",
        "where charge_order_share of the largest size reaches one half on cooling, from "
        "equilibrated temperatures; no transition temperature, and missing where there is one: "
        "see charge_order_onset_reason",
        estimate=True, ancillary=("charge_order_onset_reason",)),
    Variable("charge_order_onset_reason", "...", "",
        "how much order there is and why it has no T_charge, or why there is no onset"),
    *_line("T_collective", "temperature at which carriers are displaced together on cooling",
        "peak of the response of the mean displacement, else half transmission; at zero field the "
        "Binder crossing comes first where several sizes give one; missing where there is none: "
        "see T_collective_reason",
        found="onset of uniform displacement", missing="onset of uniform displacement",
        methods=("none", "response_peak", "half_transmission", "binder_crossing"),
        kinds=("none", "crossover", "continuous", "first_order", "undecided"),
        kinds_comment="a field couples to the mean displacement: its onset there is a crossover "
        "unless the histogram has two peaks"),
    _estimator("T_collective_response", "size ...", "response peak"),
    _estimator("T_collective_half", "size ...", "half transmission"),
    *FREE,
    Variable("regime", "... temperature", "1", "regime of the static picture",
        "frozen: below T_charge or near hops accepted at most hop_acceptance times; insulator: "
        "frozen, mean displacement along the field at most polarization of the largest; "
        "collective: frozen, transmission at least that given, share across the field at most "
        "transverse; metal: otherwise; undecided: not run or not equilibrated",
        flags=("undecided", "insulator", "collective", "metal")),
    *THRESHOLDS,
)  # fmt: skip

DOMES: tuple[Variable, ...] = (
    Variable("dome_doping", "dome", "1", "doping at the top"),
    Variable("dome_chemical_potential", "dome", "{energy}", "chemical potential at the top"),
    Variable("dome_temperature", "dome", "{temperature}", "height of the dome",
        estimate=True, ancillary=("dome_temperature_stderr_size",)),
    Variable("dome_temperature_stderr_size", "dome", "{temperature}",
        "error of finite size of the height", _SIZE),
    Variable("bounded", "dome", "1", "whether both sides of the dome are known to be lower",
        "open: on one side a point did not equilibrate up to the height, or the scan ends",
        flags=("open", "bounded")),
    Variable("valley", "dome", "{temperature}", "upper bound of the higher valley",
        "the larger of valley_left and valley_right; missing where the dome is open"),
    Variable("valley_left", "dome", "{temperature}", "what T falls below towards fewer carriers",
        _OPEN),
    Variable("valley_right", "dome", "{temperature}", "what T falls below towards more carriers",
        _OPEN),
    Variable("significance", "dome", "1", "height above the valley in errors",
        "statistical and, where known, finite-size error in quadrature; a bound has none; missing "
        "where the dome is open"),
    replace(_WAVEVECTOR, name="dome_wavevector", dims="dome hkl"),
    replace(_PARTNER, name="dome_partner", dims="dome"),
    replace(_PARTNER_DOPING, name="dome_partner_doping", dims="dome"),
)  # fmt: skip

AVERAGES: tuple[Variable, ...] = (
    Variable("n_samples", "... temperature", "1", "samples of disorder that have been run"),
    Variable("n_equilibrated", "... temperature", "1",
        "samples whose ladder is long enough at this temperature"),
)  # fmt: skip
"""Of samples of disorder, besides the averages of what the root has."""
