"""The finite-size analysis of the charge order."""

from mcsc.variables.transitions import EQUILIBRATED
from mcsc.variables.variable import Variable

BY_SIZE = {
    "T_susceptibility_peak": ("{temperature}", "temperature of the largest susceptibility"),
    "susceptibility_peak": ("{energy}^-1", "largest susceptibility of the charge order"),
    "T_specific_heat_peak": ("{temperature}", "temperature of the largest specific heat"),
    "specific_heat_peak": ("1", "largest specific heat per carrier over k_B"),
    "order_at_crossing": ("1", "order parameter at the Binder crossing of the largest sizes"),
    "binder_slope": ("{temperature}^-1", "slope of the Binder ratio over temperature there"),
    "barrier": ("1", "ln P_peak/P_valley of the energy histogram at equal height"),
    "latent_heat": ("{energy}", "energy per carrier between the phases"),
}
"""Unit and meaning of what every size has."""

_LEADING = (
    "a plain power of L: the error leaves out corrections to scaling, and χ² may not show them"
)
_CORRECTED = (
    "each pair where its Binder ratios cross, with a correction L^-ω: ω = 1, half the range for ω "
    "from 0.5 to 2 in the error"
)
FITTED = {
    "one_over_nu": ("1", "1/ν: how the slope of the Binder ratio grows with L", _LEADING),
    "gamma_over_nu": ("1", "γ/ν: how the largest susceptibility grows with L", _LEADING),
    "beta_over_nu": ("1", "β/ν: how the order parameter at the crossing falls with L", _LEADING),
    "one_over_nu_quotients": ("1", "1/ν from the slopes of pairs of sizes", _CORRECTED),
    "beta_over_nu_quotients": ("1", "β/ν from the order parameters of pairs of sizes", _CORRECTED),
    "specific_heat_exponent": (
        "1",
        "how the largest specific heat grows with L",
        "α/ν beside a constant at a continuous transition, the number of directions that grow at "
        "first order",
    ),
    "T_c_susceptibility": ("{temperature}", "T_c from the susceptibility peaks", ""),
    "T_c_specific_heat": ("{temperature}", "T_c from the specific-heat peaks", ""),
    "T_c_crossing": (
        "{temperature}",
        "T_c from the Binder crossings",
        "three crossings or more: drift as L^(-1/ν-ω) with ω = 1, half the range for ω from 0.5 to "
        "2 in the error; two: their mean if they agree",
    ),
}
"""Unit, meaning and comment of what is fitted over all sizes."""

_COLLAPSED = {
    "T_c_collapse": ("{temperature}", "T_c that collapses the Binder ratio"),
    "one_over_nu_collapse": ("1", "1/ν that collapses the Binder ratio"),
    "beta_over_nu_collapse": ("1", "β/ν that collapses the order parameter"),
}
_CORRECTIONS = (
    "no corrections to scaling: the errors, by jackknife, do not hold how much these sizes differ "
    "from infinite ones; where T_c_crossing, which is extrapolated, differs it is to be believed"
)


def _fit(name: str, unit: str, long_name: str, comment: str) -> tuple[Variable, ...]:
    return (
        Variable(name, "...", unit, long_name, comment, estimate=True),
        Variable(f"{name}_chi2", "...", "1", f"χ² of the fit: {long_name}"),
        Variable(f"{name}_dof", "...", "1", f"degrees of freedom: {long_name}"),
        Variable(f"{name}_reason", "...", "", f"why there is none: {long_name}"),
    )


def _collapse(name: str, unit: str, long_name: str) -> tuple[Variable, ...]:
    interval = f"half of the interval of S_min + 1: {long_name}"
    return (
        Variable(name, "...", unit, long_name, _CORRECTIONS, estimate=True),
        Variable(f"{name}_interval", "...", unit, interval),
    )


FINITE_SIZE: tuple[Variable, ...] = (
    Variable("linear_size", "size", "1", "linear size L in cells",
        "geometric mean of the cells along the directions that grow from size to size, or of those "
        "of matrices the root of their area or volume"),
    Variable("growing_directions", "", "1", "directions that grow"),
    Variable("pair", "pair", "1", "larger of a pair"),
    *(Variable(name, "size ...", *said, estimate=True) for name, said in BY_SIZE.items()),
    Variable("T_crossing", "pair ...", "{temperature}",
        "temperature of the Binder crossing with the next smaller size", estimate=True),
    *(row for name, said in FITTED.items() for row in _fit(name, *said)),
    *(row for name, said in _COLLAPSED.items() for row in _collapse(name, *said)),
    Variable("collapse_chi2", "...", "1", "χ² of a common polynomial through the Binder ratios"),
    Variable("collapse_dof", "...", "1", "its degrees of freedom"),
    Variable("collapse_quality", "...", "1",
        "quality S of the collapse of the Binder ratio, 1 at best"),
    Variable("order_collapse_quality", "...", "1", "quality S of that of the order parameter"),
    Variable("collapse_reason", "...", "", "why there is no collapse"),
    Variable("latent_heat_of_peaks", "...", "{energy}",
        "latent heat per carrier from the growth of the specific heat", estimate=True),
    Variable("order", "...", "1", "order of the transition from all sizes",
        "first order: the valley of the energy histogram deepens with size",
        flags=("none", "continuous", "first_order", "undecided")),
    Variable("order_reason", "...", "", "what the order of the transition was found from"),
    Variable("converged", "...", "1",
        "whether the ladders of all sizes are long enough around the transition",
        flags=EQUILIBRATED),
)  # fmt: skip
