"""Draws by Boltzmann weight: frequencies, and energies far beyond what exp can hold."""

import numpy as np
import pytest
from exact import crystal, kernel_model
from exact import well as make_well
from scipy import stats

from mcsc.kernels.heat_bath import boltzmann_weights, chosen_hop, chosen_state, drawn
from mcsc.model import Interactions, build_model

DRAWS = 20_000


def stream(seed=0):
    return np.random.default_rng(seed).integers(0, 2**64, 4, np.uint64)


def frequencies(phi, now, beta, stride=1, begin=0):
    """How often each of the states of one well is drawn."""
    s, weights = stream(), np.empty(len(phi))
    n = (len(phi) - begin + stride - 1) // stride
    found = [
        chosen_state(phi, weights, s, beta, begin + now * stride, begin, n, stride)
        for _ in range(DRAWS)
    ]
    assert (np.array(found) % stride == begin % stride).all()
    return np.bincount((np.array(found) - begin) // stride, minlength=n)


@pytest.mark.parametrize("now", range(4))
def test_the_state_now_does_not_matter_for_the_state_drawn(now):
    energies = np.array([0.3, 0.0, 1.0, 0.2])
    expected = np.exp(-2.0 * energies) / np.exp(-2.0 * energies).sum() * DRAWS
    assert stats.chisquare(frequencies(energies, now, 2.0), expected).pvalue > 1e-4


def test_states_of_a_well_are_read_with_their_stride():
    phi = np.full(11, -50.0)
    phi[2::3] = [0.3, 0.0, 0.4]
    weights = np.exp(-phi[2::3])
    found = frequencies(phi, 1, 1.0, stride=3, begin=2)
    assert stats.chisquare(found, weights / weights.sum() * DRAWS).pvalue > 1e-4


@pytest.mark.parametrize("scale", [1e3, 1e8, 1e300])
@pytest.mark.parametrize("now", range(3))
def test_only_the_lowest_state_is_drawn_at_great_differences(now, scale):
    assert frequencies(np.array([2.0, -1.0, 0.0]) * scale, now, 10.0).tolist() == [0, DRAWS, 0]


def test_a_mark_beyond_the_end_draws_a_state_that_can_be():
    weights = np.array([0.0, 1.0, 2.0, 0.0])
    assert [drawn(weights, 4, mark) for mark in (0.0, 0.99, 1.0, 2.99, 3.0, 4.0)] == [1, 1] + 4 * [
        2
    ]
    energies = np.array([1.0, -1.0, 5.0])
    total = boltzmann_weights(energies, 2, -1.0, 0.5)
    assert energies.tolist() == [np.exp(-1.0), 1.0, 5.0]
    assert total == 1.0 + np.exp(-1.0)


@pytest.mark.parametrize("scale", [1.0, 1e6])
def test_the_second_stage_of_a_hop_at_great_differences(scale):
    """Two wells, two states each, no interaction: ``scale`` lower on either side."""
    cell = np.diag([20.0, 20.0, 20.0])
    states = [(0, 0, 0), (0.5, 0, 0)]
    structure = crystal(cell, make_well("a", (0, 0, 0), states), make_well("b", (9, 0, 0), states))
    tables, _ = kernel_model(build_model(structure, (1, 1, 1), Interactions(coulomb=False)), 1)
    a, b = tables.first
    s, weights, count = stream(1), np.empty(4), 0
    for low, expected in ((b + 1, DRAWS), (a + 1, 0)):
        phi = np.zeros(4)
        phi[low] = -40.0 * scale
        found = [chosen_hop(tables, phi, weights, s, 1.0, a, 0, 1, 0.0) for _ in range(DRAWS)]
        count = sum(k >= 0 for k in found)
        assert count == expected
        assert set(found) == ({b + 1} if count else {-1})
