"""Capacitance over temperature, and what a field does to the planes of a slab."""

from typing import Any

import matplotlib as mpl
import xarray as xr
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from mcsc.files.tree import parts
from mcsc.plot.curves import colours, curve_legend, error_bars, label_of, some, temperatures
from mcsc.plot.selection import axis_label, nearest, shown_place, slice_of, unit_of
from mcsc.plot.style import PAGE, STYLE, Page
from mcsc.transitions.grid import DOPING, carrier_axis

_OPEN: dict[str, Any] = {"marker": "s", "markerfacecolor": "white", "linestyle": "none"}
_DASHED: dict[str, Any] = {"linestyle": (0, (3, 1.5)), "linewidth": 0.9}


def capacitance_figure(
    diagram: xr.DataTree | xr.Dataset,
    *,
    doping: float | None = None,
    temperature: float | None = None,
    **at: Any,
) -> Figure:
    """Draw what displaced carriers store in a field.

    Left, the capacitance of every doping over temperature: filled C_x, along the field, and open
    C_yz, across it, both components together; dashed C_x of free carriers. Of a slab, at one
    doping: in the middle the field that its carriers make in each plane, against the one applied;
    right, how far each plane follows a field on the first one alone, which at the last plane is
    E_out/E_in.

    Parameters
    ----------
    diagram
        A diagram of wells with displaced states, or its root.
    doping
        Of the planes, the nearest one; by default the first.
    temperature
        The only one of these, the nearest; by default all.
    **at
        As in :func:`mcsc.plot.phase_map`.

    Raises
    ------
    ValueError
        If there is no capacitance, or a value lies outside the scan.
    """
    (root,) = parts(diagram)
    if "capacitance_parallel" not in root:
        raise ValueError("no capacitance: the wells of this diagram have no displaced states")
    found, place = slice_of(root, along=carrier_axis(root.dims), **at)
    carriers = carrier_axis(found.dims)
    one = found.isel({carriers: 0 if doping is None else nearest(found, carriers, doping)})
    if temperature is not None:
        one = one.isel(temperature=[nearest(one, "temperature", temperature)])
    slab = "plane" in found.dims
    with mpl.rc_context(STYLE):
        page = Page(PAGE, 3.1)
        panels = page.subplots(1, 1 + 2 * slab, squeeze=False)[0]
        _capacitance(panels[0], found, carriers)
        panels[0].set_title(shown_place(root, place))
        if slab:
            _field(panels[1], one)
            _response(panels[2], one)
            for ax in panels[1:]:
                ax.set_title(f"{_symbol(carriers)} = {float(one[carriers]):.4g}")
                ax.set_xlabel("plane along the open axis")
                ax.set_xticks(one["plane"].values)
    return page


def _symbol(carriers: str) -> str:
    return "$x$" if carriers == DOPING else r"$\mu$"


def _capacitance(ax: Axes, found: xr.Dataset, carriers: str) -> None:
    rows, t = some(found.sizes[carriers]), found["temperature"]
    for row, colour in zip(rows, colours(len(rows), "viridis"), strict=True):
        at = found.isel({carriers: row})
        name = f"{_symbol(carriers)} = {float(at[carriers]):.4g}"
        error_bars(ax, t, at, "capacitance_parallel", colour, name, marker="o")
        if (at["capacitance_transverse"] > 0).any():
            error_bars(ax, t, at, "capacitance_transverse", colour, "", **_OPEN)
        if "capacitance_parallel_free" in at:
            free = at["capacitance_parallel_free"]
            ax.plot(t, free, color=colour, label=f"_free {name}", **_DASHED)
    ax.set_ylim(bottom=0.0)
    ax.set_xlabel(label_of(t, "temperature", r"$k_\mathrm{B}T$"))
    unit = unit_of(found["capacitance_parallel"])
    ax.set_ylabel(axis_label("$C_x$ (filled), $C_{yz}$ (open), free (dashed)", unit))
    curve_legend(ax)


def _field(ax: Axes, one: xr.Dataset) -> None:
    ax.axhline(0.0, color="0.8", linewidth=0.6, zorder=0)
    for row, colour, name in temperatures(one):
        error_bars(ax, one["plane"], one.isel(temperature=row), "plane_field", colour, name,
                   marker="o")  # fmt: skip
    ax.set_ylabel(label_of(one["plane_field"], "field of the carriers", ""))
    curve_legend(ax)


def _response(ax: Axes, one: xr.Dataset) -> None:
    for level in (0.0, 1.0):
        ax.axhline(level, color="0.8", linewidth=0.6, zorder=0)
    known = one["plane_response"].notnull().any("plane").values
    for row, colour, name in temperatures(one):
        if known[row]:
            error_bars(ax, one["plane"], one.isel(temperature=row), "plane_response", colour, name,
                       marker="o")  # fmt: skip
    ax.set_ylabel("response to a field on plane 1")
    curve_legend(ax)
