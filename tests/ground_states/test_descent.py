"""The descent against every move written out: it takes the best one, and stops where none helps."""

from itertools import combinations

import numpy as np
import pytest
from exact import crystal, kernel_model, place, read, well

from mcsc.kernels import descent, ladder
from mcsc.model import build_model
from mcsc.structure import textbook
from mcsc.units import REDUCED

TRICLINIC = [[1.0, 0.1, -0.2], [0.4, 1.3, 0.3], [-0.5, 0.6, 1.7]]


def displaced():
    """Wells of three states and of two, of different depth, in a field."""
    structure = crystal(
        TRICLINIC,
        well("a", (0, 0, 0), [(0, 0, 0), (0.2, 0, 0.02), (-0.1, 0.15, 0)], (0.0, 0.05, -0.1)),
        well("b", (0.6, 0.9, 0.7), [(0, 0, 0), (0, 0.2, -0.04)], depth=-0.3),
        units=REDUCED,
    )
    return build_model(structure, (3, 2, 2), field=(0.3, 0.1, 0.0))


def kagome():
    return build_model(textbook("kagome-wells", 1.694), (3, 3, 1))


CASES = {"displaced": (displaced, 9), "kagome": (kagome, 8)}


@pytest.fixture(scope="module", params=CASES, ids=list(CASES))
def start(request):
    """A model, its tables and twelve random configurations placed in a kernel state."""
    make, n_carriers = CASES[request.param]
    model = make()
    tables, numbers = kernel_model(model)
    rng = np.random.default_rng(3)
    n_wells = model.lattice.n_wells
    counts = np.array(model.lattice.states_per_well)[np.arange(n_wells) % len(
        model.lattice.states_per_well
    )]  # fmt: skip
    states = np.full((12, n_wells), -1)
    for row in states:
        filled = rng.permutation(n_wells)[:n_carriers]
        row[filled] = rng.integers(counts[filled])
    return model, tables, numbers, states, counts


def moves(state, counts, near=None):
    """(from well, to well, new state) of every move of one carrier, or of the near ones only."""
    for w in np.flatnonzero(state >= 0):
        for v in range(len(state)) if near is None else {w, *near[w][near[w] >= 0]}:
            if v == w or state[v] < 0:
                for s in range(counts[v]):
                    if (v, s) != (w, state[w]):
                        yield w, v, s


def moved(state, *steps):
    after = state.copy()
    after[[w for w, _, _ in steps]] = -1
    for _, v, s in steps:
        after[v] = s
    return after


def best_single(model, state, counts):
    return min(model.energy(moved(state, step)) for step in moves(state, counts))


def best_double(model, state, counts):
    near = list(moves(state, counts, model.lattice.near_wells()))
    return min(
        model.energy(moved(state, one, two))
        for one, two in combinations(near, 2)
        if one[0] != two[0] and one[1] != two[1]
    )


def test_the_best_moves_are_those_of_a_search_over_all(start):
    model, tables, numbers, states, counts = start
    state = place(model, tables, numbers, states[:2])
    for r, row in enumerate(states[:2]):
        energy = model.energy(row)
        *_, change = descent.best_move(tables, state, r)
        assert change == pytest.approx(best_single(model, row, counts) - energy, abs=1e-8)
        *_, change = descent.best_two_moves(tables, state, r)
        assert change == pytest.approx(best_double(model, row, counts) - energy, abs=1e-8)


def test_a_quench_lowers_the_energy_to_where_no_move_does(start):
    model, tables, numbers, states, counts = start
    state = place(model, tables, numbers, states)
    before = state.energy.copy()
    steps = descent.quench(tables, state, 1e-9)
    assert (steps > 0).all() and (state.energy < before).all()
    rows = read(model, tables, state)
    energies = np.array([model.energy(row) for row in rows])
    np.testing.assert_allclose(state.energy, energies, atol=1e-10)
    for row, energy in zip(rows[:2], energies[:2], strict=True):
        assert best_single(model, row, counts) > energy - 1e-8
        assert best_double(model, row, counts) > energy - 1e-8
    # what was carried along is what a rebuild gives
    potential = state.potential.copy()
    ladder.recompute(tables, state)
    np.testing.assert_allclose(state.potential, potential, atol=1e-12)
    assert (descent.quench(tables, state, 1e-9) == 0).all()


def test_two_carriers_move_at_once_where_one_alone_cannot():
    """Carriers at opposite ends of their wells flip together, against a barrier for each alone."""
    structure = crystal(
        np.diag([1.0, 3.0, 3.0]),
        well("a", (0, 0, 0), [(0, 0, 0), (0.2, 0, 0), (-0.2, 0, 0)], (5.0, 0.0, 0.01)),
        units=REDUCED,
    )
    model = build_model(structure, (2, 1, 1))
    tables, numbers = kernel_model(model)
    both = np.array([[2, 2], [1, 2]])
    state = place(model, tables, numbers, both)
    lowest = min(model.energy(np.array([a, b])) for a in range(3) for b in range(3))
    # in line they are farther apart: to turn one of them only is uphill
    assert model.energy(np.array([1, 2])) > model.energy(np.array([2, 2]))
    descent.quench(tables, state, 1e-9)
    np.testing.assert_allclose(state.energy, lowest, atol=1e-12)
    np.testing.assert_array_equal(read(model, tables, state), [[1, 1], [1, 1]])
