"""The phase diagram: where order sets in, where the crystal separates, and what phases are."""

from collections.abc import Sequence
from typing import Any

import numpy as np
import xarray as xr
from matplotlib.axes import Axes
from matplotlib.colors import ListedColormap
from matplotlib.figure import Figure

from mcsc.arrays import BoolArray, FloatArray
from mcsc.files.tree import parts
from mcsc.plot.axes import grid_axis, hatch, temperature_axis, temperature_scale
from mcsc.plot.labels import Label, put_labels
from mcsc.plot.phase_view import View, view_of
from mcsc.plot.selection import cell_edges, unit_of, with_unit
from mcsc.plot.style import (
    PAGE,
    SHADES,
    TICKS,
    VERMILION,
    axes_for,
    figure_of,
    outline,
    shown_text,
    shown_wavevector,
    shown_with_error,
)
from mcsc.transitions.grid import DOPING

_SEPARATES, _TIE = "#FBE3C0", "#E69F00"
_LINES = {"first_order": (0, (4, 2)), "crossover": (0, (1, 1.5))}


def phase_diagram(
    diagram: xr.DataTree | xr.Dataset,
    *,
    ax: Axes | None = None,
    ground: xr.DataTree | None = None,
    reduced: bool = False,
    marks: Sequence[tuple[str, float, float]] = (),
    **at: Any,
) -> Figure:
    """Draw the phases of a diagram over doping and temperature, and the lines between them.

    The line is T_charge, where order sets in, with its errors: broken where a doping between was
    not measured or has no transition, dashed where it is of first order, dotted for a crossover,
    hollow where a run is too short. Shaded are the regions in which the crystal separates into the
    phases at their two ends, joined by tie lines; there T_charge is no boundary and is left out.
    Small dots are the onset of order that grows without a transition. Phases have the names of
    their superlattice and wavevector. Points that did not equilibrate lie under a pale veil. The
    tint is the charge order as a share of perfect order.

    Parameters
    ----------
    diagram
        A diagram at fixed numbers of carriers, or its root. Without ``samples`` and ``structure``
        phases are named by their wavevectors only, without ``coexistence`` nothing is shaded.
    ax
        Where to draw; a new figure by default. The names of phases are placed for its present size.
    ground
        Lowest states from :func:`mcsc.ground`: ticks at zero temperature, with their superlattices.
    reduced
        As in :func:`mcsc.plot.phase_map`.
    marks
        Letters, dopings and temperatures of points to mark.
    **at
        As in :func:`mcsc.plot.phase_map`.

    Returns
    -------
    The figure; the first collection of its Axes is the map, with values (temperature, doping).

    Raises
    ------
    ValueError
        If the diagram is one at fixed chemical potential, or has no such size, field or axis.
    """
    view = view_of(diagram, **at)
    with axes_for(ax, PAGE, 4.2) as axes:
        draw_view(axes, view, ground=ground, reduced=reduced, marks=marks)
    return figure_of(axes)


def draw_view(
    axes: Axes,
    view: View,
    *,
    ground: xr.DataTree | None,
    reduced: bool,
    marks: Sequence[tuple[str, float, float]],
) -> None:
    """As :func:`phase_diagram`, of what has been looked up in the diagram."""
    chosen, scale = view.chosen, temperature_scale(view.chosen, reduced)
    x = cell_edges(chosen[DOPING].values.astype(np.float64))
    y = cell_edges(chosen["temperature"].values.astype(np.float64)) / scale
    _map(axes, x, y, chosen)
    lines = _coexistence(axes, view, y[0], scale)
    _veil(axes, x, y, view.undecided)
    lines += _boundary(axes, view, scale)
    for letter, at_x, at_t in marks:
        axes.plot(at_x, at_t / scale, marker=f"$\\mathbf{{{letter}}}$", markersize=5.0,
                  color="black", markeredgewidth=0.2, zorder=7, clip_on=False,
                  path_effects=outline(2.2), label=f"mark {letter}")  # fmt: skip
    bottom = y[0] if ground is None else 0.0
    grid_axis(axes, view.root, DOPING, x)
    temperature_axis(axes, chosen, np.array([bottom, y[-1]]), reduced=reduced, log=False)
    if ground is not None:
        _ground(axes, ground, y[0])
    put_labels(axes, _labels(view, scale, reduced), lines, [(x, t / scale) for _, x, t in marks])


