"""Finite-size analysis of one transition, from the series of all sizes reweighted around it.

What is found:

- the Binder crossings, the peaks of susceptibility and specific heat, and, at the crossing of the
  largest sizes, the order parameter and the slope of the Binder ratio;
- as powers of L: 1/ν from the slope, γ/ν from the susceptibility peaks, β/ν from the order
  parameter, and how the largest specific heat grows;
- 1/ν and β/ν with a correction to scaling, see `mcsc.estimators.scaling.quotients`;
- T_c of the infinite crystal from peaks and crossings, with that 1/ν;
- T_c, 1/ν and β/ν once more by data collapse, see `mcsc.estimators.scaling.collapse`;
- the order of the transition from energy histograms, see `mcsc.estimators.scaling.first_order`.

Errors: `mcsc.estimators.scaling.jackknife`.
"""

from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from itertools import pairwise

import numpy as np

from mcsc.estimators.crossing import Crossing
from mcsc.estimators.scaling.collapse import Collapse, collapse
from mcsc.estimators.scaling.curves import SizeCurves, SizeSeries, size_curves
from mcsc.estimators.scaling.first_order import (
    Coexistence,
    SizeVerdict,
    coexistence,
    latent_heat_of_peaks,
    order_over_sizes,
)
from mcsc.estimators.scaling.numbers import SizeNumbers, size_numbers
from mcsc.estimators.scaling.power_law import (
    Fit,
    crossing_temperature,
    no_fit,
    scaling_exponent,
    shifted_temperature,
)
from mcsc.estimators.scaling.quotients import quotient_exponent

EXPONENTS = {
    "one_over_nu": "binder_slope",
    "gamma_over_nu": "susceptibility_peak",
    "beta_over_nu": "order_at_crossing",
    "specific_heat_exponent": "specific_heat_peak",
}
QUOTIENTS = {"one_over_nu_quotients": "slope_quotient", "beta_over_nu_quotients": "order_quotient"}
TEMPERATURES = {
    "T_c_susceptibility": "T_susceptibility_peak",
    "T_c_specific_heat": "T_specific_heat_peak",
}
NO_VERDICT = SizeVerdict("none", "")


@dataclass(frozen=True)
class FiniteSize:
    """What the sizes say together, or why they say nothing.

    reason: Why there is no analysis, empty where there is.
    sizes: Which sizes of the diagram entered, as indices.
    converged: Whether the runs are long enough around the transition at all of these.
    numbers: Of each of these sizes.
    fits: Exponents and temperatures by name.
    collapse, verdict: Data collapse, and the order of the transition.
    coexistences: Energy histograms of these sizes.
    latent_heat, latent_heat_stderr: Energy per carrier from the growth of the specific heat, at
        first order only.
    """

    reason: str = ""
    sizes: tuple[int, ...] = ()
    converged: bool = False
    numbers: SizeNumbers | None = None
    fits: dict[str, Fit] = field(default_factory=dict)
    collapse: Collapse = field(default_factory=Collapse)
    verdict: SizeVerdict = NO_VERDICT
    coexistences: tuple[Coexistence, ...] = ()
    latent_heat: float = np.nan
    latent_heat_stderr: float = np.nan


