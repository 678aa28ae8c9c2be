"""Commands with something wrong in their options or files: done, or told in a line; nothing else.

Some are tried always, all with ``-m validation``.
"""

import os
from collections import Counter
from collections.abc import Callable
from pathlib import Path
from random import Random
from typing import Any

import numpy as np
import pytest
import typer
import xarray as xr
from in_process import scan
from watched import fingerprints, in_order, watched

from mcsc import diagram
from mcsc.cli import app
from mcsc.files import netcdf
from mcsc.files.tree import groups_of

RUN = """
title = "ordinary"
[structure]
lattice = "kagome-wells"
layer_spacing = 1.7
[scan]
doping = [0.5, 1.0]
temperature = { values = [0.3, 0.2, 0.1] }
size = [3, 3, 2]
[sampling]
sweeps = 64
warmup = 8
measurements = 64
"""
# numbers, names, places and controls in place of what is meant
VALUES = [
    "nan", "inf", "-inf", "-1", "0", "1e308", "5e-324", "9" * 30, "", " ", ",", "1,2", "nan,0,0",
    "\x1b[31m", "\x9b7m", "\u202e", "\u2028", "[/red]", "$\\frac{", "a" * 5000, "\udc80",
    "/dev/zero", "/dev/null", "/proc/x", "pipe", "folder", ".", "/", "3x3x2", "1/0", "99/1", "V",
    "tcp://", "run.toml", "run.nc", "crystal.cif", "notes.txt",
]  # fmt: skip
FILES = {
    "merge": "run.toml", "status": "run.toml", "wells": "crystal.cif", "materials": "La2CuO4",
    "transitions": "run.nc", "plot": "run.nc", "compare": "run.nc",
}  # fmt: skip
USUAL = {"merge": ["-o", "run.nc"], "status": ["-o", "run.nc"], "plot": ["-o", "out.png"]}

Groups = dict[str, xr.Dataset]


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("command")
    (folder / "run.toml").write_text(RUN)
    scan(folder / "run.toml", folder / "run.nc")
    shipped = Path(diagram.__file__).parents[1] / "materials" / "La2CuO4.cif"
    (folder / "crystal.cif").write_bytes(shipped.read_bytes())
    (folder / "notes.txt").write_text("not ours")
    (folder / "folder").mkdir()
    os.mkfifo(folder / "pipe")
    return folder


def commands() -> list[list[str]]:
    """Every option and file of every command with every value; figures only where they fail."""
    found = []
    group: Any = typer.main.get_command(app)
    for name, file in FILES.items():
        for parameter in group.commands[name].params:
            option = next((o for o in parameter.opts if o.startswith("--")), None)
            if option in ("--json", "--diffraction", "--partial", "--write"):
                continue
            for value in VALUES:
                usual = USUAL.get(name, [])
                if option is None:
                    found.append([name, value, *usual])
                else:
                    found.append([name, file, *usual, option, value])
    return found


EVERY = commands()


