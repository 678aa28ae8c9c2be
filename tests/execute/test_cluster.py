"""Scans on a dask cluster: a real scheduler and worker processes on loopback, blows included."""

import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from queue import SimpleQueue

import pytest
from distributed import Client
from short_scans import LONG, Listener, contents, tasks

from mcsc.chain import run
from mcsc.execute import Execution, checkpoint_path, run_tasks, task_path
from mcsc.execute import cluster as cluster_module
from mcsc.execute.execution import Stop
from mcsc.files import netcdf

# reported a few times on its way, even by a machine several times faster
LONGER = replace(LONG, sweeps=4 * LONG.sweeps)
DASK = [sys.executable, "-m", "dask"]


class Cluster:
    """A scheduler and workers, started as a user would."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._file = folder / "scheduler.json"
        self.processes: list[subprocess.Popen[bytes]] = []
        self._start("scheduler", "--host", "127.0.0.1", "--port", "0", "--no-dashboard")
        self.add_worker()

    def _start(self, *words: str) -> subprocess.Popen[bytes]:
        command = [*DASK, *words, "--scheduler-file", str(self._file)]
        with (self._folder / "log").open("ab") as log:
            self.processes.append(
                subprocess.Popen(command, stdout=log, stderr=log, cwd=self._folder)
            )
        return self.processes[-1]

    def add_worker(self) -> subprocess.Popen[bytes]:
        words = ("--nthreads", "1", "--no-nanny", "--no-dashboard")
        return self._start("worker", *words, "--host", "127.0.0.1")

    @property
    def address(self) -> str:
        import json

        wait_for(self._file.exists, 60)
        return str(json.loads(self._file.read_text())["address"])


def wait_for(condition, seconds: float) -> None:
    deadline = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < deadline
        time.sleep(0.01)


@pytest.fixture(scope="module")
def cluster(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Cluster]:
    found = Cluster(tmp_path_factory.mktemp("cluster"))
    try:
        with Client(found.address) as client:
            client.wait_for_workers(1, timeout=120)
        yield found
    finally:
        for process in found.processes[::-1]:
            process.kill()
            process.wait()


@pytest.fixture(scope="module")
def calm() -> list[str]:
    return [netcdf.digest(run(task)) for task in tasks(LONG)]


class Assassin(Listener):
    """Kills one worker as soon as both have got on with their tasks."""

    def __init__(self, folder: Path, worker: subprocess.Popen[bytes]) -> None:
        super().__init__()
        self._folder, self._worker = folder, worker
        self.killed_at: float | None = None

    def update(self, task, fraction: float) -> None:
        super().update(task, fraction)
        under_way = [f for f in self.fractions.values() if max(f) > 0]
        if self.killed_at is None and len(under_way) == 2 and 0 < fraction < 0.9:
            wait_for(
                lambda: any(checkpoint_path(self._folder, t).exists() for t in tasks(LONGER)), 9
            )
            self._worker.kill()
            self.killed_at = fraction


def test_a_killed_worker_costs_only_its_task(cluster: Cluster, tmp_path: Path) -> None:
    doomed = cluster.add_worker()
    with Client(cluster.address) as client:
        client.wait_for_workers(2, timeout=120)
    assassin = Assassin(tmp_path, doomed)
    execution = Execution(scheduler=cluster.address, progress=assassin, checkpoint_interval=0.0)
    run_tasks(tasks(LONGER), tmp_path, execution)
    assert assassin.killed_at is not None, "no report came before the end"
    doomed.wait(10)
    calm = [netcdf.digest(run(task)) for task in tasks(LONGER)]
    assert contents(tmp_path, tasks(LONGER)) == calm
    assert all(f[-1] == 1.0 for f in assassin.fractions.values())
    assert not [*tmp_path.glob("*.checkpoint"), *tmp_path.glob("*.tmp")]
    ages = {path: path.stat().st_mtime_ns for path in tmp_path.glob("*.nc")}
    run_tasks(tasks(LONGER), tmp_path, Execution(scheduler=cluster.address))
    assert {path: path.stat().st_mtime_ns for path in tmp_path.glob("*.nc")} == ages


def test_results_come_back_from_workers_that_do_not_see_the_folder(
    cluster: Cluster, calm: list[str], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    # the mark they find is another than the one they are sent to
    monkeypatch.setattr(cluster_module, "marked", lambda folder: "of a folder elsewhere")
    listener = Listener()
    execution = Execution(scheduler=cluster.address, progress=listener, checkpoint_interval=0.0)
    run_tasks(tasks(LONG), tmp_path, execution)
    assert contents(tmp_path, tasks(LONG)) == calm
    assert {path.suffix for path in tmp_path.iterdir()} == {".nc", ""}
    assert all(f[-1] == 1.0 for f in listener.fractions.values())
    # what a task goes on from is sent along
    (task, _) = tasks()
    more = replace(task, continues=task)
    for one in (task, more):
        run_tasks([one], tmp_path, Execution(scheduler=cluster.address))
    before = run(task)
    assert contents(tmp_path, [task, more]) == [
        netcdf.digest(before), netcdf.digest(run(more, before=before))
    ]  # fmt: skip


SCRIPT = """
import sys
from pathlib import Path
sys.path.insert(0, sys.argv[2])
from short_scans import LONG, tasks
from mcsc.execute import Execution, Interrupted, run_tasks
if __name__ == "__main__":
    try:
        execution = Execution(scheduler=sys.argv[3], checkpoint_interval=0.0)
        run_tasks(tasks(LONG), Path(sys.argv[1]), execution)
    except Interrupted:
        sys.exit(130)
