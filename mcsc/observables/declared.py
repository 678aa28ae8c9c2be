"""The table of observables: name, dimensions, unit, meaning, and the function of means it is.

An observable is a function of means of series over the run; its error comes from one jackknife, in
:mod:`mcsc.statistics`, never from here. ``order`` below is the order parameter m of the channel in
which the charge orders at this doping, ``displacement`` the mean displacement U of the carriers.
"""

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from mcsc.variables import Variable

FloatArray = npt.NDArray[np.float64]

_CAPACITANCE = "{charge} {potential}^-1 {length}^-1"


@dataclass(frozen=True)
class Point:
    """What the functions of means need to know of a ladder besides the means.

    Attributes
    ----------
    temperature
        (T,) temperatures.
    thermal_energy
        (T,) k_B T, energy.
    n_carriers, volume
        Carriers in the supercell, a mean (..., T) where they fluctuate; its volume, length³.
    coulomb
        e²/(4πε0 ε_r), energy times length; 0 if carriers have no charges to each other.
    field
        Magnitude of the electric field, energy per charge and length.
    displacement
        Largest length of a displacement, the δ of the well; 0 with centres only.
    members
        Indices of the wavevectors of order of the channel; none for order among the wells of a
        cell.
    n_layers
        Layers whose order is averaged.
    saturation
        Maps numbers of carriers (..., T) to the charge order of the channel in perfect order, see
        :class:`mcsc.observables.saturation.Saturation`.
    """

    temperature: FloatArray
    thermal_energy: FloatArray
    n_carriers: int | FloatArray
    volume: float
    coulomb: float
    field: float
    displacement: float
    members: npt.NDArray[np.int64]
    n_layers: int
    saturation: Callable[[npt.ArrayLike], FloatArray]


@dataclass(frozen=True)
class Observable:
    """One measured quantity.

    Attributes
    ----------
    name, long_name, comment
        As written into the dataset.
    unit
        A pattern for :meth:`mcsc.units.Units.written`.
    series
        Names of the series whose means ``function`` takes after the :class:`Point`; the observable
        only exists where they are measured.
    function
        Maps the means, each (..., T, *dims), to the value (..., T, *dims).
    dims
        Dimensions besides the grid of the scan and temperature.
    displaced
        Whether it only exists where wells have displaced states.
    """

    name: str
    long_name: str
    unit: str
    comment: str
    series: tuple[str, ...]
    function: Callable[..., FloatArray]
    dims: tuple[str, ...] = ()
    displaced: bool = False

    @property
    def variable(self) -> Variable:
        """What is said of it in a dataset."""
        dims = " ".join(("... temperature", *self.dims))
        return Variable(self.name, dims, self.unit, self.long_name, self.comment, estimate=True)


def _energy(point: Point, energy: FloatArray) -> FloatArray:
    return energy / point.n_carriers


def _specific_heat(point: Point, deviation: FloatArray, squared: FloatArray) -> FloatArray:
    return (squared - deviation**2) / (point.n_carriers * point.thermal_energy**2)


def _same(point: Point, mean: FloatArray) -> FloatArray:
    return mean


def _charge_order(point: Point, squared: FloatArray, wave_squared: FloatArray) -> FloatArray:
    if len(point.members) == 0:
        return np.sqrt(squared)
    strongest: FloatArray = wave_squared[..., point.members].max(axis=-1)
    return np.sqrt(strongest)


def _charge_order_share(point: Point, squared: FloatArray, wave_squared: FloatArray) -> FloatArray:
    return _charge_order(point, squared, wave_squared) / point.saturation(point.n_carriers)


def _susceptibility(point: Point, mean: FloatArray, squared: FloatArray) -> FloatArray:
    n = point.n_carriers / point.n_layers
    return n * (squared - mean**2) / point.thermal_energy


def _binder_ratio(point: Point, squared: FloatArray, fourth: FloatArray) -> FloatArray:
    ratio: FloatArray = fourth / np.where(squared > 0, squared, np.nan) ** 2
    return ratio


def _layer_correlation(point: Point, product: FloatArray, squared: FloatArray) -> FloatArray:
    correlation: FloatArray = product / np.where(squared > 0, squared, np.nan)[..., None]
    return correlation


def _layer_phase_shift(point: Point, phase: FloatArray, amplitude: FloatArray) -> FloatArray:
    shift: FloatArray = phase / np.where(amplitude > 0, amplitude, np.nan)
    return shift


def _star_order(point: Point, squared: FloatArray) -> FloatArray:
    return np.sqrt(squared)


