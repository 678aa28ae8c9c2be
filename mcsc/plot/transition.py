"""The line T_charge(x) with its errors and the tops of its domes, drawn on a map."""

from __future__ import annotations

from string import ascii_uppercase
from typing import TYPE_CHECKING, Any

import numpy as np
import numpy.typing as npt
import xarray as xr

from mcsc.plot.selection import shown_unit, with_unit
from mcsc.plot.style import PINK, SKY, VERMILION, outline, shown_wavevector, shown_with_error

if TYPE_CHECKING:
    from matplotlib.artist import Artist
    from matplotlib.axes import Axes

FloatArray = npt.NDArray[np.float64]

_MARKERS = "osD^vPXp*h"
# by the flag meanings of T_charge_method
_COLOURS = {"susceptibility_peak": SKY, "specific_heat_peak": PINK, "binder_crossing": VERMILION}
_OTHER = "white"
_BAR: dict[str, Any] = {"marker": "|", "linestyle": "none", "color": "black", "markersize": 8.0}


def transition(ax: Axes, chosen: xr.Dataset, scale: float) -> list[Artist]:
    """T_charge(x) with error bars, one errorbar container for each look; legend entries."""
    found = chosen.isel(doping=np.flatnonzero(np.isfinite(chosen["T_charge"].values)))
    if found.sizes["doping"] == 0:
        return []
    waves = np.round(found["T_charge_wavevector"].transpose("doping", "hkl").values, 6)
    distinct, which = np.unique(waves, axis=0, return_inverse=True)
    which = which.reshape(-1)
    meanings = str(found["T_charge_method"].attrs["flag_meanings"]).split()
    methods = [meanings[int(i)] for i in found["T_charge_method"].values]
    converged = found["T_charge_converged"].values.astype(bool)
    _guides(ax, chosen, scale)
    for wave in range(len(distinct)):
        for method in sorted(set(methods)):
            for ok in (True, False):
                colour = _COLOURS.get(method, _OTHER)
                here = (which == wave) & (np.array(methods) == method) & (converged == ok)
                if not here.any():
                    continue
                ax.errorbar(
                    found["doping"].values[here],
                    found["T_charge"].values[here] / scale,
                    found["T_charge_stderr"].values[here] / scale,
                    **_look(_MARKERS[wave % len(_MARKERS)], colour, ok),
                    ecolor="black", elinewidth=0.9, capsize=2.2, capthick=0.9, zorder=4,
                    label=f"T_charge {shown_wavevector(distinct[wave])} {method}",
                )  # fmt: skip
    return _transition_legend(distinct, methods, bool((~converged).any()))


def _look(marker: str, colour: str, filled: bool = True) -> dict[str, Any]:
    """A marker filled with its colour, or hollow with a rim of that colour."""
    return {
        "marker": marker, "linestyle": "none", "markersize": 4.6,
        "markeredgewidth": 0.9 if filled else 1.5,
        "markerfacecolor": colour if filled else "white",
        "markeredgecolor": "black" if filled else colour,
        "path_effects": outline(1.8 if filled else 2.6),
    }  # fmt: skip


def _guides(ax: Axes, chosen: xr.Dataset, scale: float) -> None:
    """Lines through neighbouring dopings that order at one wavevector."""
    x, t = chosen["doping"].values, chosen["T_charge"].values / scale
    waves = chosen["T_charge_wavevector"].transpose("doping", "hkl").values
    for i in range(len(x) - 1):
        if np.isfinite(t[i : i + 2]).all() and np.allclose(waves[i], waves[i + 1], atol=1e-6):
            ax.plot(x[i : i + 2], t[i : i + 2], color="black", linewidth=0.8, zorder=3,
                    path_effects=outline(1.8))  # fmt: skip


def _transition_legend(distinct: FloatArray, methods: list[str], hollow: bool) -> list[Artist]:
    from matplotlib.lines import Line2D

    several = len(set(methods)) > 1
    handles: list[Artist] = []
    for name in sorted(set(methods), reverse=True):
        # with one estimator there is no colour to explain: the error bar stands for it
        look = _look("o", _COLOURS.get(name, _OTHER)) if several else _BAR
        label = name.replace("_", " ").replace("binder", "Binder")
        handles.append(Line2D([], [], label=rf"$T_\mathrm{{charge}}$, {label}", **look))
    for i, wave in enumerate(distinct):
        face = "0.75" if several else _COLOURS.get(methods[0], _OTHER)
        look = _look(_MARKERS[i % len(_MARKERS)], face)
        handles.append(Line2D([], [], label=f"order at $q$ = {shown_wavevector(wave)}", **look))
    if hollow:
        handles.append(Line2D([], [], label="run too short there", **_look("o", "0.4", False)))
    return handles


def dome_tops(
    ax: Axes, domes: xr.Dataset, root: xr.Dataset, place: dict[str, int], scale: float
) -> list[Artist]:
    """A letter above each dome; legend entries with its numbers."""
    from matplotlib.lines import Line2D

    if "field" in domes and "field" in place:
        here = np.isclose(domes["field"].values, float(root["field"][place["field"]]))
        domes = domes.isel(dome=np.flatnonzero(here))
    unit = "" if scale != 1.0 else shown_unit(root["temperature"].attrs.get("units", "1"))
    if domes.sizes["dome"] == 0:
        return []
    header = "domes ($x$, $T$, height/error)"
    handles: list[Artist] = [Line2D([], [], linestyle="none", label=header)]
    for i in range(domes.sizes["dome"]):
        dome = domes.isel(dome=i)
        letter = ascii_uppercase[i % 26]
        t, error = float(dome["temperature"]) / scale, float(dome["temperature_stderr"]) / scale
        x = float(dome["doping"])
        ax.annotate(
            letter, (x, t + np.nan_to_num(error)), xytext=(0, 4), textcoords="offset points",
            ha="center", va="bottom", fontsize=9, fontweight="bold", zorder=5,
            path_effects=outline(2.2),
        )  # fmt: skip
        height = with_unit(shown_with_error(t, error), unit)
        significance = f"{float(dome['significance']):.3g}".replace("inf", "∞")
        text = f"$x$ = {x:.4g}, {height}, {significance}σ"
        look: dict[str, Any] = {
            "marker": rf"$\mathbf{{{letter}}}$",
            "linestyle": "none",
            "color": "black",
        }
        handles.append(Line2D([], [], label=text, markersize=5.5, markeredgewidth=0.2, **look))
    return handles
