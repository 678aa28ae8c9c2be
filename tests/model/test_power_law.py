"""Repulsions 1/r^p: known lattice sums, plain sums, the sum with a background, and run files."""

import itertools

import numpy as np
import pytest
from exact import crystal
from exact import well as make_well
from writings import CHANGES, rewritten

from mcsc.chain import Task
from mcsc.model import (
    Dopants,
    Interactions,
    build_model,
    dopant_potential,
    particle_hole,
    periodic_potential,
)
from mcsc.model.laws import PowerLaw
from mcsc.planning import plan
from mcsc.structure import textbook

TRICLINIC = np.array([[1.0, 0.1, -0.2], [0.4, 1.3, 0.3], [-0.5, 0.6, 1.7]])
FCC = np.sqrt(0.5) * np.array([[0.0, 1.0, 1.0], [1.0, 0.0, 1.0], [1.0, 1.0, 0.0]])
OFFSETS = np.array([[0.0, 0.0, 0.0], [0.3, 0.1, -0.4], [1.4, -1.0, 0.8]])
CRYSTAL = crystal(
    np.array([[5.0, 0.3, 0.0], [-1.0, 6.0, 0.5], [0.4, 0.2, 7.0]]),
    make_well("one", (0, 0, 0), [(0, 0, 0), (0.5, 0, 0.1)], depth=-0.1),
    make_well("two", (2.4, 3.1, 3.2), [(0, 0, 0), (0, 0.4, -0.3)], depth=0.05),
)


def lattice(cell, shells):
    return np.array(list(itertools.product(range(-shells, shells + 1), repeat=3))) @ cell


# J. E. Jones and A. E. Ingham, Proc. R. Soc. A 107, 636 (1925)
@pytest.mark.parametrize(
    ("cell", "power", "expected"),
    [(np.eye(3), 6, 8.40192), (np.eye(3), 12, 6.20215), (FCC, 6, 14.45392), (FCC, 12, 12.13188)],
    ids=["sc 6", "sc 12", "fcc 6", "fcc 12"],
)
def test_known_sums_over_cubic_lattices(cell, power, expected):
    found = periodic_potential(cell, (1, 1, 1), np.zeros((1, 3)), PowerLaw(power, 1.0)).item()
    assert found == pytest.approx(expected, abs=6e-6)


def test_power_one_is_coulomb():
    found = periodic_potential(TRICLINIC, (3, 2, 2), OFFSETS, PowerLaw(1.0, 1.7))
    np.testing.assert_allclose(found, periodic_potential(TRICLINIC, (3, 2, 2), OFFSETS), atol=1e-12)


def test_high_powers_are_plain_sums():
    found = periodic_potential(TRICLINIC, (1, 1, 1), OFFSETS, PowerLaw(12, 0.9)).ravel()
    for value, offset in zip(found, OFFSETS, strict=True):
        r = np.linalg.norm(offset + lattice(TRICLINIC, 20), axis=1)
        direct = 0.9**11 * (r[r > 1e-9] ** -12.0).sum()
        assert value == pytest.approx(direct, rel=1e-10)


@pytest.mark.parametrize("length", [1.0, 1.6])
def test_dipoles_are_the_plain_sum_less_a_background_beyond_the_length(length):
    """Both are cut off by exp(−r²/s²); what that changes is a series in 1/s², extrapolated."""
    squares = np.array([8.0, 11.0, 15.0, 20.0, 28.0])
    volume = abs(np.linalg.det(TRICLINIC))
    found = periodic_potential(TRICLINIC, (1, 1, 1), OFFSETS, PowerLaw(3, length)).ravel()
    grid = np.geomspace(1.0, 60.0, 20001) * length
    for value, offset in zip(found, OFFSETS, strict=True):
        r = np.linalg.norm(offset + lattice(TRICLINIC, 30), axis=1)
        r = r[r > 1e-9]
        cut = [
            (np.exp(-(r**2) / s) / r**3).sum()
            - 4 * np.pi / volume * np.trapezoid(np.exp(-(grid**2) / s), np.log(grid))
            for s in squares
        ]
        limit = np.polynomial.polynomial.polyfit(1 / squares, cut, 4)[0]
        assert value == pytest.approx(length**2 * limit, abs=2e-6)


@pytest.mark.parametrize("power", [1.5, 2, 3, 3.7, 4, 6, 7, 12])
def test_result_does_not_depend_on_the_splitting(power):
    size, law = (3, 2, 2), PowerLaw(power, 1.2)
    usual = np.sqrt(np.pi) / np.cbrt(np.linalg.det(TRICLINIC) * np.sqrt(12))
    low, middle, high = (
        periodic_potential(TRICLINIC, size, OFFSETS, law, splitting=factor * usual)
        for factor in (0.5, 1.0, 1.6)
    )
    tolerance = 1e-12 * np.abs(middle).max()
    np.testing.assert_allclose(low, middle, atol=tolerance, rtol=1e-11)
    np.testing.assert_allclose(high, middle, atol=tolerance, rtol=1e-11)


