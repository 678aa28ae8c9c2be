"""Each move alone: detailed balance, the stated proposal rates, carried energy and potential."""

from functools import cache

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
from move_laws import law
from scipy import stats

from mcsc.chain import Task
from mcsc.chain.run import kernel_tables
from mcsc.chain.start import random_state
from mcsc.kernels import ladder
from mcsc.kernels.move_table import ACCEPTED, ATTEMPTS, MOVES, Mix
from mcsc.kernels.tables import State, rounding
from mcsc.model import Dopants, Interactions, ShortRangeTerm, build_model
from mcsc.structure import textbook, with_states
from mcsc.units import REDUCED, SI

CELL = [[10.0, 0.5, 0.0], [0.0, 11.0, -0.4], [1.0, 0.0, 12.0]]
# together from all configurations of a case, and at most from one
PROPOSALS, COPIES, THERMAL_ENERGY = 250_000, 20_000, 0.25

# displaced states along a line, at heights that no symmetry relates
THREE = [(0, 0, 0), (0.9, 0.2, 0), (-0.7, 0, 0.4)]
TWO = [(0, 0, 0), (0, 0.8, -0.5)]
ONE = [(0, 0, 0)]


def unequal(first=THREE, second=TWO, third=ONE):
    """Wells with different depths, numbers of states and numbers of near wells."""
    return crystal(
        CELL,
        make_well("a", (0, 0, 0), first, np.linspace(0, 0.2, len(first)), -0.1),
        make_well("b", (2, 0, 0), second, np.linspace(0, 0.1, len(second)), 0.15),
        make_well("c", (5, 0.3, 0), third, np.linspace(0, 0.1, len(third))),
    )


def triangles():
    """Two wells with three states in a plane, pointing opposite ways, and one without."""
    angles = 2 * np.pi * np.arange(3) / 3
    around = 0.9 * np.column_stack([np.cos(angles), np.sin(angles), np.zeros(3)])
    return unequal(np.vstack([ONE, around]), ONE, np.vstack([ONE, -around]))


def rhombus():
    """Four wells near each other, one of them with two states and one with three."""
    return crystal(
        CELL,
        make_well("a", (0, 0, 0), ONE, (0,), -0.1),
        make_well("b", (4, 0, 0), TWO, (0, 0.1), 0.05),
        make_well("c", (2, 3.6, 0), THREE, (0, 0.1, 0.2)),
        make_well("d", (6, 3.6, 0), ONE, (0,), 0.1),
    )


# no symmetry left: one ion near a well of one cell, another between the others
IONS = Dopants(((1.1, 0.12, 0.1), (0.4, 0.3, 0.6)), -0.4)


def thirds(states):
    """Three wells alike, a third of a cell apart along x: layers slide by thirds of it."""
    x = np.array(CELL[0]) / 3
    return crystal(CELL, *(make_well(k, i * x, states, (0, 0.1)[: len(states)])
                           for i, k in enumerate("abc")))  # fmt: skip


OF_ONE_CARRIER = ("near_hop", "far_hop", "change_of_state")
# structure, further terms of the Hamiltonian, layout of the tables, size, moves to test
CASES = {
    "states 3, 2, 1": (unequal(), {}, 1, (2, 1, 1), OF_ONE_CARRIER),
    "states 1, 3, 3 in a field": (
        unequal(ONE, THREE, THREE),
        {"field": (0.3, 0.1, -0.2)},
        1,
        (2, 1, 1),
        OF_ONE_CARRIER,
    ),
    "states 3, 3, 1 in a field": (
        unequal(THREE, THREE, ONE),
        {"field": (-0.2, 0.3, 0.1)},
        2,
        (2, 1, 1),
        OF_ONE_CARRIER,
    ),
    "triangles": (triangles(), {}, 2, (2, 1, 1), ("rigid_turn",)),
    "triangles in a field": (
        triangles(),
        {"field": (0.1, 0.2, 0.1)},
        1,
        (2, 1, 1),
        ("far_hop", "change_of_state", "rigid_turn"),
    ),
    "layers of 2 x 1 cells": (unequal(TWO, ONE, ONE), {}, 1, (2, 1, 2), ("layer_shift",)),
    "layers of 1 x 2 cells": (unequal(ONE, THREE, ONE), {}, 2, (1, 2, 2), ("layer_shift",)),
    "layers that slide": (thirds(ONE), {}, 1, (2, 1, 2), ("layer_shift",)),
    "layers that slide in a field": (
        thirds(TWO),
        {"field": (0.3, 0.1, -0.2)},
        2,
        (1, 2, 2),
        ("layer_shift",),
    ),
    "layers that slide among dopants": (
        thirds(ONE),
        {"dopants": IONS},
        2,
        (2, 1, 2),
        ("layer_shift",),
    ),
    "rows along a and c": (unequal(TWO, ONE, ONE), {}, 1, (2, 1, 2), ("row_shift",)),
    "rows along a and b": (unequal(ONE, THREE, ONE), {}, 2, (2, 2, 1), ("row_shift",)),
    "rows of three": (unequal(ONE, TWO, ONE), {}, 1, (1, 1, 3), ("row_shift",)),
    "rhombus": (rhombus(), {"field": (0.1, 0.2, 0.0)}, 1, (2, 1, 1), ("pair_hop",)),
    "rhombus among dopants": (rhombus(), {"dopants": IONS}, 2, (1, 1, 1), ("pair_hop",)),
    "dopants": (unequal(), {"dopants": IONS}, 2, (2, 1, 1), OF_ONE_CARRIER),
    "rows among dopants": (unequal(TWO, ONE, ONE), {"dopants": IONS}, 2, (2, 1, 2), ("row_shift",)),
    "triangles among dopants": (
        triangles(),
        {"dopants": IONS},
        1,
        (2, 1, 1),
        ("far_hop", "rigid_turn"),
    ),
    "layers among dopants": (
        unequal(TWO, ONE, ONE),
        {"dopants": IONS},
        1,
        (2, 1, 2),
        ("layer_shift",),
    ),
    "layers of 1 x 2 cells among dopants": (
        unequal(ONE, THREE, ONE),
        {"dopants": IONS, "field": (0.1, 0.0, 0.2)},
        2,
        (1, 2, 2),
        ("layer_shift",),
    ),
}


