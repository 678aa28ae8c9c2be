"""The Hamiltonian against double sums over positions with their own Ewald sum."""

from dataclasses import replace

import numpy as np
import pytest
from exact import configurations, crystal, energies, ions, occupied, system
from exact import well as make_well

from mcsc.chain import Task
from mcsc.model import Dopants, Interactions, ShortRangeTerm, build_model
from mcsc.structure import deformed, textbook, wells_of_net
from mcsc.structure.crystal import read_crystal
from mcsc.units import REDUCED, SI

CRYSTAL = crystal(
    [[5, 0.3, 0], [-1, 6, 0.5], [0.4, 0.2, 7]],
    make_well("one", (0, 0, 0), [(0, 0, 0), (0.5, 0, 0.1), (-0.3, 0.4, 0)], [0, 0.01, 0.02], -0.1),
    make_well("two", (2.4, 3.1, 3.2), [(0, 0, 0), (0, 0.4, -0.3)], depth=0.05),
)
SIZE = (2, 1, 2)
# wells "one" at this distance: once in the cell, again through an image of the small supercell
ALONG_A = float(np.linalg.norm(CRYSTAL.cell[0]))
DOPANTS = Dopants(((0.2, 0.3, 0.7), (1.5, 0.1, 0.4), (0.5, 0.1, 1.4)), -1.5)
# the interactions, arguments of build_model, and what both are called in exact.system
CHOICES = {
    "coulomb": ({}, {}, {}),
    "yukawa": ({"screening_length": 4.0}, {}, {"screening": 0.25}),
    "field": ({}, *({"field": (0.1, 0.2, -0.3)},) * 2),
    "short range": (
        {"short_range": (ShortRangeTerm(("one", "one"), 0.3, distance=ALONG_A),)},
        {},
        {"short_range": (("one", "one", ALONG_A, 0.3),)},
    ),
    "dopants": ({}, {"dopants": DOPANTS}, {"dopants": ions(CRYSTAL, DOPANTS)}),
    "dopants, yukawa": (
        {"screening_length": 4.0},
        {"dopants": DOPANTS},
        {"dopants": ions(CRYSTAL, DOPANTS), "screening": 0.25},
    ),
}


@pytest.fixture(params=CHOICES, scope="module")
def both(request):
    """The model and the same system as a dense matrix, carriers at ε_r = 3."""
    interactions, choice, same = CHOICES[request.param]
    among = Interactions(relative_permittivity=3.0, **interactions)
    model = build_model(CRYSTAL, SIZE, among, **choice)
    return model, system(CRYSTAL, SIZE, coulomb=SI.coulomb / 3.0, **same)


@pytest.mark.parametrize("n", [0, 1, 2, 5, 8])
def test_energy_is_the_double_sum_over_positions(both, n):
    model, found = both
    states = configurations(found, n)[::41]
    computed = [model.energy(row) for row in states]
    np.testing.assert_allclose(computed, energies(found, states), atol=1e-11)


