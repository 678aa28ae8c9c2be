"""Lowest energies over filling: their convex hull, the staircase x(μ), and what they look like."""

import matplotlib as mpl
import numpy as np
import xarray as xr
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from mcsc.files.tree import group
from mcsc.plot.axes import energy_unit
from mcsc.plot.snapshot import small_picture
from mcsc.plot.style import (
    BLUE,
    COLUMN,
    PAGE,
    STYLE,
    TICKS,
    VERMILION,
    Page,
    axes_for,
    figure_of,
    shown_text,
)

# configurations drawn, and in one row
_PICTURES, _ROW = 6, 3


def formation_energies(tree: xr.DataTree, *, ax: Axes | None = None) -> Figure:
    """Draw energies over filling above the chord of the empty and the full lattice, and the hull.

    Parameters
    ----------
    tree
        Lowest states, from :func:`mcsc.ground`.
    ax
        Where to draw; a new figure by default.

    Returns
    -------
    The figure; its line labelled ``convex hull`` joins the stable fillings, those on it that are
    not stable are labelled ``on a tie line``.
    """
    hull = group(tree, "hull")
    filling, energy = hull["filling"].values, hull["completed_energy"].values
    chord = np.interp(filling, filling[[0, -1]], energy[[0, -1]])
    formation = energy - chord
    stable, tied = (hull[name].values.astype(bool) for name in ("stable", "on_tie_line"))
    separates = ~(stable | tied)
    unit = energy_unit(hull["completed_energy"])
    with axes_for(ax, COLUMN, 2.6) as axes:
        axes.axhline(0.0, color="0.8", linewidth=0.6)
        axes.plot(filling[stable], formation[stable], color=BLUE, linewidth=1.0, marker="o",
                  markersize=3.6, label="convex hull")  # fmt: skip
        for where, color, label in (
            (separates, VERMILION, "separates"), (tied, BLUE, "on a tie line")
        ):  # fmt: skip
            if where.any():
                axes.plot(filling[where], formation[where], linestyle="none", marker="o",
                          markersize=3.6, markerfacecolor="white", markeredgecolor=color,
                          label=label)  # fmt: skip
        axes.set_xlabel("carriers per cell")
        axes.set_ylabel(f"formation energy per cell ({unit})")
        axes.set_title("lowest energies found")
        axes.legend(loc="best")
    return figure_of(axes)


def staircase(tree: xr.DataTree, *, ax: Axes | None = None) -> Figure:
    """Draw the carriers per cell over the chemical potential at zero temperature.

    Every stable filling is a step as wide as the range of chemical potentials over which it is the
    one of lowest energy. Only fillings that were searched can be steps: a finer search can only add
    narrower ones.

    Parameters
    ----------
    tree
        Lowest states, from :func:`mcsc.ground`.
    ax
        Where to draw; a new figure by default.

    Returns
    -------
    The figure, with one line labelled ``staircase``.
    """
    hull = group(tree, "hull")
    stable = hull.isel(filling=hull["stable"].values.astype(bool))
    filling = stable["filling"].values
    # between the stable fillings
    jumps = stable["chemical_potential_high"].values[:-1]
    margin = 0.08 * float(np.ptp(jumps)) or 0.1 * (float(abs(jumps[0])) or 1.0)
    edges = np.concatenate([[jumps.min() - margin], jumps, [jumps.max() + margin]])
    unit = energy_unit(hull["completed_energy"])
    with axes_for(ax, COLUMN, 2.6) as axes:
        axes.plot(np.repeat(edges, 2)[1:-1], np.repeat(filling, 2), color=BLUE, linewidth=1.1,
                  label="staircase")  # fmt: skip
        axes.set_xlim(edges[0], edges[-1])
        axes.set_xlabel(rf"chemical potential $\mu$ ({unit})")
        axes.set_ylabel("carriers per cell")
        axes.set_title("staircase at zero temperature")
        axes.grid(axis="y", color="0.9", linewidth=0.5)
    return figure_of(axes)


def ground_figure(tree: xr.DataTree) -> Figure:
    """Draw the hull, the staircase, and the lowest states of up to six fillings.

    Parameters
    ----------
    tree
        The tree of a file of ``mcsc ground``. The stable fillings are drawn, evenly chosen where
        there are too many; one layer of each.
    """
    root = group(tree, "/")
    chosen = np.flatnonzero(root["stable"].values)
    chosen = chosen if len(chosen) else np.arange(root.sizes["doping"])
    few = np.unique(
        np.linspace(0, len(chosen) - 1, min(len(chosen), _PICTURES)).round().astype(int)
    )
    chosen = chosen[few]
    rows = -(-len(chosen) // _ROW)
    with mpl.rc_context(STYLE):
        figure = Page(PAGE, 2.7 + 2.1 * rows)
        parts = figure.add_gridspec(2, 1, height_ratios=(2.7, 2.1 * rows))
        above, below = figure.add_subfigure(parts[0]), figure.add_subfigure(parts[1])
        left, right = above.subplots(1, 2)
        formation_energies(tree, ax=left)
        staircase(tree, ax=right)
        panels = np.atleast_1d(below.subplots(rows, min(_ROW, len(chosen)))).reshape(-1)
        for i, ax in zip(chosen.tolist(), panels, strict=False):
            _picture(tree, i, ax)
        for ax in panels[len(chosen) :]:
            ax.set_axis_off()
        for ax in (left, right, *panels):
            ax.tick_params(labelsize=TICKS)
    return figure


def _picture(tree: xr.DataTree, i: int, ax: Axes) -> None:
    """One layer of the lowest state at the filling numbered ``i``."""
    root = group(tree, "/").isel(doping=i)
    x = float(root["doping"])
    structure = group(tree, "structure").isel(supercell=[int(root["supercell_number"])])
    # the point of a diagram at zero temperature
    grid = {"doping": [x], "temperature": [0.0]}
    state = group(tree, "states")["state"].values[i, :1][None]
    point = xr.DataTree.from_dict(
        {
            "/": xr.Dataset(coords=grid),
            "samples": xr.Dataset(
                {"state": (("doping", "temperature", "well"), state)}, coords=grid
            ),
            "structure": structure,
        }
    )
    small_picture(point, x, 0.0, ax)
    layers = int(root["stacking_period"][0])
    stacked = f", stacking period {layers}" if layers > 1 else ""
    superlattice = shown_text(str(root["superlattice"][0].values))
    ax.set_title(f"$x$ = {x:.4g}: {superlattice}{stacked}")
