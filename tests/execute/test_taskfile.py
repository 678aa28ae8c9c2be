"""Task files: believed when they are this task's, this schema's and whole."""

import numpy as np
import pytest
import xarray as xr
from exact import crystal
from exact import well as make_well
from trees import tree_of

from mcsc.chain import Task
from mcsc.execute.taskfile import checkpoint_path, finished, store, task_path
from mcsc.files import netcdf

CUBIC = crystal(np.eye(3), make_well("site", (0, 0, 0)))
TASK = Task(CUBIC, (2, 2, 2), 4, (0.1, 0.2), seed=3)
OTHER = Task(CUBIC, (2, 2, 2), 3, (0.1, 0.2), seed=3)


@pytest.fixture
def groups():
    dataset = xr.Dataset({"energy": ("temperature", [1.0, 2.0])})
    return tree_of({"/": dataset, "health": dataset.rename(energy="drift")})


def ask(folder, task):
    lines = []
    return finished(folder, task, lines.append), lines


def test_a_finished_task_is_found(tmp_path, groups):
    store(tmp_path, TASK, groups)
    found, lines = ask(tmp_path, TASK)
    assert lines == []
    assert netcdf.digest(found) == netcdf.digest(groups)
    assert ask(tmp_path, OTHER) == (None, [])
    assert task_path(tmp_path, TASK).name == f"{TASK.digest()}.nc"
    assert checkpoint_path(tmp_path, TASK) != checkpoint_path(tmp_path, OTHER)


def test_the_file_of_another_task_is_named_and_not_used(tmp_path, groups):
    store(tmp_path, OTHER, groups)
    task_path(tmp_path, OTHER).rename(task_path(tmp_path, TASK))
    found, (line,) = ask(tmp_path, TASK)
    assert found is None
    assert str(task_path(tmp_path, TASK)) in line
    assert "another task" in line


@pytest.mark.parametrize("schema", [0, 99])
def test_another_schema_is_named_and_not_used(tmp_path, groups, schema):
    attributes = {"task_digest": TASK.digest(), "mcsc_task_schema": schema}
    netcdf.write(task_path(tmp_path, TASK), groups, attributes)
    found, (line,) = ask(tmp_path, TASK)
    assert found is None
    assert f"schema {schema}" in line
    assert "the task is run again" in line


@pytest.mark.parametrize("keep", [0.0, 0.3, 0.999])
def test_a_truncated_file_is_named_and_not_used(tmp_path, groups, keep):
    store(tmp_path, TASK, groups)
    path = task_path(tmp_path, TASK)
    whole = path.read_bytes()
    path.write_bytes(whole[: int(keep * len(whole))])
    found, (line,) = ask(tmp_path, TASK)
    assert found is None
    assert str(path) in line
    assert "run again" in line


def test_half_written_files_are_not_looked_at(tmp_path, groups):
    task_path(tmp_path, TASK).with_suffix(".nc.123.tmp").write_bytes(b"half")
    assert ask(tmp_path, TASK) == (None, [])
