"""The commands as a user types them, on real files; the scan itself in a real process."""

import json
import re
import subprocess
import sys
from itertools import pairwise
from pathlib import Path

import numpy as np
import pytest
import xarray as xr
from in_process import in_process
from typer.testing import CliRunner
from watched import typed

from mcsc.cli import app
from mcsc.files import netcdf

REPOSITORY = Path(__file__).parents[2]

TINY = """
title = "a tiny cube"
[structure]
lattice = "cubic"
[scan]
doping = { start = 0.25, stop = 0.75, num = 3 }
temperature = { start = 0.06, stop = 0.24, num = 7, spacing = "linear" }
size = [4, 4, 4]
[sampling]
sweeps = 2048
warmup = 512
measurements = 256
"""


def process(*arguments: str, cwd: Path | None = None) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-c", "from mcsc.cli import main; main()", *arguments]
    return subprocess.run(command, capture_output=True, text=True, timeout=300, cwd=cwd)


@pytest.fixture(scope="module")
def done(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("run")
    (folder / "tiny.toml").write_text(TINY)
    result = process("run", "tiny.toml", "-o", "tiny.nc", cwd=folder)
    assert result.returncode == 0, result.stderr
    # quiet when not a terminal
    assert len(result.stderr.splitlines()) <= 2
    assert "wrote tiny.nc" in result.stdout
    assert "domes" in result.stdout or "no dome" in result.stdout
    lines = (result.stdout + result.stderr).splitlines()
    assert len(lines) <= 25
    assert max(map(len, lines)) <= 80
    return folder


def test_help_teaches() -> None:
    for words, expected in (([], "phase diagram"), (["run"], "run the same command again")):
        result = process(*words, "--help")
        assert result.returncode == 0
        assert expected in " ".join(result.stdout.replace("│", " ").split())


@pytest.mark.parametrize("width", [80, 100])
def test_help_fills_its_lines(width: int) -> None:
    """A line ends where the next word would not fit, not where the docstring breaks."""
    for words in [[]] + [[item.callback.__name__] for item in app.registered_commands]:
        shown = CliRunner().invoke(app, [*words, "--help"], env={"COLUMNS": str(width)}).output
        lines = [line.strip() for line in shown.partition("╭")[0].splitlines()]
        assert sum(map(bool, lines)) >= 2
        for line, after in pairwise(lines):
            if line and after:
                assert len(line) + 1 + len(after.split()[0]) > width - 2, (words, line)


def test_run_again_does_nothing_and_is_quiet(done: Path) -> None:
    before = {path: path.stat().st_mtime_ns for path in done.glob("*.tasks/*.nc")}
    result = typed("run", "tiny.toml", "-o", "tiny.nc", cwd=done)
    assert result.code == 0
    assert len(result.err.splitlines()) <= 2
    assert {path: path.stat().st_mtime_ns for path in done.glob("*.tasks/*.nc")} == before


def test_the_diagram_opens_in_plain_xarray(done: Path) -> None:
    dataset = xr.open_dataset(done / "tiny.nc")
    assert dataset["charge_order"].dims == ("doping", "temperature")
    assert dataset["doping"].values.tolist() == [0.25, 0.5, 0.75]
    assert np.isfinite(dataset["charge_order"]).all()
    assert dataset["charge_order"].attrs["ancillary_variables"] == "charge_order_stderr"
    assert dataset.attrs["config_toml"] == TINY
    assert dataset.attrs["tasks_finished"] == dataset.attrs["tasks"] == 3
    for name, variable in dataset.variables.items():
        if variable.dtype.kind == "f":
            assert "units" in variable.attrs, name
            assert "long_name" in variable.attrs, name
    domes = xr.open_dataset(done / "tiny.nc", group="domes")
    assert set(domes.data_vars) >= {
        "dome_doping", "dome_temperature", "dome_temperature_stderr",
        "dome_temperature_stderr_size", "bounded", "valley", "significance", "dome_partner",
    }  # fmt: skip


def test_half_filling_orders_like_rock_salt(done: Path) -> None:
    point = xr.open_dataset(done / "tiny.nc").sel(doping=0.5)
    assert np.abs(point["charge_order_wavevector"]).values.tolist() == [0.5, 0.5, 0.5]
    assert float(point["charge_order"][0]) > 0.95
    # the infinite lattice orders at 0.1289, four cells a side somewhat off
    assert float(point["T_charge"]) == pytest.approx(0.129, rel=0.15)


def test_status(done: Path, tmp_path: Path) -> None:
    result = typed("status", "tiny.toml", "-o", "tiny.nc", cwd=done)
    assert "3 of 3 tasks finished" in result.out
    # named after the run file where nothing else is said
    assert typed("status", "tiny.toml", cwd=done).out == result.out
    result = typed("status", "tiny.toml", "-o", tmp_path / "other.nc", cwd=done)
    assert "0 of 3 tasks finished" in result.out
    assert "3 not begun" in result.out


def test_transitions_can_be_redone(done: Path) -> None:
    path = done / "copy.nc"
    path.write_bytes((done / "tiny.nc").read_bytes())
    before = netcdf.read(path)
    result = typed("transitions", path)
    assert result.code == 0
    assert "0.5" in result.out
    found = json.loads(typed("transitions", path, "--json").out)
    assert found["measured"] == 21
    assert [t["at"] for t in found["transitions"]] == [{"doping": x} for x in (0.25, 0.5, 0.75)]
    assert found["transitions"][1]["temperature"] == before["/"]["T_charge"].values[1]
    assert netcdf.digest(netcdf.read(path)) == netcdf.digest(before)
    other, bytes_before = done / "other.nc", path.read_bytes()
    for arguments in ([], ["-o", other]):
        result = typed("transitions", path, "--growth", 1e6, *arguments)
        assert result.code == 0
        assert "below 1e+06" in result.out
        # the input is rewritten when asked only
        assert path.read_bytes() == bytes_before
    assert xr.load_dataset(other)["T_charge"].isnull().all()
    assert typed("transitions", path, "--write", "-o", other).code == 2
    result = typed("transitions", path, "--growth", 1e6, "--write")
    assert result.code == 0
    after = xr.open_dataset(path)
    assert after["T_charge"].isnull().all()
    assert "growth=1000000.0" in after.attrs["history"]


def test_plot(done: Path) -> None:
    result = typed("plot", "tiny.nc", cwd=done)
    assert result.code == 0, result.err
    assert (done / "tiny.png").read_bytes().startswith(b"\x89PNG")


def test_compare_needs_a_material_in_kelvin(done: Path, tmp_path: Path) -> None:
    unnamed = typed("compare", done / "tiny.nc")
    assert unnamed.code == 2 and "--material" in unnamed.err
    reduced = typed("compare", done / "tiny.nc", "--material", "La2CuO4")
    assert reduced.code == 2 and "reduced units" in reduced.err


def test_compare(tmp_path: Path) -> None:
    text = (REPOSITORY / "runs/kagome.toml").read_text()
    for old, new in (
        (r"\nsweeps = \d+", "\nsweeps = 640"),
        (r"\nwarmup = \d+", "\nwarmup = 64"),
        (r"\nmeasurements = \d+", "\nmeasurements = 64"),
        (r"\ndoublings = .*", ""),
        (r"\n\[sampling.moves\][^[]*", ""),
        (r"num = \d+", "num = 5"),
        (r"\nsize = \[\[.*\]\]", "\nsize = [[4, 4, 2]]"),
    ):
        text, n = re.subn(old, new, text)
        assert n > 0, old
    (tmp_path / "short.toml").write_text(text)
    with in_process():
        run = typed("run", "short.toml", "-o", "short.nc", cwd=tmp_path)
    assert run.code == 0, run.err
    result = typed("compare", "short.nc", "-o", "short.png", cwd=tmp_path)
    assert result.code == 0, result.err
    for words in ("CsV3Sb5-xSnx", "arXiv:2110.10912", "domes of T_c measured: CsV3Sb5-xSnx 2"):
        assert words in result.out
    assert (tmp_path / "short.png").read_bytes().startswith(b"\x89PNG")


def test_wells() -> None:
    result = typed("wells", REPOSITORY / "runs/kagome.toml")
    assert result.code == 0
    assert result.out.count("alpha") == 2
    assert result.out.count("beta") == 1
    result = typed("wells", REPOSITORY / "runs/kagome.toml", "--json")
    wells = json.loads(result.out)["wells"]
    assert [well["kind"] for well in wells] == ["alpha", "alpha", "beta"]
    assert [well["cage"] for well in wells] == ["3 V", "3 V", "6 V"]
    # the well is a/(2√3) from the ions of a triangle and a/2 from those of a hexagon
    a = 5.4949
    assert wells[0]["distances"] == pytest.approx([a / 12**0.5] * 3, abs=1e-4)
    assert wells[2]["distances"] == pytest.approx([a / 2] * 6, abs=1e-4)


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["run", "absent.toml"], "absent.toml: no such file"),
        (["status", "absent.toml"], "absent.toml: no such file"),
        (["wells", "absent.toml"], "absent.toml: no such file"),
        (["transitions", "absent.nc"], "absent.nc: no such file"),
        (["plot", "absent.nc"], "absent.nc: no such file"),
        (["compare", "absent.nc"], "absent.nc: no such file"),
        (["plot", __file__], "cannot be read"),
        (["transitions", __file__, "--growth", "2"], "cannot be read"),
        (["run", str(REPOSITORY / "runs/kagome.toml"), "-o", "/proc/x/out.nc"], "/proc/x"),
    ],
)
def test_mistakes_end_in_a_line(arguments: list[str], message: str, tmp_path: Path) -> None:
    result = typed(*arguments, cwd=tmp_path)
    assert result.code == 2
    assert message in result.err
    assert "Traceback" not in result.err
    assert len(result.err.splitlines()) == 1


def test_all_run_files_can_be_planned() -> None:
    from mcsc.planning import plan

    files = sorted((REPOSITORY / "runs").glob("*.toml"))
    assert len(files) >= 3
    for file in files:
        assert plan(file).tasks
