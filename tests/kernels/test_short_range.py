"""Heat baths in vector lanes: their law, energies, random numbers, machine code."""

import platform
from dataclasses import replace
from itertools import product

import numba
import numpy as np
import pytest
from exact import boltzmann, crystal, energies, kernel_model, place, read, system
from exact import well as make_well
from scipy import stats

from mcsc.kernels import short_range
from mcsc.kernels._jit import kernel
from mcsc.kernels.heat_bath_lanes import draw, fill_or_empty
from mcsc.kernels.lanes import build_lanes, neighbours
from mcsc.kernels.move_table import ACCEPTED, ATTEMPTS
from mcsc.kernels.rng import stream, uniform
from mcsc.kernels.vector import exponential, fill_uniform, logarithm
from mcsc.model import Interactions, ShortRangeTerm, build_model
from mcsc.structure import Structure, Well, textbook
from mcsc.units import REDUCED

COPIES, BETA, MU = 8_000, 2.5, 0.3
CELL = [[10.0, 0.5, 0.0], [0.0, 11.0, -0.4], [1.0, 0.0, 12.0]]
THREE = [(0, 0, 0), (0.9, 0.2, 0), (-0.7, 0, 0.4)]
TWO = [(0, 0, 0), (0, 0.8, -0.5)]
ONE = [(0, 0, 0)]


def unequal(first, second):
    return crystal(
        CELL,
        make_well("a", (0, 0, 0), first, np.linspace(0, 0.2, len(first)), -0.1),
        make_well("b", (2, 0, 0), second, np.linspace(0, 0.1, len(second)), 0.15),
        units=REDUCED,
    )


# two kinds, distance, energy: near pairs, and images along the second vector, twice in (1, 2, 1)
TERMS = (
    ("a", "b", 2.0, 0.5),
    ("a", "b", 8.01561, -0.3),
    ("a", "a", 11.00727, 0.15),
    ("b", "b", 10.01249, 0.2),
)
CASES = {
    "one state": (unequal(ONE, ONE), (3, 1, 1)),
    "states 3 and 1": (unequal(THREE, ONE), (1, 2, 1)),
}


@kernel()
def exponentials(x, y):
    for i in range(x.shape[0]):
        y[i] = exponential(x[i])


@kernel()
def logarithms(x, y):
    for i in range(x.shape[0]):
        y[i] = logarithm(x[i])


def test_exponential_and_logarithm_are_those_of_higher_precision():
    x = np.concatenate([np.linspace(-708, 709, 1_000_001), [0.0, -1e-300, 1e-17, np.log(2) / 2]])
    y = np.empty_like(x)
    exponentials(x, y)
    exact = np.exp(x.astype(np.longdouble))
    assert np.finfo(np.longdouble).eps < 1e-18
    assert np.abs(y / exact - 1).max() < 6e-16
    assert y[-4] == 1.0
    x = np.append(1.0 - np.linspace(0.0, 1.0, 100_001)[:-1] ** 3, 2.0**-53)
    y = np.empty_like(x)
    logarithms(x, y)
    exact = np.log(x.astype(np.longdouble))
    assert np.abs(y / np.where(exact == 0, 1, exact) - (exact < 0)).max() < 1e-15


@kernel()
def scalar_uniforms(s, out):
    for i in range(out.shape[0]):
        out[i] = uniform(s)


def test_lanes_draw_the_numbers_of_their_streams():
    rows = np.array([stream(5, [1, 2], r) for r in range(24)])
    words, drawn = np.ascontiguousarray(rows.T), np.empty((50, 24))
    fill_uniform(words, drawn)
    for lane, row in enumerate(rows):
        expected = np.empty(50)
        scalar_uniforms(row, expected)
        assert np.array_equal(drawn[:, lane], expected)
        assert np.array_equal(words[:, lane], row)


