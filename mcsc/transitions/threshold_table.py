"""Threshold fields, hysteresis and remanence as variables of a dataset, with units and flags."""

from __future__ import annotations

import numpy as np
import xarray as xr

from mcsc.estimators.threshold import (
    LEAST_AREA,
    SHARP,
    SIGNIFICANCE,
    Hysteresis,
    Threshold,
    hysteresis,
    threshold_field,
)
from mcsc.variables import flags

Columns = dict[str, tuple[list[object], dict[str, str]]]

FLAGS = ("none", "smooth", "sharp")


def threshold_table(
    parallel: xr.DataArray, largest: float | xr.DataArray, stderr: xr.DataArray | None = None
) -> xr.Dataset:
    """Threshold fields on a grid.

    Parameters
    ----------
    parallel
        U∥ on ``field`` and any others: on ``repeat``, or without it and with ``stderr``, as in
        equilibrium. Along a ``branch`` called backward the field is followed down.
    largest
        δ∥, length; on any of the other dimensions.

    Returns
    -------
    ``threshold_field``, its ``_stderr``, ``_reason``, ``_width`` and ``threshold_sharp`` on the
    other dimensions of ``parallel``.
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
    unit = str(parallel["field"].attrs.get("units", "1"))
    return _on_grid(grid, _thresholds(found, unit))


def protocol_table(protocols: xr.Dataset) -> xr.Dataset:
    """Thresholds, hysteresis and remanence of field protocols.

    Parameters
    ----------
    protocols
        As from :func:`mcsc.chain.run`, on any further dimensions.

    Returns
    -------
    The variables of :func:`threshold_table` for the branches forward, backward and field_cooled;
    ``hysteresis_area`` and ``hysteresis``; ``remanence`` on field; with their standard errors.
    """
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
    found = found.assign(_on_grid(grid, _loops(loops)).data_vars)
    attributes = {
        "units": "1",
        "long_name": "displacement that stays when the field is removed, over the largest",
        "comment": "numbered by the field that the carriers were cooled in",
    }
    left = protocols.sel(branch="field_removed", drop=True)
    found["remanence"] = (left["displacement_parallel"] / largest).assign_attrs(
        attributes, ancillary_variables="remanence_stderr"
    )
    found["remanence_stderr"] = (left["displacement_parallel_stderr"] / largest).assign_attrs(
        attributes, long_name="standard error of the displacement that stays"
    )
    return found


def _on_grid(grid: xr.DataArray, columns: Columns) -> xr.Dataset:
    """Columns of one value a place of ``grid``, with their attributes."""
    variables = {
        name: (grid.dims, np.array(values).reshape(grid.shape), attributes)
        for name, (values, attributes) in columns.items()
    }
    return xr.Dataset(variables, coords=grid.coords)


def _thresholds(found: list[Threshold], unit: str) -> Columns:
    return {
        "threshold_field": (
            [t.field for t in found],
            {
                "units": unit,
                "long_name": "threshold field of the displacement",
                "comment": "where the mean displacement along the field reaches half of the "
                "largest displacement of a state along it; on the branch backward where it first "
                "falls below; missing where there is none: see threshold_reason",
                "ancillary_variables": "threshold_field_stderr threshold_sharp threshold_reason",
            },
        ),
        "threshold_field_stderr": (
            [t.stderr for t in found],
            {
                "units": unit,
                "long_name": "standard error of the threshold field",
                "comment": "with the field step over √12 where the displacement jumps by more "
                "than half of the largest in one step",
            },
        ),
        "threshold_reason": (
            [t.reason for t in found],
            {"long_name": "why there is no threshold field"},
        ),
        "threshold_width": (
            [t.width for t in found],
            {"units": unit, "long_name": "field between 10 and 90 % of the largest displacement"},
        ),
        "threshold_sharp": (
            [np.int8(np.isfinite(t.field) * (1 + t.sharp)) for t in found],
            {
                "long_name": "whether the displacement sets in sharply",
                **flags(FLAGS),
                "comment": f"sharp: threshold_width below {SHARP:g} of threshold_field",
            },
        ),
    }


def _loops(found: list[Hysteresis]) -> Columns:
    return {
        "hysteresis_area": (
            [loop.area for loop in found],
            {
                "units": "1",
                "long_name": "area between the branches backward and forward",
                "comment": "over that of the box of the largest displacement and the largest field",
                "ancillary_variables": "hysteresis_area_stderr hysteresis",
            },
        ),
        "hysteresis_area_stderr": (
            [loop.stderr for loop in found],
            {"units": "1", "long_name": "standard error of the area over the repeats"},
        ),
        "hysteresis": (
            [np.int8(loop.present) for loop in found],
            {
                "long_name": "whether the branches differ",
                **flags(("closed", "open")),
                "comment": f"open: area above {SIGNIFICANCE:g} standard errors and {LEAST_AREA:g}",
            },
        ),
    }
