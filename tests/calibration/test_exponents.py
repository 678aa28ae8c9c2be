"""Errors of exponents and of the data collapse, from correlated samples of exact distributions."""

from functools import cache

import numpy as np
import pytest
from calibration.coverage import autoregressive
from scipy.optimize import brentq, minimize_scalar
from scipy.special import gammaln
from scipy.stats import norm

from mcsc.transitions.collapse import collapse
from mcsc.transitions.power_law import scaling_exponent
from mcsc.transitions.size_curves import SizeSeries, size_curves
from mcsc.transitions.size_numbers import size_numbers

pytestmark = pytest.mark.validation

TEMPERATURES = np.linspace(0.8, 1.24, 12)
SPINS = (64, 144, 256)
RUNS, SAMPLES, TIME = 150, 1024, 8.0


class Spins:
    """Ising spins with E = −M²/2n, which order at T = 1 as n → ∞; L is √n."""

    def __init__(self, n):
        up = np.arange(n + 1)
        moment = (n - 2.0 * up) / n
        self.n, self.length, self.energy, self.modulus = n, n**0.5, -n * moment**2 / 2, abs(moment)
        self.log_g = gammaln(n + 1) - gammaln(up + 1) - gammaln(n - up + 1)

    def p(self, temperature):
        weight = self.log_g - self.energy / temperature
        weight = np.exp(weight - weight.max())
        return weight / weight.sum()

    def binder(self, temperature):
        p = self.p(temperature)
        return p @ self.modulus**4 / (p @ self.modulus**2) ** 2

    def order(self, temperature):
        return self.p(temperature) @ self.modulus

    def susceptibility(self, temperature):
        p = self.p(temperature)
        return (p @ self.modulus**2 - (p @ self.modulus) ** 2) / temperature

    def drawn(self, seed):
        """Series of a ladder whose samples keep their rank by an AR(1) chain of τ = 8."""
        ranks = norm.cdf(autoregressive(TIME, (SAMPLES, len(TEMPERATURES)), seed).T)
        rows = []
        for temperature, rank in zip(TEMPERATURES, ranks, strict=True):
            rows.append(np.searchsorted(self.p(temperature).cumsum(), rank * (1 - 1e-12)))
        index = np.minimum(np.stack(rows), self.n)
        squared = self.modulus[index][..., np.newaxis] ** 2
        return SizeSeries(self.length, self.n, TEMPERATURES, self.energy[index], squared)


def exact_exponents(small, large):
    """Of two sizes: logarithms of ratios of exact curves, at the exact crossing and peaks."""
    cross = brentq(lambda t: large.binder(t) - small.binder(t), 0.85, 1.15)

    def slope(one):
        return (one.binder(cross + 1e-4) - one.binder(cross - 1e-4)) / 2e-4

    def height(one):
        at = minimize_scalar(lambda t: -one.susceptibility(t), bounds=(0.7, 1.3), method="bounded")
        return one.n * one.susceptibility(at.x)

    step = np.log(large.length / small.length)
    return {
        "binder_slope": np.log(slope(large) / slope(small)) / step,
        "susceptibility_peak": np.log(height(large) / height(small)) / step,
        "order_at_crossing": np.log(large.order(cross) / small.order(cross)) / step,
    }


@cache
def scores():
    """(value − truth) / error by name, in runs of 128 τ.

    Exponents of two sizes against the exact ones, a collapse of three against its mean.
    """
    sizes = [Spins(n) for n in SPINS]
    truth = exact_exponents(sizes[0], sizes[2])
    found = {name: [] for name in truth}
    collapses = []
    for run in range(RUNS):
        curves = [size_curves(one.drawn(1000 * run + one.n), 0.9, 1.1, 1.0, 16) for one in sizes]
        assert not any(isinstance(one, str) for one in curves)
        pair = size_numbers([curves[0], curves[2]], [1.0])
        for name, exactly in truth.items():
            fit = scaling_exponent(pair.lengths, *pair.with_covariance(name))
            found[name].append((fit.value - exactly) / fit.stderr)
        best = collapse(curves, 1.0, 1.0, 2.0)
        numbers = (best.temperature, best.inverse_nu, best.beta_over_nu)
        collapses.append([(one.value, one.stderr) for one in numbers])
    values, errors = np.moveaxis(np.array(collapses), 2, 0)
    for k, name in enumerate(("T_c", "one_over_nu", "beta_over_nu")):
        known = np.isfinite(values[:, k])
        about = values[known, k] - values[known, k].mean()
        found[f"collapse {name}"] = about / errors[known, k]
    return {name: np.array(z)[np.isfinite(z)] for name, z in found.items()}


@pytest.mark.parametrize("name", ["binder_slope", "susceptibility_peak", "order_at_crossing"])
def test_intervals_of_exponents(name):
    z = scores()[name]
    assert len(z) > 0.9 * RUNS
    # 150 runs leave ± 4 % by chance
    assert np.mean(np.abs(z) < 1) == pytest.approx(0.68, abs=0.08)
    assert z.std() < 1.25


@pytest.mark.xfail(strict=True, reason="T_c of a collapse scatters by 1.5 errors in short runs")
def test_interval_of_the_temperature_of_a_collapse():
    z = scores()["collapse T_c"]
    assert np.mean(np.abs(z) < 1) == pytest.approx(0.68, abs=0.08)
