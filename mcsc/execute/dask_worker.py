"""What a dask worker does with a task.

Workers keep nothing between tasks. One that sees the folder of the tasks, by its path and a
mark in it, works there as a process of the client's machine would: checkpoints and the task file go
there, and after its death another worker goes on from the checkpoint. Of one that does not, the
results go back through the scheduler, and a task that is broken off begins again.
"""

import threading
import time
import uuid
from dataclasses import dataclass
from pathlib import Path

import xarray as xr

from mcsc.chain import Stopped, Task, run
from mcsc.execute.work import work
from mcsc.files.regular_file import read_regular
from mcsc.files.replace import replace_file

# a task that goes on is reported this often
_REPORT_SECONDS = 0.5


@dataclass(frozen=True)
class Orders:
    """What holds for all tasks of a run.

    folder, mark: Where task files and checkpoints go, and what :func:`marked` says of it.
    checkpoint_interval, threads: As in :class:`mcsc.execute.Execution`.
    topic: Of the events in which the client is told how a task goes on.
    """

    folder: Path
    mark: str
    checkpoint_interval: float
    threads: int
    topic: str


def marked(folder: Path) -> str:
    """Name of a folder, in a file in it: who reads it there sees the same folder."""
    path = folder / "folder.id"
    if not path.exists():
        replace_file(path, lambda file: file.write(uuid.uuid4().hex.encode()))
    return read_regular(path).decode()


def _sees(folder: Path, mark: str) -> bool:
    try:
        return read_regular(folder / "folder.id").decode() == mark
    except OSError:
        return False


# kernels of one process are not to be run from two threads at once
_one_at_a_time = threading.Lock()


def do(
    i: int, task: Task, digest: str, before: xr.DataTree | None, orders: Orders
) -> xr.DataTree | None:
    """Do a task on a worker; its datasets if they are not in the folder."""
    import numba
    from distributed import get_worker

    if task.digest() != digest:
        raise OSError("workers and client have different versions of mcsc: install the same one")
    worker = get_worker()
    key = worker.get_current_task()
    told = 0.0

    def recalled() -> bool:
        # also when the client is gone
        state = worker.state.tasks.get(key)
        return state is None or state.state == "cancelled"

    def report(fraction: float) -> None:
        nonlocal told
        if time.monotonic() - told > _REPORT_SECONDS:
            told = time.monotonic()
            worker.log_event(orders.topic, (i, fraction, worker.address))

    def say(line: str) -> None:
        worker.log_event(orders.topic, (i, line, worker.address))

    while not _one_at_a_time.acquire(timeout=0.5):
        if recalled():
            return None
    try:
        most = numba.config.NUMBA_NUM_THREADS  # type: ignore[attr-defined]
        numba.set_num_threads(min(orders.threads, most))
        report(0.0)
        if _sees(orders.folder, orders.mark):
            work(task, orders.folder, orders.checkpoint_interval, report, say, recalled)
            return None
        return run(task, before=before, report=report, stop=recalled)
    except Stopped:
        return None
    finally:
        _one_at_a_time.release()
        worker.log_event(orders.topic, (i, None, worker.address))
