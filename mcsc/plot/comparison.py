"""Transition temperatures of the model with what was measured laid over them."""

from typing import Any

import numpy as np
from matplotlib.artist import Artist
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.transforms import blended_transform_factory

from mcsc.diagram import Line
from mcsc.diagram.measured import Curve, Measured
from mcsc.plot.style import (
    BLUE,
    GREEN,
    ORANGE,
    PINK,
    VERMILION,
    axes_for,
    figure_of,
    legend_beside,
    shown_text,
)

_MARKERS = {"dome": "^", "dip": "v", "cdw": "s"}
_COLOURS = (VERMILION, ORANGE, PINK, GREEN)
_SHOWN = {"cdw": "charge order", "highest": "highest $T_c$", "plateau": "plateau"}


def comparison(
    lines: tuple[Line, ...],
    facts: tuple[Measured, ...],
    ax: Axes | None = None,
    curves: tuple[Curve, ...] = (),
    onset: Line | None = None,
    title: str = "",
) -> Figure:
    """Draw T(x) of the model and the measured facts that have a temperature or a doping.

    Parameters
    ----------
    lines
        From :func:`mcsc.diagram.model_lines`; equal ones are drawn once.
    facts
        From :func:`mcsc.diagram.measured_facts`. A fact over something else than the lines, or
        without a position, is a short line at the right edge.
    ax
        Where to draw; a new figure by default.
    curves
        From :func:`mcsc.diagram.measured_curves`; those over something else are left out.
    onset
        Where charge order sets in without a transition.
    title
        Above the Axes.

    Returns
    -------
    The figure. The temperature is logarithmic: model and measurement may differ by powers of ten.
    """
    systems = list(dict.fromkeys(fact.system for fact in facts))
    with axes_for(ax, 6.4, 3.4) as axes:
        handles = [_model(axes, line) for line in {line.name: line for line in lines}.values()]
        if onset is not None:
            handles += axes.plot(
                onset.position, onset.temperature, linestyle="none", marker="o", markersize=3.5,
                markerfacecolor="white", color=BLUE, label="model, order without a transition",
            )  # fmt: skip
        for curve in curves:
            if curve.variable == lines[0].variable:
                systems += [curve.system] * (curve.system not in systems)
                handles.append(_curve(axes, curve, _colour(systems, curve.system)))
        for fact in facts:
            colour = _colour(systems, fact.system)
            handles += _measured(axes, fact, lines[0].variable, colour)
        axes.set_yscale("log")
        axes.set_xlabel(shown_text(lines[0].variable))
        axes.set_ylabel("temperature (K)")
        axes.set_title(shown_text(title))
        shown = {handle.get_label(): handle for handle in handles}
        legend_beside(axes, list(shown.values()))
    return figure_of(axes)


def _colour(systems: list[str], system: str) -> str:
    return _COLOURS[systems.index(system) % len(_COLOURS)]


def _curve(ax: Axes, curve: Curve, colour: str) -> Artist:
    """Measured T_c over doping: small open circles, joined."""
    (drawn,) = ax.plot(
        curve.position, curve.temperature, color=colour, marker="o", markersize=3.2, linewidth=0.8,
        markerfacecolor="white", label=f"{curve.system}: $T_c$", zorder=1.8,
    )  # fmt: skip
    return drawn


def _model(ax: Axes, line: Line) -> Artist:
    name = rf"model, $T_\mathrm{{{line.name.removeprefix('T_')}}}$, statistical error"
    look: dict[str, Any] = {"marker": "o", "markersize": 3.5, "linewidth": 1.0, "capsize": 2.0}
    colour = BLUE if line.name == "T_charge" else "black"
    # NaN breaks the line where a point between has no transition
    container = ax.errorbar(
        line.position, line.temperature, line.stderr, color=colour, label=name, **look
    )
    artist: Artist = container.lines[0]
    artist.set_label(name)
    return artist


def _measured(ax: Axes, fact: Measured, variable: str, colour: str) -> list[Artist]:
    label = f"{fact.system}: {_SHOWN.get(fact.feature, fact.feature)}"
    on_axis = fact.variable == variable and np.isfinite(fact.position)
    if not np.isfinite(fact.temperature):
        if not on_axis:
            return []
        look: dict[str, Any] = {
            "linestyle": ":" if fact.feature == "anomaly" else "-.",
            "linewidth": 0.8,
        }
        return [ax.axvline(fact.position, color=colour, label=label, zorder=1, **look)]
    if not on_axis:
        edge = blended_transform_factory(ax.transAxes, ax.transData)
        drawn = ax.plot([0.96, 1.0], [fact.temperature] * 2, color=colour, linewidth=2.2,
                        transform=edge, label=f"{label} (right edge)")  # fmt: skip
    elif fact.feature == "plateau":
        drawn = ax.plot([fact.position, fact.position_end], [fact.temperature] * 2, color=colour,
                        linewidth=2.2, label=label)  # fmt: skip
    else:
        error = np.nan_to_num(fact.temperature_stderr)
        marker = _MARKERS.get(fact.feature, "D")
        container = ax.errorbar(
            [fact.position], [fact.temperature], [error], color=colour, marker=marker,
            markersize=6.0, markeredgecolor="black", markeredgewidth=0.5, linestyle="none",
        )  # fmt: skip
        drawn = [container.lines[0]]
        drawn[0].set_label(label)
    return list(drawn)
