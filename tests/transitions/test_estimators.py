"""Transition estimators on samples drawn from exact distributions."""

import numpy as np
import pytest
from scipy.optimize import brentq
from scipy.special import gammaln, logsumexp

from mcsc.transitions.estimators import (
    Ladder,
    binder_crossing,
    binder_ratio,
    disordered_binder_ratio,
    order_present,
    specific_heat_peak,
    susceptibility_peak,
    transition_order,
)


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


def lattice_ising(length):
    """L × L periodic Ising lattice with J = k_B = 1, by full enumeration."""
    n = length**2
    bits = (np.arange(2**n)[:, np.newaxis] >> np.arange(n)) & 1
    spins = (1 - 2 * bits).astype(np.int8).reshape(-1, length, length)
    bonds = spins * np.roll(spins, 1, axis=1) + spins * np.roll(spins, 1, axis=2)
    pairs = np.stack([-bonds.sum(axis=(1, 2)), np.abs(spins.sum(axis=(1, 2)))], axis=1)
    levels, counts = np.unique(pairs, axis=0, return_counts=True)
    return Spectrum(levels[:, 0].astype(float), levels[:, 1] / n, np.log(counts))


def infinite_range_ising(n):
    """n spins, E = −M²/2n: T_c = 1 for n → ∞, where R = Γ(5/4)Γ(1/4)/Γ(3/4)² = 2.188."""
    up = np.arange(n + 1)
    moment = (n - 2 * up).astype(float)
    log_g = gammaln(n + 1) - gammaln(up + 1) - gammaln(n - up + 1)
    return Spectrum(-(moment**2) / (2 * n), np.abs(moment) / n, log_g)


def two_phases(separation, width):
    """Energy distribution at T = 1: two equal Gaussians at ± separation / 2."""
    energy = np.linspace(-3 * separation - 8 * width, 3 * separation + 8 * width, 4001)
    peaks = [-((energy - s * separation / 2) ** 2) / (2 * width**2) for s in (1, -1)]
    return Spectrum(energy, np.zeros_like(energy), np.logaddexp(*peaks) + energy)


@pytest.fixture(scope="module")
def ising4():
    return lattice_ising(4)


@pytest.fixture(scope="module")
def exact_peaks(ising4):
    """Temperatures of the exact maxima of χ and of the specific heat."""
    t = np.linspace(1.5, 4.5, 30001)
    p = ising4.p(t)
    m, m2, e, e2 = (
        p @ o for o in (ising4.modulus, ising4.modulus**2, ising4.energy, ising4.energy**2)
    )
    return t[((m2 - m**2) / t).argmax()], t[((e2 - e**2) / t**2).argmax()]


T9 = np.linspace(1.6, 4.6, 9)


def scores(estimates, exact):
    return np.array([(e.temperature - exact) / e.stderr for e in estimates])


def test_peaks_of_the_exact_lattice_with_honest_errors(ising4, exact_peaks):
    """Unbiased, and 1σ intervals hold the exact peak in 68 ± 8 % of 200 runs."""
    assert exact_peaks == pytest.approx((2.7935, 2.4390), abs=2e-4)
    susceptibility, heat = [], []
    for seed in range(200):
        e, m2 = ising4.draw(T9, 320, np.random.default_rng(seed))
        susceptibility.append(susceptibility_peak(T9, e, m2, 1.0, 16))
        if seed < 50:
            heat.append(specific_heat_peak(T9, e, 1.0, 16))
    z = scores(susceptibility, exact_peaks[0])
    assert np.mean(np.abs(z) < 1) == pytest.approx(0.68, abs=0.08)
    assert abs(z.mean()) < 4 / np.sqrt(200)
    assert np.mean([e.stderr for e in susceptibility]) < 0.05
    z = scores(heat, exact_peaks[1])
    assert abs(z.mean()) < 4 / np.sqrt(50)
    assert 0.7 < z.std() < 1.4


def test_units_scale_the_peak(ising4):
    e, m2 = ising4.draw(T9, 400, np.random.default_rng(1))
    plain = susceptibility_peak(T9, e, m2, 1.0, 16)
    boltzmann = 8.617333262e-5
    kelvin = susceptibility_peak(T9 * 100, e * 100 * boltzmann - 3.0, m2, boltzmann, 16)
    assert kelvin.temperature == pytest.approx(100 * plain.temperature, rel=1e-6)
    assert kelvin.stderr == pytest.approx(100 * plain.stderr, rel=1e-4)


@pytest.mark.parametrize(("low", "high", "word"), [(3.0, 5.0, "lowest"), (1.2, 2.4, "highest")])
def test_no_peak_where_the_ladder_ends_before_it(ising4, low, high, word):
    t = np.linspace(low, high, 7)
    e, m2 = ising4.draw(t, 640, np.random.default_rng(2))
    estimate = susceptibility_peak(t, e, m2, 1.0, 16)
    assert np.isnan(estimate.temperature)
    assert np.isnan(estimate.stderr)
    assert word in estimate.reason


