"""Files of each format as they were written: they still open, or are named and never misread."""

import lzma
import shutil
import sys
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
from watched import Ended, watched

import mcsc
from mcsc.chain import checkpoint, fraction_done, run
from mcsc.diagram import KIND as DIAGRAM
from mcsc.diagram import load
from mcsc.execute import checkpoint_path, finished, task_path, taskfile
from mcsc.files import netcdf
from mcsc.files.tree import groups_of
from mcsc.ground_states import KIND as GROUND
from mcsc.plot import ground_figure, summary_figure

FORMATS = Path(__file__).parent / "formats"
sys.path.insert(0, str(FORMATS))
from make import the_task  # noqa: E402

Command = Callable[..., Ended]
# groups that only some diagrams have
OWN = {
    "sizes": ["finite_size"],
    "protocol": ["protocols"],
    "disorder": ["disorder_average", "domes_disorder_average"],
}


def unpacked(name: str, folder: Path) -> Path:
    path = folder / name
    path.write_bytes(lzma.decompress((FORMATS / f"{name}.xz").read_bytes()))
    return path


def renumbered(path: Path, kind: netcdf.Kind, by: int) -> Path:
    """The file with another number of its format, as an older or newer mcsc writes it."""
    netcdf.write(path, netcdf.read(path), {kind.attribute: kind.schema + by})
    return path


