"""The (doping, temperature) map with the transition T_charge(x) and its domes."""

from __future__ import annotations

from string import ascii_uppercase
from typing import TYPE_CHECKING, Any

import numpy as np
import numpy.typing as npt
import xarray as xr

from mcsc.plot.selection import cell_edges, shown_unit, slice_of, with_unit
from mcsc.plot.style import (
    COLOURS,
    COLUMN,
    MISSING,
    TICKS,
    VERMILION,
    axes_for,
    legend_below,
    outline,
    shown_wavevector,
    shown_with_error,
)

if TYPE_CHECKING:
    from matplotlib.artist import Artist
    from matplotlib.axes import Axes

FloatArray = npt.NDArray[np.float64]

_MARKERS = "osD^vPXp*h"
# by the flag meanings of T_charge_method
_METHODS = {
    "susceptibility_peak": ("white", "susceptibility peak"),
    "binder_crossing": (VERMILION, "Binder crossing"),
}
_COULOMB = r"$e^2/4\pi\varepsilon_0\varepsilon_r a$"


def phase_map(
    root: xr.Dataset,
    domes: xr.Dataset | None = None,
    *,
    health: xr.Dataset | None = None,
    ax: Axes | None = None,
    variable: str = "charge_order",
    size: int | None = None,
    field: float | None = None,
    reduced: bool = False,
    wells_per_cell: int | None = None,
) -> Axes:
    """Draw one observable over doping and temperature, with T_charge(x), its errors and its domes.

    Each grid point is one cell of the map. The shape of a marker of T_charge tells the wavevector
    of the order, its colour the estimator; it is hollow where the run is too short around T_charge.
    A line joins neighbouring dopings with order at one wavevector to guide the eye. Letters mark
    the domes, listed in the legend with position, height and significance. Points that are not
    equilibrated are hatched, points that have not been run are grey.

    Parameters
    ----------
    root
        Root group of a diagram; without ``T_charge`` the map alone is drawn.
    domes
        Group ``domes``.
    health
        Group ``health``; without it nothing is hatched.
    ax
        Where to draw; a new figure by default.
    variable
        Name of an observable on doping and temperature.
    size, field
        Values of these coordinates, where the diagram has several: the largest size and the first
        field by default.
    reduced
        Put the temperature in units of the Coulomb temperature on the left axis; it is on the
        right otherwise.
    wells_per_cell
        Draw the charge order of carriers or of empty wells, whichever are fewer, so that orders on
        both sides of half filling compare: the same density wave, but per empty well, where more
        than half of the wells are filled. Doping must count carriers per cell.

    Returns
    -------
    The Axes; the first of its collections is the map, with values (temperature, doping).

    Raises
    ------
    ValueError
        If there is no such variable, size or field, or the Coulomb temperature is unknown.
    """
    chosen, place = slice_of(root.sortby(["doping", "temperature"]), size, field)
    values = _values(chosen, variable)
    if variable == "charge_order" and wells_per_cell is not None:
        values = _of_the_fewer(values, wells_per_cell)
    scale = _scale(root, reduced)
    with axes_for(ax, COLUMN, 4.3) as axes:
        x = cell_edges(chosen["doping"].values.astype(np.float64))
        y = cell_edges(chosen["temperature"].values.astype(np.float64)) / scale
        handles = _mesh(axes, x, y, values)
        if health is not None:
            handles += _hatching(axes, x, y, health.sortby(["doping", "temperature"]), place)
        if "T_charge" in chosen:
            handles = _transition(axes, chosen, scale) + handles
        tops = _domes(axes, domes, root, place, scale) if domes is not None else []
        _axes(axes, root, x, y, reduced)
        if handles or tops:
            legend_below(axes, _columns(handles, tops), 2 if handles and tops else 1)
    return axes


def _values(chosen: xr.Dataset, variable: str) -> xr.DataArray:
    fitting = [str(n) for n, v in chosen.data_vars.items() if set(v.dims) == _GRID]
    if variable not in fitting:
        names = ", ".join(n for n in fitting if not n.endswith("_stderr"))
        raise ValueError(f"variable '{variable}': cannot be drawn as a map; choose one of {names}")
    return chosen[variable].transpose("temperature", "doping")


_GRID = {"doping", "temperature"}


