"""From snapshots of carriers to time series: density waves by FFT, occupations, displacements."""

import numpy as np
import numpy.typing as npt
from scipy import fft

from mcsc.observables.probe import Probe

FloatArray = npt.NDArray[np.float64]
IntArray = npt.NDArray[np.int64]
ComplexArray = npt.NDArray[np.complex128]

# snapshots transformed at once are bounded by this many complex numbers
_CHUNK = 1 << 22


def measure(probe: Probe, carriers: npt.NDArray[np.int32]) -> dict[str, npt.NDArray[np.float64]]:
    """Measure snapshots.

    Parameters
    ----------
    carriers
        (n, T, N) state number of each carrier.

    Returns
    -------
    Series with leading dimensions (n, T):

    structure_factor
        (n, T, Q) |Σ_i exp(−iq·r_i)|² / N.
    order_squared
        (n, T, layers, channels) m² of every channel of :func:`channels`, in each layer.
    occupation
        (n, T, kinds) share of the carriers in each kind of well.
    displacement
        (n, T, 3) U = Σ_i u_i / N, length.
    displacement_squared, transverse_squared
        (n, T) Σ_i |u_i|² / N and Σ_i |u_i⊥|² / N, length².
    """
    n, n_temperatures, n_carriers = carriers.shape
    flat = carriers.reshape(-1, n_carriers)
    m = np.empty(probe.numbers.size, np.int64)
    m[probe.numbers] = np.arange(len(probe.base))[:, None, None, None]
    share = _counts(m[flat], len(probe.base)) / n_carriers
    intensity = np.empty((len(flat), len(probe.q)))
    n_channels = len(probe.sublattices) + len(probe.stars)
    squared = np.empty((len(flat), probe.n_layers, n_channels))
    step = max(1, _CHUNK // (len(probe.base) * len(probe.q)))
    for begin in range(0, len(flat), step):
        part = slice(begin, begin + step)
        occupied = np.zeros((len(flat[part]), probe.numbers.size))
        np.put_along_axis(occupied, flat[part], 1.0, axis=1)
        by_cell = occupied[:, probe.numbers.reshape(-1)].reshape(-1, *probe.numbers.shape)
        intensity[part] = np.abs(_density_waves(probe, by_cell)) ** 2 / n_carriers
        squared[part] = _order_squared(probe, by_cell, intensity[part] / n_carriers)
    u = probe.displacements
    across = u - np.outer(u @ probe.direction, probe.direction)
    series = {
        "structure_factor": intensity,
        "order_squared": squared,
        "occupation": share @ np.eye(probe.kind.max() + 1)[probe.kind],
        "displacement": share @ u,
        "displacement_squared": share @ (u**2).sum(axis=1),
        "transverse_squared": share @ (across**2).sum(axis=1),
    }
    return {name: a.reshape(n, n_temperatures, *a.shape[1:]) for name, a in series.items()}


def _counts(in_cell: IntArray, n_states: int) -> FloatArray:
    """(n, M) carriers in each state of the cell."""
    rows = np.arange(len(in_cell))[:, None] * n_states
    flat = np.bincount((rows + in_cell).ravel(), minlength=len(in_cell) * n_states)
    return flat.reshape(len(in_cell), n_states).astype(np.float64)


def _density_waves(probe: Probe, by_cell: FloatArray) -> ComplexArray:
    """(n, Q) ρ_q = Σ_i exp(−iq·r_i) of occupations (n, M, Lx, Ly, Lz), one FFT a state."""
    waves = fft.fftn(by_cell, axes=(2, 3, 4)).reshape(len(by_cell), len(probe.base), -1)
    total = np.zeros((len(by_cell), len(probe.q)), dtype=np.complex128)
    for m, phase in enumerate(probe.phases):
        total += waves[:, m, probe.grid] * phase
    return total


def _order_squared(probe: Probe, by_cell: FloatArray, per_carrier: FloatArray) -> FloatArray:
    """(n, layers, channels) m² of the sublattices, then of the stars, in each layer.

    Of a star Σ_q |ρ_q|²/N², averaged over members that are the same density wave. Order among
    n_o wells of the cell is m² = n_o/(n_o − 1) Σ_b (N_b − mean)²/N², which is 1 with all
    carriers on one of them, and |ρ_G|²/N² of three sublattices at 120°. In layers N is the mean
    number of carriers a layer.
    """
    n = len(by_cell)
    n_carriers = by_cell[0].sum()
    split = by_cell.reshape(*by_cell.shape[:4], probe.n_layers, -1)
    columns = []
    on_state = split.sum(axis=(2, 3, 5)) * (probe.n_layers / n_carriers)
    on_well = np.einsum("nml,mb->nlb", on_state, np.eye(len(probe.orbit))[probe.base])
    for wells in probe.sublattices:
        total = np.zeros((n, probe.n_layers))
        numbers, counts = np.unique(wells, return_counts=True)
        for number, count in zip(numbers[counts > 1], counts[counts > 1], strict=True):
            part = on_well[:, :, wells == number]
            total += count * part.var(axis=2) * count / (count - 1)
        columns.append(total)
    if probe.n_layers > 1:
        scale = (probe.n_layers / n_carriers) ** 2
        waves = _layer_waves(probe, by_cell)
        columns += [scale * waves[:, :, star.members] @ star.weights for star in probe.stars]
    else:
        columns += [(per_carrier[:, star.members] @ star.weights)[:, None] for star in probe.stars]
    return np.stack(columns, axis=2) if columns else np.zeros((n, probe.n_layers, 0))


def _layer_waves(probe: Probe, by_cell: FloatArray) -> FloatArray:
    """(n, Lz, Q) |Σ_i exp(−iq·r_i)|² over the carriers of each layer; zero unless l = 0."""
    n, n_states, nx, ny, nz = by_cell.shape
    planar = np.nonzero(probe.q[:, 2] == 0)[0]
    grid = probe.grid[planar] // nz
    waves = fft.fftn(by_cell, axes=(2, 3)).reshape(n, n_states, nx * ny, nz)
    total = np.zeros((n, len(planar), nz), dtype=np.complex128)
    for m in range(n_states):
        total += waves[:, m, grid] * probe.phases[m, planar, None]
    intensity = np.zeros((n, nz, len(probe.q)))
    intensity[:, :, planar] = np.abs(total.transpose(0, 2, 1)) ** 2
    return intensity
