"""Observables of displacements inside the wells, and their series.

``displacement`` is the mean displacement U of the carriers.
"""

import numpy as np

from mcsc.arrays import FloatArray
from mcsc.observables.observable import Observable, Point, Series, binder_ratio, root_mean, same
from mcsc.observables.probe import Probe
from mcsc.observables.snapshots import Snapshots

_CAPACITANCE = "{charge} {potential}^-1 {length}^-1"


def _transverse_squared(probe: Probe, snapshots: Snapshots) -> FloatArray:
    """(n,) Σ_i |u_i⊥|² / N, length²."""
    u = probe.displacements
    across = u - np.outer(u @ probe.direction, probe.direction)
    return np.asarray(snapshots.share @ (across**2).sum(axis=1))


def _across(probe: Probe, u: FloatArray, parallel: FloatArray) -> FloatArray:
    return u - parallel[..., None] * probe.direction


# (n, 3) U = Σ_i u_i / N, length, and (n,) Σ_i |u_i|² / N, length²
DISPLACEMENT = Series("displacement", lambda probe, taken: taken.share @ probe.displacements, 1)
DISPLACEMENT_SQUARED = Series(
    "displacement_squared",
    lambda probe, taken: taken.share @ (probe.displacements**2).sum(axis=1), 1,
)  # fmt: skip
TRANSVERSE_SQUARED = Series("transverse_squared", _transverse_squared, 1)
LENGTH_SQUARED = Series(
    "length_squared", lambda _, u: (u**2).sum(axis=-1), 2, (DISPLACEMENT,)
)  # fmt: skip
LENGTH = Series("length", lambda _, squared: np.sqrt(squared), 1, (LENGTH_SQUARED,))
LENGTH_FOURTH = Series("length_fourth", lambda _, squared: squared**2, 4, (LENGTH_SQUARED,))
PARALLEL = Series("parallel", lambda probe, u: u @ probe.direction, 1, (DISPLACEMENT,))
PARALLEL_SQUARED = Series("parallel_squared", lambda _, u: u**2, 2, (PARALLEL,))
PERPENDICULAR = Series("perpendicular", _across, 1, (DISPLACEMENT, PARALLEL))
PERPENDICULAR_SQUARED = Series(
    "perpendicular_squared", lambda _, u: (u**2).sum(axis=-1), 2, (PERPENDICULAR,)
)  # fmt: skip


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


DISPLACEMENTS: tuple[Observable, ...] = (
    Observable(
        "displacement", "mean displacement of the carriers", "{length}",
        "U = ⟨Σ_i u_i⟩ / N, cartesian components",
        (DISPLACEMENT,), same, dims=("component",), displaced=True,
    ),
    Observable(
        "displacement_parallel", "mean displacement along the field", "{length}",
        "U∥ = ⟨Σ_i u_i·ê⟩ / N; at zero field, along field_direction",
        (PARALLEL,), same, displaced=True,
    ),
    Observable(
        "polar_order", "polar order parameter", "1",
        "⟨|U|⟩ / δ, δ the largest displacement of a state",
        (LENGTH,), _polar_order, displaced=True,
    ),
    Observable(
        "polar_susceptibility", "susceptibility of the polar order", "{energy}^-1",
        "N (⟨|U|²⟩ − ⟨|U|⟩²) / (δ² k_B T), δ the largest displacement of a state",
        (LENGTH, LENGTH_SQUARED), _polar_susceptibility,
        displaced=True,
    ),
    Observable(
        "polar_binder_ratio", "Binder ratio of the polar order", "1",
        "⟨|U|⁴⟩ / ⟨|U|²⟩²: 1 for a uniform displacement, 1 + 2/n for n components of random ones",
        (LENGTH_SQUARED, LENGTH_FOURTH), binder_ratio, displaced=True,
    ),
    Observable(
        "transverse_displacement", "mean square displacement across the field", "{length}^2",
        "⟨Σ_i |u_i⊥|²⟩ / N",
        (TRANSVERSE_SQUARED,), same, displaced=True,
    ),
    Observable(
        "localization_length", "root mean square displacement from the well centre", "{length}",
        "ξ = sqrt(⟨Σ_i |u_i|²⟩ / N)",
        (DISPLACEMENT_SQUARED,), root_mean, displaced=True,
    ),
    Observable(
        "transmission", "transmission of the field", "1",
        "⟨U∥⟩² / (⟨Σ_i |u_i|²⟩ / N): 1 for a uniform displacement along the field, 0 for random "
        "ones; missing where no carrier is displaced; at zero field, along field_direction",
        (PARALLEL, DISPLACEMENT_SQUARED), _transmission, displaced=True,
    ),
    Observable(
        "loss", "loss of the field", "1",
        "1 − transmission",
        (PARALLEL, DISPLACEMENT_SQUARED), _loss, displaced=True,
    ),
    Observable(
        "capacitance_parallel", "polarization along the field, per field", _CAPACITANCE,
        "N ⟨U∥⟩ / (V E), charges in e; at zero field its limit N² Var(U∥) / (V k_B T)",
        (PARALLEL, PARALLEL_SQUARED), _capacitance_parallel, displaced=True,
    ),
    Observable(
        "capacitance_differential", "change of the polarization along the field with the field",
        _CAPACITANCE,
        "∂(N ⟨U∥⟩ / V)/∂E = N² Var(U∥) / (V k_B T), charges in e",
        (PARALLEL, PARALLEL_SQUARED), _capacitance_differential, displaced=True,
    ),
    Observable(
        "capacitance_transverse", "response of the polarization across the field",
        _CAPACITANCE,
        "N² Var(U⊥) / (V k_B T), charges in e; summed over both components",
        (PERPENDICULAR, PERPENDICULAR_SQUARED), _capacitance_transverse, displaced=True,
    ),
)  # fmt: skip
