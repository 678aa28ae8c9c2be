"""The console of tables: text of files is text there, never markup or control."""

from typing import TYPE_CHECKING, Any

from rich.console import Console
from rich.table import Table
from rich.text import Text

from mcsc.text import Table as Words
from mcsc.text import escaped

if TYPE_CHECKING:
    import xarray as xr

# wide enough for every table where there is no terminal to ask
_WIDTH = 140


class Shown(Console):
    """Titles, headers, cells and lines, which all come by here as text, are shown as they are."""

    def render_str(self, text: str, **options: Any) -> Text:
        """Text as a renderable, without markup, emoji codes or highlighting."""
        plain = {"markup": False, "emoji": False, "highlight": False, "highlighter": None}
        return super().render_str(escaped(text), **{**options, **plain})

    def show(self, found: Words | str) -> None:
        """Print a table, or words without line breaks."""
        if isinstance(found, str):
            self.unbroken(found)
            return
        table = table_of(found.title, *found.head, caption=found.caption or None)
        for row in found.rows:
            table.add_row(*row)
        self.print(table)

    def unbroken(self, text: str) -> None:
        """Print text without line breaks: the terminal wraps it."""
        self.print(text, soft_wrap=True)


def console_of() -> Shown:
    """A console as wide as the terminal, or wide enough for every table where there is none."""
    console = Shown()
    return console if console.is_terminal else Shown(width=_WIDTH)


def table_of(title: str, *names: str, fold: bool = False, caption: str | None = None) -> Table:
    """A table with these columns and no rows; long cells are folded, or wrapped at words."""
    table = Table(title=title, title_justify="left", caption=caption, caption_justify="left")
    for name in names:
        table.add_column(name, overflow="fold" if fold else "ellipsis")
    return table


def print_tables(tree: "xr.DataTree") -> None:
    """Print everything that a diagram says as tables."""
    from mcsc.report.tables import tables

    console = console_of()
    for found in tables(tree):
        console.show(found)
