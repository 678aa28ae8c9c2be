"""Layers that change places between rungs: detailed balance of the pair, carried energies, bits."""

from dataclasses import replace
from itertools import product

import numba
import numpy as np
import pytest
from exact import (
    boltzmann,
    configurations,
    crystal,
    energies,
    ions,
    kernel_model,
    place,
    read,
    system,
)
from exact import well as make_well
from scipy import stats

from mcsc.kernels import ladder
from mcsc.kernels.move_table import ACCEPTED, ATTEMPTS, TALLY_COLUMNS, Mix
from mcsc.kernels.tables import rounding
from mcsc.model import Dopants, Interactions, build_model
from mcsc.structure import textbook, with_states
from mcsc.units import REDUCED, SI

CELL = [[10.0, 0.5, 0.0], [0.0, 11.0, -0.4], [1.0, 0.0, 12.0]]
COPIES, MU = 60_000, -0.05
# of the two rungs; energies of these systems differ by some tenths of an eV
BETAS = np.array([1 / 0.12, 1 / 0.3])
THREE = [(0, 0, 0), (0.9, 0.2, 0), (-0.7, 0, 0.4)]
TWO = [(0, 0, 0), (0, 0.8, -0.5)]
ONE = [(0, 0, 0)]
IONS = Dopants(((1.1, 0.12, 0.1), (0.4, 0.3, 1.6)), -0.4)


def wells(first, second):
    return crystal(
        CELL,
        make_well("a", (0, 0, 0), first, np.linspace(0, 0.1, len(first)), -0.1),
        make_well("b", (4, 0.3, 1), second, np.linspace(0, 0.05, len(second)), 0.05),
    )


# structure, size, carriers (None: any number of them), layout of the tables, further terms
CASES = {
    "two cells a layer, among dopants": (wells(TWO, ONE), (2, 1, 2), 2, 1, {"dopants": IONS}),
    "states 3 and 2 in a field": (wells(THREE, TWO), (1, 1, 2), 2, 2, {"field": (0.2, 0.1, 0.3)}),
    "three layers": (wells(ONE, TWO), (1, 1, 3), 3, 1, {}),
    "fixed chemical potential": (wells(ONE, TWO), (1, 1, 2), None, 2, {"dopants": IONS}),
}


def layers_exchanged(one, other, size, stay):
    """Configurations of both replicas after the exchange of two layers, and how often it is tried.

    Where carriers stay, layers with equal numbers of them are exchanged.
    """
    one, other = one.reshape(*size, -1), other.reshape(*size, -1)
    for z in range(size[2]):
        number = [(other[:, :, y] >= 0).sum() for y in range(size[2])]
        equal = [y for y, n in enumerate(number) if not stay or n == (one[:, :, z] >= 0).sum()]
        for y in equal:
            here, there = one.copy(), other.copy()
            here[:, :, z], there[:, :, y] = other[:, :, y], one[:, :, z]
            yield here.reshape(-1), there.reshape(-1), 1 / size[2] / len(equal)


