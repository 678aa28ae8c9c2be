"""The schedule of a ladder in an expanded ensemble: all numbers of carriers of a window at once.

A weight η_t(N) for each rung and number makes all numbers equally frequent, or as frequent as the
task says. Short ladders at every third number, integrated over β, give first weights; cycles of
Wang–Landau sampling, which drives the ladder to numbers that it has not seen, and of the transition
matrix, which says what ln Z is there, improve them. Then they stay, and everything is measured at
every number: means at fixed N, never reweighted, and ln Z(N + 1) − ln Z(N) from the rates of
insertion and removal.

A. P. Lyubartsev, A. A. Martsinovski, S. V. Shevkunov and P. N. Vorontsov-Velyaminov,
J. Chem. Phys. 96, 1776 (1992), doi:10.1063/1.462133 (expanded ensembles). See
:mod:`mcsc.kernels.expanded` for the move.
"""

from dataclasses import replace
from typing import Any

import numpy as np

from mcsc.arrays import FloatArray
from mcsc.chain.by_number import SUMS, observed_steps, summarize
from mcsc.chain.equilibrium import MEASUREMENTS_A_STEP
from mcsc.chain.first_weights import first_steps, hot_betas
from mcsc.chain.record import WindowRecord
from mcsc.chain.sampler import CarriedPotential
from mcsc.chain.start import annealing_betas, configurations, place_at_random
from mcsc.chain.task import Task
from mcsc.kernels.move_table import Mix
from mcsc.kernels.tables import State
from mcsc.kernels.window import Window
from mcsc.observables import Probe

__all__ = ["Record", "advance", "n_steps", "summarize"]

Record = WindowRecord

# numbers from one short ladder to the next: no more, and fewer where a carrier is more than one of
# so many wells; the part of the warm-up that all of these ladders take
STRIDE, STRIDE_WELLS, FIRST_PART = 3, 64, 0.25
# cycles of Wang–Landau and transition matrix, the part of each that the former takes, and what a
# weight falls by in a unit of time spent, halved from cycle to cycle
CYCLES, DRIVEN_PART, PENALTY = 6, 0.3, 1.0
# the time that first weights are worth
FIRST_TRUST = 5.0
# blocks that sums over time are kept in, for errors
BLOCKS = 64


