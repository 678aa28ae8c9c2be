"""How the workers of a machine share out its cores."""

import contextlib
import os
from collections.abc import Iterator


def shared_out(n_tasks: int, workers: int | None, threads: int | None) -> tuple[int, int]:
    """Workers, and threads of each: all cores, however few tasks there are.

    Parameters
    ----------
    workers, threads
        What the user asked for; None to be worked out.
    """
    cores = len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count()
    n_workers = min(workers or cores or 1, n_tasks)
    return n_workers, threads or max(1, (cores or 1) // n_workers)


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
