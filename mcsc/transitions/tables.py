"""Transitions and domes as variables of the dataset, with units, flags and what they mean."""

from collections.abc import Callable
from operator import attrgetter
from typing import Any, TypeVar

import numpy as np
import xarray as xr

from mcsc.transitions import collective as displaced
from mcsc.transitions.collective import Collective
from mcsc.transitions.domes import Dome, find_domes, line_of
from mcsc.transitions.estimate import Estimate
from mcsc.transitions.grid import Grid, Place
from mcsc.transitions.point import KINDS, METHODS, Settings, Transition
from mcsc.variables import flags

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
            ancillary_variables="T_charge_stderr T_charge_method T_charge_converged",
        ),
        "T_charge_stderr": table(
            lambda p: p.estimate.stderr, **kelvin, long_name="standard error of T_charge"
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
            lambda p: np.int8(p.peaks[-1].converged),
            **flags(("not_equilibrated", "equilibrated")),
            long_name="whether the run is long enough around T_charge",
        ),
        "T_charge_wavevector": table(
            lambda p: p.peaks[-1].wavevector,
            units="1",
            long_name="wavevector of the charge order below T_charge",
        ),
    }
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
            ancillary_variables="T_collective_stderr T_collective_method T_collective_converged",
        ),
        "T_collective_stderr": table(
            lambda p: p.estimate.stderr, **kelvin, long_name="standard error of T_collective"
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
            lambda p: np.int8(p.onsets[-1].converged),
            **flags(("not_equilibrated", "equilibrated")),
            long_name="whether the run is long enough around T_collective",
        ),
    }
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


def dome_table(
    root: xr.Dataset, found: dict[Place, Transition], grid: Grid, settings: Settings
) -> xr.Dataset:
    """Domes of T_charge over doping, one after the other for every line of the grid."""
    lines = {place: point.estimate for place, point in found.items()}
    rows = _domes(root, lines, grid, settings)
    waves = [found[*line, dome.index].peaks[-1].wavevector for line, dome in rows]
    wavevector = xr.Variable(
        ("dome", "hkl"),
        np.array(waves).reshape(-1, 3),
        {"units": "1", "long_name": "wavevector of the charge order under the dome"},
    )
    return _dome_dataset(root, rows, grid, settings).assign(wavevector=wavevector)


def collective_dome_table(
    root: xr.Dataset, found: dict[Place, Collective], grid: Grid, settings: Settings
) -> xr.Dataset:
    """Domes of T_collective over doping, one after the other for every line of the grid."""
    return line_domes(root, {k: point.estimate for k, point in found.items()}, grid, settings)


def line_domes(
    root: xr.Dataset, line: dict[Place, Estimate], grid: Grid, settings: Settings
) -> xr.Dataset:
    """Domes of any transition temperature over doping."""
    return _dome_dataset(root, _domes(root, line, grid, settings), grid, settings)


def _domes(
    root: xr.Dataset, lines: dict[Place, Estimate], grid: Grid, settings: Settings
) -> list[tuple[Place, Dome]]:
    temperature, carriers = root["temperature"], root[grid.carriers]
    rows = []
    for at in grid.lines:
        line = [lines[*at, x] for x in range(carriers.size)]
        domes = find_domes(
            carriers.values,
            *line_of(
                np.array([e.temperature for e in line]),
                np.array([e.stderr for e in line]),
                [e.reason for e in line],
                float(temperature.max()),
            ),
            floor=float(temperature.min()),
            factor=settings.significance,
        )
        rows += [(at, dome) for dome in domes]
    return rows


def _dome_dataset(
    root: xr.Dataset, rows: list[tuple[Place, Dome]], grid: Grid, settings: Settings
) -> xr.Dataset:
    unit = root["temperature"].attrs["units"]
    carriers = root[grid.carriers].attrs
    counted = carriers.get("long_name", "carriers per primitive cell")

    def column(values: list[float], unit: str, long_name: str, comment: str = "") -> xr.Variable:
        attributes = {"units": unit, "long_name": long_name}
        if comment:
            attributes["comment"] = comment
        return xr.Variable("dome", np.array(values, dtype=np.float64), attributes)

    variables = {
        grid.carriers: column(
            [d.doping for _, d in rows], carriers.get("units", "1"),
            f"{grid.carriers.replace('_', ' ')} at the top: {counted}",
        ),
        "temperature": column([d.temperature for _, d in rows], unit, "height of the dome"),
        "temperature_stderr": column(
            [d.temperature_stderr for _, d in rows], unit, "standard error of the height"
        ),
        "valley": column(
            [d.valley for _, d in rows], unit, "temperature of the higher neighbouring valley",
            "a point without a transition counts as the lowest temperature scanned",
        ),
        "significance": column(
            [d.significance for _, d in rows], "1", "height above the valley in standard errors",
            f"kept from {settings.significance:g} on",
        ),
    }  # fmt: skip
    for i, name in enumerate(grid.conditions):
        axis = root[name]
        values = axis.values[[at[i] for at, _ in rows]]
        variables[name] = xr.Variable("dome", values, axis.attrs)
    return xr.Dataset(variables)
