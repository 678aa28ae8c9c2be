"""The schedule of a ladder in equilibrium: annealing, warm-up with replica exchange, measurements.

Every function here has its counterpart in :mod:`mcsc.chain.protocol`; :mod:`mcsc.chain.run` loops
over the steps of either.
"""

from typing import Any

import numpy as np
import numpy.typing as npt

from mcsc.arrays import FloatArray
from mcsc.chain.leading import followed
from mcsc.chain.record import LadderRecord, Measured
from mcsc.chain.results import summarize
from mcsc.chain.sampler import CarriedPotential
from mcsc.chain.start import annealing_betas
from mcsc.chain.task import Task
from mcsc.kernels.move_table import WAITED
from mcsc.observables import Probe, Series, measure, measured_series

__all__ = ["Record", "advance", "n_steps", "summarize"]

Record = LadderRecord

# measurements and exchange warm-up between two rebuilds of the potential, hence between steps
MEASUREMENTS_A_STEP = 16
WARMUP_STEPS = 16
N_BINS = 32


def n_steps(task: Task) -> int:
    """Steps of the schedule: stages of the annealing, warm-up, blocks of measurements."""
    measuring = -(-task.sampling.measurements // MEASUREMENTS_A_STEP)
    return len(task.temperatures) + WARMUP_STEPS + measuring - _steps_behind(task)


def _steps_behind(task: Task) -> int:
    """Steps that the task it continues has made for it: the annealing, and the warm-up if all."""
    if task.continues is None:
        return 0
    return len(task.temperatures) + (0 if task.sampling.warmup else WARMUP_STEPS)


def advance(
    task: Task, sampler: Any, state: Any, probe: Probe, step: int, record: LadderRecord
) -> Any:
    """One step of the schedule: a stage of the annealing, of the warm-up, or measurements.

    Returns: The sampler that the step ran on: the one given.
    """
    sampling, n = task.sampling, len(task.temperatures)
    step += _steps_behind(task)
    if step < n:
        stage = annealing_betas(task, step)
        sampler.anneal(state, stage, -(-sampling.warmup // (2 * n)))
        return sampler
    betas = annealing_betas(task, n - 1)
    done = step - n - WARMUP_STEPS
    if done < 0:
        rounds = -(-sampling.warmup // (2 * WARMUP_STEPS * sampling.exchange_interval))
        first = (done + WARMUP_STEPS) * rounds
        # the one measurement at the end of the stage is not used
        sampler.run(state, betas, sampling.exchange_interval, first, rounds, 1)
        if isinstance(sampler, CarriedPotential):
            sampler.pace(state)
        if done == -1:
            state.tally[:, :WAITED] = 0
        return sampler
    first = done * MEASUREMENTS_A_STEP
    count = min(MEASUREMENTS_A_STEP, sampling.measurements - first)
    rounds = sampling.rounds
    interval = sampling.spacing // rounds
    at_once = sampler.measured_at_once(count)
    for start in range(first, first + count, at_once):
        n = min(at_once, first + count - start)
        carriers, energies = sampler.run(state, betas, interval, start * rounds, rounds, n)
        collect(task, probe, record, carriers, energies, start)
        record.snapshot = sampler.configurations(carriers[-1])
    return sampler


def collect(
    task: Task,
    probe: Probe,
    record: LadderRecord,
    carriers: npt.NDArray[np.int32],
    energies: FloatArray,
    first: int,
) -> None:
    """Measure snapshots and add them to a record.

    carriers: (n, T, N) as of :func:`mcsc.observables.measure`.
    energies: (n, T) of the model that is sampled.
    first: Number of measurements that the record holds.
    """
    measured, total = measure(probe, carriers), task.sampling.measurements
    if task.ensemble.fewest < task.ensemble.most:
        measured["number"] = (carriers >= 0).sum(axis=2)
    # float32 resolves an order parameter squared to 1e-7 of its value
    measured["order_squared"] = measured["order_squared"].astype(np.float32)
    if not record.series:
        record.channel, record.star = followed(probe, measured, total)
    measured["energy"] = energies
    _add(record, measured, measured_series(probe), first, total)


def _add(
    record: LadderRecord, measured: Measured, declared: dict[str, Series], first: int, total: int
) -> None:
    """Add measurements to the series; wavevector by wavevector only bin means are kept."""
    if not record.series:
        record.bin_length = np.zeros(N_BINS)
    count = len(measured["energy"])
    bins = (first + np.arange(count)) * N_BINS // total
    np.add.at(record.bin_length, bins, 1.0)
    followed_ones = {"channel": record.channel, "star": record.star}
    for name, values in measured.items():
        axis = declared[name].axis if name in declared else ""
        if axis == "wavevector":
            sums = record.by_wave.setdefault(name, np.zeros((N_BINS, *values.shape[1:])))
            np.add.at(sums, bins, values)
            continue
        kept = values[..., followed_ones[axis]] if axis else values
        empty = np.zeros((total, *kept.shape[1:]), kept.dtype)
        record.series.setdefault(name, empty)[first : first + count] = kept
