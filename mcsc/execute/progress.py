"""What a scan tells whoever shows it."""

from typing import Protocol

from mcsc.chain import Task


class Progress(Protocol):
    """What a display of progress is told."""

    def update(self, task: Task, fraction: float) -> None:
        """A task has come this far (1: its file is written)."""

    def say(self, line: str) -> None:
        """Something the user should read."""


class Silent:
    """No display."""

    def update(self, task: Task, fraction: float) -> None:
        """Nothing is shown."""

    def say(self, line: str) -> None:
        """Nothing is said."""
