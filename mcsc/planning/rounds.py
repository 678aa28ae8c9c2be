"""A round of tasks, and what all rounds together have come to."""

from dataclasses import dataclass
from itertools import chain
from pathlib import Path

import xarray as xr

from mcsc.chain import Task, distinct
from mcsc.execute import Complain, finished
from mcsc.files.tree import Place, group, with_groups
from mcsc.planning.axes import place_name
from mcsc.planning.ladders import Annealings, read
from mcsc.planning.plan import GridTask, Plan
from mcsc.variables import written

# title of the rounds in which ladders go on
LONGER = "longer runs"

Axes = dict[str, xr.DataArray]
Grid = tuple[Axes, tuple[GridTask, ...]]


@dataclass(frozen=True)
class Round:
    """Tasks to run before anything more can be decided.

    title, why: What they are and why they are run, in a few words.
    grids: Axes and tasks with their places on them, those that are finished too.
    """

    title: str
    why: str
    grids: tuple[Grid, ...]

    @property
    def tasks(self) -> list[Task]:
        """All tasks, those of several places once."""
        return distinct(at.task for _, places in self.grids for at in places)

    def unfinished(self, folder: Path, complain: Complain = lambda line: None) -> list[str]:
        """Places of the tasks without a whole file, in words; damaged files are complained of."""
        return [
            task_name(axes, at)
            for axes, places in self.grids
            for at in places
            if finished(folder, at.task, complain) is None
        ]


def task_name(axes: Axes, at: GridTask) -> str:
    """Where a task is on its axes, and which annealing of the ladder there."""
    name = place_name(axes, at.place)
    return f"{name}, annealing {at.task.annealing + 1}" if at.task.annealing else name


@dataclass(frozen=True)
class Outcome:
    """What the rounds have come to.

    planned: The run file with the ladder and the dopings that were found.
    places: The tasks at each place of the grid.
    ends: Index in :data:`mcsc.planning.longer_runs.ENDS` of why each place runs no longer.
    ladder: What the placed ladder is; empty where temperatures are given.
    complete: Whether every round was run to its end.
    """

    planned: Plan
    places: dict[Place, Annealings]
    ends: dict[Place, int]
    ladder: str = ""
    complete: bool = True

    @property
    def tasks(self) -> list[Task]:
        """Tasks behind the diagram, those of histories too; not the pilots."""
        rows = [tasks for annealings in self.places.values() for tasks in annealings]
        histories = (at.task for _, places in self.planned.histories for at in places)
        return distinct([*chain.from_iterable(rows), *histories])


def all_sizes(outcome: Outcome) -> dict[Place, list[Place]]:
    """Places that differ in size alone, the smallest first, by what they share."""
    found: dict[Place, list[Place]] = {}
    for place in sorted(outcome.places):
        found.setdefault(place[1:], []).append(place)
    return found


def shared_below(places: dict[Place, Annealings]) -> dict[Place, Annealings]:
    """At the first number of each window the annealings of the one that ends there."""
    ending: dict[tuple[Place, int], Annealings] = {}
    for place, annealings in places.items():
        if (window := annealings[0][0].window) is not None:
            ending[place[:-1], window[1]] = annealings
    found = {}
    for place, ((first, *_), *_) in places.items():
        if first.window is not None and first.n_carriers == first.window[0]:
            found[place] = ending.get((place[:-1], first.n_carriers), ())
    return found


def results(folder: Path, outcome: Outcome) -> dict[Place, xr.DataTree]:
    """The finished ladders at every place, with why they run no longer where that was decided."""
    found = {}
    last = outcome.planned.config.sampling.doublings > 0
    shared = shared_below(outcome.places)
    for place, annealings in outcome.places.items():
        tree = read(folder, annealings, last=last, below=shared.get(place, ()))
        if tree is None:
            continue
        if outcome.planned.config.sampling.target_error is not None:
            end = written("health", outcome.planned.units, stopped_by=outcome.ends.get(place, 0))
            tree = with_groups(tree, {"health": group(tree, "health").assign(end)})
        found[place] = tree
    return found
