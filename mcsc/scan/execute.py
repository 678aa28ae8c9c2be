"""Run tasks in worker processes: one file a task, checkpoints, a clean stop, the same bits always.

Workers are spawned, never forked: OpenMP does not survive a fork. Each has its share of the cores
as numba threads, so few tasks still use all cores.
"""

import contextlib
import multiprocessing
import os
import signal
import threading
import time
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import FIRST_COMPLETED, Future, ProcessPoolExecutor, wait
from concurrent.futures.process import BrokenProcessPool
from pathlib import Path
from queue import Empty
from typing import Any, Protocol

from mcsc.chain import Stopped, Task, run
from mcsc.scan.taskfile import checkpoint_path, finished, store

# how often a task may lose its worker before the scan gives up on it
_ATTEMPTS = 3
_STOP_SECONDS = 30.0


class Interrupted(Exception):
    """The scan was stopped; finished tasks and checkpoints are on disk."""


class Progress(Protocol):
    """What a display of progress is told."""

    def update(self, task: Task, fraction: float) -> None:
        """A task has come this far (1: its file is written)."""

    def say(self, line: str) -> None:
        """Something the user should read."""


class _Silent:
    def update(self, task: Task, fraction: float) -> None:
        pass

    def say(self, line: str) -> None:
        pass


