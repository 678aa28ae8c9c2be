"""What those who wait are told."""

from collections.abc import Sequence

from mcsc.chain import Task


class Progress:
    """Told how far work is; this one shows nothing. Subclass it to show it in a way of your own.

    :class:`mcsc.execute.display.Display` is a bar in a terminal or a notebook.
    """

    def begin(self, tasks: Sequence[Task], title: str, why: str) -> None:
        """Tasks are to be run: what they are and why, in a few words."""

    def update(self, task: Task, fraction: float) -> None:
        """A task has come this far (1: its file is written)."""

    def stage(self, name: str, fraction: float) -> None:
        """Work without tasks has come this far, such as the search for transitions."""

    def say(self, line: str) -> None:
        """Something the user should read."""


SILENT = Progress()
