"""The largest charge order that a number of carriers can have in one channel.

Exact, by convexity: m² is a convex function of the occupations, so it is largest at a corner of
what is possible. Of one wave that is an arc: the wells whose phases lie nearest to some direction.
Of order among the wells of a cell all wells are full or empty but one.
"""

from collections.abc import Iterator
from dataclasses import dataclass, field

import numpy as np
import numpy.typing as npt

from mcsc.arrays import ComplexArray, FloatArray, IntArray
from mcsc.observables.probe import Channel, Probe

# of the square of the number of carriers; less is rounding
_NOTHING = 1e-18


@dataclass(frozen=True, eq=False)
class Saturation:
    """Largest charge order of any number of carriers at the centres of the wells.

    Like layers hold equal numbers of carriers, as nearly as these divide: charges that gather in
    some layers could have more order and never do. Unlike layers share as is best.

    kinds: One for each kind of layer.
    n_layers: Layers of all kinds in the supercell.
    """

    kinds: tuple["_Like", ...]
    n_layers: int

    def __call__(self, number: npt.ArrayLike) -> FloatArray:
        """Charge order in perfect order with so many carriers.

        number: (...) carriers in the supercell. Where it is a mean, m² N² is interpolated between
            the whole numbers next to it.

        Returns: (...) numbers, NaN where nothing can order or the number is NaN.
        """
        given = np.asarray(number, dtype=np.float64)
        found = np.array([self._one(float(n)) for n in given.ravel()])
        return found.reshape(given.shape)

    def _one(self, number: float) -> float:
        if not 0 < number <= sum(kind.room for kind in self.kinds):
            return float("nan")
        low = int(number)
        squared = self._best(low)
        if number > low:
            squared += (number - low) * (self._best(low + 1) - squared)
        if squared <= _NOTHING * number**2:
            return float("nan")
        return float(np.sqrt(squared * self.n_layers) / number)

    def _best(self, number: int) -> float:
        """Largest sum over the layers of m² times the square of their carriers."""
        first, *others = self.kinds
        if not others:
            return first.shared(number)
        best = np.array([first.shared(n) for n in range(first.room + 1)])
        for kind in others:
            own = np.array([kind.shared(n) for n in range(kind.room + 1)])
            both = np.full(len(best) + kind.room, -np.inf)
            for n, value in enumerate(own):
                both[n : n + len(best)] = np.maximum(both[n : n + len(best)], best + value)
            best = both
        return float(best[number])


@dataclass(frozen=True, eq=False)
class _Like:
    """Layers of one kind: ``sheets`` that symmetry carries into each other, ``count`` of each."""

    sheets: "tuple[_Wave | _Sublattices, ...]"
    count: int
    n_wells: int
    known: dict[int, list[float]] = field(default_factory=dict, init=False)

    @property
    def room(self) -> int:
        return self.count * len(self.sheets) * self.n_wells

    def shared(self, number: int) -> float:
        """Sum over the layers of m² times the square of their carriers, shared evenly."""
        each, more = divmod(number, self.count * len(self.sheets))
        lower = self._largest(each)
        total = self.count * sum(lower)
        if more:
            gains = np.subtract(self._largest(each + 1), lower)
            total += float(np.sort(np.repeat(gains, self.count))[-more:].sum())
        return total

    def _largest(self, number: int) -> list[float]:
        if number not in self.known:
            self.known[number] = [sheet.largest(number) for sheet in self.sheets]
        return self.known[number]


@dataclass(frozen=True, eq=False)
class _Wave:
    """Wells of a layer by exp(−iq·R): ``sums`` of the first n, for n up to twice around."""

    sums: ComplexArray

    def largest(self, number: int) -> float:
        """Largest m² of the layer with so many carriers, times the square of their number."""
        starts = len(self.sums) // 2
        return float((np.abs(self.sums[number:][:starts] - self.sums[:starts]) ** 2).max())


@dataclass(frozen=True, eq=False)
class _Sublattices:
    """``cells`` of a layer, in each of which wells order in groups of these ``sizes``."""

    cells: int
    sizes: tuple[int, ...]

    def largest(self, number: int) -> float:
        """As :meth:`_Wave.largest`."""
        full, rest = divmod(number, self.cells)
        # (full wells, whether the one that is partly filled is among them) so far
        best = {(0, False): 0.0}
        for size in self.sizes:
            reached: dict[tuple[int, bool], float] = {}
            for (before, used), value in best.items():
                for n, partly in _fillings(size, full - before, rest > 0 and not used):
                    filled = np.array([self.cells] * n + [rest] * partly + [0] * size)[:size]
                    factor = size / (size - 1) if size > 1 else 0.0
                    total = value + factor * float(((filled - filled.mean()) ** 2).sum())
                    key = (before + n, used or partly)
                    reached[key] = max(total, reached.get(key, total))
            best = reached
        return best[full, rest > 0]


def _fillings(size: int, most: int, may_be_partly: bool) -> Iterator[tuple[int, bool]]:
    """Full wells in a group of ``size``, and whether one more is partly filled."""
    for partly in (False, True)[: 1 + may_be_partly]:
        for n in range(min(most, size - partly) + 1):
            yield n, partly


def saturation_of(probe: Probe, channel: Channel) -> Saturation:
    """Largest charge order in one channel of :func:`mcsc.observables.channels`."""
    n_heights = probe.n_layers // probe.n_sheets
    alike: dict[tuple[int, ...], list[IntArray]] = {}
    for sheet in range(probe.n_sheets):
        wells = np.flatnonzero(probe.sheet == sheet)
        alike.setdefault(tuple(sorted(probe.orbit[wells])), []).append(wells)
    cells = len(probe.cell_height) // n_heights
    kinds = []
    for orbits, sheets in alike.items():
        own = tuple(_sheet(probe, channel, wells, cells) for wells in sheets)
        kinds.append(_Like(own, n_heights, len(orbits) * cells))
    return Saturation(tuple(kinds), probe.n_layers)


def _sheet(probe: Probe, channel: Channel, wells: IntArray, cells: int) -> _Wave | _Sublattices:
    if len(channel.members) == 0:
        sizes = np.unique(channel.wells[wells], return_counts=True)[1]
        return _Sublattices(cells, tuple(sizes.tolist()))
    phases = _phases(probe, int(channel.members[0]), wells)
    ordered = phases[np.argsort(np.angle(phases), kind="stable")]
    return _Wave(np.concatenate([[0.0], np.cumsum(np.concatenate([ordered, ordered]))]))


def _phases(probe: Probe, member: int, wells: IntArray) -> ComplexArray:
    """exp(−iq·R) of the centres of some wells of the cell throughout one layer."""
    size = probe.numbers.shape[1:]
    turns = np.array(np.unravel_index(probe.order.rods[member, 0], size)) / size
    places = np.stack(np.unravel_index(np.flatnonzero(probe.cell_height == 0), size), axis=1)
    centres = np.searchsorted(probe.base, wells)
    within = probe.order_phases[centres, member]
    return np.asarray(np.outer(within, np.exp(-2j * np.pi * places @ turns)).ravel())
