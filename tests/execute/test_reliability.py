"""Long runs on bad days: full disks, clocks set back, little patience, what killed runs left."""

import errno
import multiprocessing
import os
import time
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path

import pytest
from short_scans import LONG, Listener, tasks

from mcsc.chain import Stopped, Task, fraction_done, run
from mcsc.execute import (
    Execution,
    Interrupted,
    checkpoint_path,
    execution,
    finished,
    run_tasks,
    task_path,
    work,
)
from mcsc.execute.claim import claimed
from mcsc.execute.taskfile import store
from mcsc.execute.work import keep
from mcsc.files import netcdf

(TASK, _) = tasks()
STEPS = 3 + 16 + 4
# reported a few times on its way, even by a machine several times faster
SLOW = tasks(replace(LONG, sweeps=2 * LONG.sweeps))[0]


class Disk:
    """A disk on which some writes fail at the last moment, when they go to the disk."""

    def __init__(self, fails: Callable[[int], bool], code: int = errno.ENOSPC) -> None:
        self.writes = 0
        self._fails, self._code = fails, code

    def fsync(self, descriptor: int) -> None:
        self.writes += 1
        if self._fails(self.writes):
            raise OSError(self._code, os.strerror(self._code))


@pytest.fixture
def disk(monkeypatch: pytest.MonkeyPatch) -> Callable[..., Disk]:
    def put(fails: Callable[[int], bool], code: int = errno.ENOSPC) -> Disk:
        found = Disk(fails, code)
        monkeypatch.setattr("mcsc.files.replace.os.fsync", found.fsync)
        return found

    return put


@pytest.fixture(scope="module")
def right() -> str:
    return netcdf.digest(run(TASK))


def test_a_chain_goes_on_when_checkpoints_cannot_be_written(
    tmp_path: Path, disk: Callable[..., Disk], right: str
) -> None:
    path, lines = tmp_path / "a.checkpoint", list[str]()
    full = disk(lambda n: 3 <= n < 9)
    done: list[float] = []

    def report(fraction: float) -> None:
        # the checkpoint of the step before; those that failed left the second one in place
        done.append(fraction_done(TASK, path))
        assert list(tmp_path.glob("*.tmp")) == []

    groups = run(TASK, path, report=report, say=lines.append, checkpoint_interval=0.0)
    assert netcdf.digest(groups) == right
    assert full.writes == STEPS
    steps = [round(fraction * STEPS) for fraction in done]
    assert steps == [0, 1, 2, *[2] * 6, *range(9, STEPS)]
    first, second = lines
    assert first.startswith(f"{path}: cannot be written (No space left on device); free some space")
    assert "its task goes on" in first
    assert second == f"{path}: can be written again"


def test_stopped_on_a_full_disk_goes_on_from_the_checkpoint_before(
    tmp_path: Path, disk: Callable[..., Disk], right: str
) -> None:
    path, lines = tmp_path / "a.checkpoint", list[str]()
    steps = iter(range(STEPS))
    disk(lambda n: n > 5)
    with pytest.raises(Stopped):
        run(TASK, path, stop=lambda: next(steps) == 12, say=lines.append, checkpoint_interval=0.0)
    assert len(lines) == 1
    assert round(fraction_done(TASK, path) * STEPS) == 5
    disk(lambda n: False)
    assert netcdf.digest(run(TASK, path)) == right


def test_a_damaged_checkpoint_is_told(tmp_path: Path, right: str) -> None:
    path, lines = tmp_path / "a.checkpoint", list[str]()
    path.write_bytes(b"PK\x03\x04 half")
    assert netcdf.digest(run(TASK, path, say=lines.append)) == right
    assert lines == [f"{path}: damaged; its task begins again"]


