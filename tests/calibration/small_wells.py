"""Wells few enough to sum over all configurations, and what is exactly true of them.

Carriers on half of the wells of a square lattice, layers two lattice constants apart, with their
Coulomb repulsion: 4 × 2 wells (70 configurations) and 4 × 4 (12 870). They order as a
checkerboard, q = (½, ½, 0). Energies and density waves come from :mod:`exact`, not from mcsc.
"""

from dataclasses import dataclass
from functools import cache

import numpy as np
from exact import boltzmann, configurations, density_waves, energies, system
from scipy.optimize import brentq, minimize_scalar

from mcsc import textbook
from mcsc.chain import Sampling, Task, run

TEMPERATURES = tuple(float(t) for t in np.linspace(0.08, 0.24, 9).round(6))
CHECKERBOARD = (0.5, 0.5, 0.0)
SMALL, LARGE = ((4, 2, 1), 4), ((4, 4, 1), 8)
SQUARE = textbook("square", 2.0)


@dataclass(frozen=True)
class Exact:
    """Energy and m² of every configuration of one supercell."""

    energy: np.ndarray
    squared: np.ndarray
    n_carriers: int

    def __call__(self, temperature):
        """The observables of a ladder at one temperature, by their names."""
        p = boltzmann(self.energy, temperature)
        mean = p @ self.energy
        square = p @ self.squared
        n = self.n_carriers
        return {
            "energy": mean / n,
            "specific_heat": p @ (self.energy - mean) ** 2 / (n * temperature**2),
            "charge_susceptibility": n * (square - (p @ np.sqrt(self.squared)) ** 2) / temperature,
            "charge_binder_ratio": p @ self.squared**2 / square**2,
        }

    def peak(self, name):
        """Temperature of the largest value."""
        best = minimize_scalar(
            lambda t: -self(t)[name], bounds=(0.09, 0.2), options={"xatol": 1e-8}
        )
        return float(best.x)


@cache
def exact(size):
    """Sums over all configurations of :data:`SMALL` or :data:`LARGE`."""
    cells, n = size
    found = system(SQUARE, cells)
    states = configurations(found, n)
    q = np.array([CHECKERBOARD]) @ (2 * np.pi * np.linalg.inv(SQUARE.cell).T)
    squared = np.abs(density_waves(found, states, q)[:, 0]) ** 2 / n**2
    return Exact(energies(found, states), squared, n)


def transition_temperatures():
    """Exact temperatures of the three estimators of T_charge."""
    small, large = exact(SMALL), exact(LARGE)

    def difference(t):
        return large(t)["charge_binder_ratio"] - small(t)["charge_binder_ratio"]

    return {
        "susceptibility peak": large.peak("charge_susceptibility"),
        "specific-heat peak": large.peak("specific_heat"),
        "Binder crossing": float(brentq(difference, 0.12, 0.2)),
    }


def sampled(size, sweeps, seed):
    """Datasets of a ladder measured at every sweep, so that bins are short against τ."""
    sampling = Sampling(sweeps, 256, measurements=sweeps, exchange_interval=1)
    cells, n = size
    return run(Task(SQUARE, cells, n, TEMPERATURES, sampling=sampling, seed=seed))
