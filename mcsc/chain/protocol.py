"""The schedule of a history of fields: what a crystal does that is not given time to equilibrate.

Every temperature has independent repeats, without replica exchange. In this order, each measured
at every field of the protocol:

- the carriers are cooled at zero field;
- ``forward``: the field is raised step by step;
- ``backward``: it is lowered step by step to zero, beginning with the largest measured again;
- ``field_cooled``: for every field they are cooled afresh, from random wells, in that field;
- ``field_removed``: after each of these the field is taken away; numbered by the field before.

Cooling is the annealing of :mod:`mcsc.chain.equilibrium` with all moves: half of the warm-up down
the ladder of temperatures, half at a replica's own. In the branches carriers make only the moves
that one of them can make by itself, near hops and changes of state. A sweep is no unit of time, but
a barrier then has to be crossed by single carriers; far hops, turns of all displacements together
and shifts of layers would go around it.
"""

from dataclasses import replace
from functools import cache
from typing import NamedTuple

import numpy as np
import numpy.typing as npt

from mcsc.arrays import FloatArray
from mcsc.chain.protocol_results import AVERAGED, BRANCHES, summarize
from mcsc.chain.record import HistoryRecord
from mcsc.chain.sampler import CarriedPotential
from mcsc.chain.start import annealing_betas, place_at_random
from mcsc.chain.task import Task
from mcsc.kernels.move_table import ACCEPTED, ATTEMPTS, TABLE, Mix
from mcsc.kernels.tables import State, Tables
from mcsc.observables import Probe, channels, measure
from mcsc.sampling import FieldProtocol

__all__ = ["Record", "advance", "in_field", "n_steps", "summarize"]

Record = HistoryRecord

# measurements, and steps of a cooling at its final temperature, between two rebuilds
MEASUREMENTS_A_STEP = 16
HOLD_STEPS = 16


def cooling_steps(n_temperatures: int) -> int:
    """Steps of a cooling: the stages of the annealing, then those at its end."""
    return n_temperatures + HOLD_STEPS


