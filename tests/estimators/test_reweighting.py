"""Multi-histogram reweighting against exact sums."""

import time

import numpy as np
import pytest
from scipy.special import logsumexp, softmax

from mcsc.estimators.peaks import specific_heat_peak
from mcsc.estimators.reweighting import free_energies, overlap, reweight_blocks


def boltzmann_samples(levels, degeneracy, betas, n, rng):
    """Independent draws from the exact canonical distributions, as level numbers (K, n)."""
    weight = np.log(degeneracy) - np.multiply.outer(betas, levels)
    p = np.exp(weight - logsumexp(weight, axis=1, keepdims=True))
    return np.stack([rng.choice(levels.size, n, p=row / row.sum()) for row in p])


def exact_free_energies(levels, degeneracy, betas):
    f = -logsumexp(np.log(degeneracy) - np.multiply.outer(betas, levels), axis=1)
    return f - f[0]


@pytest.fixture(scope="module")
def ising():
    """Energies, |M|/N and counts of the 4 × 4 periodic Ising lattice by full enumeration."""
    bits = (np.arange(2**16)[:, np.newaxis] >> np.arange(16)) & 1
    spins = (1 - 2 * bits).astype(np.int8).reshape(-1, 4, 4)
    bonds = spins * np.roll(spins, 1, axis=1) + spins * np.roll(spins, 1, axis=2)
    pairs = np.stack([-bonds.sum(axis=(1, 2)), np.abs(spins.sum(axis=(1, 2)))], axis=1)
    levels, counts = np.unique(pairs, axis=0, return_counts=True)
    return levels[:, 0].astype(float), levels[:, 1] / 16, counts


def test_enumeration_is_the_known_density_of_states(ising):
    energy, _, counts = ising
    assert counts[energy == -32].sum() == 2
    assert counts[energy == -24].sum() == 32
    assert counts[energy == 0].sum() == 20524


def test_two_temperatures_obey_the_acceptance_ratio_equation():
    """For K = 2 equation (1) is Bennett's: equal sums of Fermi functions."""
    rng = np.random.default_rng(1)
    energies = np.stack([rng.normal(0, 1, 300), rng.normal(-1, 1, 300)])
    betas = np.array([0.5, 1.2])
    f = free_energies(energies, betas)
    work = (betas[1] - betas[0]) * energies - (f[1] - f[0])
    forward, backward = 1 / (1 + np.exp(work[0])), 1 / (1 + np.exp(-work[1]))
    assert forward.sum() == pytest.approx(backward.sum(), rel=1e-9)


@pytest.mark.parametrize("n", [60, 700])
def test_solution_satisfies_the_equations(n):
    """Below and above the size at which the fine histogram is used as a first step."""
    rng = np.random.default_rng(2)
    betas = np.linspace(0.3, 1.4, 9)
    energies = rng.normal(-40 * betas[:, np.newaxis], np.sqrt(40), (9, n))
    f = free_energies(energies, betas)
    flat = energies.ravel()
    mixture = logsumexp(f - np.multiply.outer(flat, betas), axis=1) + np.log(n)
    right = -logsumexp(-np.multiply.outer(betas, flat) - mixture, axis=1)
    assert f - right == pytest.approx(np.zeros(9), abs=1e-8)


