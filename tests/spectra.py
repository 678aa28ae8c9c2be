"""Exactly known distributions of energy and order, to draw samples from."""

import numpy as np
import pytest
from scipy.special import gammaln, logsumexp


class Spectrum:
    """Levels (E, |m|) with log degeneracies, exact means and exact draws."""

    def __init__(self, energy, modulus, log_degeneracy):
        self.energy, self.modulus, self.log_g = energy, modulus, log_degeneracy

    def p(self, temperatures):
        weight = self.log_g - self.energy / np.atleast_1d(temperatures)[:, np.newaxis]
        return np.exp(weight - logsumexp(weight, axis=1, keepdims=True))

    def draw(self, temperatures, n, rng):
        cumulative = self.p(temperatures).cumsum(axis=1)
        rows = [np.searchsorted(c / c[-1], rng.random(n), side="right") for c in cumulative]
        index = np.stack(rows)
        return self.energy[index], self.modulus[index] ** 2

    def binder(self, temperature):
        p = self.p(temperature)
        return (p @ self.modulus**4 / (p @ self.modulus**2) ** 2).item()


def _lattice_ising(length):
    """L × L periodic Ising lattice with J = k_B = 1, by full enumeration."""
    n = length**2
    bits = (np.arange(2**n)[:, np.newaxis] >> np.arange(n)) & 1
    spins = (1 - 2 * bits).astype(np.int8).reshape(-1, length, length)
    bonds = spins * np.roll(spins, 1, axis=1) + spins * np.roll(spins, 1, axis=2)
    pairs = np.stack([-bonds.sum(axis=(1, 2)), np.abs(spins.sum(axis=(1, 2)))], axis=1)
    levels, counts = np.unique(pairs, axis=0, return_counts=True)
    return Spectrum(levels[:, 0].astype(float), levels[:, 1] / n, np.log(counts))


def _infinite_range_ising(n):
    """n spins, E = −M²/2n: T_c = 1 for n → ∞, where R = Γ(5/4)Γ(1/4)/Γ(3/4)² = 2.188."""
    up = np.arange(n + 1)
    moment = (n - 2 * up).astype(float)
    log_g = gammaln(n + 1) - gammaln(up + 1) - gammaln(n - up + 1)
    return Spectrum(-(moment**2) / (2 * n), np.abs(moment) / n, log_g)


@pytest.fixture(scope="session")
def spectrum():
    """The class, to build a spectrum from levels."""
    return Spectrum


@pytest.fixture(scope="session")
def lattice_ising():
    """Function of the length of the lattice."""
    return _lattice_ising


@pytest.fixture(scope="session")
def infinite_range_ising():
    """Function of the number of spins."""
    return _infinite_range_ising


@pytest.fixture(scope="session")
def ising4():
    return _lattice_ising(4)


def _three_spin_ising(n):
    """n spins, E = −n |M/n|³: of first order at T = 1.488, where |M|/n jumps to 0.948."""
    up = np.arange(n // 2 + 1)
    moment = (n - 2 * up) / n
    log_g = gammaln(n + 1) - gammaln(up + 1) - gammaln(n - up + 1)
    return Spectrum(-n * moment**3, moment, log_g + np.where(moment == 0, 0.0, np.log(2)))


def _infinite_range_blume_capel(n, field):
    """n spins −1, 0, 1 with E = −M²/2n + field Σ s²: of first order for fields of 0.4621 to 0.5."""
    up, down = np.array([(i, j) for i in range(n + 1) for j in range(min(i, n - i) + 1)]).T
    moment = (up - down).astype(float)
    log_g = gammaln(n + 1) - gammaln(up + 1) - gammaln(down + 1) - gammaln(n - up - down + 1)
    twice = np.where(up == down, 0.0, np.log(2))
    return Spectrum(-(moment**2) / (2 * n) + field * (up + down), moment / n, log_g + twice)


@pytest.fixture(scope="session")
def three_spin_ising():
    """Function of the number of spins."""
    return _three_spin_ising


@pytest.fixture(scope="session")
def infinite_range_blume_capel():
    """Function of the number of spins and the crystal field."""
    return _infinite_range_blume_capel
