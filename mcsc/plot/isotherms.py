"""The measured doping over the chemical potential, one curve a temperature: plateaus are phases."""

from __future__ import annotations

from typing import Any

import matplotlib as mpl
import numpy as np
import xarray as xr
from matplotlib.artist import Artist
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.lines import Line2D

from mcsc.plot.axes import doping_label, grid_axis
from mcsc.plot.selection import parts, shown_unit, slice_of, with_unit
from mcsc.plot.style import COLUMN, axes_for, figure_of, legend_below
from mcsc.transitions.grid import CHEMICAL_POTENTIAL

# curves that can be told apart
_CURVES = 6


def doping_isotherms(
    diagram: xr.DataTree | xr.Dataset,
    *,
    ax: Axes | None = None,
    **at: Any,
) -> Figure:
    """Draw x(μ) at some temperatures of the ladder, the coldest and the hottest among them.

    A phase that is not compressed is a plateau; where x jumps, two phases coexist.

    Parameters
    ----------
    diagram
        A diagram at fixed chemical potential, or its root.
    ax
        Where to draw; a new figure by default.
    **at
        As in :func:`mcsc.plot.phase_map`.

    Returns
    -------
    The figure, with one errorbar container a temperature, coldest first.

    Raises
    ------
    ValueError
        If the diagram is one at fixed doping, or has no such size or field.
    """
    (root,) = parts(diagram)
    if CHEMICAL_POTENTIAL not in root.dims:
        raise ValueError("this diagram is one at fixed doping: it has no isotherms x(μ)")
    chosen, _ = slice_of(root.sortby([CHEMICAL_POTENTIAL, "temperature"]), **at)
    n = chosen.sizes["temperature"]
    shown = np.unique(np.linspace(0, n - 1, min(n, _CURVES)).round().astype(int))
    colours = mpl.colormaps["cividis"](np.linspace(0.0, 0.9, len(shown)))
    unit = shown_unit(chosen["temperature"].attrs.get("units", "1"))
    potentials = chosen[CHEMICAL_POTENTIAL].values
    handles: list[Artist] = []
    with axes_for(ax, COLUMN, 3.4) as axes:
        for i, colour in zip(shown, colours, strict=True):
            here = chosen.isel(temperature=int(i))
            label = f"$T$ = {with_unit(f'{float(here.temperature):.4g}', unit)}"
            look = {"color": colour, "marker": "o", "markersize": 2.6, "linewidth": 1.0}
            values, errors = here["doping"].values, here["doping_stderr"].values
            axes.errorbar(potentials, values, errors, **look, elinewidth=0.8, label=label)
            handles.append(Line2D([], [], label=label, **look))
        grid_axis(axes, root, CHEMICAL_POTENTIAL, potentials[[0, -1]].astype(np.float64))
        axes.set_ylabel(doping_label(root))
        axes.set_title("doping measured at fixed chemical potential")
        axes.grid(axis="y", color="0.9", linewidth=0.5)
        legend_below(axes, handles, ncols=3)
    return figure_of(axes)
