"""Tasks in worker processes of this machine.

Workers are spawned, never forked: OpenMP does not survive a fork. Each has its share of the cores
as numba threads, so few tasks still use all cores.
"""

import contextlib
import multiprocessing
from collections.abc import Sequence
from concurrent.futures import FIRST_COMPLETED, ProcessPoolExecutor, wait
from concurrent.futures.process import BrokenProcessPool
from pathlib import Path
from queue import Empty
from typing import Any

from mcsc.chain import Stopped, Task
from mcsc.execute.execution import Execution, Progress, Stop
from mcsc.execute.spawning import attend, environment, without_main, without_signals
from mcsc.execute.taskfile import unfinished
from mcsc.execute.work import work

# how often in a row workers may be lost before the run gives up
_ATTEMPTS = 3


def execute(tasks: Sequence[Task], folder: Path, execution: Execution, stop: Stop) -> None:
    """Run tasks in worker processes; see :mod:`mcsc.execute.tasks`."""
    left, attempt = list(tasks), 1
    while True:
        before = len(left)
        left = _run_pool(left, folder, execution, stop)
        if left and not stop.asked:
            # a worker may have come to its end after another was lost
            left = unfinished(left, folder, execution.progress)
        if not left or stop.asked:
            return
        attempt = 1 if len(left) < before else attempt + 1
        if attempt > _ATTEMPTS:
            raise OSError(
                "worker processes keep being killed: if memory is short, try fewer workers "
                "(--workers)"
            )
        execution.progress.say(
            f"a worker process was killed (out of memory?); {len(left)} tasks left, "
            f"attempt {attempt}"
        )


def _run_pool(tasks: list[Task], folder: Path, execution: Execution, stop: Stop) -> list[Task]:
    """Run tasks until all are done, a worker dies or the stop is over; those without a file."""
    context = multiprocessing.get_context("spawn")
    # without a lock, which a worker that is killed could hold for ever
    reports, stopping = context.Queue(), context.RawValue("b", 0)
    workers, threads = execution.shared_out(len(tasks))
    left, begun = dict(enumerate(tasks)), set[int]()
    others = multiprocessing.active_children()
    setup = (folder, execution.checkpoint_interval, reports, stopping)
    with ProcessPoolExecutor(workers, context, _prepare, setup) as pool:
        # tasks that are handed in start the workers
        with environment(threads), without_main(), without_signals():
            futures = {pool.submit(_work, i, task): i for i, task in left.items()}
        pending = set(futures)
        while pending:
            done, pending = wait(pending, timeout=0.2, return_when=FIRST_COMPLETED)
            begun |= _drain(reports, tasks, execution.progress)
            if stop.asked and not stopping.value:
                stopping.value = 1
                pool.shutdown(wait=False, cancel_futures=True)
            if stop.asked:
                # the pool cancels them in its own time, and wait does not count those as done;
                # a worker that has not done a step yet has nothing to save
                pending = {f for f in pending if not f.cancelled() and futures[f] in begun}
            if stop.out_of_patience or (stop.asked and not pending):
                for process in multiprocessing.active_children():
                    if process not in others:
                        process.kill()
                pending = set()
            for future in done:
                error = Stopped() if future.cancelled() else future.exception()
                if isinstance(error, BrokenProcessPool):
                    # the other workers save and go: all go on in new ones
                    stopping.value = 1
                    return list(left.values())
                if isinstance(error, Stopped):
                    continue
                if error is not None:
                    stopping.value = 1
                    pool.shutdown(wait=False, cancel_futures=True)
                    raise error
                execution.progress.update(left.pop(futures[future]), 1.0)
    return list(left.values())


def _drain(reports: Any, tasks: list[Task], progress: Progress) -> set[int]:
    """Pass on what workers report; the tasks they report of."""
    heard = set[int]()
    with contextlib.suppress(Empty):
        while True:
            i, news = reports.get_nowait()
            heard.add(i)
            if isinstance(news, str):
                progress.say(news)
            else:
                # done only when its file is written
                progress.update(tasks[i], min(news, 0.999))
    return heard


_setup: tuple[Path, float, Any, Any]


def _prepare(*setup: Any) -> None:
    global _setup
    _setup = setup
    attend()


def _work(i: int, task: Task) -> None:
    folder, checkpoint_interval, reports, stopping = _setup

    def tell(news: float | str) -> None:
        reports.put((i, news))

    if stopping.value:
        raise Stopped
    work(task, folder, checkpoint_interval, tell, tell, lambda: bool(stopping.value))