def _polar_order(point: Point, length: FloatArray) -> FloatArray:
    return length / point.displacement


def _polar_susceptibility(point: Point, length: FloatArray, squared: FloatArray) -> FloatArray:
    variance = (squared - length**2) / point.displacement**2
    return point.n_carriers * variance / point.thermal_energy


def _capacitance_parallel(point: Point, parallel: FloatArray, squared: FloatArray) -> FloatArray:
    if point.field > 0:
        return point.n_carriers * parallel / (point.volume * point.field)
    return _capacitance_differential(point, parallel, squared)


def _capacitance_differential(
    point: Point, parallel: FloatArray, squared: FloatArray
) -> FloatArray:
    # linear response: with −N E·U in H, ∂⟨U∥⟩/∂E = N Var(U∥)/(k_B T) at any field
    variance = squared - parallel**2
    return point.n_carriers**2 * variance / (point.volume * point.thermal_energy)


def _capacitance_transverse(point: Point, across: FloatArray, squared: FloatArray) -> FloatArray:
    variance: FloatArray = squared - (across**2).sum(axis=-1)
    return point.n_carriers**2 * variance / (point.volume * point.thermal_energy)


def _transmission(point: Point, parallel: FloatArray, squared: FloatArray) -> FloatArray:
    return parallel**2 / np.where(squared > 0, squared, np.nan)


def _loss(point: Point, parallel: FloatArray, squared: FloatArray) -> FloatArray:
    return 1.0 - _transmission(point, parallel, squared)


def _localization_length(point: Point, squared: FloatArray) -> FloatArray:
    return np.sqrt(squared)


def _coupling(point: Point, energy: FloatArray) -> FloatArray:
    spacing = (point.volume / point.n_carriers) ** (1 / 3)
    return np.broadcast_to(point.coulomb / (spacing * point.thermal_energy), energy.shape)


