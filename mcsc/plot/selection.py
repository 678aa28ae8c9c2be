"""One point or slice out of a diagram, and how to name it."""

import re
from dataclasses import dataclass
from typing import Any

import numpy as np
import xarray as xr

from mcsc.arrays import FloatArray
from mcsc.plot.style import CARRIER_SYMBOLS, shown_text
from mcsc.transitions.grid import CARRIER_AXES, DOPING, carrier_axis

# variables that groups have on all axes of their grid
_ON_GRID = ("charge_order", "displacement_parallel", "conductivity")


@dataclass(frozen=True)
class Point:
    """A point of the grid.

    size: Index of the supercell, 0 where there is one only.
    place: Indices by dimension, for ``Dataset.isel`` with ``missing_dims="ignore"``.
    doping, temperature: Coordinates of the point; the chemical potential where that is the axis.
    label: Text for a title; it says which point was asked for if that is not on the grid.
    """

    size: int
    place: dict[str, int]
    doping: float
    temperature: float
    label: str


def slice_of(
    dataset: xr.Dataset, *, along: str = "doping", **at: Any
) -> tuple[xr.Dataset, dict[str, int]]:
    """A dataset at one size, field and value of every further axis, and the indices taken.

    along: Axis that stays a dimension, as doping always does.
    **at: Values on the other axes of the grid, ``size``, ``field``, ``direction`` or a varied
        parameter: the nearest number, or a name or whole number that is there. By default the
        largest size and the first of all others.

    Raises ValueError if there is no such size, axis or name, or a number lies outside the scan.
    """
    axes = [name for name in _axes(dataset) if name != along]
    for name, value in at.items():
        if value is not None and name not in axes:
            known = f"choose one of {', '.join(axes)}" if axes else "leave it out"
            raise ValueError(f"{name} = {value}: the diagram has no such axis; {known}")
    place = {name: _index(dataset, name, at.get(name)) for name in axes}
    return dataset.isel(place), place


def _axes(dataset: xr.Dataset) -> list[str]:
    """Axes of the grid beside carriers and temperature, in the order of the file behind these."""
    known = ("size", "field", *CARRIER_AXES, "temperature", "branch")
    on_grid = [name for name in _ON_GRID if name in dataset]
    further = [str(d) for name in on_grid[:1] for d in dataset[name].dims if d not in known]
    return [*(name for name in known[:2] if name in dataset.dims), *further]


def _index(dataset: xr.Dataset, name: str, value: float | str | None) -> int:
    """Index of a value on an axis of numbers, of whole numbers, or of names."""
    if value is None:
        return dataset.sizes[name] - 1 if name == "size" else 0
    values = dataset[name].values
    if np.issubdtype(values.dtype, np.floating):
        return nearest(dataset, name, float(value))
    if value not in values:
        shown = ", ".join(str(v) for v in values)
        asked = value if isinstance(value, str) else f"{value:g}"
        raise ValueError(f"{name} = {asked}: not in the diagram; choose one of {shown}")
    return int(np.flatnonzero(values == value)[0])


def shown_place(dataset: xr.Dataset, place: dict[str, int]) -> str:
    """Field and further axes of a slice in words; empty where the grid has none."""
    parts = []
    for name in place:
        if name == "size":
            continue
        value = dataset[name].values[place[name]]
        unit = unit_of(dataset[name])
        text = f"{value:.4g}" if np.issubdtype(type(value), np.number) else str(value)
        parts.append(f"{name.replace('_', ' ')} {with_unit(text, unit)}")
    return ", ".join(parts)


def nearest(dataset: xr.Dataset, name: str, value: float) -> int:
    """Index of the grid point nearest to a value.

    Raises ValueError if the value lies outside the scan, that is beyond the outer edges of the
        outermost points.
    """
    values = dataset[name].values.astype(np.float64)
    edges = cell_edges(np.sort(values))
    if not edges[0] <= value <= edges[-1]:
        raise ValueError(
            f"{name} = {value:.15g}: outside the scan; "
            f"choose one from {values.min():g} to {values.max():g}"
        )
    return int(np.argmin(np.abs(values - value)))


def point_at(root: xr.Dataset, doping: float, temperature: float, **at: Any) -> Point:
    """The grid point nearest to a doping (or chemical potential) and a temperature.

    Raises ValueError if any of them lies outside the scan.
    """
    _, place = slice_of(root, **at)
    along = carrier_axis(root.dims)
    symbol = CARRIER_SYMBOLS[along]
    energy = unit_of(root[along])
    i, j = nearest(root, along, doping), nearest(root, "temperature", temperature)
    x, t = float(root[along][i]), float(root["temperature"][j])
    unit = unit_of(root["temperature"])
    label = f"{symbol} = {with_unit(f'{x:.4g}', energy)}, $T$ = {with_unit(f'{t:.4g}', unit)}"
    if along != DOPING:
        here = root["doping"].isel({**place, along: i, "temperature": j}, missing_dims="ignore")
        label += f", $x$ = {float(here):.4g}"
    asked = []
    if not np.isclose(x, doping, rtol=1e-3):
        asked.append(f"{symbol} = {with_unit(f'{doping:.4g}', energy)}")
    if not np.isclose(t, temperature, rtol=1e-3):
        asked.append(f"$T$ = {with_unit(f'{temperature:.4g}', unit)}")
    if asked:
        label += f"\n(grid point nearest to {', '.join(asked)})"
    return Point(
        place.get("size", 0), {**place, along: i, "temperature": j}, x, t, label
    )  # fmt: skip


def cell_edges(values: FloatArray) -> FloatArray:
    """Edges of the cells around ascending grid points, shape (n,) to (n + 1,).

    Halfway between the points; on a logarithmic scale where that is the one they are evenly spaced
    on. The outer cells are symmetric about their points, and do not reach below zero if the points
    are positive.
    """
    positive = bool((values > 0).all())
    if len(values) == 1:
        half = 0.5 * abs(float(values[0])) or 0.5
        return np.array([values[0] - half, values[0] + half])
    if logarithmic(values):
        return np.exp(cell_edges(np.log(values)))
    middle = (values[1:] + values[:-1]) / 2
    first, last = 2 * values[0] - middle[0], 2 * values[-1] - middle[-1]
    return np.concatenate([[max(first, 0.0) if positive else first], middle, [last]])


def logarithmic(values: FloatArray) -> bool:
    """Whether ascending values are more evenly spaced on a logarithmic than on a linear scale."""
    if len(values) < 2 or not (values > 0).all():
        return False
    return _unevenness(np.log(values)) < _unevenness(values) - 1e-6


def _unevenness(values: FloatArray) -> float:
    steps = np.diff(values)
    return float(steps.std() / steps.mean())


def shown_unit(unit: str) -> str:
    """A unit as printed in a figure; empty for a pure number."""
    text = shown_text(unit.replace("angstrom", "Å"))
    return "" if text == "1" else re.sub(r"\^(-?\d+)", r"$^{\1}$", text)


def unit_of(data: xr.DataArray) -> str:
    """The unit of an array or coordinate as printed in a figure; empty for pure numbers."""
    return shown_unit(str(data.attrs.get("units", "1")))


def axis_label(name: str, unit: str) -> str:
    """What an axis shows, with its unit in brackets if it has one."""
    return with_unit(name, f"({unit})" if unit else "")


def with_unit(number: str, unit: str) -> str:
    """A number and its unit, if it has one."""
    return f"{number} {unit}" if unit else number
