"""The page of a phase diagram: snapshots of its phases above it, and words below."""

import os
from pathlib import Path
from string import ascii_lowercase
from textwrap import fill
from typing import Any

import matplotlib as mpl
import numpy as np
import xarray as xr
from matplotlib.figure import Figure

from mcsc import diagram
from mcsc.files.tree import group, parts
from mcsc.plot.phase_diagram import draw_view
from mcsc.plot.phase_view import View, view_of
from mcsc.plot.phases import Phase
from mcsc.plot.selection import unit_of, with_unit
from mcsc.plot.snapshot import small_picture
from mcsc.plot.style import (
    CAPTION,
    PAGE,
    STYLE,
    TICKS,
    Page,
    shown_text,
    shown_wavevector,
    shown_with_error,
)
from mcsc.plot.summary import mapped, settings_of_run
from mcsc.plot.transition import domes_at
from mcsc.transitions.grid import DOPING

# letters of the caption across the page
_LINE = 142
_PICTURES = 3


def phase_page(
    source: str | Path | xr.DataTree,
    *,
    ground: xr.DataTree | None = None,
    reduced: bool = False,
    **at: Any,
) -> Figure:
    """Draw the phase diagram with snapshots of three of its phases above, and a caption below.

    The snapshots are of layers at the coldest points that equilibrated, of phases with different
    superlattices or wavevectors first, and those that order at the highest temperatures.

    Parameters
    ----------
    source
        A diagram at fixed numbers of carriers, or its file.
    ground, reduced, **at
        As in :func:`mcsc.plot.phase_diagram`.

    Returns
    -------
    Figure
        Two journal columns wide; ``figure.get_supxlabel()`` is the caption.

    Raises
    ------
    FileNotFoundError, mcsc.files.netcdf.BrokenFile
        If the file is missing or cannot be read.
    ValueError
        If the diagram is one at fixed chemical potential, or lacks a group or axis.
    """
    tree = diagram.load(Path(source)) if isinstance(source, str | os.PathLike) else source
    at = {name: value for name, value in at.items() if value is not None}
    averaged = mapped(tree, at)
    view = view_of(averaged, **at)
    chosen = _pictured(view, group(tree, "structure").sizes["base_well"])
    marks = [
        (letter, phase.x, phase.coldest)
        for letter, (phase, _) in zip(ascii_lowercase, chosen, strict=False)
    ]
    unit = unit_of(view.root["temperature"])
    with mpl.rc_context(STYLE):
        figure = Page(PAGE, (2.0 if chosen else 0.0) + 4.9)
        rows = figure.add_gridspec(1 + bool(chosen), 1, height_ratios=(2.0, 4.6)[not chosen :])
        if chosen:
            panels = figure.add_subfigure(rows[0]).subplots(1, len(chosen), squeeze=False)[0]
            for ax, (letter, x, t), (phase, name) in zip(panels, marks, chosen, strict=True):
                small_picture(tree, x, t, ax, **at)
                ax.set_frame_on(False)
                called = name or f"$q$ = {shown_wavevector(phase.wavevector)}"
                where = f"$x$ = {x:.4g}, $T$ = {with_unit(f'{t:.4g}', unit)}"
                ax.set_title(f"$\\bf{{{letter}}}$  {called}\n{where}", fontsize=TICKS)
        ax = figure.add_subfigure(rows[-1]).subplots()
        ax.tick_params(labelsize=TICKS)
        figure.suptitle(shown_text(str(view.root.attrs.get("title", "phase diagram"))), fontsize=9)
        caption = _caption(tree, averaged, view, at, marked=bool(chosen), ground=ground is not None)
        figure.supxlabel(
            fill(caption, _LINE), x=0.02, ha="left", fontsize=6.5, color="0.2", gid=CAPTION
        )
        draw_view(ax, view, ground=ground, reduced=reduced, marks=marks)
    return figure


