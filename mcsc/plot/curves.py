"""Curves with error bars over one axis, one for every temperature or doping."""

from typing import Any

import matplotlib as mpl
import numpy as np
import xarray as xr
from matplotlib.axes import Axes

from mcsc.plot.selection import axis_label, unit_of, with_unit
from mcsc.plot.style import legend_below, shown_text

# curves of a panel, spread over what there is
_MOST = 8
DOTS: dict[str, Any] = {
    "markersize": 3.4, "markeredgewidth": 0.7, "linewidth": 0.9, "elinewidth": 0.8, "capsize": 1.6,
}  # fmt: skip


def error_bars(
    ax: Axes, x: xr.DataArray, at: xr.Dataset, name: str, colour: Any, label: str, **look: Any
) -> None:
    """Draw a variable of ``at`` with its errors over ``x``; without a label not in the legend."""
    values, errors = at[name].values, at[f"{name}_stderr"].values
    ax.errorbar(x.values, values, errors, color=colour, label=label or f"_{name}",
                **{"linestyle": "-", **DOTS, **look})  # fmt: skip


def temperatures(one: xr.Dataset) -> list[tuple[int, Any, str]]:
    """Index, colour and label of the temperatures that get a curve."""
    rows = some(one.sizes["temperature"])
    unit = unit_of(one["temperature"])
    values = [f"{float(one['temperature'][row]):.3g}" for row in rows]
    names = [f"$T$ = {with_unit(value, unit)}" for value in values]
    return list(zip(rows, colours(len(rows), "plasma"), names, strict=True))


def some(n: int) -> list[int]:
    """Indices of at most eight of n, ends included."""
    return sorted({round(i) for i in np.linspace(0, n - 1, min(n, _MOST)).tolist()})


def colours(n: int, name: str) -> list[Any]:
    """That many colours of a map, without its bright end."""
    return list(mpl.colormaps[name](np.linspace(0.0, 0.85, n)))


def label_of(data: xr.DataArray, name: str, symbol: str) -> str:
    """Label of an axis with the unit of what it shows."""
    return axis_label(f"{name} {symbol}".strip(), shown_text(unit_of(data)))


def curve_legend(ax: Axes) -> None:
    """Legend below the panel, of what has a label."""
    handles, labels = ax.get_legend_handles_labels()
    shown = [h for h, label in zip(handles, labels, strict=True) if not label.startswith("_")]
    legend_below(ax, shown, ncols=2)
