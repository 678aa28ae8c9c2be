"""Job arrays as a batch system runs them: each share a run of its own, then one merge."""

import shutil
from pathlib import Path

import numpy as np
import pytest
import xarray as xr
from in_process import in_process, scan
from watched import typed

from mcsc.cli.run import merge, run
from mcsc.execute import share, task_path
from mcsc.files import netcdf
from mcsc.planning import plan
from mcsc.workflow import tasks_folder

RUN = """
[structure]
lattice = "cubic"
[scan]
doping = [0.25, 0.5, 0.75]
temperature = { start = 0.06, stop = 0.24, num = 7, spacing = "linear" }
size = [4, 4, 4]
[sampling]
sweeps = 1024
warmup = 128
measurements = 256
"""


@pytest.fixture(scope="module")
def array(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder in which both shares of an array ran, one after the other."""
    folder = tmp_path_factory.mktemp("array")
    (folder / "run.toml").write_text(RUN)
    for i in (1, 2):
        with in_process():
            job = typed("run", "run.toml", "-o", "out.nc", "--task", f"{i}/2", cwd=folder)
        assert job.code == 0, job.err
        assert "mcsc merge run.toml -o out.nc" in job.out
    assert not (folder / "out.nc").exists()
    assert len(list(folder.glob("out.tasks/*.nc"))) == 3
    return folder


def test_array_and_merge_give_the_diagram_of_one_run(
    array: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    merge(array / "run.toml", array / "out.nc")
    captured = capsys.readouterr()
    assert captured.err == ""
    # words are wrapped at 80 columns, the path is as long as the temporary folder's
    assert "out.nc; draw it with: mcsc plot" in " ".join(captured.out.split())
    scan(array / "run.toml", array / "one.nc")
    first, second = netcdf.read(array / "out.nc"), netcdf.read(array / "one.nc")
    assert netcdf.digest(first) == netcdf.digest(second)
    assert first["/"].attrs["tasks_finished"] == 3


def test_missing_tasks_are_named_and_merged_only_on_request(
    array: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    file, out = array / "run.toml", tmp_path / "part.nc"
    with pytest.raises(ValueError, match=r"no task is finished: run mcsc run .*run\.toml -o"):
        merge(file, out)
    (one,) = share(plan(file).all_tasks, 1, 3)
    tasks_folder(out).mkdir()
    shutil.copy(task_path(array / "out.tasks", one), tasks_folder(out))
    with pytest.raises(
        ValueError, match=r"2 of 3 tasks are not finished: doping 0\.25; .* --partial"
    ):
        merge(file, out)
    assert not out.exists()
    merge(file, out, partial=True)
    (line,) = capsys.readouterr().err.splitlines()
    assert "Their points are NaN" in line
    with xr.open_dataset(out) as diagram:
        energy = diagram["energy"].sel(doping=[0.25, 0.5, 0.75]).values
        assert np.isnan(energy).all(axis=1).tolist() == [True, True, False]
        assert diagram.attrs["tasks_finished"] == 1
        assert diagram.attrs["tasks"] == 3
        assert np.isnan(diagram["T_charge"].values[:2]).all()


@pytest.mark.parametrize("share", ["0/2", "3/2", "1", "a/b", "/", "1/0", "-1/2", "1/2/3", ""])
def test_no_such_share(share: str) -> None:
    with pytest.raises(ValueError, match=f"^--task {share}: give I/N"):
        run(Path("run.toml"), task=share)


def test_workers_belong_to_a_cluster_of_ones_own() -> None:
    with pytest.raises(ValueError, match=r"tcp://10\.0\.0\.1:8786 has its own workers"):
        run(Path("run.toml"), scheduler="tcp://10.0.0.1:8786", workers=3)


def test_a_folder_is_no_diagram(tmp_path: Path) -> None:
    with pytest.raises(ValueError, match="is a folder; give --out the name of a file"):
        run(Path("run.toml"), tmp_path)
