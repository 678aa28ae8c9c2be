"""Dopings that are added to a run where its transition temperatures bend over doping."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

import numpy as np

from mcsc.estimators import above_the_scan
from mcsc.planning.bend import Line, dopings_between, halfway
from mcsc.planning.carriers import dopings_that_fit
from mcsc.planning.ladders import Analyses, Analysis, Annealings, Place, annealings_of
from mcsc.planning.outcome import Outcome, points_of
from mcsc.planning.plan import Plan, replanned


def dopings_to_add(
    outcome: Outcome, analyses: Analyses, asked: int, left: int
) -> tuple[float, ...]:
    """Dopings to add next; a few at a time, so that each round learns from the one before.

    Parameters
    ----------
    asked, left
        Dopings that the run file asks for at most, and those that are not yet added.
    """
    if left < 1:
        return ()
    planned = outcome.planned
    doping = planned.axes["doping"].values
    floor = min(planned.variants[0].task.temperatures)
    rows: dict[Place, list[tuple[Analysis | None, int]]] = {}
    for point, sizes in points_of(outcome).items():
        found = analyses.at([outcome.places[place] for place in sizes])
        rows.setdefault(point[:-1], []).append((found, point[-1]))
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