def cool(task: Task, sampler: CarriedPotential, state: State, part: int) -> None:
    """One step of a cooling with all moves: each half takes half of the warm-up."""
    n = len(task.temperatures)
    steps = n if part < n else HOLD_STEPS
    betas = annealing_betas(task, min(part, n - 1))
    sampler.anneal(state, betas, -(-task.sampling.warmup // (2 * steps)))


class Step(NamedTuple):
    """One step: what is done in which field, and the point of the result it belongs to."""

    action: str
    field: int
    part: int
    branch: int = 0
    row: int = 0
    start: int = 0


def n_steps(task: Task) -> int:
    """Steps of the schedule: coolings, and the sweeps at every point of every branch."""
    return len(_timetable(len(task.temperatures), _protocol(task)))


def advance(
    task: Task,
    sampler: CarriedPotential,
    state: State,
    probe: Probe,
    step: int,
    record: HistoryRecord,
) -> CarriedPotential:
    """One step of the schedule.

    Returns: The sampler that the step ran on: the one given, with the site energies in its field.
    """
    protocol, n = _protocol(task), len(task.temperatures)
    now = _timetable(n, protocol)[step]
    here = replace(sampler, tables=in_field(sampler.tables, probe, protocol.fields[now.field]))
    if now.action == "cool" and now.part == 0:
        place_at_random(task, here.tables, state, now.start)
    # field or carriers are others than at the end of the last step
    here.recompute(state)
    if now.action == "cool":
        cool(task, here, state, now.part)
        return here
    betas = annealing_betas(task, n - 1)
    mix = (n if move.by_itself else 0 for move, n in zip(TABLE, here.mix, strict=True))
    here = replace(here, mix=Mix(*mix))
    count = min(MEASUREMENTS_A_STEP, protocol.measurements - now.part * MEASUREMENTS_A_STEP)
    if now.action == "wait":
        here.anneal(state, betas, count * protocol.spacing)
        return here
    if now.part == 0:
        state.tally[:] = 0
    carriers = np.empty((count, *state.carriers.shape), np.int32)
    energies = np.empty((count, len(state.energy)))
    for i in range(count):
        here.anneal(state, betas, protocol.spacing)
        carriers[i], energies[i] = state.carriers, state.energy
    _collect(record, _sums(probe, carriers, energies), now, protocol)
    if now.part == _parts(protocol) - 1:
        _close(record, probe, state, now)
    return here


def in_field(tables: Tables, probe: Probe, strength: float) -> Tables:
    """Tables of the same carriers in a field along the direction of the probe.

    tables: At zero field.
    strength: Energy per charge and length; −q E·u is added to the site energies, nothing else
        changes.
    """
    site = tables.site.copy()
    lowered = strength * (probe.displacements @ probe.direction)
    site[probe.numbers] -= lowered[:, None, None, None]
    return tables._replace(site=site)


def _protocol(task: Task) -> FieldProtocol:
    assert task.protocol is not None
    return task.protocol


def _parts(protocol: FieldProtocol) -> int:
    return -(-protocol.measurements // MEASUREMENTS_A_STEP)


@cache
def _timetable(n_temperatures: int, protocol: FieldProtocol) -> tuple[Step, ...]:
    """All steps of a task in their order."""

    def cooling(field: int, start: int) -> list[Step]:
        parts = range(cooling_steps(n_temperatures))
        return [Step("cool", field, part, start=start) for part in parts]

    def point(branch: str, row: int, field: int) -> list[Step]:
        return [
            Step(action, field, part, BRANCHES.index(branch), row)
            for action in ("wait", "measure")
            for part in range(_parts(protocol))
        ]

    n = len(protocol.fields)
    steps = cooling(0, 0)
    for row in range(n):
        steps += point("forward", row, row)
    for row in reversed(range(n)):
        steps += point("backward", row, row)
    for row in range(n):
        steps += cooling(row, 1 + row)
        steps += point("field_cooled", row, row)
        steps += point("field_removed", row, 0)
    return tuple(steps)


def _sums(
    probe: Probe, carriers: npt.NDArray[np.int32], energies: FloatArray
) -> dict[str, FloatArray]:
    """Sums (R, ...) over some snapshots (n, R, N) of all that is averaged."""
    measured = {**measure(probe, carriers), "energy": energies}
    series = {one.name: one.of(probe, measured) for item in AVERAGED for one in item.series}
    return {
        **{name: values.sum(axis=0) for name, values in series.items()},
        "order_squared": measured["order_squared"].mean(axis=2).sum(axis=0),
        "wave_squared": measured["wave_squared"].sum(axis=0),
    }


def _collect(
    record: HistoryRecord, added: dict[str, FloatArray], now: Step, protocol: FieldProtocol
) -> None:
    """Add measurements to the means of their point; of single waves they are kept for one."""
    waves = added.pop("wave_squared") / protocol.measurements
    record.wave_squared = waves + (record.wave_squared if now.part else 0.0)
    for name, total in added.items():
        empty = np.zeros((len(BRANCHES), len(protocol.fields), *total.shape))
        record.means.setdefault(name, empty)[now.branch, now.row] += total / protocol.measurements


def _close(record: HistoryRecord, probe: Probe, state: State, now: Step) -> None:
    """At the end of a point: m² of the orbits from their strongest waves, and acceptances."""
    squared = record.means["order_squared"][now.branch, now.row]
    for i, channel in enumerate(channels(probe)):
        if len(channel.members):
            # a frozen crystal has one member of an orbit; another repeat has another one
            squared[:, i] = record.wave_squared[:, channel.members].max(axis=1)
    tally = state.tally
    shares = record.means.setdefault("near_hop_acceptance", np.zeros_like(record.means["energy"]))
    shares[now.branch, now.row] = tally[:, ACCEPTED.near_hop] / tally[:, ATTEMPTS.near_hop]
