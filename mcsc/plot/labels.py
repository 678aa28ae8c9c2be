"""Names put into a map where they cover neither each other nor the lines, as far as that goes."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from matplotlib.axes import Axes
from matplotlib.backends.backend_agg import RendererAgg
from matplotlib.transforms import Bbox

from mcsc.arrays import FloatArray
from mcsc.plot.style import TICKS, figure_of, outline

# points between positions tried, and how many of them up, down and sideways
_STEP, _UP, _DOWN, _ASIDE = 6.0, 16, 8, 8
# price of a covered piece of a line in points of distance, of a piece of another name
_LINE, _NAME = 4.0, 1e4
# names further from their position than this are joined to it, points
_NEAR = 12.0
# half the size of a letter in the map
_MARK = 5.0


@dataclass(frozen=True)
class Label:
    """A text, and the position in data coordinates that it belongs to."""

    text: str
    x: float
    y: float
    leader: bool = True
    style: str = "normal"


def put_labels(
    ax: Axes,
    labels: Sequence[Label],
    lines: Sequence[FloatArray],
    marks: Sequence[tuple[float, float]] = (),
) -> None:
    """Put each label as near to its position as lines and the other labels allow.

    ax: In a figure that is complete but for the labels: their extents hold for its present size.
    labels: The first has the first choice.
    lines: Curves (n, 2) in data coordinates to be left free.
    marks: Letters that are there already, data coordinates.
    """
    figure = figure_of(ax)
    figure.draw_without_rendering()
    point = figure.dpi / 72
    renderer = RendererAgg(1, 1, figure.dpi)
    frame = ax.get_window_extent().padded(-2 * point)
    points = [ax.transData.transform(_dense(ax, line)) for line in lines if len(line)]
    busy = np.vstack(points) if points else np.zeros((0, 2))
    centres = (ax.transData.transform(mark) for mark in marks)
    taken = [Bbox([at - _MARK * point, at + _MARK * point]) for at in centres]
    for label in labels:
        text = ax.annotate(
            label.text, (label.x, label.y), xytext=(0, 0), textcoords="offset points", ha="center",
            va="center", fontsize=TICKS, style=label.style, zorder=6, path_effects=outline(2.4),
            linespacing=1.2, in_layout=False, label="name",
        )  # fmt: skip
        box = text.get_window_extent(renderer).padded(1.5 * point)
        best = min(_offsets(label), key=lambda o: _price(o, box, point, frame, busy, taken))
        text.xyann = best
        taken.append(box.translated(best[0] * point, best[1] * point))
        away = float(np.hypot(*best)) - box.height / 2 / point
        if label.leader and away > _NEAR:
            side = taken[-1].y0 if best[1] > 0 else taken[-1].y1
            end = ax.transData.inverted().transform(((taken[-1].x0 + taken[-1].x1) / 2, side))
            ax.plot([label.x, end[0]], [label.y, end[1]], color="0.2", linewidth=0.5, zorder=5.5,
                    label="leader")  # fmt: skip


def _offsets(label: Label) -> list[tuple[float, float]]:
    down = _DOWN if label.leader else _UP
    rows, columns = range(-down, _UP + 1), range(-_ASIDE, _ASIDE + 1)
    return [(_STEP * i, _STEP * j) for j in rows for i in columns]


def _price(
    offset: tuple[float, float], box: Bbox, point: float, frame: Bbox, busy: FloatArray,
    taken: list[Bbox],
) -> float:  # fmt: skip
    """Distance in points, and what is covered."""
    moved = box.translated(offset[0] * point, offset[1] * point)
    outside = (
        max(frame.x0 - moved.x0, 0) + max(moved.x1 - frame.x1, 0)
        + max(frame.y0 - moved.y0, 0) + max(moved.y1 - frame.y1, 0)
    )  # fmt: skip
    covered = ((busy >= moved.min) & (busy <= moved.max)).all(axis=1).sum() if len(busy) else 0
    names = sum(moved.overlaps(other) for other in taken)
    # rather above than below or aside
    away = np.hypot(1.3 * offset[0], offset[1] * (1.0 if offset[1] > 0 else 1.4))
    return float(away + _LINE * covered + _NAME * (names + outside / point))


def _dense(ax: Axes, line: FloatArray) -> FloatArray:
    """A curve with a point every few pixels."""
    pixels = ax.transData.transform(line)
    pieces = [line[:1]]
    for a, b, start, end in zip(pixels, pixels[1:], line, line[1:], strict=False):
        n = max(int(np.hypot(*(b - a)) / 8), 1)
        share = np.linspace(0, 1, n + 1)[1:, None]
        pieces.append(start + share * (end - start))
    return np.vstack(pieces)
