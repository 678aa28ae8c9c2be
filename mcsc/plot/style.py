"""What the figures have in common: sizes, colours, and how numbers are written."""

import io
import re
from collections.abc import Iterator
from contextlib import contextmanager
from fractions import Fraction
from typing import Any

import matplotlib as mpl
import numpy as np
from matplotlib.artist import Artist
from matplotlib.axes import Axes
from matplotlib.colors import ListedColormap
from matplotlib.figure import Figure
from matplotlib.mathtext import MathTextParser
from matplotlib.patheffects import AbstractPathEffect, Normal, Stroke
from matplotlib.text import Text
from matplotlib.transforms import ScaledTranslation

from mcsc.arrays import FloatArray
from mcsc.text import escaped
from mcsc.transitions.grid import CHEMICAL_POTENTIAL, DOPING

# widths of one and two columns of most journals, inches
COLUMN, PAGE = 3.4, 7.0
# perceptually uniform, the same with and without red-green vision, monotonic in grey
COLOURS = "cividis"
MISSING = "0.82"
# of maps over doping and temperature: light, so that lines and names stand out from them
SHADES = ListedColormap(mpl.colormaps["Blues"](np.linspace(0.0, 0.72, 128))).with_extremes(
    bad=MISSING
)
# Okabe and Ito's set, distinct for all common kinds of colour vision
VERMILION, SKY, ORANGE, GREEN, PINK, BLUE = (
    "#D55E00", "#56B4E9", "#E69F00", "#009E73", "#CC79A7", "#0072B2",
)  # fmt: skip
# of the kinds of wells
KINDS = (SKY, ORANGE, GREEN, PINK, VERMILION, BLUE)
TICKS = 7.0
# letters of a text that is not ours
_LONGEST_TEXT = 300
# and of a caption, which Text artists of this gid hold
_LONGEST_CAPTION, CAPTION = 3000, "caption"
# of the axis of the carriers
CARRIER_SYMBOLS = {DOPING: "$x$", CHEMICAL_POTENTIAL: r"$\mu$"}
STYLE: dict[str, Any] = {
    "font.size": 8.0, "axes.titlesize": 8.0, "axes.labelsize": 8.0, "xtick.labelsize": TICKS,
    "ytick.labelsize": TICKS, "legend.fontsize": 7.0, "legend.frameon": False,
    "axes.linewidth": 0.6, "xtick.major.width": 0.6, "ytick.major.width": 0.6,
    "hatch.linewidth": 0.4, "mathtext.fontset": "dejavusans",
}  # fmt: skip


# of a picture in a notebook, whose pixels are those of the screen
_DPI = 120


class Page(Figure):
    """A figure of so many inches, made without pyplot: nothing keeps or opens it."""

    def __init__(self, width: float, height: float) -> None:
        super().__init__(figsize=(width, height), layout="constrained")
        # a Figure made without pyplot has the dpi of the screen
        self.set_dpi(200)

    def _repr_png_(self) -> bytes:
        safe_texts(self)
        drawn = io.BytesIO()
        self.savefig(drawn, format="png", dpi=_DPI)
        return drawn.getvalue()


@contextmanager
def axes_for(ax: Axes | None, width: float, height: float) -> Iterator[Axes]:
    """The Axes given, in the style its owner chose, or those of a new figure in our style."""
    if ax is not None:
        yield ax
        return
    with mpl.rc_context(STYLE):
        new: Axes = Page(width, height).subplots()
        new.tick_params(labelsize=TICKS)
        yield new


def figure_of(ax: Axes) -> Figure:
    """The whole figure that some Axes are in."""
    figure = ax.get_figure(root=True)
    assert figure is not None
    return figure


def shown_text(text: str, longest: int = _LONGEST_TEXT) -> str:
    """Text of a file for a figure: what is no mathematics that can be drawn stays as written."""
    text = escaped(text if len(text) <= longest else f"{text[:longest]}…")
    if "$" not in text:
        return text
    dollars = re.findall(r"(?<!\\)\$", text)
    try:
        if len(dollars) % 2 == 0:
            for line in text.split("\n"):
                MathTextParser("path").parse(line)
            return text
    # what it raises beside ValueError depends on what it stumbles over
    except Exception:
        pass
    return re.sub(r"(?<!\\)\$", r"\\$", text)


def safe_texts(figure: Figure) -> None:
    """Let every text of a figure be one that can be drawn, wherever it came from."""
    for text in figure.findobj(Text):
        longest = _LONGEST_CAPTION if text.get_gid() == CAPTION else _LONGEST_TEXT
        text.set_text(shown_text(text.get_text(), longest))


def legend_below(ax: Axes, handles: list[Artist], ncols: int) -> None:
    """A legend under the label of the x axis, whatever the height of the Axes."""
    # two lines of text: tick labels and axis label
    below = ScaledTranslation(0.0, -34 / 72, ax.figure.dpi_scale_trans)
    ax.legend(
        handles=handles, loc="upper center", bbox_to_anchor=(0.5, 0.0),
        bbox_transform=ax.transAxes + below, ncols=ncols, handlelength=1.4, columnspacing=1.2,
        handletextpad=0.6, labelspacing=0.35, borderaxespad=0.0,
    )  # fmt: skip


def legend_beside(ax: Axes, handles: list[Artist]) -> None:
    """A legend on the right of the Axes, clear of a second temperature axis."""
    ax.legend(
        handles=handles, loc="center left", bbox_to_anchor=(1.16 if ax.child_axes else 1.02, 0.5),
        handlelength=1.4, handletextpad=0.6, labelspacing=0.45, borderaxespad=0.0,
    )  # fmt: skip


def outline(width: float = 2.0, colour: str = "white") -> list[AbstractPathEffect]:
    """A rim around dark lines and letters, so that they stand out from any colour."""
    return [Stroke(linewidth=width, foreground=colour), Normal()]


def shown_wavevector(wavevector: FloatArray) -> str:
    """Reciprocal lattice units as fractions, such as ``(1/3, 1/3, 0)``."""
    parts = []
    for component in wavevector:
        near = Fraction(float(component)).limit_denominator(64)
        exact = abs(float(near) - component) < 1e-6
        parts.append(str(near).replace("-", "−") if exact else f"{component:.3g}")
    return "(" + ", ".join(parts) + ")"


def shown_with_error(value: float, error: float) -> str:
    """A value rounded to its error, as in ``650.8(21)`` or ``255(4)``."""
    if not (np.isfinite(error) and error > 0):
        return f"{value:.4g}"
    # two digits of an error that begins with a 1, else one
    decimals = -int(np.floor(np.log10(error)))
    decimals += int(error * 10.0**decimals < 1.95)
    if decimals <= 0:
        return f"{round(value, decimals):.0f}({round(error, decimals):.0f})"
    return f"{value:.{decimals}f}({round(error * 10.0**decimals)})"
