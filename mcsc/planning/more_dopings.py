"""Dopings that are added to a run where its transition temperatures bend over doping.

Drawn as straight lines between dopings h apart, a curve T(x) is wrong by T'' h²/8 in between. T''
is taken from three neighbouring dopings where it stands out of its error; the intervals that are
most wrong are halved.
"""

from collections.abc import Sequence
from dataclasses import replace
from itertools import pairwise

import numpy as np

from mcsc.arrays import FloatArray
from mcsc.estimators.peaks import above_the_scan
from mcsc.files.tree import Place
from mcsc.planning.carriers import dopings_that_fit
from mcsc.planning.ladders import Analyses, Analysis, Annealings, annealings_of
from mcsc.planning.plan import Plan, replanned
from mcsc.planning.rounds import Outcome, all_sizes

Line = tuple[FloatArray, FloatArray]
"""Temperatures over doping and their standard errors; NaN where nothing is known."""

# standard errors that a bend must stand out by
SIGNIFICANCE = 3.0


def dopings_to_add(
    outcome: Outcome, analyses: Analyses, asked: int, left: int
) -> tuple[float, ...]:
    """Dopings to add next; a few at a time, so that each round learns from the one before.

    asked, left: Dopings that the run file asks for at most, and those that are not yet added.
    """
    if left < 1:
        return ()
    planned = outcome.planned
    doping = planned.axes["doping"].values
    floor = min(planned.variants[0].task.temperatures)
    rows: dict[Place, list[tuple[Analysis | None, int]]] = {}
    for place, sizes in all_sizes(outcome).items():
        found = analyses.at([outcome.places[one] for one in sizes])
        rows.setdefault(place[:-1], []).append((found, place[-1]))
    lines: list[Line] = []
    for row in rows.values():
        lines += _lines(row, len(doping), floor)
    candidates = dopings_that_fit(
        planned.config.doping, planned.variants[0].structure, planned.supercells
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
            if estimate.found:
                temperature[i], error[i] = estimate.temperature, estimate.stderr
            elif found.converged and not above_the_scan(estimate.reason):
                # nothing happens down to the lowest temperature
                temperature[i], error[i] = floor, 0.0
        lines.append((temperature, error))
    return lines


def with_dopings(outcome: Outcome, more: Sequence[float]) -> Outcome:
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


def with_dopings_between(planned: Plan) -> Plan:
    """The run with a doping in every interval, as far as supercells allow; for its pilots."""
    candidates = dopings_that_fit(
        planned.config.doping, planned.variants[0].structure, planned.supercells
    )
    found = halfway(planned.axes["doping"].values, candidates)
    return replanned(planned, dopings=[x for x in found if x is not None])


def places_at(outcome: Outcome, dopings: Sequence[float]) -> dict[Place, Annealings]:
    """The places at some dopings."""
    axis = outcome.planned.axes["doping"].values.tolist()
    return {place: v for place, v in outcome.places.items() if axis[place[-1]] in dopings}


def dopings_between(
    doping: FloatArray, lines: Sequence[Line], candidates: Sequence[float], most: int
) -> tuple[float, ...]:
    """Dopings to add, at most so many, in the intervals where lines are worst interpolated.

    doping: (n,) ascending.
    lines: Temperatures and errors, (n,) each: lines of a diagram, all in one unit.
    candidates: Dopings to choose from.
    most: How many at most; one an interval.
    """
    if doping.size < 3 or not lines:
        return ()
    wrong = np.max([_interpolation_error(doping, *line) for line in lines], axis=0)
    middle = halfway(doping, candidates)
    worst = [middle[i] for i in np.argsort(-wrong, kind="stable") if wrong[i] > 0]
    return tuple(sorted([x for x in worst if x is not None][:most]))


def halfway(doping: FloatArray, candidates: Sequence[float]) -> list[float | None]:
    """The candidate nearest to the middle of each interval; None where none lies inside."""
    tolerance = 1e-9 * max(1.0, float(np.abs(doping).max()))
    chosen: list[float | None] = []
    for low, high in pairwise(doping.tolist()):
        inside = [float(x) for x in candidates if low + tolerance < x < high - tolerance]
        chosen.append(min(inside, key=lambda x: (abs(x - 0.5 * (low + high)), x), default=None))
    return chosen


def _interpolation_error(x: FloatArray, t: FloatArray, error: FloatArray) -> FloatArray:
    """(n − 1,) how wrong a straight line is in each interval, 0 where no bend stands out."""
    h = np.diff(x)
    left, right = h[1:] / (h[:-1] + h[1:]), h[:-1] / (h[:-1] + h[1:])
    bend = t[1:-1] - left * t[:-2] - right * t[2:]
    noise = np.sqrt(error[1:-1] ** 2 + (left * error[:-2]) ** 2 + (right * error[2:]) ** 2)
    with np.errstate(invalid="ignore"):
        found = np.isfinite(bend) & np.isfinite(noise) & (np.abs(bend) > SIGNIFICANCE * noise)
    curvature = np.where(found, 2.0 * np.abs(np.nan_to_num(bend)) / (h[:-1] * h[1:]), 0.0)
    of_interval = np.maximum(np.append(curvature, 0.0), np.append(0.0, curvature))
    return np.asarray(of_interval * h**2 / 8)