OBSERVABLES: tuple[Observable, ...] = (
    Observable(
        "energy", "energy per carrier", "{energy}",
        "H / N, with the uniform neutralizing background",
        ("energy",), _energy,
    ),
    Observable(
        "specific_heat", "specific heat per carrier over k_B", "1",
        "Var(H) / (N (k_B T)²)",
        ("energy_deviation", "energy_deviation_squared"), _specific_heat,
    ),
    Observable(
        "structure_factor", "structure factor of the carriers", "1",
        "|Σ_i exp(−iq·r_i)|² / N; one of each pair ±q",
        ("structure_factor",), _same, dims=("wavevector",),
    ),
    Observable(
        "charge_order", "charge order parameter", "1",
        "square root of the largest S(q)/N in the star of charge_order_wavevector, or the "
        "sublattice order parameter where that is a whole wavevector; where layers order each "
        "for itself, the mean over them of S(q)/N of a layer, which is S(q)/N summed across them",
        ("order_squared", "wave_squared"), _charge_order,
    ),
    Observable(
        "charge_order_share", "charge order as a share of its saturation", "1",
        "charge_order over the largest that any arrangement of as many carriers can have in the "
        "same star, or among the wells of a cell: 1 in perfect order; carriers at the centres of "
        "their wells, like layers with equal numbers of them; missing where none can order",
        ("order_squared", "wave_squared"), _charge_order_share,
    ),
    Observable(
        "charge_susceptibility", "susceptibility of the charge order", "{energy}^-1",
        "N (⟨m²⟩ − ⟨|m|⟩²) / (k_B T), m² summed over the star; where layers order each for "
        "itself, m and N are those of a layer",
        ("order", "order_squared"), _susceptibility,
    ),
    Observable(
        "charge_binder_ratio", "Binder ratio of the charge order", "1",
        "⟨m⁴⟩ / ⟨m²⟩²: 1 in perfect order, 1 + 2/n for n disordered components",
        ("order_squared", "order_fourth"), _binder_ratio,
    ),
    Observable(
        "layer_correlation", "correlation of the charge order of two layers", "1",
        "Re ⟨Σ_q w_q ρ_{l+d}(q) ρ_l(q)*⟩ / ⟨Σ_q w_q |ρ_l(q)|²⟩ at layer distance d, over the star "
        "of charge_order_wavevector and all l: 1 straight, −1/3 with two of three 2 × 2 waves "
        "reversed, 0 unrelated; of order among the wells of a cell, of their occupations",
        ("layer_product", "order_squared"), _layer_correlation, dims=("layer_distance",),
    ),
    Observable(
        "layer_phase_shift", "mean phase shift of the charge order of two layers, over π", "1",
        "⟨Σ_q w_q |ρ_{l+d} ρ_l| φ_q⟩ / (π ⟨Σ_q w_q |ρ_{l+d} ρ_l|⟩), 0 ≤ φ_q ≤ π the phase "
        "between waves of layers at distance d, over the star of charge_order_wavevector: 0 "
        "straight, 2/3 with two of three 2 × 2 waves reversed or in √3 order next to itself, 1 "
        "reversed, 1/2 unrelated",
        ("layer_phase", "layer_amplitude"), _layer_phase_shift, dims=("layer_distance",),
    ),
    Observable(
        "star_order", "order parameter of the Stars of David", "1",
        "square root of ⟨largest |Σ_i exp(−iq·r_i)|²/N²⟩, i over the stars, N all carriers (of a "
        "layer), q in the star of star_order_wavevector: the star fraction in perfect order",
        ("star_squared",), _star_order,
    ),
    Observable(
        "occupation", "share of the carriers in each kind of well", "1",
        "adds up to 1 over the kinds",
        ("occupation",), _same, dims=("kind",),
    ),
    Observable(
        "coupling", "coupling parameter of the carriers", "1",
        "Γ = e²/(4πε0 ε_r a_s k_B T) with a_s³ = V/N; exact, no error",
        ("energy",), _coupling,
    ),
    Observable(
        "displacement", "mean displacement of the carriers", "{length}",
        "U = ⟨Σ_i u_i⟩ / N, cartesian components",
        ("displacement",), _same, dims=("component",), displaced=True,
    ),
    Observable(
        "displacement_parallel", "mean displacement along the field", "{length}",
        "U∥ = ⟨Σ_i u_i·ê⟩ / N; at zero field, along field_direction",
        ("parallel",), _same, displaced=True,
    ),
    Observable(
        "polar_order", "polar order parameter", "1",
        "⟨|U|⟩ / δ, δ the largest displacement of a state",
        ("displacement_length",), _polar_order, displaced=True,
    ),
    Observable(
        "polar_susceptibility", "susceptibility of the polar order", "{energy}^-1",
        "N (⟨|U|²⟩ − ⟨|U|⟩²) / (δ² k_B T), δ the largest displacement of a state",
        ("displacement_length", "mean_displacement_squared"), _polar_susceptibility,
        displaced=True,
    ),
    Observable(
        "polar_binder_ratio", "Binder ratio of the polar order", "1",
        "⟨|U|⁴⟩ / ⟨|U|²⟩²: 1 for a uniform displacement, 1 + 2/n for n components of random ones",
        ("mean_displacement_squared", "mean_displacement_fourth"), _binder_ratio, displaced=True,
    ),
    Observable(
        "transverse_displacement", "mean square displacement across the field", "{length}^2",
        "⟨Σ_i |u_i⊥|²⟩ / N",
        ("transverse_squared",), _same, displaced=True,
    ),
    Observable(
        "localization_length", "root mean square displacement from the well centre", "{length}",
        "ξ = sqrt(⟨Σ_i |u_i|²⟩ / N)",
        ("displacement_squared",), _localization_length, displaced=True,
    ),
    Observable(
        "transmission", "transmission of the field", "1",
        "⟨U∥⟩² / (⟨Σ_i |u_i|²⟩ / N): 1 for a uniform displacement along the field, 0 for random "
        "ones; missing where no carrier is displaced; at zero field, along field_direction",
        ("parallel", "displacement_squared"), _transmission, displaced=True,
    ),
    Observable(
        "loss", "loss of the field", "1",
        "1 − transmission",
        ("parallel", "displacement_squared"), _loss, displaced=True,
    ),
    Observable(
        "capacitance_parallel", "polarization along the field, per field", _CAPACITANCE,
        "N ⟨U∥⟩ / (V E), charges in e; at zero field its limit N² Var(U∥) / (V k_B T)",
        ("parallel", "parallel_squared"), _capacitance_parallel, displaced=True,
    ),
    Observable(
        "capacitance_differential", "change of the polarization along the field with the field",
        _CAPACITANCE,
        "∂(N ⟨U∥⟩ / V)/∂E = N² Var(U∥) / (V k_B T), charges in e",
        ("parallel", "parallel_squared"), _capacitance_differential, displaced=True,
    ),
    Observable(
        "capacitance_transverse", "response of the polarization across the field",
        _CAPACITANCE,
        "N² Var(U⊥) / (V k_B T), charges in e; summed over both components",
        ("perpendicular", "perpendicular_squared"), _capacitance_transverse, displaced=True,
    ),
)  # fmt: skip
