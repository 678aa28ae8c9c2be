"""How a chain samples: by the carried potential, or by neighbours with replicas in vector lanes.

Both change a :class:`~mcsc.kernels.tables.State` in place, and schedules do not ask which it is.
"""

from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

from mcsc.chain.mix import move_mix
from mcsc.chain.task import Task
from mcsc.kernels.lanes import Lanes, Neighbours, build_lanes, neighbours
from mcsc.kernels.tables import State, Tables
from mcsc.kernels.window import Window
from mcsc.model import Model

FloatArray = npt.NDArray[np.float64]
Measurements = tuple[npt.NDArray[np.int32], FloatArray]
"""(n, R, N) carriers and (n, R) energies"""


@dataclass(frozen=True)
class CarriedPotential:
    """Moves of single carriers in a potential that is carried along; for any interaction.

    Attributes
    ----------
    tables
        The Hamiltonian.
    mix
        How often each move is made, from :func:`mcsc.chain.mix.move_mix`.
    """

    tables: Tables
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

    def recompute(self, state: State) -> None:
        """Everything that is carried, afresh from the carriers."""
        from mcsc.kernels import ladder

        ladder.recompute(self.tables, state)


@dataclass(frozen=True)
class SideBySide:
    """Heat baths of single wells, replicas in vector lanes; for energies of near neighbours only.

    Attributes
    ----------
    tables
        The numbering of states in the chain's State.
    near, lanes
        The Hamiltonian, and room for the replicas.
    filled
        Whether all wells are full, so that carriers change their state only.
    """

    tables: Tables
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


Sampler = CarriedPotential | SideBySide


def _room(n: int, state: State) -> Measurements:
    return np.empty((n, *state.carriers.shape), np.int32), np.empty((n, len(state.energy)))


def sampler(task: Task, model: Model, tables: Tables) -> Sampler:
    """The sampler of a task.

    Parameters
    ----------
    model
        The model that is sampled, see :class:`mcsc.chain.ensemble.Ensemble`.
    tables
        Its tables.
    """
    states = model.lattice.states_per_well
    near = neighbours(model.pair, model.site, states) if task.short_ranged else None
    if near is None:
        return CarriedPotential(tables, move_mix(task, tables))
    lanes = build_lanes(near, task.n_replicas)
    return SideBySide(tables, near, lanes, task.ensemble.fewest == task.n_wells)
