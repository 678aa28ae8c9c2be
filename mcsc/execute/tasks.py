"""Run tasks: one file a task, checkpoints, a clean stop, the same bits always.

Where the workers are is left to ``execute`` of :mod:`mcsc.execute.processes`, which starts them on
this machine, or of :mod:`mcsc.execute.cluster`, for a dask cluster. Both return when every task
has its file, or a stop was asked for and the workers have saved. A lost worker costs only what its
tasks did since their checkpoints: they are run again.
"""

import contextlib
import os
from collections.abc import Iterator, Sequence
from pathlib import Path

from mcsc.chain import Task, distinct
from mcsc.execute import cluster, processes
from mcsc.execute.claim import claimed
from mcsc.execute.execution import Execution, Progress, Stop, on_signals
from mcsc.execute.taskfile import checkpoint_path, task_path, unfinished
from mcsc.files.regular_file import NotRegularFile, open_unfollowed, require_regular
from mcsc.files.replace import cannot_write


class Interrupted(Exception):
    """The run was stopped; finished tasks and checkpoints are on disk."""


def run_tasks(tasks: Sequence[Task], folder: Path, execution: Execution) -> None:
    """Run all tasks that have no finished file in a folder yet.

    tasks: Tasks of any number and order; the longest are run first.
    folder: Where task files and checkpoints go; made if missing. Several runs may use it at once if
        they have no unfinished task in common.
    execution: Where and how.

    Raises Interrupted on SIGINT or SIGTERM, after the workers have saved.
    Raises OSError if the folder cannot be written, another run is at work on one of the tasks,
        workers keep being lost or the scheduler is not there: the other workers have saved.
    Raises ValueError if a cluster is asked for and dask is not installed.
    """
    progress, stop = execution.progress, Stop(execution.grace)
    with on_signals(stop):
        waiting = unfinished(distinct(tasks), folder, progress, complain=progress.say)
        if not waiting:
            return
        with _held(folder, waiting, progress):
            # another run may have finished some before it let go of them; what is broken was said
            waiting = unfinished(waiting, folder, progress)
            waiting.sort(key=lambda task: task.proposals, reverse=True)
            if waiting and not stop.asked:
                where = processes if execution.scheduler is None else cluster
                where.execute(waiting, folder, execution, stop)
        if stop.asked:
            raise Interrupted(
                f"stopped; what is done is kept in {folder}: run the same again to go on"
            )


@contextlib.contextmanager
def _held(folder: Path, tasks: Sequence[Task], progress: Progress) -> Iterator[None]:
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
    with claimed(folder, tasks, progress.say) as sure:
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


def share(tasks: Sequence[Task], index: int, number: int) -> list[Task]:
    """The tasks of one of several jobs, which all have about the same work.

    The longest tasks are dealt out first, each to the job that has least so far. It does not
    depend on what is finished: the shares of one number have no task in common and leave none out.

    tasks: All tasks, in any order.
    index, number: Which share, counted from 1, and of how many.

    Raises ValueError if there is no such share.
    """
    if not 1 <= index <= number:
        raise ValueError(f"share {index}/{number}: shares are counted from 1 to {number}")
    loads, mine = [0.0] * number, []
    for task in sorted(tasks, key=lambda task: (-task.proposals, task.digest())):
        least = loads.index(min(loads))
        loads[least] += task.proposals
        if least == index - 1:
            mine.append(task)
    return mine
