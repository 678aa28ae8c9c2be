"""Tasks in worker processes of this machine.

Workers are spawned, never forked: OpenMP does not survive a fork. Each has its share of the cores
as numba threads, so few tasks still use all cores.
"""

import contextlib
import multiprocessing
import os
import signal
import threading
from collections.abc import Sequence
from concurrent.futures import FIRST_COMPLETED, Future, ProcessPoolExecutor, wait
from concurrent.futures.process import BrokenProcessPool
from queue import Empty
from typing import Any

from mcsc.chain import Stopped, Task
from mcsc.execute.cores import environment, shared_out
from mcsc.execute.progress import Progress
from mcsc.execute.stop import Stop
from mcsc.execute.work import Orders, work

# how often in a row workers may be lost before the scan gives up
_ATTEMPTS = 3


def execute(
    tasks: Sequence[Task],
    orders: Orders,
    stop: Stop,
    progress: Progress,
    *,
    workers: int | None = None,
    threads: int | None = None,
) -> None:
    """Run tasks in worker processes; see :class:`mcsc.execute.scan.Execute`.

    Parameters
    ----------
    workers
        Worker processes; all cores when None.
    threads
        Threads a worker; by default the workers share the cores out.
    """
    n_workers, n_threads = shared_out(len(tasks), workers, threads)
    left, attempt = list(tasks), 1
    while True:
        before = len(left)
        left = _run_pool(left, orders, stop, progress, n_workers, n_threads)
        if not left or stop.asked:
            return
        attempt = 1 if len(left) < before else attempt + 1
        if attempt > _ATTEMPTS:
            raise OSError(
                "worker processes keep being killed: try fewer with --workers if memory is short; "
                "a script of your own must start a scan below: if __name__ == '__main__'"
            )
        progress.say(
            f"a worker process was killed (out of memory?); {len(left)} tasks left, "
            f"attempt {attempt}"
        )


def _run_pool(
    tasks: list[Task],
    orders: Orders,
    stop: Stop,
    progress: Progress,
    workers: int,
    threads: int,
) -> list[Task]:
    """Run tasks until all are done, a worker dies or the stop is over; those without a file."""
    context = multiprocessing.get_context("spawn")
    reports, stopping = context.Queue(), context.Event()
    left, begun = dict(enumerate(tasks)), set[int]()
    others = multiprocessing.active_children()
    with (
        environment(threads),
        ProcessPoolExecutor(workers, context, _prepare, (orders, reports, stopping)) as pool,
    ):
        futures: dict[Future[None], int] = {
            pool.submit(_work, i, task): i for i, task in left.items()
        }
        pending = set(futures)
        while pending:
            done, pending = wait(pending, timeout=0.2, return_when=FIRST_COMPLETED)
            begun |= _drain(reports, tasks, progress)
            if stop.asked and not stopping.is_set():
                stopping.set()
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
                if future.cancelled():
                    continue
                error = future.exception()
                if isinstance(error, BrokenProcessPool):
                    return list(left.values())
                if isinstance(error, Stopped):
                    continue
                if error is not None:
                    stopping.set()
                    pool.shutdown(wait=False, cancel_futures=True)
                    raise error
                progress.update(left.pop(futures[future]), 1.0)
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


_setup: tuple[Orders, Any, Any]


def _prepare(orders: Orders, reports: Any, stopping: Any) -> None:
    """Start of a worker: leave signals to the parent, and die with it."""
    global _setup
    _setup = (orders, reports, stopping)
    # batch systems and terminals send them to every process of a job
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    signal.signal(signal.SIGTERM, signal.SIG_IGN)
    threading.Thread(target=_die_with_parent, daemon=True).start()


def _die_with_parent() -> None:
    parent = multiprocessing.parent_process()
    if parent is not None:
        parent.join()
        os._exit(1)


def _work(i: int, task: Task) -> None:
    orders, reports, stopping = _setup

    def tell(news: float | str) -> None:
        reports.put((i, news))

    if stopping.is_set():
        raise Stopped
    work(task, orders, tell, tell, stopping.is_set)
