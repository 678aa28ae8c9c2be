"""Insertion and removal of a carrier: detailed balance, rates, and carried energies."""

from dataclasses import replace
from functools import cache
from itertools import product

import numpy as np
import pytest
from exact import boltzmann, crystal, energies, kernel_model, place, read, system
from exact import well as make_well
from scipy import stats

from mcsc.kernels import ladder
from mcsc.kernels.move_table import ACCEPTED, ATTEMPTS, Mix
from mcsc.kernels.tables import rounding
from mcsc.model import Interactions, build_model
from mcsc.structure import textbook
from mcsc.units import SI

CELL = [[10.0, 0.5, 0.0], [0.0, 11.0, -0.4], [1.0, 0.0, 12.0]]
# together from all configurations of a case, and at most from one
PROPOSALS, COPIES, THERMAL_ENERGY, MU = 1_000_000, 20_000, 0.25, 0.1
THREE = [(0, 0, 0), (0.9, 0.2, 0), (-0.7, 0, 0.4)]
TWO = [(0, 0, 0), (0, 0.8, -0.5)]
ONE = [(0, 0, 0)]
ALL_MOVES = Mix(3, 3, 3, rigid_turn=2, layer_shift=2, insert_remove=5)


def unequal(first, second, third):
    return crystal(
        CELL,
        make_well("a", (0, 0, 0), first, np.linspace(0, 0.2, len(first)), -0.1),
        make_well("b", (2, 0, 0), second, np.linspace(0, 0.1, len(second)), 0.15),
        make_well("c", (5, 0.3, 0), third),
    )


# structure, size, layout of the tables
CASES = {
    "states 3, 2, 1": (unequal(THREE, TWO, ONE), (1, 1, 1), 1),
    "one state each": (unequal(ONE, ONE, ONE), (2, 1, 1), 2),
    "states 1, 2, 1": (unequal(ONE, TWO, ONE), (1, 2, 1), 1),
}


def all_configurations(found):
    """(C, W) every occupation of every state, with any number of carriers."""
    return np.array(list(product(*(range(-1, n) for n in np.bincount(found.well)))))


