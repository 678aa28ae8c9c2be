"""The potential of all carriers by fast Fourier transforms, exact in whole quanta.

The potential is a convolution of the pair energies, which are whole numbers, with the occupations:
whole numbers too. Transforms in double precision are off by little enough that rounding gives them
exactly; how far they are from whole numbers is checked every time.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any

import numpy as np
import numpy.typing as npt
from scipy import fft

from mcsc.arrays import ComplexArray, IntArray
from mcsc.kernels.block_tables import BlockState, BlockTables, storage
from mcsc.kernels.tables import FloatArray

# of a quantum: farther from whole numbers than this, rounding could go wrong
MOST_RESIDUE = 0.25


@dataclass(frozen=True, eq=False)
class Convolution:
    """Potentials of carriers of one Hamiltonian.

    tables: As the visits have them.
    spectrum: (M, M, X, Y, Z/2 + 1) transform of the pair energies in units of the quantum; real
        where there is one state a cell, for the table is then the same at d and −d.
    site: (M, X, Y, Z) energies of lone carriers in units of the quantum.
    states_per_well: Number of states of each well of the cell.
    rooms: Arrays that are not in use.
    """

    tables: BlockTables
    spectrum: npt.NDArray[np.number]
    site: IntArray
    states_per_well: tuple[int, ...]
    rooms: list[tuple[FloatArray, ComplexArray]] = field(default_factory=list, repr=False)

    def refresh(self, state: BlockState, r: int) -> None:
        """Bring what is pending for replica r into its potential."""
        from mcsc.kernels import pending

        if not state.scratch.counts[r, 0]:
            return
        with self._room() as (occupied, waves):
            pending.scatter(self.tables, state.scratch, r, occupied)
            self._add(state, r, occupied, waves)

    def rebuild(self, state: BlockState, r: int) -> None:
        """Potential and energy of replica r from its carriers alone."""
        state.scratch.counts[r] = 0
        state.potential[r] = self.site
        with self._room() as (occupied, waves):
            for base, m, s in self._states():
                occupied[m] = state.held[r, base] == s
            self._add(state, r, occupied, waves)
        doubled = 0
        for base, m, s in self._states():
            here = state.held[r, base] == s
            doubled += int(state.potential[r, m][here].sum() + self.site[m][here].sum())
        state.doubled[r] = doubled
        state.energy[r] = 0.5 * self.tables.quantum * float(doubled)

    def absorb(self, state: BlockState, r: int, at: Any, held: npt.NDArray[np.int8]) -> None:
        """Put what ``held`` has into the wells ``at`` of replica r, and into its potential."""
        with self._room() as (occupied, waves):
            for base, m, s in self._states():
                before = state.held[r, base][at] == s
                occupied[m][at] = (held[base] == s).astype(np.int8) - before
            state.held[r][(slice(None), *at)] = held
            self._add(state, r, occupied, waves)

    def _states(self) -> list[tuple[int, int, int]]:
        """Well of the cell, state of the cell and state of the well, of every state."""
        pairs = ((b, s) for b, n in enumerate(self.states_per_well) for s in range(n))
        return [(b, m, s) for m, (b, s) in enumerate(pairs)]

    @contextmanager
    def _room(self) -> Iterator[tuple[FloatArray, ComplexArray]]:
        """Room for occupations, zero, and waves: to allocate it takes as long as the transforms."""
        n, x, y, z = self.site.shape
        ex, ey, _ = (int(cells) for cells in self.tables.shape[10:])
        try:
            room = self.rooms.pop()
        except IndexError:
            room = np.empty((n, ex, ey, z)), np.empty((n, x, y, z // 2 + 1), np.complex128)
        room[0][:] = 0.0
        yield room
        self.rooms.append(room)

    def _add(self, state: BlockState, r: int, occupied: FloatArray, waves: ComplexArray) -> None:
        """Add the potential of occupations (M, X, Y, Z), which are written over.

        Axis by axis: of a region, what is not in it is zero before and not asked for after.
        """
        from mcsc.kernels import pending

        ex, ey, ez = (int(cells) for cells in self.tables.shape[10:])
        waves[:, ex:], waves[:, :ex, ey:] = 0.0, 0.0
        inside, along = waves[:, :ex], waves[:, :ex, :ey]
        np.fft.rfft(occupied, axis=3, out=along)
        np.fft.fft(inside, axis=2, out=inside)
        np.fft.fft(waves, axis=1, out=waves)
        if len(waves) == 1:
            waves *= self.spectrum[0]
        else:
            total = np.zeros_like(waves)
            for other, row in zip(waves, self.spectrum, strict=True):
                for sums, column in zip(total, row, strict=True):
                    sums += other * column
            waves[:] = total
        np.fft.ifft(waves, axis=1, out=waves)
        np.fft.ifft(inside, axis=2, out=inside)
        np.fft.irfft(along, n=occupied.shape[3], axis=3, out=occupied)
        most = pending.absorb(state.potential[r, :, :ex, :ey, :ez], occupied)
        if not most < MOST_RESIDUE:
            raise ArithmeticError(
                f"potential of {int(state.number[r])} carriers: transforms are {most:.2f} quanta "
                "off whole numbers; take a smaller supercell, or smaller short-range energies"
            )


def build_convolution(
    tables: BlockTables, pair: FloatArray, site: FloatArray, states_per_well: tuple[int, ...]
) -> Convolution:
    """The convolution with pair energies (M, M, Lx, Ly, Lz).

    site: (M, Lx, Ly, Lz) energy of a lone carrier, or anything that broadcasts to it.
    """
    axes = storage((pair.shape[2], pair.shape[3], pair.shape[4]))
    table = np.rint(pair / tables.quantum).transpose(0, 1, *(2 + axis for axis in axes))
    spectrum = fft.rfftn(table, axes=(2, 3, 4), overwrite_x=True)
    if len(pair) == 1:
        spectrum = np.ascontiguousarray(spectrum.real)
    whole = np.rint(site / tables.quantum).astype(np.int64)
    whole = whole.transpose(0, *(1 + axis for axis in axes))
    return Convolution(tables, spectrum, np.broadcast_to(whole, pair.shape[1:2] + table.shape[2:]),
                   states_per_well)  # fmt: skip
