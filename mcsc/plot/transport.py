"""Resistivity over temperature, current over field, and the loss over frequency."""

from typing import Any

import matplotlib as mpl
import numpy as np
import xarray as xr
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from mcsc.files.tree import as_in_a_task
from mcsc.plot.axes import field_axis
from mcsc.plot.selection import (
    axis_label,
    group,
    nearest,
    shown_place,
    slice_of,
    unit_of,
    with_unit,
)
from mcsc.plot.style import PAGE, STYLE, Page, legend_below, shown_text

# curves of a panel, spread over what there is
_MOST = 8
_DOTS: dict[str, Any] = {
    "markersize": 3.4, "markeredgewidth": 0.7, "linewidth": 0.9, "elinewidth": 0.8, "capsize": 1.6,
}  # fmt: skip


def transport_figure(
    tree: xr.DataTree,
    *,
    doping: float | None = None,
    temperature: float | None = None,
    **at: Any,
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
    rows = _some(found.sizes["doping"])
    for row, colour in zip(rows, _colours(len(rows), "viridis"), strict=True):
        at = found.isel(doping=row)
        name = f"$x$ = {float(at['doping']):.4g}"
        for field in range(min(2, found.sizes["field"])):
            here = at.isel(field=field)
            filled = {"markerfacecolor": "white", "linestyle": "none"} if field else {}
            _errorbar(ax, at["temperature"], here, "resistivity", colour, "" if field else name,
                      marker="s" if field else "o", **filled)  # fmt: skip
    ax.set_yscale("log")
    ax.set_xlabel(_label(found["temperature"], "temperature", r"$k_\mathrm{B}T$"))
    ax.set_ylabel(_label(found["resistivity"], "resistivity", "$R$"))
    _legend(ax)


def _current(ax: Axes, one: xr.Dataset) -> None:
    ax.axhline(0.0, color="0.8", linewidth=0.6, zorder=0)
    for row, colour, name in _temperatures(one):
        at = one.isel(temperature=row)
        _errorbar(ax, at["field"], at, "current_density", colour, name, marker="o")
        loose = float(at["depinning_field"])
        if np.isfinite(loose):
            ax.errorbar(loose, 0.0, xerr=float(at["depinning_field_stderr"]), color=colour,
                        marker="D", markerfacecolor="white", linestyle="none", zorder=4,
                        label=f"_depinning {name}", **_DOTS)  # fmt: skip
    field_axis(ax, one)
    ax.set_ylabel(_label(one["current_density"], "current density", "$J$"))
    _legend(ax)


def _response(ax: Axes, one: xr.Dataset) -> None:
    for row, colour, name in _temperatures(one):
        at = one.isel(temperature=row)
        _errorbar(ax, at["frequency"], at, "susceptibility_loss", colour, name, marker="o")
        _errorbar(ax, at["frequency"], at, "susceptibility", colour, "", marker="s",
                  markerfacecolor="white", linestyle=(0, (3, 1.5)))  # fmt: skip
    ax.set_xscale("log")
    # a real part that is noise around zero has no place on it
    ax.set_yscale("log", nonpositive="clip")
    loss = one["susceptibility_loss"].values
    known = loss[np.isfinite(loss) & (loss > 0)]
    if known.size:
        ax.set_ylim(0.3 * known.min(), 3 * known.max())
    ax.set_xlabel(_label(one["frequency"], "angular frequency", r"$\omega$"))
    ax.set_ylabel(_label(one["susceptibility"], r"$\chi''$ (filled), $\chi'$ (open)", ""))
    _legend(ax)


def _errorbar(
    ax: Axes, x: xr.DataArray, at: xr.Dataset, name: str, colour: Any, label: str, **look: Any
) -> None:
    values, errors = at[name].values, at[f"{name}_stderr"].values
    ax.errorbar(x.values, values, errors, color=colour, label=label or f"_{name}",
                **{"linestyle": "-", **_DOTS, **look})  # fmt: skip


def _temperatures(one: xr.Dataset) -> list[tuple[int, Any, str]]:
    rows = _some(one.sizes["temperature"])
    unit = unit_of(one["temperature"])
    values = [f"{float(one['temperature'][row]):.3g}" for row in rows]
    names = [f"$T$ = {with_unit(value, unit)}" for value in values]
    return list(zip(rows, _colours(len(rows), "plasma"), names, strict=True))


def _some(n: int) -> list[int]:
    return sorted({round(i) for i in np.linspace(0, n - 1, min(n, _MOST)).tolist()})


def _colours(n: int, name: str) -> list[Any]:
    return list(mpl.colormaps[name](np.linspace(0.0, 0.85, n)))


def _label(data: xr.DataArray, name: str, symbol: str) -> str:
    return axis_label(f"{name} {symbol}".strip(), shown_text(unit_of(data)))


def _legend(ax: Axes) -> None:
    handles, labels = ax.get_legend_handles_labels()
    shown = [h for h, label in zip(handles, labels, strict=True) if not label.startswith("_")]
    legend_below(ax, shown, ncols=2)
