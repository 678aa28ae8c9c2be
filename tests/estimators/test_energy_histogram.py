"""The order of a transition from energy histograms of one and of two phases."""

import numpy as np
import pytest

from mcsc.estimators.energy_histogram import transition_order

T9 = np.linspace(1.6, 4.6, 9)
T_ORDER = 1 + np.linspace(-0.25, 0.3, 9)


def two_phases(spectrum, separation, width):
    """Energy distribution at T = 1: two equal Gaussians at ± separation / 2."""
    energy = np.linspace(-3 * separation - 8 * width, 3 * separation + 8 * width, 4001)
    peaks = [-((energy - s * separation / 2) ** 2) / (2 * width**2) for s in (1, -1)]
    return spectrum(energy, np.zeros_like(energy), np.logaddexp(*peaks) + energy)


@pytest.mark.parametrize(
    ("separation", "kind"), [(0.0, "continuous"), (2.0, "continuous"), (4.0, "first_order")]
)
def test_order_of_two_gaussian_phases(separation, kind, spectrum):
    """Separations in widths; 4 widths apart two Gaussians dip by 1.31, binned by less."""
    phases = two_phases(spectrum, 3 * separation, 3.0)
    for seed in range(8):
        e, _ = phases.draw(T_ORDER, 1000, np.random.default_rng(seed))
        order = transition_order(T_ORDER, e, 1.01, 1.0)
        assert order.kind == kind
        if kind == "first_order":
            assert order.temperature == pytest.approx(1.0, abs=0.02)
            assert 0.8 < order.dip < 1.4


def test_order_is_undecided_without_samples_in_the_valley(ising4, spectrum):
    e, _ = two_phases(spectrum, 36.0, 3.0).draw(T_ORDER, 1000, np.random.default_rng(12))
    order = transition_order(T_ORDER, e, 1.01, 1.0)
    assert order.kind == "undecided"
    assert "no sample" in order.reason
    # 4 × 4 spins have no level between −32 and −24: a gap, not a phase boundary
    e, _ = ising4.draw(T9, 640, np.random.default_rng(12))
    order = transition_order(T9, e, 2.4, 1.0)
    assert order.kind == "undecided"
    assert "too few levels" in order.reason
    assert "outside" in transition_order(T9, e, 9.0, 1.0).reason
    still = transition_order(T9, np.zeros((9, 100)), 2.4, 1.0)
    assert still.kind == "undecided"
    assert "does not fluctuate" in still.reason


def test_levels_of_independent_carriers_are_no_phases():
    """Carriers of three states each, whose total energies fall unevenly into bins."""
    rng, levels = np.random.default_rng(1), np.array([0.0, 1.0, 2.5])
    t = np.linspace(0.4, 2.0, 9)
    for n in (4, 8, 16, 64):
        p = np.exp(-levels / t[:, np.newaxis])
        p /= p.sum(axis=1, keepdims=True)
        drawn = [rng.choice(levels, (4000, n), p=row).sum(axis=1) for row in p]
        for at in t[1:-1]:
            order = transition_order(t, np.array(drawn), at, 1.0)
            assert order.kind != "first_order", (n, at, order.reason)
    assert order.kind == "continuous"
