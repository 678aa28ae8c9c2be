"""Progress that is seen: in a terminal, in a notebook without ipywidgets, or not at all."""

import builtins
import io
import sys
import time
from types import ModuleType
from typing import Any

import pytest
from rich.console import Console
from short_scans import tasks

from mcsc.execute import SILENT, Progress, display
from mcsc.execute.display import Display, shown

FIRST, SECOND = tasks()


class ZMQInteractiveShell:
    """What get_ipython gives in a notebook: it is told by this name."""


class Cell:
    """An output of a notebook: all that has been drawn in it, last what is seen."""

    def __init__(self) -> None:
        self.drawn: list[dict[str, str]] = []

    def display(self, first: Any, *, raw: bool, display_id: bool) -> "Cell":
        assert raw
        assert display_id
        self.drawn.append(first)
        return self

    def update(self, shown: Any) -> None:
        self.drawn.append(shown._repr_mimebundle_(include=None, exclude=None))


@pytest.fixture
def notebook(monkeypatch: pytest.MonkeyPatch) -> Cell:
    cell, ipython, drawing = Cell(), ModuleType("IPython"), ModuleType("IPython.display")
    drawing.display = cell.display  # type: ignore[attr-defined]
    monkeypatch.setitem(sys.modules, "IPython", ipython)
    monkeypatch.setitem(sys.modules, "IPython.display", drawing)
    # as where it is not installed
    monkeypatch.setitem(sys.modules, "ipywidgets", None)
    monkeypatch.setattr(builtins, "get_ipython", ZMQInteractiveShell, raising=False)
    return cell


@pytest.fixture
def terminal(monkeypatch: pytest.MonkeyPatch) -> io.StringIO:
    screen = io.StringIO()
    console = Console(file=screen, force_terminal=True, width=100, color_system=None)
    monkeypatch.setattr(display, "_console", lambda: console)
    return screen


def work(told: Progress, seconds: float = 0.0) -> None:
    told.begin([FIRST, SECOND], "scan", "every point")
    told.update(FIRST, 0.5)
    time.sleep(seconds)
    told.update(FIRST, 1.0)
    told.update(SECOND, 1.0)
    told.stage("transitions", 0.25)


def test_a_notebook_draws_in_one_place(notebook: Cell, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(display, "_SECONDS", 0.05)
    with shown(True) as told:
        work(told, 0.4)
    empty, first, *_, last = notebook.drawn
    assert empty == {"text/plain": ""}
    assert "0/2 tasks" in first["text/plain"]
    assert "2/2 tasks" in last["text/plain"]
    assert "100 %" in last["text/plain"]
    assert "transitions" in last["text/html"]
    assert "25 %" in last["text/html"]


def test_a_terminal_shows_a_bar(terminal: io.StringIO, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(display, "_SECONDS", 0.05)
    with shown(True) as told:
        work(told, 0.4)
    assert "0/2 tasks" in terminal.getvalue()
    assert "2/2 tasks" in terminal.getvalue()
    assert "transitions" in terminal.getvalue()


def test_what_is_over_soon_shows_nothing(notebook: Cell) -> None:
    with shown(True) as told:
        work(told)
    assert notebook.drawn == [{"text/plain": ""}]


def test_what_is_over_soon_shows_nothing_in_a_terminal(terminal: io.StringIO) -> None:
    with shown(True) as told:
        work(told)
    assert not terminal.getvalue()


def test_nobody_watches(capsys: pytest.CaptureFixture[str]) -> None:
    own = Progress()
    for asked, expected in ((True, SILENT), (False, SILENT), (own, own)):
        with shown(asked) as told:
            assert told is expected
            work(told)
    assert capsys.readouterr() == ("", "")


def test_the_log_of_a_job_has_lines(capsys: pytest.CaptureFixture[str]) -> None:
    with Display() as told:
        work(told)
        told.begin([SECOND], "more dopings", "the transition bends around 0.5")
        told.say("a [red]file[/red] named \x1b[2J" + "x" * 200)
    out, err = capsys.readouterr()
    assert not out
    assert err.splitlines() == [
        "running 2 tasks",
        "round 2, more dopings: 1 task; the transition bends around 0.5",
        "a [red]file[/red] named \\x1b[2J" + "x" * 200,
    ]
