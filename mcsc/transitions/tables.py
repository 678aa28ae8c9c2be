"""Transitions as variables of the dataset, with units, flags and what they mean."""

from collections.abc import Callable
from operator import attrgetter
from typing import Any, TypeVar

import numpy as np
import xarray as xr

from mcsc.transitions import collective as displaced
from mcsc.transitions.collective import Collective
from mcsc.transitions.grid import Grid, Place
from mcsc.transitions.point import KINDS, METHODS, Transition
from mcsc.units import REDUCED, SI
from mcsc.variables import declared, flags

Point = TypeVar("Point", Transition, Collective)


def _on_grid(found: dict[Place, Point], grid: Grid) -> Callable[..., xr.DataArray]:
    """Function of a quantity of a point that makes the variable on the grid of it."""

    def table(get: Callable[[Point], object], **attributes: Any) -> xr.DataArray:
        values = np.array([get(found[place]) for place in grid.places])
        values = values.reshape(*grid.shape, *values.shape[1:])
        extra: tuple[str, ...] = ("hkl",) if values.ndim > len(grid.shape) else ()
        return xr.DataArray(values, dims=(*grid.dims, *extra), attrs=attributes)

    return table


def _by_size(found: dict[Place, Point], grid: Grid) -> Callable[..., xr.DataArray]:
    """As :func:`_on_grid` for a quantity with one number for each size."""

    def table(get: Callable[[Point], list[float]], **attributes: Any) -> xr.DataArray:
        values = np.array([get(found[place]) for place in grid.places])
        values = np.moveaxis(values.reshape(*grid.shape, grid.n_sizes), -1, 0)
        data = xr.DataArray(values, dims=("size", *grid.dims), attrs=attributes)
        return data if grid.sized else data.isel(size=0)

    return table


def transition_table(
    root: xr.Dataset, found: dict[Place, Transition], grid: Grid
) -> dict[str, xr.DataArray]:
    """The root variables of the transitions, on the grid and for peaks also size."""
    unit = root["temperature"].attrs["units"]
    table = _on_grid(found, grid)
    by_size = _by_size(found, grid)
    kelvin = {"units": unit}
    variables = {
        "T_charge": table(
            lambda p: p.estimate.temperature,
            **kelvin,
            long_name="temperature of the charge-order transition",
            comment="Binder crossing where several sizes give one, else the susceptibility peak "
            "of the largest size, else its specific-heat peak; missing where there is none: see "
            "T_charge_reason",
            ancillary_variables="T_charge_stderr T_charge_stderr_size T_charge_method "
            "T_charge_converged",
        ),
        "T_charge_stderr": table(
            lambda p: p.estimate.stderr,
            **kelvin,
            long_name="standard error of T_charge, statistical",
        ),
        "T_charge_method": table(
            lambda p: np.int8(METHODS.index(p.method)),
            **flags(METHODS),
            long_name="estimator behind T_charge",
        ),
        "T_charge_order": table(
            lambda p: np.int8(KINDS.index(p.kind)),
            **flags(KINDS),
            long_name="order of the transition from the energy histogram at this size",
            comment="crossover: the wells that order are inequivalent, no symmetry is broken",
        ),
        "T_charge_reason": table(
            lambda p: p.estimate.reason, long_name="why there is no transition temperature"
        ),
        "T_charge_converged": table(
            lambda p: np.int8(p.found and p.peaks[-1].converged),
            **flags(("not_equilibrated", "equilibrated")),
            long_name="whether the run is long enough around T_charge",
            comment="0 where there is none",
        ),
        "T_charge_wavevector": table(
            lambda p: p.peaks[-1].wavevector,
            units="1",
            long_name="wavevector of the charge order below T_charge",
        ),
    }
    variables |= _limits(root, "T_charge", table)
    for name, quantity, long_name in (
        ("peak", "susceptibility", "susceptibility peak"),
        ("specific_heat", "specific_heat", "specific-heat peak"),
    ):
        variables[f"T_charge_{name}"] = by_size(
            _each("peaks", f"{quantity}.temperature"),
            **kelvin,
            long_name=f"temperature of the {long_name}",
        )
        variables[f"T_charge_{name}_stderr"] = by_size(
            _each("peaks", f"{quantity}.stderr"),
            **kelvin,
            long_name=f"standard error of the {long_name}",
        )
    if grid.n_sizes > 1:
        for name, quantity, attributes in (
            ("T_charge_crossing", "temperature", kelvin),
            ("T_charge_crossing_stderr", "stderr", kelvin),
            ("binder_at_crossing", "binder", {"units": "1"}),
            ("binder_at_crossing_stderr", "binder_stderr", {"units": "1"}),
        ):
            variables[name] = table(
                attrgetter(f"crossing.{quantity}"),
                **attributes,
                long_name=name.replace("_", " "),
            )
    return variables


