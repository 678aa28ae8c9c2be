"""Maps of the regimes: over doping and temperature, and over field and temperature."""

from textwrap import fill
from typing import Any, Literal

import numpy as np
import xarray as xr
from matplotlib.artist import Artist
from matplotlib.axes import Axes
from matplotlib.colors import BoundaryNorm, ListedColormap
from matplotlib.figure import Figure
from matplotlib.patches import Patch

from mcsc.arrays import FloatArray
from mcsc.files.tree import parts
from mcsc.plot.axes import (
    grid_axis,
    hatch,
    legend_in_columns,
    require_axis,
    temperature_axis,
    temperature_scale,
)
from mcsc.plot.selection import cell_edges, logarithmic, nearest, shown_place, slice_of
from mcsc.plot.style import CARRIER_SYMBOLS, COLUMN, MISSING, axes_for, figure_of, legend_beside
from mcsc.plot.transition import dome_tops, onset, transition
from mcsc.transitions.grid import carrier_axis

# from Tol's schemes: distinct with every kind of colour vision, and in grey by their lightness
REGIME_COLOURS = {"insulator": "#4477AA", "collective": "#EE8866", "metal": "#F3E9B5"}
_UNDECIDED = "0.95"
# of a cell along each axis
_PARTS = 32


def regime_map(
    diagram: xr.DataTree | xr.Dataset,
    *,
    ax: Axes | None = None,
    reduced: bool = False,
    log: bool | None = None,
    **at: Any,
) -> Figure:
    """Draw the regimes over doping and temperature, with T_charge, T_collective and their domes.

    Boundaries of regimes run straight between the middles of grid points that differ; what is
    undecided keeps its cells. T_charge is drawn as by :func:`mcsc.plot.phase_map`,
    T_collective with a dashed line. Letters mark the domes of both lines, listed in the legend with
    position, height and significance. Points that are not equilibrated are hatched, points that
    have not been run are grey.

    Parameters
    ----------
    diagram
        A diagram of wells with displaced states, or its root, which has no domes.
    ax
        Where to draw; a new figure by default.
    reduced
        Put the temperature in units of the Coulomb temperature on the left axis; it is on the
        right otherwise.
    log
        Logarithmic temperature axis; by default if the temperatures are spaced so.
    **at
        Values on the other axes of the grid: ``size``, ``field``, and further ones such as
        ``direction``; the largest size and the first of all others by default.

    Returns
    -------
    The figure; the first collection of its Axes is the map, with the numbers of the regimes
    (temperature, doping), masked where undecided.

    Raises
    ------
    ValueError
        If the diagram has no regimes, no such size or field, or the Coulomb temperature is unknown.
    """
    root, domes, domes_collective = parts(diagram, "domes", "domes_collective")
    _check(root)
    along = carrier_axis(root.dims)
    chosen, place = slice_of(root.sortby([along, "temperature"]), **at)
    tables = {"charge": domes, "collective": domes_collective}
    with axes_for(ax, COLUMN, 4.3) as axes:
        regimes, lines = _map(axes, root, chosen, along, reduced, log)
        tops: list[Artist] = []
        for name, table in tables.items():
            if table is not None:
                header = rf"domes of $T_\mathrm{{{name}}}$, height/error"
                # letters go on after those of the first line, which has a header too
                first = max(len(tops) - 1, 0)
                scale = temperature_scale(chosen, reduced)
                tops += dome_tops(axes, table, root, place, scale, header=header, first=first)
        axes.set_title(_title(shown_place(root, place)))
        # regimes and lines in one column, domes in the other; without domes each has its own
        legend_in_columns(axes, *((regimes + lines, tops) if tops else (regimes, lines)))
    return figure_of(axes)


