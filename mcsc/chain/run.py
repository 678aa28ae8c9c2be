"""Run one task: anneal, equilibrate, measure; checkpoint at fixed steps; return its datasets."""

import time
from collections.abc import Callable
from pathlib import Path

import numpy as np
import numpy.typing as npt
import xarray as xr

from mcsc.chain.results import summarize
from mcsc.chain.start import load, move_mix, random_state, save, saved_step
from mcsc.chain.task import Task
from mcsc.kernels.tables import State, Tables, build_tables, inner_axes, state_numbers
from mcsc.lattice import rigid_turns
from mcsc.model import Model
from mcsc.observables import Probe, build_probe, measure

# measurements and exchange warm-up between two rebuilds of the potential, hence between steps
_MEASUREMENTS_A_STEP = 16
_WARMUP_STEPS = 16
N_BINS = 32


class Stopped(Exception):
    """The chain was asked to stop and has written its checkpoint."""


def kernel_tables(model: Model) -> tuple[Tables, npt.NDArray[np.int32]]:
    """Tables of a model and the state numbers (M, Lx, Ly, Lz) they are laid out in."""
    axes = inner_axes(model.pair)
    lattice = model.lattice
    tables = build_tables(
        model.pair,
        model.site,
        lattice.states_per_well,
        lattice.near_wells(),
        axes,
        rigid_turns(lattice.structure),
    )
    return tables, state_numbers(lattice.size, len(model.site), axes)


def run(
    task: Task,
    checkpoint: Path | None = None,
    *,
    report: Callable[[float], None] = lambda done: None,
    stop: Callable[[], bool] = lambda: False,
    checkpoint_interval: float = 20.0,
) -> dict[str, xr.Dataset]:
    """Sample one temperature ladder.

    Parameters
    ----------
    task
        What to run.
    checkpoint
        File to resume from and to save to; None for no checkpoints.
    report
        Called with the fraction done after every step.
    stop
        Asked after every step; a true answer saves and raises.
    checkpoint_interval
        Seconds between checkpoints. When they happen does not change the numbers.

    Returns
    -------
    Datasets by group: ``/`` (observables on ``temperature``), ``health``, ``samples``, ``series``.

    Raises
    ------
    Stopped
        When ``stop`` said so.
    """
    from mcsc.kernels import ladder

    model = task.build()
    tables, numbers = kernel_tables(model)
    state = random_state(task, tables)
    probe = build_probe(model, numbers, np.array(task.field_direction))
    saved = load(checkpoint, task, state) if checkpoint else None
    step, sums = saved or (0, {"drift": np.zeros(2)})
    n_steps = _n_steps(task)
    written = time.monotonic()
    ladder.recompute(tables, state)
    while step < n_steps:
        _advance(task, tables, state, probe, step, sums)
        _rebuild(tables, state, sums)
        step += 1
        report(step / n_steps)
        stopping = stop() and step < n_steps
        if checkpoint and (stopping or time.monotonic() - written > checkpoint_interval):
            save(checkpoint, task, step, state, sums)
            written = time.monotonic()
        if stopping:
            raise Stopped
    return summarize(task, model, probe, state, sums)


def fraction_done(task: Task, checkpoint: Path) -> float:
    """How far the checkpoint of a task is, 0 where there is none that fits."""
    return saved_step(checkpoint, task) / _n_steps(task)


def _n_steps(task: Task) -> int:
    measuring = -(-task.sampling.measurements // _MEASUREMENTS_A_STEP)
    return len(task.temperatures) + _WARMUP_STEPS + measuring


def _advance(
    task: Task, tables: Tables, state: State, probe: Probe, step: int, sums: dict[str, np.ndarray]
) -> None:
    """One step of the schedule: a stage of the annealing, of the warm-up, or measurements."""
    from mcsc.kernels import ladder

    sampling, n = task.sampling, len(task.temperatures)
    betas = 1.0 / (task.units.boltzmann * np.array(task.temperatures))
    mix = move_mix(task, tables)
    if step < n:
        # every replica follows the ladder down from the hottest rung and stays at its own
        stage = betas[np.maximum(np.arange(n), n - 1 - step)]
        ladder.anneal(tables, state, stage, mix, -(-sampling.warmup // (2 * n)))
        return
    done = step - n - _WARMUP_STEPS
    if done < 0:
        rounds = -(-sampling.warmup // (2 * _WARMUP_STEPS * sampling.exchange_interval))
        # one unused measurement at the end of the stage
        carriers, energies = _buffers(1, task)
        first = (done + _WARMUP_STEPS) * rounds
        ladder.run(
            tables, state, betas, mix, sampling.exchange_interval, first, rounds, carriers, energies
        )
        if done == -1:
            state.tally[:] = 0
        return
    first = done * _MEASUREMENTS_A_STEP
    count = min(_MEASUREMENTS_A_STEP, sampling.measurements - first)
    carriers, energies = _buffers(count, task)
    rounds = sampling.rounds
    interval = sampling.spacing // rounds
    ladder.run(tables, state, betas, mix, interval, first * rounds, rounds, carriers, energies)
    _collect(sums, measure(probe, carriers), energies, first, sampling.measurements)
    sums["carriers"] = carriers[-1]


def _buffers(n: int, task: Task) -> tuple[npt.NDArray[np.int32], npt.NDArray[np.float64]]:
    shape = (n, len(task.temperatures))
    return np.empty((*shape, task.n_carriers), np.int32), np.empty(shape)


def _rebuild(tables: Tables, state: State, sums: dict[str, np.ndarray]) -> None:
    """Recompute potential and energy; note how far the carried ones had drifted."""
    from mcsc.kernels import ladder

    potential, energy = state.potential.copy(), state.energy.copy()
    ladder.recompute(tables, state)
    drift = [np.abs(state.energy - energy).max(), np.abs(state.potential - potential).max()]
    sums["drift"] = np.maximum(sums["drift"], drift)


def _collect(
    sums: dict[str, np.ndarray],
    measured: dict[str, npt.NDArray[np.float64]],
    energies: npt.NDArray[np.float64],
    first: int,
    total: int,
) -> None:
    """Add measurements to the series; wavevector by wavevector only bin means are kept."""
    count = len(energies)
    factor = measured.pop("structure_factor")
    if "structure_factor" not in sums:
        sums["structure_factor"] = np.zeros((N_BINS, *factor.shape[1:]))
        sums["bin_length"] = np.zeros(N_BINS)
    bins = (first + np.arange(count)) * N_BINS // total
    np.add.at(sums["structure_factor"], bins, factor)
    np.add.at(sums["bin_length"], bins, 1.0)
    # float32 resolves an order parameter squared to 1e-7 of its value
    measured["order_squared"] = measured["order_squared"].astype(np.float32)
    for name, series in {**measured, "energy": energies}.items():
        if name not in sums:
            sums[name] = np.zeros((total, *series.shape[1:]), series.dtype)
        sums[name][first : first + count] = series
