"""The figure of a whole diagram: map, regimes, structure factor and snapshot side by side."""

import io
import os
from collections.abc import Mapping
from pathlib import Path
from string import ascii_lowercase
from textwrap import fill
from typing import Any

import matplotlib as mpl
import numpy as np
import xarray as xr
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.transforms import blended_transform_factory

from mcsc import diagram
from mcsc.files.outputs import figure_metadata, require_figure
from mcsc.files.replace import replace_file
from mcsc.files.tree import group, with_groups
from mcsc.plot.isotherms import doping_isotherms
from mcsc.plot.map import phase_map
from mcsc.plot.regimes import field_map, regime_map
from mcsc.plot.scattering import structure_factor_map
from mcsc.plot.selection import logarithmic, shown_place, slice_of
from mcsc.plot.snapshot import real_space
from mcsc.plot.style import PAGE, STYLE, TICKS, Page, safe_texts, shown_text
from mcsc.transitions.disorder import SAMPLES
from mcsc.transitions.grid import CARRIER_AXES, CHEMICAL_POTENTIAL, carrier_axis
from mcsc.version import VERSION

# letters of the caption across the page
_LINE = 150


def summary_figure(
    source: str | Path | xr.DataTree,
    *,
    doping: float | None = None,
    temperature: float | None = None,
    layer: int = 0,
    along: str = "doping",
    reduced: bool = False,
    **at: Any,
) -> Figure:
    """Draw the map of charge order, and beside it S(q) and the carriers at one point.

    With samples of disorder the map shows their mean, unless ``disorder`` names one; everything
    else is of one sample. Where wells have displaced states the map of the regimes is drawn too, by
    default at the largest field, and with three or more fields their map over field and
    temperature.

    Parameters
    ----------
    source
        A diagram, or its file.
    doping
        Of the point drawn, or its chemical potential where that is the axis; by default that of
        the highest dome, or of the highest T_charge, or of the strongest charge order if there is
        no transition.
    temperature
        Of the point drawn; by default the coldest equilibrated one below T_charge.
    along
        Axis of the maps in place of doping, such as ``"pressure"``; they are at the doping of the
        point drawn.
    layer, reduced, **at
        As in :func:`mcsc.plot.real_space` and :func:`mcsc.plot.phase_map`.

    Returns
    -------
    Figure
        Two journal columns wide; see :func:`save_figure`.

    Raises
    ------
    FileNotFoundError, mcsc.files.netcdf.BrokenFile
        If the file is missing or cannot be read.
    ValueError
        If a group is missing or the point lies outside the scan.

    Examples
    --------
    >>> import mcsc
    >>> figure = mcsc.summary_figure(mcsc.load("short.nc"))
    >>> mcsc.plot.save_figure(figure, "short.png").name
    'short.png'
    """
    tree = diagram.load(Path(source)) if isinstance(source, str | os.PathLike) else source
    at = {name: value for name, value in at.items() if value is not None}
    root = group(tree, "/")
    x, t = leading_point(tree, doping, temperature, at)
    regimes = "regime" in root
    measured = carrier_axis(root.dims) == CHEMICAL_POTENTIAL
    field = float(root["field"].max()) if "field" in root.dims else None
    with mpl.rc_context(STYLE):
        figure, axes = panels_of_regimes(root) if regimes else panels(measured)
        averages = mapped(tree, at)
        phase_map(
            averages, ax=axes["map"],
            reduced=reduced, log=regimes and logarithmic(np.sort(root["temperature"].values)),
            along=along, doping=x, **_without(at, along),
        )  # fmt: skip
        if regimes and along not in CARRIER_AXES:
            field_map(
                root, x, ax=axes["regimes"], along=along, reduced=reduced,
                **_without(at, along),
            )  # fmt: skip
        elif regimes:
            regime_map(
                tree, ax=axes["regimes"],
                reduced=reduced, **{"field": field, **at},
            )  # fmt: skip
        structure_factor_map(tree, x, t, ax=axes["scattering"], **at)
        real_space(tree, x, t, ax=axes["carriers"], layer=layer, **at)
        if "isotherms" in axes:
            doping_isotherms(root, ax=axes["isotherms"], **at)
        if "fields" in axes:
            field_map(
                root, x, ax=axes["fields"], reduced=reduced, legend="beside",
                **_without(at, "field"),
            )  # fmt: skip
        letters(list(axes.values()))
        title = str(root.attrs.get("title", "mcsc phase diagram"))
        figure.suptitle(shown_text(title), fontsize=9)
        figure.supxlabel(fill(settings_of_run(tree, at), _LINE), fontsize=6.5, color="0.3")
    return figure


def _without(at: Mapping[str, Any], along: str) -> dict[str, Any]:
    return {name: value for name, value in at.items() if name != along}


def mapped(tree: xr.DataTree, at: Mapping[str, Any]) -> xr.DataTree:
    """The diagram of the map: the averages over samples of disorder, unless one is asked for.

    A cell counts as equilibrated if all of its samples are.
    """
    if "disorder_average" not in tree or SAMPLES in at:
        return tree
    worst = group(tree, "health")[["converged", "tau_energy", "acceptance"]].min(SAMPLES)
    return with_groups(diagram.averaged(tree), {"health": worst})


def save_figure(figure: Figure, path: str | Path) -> Path:
    """Write a figure; the suffix of the path chooses the format (pdf, svg, png).

    Raises
    ------
    ValueError
        If the suffix names no known format, or mcsc did not draw the figure that is there.
    OSError
        If it cannot be written.
    """
    path = Path(path)
    target, drawn = require_figure(path), io.BytesIO()
    maker = f"mcsc {VERSION} (matplotlib {mpl.__version__})"
    safe_texts(figure)
    # text stays text, so that journals can edit it
    with mpl.rc_context({"pdf.fonttype": 42, "svg.fonttype": "none"}):
        kind, metadata = path.suffix[1:].lower(), figure_metadata(path, maker)
        figure.savefig(drawn, format=kind, dpi=300, metadata=metadata)
    replace_file(target, lambda file: file.write(drawn.getvalue()))
    return path