def test_noise_has_no_peak():
    rng = np.random.default_rng(3)
    t = np.linspace(0.5, 2.0, 20)
    missing = 0
    for _ in range(40):
        e = rng.normal(-9 / t[:, np.newaxis], 3.0, (20, 320))
        m2 = t[:, np.newaxis] * rng.standard_normal((20, 320)) ** 2
        missing += np.isnan(susceptibility_peak(t, e, m2, 1.0, 36).temperature)
    assert missing >= 38


def test_a_gap_in_the_ladder_is_named():
    rng = np.random.default_rng(4)
    t = np.array([0.5, 1.0, 1.5, 2.0])
    e = np.array([0.0, 50.0, 900.0, 950.0])[:, np.newaxis] + rng.normal(0, 1, (4, 160))
    m2 = (np.array([0.1, 4.0, 0.1, 0.1])[:, np.newaxis] * rng.standard_normal((4, 160))) ** 2
    estimate = susceptibility_peak(t, e, m2, 1.0, 16)
    assert np.isnan(estimate.temperature)
    assert "do not overlap" in estimate.reason


def test_short_and_broken_series_have_reasons_and_wrong_shapes_raise():
    t = np.array([1.0, 2.0, 3.0])
    series = np.random.default_rng(5).random((3, 100))
    assert "too few" in susceptibility_peak(t, series[:, :20], series[:, :20], 1.0, 9).reason
    broken = series.copy()
    broken[1, 5] = np.nan
    assert "not finite" in specific_heat_peak(t, broken, 1.0, 9).reason
    assert "temperatures are too few" in specific_heat_peak(t[:2], series[:2], 1.0, 9).reason
    with pytest.raises(ValueError, match="ascending"):
        specific_heat_peak(t[::-1], series, 1.0, 9)
    with pytest.raises(ValueError, match="equal"):
        susceptibility_peak(t, series, series[:, 1:], 1.0, 9)


@pytest.mark.parametrize("components", [1, 2, 6])
def test_binder_ratio_of_gaussian_components(components):
    rng = np.random.default_rng(6)
    m2 = (rng.standard_normal((3, 8000, components)) ** 2).sum(axis=-1)
    ratio, stderr = binder_ratio(m2)
    assert ratio.shape == (3,)
    assert (np.abs(ratio - disordered_binder_ratio(components)) < 4 * stderr).all()
    assert binder_ratio(np.full(64, 0.3))[0] == pytest.approx(1)


def ladder(spectrum, size, temperatures, n, rng):
    return Ladder(size, temperatures, *spectrum.draw(temperatures, n, rng))


def test_binder_crossing_is_the_exact_one_with_honest_errors():
    small, large = infinite_range_ising(32), infinite_range_ising(256)
    exact = brentq(lambda t: large.binder(t) - small.binder(t), 0.8, 1.2)
    # different ladders on purpose
    t_small, t_large = np.linspace(0.6, 1.5, 10), np.linspace(0.7, 1.4, 11)
    found = []
    for seed in range(30):
        rng = np.random.default_rng(seed)
        ladders = [ladder(large, 256, t_large, 960, rng), ladder(small, 32, t_small, 960, rng)]
        found.append(binder_crossing(ladders, 1.0)[0])
    z = scores(found, exact)
    assert np.isfinite(z).all()
    assert abs(z.mean()) < 4 / np.sqrt(30)
    assert 0.7 < z.std() < 1.4
    z = np.array([(c.binder - small.binder(exact)) / c.binder_stderr for c in found])
    assert 0.7 < z.std() < 1.4
    assert np.mean([c.stderr for c in found]) < 0.04


def test_three_lattices_give_two_pairs_and_a_combined_error(ising4):
    rng = np.random.default_rng(7)
    t = np.linspace(1.3, 3.4, 8)
    spectra = {2: lattice_ising(2), 3: lattice_ising(3), 4: ising4}
    ladders = [ladder(s, size, t, 6400, rng) for size, s in spectra.items()]
    combined, pairs = binder_crossing(ladders, 1.0)
    assert [pair.sizes for pair in pairs] == [(2, 3), (3, 4)]
    for pair in pairs:
        a, b = (spectra[int(size)] for size in pair.sizes)
        exact = brentq(lambda x, a=a, b=b: b.binder(x) - a.binder(x), 1.3, 3.4)
        assert abs(pair.temperature - exact) < 4 * pair.stderr
        assert abs(pair.binder - a.binder(exact)) < 4 * pair.binder_stderr
    drift = pairs[1].temperature - pairs[0].temperature
    excess = max(drift**2 - pairs[0].stderr ** 2 - pairs[1].stderr ** 2, 0)
    assert combined.temperature == pairs[1].temperature
    assert combined.stderr == pytest.approx(np.sqrt(pairs[1].stderr ** 2 + excess))
    assert combined.sizes == (2, 3, 4)


