"""The rounds of a run file, one after the other, until nothing is left to run."""

from collections.abc import Callable, Sequence
from dataclasses import replace
from functools import partial
from pathlib import Path

import numpy as np

from mcsc.arrays import FloatArray
from mcsc.execute import SILENT, Progress, task_path
from mcsc.files.tree import Place
from mcsc.planning.ladders import (
    Analyses,
    Annealings,
    annealings_of,
    begun_from,
    over_window,
    read,
    with_more,
)
from mcsc.planning.longer_runs import (
    continued,
    doubled,
    reason,
    sweeps_of,
    sweeps_wanted,
    unsettled,
)
from mcsc.planning.more_dopings import dopings_to_add, places_at, with_dopings, with_dopings_between
from mcsc.planning.pilots import ROUNDS, again, described, pilot_tasks, placement, trapped
from mcsc.planning.plan import GridTask, Plan, replanned
from mcsc.planning.rounds import LONGER, Grid, Outcome, Round, all_sizes, shared_below
from mcsc.planning.stacks import Seen, States, lower_stacks, seen
from mcsc.planning.windows import (
    MOST_ANNEALINGS,
    MOST_ERROR,
    MOST_FOR_ENERGY,
    SURE,
    adds_annealings,
    annealings_wanted,
    emphasis_of,
    energy_errors,
    error_of_window,
)
from mcsc.text import counted

Run = Callable[[Round], None]


def follow(planned: Plan, folder: Path, run: Run, progress: Progress = SILENT) -> Outcome:
    """Go through the rounds of a run file.

    planned: The run file.
    folder: Where its task files are.
    run: Called with each round; runs its tasks or leaves it. Rounds end where tasks are missing
        afterwards.
    progress: Told how far the analysis between two rounds is.
    """

    def done(title: str, why: str, *grids: Grid) -> bool:
        now = Round(title, why, grids)
        run(now)
        return all(task_path(folder, task).is_file() for task in now.tasks)

    ladder = ""
    if planned.config.scan.temperature.placement != "given":
        found = _placed(planned, folder, done, progress)
        if found is None:
            return Outcome(planned, {}, {}, complete=False)
        planned, ladder = found
    places = annealings_of(planned)
    outcome = Outcome(planned, places, dict.fromkeys(places, 0), ladder)
    if planned.config.scan.start_doping is not None:
        begin = "at fixed carriers, which those at fixed chemical potential begin from"
        if not done("starts", begin, _grid(planned, begun_from(places))):
            return replace(outcome, complete=False)
    why = ladder or "every point of the run file"
    if not done("scan", why, _grid(planned, places), *planned.histories):
        return replace(outcome, complete=False)
    settled = (_agreed if adds_annealings(planned.config) else _settled)(outcome, folder, done)
    return _refined(settled, folder, done, progress) if settled.complete else settled


Done = Callable[..., bool]
"""Whether the tasks of a round, given by title, reason and grids, are finished after it."""


def _grid(planned: Plan, places: dict[Place, Annealings], *, last: bool = False) -> Grid:
    """The tasks at some places, or only those that were added last."""
    added = slice(-1 if last else 0, None)
    return planned.axes, tuple(
        GridTask(task, place)
        for place, annealings in places.items()
        for tasks in annealings
        for task in tasks[added]
    )


def _placed(planned: Plan, folder: Path, done: Done, progress: Progress) -> tuple[Plan, str] | None:
    """The run file with the ladder that pilots ask for."""
    temperatures: Sequence[float] = planned.variants[0].task.temperatures
    # dopings that are added later take the ladder as it is
    probed = with_dopings_between(planned) if planned.config.scan.refine_doping else planned
    why = "where temperatures have to be"
    for _ in range(ROUNDS):
        tasks = pilot_tasks(probed, temperatures)
        grid = [GridTask(t, at.place) for t, at in zip(tasks, probed.tasks, strict=True)]
        if not done("pilot ladders", why, (probed.axes, tuple(grid))):
            return None
        found = placement(planned, folder, tasks)
        if found is None:
            return None
        temperatures = found.ladder.temperatures
        text = described(planned, found, tasks)
        said = trapped(planned, found, tasks)
        if found.settled:
            break
        why = again(planned, found)
    for line in said:
        progress.say(f"pilot ladders: {line}")
    return replanned(planned, temperatures), text


def _agreed(outcome: Outcome, folder: Path, done: Done) -> Outcome:
    """More annealings of the windows in which annealings do not know ln Z and E well together."""
    most = outcome.planned.config.sampling.energy_error
    why = f"with an error of ln Z above {MOST_ERROR:g}"
    why += f", or of E/N above {most:g} k_B T" if most else ""
    known: dict[str, FloatArray] = {}
    while True:
        # all numbers of a window have the same tasks
        windows: dict[str, list[Place]] = {}
        for place, ((first, *_), *_) in outcome.places.items():
            windows.setdefault(first.digest(), []).append(place)
        doubted = []
        for numbers in windows.values():
            n, emphasis = _wanted(outcome, folder, numbers, known)
            if n > len(outcome.places[numbers[0]]):
                doubted.append((numbers, n, emphasis))
        if not doubted:
            return outcome
        more = {
            place: with_more(outcome.places[place], n, emphasis)
            for numbers, n, emphasis in doubted
            for place in numbers
        }
        added = {place: rows[len(outcome.places[place]) :] for place, rows in more.items()}
        title = f"{counted(len(doubted), 'window')} {why}"
        if not done("more annealings", title, _grid(outcome.planned, added)):
            return replace(outcome, complete=False)
        outcome = replace(outcome, places={**outcome.places, **more})