def field_map(
    diagram: xr.DataTree | xr.Dataset,
    doping: float,
    *,
    ax: Axes | None = None,
    along: str = "field",
    reduced: bool = False,
    log: bool | None = None,
    legend: Literal["below", "beside"] = "below",
    **at: Any,
) -> Figure:
    """Draw the regimes over field and temperature at one doping, with T_charge and T_collective.

    Another axis of the grid, such as a pressure, can stand in for the field.

    Parameters
    ----------
    diagram
        A diagram of wells with displaced states in several fields, or its root.
    doping
        The nearest grid point is drawn and named in the title.
    along
        Axis of the grid to draw over.
    ax, reduced, log, **at
        As in :func:`regime_map`; ``field`` where the map is over another axis.
    legend
        Where the legend goes.

    Returns
    -------
    The figure; the first collection of its Axes is the map, with the numbers of the regimes
    (temperature, along), masked where undecided.

    Raises
    ------
    ValueError
        If the diagram has no regimes, one field only, or the doping lies outside the scan.
    """
    (root,) = parts(diagram)
    _check(root)
    if along == "field" and "field" not in root.dims:
        raise ValueError("the diagram has one field only: give several under scan.field")
    require_axis(root, along)
    sliced, place = slice_of(root.sortby([along, "temperature"]), along=along, **at)
    carriers = carrier_axis(root.dims)
    chosen = sliced.isel({carriers: nearest(sliced, carriers, doping)})
    with axes_for(ax, COLUMN, 3.6) as axes:
        regimes, lines = _map(axes, root, chosen, along, reduced, log)
        fixed = f"{CARRIER_SYMBOLS[carriers]} = {float(chosen[carriers]):.4g}"
        axes.set_title(_title(fixed, shown_place(root, place)))
        if legend == "beside":
            legend_beside(axes, regimes + lines)
        else:
            legend_in_columns(axes, regimes, lines)
    return figure_of(axes)


def _check(root: xr.Dataset) -> None:
    if "regime" not in root:
        raise ValueError(
            "no regimes in this diagram: run it with displaced states, e.g. "
            'wells.states = "vertices"'
        )


def _title(*where: str) -> str:
    """Where on the grid, in lines that fit a column."""
    return fill(" at ".join(filter(None, ["regimes", ", ".join(filter(None, where))])), 44)


def _map(
    ax: Axes, root: xr.Dataset, chosen: xr.Dataset, along: str, reduced: bool, log: bool | None
) -> tuple[list[Artist], list[Artist]]:
    """The cells and both lines of a slice on their axes; legend entries of each."""
    scale = temperature_scale(chosen, reduced)
    temperatures = chosen["temperature"].values.astype(np.float64)
    x = cell_edges(chosen[along].values.astype(np.float64))
    y = cell_edges(temperatures) / scale
    handles = _regimes(ax, x, y, chosen, along)
    lines = transition(ax, chosen, scale, along) + onset(ax, chosen, scale, along)
    grid_axis(ax, root, along, x)
    log = logarithmic(temperatures) if log is None else log
    temperature_axis(ax, chosen, y, reduced=reduced, log=log)
    return handles, lines


