"""The console of tables: text of files is text there, never markup or control."""

from typing import Any

from rich.console import Console
from rich.text import Text

from mcsc.text import escaped

# wide enough for every table where there is no terminal to ask
_WIDTH = 140


def console_of() -> Console:
    """A console as wide as the terminal, or wide enough for every table where there is none."""
    console = _Console()
    return console if console.is_terminal else _Console(width=_WIDTH)


class _Console(Console):
    """Titles, headers, cells and lines, which all come by here as text, are shown as they are."""

    def render_str(self, text: str, **options: Any) -> Text:
        """Text as a renderable, without markup, emoji codes or highlighting."""
        plain = {"markup": False, "emoji": False, "highlight": False, "highlighter": None}
        return super().render_str(escaped(text), **{**options, **plain})
