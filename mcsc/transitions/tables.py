"""Transitions as variables of the dataset, with units, flags and what they mean."""

from typing import Any

import numpy as np
import xarray as xr

from mcsc.arrays import FloatArray
from mcsc.files.tree import Place
from mcsc.transitions.grid import Grid
from mcsc.transitions.transition import CHARGE, Line, Transition
from mcsc.units import REDUCED, units_of
from mcsc.variables import Variables, written


def line_table(
    root: xr.Dataset, line: Line, found: dict[Place, Transition], grid: Grid
) -> Variables:
    """The root variables of a line of transitions, on the grid and for peaks also size.

    root: For the units.
    line: Charge order or uniform displacement.
    found: The transition at every index of the grid.
    """
    every = [found[index] for index in grid.indices]
    units = units_of(root["temperature"].attrs["units"])
    columns = {name: grid.laid_out(v) for name, v in _columns(line, every).items()}
    by_size = {
        name: grid.laid_out(v, first=True)
        for name, v in _by_size(line, every, grid.n_sizes).items()
    }
    if grid.n_sizes == 1:
        columns = {name: v for name, v in columns.items() if "crossing" not in name}
    sized = written("/", units, grid.dims, **by_size)
    return {
        **written("/", units, grid.dims, **columns),
        **{name: data if grid.sized else data.isel(size=0) for name, data in sized.items()},
    }


def _columns(line: Line, found: list[Transition]) -> dict[str, list[Any]]:
    """Values of all sizes together, by name."""
    values: dict[str, list[Any]] = {
        "": [p.estimate.temperature for p in found], "_stderr": [p.estimate.stderr for p in found],
        "_stderr_size": [p.size_error.stderr for p in found],
        "_stderr_size_reason": [p.size_error.reason for p in found],
        "_upper_bound": [p.bound for p in found], "_method": [p.method for p in found],
        "_order": [p.kind for p in found], "_reason": [p.estimate.reason for p in found],
        "_converged": [p.converged for p in found],
    }  # fmt: skip
    named = {line.name + end: column for end, column in values.items()}
    if line is CHARGE:
        named |= {
            "T_charge_wavevector": [p.wavevector for p in found],
            "T_charge_crossing": [p.crossing.temperature for p in found],
            "T_charge_crossing_stderr": [p.crossing.stderr for p in found],
            "binder_at_crossing": [p.crossing.binder for p in found],
            "binder_at_crossing_stderr": [p.crossing.binder_stderr for p in found],
        }
    return named


def _by_size(line: Line, found: list[Transition], n: int) -> dict[str, list[list[float]]]:
    """Values of every size, by name."""
    return {
        f"{line.name}_{name}{end}": [
            _spread([getattr(size.estimates[estimator], quantity) for size in p.sizes], p.held, n)
            for p in found
        ]
        for name, estimator in line.estimators.items()
        for end, quantity in (("", "temperature"), ("_stderr", "stderr"))
    }


def _spread(values: list[float], held: tuple[int, ...], n: int) -> list[float]:
    """Values of some sizes among all, missing at the others."""
    if not held:
        return values
    found = dict(zip(held, values, strict=True))
    return [found.get(size, np.nan) for size in range(n)]


def doping_at_transitions(root: xr.Dataset) -> Variables:
    """Measured doping at ``T_charge`` and ``T_collective``, linear between temperatures.

    root: Root of a diagram with transitions; of several sizes the largest is taken.

    Returns: ``T_charge_doping``, ``T_collective_doping`` and their standard errors, which hold
        those of the doping and of the temperature; missing where there is no transition. Nothing at
        fixed doping.
    """
    if "doping" not in root.data_vars:
        return {}
    measured = root[["doping", "doping_stderr"]].isel(size=-1, missing_dims="ignore")
    found: Variables = {}
    for line in ("T_charge", "T_collective"):
        value, error = xr.apply_ufunc(
            _at,
            measured["doping"],
            measured["doping_stderr"],
            root["temperature"],
            root[line],
            root[f"{line}_stderr"],
            input_core_dims=[["temperature"]] * 3 + [[], []],
            output_core_dims=[[], []],
            vectorize=True,
        )
        name, dims = f"{line}_doping", root[line].dims
        both = {name: value.transpose(*dims), f"{name}_stderr": error.transpose(*dims)}
        found |= written("/", REDUCED, dims, **both)
        found[name].attrs["long_name"] = root["doping"].attrs["long_name"]
    return found


def _at(
    doping: FloatArray, stderr: FloatArray, temperatures: FloatArray, at: float, error: float
) -> tuple[float, float]:
    """Doping on one ladder at a temperature known to an error, and its error."""
    if not np.isfinite(at):
        return np.nan, np.nan
    low, value, high = np.interp([at - error, at, at + error], temperatures, doping)
    return float(value), float(np.hypot(np.interp(at, temperatures, stderr), (high - low) / 2))
