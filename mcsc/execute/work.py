"""What a worker does, wherever it runs: one task from its checkpoint to its file."""

import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import xarray as xr

from mcsc.chain import Stopped, Task, run
from mcsc.execute.taskfile import checkpoint_path, finished, store
from mcsc.files.replace import is_full

PATIENCE_SECONDS = 600.0
_RETRY_SECONDS = 1.0


@dataclass(frozen=True)
class Orders:
    """What holds for all tasks of a scan.

    Attributes
    ----------
    folder
        Where task files and checkpoints go.
    checkpoint_interval
        Seconds between checkpoints of a task.
    """

    folder: Path
    checkpoint_interval: float


def work(
    task: Task,
    orders: Orders,
    report: Callable[[float], None],
    say: Callable[[str], None],
    stop: Callable[[], bool],
) -> None:
    """Run a task and leave its file in the folder.

    Parameters
    ----------
    report, say, stop
        See :func:`mcsc.chain.run`.

    Raises
    ------
    mcsc.chain.Stopped
        When ``stop`` said so.
    OSError
        If the file cannot be written.
    """
    checkpoint = checkpoint_path(orders.folder, task)
    groups = run(
        task,
        checkpoint,
        before=finished(orders.folder, task.continues) if task.continues else None,
        report=report,
        say=say,
        stop=stop,
        checkpoint_interval=orders.checkpoint_interval,
    )
    keep(orders.folder, task, groups, say, stop)
    checkpoint.unlink(missing_ok=True)


def keep(
    folder: Path,
    task: Task,
    groups: dict[str, xr.Dataset],
    say: Callable[[str], None],
    stop: Callable[[], bool],
) -> None:
    """Store a finished task; on a full disk wait for space, for it cost more than the wait.

    Raises
    ------
    mcsc.chain.Stopped
        When ``stop`` said so meanwhile.
    OSError
        If the file cannot be written, for lack of space after :data:`PATIENCE_SECONDS`.
    """
    begun, told = time.monotonic(), False
    while True:
        try:
            return store(folder, task, groups)
        except OSError as error:
            if not is_full(error) or time.monotonic() - begun > PATIENCE_SECONDS:
                raise
            if not told:
                say(f"{error}; the finished task waits {PATIENCE_SECONDS / 60:.0f} minutes for it")
                told = True
        if stop():
            raise Stopped
        time.sleep(_RETRY_SECONDS)