def test_small_spectrum_free_energies_and_means():
    rng = np.random.default_rng(3)
    levels = np.array([-2.0, -1.5, 0.0, 0.7, 3.0])
    degeneracy = np.array([1.0, 3.0, 10.0, 4.0, 50.0])
    colour = np.array([1.0, -1.0, 2.0, 0.5, 0.0])
    betas = np.linspace(0.2, 3.0, 8)
    targets = np.linspace(0.25, 2.9, 12)
    p = degeneracy * np.exp(-np.multiply.outer(targets, levels))
    exact = np.stack([p @ levels, p @ colour], axis=1) / p.sum(axis=1, keepdims=True)
    exact_f = exact_free_energies(levels, degeneracy, betas)
    found, found_f = [], []
    for _ in range(30):
        draws = boltzmann_samples(levels, degeneracy, betas, 200, rng)
        rows = reweight_blocks(levels[draws], betas, targets, 2, levels[draws], colour[draws])
        found.append([row[0] for row in rows])
        found_f.append(free_energies(levels[draws], betas))
    for values, truth in ((np.array(found), exact.T), (np.array(found_f)[:, 1:], exact_f[1:])):
        error = values.std(axis=0, ddof=1) / np.sqrt(30)
        assert np.abs((values.mean(axis=0) - truth) / error).max() < 4.5


def test_ising_between_the_temperatures(ising):
    energy, m, counts = ising
    temperatures = np.linspace(1.5, 4.0, 8)
    targets = 1 / np.array([1.7, 2.27, 3.1])
    draws = boltzmann_samples(energy, counts, 1 / temperatures, 2000, np.random.default_rng(4))
    rows = reweight_blocks(
        energy[draws], 1 / temperatures, targets, 20, m[draws] ** 2, energy[draws]
    )
    p = counts * np.exp(-np.multiply.outer(targets, energy + 32))
    for got, observable in zip(rows, (m**2, energy), strict=True):
        exact = p @ observable / p.sum(axis=1)
        spread = got[1:] - got[1:].mean(axis=0)
        error = np.sqrt(19 / 20 * (spread**2).sum(axis=0))
        assert np.abs((got[0] - exact) / error).max() < 4
        assert (error < 0.03 * np.abs(exact)).all()


def test_rows_are_those_of_shortened_series():
    rng = np.random.default_rng(5)
    betas = np.array([0.4, 0.7, 1.0])
    energies = rng.normal(-5 * betas[:, np.newaxis], 2.0, (3, 61))
    order = rng.random((3, 61))
    targets = np.array([0.5, 0.9])
    (rows,) = reweight_blocks(energies, betas, targets, 6, order)
    # 61 = 1 + 6 × 10: the first sample is dropped, block 2 are samples 21..30
    keep = np.r_[1:21, 31:61]
    flat = energies[:, keep].ravel()
    f = free_energies(energies[:, keep], betas)
    mixture = logsumexp(f - np.multiply.outer(flat, betas), axis=1)
    direct = softmax(-np.multiply.outer(targets, flat) - mixture, axis=1) @ order[:, keep].ravel()
    assert rows.shape == (7, 2)
    assert rows[3] == pytest.approx(direct, rel=1e-8)


def test_shift_of_energy_and_order_of_temperatures_do_not_matter():
    rng = np.random.default_rng(6)
    betas = np.array([0.4, 0.7, 1.0])
    energies = rng.normal(-5 * betas[:, np.newaxis], 2.0, (3, 50))
    f = free_energies(energies, betas)
    assert free_energies(energies + 1e4, betas) == pytest.approx(f + 1e4 * (betas - 0.4), abs=1e-6)
    assert free_energies(energies[::-1], betas[::-1])[::-1] - f[0] == pytest.approx(
        f - f[2], abs=1e-8
    )


def test_single_temperature_reproduces_plain_means():
    energies = np.random.default_rng(7).normal(size=(1, 100))
    assert free_energies(energies, [2.0]) == pytest.approx([0.0])
    (rows,) = reweight_blocks(energies, [2.0], [2.0], 2, energies)
    means = [energies.mean(), energies[:, 50:].mean(), energies[:, :50].mean()]
    assert rows[:, 0] == pytest.approx(means)


def test_degenerate_and_disjoint_energies_have_a_solution():
    betas = np.array([1.0, 10.0, 100.0])
    assert free_energies(np.full((3, 8), 7.0), betas) == pytest.approx([0.0, 63.0, 693.0])
    energies = np.array([[50.0], [0.0], [-50.0]]) + np.random.default_rng(8).random((3, 40))
    f = free_energies(energies, betas)
    assert np.isfinite(f).all()
    assert overlap(f, energies, betas).max() < 1e-6


