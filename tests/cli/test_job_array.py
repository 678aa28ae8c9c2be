"""Job arrays as a batch system runs them: shares at the same time, then one merge."""

import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
import xarray as xr

from mcsc import netcdf
from mcsc.cli.run import run

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


def command(*arguments: object) -> list[str]:
    return [sys.executable, "-c", "from mcsc.cli import main; main()", *map(str, arguments)]


def mcsc(folder: Path, *arguments: object) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        command(*arguments), capture_output=True, text=True, timeout=120, cwd=folder
    )


@pytest.fixture(scope="module")
def array(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder in which both shares of an array ran side by side."""
    folder = tmp_path_factory.mktemp("array")
    (folder / "run.toml").write_text(RUN)
    jobs = [
        subprocess.Popen(
            command("run", "run.toml", "-o", "out.nc", "--task", f"{i}/2", "--workers", "1"),
            stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, cwd=folder,
        )
        for i in (1, 2)
    ]  # fmt: skip
    said = [job.communicate(timeout=120)[0] for job in jobs]
    assert [job.returncode for job in jobs] == [0, 0]
    assert all("mcsc merge run.toml -o out.nc" in text for text in said)
    assert not (folder / "out.nc").exists()
    assert len(list(folder.glob("out.tasks/*.nc"))) == 3
    return folder


def test_array_and_merge_give_the_diagram_of_one_run(array: Path) -> None:
    merged = mcsc(array, "merge", "run.toml", "-o", "out.nc")
    assert merged.returncode == 0, merged.stderr
    assert merged.stderr == ""
    assert "wrote out.nc" in merged.stdout
    one = mcsc(array, "run", "run.toml", "-o", "one.nc")
    assert one.returncode == 0, one.stderr
    first, second = netcdf.read(array / "out.nc"), netcdf.read(array / "one.nc")
    assert netcdf.digest(first) == netcdf.digest(second)
    assert first["/"].attrs["tasks_finished"] == 3


def test_missing_tasks_are_named_and_merged_only_on_request(array: Path) -> None:
    (array / "part.tasks").mkdir()
    result = mcsc(array, "merge", "run.toml", "-o", "part.nc")
    assert result.returncode == 2
    assert "no task is finished: run mcsc run run.toml -o part.nc" in result.stderr
    mcsc(array, "run", "run.toml", "-o", "part.nc", "--task", "1/3")
    result = mcsc(array, "merge", "run.toml", "-o", "part.nc")
    assert result.returncode == 2
    (line,) = result.stderr.splitlines()
    assert "2 of 3 tasks are not finished: doping 0.25; doping 0.5." in line
    assert "--partial" in line
    assert not (array / "part.nc").exists()
    result = mcsc(array, "merge", "run.toml", "-o", "part.nc", "--partial")
    assert result.returncode == 0, result.stderr
    (line,) = result.stderr.splitlines()
    assert "Their points are NaN" in line
    with xr.open_dataset(array / "part.nc") as diagram:
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
