"""Observables of chains at fixed chemical potential: those of fixed N per mean ⟨N⟩, and two more.

All series of such a chain are measured per well, with the number of wells W in place of N. A mean
per carrier is one per ⟨N⟩: |ρ_q|²/⟨N⟩, m² = |ρ_q|²/⟨N⟩², H/⟨N⟩; never the mean of a ratio, which is
not defined where a snapshot holds no carrier.
"""

from dataclasses import replace

import numpy as np
import numpy.typing as npt

from mcsc.observables.declared import OBSERVABLES, Observable, Point

FloatArray = npt.NDArray[np.float64]

# how many times a series was divided by the number of carriers; others not at all
_POWERS = {
    "order": 1,
    "order_squared": 2,
    "order_fourth": 4,
    "structure_factor": 1,
    "wave_squared": 2,
    "layer_product": 2,
    "layer_phase": 2,
    "layer_amplitude": 2,
    "star_squared": 2,
    "occupation": 1,
    "displacement": 1,
    "displacement_length": 1,
    "mean_displacement_squared": 2,
    "mean_displacement_fourth": 4,
    "displacement_squared": 1,
    "transverse_squared": 1,
    "parallel": 1,
    "parallel_squared": 2,
    "perpendicular": 1,
    "perpendicular_squared": 2,
}

_COMMENTS = {
    "energy": "⟨H⟩ / ⟨N⟩, with the uniform neutralizing background, as at fixed N",
    "specific_heat": "Var(K) / (⟨N⟩ (k_B T)²), K = H − μN: T (∂S/∂T) at fixed chemical potential",
    "charge_order_share": "charge_order over the largest that any arrangement of ⟨N⟩ carriers can "
    "have in the same star, or among the wells of a cell: 1 in perfect order; m² N² interpolated "
    "between whole N; carriers at the centres of their wells, like layers with equal numbers",
    "coupling": "Γ = e²/(4πε0 ε_r a_s k_B T) with a_s³ = V/⟨N⟩",
}


# a wave of one carrier is no order
_ORDER = (
    "charge_order",
    "charge_order_share",
    "charge_susceptibility",
    "charge_binder_ratio",
    "star_order",
)


def grand_canonical_observables(n_wells: int, n_cells: int) -> tuple[Observable, ...]:
    """The table of observables of a supercell at fixed chemical potential.

    Parameters
    ----------
    n_wells, n_cells
        Of the supercell.

    Returns
    -------
    :data:`mcsc.observables.OBSERVABLES` with N the mean number of carriers, NaN where there are
    none, and for order also with less than one carrier or less than one empty well (a layer);
    ``carriers_per_cell`` ⟨N⟩/N_cells and its derivative with μ, ``compressibility``, of the series
    ``number``, ``number_deviation`` and ``number_deviation_squared``.
    """

    def carriers_per_cell(point: Point, number: FloatArray) -> FloatArray:
        return number / n_cells

    def compressibility(point: Point, deviation: FloatArray, squared: FloatArray) -> FloatArray:
        return (squared - deviation**2) / (n_cells * point.thermal_energy)

    return (
        Observable(
            "carriers_per_cell", "carriers per primitive cell", "1",
            "⟨N⟩ / N_cells, at fixed chemical potential",
            ("number",), carriers_per_cell,
        ),
        Observable(
            "compressibility", "change of the carriers per cell with μ", "{energy}^-1",
            "∂(⟨N⟩/N_cells)/∂μ = Var(N) / (N_cells k_B T)",
            ("number_deviation", "number_deviation_squared"), compressibility,
        ),
        *(_per_mean_number(item, n_wells) for item in OBSERVABLES),
    )  # fmt: skip


def _per_mean_number(item: Observable, n_wells: int) -> Observable:
    """The same observable of series that are divided by W, with ⟨N⟩ in place of N."""

    def function(point: Point, number: FloatArray, *means: FloatArray) -> FloatArray:
        enough = number > 0
        if item.name in _ORDER:
            least = point.n_layers
            enough = (number >= least) & (number <= n_wells - least)
        there = np.where(enough, number, np.nan)
        scale = n_wells / there
        scaled = (
            mean * _broadcast(scale, mean) ** _POWERS.get(name, 0)
            for name, mean in zip(item.series, means, strict=True)
        )
        return item.function(replace(point, n_carriers=there), *scaled)

    comment = _COMMENTS.get(item.name, f"{item.comment}; N is the mean number of carriers ⟨N⟩")
    if item.name in _ORDER:
        comment += ", missing where that of carriers or of holes is below 1 (a layer)"
    return replace(item, comment=comment, series=("number", *item.series), function=function)


def _broadcast(scale: FloatArray, mean: FloatArray) -> FloatArray:
    return scale.reshape(*scale.shape, *(1,) * (mean.ndim - scale.ndim))