def scan(
    tasks: Sequence[Task],
    folder: Path,
    *,
    workers: int | None = None,
    threads: int | None = None,
    progress: Progress | None = None,
    checkpoint_interval: float = 20.0,
) -> None:
    """Run all tasks that have no finished file in ``folder`` yet.

    Parameters
    ----------
    tasks
        Tasks of any number and order; the longest are run first.
    folder
        Where task files and checkpoints go; made if missing, used by one scan at a time.
    workers
        Worker processes; all cores when None.
    threads
        Threads a worker; by default the workers share the cores out.

    Raises
    ------
    Interrupted
        On SIGINT or SIGTERM, after the workers have saved.
    OSError
        If the folder cannot be written or another scan is using it.
    """
    shown = progress or _Silent()
    folder.mkdir(parents=True, exist_ok=True)
    with _locked(folder):
        open_tasks = []
        for task in tasks:
            if finished(folder, task, shown.say) is None:
                open_tasks.append(task)
            else:
                shown.update(task, 1.0)
        open_tasks.sort(key=lambda task: task.proposals, reverse=True)
        if not open_tasks:
            return
        cores = len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count()
        n_workers = min(workers or cores or 1, len(open_tasks))
        n_threads = threads or max(1, (cores or 1) // n_workers)
        for attempt in range(1, _ATTEMPTS + 1):
            open_tasks = _run_pool(
                open_tasks, folder, n_workers, n_threads, shown, checkpoint_interval
            )
            if not open_tasks:
                return
            shown.say(
                f"a worker process was killed (out of memory?); "
                f"{len(open_tasks)} tasks left, attempt {attempt + 1}"
            )
        raise OSError("worker processes keep being killed: try fewer with --workers")


def _run_pool(
    tasks: list[Task],
    folder: Path,
    workers: int,
    threads: int,
    progress: Progress,
    checkpoint_interval: float,
) -> list[Task]:
    """Run tasks until all are done or a worker dies; returns those without a file."""
    context = multiprocessing.get_context("spawn")
    reports, stop = context.Queue(), context.Event()
    setup = (folder, reports, stop, checkpoint_interval)
    left = dict(enumerate(tasks))
    with (
        _environment(threads),
        _stop_on_signals(stop) as stopping,
        ProcessPoolExecutor(workers, context, _prepare, setup) as pool,
    ):
        futures: dict[Future[None], int] = {
            pool.submit(_work, i, task): i for i, task in left.items()
        }
        pending = set(futures)
        deadline = float("inf")
        while pending:
            done, pending = wait(pending, timeout=0.2, return_when=FIRST_COMPLETED)
            _drain(reports, tasks, progress)
            if stopping() and deadline == float("inf"):
                deadline = time.monotonic() + _STOP_SECONDS
                pool.shutdown(wait=False, cancel_futures=True)
                pending = {future for future in pending if not future.cancelled()}
            if time.monotonic() > deadline:
                for process in multiprocessing.active_children():
                    process.terminate()
                break
            for future in done:
                if future.cancelled():
                    continue
                error = future.exception()
                if isinstance(error, BrokenProcessPool):
                    # a signal to the whole process group takes the workers along
                    if stopping():
                        raise Interrupted
                    return list(left.values())
                if isinstance(error, Stopped):
                    continue
                if error is not None:
                    stop.set()
                    pool.shutdown(wait=False, cancel_futures=True)
                    raise error
                progress.update(left.pop(futures[future]), 1.0)
        if stopping():
            raise Interrupted
    return list(left.values())


def _drain(reports: Any, tasks: list[Task], progress: Progress) -> None:
    with contextlib.suppress(Empty):
        while True:
            i, fraction = reports.get_nowait()
            # done only when its file is written
            progress.update(tasks[i], min(fraction, 0.999))


@contextlib.contextmanager
def _locked(folder: Path) -> Iterator[None]:
    """Hold the folder for this process; the system lets go of the lock if we are killed."""
    try:
        import fcntl
    except ImportError:  # no such locks on Windows
        yield
        return
    with (folder / "lock").open("w") as file:
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            raise OSError(
                f"{folder}: another run is using this folder; wait for it or choose another output"
            ) from None
        yield


@contextlib.contextmanager
def _environment(threads: int) -> Iterator[None]:
    """Set what numba and the numerical libraries of the workers read when they start."""
    wanted = {
        "NUMBA_NUM_THREADS": str(threads),
        "OMP_NUM_THREADS": str(threads),
        # waiting threads must not spin on the cores of other workers
        "OMP_WAIT_POLICY": "PASSIVE",
        "OPENBLAS_NUM_THREADS": "1",
        "MKL_NUM_THREADS": "1",
    }
    before = {name: os.environ.get(name) for name in wanted}
    os.environ.update(wanted)
    try:
        yield
    finally:
        for name, value in before.items():
            if value is None:
                os.environ.pop(name, None)
            else:
                os.environ[name] = value


@contextlib.contextmanager
def _stop_on_signals(stop: Any) -> Iterator[Callable[[], bool]]:
    """Turn SIGINT and SIGTERM into a request to stop; yields whether one has come."""
    if threading.current_thread() is not threading.main_thread():
        yield stop.is_set
        return

    def request(number: int, frame: object) -> None:
        stop.set()

    before = {number: signal.signal(number, request) for number in (signal.SIGINT, signal.SIGTERM)}
    try:
        yield stop.is_set
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)


_setup: tuple[Path, Any, Any, float]


def _prepare(folder: Path, reports: Any, stop: Any, checkpoint_interval: float) -> None:
    """Start of a worker: leave signals to the parent, and die with it."""
    global _setup
    _setup = (folder, reports, stop, checkpoint_interval)
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    signal.signal(signal.SIGTERM, signal.SIG_DFL)
    threading.Thread(target=_die_with_parent, daemon=True).start()


def _die_with_parent() -> None:
    parent = multiprocessing.parent_process()
    if parent is not None:
        parent.join()
        os._exit(1)


def _work(i: int, task: Task) -> None:
    folder, reports, stop, checkpoint_interval = _setup
    checkpoint = checkpoint_path(folder, task)
    groups = run(
        task,
        checkpoint,
        before=finished(folder, task.continues) if task.continues else None,
        report=lambda fraction: reports.put((i, fraction)),
        stop=stop.is_set,
        checkpoint_interval=checkpoint_interval,
    )
    store(folder, task, groups)
    checkpoint.unlink(missing_ok=True)
