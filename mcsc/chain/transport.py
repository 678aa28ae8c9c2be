"""The schedule of transport: carriers in constant fields, by kinetic Monte Carlo.

Every temperature has independent repeats. Each is cooled at zero field with all moves, as for a
field protocol, and then goes through the fields in ascending order in continuous time, from where
it was at the field before. At each field

- half as many events as are measured pass first; the rate of the last eighth of these, averaged
  over the repeats, tells how much time the measured ones take, unless a time is given;
- this time is measured in equal intervals: finely at zero field, for its fluctuations, else in
  :data:`DRIVEN`.

An interval ends early after :data:`MOST` times the events expected of it: carriers that come loose
only then would take forever.
"""

from functools import cache
from typing import TYPE_CHECKING, NamedTuple

import numpy as np

from mcsc.arrays import FloatArray
from mcsc.chain.protocol import cool, cooling_steps, in_field
from mcsc.chain.record import TransportRecord
from mcsc.chain.sampler import CarriedPotential
from mcsc.chain.start import annealing_betas
from mcsc.chain.task import Task
from mcsc.chain.transport_results import summarize
from mcsc.kernels.tables import State, Tables
from mcsc.observables import Probe
from mcsc.sampling import Transport

if TYPE_CHECKING:
    from mcsc.kernels import kinetic


__all__ = ["Record", "advance", "hops_of", "n_steps", "summarize"]

Record = TransportRecord

# intervals at a field other than zero
DRIVEN = 64
# steps between two rebuilds that the measurement at a field takes, and half as many before it
PARTS = 16
# events of an interval over the number expected
MOST = 16


class Step(NamedTuple):
    """One step: what is done in which field, and how far that is."""

    action: str
    field: int
    part: int


def n_steps(task: Task) -> int:
    """Steps of the schedule: the cooling, and at every field the approach and the intervals."""
    return len(_timetable(len(task.temperatures), _asked(task)))


def advance(
    task: Task,
    sampler: CarriedPotential,
    state: State,
    probe: Probe,
    step: int,
    record: TransportRecord,
) -> CarriedPotential:
    """One step of the schedule.

    Returns: The sampler that the step ran on: the one given, with the site energies in its field.
    """
    from mcsc.kernels import kinetic

    asked, n = _asked(task), len(task.temperatures)
    now = _timetable(n, asked)[step]
    if now.action == "cool":
        cool(task, sampler, state, now.part)
        return sampler
    betas = annealing_betas(task, n - 1)
    strength = asked.fields[now.field]
    here = CarriedPotential(in_field(sampler.tables, probe, strength), sampler.mix)
    # the field is another than at the end of the last step
    here.recompute(state)
    hops = hops_of(asked, here.tables, probe, strength)
    more = here.tables, state, betas, hops, kinetic.workspace(state, hops)
    intervals = DRIVEN if now.field else asked.measurements
    if now.action == "approach":
        most = max(1, asked.events * task.n_carriers // PARTS)
        found = kinetic.run(*more, np.full(len(betas), np.inf), most, 1)
        if not record.duration.size:
            record.duration = np.zeros((len(asked.fields), len(betas)))
        record.duration[now.field] = _durations(asked, n, found, intervals, task.n_carriers)
        return here
    expected = asked.events * task.n_carriers / intervals
    most = 2**62 if asked.time else int(MOST * (expected + 16))
    found = kinetic.run(*more, record.duration[now.field], most, intervals // PARTS)
    _keep(record, found, now, asked)
    return here


def hops_of(asked: Transport, tables: Tables, probe: Probe, strength: float) -> "kinetic.Hops":
    """Near hops and changes of state in a field, with the rates that are asked for."""
    from mcsc.kernels import kinetic

    wells, steps = probe.lattice.near_hops()
    numbers, n_base = probe.numbers, len(steps)
    cell_state = np.empty(numbers.size, np.int32)
    cell_state[numbers] = np.arange(len(numbers), dtype=np.int32)[:, None, None, None]
    # hops of the first cell are those of all
    lead = wells[:n_base][probe.base]
    in_well = np.arange(int(tables.states.max()))
    there = (lead >= 0)[:, :, None] & (in_well < tables.states[lead][:, :, None])
    b = np.where(there, tables.first[lead][:, :, None] + tables.shape[3] * in_well, 0)
    a = numbers[:, 0, 0, 0][:, None, None]
    shift = (tables.outer[b] - tables.outer[a]) % tables.shape[0]
    run = tables.start[a] + shift * tables.shape[2] + b - tables.outer[b] * tables.shape[1]
    pair = np.where(there, tables.quantum * tables.pair[run], 0.0)
    work = strength * (steps @ probe.direction)[probe.base]
    activated = asked.barrier is not None
    return kinetic.Hops(
        wells=wells,
        steps=steps,
        lowered=(pair + work[:, :, None]).reshape(len(pair), -1),
        cell_state=cell_state,
        displacements=np.ascontiguousarray(probe.displacements),
        slope=0.5 if activated else 1.0,
        barrier=float(asked.barrier or 0.0),
        highest=kinetic.HIGHEST if activated else 0.0,
        state_rate=float(np.log(asked.state_rate / asked.rate)),
    )


def _asked(task: Task) -> Transport:
    assert task.transport is not None
    return task.transport


@cache
def _timetable(n_temperatures: int, asked: Transport) -> tuple[Step, ...]:
    """All steps of a task in their order."""
    steps = [Step("cool", 0, part) for part in range(cooling_steps(n_temperatures))]
    for field in range(len(asked.fields)):
        steps += [Step("approach", field, part) for part in range(PARTS // 2)]
        steps += [Step("measure", field, part) for part in range(PARTS)]
    return tuple(steps)


def _durations(
    asked: Transport, n: int, found: "kinetic.Events", intervals: int, n_carriers: int
) -> FloatArray:
    """(R,) time of an interval: that given, or what the events take at the mean rate so far."""
    if asked.time is not None:
        return np.full(len(found.elapsed), asked.time * asked.rate / intervals)
    rates = ((found.hops + found.changes) / found.elapsed)[:, 0].reshape(-1, n).mean(axis=0)
    with np.errstate(divide="ignore"):
        times = asked.events * n_carriers / rates / intervals
    # where nothing moves any time will do
    return np.tile(np.where(rates > 0, times, 1.0), asked.repeats)


def _keep(record: TransportRecord, found: "kinetic.Events", now: Step, asked: Transport) -> None:
    """Put the intervals of a step where they belong."""
    for name, values in found._asdict().items():
        added = np.moveaxis(values, 1, 0)
        if now.field == 0:
            empty = np.zeros((asked.measurements, *added.shape[1:]))
            target = record.at_rest.setdefault(name, empty)
        else:
            empty = np.zeros((len(asked.fields) - 1, DRIVEN, *added.shape[1:]))
            target = record.driven.setdefault(name, empty)[now.field - 1]
        target[now.part * len(added) : (now.part + 1) * len(added)] = added
