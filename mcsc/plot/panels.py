"""The panels of the figure of a whole diagram, and their letters."""

from __future__ import annotations

from string import ascii_lowercase

import xarray as xr
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.transforms import blended_transform_factory

from mcsc.plot.style import PAGE, TICKS, Page

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
