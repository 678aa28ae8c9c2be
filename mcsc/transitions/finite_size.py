"""Finite-size analysis of the charge order at every place: the group ``finite_size``."""

from __future__ import annotations

from operator import attrgetter
from typing import Any

import numpy as np
import xarray as xr

from mcsc.estimators.estimate import FloatArray
from mcsc.scaling.curves import SizeSeries
from mcsc.scaling.finite_size import FiniteSize, Sighting, finite_size
from mcsc.scaling.linear_size import LinearSizes
from mcsc.scaling.power_law import no_fit
from mcsc.transitions.charge import channel_at, order_squared
from mcsc.transitions.grid import Grid, Place
from mcsc.transitions.ladder import equilibrated
from mcsc.transitions.settings import Settings
from mcsc.transitions.transition import Transition
from mcsc.units import units_of
from mcsc.variables import flags

ORDERS = ("none", "continuous", "first_order", "undecided")
_BY_SIZE = {
    "T_susceptibility_peak": ("{temperature}", "temperature of the largest susceptibility"),
    "susceptibility_peak": ("{energy}^-1", "largest susceptibility of the charge order"),
    "T_specific_heat_peak": ("{temperature}", "temperature of the largest specific heat"),
    "specific_heat_peak": ("1", "largest specific heat per carrier over k_B"),
    "order_at_crossing": ("1", "order parameter at the Binder crossing of the largest sizes"),
    "binder_slope": ("{temperature}^-1", "slope of the Binder ratio over temperature there"),
}
_FITTED = {
    "one_over_nu": ("1", "1/ν: how the slope of the Binder ratio grows with L"),
    "gamma_over_nu": ("1", "γ/ν: how the largest susceptibility grows with L"),
    "beta_over_nu": ("1", "β/ν: how the order parameter at the crossing falls with L"),
    "specific_heat_exponent": ("1", "how the largest specific heat grows with L"),
    "T_c_susceptibility": ("{temperature}", "T_c from the susceptibility peaks"),
    "T_c_specific_heat": ("{temperature}", "T_c from the specific-heat peaks"),
    "T_c_crossing": ("{temperature}", "T_c from the Binder crossings"),
}
_LEADING = (
    "a plain power of L: the error leaves out corrections to scaling, and χ² may not show them"
)
_COMMENTS = {
    **dict.fromkeys(("one_over_nu", "gamma_over_nu", "beta_over_nu"), _LEADING),
    "specific_heat_exponent": "α/ν beside a constant at a continuous transition, the number of "
    "directions that grow at first order",
    "T_c_crossing": "three crossings or more: drift as L^(-1/ν-ω) with ω = 1, half the range for "
    "ω from 0.5 to 2 in the error; two: their mean if they agree",
}
_COLLAPSED = {
    "T_c_collapse": ("temperature", "{temperature}", "T_c that collapses the Binder ratio"),
    "one_over_nu_collapse": ("inverse_nu", "1", "1/ν that collapses the Binder ratio"),
    "beta_over_nu_collapse": ("beta_over_nu", "1", "β/ν that collapses the order parameter"),
}
_CORRECTIONS = (
    "no corrections to scaling: the errors do not hold how much these sizes differ from infinite "
    "ones; where T_c_crossing, which is extrapolated, differs it is to be believed"
)

_WITH_ERROR = (("", ""), ("_stderr", "standard error: "))

Variables = dict[str, xr.Variable]


def sizes_together(
    ladders: list[xr.Dataset],
    found: Transition,
    linear: LinearSizes,
    boltzmann: float,
    settings: Settings,
) -> FiniteSize:
    """Analyse the charge order of all sizes of one place.

    Parameters
    ----------
    ladders
        Series of each size, smallest first.
    found
        The transition found from them: which order, and roughly where.
    linear
        Their linear sizes.

    Returns
    -------
    With the reason where there is no transition, a crossover only, or fewer than two sizes with
    this order.
    """
    if linear.reason:
        return FiniteSize(linear.reason)
    if not found.found:
        return FiniteSize(found.estimate.reason)
    if found.kind == "crossover":
        return FiniteSize("a crossover: no symmetry is broken, nothing scales")
    alike = [one for one in found.sizes if one.alike(found.sizes[-1])]
    seen = tuple(e.temperature for one in alike for e in one.estimates.values())
    last = ladders[-1]
    return finite_size(
        [_series(*one, found.wavevector) for one in zip(ladders, linear.lengths, strict=True)],
        Sighting(found.estimate.temperature, seen, found.pairs),
        dimension=linear.dimension,
        components=int(last["channel_components"].values[channel_at(last, found.wavevector)]),
        boltzmann=boltzmann,
        n_blocks=settings.blocks,
    )