def test_overlap_of_equal_temperatures_is_one_over_their_number():
    energies = np.random.default_rng(9).normal(size=(4, 50))
    betas = np.full(4, 0.7)
    assert overlap(free_energies(energies, betas), energies, betas) == pytest.approx([0.25] * 3)


def test_a_full_ladder_costs_a_few_passes_over_the_samples():
    """K = 30, n = 2000: at most 20 times the exponentials of one pass, timed alongside."""
    rng = np.random.default_rng(10)
    betas = np.linspace(0.4, 1.25, 30)
    energies = rng.normal(-100 * betas[:, np.newaxis], 10.0, (30, 2000))
    ratios = []
    for _ in range(4):
        begin = time.perf_counter()
        np.exp(-np.multiply.outer(energies.ravel(), 1e-3 * betas))
        middle = time.perf_counter()
        f = free_energies(energies, betas)
        ratios.append((time.perf_counter() - middle) / (middle - begin))
    # E is normal: ln Z = N β²/2
    assert f == pytest.approx(-50 * (betas**2 - betas[0] ** 2), abs=0.3)
    assert min(ratios) < 20


def test_wrong_shapes_and_values_are_named():
    with pytest.raises(ValueError, match="give"):
        free_energies(np.zeros((3, 5)), np.zeros(2))
    with pytest.raises(ValueError, match="not finite"):
        free_energies(np.full((1, 5), np.nan), np.ones(1))
    with pytest.raises(ValueError, match="same times"):
        reweight_blocks(np.zeros((1, 5)), [1.0], [1.0], 2, np.zeros((1, 4)))
    with pytest.raises(ValueError, match="blocks"):
        reweight_blocks(np.zeros((1, 5)), [1.0], [1.0], 6, np.zeros((1, 5)))


def test_free_energies_and_means_do_not_depend_on_the_ladder(ising4):
    """Two interleaved ladders agree with the exact sums, and on the peak of the specific heat."""
    exact = np.linspace(2.2, 2.7, 5001)
    p = ising4.p(exact)
    heat = (p @ ising4.energy**2 - (p @ ising4.energy) ** 2) / exact**2
    rng = np.random.default_rng(11)
    odd, even = np.linspace(1.6, 4.6, 9), np.linspace(1.8, 4.4, 8)
    assert np.abs(np.subtract.outer(odd, even)).min() > 0.01
    peaks = []
    for t in (odd, even):
        energies, _ = ising4.draw(t, 8192, rng)
        f = free_energies(energies, 1 / t)
        log_z = logsumexp(ising4.log_g - np.multiply.outer(1 / t, ising4.energy), axis=1)
        assert f == pytest.approx(-(log_z - log_z[0]), abs=0.03)
        peaks.append(specific_heat_peak(t, energies, 1.0, 16))
    first, second = peaks
    assert first.temperature == pytest.approx(exact[heat.argmax()], abs=3 * first.stderr)
    apart = first.temperature - second.temperature
    assert abs(apart) < 3 * np.hypot(first.stderr, second.stderr)
    assert max(first.stderr, second.stderr) < 0.02


def test_no_ladder_reaches_past_its_ends_without_saying_so(ising4):
    """A target far outside: the reweighted mean rests on a handful of samples."""
    t = np.array([3.0, 3.5, 4.0])
    energies, _ = ising4.draw(t, 2000, np.random.default_rng(12))
    inside, outside = reweight_blocks(energies, 1 / t, [1 / 3.2, 1 / 1.2], 2, energies)[0][0]
    p = ising4.p([3.2, 1.2])
    assert inside == pytest.approx(p[0] @ ising4.energy, abs=0.5)
    # bounded by the lowest energy seen: never an extrapolation
    assert outside >= energies.min()
