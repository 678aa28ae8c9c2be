"""Calls in worker processes: results in order, errors, workers that are killed, Ctrl-C."""

import multiprocessing
import os
import signal
import time

import pytest
from squares import squared

from mcsc.execute.calls import called


def test_results_come_in_the_order_of_the_items_and_progress_is_told():
    told = []
    found = called(squared, [3, 1, 2], 2, 5, lambda i, fraction: told.append((i, fraction)))
    assert found == [(9, "5"), (1, "5"), (4, "5")]
    assert {(i, 1.0) for i in range(3)} <= set(told) <= {(i, f) for i in range(3) for f in (0.5, 1)}


@pytest.mark.parametrize(
    ("items", "error", "message"),
    [
        ([1, "fails", "sleeps"], ValueError, "no square of it"),
        (["sleeps", "dies"], OSError, "--workers"),
    ],
)
def test_an_error_ends_all_workers(items, error, message):
    before, begun = multiprocessing.active_children(), time.monotonic()
    with pytest.raises(error, match=message):
        called(squared, items, 2, 1)
    assert time.monotonic() - begun < 120
    assert multiprocessing.active_children() == before


def test_ctrl_c_ends_all_workers():
    def interrupt(i, fraction):
        os.kill(os.getpid(), signal.SIGINT)

    before, begun = multiprocessing.active_children(), time.monotonic()
    # a shell's background job is born with the signal ignored
    handler = signal.signal(signal.SIGINT, signal.default_int_handler)
    try:
        with pytest.raises(KeyboardInterrupt):
            called(squared, ["sleeps", "sleeps"], 2, 1, interrupt)
    finally:
        signal.signal(signal.SIGINT, handler)
    assert time.monotonic() - begun < 120
    assert multiprocessing.active_children() == before