def _series(ladder: xr.Dataset, length: float, wavevector: FloatArray) -> SizeSeries | str:
    """The series of one size where it equilibrated, or why it is not used."""
    kept = equilibrated(ladder, "a size", "a size")
    if isinstance(kept, str):
        return kept
    channel = channel_at(kept.series, wavevector)
    if channel < 0:
        return "a size does not fit this order or does not show it"
    return SizeSeries(
        float(length),
        float(ladder["n_carriers"]),
        kept.series["temperature"].values,
        kept.series["energy"].values,
        order_squared(kept.series, channel),
        kept.series["converged"].values != 0,
    )


def finite_size_table(
    found: dict[Place, FiniteSize], grid: Grid, linear: LinearSizes, groups: dict[str, xr.Dataset]
) -> xr.Dataset:
    """The group ``finite_size`` of a diagram.

    Parameters
    ----------
    found
        The analysis at each place.
    grid
        Of the transitions.
    linear
        Linear sizes of all supercells.
    groups
        ``/``, for coordinates and units.

    Returns
    -------
    Variables on the grid; those of each size have ``size`` in front, those of pairs of sizes
    ``pair``, the larger size of it. Every number X has ``X_stderr``, every fit ``X_chi2``,
    ``X_dof`` and ``X_reason``.
    """
    root = groups["/"]
    units = units_of(root["temperature"].attrs["units"])
    results = [found[place] for place in grid.places]
    variables = {**_sizes(results, grid), **_fits(results, grid), **_collapses(results, grid)}
    variables |= _orders(results, grid)
    for variable in variables.values():
        if "units" in variable.attrs:
            variable.attrs["units"] = units.written(variable.attrs["units"])
    variables["linear_size"] = xr.Variable(
        "size",
        linear.lengths,
        {
            "units": "1",
            "long_name": "linear size L in cells",
            "comment": "geometric mean of the cells along the directions that grow from size to "
            "size, or of those of matrices the root of their area or volume",
        },
    )
    variables["growing_directions"] = xr.Variable(
        (), np.int32(linear.dimension), {"units": "1", "long_name": "directions that grow"}
    )
    coords = {name: root[name] for name in (*grid.dims, "size") if name in root.coords}
    if "size" in coords:
        larger = coords["size"].values[1:]
        meaning = {"units": "1", "long_name": "larger of a pair"}
        coords["pair"] = xr.DataArray(larger, dims="pair", attrs=meaning)
    return xr.Dataset(variables, coords=coords)


def _column(grid: Grid, values: list[Any], dim: str = "", **attributes: Any) -> xr.Variable:
    """A variable of one number, or of one a size or pair, of every place."""
    dims = (*((dim,) * bool(dim)), *grid.dims)
    return xr.Variable(dims, grid.laid_out(values, first=bool(dim)), attributes)


def _sizes(results: list[FiniteSize], grid: Grid) -> Variables:
    """What every size and every pair of sizes contributes."""
    crossing = ("{temperature}", "temperature of the Binder crossing with the next smaller size")
    variables: Variables = {}
    for name, (unit, long_name) in {**_BY_SIZE, "T_crossing": crossing}.items():
        dim = "pair" if name == "T_crossing" else "size"
        columns = [_scattered(one, name, grid.n_sizes) for one in results]
        for k, (end, prefix) in enumerate(_WITH_ERROR):
            values = [column[k] for column in columns]
            long = prefix + long_name
            variables[name + end] = _column(grid, values, dim, units=unit, long_name=long)
    return variables


def _scattered(one: FiniteSize, name: str, n_sizes: int) -> FloatArray:
    """Values and errors, shape (2, S), of one quantity at all sizes, of pairs at the larger."""
    full = np.full((2, n_sizes), np.nan)
    if one.numbers is not None:
        values, covariance = one.numbers.with_covariance(name)
        full[:, list(one.sizes)[-len(values) :]] = values, np.sqrt(np.diag(covariance))
    return full[:, 1:] if name == "T_crossing" else full