@pytest.mark.parametrize(
    "share", [0.06, pytest.param(1.0, marks=pytest.mark.validation)], ids=["some", "all"]
)
def test_options_and_files(folder: Path, share: float, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(folder)
    chosen = Random(15).sample(EVERY, round(share * len(EVERY)))
    before, codes = fingerprints(folder), Counter[int]()
    for arguments in chosen:
        ended = watched(arguments)
        assert in_order(ended), (arguments, ended)
        codes[ended.code] += 1
        after = fingerprints(folder)
        # what was there stays but for the diagram that merge writes anew
        changed = {name for name in before if after.get(name) != before[name]} - {"run.nc"}
        assert not changed, arguments
        new = {name for name in after if name not in before}
        named = {arguments[-1].split("/")[0], "out.png", f"{arguments[1]}.png"}
        assert all(name.split("/")[0] in named for name in new), (arguments, new)
        for name in sorted(new, reverse=True):
            path = folder / name
            path.rmdir() if path.is_dir() else path.unlink()
    assert sum(codes.values()) == len(chosen)
    assert codes[2] > 0.7 * len(chosen)


def _variable(groups: Groups, random: Random) -> tuple[str, Any]:
    name = random.choice(sorted(name for name, group in groups.items() if group.variables))
    return name, random.choice(sorted(groups[name].variables))


def _without(groups: Groups, random: Random) -> None:
    name, variable = _variable(groups, random)
    groups[name] = groups[name].drop_vars(variable)


def _retyped(groups: Groups, random: Random) -> None:
    """Text in place of numbers, and numbers in place of text."""
    name, variable = _variable(groups, random)
    old = groups[name][variable]
    new: Any = random.choice([np.full(old.shape, "\x1b[31m[/red]"), np.full(old.shape, 2**62)])
    groups[name] = groups[name].drop_vars(variable).assign({variable: (old.dims, new)})


def _reshaped(groups: Groups, random: Random) -> None:
    """No entries, or other dimensions."""
    name, variable = _variable(groups, random)
    dims = groups[name][variable].dims
    if dims and random.random() < 0.5:
        groups[name] = groups[name].isel({random.choice(dims): slice(0, random.randrange(2))})
    else:
        groups[name] = groups[name].drop_vars(variable).assign({variable: ("x", np.zeros(3))})


def _refilled(groups: Groups, random: Random) -> None:
    name, variable = _variable(groups, random)
    old = groups[name][variable]
    if old.dtype.kind in "fi":
        value = random.choice([np.nan, np.inf, -1e308, 0.0, -1.0])
        new = np.full(old.shape, value).astype(old.dtype if np.isfinite(value) else float)
        groups[name] = groups[name].drop_vars(variable).assign({variable: (old.dims, new)})


def _attribute(groups: Groups, random: Random) -> None:
    """Attributes of another type, of none, and of hostile text."""
    name, variable = _variable(groups, random)
    at: xr.Dataset | xr.DataArray = random.choice([groups[name], groups[name][variable]])
    if at.attrs:
        key = random.choice(sorted(at.attrs))
        at.attrs[key] = random.choice(
            [7, 1e308, "", "\x1b[31m\u202e$\\frac{[/x]", [1, 2], "a" * 9999]
        )
        if random.random() < 0.3:
            del at.attrs[key]


def _no_group(groups: Groups, random: Random) -> None:
    del groups[random.choice(sorted(groups.keys() - {"/"}))]


FORGERIES: list[Callable[[Groups, Random], None]] = [
    _without, _retyped, _reshaped, _refilled, _attribute, _attribute, _no_group,
]  # fmt: skip


@pytest.mark.filterwarnings("ignore")
@pytest.mark.parametrize(
    ("first", "last"), [(0, 14), pytest.param(14, 300, marks=pytest.mark.validation)]
)
def test_forged_diagrams(
    folder: Path, tmp_path: Path, first: int, last: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Types, shapes, values and attributes that mcsc would not write, under a valid seal."""
    # what was forged is told as such, wherever it comes to light
    monkeypatch.delenv("MCSC_TRACEBACK")
    monkeypatch.chdir(tmp_path)
    # what is no tree is written too
    monkeypatch.setattr(netcdf, "groups_of", dict)
    codes, honest = Counter[int](), groups_of(diagram.load(folder / "run.nc"))
    for number in range(first, last):
        random = Random(number)
        groups = {name: group.copy(deep=True) for name, group in honest.items()}
        random.choice(FORGERIES)(groups, random)
        attributes = dict(groups["/"].attrs)
        netcdf.write(tmp_path / "forged.nc", groups, attributes)
        before = fingerprints(tmp_path)
        # a figure takes a second
        asked = ["plot", "forged.nc", "-o", "out.png"] if number % 7 == 0 else None
        ended = watched(asked or ["transitions", "forged.nc"])
        assert in_order(ended), (number, ended)
        codes[ended.code] += 1
        (tmp_path / "out.png").unlink(missing_ok=True)
        assert fingerprints(tmp_path) == before, number
    assert codes[0] + codes[2] == last - first
    # the forger must neither spare nor break everything
    assert codes[0] > 0
    assert codes[2] > 0
