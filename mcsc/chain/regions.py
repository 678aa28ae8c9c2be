"""Block visits that stay in one region of a very large crystal for a while.

The potential of the whole crystal is refreshed once for all visits in a region; in between only
that of the region is, by transforms over twice its length along each axis that it does not fill. So
the time of a visit grows no more with the crystal. Within a large region visits stay in smaller
ones likewise. Where a region lies is drawn, and how many visits it gets fixed, without looking at
the carriers.
"""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from mcsc.arrays import FloatArray, IntArray
from mcsc.chain.convolution import Convolution, build_convolution
from mcsc.kernels.block_tables import (
    BlockState,
    BlockTables,
    box_of,
    build_block_tables,
    in_transforms,
    nothing_pending,
    storage,
    usual_budget,
)
from mcsc.kernels.move_table import TALLY_COLUMNS
from mcsc.kernels.rng import next_word

Near = list[tuple[IntArray, IntArray]]

# cells of a region along an axis, and of one within it; axes less than twice as long are not cut
SIDES = (40, 24)
# sweeps of a region of one cell before another is drawn, to be multiplied by the square of its
# cells along an axis, as the time grows that order takes to change near an ordering temperature;
# in proportion what 8 proposals a well are in boxes
LINGER = 0.125
# where cells are not so many more than transforms of a region are worth, nothing is gained
LEAST_GAIN = 1.5


@dataclass(frozen=True, eq=False)
class Regions:
    """Visits in regions of one crystal, or of a region of it.

    tables, convolution: Of a crystal of twice the region, in which boxes are drawn in the region
        only.
    whole: The potentials of the crystal.
    budget: See :func:`mcsc.kernels.blocks.visits`.
    within: Regions of each of these regions.
    """

    tables: BlockTables
    convolution: Convolution
    whole: Convolution
    budget: float
    within: "Regions | None"

    def visit(
        self,
        visits: Callable[..., int],
        state: BlockState,
        r: int,
        beta: float,
        proposals: IntArray,
        n: int,
        depth: float,
    ) -> None:
        """``n`` of ``visits`` of replica r, ``depth`` proposals a well; nothing is left pending."""
        size, region = self.whole.tables.shape[10:], self.tables.shape[10:]
        wells = int(self.tables.shape[8]) * int(np.prod(region))
        linger = LINGER * float(region[region < size].min()) ** 2
        parts = -int(-n // (linger * wells / (depth * len(self.tables.centre))))
        self.whole.refresh(state, r)
        for i in range(parts):
            each = n * (i + 1) // parts - n * i // parts
            at = self._drawn(state, r)
            inner = self._inside(state, r, at)
            if self.within is not None:
                self.within.visit(visits, inner, 0, beta, proposals, each, depth)
            else:
                done = 0
                while done < each:
                    done += visits(self.tables, inner, 0, beta, proposals, each - done, self.budget)
                    if done < each:
                        self.convolution.refresh(inner, 0)
            state.rng[r], state.doubled[r] = inner.rng[0], state.doubled[r] + inner.doubled[0]
            state.number[r] = inner.number[0]
            state.tally[state.rung[r]] += inner.tally[0]
            self.whole.absorb(state, r, at, inner.held[0])

    def _drawn(self, state: BlockState, r: int) -> Any:
        """The cells of a region along each axis, ready to index the crystal."""
        axes, around = [], self.whole.tables.shape
        for size, whole, region in zip(
            around[10:], around[:3], self.tables.shape[10:], strict=True
        ):
            first = 0
            if region < size == whole:
                first = int(next_word(state.rng[r]) % np.uint64(size))
            elif region < size:
                # often at an end, so that what lies there is visited nearly as often
                span = int(size - region)
                first = int(next_word(state.rng[r]) % np.uint64(span + 1 + 4 * region))
                first = min(max(first - 2 * int(region), 0), span)
            axes.append((first + np.arange(region)) % size)
        return np.ix_(*axes)

    def _inside(self, state: BlockState, r: int, at: Any) -> BlockState:
        """The region of replica r as a state of its own."""
        return BlockState(
            held=np.ascontiguousarray(state.held[r][(slice(None), *at)])[None],
            potential=np.ascontiguousarray(state.potential[r][(slice(None), *at)])[None],
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
    whole: Convolution,
    pair: FloatArray,
    near: Near,
    states: tuple[int, ...],
    sides: Sequence[int] = SIDES,
) -> Regions | None:
    """Regions of a crystal with pair energies (M, M, Lx, Ly, Lz); None where it is too small.

    sides: Cells of a region along each axis at least twice as long, and of those within it.
    """
    axes = storage((pair.shape[2], pair.shape[3], pair.shape[4]))
    turned = [(offsets[:, axes], wells) for offsets, wells in near]
    return _nested(whole, pair.transpose(0, 1, *(2 + axis for axis in axes)), turned, states, sides)


def _nested(
    whole: Convolution,
    stored: FloatArray,
    near: Near,
    states: tuple[int, ...],
    sides: Sequence[int],
) -> Regions | None:
    """Regions with the largest of ``sides`` that pays; ``stored`` as ``pair``, axes as stored."""
    if not sides:
        return None
    side, *further = sides
    size, inside = _triple(stored.shape[2:]), _triple(whole.tables.shape[10:])
    region = _triple(
        side if (n >= 2 * side if n == m else m > side) else m
        for n, m in zip(size, inside, strict=True)
    )
    around = _triple(n if m == n else min(n, 2 * m) for n, m in zip(size, region, strict=True))
    gain = in_transforms(size, inside) / in_transforms(around, region)
    if gain < LEAST_GAIN or box_of(around, len(stored), region) is None:
        return _nested(whole, stored, near, states, further)
    for axis, (n, m, cells) in enumerate(zip(size, around, region, strict=True), 2):
        if m == n:
            continue
        apart = np.arange(m)
        apart[cells:] -= m
        stored = np.take(stored, apart % n, axis=axis)
        # no two cells of a region are that far apart
        np.moveaxis(stored, axis, 0)[cells] = 0.0
    tables = build_block_tables(stored, states, near, region, whole.tables.quantum)
    convolution = build_convolution(tables, stored, np.zeros((len(stored), 1, 1, 1)), states)
    within = _nested(convolution, stored, near, states, further)
    return Regions(tables, convolution, whole, usual_budget(tables), within)


def _triple(numbers: Iterable[Any]) -> tuple[int, int, int]:
    x, y, z = (int(n) for n in numbers)
    return x, y, z