def test_no_crossing_in_noise_or_away_from_the_transition():
    rng = np.random.default_rng(8)
    t = np.linspace(0.5, 2.0, 20)
    crossings = 0
    for _ in range(60):
        e = rng.normal(-9 / t[:, np.newaxis], 3.0, (2, 20, 320))
        m2 = rng.standard_normal((2, 20, 320)) ** 2
        pair = [Ladder(36 * (i + 1), t, e[i], m2[i]) for i in range(2)]
        crossings += np.isfinite(binder_crossing(pair, 1.0)[0].temperature)
    assert crossings <= 1
    for low, high, word in ((0.4, 0.8, "more ordered"), (1.1, 1.6, "less ordered")):
        t = np.linspace(low, high, 8)
        pair = [ladder(infinite_range_ising(n), n, t, 2000, rng) for n in (32, 256)]
        crossing, _ = binder_crossing(pair, 1.0)
        assert np.isnan(crossing.temperature)
        assert word in crossing.reason


def test_a_spurious_crossing_between_frozen_chains_is_passed_over():
    """Far below the transition tiny differences are significant but not the crossing."""
    rng = np.random.default_rng(9)
    t = np.linspace(0.5, 1.5, 11)
    small, large = (ladder(infinite_range_ising(n), n, t, 2000, rng) for n in (32, 256))
    small.order2[:2] = 0.9 + 1e-3 * rng.standard_normal((2, 2000))
    large.order2[0] = 0.9 + 1e-4 * rng.standard_normal(2000)
    large.order2[1] = 0.9 + 1e-2 * rng.standard_normal(2000)
    crossing, _ = binder_crossing([small, large], 1.0)
    assert 0.9 < crossing.temperature < 1.05


def test_constant_or_vanishing_order_is_no_crossing():
    t = np.linspace(0.5, 1.5, 5)
    e = np.random.default_rng(10).normal(size=(5, 100))
    for value in (0.0, 1.0):
        pair = [Ladder(n, t, e, np.full((5, 100), value)) for n in (1, 2)]
        assert np.isnan(binder_crossing(pair, 1.0)[0].temperature)


def test_one_size_has_no_crossing_and_equal_sizes_are_refused(ising4):
    one = ladder(ising4, 4, T9, 100, np.random.default_rng(11))
    crossing, pairs = binder_crossing([one], 1.0)
    assert "two sizes" in crossing.reason
    assert pairs == ()
    with pytest.raises(ValueError, match="repeat"):
        binder_crossing([one, one], 1.0)


T_ORDER = 1 + np.linspace(-0.25, 0.3, 9)


@pytest.mark.parametrize(
    ("separation", "kind"), [(0.0, "continuous"), (2.0, "continuous"), (4.0, "first_order")]
)
def test_order_of_two_gaussian_phases(separation, kind):
    """Separations in widths; 4 widths apart two Gaussians dip by 1.31, binned by less."""
    spectrum = two_phases(3 * separation, 3.0)
    for seed in range(8):
        e, _ = spectrum.draw(T_ORDER, 1000, np.random.default_rng(seed))
        order = transition_order(T_ORDER, e, 1.01, 1.0)
        assert order.kind == kind
        if kind == "first_order":
            assert order.temperature == pytest.approx(1.0, abs=0.02)
            assert 0.8 < order.dip < 1.4


def test_order_is_undecided_without_samples_in_the_valley(ising4):
    e, _ = ising4.draw(T9, 640, np.random.default_rng(12))
    # 4 × 4 spins have no level between −32 and −24: a gap, not a phase boundary
    order = transition_order(T9, e, 2.4, 1.0)
    assert order.kind == "undecided"
    assert "no sample" in order.reason
    assert "outside" in transition_order(T9, e, 9.0, 1.0).reason
    still = transition_order(T9, np.zeros((9, 100)), 2.4, 1.0)
    assert still.kind == "undecided"
    assert "does not fluctuate" in still.reason


def test_order_present_needs_both_a_small_ratio_and_a_large_moment():
    rng = np.random.default_rng(13)
    ordered = 0.8 + 0.05 * rng.standard_normal(1000)
    random = (rng.standard_normal((1000, 2)) ** 2).sum(axis=1) / (2 * 64)
    stuck = np.full(1000, 1.7 / 64)
    wide = (rng.standard_normal((1000, 2)) ** 2).sum(axis=1) / 4
    assert order_present(ordered, 2, 1 / 64).ordered
    assert not order_present(random, 2, 1 / 64).ordered
    assert "random carriers" in order_present(stuck, 2, 1 / 64).reason
    verdict = order_present(wide, 2, 1 / 64)
    assert not verdict.ordered
    assert "Binder ratio" in verdict.reason
    assert verdict.binder == pytest.approx(2, abs=0.3)
    assert not order_present(np.full(1000, np.nan), 2, 1 / 64).ordered
