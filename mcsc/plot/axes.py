"""The axes of maps over doping or field and temperature, and hatched cells on them."""

from functools import partial
from typing import Any

import matplotlib as mpl
import numpy as np
import xarray as xr
from matplotlib.artist import Artist
from matplotlib.axes import Axes
from matplotlib.axis import Axis
from matplotlib.cm import ScalarMappable
from matplotlib.collections import PolyCollection
from matplotlib.lines import Line2D
from matplotlib.patches import Patch
from matplotlib.ticker import FuncFormatter, LogLocator, NullFormatter

from mcsc.arrays import BoolArray, FloatArray
from mcsc.plot.selection import axis_label, unit_of
from mcsc.plot.style import TICKS, legend_below, shown_text
from mcsc.transitions.grid import CHEMICAL_POTENTIAL, DOPING

_COULOMB = r"$e^2/4\pi\varepsilon_0\varepsilon_r a$"
# the unit of energy of reduced units
_PLAIN_COULOMB = r"$e^2/4\pi\varepsilon_0 a$"


def energy_unit(data: xr.DataArray) -> str:
    """Unit of an energy as figures write it; that of reduced units has a name there only."""
    return unit_of(data) or _PLAIN_COULOMB


def temperature_scale(chosen: xr.Dataset, reduced: bool) -> float:
    """What temperatures are divided by to be drawn: the Coulomb temperature, or 1.

    Raises ValueError if the Coulomb temperature is wanted and unknown.
    """
    if not reduced:
        return 1.0
    scale = _coulomb_temperature(chosen)
    if scale is None:
        raise ValueError(
            "reduced temperatures need the attribute 'coulomb_temperature', one number for the "
            "map: load the diagram from its file, and draw over an axis that does not change it"
        )
    return scale


def _coulomb_temperature(chosen: xr.Dataset) -> float | None:
    """That of a slice, if it is one and known: a variable where an axis of the grid changes it."""
    if "coulomb_temperature" in chosen:
        if chosen["coulomb_temperature"].ndim:
            return None
        return float(chosen["coulomb_temperature"])
    scale = chosen.attrs.get("coulomb_temperature")
    return None if scale is None else float(scale)


def grid_axis(ax: Axes, root: xr.Dataset, along: str, edges: FloatArray) -> None:
    """Limits and label of the x axis of a map over any axis of the grid."""
    ax.set_xlim(edges[0], edges[-1])
    if along == DOPING:
        ax.set_xlabel(doping_label(root))
    elif along == "field":
        field_axis(ax, root)
    else:
        unit = unit_of(root[along])
        name = along.replace("_", " ")
        if along == CHEMICAL_POTENTIAL:
            name, unit = rf"{name} $\mu$", unit or _PLAIN_COULOMB
        ax.set_xlabel(axis_label(name, unit))


def require_axis(root: xr.Dataset, along: str) -> None:
    """Raise ValueError unless a map can be drawn over an axis of a diagram."""
    drawn = [v for v in root.data_vars.values() if "temperature" in v.dims]
    dims = dict.fromkeys(str(dim) for v in drawn for dim in v.dims if dim in root.coords)
    numbers = [
        dim for dim in dims if dim != "temperature" and np.issubdtype(root[dim].dtype, np.number)
    ]
    if along not in numbers:
        raise ValueError(
            f"along = '{along}': no such axis of numbers in the diagram; choose one of "
            f"{', '.join(numbers)}"
        )


def doping_label(root: xr.Dataset) -> str:
    """Doping and what it counts."""
    meaning = root["doping"].attrs.get("long_name", "carriers per primitive cell")
    return f"doping $x$ ({shown_text(str(meaning))})"


def field_axis(ax: Axes, data: xr.Dataset) -> None:
    """Label of the x axis over the field; reduced fields are in Coulomb energies per length."""
    unit = unit_of(data["field"])
    reduced = r"$e^2/4\pi\varepsilon_0 a^2$"
    ax.set_xlabel(f"field $qE$ ({unit or reduced})")