"""


@pytest.mark.parametrize(
    ("blow", "code"),
    [(signal.SIGTERM, 130), pytest.param(signal.SIGKILL, -9, marks=pytest.mark.validation)],
)
def test_a_stopped_or_killed_client_takes_its_tasks_back(
    cluster: Cluster, calm: list[str], tmp_path: Path, blow: int, code: int
) -> None:
    script, folder = tmp_path / "script.py", tmp_path / "tasks"
    script.write_text(SCRIPT)
    here = str(Path(__file__).parents[1])
    command = [sys.executable, str(script), str(folder), here, cluster.address]
    process = subprocess.Popen(command)
    paths = [checkpoint_path(folder, task) for task in tasks(LONG)]
    wait_for(lambda: any(path.exists() for path in paths) or process.poll() is not None, 60)
    assert process.poll() is None
    os.kill(process.pid, blow)
    assert process.wait(60) == code
    time.sleep(2.0)
    left = {path: path.stat().st_mtime_ns for path in paths if path.exists()}
    assert left, "nothing was left to resume"
    time.sleep(0.5)
    assert {path: path.stat().st_mtime_ns for path in left} == left
    run_tasks(tasks(LONG), folder, Execution(scheduler=cluster.address))
    assert contents(folder, tasks(LONG)) == calm


def test_a_cluster_started_for_the_purpose(calm: list[str], tmp_path: Path) -> None:
    run_tasks(tasks(LONG), tmp_path, Execution(scheduler="local", workers=2))
    assert contents(tmp_path, tasks(LONG)) == calm
    assert len(list(tmp_path.glob("*.nc"))) == len(tasks())


def test_a_scheduler_that_is_not_there(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(cluster_module, "_CONNECT_SECONDS", 0.5)
    with pytest.raises(OSError, match=r"tcp://127\.0\.0\.1:1: no scheduler answers"):
        run_tasks(tasks(), tmp_path, Execution(scheduler="tcp://127.0.0.1:1"))
    assert not task_path(tmp_path, tasks()[0]).exists()


@pytest.mark.parametrize(
    ("status", "there", "waits"),
    [("running", {"tcp://a": 1}, True), ("running", {}, False), ("closed", {"tcp://a": 1}, False)],
)
def test_a_stop_waits_for_no_worker_that_has_gone(
    status: str, there: dict[str, int], waits: bool
) -> None:
    class Gone:
        def __init__(self) -> None:
            self.status = status

        def cancel(self, futures: list[object]) -> None:
            assert futures == []

        def nthreads(self) -> dict[str, int]:
            return there

    crew = object.__new__(cluster_module._Crew)
    crew._client, crew._futures, crew._inbox = Gone(), {}, SimpleQueue()
    crew._begun, crew._stop = {0: "tcp://a"}, Stop(grace=2.0 if waits else 60.0)
    crew._stop.ask()
    begun = time.monotonic()
    crew._recall()
    assert (time.monotonic() - begun >= 2.0) == waits
    assert time.monotonic() - begun < 30
