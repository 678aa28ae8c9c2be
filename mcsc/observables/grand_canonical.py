"""Observables of chains at fixed chemical potential: those of fixed N per mean ⟨N⟩, and two more.

All series of such a chain are measured per well, with the number of wells W in place of N. A mean
per carrier is one per ⟨N⟩: |ρ_q|²/⟨N⟩, m² = |ρ_q|²/⟨N⟩², H/⟨N⟩; never the mean of a ratio, which is
not defined where a snapshot holds no carrier.
"""

from collections.abc import Sequence
from dataclasses import replace

import numpy as np

from mcsc.arrays import FloatArray
from mcsc.observables.charge import NUMBER, NUMBER_DEVIATION, NUMBER_DEVIATION_SQUARED
from mcsc.observables.observable import Observable, Point

_COMMENTS = {
    "energy": "⟨H⟩ / ⟨N⟩, with the uniform neutralizing background, as at fixed N",
    "specific_heat": "Var(K) / (⟨N⟩ (k_B T)²), K = H − μN: T (∂S/∂T) at fixed chemical potential",
    "charge_order_share": "charge_order over the largest that any arrangement of ⟨N⟩ carriers can "
    "have in the same orbit, or among the wells of a cell: 1 in perfect order; m² N² interpolated "
    "between whole N; carriers at the centres of their wells, like layers with equal numbers",
    "coupling": "Γ = e²/(4πε0 ε_r a_s k_B T) with a_s³ = V/⟨N⟩",
}


def grand_canonical_observables(
    table: Sequence[Observable], n_wells: int, n_cells: int
) -> tuple[Observable, ...]:
    """The table of observables of a supercell at fixed chemical potential.

    table: The same of a fixed number of carriers.
    n_wells, n_cells: Of the supercell.

    Returns: The table with N the mean number of carriers, NaN where there are none, and for order
        also with less than one carrier or less than one empty well (a layer); ``carriers_per_cell``
        ⟨N⟩/N_cells and its derivative with μ, ``compressibility``.
    """

    def carriers_per_cell(point: Point, number: FloatArray) -> FloatArray:
        return number / n_cells

    def compressibility(point: Point, deviation: FloatArray, squared: FloatArray) -> FloatArray:
        return (squared - deviation**2) / (n_cells * point.thermal_energy)

    return (
        Observable(
            "carriers_per_cell", "carriers per primitive cell", "1",
            "⟨N⟩ / N_cells, at fixed chemical potential",
            (NUMBER,), carriers_per_cell,
        ),
        Observable(
            "compressibility", "change of the carriers per cell with μ", "{energy}^-1",
            "∂(⟨N⟩/N_cells)/∂μ = Var(N) / (N_cells k_B T)",
            (NUMBER_DEVIATION, NUMBER_DEVIATION_SQUARED), compressibility,
        ),
        *(_per_mean_number(item, n_wells) for item in table),
    )  # fmt: skip


def _per_mean_number(item: Observable, n_wells: int) -> Observable:
    """The same observable of series that are divided by W, with ⟨N⟩ in place of N."""

    def function(point: Point, number: FloatArray, *means: FloatArray) -> FloatArray:
        enough = number > 0
        if item.order:
            least = point.n_layers
            enough = (number >= least) & (number <= n_wells - least)
        there = np.where(enough, number, np.nan)
        scale = n_wells / there
        scaled = (
            mean * _broadcast(scale, mean) ** series.per_carrier
            for series, mean in zip(item.series, means, strict=True)
        )
        return item.function(replace(point, n_carriers=there), *scaled)

    comment = _COMMENTS.get(item.name, f"{item.comment}; N is the mean number of carriers ⟨N⟩")
    if item.order:
        comment += ", missing where that of carriers or of holes is below 1 (a layer)"
    return replace(item, comment=comment, series=(NUMBER, *item.series), function=function)


def _broadcast(scale: FloatArray, mean: FloatArray) -> FloatArray:
    return scale.reshape(*scale.shape, *(1,) * (mean.ndim - scale.ndim))
