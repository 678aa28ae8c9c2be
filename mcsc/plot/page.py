"""Figures that a notebook shows where they are the last of a cell."""

import io

from matplotlib.figure import Figure

from mcsc.plot.style import safe_texts

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
