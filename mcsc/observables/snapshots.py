"""Snapshots of carriers, and what several series of them have in common, each found once."""

from functools import cached_property
from typing import Any

import numpy as np
import numpy.typing as npt

from mcsc.arrays import ComplexArray, FloatArray
from mcsc.observables.layers import cell_waves, layer_waves, stacking, sublattice_vectors
from mcsc.observables.probe import Probe


class Snapshots:
    """Some snapshots of one crystal.

    carriers: (n, N) state number of each carrier, −1 for none.
    room: N: all carriers, or where their number is not fixed the number of wells.
    """

    def __init__(self, probe: Probe, carriers: npt.NDArray[np.int32]) -> None:
        self.probe, self.carriers, self.room = probe, carriers, carriers.shape[1]

    @cached_property
    def share(self) -> FloatArray:
        """(n, M) carriers in each state of the cell, over N."""
        # what is no carrier, −1, counts as a further state, which nobody looks at
        n, n_states = len(self.carriers), len(self.probe.base)
        m = np.full(self.probe.numbers.size + 1, n_states)
        m[self.probe.numbers] = np.arange(n_states)[:, None, None, None]
        rows = np.arange(n)[:, None] * (n_states + 1)
        counts = np.bincount((rows + m[self.carriers]).ravel(), minlength=n * (n_states + 1))
        return np.asarray(counts.reshape(n, -1)[:, :n_states].astype(np.float64) / self.room)

    @cached_property
    def by_cell(self) -> FloatArray:
        """(n, M, Lx, Ly, Lz) carriers in each state of the supercell, 0 or 1."""
        numbers = self.probe.numbers
        occupied = np.zeros((len(self.carriers), numbers.size + 1))
        np.put_along_axis(occupied, self.carriers, 1.0, axis=1)
        return occupied[:, numbers.reshape(-1)].reshape(-1, *numbers.shape)

    @cached_property
    def cell_waves(self) -> ComplexArray:
        """(n, M, cells) see :func:`mcsc.observables.layers.cell_waves`."""
        return cell_waves(self.by_cell)

    @cached_property
    def layer_waves(self) -> ComplexArray:
        """(n, layers, P) density waves of each layer over its mean number of carriers."""
        waves = layer_waves(self.probe, self.cell_waves)
        return np.asarray(waves * (self.probe.n_layers / self.room))

    @cached_property
    def sublattice_vectors(self) -> list[FloatArray]:
        """Of each way in which wells of a cell can order (n, layers, B), see there."""
        on_well = self._by_layer() * (self.probe.n_layers / self.room)
        return [sublattice_vectors(on_well, wells) for wells in self.probe.sublattices]

    @cached_property
    def stacking(self) -> dict[str, npt.NDArray[np.float32]]:
        """See :func:`mcsc.observables.layers.stacking`."""
        return stacking(self.probe, self.layer_waves, self.sublattice_vectors)

    def _by_layer(self) -> FloatArray:
        """(n, layers, B) carriers of each layer on each well of the cell."""
        probe, n = self.probe, len(self.carriers)
        n_heights = probe.n_layers // probe.n_sheets
        cells = self.by_cell.reshape(*self.by_cell.shape[:2], -1)
        at_height = cells @ np.eye(n_heights)[probe.cell_height]
        on_well: npt.NDArray[Any] = np.zeros((n, n_heights, probe.n_sheets, len(probe.orbit)))
        for m, well in enumerate(probe.base):
            rows = np.roll(at_height[:, m], probe.height[well], axis=1)
            on_well[:, :, probe.sheet[well], well] += rows
        return on_well.reshape(n, probe.n_layers, -1)
