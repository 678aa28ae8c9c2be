"""Crossings of Binder ratios on samples drawn from exact distributions."""

import numpy as np
import pytest
from scipy.optimize import brentq

from mcsc.estimators.crossing import binder_crossing
from mcsc.estimators.estimate import Ladder


def ladder(spectrum, size, temperatures, n, rng):
    return Ladder(size, temperatures, *spectrum.draw(temperatures, n, rng))


def scores(estimates, exact):
    return np.array([(e.temperature - exact) / e.stderr for e in estimates])


def test_binder_crossing_is_the_exact_one_with_honest_errors(infinite_range_ising):
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


def test_three_lattices_give_two_pairs_and_a_combined_error(ising4, lattice_ising):
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
    assert combined.temperature == pairs[1].temperature
    assert combined.stderr == pairs[1].stderr
    assert combined.sizes == (2, 3, 4)


def test_no_crossing_in_noise_or_away_from_the_transition(infinite_range_ising):
    rng = np.random.default_rng(8)
    t = np.linspace(0.5, 2.0, 20)
    crossings = 0
    for _ in range(60):
        e = rng.normal(-9 / t[:, np.newaxis], 3.0, (2, 20, 320))
        m2 = rng.standard_normal((2, 20, 320)) ** 2
        pair = [Ladder(36 * (i + 1), t, e[i], m2[i]) for i in range(2)]
        crossings += np.isfinite(binder_crossing(pair, 1.0)[0].temperature)
    assert crossings <= 1
    near = [(n, infinite_range_ising(n)) for n in (32, 256)]
    for low, high, word in ((0.4, 0.8, "more ordered"), (1.1, 1.6, "less ordered")):
        t = np.linspace(low, high, 8)
        pair = [ladder(spectrum, n, t, 2000, rng) for n, spectrum in near]
        crossing, _ = binder_crossing(pair, 1.0)
        assert np.isnan(crossing.temperature)
        assert word in crossing.reason
    # around the transition, in a range too narrow for either side to be sure of
    exact = brentq(lambda t: near[1][1].binder(t) - near[0][1].binder(t), 0.8, 1.2)
    t = np.linspace(exact - 0.05, exact + 0.05, 6)
    crossing, _ = binder_crossing([ladder(spectrum, n, t, 320, rng) for n, spectrum in near], 1.0)
    assert np.isnan(crossing.temperature)
    assert "a wider range of temperatures would tell" in crossing.reason


def test_a_spurious_crossing_between_frozen_chains_is_passed_over(infinite_range_ising):
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
    one = ladder(ising4, 4, np.linspace(1.6, 4.6, 9), 100, np.random.default_rng(11))
    crossing, pairs = binder_crossing([one], 1.0)
    assert "two sizes" in crossing.reason
    assert pairs == ()
    with pytest.raises(ValueError, match="repeat"):
        binder_crossing([one, one], 1.0)