@pytest.mark.parametrize("case", CASES)
def test_an_exchange_of_layers_keeps_the_joint_distribution_at_the_documented_rates(case):
    structure, size, n, axes, choice = CASES[case]
    same = {k: ions(structure, v) if k == "dopants" else v for k, v in choice.items()}
    found = system(structure, size, coulomb=SI.coulomb / 4.0, **same)
    model = build_model(structure, size, Interactions(relative_permittivity=4.0), **choice)
    if n is None:
        states = np.array(list(product(*(range(-1, m) for m in np.bincount(found.well)))))
        model = replace(model, site=model.site - MU)
    else:
        states = configurations(found, n)
    energy = energies(found, states) - (0.0 if n else MU * (states >= 0).sum(axis=1))
    tables, numbers = kernel_model(model, axes)

    # many independent pairs of rungs in one long ladder, drawn from the exact distribution
    rng = np.random.default_rng(8)
    p = [boltzmann(energy, 1 / beta) for beta in BETAS]
    before = np.column_stack([rng.choice(len(states), COPIES, p=weights) for weights in p])
    drawn, rungs = before.reshape(-1), np.arange(2 * COPIES, dtype=np.int32)
    single = place(model, tables, numbers, states, any_number=n is None)
    copied = ("carriers", "number", "empty", "slot", "potential", "energy", "scratch")
    state = single._replace(
        **{name: getattr(single, name)[drawn] for name in copied},
        rng=rng.integers(0, 2**64, (2 * COPIES + 1, 4), np.uint64),
        rung=rungs, replica=rungs.copy(), tally=np.zeros((2 * COPIES, TALLY_COLUMNS), np.int64),
    )  # fmt: skip
    ladder.exchange_parts(tables, state, np.tile(BETAS, COPIES), Mix(layer_exchange=1), (), 0)

    place_of = {tuple(row): i for i, row in enumerate(states)}
    rows, inverse = np.unique(read(model, tables, state), axis=0, return_inverse=True)
    final = np.array([place_of[tuple(row)] for row in rows])[inverse.reshape(-1)]
    np.testing.assert_allclose(state.energy, energy[final], atol=1e-7)
    np.testing.assert_allclose(state.potential, single.potential[final], atol=1e-8)
    after = final.reshape(-1, 2)

    total = len(states)
    joint = np.outer(*p).reshape(-1) * COPIES
    flow = {}
    for i, j in product(range(total), repeat=2):
        for here, there, chance in layers_exchanged(states[i], states[j], size, n is not None):
            k, m = place_of[tuple(here)], place_of[tuple(there)]
            gain = BETAS @ (energy[[i, j]] - energy[[k, m]])
            rate = min(1.0, np.exp(gain)) * chance
            if (k, m) != (i, j):
                flow[i, j, k, m] = flow.get((i, j, k, m), 0.0) + rate * joint[i * total + j]
    seen = np.bincount(after @ [total, 1], minlength=total**2)
    often = joint >= 10
    z = (seen - joint)[often] / np.sqrt(joint[often])
    assert stats.chi2.sf((z**2).sum(), often.sum() - 1) > 1e-4
    moved = (before != after).any(axis=1)
    names, counts = np.unique(np.column_stack([before, after])[moved], axis=0, return_counts=True)
    made = {tuple(name): count for name, count in zip(names.tolist(), counts, strict=True)}
    assert set(made) <= set(flow)
    rates = np.array(list(flow.values()))
    found_flow = np.array([made.get(key, 0) for key in flow])
    often = rates >= 10
    assert often.sum() > 30
    z = (found_flow - rates)[often] / np.sqrt(rates[often])
    assert stats.chi2.sf((z**2).sum(), often.sum()) > 1e-4
    rare = rates[~often].sum()
    assert found_flow[~often].sum() == pytest.approx(rare, abs=4 * np.sqrt(rare) + 1e-6)
    assert (state.tally[::2, ATTEMPTS.layer_exchange] == 1).all()
    assert state.tally[1::2, ATTEMPTS.layer_exchange].sum() == 0
    assert state.tally[:, ACCEPTED.layer_exchange].sum() >= moved.sum()


def test_members_of_populations_exchange_layers_in_equilibrium():
    """Populations of three at one temperature, drawn from the exact distribution, keep it."""
    structure, size, n, axes, _ = CASES["three layers"]
    found = system(structure, size, coulomb=SI.coulomb / 4.0)
    model = build_model(structure, size, Interactions(relative_permittivity=4.0))
    states = configurations(found, n)
    energy, (tables, numbers) = energies(found, states), kernel_model(model, axes)
    beta, members, replicas = 1 / 0.15, 3, 60_000
    weights = boltzmann(energy, 1 / beta)
    rng = np.random.default_rng(3)
    drawn = rng.choice(len(states), replicas, p=weights)
    single = place(model, tables, numbers, states)
    copied = ("carriers", "number", "empty", "slot", "potential", "energy", "scratch")
    rungs = np.arange(replicas, dtype=np.int32)
    state = single._replace(
        **{name: getattr(single, name)[drawn] for name in copied},
        rng=rng.integers(0, 2**64, (replicas + 1, 4), np.uint64),
        rung=rungs, replica=rungs.copy(), tally=np.zeros((replicas, TALLY_COLUMNS), np.int64),
    )  # fmt: skip
    ladder.exchange_among(tables, state, beta, members)

    place_of = {tuple(row): i for i, row in enumerate(states)}
    rows, inverse = np.unique(read(model, tables, state), axis=0, return_inverse=True)
    final = np.array([place_of[tuple(row)] for row in rows])[inverse.reshape(-1)]
    np.testing.assert_allclose(state.energy, energy[final], atol=1e-7)
    np.testing.assert_allclose(state.potential, single.potential[final], atol=1e-8)
    expected, seen = weights * replicas, np.bincount(final, minlength=len(states))
    often = expected >= 10
    assert stats.chisquare(
        np.append(seen[often], seen[~often].sum() + 1e-9),
        np.append(expected[often], expected[~often].sum() + 1e-9),
    ).pvalue > 1e-4  # fmt: skip
    # layers go from one to another, but stay in their population
    carried = [np.sort(one.reshape(-1, members, 3, 2), axis=-1) for one in (
        states[drawn], states[final])]  # fmt: skip
    assert (state.tally[:, ATTEMPTS.layer_exchange] == 1).all()
    assert state.tally[:, ACCEPTED.layer_exchange].mean() > 0.2
    assert (final != drawn).mean() > 0.2
    before, after = ((one >= 0).sum(axis=(1, 2, 3)) for one in carried)
    assert (before == after).all()
    both = [np.sort((one.reshape(-1, members * 3, 2) + 2) @ [7, 1], axis=1) for one in (
        states[drawn], states[final])]  # fmt: skip
    assert (both[0] == both[1]).all()


