"""Text of files on the terminal and in figures: shown as it is, never obeyed, never a traceback."""

import sys
import unicodedata
from pathlib import Path

import numpy as np
import pytest
from in_process import scan
from trees import tree_of

from mcsc import diagram
from mcsc.cli import main
from mcsc.files import netcdf
from mcsc.files.tree import groups_of
from mcsc.plot.style import shown_text
from mcsc.text import escaped

RUN = """
title = "ordinary"
[structure]
lattice = "kagome-wells"
layer_spacing = 1.7
[wells]
states = "vertices"
[scan]
doping = [0.5, 1.0]
temperature = { values = [0.3, 0.2, 0.1] }
size = [3, 3, 2]
field = [0.0, 0.1]
[sampling]
sweeps = 64
warmup = 8
measurements = 64
"""
# an escape sequence, C1 controls, marks of direction, markup, broken mathematics, broken lines
HOSTILE = "[/red]\x1b[31m\x9b7m\x07\u202eevil\u2066\u200f\u061c\u2028$\\frac{[bold]:smile:"
LABEL = "[/x]\x1b\u202e$\\frac{"


@pytest.fixture(scope="module")
def hostile(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A diagram whose every free text is hostile, with the seal of an honest one."""
    folder = tmp_path_factory.mktemp("hostile")
    (folder / "run.toml").write_text(RUN)
    scan(folder / "run.toml", folder / "run.nc")
    groups = groups_of(diagram.load(folder / "run.nc"))
    for name, dataset in groups.items():
        for variable in dataset.variables.values():
            for key in ("units", "long_name", "comment"):
                if key in variable.attrs:
                    variable.attrs[key] = LABEL
        for key in ("title", "summary", "source", "history", "structure_source"):
            if key in dataset.attrs:
                dataset.attrs[key] = HOSTILE
        texts = {n for n, v in dataset.data_vars.items() if v.dtype.kind in "UOT"}
        groups[name] = dataset.assign(
            {n: (dataset[n].dims, np.full(dataset[n].shape, LABEL)) for n in texts}
        )
    root = {k: v for k, v in groups["/"].attrs.items() if "seal" not in k}
    netcdf.write(folder / "hostile.nc", tree_of(groups), root)
    return folder / "hostile.nc"


def raw(text: str) -> set[str]:
    """Characters that act on a terminal."""
    return {c for c in text if unicodedata.category(c) in ("Cc", "Cf", "Zl", "Zp")} - {"\n"}


@pytest.mark.parametrize(
    "arguments",
    [
        ["transitions"],
        ["transitions", "--significance", "1"],
        ["plot", "-o", "figure.svg"],
        ["plot", "--diffraction", "-o", "diffraction.svg"],
        ["compare"],
        ["compare", "--material", HOSTILE],
        ["plot", "--along", HOSTILE],
    ],
)
def test_a_diagram_of_someone_else(
    hostile: Path,
    arguments: list[str],
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    monkeypatch.chdir(hostile.parent)
    command, *options = arguments
    monkeypatch.setattr(sys, "argv", ["mcsc", command, hostile.name, *options])
    with pytest.raises(SystemExit) as end:
        main()
    assert end.value.code in (0, 2)
    shown = capsys.readouterr()
    assert raw(shown.out + shown.err) == set()
    for figure in hostile.parent.glob("*.svg"):
        assert raw(figure.read_text(encoding="utf-8")) == set()
    # nothing was taken for markup or swallowed
    if "evil" in shown.out + shown.err:
        assert r"[/red]\x1b[31m\x9b7m" in (shown.out + shown.err).replace("\n", "")


@pytest.mark.parametrize(
    ("text", "plain"),
    [
        ("ordinary Å – μ\u202f1", "ordinary Å – μ\u202f1"),
        ("two\nlines", "two\nlines"),
        ("\x1b[0m\t\x00\x85", r"\x1b[0m\t\x00\x85"),
        ("\u202e\u2066\u200f\u061c\u2028\u200b\ufeff\udc80", None),
    ],
)
def test_escaped(text: str, plain: str | None) -> None:
    written = text.encode("unicode_escape").decode() if plain is None else plain
    assert escaped(text) == written


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("$x$ = 1/8", "$x$ = 1/8"),
        (r"$\frac{", r"\$\frac{"),
        (r"$\frac{$", r"\$\frac{\$"),
        ("costs $5", r"costs \$5"),
        ("$a$ and $5", r"\$a\$ and \$5"),
        ("$\x1b$", r"\$\x1b\$"),
        ("a" * 1000, "a" * 300 + "…"),
    ],
)
def test_mathematics_that_cannot_be_drawn_is_plain_text(text: str, shown: str) -> None:
    from matplotlib.figure import Figure

    assert shown_text(text) == shown
    figure = Figure()
    figure.suptitle(shown_text(text))
    figure.draw_without_rendering()