def temperature_axis(
    ax: Axes, chosen: xr.Dataset, edges: FloatArray, *, reduced: bool, log: bool
) -> None:
    """Limits and label of the y axis, and the other unit of temperature on the right.

    chosen: One slice of a diagram.
    edges: Of the cells, in the unit drawn.
    reduced: Coulomb temperature on the left, absolute one on the right; else the other way round.
    log: Logarithmic axis with plain numbers at its ticks.
    """
    if log:
        ax.set_yscale("log")
        _plain_log_ticks(ax.yaxis, edges)
    ax.set_ylim(edges[0], edges[-1])
    unit = unit_of(chosen["temperature"])
    plain = (
        f"temperature ({unit})" if unit else rf"temperature $k_\mathrm{{B}}T$ ({_PLAIN_COULOMB})"
    )
    in_coulomb = rf"reduced temperature $k_\mathrm{{B}}T$ ({_COULOMB})"
    ax.set_ylabel(in_coulomb if reduced else plain)
    scale = _coulomb_temperature(chosen)
    if scale is None or scale == 1.0:
        return
    factor = 1 / scale if reduced else scale
    right = ax.secondary_yaxis(
        "right", functions=(partial(np.multiply, 1 / factor), partial(np.multiply, factor))
    )
    right.set_ylabel(plain if reduced else in_coulomb)
    right.tick_params(labelsize=TICKS)
    if log:
        _plain_log_ticks(right.yaxis, edges)


def _plain_log_ticks(axis: Axis, edges: FloatArray) -> None:
    # less than a decade needs more numbers than 1, 2 and 5
    wide = edges[-1] >= 8 * edges[0]
    axis.set_major_locator(LogLocator(subs=(1, 2, 5) if wide else (1, 1.5, 2, 3, 4, 5, 6, 8)))
    axis.set_major_formatter(FuncFormatter(lambda value, _: f"{value:g}"))
    axis.set_minor_formatter(NullFormatter())


def plane_axes(ax: Axes, basis: FloatArray, symbol: str, unit: str) -> None:
    """Equal scales, and labels: components along x and y, or along and across the first vector."""
    ax.set_aspect("equal")
    flat = bool(np.allclose(basis, np.eye(3)[:2]))
    for label, name, way in ((ax.set_xlabel, "x", "along"), (ax.set_ylabel, "y", "across")):
        component = f"${symbol}_{name}$" if symbol else f"${name}$"
        turned = f"${symbol}$ {way} $a_1$" if symbol else f"{way} $a_1$"
        label(f"{component if flat else turned} ({unit})")


def bar_beside(ax: Axes, mesh: ScalarMappable, meaning: str) -> None:
    """A scale of colours inside the frame of the Axes: it shrinks with them at equal scales."""
    bar = ax.figure.colorbar(mesh, cax=ax.inset_axes((1.04, 0.0, 0.05, 1.0)))
    bar.set_label(meaning)
    bar.ax.tick_params(labelsize=TICKS)


def hatch(
    ax: Axes, x: FloatArray, y: FloatArray, where: BoolArray, label: str, *, veil: bool = False
) -> list[Artist]:
    """Hatch the cells (y, x) of a map where a flag is set; legend entry if there are any.

    Thin and grey only on a ``veil``, which has no colours below.
    """
    rows, columns = np.nonzero(where)
    if len(rows) == 0:
        return []
    cells = [
        [(x[j], y[i]), (x[j + 1], y[i]), (x[j + 1], y[i + 1]), (x[j], y[i + 1])]
        for i, j in zip(rows, columns, strict=True)
    ]
    look: dict[str, Any] = {"facecolor": "none", "hatch": "/////", "linewidth": 0.0}
    # dark lines with a light rim are seen on every colour of the map
    lines = [(0.3, "0.45", label)] if veil else [(1.1, "white", "_rim"), (0.45, "black", label)]
    for width, colour, name in lines:
        with mpl.rc_context({"hatch.linewidth": width}):
            cover = PolyCollection(cells, edgecolor=colour, label=name, **look)
            ax.add_collection(cover)
            if veil:
                cover.set_zorder(1.7)
            entry = Patch(edgecolor=colour, label=label, **look)
    return [entry]


def legend_in_columns(ax: Axes, left: list[Artist], right: list[Artist]) -> None:
    """A legend of two columns below, the shorter one filled up with nothing; of one if one is."""
    if not left or not right:
        legend_below(ax, left + right, ncols=1)
        return
    length = max(len(left), len(right))
    fill = [Line2D([], [], linestyle="none", label=" ") for _ in range(2 * length)]
    legend_below(ax, [*left, *fill][:length] + [*right, *fill][:length], ncols=2)
