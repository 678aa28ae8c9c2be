"""What a worker does, wherever it runs: one task from its checkpoint to its file."""

import time
from collections.abc import Callable
from pathlib import Path

import xarray as xr

from mcsc.chain import Stopped, Task, run
from mcsc.execute.taskfile import checkpoint_path, finished, store
from mcsc.files.replace import is_full

PATIENCE_SECONDS = 600.0
_RETRY_SECONDS = 1.0


def work(
    task: Task,
    folder: Path,
    checkpoint_interval: float,
    report: Callable[[float], None],
    say: Callable[[str], None],
    stop: Callable[[], bool],
) -> None:
    """Run a task and leave its file in the folder.

    folder, checkpoint_interval: As in :func:`mcsc.execute.run_tasks` and
        :class:`mcsc.execute.Execution`.
    report, say, stop: As in :func:`mcsc.chain.run`.

    Raises mcsc.chain.Stopped when ``stop`` said so.
    Raises OSError if the file cannot be written.
    """
    checkpoint = checkpoint_path(folder, task)
    before = finished(folder, task.continues) if task.continues else None
    tree = run(
        task, checkpoint, before=before, report=report, say=say, stop=stop,
        checkpoint_interval=checkpoint_interval,
    )  # fmt: skip
    keep(folder, task, tree, say, stop)
    checkpoint.unlink(missing_ok=True)


def keep(
    folder: Path,
    task: Task,
    tree: xr.DataTree,
    say: Callable[[str], None],
    stop: Callable[[], bool],
) -> None:
    """Store a finished task; on a full disk wait for space, for it cost more than the wait.

    Raises mcsc.chain.Stopped when ``stop`` said so meanwhile.
    Raises OSError if the file cannot be written, for lack of space after :data:`PATIENCE_SECONDS`.
    """
    begun, told = time.monotonic(), False
    while True:
        try:
            return store(folder, task, tree)
        except OSError as error:
            if not is_full(error) or time.monotonic() - begun > PATIENCE_SECONDS:
                raise
            if not told:
                say(f"{error}; the finished task waits {PATIENCE_SECONDS / 60:.0f} minutes for it")
                told = True
        if stop():
            raise Stopped
        time.sleep(_RETRY_SECONDS)
