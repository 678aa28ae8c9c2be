"""From snapshots of carriers to time series: density waves by FFT, occupations, displacements."""

from typing import Any

import numpy as np
import numpy.typing as npt

from mcsc.observables.layers import stacking, sublattice_vectors
from mcsc.observables.probe import Probe
from mcsc.observables.star_order import star_squared
from mcsc.observables.waves import cell_waves, density_waves, layer_waves

FloatArray = npt.NDArray[np.float64]
IntArray = npt.NDArray[np.int64]
ComplexArray = npt.NDArray[np.complex128]
AnyFloats = npt.NDArray[np.floating[Any]]

# snapshots transformed at once are bounded by this many complex numbers
_CHUNK = 1 << 22


def measure(probe: Probe, carriers: npt.NDArray[np.int32]) -> dict[str, AnyFloats]:
    """Measure snapshots.

    Parameters
    ----------
    carriers
        (n, T, N) state number of each carrier; −1 for none, where their number is not fixed. N
        below is then the room for carriers, the number of wells.

    Returns
    -------
    Series with leading dimensions (n, T):

    structure_factor
        (n, T, Q) |Σ_i exp(−iq·r_i)|² / N.
    wave_squared
        (n, T, P) |Σ_i exp(−iq·r_i)|² / N² at the wavevectors of order; in a layered crystal i and N
        are the carriers of a layer, N the mean over the layers, and so is the result.
    order_squared
        (n, T, layers, channels) m² of every channel of :func:`channels`, in each layer.
    occupation
        (n, T, kinds) share of the carriers in each kind of well.
    displacement
        (n, T, 3) U = Σ_i u_i / N, length.
    displacement_squared, transverse_squared
        (n, T) Σ_i |u_i|² / N and Σ_i |u_i⊥|² / N, length².
    layer_product, layer_amplitude, layer_phase
        (n, T, d, channels), only where layers order each for itself: see
        :func:`mcsc.observables.layers.stacking`.
    star_squared
        (n, T, stars), only where there are Stars of David: see
        :func:`mcsc.observables.star_order.star_squared`.
    """
    n, n_temperatures, n_carriers = carriers.shape
    flat = carriers.reshape(-1, n_carriers)
    n_states = len(probe.base)
    # what is no carrier, −1, counts as a further state, which nobody looks at
    m = np.full(probe.numbers.size + 1, n_states)
    m[probe.numbers] = np.arange(n_states)[:, None, None, None]
    share = _counts(m[flat], n_states + 1)[:, :n_states] / n_carriers
    step = max(1, _CHUNK // (n_states * len(probe.q)))
    parts = [_waves(probe, flat[i : i + step]) for i in range(0, len(flat), step)]
    u = probe.displacements
    across = u - np.outer(u @ probe.direction, probe.direction)
    series = {
        **{name: np.concatenate([part[name] for part in parts]) for name in parts[0]},
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


def _waves(probe: Probe, carriers: npt.NDArray[np.int32]) -> dict[str, AnyFloats]:
    """The series of (n, N) carriers that are found from density waves."""
    n_carriers = carriers.shape[1]
    occupied = np.zeros((len(carriers), probe.numbers.size + 1))
    np.put_along_axis(occupied, carriers, 1.0, axis=1)
    by_cell = occupied[:, probe.numbers.reshape(-1)].reshape(-1, *probe.numbers.shape)
    waves = cell_waves(by_cell)
    layered = layer_waves(probe, waves) * (probe.n_layers / n_carriers)
    series: dict[str, AnyFloats] = {
        "structure_factor": np.abs(density_waves(probe, waves)) ** 2 / n_carriers,
        "wave_squared": (np.abs(layered) ** 2).mean(axis=1),
    }
    series.update(_order(probe, by_cell, layered, n_carriers))
    if probe.in_star.any() and probe.order.stars:
        series["star_squared"] = star_squared(probe, waves, n_carriers)
    return series


def _order(
    probe: Probe, by_cell: FloatArray, waves: ComplexArray, n_carriers: int
) -> dict[str, AnyFloats]:
    """m² (n, layers, channels) of the sublattices, then of the stars, and the stacking of layers.

    Of a star Σ_q |ρ_q|²/N², averaged over members that are the same density wave. Order among
    n_o wells of the cell is m² = n_o/(n_o − 1) Σ_b (N_b − mean)²/N², which is 1 with all
    carriers on one of them, and |ρ_G|²/N² of three sublattices at 120°. In layers N is the mean
    number of carriers a layer.
    """
    on_well = _by_layer(probe, by_cell) * (probe.n_layers / n_carriers)
    vectors = [sublattice_vectors(on_well, wells) for wells in probe.sublattices]
    columns = [(vector**2).sum(axis=2) for vector in vectors]
    intensity = np.abs(waves) ** 2
    columns += [intensity[:, :, star.members] @ star.weights for star in probe.order.stars]
    empty = np.zeros((len(by_cell), probe.n_layers, 0))
    series: dict[str, AnyFloats] = {
        "order_squared": np.stack(columns, axis=2) if columns else empty
    }
    if probe.n_layers > 1:
        series.update(stacking(probe, waves, vectors))
    return series


def _by_layer(probe: Probe, by_cell: FloatArray) -> FloatArray:
    """(n, layers, B) carriers of each layer on each well of the cell, from (n, M, Lx, Ly, Lz)."""
    n, n_heights = len(by_cell), probe.n_layers // probe.n_sheets
    at_height = by_cell.reshape(*by_cell.shape[:2], -1) @ np.eye(n_heights)[probe.cell_height]
    on_well = np.zeros((n, n_heights, probe.n_sheets, len(probe.orbit)))
    for m, well in enumerate(probe.base):
        rows = np.roll(at_height[:, m], probe.height[well], axis=1)
        on_well[:, :, probe.sheet[well], well] += rows
    return on_well.reshape(n, probe.n_layers, -1)