@cache
def counted(case, move):
    """Configurations, H − μN of them, and how often one sweep of a move led from i to j."""
    structure, size, axes = CASES[case]
    found = system(structure, size, coulomb=SI.coulomb / 2.0)
    model = build_model(structure, size, Interactions(relative_permittivity=2.0))
    tables, numbers = kernel_model(replace(model, site=model.site - MU), axes)
    states = all_configurations(found)
    grand = energies(found, states) - MU * (states >= 0).sum(axis=1)
    names = (states + 1) @ 5 ** np.arange(states.shape[1])
    order = np.argsort(names)
    mix = ALL_MOVES if move == "all" else Mix(**{move: 1})
    copies = min(COPIES, PROPOSALS // len(states))
    betas = np.full(copies, 1.0 / THERMAL_ENERGY)
    counts = np.zeros((len(states), len(states)))
    for i, row in enumerate(states):
        state = place(model, tables, numbers, row[None], copies, seed=i, any_number=True)
        ladder.anneal(tables, state, betas, mix, 1)
        final = (read(model, tables, state) + 1) @ 5 ** np.arange(states.shape[1])
        found_at = order[np.searchsorted(names[order], final)]
        assert (names[found_at] == final).all()
        np.testing.assert_allclose(state.energy, grand[found_at], atol=1e-8)
        counts[i] = np.bincount(found_at, minlength=len(states))
        if move != "all":
            assert state.tally[:, ATTEMPTS.insert_remove].sum() == copies
            assert state.tally[:, ACCEPTED.insert_remove].sum() == copies - counts[i, i]
    return states, grand, counts


def law(states, grand):
    """(C, C) probability of every transition: any well, min(1, Z) or min(1, 1/Z)."""
    place_of = {tuple(row): i for i, row in enumerate(states)}
    expected = np.zeros((len(states), len(states)))
    n_wells = states.shape[1]
    for i, old in enumerate(states):
        for w in range(n_wells):
            empty = old.copy()
            empty[w] = -1
            begin = grand[place_of[tuple(empty)]]
            others = np.arange(n_wells) != w
            same = (states[:, others] == old[others]).all(axis=1)
            filled = np.nonzero(same & (states[:, w] >= 0))[0]
            weights = np.exp(-(grand[filled] - begin) / THERMAL_ENERGY)
            if old[w] < 0:
                expected[i, filled] += min(1.0, weights.sum()) * weights / weights.sum() / n_wells
            else:
                expected[i, place_of[tuple(empty)]] += min(1.0, 1 / weights.sum()) / n_wells
    np.fill_diagonal(expected, 1.0 - expected.sum(axis=1))
    return expected


@pytest.mark.parametrize("case", CASES)
def test_detailed_balance_of_the_move_alone(case):
    _, grand, counts = counted(case, "insert_remove")
    p = boltzmann(grand, THERMAL_ENERGY)
    steps, share = counts + counts.T, p / (p[:, None] + p)
    variance = steps * share * (1 - share)
    enough = np.triu(variance >= 25, 1)
    z = ((counts - steps * share) / np.sqrt(np.where(enough, variance, 1)))[enough]
    assert len(z) > 20
    assert np.abs(z).max() < stats.norm.isf(3e-5 / len(z))
    assert (z**2).mean() < 1.0 + 4 * np.sqrt(2 / len(z))


@pytest.mark.parametrize("case", CASES)
def test_rates_are_the_documented_ones(case):
    states, grand, counts = counted(case, "insert_remove")
    expected = law(states, grand) * counts[0].sum()
    assert (counts[expected == 0] == 0).all()
    seen = expected >= 10
    chi_squared = ((counts - expected)[seen] ** 2 / expected[seen]).sum()
    assert stats.chi2.sf(chi_squared, seen.sum() - len(states)) > 1e-4
    # carriers change by one at most
    steps = np.abs((states >= 0).sum(axis=1)[:, None] - (states >= 0).sum(axis=1))
    assert counts[steps > 1].sum() == 0
    assert counts[steps == 1].sum() > 0


@pytest.mark.parametrize("case", CASES)
def test_a_sweep_of_all_moves_keeps_the_grand_canonical_distribution(case):
    _, grand, counts = counted(case, "all")
    p = boltzmann(grand, THERMAL_ENERGY)
    # Σ_i π_i P_ij = π_j, the error of each row's counts being multinomial
    copies = counts[0].sum()
    row = counts / copies
    error = np.sqrt(((p**2)[:, None] * row * (1 - row)).sum(axis=0) / copies)
    often = p > 2e-3
    assert often.sum() > 8
    z = (p @ row - p)[often] / error[often]
    assert np.abs(z).max() < stats.norm.isf(3e-5 / len(z))
    # and another distribution, of a lower temperature, is not kept
    wrong = boltzmann(grand * 1.2, THERMAL_ENERGY)
    assert np.abs((wrong @ row - wrong)[often] / error[often]).max() > 10


@pytest.mark.parametrize("axes", [1, 2])
def test_carried_energy_and_potential_through_thousands_of_insertions(axes):
    model = build_model(textbook("kagome-wells", 1.7), (4, 3, 2))
    # far below the energy of the background, so that the number wanders over all values
    tables, numbers = kernel_model(replace(model, site=model.site + 0.7), axes)
    states = np.full((3, model.lattice.n_wells), -1)
    states[1, ::2], states[2] = 0, 0
    state = place(model, tables, numbers, states, seed=3, any_number=True)
    ladder.anneal(tables, state, np.full(3, 1.5), Mix(9, 9, layer_shift=2, insert_remove=40), 300)
    assert (state.tally[:, ACCEPTED.insert_remove] > 1000).all()
    assert len(set(state.number.tolist())) > 1
    off = rounding(model.pair)
    for r, row in enumerate(read(model, tables, state)):
        assert state.number[r] == (row >= 0).sum()
        grand = model.energy(row) + 0.7 * state.number[r]
        assert state.energy[r] == pytest.approx(grand, abs=model.lattice.n_wells * off)
        np.testing.assert_allclose(state.potential[r][numbers], model.potential(row) + 0.7,
                                   atol=1e-8)  # fmt: skip


def test_neither_an_empty_nor_a_full_crystal_stops_the_other_moves():
    model = build_model(textbook("cubic"), (3, 3, 3), Interactions(coulomb=False))
    for depth, filled in ((50.0, 0), (-50.0, 27)):
        tables, numbers = kernel_model(replace(model, site=model.site + depth))
        state = place(
            model, tables, numbers, np.full((1, 27), -1 if filled else 0), any_number=True
        )
        ladder.anneal(tables, state, np.ones(1), Mix(9, 9, 9, insert_remove=200), 5)
        assert state.number.tolist() == [filled]
        assert (read(model, tables, state) >= 0).sum() == filled
        assert state.energy[0] == pytest.approx(depth * filled)
