"""Run the tasks of a scan: one file a task, checkpoints, a clean stop, the same bits always.

Where the workers are is left to an :class:`Execute`: processes of this machine
(:mod:`mcsc.execute.processes`) or a dask cluster (:mod:`mcsc.execute.cluster`).
"""

import contextlib
import os
from collections.abc import Iterable, Iterator, Sequence
from functools import partial
from pathlib import Path
from typing import Protocol

from mcsc.chain import Task
from mcsc.execute import cluster, processes
from mcsc.execute.claim import claimed
from mcsc.execute.progress import Progress, Silent
from mcsc.execute.stop import Stop, on_signals
from mcsc.execute.taskfile import checkpoint_path, finished, task_path
from mcsc.execute.work import Orders
from mcsc.files.regular_file import NotRegularFile, open_unfollowed, require_regular
from mcsc.files.replace import cannot_write


class Interrupted(Exception):
    """The scan was stopped; finished tasks and checkpoints are on disk."""


class Execute(Protocol):
    """Hands tasks to workers, each of which does :func:`mcsc.execute.work.work`."""

    def __call__(
        self, tasks: Sequence[Task], orders: Orders, stop: Stop, progress: Progress, /
    ) -> None:
        """Return when every task has its file, or ``stop`` was asked and the workers have saved.

        A lost worker costs only what its tasks did since their checkpoints: they are run again.

        Raises
        ------
        OSError
            If a task cannot be stored or workers keep being lost; the other workers have saved.
        """


def scan(
    tasks: Sequence[Task],
    folder: Path,
    *,
    workers: int | None = None,
    threads: int | None = None,
    progress: Progress | None = None,
    checkpoint_interval: float = 20.0,
    grace: float = 30.0,
    scheduler: str | None = None,
) -> None:
    """Run all tasks that have no finished file in ``folder`` yet.

    Parameters
    ----------
    tasks
        Tasks of any number and order; the longest are run first.
    folder
        Where task files and checkpoints go; made if missing. Several scans may use it at once if
        they have no unfinished task in common.
    workers
        Worker processes; all cores when None.
    threads
        Threads a worker; by default the workers share the cores out.
    checkpoint_interval
        Seconds between checkpoints of a task.
    grace
        Seconds that workers have to save after a request to stop.
    scheduler
        Of a dask cluster that does the work, see :func:`mcsc.execute.cluster.execute`; worker
        processes of this machine when None.

    Raises
    ------
    Interrupted
        On SIGINT or SIGTERM, after the workers have saved.
    OSError
        If the folder cannot be written or another scan is at work on one of the tasks.
    """
    shown = progress or Silent()
    execute: Execute = partial(processes.execute, workers=workers, threads=threads)
    if scheduler is not None:
        execute = partial(cluster.execute, scheduler=scheduler, workers=workers, threads=threads)
    stop = Stop(grace)
    with on_signals(stop):
        # one that is asked for twice is run once
        different = {task.digest(): task for task in tasks}.values()
        waiting = _unfinished(different, folder, shown)
        if not waiting:
            return
        with _held(folder, waiting, shown):
            # another scan may have finished some before it let go of them
            waiting = _unfinished(waiting, folder, shown, said=True)
            waiting.sort(key=lambda task: task.proposals, reverse=True)
            if waiting and not stop.asked:
                execute(waiting, Orders(folder, checkpoint_interval), stop, shown)
        if stop.asked:
            raise Interrupted


@contextlib.contextmanager
def _held(folder: Path, tasks: Sequence[Task], shown: Progress) -> Iterator[None]:
    """Hold tasks of a folder that can be written, cleared of what killed runs left aside."""
    try:
        folder.mkdir(parents=True, exist_ok=True)
        os.close(open_unfollowed(folder / "lock"))
    except NotRegularFile:
        raise
    except OSError as error:
        raise cannot_write(folder, error) from None
    for task in tasks:
        # not only when the task is finished and cannot be put there
        require_regular(task_path(folder, task))
        require_regular(checkpoint_path(folder, task))
    with claimed(folder, tasks, shown.say) as sure:
        if sure:
            _clear(folder, tasks)
        yield
        if sure:
            _clear(folder, tasks)


def _clear(folder: Path, tasks: Sequence[Task]) -> None:
    """Remove what workers that were killed had begun to write of tasks that we hold."""
    ours = {task.digest() for task in tasks}
    for aside in folder.glob("*.tmp"):
        if aside.name.partition(".")[0] in ours:
            aside.unlink(missing_ok=True)


def _unfinished(
    tasks: Iterable[Task], folder: Path, shown: Progress, *, said: bool = False
) -> list[Task]:
    found = []
    for task in tasks:
        if finished(folder, task, Silent().say if said else shown.say) is None:
            found.append(task)
        else:
            shown.update(task, 1.0)
    return found
