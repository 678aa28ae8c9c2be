"""What happens in a run as records of ``logging``, and these as lines of JSON in a file.

A job on a cluster has no terminal; a line of JSON can be searched and counted. The logger is
``"mcsc"``: a program that calls mcsc may have handlers of its own on it.
"""

import contextlib
import datetime
import json
import logging
import os
import socket
from collections.abc import Iterator, Sequence
from pathlib import Path

from mcsc.chain import Task
from mcsc.execute.execution import Progress

_LOGGER = logging.getLogger("mcsc")
_FIELDS = "fields"


class Logged(Progress):
    """Passes on what it is told, and logs it: rounds, finished tasks, words for the user."""

    def __init__(self, progress: Progress) -> None:
        self._progress = progress

    def begin(self, tasks: Sequence[Task], title: str, why: str) -> None:
        """Log that a round begins."""
        record("round", title=title, why=why, tasks=len(tasks))
        self._progress.begin(tasks, title, why)

    def update(self, task: Task, fraction: float) -> None:
        """Log a task that is finished."""
        if fraction == 1.0:
            record("task finished", task=task.digest(), carriers=task.n_carriers)
        self._progress.update(task, fraction)

    def stage(self, name: str, fraction: float) -> None:
        """Log when work without tasks is done."""
        if fraction == 1.0:
            record("stage finished", stage=name)
        self._progress.stage(name, fraction)

    def say(self, line: str) -> None:
        """Log as a warning what the user should read."""
        _LOGGER.warning(line, extra={_FIELDS: {}})
        self._progress.say(line)


def record(event: str, **fields: object) -> None:
    """Log an event with what belongs to it."""
    _LOGGER.info(event, extra={_FIELDS: fields})


class _Line(logging.Formatter):
    """One record as a line of JSON."""

    def format(self, record: logging.LogRecord) -> str:
        when = datetime.datetime.fromtimestamp(record.created, datetime.UTC)
        head = {
            "time": when.isoformat(timespec="milliseconds"), "level": record.levelname.lower(),
            "event": record.getMessage(), "host": socket.gethostname(), "pid": os.getpid(),
        }  # fmt: skip
        return json.dumps({**head, **getattr(record, _FIELDS, {})}, ensure_ascii=False)


@contextlib.contextmanager
def logged_to(path: Path | None) -> Iterator[None]:
    """Append what is logged meanwhile to a file; without a path nothing is done.

    Raises OSError if the file cannot be written.
    """
    if path is None:
        yield
        return
    handler = logging.FileHandler(path, encoding="utf-8")
    handler.setFormatter(_Line())
    before = _LOGGER.level
    _LOGGER.addHandler(handler)
    _LOGGER.setLevel(logging.INFO)
    try:
        yield
    finally:
        _LOGGER.setLevel(before)
        _LOGGER.removeHandler(handler)
        handler.close()
