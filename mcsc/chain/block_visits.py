"""Sampling by block visits: the time of a sweep grows as the number of wells; for large crystals.

A sweep proposes as many hops, changes of state and fillings as one of the carried potential, in as
many visits as cover the wells :data:`DEPTH` times less often. Moves of whole rows and layers, of
pairs of carriers, and layers that replicas exchange are not made.
"""

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from functools import cached_property, partial
from typing import Any, ClassVar

import numpy as np
import numpy.typing as npt

from mcsc.arrays import FloatArray, IntArray
from mcsc.chain.convolution import Convolution, build_convolution
from mcsc.chain.regions import Regions, regions_of
from mcsc.chain.task import Task
from mcsc.kernels.block_tables import (
    LANES,
    BlockState,
    BlockTables,
    build_block_tables,
    nothing_pending,
    storage,
    usual_budget,
)
from mcsc.kernels.move_table import TABLE, TALLY_COLUMNS
from mcsc.kernels.rng import streams
from mcsc.lattice.nearness import NEAR, hop_shells
from mcsc.model import Model

Int32Array = npt.NDArray[np.int32]

# proposals a well in the boxes of a visit, for one a well in a sweep, with so many wells; more with
# more, up to a limit. Sweeps become cheaper with depth, the more the larger the crystal, and near
# an ordering temperature τ grows from 13 sweeps (energy) and 51 (order squared) at depth 2 to 20
# and 70 at 8, 30 and 100 at 16, 45 and 100 at 32, whatever the size of the boxes (24³ wells)
DEPTH, DEPTH_WELLS, MOST_DEPTH = 4.0, 4096, 16.0
# of wells, in the rate of hops to any empty well: the fewer there are the more trials they take
LEAST_EMPTY = 0.125
# snapshots of large crystals are measured one by one
MOST_WELLS_AT_ONCE = 1 << 18


