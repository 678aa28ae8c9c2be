"""Kinetic Monte Carlo: every rate against one computed directly, averages against exact sums."""

from dataclasses import replace
from itertools import product

import numpy as np
import pytest
from exact import boltzmann, configurations, crystal, energies, kernel_model, place, read, system
from exact import well as make_well

from mcsc.chain import Transport
from mcsc.chain.protocol import in_field
from mcsc.chain.transport import hops_of
from mcsc.kernels import kinetic, ladder
from mcsc.model import Interactions, build_model
from mcsc.observables import build_probe
from mcsc.units import SI

CELL = np.array([[4.0, 0.2, 0.0], [-1.0, 4.5, 0.3], [0.3, 0.1, 5.0]])
STATES = [(0, 0, 0), (0.5, 0.1, 0.1), (-0.3, 0.4, 0)]
# unequal wells without any symmetry; two cells along the first vector meet their own images
SKEW = crystal(
    CELL, make_well("one", (0, 0, 0), STATES, [0, 0.02, 0.03]), make_well("two", (1.9, 2.2, 2.4))
)
SIZE, THERMAL, STRENGTH = (2, 1, 1), 0.05, 0.03
DIRECTION = np.array([0.6, 0.0, 0.8])
MODEL = build_model(SKEW, SIZE, Interactions(relative_permittivity=20.0))
ACTIVATED = Transport(state_rate=3.0, barrier=0.04)


def kernel(asked, strength, n_copies=1):
    """Tables in a field, hops and replicas in every configuration of two carriers."""
    tables, numbers = kernel_model(MODEL)
    probe = build_probe(MODEL, numbers, DIRECTION)
    tables = in_field(tables, probe, strength)
    states = configurations(system(SKEW, SIZE), 2)
    state = place(MODEL, tables, numbers, states, copies=n_copies, seed=5)
    ladder.recompute(tables, state)
    hops = hops_of(asked, tables, probe, strength)
    return tables, state, hops, kinetic.workspace(state, hops), states


def steps(old, new):
    """Vectors of all short hops from well to well, through every image."""
    centres = np.concatenate(
        [np.array([w.centre for w in SKEW.wells]) + i * CELL[0] for i in (0, 1)]
    )
    images = np.array(list(product((-2, 0, 2), (-1, 0, 1), (-1, 0, 1)))) @ CELL
    vectors = centres[new] - centres[old] + images
    lengths = np.linalg.norm(vectors, axis=1)
    # wells of one kind are farther apart than the two of a cell
    nearest = min(np.linalg.norm(centres[1] - centres[0] + i @ CELL) for i in
                  map(np.array, product((-1, 0, 1), repeat=3)))  # fmt: skip
    return vectors[lengths <= 1.1 * nearest]


def direct_rates(asked, states, energy):
    """(C, C) rates from every configuration to every other."""
    rates = np.zeros((len(states), len(states)))
    for (i, old), (j, new) in product(enumerate(states), repeat=2):
        left, taken = (np.nonzero((a >= 0) & (b != a))[0] for a, b in ((old, new), (new, old)))
        if len(left) != 1 or len(taken) != 1:
            continue
        inside = left[0] == taken[0]
        for step in [np.zeros(3)] if inside else steps(left[0], taken[0]):
            change = (energy[j] - energy[i] - STRENGTH * step @ DIRECTION) / THERMAL
            attempt = asked.state_rate if inside else 1.0
            if asked.barrier is None:
                rates[i, j] += attempt * min(1.0, np.exp(-change))
            else:
                barrier = 0.0 if inside else asked.barrier / THERMAL
                rates[i, j] += attempt * np.exp(-barrier - change / 2)
    return rates


@pytest.mark.parametrize(
    "asked", [Transport(state_rate=3.0), ACTIVATED], ids=["metropolis", "arrhenius"]
)
def test_every_rate_is_as_documented(asked):
    tables, state, hops, room, states = kernel(asked, STRENGTH)
    found = system(SKEW, SIZE, coulomb=SI.coulomb / 20.0, field=STRENGTH * DIRECTION)
    expected = direct_rates(asked, states, energies(found, states))
    place_of = {tuple(row): i for i, row in enumerate(states)}
    rates = np.zeros_like(expected)
    for r, old in enumerate(states):
        n, total = kinetic.list_events(tables, state, r, 1 / THERMAL, hops, room)
        for k in range(n):
            new, b = old.copy(), room.target[r, k]
            carrier = room.code[r, k] // (hops.wells.shape[1] + 1)
            new[tables.well[state.carriers[r, carrier]]] = -1
            new[tables.well[b]] = (b - tables.first[tables.well[b]]) // tables.shape[3]
            rates[r, place_of[tuple(new)]] += room.rates[r, k]
        assert total == pytest.approx(expected[r].sum())
        assert room.sums[r, : n // kinetic.BLOCK + 1].sum() == pytest.approx(total)
    np.testing.assert_allclose(rates, expected, rtol=1e-6, atol=1e-12)
    assert (expected > 0).sum() > 100


@pytest.mark.parametrize(
    "asked", [Transport(state_rate=3.0), ACTIVATED], ids=["metropolis", "arrhenius"]
)
def test_at_zero_field_it_samples_the_boltzmann_distribution(asked):
    tables, state, hops, room, states = kernel(asked, 0.0, n_copies=20)
    energy = energies(system(SKEW, SIZE, coulomb=SI.coulomb / 20.0), states)
    exact = boltzmann(energy, THERMAL)
    betas, times = np.full(len(state.energy), 1 / THERMAL), np.full(len(state.energy), 8.0)
    counts, sums = np.zeros(len(states)), []
    place_of = {tuple(row): i for i, row in enumerate(states)}
    for turn in range(12):
        found = kinetic.run(tables, state, betas, hops, room, times, 2**62, 1)
        if turn > 1:
            assert (found.elapsed == 8.0).all()
            sums.append(found.energy[:, 0].mean() / 8.0)
            for row in read(MODEL, tables, state):
                counts[place_of[tuple(row)]] += 1
    carried = state.energy.copy()
    ladder.recompute(tables, state)
    np.testing.assert_allclose(state.energy, carried, atol=1e-12)
    expected = exact * counts.sum()
    # samples of one replica are correlated a little: half as many again
    assert ((counts - expected) ** 2 / expected).sum() < 2.5 * len(states)
    error = np.std(sums, ddof=1) / np.sqrt(len(sums))
    assert np.mean(sums) == pytest.approx(exact @ energy, abs=4 * error)


def test_hops_stop_at_filled_wells_and_at_the_number_of_events():
    asked = replace(ACTIVATED, state_rate=1e-300)
    tables, state, hops, room, _ = kernel(asked, 0.0)
    n = len(state.energy)
    found = kinetic.run(tables, state, np.full(n, 20.0), hops, room, np.full(n, np.inf), 7, 3)
    assert (found.hops == 7).all()
    assert (found.changes == 0).all()