def _of_the_fewer(values: xr.DataArray, wells_per_cell: int) -> xr.DataArray:
    """Charge order per carrier turned into that per empty well where these are fewer.

    A density wave has the same amplitude in carriers and in empty wells: only N changes.
    """
    x = values["doping"]
    if not ((x > 0) & (x < wells_per_cell)).all():
        raise ValueError(
            f"wells_per_cell = {wells_per_cell}: dopings up to {float(x.max()):g} need more; "
            "give the number of wells of the structure, or leave it out"
        )
    fewer = np.minimum(x, wells_per_cell - x)
    name = "charge order per carrier or empty well, whichever are fewer"
    return (values * (x / fewer)).assign_attrs({**values.attrs, "long_name": name})


def _columns(left: list[Artist], right: list[Artist]) -> list[Artist]:
    """Handles of a legend of two columns, the shorter one filled up with nothing."""
    from matplotlib.lines import Line2D

    if not left or not right:
        return left + right
    length = max(len(left), len(right))
    fill = [Line2D([], [], linestyle="none", label=" ") for _ in range(2 * length)]
    return [*left, *fill][:length] + [*right, *fill][:length]


def _scale(root: xr.Dataset, reduced: bool) -> float:
    if not reduced:
        return 1.0
    if "coulomb_temperature" not in root.attrs:
        raise ValueError(
            "reduced temperatures need the attribute 'coulomb_temperature', which this dataset "
            "lacks: load the diagram from its file"
        )
    return float(root.attrs["coulomb_temperature"])


def _mesh(ax: Axes, x: FloatArray, y: FloatArray, values: xr.DataArray) -> list[Artist]:
    """The coloured cells and their colour bar; legend entry of the missing ones."""
    import matplotlib as mpl
    from matplotlib.patches import Patch

    data = values.values.astype(np.float64)
    known = data[np.isfinite(data)]
    lowest = 0.0 if known.size and known.min() >= 0 else None
    # an explicit NaN range would warn when nothing has been run
    highest = None if known.size else 1.0
    colours = mpl.colormaps[COLOURS].with_extremes(bad=MISSING)
    mesh = ax.pcolormesh(x, y, data, cmap=colours, vmin=lowest, vmax=highest, rasterized=True)
    bar = ax.figure.colorbar(mesh, ax=ax, location="top", aspect=30, pad=0.02, fraction=0.06)
    bar.set_label(
        _labelled(values.attrs.get("long_name", values.name), values.attrs.get("units", "1"))
    )
    bar.ax.tick_params(labelsize=TICKS)
    if known.size == data.size:
        return []
    return [Patch(facecolor=MISSING, edgecolor="0.5", linewidth=0.4, label="not run")]


def _labelled(name: object, unit: str) -> str:
    shown = shown_unit(unit)
    return f"{name} ({shown})" if shown else f"{name}"


def _hatching(
    ax: Axes, x: FloatArray, y: FloatArray, health: xr.Dataset, place: dict[str, int]
) -> list[Artist]:
    """Hatch the cells whose run is too short; legend entry."""
    import matplotlib as mpl
    from matplotlib.collections import PolyCollection
    from matplotlib.patches import Patch

    flags = health.isel(place)
    converged = flags["converged"].transpose("temperature", "doping").values
    # points that have not been run carry no acceptance either: they are grey, not hatched
    ran = flags["tau_energy"].notnull() | flags["acceptance"].notnull().any("move")
    rows, columns = np.nonzero((converged == 0) & ran.transpose("temperature", "doping").values)
    if len(rows) == 0:
        return []
    cells = [
        [(x[j], y[i]), (x[j + 1], y[i]), (x[j + 1], y[i + 1]), (x[j], y[i + 1])]
        for i, j in zip(rows, columns, strict=True)
    ]
    look: dict[str, Any] = {"facecolor": "none", "hatch": "/////", "linewidth": 0.0}
    # dark lines with a light rim are seen on every colour of the map
    for width, colour, label in ((1.1, "white", "_rim"), (0.45, "black", "not equilibrated")):
        with mpl.rc_context({"hatch.linewidth": width}):
            ax.add_collection(PolyCollection(cells, edgecolor=colour, label=label, **look))
            entry = Patch(edgecolor=colour, label=label, **look)
    return [entry]


