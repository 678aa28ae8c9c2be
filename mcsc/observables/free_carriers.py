"""Free carriers: what those of a model do without repelling each other, as exact sums.

The baseline of every quantity in a field. As many carriers are in the same wells, one a well at
most, with the energy of a lone carrier in each state, its own periodic images included. A kind of
well is filled as its states weigh, n_w = ζ z_w / (1 + ζ z_w) with one fugacity ζ for all wells:
few carriers sit as one alone would, full wells answer each for itself, and wells that are all alike
answer like one well.
"""

from collections.abc import Callable
from dataclasses import dataclass, replace

import numpy as np
import numpy.typing as npt
from scipy.optimize import brentq, minimize_scalar
from scipy.special import expit, logit, logsumexp

from mcsc.arrays import FloatArray
from mcsc.model import Model
from mcsc.observables.displacement import DISPLACEMENTS
from mcsc.observables.observable import Observable, Point

# temperatures between which crossings are sought: of the smallest and largest energy differences
_COLD, _HOT, _MESH = 1.0 / 50.0, 50.0, 200
# an occupation of exactly 0 or 1 has no fugacity
_LEAST_FILLING = 1e-12
_SERIES = {
    "displacement", "displacement_squared", "transverse_squared", "parallel", "parallel_squared",
    "perpendicular", "perpendicular_squared",
}  # fmt: skip

FREE: tuple[Observable, ...] = tuple(
    item for item in DISPLACEMENTS if {series.name for series in item.series} <= _SERIES
)
"""Observables that free carriers have, as ``NAME_free``."""


@dataclass(frozen=True)
class FreeCarriers:
    """Wells that carriers fill without repelling each other.

    energies: (W, S) energy of a lone carrier in each state of each well, in the field; ∞ where a
        well has fewer states.
    displacements: (W, S, 3) displacement of each state, length.
    direction: (3,) unit vector of the field.
    fixed: Whether their number is: its fluctuations then take no part in those of displacements.
    copies: How often each of these wells is in the supercell.
    """

    energies: FloatArray
    displacements: FloatArray
    direction: FloatArray
    fixed: bool = True
    copies: int = 1

    def of_wells(self, chosen: npt.ArrayLike) -> "FreeCarriers":
        """The same with some of the wells only."""
        at = np.asarray(chosen)
        return replace(self, energies=self.energies[at], displacements=self.displacements[at])

    def means(self, thermal_energy: FloatArray, number: FloatArray) -> dict[str, FloatArray]:
        """Means of the series that observables of displacements are made of.

        thermal_energy: (T,) k_B T, energy.
        number: (T,) carriers in the supercell.

        Returns: (T, ...) means per carrier by name of the series.
        """
        weight, filled = self._weights(thermal_energy, number)
        total = filled.sum(axis=1)
        u = self.displacements
        along = u @ self.direction
        across = u - along[..., None] * self.direction

        def mean(values: FloatArray) -> FloatArray:
            of_well = np.einsum("tws,wsk->twk", weight, values)
            return np.asarray(np.einsum("tw,twk->tk", filled, of_well) / total[:, None])

        def variance(values: FloatArray) -> FloatArray:
            """N Var of the mean over the carriers, of each component."""
            of_well = np.einsum("tws,wsk->twk", weight, values)
            squares = np.einsum("tws,wsk->twk", weight, values**2)
            n, spread = filled[..., None], (filled * (1 - filled))[..., None]
            found = (n * squares - (n * of_well) ** 2).sum(axis=1)
            if self.fixed:
                with_number, of_number = (spread * of_well).sum(axis=1), spread.sum(axis=1)
                found -= np.where(of_number > 0, with_number**2 / np.maximum(of_number, 1e-300), 0)
            return np.asarray(np.maximum(found, 0.0) / total[:, None])

        parallel, perpendicular = mean(along[..., None])[:, 0], mean(across)
        in_all = np.asarray(number, dtype=np.float64)
        return {
            "displacement": mean(u),
            "displacement_squared": mean((u**2).sum(axis=2, keepdims=True))[:, 0],
            "transverse_squared": mean((across**2).sum(axis=2, keepdims=True))[:, 0],
            "parallel": parallel,
            "parallel_squared": parallel**2 + variance(along[..., None])[:, 0] / in_all,
            "perpendicular": perpendicular,
            "perpendicular_squared": (perpendicular**2).sum(axis=1)
            + variance(across).sum(axis=1) / in_all,
        }

    def _weights(
        self, thermal_energy: FloatArray, number: FloatArray
    ) -> tuple[FloatArray, FloatArray]:
        """(T, W, S) weight of each state in its well, and (T, W) how far each well is filled."""
        exponent = -self.energies / np.asarray(thermal_energy)[:, None, None]
        log_z = logsumexp(exponent, axis=2)
        filling = np.asarray(number) / (self.copies * len(self.energies))
        start = logit(np.clip(filling, _LEAST_FILLING, 1 - _LEAST_FILLING))
        low, high = start - log_z.max(axis=1), start - log_z.min(axis=1)
        for _ in range(64):
            middle = (low + high) / 2
            above = expit(middle[:, None] + log_z).mean(axis=1) > expit(start)
            low, high = np.where(above, low, middle), np.where(above, middle, high)
        filled = expit(((low + high) / 2)[:, None] + log_z)
        return np.exp(exponent - log_z[..., None]), filled

    def observables(self, point: Point) -> dict[str, FloatArray]:
        """Values of :data:`FREE` by name, at the temperatures and carriers of a point."""
        number = np.broadcast_to(np.asarray(point.n_carriers, float), point.temperature.shape)
        means = self.means(point.thermal_energy, number)
        return {
            item.name: item.function(point, *(means[series.name] for series in item.series))
            for item in FREE
        }

    def half_transmission(self, number: Callable[[FloatArray], FloatArray]) -> float:
        """k_B T at which transmission falls through one half for the last time on heating.

        number: Carriers in the supercell at k_B T.

        Returns: NaN where it does not: without a field, and where hardly any state lies along it.
        """

        def excess(thermal_energy: FloatArray) -> FloatArray:
            means = self.means(thermal_energy, number(thermal_energy))
            squares = np.maximum(means["displacement_squared"], 1e-300)
            return np.asarray(means["parallel"] ** 2 / squares - 0.5)

        mesh = self._mesh()
        falls = np.flatnonzero(np.diff(np.sign(excess(mesh))) < 0) if len(mesh) else mesh
        if not len(falls):
            return float("nan")
        k = int(falls[-1])
        root = brentq(lambda t: float(excess(np.array([t]))[0]), mesh[k], mesh[k + 1], xtol=1e-14)
        return float(root)

    def response_peak(self, number: Callable[[FloatArray], FloatArray]) -> float:
        """k_B T of the largest N Var(U∥)/(k_B T), NaN where it has no peak; see above."""

        def response(thermal_energy: FloatArray) -> FloatArray:
            n = number(thermal_energy)
            means = self.means(thermal_energy, n)
            variance = means["parallel_squared"] - means["parallel"] ** 2
            return np.asarray(n * variance / thermal_energy)

        mesh = self._mesh()
        values = response(mesh) if len(mesh) else mesh
        inner = np.flatnonzero((values[1:-1] > values[:-2]) & (values[1:-1] >= values[2:])) + 1
        if not len(inner):
            return float("nan")
        k = int(inner[values[inner].argmax()])
        found = minimize_scalar(
            lambda t: -float(response(np.array([t]))[0]),
            bounds=(mesh[k - 1], mesh[k + 1]), method="bounded", options={"xatol": 1e-9 * mesh[k]},
        )  # fmt: skip
        return float(found.x)

    def _mesh(self) -> FloatArray:
        """k_B T from where all is frozen to where all states weigh alike."""
        finite = self.energies[np.isfinite(self.energies)] - self.energies.min()
        inside = self.energies - self.energies.min(axis=1, keepdims=True)
        inside = inside[np.isfinite(inside) & (inside > 1e-9 * finite.max())]
        if not len(inside):
            return np.asarray(inside)
        return np.asarray(np.geomspace(_COLD * inside.min(), _HOT * finite.max(), _MESH))


