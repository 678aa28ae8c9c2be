"""What worker processes find at their start: a share of the cores, no signals, no user's script.

A process that is spawned runs ``__main__`` of its parent anew, to find what was defined there. Our
workers need nothing of it: they do not see it, so that a script without ``if __name__ ==
"__main__":`` does not start itself in each of them.
"""

import contextlib
import multiprocessing
import os
import signal
import sys
import threading
from collections.abc import Iterator
from types import ModuleType

from mcsc.execute.execution import STOPPING


def variables(threads: int) -> dict[str, str]:
    """What numba and the numerical libraries of a worker read from the environment at its start."""
    return {
        "NUMBA_NUM_THREADS": str(threads),
        "OMP_NUM_THREADS": str(threads),
        # waiting threads must not spin on the cores of other workers
        "OMP_WAIT_POLICY": "PASSIVE",
        "OPENBLAS_NUM_THREADS": "1",
        "MKL_NUM_THREADS": "1",
    }


@contextlib.contextmanager
def environment(threads: int) -> Iterator[None]:
    """Set :func:`variables` for processes that are started meanwhile."""
    wanted = variables(threads)
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
def without_signals() -> Iterator[None]:
    """Let processes that are spawned meanwhile be deaf to :data:`STOPPING`, from the first on.

    Terminals, notebooks and batch systems send them to every process of a job.
    """
    if not hasattr(signal, "pthread_sigmask"):  # Windows
        yield
        return
    before = signal.pthread_sigmask(signal.SIG_BLOCK, STOPPING)
    try:
        yield
    finally:
        signal.pthread_sigmask(signal.SIG_SETMASK, before)


@contextlib.contextmanager
def without_main() -> Iterator[None]:
    """Let processes that are spawned meanwhile find no ``__main__`` to run."""
    main = sys.modules["__main__"]
    sys.modules["__main__"] = ModuleType("__main__")
    try:
        yield
    finally:
        sys.modules["__main__"] = main


def attend() -> None:
    """In a worker, at its start: leave signals to the parent, and die with it."""
    ignore_signals()  # if they were not blocked
    threading.Thread(target=_die_with_parent, daemon=True).start()


def ignore_signals() -> None:
    """Leave what stops a run to the process that holds it."""
    for number in STOPPING:
        signal.signal(number, signal.SIG_IGN)


def _die_with_parent() -> None:
    parent = multiprocessing.parent_process()
    if parent is not None:
        parent.join()
        os._exit(1)
