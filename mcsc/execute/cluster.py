"""Tasks on the workers of a dask cluster, or of one that is started here for the purpose.

This is the side of the client; what its workers do is in :mod:`mcsc.execute.dask_worker`.
"""

import contextlib
import logging
import time
import uuid
from collections.abc import Iterator, Sequence
from pathlib import Path
from queue import Empty, SimpleQueue
from typing import TYPE_CHECKING, Any

import xarray as xr

from mcsc.chain import Stopped, Task
from mcsc.execute.dask_worker import Orders, do, marked
from mcsc.execute.execution import LOCAL, Execution, Stop
from mcsc.execute.spawning import ignore_signals, variables, without_main
from mcsc.execute.taskfile import finished
from mcsc.execute.work import keep
from mcsc.files.tree import group

if TYPE_CHECKING:
    from distributed import Client, Future

_CONNECT_SECONDS = 15.0
_LONELY_SECONDS = 10.0


def execute(tasks: Sequence[Task], folder: Path, execution: Execution, stop: Stop) -> None:
    """Run tasks on the dask cluster of ``execution.scheduler``; see :mod:`mcsc.execute.tasks`."""
    try:
        import distributed  # noqa: F401
    except ImportError:
        raise ValueError("--scheduler needs dask: pip install '.[cluster]'") from None
    with _quiet(), _client(execution, len(tasks)) as (client, threads):
        _Crew(client, tasks, folder, execution, stop, threads).work_off()


class _Crew:
    """The tasks of a run on the workers of one client."""

    def __init__(
        self, client: "Client", tasks: Sequence[Task], folder: Path, execution: Execution,
        stop: Stop, threads: int,
    ) -> None:  # fmt: skip
        self._client, self._tasks, self._folder, self._stop = client, tasks, folder, stop
        self._scheduler, self._progress = execution.scheduler, execution.progress
        # futures that ended, and (number of the task, fraction, worker) of those that go on
        self._inbox: SimpleQueue[Any] = SimpleQueue()
        # tasks under way, and where
        self._begun: dict[int, str] = {}
        topic = f"mcsc-{uuid.uuid4().hex}"
        client.subscribe_topic(topic, lambda event: self._inbox.put(event[1]))
        seen = folder.resolve()
        orders = Orders(seen, marked(seen), execution.checkpoint_interval, threads, topic)
        self._futures: dict[int, Future[Any]] = {}
        for i, task in enumerate(tasks):
            # what a worker without the folder needs of the task that this one continues
            before = finished(folder, task.continues) if task.continues else None
            needed = {"samples": "state", "health": "acceptance"}
            state = before and xr.DataTree.from_dict(
                {name: group(before, name)[[variable]] for name, variable in needed.items()}
            )
            self._futures[i] = client.submit(
                do, i, task, task.digest(), state, orders,
                key=f"{topic}-{i}", pure=False, priority=-i,
            )  # fmt: skip
        self._numbers = {future.key: i for i, future in self._futures.items()}
        for future in self._futures.values():
            future.add_done_callback(self._inbox.put)

    def work_off(self) -> None:
        """Return when all tasks are done, or taken back on request."""
        lonely_since: float | None = time.monotonic()
        try:
            while self._futures:
                if self._stop.asked:
                    return self._recall()
                self._hear(0.2)
                lonely_since = self._look_for_workers(lonely_since)
        except Stopped:  # while a result waited for space on the disk
            self._recall()
        except Exception:
            if not self._stop.asked:
                self._stop = Stop(self._stop.grace)
                self._stop.ask()
            self._recall()
            raise

    def _hear(self, seconds: float) -> None:
        """Take in everything that was reported, waiting so long for the first."""
        with contextlib.suppress(Empty):
            news = self._inbox.get(timeout=seconds)
            while True:
                if isinstance(news, tuple | list):
                    self._note(*news)
                elif news.key in self._numbers:
                    self._take(news)
                news = self._inbox.get_nowait()

    def _note(self, i: int, news: float | str | None, worker: str) -> None:
        """Note how far a task is, what its worker says, or that it is over (None)."""
        if news is None:
            self._begun.pop(i, None)
        elif isinstance(news, str):
            self._progress.say(news)
        else:
            self._begun[i] = worker
            # done only when its file is written
            self._progress.update(self._tasks[i], min(news, 0.999))

    def _take(self, future: "Future[Any]") -> None:
        """Take the result of a task that ended."""
        from distributed import KilledWorker

        i = self._numbers[future.key]
        if i not in self._futures:
            return
        if future.status in ("cancelled", "lost"):
            raise OSError(
                f"{self._scheduler}: the scheduler went away; finished tasks are kept: run the "
                "same command when it is back"
            )
        error = future.exception()
        if isinstance(error, KilledWorker):
            raise OSError(
                f"{self._scheduler}: workers keep being killed by one task (out of memory?); "
                "give them more memory, with fewer of them on each machine"
            )
        if isinstance(error, ModuleNotFoundError):
            raise OSError(
                f"{self._scheduler}: workers lack a library ({error}): install mcsc there"
            )
        # any other error is raised here
        tree = future.result()
        if tree is not None:
            keep(self._folder, self._tasks[i], tree, self._progress.say, lambda: self._stop.asked)
        del self._futures[i]
        self._begun.pop(i, None)
        self._progress.update(self._tasks[i], 1.0)

    def _look_for_workers(self, lonely_since: float | None) -> float | None:
        """Say once if no workers come."""
        if lonely_since is None or self._begun:
            return None
        if time.monotonic() - lonely_since < _LONELY_SECONDS:
            return lonely_since
        if not self._client.nthreads():
            self._progress.say(
                f"{self._scheduler}: no workers there yet, waiting; start some with: "
                f"dask worker {self._scheduler} --nthreads 1"
            )
        return None

    def _recall(self) -> None:
        """Take all tasks back; those under way save first, within the grace of the stop."""
        left = list(self._futures.values())
        self._futures.clear()
        with contextlib.suppress(Exception):
            self._client.cancel(left)
            while self._begun and not self._stop.out_of_patience:
                self._hear(0.2)
                # nobody saves any more on a worker that has gone, or hears of it without scheduler
                there = self._client.nthreads() if self._client.status == "running" else {}
                self._begun = {i: worker for i, worker in self._begun.items() if worker in there}


