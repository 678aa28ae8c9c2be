"""The lines T_charge and T_collective with their errors, and the tops of their domes, on a map."""

from string import ascii_uppercase
from typing import Any

import numpy as np
import xarray as xr
from matplotlib.artist import Artist
from matplotlib.axes import Axes
from matplotlib.lines import Line2D

from mcsc.arrays import FloatArray
from mcsc.plot.selection import unit_of, with_unit
from mcsc.plot.style import (
    CARRIER_SYMBOLS,
    GREEN,
    PINK,
    SKY,
    VERMILION,
    outline,
    shown_wavevector,
    shown_with_error,
)
from mcsc.transitions.excess import baseline
from mcsc.transitions.grid import carrier_axis
from mcsc.variables import flag_names

_MARKERS = "osD^vPXp*h"
# by the flag meanings of T_charge_method
_COLOURS = {"susceptibility_peak": SKY, "specific_heat_peak": PINK, "binder_crossing": VERMILION}
_OTHER = "white"
_ONSET = GREEN
_ONSET_MARKERS = {"response_peak": "d", "half_transmission": "X", "binder_crossing": "P"}
_STATISTICAL, _BOTH = "bars: statistical error, one size", "bars: statistics and size of the cell"
_BAR: dict[str, Any] = {"marker": "|", "linestyle": "none", "color": "black", "markersize": 8.0}


def transition(ax: Axes, chosen: xr.Dataset, scale: float, along: str = "doping") -> list[Artist]:
    """T_charge over doping or field with error bars; legend entries.

    One errorbar container for each look.
    """
    found = chosen.isel({along: np.flatnonzero(np.isfinite(chosen["T_charge"].values))})
    if found.sizes[along] == 0:
        return []
    waves = np.round(found["T_charge_wavevector"].transpose(along, "hkl").values, 6)
    distinct, which = np.unique(waves, axis=0, return_inverse=True)
    which = which.reshape(-1)
    methods = list(map(str, flag_names(found["T_charge_method"])))
    converged = found["T_charge_converged"].values.astype(bool)
    errors, said = _bars(found, "T_charge")
    _guides(ax, chosen, scale, along)
    for wave in range(len(distinct)):
        for method in sorted(set(methods)):
            for ok in (True, False):
                colour = _COLOURS.get(method, _OTHER)
                here = (which == wave) & (np.array(methods) == method) & (converged == ok)
                if not here.any():
                    continue
                ax.errorbar(
                    found[along].values[here],
                    found["T_charge"].values[here] / scale,
                    errors[here] / scale,
                    **_look(_MARKERS[wave % len(_MARKERS)], colour, ok),
                    ecolor="black", elinewidth=0.9, capsize=2.2, capthick=0.9, zorder=4,
                    label=f"T_charge {shown_wavevector(distinct[wave])} {method}",
                )  # fmt: skip
    return [*_transition_legend(distinct, methods, bool((~converged).any())), said]


def _bars(chosen: xr.Dataset, line: str) -> tuple[FloatArray, Artist]:
    """Lengths of the error bars of a line, and a legend entry that says which error they are."""
    errors, name = chosen[f"{line}_stderr"].values, f"{line}_stderr_size"
    size = chosen[name].values if name in chosen else np.full(errors.shape, np.nan)
    text = _BOTH if np.isfinite(size).any() else _STATISTICAL
    return np.hypot(errors, np.nan_to_num(size)), Line2D([], [], linestyle="none", label=text)


def _look(marker: str, colour: str, filled: bool = True) -> dict[str, Any]:
    """A marker filled with its colour, or hollow with a rim of that colour."""
    return {
        "marker": marker, "linestyle": "none", "markersize": 4.6,
        "markeredgewidth": 0.9 if filled else 1.5,
        "markerfacecolor": colour if filled else "white",
        "markeredgecolor": "black" if filled else colour,
        "path_effects": outline(1.8 if filled else 2.6),
    }  # fmt: skip


def _by(line: str, method: str) -> str:
    """A line and its estimator, for the legend."""
    return rf"$T_\mathrm{{{line}}}$, {method.replace('_', ' ').replace('binder', 'Binder')}"


def _guides(ax: Axes, chosen: xr.Dataset, scale: float, along: str) -> None:
    """Lines through neighbouring points that order at one wavevector."""
    x, t = chosen[along].values, chosen["T_charge"].values / scale
    waves = chosen["T_charge_wavevector"].transpose(along, "hkl").values
    for i in range(len(x) - 1):
        if np.isfinite(t[i : i + 2]).all() and np.allclose(waves[i], waves[i + 1], atol=1e-6):
            ax.plot(x[i : i + 2], t[i : i + 2], color="black", linewidth=0.8, zorder=3,
                    path_effects=outline(1.8))  # fmt: skip


def _transition_legend(distinct: FloatArray, methods: list[str], hollow: bool) -> list[Artist]:
    several = len(set(methods)) > 1
    handles: list[Artist] = []
    for name in sorted(set(methods), reverse=True):
        # with one estimator there is no colour to explain: the error bar stands for it
        look = _look("o", _COLOURS.get(name, _OTHER)) if several else _BAR
        handles.append(Line2D([], [], label=_by("charge", name), **look))
    for i, wave in enumerate(distinct):
        face = "0.75" if several else _COLOURS.get(methods[0], _OTHER)
        look = _look(_MARKERS[i % len(_MARKERS)], face)
        handles.append(Line2D([], [], label=f"order at $q$ = {shown_wavevector(wave)}", **look))
    if hollow:
        handles.append(Line2D([], [], label="run too short there", **_look("o", "0.4", False)))
    return handles


