"""Block visits: nothing is rounded, and when the potential is refreshed changes no bit."""

from dataclasses import replace

import numpy as np
import pytest
from exact import crystal
from exact import well as make_well

from mcsc.chain import Task
from mcsc.chain.block_visits import block_visits
from mcsc.chain.convolution import Convolution
from mcsc.chain.regions import regions_of
from mcsc.kernels.block_tables import box_of
from mcsc.lattice.nearness import NEAR, hop_shells
from mcsc.model import Dopants, Interactions
from mcsc.structure import slab, textbook, with_states
from mcsc.units import REDUCED

KAGOME = textbook("kagome-wells", 1.7)
# one hexagon of seven states, two triangles of the centre alone, in layers
LAYERED = replace(KAGOME, wells=(with_states(KAGOME.wells[0], "sixfold", 0.1), *KAGOME.wells[1:]))
SKEW = crystal(
    [[1.0, 0.1, 0.0], [-0.3, 1.1, 0.1], [0.1, 0.0, 1.3]],
    make_well("one", (0, 0, 0), [(0, 0, 0), (0.1, 0.0, 0.05)], [0, 0.1]),
    make_well("two", (0.4, 0.5, 0.6), depth=-0.2),
    units=REDUCED,
)
IONS = Dopants(((0.2, 0.3, 0.2), (3.2, 0.7, 0.8)), charge=-1.0)
TASKS = {
    "cubic": Task(textbook("cubic"), (8, 8, 8), 256, (0.2, 0.3)),
    "layered, in a field": Task(LAYERED, (9, 10, 2), 180, (0.15, 0.3), field=0.5),
    "skewed, dopants": Task(SKEW, (3, 9, 5), 100, (0.2, 0.4), dopants=IONS),
    "slab between gates": Task(
        slab(textbook("cubic"), "c", 2), (8, 9, 1), 60, (0.1, 0.3), Interactions(gate_distance=3.0)
    ),
    "fixed chemical potential": Task(LAYERED, (8, 4, 2), 64, (0.2, 0.3), chemical_potential=0.0),
}


def sampled(task, budget=None):
    model = task.ensemble.sampled(task.build())
    blocks = block_visits(task, model)
    blocks = blocks if budget is None else replace(blocks, budget=budget)
    state = blocks.start(task)
    blocks.recompute(state)
    betas = 1.0 / np.array(task.temperatures)
    carriers, energies = blocks.run(state, betas, 3, 0, 2, 3)
    return model, blocks, state, carriers, energies


@pytest.mark.parametrize("name", TASKS)
def test_carried_energy_and_potential_are_those_of_the_carriers(name):
    model, blocks, state, carriers, energies = sampled(TASKS[name], budget=300.0)
    held = blocks.configurations(carriers[-1])
    scale = np.abs(energies).max()
    np.testing.assert_allclose([model.energy(one) for one in held], energies[-1], atol=1e-8 * scale)
    # to the last bit, or it raises
    assert blocks.rebuild(state) == (0.0, 0.0)
    r = int(state.replica[0])
    stored = state.potential[r] * blocks.tables.quantum
    axes = np.argsort(model.lattice.size, kind="stable")
    wanted = model.potential(held[0]).transpose(0, *(1 + axes))
    np.testing.assert_allclose(stored, wanted, atol=1e-8 * scale)


@pytest.mark.parametrize("name", TASKS)
def test_refreshes_change_no_bit(name):
    found = [sampled(TASKS[name], budget) for budget in (0.0, 200.0, np.inf)]
    for _, _, state, carriers, energies in found[1:]:
        _, _, first, same_carriers, same_energies = found[0]
        assert (carriers == same_carriers).all()
        assert (energies == same_energies).all()
        assert (state.held == first.held).all()
        assert (state.rng == first.rng).all()
        assert (state.doubled == first.doubled).all()
        assert state.tally.sum() == first.tally.sum() > 0


@pytest.mark.parametrize(
    "task",
    [
        replace(TASKS["cubic"], size=(36, 6, 72)),
        replace(TASKS["skewed, dopants"], size=(3, 26, 40)),
        replace(TASKS["skewed, dopants"], size=(3, 26, 40), chemical_potential=0.1),
    ],
)
def test_regions_keep_energy_and_potential(task):
    found = []
    for budget in (0.0, np.inf):
        model = task.ensemble.sampled(task.build())
        blocks = block_visits(task, model)
        near = hop_shells(model.lattice.structure, NEAR)
        regions = regions_of(
            blocks.convolution, model.pair, near, model.lattice.states_per_well, (18, 12)
        )
        assert (regions.within is not None) == (task.size[2] == 72)
        blocks = replace(blocks, regions=replace(regions, budget=budget), depth=1.0)
        state = blocks.start(task)
        blocks.recompute(state)
        carriers, energies = blocks.run(state, 1.0 / np.array(task.temperatures), 20, 0, 1, 2)
        found.append((carriers, energies, state.rng.copy(), state.doubled.copy()))
        assert blocks.rebuild(state) == (0.0, 0.0)
        held = blocks.configurations(carriers[-1])
        wanted = [model.energy(one) for one in held]
        np.testing.assert_allclose(wanted, energies[-1], atol=1e-8 * np.abs(energies).max())
        assert (state.number == (held >= 0).sum(axis=1)[state.rung]).all()
    for one, two in zip(*found, strict=True):
        assert (one == two).all()


def test_what_is_not_in_the_potential_is_noticed():
    _, blocks, state, _, _ = sampled(TASKS["cubic"])
    held = state.held[0].reshape(-1)
    held[[np.argmax(held >= 0), np.argmax(held < 0)]] = -1, 0
    with pytest.raises(ArithmeticError, match="lost track"):
        blocks.rebuild(state)


def test_residues_of_the_transforms_are_checked(monkeypatch):
    _, blocks, state, _, _ = sampled(TASKS["cubic"])
    spoilt = replace(blocks.convolution, spectrum=blocks.convolution.spectrum * (1 + 1e-9))
    with pytest.raises(ArithmeticError, match="off whole numbers"):
        spoilt.rebuild(state, 0)
    assert isinstance(spoilt, Convolution)


def test_snapshots_are_placed_again():
    _, blocks, _, carriers, energies = sampled(TASKS["layered, in a field"])
    again = blocks.start(TASKS["layered, in a field"])
    blocks.place(again, blocks.configurations(carriers[-1]))
    blocks.recompute(again)
    np.testing.assert_array_equal(again.energy, energies[-1])


def test_boxes_fit_twice():
    assert box_of((100, 100, 100), 1) == (8, 4)
    assert box_of((8, 8, 8), 1) == (8, 4)
    assert box_of((4, 4, 8), 1) == (4, 2)
    assert box_of((1, 1, 16), 3) == (1, 1)
    # no row of eight, or one box alone
    assert box_of((7, 7, 7), 1) is None
    assert box_of((1, 1, 15), 1) is None