@pytest.fixture
def command(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Command:
    monkeypatch.chdir(tmp_path)
    return lambda *words: watched([str(word) for word in words])


@pytest.mark.parametrize(
    ("kind", "names"),
    [(DIAGRAM, ["sizes", "protocol", "disorder"]), (taskfile.KIND, ["task"]), (GROUND, ["ground"])],
)
def test_every_format_of_today_has_its_fixtures(kind: netcdf.Kind, names: list[str]) -> None:
    """If one is missing, its number has risen: run tests/files/formats/make.py."""
    assert all((FORMATS / f"{name}.v{kind.schema}.nc.xz").exists() for name in names)
    assert (FORMATS / f"checkpoint.v{checkpoint.LAYOUT}.xz").exists()


@pytest.mark.parametrize("name", OWN)
def test_a_diagram_opens_and_gives_the_same_numbers(
    name: str, tmp_path: Path, command: Command
) -> None:
    path = unpacked(f"{name}.v3.nc", tmp_path)
    tree = load(path)
    groups, analysed = groups_of(tree), groups_of(mcsc.analyse(tree))
    assert {*OWN[name], "domes", "domes_collective"} < set(groups)
    # the dome stored with two sizes is a transition around which the run did not equilibrate
    short = {"domes"} if name == "sizes" else set()
    assert all(analysed[group].sizes["dome"] == 0 for group in short)
    for group in set(groups) - {"samples", "series", "structure", "health"} - short:
        again, stored = analysed[group], groups[group]
        assert set(stored.variables) <= set(again.variables)
        for variable in stored.variables:
            if stored[variable].dtype.kind == "f":
                np.testing.assert_allclose(
                    again[variable].values, stored[variable].values, rtol=1e-6, err_msg=variable
                )
            elif not variable.endswith("_reason"):  # words may come to say more
                assert (again[variable].values == stored[variable].values).all(), variable
    assert summary_figure(path).axes
    for words in (("transitions", path), ("plot", path, "-o", "figure.png")):
        ended = command(*words)
        assert ended.code == 0, ended.err


def test_a_task_file_is_merged_to_the_same_numbers(tmp_path: Path, command: Command) -> None:
    task = the_task(tmp_path)
    (tmp_path / "plain.tasks").mkdir()
    stored = netcdf.read(unpacked("task.v4.nc", tmp_path))
    shutil.copy(tmp_path / "task.v4.nc", task_path(tmp_path / "plain.tasks", task))
    ended = command("merge", "plain.toml")
    assert ended.code == 0, ended.err
    root = load(tmp_path / "plain.nc")["/"]
    for name in ("energy", "specific_heat", "energy_stderr"):
        assert root[name].values.ravel().tolist() == stored["/"][name].values.tolist()


def test_the_stored_dome_is_that_of_half_filling(tmp_path: Path) -> None:
    groups = load(unpacked("sizes.v3.nc", tmp_path))
    temperatures = groups["/"]["T_charge"].sel(doping=0.5)
    # point charges on half of a cubic lattice order at 0.128
    assert float(temperatures) == pytest.approx(0.128, rel=0.05)
    assert groups["domes"]["dome_doping"].values.tolist() == [0.5]


def test_a_checkpoint_is_gone_on_from(tmp_path: Path) -> None:
    task = the_task(tmp_path)
    path = unpacked("checkpoint.v12", tmp_path)
    assert fraction_done(task, path) == pytest.approx(10 / (4 + 16 + 4))
    told: list[float] = []
    groups = run(task, path, report=told.append)
    assert told[0] == pytest.approx(11 / (4 + 16 + 4))
    assert netcdf.digest(groups) == netcdf.digest(run(task))


def test_lowest_states_open(tmp_path: Path, command: Command) -> None:
    path = unpacked("ground.v3.nc", tmp_path)
    assert ground_figure(netcdf.read(path, GROUND)).axes
    ended = command("plot", path, "-o", "figure.png")
    assert ended.code == 0, ended.err


@pytest.mark.parametrize("by", [-1, 1])
@pytest.mark.parametrize("name", ["sizes", "ground"])
def test_another_format_is_named(name: str, by: int, tmp_path: Path, command: Command) -> None:
    kind = GROUND if name == "ground" else DIAGRAM
    path = renumbered(unpacked(f"{name}.v{kind.schema}.nc", tmp_path), kind, by)
    said = f"{path}: {kind.name} of schema {kind.schema + by} (mcsc "
    remedy = "take the newer mcsc, else make one" if by > 0 else "make one"
    words = {"ground": ["plot"], "sizes": ["plot", "transitions", "compare"]}[name]
    for word in words:
        ended = command(word, path)
        assert (ended.code, ended.out) == (2, "")
        assert f"{said}" in ended.err
        assert f"this mcsc reads {kind.schema}: {remedy} with 'mcsc " in ended.err
    with pytest.raises(netcdf.OtherSchema, match=f"schema {kind.schema + by}"):
        (lambda path: netcdf.read(path, GROUND) if name == "ground" else load(path))(path)


@pytest.mark.parametrize("by", [-1, 1])
def test_another_format_of_a_task_is_named(by: int, tmp_path: Path, command: Command) -> None:
    task, folder = the_task(tmp_path), tmp_path / "plain.tasks"
    folder.mkdir()
    made = renumbered(unpacked("task.v4.nc", tmp_path), taskfile.KIND, by)
    path = made.rename(task_path(folder, task))
    said = f"{task.digest()}.nc: a task file of schema {taskfile.SCHEMA + by}, this mcsc reads"
    told: list[str] = []
    assert finished(folder, task, told.append) is None
    assert said in told[0]
    assert told[0].endswith("the task is run again")
    for words, code in ((("status", "plain.toml"), 0), (("merge", "plain.toml"), 2)):
        ended = command(*words)
        assert ended.code == code
        assert said in ended.err
    assert path.exists()


@pytest.mark.parametrize("by", [-1, 1])
def test_another_format_of_a_checkpoint_is_named(by: int, tmp_path: Path) -> None:
    task, layout = the_task(tmp_path), checkpoint.LAYOUT
    path = unpacked(f"checkpoint.v{layout}", tmp_path).rename(checkpoint_path(tmp_path, task))
    with np.load(path) as file:
        arrays = dict(file)
    header = arrays["header"].tolist()
    header[1] = header[1].replace(f"layout {layout}", f"layout {layout + by}")
    with path.open("wb") as file:
        np.savez(file, **{**arrays, "header": np.array(header)})
    assert fraction_done(task, path) == 0
    told: list[str] = []
    groups = run(task, path, say=told.append)
    assert told == [
        f"{path}: of layout {layout + by}, this mcsc reads {layout}; its task begins again"
    ]
    assert netcdf.digest(groups) == netcdf.digest(run(task))


def test_an_earlier_checkpoint_is_named(tmp_path: Path) -> None:
    told: list[str] = []
    for layout in (9, 10, 11):
        path = unpacked(f"checkpoint.v{layout}", tmp_path)
        run(the_task(tmp_path), path, say=told.append)
        assert (
            told.pop() == f"{path}: of layout {layout}, this mcsc reads 12; its task begins again"
        )


def test_an_earlier_task_file_is_named(tmp_path: Path) -> None:
    """Those of schema 3 may lack what pilots and longer runs ask for."""
    task, told = the_task(tmp_path), list[str]()
    path = unpacked("task.v3.nc", tmp_path).rename(task_path(tmp_path, task))
    assert "hot_share" not in netcdf.read(path)["health"]
    assert finished(tmp_path, task, told.append) is None
    assert told == [f"{path}: a task file of schema 3, this mcsc reads 4: the task is run again"]