def anneal(tables, state, near, lanes, betas, filled, n):
    """Sweeps without exchange or measurements."""
    none = np.empty((0, len(betas), 0), np.int32), np.empty((0, len(betas)))
    short_range.run(tables, state, near, lanes, betas, filled, n, 0, 0, 0, *none)


def after_a_sweep(model, states, grand, filled):
    """(C, C) how often one sweep led from configuration i of ``states`` (C, W) to j."""
    tables, numbers = kernel_model(model)
    near = neighbours(model.pair, model.site, model.lattice.states_per_well)
    names = (states + 1) @ 5 ** np.arange(states.shape[1])
    order = np.argsort(names)
    counts = np.zeros((len(states), len(states)))
    for i, row in enumerate(states):
        state = place(model, tables, numbers, row[None], COPIES, seed=i, any_number=not filled)
        lanes = build_lanes(near, COPIES)
        anneal(tables, state, near, lanes, np.full(COPIES, BETA), filled, 1)
        final = (read(model, tables, state) + 1) @ 5 ** np.arange(states.shape[1])
        found_at = order[np.searchsorted(names[order], final)]
        assert (names[found_at] == final).all()
        np.testing.assert_allclose(state.energy, grand[found_at], atol=1e-12)
        counts[i] = np.bincount(found_at, minlength=len(states))
    return counts


def law(states, grand, n_base):
    """(C, C) probability of every transition in a sweep: heat baths of all wells in their order.

    Each of them alone obeys detailed balance, so that together they leave the distribution alone.
    In so small a crystal every other cell is visited first, then the rest.
    """
    wells = np.arange(states.shape[1]).reshape(-1, n_base)
    total = np.eye(len(states))
    for w in [*wells[::2].flat, *wells[1::2].flat]:
        others = np.delete(states, w, axis=1)
        alike = (others[:, None] == others[None]).all(axis=2)
        weights = alike * np.exp(-BETA * (grand[None, :] - grand.min()))
        one = weights / weights.sum(axis=1, keepdims=True)
        flow = boltzmann(grand, 1 / BETA)[:, None] * one
        assert np.abs(flow - flow.T).max() < 1e-15
        total = total @ one
    return total


def deviate(counts, states, grand, n_base=2):
    """χ² a degree of freedom of counted transitions, and its probability."""
    expected = law(states, grand, n_base) * COPIES
    seen = expected >= 10
    assert seen.sum() > 500
    chi_squared = ((counts - expected)[seen] ** 2 / expected[seen]).sum()
    freedom = seen.sum() - len(states)
    return chi_squared / freedom, stats.chi2.sf(chi_squared, freedom)


@pytest.mark.parametrize("case", CASES)
def test_a_sweep_is_the_heat_bath_of_every_well(case):
    structure, size = CASES[case]
    found = system(structure, size, coulomb=0.0, short_range=TERMS)
    states = np.array(list(product(*(range(-1, n) for n in np.bincount(found.well)))))
    grand = energies(found, states) - MU * (states >= 0).sum(axis=1)
    terms = [ShortRangeTerm((one, two), energy, distance) for one, two, distance, energy in TERMS]
    model = build_model(structure, size, Interactions(coulomb=False, short_range=terms))
    counts = after_a_sweep(replace(model, site=model.site - MU), states, grand, filled=False)
    assert deviate(counts, states, grand)[1] > 1e-4
    # and the test sees the smallest of the terms
    weaker = system(structure, size, coulomb=0.0, short_range=TERMS[:-2])
    other = energies(weaker, states) - MU * (states >= 0).sum(axis=1)
    assert deviate(counts, states, other)[0] > 2.0