def _map(ax: Axes, x: FloatArray, y: FloatArray, chosen: xr.Dataset) -> None:
    share = chosen.get("charge_order_share")
    values = np.full((len(y) - 1, len(x) - 1), np.nan)
    if share is not None:
        values = share.transpose("temperature", DOPING).values.astype(np.float64)
    mesh = ax.pcolormesh(x, y, values, cmap=SHADES, vmin=0.0, vmax=1.0, rasterized=True)
    bar = ax.figure.colorbar(mesh, ax=ax, location="right", aspect=30, pad=0.02, fraction=0.04)
    bar.set_label("charge order / perfect order")
    bar.ax.tick_params(labelsize=TICKS)


def _coexistence(ax: Axes, view: View, bottom: float, scale: float) -> list[FloatArray]:
    """Shaded regions with their tie lines and edges; the edges as curves (n, 2)."""
    if view.coexistence is None:
        return []
    edges: list[FloatArray] = []
    t = view.coexistence["temperature"].values / scale
    for r in range(view.coexistence.sizes["region"]):
        region = view.coexistence.isel(region=r)
        low, high = region["doping_low"].values, region["doping_high"].values
        here = np.isfinite(low) & np.isfinite(high)
        if not here.any():
            continue
        heights, low, high = t[here], low[here], high[here]
        if here[0]:
            # nothing was measured below: as at the coldest temperature
            heights, low, high = (np.concatenate([v[:1], v]) for v in (heights, low, high))
            heights[0] = bottom
        ax.fill_betweenx(heights, low, high, facecolor=_SEPARATES, alpha=0.75, linewidth=0,
                         zorder=1.2, label="coexistence")  # fmt: skip
        ax.hlines(heights, low, high, color=_TIE, linewidth=0.5, zorder=1.4, label="tie lines")
        for end, side in (("low", low), ("high", high)):
            errors = region[f"doping_{end}_stderr"].values[here]
            errors = np.concatenate([errors[:1], errors]) if here[0] else errors
            known = np.isfinite(errors)
            for which, style in ((known, "-"), (~known, (0, (2, 1.5)))):
                # an open end is dashed up to the first one that is known
                reach = which | (np.r_[which[1:], False] | np.r_[False, which[:-1]]) & ~known
                ax.plot(np.where(reach, side, np.nan), heights, color=VERMILION, linewidth=1.1,
                        linestyle=style, zorder=3, label=f"doping_{end}")  # fmt: skip
            known[0] &= not here[0]
            ax.errorbar(side[known], heights[known], xerr=errors[known], linestyle="none",
                        ecolor=VERMILION, elinewidth=0.9, zorder=3)  # fmt: skip
            edges.append(np.column_stack([side, heights]))
        # it closes between this temperature and the next, where no coexistence is seen
        ax.plot([low[-1], high[-1]], [heights[-1]] * 2, color=VERMILION, linewidth=0.8,
                linestyle=(0, (2, 1.5)), zorder=3, label="closes above")  # fmt: skip
        edges.append(np.column_stack([[low[-1], high[-1]], [heights[-1]] * 2]))
    return edges


def _veil(ax: Axes, x: FloatArray, y: FloatArray, undecided: BoolArray) -> None:
    """A veil of white and thin strokes over points that did not equilibrate."""
    if not undecided.any():
        return
    veil = np.ma.masked_where(~undecided, undecided.astype(np.float64))
    ax.pcolormesh(x, y, veil, cmap=ListedColormap(["white"]), alpha=0.6, zorder=1.6,
                  linewidth=0, rasterized=True, label="veil")  # fmt: skip
    hatch(ax, x, y, undecided, "not equilibrated", veil=True)


