"""The request to stop a scan: by signal, and how long workers may take to save."""

import contextlib
import signal
import threading
import time
from collections.abc import Iterator


class Stop:
    """Asked once, workers save and return; asked twice, or after the grace, they are abandoned.

    Parameters
    ----------
    grace
        Seconds that workers have to reach their next checkpoint.
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
    """Let SIGINT and SIGTERM ask to stop, where signals can be had: in the main thread."""
    if threading.current_thread() is not threading.main_thread():
        yield
        return
    numbers = (signal.SIGINT, signal.SIGTERM)
    before = {number: signal.signal(number, lambda *_: stop.ask()) for number in numbers}
    try:
        yield
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)