def _wanted(
    outcome: Outcome, folder: Path, window: list[Place], known: dict[str, FloatArray]
) -> tuple[int, tuple[int, ...]]:
    """How many annealings a window should have, and how often new ones visit its numbers.

    By ln Z on average and by the energy at each number.
    """
    annealings, most = outcome.places[window[0]], outcome.planned.config.sampling.energy_error
    n, first = len(annealings), annealings[0][0]
    log_partition, *seen = over_window(folder, annealings, known)
    wanted = annealings_wanted(n, error_of_window(log_partition), MOST_ERROR, MOST_ANNEALINGS)
    if most is None:
        return wanted, ()
    errors = energy_errors(first, *seen)
    if below := shared_below(outcome.places).get(window[0]):
        # annealings of the window that ends at the first number count there, too
        _, *others = over_window(folder, below, known)
        both = (np.concatenate([a[:1], b[-1:]], axis=2) for a, b in zip(seen, others, strict=True))
        errors[:1] = energy_errors(first, *both)
    # the window above judges a number that it shares with this one
    wanted = max(wanted, annealings_wanted(n, errors[: len(window)].max(), most, MOST_FOR_ENERGY))
    return wanted, emphasis_of(errors) if n >= SURE else ()


def _settled(outcome: Outcome, folder: Path, done: Done) -> Outcome:
    """Run ladders on that did not equilibrate, twice as long each time.

    So do those below which the layers of others lie, and from there.
    """
    left, known = outcome.places, dict[Place, Seen]()
    analyses = Analyses(outcome.planned, folder)
    for _ in range(outcome.planned.config.sampling.doublings):
        for place, annealings in left.items():
            if (found := read(folder, annealings, last=True)) is not None:
                known[place] = seen(annealings[0][0], found)
        lower, now = lower_stacks(known.values()), outcome.places
        starts = {place: lower.get(one.task.digest()) for place, one in known.items()}
        left = {
            place: _again(now[place], start)
            for place, start in starts.items()
            if start is not None
            or unsettled(known[place].short, partial(analyses.at, [now[place]]))
        }
        if not left:
            break
        outcome = replace(outcome, places={**outcome.places, **left})
        why = f"{counted(len(left), 'ladder')} not equilibrated, twice as long as before"
        if not done(LONGER, why, _grid(outcome.planned, left, last=True)):
            return replace(outcome, complete=False)
    return outcome


def _again(annealings: Annealings, lower: States | None) -> Annealings:
    """A ladder with its next tasks; of several annealings the first goes on as it is."""
    start = () if lower is None else tuple(lower.tolist())
    alone = len(annealings) == 1
    return tuple(doubled(one, start if alone or k else ()) for k, one in enumerate(annealings))


def _refined(outcome: Outcome, folder: Path, done: Done, progress: Progress) -> Outcome:
    """Run longer where errors are too large, and more dopings where lines bend."""
    sampling, n = outcome.planned.config.sampling, outcome.planned.config.scan.refine_doping
    if sampling.target_error is None and not n:
        return outcome
    first = outcome.planned.axes["doping"].size if n else 0
    analyses = Analyses(outcome.planned, folder)
    while True:
        places = all_sizes(outcome).values()
        for i, sizes in enumerate(places):
            analyses.at([outcome.places[place] for place in sizes])
            progress.stage("transitions", (i + 1) / len(places))
        longer = _longer(outcome, analyses)
        if longer:
            outcome = replace(outcome, places={**outcome.places, **longer})
            count = counted(len({place[1:] for place in longer}), "place")
            why = f"{count} with an error above {sampling.target_error:.2%}, or not equilibrated"
            if not done(LONGER, why, _grid(outcome.planned, longer, last=True)):
                return replace(outcome, complete=False)
            continue
        added = outcome.planned.axes["doping"].size - first if n else 0
        more = dopings_to_add(outcome, analyses, n, n - added)
        if not more:
            break
        outcome = with_dopings(outcome, more)
        new = places_at(outcome, more)
        why = f"the transition bends around {', '.join(f'{x:.4g}' for x in more)}"
        if not done("more dopings", why, _grid(outcome.planned, new)):
            return replace(outcome, complete=False)
    ends = {}
    for sizes in all_sizes(outcome).values():
        found = analyses.at([outcome.places[place] for place in sizes])
        end = reason(found, sampling.target_error) if found else 0
        ends.update(dict.fromkeys(sizes, end))
    return replace(outcome, ends=ends)


def _longer(outcome: Outcome, analyses: Analyses) -> dict[Place, Annealings]:
    """Ladders that have to go on, with their next tasks."""
    sampling = outcome.planned.config.sampling
    if sampling.target_error is None:
        return {}
    longer: dict[Place, Annealings] = {}
    for sizes in all_sizes(outcome).values():
        found = analyses.at([outcome.places[place] for place in sizes])
        if found is None:
            continue
        have = sweeps_of(outcome.places[sizes[0]][0])
        wanted = sweeps_wanted(
            found, have, sampling.target_error, sampling.made_sweeps, sampling.budget
        )
        if wanted > have:
            longer |= {at: tuple(continued(c, wanted) for c in outcome.places[at]) for at in sizes}
    return longer
