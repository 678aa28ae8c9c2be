"""Where the temperatures of a ladder have to be for replicas to be exchanged equally often.

From pilot ladders, multi-histogram reweighting gives the distribution of the energy at every
temperature, and so the share of exchanges that any two temperatures accept. Where the energy
fluctuates most, at transitions, temperatures come out densest. One ladder serves many points of a
diagram: the worst of them decides everywhere.

For Gaussian energies the rate between β and β + dβ is erfc(σ dβ / 2), so that temperatures equally
far apart by the length ∫ σ dβ exchange equally often. That is the first guess; the rates themselves
then correct it.

D. A. Kofke, J. Chem. Phys. 117, 6911 (2002), doi:10.1063/1.1507776 (rate and heat capacity).
N. Rathore, M. Chopra, J. J. de Pablo, J. Chem. Phys. 122, 024111 (2005), doi:10.1063/1.1831273
(equal rates).
"""

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray
from scipy.special import erfcinv

from mcsc.arrays import FloatArray
from mcsc.estimators.reweighting import free_energies

# temperatures of the mesh that the length is integrated over, bins of an energy histogram,
# corrections of the guess
MESH, BINS, CORRECTIONS = 400, 256, 6
# most temperatures where the run file gives no number, and fewest
MOST, FEWEST = 64, 4


class Pilot(NamedTuple):
    """Ascending temperatures (K,) and the energies (K, n) at them, of one point of the diagram."""

    temperatures: FloatArray
    energies: FloatArray


@dataclass(frozen=True)
class Placement:
    """A ladder and what it is expected to do.

    temperatures: (K,) ascending, the ends as asked for.
    rates: (K − 1,) predicted exchange rate of neighbours at the worst point.
    worst: (K − 1,) number of that point.
    needed: Temperatures that the rate asked for takes; 0 where none was.
    """

    temperatures: tuple[float, ...]
    rates: FloatArray
    worst: NDArray[np.intp]
    needed: int


@dataclass(frozen=True)
class Spectrum:
    """Energies (bins,) and logarithms of their density of states, as far as pilots saw them."""

    energy: FloatArray
    log_density: FloatArray

    def probabilities(self, betas: FloatArray) -> FloatArray:
        """(n, bins) distribution of the energy at each inverse temperature."""
        exponent = self.log_density - np.multiply.outer(betas, self.energy)
        weight = np.exp(exponent - exponent.max(axis=1, keepdims=True))
        return np.asarray(weight / weight.sum(axis=1, keepdims=True))

    def spread(self, betas: FloatArray) -> FloatArray:
        """Standard deviation of the energy at each inverse temperature."""
        p = self.probabilities(betas)
        centred = self.energy - (p @ self.energy)[:, np.newaxis]
        return np.asarray(np.sqrt((p * centred**2).sum(axis=1)))

    def rates(self, betas: FloatArray) -> FloatArray:
        """(n − 1,) accepted share of exchanges between neighbours."""
        p = self.probabilities(betas)
        gap = np.subtract.outer(self.energy, self.energy)
        steps = zip(pairwise(p), -np.diff(betas), strict=True)
        return np.array([a @ np.exp(np.minimum(0.0, step * gap)) @ b for (a, b), step in steps])


def spectrum(pilot: Pilot, boltzmann: float) -> Spectrum:
    """The density of states that the histograms of a pilot share."""
    temperatures, energies = pilot
    betas = 1.0 / (boltzmann * temperatures)
    low, high = float(energies.min()), float(energies.max())
    width = (high - low) / BINS or 1.0
    index = np.minimum(((energies.ravel() - low) / width).astype(np.intp), BINS - 1)
    count = np.bincount(index, minlength=BINS)
    kept = count > 0
    centre = np.bincount(index, energies.ravel(), minlength=BINS)[kept] / count[kept]
    f = free_energies(energies, betas)
    exponent = f - np.multiply.outer(centre, betas)
    top = exponent.max(axis=1)
    density = top + np.log(np.exp(exponent - top[:, np.newaxis]).sum(axis=1))
    return Spectrum(centre, np.log(count[kept]) - density)


def place_temperatures(
    pilots: Sequence[Pilot], boltzmann: float, *, num: int | None, rate: float | None
) -> Placement:
    """Place a ladder between the ends of the pilots' ladders.

    pilots: One for each point of the diagram; all between the same two temperatures.
    boltzmann: k_B in energy per temperature.
    num: Number of temperatures, the most where ``rate`` is given; up to :data:`MOST` when None.
    rate: Exchange rate to reach with as few temperatures as do; None to use all ``num``.
    """
    spectra = [spectrum(pilot, boltzmann) for pilot in pilots]
    ends = pilots[0].temperatures[[0, -1]]
    mesh = np.geomspace(ends[0], ends[1], MESH)
    betas = 1.0 / (boltzmann * mesh)
    density = np.max([one.spread(betas) * betas for one in spectra], axis=0)
    # frozen energies exchange always: the smallest distance keeps temperatures apart
    density = np.maximum(density, 0.02 * density.max() + 1e-12)
    most = num or MOST
    for _ in range(CORRECTIONS):
        steps = 0.5 * (density[1:] + density[:-1]) * np.diff(np.log(mesh))
        length = np.concatenate([[0.0], np.cumsum(steps)])
        needed = 0 if rate is None else 1 + int(np.ceil(length[-1] / _length_of(rate) - 1e-6))
        n = most if rate is None else int(np.clip(needed, FEWEST, most))
        even = np.interp(np.linspace(0.0, length[-1], n), length, mesh)
        ladder = np.array([float(f"{t:.5g}") for t in even])
        ladder[[0, -1]] = ends
        found = _expected(spectra, boltzmann, ladder, needed)
        # lengths that these rates say, spread over the interval
        true = _length_of(np.clip(found.rates, 1e-6, 0.99))
        factor = np.clip(true / np.diff(np.interp(ladder, mesh, length)), 0.25, 4.0)
        interval = np.clip(np.searchsorted(ladder, mesh, side="right") - 1, 0, n - 2)
        density = density * factor[interval]
    return found


def expected(
    pilots: Sequence[Pilot], boltzmann: float, ladder: Sequence[float], needed: int
) -> Placement:
    """What a ladder that was placed otherwise is expected to do, see :class:`Placement`."""
    spectra = [spectrum(pilot, boltzmann) for pilot in pilots]
    return _expected(spectra, boltzmann, np.array(ladder), needed)


def _expected(
    spectra: Sequence[Spectrum], boltzmann: float, ladder: FloatArray, needed: int
) -> Placement:
    table = np.array([one.rates(1.0 / (boltzmann * ladder)) for one in spectra])
    return Placement(tuple(ladder.tolist()), table.min(axis=0), table.argmin(axis=0), needed)


def _length_of(rate: FloatArray | float) -> FloatArray:
    """The length ∫ σ dβ over which a Gaussian energy exchanges at a rate."""
    return np.asarray(2.0 * erfcinv(rate))
