"""Finite-size analysis of the charge-order transition at one place of a diagram.

From the series of all sizes, reweighted around the transition:

- the Binder crossings, the peaks of susceptibility and specific heat, and, at the crossing of the
  largest sizes, the order parameter and the slope of the Binder ratio;
- as powers of L: 1/ν from the slope, γ/ν from the susceptibility peaks, β/ν from the order
  parameter, and how the largest specific heat grows;
- T_c of the infinite crystal from peaks and crossings, with that 1/ν;
- T_c, 1/ν and β/ν once more by data collapse, see `mcsc.scaling.collapse`;
- the order of the transition from energy histograms, see `mcsc.scaling.first_order`.

Errors: `mcsc.scaling.size_jackknife`.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from itertools import pairwise

import numpy as np
import xarray as xr

from mcsc.estimators.crossing import Crossing
from mcsc.scaling.collapse import Collapse, collapse
from mcsc.scaling.first_order import (
    Coexistence,
    SizeVerdict,
    coexistence,
    latent_heat_of_peaks,
    order_over_sizes,
)
from mcsc.scaling.linear_size import LinearSizes
from mcsc.scaling.power_law import (
    Fit,
    crossing_temperature,
    no_fit,
    scaling_exponent,
    shifted_temperature,
)
from mcsc.scaling.size_curves import SizeCurves, SizeSeries, size_curves
from mcsc.scaling.size_numbers import SizeNumbers, size_numbers
from mcsc.transitions.point import Settings, Transition, channel_at, equilibrated

EXPONENTS = {
    "one_over_nu": "binder_slope",
    "gamma_over_nu": "susceptibility_peak",
    "beta_over_nu": "order_at_crossing",
    "specific_heat_exponent": "specific_heat_peak",
}
TEMPERATURES = {
    "T_c_susceptibility": "T_susceptibility_peak",
    "T_c_specific_heat": "T_specific_heat_peak",
}
NO_VERDICT = SizeVerdict("none", "")


@dataclass(frozen=True)
class FiniteSize:
    """What the sizes say together, or why they say nothing.

    Attributes
    ----------
    reason
        Why there is no analysis, empty where there is.
    sizes
        Which sizes of the diagram entered, as indices.
    converged
        Whether the runs are long enough around the transition at all of these.
    numbers
        Of each of these sizes.
    fits
        Exponents and temperatures by name.
    collapse, verdict
        Data collapse, and the order of the transition.
    coexistences
        Energy histograms of these sizes.
    latent_heat, latent_heat_stderr
        Energy per carrier from the growth of the specific heat, at first order only.
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
    ladders: list[xr.Dataset],
    found: Transition,
    linear: LinearSizes,
    boltzmann: float,
    settings: Settings,
) -> FiniteSize:
    """Analyse the sizes of one place together.

    Parameters
    ----------
    ladders
        Series of each size, smallest first.
    found
        The transition found from them: which order, and roughly where.
    linear
        Their linear sizes.
    boltzmann
        k_B in energy per temperature.
    settings
        Of the analysis.

    Returns
    -------
    `FiniteSize`; with the reason where there is no transition, a crossover only, or fewer than two
    sizes with this order.
    """
    if linear.reason:
        return FiniteSize(linear.reason)
    if not np.isfinite(found.estimate.temperature):
        return FiniteSize(found.estimate.reason)
    if found.kind == "crossover":
        return FiniteSize("a crossover: no symmetry is broken, nothing scales")
    low, high = _range(found)
    used: list[tuple[int, xr.Dataset, SizeSeries, SizeCurves]] = []
    reasons = []
    for i, ladder in enumerate(ladders):
        kept = _kept(ladder, found)
        if isinstance(kept, str):
            reasons.append(kept)
            continue
        series = _series(kept, found, float(linear.lengths[i]))
        curves = size_curves(series, low, high, boltzmann, settings.blocks)
        if isinstance(curves, str):
            reasons.append(curves)
        else:
            used.append((i, kept, series, curves))
    if len(used) < 2:
        return FiniteSize(f"{len(used)} of {len(ladders)} sizes can be used: {reasons[0]}")
    indices, kepts, all_series, all_curves = (list(column) for column in zip(*used, strict=True))
    numbers = size_numbers(all_curves, _hints(found, all_series))
    fits = {**_exponents(numbers), **_temperatures(numbers)}
    components = int(kepts[-1]["channel_components"].values[channel_at(kepts[-1], found)])
    histograms = tuple(
        coexistence(series, at, boltzmann, settings.blocks)
        for series, at in zip(all_series, numbers.peak_temperatures, strict=True)
        if np.isfinite(at)
    )
    verdict = order_over_sizes(histograms, fits, linear.dimension)
    latent = (np.nan, np.nan)
    if verdict.kind == "first_order":
        carriers = np.array([series.n_carriers for series in all_series])
        heat = "specific_heat_peak"
        energy = boltzmann * found.estimate.temperature
        latent = latent_heat_of_peaks(carriers, *numbers.with_covariance(heat), energy)
    return FiniteSize(
        sizes=tuple(indices),
        converged=all(_converged(k, c) for k, c in zip(kepts, all_curves, strict=True)),
        numbers=numbers,
        fits=fits,
        collapse=collapse(all_curves, numbers.crossing, fits["one_over_nu"].value, 2 / components),
        verdict=verdict,
        coexistences=histograms,
        latent_heat=latent[0],
        latent_heat_stderr=latent[1],
    )