def test_a_finished_task_waits_for_space(
    tmp_path: Path, disk: Callable[..., Disk], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(work, "_RETRY_SECONDS", 0.0)
    groups, lines = run(TASK), list[str]()
    disk(lambda n: n < 4)
    keep(tmp_path, TASK, groups, lines.append, lambda: False)
    assert finished(tmp_path, TASK) is not None
    (line,) = lines
    assert line.startswith(f"{task_path(tmp_path, TASK)}: cannot be written (No space left")
    assert "waits 10 minutes" in line
    # it does not wait for ever, nor for what does not pass, nor when it is to stop
    disk(lambda n: True)
    with pytest.raises(Stopped):
        keep(tmp_path, TASK, groups, lines.append, lambda: True)
    monkeypatch.setattr(work, "PATIENCE_SECONDS", 0.0)
    with pytest.raises(OSError, match="free some space and try again"):
        keep(tmp_path, TASK, groups, lines.append, lambda: False)
    monkeypatch.setattr(work, "PATIENCE_SECONDS", 600.0)
    disk(lambda n: True, errno.EROFS)
    with pytest.raises(OSError, match=r"\(Read-only file system\); make it writable or choose"):
        keep(tmp_path, TASK, groups, lines.append, lambda: False)
    # the good file of the first time is still there, and nothing else
    assert finished(tmp_path, TASK) is not None
    assert list(tmp_path.iterdir()) == [task_path(tmp_path, TASK)]


def test_no_room_to_make_a_file_is_told(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    class Usage:
        free = 1 << 20

    monkeypatch.setattr("mcsc.files.replace.shutil.disk_usage", lambda place: Usage)
    with pytest.raises(OSError, match="No space left on device") as caught:
        store(tmp_path, TASK, run(TASK))
    assert caught.value.errno == errno.ENOSPC
    assert list(tmp_path.iterdir()) == []


def test_a_folder_that_cannot_be_made_is_told(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("in the way")
    with pytest.raises(OSError, match=r"out\.tasks: cannot be written \(Not a directory\)"):
        run_tasks(tasks(), tmp_path / "file" / "out.tasks", Execution())


def test_what_killed_runs_left_is_removed_but_not_what_others_write(tmp_path: Path) -> None:
    first, second = tasks()
    left = [
        tmp_path / f"{first.digest()}.checkpoint.node7.4711.tmp",
        tmp_path / f"{first.digest()}.nc.node8.12.tmp",
    ]
    others = tmp_path / f"{second.digest()}.checkpoint.node7.4711.tmp"
    for path in (*left, others):
        path.write_bytes(b"half")
    with claimed(tmp_path, [second], print):
        run_tasks([first], tmp_path, Execution(workers=1))
    assert sorted(tmp_path.glob("*.tmp")) == [others]


def test_a_diagram_clears_what_dead_processes_left(tmp_path: Path) -> None:
    import socket

    path = tmp_path / "out.nc"
    # no process has this number
    dead = tmp_path / f"out.nc.{socket.gethostname()}.4194999.tmp"
    elsewhere, alive = (
        tmp_path / f"out.nc.{name}.tmp" for name in ("node7.12", f"{socket.gethostname()}.1")
    )
    for one in (dead, elsewhere, alive):
        one.write_bytes(b"half")
    netcdf.write(path, run(TASK), {})
    assert sorted(tmp_path.iterdir()) == sorted([path, elsewhere, alive])


def test_a_clock_that_is_set_back(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, right: str
) -> None:
    def backwards() -> Iterator[float]:
        now = 1e9
        while True:
            now -= 3600.0
            yield now

    clock = backwards()
    monkeypatch.setattr(time, "time", lambda: next(clock))
    path, seen = tmp_path / "a.checkpoint", list[float]()
    groups = run(
        TASK, path, report=lambda done: seen.append(fraction_done(TASK, path)),
        checkpoint_interval=0.0,
    )  # fmt: skip
    assert netcdf.digest(groups) == right
    # checkpoints went on being written
    assert seen[-1] == pytest.approx((STEPS - 1) / STEPS)


def test_asked_twice_or_too_late_is_out_of_patience(monkeypatch: pytest.MonkeyPatch) -> None:
    now = 100.0
    monkeypatch.setattr(execution.time, "monotonic", lambda: now)
    request = execution.Stop(grace=30.0)
    assert not request.asked
    assert not request.out_of_patience
    request.ask()
    assert request.asked
    now += 29.0
    assert not request.out_of_patience
    now += 1.0
    assert request.out_of_patience
    now, request = 0.0, execution.Stop(grace=30.0)
    request.ask()
    request.ask()
    assert request.out_of_patience


@pytest.fixture(scope="module")
def calm() -> str:
    return netcdf.digest(run(SLOW))


@pytest.mark.parametrize("asked", [1, 2])
def test_stopping_with_and_without_patience(
    calm: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, asked: int
) -> None:
    """Once: the workers save. Twice: they are killed; both go on to the same bits."""
    made: list[execution.Stop] = []

    def remembered(grace: float) -> execution.Stop:
        made.append(execution.Stop(grace))
        return made[-1]

    class Impatient(Listener):
        def update(self, task: Task, fraction: float) -> None:
            super().update(task, fraction)
            if fraction > 0.2 and not made[0].asked:
                for _ in range(asked):
                    made[0].ask()

    monkeypatch.setattr("mcsc.execute.tasks.Stop", remembered)
    with pytest.raises(Interrupted):
        run_tasks([SLOW], tmp_path, Execution(1, 1, progress=Impatient(), checkpoint_interval=0.0))
    path = checkpoint_path(tmp_path, SLOW)
    assert 0.1 < fraction_done(SLOW, path) < 1
    assert netcdf.digest(run(SLOW, path)) == calm


def test_a_killed_worker_process_costs_no_task_that_was_saved(tmp_path: Path) -> None:
    class Assassin(Listener):
        killed = False

        def update(self, task: Task, fraction: float) -> None:
            super().update(task, fraction)
            if not self.killed and len(self.fractions) == 2 and 0.2 < fraction < 1:
                multiprocessing.active_children()[0].kill()
                self.killed = True

    assassin, both = Assassin(), tasks(replace(LONG, sweeps=LONG.sweeps // 2))
    run_tasks(both, tmp_path, Execution(2, 1, progress=assassin, checkpoint_interval=0.0))
    (line,) = assassin.lines
    assert line.startswith("a worker process was killed (out of memory?); ")
    for task in both:
        # neither that of the dead worker nor that of the other was begun again
        told = assassin.fractions[task.digest()]
        assert told == sorted(told)
        groups = finished(tmp_path, task)
        assert groups is not None
        assert netcdf.digest(groups) == netcdf.digest(run(task))


def test_a_file_system_without_locks_is_told(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    fcntl = pytest.importorskip("fcntl")

    def no_locks(*_: object) -> None:
        raise OSError(errno.ENOLCK, os.strerror(errno.ENOLCK))

    for name in ("fcntl", "lockf"):
        monkeypatch.setattr(fcntl, name, no_locks)
    lines: list[str] = []
    with claimed(tmp_path, tasks(), lines.append) as sure:
        assert not sure
    assert lines == [
        f"{tmp_path}: no file locks here; take care that no other run uses this folder"
    ]
