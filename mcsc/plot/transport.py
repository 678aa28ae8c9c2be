"""Resistivity over temperature, current over field, and the loss over frequency."""

from typing import Any

import matplotlib as mpl
import numpy as np
import xarray as xr
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from mcsc.files.tree import as_in_a_task, group
from mcsc.plot.axes import field_axis
from mcsc.plot.curves import DOTS, colours, curve_legend, error_bars, label_of, some, temperatures
from mcsc.plot.selection import nearest, shown_place, slice_of
from mcsc.plot.style import PAGE, STYLE, Page


def transport_figure(
    tree: xr.DataTree, *, doping: float | None = None, temperature: float | None = None, **at: Any
) -> Figure:
    """Draw what kinetic Monte Carlo found.

    Left, the resistivity of every doping over temperature: filled from fluctuations at zero field,
    open from the current in the lowest field. In the middle the current over the field at one
    doping, with a diamond where carriers come loose. Right, where frequencies were asked for, the
    ac susceptibility there: its loss filled, its real part open and dashed.

    Parameters
    ----------
    tree
        A diagram with ``transport``.
    doping
        Of the curves in the middle and on the right, the nearest one; by default the first.
    temperature
        The only one of these curves, the nearest; by default all.
    **at
        As in :func:`mcsc.plot.phase_map`.

    Raises
    ------
    ValueError
        If the diagram has no such group, or a value lies outside the scan.
    """
    whole = as_in_a_task(group(tree, "transport"), "transport")
    found, place = slice_of(whole, along="field", **at)
    one = found.isel(doping=0 if doping is None else nearest(found, "doping", doping))
    if temperature is not None:
        one = one.isel(temperature=[nearest(one, "temperature", temperature)])
    driven, ac = found.sizes["field"] > 1, "susceptibility" in found
    with mpl.rc_context(STYLE):
        page = Page(PAGE, 3.1)
        panels = page.subplots(1, 1 + driven + ac, squeeze=False)[0]
        _resistivity(panels[0], found)
        if driven:
            _current(panels[1], one)
        if ac:
            _response(panels[-1], one)
        for ax in panels[1:]:
            parts = [f"$x$ = {float(one['doping']):.4g}", shown_place(whole, place)]
            ax.set_title(", ".join(filter(None, parts)))
    return page


def _resistivity(ax: Axes, found: xr.Dataset) -> None:
    rows = some(found.sizes["doping"])
    for row, colour in zip(rows, colours(len(rows), "viridis"), strict=True):
        at = found.isel(doping=row)
        name = f"$x$ = {float(at['doping']):.4g}"
        for field in range(min(2, found.sizes["field"])):
            here = at.isel(field=field)
            filled = {"markerfacecolor": "white", "linestyle": "none"} if field else {}
            error_bars(ax, at["temperature"], here, "resistivity", colour, "" if field else name,
                      marker="s" if field else "o", **filled)  # fmt: skip
    ax.set_yscale("log")
    ax.set_xlabel(label_of(found["temperature"], "temperature", r"$k_\mathrm{B}T$"))
    ax.set_ylabel(label_of(found["resistivity"], "resistivity", "$R$"))
    curve_legend(ax)


def _current(ax: Axes, one: xr.Dataset) -> None:
    ax.axhline(0.0, color="0.8", linewidth=0.6, zorder=0)
    for row, colour, name in temperatures(one):
        at = one.isel(temperature=row)
        error_bars(ax, at["field"], at, "current_density", colour, name, marker="o")
        loose = float(at["depinning_field"])
        if np.isfinite(loose):
            ax.errorbar(loose, 0.0, xerr=float(at["depinning_field_stderr"]), color=colour,
                        marker="D", markerfacecolor="white", linestyle="none", zorder=4,
                        label=f"_depinning {name}", **DOTS)  # fmt: skip
    field_axis(ax, one)
    ax.set_ylabel(label_of(one["current_density"], "current density", "$J$"))
    curve_legend(ax)


def _response(ax: Axes, one: xr.Dataset) -> None:
    for row, colour, name in temperatures(one):
        at = one.isel(temperature=row)
        error_bars(ax, at["frequency"], at, "susceptibility_loss", colour, name, marker="o")
        error_bars(ax, at["frequency"], at, "susceptibility", colour, "", marker="s",
                  markerfacecolor="white", linestyle=(0, (3, 1.5)))  # fmt: skip
    ax.set_xscale("log")
    # a real part that is noise around zero has no place on it
    ax.set_yscale("log", nonpositive="clip")
    loss = one["susceptibility_loss"].values
    known = loss[np.isfinite(loss) & (loss > 0)]
    if known.size:
        ax.set_ylim(0.3 * known.min(), 3 * known.max())
    ax.set_xlabel(label_of(one["frequency"], "angular frequency", r"$\omega$"))
    ax.set_ylabel(label_of(one["susceptibility"], r"$\chi''$ (filled), $\chi'$ (open)", ""))
    curve_legend(ax)
