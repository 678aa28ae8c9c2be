"""Damaged task files and checkpoints: told and not used, or as good as the original.

Fewer are tried always than with ``-m validation``.
"""

import hashlib
from pathlib import Path
from typing import Any

import netCDF4
import numpy as np
import pytest
import xarray as xr
from short_scans import tasks

from mcsc.chain import Stopped, run
from mcsc.chain.checkpoint import load
from mcsc.chain.record import LadderRecord
from mcsc.chain.run import kernel_tables
from mcsc.chain.start import random_state
from mcsc.execute import finished, task_path
from mcsc.execute.taskfile import store
from mcsc.files import netcdf

(TASK, _) = tasks()


@pytest.fixture(scope="module")
def whole(tmp_path_factory: pytest.TempPathFactory) -> bytes:
    folder = tmp_path_factory.mktemp("whole")
    store(folder, TASK, run(TASK))
    return task_path(folder, TASK).read_bytes()


@pytest.fixture(scope="module")
def right(whole: bytes, tmp_path_factory: pytest.TempPathFactory) -> xr.DataTree:
    folder = tmp_path_factory.mktemp("right")
    task_path(folder, TASK).write_bytes(whole)
    groups = finished(folder, TASK)
    assert groups is not None
    return groups


def the_same(one: xr.DataTree, two: xr.DataTree) -> bool:
    """Values, and all attributes too."""
    return netcdf.digest(one) == netcdf.digest(two) and one.identical(two)


def damaged(whole: bytes, number: int) -> bytes:
    """Cut off somewhere, or with some bits turned or bytes overwritten."""
    rng = np.random.default_rng(number)
    if number % 3 == 0:
        return whole[: rng.integers(len(whole))]
    data = np.frombuffer(whole, np.uint8).copy()
    if number % 3 == 1:
        for place in rng.integers(len(data), size=rng.choice([1, 1, 5])):
            data[place] ^= np.uint8(1) << np.uint8(rng.integers(8))
    else:
        begin = int(rng.integers(len(data)))
        data[begin : begin + int(rng.choice([1, 8, 512]))] = rng.choice([0, 255, 65])
    return data.tobytes()


@pytest.mark.parametrize(
    ("first", "last"), [(0, 60), pytest.param(60, 400, marks=pytest.mark.validation)]
)
def test_damaged_task_files(
    whole: bytes, right: xr.DataTree, tmp_path: Path, first: int, last: int
) -> None:
    path = task_path(tmp_path, TASK)
    refused = 0
    for number in range(first, last):
        path.write_bytes(damaged(whole, number))
        lines: list[str] = []
        groups = finished(tmp_path, TASK, lines.append)
        if groups is None:
            (line,) = lines
            assert line.startswith(str(path)), number
            assert len(line.splitlines()) == 1
            assert "run again" in line
            refused += 1
        else:
            assert the_same(groups, right), number
            assert lines == []
    assert refused > (last - first) / 2


FORGERIES = 12


def forged(path: Path, number: int) -> None:
    """Change something by hand, and seal it again as its contents were."""
    rng = np.random.default_rng(number)
    with netCDF4.Dataset(path, "a") as file:
        group = file[str(rng.choice(list(file.groups)))] if number % 2 else file
        names = sorted(group.variables)
        variable = group[str(rng.choice(names))]
        match number % FORGERIES // 2:
            case 0:
                variable.setncattr("long_name", "forged")
            case 1:
                file.setncattr("task_digest", np.arange(3))
            case 2:
                file.setncattr("mcsc_task_schema", str(rng.choice(["3", "\x1b[2J", "[red]"])))
            case 3:
                group.createDimension("huge", 10**12)
                group.createVariable("bomb", "f8", ("huge",), chunksizes=(64,), zlib=True)
            case 4:
                group.createVariable("names", str, ())[...] = np.array("x" * 1000)
            case 5:
                group.renameVariable(variable.name, "forged")
    contents = path.read_bytes()
    path.write_bytes(contents + b"\nmcsc sha256 " + hashlib.sha256(contents).hexdigest().encode())


def test_forged_task_files(whole: bytes, tmp_path: Path) -> None:
    path = task_path(tmp_path, TASK)
    for number in range(2 * FORGERIES):
        path.write_bytes(whole)
        forged(path, number)
        lines: list[str] = []
        assert finished(tmp_path, TASK, lines.append) is None, number
        (line,) = lines
        assert line.startswith(str(path)), number
        assert "run again" in line, number


@pytest.mark.parametrize(
    "attributes",
    [
        {"task_digest": np.arange(3)},
        {"task_digest": ["a", "b"]},
        {"mcsc_task_schema": np.arange(3)},
        {"mcsc_task_schema": "3"},
        {"mcsc_task_schema": 3.0},
        {"content_digest": np.arange(3)},
    ],
)
def test_forged_attributes_of_other_types(
    whole: bytes, tmp_path: Path, attributes: dict[str, Any]
) -> None:
    """With a checksum that is right."""
    path = task_path(tmp_path, TASK)
    path.write_bytes(whole)
    groups = netcdf.read(path)
    netcdf.write(path, groups, attributes)
    if "content_digest" in attributes:
        with netCDF4.Dataset(path, "a") as file:
            file.setncatts(attributes)
    lines: list[str] = []
    assert finished(tmp_path, TASK, lines.append) is None
    assert lines[0].startswith(str(path))


def test_damaged_checkpoints(tmp_path: Path) -> None:
    path = tmp_path / "a.checkpoint"
    steps = iter(range(100))
    with pytest.raises(Stopped):
        run(TASK, path, stop=lambda: next(steps) == 20)
    model = TASK.build()
    tables, _ = kernel_tables(model)
    state = random_state(TASK, tables)
    whole = path.read_bytes()
    undamaged = load(path, TASK, state, LadderRecord)
    assert undamaged is not None
    arrays = undamaged[1].arrays()
    carriers = state.carriers.copy()
    cut = [whole[:n] for n in range(0, len(whole), len(whole) // 150)]
    hit = [damaged(whole, number) for number in range(300) if number % 3]
    refused = 0
    for data in (*cut, whole[:-1], *hit):
        path.write_bytes(data)
        state = random_state(TASK, tables)
        found = load(path, TASK, state, LadderRecord)
        if found is None:
            refused += 1
            continue
        # the damage was in what nobody reads, such as dates
        assert found[0] == undamaged[0]
        assert found[1].arrays().keys() == arrays.keys()
        assert all(np.array_equal(a, arrays[name]) for name, a in found[1].arrays().items())
        assert np.array_equal(state.carriers, carriers)
    assert refused > 250
