"""Threshold fields, hysteresis and remanence as variables of a dataset, with units and flags."""

from typing import Any

import numpy as np
import xarray as xr

from mcsc.estimators.threshold import hysteresis, threshold_field
from mcsc.files.tree import as_in_a_task
from mcsc.units import REDUCED, units_of
from mcsc.variables import declared, written


def threshold_table(
    parallel: xr.DataArray, largest: float | xr.DataArray, stderr: xr.DataArray | None = None
) -> xr.Dataset:
    """Threshold fields on a grid.

    parallel: U∥ on ``field`` and any others: on ``repeat``, or without it and with ``stderr``, as
        in equilibrium. Along a ``branch`` called backward the field is followed down.
    largest: δ∥, length; on any of the other dimensions.

    Returns: ``threshold_field``, its ``_stderr``, ``_reason``, ``_width`` and ``threshold_sharp``
        on the other dimensions of ``parallel``.
    """
    core = ("field",) if stderr is not None else ("repeat", "field")
    grid = parallel.isel(dict.fromkeys(core, 0), drop=True)
    curves = parallel.transpose(*grid.dims, *core).values
    errors = None if stderr is None else stderr.transpose(*grid.dims, *core).values
    scale = xr.DataArray(largest).broadcast_like(grid).transpose(*grid.dims).values
    lowered = xr.zeros_like(grid, dtype=bool)
    if "branch" in grid.dims:
        lowered = lowered | (grid["branch"] == "backward")
    down = lowered.transpose(*grid.dims).values
    found = [
        threshold_field(
            parallel["field"].values,
            curves[i],
            float(scale[i]),
            None if errors is None else errors[i],
            lowering=bool(down[i]),
        )
        for i in np.ndindex(grid.shape)
    ]
    return _on_grid(
        "protocols" if "branch" in grid.dims else "/",
        grid,
        threshold_field=[one.field for one in found],
        threshold_field_stderr=[one.stderr for one in found],
        threshold_reason=[one.reason for one in found],
        threshold_width=[one.width for one in found],
        threshold_sharp=[np.isfinite(one.field) * (1 + one.sharp) for one in found],
    )


def protocol_table(protocols: xr.Dataset) -> xr.Dataset:
    """Thresholds, hysteresis and remanence of field protocols.

    protocols: As from :func:`mcsc.chain.run`, on any further dimensions.

    Returns: The variables of :func:`threshold_table` for the branches forward, backward and
        field_cooled; ``hysteresis_area`` and ``hysteresis``; ``remanence`` on field; with their
        standard errors.
    """
    protocols = as_in_a_task(protocols)
    largest = protocols["displacement_parallel_largest"]
    repeats = protocols["displacement_parallel_repeat"].transpose(..., "repeat", "field")
    found = threshold_table(repeats.sel(branch=["forward", "backward", "field_cooled"]), largest)
    up, down = (repeats.sel(branch=name, drop=True) for name in ("forward", "backward"))
    grid = up.isel(repeat=0, field=0, drop=True)
    scale = largest.broadcast_like(grid).transpose(*grid.dims).values
    loops = [
        hysteresis(protocols["field"].values, up.values[i], down.values[i], float(scale[i]))
        for i in np.ndindex(grid.shape)
    ]
    # no threshold belongs to the branch field_removed; strings and flags have no NaN
    found = found.reindex(
        branch=protocols["branch"], fill_value={"threshold_reason": "", "threshold_sharp": 0}
    )
    found = found.assign(
        _on_grid(
            "protocols",
            grid,
            hysteresis_area=[loop.area for loop in loops],
            hysteresis_area_stderr=[loop.stderr for loop in loops],
            hysteresis=[loop.present for loop in loops],
        ).data_vars
    )
    left = protocols.sel(branch="field_removed", drop=True)
    stays, error = (left[f"displacement_parallel{end}"] / largest for end in ("", "_stderr"))
    remanence = declared("remanence", "protocols")
    return found.assign(remanence.with_stderr(stays, error, REDUCED, stays.dims))


def _on_grid(group: str, grid: xr.DataArray, **columns: list[Any]) -> xr.Dataset:
    """Columns of one value for each index of ``grid``, with their attributes."""
    values = {name: np.reshape(column, grid.shape) for name, column in columns.items()}
    units = units_of(grid["temperature"].attrs["units"])
    return xr.Dataset(written(group, units, grid.dims, **values), coords=grid.coords)
