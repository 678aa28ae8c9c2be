"""Density waves of the carriers at their real, displaced positions, by FFT over the cells."""

import numpy as np
import numpy.typing as npt
from scipy import fft

from mcsc.observables.probe import Probe

FloatArray = npt.NDArray[np.float64]
IntArray = npt.NDArray[np.int64]
ComplexArray = npt.NDArray[np.complex128]


def density_waves(probe: Probe, by_cell: FloatArray) -> ComplexArray:
    """(n, Q) ρ_q = Σ_i exp(−iq·r_i) of occupations (n, M, Lx, Ly, Lz), one FFT a state."""
    waves = fft.fftn(by_cell, axes=(2, 3, 4)).reshape(*by_cell.shape[:2], -1)
    total = np.zeros((len(by_cell), len(probe.q)), dtype=np.complex128)
    for m, phase in enumerate(probe.phases):
        total += waves[:, m, probe.grid] * phase
    return total


def planar(probe: Probe) -> IntArray:
    """(P,) wavevectors in the plane of the layers, l = 0."""
    return np.nonzero(probe.q[:, 2] == 0)[0]


def layer_waves(probe: Probe, by_cell: FloatArray) -> ComplexArray:
    """(n, Lz, P) the same of the carriers of each layer, for the :func:`planar` wavevectors."""
    n, n_states, nx, ny, nz = by_cell.shape
    members = planar(probe)
    grid = probe.grid[members] // nz
    waves = fft.fftn(by_cell, axes=(2, 3)).reshape(n, n_states, nx * ny, nz)
    total = np.zeros((n, len(members), nz), dtype=np.complex128)
    for m in range(n_states):
        total += waves[:, m, grid] * probe.phases[m, members, None]
    return total.transpose(0, 2, 1)


def on_all_wavevectors(probe: Probe, values: FloatArray) -> FloatArray:
    """(n, Lz, Q) values (n, Lz, P) of :func:`planar` wavevectors, zero at all others."""
    n, n_layers, _ = values.shape
    full = np.zeros((n, n_layers, len(probe.q)))
    full[:, :, planar(probe)] = values
    return full
