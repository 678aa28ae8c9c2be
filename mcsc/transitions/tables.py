"""Transitions as variables of the dataset, with units, flags and what they mean."""

from __future__ import annotations

from typing import Any

import xarray as xr

from mcsc.transitions.grid import Grid, Place
from mcsc.transitions.transition import CHARGE, Line, Transition
from mcsc.units import units_of
from mcsc.variables import Variables, written


def line_table(
    root: xr.Dataset, line: Line, found: dict[Place, Transition], grid: Grid
) -> Variables:
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
    at_places = {name: grid.laid_out(v) for name, v in _of_places(line, points).items()}
    at_sizes = {name: grid.laid_out(v, first=True) for name, v in _of_sizes(line, points).items()}
    if grid.n_sizes == 1:
        at_places = {name: v for name, v in at_places.items() if "crossing" not in name}
    sized = written("/", units, grid.dims, **at_sizes)
    return {
        **written("/", units, grid.dims, **at_places),
        **{name: data if grid.sized else data.isel(size=0) for name, data in sized.items()},
    }


def _of_places(line: Line, points: list[Transition]) -> dict[str, list[Any]]:
    """Values of every place by name."""
    values: dict[str, list[Any]] = {
        "": [p.estimate.temperature for p in points],
        "_stderr": [p.estimate.stderr for p in points],
        "_stderr_size": [p.size_error.stderr for p in points],
        "_stderr_size_reason": [p.size_error.reason for p in points],
        "_upper_bound": [p.bound for p in points],
        "_method": [p.method for p in points],
        "_order": [p.kind for p in points],
        "_reason": [p.estimate.reason for p in points],
        "_converged": [p.converged for p in points],
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