def _transition(ax: Axes, chosen: xr.Dataset, scale: float) -> list[Artist]:
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
        for method, (colour, _) in _METHODS.items():
            for ok in (True, False):
                here = (which == wave) & (np.array(methods) == method) & (converged == ok)
                if not here.any():
                    continue
                ax.errorbar(
                    found["doping"].values[here],
                    found["T_charge"].values[here] / scale,
                    found["T_charge_stderr"].values[here] / scale,
                    **_look(_MARKERS[wave % len(_MARKERS)], colour if ok else "none"),
                    ecolor="black", elinewidth=0.9, capsize=2.2, capthick=0.9, zorder=4,
                    label=f"T_charge {shown_wavevector(distinct[wave])} {method}",
                )  # fmt: skip
    return _transition_legend(distinct, methods, bool((~converged).any()))


def _look(marker: str, face: str) -> dict[str, Any]:
    return {
        "marker": marker, "linestyle": "none", "markersize": 4.6, "markeredgewidth": 0.9,
        "markerfacecolor": face, "markeredgecolor": "black", "path_effects": outline(1.8),
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
    for name, (colour, label) in _METHODS.items():
        if name in methods:
            # with one estimator there is no colour to explain: the error bar stands for it
            look = _look("o", colour) if several else {"marker": "|", "linestyle": "none",
                                                       "color": "black", "markersize": 8.0}  # fmt: skip
            handles.append(Line2D([], [], label=rf"$T_\mathrm{{charge}}$, {label}", **look))
    for i, wave in enumerate(distinct):
        look = _look(_MARKERS[i % len(_MARKERS)], "0.75" if several else _METHODS[methods[0]][0])
        handles.append(Line2D([], [], label=f"order at $q$ = {shown_wavevector(wave)}", **look))
    if hollow:
        handles.append(Line2D([], [], label="run too short there", **_look("o", "none")))
    return handles


def _domes(
    ax: Axes, domes: xr.Dataset, root: xr.Dataset, place: dict[str, int], scale: float
) -> list[Artist]:
    """A letter above each dome; legend entries with its numbers."""
    from matplotlib.lines import Line2D

    if "field" in domes and "field" in place:
        here = np.isclose(domes["field"].values, float(root["field"][place["field"]]))
        domes = domes.isel(dome=np.flatnonzero(here))
    unit = "" if scale != 1.0 else shown_unit(root["temperature"].attrs.get("units", "1"))
    handles: list[Artist] = []
    for i in range(domes.sizes["dome"]):
        dome = domes.isel(dome=i)
        letter = ascii_uppercase[i % 26]
        t, error = float(dome["temperature"]) / scale, float(dome["temperature_stderr"]) / scale
        x = float(dome["doping"])
        ax.annotate(
            letter, (x, t + error), xytext=(0, 4), textcoords="offset points", ha="center",
            va="bottom", fontsize=9, fontweight="bold", path_effects=outline(2.2), zorder=5,
        )  # fmt: skip
        height = with_unit(shown_with_error(t, error), unit)
        text = f"dome: $x$ = {x:.4g}, {height}, {float(dome['significance']):.3g}σ"
        look = {"marker": rf"$\mathbf{{{letter}}}$", "linestyle": "none", "color": "black"}
        handles.append(Line2D([], [], label=text, markersize=5.5, markeredgewidth=0.2, **look))
    return handles


def _axes(ax: Axes, root: xr.Dataset, x: FloatArray, y: FloatArray, reduced: bool) -> None:
    """Limits, labels, and the second temperature axis on the right."""
    ax.set_xlim(x[0], x[-1])
    ax.set_ylim(y[0], y[-1])
    doping = root["doping"].attrs
    ax.set_xlabel(f"doping $x$ ({doping.get('long_name', 'carriers per primitive cell')})")
    unit = shown_unit(root["temperature"].attrs.get("units", "1"))
    plain = f"temperature ({unit})" if unit else r"temperature $k_\mathrm{B}T$ ($e^2/4\pi\varepsilon_0 a$)"
    in_coulomb = rf"reduced temperature $k_\mathrm{{B}}T$ ({_COULOMB})"
    ax.set_ylabel(in_coulomb if reduced else plain)
    scale = float(root.attrs.get("coulomb_temperature", 1.0))
    if scale == 1.0:
        return
    factor = 1 / scale if reduced else scale
    right = ax.secondary_yaxis("right", functions=(lambda t: t / factor, lambda t: t * factor))
    right.set_ylabel(plain if reduced else in_coulomb)
    right.tick_params(labelsize=TICKS)
