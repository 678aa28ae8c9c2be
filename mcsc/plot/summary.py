"""The figure of a whole diagram: map, structure factor and snapshot side by side."""

from __future__ import annotations

import os
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
import xarray as xr

from mcsc import diagram
from mcsc.plot.map import phase_map
from mcsc.plot.scattering import structure_factor_map
from mcsc.plot.selection import Groups, group, shown_unit, slice_of, with_unit
from mcsc.plot.snapshot import real_space
from mcsc.plot.style import PAGE, STYLE, TICKS

if TYPE_CHECKING:
    from matplotlib.figure import Figure


def summary_figure(
    source: str | Path | Groups,
    *,
    doping: float | None = None,
    temperature: float | None = None,
    layer: int = 0,
    size: int | None = None,
    field: float | None = None,
    reduced: bool = False,
) -> Figure:
    """Draw the map of charge order, and beside it S(q) and the carriers at one point.

    Parameters
    ----------
    source
        File of a diagram, or its groups.
    doping
        Of the point drawn; by default that of the highest dome, or of the highest T_charge, or of
        the strongest charge order if there is no transition.
    temperature
        Of the point drawn; by default the coldest equilibrated one below T_charge.
    layer, size, field, reduced
        As in :func:`mcsc.plot.real_space` and :func:`mcsc.plot.phase_map`.

    Returns
    -------
    Figure
        Two journal columns wide; see :func:`save_figure`.

    Raises
    ------
    FileNotFoundError, mcsc.netcdf.BrokenFile
        If the file is missing or cannot be read.
    ValueError
        If a group is missing or the point lies outside the scan.
    """
    import matplotlib as mpl
    from matplotlib.figure import Figure
    from matplotlib.transforms import blended_transform_factory

    groups = diagram.load(Path(source)) if isinstance(source, str | os.PathLike) else source
    root = group(groups, "/")
    x, t = _point(groups, doping, temperature, size, field)
    with mpl.rc_context(STYLE):
        figure = Figure(figsize=(PAGE, 5.6), layout="constrained")
        figure.set_dpi(200)
        columns = figure.add_gridspec(1, 2, width_ratios=(1.2, 1.0))
        left, right = figure.add_subfigure(columns[0]), figure.add_subfigure(columns[1])
        axes = [left.subplots(), *right.subplots(2, 1, height_ratios=(1.15, 1.0))]
        for ax in axes:
            ax.tick_params(labelsize=TICKS)
        phase_map(
            root, groups.get("domes"), health=groups.get("health"), ax=axes[0],
            size=size, field=field, reduced=reduced,
            wells_per_cell=_wells_per_cell(groups),
        )  # fmt: skip
        structure_factor_map(groups, x, t, ax=axes[1], size=size, field=field)
        real_space(groups, x, t, ax=axes[2], layer=layer, size=size, field=field)
        for letter, ax in zip("abc", axes, strict=True):
            # at the edge of the panel, beside a title of any width
            corner = blended_transform_factory(ax.figure.transSubfigure, ax.transAxes)
            ax.annotate(
                letter, (0.02, 1.0), xycoords=corner, xytext=(0, 5), textcoords="offset points",
                fontsize=9, fontweight="bold", in_layout=False,
            )  # fmt: skip
        figure.suptitle(root.attrs.get("title", "mcsc phase diagram"), fontsize=9)
        figure.supxlabel(_caption(groups, size, field), fontsize=6.5, color="0.3")
    return figure


def save_figure(figure: Figure, path: str | Path) -> Path:
    """Write a figure; the suffix of the path chooses the format (pdf, svg, png).

    Raises
    ------
    ValueError
        If the suffix names no known format.
    """
    import matplotlib as mpl

    path = Path(path)
    known = figure.canvas.get_supported_filetypes()
    if path.suffix.lstrip(".").lower() not in known:
        raise ValueError(f"{path}: unknown kind of figure; end the name in .pdf, .svg or .png")
    # text stays text, so that journals can edit it
    with mpl.rc_context({"pdf.fonttype": 42, "svg.fonttype": "none"}):
        figure.savefig(path, dpi=300)
    return path


def _wells_per_cell(groups: Groups) -> int | None:
    """Wells of a cell, if doping counts the carriers of a cell."""
    meaning = str(groups["/"]["doping"].attrs.get("long_name", ""))
    n = int(group(groups, "structure").sizes["base_well"])
    return n if "per primitive cell" in meaning else None


def _point(
    groups: Groups,
    doping: float | None,
    temperature: float | None,
    size: int | None,
    field: float | None,
) -> tuple[float, float]:
    """The point to draw: what the caller leaves open is chosen."""
    root, place = slice_of(group(groups, "/"), size, field)
    if doping is None:
        doping = _leading_doping(root)
    if temperature is not None:
        return doping, temperature
    column = root.sel(doping=doping, method="nearest")
    temperatures = root["temperature"].values
    usable = np.ones(len(temperatures), dtype=bool)
    if "health" in groups:
        flags = groups["health"]["converged"].isel(place).sel(doping=doping, method="nearest")
        usable = flags.values.astype(bool)
    limit = float(column["T_charge"]) if "T_charge" in column else np.nan
    below = usable & ~(temperatures >= limit)
    for choice in (below, usable):
        if choice.any():
            return doping, float(temperatures[choice].min())
    return doping, float(temperatures.min())


def _leading_doping(root: xr.Dataset) -> float:
    dopings = root["doping"].values
    if "T_charge" in root and root["T_charge"].notnull().any():
        return float(dopings[int(np.nanargmax(root["T_charge"].values))])
    strongest = root["charge_order"].max("temperature").values
    if not np.isfinite(strongest).any():
        raise ValueError("the diagram has no charge order anywhere: run it with 'mcsc run' first")
    return float(dopings[int(np.nanargmax(strongest))])


def _caption(groups: Groups, size: int | None, field: float | None) -> str:
    """Settings of the run in one line, as far as the diagram knows them."""
    root = groups["/"]
    _, place = slice_of(root, size, field)
    cells = groups["structure"]["cells"].values[place.get("size", 0)]
    parts = [" × ".join(str(int(n)) for n in cells) + " cells"]
    if "field" in place:
        unit = shown_unit(root["field"].attrs.get("units", "1"))
        value = f"{float(root['field'][place['field']]):.4g}"
        parts.append(f"field {with_unit(value, unit)}")
    parts.append(f"{root.sizes['doping']} dopings, {root.sizes['temperature']} temperatures")
    attributes = root.attrs
    if "seed" in attributes:
        parts.append(f"seed {attributes['seed']}")
    if "structure_source" in attributes:
        parts.append(f"{attributes['structure_source']}")
    if "source" in attributes:
        parts.append(f"{attributes['source']}")
    return "; ".join(parts)
