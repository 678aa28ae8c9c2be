"""A call for worker processes, which find it here as the tests do."""

import os
import signal
import time


def squared(item, *, report):
    report(0.5)
    if item == "fails":
        raise ValueError("no square of it")
    if item == "dies":
        os.kill(os.getpid(), signal.SIGKILL)
    if item == "sleeps":
        time.sleep(600)
    return item**2, os.environ["NUMBA_NUM_THREADS"]
