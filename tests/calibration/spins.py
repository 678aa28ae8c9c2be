"""Exponents and data collapse of infinite-range Ising spins, whose distributions are exact."""

from dataclasses import replace
from functools import cache

import numpy as np
from calibration.chains import autoregressive
from scipy.optimize import brentq, minimize_scalar
from scipy.special import gammaln
from scipy.stats import norm

from mcsc.estimators.scaling.collapse import collapse
from mcsc.estimators.scaling.curves import SizeSeries, size_curves
from mcsc.estimators.scaling.numbers import size_numbers
from mcsc.estimators.scaling.power_law import scaling_exponent

TEMPERATURES = np.linspace(0.8, 1.24, 12)
SPINS = (64, 144, 256)
SAMPLES, TIME = 1024, 8.0
# other runs than those that rules of the collapse were chosen by
FIRST_RUN = 2000
# and so many for one that the exact curves are collapsed with the errors of
_EXACT = 20


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


def collapsed(curves):
    """Values and errors of T_c, 1/ν and β/ν, shape (3, 2)."""
    best = collapse(curves, 1.0, 1.0, 2.0)
    numbers = (best.temperature, best.inverse_nu, best.beta_over_nu)
    return np.array([(one.value, one.stderr) for one in numbers])


def exact_curves(sizes, curves):
    """The curves with the exact values in place of those of a run, and its errors."""
    found = []
    for one, known in zip(sizes, curves, strict=True):
        exact = [[f(t) for t in known.temperatures] for f in (one.binder, one.order)]
        binder, order = (
            rows - rows[0] + values
            for rows, values in zip((known.raw_binder, known.raw_order), exact, strict=True)
        )
        found.append(replace(known, raw_binder=binder, raw_order=order))
    return found


@cache
def scores(runs):
    """(value − truth) / error by name, in so many runs of 128 τ; NaN where there is no value.

    Exponents of two sizes against the exact ones, a collapse of three against those of the exact
    curves, whose points have the errors of a run.
    """
    sizes = [Spins(n) for n in SPINS]
    truth = exact_exponents(sizes[0], sizes[2])
    found = {name: [] for name in truth}
    collapses, of_exact = [], []
    for run in range(FIRST_RUN, FIRST_RUN + runs):
        curves = [size_curves(one.drawn(1000 * run + one.n), 0.9, 1.1, 1.0, 16) for one in sizes]
        assert not any(isinstance(one, str) for one in curves)
        pair = size_numbers([curves[0], curves[2]], [1.0])
        for name, exactly in truth.items():
            fit = scaling_exponent(pair.lengths, *pair.with_covariance(name))
            found[name].append((fit.value - exactly) / fit.stderr)
        collapses.append(collapsed(curves))
        if run % _EXACT == 0:
            of_exact.append(collapsed(exact_curves(sizes, curves))[:, 0])
    values, errors = np.moveaxis(np.array(collapses), 2, 0)
    known = np.mean(of_exact, axis=0)
    for k, name in enumerate(("temperature", "1/ν", "β/ν")):
        found[f"collapse, {name}"] = (values[:, k] - known[k]) / errors[:, k]
    return {name: np.array(z) for name, z in found.items()}