def onset(ax: Axes, chosen: xr.Dataset, scale: float, along: str = "doping") -> list[Artist]:
    """T_collective over doping or field with error bars; legend entries.

    One errorbar container for each look; the shape of a marker tells the estimator, and it is
    hollow where the run is too short. A dashed line joins neighbouring points, a dotted one those
    of free carriers, by the same estimator.
    """
    free = _free_carriers(ax, chosen, scale, along)
    x, t = chosen[along].values, chosen["T_collective"].values / scale
    errors, said = _bars(chosen, "T_collective")
    errors = errors / scale
    methods = flag_names(chosen["T_collective_method"])
    converged = chosen["T_collective_converged"].values.astype(bool)
    known = np.isfinite(t)
    if not known.any():
        return free
    # broken where a point between has none
    ax.plot(x, t, color=_ONSET, linestyle=(0, (3, 1.5)), linewidth=1.1, zorder=3,
            path_effects=outline(2.2), label="_onset")  # fmt: skip
    handles: list[Artist] = []
    for method, marker in _ONSET_MARKERS.items():
        label = _by("collective", method)
        if (known & (methods == method)).any():
            handles.append(Line2D([], [], label=label, **_look(marker, _ONSET)))
        for ok in (True, False):
            here = known & (methods == method) & (converged == ok)
            if here.any():
                ax.errorbar(
                    x[here], t[here], errors[here], **_look(marker, _ONSET, ok), ecolor="black",
                    elinewidth=0.9, capsize=2.2, capthick=0.9, zorder=4,
                    label=f"T_collective {method}",
                )  # fmt: skip
    if (known & ~converged).any():
        look = _look("d", _ONSET, False)
        handles.append(Line2D([], [], label="run too short there", **look))
    return [*handles, *free, said]


def _free_carriers(ax: Axes, chosen: xr.Dataset, scale: float, along: str) -> list[Artist]:
    """What T_collective is of carriers that do not repel each other; its legend entry."""
    if "T_collective_free" not in chosen:
        return []
    t = baseline(chosen).values / scale
    if not np.isfinite(t).any():
        return []
    look: dict[str, Any] = {"color": "black", "linestyle": (0, (1, 1.2)), "linewidth": 1.3}
    ax.plot(chosen[along].values, t, zorder=3.2, path_effects=outline(2.4), **look,
            label="T_collective of free carriers")  # fmt: skip
    return [Line2D([], [], label=r"$T_\mathrm{collective}$ of free carriers", **look)]


def dome_tops(
    ax: Axes,
    domes: xr.Dataset,
    root: xr.Dataset,
    place: dict[str, int],
    scale: float,
    *,
    header: str = "domes ({0}, $T$, height/error)",
    first: int = 0,
) -> list[Artist]:
    """A letter above each dome, from the ``first`` one on; legend entries with its numbers.

    A dome whose sides were not measured is called open in place of its height in errors.
    """
    domes = domes_at(domes, root, place)
    unit = "" if scale != 1.0 else unit_of(root["temperature"])
    if domes.sizes["dome"] == 0:
        return []
    along = carrier_axis(root.dims)
    symbol = CARRIER_SYMBOLS[along]
    header = header.replace("{0}", symbol)
    handles: list[Artist] = [Line2D([], [], linestyle="none", label=header)]
    for i in range(domes.sizes["dome"]):
        dome = domes.isel(dome=i)
        letter = ascii_uppercase[(first + i) % 26]
        x, t = float(dome[f"dome_{along}"]), float(dome["dome_temperature"]) / scale
        bar, _ = _bars(dome, "dome_temperature")
        error = float(bar) / scale
        ax.annotate(
            letter, (x, t + np.nan_to_num(error)), xytext=(0, 4), textcoords="offset points",
            ha="center", va="bottom", fontsize=9, fontweight="bold", zorder=5,
            path_effects=outline(2.2),
        )  # fmt: skip
        height = with_unit(shown_with_error(t, error), unit)
        significance = f"{float(dome['significance']):.3g}σ".replace("inf", "∞")
        side = significance if int(dome["bounded"]) else "open"
        text = f"{symbol} = {x:.4g}, {height}, {side}"
        look: dict[str, Any] = {
            "marker": rf"$\mathbf{{{letter}}}$",
            "linestyle": "none",
            "color": "black",
        }
        handles.append(Line2D([], [], label=text, markersize=5.5, markeredgewidth=0.2, **look))
    return handles


def domes_at(domes: xr.Dataset, root: xr.Dataset, place: dict[str, int]) -> xr.Dataset:
    """The domes found at one field and value of every further axis."""
    here = np.ones(domes.sizes["dome"], dtype=bool)
    for name in place:
        if f"dome_{name}" in domes:
            values, wanted = domes[f"dome_{name}"].values, root[name].values[place[name]]
            numeric = np.issubdtype(values.dtype, np.number)
            here &= np.isclose(values, wanted) if numeric else values == wanted
    return domes.isel(dome=np.flatnonzero(here))