@contextlib.contextmanager
def _client(execution: Execution, n_tasks: int) -> Iterator[tuple["Client", int]]:
    """A client of a running scheduler, or of one started with its workers; threads of each."""
    from distributed import Client, LocalCluster

    scheduler, threads = execution.scheduler, execution.threads or 1
    with contextlib.ExitStack() as stack:
        if scheduler == LOCAL:
            workers, threads = execution.shared_out(n_tasks)
            # until the end, for workers that are lost are started again
            stack.enter_context(without_main())
            cluster = stack.enter_context(
                LocalCluster(
                    n_workers=workers, threads_per_worker=1, processes=True, memory_limit=0,
                    dashboard_address="127.0.0.1:0", env=variables(threads),
                    silence_logs=logging.CRITICAL,
                )
            )  # fmt: skip
            client = stack.enter_context(Client(cluster))
            client.run(ignore_signals)
        else:
            try:
                client = stack.enter_context(Client(scheduler, timeout=_CONNECT_SECONDS))
            except OSError:
                raise OSError(
                    f"{scheduler}: no scheduler answers; start one with 'dask scheduler', which "
                    "prints its address"
                ) from None
        yield client, threads


@contextlib.contextmanager
def _quiet() -> Iterator[None]:
    """Keep dask's log off the display; what matters is said in our own words."""
    # each has a level of its own
    names = [name for name in logging.root.manager.loggerDict if name.startswith("distributed")]
    before = [(logger, logger.level) for logger in map(logging.getLogger, names)]
    for logger, _ in before:
        logger.setLevel(logging.CRITICAL)
    try:
        yield
    finally:
        for logger, level in before:
            logger.setLevel(level)
