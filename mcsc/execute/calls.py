"""Calls of one function in worker processes of this machine: for results that need no files.

Workers are spawned as in :mod:`mcsc.execute.processes`. There is nothing to save: on an error, or
Ctrl-C, they are killed.
"""

import contextlib
import multiprocessing
from collections.abc import Callable, Sequence
from concurrent.futures import FIRST_COMPLETED, Future, ProcessPoolExecutor, wait
from concurrent.futures.process import BrokenProcessPool
from queue import Empty
from typing import Any, Protocol, TypeVar

from mcsc.execute.spawning import attend, environment, without_main, without_signals

# between two looks at what the workers report
_SECONDS = 0.2


Item = TypeVar("Item")
Result = TypeVar("Result")
Item_in = TypeVar("Item_in", contravariant=True)
Result_out = TypeVar("Result_out", covariant=True)


class Call(Protocol[Item_in, Result_out]):
    """A function that can be pickled, of an item and of what is told the fraction done."""

    def __call__(self, item: Item_in, /, *, report: Callable[[float], None]) -> Result_out:
        """The result for one item."""


def called(
    function: Call[Item, Result],
    items: Sequence[Item],
    workers: int,
    threads: int,
    report: Callable[[int, float], None] = lambda i, fraction: None,
) -> list[Result]:
    """Results of a function for all items, in their order; begun in their order, too.

    workers, threads: Processes, and threads of each.
    report: Called in this process with the number of an item and the fraction of it that is done.

    Raises OSError if a worker is killed.
    Raises Exception: What the function raises.
    """
    context = multiprocessing.get_context("spawn")
    reports, others = context.Queue(), multiprocessing.active_children()
    futures: list[Future[Result]] = []
    with ProcessPoolExecutor(workers, context, _prepare, (function, reports)) as pool:
        try:
            # calls that are handed in start the workers
            with environment(threads), without_main(), without_signals():
                futures += [pool.submit(_call, i, item) for i, item in enumerate(items)]
            started = [p for p in multiprocessing.active_children() if p not in others]
            pending = set(futures)
            while pending:
                done, pending = wait(pending, timeout=_SECONDS, return_when=FIRST_COMPLETED)
                _pass_on(reports, report)
                for future in done:
                    future.result()
                    report(futures.index(future), 1.0)
                # the pool may not look at the worker that was started last
                if pending and not all(process.is_alive() for process in started):
                    raise BrokenProcessPool
        except BaseException as error:
            # the pool ends once it sees that they are gone
            for process in multiprocessing.active_children():
                if process not in others:
                    process.kill()
            if isinstance(error, BrokenProcessPool):
                raise OSError(
                    "a worker process was killed: if memory is short, try fewer workers (--workers)"
                ) from None
            raise
    return [future.result() for future in futures]


def _pass_on(reports: Any, report: Callable[[int, float], None]) -> None:
    with contextlib.suppress(Empty):
        while True:
            # the end of an item is told by its result
            i, fraction = reports.get_nowait()
            report(i, min(fraction, 0.999))


_setup: tuple[Callable[..., Any], Any]


def _prepare(*setup: Any) -> None:
    global _setup
    _setup = setup
    attend()


def _call(i: int, item: Any) -> Any:
    function, reports = _setup
    return function(item, report=lambda fraction: reports.put((i, fraction)))
