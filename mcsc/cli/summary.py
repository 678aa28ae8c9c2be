"""The last words of a run: what was found, what is undecided, what to do next."""

import shutil
import sys
from collections.abc import Iterator
from pathlib import Path
from textwrap import wrap

from mcsc.report.record import Findings
from mcsc.report.words import words
from mcsc.text import command

_WIDTH = 80


def summary_lines(found: Findings, out: Path, width: int = _WIDTH) -> list[str]:
    """At most some twenty lines, no longer than ``width``."""
    lines: list[str] = []
    for text in _texts(found, out):
        indent = " " * (len(text) - len(text.lstrip()) + 2)
        lines += wrap(text, width, subsequent_indent=indent, break_on_hyphens=False,
                      break_long_words=False)  # fmt: skip
    return lines


def width_here() -> int:
    """That of the terminal, at most 80; 80 in a file."""
    return min(_WIDTH, shutil.get_terminal_size().columns) if sys.stdout.isatty() else _WIDTH


def _texts(found: Findings, out: Path) -> Iterator[str]:
    yield found.title
    yield from words(found)
    if found.share < 1 and found.sweeps and found.run_file:
        yield f"for longer runs raise sweeps in [sampling] of {found.run_file}"
    yield f"wrote {out}; draw it with: {command('plot', out)}"
    yield f"to point at in a browser: {command('report', out)}"
    yield f"every transition with its reasons: {command('transitions', out)}"