@dataclass(frozen=True, eq=False)
class BlockVisits:
    """Block visits of one task.

    tables, convolution: The Hamiltonian.
    size: Cells of the supercell.
    rates: (4,) near hops, far hops, changes of state and fillings a sweep.
    filling: Carriers a well, about.
    depth: See :data:`DEPTH`.
    budget: See :func:`mcsc.kernels.blocks.visits`; changes no bit.
    regions: Of a very large crystal, the regions that it is visited in except in the annealing.
    """

    most_waves: ClassVar[int | None] = 1 << 13
    tables: BlockTables
    convolution: Convolution
    size: tuple[int, int, int]
    rates: tuple[float, float, float, float]
    filling: float
    depth: float
    budget: float
    regions: Regions | None = None

    @property
    def n_wells(self) -> int:
        """Wells of the supercell."""
        return int(self.tables.shape[8]) * int(np.prod(self.size))

    @property
    def share(self) -> float:
        """Sweeps that a visit is worth."""
        return self.depth * len(self.tables.centre) / self.n_wells

    @cached_property
    def proposals(self) -> IntArray:
        """(4,) proposals of a visit, or trials of rows, see :mod:`mcsc.kernels.row_visits`."""
        rates = np.array(self.rates) * self.share
        if self.tables.by_rows:
            n_wells, filling = len(self.tables.centre), self.filling
            # as often as among the proposals
            rates[0] *= len(self.tables.bonds) / (filling * n_wells * self.tables.near.shape[1])
            empty = max(1.0 - filling, LEAST_EMPTY)
            rates[1] *= (2 * LANES - 1) / (2 * LANES**2 * filling * empty)
        return np.where(rates > 0, np.maximum(1, np.rint(rates)), 0).astype(np.int64)

    @property
    def _visits(self) -> Callable[..., int]:
        from mcsc.kernels import blocks, row_visits

        kernel: Callable[..., int] = row_visits.visits if self.tables.by_rows else blocks.visits
        return kernel

    @cached_property
    def numbers(self) -> Int32Array:
        """(M, Lx, Ly, Lz) state numbers of the snapshots that :meth:`run` returns."""
        n = int(self.tables.shape[7])
        return np.arange(n * int(np.prod(self.size)), dtype=np.int32).reshape(n, *self.size)

    def measured_at_once(self, most: int) -> int:
        """Snapshots that are measured at once, of ``most``."""
        return 1 if self.n_wells > MOST_WELLS_AT_ONCE else most

    def start(self, task: Task) -> BlockState:
        """Replicas with carriers at the centres of wells drawn at random."""
        n, words = task.n_replicas, task.digest_words()
        shape = tuple(self.size[axis] for axis in storage(self.size))
        n_states, n_base = int(self.tables.shape[7]), int(self.tables.shape[8])
        held = np.full((n, n_base, *shape), -1, np.int8)
        for r in range(n):
            sequence = np.random.SeedSequence([task.seed, *words], spawn_key=(n + 1 + r,))
            wells = np.random.Generator(np.random.PCG64(sequence)).permutation(held[r].size)
            held[r].reshape(-1)[wells[: task.n_carriers]] = 0
        return BlockState(
            held=held,
            potential=np.zeros((n, n_states, *shape), np.int64),
            doubled=np.zeros(n, np.int64),
            number=np.full(n, task.n_carriers, np.int32),
            energy=np.zeros(n),
            rng=streams(task.seed, words, n + 1),
            rung=np.arange(n, dtype=np.int32),
            replica=np.arange(n, dtype=np.int32),
            tally=np.zeros((n, TALLY_COLUMNS), np.int64),
            scratch=nothing_pending(n),
        )

    def place(self, state: BlockState, snapshot: npt.NDArray[np.integer[Any]]) -> None:
        """Put the carriers of every replica where a snapshot (R, W) has them."""
        axes = storage(self.size)
        for r, held in enumerate(snapshot):
            by_cell = held.reshape(*self.size, -1).transpose(3, *axes)
            state.held[r] = by_cell
            state.number[r] = int((by_cell >= 0).sum())

    def configurations(self, carriers: Int32Array) -> npt.NDArray[np.int8]:
        """(R, W) state of each well, −1 empty, from a snapshot (R, N) of :meth:`run`."""
        cells = int(np.prod(self.size))
        base = np.repeat(np.arange(len(self._states)), self._states)
        within = np.concatenate([np.arange(n) for n in self._states])
        found = np.full((len(carriers), cells, len(self._states)), -1, np.int8)
        for held, row in zip(found, carriers, strict=True):
            m, cell = np.divmod(row[row >= 0], cells)
            held[cell, base[m]] = within[m]
        return found.reshape(len(carriers), -1)

    @property
    def _states(self) -> tuple[int, ...]:
        return self.convolution.states_per_well

    def recompute(self, state: BlockState) -> None:
        """Potential and energy afresh from the carriers."""
        self._each(len(state.energy), partial(self.convolution.rebuild, state))

    def rebuild(self, state: BlockState) -> tuple[float, float]:
        """The same; returns how far carried energies, and potentials, were off: nothing is rounded.

        Raises ArithmeticError if they were, by anything.
        """

        def replica(r: int) -> None:
            self.convolution.refresh(state, r)
            before, potential = int(state.doubled[r]), state.potential[r].copy()
            self.convolution.rebuild(state, r)
            if before != state.doubled[r] or (potential != state.potential[r]).any():
                raise ArithmeticError("block visits have lost track of the potential")

        self._each(len(state.energy), replica)
        return 0.0, 0.0

    def anneal(self, state: BlockState, betas: FloatArray, sweeps: int) -> None:
        """Sweeps at the inverse temperatures (T,) of the rungs, no exchange."""
        self._sweep(state, betas, sweeps, None)

    def run(
        self, state: BlockState, betas: FloatArray, interval: int, first: int, rounds: int, n: int
    ) -> tuple[Int32Array, FloatArray]:
        """``n`` measurements with replica exchange; as :func:`mcsc.kernels.ladder.run`."""
        from mcsc.kernels import ladder

        n_replicas = len(state.energy)
        room = int(state.number[0]) if self.rates[3] == 0 else self.n_wells
        carriers = np.full((n, n_replicas, room), -1, np.int32)
        energies = np.empty((n, n_replicas))
        for i in range(n):
            for j in range(rounds):
                self._sweep(state, betas, interval, self.regions)
                ladder.exchange(state, betas, (), (first + i * rounds + j) % 2)
            for t, r in enumerate(state.replica):
                here = self._carriers(state, int(r))
                carriers[i, t, : len(here)] = here
                energies[i, t] = state.energy[r]
        return carriers, energies

    def _carriers(self, state: BlockState, r: int) -> Int32Array:
        """State numbers of the carriers of replica r, in ascending order."""
        back = tuple(1 + storage(self.size).index(axis) for axis in range(3))
        held = state.held[r].transpose(0, *back)
        found, m = [], 0
        cells = int(np.prod(self.size))
        for base, n in enumerate(self._states):
            of_well = held[base].reshape(-1)
            for s in range(n):
                found.append(m * cells + np.flatnonzero(of_well == s))
                m += 1
        return np.concatenate(found).astype(np.int32)

    def _sweep(
        self, state: BlockState, betas: FloatArray, sweeps: int, regions: Regions | None
    ) -> None:
        """Sweeps of all replicas at the temperatures of their rungs."""
        n = max(1, round(sweeps / self.share)) if sweeps else 0

        def advance(r: int) -> None:
            beta, done = float(betas[state.rung[r]]) * self.tables.quantum, 0
            if regions is not None and n > 0:
                rest = self.proposals, n, self.depth
                regions.visit(self._visits, state, r, beta, *rest)
                done = n
            while done < n:
                done += self._visits(
                    self.tables, state, r, beta, self.proposals, n - done, self.budget
                )
                if done < n:
                    self.convolution.refresh(state, r)
            state.energy[r] = 0.5 * self.tables.quantum * float(state.doubled[r])

        self._each(len(state.energy), advance)

    def _each(self, n: int, function: Callable[[int], None]) -> None:
        """Of every replica, on as many threads as kernels may use."""
        from mcsc.kernels._jit import get_num_threads

        threads = min(n, get_num_threads())
        if threads == 1:
            for r in range(n):
                function(r)
            return
        with ThreadPoolExecutor(threads) as pool:
            list(pool.map(function, range(n)))


def block_visits(task: Task, model: Model) -> BlockVisits:
    """The block visits of a task that samples a model."""
    lattice = model.lattice
    states = lattice.states_per_well
    near = hop_shells(lattice.structure, NEAR)
    tables = build_block_tables(model.pair, states, near)
    site = model.site[:, None, None, None]
    convolution = build_convolution(
        tables, model.pair, site if model.external is None else site + model.external, states
    )
    usual = {move.name: move.usual or 0.0 for move in TABLE}
    number = max(1, (task.ensemble.fewest + task.ensemble.most) // 2)
    comes = "insert_remove" in task.ensemble.moves
    rates = (
        usual["near_hop"] * number,
        usual["far_hop"] * number,
        usual["change_of_state"] * number * (max(states) > 1),
        usual["insert_remove"] * lattice.n_wells * comes,
    )
    filling = min(1.0, number / lattice.n_wells)
    depth = min(MOST_DEPTH, DEPTH * (lattice.n_wells / DEPTH_WELLS) ** 0.25)
    regions = regions_of(convolution, model.pair, near, states)
    budget = usual_budget(tables)
    return BlockVisits(tables, convolution, lattice.size, rates, filling, depth, budget, regions)