def run_of_all_moves(threads, choice):
    """A ladder of seven-state wells in two layers, all moves on."""
    kagome = textbook("kagome-wells", 1.7)
    states = [with_states(w, "vertices", 0.06, 0.01) for w in kagome.wells]
    model = build_model(crystal(kagome.cell, *states, units=REDUCED), (3, 2, 2), **choice)
    tables, numbers = kernel_model(model)
    rows = np.full((5, model.lattice.n_wells), -1)
    for r, row in enumerate(rows):
        row[np.random.default_rng(r).permutation(len(row))[:13]] = 0
    state = place(model, tables, numbers, rows, seed=1)
    mix = Mix(13, 13, 13, rigid_turn=2, layer_shift=2, layer_exchange=1)
    betas = 1.0 / np.linspace(0.1, 0.3, 5)
    carriers, measured = np.empty((100, 5, 13), np.int32), np.empty((100, 5))
    before = numba.get_num_threads()
    numba.set_num_threads(threads)
    try:
        ladder.run(tables, state, betas, mix, 2, 0, 3, carriers, measured)
    finally:
        numba.set_num_threads(before)
    return model, tables, numbers, state, carriers, measured


@pytest.mark.parametrize("choice", [{}, {"dopants": Dopants(((0.3, 0.2, 0.4),), -0.5)}])
def test_carried_energy_and_potential_are_those_of_the_model(choice):
    model, tables, numbers, state, _, _ = run_of_all_moves(1, choice)
    accepted = state.tally[:4, ACCEPTED.layer_exchange]
    assert ((accepted > 5) & (accepted < state.tally[:4, ATTEMPTS.layer_exchange])).all()
    assert state.tally[4, ATTEMPTS.layer_exchange] == 0
    off = rounding(model.pair)
    for r, row in enumerate(read(model, tables, state)):
        assert state.energy[r] == pytest.approx(model.energy(row), abs=1e-9 + 13 * off)
        np.testing.assert_allclose(state.potential[r][numbers], model.potential(row), atol=1e-8)


@pytest.mark.skipif(numba.config.NUMBA_NUM_THREADS < 2, reason="one core")
def test_threads_do_not_change_a_bit():
    *_, one, carriers, measured = run_of_all_moves(1, {})
    *_, two, carriers_2, measured_2 = run_of_all_moves(2, {})
    for a, b in zip((*one, carriers, measured), (*two, carriers_2, measured_2), strict=True):
        assert np.array_equal(a, b)


@pytest.mark.validation
# in this time three of the seeds 0 to 4 do
@pytest.mark.parametrize("seed", [0, 1])
def test_layers_that_are_exchanged_reach_a_ground_state_that_whole_replicas_do_not(seed):
    """Kagome wells at 1.5 carriers a cell: two layers, each of which freezes into a glass."""
    model = build_model(textbook("kagome-wells", 1.69), (6, 6, 2))
    tables, numbers = kernel_model(model)
    temperatures = [0.030, 0.036, 0.042, 0.046, 0.050, 0.054, 0.058, 0.0615, 0.065, 0.070, 0.077]
    betas = 1.0 / np.array([*temperatures, 0.086, 0.097, 0.110])
    rows = np.full((14, 216), -1)
    for r, row in enumerate(rows):
        row[np.random.default_rng([seed, r]).permutation(216)[:108]] = 0
    carriers, measured = np.empty((1500, 14, 108), np.int32), np.empty((1500, 14))
    lowest = []
    for made in (0, 1):
        state = place(model, tables, numbers, rows, seed=seed)
        mix = Mix(108, 27, layer_shift=20, row_shift=3, layer_exchange=made)
        ladder.run(tables, state, betas, mix, 1, 0, 20, carriers, measured)
        lowest.append(measured.min() / 108)
    assert lowest[0] > -0.8975
    assert lowest[1] == pytest.approx(-0.90004, abs=1e-5)