def test_potential_is_the_energy_of_one_more_carrier(both):
    model, found = both
    rng = np.random.default_rng(2)
    state = configurations(found, 3)[200]
    potential = model.potential(state)
    before = model.energy(state)
    first = np.cumsum(model.lattice.states_per_well) - model.lattice.states_per_well
    for w in rng.permutation(np.nonzero(state < 0)[0]):
        base = w % CRYSTAL.n_wells
        for s in range(model.lattice.states_per_well[base]):
            more = state.copy()
            more[w] = s
            x, y, z = model.lattice.cells[w // CRYSTAL.n_wells]
            change = model.energy(more) - before
            assert potential[first[base] + s, x, y, z] == pytest.approx(change, abs=1e-11)


def test_potential_of_no_carriers_is_the_energy_of_a_lone_one(both):
    model, found = both
    potential = model.potential(np.full(model.lattice.n_wells, -1))
    np.testing.assert_allclose(potential, model.site_energies)
    alone = configurations(found, 1)
    energy = dict(zip(occupied(found, alone).argmax(axis=1), energies(found, alone), strict=True))
    by_cell = model.site_energies.transpose(1, 2, 3, 0).reshape(-1)
    np.testing.assert_allclose([energy[k] for k in range(len(by_cell))], by_cell, atol=1e-11)


def test_field_and_well_energies_act_on_each_carrier():
    plain = build_model(CRYSTAL, SIZE, Interactions(coulomb=False))
    tilted = build_model(CRYSTAL, SIZE, Interactions(coulomb=False), field=(0.1, 0.2, -0.3))
    state = np.array([1, 1, -1, -1, 2, -1, -1, 0])
    # depths and state energies of wells one, two, one, two
    depths = (-0.1 + 0.01) + (0.05 + 0.0) + (-0.1 + 0.02) + 0.05
    assert plain.energy(state) == pytest.approx(depths, abs=1e-14)
    shifts = np.array([(0.5, 0, 0.1), (0, 0.4, -0.3), (-0.3, 0.4, 0), (0, 0, 0)])
    work = -(shifts @ (0.1, 0.2, -0.3)).sum()
    assert tilted.energy(state) - plain.energy(state) == pytest.approx(work, abs=1e-14)


def test_charged_sublattices_give_madelung():
    """NaCl from half-filled cubic wells: E(n) for charges n − ½ through the full lattice."""
    model = build_model(textbook("cubic"), (2, 2, 2))
    x, y, z = model.lattice.cells.T
    order = np.where((x + y + z) % 2 == 0, 0, -1)
    full = np.zeros(8, int)
    per_site = (model.energy(order) - 0.25 * model.energy(full)) / 8
    # charges ±½: a quarter of the energy −M/2 an ion
    assert per_site == pytest.approx(-1.7475645946 / 8, abs=1e-10)


def test_coulomb_temperature_in_kelvin():
    model = build_model(CRYSTAL, (1, 1, 1), Interactions(relative_permittivity=2.0))
    expected = 167_100 / (2.0 * CRYSTAL.lattice_constant)
    assert model.coulomb_temperature == pytest.approx(expected, rel=1e-4)


def test_wrong_configurations_are_named():
    model = build_model(CRYSTAL, SIZE)
    with pytest.raises(ValueError, match=r"shape \(7,\); give one integer for each of the 8"):
        model.energy(np.zeros(7, int))
    with pytest.raises(ValueError, match="displacement that its well does not have"):
        model.potential(np.array([0, 2, -1, -1, -1, -1, -1, -1]))


@pytest.mark.parametrize(
    ("choice", "text"),
    [
        ({"relative_permittivity": 0.0}, "relative_permittivity 0.0"),
        ({"relative_permittivity": -2.0}, "relative_permittivity -2.0"),
        ({"relative_permittivity": float("nan")}, "relative_permittivity nan"),
        ({"screening_length": 0.0}, "screening_length 0.0"),
        ({"screening_length": float("nan")}, "screening_length nan"),
    ],
)
def test_impossible_parameters_are_named(choice, text):
    with pytest.raises(ValueError, match=text):
        Interactions(**choice)


def test_units_belong_to_the_structure():
    """A lattice of the textbook is reduced, a crystal in Å, eV and K; nothing else can say so."""
    model = build_model(textbook("cubic"), (2, 2, 2))
    assert (model.units, model.coulomb_temperature) == (REDUCED, 1.0)
    task = Task(textbook("cubic"), (2, 2, 2), 4, (1.0, 2.0))
    assert (task.units, task.build().units) == (REDUCED, REDUCED)
    angstrom = replace(textbook("cubic"), units=SI)
    assert build_model(angstrom, (2, 2, 2)).coulomb_temperature == pytest.approx(167_100, rel=1e-4)
    shipped = wells_of_net(read_crystal("CsV3Sb5"), "V")
    assert shipped.units == SI
    strained = deformed(textbook("square"), (1.1, 1.0, 1.0), np.eye(3))
    assert strained.units == REDUCED