def test_full_wells_change_their_states_only():
    """A Potts model in a field, four sites of a ring joined to a torus twice."""
    structure, terms = potts(3, (0.0, 0.3, -0.2))
    states = np.array(list(product(range(3), repeat=4)))
    grid = states.reshape(-1, 2, 2)
    bonds = sum((grid == np.roll(grid, 1, axis=axis)).sum(axis=(1, 2)) for axis in (1, 2))
    energy = np.array([0.0, 0.3, -0.2])[states].sum(axis=1) - 0.25 * bonds
    model = build_model(structure, (2, 2, 1), Interactions(coulomb=False, short_range=terms))
    counts = after_a_sweep(model, states, energy, filled=True)
    assert deviate(counts, states, energy, 1)[1] > 1e-4
    assert deviate(counts, states, energy + 0.03 * bonds, 1)[0] > 3.0


def potts(n_states, energies=None):
    """Wells of square layers whose states differ in their kind and energy; alike ones attract."""
    square = textbook("square", 3.0)
    kinds = tuple(f"spin{s}" for s in range(n_states))
    well = Well(
        "site", (0, 0, 0), displacements=np.zeros((n_states, 3)),
        state_energies=np.zeros(n_states) if energies is None else energies, state_kinds=kinds,
    )  # fmt: skip
    terms = [ShortRangeTerm((kind, kind), -0.25, distance=1.0) for kind in kinds]
    return Structure("potts", square.cell, (well,), units=REDUCED), terms


def layers():
    structure, terms = potts(3)
    model = build_model(structure, (6, 5, 4), Interactions(coulomb=False, short_range=terms))
    return replace(model, site=model.site - 0.4)


def started(threads=1, n_replicas=37):
    """Some sweeps of a ladder of partly filled replicas with exchanges."""
    model = layers()
    tables, numbers = kernel_model(model)
    near = neighbours(model.pair, model.site, model.lattice.states_per_well)
    states = np.random.default_rng(2).integers(-1, 3, (n_replicas, 120))
    state = place(model, tables, numbers, states, seed=4, any_number=True)
    lanes = build_lanes(near, n_replicas)
    betas = np.linspace(6.0, 2.0, n_replicas)
    carriers, measured = np.empty((6, n_replicas, 120), np.int32), np.empty((6, n_replicas))
    before = numba.get_num_threads()
    numba.set_num_threads(threads)
    try:
        anneal(tables, state, near, lanes, betas, False, 3)
        short_range.run(tables, state, near, lanes, betas, False, 0, 2, 0, 2, carriers, measured)
    finally:
        numba.set_num_threads(before)
    return model, tables, state, carriers, measured


@pytest.mark.skipif(numba.config.NUMBA_NUM_THREADS < 2, reason="one core")
def test_threads_do_not_change_a_bit():
    *_, one, carriers, measured = started(1)
    *_, two, other_carriers, other_measured = started(2)
    for name in ("number", "slot", "energy", "rng", "rung", "replica", "tally"):
        assert np.array_equal(getattr(one, name), getattr(two, name)), name
    assert np.array_equal(carriers, other_carriers)
    assert np.array_equal(measured, other_measured)


def test_a_replica_has_the_same_bits_whatever_stands_beside_it():
    model = layers()
    tables, numbers = kernel_model(model)
    near = neighbours(model.pair, model.site, model.lattice.states_per_well)
    states = np.random.default_rng(2).integers(-1, 3, (19, 120))
    together = place(model, tables, numbers, states, seed=4, any_number=True)
    betas = np.linspace(6.0, 2.0, 19)
    rows = together.rng.copy()
    anneal(tables, together, near, build_lanes(near, 19), betas, False, 4)
    found = read(model, tables, together)
    for r in (0, 7, 15, 18):
        alone = place(model, tables, numbers, states[r : r + 1], any_number=True)
        alone.rng[0] = rows[r]
        anneal(tables, alone, near, build_lanes(near, 1), betas[r : r + 1], False, 4)
        assert np.array_equal(read(model, tables, alone)[0], found[r])
        assert alone.energy[0] == together.energy[r]
        assert np.array_equal(alone.rng[0], together.rng[r])