def first_numbers(task: Task) -> list[int]:
    """Numbers of carriers of the short ladders: every third of a large crystal, and the most."""
    fewest, most = task.ensemble.fewest, task.ensemble.most
    stride = min(STRIDE, max(1, task.n_wells // STRIDE_WELLS))
    return [*range(fewest, most, stride), most]


def n_steps(task: Task) -> int:
    """Steps: two for each short ladder, a new start, two a cycle, blocks of measurements."""
    return 2 * len(first_numbers(task)) + 1 + 2 * CYCLES + _measuring(task)


def _measuring(task: Task) -> int:
    return -(-task.sampling.measurements // MEASUREMENTS_A_STEP)


def advance(
    task: Task,
    sampler: CarriedPotential,
    state: State,
    probe: Probe,
    step: int,
    record: WindowRecord,
) -> CarriedPotential:
    """One step of the schedule; the sampler it ran on."""
    numbers = first_numbers(task)
    if step < 2 * len(numbers):
        return _short_ladder(task, sampler, state, step, record)
    step -= 2 * len(numbers)
    if step == 0:
        return _spread(task, sampler, state, record)
    if step <= 2 * CYCLES:
        _learn(task, sampler, state, step - 1, record)
        if step == 2 * CYCLES:
            state.tally[:], record.trips[:], record.seen[:] = 0, 0, 0.0
        return sampler
    first = (step - 1 - 2 * CYCLES) * MEASUREMENTS_A_STEP
    _measure(task, sampler, state, first, record)
    return sampler


def _betas(task: Task) -> FloatArray:
    return annealing_betas(task, len(task.temperatures) - 1)


def _short_ladder(
    task: Task, sampler: CarriedPotential, state: State, step: int, record: WindowRecord
) -> CarriedPotential:
    """Half of a short ladder at one number: above the temperatures of the task, then at them."""
    numbers, n = first_numbers(task), len(task.temperatures)
    i, cold = divmod(step, 2)
    if not len(record.first_energy):
        record.first_energy = np.zeros((len(numbers), 2 * n))
    fixed = _of_fixed_number(sampler)
    sweeps = max(16, round(FIRST_PART * task.sampling.warmup / (2 * len(numbers))))
    betas = _betas(task)
    if cold:
        for stage in range(n):
            fixed.anneal(state, annealing_betas(task, stage), max(1, sweeps // n))
    else:
        _start(task, sampler, state, [numbers[i]] * n, 1 + i)
        betas = hot_betas(betas)
    interval = task.sampling.exchange_interval
    rounds = max(2, sweeps // (2 * interval))
    fixed.run(state, betas, interval, 0, rounds, 1)
    _, energies = fixed.run(state, betas, interval, 0, 1, rounds)
    record.first_energy[i, n * cold : n * (1 + cold)] = energies.mean(axis=0)
    return fixed


def _of_fixed_number(sampler: CarriedPotential) -> CarriedPotential:
    """The sampler without the exchange of layers, which would change the number of carriers."""
    return replace(sampler, mix=Mix(*sampler.mix)._replace(layer_exchange=0))


def _start(
    task: Task, sampler: CarriedPotential, state: State, numbers: list[int], start: int
) -> None:
    """Carriers at random, as many in each replica as ``numbers`` says."""
    state.number[:] = numbers
    place_at_random(task, sampler.tables, state, start)
    state.rung[:], state.replica[:] = np.arange(len(numbers)), np.arange(len(numbers))
    sampler.recompute(state)


def _spread(
    task: Task, sampler: CarriedPotential, state: State, record: WindowRecord
) -> CarriedPotential:
    """First weights, and replicas with numbers spread over the window, annealed to their rungs."""
    numbers, n = first_numbers(task), len(task.temperatures)
    fewest, most = task.ensemble.fewest, task.ensemble.most
    betas = _betas(task)
    lattice_states = sampler.tables.states
    record.step = first_steps(record.first_energy, betas, numbers, lattice_states)
    record.trust = np.full(record.step.shape, FIRST_TRUST)
    # rows of rungs that different threads write share no line of memory
    length = -(-(most - fewest + 1) // 16) * 16
    record.weight = np.zeros((n, length))
    record.seen = np.zeros((np.clip(_measuring(task), 2, BLOCKS), len(SUMS), n, length))
    record.trips = np.zeros((n, 2), np.int64)
    _weigh(task, record)
    # neighbouring rungs get numbers far apart
    order = np.argsort(np.arange(n) * 0.6180339887498949 % 1.0)
    spread = np.rint(np.linspace(fewest, most, n)).astype(int)[order]
    _start(task, sampler, state, spread.tolist(), 1 + len(numbers))
    fixed, sweeps = _of_fixed_number(sampler), task.sampling.warmup // (8 * n)
    for stage in range(n):
        fixed.anneal(state, annealing_betas(task, stage), max(1, sweeps))
    return fixed


def _window(
    task: Task, sampler: CarriedPotential, record: WindowRecord, penalty: float, block: int = 0
) -> Window:
    mix: Any = Mix(*sampler.mix)
    return Window(
        fewest=task.ensemble.fewest,
        most=task.ensemble.most,
        weight=record.weight,
        **dict(zip(SUMS, record.seen[block], strict=True)),
        trips=record.trips,
        duration=mix.come_and_go / task.n_wells,
        penalty=penalty,
    )


def _learn(
    task: Task, sampler: CarriedPotential, state: State, step: int, record: WindowRecord
) -> None:
    """Half of a cycle: weights that fall where the ladder is, then weights from what it saw."""
    cycle, matrix = divmod(step, 2)
    share = (1.0 - FIRST_PART) / CYCLES * (1.0 - DRIVEN_PART if matrix else DRIVEN_PART)
    interval = task.sampling.exchange_interval
    rounds = max(1, round(share * task.sampling.warmup / interval))
    window = _window(task, sampler, record, 0.0 if matrix else PENALTY / 2**cycle)
    sampler.run(state, _betas(task), interval, 0, rounds, 1, window)
    if matrix:
        n = record.step.shape[1]
        found = observed_steps(record, n)
        time = np.minimum(record.seen[0, 0, :, :n], record.seen[0, 0, :, 1 : n + 1])
        together = (record.trust * record.step + time * found) / (record.trust + time)
        seen = np.isfinite(found)
        # where the ladder has not been it goes on to be driven to
        driven = np.diff(_emphasis(task) - record.weight[:, : n + 1], axis=1)
        record.step = np.where(seen, together, driven)
        record.trust += np.where(seen, time, 0.0)
        _weigh(task, record)
    record.seen[:] = 0.0


def _emphasis(task: Task) -> FloatArray:
    """(n,) logarithm of how often each number is to be visited, of the first 0."""
    fewest, most = task.ensemble.fewest, task.ensemble.most
    wanted = np.log(task.emphasis or np.ones(most - fewest + 1))
    return np.asarray(wanted - wanted[0])


def _weigh(task: Task, record: WindowRecord) -> None:
    """Weights that make all numbers as frequent as is wanted, as far as the steps are right."""
    n = 1 + record.step.shape[1]
    record.weight[:, :n] = _emphasis(task)
    record.weight[:, 1:n] -= np.cumsum(record.step, axis=1)


def _measure(
    task: Task, sampler: CarriedPotential, state: State, first: int, record: WindowRecord
) -> None:
    """A block of measurements, from the first one on."""
    sampling, n = task.sampling, len(task.temperatures)
    if not len(record.energy):
        record.energy = np.zeros((sampling.measurements, n))
        record.held = np.zeros((sampling.measurements, n, task.n_wells), np.int8)
    count = min(MEASUREMENTS_A_STEP, sampling.measurements - first)
    rounds = sampling.rounds
    interval = sampling.spacing // rounds
    blocks = len(record.seen)
    window = _window(task, sampler, record, 0.0, first * blocks // sampling.measurements)
    carriers, energies = sampler.run(
        state, _betas(task), interval, first * rounds, rounds, count, window
    )
    record.energy[first : first + count] = energies
    held = configurations(sampler.tables, carriers.reshape(count * n, -1))
    record.held[first : first + count] = held.reshape(count, n, -1)
