"""Where and how tasks are run, what those who wait are told, and their request to stop."""

import contextlib
import os
import signal
import threading
import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from mcsc.chain import Task

LOCAL = "local"


class Progress:
    """Told how far work is; this one shows nothing. Subclass it to show it in a way of your own.

    :class:`mcsc.execute.display.Display` is a bar in a terminal or a notebook.
    """

    def begin(self, tasks: Sequence[Task], title: str, why: str) -> None:
        """Tasks are to be run: what they are and why, in a few words."""

    def update(self, task: Task, fraction: float) -> None:
        """A task has come this far (1: its file is written)."""

    def stage(self, name: str, fraction: float) -> None:
        """Work without tasks has come this far, such as the search for transitions."""

    def say(self, line: str) -> None:
        """Something the user should read."""


SILENT = Progress()


@dataclass(frozen=True)
class Execution:
    """Where and how tasks are run; no number of a result depends on it.

    workers: Worker processes; all cores when None.
    threads: Threads a worker; when None the workers share the cores out, those of a running cluster
        have one.
    scheduler: Of a dask cluster that does the work: its address, ``tcp://HOST:PORT``, or
        ``"local"`` to start one here. Worker processes of this machine when None.
    grace: Seconds that workers have to save after a request to stop.
    checkpoint_interval: Seconds between checkpoints of a task.
    progress: Told how far the tasks are.

    Raises ValueError if a number is out of range, the scheduler has no address, or workers are
        asked for on a cluster that has its own.
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


STOPPING = [
    getattr(signal, name) for name in ("SIGINT", "SIGTERM", "SIGHUP") if hasattr(signal, name)
]
"""Signals that stop a run: from the keyboard, of a batch system, of a terminal that is closed."""


class Stop:
    """Asked once, workers save and return; asked twice, or after the grace, they are abandoned.

    grace: Seconds that workers have to reach their next checkpoint.
    """

    def __init__(self, grace: float) -> None:
        self.grace = grace
        self._deadline: float | None = None

    def ask(self) -> None:
        """Ask to stop."""
        now = time.monotonic()
        self._deadline = now + self.grace if self._deadline is None else now

    @property
    def asked(self) -> bool:
        """Whether anyone has asked."""
        return self._deadline is not None

    @property
    def out_of_patience(self) -> bool:
        """Whether workers that have not returned yet are to be abandoned."""
        return self._deadline is not None and time.monotonic() >= self._deadline


@contextlib.contextmanager
def on_signals(stop: Stop) -> Iterator[None]:
    """Let :data:`STOPPING` ask to stop, where signals can be had: in the main thread."""
    if threading.current_thread() is not threading.main_thread():
        yield
        return
    asked = {signal.SIGINT, signal.SIGTERM}
    # under nohup it is ignored that the terminal is gone
    numbers = [n for n in STOPPING if n in asked or signal.getsignal(n) != signal.SIG_IGN]
    before = {number: signal.signal(number, lambda *_: stop.ask()) for number in numbers}
    try:
        yield
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)
