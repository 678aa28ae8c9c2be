"""Density waves of the carriers, of the crystal and of each layer; how layers follow each other.

Waves are those of the real, displaced positions, by FFT over the cells.
"""

import numpy as np
import numpy.typing as npt
from scipy import fft

from mcsc.arrays import ComplexArray, FloatArray, IntArray
from mcsc.observables.probe import Probe


def sublattice_vectors(on_well: FloatArray, wells: IntArray) -> FloatArray:
    """Order among the wells of one cell as a vector whose square is m².

    on_well: (n, layers, B) carriers of a layer on each well of the cell, over the carriers a layer.
    wells: (B,) wells of one number order among each other.

    Returns: (n, layers, B) deviations from the mean of n_o equal wells, times (n_o/(n_o − 1))^½;
        zero on a well that is alone.
    """
    vectors = np.zeros_like(on_well)
    for number, count in zip(*np.unique(wells, return_counts=True), strict=True):
        if count == 1:
            continue
        part = on_well[:, :, wells == number]
        deviation = part - part.mean(axis=2, keepdims=True)
        vectors[:, :, wells == number] = np.sqrt(count / (count - 1)) * deviation
    return vectors


def stacking(
    probe: Probe, waves: ComplexArray, vectors: list[FloatArray]
) -> dict[str, npt.NDArray[np.float32]]:
    """How the order of a layer follows that of the layer d below, d = 1 … layers // 2.

    waves: (n, layers, P) from :func:`layer_waves`, over the carriers a layer.
    vectors: :func:`sublattice_vectors` of each way in which wells of one cell can order.

    Returns: Series (n, d, channels), channels in the order of :func:`mcsc.observables.channels`,
        averaged over the layers:

    layer_product: Σ_q w_q Re ρ_{l+d}(q) ρ_l(q)*, with the weights of the orbit; m² at d = 0.
    layer_amplitude: Σ_q w_q |ρ_{l+d}(q) ρ_l(q)|.
    layer_phase: The same with each term times its phase difference over π, from 0 to 1.

    Of order among the wells of one cell the scalar product of the two vectors of deviations, the
    product of their lengths, and the angle between them; of three wells that is the phase of ρ_G.
    """
    n, n_layers, _ = waves.shape
    distances = range(1, n_layers // 2 + 1)
    n_channels = len(vectors) + len(probe.order.orbits)
    found = np.zeros((3, n, len(distances), n_channels), np.float32)
    weights = _orbit_weights(probe)
    for i, d in enumerate(distances):
        # how much higher the other layer of a pair is, also across the border of the supercell
        rise = (np.arange(n_layers) + d) // probe.n_sheets - np.arange(n_layers) // probe.n_sheets
        turned = np.exp(-2j * np.pi * np.outer(rise, probe.order.twist))
        pair = np.roll(waves, -d, axis=1) * turned * waves.conj()
        size = np.abs(pair)
        phase = size * np.abs(np.arctan2(pair.imag, pair.real)) / np.pi
        for k, values in enumerate((pair.real, size, phase)):
            found[k, :, i, len(vectors) :] = values.mean(axis=1) @ weights
        for j, vector in enumerate(vectors):
            found[:, :, i, j] = _between(vector, np.roll(vector, -d, axis=1))
    return dict(zip(("layer_product", "layer_amplitude", "layer_phase"), found, strict=True))


def _orbit_weights(probe: Probe) -> FloatArray:
    """(P, orbits) weight of each wavevector of order in each orbit."""
    weights = np.zeros((len(probe.order.q), len(probe.order.orbits)))
    for i, orbit in enumerate(probe.order.orbits):
        weights[orbit.members, i] = orbit.weights
    return weights


def _between(one: FloatArray, other: FloatArray) -> FloatArray:
    """(3, n) scalar product, product of lengths, and that times the angle over π; layer means."""
    product = (one * other).sum(axis=2)
    size = np.linalg.norm(one, axis=2) * np.linalg.norm(other, axis=2)
    cosine = product / np.where(size > 0, size, 1.0)
    phase = size * np.arccos(np.clip(cosine, -1.0, 1.0)) / np.pi
    return np.stack([product.mean(axis=1), size.mean(axis=1), phase.mean(axis=1)])


def cell_waves(by_cell: FloatArray) -> ComplexArray:
    """(n, M, cells) FFT over the cells of occupations (n, M, Lx, Ly, Lz), state by state."""
    return np.asarray(fft.fftn(by_cell, axes=(2, 3, 4)).reshape(*by_cell.shape[:2], -1))


def density_waves(probe: Probe, waves: ComplexArray) -> ComplexArray:
    """(n, Q) ρ_q = Σ_i exp(−iq·r_i) at all wavevectors, of :func:`cell_waves`."""
    total = np.zeros((len(waves), len(probe.q)), dtype=np.complex128)
    for m, phase in enumerate(probe.phases):
        part = waves[:, m].take(probe.wave_index, axis=1)
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
