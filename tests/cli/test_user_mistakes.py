"""Mistakes that users make end in one line with the file, the key, the value and the remedy."""

import errno
import os
import shutil
import sys
import tempfile
from importlib import import_module
from pathlib import Path

import pytest
from in_process import scan

from mcsc.cli import main
from mcsc.files.replace import require_writable

RUN = """
[structure]
lattice = "cubic"
[scan]
doping = [0.25]
temperature = { values = [0.2, 0.1] }
size = [4, 4, 4]
[sampling]
sweeps = 64
warmup = 8
measurements = 64
"""
FLAT = '[wells]\nstates = "sixfold"\n'
HARMONIC = '[wells]\nstates = "harmonic"\n'
CRYSTAL = """
[structure]
cif = "nowhere.cif"
net = "V"
[scan]
doping = [1.0]
temperature = { values = [100.0, 200.0] }
size = [3, 3, 2]
"""


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A run file, its diagram, and the diagram damaged in two ways."""
    folder = tmp_path_factory.mktemp("mistakes")
    (folder / "run.toml").write_text(RUN)
    (folder / "crystal.toml").write_text(CRYSTAL)
    scan(folder / "run.toml", folder / "run.nc")
    whole = (folder / "run.nc").read_bytes()
    (folder / "cut.nc").write_bytes(whole[:5000])
    middle = len(whole) // 2
    (folder / "changed.nc").write_bytes(whole[:middle] + b"?" * 8 + whole[middle + 8 :])
    (folder / "notes.txt").write_text("of someone else")
    (folder / "picture.png").write_bytes(b"\x89PNG\r\n\x1a\n of someone else")
    (folder / "linked.nc").symlink_to("notes.txt")
    shutil.copy(folder / "run.nc", folder / "other.nc")
    os.mkfifo(folder / "pipe.nc")
    for name, old, new in (
        ("typo", "sweeps", "sweps"),
        ("full", "0.25", "1.5"),
        ("field", "size", "field = [0.0, 0.5]\nsize"),
        ("across", "[scan]", f"{FLAT}[scan]\nfield = [0.5]\nfield_direction = [0, 0, 1]"),
        ("flat", "[scan]", f"{HARMONIC}[scan]"),
        ("fine", "[scan]", f"{FLAT}harmonic_steps = 2\n[scan]"),
        ("many", "[scan]", f'{HARMONIC}state_energy = 1.0\nharmonic_axes = "xyz"\n[scan]'),
        ("more", "0.25", "0.25, 0.5"),
        ("material", 'lattice = "cubic"', 'material = "La2CuO5"'),
    ):
        (folder / f"{name}.toml").write_text(RUN.replace(old, new, 1))
    (folder / "long.toml").write_bytes(b"#" * 6_000_000)
    (folder / "quotes.toml").write_text(RUN.replace('"cubic"', "\u201ccubic\u201d", 1))
    for name in ("pipe", "pipe.toml"):
        os.mkfifo(folder / name)
    return folder


@pytest.mark.parametrize(
    ("arguments", "parts"),
    [
        (["run", "typo.toml"], ["typo.toml: sampling.sweps: unknown key", "'sweeps'?"]),
        (
            ["run", "crystal.toml"],
            ["crystal.toml: structure: cif = 'nowhere.cif': no such CIF", "CsV3Sb5"],
        ),
        (["run", "full.toml"], ["full.toml: scan.doping = 1.5: 96 carriers", "below 1"]),
        (["run", "field.toml"], ["field.toml: scan.field = 0.5", "set wells.states"]),
        (["run", "across.toml"], ["field_direction = [0.0, 0.0, 1.0]: no carrier", "another"]),
        (["run", "flat.toml"], ["flat.toml: wells", "needs 'state_energy'"]),
        (["run", "fine.toml"], ["fine.toml: wells", "'harmonic_steps' needs states"]),
        (["run", "many.toml"], ["many.toml: wells.states = 'harmonic'", "at most 127"]),
        (["run", "material.toml"], ["structure.material = 'La2CuO5'", "mean 'La2CuO4'?"]),
        (["run", "quotes.toml"], ["not valid TOML", "(“) is no plain quote"]),
        (["run", "run.tasks"], ["run.tasks: is a folder", "give a run file"]),
        (["run", "/dev/zero"], ["/dev/zero: is a device", "give a run file"]),
        (["run", "pipe"], ["pipe: is a pipe", "give a run file"]),
        (["status", "pipe"], ["pipe: is a pipe"]),
        (["ground", "pipe"], ["pipe: is a pipe"]),
        (["wells", "pipe.toml"], ["pipe.toml: is a pipe"]),
        (["plot", "pipe"], ["pipe: is a pipe"]),
        (["transitions", "/dev/zero"], ["/dev/zero: is a device"]),
        (["run", "long.toml"], ["long.toml: 6 MB are no run file"]),
        (["run", "a\x1b[31m\u202e.toml"], [r"a\x1b[31m\u202e.toml: no such file"]),
        (["run", "a\udc80"], [r"a\udc80: no such file"]),
        (["wells", "a\u2028b.cif"], [r"a\u2028b.cif: no such"]),
        (["run", "--nothing\x1b"], [r"No such option: --nothing\x1b; see: mcsc --help"]),
        (["run", "run.nc"], ["run.nc: cannot be read as text in UTF-8"]),
        (["plot", "La2CuO5", "--diffraction"], ["'La2CuO5': no such", "mean 'La2CuO4'?"]),
        (["merge", "run.toml", "-o", "none.nc"], ["none.tasks: no task", "run mcsc run run.toml"]),
        (["merge", "more.toml", "-o", "run.nc"], ["run.tasks: 1 of 2", "doping 0.5", "--partial"]),
        (["plot", "cut.nc"], ["cut.nc: cannot be read (NetCDF", "mcsc merge RUN_FILE -o cut.nc"]),
        (["plot", "changed.nc"], ["changed.nc: contents differ", "mcsc merge RUN_FILE"]),
        (["transitions", "changed.nc"], ["changed.nc: contents differ", "mcsc merge RUN_FILE"]),
        (["plot", "run.toml"], ["run.toml: cannot be read", "'mcsc run' has written"]),
        (["plot", "run.tasks"], ["run.tasks: is a folder"]),
        (["report", "."], [".: is a folder"]),
        (
            ["plot", "run.nc", "--at", "doping=3"],
            ["run.nc: doping = 3: outside", "choose one from"],
        ),
        (["plot", "run.nc", "-o", "/proc/x/a.png"], ["/proc/x/a.png: cannot be written"]),
        (["compare", "run.nc"], ["run.nc: this diagram names no material", "--material"]),
        (["run", "run.toml", "-o", "run.toml"], ["run.toml: not written by mcsc", "-o"]),
        (["run", "run.toml", "-o", "notes.txt"], ["notes.txt: not written by mcsc", "-o"]),
        (["run", "run.toml", "-o", "linked.nc"], ["linked.nc: not written by mcsc", "-o"]),
        (["run", "run.toml", "-o", "pipe.nc"], ["pipe.nc: is a pipe"]),
        (["run", "run.toml", "-o", "/proc/a.nc"], ["/proc/a.nc: cannot be written", "another"]),
        (["run", "run.toml", "-o", "/dev/null"], ["/dev/null: is a device"]),
        (["run", "run.toml", "-o", "a.tasks"], ["a.tasks: its tasks are kept there", ".nc"]),
        (["run", "run.toml", "--task", "1/2", "-o", "notes.txt"], ["notes.txt: not written"]),
        (["run", "more.toml", "-o", "run.nc"], ["another run file (run.toml)", "--overwrite"]),
        (["merge", "run.toml", "-o", "run.toml"], ["run.toml: not written by mcsc", "-o"]),
        (["merge", "more.toml", "--partial", "-o", "other.nc"], ["other.tasks: no task"]),
        (["ground", "run.toml", "-o", "run.toml"], ["run.toml: not written by mcsc", "-o"]),
        (["ground", "run.toml", "-o", "run.nc"], ["run.nc: written by mcsc, but not a file of"]),
        (["ground", "run.toml", "--draw", "picture.png"], ["picture.png: not drawn by mcsc"]),
        (["plot", "run.nc", "-o", "picture.png"], ["picture.png: not drawn by mcsc", "-o"]),
        (["plot", "run.nc", "-o", "run.toml"], ["run.toml: unknown kind of figure"]),
        (["compare", "run.nc", "-o", "picture.png"], ["picture.png: not drawn by mcsc"]),
        (["wells", "run.toml", "-o", "picture.png"], ["picture.png: not drawn by mcsc"]),
        (["plot", "pipe.nc"], ["pipe.nc: is a pipe"]),
        (["transitions", "/dev/zero"], ["/dev/zero: is a device"]),
        (["ground", "run.toml", "-o", "/proc/x/a.nc"], ["/proc/x/a.nc: cannot be written"]),
    ],
)
def test_one_line(
    folder: Path,
    arguments: list[str],
    parts: list[str],
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    before = {path: path.read_bytes() for path in folder.iterdir() if path.is_file()}
    monkeypatch.chdir(folder)
    monkeypatch.setattr(sys, "argv", ["mcsc", *arguments])
    with pytest.raises(SystemExit) as end:
        main()
    assert end.value.code == 2
    assert before == {path: path.read_bytes() for path in folder.iterdir() if path.is_file()}
    shown = capsys.readouterr()
    assert len(shown.err.splitlines()) == 1
    assert shown.err.startswith("mcsc: ")
    assert shown.out == ""
    for part in parts:
        assert part in shown.err


def test_a_folder_without_permission_is_refused_before_the_work(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = tmp_path / "new" / "out.nc"
    require_writable(path)
    assert path.parent.is_dir()
    # the superuser may write anywhere

    def refuse(**_: object) -> None:
        raise PermissionError(errno.EACCES, "Permission denied")

    monkeypatch.setattr(tempfile, "TemporaryFile", refuse)
    with pytest.raises(OSError, match=r"out\.nc: cannot be written .*choose another") as caught:
        require_writable(path)
    assert caught.value.errno == errno.EACCES


def test_figures_make_their_folder(
    folder: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.chdir(folder)
    monkeypatch.setattr(sys, "argv", ["mcsc", "plot", "run.nc", "-o", "figures/run.svg"])
    with pytest.raises(SystemExit) as end:
        main()
    assert end.value.code == 0
    assert capsys.readouterr().out == "wrote figures/run.svg\n"
    assert (folder / "figures/run.svg").read_text().startswith("<?xml")


def test_errors_of_the_program_are_one_line_unless_asked_for(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    def broken(*_: object, **__: object) -> None:
        raise TypeError("two\nlines \x1b[31m")

    monkeypatch.setattr(import_module("mcsc.cli.materials"), "print_materials", broken)
    monkeypatch.setattr(sys, "argv", ["mcsc", "materials"])
    with pytest.raises(TypeError):
        main()
    monkeypatch.delenv("MCSC_TRACEBACK")
    with pytest.raises(SystemExit) as end:
        main()
    assert end.value.code == 1
    (line,) = capsys.readouterr().err.splitlines()
    assert line.startswith(
        r"mcsc: an error of the program, not yours: TypeError: two lines \x1b[31m"
    )
    assert "MCSC_TRACEBACK=1" in line


def test_no_memory_is_one_line(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    def fails(*_: object, **__: object) -> None:
        raise MemoryError("37 GB")

    monkeypatch.setattr(import_module("mcsc.cli.materials"), "print_materials", fails)
    monkeypatch.setattr(sys, "argv", ["mcsc", "materials"])
    with pytest.raises(SystemExit) as end:
        main()
    assert end.value.code == 2
    assert capsys.readouterr().err.startswith("mcsc: not enough memory (37 GB): take smaller sizes")
