"""From snapshots of carriers to time series: density waves by FFT, occupations, displacements."""

from typing import Any

import numpy as np
import numpy.typing as npt

from mcsc.observables.layers import stacking, sublattice_vectors
from mcsc.observables.probe import Probe
from mcsc.observables.star_order import star_squared
from mcsc.observables.waves import density_waves, layer_waves, on_all_wavevectors

FloatArray = npt.NDArray[np.float64]
IntArray = npt.NDArray[np.int64]
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
    intensity = np.abs(density_waves(probe, by_cell)) ** 2 / n_carriers
    series = {"structure_factor": intensity}
    series.update(_order(probe, by_cell, intensity / n_carriers, n_carriers))
    if probe.in_star.any() and probe.stars:
        series["star_squared"] = star_squared(probe, by_cell, n_carriers)
    return series


def _order(
    probe: Probe, by_cell: FloatArray, per_carrier: FloatArray, n_carriers: int
) -> dict[str, AnyFloats]:
    """m² (n, layers, channels) of the sublattices, then of the stars, and the stacking of layers.

    Of a star Σ_q |ρ_q|²/N², averaged over members that are the same density wave. Order among
    n_o wells of the cell is m² = n_o/(n_o − 1) Σ_b (N_b − mean)²/N², which is 1 with all
    carriers on one of them, and |ρ_G|²/N² of three sublattices at 120°. In layers N is the mean
    number of carriers a layer.
    """
    n = len(by_cell)
    split = by_cell.reshape(*by_cell.shape[:4], probe.n_layers, -1)
    on_state = split.sum(axis=(2, 3, 5)) * (probe.n_layers / n_carriers)
    on_well = np.einsum("nml,mb->nlb", on_state, np.eye(len(probe.orbit))[probe.base])
    vectors = [sublattice_vectors(on_well, wells) for wells in probe.sublattices]
    columns = [(vector**2).sum(axis=2) for vector in vectors]
    series: dict[str, AnyFloats] = {}
    if probe.n_layers > 1:
        waves = layer_waves(probe, by_cell) * (probe.n_layers / n_carriers)
        intensity = on_all_wavevectors(probe, np.abs(waves) ** 2)
        series.update(stacking(probe, waves, vectors))
    else:
        intensity = per_carrier[:, None]
    columns += [intensity[:, :, star.members] @ star.weights for star in probe.stars]
    empty = np.zeros((n, probe.n_layers, 0))
    series["order_squared"] = np.stack(columns, axis=2) if columns else empty
    return series
