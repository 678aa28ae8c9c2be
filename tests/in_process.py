"""Scans in this process: to start workers takes seconds, and few tests are about workers."""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from functools import partial
from pathlib import Path
from typing import Any

import pytest
import xarray as xr

from mcsc import workflow
from mcsc.chain import Task
from mcsc.execute import Execution, processes
from mcsc.execute.execution import Stop
from mcsc.execute.work import work


def _execute(tasks: Sequence[Task], folder: Path, execution: Execution, stop: Stop) -> None:
    """What a worker does with each task, one after the other."""
    interval, progress = execution.checkpoint_interval, execution.progress
    for task in tasks:
        report = partial(progress.update, task)
        work(task, folder, interval, report, progress.say, lambda: stop.asked)


@contextmanager
def in_process() -> Iterator[None]:
    """Tasks are run here, not in workers; files, rounds and analysis are those of every run."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(processes, "execute", _execute)
        yield


def scan(run_file: Path | dict[str, Any], out: Path) -> xr.DataTree:
    """As :func:`mcsc.workflow.run`."""
    with in_process():
        return workflow.run(run_file, out)
