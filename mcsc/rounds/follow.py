"""The rounds of a run file, one after the other, until nothing is left to run."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np
import xarray as xr

from mcsc.chain import Task
from mcsc.rounds.bend import Line, dopings_between
from mcsc.rounds.ladders import (
    Analyses,
    Analysis,
    Annealings,
    Place,
    annealings_of,
    last_parts,
    tasks_of,
)
from mcsc.rounds.length import continued, reason, sweeps_of, sweeps_wanted
from mcsc.rounds.pilots import ROUNDS, described, pilot_tasks, placement
from mcsc.scan import (
    GridTask,
    Plan,
    dopings_that_fit,
    finished,
    place_name,
    replanned,
    task_path,
)
from mcsc.transitions import above_the_scan

Axes = dict[str, xr.DataArray]
Grid = tuple[Axes, tuple[GridTask, ...]]
Complain = Callable[[str], None]


@dataclass(frozen=True)
class Round:
    """Tasks to run before anything more can be decided.

    Attributes
    ----------
    title, why
        What they are and why they are run, in a few words.
    grids
        Axes and tasks with their places on them, those that are finished too.
    """

    title: str
    why: str
    grids: tuple[Grid, ...]

    @property
    def tasks(self) -> list[Task]:
        """All tasks."""
        return [at.task for _, places in self.grids for at in places]

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


Run = Callable[[Round], None]


@dataclass(frozen=True)
class Outcome:
    """What the rounds have come to.

    Attributes
    ----------
    planned
        The run file with the ladder and the dopings that were found.
    places
        The tasks at each place of the grid.
    ends
        Index in :data:`mcsc.rounds.length.ENDS` of why each place runs no longer.
    ladder
        What the placed ladder is; empty where temperatures are given.
    complete
        Whether every round was run to its end.
    """

    planned: Plan
    places: dict[Place, Annealings]
    ends: dict[Place, int]
    ladder: str = ""
    complete: bool = True

    @property
    def tasks(self) -> list[Task]:
        """Tasks behind the diagram, those of protocols too; not the pilots."""
        protocols = [at.task for at in self.planned.protocols]
        return [*tasks_of(self.places.values()), *protocols]


def follow(planned: Plan, folder: Path, run: Run) -> Outcome:
    """Go through the rounds of a run file.

    Parameters
    ----------
    planned
        The run file.
    folder
        Where its task files are.
    run
        Called with each round; runs its tasks or leaves it. Rounds end where tasks are missing
        afterwards.
    """

    def done(title: str, why: str, *grids: Grid) -> bool:
        now = Round(title, why, grids)
        run(now)
        return all(task_path(folder, task).exists() for task in now.tasks)

    ladder = ""
    if planned.config.scan.temperature.placement == "exchange":
        found = _placed(planned, folder, done)
        if found is None:
            return Outcome(planned, {}, {}, complete=False)
        planned, ladder = found
    places = annealings_of(planned)
    outcome = Outcome(planned, places, dict.fromkeys(places, 0), ladder)
    why = ladder or "every point of the run file"
    protocols = (planned.protocol_axes, planned.protocols)
    if not done("scan", why, _grid(planned, places), protocols):
        return replace(outcome, complete=False)
    return _refined(outcome, folder, done)


Done = Callable[..., bool]
"""Whether the tasks of a round, given by title, reason and grids, are finished after it."""


def _grid(planned: Plan, places: dict[Place, Annealings], *, last: bool = False) -> Grid:
    """The tasks at some places, or only those that were added last."""
    tasks = last_parts if last else tasks_of
    found = [GridTask(task, place) for place in places for task in tasks([places[place]])]
    return planned.axes, tuple(found)


def _placed(planned: Plan, folder: Path, done: Done) -> tuple[Plan, str] | None:
    """The run file with the ladder that pilots ask for."""
    temperatures: Sequence[float] = planned.variants[0].task.temperatures
    why = "where temperatures have to be"
    for _ in range(ROUNDS):
        tasks = pilot_tasks(planned, temperatures)
        placed = [GridTask(t, at.place) for t, at in zip(tasks, planned.tasks, strict=True)]
        if not done("pilot ladders", why, (planned.axes, tuple(placed))):
            return None
        found, passing = placement(planned, folder, tasks)
        text = described(planned, found, tasks)
        temperatures = found.temperatures
        if passing:
            break
        why = "again on the temperatures found: replicas hardly passed between some"
    return replanned(planned, temperatures), text


def _refined(outcome: Outcome, folder: Path, done: Done) -> Outcome:
    """Run longer where errors are too large, and more dopings where lines bend."""
    sampling, n = outcome.planned.config.sampling, outcome.planned.config.scan.refine_doping
    if sampling.target_error is None and not n:
        return outcome
    first = outcome.planned.axes["doping"].size if n else 0
    analyses = Analyses(outcome.planned, folder)
    while True:
        longer = _longer(outcome, analyses)
        if longer:
            places = {**outcome.places, **longer}
            outcome = replace(outcome, places=places)
            n_points = len({place[1:] for place in longer})
            points = "1 point" if n_points == 1 else f"{n_points} points"
            why = f"{points} with an error above {sampling.target_error:.2%}, or not equilibrated"
            if not done("longer runs", why, _grid(outcome.planned, longer, last=True)):
                return replace(outcome, complete=False)
            continue
        added = outcome.planned.axes["doping"].size - first if n else 0
        more = _dopings(outcome, analyses, n, n - added)
        if not more:
            break
        outcome = _with_dopings(outcome, more)
        new = {k: v for k, v in outcome.places.items() if _doping_at(outcome, k) in more}
        shown = ", ".join(f"{x:.4g}" for x in more)
        if not done(
            "more dopings", f"the transition bends around {shown}", _grid(outcome.planned, new)
        ):
            return replace(outcome, complete=False)
    ends = {}
    for sizes in _points(outcome).values():
        found = analyses.at([outcome.places[place] for place in sizes])
        end = reason(found, sampling.target_error) if found else 0
        ends.update(dict.fromkeys(sizes, end))
    return replace(outcome, ends=ends)


def _points(outcome: Outcome) -> dict[Place, list[Place]]:
    """Places of every point of the diagram by size, the smallest first."""
    points: dict[Place, list[Place]] = {}
    for place in sorted(outcome.places):
        points.setdefault(place[1:], []).append(place)
    return points


def _doping_at(outcome: Outcome, place: Place) -> float:
    return float(outcome.planned.axes["doping"].values[place[-1]])


def _longer(outcome: Outcome, analyses: Analyses) -> dict[Place, Annealings]:
    """Ladders that have to go on, with their next tasks."""
    sampling = outcome.planned.config.sampling
    if sampling.target_error is None:
        return {}
    longer = {}
    for sizes in _points(outcome).values():
        found = analyses.at([outcome.places[place] for place in sizes])
        if found is None:
            continue
        have = sweeps_of(outcome.places[sizes[0]][0])
        wanted = sweeps_wanted(found, have, sampling.target_error, sampling.sweeps, sampling.budget)
        if wanted > have:
            for place in sizes:
                longer[place] = tuple(continued(c, wanted) for c in outcome.places[place])
    return longer


def _dopings(outcome: Outcome, analyses: Analyses, asked: int, left: int) -> tuple[float, ...]:
    """Dopings to add next; a few at a time, so that each round learns from the one before."""
    if left < 1:
        return ()
    planned = outcome.planned
    doping = planned.axes["doping"].values
    floor = min(planned.variants[0].task.temperatures)
    rows: dict[Place, list[tuple[Analysis | None, int]]] = {}
    for point, sizes in _points(outcome).items():
        found = analyses.at([outcome.places[place] for place in sizes])
        rows.setdefault(point[:-1], []).append((found, point[-1]))
    lines: list[Line] = []
    for row in rows.values():
        lines += _lines(row, len(doping), floor)
    candidates = dopings_that_fit(
        planned.config.doping, planned.variants[0].structure, planned.sizes
    )
    return dopings_between(doping, lines, candidates, min(left, max(2, -(-asked // 3))))


def _lines(row: list[tuple[Analysis | None, int]], n: int, floor: float) -> list[Line]:
    """Temperatures over doping of charge order and, in a field, of uniform displacement."""
    lines = []
    for name in ("charge", "displaced"):
        temperature, error = np.full(n, np.nan), np.full(n, np.nan)
        for found, i in row:
            if found is None or (name == "displaced" and not found.in_field):
                continue
            estimate = getattr(found, name).estimate
            if np.isfinite(estimate.temperature):
                temperature[i], error[i] = estimate.temperature, estimate.stderr
            elif found.converged and not above_the_scan(estimate.reason):
                # nothing happens down to the lowest temperature
                temperature[i], error[i] = floor, 0.0
        lines.append((temperature, error))
    return lines


def _with_dopings(outcome: Outcome, more: Sequence[float]) -> Outcome:
    """The same with further dopings; places move up where some come in between."""
    before = outcome.planned.axes["doping"].values.tolist()
    planned = replanned(outcome.planned, dopings=more)
    after = planned.axes["doping"].values.tolist()
    moved = {
        (*place[:-1], after.index(before[place[-1]])): annealings
        for place, annealings in outcome.places.items()
    }
    places = {**annealings_of(planned), **moved}
    return replace(outcome, planned=planned, places=places)