def _range(found: Transition) -> tuple[float, float]:
    """Lowest and highest of all temperatures at which any size or pair has something."""
    wave = found.peaks[-1].wavevector
    alike = [p for p in found.peaks if np.allclose(p.wavevector, wave, equal_nan=True)]
    at = [found.estimate.temperature, *(pair.temperature for pair in found.pairs)]
    at += [one.temperature for p in alike for one in (p.susceptibility, p.specific_heat)]
    return float(np.nanmin(at)), float(np.nanmax(at))


def _kept(ladder: xr.Dataset, found: Transition) -> xr.Dataset | str:
    """The ladder of one size where it equilibrated, or why it is not used."""
    if not np.isfinite(ladder["energy"].values).all():
        return "a size has not been run"
    kept, _ = equilibrated(ladder)
    if kept.sizes["temperature"] < 3:
        return "a size did not equilibrate: run longer"
    if channel_at(kept, found) < 0:
        return "a size does not fit this order or does not show it"
    return kept


def _series(ladder: xr.Dataset, found: Transition, length: float) -> SizeSeries:
    squared = ladder["order_squared"].values[channel_at(ladder, found)].astype(np.float64)
    # sizes with fewer layers are padded
    layers = np.isfinite(squared).any(axis=(0, 1))
    return SizeSeries(
        length,
        float(ladder["n_carriers"]),
        ladder["temperature"].values,
        ladder["energy"].values,
        squared[:, :, layers],
    )


def _hints(found: Transition, series: list[SizeSeries]) -> list[float]:
    """Temperature of the crossing of each pair of successive sizes, NaN where there is none."""
    known: dict[tuple[float, ...], Crossing] = {pair.sizes: pair for pair in found.pairs}
    labels = [one.n_carriers for one in series]
    pairs = [known.get(pair) for pair in pairwise(labels)]
    return [np.nan if pair is None else pair.temperature for pair in pairs]


def _converged(ladder: xr.Dataset, curves: SizeCurves) -> bool:
    around = np.isin(ladder["temperature"].values, curves.temperatures)
    return bool((ladder["converged"].values[around] != 0).all())


def _exponents(numbers: SizeNumbers) -> dict[str, Fit]:
    fits = {}
    for name, quantity in EXPONENTS.items():
        values, covariance = numbers.with_covariance(quantity)
        fit = scaling_exponent(numbers.lengths, values, covariance)
        if np.isnan(fit.value) and np.isnan(numbers.crossing) and quantity in numbers.at_crossing:
            fit = no_fit("no crossing of the Binder ratios to take it at")
        fits[name] = fit
    # ⟨|m|⟩ falls with L
    down = fits["beta_over_nu"]
    fits["beta_over_nu"] = Fit(-down.value, down.stderr, down.chi2, down.dof, down.reason)
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
    pairs = np.stack([numbers.lengths[:-1], numbers.lengths[1:]], axis=1)
    fits["T_c_crossing"] = crossing_temperature(pairs, values, covariance, nu.value)
    return fits