@cache
def transition_counts(case, move):
    """Model, configurations, their energies, and how often one proposal led from i to j (C, C)."""
    structure, choice, axes, size, _ = CASES[case]
    same = {k: ions(structure, v) if k == "dopants" else v for k, v in choice.items()}
    found = system(structure, size, coulomb=SI.coulomb / 2.0, **same)
    model = build_model(structure, size, Interactions(relative_permittivity=2.0), **choice)
    tables, numbers = kernel_model(model, axes)
    states = configurations(found, 2)
    names = states @ 5 ** np.arange(states.shape[1])
    order = np.argsort(names)
    mix, column = Mix(**{move: 1}), MOVES.index(move)
    # few of the hops of pairs are accepted
    copies = COPIES if move == "pair_hop" else min(COPIES, PROPOSALS // len(states))
    betas = np.full(copies, 1.0 / THERMAL_ENERGY)
    counts = np.zeros((len(states), len(states)))
    for i, row in enumerate(states):
        state = place(model, tables, numbers, row[None], copies, seed=i)
        ladder.anneal(tables, state, betas, mix, 1)
        final = read(model, tables, state) @ 5 ** np.arange(states.shape[1])
        found_at = order[np.searchsorted(names[order], final)]
        assert (names[found_at] == final).all()
        counts[i] = np.bincount(found_at, minlength=len(states))
        moved = counts[i].sum() - counts[i, i]
        assert state.tally[:, ATTEMPTS[column]].sum() == copies
        accepted = state.tally[:, ACCEPTED[column]].sum()
        # the shift of a layer without carriers, or whose order repeats, changes nothing
        assert accepted >= moved if move in ("layer_shift", "row_shift") else accepted == moved
        assert state.tally[:, : 2 * len(MOVES)].sum() == copies + accepted
    return model, states, energies(found, states), counts


@pytest.mark.parametrize(("move", "case"), [(m, c) for c in CASES for m in CASES[c][-1]])
def test_a_move_alone_obeys_detailed_balance(move, case):
    model, states, energy, counts = transition_counts(case, move)
    p = boltzmann(energy, THERMAL_ENERGY)
    # π_i P_ij = π_j P_ji for every pair, whatever the proposal rates are: of all steps between i
    # and j, a share π_j/(π_i + π_j) starts at i
    steps, share = counts + counts.T, p / (p[:, None] + p)
    variance = steps * share * (1 - share)
    enough = np.triu(variance >= 25, 1)
    z = ((counts - steps * share) / np.sqrt(np.where(enough, variance, 1)))[enough]
    assert len(z) > 20
    # |z| < 4 for a single pair would fail by chance among so many
    assert np.abs(z).max() < stats.norm.isf(3e-5 / len(z))
    assert (z**2).mean() < 1.0 + 4 * np.sqrt(2 / len(z))
    # and the rates are the documented ones, rejections included
    expected = law(model, states, energy, THERMAL_ENERGY, move) * counts[0].sum()
    assert (counts[expected == 0] == 0).all()
    seen = expected >= 10
    chi_squared = ((counts - expected)[seen] ** 2 / expected[seen]).sum()
    freedom = seen.sum() - len(states)
    assert stats.chi2.sf(chi_squared, freedom) > 1e-4
    rare = (expected > 0) & ~seen
    assert counts[rare].sum() == pytest.approx(
        expected[rare].sum(), abs=4 * np.sqrt(expected[rare].sum()) + 1e-6
    )


def test_hops_reach_every_arrangement_of_these_wells():
    # nearest wells alone form chains here; wells of unequal depth reach their images in other cells
    for move, reached in (("near_hop", True), ("far_hop", True), ("change_of_state", False)):
        _, states, _, counts = transition_counts("states 3, 2, 1", move)
        wells = np.unique(states >= 0, axis=0, return_inverse=True)[1].reshape(-1)
        connected = np.linalg.matrix_power((counts > 0).astype(float), 12) > 0
        among_wells = connected[:, :, None] & (wells[None, :, None] == np.arange(wells.max() + 1))
        assert among_wells.any(axis=1).all() == reached


# (structure, size, carriers, interaction) for long runs
def _kagome_with_vertices():
    kagome = textbook("kagome-wells", 1.7)
    wells = [
        with_states(w, "vertices", 0.06, 0.01) if w.kind == "beta" else w for w in kagome.wells
    ]
    return crystal(kagome.cell, *wells, units=REDUCED)


RUNS = {
    "unequal wells": (
        unequal(),
        (3, 2, 2),
        15,
        {"interactions": Interactions(relative_permittivity=3.0)},
        0.4,
    ),
    "kagome, 7 states in the hexagons": (
        _kagome_with_vertices(),
        (4, 4, 2),
        37,
        {"field": (0.2, 0.1, 0.0)},
        0.4,
    ),
    "cubic, screened": (
        textbook("cubic"),
        (4, 3, 5),
        25,
        {"interactions": Interactions(screening_length=0.8)},
        0.2,
    ),
    "unequal wells among dopants": (
        unequal(),
        (3, 2, 2),
        15,
        {"interactions": Interactions(relative_permittivity=3.0), "dopants": IONS},
        0.4,
    ),
}


@pytest.mark.parametrize("axes", [1, 2])
@pytest.mark.parametrize("run", RUNS)
def test_carried_energy_and_potential_are_those_of_the_model(run, axes):
    structure, size, n, choice, thermal_energy = RUNS[run]
    model = build_model(structure, size, **choice)
    tables, numbers = kernel_model(model, axes)
    rng = np.random.default_rng(5)
    states = np.full((3, model.lattice.n_wells), -1)
    for row in states:
        row[rng.permutation(len(row))[:n]] = 0
    state = place(model, tables, numbers, states, seed=6)
    mix = Mix(n, n, n, rigid_turn=2, layer_shift=2, row_shift=2, pair_hop=4 * n)
    ladder.anneal(tables, state, np.full(3, 1 / thermal_energy), mix, 300)
    accepted = state.tally[:, ACCEPTED[:3]].sum(axis=1)
    assert (accepted > 1000).all()
    columns = ACCEPTED.rigid_turn, ACCEPTED.layer_shift, ACCEPTED.row_shift
    turned, shifted, rows = state.tally[:, columns].T
    assert (turned > 10).all() == (tables.turns.shape[1] > 0)
    assert (shifted > 5).all() and (rows > 5).all()
    assert (state.tally[:, ACCEPTED.pair_hop] > 20).all()
    off = rounding(model.pair)
    assert off < 1e-6 * thermal_energy
    for r, row in enumerate(read(model, tables, state)):
        assert state.energy[r] == pytest.approx(model.energy(row), abs=n * off)
        potential = model.potential(row)
        np.testing.assert_allclose(state.potential[r][numbers], potential, atol=2 * off)


def test_hops_among_few_partners_have_the_bits_of_any_hops():
    term, found = ShortRangeTerm(("site", "site"), 4.0, shell=1), []
    task = Task(textbook("cubic"), (7, 7, 7), 171, (4.5, 0.5),
                Interactions(coulomb=False, short_range=(term,)))  # fmt: skip
    tables, _ = kernel_tables(task.build())
    assert tables.shape[8] == 1
    for used in (tables, tables._replace(shape=np.append(tables.shape[:8], 0))):
        state = random_state(task, used)
        ladder.recompute(used, state)
        ladder.anneal(used, state, 1.0 / np.array(task.temperatures), Mix(far_hop=500), 20)
        assert (state.tally[:, ACCEPTED.far_hop] > 20).all()
        found.append([getattr(state, name) for name in State._fields if name != "scratch"])
    for one, other in zip(*found, strict=True):
        np.testing.assert_array_equal(one, other)


def test_drift_after_ten_million_proposals():
    """Carried values against recomputed ones, in eV, for one replica that is never recomputed."""
    kagome = textbook("kagome-wells", 1.694)
    structure = crystal(
        5.5 * kagome.cell, *(make_well(w.kind, 5.5 * w.centre) for w in kagome.wells)
    )
    model = build_model(structure, (6, 6, 2))
    tables, numbers = kernel_model(model)
    states = np.full((1, 216), -1)
    states[0, np.random.default_rng(0).permutation(216)[:72]] = 0
    state = place(model, tables, numbers, states)
    beta = 1.0 / (0.3 * model.coulomb_temperature * SI.boltzmann)
    ladder.anneal(tables, state, np.array([beta]), Mix(near_hop=5000, far_hop=5000), 1000)
    assert state.tally[0, ATTEMPTS].sum() == 10_000_000
    assert state.tally[0, ACCEPTED].sum() > 1_000_000
    energy, potential = state.energy.copy(), state.potential.copy()
    ladder.recompute(tables, state)
    assert np.abs(state.energy - energy).max() < 1e-12
    assert np.abs(state.potential - potential).max() < 1e-12
    row = read(model, tables, state)[0]
    assert energy[0] == pytest.approx(model.energy(row), abs=72 * rounding(model.pair))