def finite_size(
    sizes: Sequence[SizeSeries | str],
    temperature: float,
    pairs: Sequence[Crossing],
    *,
    span: tuple[float, float],
    dimension: int,
    components: int,
    boltzmann: float,
    n_blocks: int,
) -> FiniteSize:
    """Analyse all sizes together.

    sizes: Series of each size, smallest first, or why it cannot be used.
    temperature: Of the transition.
    pairs: Binder crossings of successive sizes.
    span: The lowest and the highest temperature at which any size or pair has something.
    dimension: Number of directions that grow.
    components: Independent real components of the order parameter.
    boltzmann: k_B in energy per temperature.
    n_blocks: Blocks of the jackknife.

    Returns: `FiniteSize`; with the reason where fewer than two sizes can be used.
    """
    curves = [
        one if isinstance(one, str) else size_curves(one, *span, boltzmann, n_blocks)
        for one in sizes
    ]
    used = [i for i, one in enumerate(curves) if not isinstance(one, str)]
    reasons = [one for one in curves if isinstance(one, str)]
    if len(used) < 2:
        return FiniteSize(f"{len(used)} of {len(sizes)} sizes can be used: {reasons[0]}")
    series = [one for i in used if not isinstance(one := sizes[i], str)]
    whole = [one for one in curves if not isinstance(one, str)]
    known = {pair.sizes: pair.temperature for pair in pairs}
    hints = [known.get(pair, np.nan) for pair in pairwise(one.n_carriers for one in series)]
    numbers = size_numbers(whole, hints)
    apart = next((pair.reason for pair in reversed(pairs) if not pair.found), "")
    fits = {**_exponents(numbers, apart), **_temperatures(numbers)}
    histograms = tuple(
        coexistence(one, at, boltzmann, n_blocks)
        for one, at in zip(series, numbers.peak_temperatures, strict=True)
        if np.isfinite(at)
    )
    verdict = order_over_sizes(histograms, fits, dimension)
    latent = (np.nan, np.nan)
    if verdict.kind == "first_order":
        carriers = np.array([one.n_carriers for one in series])
        heights = numbers.with_covariance("specific_heat_peak")
        latent = latent_heat_of_peaks(carriers, *heights, boltzmann * temperature)
    return FiniteSize(
        sizes=tuple(used),
        converged=all(_converged(*both) for both in zip(series, whole, strict=True)),
        numbers=numbers,
        fits=fits,
        collapse=collapse(whole, numbers.crossing, fits["one_over_nu"].value, 2 / components),
        verdict=verdict,
        coexistences=histograms,
        latent_heat=latent[0],
        latent_heat_stderr=latent[1],
    )


def _converged(series: SizeSeries, curves: SizeCurves) -> bool:
    around = np.isin(series.temperatures, curves.temperatures)
    return bool(np.broadcast_to(series.converged, around.shape)[around].all())


def _exponents(numbers: SizeNumbers, apart: str) -> dict[str, Fit]:
    """Exponents by name; ``apart`` tells why the largest sizes do not cross."""
    fits = {}
    for name, quantity in EXPONENTS.items():
        values, covariance = numbers.with_covariance(quantity)
        fit = scaling_exponent(numbers.lengths, values, covariance)
        if np.isnan(fit.value) and np.isnan(numbers.crossing) and quantity in numbers.at_crossing:
            fit = no_fit(f"no crossing to take it at: {apart}")
        fits[name] = fit
    for name, quantity in QUOTIENTS.items():
        fits[name] = quotient_exponent(numbers.pairs, *numbers.with_covariance(quantity))
    # ⟨|m|⟩ falls with L
    for name in ("beta_over_nu", "beta_over_nu_quotients"):
        fits[name] = replace(fits[name], value=-fits[name].value)
    return fits


def _temperatures(numbers: SizeNumbers) -> dict[str, Fit]:
    slope, spread = numbers.with_covariance("binder_slope")
    nu = scaling_exponent(numbers.lengths, slope, spread)
    rows = numbers.rows["binder_slope"]
    along = np.array([scaling_exponent(numbers.lengths, row, spread).value for row in rows])
    fits = {}
    for name, quantity in TEMPERATURES.items():
        values, covariance = numbers.with_covariance(quantity, along)
        fits[name] = shifted_temperature(numbers.lengths, values, covariance, nu.value)
        if np.isnan(nu.value):
            fits[name] = shifted_temperature(numbers.lengths, values, covariance[:-1, :-1])
    values, covariance = numbers.with_covariance("T_crossing")
    fits["T_c_crossing"] = crossing_temperature(numbers.pairs, values, covariance, nu.value)
    return fits
