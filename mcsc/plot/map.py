"""The map over doping, or another axis, and temperature, with the line T_charge and its domes."""

from typing import Any

import numpy as np
import xarray as xr
from matplotlib.artist import Artist
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.patches import Patch

from mcsc.arrays import BoolArray, FloatArray
from mcsc.files.tree import parts
from mcsc.plot.axes import (
    grid_axis,
    hatch,
    legend_in_columns,
    require_axis,
    temperature_axis,
    temperature_scale,
)
from mcsc.plot.selection import axis_label, cell_edges, nearest, shown_place, slice_of, unit_of
from mcsc.plot.style import COLUMN, MISSING, SHADES, TICKS, axes_for, figure_of, shown_text
from mcsc.plot.transition import dome_tops, transition
from mcsc.transitions.grid import CARRIER_AXES, CHEMICAL_POTENTIAL, carrier_axis


def phase_map(
    diagram: xr.DataTree | xr.Dataset,
    *,
    ax: Axes | None = None,
    variable: str = "charge_order_share",
    along: str = "doping",
    doping: float | None = None,
    reduced: bool = False,
    log: bool = False,
    **at: Any,
) -> Figure:
    """Draw one observable over doping and temperature, with T_charge(x), its errors and its domes.

    Each grid point is one cell of the map. The shape of a marker of T_charge tells the wavevector
    of the order, its colour the estimator; it is hollow where the run is too short around T_charge.
    A line joins neighbouring dopings with order at one wavevector to guide the eye. Letters mark
    the domes, listed in the legend with position, height and significance. Points that are not
    equilibrated are hatched, points that have not been run are grey.

    Parameters
    ----------
    diagram
        A diagram, or its root: without ``T_charge`` the map alone is drawn, without the groups
        ``domes`` and ``health`` no domes are, and nothing is hatched.
    ax
        Where to draw; a new figure by default.
    variable
        Name of an observable on doping and temperature; by default the charge order as a share of
        its saturation, so that orders on both sides of half filling compare.
    along
        Axis of the grid to draw over in place of doping, such as ``"pressure"``; without domes.
    doping
        Where the map is over another axis, the nearest grid point; the first by default.
    reduced
        Put the temperature in units of the Coulomb temperature on the left axis; it is on the
        right otherwise.
    log
        Logarithmic temperature axis.
    **at
        Values on the other axes of the grid: ``size``, ``field``, and further ones such as
        ``direction``; the largest size and the first of all others by default.

    Returns
    -------
    The figure; the first collection of its Axes is the map, with values (temperature, carriers).

    Raises
    ------
    ValueError
        If there is no such variable, size or field, or the Coulomb temperature is unknown.
    """
    root, domes, health = parts(diagram, "domes", "health")
    carriers = carrier_axis(root.dims)
    along = carriers if along in CARRIER_AXES else along
    require_axis(root, along)
    order = list(dict.fromkeys([carriers, along, "temperature"]))
    chosen, place = slice_of(root.sortby(order), along=along, **at)
    if along != carriers:
        here = 0 if doping is None else nearest(chosen, carriers, doping)
        chosen, place, domes = chosen.isel({carriers: here}), {**place, carriers: here}, None
    values = _values(chosen, variable, along)
    scale = temperature_scale(chosen, reduced)
    with axes_for(ax, COLUMN, 4.3) as axes:
        x = cell_edges(chosen[along].values.astype(np.float64))
        y = cell_edges(chosen["temperature"].values.astype(np.float64)) / scale
        handles = _mesh(axes, x, y, values)
        if health is not None:
            too_short = not_equilibrated(health.sortby(order), place, along)
            handles += hatch(axes, x, y, too_short, "not equilibrated")
        if "T_charge" in chosen:
            handles = transition(axes, chosen, scale, along) + handles
        tops = dome_tops(axes, domes, root, place, scale) if domes is not None else []
        grid_axis(axes, root, along, x)
        if along != carriers:
            where = shown_place(root.sortby(order), place)
            axes.set_xlabel(f"{axes.get_xlabel()}, at {where}")
        temperature_axis(axes, chosen, y, reduced=reduced, log=log)
        if handles or tops:
            legend_in_columns(axes, handles, tops)
    return figure_of(axes)


def _values(chosen: xr.Dataset, variable: str, along: str) -> xr.DataArray:
    grid = {along, "temperature"}
    fitting = [str(n) for n, v in chosen.data_vars.items() if set(v.dims) == grid]
    if variable not in fitting:
        names = ", ".join(n for n in fitting if not n.endswith("_stderr"))
        raise ValueError(f"variable '{variable}': cannot be drawn as a map; choose one of {names}")
    return chosen[variable].transpose("temperature", along)


def _mesh(ax: Axes, x: FloatArray, y: FloatArray, values: xr.DataArray) -> list[Artist]:
    """The coloured cells and their colour bar; legend entry of the missing ones."""
    data = values.values.astype(np.float64)
    known = data[np.isfinite(data)]
    lowest = 0.0 if known.size and known.min() >= 0 else None
    measured = CHEMICAL_POTENTIAL in values.coords
    # a few carriers that come and go have moments beyond those of perfect order; and an explicit
    # NaN range would warn when nothing has been run
    capped = (
        measured
        and str(values.name).startswith("charge_order")
        and known.size
        and known.max() > 1.0
    )
    highest = 1.0 if capped or not known.size else None
    mesh = ax.pcolormesh(x, y, data, cmap=SHADES, vmin=lowest, vmax=highest, rasterized=True)
    bar = ax.figure.colorbar(mesh, ax=ax, location="top", aspect=30, pad=0.02, fraction=0.06)
    meaning = shown_text(str(values.attrs.get("long_name", values.name)))
    bar.set_label(axis_label(meaning, unit_of(values)))
    bar.ax.tick_params(labelsize=TICKS)
    if known.size == data.size:
        return []
    # at fixed chemical potential there may be nothing that could order
    label = "not run, empty or full" if measured else "not run"
    return [Patch(facecolor=MISSING, edgecolor="0.5", linewidth=0.4, label=label)]


def not_equilibrated(health: xr.Dataset, place: dict[str, int], along: str) -> BoolArray:
    """(temperature, along) whether the chain of a point is too short."""
    flags = health.isel(place, missing_dims="ignore")
    converged = flags["converged"].transpose("temperature", along).values
    # points that have not been run carry no acceptance either: they are grey, not hatched
    ran = flags["tau_energy"].notnull() | flags["acceptance"].notnull().any("move")
    return np.asarray((converged == 0) & ran.transpose("temperature", along).values)
