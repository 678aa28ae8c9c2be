"""Observables of energy and charge order, and their series.

``order`` is the order parameter m of the channel in which the charge orders at this doping.
"""

import numpy as np
import numpy.typing as npt

from mcsc.arrays import FloatArray
from mcsc.observables.layers import density_waves, layer_waves
from mcsc.observables.observable import (
    Observable,
    Point,
    Series,
    binder_ratio,
    root_mean,
    same,
    susceptibility,
)
from mcsc.observables.probe import Probe
from mcsc.observables.snapshots import Snapshots


def _structure_factor(probe: Probe, snapshots: Snapshots) -> FloatArray:
    """(n, Q) |Σ_i exp(−iq·r_i)|² / N."""
    waves = density_waves(probe, snapshots.cell_waves)
    return np.asarray(np.abs(waves) ** 2 / snapshots.room)


def _wave_squared(probe: Probe, snapshots: Snapshots) -> FloatArray:
    """(n, P) |Σ_i exp(−iq·r_i)|² / N² at the wavevectors of order.

    In a layered crystal i and N are the carriers of a layer, N the mean over the layers, and so is
    the result.
    """
    return np.asarray((np.abs(snapshots.layer_waves) ** 2).mean(axis=1))


def _channel_squared(probe: Probe, snapshots: Snapshots) -> FloatArray:
    """(n, layers, channels) m² of every channel of :func:`mcsc.observables.channels`.

    Of an orbit Σ_q |ρ_q|²/N², averaged over members that are the same density wave. Order among
    n_o wells of the cell is m² = n_o/(n_o − 1) Σ_b (N_b − mean)²/N², which is 1 with all
    carriers on one of them, and |ρ_G|²/N² of three sublattices at 120°. In layers N is the mean
    number of carriers a layer.
    """
    columns = [(vector**2).sum(axis=2) for vector in snapshots.sublattice_vectors]
    intensity = np.abs(snapshots.layer_waves) ** 2
    columns += [intensity[:, :, orbit.members] @ orbit.weights for orbit in probe.order.orbits]
    empty = np.zeros((len(snapshots.carriers), probe.n_layers, 0))
    return np.stack(columns, axis=2) if columns else empty


def _star_squared(probe: Probe, snapshots: Snapshots) -> FloatArray:
    """(n, orbits of wavevectors) largest |Σ_i exp(−iq·r_i)|²/N², i over the Stars of David alone.

    N are all carriers, of a layer where layers order each for itself; then the mean over the
    layers. Stars spread evenly over the layers reach at most their share squared, gathered in some
    of them more. The strongest wave of a snapshot, not of the run: waves that are equal by symmetry
    change places in a long run.
    """
    of_stars = layer_waves(probe, snapshots.cell_waves * probe.in_star[:, None])
    intensity, columns = np.abs(of_stars) ** 2, []
    for orbit in probe.order.orbits:
        # the mean over the members that are the same wave
        of_wave = np.eye(orbit.n_waves)[orbit.waves] * orbit.weights[:, None]
        columns.append((intensity[:, :, orbit.members] @ of_wave).max(axis=2).mean(axis=1))
    return np.asarray(np.stack(columns, axis=1) / (snapshots.room / probe.n_layers) ** 2)


def _occupation(probe: Probe, snapshots: Snapshots) -> FloatArray:
    """(n, kinds) share of the carriers in each kind of well."""
    return np.asarray(snapshots.share @ np.eye(probe.kind.max() + 1)[probe.kind])


def _deviation(probe: Probe, values: FloatArray) -> FloatArray:
    return np.asarray(values - values.mean(axis=0))


def _squared(probe: Probe, values: FloatArray) -> FloatArray:
    return np.asarray(values**2)


def _of_layers(name: str) -> Series:
    def there(probe: Probe) -> bool:
        return probe.n_layers > 1 and len(probe.sublattices) + len(probe.order.orbits) > 0

    def found(probe: Probe, snapshots: Snapshots) -> npt.NDArray[np.float32]:
        return snapshots.stacking[name]

    return Series(name, found, 2, axis="channel", exists=there)


ENERGY = Series("energy")
NUMBER = Series("number")
NUMBER_DEVIATION = Series("number_deviation", _deviation, 0, (NUMBER,))
NUMBER_DEVIATION_SQUARED = Series("number_deviation_squared", _squared, 0, (NUMBER_DEVIATION,))
# of the energy that is sampled
ENERGY_DEVIATION = Series("energy_deviation", _deviation, 0, (Series("sampled_energy"),))
ENERGY_DEVIATION_SQUARED = Series("energy_deviation_squared", _squared, 0, (ENERGY_DEVIATION,))
STRUCTURE_FACTOR = Series("structure_factor", _structure_factor, 1, axis="wavevector")
WAVE_SQUARED = Series("wave_squared", _wave_squared, 2, axis="wavevector")
CHANNEL_SQUARED = Series("order_squared", _channel_squared, 2, axis="channel")
# moments of the leading channel, averaged over the layers
ORDER = Series("order", lambda _, m2: np.sqrt(m2).mean(axis=2), 1, (CHANNEL_SQUARED,))
ORDER_SQUARED = Series("order_second", lambda _, m2: m2.mean(axis=2), 2, (CHANNEL_SQUARED,))
ORDER_FOURTH = Series("order_fourth", lambda _, m2: (m2**2).mean(axis=2), 4, (CHANNEL_SQUARED,))
LAYER_PRODUCT = _of_layers("layer_product")
LAYER_AMPLITUDE = _of_layers("layer_amplitude")
LAYER_PHASE = _of_layers("layer_phase")
STAR_SQUARED = Series(
    "star_squared", _star_squared, 2, axis="star",
    exists=lambda probe: bool(probe.in_star.any() and probe.order.orbits),
)  # fmt: skip
OCCUPATION = Series("occupation", _occupation, 1)


