"""Density waves of the carriers at their real, displaced positions, by FFT over the cells."""

import numpy as np
import numpy.typing as npt
from scipy import fft

from mcsc.observables.probe import Probe

FloatArray = npt.NDArray[np.float64]
ComplexArray = npt.NDArray[np.complex128]


def cell_waves(by_cell: FloatArray) -> ComplexArray:
    """(n, M, cells) FFT over the cells of occupations (n, M, Lx, Ly, Lz), state by state."""
    return np.asarray(fft.fftn(by_cell, axes=(2, 3, 4)).reshape(*by_cell.shape[:2], -1))


def density_waves(probe: Probe, waves: ComplexArray) -> ComplexArray:
    """(n, Q) ρ_q = Σ_i exp(−iq·r_i) at all wavevectors, of :func:`cell_waves`."""
    total = np.zeros((len(waves), len(probe.q)), dtype=np.complex128)
    for m, phase in enumerate(probe.phases):
        part = waves[:, m].take(probe.grid, axis=1)
        part *= phase
        total += part
    return total


def layer_waves(probe: Probe, waves: ComplexArray) -> ComplexArray:
    """(n, layers, P) the same of the carriers of each layer, at the wavevectors of order.

    The wave of a layer is the sum over the rod, turned back from layer to layer. Its phase is that
    in the coordinates of the supercell: positions along oblique axes are still to be turned by
    ``OrderWaves.twist`` from layer to layer.
    """
    order = probe.order
    total = np.zeros((len(waves), probe.n_sheets, *order.rods.shape), dtype=np.complex128)
    for m, phase in enumerate(probe.order_phases):
        well = probe.base[m]
        factor = phase[:, None]
        if probe.height[well]:
            factor = factor * np.exp(-2j * np.pi * probe.height[well] * order.turn)
        part = waves[:, m].take(order.rods, axis=1)
        part *= factor
        total[:, probe.sheet[well]] += part
    if order.rods.shape[1] > 1:
        total = np.asarray(fft.ifft(total, axis=3, overwrite_x=True))
    return total.transpose(0, 3, 1, 2).reshape(len(waves), probe.n_layers, -1)
