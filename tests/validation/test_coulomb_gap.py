"""The Coulomb gap: energies of single carriers in cubic wells of random depth: minutes.

Half of the wells are filled, their depths are drawn from a Gaussian. Chains are annealed and
quenched to states that no hop of one carrier, and no near hops of two, can lower. The energy of a
well there is its depth and the potential of all charges n − 1/2 but the one in it: that one's
periodic images are among the others. Energies are in units of e²/(4πε0 ε_r a), a the nearest-well
distance.
"""

from dataclasses import dataclass, replace
from functools import cache

import numpy as np
import pytest
from numpy.typing import NDArray
from scipy.optimize import brentq

from mcsc.chain import Task
from mcsc.ground_states import Annealing
from mcsc.ground_states.chains import annealed
from mcsc.model import Model, build_model
from mcsc.structure import textbook

pytestmark = pytest.mark.validation

FloatArray = NDArray[np.float64]

SIZE, SAMPLES = 16, 150
# standard deviation of the depths: so large that neighbours do not order
DISORDER = 2.0
ANNEALING = Annealing(1, 4800, 30, hottest=0.25, coldest=0.002, population=1)
BIN = 0.05


@cache
def clean() -> Model:
    """Wells of equal depth; by their symmetry a small table holds all pair energies."""
    return build_model(textbook("cubic"), (SIZE, SIZE, SIZE))


@dataclass(frozen=True)
class Glass(Task):
    """Carriers in wells of random depth, drawn for the seed."""

    def build(self) -> Model:
        """The model of equal depths with random ones on top."""
        depths = np.random.default_rng([self.seed, *self.size]).normal(0.0, DISORDER, self.size)
        return replace(clean(), external=depths[None])


def self_images() -> float:
    """Potential of the periodic images of a unit charge, and of its background, at its place."""
    return 2.0 * float(clean().site[0])


def longest_hop() -> float:
    """What a carrier gains from the hole it leaves at their largest distance, about 2/L."""
    return float(clean().pair.min()) - self_images()


def sample(seed: int) -> FloatArray:
    """(W,) distances |ε| of the energies of all wells from the chemical potential."""
    size = (SIZE, SIZE, SIZE)
    task = Glass(textbook("cubic"), size, SIZE**3 // 2, (0.1,), seed=seed)
    state = annealed(task, ANNEALING)[0]
    energies = task.build().potential(state)[0].reshape(-1)
    energies += np.where(state < 0, -0.5, 0.5) * self_images()
    highest, lowest = energies[state >= 0].max(), energies[state < 0].min()
    assert lowest - highest > longest_hop(), "a hop of one carrier lowers the energy"
    return np.abs(energies - 0.5 * (highest + lowest))


def level(energies: FloatArray, share: float) -> float:
    """Energy at which the density of states reaches a share of its largest value."""
    count, edges = np.histogram(energies, np.arange(0.0, 2.0, BIN))
    above = int(np.argmax(count > share * count.max()))
    step = (share * count.max() - count[above - 1]) / (count[above] - count[above - 1])
    return float(edges[above] + (step - 0.5) * BIN)


def exponent(energies: FloatArray, low: float, high: float) -> float:
    """δ of the largest likelihood, of energies between ``low`` and ``high`` drawn from ε^δ."""
    found = np.log(energies[(energies > low) & (energies < high)]).mean()
    logs = np.log([low, high])

    def excess(delta: float) -> float:
        weights = np.exp((delta + 1.0) * logs)
        return float(np.diff(weights * logs)[0] / np.diff(weights)[0]) - 1 / (delta + 1.0) - found

    return float(brentq(excess, -0.9, 9.0))


def with_error(samples: FloatArray, share: float) -> tuple[float, float]:
    """δ where g is less than a share of its largest value, and its error by a jackknife."""
    n, low = len(samples), longest_hop()
    left_out = [np.delete(samples, i, axis=0) for i in range(n)]
    values = [exponent(kept, low, level(kept, share)) for kept in left_out]
    return exponent(samples, low, level(samples, share)), float(np.std(values) * (n - 1) ** 0.5)


def test_exponent_of_the_coulomb_gap(rows) -> None:
    samples = np.array([sample(seed) for seed in range(SAMPLES)])
    # near and far hops of every carrier
    rows.evaluations += SAMPLES * SIZE**3 * ANNEALING.sweeps
    delta, error = with_error(samples, 0.25)
    wide, wide_error = with_error(samples, 0.5)
    low, high = longest_hop(), level(samples, 0.25)
    density = np.mean((samples > low) & (samples < high)) / 2
    quadratic = (high**3 - low**3) / np.pi
    rows.compare(
        f"Coulomb gap, cubic wells 1/2, Gaussian depths of width {DISORDER:g}: δ of g ∝ |ε|^δ",
        delta, error, 2.01, 0.05,
        source="M. Goethe, M. Palassini, Phys. Rev. Lett. 103, 045702 (2009), "
        "doi:10.1103/PhysRevLett.103.045702: large disorder, g(ε, T) = T^δ f(|ε|/T)",
        note=f"{SAMPLES} samples of {SIZE}³ wells, each in a state stable against hops of one "
        f"carrier; |ε| from {low:.3f}, what the longest hop in the cell gains, to {high:.3f}, "
        "where g reaches a quarter of its largest value. There g is "
        f"{density / quadratic:.2f} of (3/π)ε², the self-consistent law of Efros and Shklovskii. "
        f"Up to half of the largest value δ is {wide:.2f} ± {wide_error:.2f}: g turns over",
    )  # fmt: skip
