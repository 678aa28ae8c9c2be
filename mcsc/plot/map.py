"""The (doping, temperature) map with the transition T_charge(x) and its domes."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING, Any

import numpy as np
import numpy.typing as npt
import xarray as xr

from mcsc.plot.selection import cell_edges, shown_unit, slice_of
from mcsc.plot.style import COLOURS, COLUMN, MISSING, TICKS, axes_for, legend_below
from mcsc.plot.transition import dome_tops, transition

if TYPE_CHECKING:
    from matplotlib.artist import Artist
    from matplotlib.axes import Axes

FloatArray = npt.NDArray[np.float64]

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
            handles = transition(axes, chosen, scale) + handles
        tops = dome_tops(axes, domes, root, place, scale) if domes is not None else []
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


def _axes(ax: Axes, root: xr.Dataset, x: FloatArray, y: FloatArray, reduced: bool) -> None:
    """Limits, labels, and the second temperature axis on the right."""
    ax.set_xlim(x[0], x[-1])
    ax.set_ylim(y[0], y[-1])
    doping = root["doping"].attrs
    ax.set_xlabel(f"doping $x$ ({doping.get('long_name', 'carriers per primitive cell')})")
    unit = shown_unit(root["temperature"].attrs.get("units", "1"))
    plain = (
        f"temperature ({unit})"
        if unit
        else r"temperature $k_\mathrm{B}T$ ($e^2/4\pi\varepsilon_0 a$)"
    )
    in_coulomb = rf"reduced temperature $k_\mathrm{{B}}T$ ({_COULOMB})"
    ax.set_ylabel(in_coulomb if reduced else plain)
    scale = float(root.attrs.get("coulomb_temperature", 1.0))
    if scale == 1.0:
        return
    factor = 1 / scale if reduced else scale
    right = ax.secondary_yaxis(
        "right", functions=(partial(np.multiply, 1 / factor), partial(np.multiply, factor))
    )
    right.set_ylabel(plain if reduced else in_coulomb)
    right.tick_params(labelsize=TICKS)