def _regimes(
    ax: Axes, x: FloatArray, y: FloatArray, chosen: xr.Dataset, along: str
) -> list[Artist]:
    """Coloured, hatched and grey cells; legend entries of those regimes that are there."""
    flags = chosen["regime"].transpose("temperature", along)
    ran = chosen["energy"].notnull().transpose("temperature", along).values
    number = {name: i for i, name in enumerate(str(flags.attrs["flag_meanings"]).split())}
    order = sorted(REGIME_COLOURS, key=number.__getitem__)
    known = np.isin(flags.values, [number[name] for name in order])
    limits = [number[order[0]] - 0.5, *(number[name] + 0.5 for name in order)]
    colours = ListedColormap([REGIME_COLOURS[name] for name in order]).with_extremes(bad=MISSING)
    ax.pcolormesh(
        x, y, np.ma.masked_where(~known, flags.values), cmap=colours,
        norm=BoundaryNorm(limits, len(order)), rasterized=True,
    )  # fmt: skip
    rim: dict[str, Any] = {"edgecolor": "0.5", "linewidth": 0.4}
    handles: list[Artist] = [
        Patch(facecolor=REGIME_COLOURS[name], label=name, **rim)
        for name in order
        if (flags.values == number[name]).any()
    ]
    if min(flags.shape) > 1:
        fine = _interpolated(np.where(known, flags.values, 0), len(order))
        fine_x, fine_y = _split(x), _split(y)
        ax.pcolormesh(
            fine_x, fine_y, np.ma.masked_where(fine == 0, fine), cmap=colours,
            norm=BoundaryNorm(limits, len(order)), rasterized=True, label="interpolated",
        )  # fmt: skip
    light = ListedColormap([_UNDECIDED])
    ax.pcolormesh(x, y, np.ma.masked_where(known | ~ran, flags.values), cmap=light, rasterized=True)
    handles += hatch(ax, x, y, ~known & ran, "undecided")
    if not ran.all():
        handles.append(Patch(facecolor=MISSING, label="not run", **rim))
    return handles


def _split(edges: FloatArray) -> FloatArray:
    """Edges of the parts of cells, their middles among them."""
    parts = np.linspace(0.0, 1.0, _PARTS, endpoint=False)
    return np.append((edges[:-1, None] + np.diff(edges)[:, None] * parts).ravel(), edges[-1])


def _interpolated(numbers: Any, most: int) -> Any:
    """Numbers of regimes on parts of the cells (temperature, along); 0 where one is undecided.

    In every column the distance to the boundary of each regime is known, positive inside. Between
    the middles of columns it is interpolated, and the largest wins: boundaries become straight.
    """
    rows, columns = numbers.shape
    heights = (np.arange(rows * _PARTS) + 0.5) / _PARTS
    distance = np.stack([_distances(numbers, j, most, heights) for j in range(columns)])
    at = np.clip((np.arange(columns * _PARTS) + 0.5) / _PARTS - 0.5, 0, columns - 1)
    low = np.minimum(at.astype(int), max(columns - 2, 0))
    part = (at - low)[:, None, None]
    between = distance[low] * (1 - part) + distance[np.minimum(low + 1, columns - 1)] * part
    own = np.repeat(np.repeat(numbers, _PARTS, axis=0), _PARTS, axis=1)
    return np.where(own > 0, 1 + between.argmax(axis=1).T, 0)


def _distances(numbers: Any, j: int, most: int, heights: FloatArray) -> FloatArray:
    """(regimes, heights) rows to the boundary of each regime in a column, positive inside."""
    column = numbers[:, j]
    rows, decided = len(column), np.flatnonzero(column)
    found = np.full((most, len(heights)), -1e6)
    if len(decided) == 0:
        return found
    # what is undecided goes with the nearest that is not: no boundary lies there
    filled = column[decided[np.abs(np.arange(rows)[:, None] - decided).argmin(axis=1)]]
    for number in range(1, most + 1):
        here = filled == number
        edges = np.flatnonzero(here[1:] != here[:-1]) + 1
        inside = here[np.minimum(heights.astype(int), rows - 1)]
        if len(edges):
            away = np.abs(heights[:, None] - edges).min(axis=1)
            found[number - 1] = np.where(inside, away, -away)
        elif not here.any():
            # half a row beside where the next columns have it: it ends before this one
            beside = numbers[:, max(j - 1, 0) : j + 2] == number
            at = np.flatnonzero(beside.any(axis=1)) + 0.5
            if len(at):
                away = np.abs(heights[:, None] - at).min(axis=1)
                found[number - 1] = -0.5 - np.maximum(away - 0.5, 0.0)
    whole = filled[0] if (filled == filled[0]).all() else 0
    if whole:
        found[whole - 1] = -np.delete(found, whole - 1, axis=0).max(axis=0)
    return found
