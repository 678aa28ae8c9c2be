"""Transitions as variables of the dataset, with units, flags and what they mean."""

from __future__ import annotations

from typing import Any

import numpy as np
import xarray as xr

from mcsc.transitions.grid import Grid, Place
from mcsc.transitions.transition import CHARGE, Line, Transition
from mcsc.units import Units, units_of
from mcsc.variables import declared, flags

_SURE = ("not_equilibrated", "equilibrated")
# ends of the names: what is said of T_charge and of T_collective
_MEANINGS = {
    "": (
        "temperature of the charge-order transition",
        "temperature at which carriers are displaced together on cooling",
    ),
    "_reason": (
        "why there is no transition temperature",
        "why there is no onset of uniform displacement",
    ),
    "_stderr": ("standard error of {}, statistical",) * 2,
    "_method": ("estimator behind {}",) * 2,
    "_order": ("order of the transition from the energy histogram at this size",) * 2,
    "_converged": ("whether the run is long enough around {}",) * 2,
    "_wavevector": ("wavevector of the charge order below {}", ""),
}
_COMMENTS = {
    "": (
        "Binder crossing where several sizes give one, else the susceptibility peak of the largest "
        "size, else its specific-heat peak; missing where there is none: see T_charge_reason",
        "peak of the response of the mean displacement, else half transmission; at zero field the "
        "Binder crossing comes first where several sizes give one; missing where there is none: "
        "see T_collective_reason",
    ),
    "_order": (
        "crossover: the wells that order are inequivalent, no symmetry is broken",
        "a field couples to the mean displacement: its onset there is a crossover unless the "
        "histogram has two peaks",
    ),
    "_converged": ("0 where there is none",) * 2,
}


def line_table(
    root: xr.Dataset, line: Line, found: dict[Place, Transition], grid: Grid
) -> dict[str, xr.DataArray]:
    """The root variables of a line of transitions, on the grid and for peaks also size.

    Parameters
    ----------
    root
        For the units.
    line
        Charge order or uniform displacement.
    found
        The transition at every place.
    grid
        Of the places.
    """
    points = [found[place] for place in grid.places]
    units = units_of(root["temperature"].attrs["units"])
    variables = {}
    for name, values in _of_places(line, points).items():
        array = grid.laid_out(values)
        dims = (*grid.dims, "hkl")[: array.ndim]
        variables[name] = xr.DataArray(array, dims=dims, attrs=_attributes(name, line, units))
    for name, values in _of_sizes(line, points).items():
        data = xr.DataArray(
            grid.laid_out(values, first=True),
            dims=("size", *grid.dims),
            attrs=_attributes(name, line, units),
        )
        variables[name] = data if grid.sized else data.isel(size=0)
    if grid.n_sizes == 1:
        return {name: data for name, data in variables.items() if "crossing" not in name}
    return variables


def _of_places(line: Line, points: list[Transition]) -> dict[str, list[Any]]:
    """Values of every place by name."""
    values: dict[str, list[Any]] = {
        "": [p.estimate.temperature for p in points],
        "_stderr": [p.estimate.stderr for p in points],
        "_stderr_size": [p.size_error.stderr for p in points],
        "_stderr_size_reason": [p.size_error.reason for p in points],
        "_upper_bound": [p.bound for p in points],
        "_method": [np.int8(line.methods.index(p.method)) for p in points],
        "_order": [np.int8(line.kinds.index(p.kind)) for p in points],
        "_reason": [p.estimate.reason for p in points],
        "_converged": [np.int8(p.converged) for p in points],
    }
    named = {line.name + end: column for end, column in values.items()}
    if line is CHARGE:
        named |= {
            "T_charge_wavevector": [p.wavevector for p in points],
            "T_charge_crossing": [p.crossing.temperature for p in points],
            "T_charge_crossing_stderr": [p.crossing.stderr for p in points],
            "binder_at_crossing": [p.crossing.binder for p in points],
            "binder_at_crossing_stderr": [p.crossing.binder_stderr for p in points],
        }
    return named


def _of_sizes(line: Line, points: list[Transition]) -> dict[str, list[list[float]]]:
    """Values of every size at every place by name."""
    return {
        f"{line.name}_{name}{end}": [
            [getattr(size.estimates[estimator], quantity) for size in p.sizes] for p in points
        ]
        for name, estimator in line.estimators.items()
        for end, quantity in (("", "temperature"), ("_stderr", "stderr"))
    }


def _attributes(name: str, line: Line, units: Units) -> dict[str, Any]:
    """Attributes of a variable of a line."""
    end = name.removeprefix(line.name)
    if end in ("_stderr_size", "_stderr_size_reason", "_upper_bound"):
        return declared(name).attributes(units)
    found: dict[str, Any] = {}
    if end in ("_method", "_order", "_converged"):
        found |= flags({"_method": line.methods, "_order": line.kinds}.get(end, _SURE))
    elif "wavevector" in name or "binder" in name:
        found["units"] = "1"
    elif end != "_reason":
        found["units"] = units.temperature
    if end in _MEANINGS:
        found["long_name"] = _MEANINGS[end][line is not CHARGE].format(line.name)
    elif "crossing" in name:
        found["long_name"] = name.replace("_", " ")
    else:
        estimator = line.estimators[end.removeprefix("_").removesuffix("_stderr")]
        shown = estimator.replace("specific_heat", "specific-heat").replace("_", " ")
        kind = "standard error" if end.endswith("_stderr") else "temperature"
        found["long_name"] = f"{kind} of the {shown}"
    if end in _COMMENTS:
        found["comment"] = _COMMENTS[end][line is not CHARGE]
    if not end:
        linked = ("_stderr", "_stderr_size", "_method", "_converged")
        found["ancillary_variables"] = " ".join(line.name + one for one in linked)
    return found
