"""How much longer a ladder has to run for its transition to be known well enough."""

from collections.abc import Callable
from dataclasses import replace

import numpy as np

from mcsc.chain import Task
from mcsc.planning.ladders import Analysis
from mcsc.variables import declared

# why the ladders of a point are no longer than they are
ENDS = declared("stopped_by", "health").flags
# a ladder is made longer by this factor at most at once, for its error is itself uncertain
MOST_AT_ONCE = 4.0
# at up to this share of its temperatures, but not at its transition, a ladder may be short without
# going on for all of them
SHORT = 1 / 20


def relative_error(analysis: Analysis) -> float:
    """Largest relative error of the transitions that count; NaN where there is none."""
    lines = [analysis.charge, *[analysis.displaced] * analysis.in_field]
    known = [(line.estimate, [one.converged for one in line.sizes]) for line in lines if line.found]
    if not known:
        return float("nan")
    # an error taken from a chain that has not equilibrated says nothing
    return max(one.stderr / one.temperature if all(sure) else np.inf for one, sure in known)


def sweeps_wanted(analysis: Analysis, done: int, target: float, step: int, budget: int) -> int:
    """Measured sweeps that one annealing should have after the next round, ``done`` if enough.

    analysis: Of the ladders so far.
    done: Sweeps they have.
    target: Relative error asked for.
    step: Sweeps of the run file, by which runs grow.
    budget: Most sweeps.
    """
    error = relative_error(analysis)
    if error <= target or (np.isnan(error) and analysis.converged):
        return done
    # errors fall with the square root of the length; nothing is known where there is none yet
    factor = (error / target) ** 2 if np.isfinite(error) else 2.0
    steps = int(np.ceil(done / step * min(factor, MOST_AT_ONCE)))
    return min(max(steps * step, done + step), budget)


def reason(analysis: Analysis, target: float | None) -> int:
    """Index in :data:`ENDS` of why a place runs no longer."""
    if target is None:
        return ENDS.index("undecided")
    error = relative_error(analysis)
    if np.isnan(error) and analysis.converged:
        return ENDS.index("no_transition")
    return ENDS.index("target_met" if error <= target else "budget_ended")


def sweeps_of(tasks: tuple[Task, ...]) -> int:
    """Measured sweeps of an annealing."""
    return sum(task.sampling.sweeps for task in tasks)


def continued(tasks: tuple[Task, ...], sweeps: int) -> tuple[Task, ...]:
    """An annealing with one more task, after which it has so many measured sweeps."""
    last, more = tasks[-1], sweeps - sweeps_of(tasks)
    sampling = replace(
        last.sampling, sweeps=more, warmup=0, measurements=more // last.sampling.spacing
    )
    return (*tasks, replace(last, sampling=sampling, continues=last))


def unsettled(short: float, analysis: Callable[[], Analysis | None]) -> bool:
    """Whether a ladder has to go on for the share ``short`` of its temperatures, or for those of
    them at which its transition lies.
    """
    if not 0 < short <= SHORT:
        return short > 0
    found = analysis()
    return found is not None and relative_error(found) == np.inf


def doubled(tasks: tuple[Task, ...], start: tuple[int, ...] = ()) -> tuple[Task, ...]:
    """An annealing with one more task, twice as long as the last, with as many measurements.

    Where its colder half begins from ``start`` it warms up again first.
    """
    last = tasks[-1]
    warmup = last.sampling.sweeps // 2 if start else 0
    sampling = replace(last.sampling, sweeps=2 * last.sampling.sweeps, warmup=warmup)
    return (*tasks, replace(last, sampling=sampling, continues=last, start=start))