@pytest.mark.parametrize("power", [2, 3, 6])
def test_cells_of_a_supercell_add_up_to_the_primitive_potential(power):
    law = PowerLaw(power, 1.1)
    supercell = periodic_potential(TRICLINIC, (4, 3, 2), OFFSETS, law).sum(axis=(1, 2, 3))
    primitive = periodic_potential(TRICLINIC, (1, 1, 1), OFFSETS, law).ravel()
    np.testing.assert_allclose(supercell, primitive, rtol=1e-10)


def test_energy_of_displaced_carriers_and_dopants():
    """Carriers at ε_r = 3 in a supercell, all their images and those of two ions."""
    ions, among = (
        Dopants(((0.2, 0.3, 0.7), (1.5, 0.1, 0.4)), -1.5),
        Interactions(True, 3.0, power=6),
    )
    model = build_model(CRYSTAL, (2, 1, 2), among, dopants=ions)
    a, supercell = CRYSTAL.lattice_constant, CRYSTAL.cell * np.array([[2], [1], [2]])
    images = lattice(supercell, 12)
    state = np.array([1, 1, -1, -1, 0, -1, -1, 0])
    filled = np.nonzero(state >= 0)[0]
    places = model.lattice.positions[filled] + [
        CRYSTAL.wells[w % 2].displacements[state[w]] for w in filled
    ]
    sites = np.array(ions.positions) @ CRYSTAL.cell

    def repulsion(offset):
        r = np.linalg.norm(offset + images, axis=1)
        return model.units.coulomb / 3.0 * a**5 * (r[r > 1e-9] ** -6.0).sum()

    energy = 0.5 * sum(repulsion(p - q) for p in places for q in places)
    energy += -1.5 * sum(repulsion(p - q) for p in places for q in sites)
    energy += sum(CRYSTAL.wells[w % 2].depth for w in filled)
    assert model.energy(state) == pytest.approx(energy, rel=1e-4)
    among_ions = dopant_potential(CRYSTAL, (2, 1, 2), ions, among.potential(CRYSTAL))
    np.testing.assert_allclose(model.external, model.units.coulomb / 3.0 * among_ions)


@pytest.mark.parametrize("power", [2, 3, 6])
def test_energies_are_those_of_any_writing_of_the_crystal(power):
    structure, rng = textbook("kagome-wells", 1.7), np.random.default_rng(1)
    other = rewritten(structure, CHANGES["oblique"], 3)
    one, two = (build_model(s, (2, 2, 2), Interactions(power=power)) for s in (structure, other))
    apart = one.lattice.positions[:, None] - two.lattice.positions
    shares = apart @ np.linalg.inv(2 * structure.cell)
    number = np.abs(shares - np.rint(shares)).max(axis=2).argmin(axis=1)
    assert len(set(number.tolist())) == 24
    for n in (1, 8, 24):
        first, second = np.full((2, 24), -1)
        first[rng.permutation(24)[:n]] = 0
        second[number] = first
        assert two.energy(second) == pytest.approx(one.energy(first), abs=1e-9)


def test_two_carriers_a_lattice_constant_apart_repel_as_charges_do():
    model = build_model(textbook("cubic"), (40, 2, 2), Interactions(power=12))
    assert model.pair[0, 0, 1, 0, 0] == pytest.approx(1.0, abs=1e-3)
    # and equivalent wells are filled as they are emptied
    assert particle_hole(model, 1e-9)


def test_charges_on_the_wells_complete_dipoles_and_nothing_completes_convergent_sums():
    cubic = textbook("cubic")
    own = periodic_potential(np.eye(3), (1, 1, 1), np.zeros((1, 3)), PowerLaw(3, 1.0)).item()
    assert Interactions(power=6).charging_energy(cubic) == 0.0
    assert Interactions(power=3).charging_energy(cubic) == pytest.approx(-own)


def test_only_a_power_in_use_is_part_of_the_digest():
    task = Task(textbook("cubic"), (2, 2, 2), 4, (1.0,))
    names = {
        Task(task.structure, task.size, 4, (1.0,), Interactions(power=p)).digest()
        for p in (1, 1.0, 3, 3.0, 6)
    }
    assert len(names) == 3
    assert task.digest() in names


@pytest.mark.parametrize(
    ("choice", "message"),
    [
        ({"power": 0.5}, r"power 0.5: give 1 \(Coulomb\) to 12"),
        ({"power": 13}, "power 13: give 1"),
        ({"power": float("nan")}, "power nan: give 1"),
        ({"power": 3, "screening_length": 2.0}, "power 3 beside screening_length 2: only 1/r is"),
    ],
)
def test_impossible_powers_are_named(choice, message):
    with pytest.raises(ValueError, match=message):
        Interactions(**choice)


RUN = """
[structure]
lattice = "cubic"
[interaction]
power = 3
{more}
[scan]
temperature = {{ start = 0.1, stop = 0.3, num = 3 }}
doping = [0.5]
size = [[4, 4, 4]]
"""


def test_a_run_file_asks_for_it(tmp_path):
    file = tmp_path / "run.toml"
    file.write_text(RUN.format(more=""))
    (task,) = plan(file).tasks
    assert task.task.interactions == Interactions(power=3.0)
    file.write_text(RUN.format(more="screening_length = 2.0"))
    with pytest.raises(ValueError, match=r"run.toml: interaction.power 3 beside screening_length"):
        plan(file)
