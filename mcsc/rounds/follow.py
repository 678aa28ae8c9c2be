"""The rounds of a run file, one after the other, until nothing is left to run."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np

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
from mcsc.scan import Plan, dopings_that_fit, replanned, task_path
from mcsc.transitions import above_the_scan


@dataclass(frozen=True)
class Round:
    """Tasks to run before anything more can be decided.

    Attributes
    ----------
    title, why
        What they are and why they are run, in a few words.
    tasks
        All of them, those that are finished too.
    """

    title: str
    why: str
    tasks: tuple[Task, ...]


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
    def n_tasks(self) -> int:
        """Tasks behind the diagram, those of protocols too; not the pilots."""
        return len(tasks_of(self.places.values())) + len(self.planned.protocols)

    def n_tasks_of(self, places: Iterable[Place]) -> int:
        """Tasks at some of the places."""
        return len(tasks_of(self.places[place] for place in places))


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

    def done(title: str, why: str, tasks: Sequence[Task]) -> bool:
        run(Round(title, why, tuple(tasks)))
        return all(task_path(folder, task).exists() for task in tasks)

    ladder = ""
    if planned.config.scan.temperature.placement == "exchange":
        found = _placed(planned, folder, done)
        if found is None:
            return Outcome(planned, {}, {}, complete=False)
        planned, ladder = found
    places = annealings_of(planned)
    protocols = [at.task for at in planned.protocols]
    outcome = Outcome(planned, places, dict.fromkeys(places, 0), ladder)
    why = ladder or "every point of the run file"
    if not done("scan", why, [*tasks_of(places.values()), *protocols]):
        return replace(outcome, complete=False)
    return _refined(outcome, folder, done)


Done = Callable[[str, str, Sequence[Task]], bool]


def _placed(planned: Plan, folder: Path, done: Done) -> tuple[Plan, str] | None:
    """The run file with the ladder that pilots ask for."""
    temperatures: Sequence[float] = planned.variants[0].task.temperatures
    why = "where temperatures have to be"
    for _ in range(ROUNDS):
        tasks = pilot_tasks(planned, temperatures)
        if not done("pilot ladders", why, tasks):
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
            if not done("longer runs", why, last_parts(longer.values())):
                return replace(outcome, complete=False)
            continue
        added = outcome.planned.axes["doping"].size - first if n else 0
        more = _dopings(outcome, analyses, n, n - added)
        if not more:
            break
        outcome = _with_dopings(outcome, more)
        new = [v for k, v in outcome.places.items() if _doping_at(outcome, k) in more]
        shown = ", ".join(f"{x:.4g}" for x in more)
        if not done("more dopings", f"the transition bends around {shown}", tasks_of(new)):
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
