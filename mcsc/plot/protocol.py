"""Displacement against field, as the field is raised, lowered, there while cooling, or removed."""

from collections.abc import Sequence
from typing import Any

import matplotlib as mpl
import numpy as np
import xarray as xr
from matplotlib.artist import Artist
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.lines import Line2D

from mcsc.files.tree import as_in_a_task, group
from mcsc.plot.axes import field_axis, legend_in_columns
from mcsc.plot.selection import nearest, shown_place, slice_of, unit_of, with_unit
from mcsc.plot.style import BLUE, COLUMN, GREEN, ORANGE, VERMILION, axes_for, figure_of

# label, marker, line, colour where there is one temperature
_BRANCHES: dict[str, tuple[str, str, Any, str]] = {
    "forward": ("field raised", ">", "-", BLUE),
    "backward": ("field lowered", "<", (0, (4, 1.5)), VERMILION),
    "field_cooled": ("cooled in the field", "o", (0, (1, 1.2)), GREEN),
    "field_removed": ("removed after cooling in it", "s", "none", ORANGE),
}


def field_loop(
    tree: xr.DataTree,
    doping: float,
    temperature: float | Sequence[float],
    *,
    ax: Axes | None = None,
    **at: Any,
) -> Figure:
    """Draw the mean displacement along the field against the field, for every branch.

    Displacements are over the largest of a state. The marker tells the branch; the colour the
    branch too, or the temperature where there are several. The branch after removal of the field
    is drawn over the field that the carriers were cooled in. A diamond marks the threshold field of
    a branch on its curve, with its error along the field.

    Parameters
    ----------
    tree
        A diagram with ``protocols``.
    doping, temperature
        The nearest grid points are drawn and named; one temperature or several.
    ax
        Where to draw; a new figure by default.
    **at
        As in :func:`mcsc.plot.phase_map`.

    Returns
    -------
    The figure; its errorbar containers are labelled with branch and temperature. A dotted line is
    what carriers do that do not repel each other.

    Raises
    ------
    ValueError
        If a point lies outside the scan or has not been run.
    """
    protocols = as_in_a_task(group(tree, "protocols"))
    sliced, place = slice_of(protocols.sortby("field"), along="field", **at)
    point = sliced.isel(doping=nearest(sliced, "doping", doping))
    asked = list(temperature) if isinstance(temperature, Sequence) else [temperature]
    # several temperatures asked for may be one on the grid
    rows = sorted({nearest(point, "temperature", t) for t in asked})
    if not point["displacement_parallel"].isel(temperature=rows).notnull().any():
        raise ValueError(f"no protocol at doping {float(point['doping']):g}: it has not been run")
    with axes_for(ax, COLUMN, 3.2) as axes:
        axes.axhline(0.0, color="0.8", linewidth=0.6, zorder=0)
        for row, colour in zip(rows, _temperature_colours(len(rows)), strict=True):
            _free_carriers(axes, point.isel(temperature=row), colour)
            for name in _branches(point):
                _branch(axes, point.isel(temperature=row).sel(branch=name), name, colour)
        field_axis(axes, point)
        axes.set_ylabel(r"mean displacement $U_\parallel/\delta$")
        parts = [f"$x$ = {float(point['doping']):.4g}"]
        parts += [_temperature(point, rows[0])] if len(rows) == 1 else []
        axes.set_title(", ".join([*parts, *filter(None, [shown_place(protocols, place)])]))
        _legend(axes, point, rows)
    return figure_of(axes)


def _branches(point: xr.Dataset) -> list[str]:
    """Those branches that have a look, in the order they are run."""
    there = set(point["branch"].values.astype(str).tolist())
    return [name for name in _BRANCHES if name in there]


def _temperature_colours(n: int) -> list[Any]:
    """Colours of several temperatures, cold ones dark; None for one."""
    return [None] if n == 1 else list(mpl.colormaps["plasma"](np.linspace(0.0, 0.8, n)))


def _temperature(point: xr.Dataset, row: int) -> str:
    unit = unit_of(point["temperature"])
    number = f"{float(point['temperature'][row]):.4g}"
    return f"$T$ = {with_unit(number, unit)}"


def _branch(ax: Axes, curve: xr.Dataset, name: str, colour: Any) -> None:
    """One curve with errors, and its threshold field."""
    _, marker, line, own = _BRANCHES[name]
    colour = own if colour is None else colour
    delta = float(curve["displacement_largest"])
    fields = curve["field"].values
    u = curve["displacement_parallel"].values / delta
    ax.errorbar(
        fields, u, curve["displacement_parallel_stderr"].values / delta,
        marker=marker, markersize=3.6, linestyle=line, linewidth=0.9, color=colour,
        markeredgecolor="white", markeredgewidth=0.3, elinewidth=0.8, capsize=1.8, capthick=0.8,
        label=f"{name} T = {float(curve['temperature']):.4g}",
    )  # fmt: skip
    threshold = float(curve["threshold_field"]) if "threshold_field" in curve else np.nan
    if np.isfinite(threshold):
        known = np.isfinite(u)
        ax.errorbar(
            threshold, np.interp(threshold, fields[known], u[known]),
            xerr=float(curve["threshold_field_stderr"]), color=colour, elinewidth=1.2,
            capsize=2.6, capthick=1.2, zorder=4, label=f"threshold {name}", **_DIAMOND,
        )  # fmt: skip


def _free_carriers(ax: Axes, curve: xr.Dataset, colour: Any) -> None:
    """The displacement of carriers that do not repel each other, in the fields applied."""
    if "displacement_parallel_free" in curve:
        u = curve["displacement_parallel_free"].values / float(curve["displacement_largest"])
        ax.plot(curve["field"].values, u, color="black" if colour is None else colour,
                label="free carriers", **_DOTTED)  # fmt: skip


_DOTTED: dict[str, Any] = {"linestyle": (0, (1, 1.2)), "linewidth": 1.1, "zorder": 1.5}
_DIAMOND: dict[str, Any] = {
    "marker": "D", "linestyle": "none", "markersize": 5.4, "markerfacecolor": "white",
    "markeredgewidth": 1.3,
}  # fmt: skip


def _legend(ax: Axes, point: xr.Dataset, rows: list[int]) -> None:
    several = len(rows) > 1
    branches: list[Artist] = []
    for name in _branches(point):
        label, marker, line, own = _BRANCHES[name]
        look = {"marker": marker, "markersize": 3.6, "linestyle": line, "linewidth": 0.9}
        branches.append(Line2D([], [], color="0.3" if several else own, label=label, **look))
    others: list[Artist] = []
    if "displacement_parallel_free" in point:
        colour = "0.3" if several else "black"
        branches.append(Line2D([], [], color=colour, label="free carriers", **_DOTTED))
    if several:
        for row, colour in zip(rows, _temperature_colours(len(rows)), strict=True):
            others.append(
                Line2D([], [], color=colour, linewidth=2.4, label=_temperature(point, row))
            )
    if any(str(c.get_label()).startswith("threshold") for c in ax.containers):
        others.append(Line2D([], [], color="0.3", label="threshold field", **_DIAMOND))
    legend_in_columns(ax, branches, others)