def _pictured(view: View, n_wells: int) -> list[tuple[Phase, str]]:
    """Up to three phases, by doping: distinct ones first, and those of the highest order."""
    both = list(zip(view.phases, view.names, strict=True))
    order = sorted(range(len(both)), key=lambda i: -_height(view, view.phases[i]))
    named = [both[i] for i in order]
    distinct: dict[tuple[str, float], tuple[Phase, str]] = {}
    for phase, name in named:
        # carriers that change places with empty wells give no other picture
        from_half = round(abs(phase.x - n_wells / 2), 2)
        distinct.setdefault((shown_wavevector(phase.wavevector), from_half), (phase, name))
    first = list(distinct.values())
    kept = [*first, *(one for one in named if one not in first)][:_PICTURES]
    return [one for one in both if one in kept]


def _height(view: View, phase: Phase) -> float:
    column = view.chosen.isel({DOPING: phase.doping})
    t = float(column["T_charge"]) if "T_charge" in column else np.nan
    return t if np.isfinite(t) else phase.top


def _caption(
    tree: xr.DataTree,
    averaged: xr.DataTree,
    view: View,
    at: dict[str, Any],
    *,
    marked: bool,
    ground: bool,
) -> str:
    """What is drawn, in words, and of which run."""
    chosen = view.chosen
    unit = unit_of(view.root["temperature"])
    said = [f"{settings_of_run(tree, at)}."]
    said.append("Tint: charge order as a share of perfect order.")
    if view.shown.any():
        sized = "T_charge_stderr_size" in chosen and chosen["T_charge_stderr_size"].notnull().any()
        bars = "bars: statistics and size of the cell" if sized else "bars: statistics, one size"
        line = f"Black line: T_charge, where order sets in ({bars})"
        there = {kind for _, kind in view.joined}
        looks = {"first_order": "dashed where of first order", "crossover": "dotted: a crossover"}
        line += "".join(f", {text}" for kind, text in looks.items() if kind in there)
        if (chosen["T_charge_converged"].values[view.shown] == 0).any():
            line += ", hollow where the run is too short"
        said.append(f"{line}; broken where none between was measured or found.")
    if view.grown.any():
        said.append("Dots: half of perfect order, reached without a sharp transition.")
    said += _domes(averaged, view, unit)
    if view.coexistence is not None and view.coexistence.sizes["region"]:
        said.append(
            "Shaded, with tie lines: the crystal separates into the phases at the two ends, the "
            "compensating charge on the wells."
        )
    if view.phases:
        said.append(
            "Names: superlattice on the lattice of the wells as the snapshots show it, wavevector "
            "in reciprocal lattice units."
        )
        if any(phase.grows for phase in view.phases):
            said.append("Order grows where it is less than half of perfect order at the coldest.")
    if ground:
        said.append("Triangles at T = 0: stable fillings, superlattices in cells of the crystal.")
    if marked:
        said.append("Letters: snapshots of one layer, at the coldest equilibrated point.")
    if view.undecided.any():
        share = view.undecided.mean()
        said.append(f"Pale veil: not equilibrated, {share:.0%} of the points.")
    else:
        said.append("All points equilibrated.")
    return " ".join(said)


def _domes(tree: xr.DataTree, view: View, unit: str) -> list[str]:
    (_, domes) = parts(tree, "domes")
    if domes is None or domes.sizes["dome"] == 0:
        return []
    here = domes_at(domes, view.root, view.place)
    words = []
    for i in range(here.sizes["dome"]):
        dome = here.isel(dome=i)
        t = shown_with_error(
            float(dome["dome_temperature"]), float(dome["dome_temperature_stderr"])
        )
        open_ = "" if int(dome["bounded"]) else " (open)"
        words.append(f"x = {float(dome['dome_doping']):.4g}, {with_unit(t, unit)}{open_}")
    return [f"Domes of T_charge: {'; '.join(words)}."] if words else []