def test_energies_are_those_of_the_model_and_carriers_are_listed():
    model, tables, state, carriers, measured = started()
    rows = read(model, tables, state)
    np.testing.assert_allclose(state.energy, [model.energy(row) for row in rows], atol=1e-11)
    np.testing.assert_array_equal(measured[-1], state.energy[state.replica])
    for t, r in enumerate(state.replica):
        n = state.number[r]
        assert np.array_equal(carriers[-1, t, :n], state.carriers[r, :n])
        assert (carriers[-1, t, n:] == -1).all()
    assert (state.tally[:, ATTEMPTS.insert_remove] == 120 * (3 + 24)).all()
    assert (
        (state.tally[:, ACCEPTED.insert_remove] > 0)
        & (state.tally[:, ACCEPTED.insert_remove] < state.tally[:, ATTEMPTS.insert_remove])
    ).all()
    assert state.replica.tolist() != list(range(37))


def test_bits_of_cold_wells_far_from_zero():
    """Energies of thousands of kT: the weights are zero or one and nothing overflows."""
    structure, terms = potts(3)
    model = build_model(structure, (4, 4, 1), Interactions(coulomb=False, short_range=terms))
    model = replace(model, site=model.site + np.array([500.0, -2000.0, -2000.5]))
    tables, numbers = kernel_model(model)
    near = neighbours(model.pair, model.site, model.lattice.states_per_well)
    state = place(model, tables, numbers, np.full((3, 16), 0), any_number=True)
    lanes = build_lanes(near, 3)
    anneal(tables, state, near, lanes, np.full(3, 100.0), False, 1)
    assert (read(model, tables, state) == 2).all()
    for energy, filled in ((1e4, False), (-1e4, True)):
        model = build_model(textbook("square"), (4, 4, 1), Interactions(coulomb=False))
        model = replace(model, site=model.site + energy)
        tables, numbers = kernel_model(model)
        near = neighbours(model.pair, model.site, model.lattice.states_per_well)
        state = place(model, tables, numbers, np.array([[0, -1] * 8]), any_number=True)
        anneal(tables, state, near, build_lanes(near, 1), np.array([10.0]), False, 1)
        assert ((read(model, tables, state) == 0) == filled).all()


def test_a_well_with_too_many_neighbours_is_none_of_these():
    model = build_model(textbook("cubic"), (8, 8, 8), Interactions(coulomb=False))
    pair = np.zeros((1, 1, 8, 8, 8))
    pair.reshape(-1)[1:65] = 1.0
    assert len(neighbours(pair, model.site, (1,)).energy) == 1
    pair.reshape(-1)[65] = 1.0
    assert neighbours(pair, model.site, (1,)) is None


@numba.njit(error_model="numpy")
def one_row(words, uniforms, phi, counts, octets, changes, sums, chosen):
    """What a sweep does for the lanes of a well, once with one state and once with more."""
    fill_uniform(words, uniforms)
    fill_or_empty(0.5, counts, 0, phi, 0, phi[1], uniforms, 0, octets, 0, changes)
    draw(phi, 3, phi[1], uniforms, 0, sums, chosen)


@pytest.mark.skipif(platform.machine() not in ("x86_64", "AMD64"), reason="registers of x86-64")
def test_the_loops_over_lanes_are_vector_instructions():
    reals, octets = numba.float64[:, ::1], numba.uint8[:, ::1]
    words, whole = numba.uint64[:, ::1], numba.int64[::1]
    one_row.compile((words, reals, reals, octets, octets, whole, reals, octets))
    lines = one_row.inspect_asm(one_row.signatures[0]).splitlines()
    packed = [line for line in lines if "vmulpd" in line and ("zmm" in line or "ymm" in line)]
    # each exponential has 18 products
    assert len(packed) >= 36
    # three of four exclusive-ors and shifts of xoshiro256++ in both halves of the unrolled loop
    assert sum("vpxor" in line and ("zmm" in line or "ymm" in line) for line in lines) >= 4
    assert not any("call" in line and "exp" in line for line in lines)
