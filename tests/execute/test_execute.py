"""Scans on several processes: the same bits however they run, and nothing lost on a kill."""

import os
import signal
import subprocess
import sys
import threading
import time
from pathlib import Path

import pytest
from short_scans import LONG, Listener, contents, tasks

from mcsc.chain import Task, run
from mcsc.execute import Execution, Interrupted, checkpoint_path, finished, run_tasks, task_path
from mcsc.execute.claim import claimed
from mcsc.execute.execution import Stop
from mcsc.files import netcdf


@pytest.fixture(scope="module")
def undisturbed(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("undisturbed")
    run_tasks(tasks(), folder, Execution(workers=1, threads=1))
    return folder


@pytest.fixture(scope="module")
def calm() -> list[str]:
    return [netcdf.digest(run(task)) for task in tasks(LONG)]


def test_workers_and_threads_do_not_change_a_bit(undisturbed: Path, tmp_path: Path) -> None:
    listener = Listener()
    run_tasks(tasks(), tmp_path, Execution(workers=2, threads=2, progress=listener))
    assert contents(tmp_path, tasks()) == contents(undisturbed, tasks())
    assert all(f[-1] == 1.0 and f == sorted(f) for f in listener.fractions.values())
    assert not list(tmp_path.glob("*.checkpoint"))
    assert not list(tmp_path.glob("*.tmp"))


def test_broken_and_foreign_files_are_named_and_redone(undisturbed: Path, tmp_path: Path) -> None:
    first, second = tasks()
    good = contents(undisturbed, tasks())
    whole = task_path(undisturbed, first).read_bytes()
    task_path(tmp_path, first).write_bytes(whole[: len(whole) // 2])
    task_path(tmp_path, second).write_bytes(whole)
    listener = Listener()
    run_tasks(tasks(), tmp_path, Execution(workers=1, threads=1, progress=listener))
    assert contents(tmp_path, tasks()) == good
    assert any(first.digest() in line and "cannot be read" in line for line in listener.lines)
    assert any(second.digest() in line and "another task" in line for line in listener.lines)


def test_finished_tasks_are_not_run_again(undisturbed: Path) -> None:
    before = {path: path.stat().st_mtime_ns for path in undisturbed.glob("*.nc")}
    run_tasks(tasks(), undisturbed, Execution(workers=1))
    assert {path: path.stat().st_mtime_ns for path in undisturbed.glob("*.nc")} == before


def test_two_scans_never_do_the_same_work(tmp_path: Path) -> None:
    pytest.importorskip("fcntl")
    both, (first, second) = tasks(), tasks()
    with claimed(tmp_path, [first], print) as held:
        assert held
        with pytest.raises(OSError, match=r"another run is using this folder.* 1 of these tasks"):
            run_tasks(both, tmp_path, Execution(workers=1))
        run_tasks([second], tmp_path, Execution(workers=1))
    assert finished(tmp_path, first) is None
    run_tasks(both, tmp_path, Execution(workers=1))
    # finished tasks are nobody's: they are read, never written
    with claimed(tmp_path, both, print):
        run_tasks(both, tmp_path, Execution(workers=1))


SCRIPT = """
import signal, sys
signal.signal(signal.SIGHUP, signal.SIG_DFL)
from pathlib import Path
sys.path.insert(0, sys.argv[2])
from short_scans import LONG, tasks
from mcsc.execute import Execution, Interrupted, run_tasks
if __name__ == "__main__":
    try:
        execution = Execution(workers=2, threads=1, checkpoint_interval=0.0)
        run_tasks(tasks(LONG), Path(sys.argv[1]), execution)
    except Interrupted:
        sys.exit(130)
"""


@pytest.mark.parametrize(
    ("blow", "whole_group", "code"),
    [
        (signal.SIGKILL, False, -9),
        pytest.param(signal.SIGINT, False, 130, marks=pytest.mark.validation),
        pytest.param(signal.SIGTERM, True, 130, marks=pytest.mark.validation),
        (signal.SIGHUP, True, 130),  # the terminal is closed
    ],
)
def test_killed_and_resumed_is_undisturbed(
    calm: list[str], tmp_path: Path, blow: int, whole_group: bool, code: int
) -> None:
    stormy = tmp_path / "stormy"
    script = tmp_path / "script.py"
    script.write_text(SCRIPT)
    command = [sys.executable, str(script), str(stormy), str(Path(__file__).parents[1])]
    process = subprocess.Popen(command, start_new_session=True)
    first = [checkpoint_path(stormy, task) for task in tasks(LONG)]
    deadline = time.monotonic() + 60
    while not any(path.exists() for path in first):
        assert process.poll() is None, "the scan ended before its first checkpoint"
        assert time.monotonic() < deadline
        time.sleep(0.005)
    (os.killpg if whole_group else os.kill)(process.pid, blow)
    assert process.wait(60) == code
    # orphaned workers must go away by themselves before the folder is used again
    time.sleep(1.0)
    left = [path for path in first if path.exists()]
    assert left, "nothing was left to resume"
    ages = {path: path.stat().st_mtime_ns for path in left}
    time.sleep(0.5)
    assert {path: path.stat().st_mtime_ns for path in left} == ages
    run_tasks(tasks(LONG), stormy, Execution(workers=1, threads=1))
    assert contents(stormy, tasks(LONG)) == calm


UNGUARDED = """
import os, sys
from pathlib import Path
print("main runs")
sys.path.insert(0, os.environ["TESTS"])
from short_scans import tasks
from mcsc.execute import Execution, run_tasks
run_tasks(tasks(), Path("tasks"), Execution(workers=1, threads=1, scheduler=SCHEDULER))
"""


@pytest.mark.parametrize(
    ("way", "scheduler"),
    [
        ("script", None),
        pytest.param("script", "local", marks=pytest.mark.validation),
        pytest.param("module", None, marks=pytest.mark.validation),
        ("typed in", None),
    ],
)
def test_no_main_guard_is_needed(
    undisturbed: Path, tmp_path: Path, way: str, scheduler: str | None
) -> None:
    text = UNGUARDED.replace("SCHEDULER", repr(scheduler))
    (tmp_path / "script.py").write_text(text)
    words, typed = {
        "script": (["script.py"], None),
        "module": (["-m", "script"], None),
        "typed in": (["-i", "-q"], text),
    }[way]
    done = subprocess.run(
        [sys.executable, *words], input=typed, cwd=tmp_path, capture_output=True, text=True,
        timeout=300, env={**os.environ, "TESTS": str(Path(__file__).parents[1])}, check=False,
    )  # fmt: skip
    assert (done.returncode, done.stdout) == (0, "main runs\n"), done.stderr
    assert typed or not done.stderr
    assert contents(tmp_path / "tasks", tasks()) == contents(undisturbed, tasks())


@pytest.mark.parametrize("begun", [False, True])
def test_stopping_waits_for_nobody_who_has_nothing_to_save(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, begun: bool
) -> None:
    """Neither for tasks that no worker has taken up, nor for workers that have gone or not come."""
    request, asked_at = Stop(grace=60.0), list[float]()

    def ask() -> None:
        if not asked_at:
            asked_at.append(time.monotonic())
            request.ask()

    class Impatient(Listener):
        def update(self, task: Task, fraction: float) -> None:
            super().update(task, fraction)
            ask()

    monkeypatch.setattr("mcsc.execute.tasks.Stop", lambda grace: request)
    many = tasks(LONG, carriers=range(10, 18))
    if not begun:
        # while the workers are still being started
        threading.Timer(0.1, ask).start()
    with pytest.raises(Interrupted):
        run_tasks(many, tmp_path, Execution(1, 1, progress=Impatient(), checkpoint_interval=0.0))
    assert time.monotonic() - asked_at[0] < 10
    saved = [task for task in many if checkpoint_path(tmp_path, task).exists()]
    assert len(saved) == begun
    assert not list(tmp_path.glob("*.tmp"))
