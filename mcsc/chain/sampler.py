"""How a chain samples: by the carried potential, by block visits, or by neighbours in vector lanes.

All have the same methods, and schedules do not ask which it is. Each changes a state of its chain
in place: a :class:`~mcsc.kernels.tables.State`, or that of :mod:`mcsc.chain.block_visits`.
"""

from dataclasses import dataclass
from typing import Any, ClassVar

import numpy as np
import numpy.typing as npt

from mcsc.arrays import FloatArray
from mcsc.chain.block_visits import BlockVisits
from mcsc.chain.mix import move_mix
from mcsc.chain.start import configurations, place_as_in, random_state
from mcsc.chain.task import Task
from mcsc.kernels.block_tables import BlockState
from mcsc.kernels.lanes import Lanes, Neighbours, build_lanes, neighbours
from mcsc.kernels.move_table import MOVES
from mcsc.kernels.tables import State, Tables
from mcsc.kernels.window import Window
from mcsc.model import Model

Measurements = tuple[npt.NDArray[np.int32], FloatArray]
"""(n, R, N) carriers and (n, R) energies"""


@dataclass(frozen=True)
class _InTables:
    """What samplers on a :class:`~mcsc.kernels.tables.State` have in common.

    tables: The numbering of states, and the Hamiltonian of a carried potential.
    """

    tables: Tables
    # all wavevectors are measured, and all snapshots of a step at once
    most_waves: ClassVar[int | None] = None

    def start(self, task: Task) -> State:
        """See :func:`mcsc.chain.start.random_state`."""
        return random_state(task, self.tables)

    def place(self, state: State, snapshot: npt.NDArray[np.integer[Any]]) -> None:
        """See :func:`mcsc.chain.start.place_as_in`."""
        place_as_in(self.tables, state, snapshot)

    def configurations(self, carriers: npt.NDArray[np.int32]) -> npt.NDArray[np.int8]:
        """See :func:`mcsc.chain.start.configurations`."""
        return configurations(self.tables, carriers)

    def measured_at_once(self, most: int) -> int:
        """Snapshots that are measured at once, of ``most``."""
        return most

    def recompute(self, state: State) -> None:
        """Everything that is carried, afresh from the carriers."""
        raise NotImplementedError

    def rebuild(self, state: State) -> tuple[float, float]:
        """The same; returns how far carried energies, and potentials, were off at most."""
        potential, energy = state.potential.copy(), state.energy.copy()
        self.recompute(state)
        off, moved = np.abs(state.energy - energy).max(), np.abs(state.potential - potential).max()
        return float(off), float(moved)


@dataclass(frozen=True)
class CarriedPotential(_InTables):
    """Moves of single carriers in a potential that is carried along; for any interaction.

    mix: How often each move is made, from :func:`mcsc.chain.mix.move_mix`.
    """

    mix: tuple[int, ...]

    def anneal(self, state: State, betas: FloatArray, sweeps: int) -> None:
        """Sweeps at the inverse temperatures (T,) of the rungs, no exchange."""
        from mcsc.kernels import ladder

        ladder.anneal(self.tables, state, betas, self.mix, sweeps)

    def run(
        self,
        state: State,
        betas: FloatArray,
        interval: int,
        first: int,
        rounds: int,
        n: int,
        window: Window | tuple[()] = (),
    ) -> Measurements:
        """``n`` measurements with replica exchange; see :func:`mcsc.kernels.ladder.run`."""
        from mcsc.kernels import ladder

        found = _room(n, state)
        ladder.run(self.tables, state, betas, self.mix, interval, first, rounds, *found, window)
        return found

    def pace(self, state: State, share: FloatArray | None = None) -> None:
        """How long carriers wait on each rung; nothing where the mix has no waiting hops.

        From the accepted share (R,) of near hops, by default that since this was asked last.
        """
        from mcsc.kernels.waiting_hops import near_hop_share, pace

        if hops := self.mix[MOVES.index("waiting_hop")]:
            pace(state, hops, near_hop_share(state) if share is None else share)

    def recompute(self, state: State) -> None:
        """Everything that is carried, afresh from the carriers."""
        from mcsc.kernels import ladder

        ladder.recompute(self.tables, state)


@dataclass(frozen=True)
class SideBySide(_InTables):
    """Heat baths of single wells, replicas in vector lanes; for energies of near neighbours only.

    near, lanes: The Hamiltonian, and room for the replicas.
    filled: Whether all wells are full, so that carriers change their state only.
    """

    near: Neighbours
    lanes: Lanes
    filled: bool

    def anneal(self, state: State, betas: FloatArray, sweeps: int) -> None:
        """See :meth:`CarriedPotential.anneal`."""
        self._advance(state, betas, sweeps, 0, 0, 0, *_room(0, state))

    def run(
        self, state: State, betas: FloatArray, interval: int, first: int, rounds: int, n: int
    ) -> Measurements:
        """See :meth:`CarriedPotential.run`."""
        found = _room(n, state)
        self._advance(state, betas, 0, interval, first, rounds, *found)
        return found

    def recompute(self, state: State) -> None:
        """See :meth:`CarriedPotential.recompute`."""
        self.anneal(state, np.ones(len(state.energy)), 0)

    def _advance(self, state: State, betas: FloatArray, *schedule: Any) -> None:
        from mcsc.kernels import short_range

        short_range.run(self.tables, state, self.near, self.lanes, betas, self.filled, *schedule)


Sampler = CarriedPotential | SideBySide | BlockVisits
AnyState = State | BlockState


def _room(n: int, state: State) -> Measurements:
    return np.empty((n, *state.carriers.shape), np.int32), np.empty((n, len(state.energy)))


def sampler(task: Task, model: Model, tables: Tables) -> CarriedPotential | SideBySide:
    """The sampler of a task that block visits do not sample.

    model: The model that is sampled, see :class:`mcsc.chain.ensemble.Ensemble`.
    tables: Its tables.
    """
    states = model.lattice.states_per_well
    near = neighbours(model.pair, model.site, states) if task.short_ranged else None
    if near is None:
        return CarriedPotential(tables, move_mix(task, tables))
    lanes = build_lanes(near, task.n_replicas)
    return SideBySide(tables, near, lanes, task.ensemble.fewest == task.n_wells)
