"""What a worker does, wherever it runs: one task from its checkpoint to its file."""

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from mcsc.chain import Task, run
from mcsc.scan.taskfile import checkpoint_path, finished, store


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
    task: Task, orders: Orders, report: Callable[[float], None], stop: Callable[[], bool]
) -> None:
    """Run a task and leave its file in the folder.

    Parameters
    ----------
    report, stop
        See :func:`mcsc.chain.run`.

    Raises
    ------
    mcsc.chain.Stopped
        When ``stop`` said so.
    """
    checkpoint = checkpoint_path(orders.folder, task)
    groups = run(
        task,
        checkpoint,
        before=finished(orders.folder, task.continues) if task.continues else None,
        report=report,
        stop=stop,
        checkpoint_interval=orders.checkpoint_interval,
    )
    store(orders.folder, task, groups)
    checkpoint.unlink(missing_ok=True)
