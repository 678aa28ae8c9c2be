"""Finite-size analysis of the charge order at every doping and field: the group ``finite_size``."""

from operator import attrgetter
from typing import Any

import numpy as np
import xarray as xr

from mcsc.arrays import FloatArray
from mcsc.estimators.scaling.curves import SizeSeries
from mcsc.estimators.scaling.finite_size import FiniteSize, finite_size
from mcsc.estimators.scaling.linear_size import LinearSizes
from mcsc.estimators.scaling.power_law import no_fit
from mcsc.files.tree import Place
from mcsc.transitions.charge import channel_at, order_squared
from mcsc.transitions.grid import Grid
from mcsc.transitions.ladder import equilibrated
from mcsc.transitions.settings import Settings
from mcsc.transitions.transition import Transition
from mcsc.units import units_of
from mcsc.variables import written
from mcsc.variables.finite_size import BY_SIZE, FITTED

_COLLAPSED = {
    "T_c_collapse": "temperature",
    "one_over_nu_collapse": "inverse_nu",
    "beta_over_nu_collapse": "beta_over_nu",
}
# where the numbers of all sizes are found in the analysis
_NUMBERS = {
    f"{name}{end}": f"collapse.{key}.{part}"
    for name, key in _COLLAPSED.items()
    for end, part in (("", "value"), ("_stderr", "stderr"), ("_interval", "interval"))
} | {
    "collapse_chi2": "collapse.chi2", "collapse_dof": "collapse.dof",
    "collapse_quality": "collapse.quality", "order_collapse_quality": "collapse.order_quality",
    "latent_heat_of_peaks": "latent_heat", "latent_heat_of_peaks_stderr": "latent_heat_stderr",
    "order": "verdict.kind", "converged": "converged",
}  # fmt: skip
# numbers of the energy histogram of a size
_HISTOGRAMS = {"barrier": "order.dip", "latent_heat": "latent_heat"}
Columns = dict[str, Any]
"""Values at all indices of the grid, by name."""


def sizes_together(
    ladders: list[xr.Dataset],
    found: Transition,
    linear: LinearSizes,
    boltzmann: float,
    settings: Settings,
) -> FiniteSize:
    """Analyse the charge order of all sizes at one doping and field.

    ladders: Series of each size, smallest first.
    found: The transition found from them: which order, and roughly where.
    linear: Their linear sizes.

    Returns: With the reason where there is no transition, a crossover only, or fewer than two sizes
        with this order.
    """
    if linear.reason:
        return FiniteSize(linear.reason)
    if not found.found:
        return FiniteSize(found.estimate.reason)
    if found.kind == "crossover":
        return FiniteSize("a crossover: no symmetry is broken, nothing scales")
    alike = [one for one in found.sizes if one.alike(found.sizes[-1])]
    seen = [found.estimate, *found.pairs, *(e for one in alike for e in one.estimates.values())]
    at = [one.temperature for one in seen]
    last = ladders[-1]
    return finite_size(
        [_series(*one, found.wavevector) for one in zip(ladders, linear.lengths, strict=True)],
        found.estimate.temperature,
        found.pairs,
        span=(float(np.nanmin(at)), float(np.nanmax(at))),
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
    found: dict[Place, FiniteSize], grid: Grid, linear: LinearSizes, root: xr.Dataset
) -> xr.Dataset:
    """The group ``finite_size`` of a diagram.

    found: The analysis at each index of the grid.
    grid: Of the transitions.
    linear: Linear sizes of all supercells.
    root: Of the diagram, for coordinates and units.

    Returns: Variables on the grid; those of each size have ``size`` in front, those of pairs of
        sizes ``pair``, the larger size of it. Every number X has ``X_stderr``, every fit
        ``X_chi2``, ``X_dof`` and ``X_reason``.
    """
    units = units_of(root["temperature"].attrs["units"])
    results = [found[index] for index in grid.indices]
    columns = _fits(results) | {
        name: [attrgetter(path)(one) for one in results] for name, path in _NUMBERS.items()
    }
    columns["collapse_reason"] = [one.reason or one.collapse.reason for one in results]
    columns["order_reason"] = [one.reason or one.verdict.reason for one in results]
    by_size = _sizes(results, grid.n_sizes)
    values: Columns = {name: grid.laid_out(column) for name, column in columns.items()}
    values |= {name: grid.laid_out(column, first=True) for name, column in by_size.items()}
    values |= {"linear_size": linear.lengths, "growing_directions": np.int32(linear.dimension)}
    coords = {name: root[name] for name in (*grid.dims, "size") if name in root.coords}
    if "size" in coords:
        values["pair"] = coords["size"].values[1:]
    return xr.Dataset(written("finite_size", units, grid.dims, **values), coords=coords)


def _sizes(results: list[FiniteSize], n_sizes: int) -> Columns:
    """What every size and every pair of sizes contributes."""
    columns: Columns = {}
    for name in (*BY_SIZE, "T_crossing"):
        both = np.array([_scattered(one, name, n_sizes) for one in results])
        columns |= {name: both[:, 0], f"{name}_stderr": both[:, 1]}
    return columns


def _scattered(one: FiniteSize, name: str, n_sizes: int) -> FloatArray:
    """Values and errors, shape (2, S), of one quantity at all sizes, of pairs at the larger."""
    full = np.full((2, n_sizes), np.nan)
    if one.numbers is None:
        return full[:, 1:] if name == "T_crossing" else full
    if name in _HISTOGRAMS:
        at = {float(length): i for length, i in zip(one.numbers.lengths, one.sizes, strict=True)}
        for histogram in one.coexistences:
            full[:, at[histogram.length]] = [
                attrgetter(_HISTOGRAMS[name] + end)(histogram) for end in ("", "_stderr")
            ]
        return full
    values, covariance = one.numbers.with_covariance(name)
    full[:, list(one.sizes)[-len(values) :]] = values, np.sqrt(np.diag(covariance))
    return full[:, 1:] if name == "T_crossing" else full


def _fits(results: list[FiniteSize]) -> Columns:
    columns: Columns = {}
    for name in FITTED:
        fits = [one.fits.get(name, no_fit(one.reason)) for one in results]
        columns[name] = [fit.value for fit in fits]
        for part in ("stderr", "chi2", "dof", "reason"):
            columns[f"{name}_{part}"] = [getattr(fit, part) for fit in fits]
    return columns
