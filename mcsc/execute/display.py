"""Progress that is seen: a bar in a terminal or a notebook; few lines in the log of a job."""

import threading
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from typing import Any, Self

from rich import progress as bars
from rich.console import Console
from rich.text import Text

from mcsc.chain import Task
from mcsc.execute.execution import SILENT, Progress
from mcsc.text import counted, escaped

# what is over sooner needs no bar
_SECONDS = 2.0
# a notebook is drawn no more often
_DRAWN_SECONDS = 0.25


@contextmanager
def shown(progress: bool | Progress) -> Iterator[Progress]:
    """What to tell of work under way: with True a bar, where somebody watches.

    progress: True: a :class:`Display` in a terminal or a notebook, nothing elsewhere; False:
        nothing; or a :class:`mcsc.execute.Progress` of one's own.
    """
    if isinstance(progress, Progress):
        yield progress
    elif progress and (_console().is_terminal or _console().is_jupyter):
        with Display() as display:
            yield display
    else:
        yield SILENT


def _console() -> Console:
    return Console(stderr=True)


class Display(Progress):
    """A bar with rate and time left, in a terminal or a notebook, after two seconds.

    Where neither is, there are lines on stderr: how many tasks are run, and why if in rounds.
    """

    def __init__(self) -> None:
        self._console = _console()
        self._cost: dict[str, float] = {}
        self._done: dict[str, float] = {}
        self._stored = 0.0
        self._rounds = 0
        self._begun = time.monotonic()
        self._bar = bars.Progress(
            bars.TextColumn("{task.description}"),
            bars.BarColumn(),
            bars.TextColumn("{task.percentage:>3.0f} %  {task.fields[rate]}"),
            bars.TimeRemainingColumn(),
            console=self._console,
        )
        self._tasks = self._bar.add_task("", total=None, rate="", visible=False)
        self._stages: dict[str, bars.TaskID] = {}
        # what a notebook shows the bar in, and when it was drawn there
        self._output: Any = None
        self._drawn = 0.0
        self._timer = threading.Timer(_SECONDS, self._open)
        self._timer.daemon = True

    def __enter__(self) -> Self:
        if self._console.is_jupyter:
            from IPython.display import display

            # rich draws in a notebook with ipywidgets only; IPython alone can redraw an output
            self._output = display({"text/plain": ""}, raw=True, display_id=True)
        self._timer.start()
        return self

    def __exit__(self, *exception: object) -> None:
        self._timer.cancel()
        self._timer.join()
        if self._bar.live.is_started:
            self._bar.stop()
        elif self._drawn:
            self._output.update(self._bar)

    def begin(self, tasks: Sequence[Task], title: str, why: str) -> None:
        """Add tasks to the bar; why is said where there is more than one round of them."""
        self._rounds += 1
        new = {task.digest(): float(task.proposals) for task in tasks}
        self._cost |= new
        self._done |= dict.fromkeys(new.keys() - self._done.keys(), 0.0)
        self._bar.update(self._tasks, total=sum(self._cost.values()), visible=True)
        self._count()
        if self._rounds > 1 or title != "scan":
            self._print(f"round {self._rounds}, {title}: {counted(len(new), 'task')}; {why}")
        elif not (self._console.is_terminal or self._console.is_jupyter):
            self._print(f"running {counted(len(new), 'task')}")

    def update(self, task: Task, fraction: float) -> None:
        """Note how far a task is that was begun."""
        digest = task.digest()
        if fraction == 1.0 and self._done[digest] == 0.0:
            self._stored += self._cost[digest]
        self._done[digest] = max(fraction, self._done[digest])
        self._count()
        self._redraw()

    def _count(self) -> None:
        """Bring the line of the tasks up to date."""
        finished = sum(done == 1.0 for done in self._done.values())
        completed = sum(self._cost[d] * done for d, done in self._done.items())
        rate = (completed - self._stored) / max(time.monotonic() - self._begun, 1e-9)
        self._bar.update(
            self._tasks,
            description=f"{finished}/{len(self._done)} tasks",
            completed=completed,
            rate=f"{rate / 1e6:.1f} M proposals/s",
        )

    def stage(self, name: str, fraction: float) -> None:
        """Show how far it is in a line of its own."""
        if name not in self._stages:
            self._stages[name] = self._bar.add_task(name, total=1.0, rate="")
        self._bar.update(self._stages[name], completed=fraction)
        self._redraw()

    def say(self, line: str) -> None:
        """Print a line above the bar."""
        self._print(line, style="yellow")

    def _print(self, line: str, style: str = "") -> None:
        self._console.print(Text(escaped(line), style=style), soft_wrap=True)

    def _open(self) -> None:
        """Begin to show the bar."""
        if self._console.is_terminal:
            self._bar.start()
        elif self._output is not None:
            self._drawn = time.monotonic()
            self._output.update(self._bar)

    def _redraw(self) -> None:
        """Draw the bar anew in a notebook; in a terminal it is by itself."""
        if self._drawn and time.monotonic() - self._drawn > _DRAWN_SECONDS:
            self._drawn = time.monotonic()
            self._output.update(self._bar)
