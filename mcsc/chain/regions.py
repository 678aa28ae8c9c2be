"""Block visits that stay in one region of a very large crystal for a while.

The potential of the whole crystal is refreshed once for all visits in a region; in between only
that of the region is, by transforms over twice its length along each axis that it does not fill. So
the time of a visit grows no more with the crystal. Where the region lies is drawn, and how many
visits it gets fixed, without looking at the carriers.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from mcsc.arrays import FloatArray, IntArray
from mcsc.chain.convolution import Convolution, build_convolution
from mcsc.kernels.block_tables import (
    BlockState,
    BlockTables,
    build_block_tables,
    nothing_pending,
    storage,
    usual_budget,
)
from mcsc.kernels.move_table import TALLY_COLUMNS
from mcsc.kernels.rng import next_word

Near = list[tuple[IntArray, IntArray]]

# cells of a region along an axis; axes up to twice as long are not cut
SIDE = 32
# sweeps of a region before another is drawn: the transforms of the whole crystal then take a small
# part of the time, and near an ordering temperature order takes longer to change
LINGER = 64
# where fewer cells than that are more than in the transforms of a region, nothing is gained
LEAST_GAIN = 1.5


@dataclass(frozen=True, eq=False)
class Regions:
    """Visits in regions of one crystal.

    Attributes
    ----------
    tables, convolution
        Of a crystal of twice the region, in which boxes are drawn in the region only.
    whole
        The potentials of the crystal.
    budget
        See :func:`mcsc.kernels.blocks.visits`.
    """

    tables: BlockTables
    convolution: Convolution
    whole: Convolution
    budget: float

    def visits_each(self, depth: float) -> float:
        """Visits in a region before another is drawn, of so many proposals a well."""
        wells = int(self.tables.shape[8]) * int(np.prod(self.tables.shape[10:]))
        return LINGER * wells / (depth * len(self.tables.centre))

    def stay(self, state: BlockState, r: int, beta: float, proposals: IntArray, n: int) -> None:
        """``n`` visits of replica r in one region; nothing is left pending."""
        from mcsc.kernels import blocks

        self.whole.refresh(state, r)
        at = self._drawn(state, r)
        inner = self._inside(state, r, at)
        done = 0
        while done < n:
            done += blocks.visits(self.tables, inner, 0, beta, proposals, n - done, self.budget)
            if done < n:
                self.convolution.refresh(inner, 0)
        state.rng[r], state.doubled[r] = inner.rng[0], state.doubled[r] + inner.doubled[0]
        state.number[r] = inner.number[0]
        state.tally[state.rung[r]] += inner.tally[0]
        ex, ey, ez = (int(e) for e in self.tables.shape[10:])
        self.whole.absorb(state, r, at, inner.held[0, :, :ex, :ey, :ez])

    def _drawn(self, state: BlockState, r: int) -> Any:
        """The cells of a region along each axis, ready to index the crystal."""
        axes = []
        for size, region in zip(self.whole.site.shape[1:], self.tables.shape[10:], strict=True):
            first = int(next_word(state.rng[r]) % np.uint64(size)) if region < size else 0
            axes.append((first + np.arange(region)) % size)
        return np.ix_(*axes)

    def _inside(self, state: BlockState, r: int, at: Any) -> BlockState:
        """The region of replica r as a state of its own."""
        shape = self.convolution.site.shape[1:]
        ex, ey, ez = (int(e) for e in self.tables.shape[10:])
        held = np.full((1, state.held.shape[1], *shape), -1, np.int8)
        potential = np.zeros((1, len(self.convolution.site), *shape), np.int64)
        held[0, :, :ex, :ey, :ez] = state.held[r][(slice(None), *at)]
        potential[0, :, :ex, :ey, :ez] = state.potential[r][(slice(None), *at)]
        return BlockState(
            held=held,
            potential=potential,
            doubled=np.zeros(1, np.int64),
            number=state.number[r : r + 1].copy(),
            energy=np.zeros(1),
            rng=state.rng[r : r + 1].copy(),
            rung=np.zeros(1, np.int32),
            replica=np.zeros(1, np.int32),
            tally=np.zeros((1, TALLY_COLUMNS), np.int64),
            scratch=nothing_pending(1),
        )


def regions_of(
    whole: Convolution, pair: FloatArray, near: Near, states: tuple[int, ...], side: int = SIDE
) -> Regions | None:
    """Regions of a crystal with pair energies (M, M, Lx, Ly, Lz); None where it is too small.

    Parameters
    ----------
    side
        Cells of a region along each axis that is longer than twice that.
    """
    axes = storage((pair.shape[2], pair.shape[3], pair.shape[4]))
    stored = pair.transpose(0, 1, *(2 + axis for axis in axes))
    region = [n if n <= 2 * side else side for n in stored.shape[2:]]
    around = [n if n == m else 2 * m for n, m in zip(stored.shape[2:], region, strict=True)]
    if np.prod(stored.shape[2:]) < LEAST_GAIN * np.prod(around):
        return None
    for axis, (n, m) in enumerate(zip(stored.shape[2:], region, strict=True), 2):
        if m == n:
            continue
        apart = np.arange(2 * m)
        apart[m:] -= 2 * m
        stored = np.take(stored, apart % n, axis=axis)
        # no two cells of a region are that far apart
        np.moveaxis(stored, axis, 0)[m] = 0.0
    turned = [(offsets[:, axes], wells) for offsets, wells in near]
    quantum = whole.tables.quantum
    tables = build_block_tables(stored, states, turned, _triple(region), quantum)
    convolution = build_convolution(tables, stored, np.zeros((len(pair), 1, 1, 1)), states)
    return Regions(tables, convolution, whole, usual_budget(tables))


def _triple(numbers: Sequence[int]) -> tuple[int, int, int]:
    x, y, z = numbers
    return x, y, z
