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

from mcsc.chain import Task
from mcsc.execute import Interrupted, checkpoint_path, execute, finished, scan, task_path
from mcsc.execute.claim import claimed
from mcsc.execute.stop import Stop


@pytest.fixture(scope="module")
def undisturbed(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("undisturbed")
    scan(tasks(), folder, workers=1, threads=1)
    return folder


def test_workers_and_threads_do_not_change_a_bit(undisturbed: Path, tmp_path: Path) -> None:
    listener = Listener()
    scan(tasks(), tmp_path, workers=2, threads=2, progress=listener)
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
    scan(tasks(), tmp_path, workers=1, threads=1, progress=listener)
    assert contents(tmp_path, tasks()) == good
    assert any(first.digest() in line and "cannot be read" in line for line in listener.lines)
    assert any(second.digest() in line and "another task" in line for line in listener.lines)


def test_finished_tasks_are_not_run_again(undisturbed: Path) -> None:
    before = {path: path.stat().st_mtime_ns for path in undisturbed.glob("*.nc")}
    scan(tasks(), undisturbed, workers=1)
    assert {path: path.stat().st_mtime_ns for path in undisturbed.glob("*.nc")} == before


def test_two_scans_never_do_the_same_work(tmp_path: Path) -> None:
    pytest.importorskip("fcntl")
    both, (first, second) = tasks(), tasks()
    with claimed(tmp_path, [first], print) as held:
        assert held
        with pytest.raises(OSError, match=r"another run is using this folder.* 1 of these tasks"):
            scan(both, tmp_path, workers=1)
        scan([second], tmp_path, workers=1)
    assert finished(tmp_path, first) is None
    scan(both, tmp_path, workers=1)
    # finished tasks are nobody's: they are read, never written
    with claimed(tmp_path, both, print):
        scan(both, tmp_path, workers=1)


SCRIPT = """
import sys
from pathlib import Path
sys.path.insert(0, sys.argv[2])
from short_scans import LONG, tasks
from mcsc.execute import Interrupted, scan
if __name__ == "__main__":
    try:
        scan(tasks(LONG), Path(sys.argv[1]), workers=2, threads=1, checkpoint_interval=0.0)
    except Interrupted:
        sys.exit(130)
"""


@pytest.mark.parametrize(
    ("blow", "whole_group", "code"),
    [(signal.SIGKILL, False, -9), (signal.SIGINT, False, 130), (signal.SIGTERM, True, 130)],
)
def test_killed_and_resumed_is_undisturbed(
    tmp_path: Path, blow: int, whole_group: bool, code: int
) -> None:
    calm, stormy = tmp_path / "calm", tmp_path / "stormy"
    scan(tasks(LONG), calm, workers=2, threads=1)
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
    scan(tasks(LONG), stormy, workers=1, threads=1)
    assert contents(stormy, tasks(LONG)) == contents(calm, tasks(LONG))


def test_a_script_without_a_main_guard_is_told_so(tmp_path: Path) -> None:
    script, here = tmp_path / "script.py", str(Path(__file__).parents[1])
    guarded = 'if __name__ == "__main__":\n'
    assert guarded in SCRIPT
    script.write_text(SCRIPT.replace(guarded, "if True:\n"))
    command = [sys.executable, str(script), str(tmp_path / "tasks"), here]
    done = subprocess.run(command, capture_output=True, text=True, timeout=300, check=False)
    assert done.returncode == 1
    assert "must start a scan below: if __name__ == '__main__'" in done.stderr.splitlines()[-1]


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

    monkeypatch.setattr(execute, "Stop", lambda grace: request)
    many = tasks(LONG, carriers=range(10, 18))
    if not begun:
        # while the workers are still being started
        threading.Timer(0.1, ask).start()
    with pytest.raises(Interrupted):
        scan(many, tmp_path, workers=1, threads=1, progress=Impatient(), checkpoint_interval=0.0)
    assert time.monotonic() - asked_at[0] < 10
    saved = [task for task in many if checkpoint_path(tmp_path, task).exists()]
    assert len(saved) == begun
    assert not list(tmp_path.glob("*.tmp"))