def leading_point(
    tree: xr.DataTree, doping: float | None, temperature: float | None, at: Mapping[str, Any]
) -> tuple[float, float]:
    """Doping and temperature of the point to draw: what the caller leaves open is chosen."""
    root, place = slice_of(group(tree, "/"), **at)
    if doping is None:
        doping = _leading_doping(root)
    if temperature is not None:
        return doping, temperature
    along = carrier_axis(root.dims)
    column = root.sel({along: doping}, method="nearest")
    temperatures = root["temperature"].values
    usable = np.ones(len(temperatures), dtype=bool)
    if "health" in tree:
        flags = group(tree, "health")["converged"].isel(place, missing_dims="ignore")
        usable = flags.sel({along: doping}, method="nearest").values.astype(bool)
    limit = float(column["T_charge"]) if "T_charge" in column else np.nan
    below = usable & ~(temperatures >= limit)
    for choice in (below, usable):
        if choice.any():
            return doping, float(temperatures[choice].min())
    return doping, float(temperatures.min())


def _leading_doping(root: xr.Dataset) -> float:
    highest = root["charge_order"].max("temperature").values
    if "T_charge" in root and root["T_charge"].notnull().any():
        highest = root["T_charge"].values
    if not np.isfinite(highest).any():
        raise ValueError("the diagram has no charge order anywhere: run it with 'mcsc run' first")
    return float(root[carrier_axis(root.dims)].values[int(np.nanargmax(highest))])


def settings_of_run(tree: xr.DataTree, at: Mapping[str, Any]) -> str:
    """Settings of the run in one line, as far as the diagram knows them."""
    root = tree.to_dataset()
    _, place = slice_of(root, **at)
    matrix = group(tree, "structure")["supercell_matrix"].values[place.get("size", 0)]
    numbers = np.abs(np.diag(matrix))
    if np.count_nonzero(matrix) == 3 and numbers.all():
        parts = [" × ".join(map(str, numbers.tolist())) + " cells"]
    else:
        vectors = ", ".join("(" + ", ".join(map(str, row)) + ")" for row in matrix.tolist())
        parts = [f"supercell {vectors}"]
    where = shown_place(root, place)
    if SAMPLES in root.dims and SAMPLES not in at:
        parts.append(f"map: mean over {root.sizes[SAMPLES]} samples of disorder")
        where = f"else {where}"
    if where:
        # the regimes name theirs, which may be another field
        parts.append(f"{where} where no other is named" if "regime" in root else where)
    along = carrier_axis(root.dims)
    n, m = root.sizes[along], root.sizes["temperature"]
    parts += [f"{n} {along.replace('_', ' ')}{'s' * (n > 1)}, {m} temperature{'s' * (m > 1)}"]
    known = {"seed": "seed ", "structure_source": "", "source": ""}
    parts += [f"{word}{root.attrs[name]}" for name, word in known.items() if name in root.attrs]
    return "; ".join(parts)


# a map over fields needs some
_FIELDS = 3


def panels(measured: bool) -> tuple[Figure, dict[str, Axes]]:
    """The map on the left, S(q) above the carriers on the right; below them a measured doping."""
    if measured:
        return _pairs("isotherms", (4.4, 2.9), 0.3)
    figure = Page(PAGE, 5.6)
    columns = figure.add_gridspec(1, 2, width_ratios=(1.2, 1.0))
    left, right = figure.add_subfigure(columns[0]), figure.add_subfigure(columns[1])
    above, below = right.subplots(2, 1, height_ratios=(1.15, 1.0))
    return figure, _ticked({"map": left.subplots(), "scattering": above, "carriers": below})


def panels_of_regimes(root: xr.Dataset) -> tuple[Figure, dict[str, Axes]]:
    """Both maps above, S(q) and the carriers below them, the fields last."""
    fields = root.sizes.get("field", 1) >= _FIELDS
    return _pairs("regimes", (4.4, 2.8, 2.9) if fields else (4.6, 2.9), 0.4)


def _pairs(
    second: str, heights: tuple[float, ...], margin: float
) -> tuple[Figure, dict[str, Axes]]:
    """The map and another one, S(q) and the carriers below them, and a third row for the fields."""
    figure = Page(PAGE, sum(heights) + margin)
    rows = figure.add_gridspec(len(heights), 2, height_ratios=heights)
    places = {"map": rows[0, 0], second: rows[0, 1], "scattering": rows[1, 0]}
    places |= {"carriers": rows[1, 1]} | ({"fields": rows[2, :]} if len(heights) > 2 else {})
    # each panel in a part of its own: a wide legend of one must not narrow the others
    return figure, _ticked({k: figure.add_subfigure(p).subplots() for k, p in places.items()})


def _ticked(axes: dict[str, Axes]) -> dict[str, Axes]:
    for ax in axes.values():
        ax.tick_params(labelsize=TICKS)
    return axes


def letters(axes: list[Axes]) -> None:
    """a, b, c … at the edge of each panel, beside a title of any width."""
    for letter, ax in zip(ascii_lowercase, axes, strict=False):
        corner = blended_transform_factory(ax.figure.transSubfigure, ax.transAxes)
        ax.annotate(
            letter, (0.02, 1.0), xycoords=corner, xytext=(0, 5), textcoords="offset points",
            fontsize=9, fontweight="bold", in_layout=False,
        )  # fmt: skip