def _energy(point: Point, energy: FloatArray) -> FloatArray:
    return energy / point.n_carriers


def _specific_heat(point: Point, deviation: FloatArray, squared: FloatArray) -> FloatArray:
    return (squared - deviation**2) / (point.n_carriers * point.thermal_energy**2)


def _charge_order(point: Point, squared: FloatArray, wave_squared: FloatArray) -> FloatArray:
    if len(point.members) == 0:
        return np.sqrt(squared)
    strongest: FloatArray = wave_squared[..., point.members].max(axis=-1)
    return np.sqrt(strongest)


def _charge_order_share(point: Point, squared: FloatArray, wave_squared: FloatArray) -> FloatArray:
    return _charge_order(point, squared, wave_squared) / point.saturation(point.n_carriers)


def _layer_correlation(point: Point, product: FloatArray, squared: FloatArray) -> FloatArray:
    return np.asarray(product / np.where(squared > 0, squared, np.nan)[..., None])


def _layer_phase_shift(point: Point, phase: FloatArray, amplitude: FloatArray) -> FloatArray:
    return np.asarray(phase / np.where(amplitude > 0, amplitude, np.nan))


def _coupling(point: Point, energy: FloatArray) -> FloatArray:
    spacing = (point.volume / point.n_carriers) ** (1 / 3)
    return np.broadcast_to(point.coulomb / (spacing * point.thermal_energy), energy.shape)


CHARGE: tuple[Observable, ...] = (
    Observable(
        "energy", "energy per carrier", "{energy}",
        "H / N, with the uniform neutralizing background",
        (ENERGY,), _energy,
    ),
    Observable(
        "specific_heat", "specific heat per carrier over k_B", "1",
        "Var(H) / (N (k_B T)²)",
        (ENERGY_DEVIATION, ENERGY_DEVIATION_SQUARED), _specific_heat,
    ),
    Observable(
        "structure_factor", "structure factor of the carriers", "1",
        "|Σ_i exp(−iq·r_i)|² / N; one of each pair ±q",
        (STRUCTURE_FACTOR,), same, dims=("wavevector",),
    ),
    Observable(
        "charge_order", "charge order parameter", "1",
        "square root of the largest S(q)/N in the orbit of charge_order_wavevector, or the "
        "sublattice order parameter where that is a whole wavevector; where layers order each "
        "for itself, the mean over them of S(q)/N of a layer, which is S(q)/N summed across them",
        (ORDER_SQUARED, WAVE_SQUARED), _charge_order, order=True,
    ),
    Observable(
        "charge_order_share", "charge order as a share of its saturation", "1",
        "charge_order over the largest that any arrangement of as many carriers can have in the "
        "same orbit, or among the wells of a cell: 1 in perfect order; carriers at the centres of "
        "their wells, like layers with equal numbers of them; missing where none can order",
        (ORDER_SQUARED, WAVE_SQUARED), _charge_order_share, order=True,
    ),
    Observable(
        "charge_susceptibility", "susceptibility of the charge order", "{energy}^-1",
        "N (⟨m²⟩ − ⟨|m|⟩²) / (k_B T), m² summed over the orbit; where layers order each for "
        "itself, m and N are those of a layer",
        (ORDER, ORDER_SQUARED), susceptibility, order=True,
    ),
    Observable(
        "charge_binder_ratio", "Binder ratio of the charge order", "1",
        "⟨m⁴⟩ / ⟨m²⟩²: 1 in perfect order, 1 + 2/n for n disordered components",
        (ORDER_SQUARED, ORDER_FOURTH), binder_ratio, order=True,
    ),
    Observable(
        "layer_correlation", "correlation of the charge order of two layers", "1",
        "Re ⟨Σ_q w_q ρ_{l+d}(q) ρ_l(q)*⟩ / ⟨Σ_q w_q |ρ_l(q)|²⟩ at layer distance d, over the orbit "
        "of charge_order_wavevector and all l: 1 straight, −1/3 with two of three 2 × 2 waves "
        "reversed, 0 unrelated; of order among the wells of a cell, of their occupations",
        (LAYER_PRODUCT, ORDER_SQUARED), _layer_correlation, dims=("layer_distance",),
    ),
    Observable(
        "layer_phase_shift", "mean phase shift of the charge order of two layers, over π", "1",
        "⟨Σ_q w_q |ρ_{l+d} ρ_l| φ_q⟩ / (π ⟨Σ_q w_q |ρ_{l+d} ρ_l|⟩), 0 ≤ φ_q ≤ π the phase "
        "between waves of layers at distance d, over the orbit of charge_order_wavevector: 0 "
        "straight, 2/3 with two of three 2 × 2 waves reversed or in √3 order next to itself, 1 "
        "reversed, 1/2 unrelated",
        (LAYER_PHASE, LAYER_AMPLITUDE), _layer_phase_shift, dims=("layer_distance",),
    ),
    Observable(
        "star_order", "order parameter of the Stars of David", "1",
        "square root of ⟨largest |Σ_i exp(−iq·r_i)|²/N²⟩, i over the stars, N all carriers (of a "
        "layer), q in the orbit of star_order_wavevector: the star fraction in perfect order",
        (STAR_SQUARED,), root_mean, order=True,
    ),
    Observable(
        "occupation", "share of the carriers in each kind of well", "1",
        "adds up to 1 over the kinds",
        (OCCUPATION,), same, dims=("kind",),
    ),
    Observable(
        "coupling", "coupling parameter of the carriers", "1",
        "Γ = e²/(4πε0 ε_r a_s k_B T) with a_s³ = V/N; exact, no error",
        (ENERGY,), _coupling,
    ),
)  # fmt: skip
