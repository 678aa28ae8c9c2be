"""Run one task: step through its schedule, checkpoint between steps, return its datasets."""

import time
from collections.abc import Callable
from pathlib import Path
from typing import Any, Protocol

import numpy as np
import numpy.typing as npt
import xarray as xr

from mcsc.chain import equilibrium, expanded, protocol, transport
from mcsc.chain.block_visits import block_visits
from mcsc.chain.checkpoint import load, save, saved_step, unfit
from mcsc.chain.record import Record
from mcsc.chain.sampler import AnyState, CarriedPotential, Sampler, sampler
from mcsc.chain.task import Task
from mcsc.files.tree import group
from mcsc.kernels.move_table import MOVES
from mcsc.kernels.tables import Tables, build_tables, inner_axes, state_numbers
from mcsc.lattice import layer_slides, rigid_turns
from mcsc.model import Model
from mcsc.observables import Observable, Probe, build_probe


class Schedule(Protocol):
    """What a task does, in steps fixed in sweeps; a module of this package."""

    @property
    def Record(self) -> type[Record]:
        """What it fills."""

    def n_steps(self, task: Task, /) -> int:
        """Number of steps."""

    def advance(
        self, task: Task, sampler: Any, state: Any, probe: Probe, step: int, record: Any, /
    ) -> Sampler:
        """Do one step, add to the record; the sampler it ran on, by which drift is to be judged."""

    def summarize(
        self, task: Task, model: Model, probe: Probe, state: Any, record: Any, /
    ) -> xr.DataTree:
        """The results, once all steps are done."""


def _schedule(task: Task) -> Schedule:
    if task.window is not None:
        return expanded
    if task.transport is not None:
        return transport
    return equilibrium if task.protocol is None else protocol


class Stopped(Exception):
    """The chain was asked to stop and has written its checkpoint, if that was possible."""


def kernel_tables(model: Model) -> tuple[Tables, npt.NDArray[np.int32]]:
    """Tables of a model and the state numbers (M, Lx, Ly, Lz) they are laid out in."""
    lattice = model.lattice
    axes = inner_axes(len(model.site), lattice.size)
    tables = build_tables(
        model.pair,
        model.site_energies,
        lattice.states_per_well,
        lattice.near_wells(),
        axes,
        rigid_turns(lattice.structure),
        layer_slides(lattice.structure) if lattice.stacks_cells else None,
    )
    return tables, state_numbers(lattice.size, len(model.site), axes)


def _chosen(task: Task, model: Model) -> tuple[Sampler, npt.NDArray[np.int32]]:
    """The sampler of a task on the model it samples, and the state numbers of its snapshots."""
    if task.by_blocks:
        blocks = block_visits(task, model)
        return blocks, blocks.numbers
    tables, numbers = kernel_tables(model)
    return sampler(task, model, tables), numbers


def run(
    task: Task,
    checkpoint: Path | None = None,
    *,
    before: xr.DataTree | None = None,
    observables: tuple[Observable, ...] = (),
    report: Callable[[float], None] = lambda done: None,
    say: Callable[[str], None] = lambda line: None,
    stop: Callable[[], bool] = lambda: False,
    checkpoint_interval: float = 20.0,
) -> xr.DataTree:
    """Run one temperature ladder, in equilibrium or through a history of fields.

    Parameters
    ----------
    task
        What to run.
    checkpoint
        File to resume from and to save to; None for no checkpoints.
    before
        Results of the task that this one continues.
    observables
        Measured in equilibrium besides :data:`mcsc.observables.OBSERVABLES`, each with series of
        its own; see :class:`mcsc.observables.Observable`.
    report
        Called with the fraction done after every step.
    say
        Told when checkpoints cannot be written, and when they can again: the chain goes on.
    stop
        Asked after every step; a true answer saves and raises.
    checkpoint_interval
        Seconds between checkpoints. When they happen does not change the numbers.

    Returns
    -------
    A tree: ``/`` (observables on ``temperature``), ``health``, ``samples``, ``series``; of a task
    with a protocol ``/`` alone, on ``branch``, ``field`` and ``temperature``, of one with
    transport on ``field``, ``temperature`` and ``frequency``. Those of a task that continues
    another are its own, see :func:`mcsc.chain.join.joined`.

    Raises
    ------
    ValueError
        If what it continues is missing; if observables come with a checkpoint, whose name does not
        tell of them, or a history of fields; if two of their series have one name.
    Stopped
        When ``stop`` said so.
    """
    if observables and (checkpoint or task.history):
        raise ValueError(
            f"observables {', '.join(item.name for item in observables)} beside a checkpoint or a "
            "history of fields: leave out one of the two"
        )
    model = task.build()
    sampled = task.ensemble.sampled(model)
    chosen, numbers = _chosen(task, sampled)
    state: Any = chosen.start(task)
    if task.continues is not None:
        if before is None:
            raise ValueError(f"task {task.digest()} continues {task.continues.digest()}: run that")
        chosen.place(state, _first(task, group(before, "samples")["state"].values))
        if isinstance(chosen, CarriedPotential):
            acceptance = group(before, "health")["acceptance"].values
            chosen.pace(state, acceptance[:, MOVES.index("near_hop")])
    direction = np.array(task.field_direction)
    probe = build_probe(model, numbers, direction, observables, chosen.most_waves)
    schedule = _schedule(task)
    saved = load(checkpoint, task, state, schedule.Record) if checkpoint else None
    step, record = saved or (0, schedule.Record())
    n_steps = schedule.n_steps(task)
    if checkpoint and saved is None and checkpoint.exists():
        say(f"{checkpoint}: {unfit(checkpoint)}; its task begins again")
    written, failed = time.monotonic(), False
    chosen.recompute(state)
    while step < n_steps:
        used = schedule.advance(task, chosen, state, probe, step, record)
        off, moved = used.rebuild(state)
        record.energy_drift = float(np.maximum(record.energy_drift, off))
        record.potential_drift = float(np.maximum(record.potential_drift, moved))
        step += 1
        report(step / n_steps)
        stopping = stop() and step < n_steps
        if checkpoint and (stopping or time.monotonic() - written > checkpoint_interval):
            failed = not _saved(checkpoint, task, step, state, record, say, failed)
            written = time.monotonic()
        if stopping:
            raise Stopped
    return schedule.summarize(task, model, probe, state, record)


def _first(task: Task, last: npt.NDArray[np.int8]) -> npt.NDArray[np.int8]:
    """(T, W) states that a task goes on from, where the one that it continues ended in ``last``."""
    if not task.start:
        return last
    cold = np.arange(len(last)) < len(last) // 2
    return np.where(cold[:, None], np.array(task.start, last.dtype), last)


def _saved(
    checkpoint: Path,
    task: Task,
    step: int,
    state: AnyState,
    record: Record,
    say: Callable[[str], None],
    failed: bool,
) -> bool:
    """Whether the checkpoint could be written; of a change in that the user is told."""
    try:
        save(checkpoint, task, step, state, record)
    except OSError as error:
        if not failed:
            say(f"{error}; its task goes on, and the checkpoint before stays")
        return False
    if failed:
        say(f"{checkpoint}: can be written again")
    return True


def fraction_done(task: Task, checkpoint: Path) -> float:
    """How far the checkpoint of a task is, 0 where there is none that fits."""
    return saved_step(checkpoint, task) / _schedule(task).n_steps(task)