def free_carriers(
    model: Model, field: FloatArray, direction: FloatArray, *, fixed: bool = True
) -> FreeCarriers:
    """Free carriers in the wells of a model.

    model: With or without a field of its own, which is left out.
    field: (3,) electric field, energy per charge and length.
    direction: (3,) unit vector that ∥ is along.
    fixed: Whether the number of carriers is.
    """
    u, states = model.displacements, np.array(model.lattice.states_per_well)
    site = model.site + u @ (model.field - field)
    wells = np.repeat(np.arange(len(states)), states)
    number = np.concatenate([np.arange(n) for n in states])
    copies, cells = model.lattice.n_cells, 1
    each = site[:, None]
    if model.external is not None:
        # every well of the supercell is another one
        copies, cells = 1, model.lattice.n_cells
        each = each + model.external.reshape(len(site), cells)
    energies = np.full((len(states), states.max(), cells), np.inf)
    displacements = np.zeros((len(states), states.max(), 3))
    energies[wells, number], displacements[wells, number] = each, u
    return FreeCarriers(
        energies.transpose(0, 2, 1).reshape(-1, states.max()),
        np.repeat(displacements, cells, axis=0),
        direction,
        fixed,
        copies,
    )


def threshold_fields(model: Model, direction: FloatArray) -> FloatArray:
    """Field E* = min (W_s − W_0)/(u_s · ê) in which a lone carrier leaves the centre of its well.

    model: Dopants are left out.
    direction: (3,) unit vector ê of the field.

    Returns: (B,) threshold of each well of the cell; NaN where no state lies along the field, 0
        where one does not cost anything.
    """
    free = free_carriers(replace(model, external=None), np.zeros(3), direction)
    along, cost = free.displacements @ direction, free.energies - free.energies[:, :1]
    ahead = along > 1e-9 * max(float(np.abs(along).max()), 1e-300)
    fields = np.where(ahead, np.maximum(cost, 0.0) / np.where(ahead, along, 1.0), np.inf)
    lowest = fields.min(axis=1)
    return np.where(np.isfinite(lowest), lowest, np.nan)