def _fits(results: list[FiniteSize], grid: Grid) -> Variables:
    variables: Variables = {}
    for name, (unit, long_name) in _FITTED.items():
        fits = [one.fits.get(name, no_fit(one.reason)) for one in results]
        parts = {
            "": ("value", {"units": unit, "long_name": long_name}),
            "_stderr": ("stderr", {"units": unit, "long_name": f"standard error: {long_name}"}),
            "_chi2": ("chi2", {"units": "1", "long_name": f"χ² of the fit: {long_name}"}),
            "_dof": ("dof", {"units": "1", "long_name": f"degrees of freedom: {long_name}"}),
            "_reason": ("reason", {"long_name": f"why there is none: {long_name}"}),
        }
        for end, (key, attributes) in parts.items():
            values = [getattr(fit, key) for fit in fits]
            variables[name + end] = _column(grid, values, **attributes)
        if name in _COMMENTS:
            variables[name].attrs["comment"] = _COMMENTS[name]
    return variables


def _collapses(results: list[FiniteSize], grid: Grid) -> Variables:
    variables: Variables = {}
    for name, (key, unit, long_name) in _COLLAPSED.items():
        for end, part, prefix in (
            ("", "value", ""),
            ("_stderr", "stderr", "standard error by jackknife: "),
            ("_interval", "interval", "half of the interval of S_min + 1: "),
        ):
            values = [attrgetter(f"collapse.{key}.{part}")(one) for one in results]
            long = prefix + long_name
            variables[name + end] = _column(grid, values, units=unit, long_name=long)
        variables[name].attrs["comment"] = _CORRECTIONS
    for name, key, long_name in (
        ("collapse_chi2", "chi2", "χ² of a common polynomial through the Binder ratios"),
        ("collapse_dof", "dof", "its degrees of freedom"),
        ("collapse_quality", "quality", "quality S of the collapse of the Binder ratio, 1 at best"),
        ("order_collapse_quality", "order_quality", "quality S of that of the order parameter"),
    ):
        values = [getattr(one.collapse, key) for one in results]
        variables[name] = _column(grid, values, units="1", long_name=long_name)
    reasons = [one.reason or one.collapse.reason for one in results]
    variables["collapse_reason"] = _column(grid, reasons, long_name="why there is no collapse")
    return variables


def _orders(results: list[FiniteSize], grid: Grid) -> Variables:
    """Barriers, latent heats and the order of the transition."""
    variables: Variables = {}
    for name, key, unit, long_name in (
        ("barrier", "order.dip", "1", "ln P_peak/P_valley of the energy histogram at equal height"),
        ("latent_heat", "latent_heat", "{energy}", "energy per carrier between the phases"),
    ):
        for end, prefix in _WITH_ERROR:
            values = [_histograms(one, key + end, grid.n_sizes) for one in results]
            long = prefix + long_name
            variables[name + end] = _column(grid, values, "size", units=unit, long_name=long)
    for end, prefix in _WITH_ERROR:
        variables[f"latent_heat_of_peaks{end}"] = _column(
            grid,
            [getattr(one, f"latent_heat{end}") for one in results],
            units="{energy}",
            long_name=f"{prefix}latent heat per carrier from the growth of the specific heat",
        )
    variables["order"] = _column(
        grid,
        [np.int8(ORDERS.index(one.verdict.kind)) for one in results],
        long_name="order of the transition from all sizes",
        **flags(ORDERS),
        comment="first order: the valley of the energy histogram deepens with size",
    )
    variables["order_reason"] = _column(
        grid,
        [one.reason or one.verdict.reason for one in results],
        long_name="what the order of the transition was found from",
    )
    variables["converged"] = _column(
        grid,
        [np.int8(one.converged) for one in results],
        **flags(("not_equilibrated", "equilibrated")),
        long_name="whether the runs of all sizes are long enough around the transition",
    )
    return variables


def _histograms(one: FiniteSize, key: str, n_sizes: int) -> FloatArray:
    """A number of the energy histogram of every size."""
    full = np.full(n_sizes, np.nan)
    if one.numbers is not None:
        at = {float(length): i for length, i in zip(one.numbers.lengths, one.sizes, strict=True)}
        for histogram in one.coexistences:
            full[at[histogram.length]] = attrgetter(key)(histogram)
    return full