def _limits(
    root: xr.Dataset, line: str, table: Callable[..., xr.DataArray]
) -> dict[str, xr.DataArray]:
    """The error of finite size of a line, and what it lies below where there is none."""
    units = SI if root["temperature"].attrs["units"] == SI.temperature else REDUCED
    return {
        f"{line}_{end}": table(attrgetter(quantity), **declared(f"{line}_{end}").attributes(units))
        for end, quantity in (
            ("stderr_size", "size_error.stderr"),
            ("stderr_size_reason", "size_error.reason"),
            ("upper_bound", "bound"),
        )
    }


def _each(sizes: str, quantity: str) -> Callable[[object], list[float]]:
    """Function from a point to one quantity of all of its sizes."""
    return lambda point: [attrgetter(quantity)(one) for one in attrgetter(sizes)(point)]


def collective_table(
    root: xr.Dataset, found: dict[Place, Collective], grid: Grid
) -> dict[str, xr.DataArray]:
    """The root variables of the onset of uniform displacement, as for T_charge."""
    table = _on_grid(found, grid)
    by_size = _by_size(found, grid)
    kelvin = {"units": root["temperature"].attrs["units"]}
    variables = {
        "T_collective": table(
            lambda p: p.estimate.temperature,
            **kelvin,
            long_name="temperature at which carriers are displaced together on cooling",
            comment="peak of the response of the mean displacement, else half transmission; at "
            "zero field the Binder crossing comes first where several sizes give one; missing "
            "where there is none: see T_collective_reason",
            ancillary_variables="T_collective_stderr T_collective_stderr_size T_collective_method "
            "T_collective_converged",
        ),
        "T_collective_stderr": table(
            lambda p: p.estimate.stderr,
            **kelvin,
            long_name="standard error of T_collective, statistical",
        ),
        "T_collective_method": table(
            lambda p: np.int8(displaced.METHODS.index(p.method)),
            **flags(displaced.METHODS),
            long_name="estimator behind T_collective",
        ),
        "T_collective_order": table(
            lambda p: np.int8(displaced.KINDS.index(p.kind)),
            **flags(displaced.KINDS),
            long_name="order of the transition from the energy histogram at this size",
            comment="a field couples to the mean displacement: its onset there is a crossover "
            "unless the histogram has two peaks",
        ),
        "T_collective_reason": table(
            lambda p: p.estimate.reason, long_name="why there is no onset of uniform displacement"
        ),
        "T_collective_converged": table(
            lambda p: np.int8(p.found and p.onsets[-1].converged),
            **flags(("not_equilibrated", "equilibrated")),
            long_name="whether the run is long enough around T_collective",
            comment="0 where there is none",
        ),
    }
    variables |= _limits(root, "T_collective", table)
    for name, long_name in (("response", "response peak"), ("half", "half transmission")):
        variables[f"T_collective_{name}"] = by_size(
            _each("onsets", f"{name}.temperature"),
            **kelvin,
            long_name=f"temperature of the {long_name}",
        )
        variables[f"T_collective_{name}_stderr"] = by_size(
            _each("onsets", f"{name}.stderr"),
            **kelvin,
            long_name=f"standard error of the {long_name}",
        )
    return variables