def _boundary(ax: Axes, view: View, scale: float) -> list[FloatArray]:
    """T_charge with its errors, and onsets without a transition; as curves (n, 2)."""
    chosen = view.chosen
    if "T_charge" not in chosen:
        return []
    x, t, shown, grown = chosen[DOPING].values, chosen["T_charge"].values, view.shown, view.grown
    curves: list[FloatArray] = []
    if grown.any():
        onset = chosen["charge_order_onset"].values[grown] / scale
        ax.plot(x[grown], onset, linestyle="none", marker=".", markersize=2.6, color="0.25",
                zorder=3.5, label="onset")  # fmt: skip
        curves.append(np.column_stack([x[grown], onset]))
    if not shown.any():
        return curves
    errors = view.errors
    for i, kind in view.joined:
        pair = slice(i, i + 2)
        ax.plot(x[pair], t[pair] / scale, color="black", linewidth=1.2, zorder=4,
                linestyle=_LINES.get(kind, "-"), label="T_charge line",
                path_effects=outline(2.6))  # fmt: skip
        curves.append(np.column_stack([x[pair], t[pair] / scale]))
    short = chosen["T_charge_converged"].values == 0
    for here, face in ((shown & ~short, "black"), (shown & short, "white")):
        if here.any():
            ax.errorbar(x[here], t[here] / scale, errors[here] / scale, linestyle="none",
                        marker="o", markersize=3.2, markerfacecolor=face, color="black",
                        elinewidth=0.8, capsize=1.6, zorder=4.5, label="T_charge")  # fmt: skip
    return [*curves, np.column_stack([x[shown], t[shown] / scale])]


def _labels(view: View, scale: float, reduced: bool) -> list[Label]:
    """The name of each phase at the top of its column, and that of the shaded regions."""
    labels = []
    unit = "" if reduced else unit_of(view.root["temperature"])
    for phase, name in zip(view.phases, view.names, strict=True):
        column = view.chosen.isel({DOPING: phase.doping})
        lines = [name] if name else []
        lines.append(f"$q$ = {shown_wavevector(phase.wavevector)}")
        top = phase.top
        t = float(column["T_charge"]) if "T_charge" in column else np.nan
        if np.isfinite(t):
            error = float(view.errors[phase.doping]) / scale
            lines.append(with_unit(shown_with_error(t / scale, error), unit))
            top = t
        elif phase.grows:
            lines.append(f"order grows to {phase.share:.2f}")
        labels.append(Label("\n".join(lines), phase.x, top / scale))
    if view.coexistence is not None:
        low, high = (view.coexistence[f"doping_{end}"] for end in ("low", "high"))
        width = (high - low).transpose("temperature", "region")
        for r in range(width.sizes["region"]):
            known = np.flatnonzero(np.isfinite(width.isel(region=r).values))
            if len(known) < 2 or float(width.isel(region=r)[known[0]]) < 0.1 * float(
                np.ptp(view.chosen[DOPING].values)
            ):
                continue
            k = known[len(known) // 3]
            middle = float((low + high).transpose("temperature", "region")[k, r]) / 2
            t = float(view.coexistence["temperature"][k]) / scale
            labels.append(Label("two phases", middle, t, leader=False, style="italic"))
    return labels


def _ground(ax: Axes, ground: xr.DataTree, coldest: float) -> None:
    """Triangles at zero temperature at the stable fillings, with their superlattices above."""
    (root,) = parts(ground)
    stable = root["stable"].values == 1
    edges = ax.get_xlim()
    ax.axhline(coldest, color="0.6", linewidth=0.5, zorder=2)
    for i in np.flatnonzero(stable).tolist():
        x = float(root[DOPING].values[i])
        if not edges[0] <= x <= edges[1]:
            continue
        ax.plot(x, 0.0, marker="^", markersize=5.0, color="black", clip_on=False, zorder=6,
                label="ground state")  # fmt: skip
        ax.annotate(
            shown_text(str(root["superlattice"].values[i, 0])), (x, 0.0), xytext=(0, 5),
            textcoords="offset points", rotation=90, ha="center", va="bottom", fontsize=6.0,
            zorder=6, path_effects=outline(2.0), in_layout=False,
        )  # fmt: skip
