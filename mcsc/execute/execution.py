"""Where and how tasks are run: one record for all who run them."""

import os
from dataclasses import dataclass

from mcsc.execute.progress import SILENT, Progress

LOCAL = "local"


@dataclass(frozen=True)
class Execution:
    """Where and how tasks are run; no number of a result depends on it.

    Attributes
    ----------
    workers
        Worker processes; all cores when None.
    threads
        Threads a worker; when None the workers share the cores out, those of a running cluster
        have one.
    scheduler
        Of a dask cluster that does the work: its address, ``tcp://HOST:PORT``, or ``"local"`` to
        start one here. Worker processes of this machine when None.
    grace
        Seconds that workers have to save after a request to stop.
    checkpoint_interval
        Seconds between checkpoints of a task.
    progress
        Told how far the tasks are.

    Raises
    ------
    ValueError
        If a number is out of range, the scheduler has no address, or workers are asked for on a
        cluster that has its own.
    """

    workers: int | None = None
    threads: int | None = None
    scheduler: str | None = None
    grace: float = 30.0
    checkpoint_interval: float = 20.0
    progress: Progress = SILENT

    def __post_init__(self) -> None:
        for name in ("workers", "threads"):
            number = getattr(self, name)
            if number is not None and not (isinstance(number, int) and number >= 1):
                raise ValueError(f"{name} = {number}: give a whole number from 1, or none")
        for name in ("grace", "checkpoint_interval"):
            seconds = getattr(self, name)
            if not seconds >= 0:
                raise ValueError(f"{name} = {seconds}: give seconds, 0 or more")
        if self.scheduler in (None, LOCAL):
            return
        if "://" not in str(self.scheduler):
            raise ValueError(
                f"scheduler {self.scheduler}: no address; give e.g. tcp://10.0.0.1:8786 or local"
            )
        if self.workers is not None:
            raise ValueError(
                f"workers = {self.workers}: {self.scheduler} has its own workers; leave it out"
            )

    def shared_out(self, n_tasks: int) -> tuple[int, int]:
        """Workers of this machine, and threads of each: all cores, however few tasks there are."""
        here = len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count()
        cores = here or 1
        workers = min(self.workers or cores, n_tasks)
        return workers, self.threads or max(1, cores // workers)
