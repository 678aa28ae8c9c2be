"""Pair tables: index convention, symmetry, self energy and known energies of ordered fillings."""

import numpy as np
import pytest

from mcsc.model import Potential, Yukawa, pair_table, periodic_potential, state_positions
from mcsc.structure import Structure, Well

TRIANGULAR = np.array([[1.0, 0.0, 0.0], [-0.5, np.sqrt(0.75), 0.0], [0.0, 0.0, 1.0]])
TRICLINIC = np.array([[1.0, 0.1, -0.2], [0.4, 1.3, 0.3], [-0.5, 0.6, 1.7]])


def well(kind, centre, displacements=((0.0, 0.0, 0.0),)):
    moves = np.array(displacements, dtype=float)
    return Well(
        kind=kind,
        centre=np.array(centre, dtype=float),
        cage=np.zeros((0, 3)),
        cage_species=(),
        displacements=moves,
        state_energies=np.zeros(len(moves)),
        depth=0.0,
    )


def crystal(cell, *wells):
    return Structure(
        name="test",
        cell=np.array(cell, dtype=float),
        wells=tuple(wells),
        ions=(),
        ion_positions=np.zeros((0, 3)),
        source="test",
    )


def two_wells():
    """Three states in one well and two in the other of a triclinic cell."""
    return crystal(
        TRICLINIC,
        well("one", (0, 0, 0), [(0, 0, 0), (0.1, 0, 0.02), (-0.1, 0.05, 0)]),
        well("two", (0.6, 0.9, 0.7), [(0, 0, 0), (0, 0.12, -0.04)]),
    )


def energy(table, occupation):
    """½ Σ V n n + ½ Σ self n by plain loops; occupation (M, Lx, Ly, Lz)."""
    size = table.values.shape[2:]
    occupied = np.argwhere(occupation)
    total = 0.5 * sum(table.self_energy[one[0]] for one in occupied)
    for one in occupied:
        for two in occupied:
            d = tuple((two[1:] - one[1:]) % size)
            total += 0.5 * table.values[(one[0], two[0], *d)]
    return total


def layer(cell, spacing=8.0):
    return crystal(cell * [[1], [1], [spacing]], well("site", (0, 0, 0)))


# charge order of a layer: (cell, size, occupied, E_s), reduced energies per site
LAYERS = {
    "square 1/2": (np.eye(3), (2, 2), [(0, 0), (1, 1)], -0.20194283),
    "square 1/4": (np.eye(3), (2, 4), [(0, 0), (1, 2)], -0.12279987),
    "triangular 1/3": (TRIANGULAR, (3, 3), [(0, 0), (2, 1), (1, 2)], -0.17135775),
    "triangular 1/4": (TRIANGULAR, (2, 2), [(0, 0)], -0.13166946),
}


@pytest.mark.parametrize(
    ("cell", "size", "occupied", "expected"), LAYERS.values(), ids=LAYERS.keys()
)
def test_energy_per_site_of_ordered_layers(cell, size, occupied, expected):
    table = pair_table(layer(cell), (*size, 1))
    full = np.ones((1, *size, 1))
    part = np.zeros_like(full)
    for x, y in occupied:
        part[0, x, y, 0] = 1
    sites = full.size
    filling = len(occupied) / sites
    per_site = (energy(table, part) - filling**2 * energy(table, full)) / sites
    assert per_site == pytest.approx(expected, abs=1e-8)


def test_charges_on_a_two_well_table_give_the_madelung_constant():
    structure = crystal(np.eye(3), well("a", (0, 0, 0)), well("b", (0.5, 0.5, 0.5)))
    table = pair_table(structure, (2, 2, 2))
    to_same = table.values[0, 0].sum() + table.self_energy[0]
    to_other = table.values[0, 1].sum()
    assert np.sqrt(0.75) * (to_other - to_same) == pytest.approx(1.7626747730709884, abs=1e-10)


@pytest.mark.parametrize("screening", [0.0, 0.8])
def test_values_are_the_potential_between_real_positions(screening):
    structure, size = two_wells(), (2, 3, 1)
    table = pair_table(structure, size, Potential(Yukawa(screening)))
    positions, wells = state_positions(structure)
    assert wells.tolist() == [0, 0, 0, 1, 1]
    np.testing.assert_allclose(positions[4], (0.6, 1.02, 0.66))
    assert table.values.shape == (5, 5, *size)
    supercell = TRICLINIC * np.array(size)[:, None]
    for m, m2, x, y, z in [(0, 3, 1, 2, 0), (3, 0, 1, 2, 0), (1, 2, 1, 0, 0), (4, 2, 0, 1, 0)]:
        separation = positions[m2] + (x, y, z) @ TRICLINIC - positions[m]
        potential = periodic_potential(
            supercell, (1, 1, 1), separation[None], Yukawa(screening), tolerance=1e-14
        )
        assert table.values[m, m2, x, y, z] == pytest.approx(potential.item(), abs=2e-12)


def test_symmetry_is_exact():
    table = pair_table(two_wells(), (3, 4, 2)).values
    swapped = table.transpose(1, 0, 2, 3, 4)
    inverted = np.roll(np.flip(swapped, (2, 3, 4)), 1, (2, 3, 4))
    assert np.array_equal(table, inverted)
    assert not np.array_equal(table, swapped)


def test_states_of_one_well_do_not_meet():
    table = pair_table(two_wells(), (2, 2, 2))
    home = table.values[:, :, 0, 0, 0]
    assert not home[:3, :3].any()
    assert not home[3:, 3:].any()
    assert home[:3, 3:].all()
    assert table.values[:3, :3, 1, 0, 0].all()


@pytest.mark.parametrize("screening", [0.0, 0.8])
def test_self_energy_is_that_of_the_supercell_images(screening):
    table = pair_table(two_wells(), (2, 3, 2), Potential(Yukawa(screening)))
    supercell = TRICLINIC * np.array([2, 3, 2])[:, None]
    own = periodic_potential(supercell, (1, 1, 1), np.zeros((1, 3)), Yukawa(screening)).item()
    np.testing.assert_allclose(table.self_energy, [own] * 5, atol=1e-12)


@pytest.mark.parametrize("screening", [0.0, 0.5])
def test_energy_per_carrier_does_not_depend_on_the_repetition(screening):
    structure = two_wells()
    small, large = (2, 1, 2), (4, 2, 2)
    occupation = np.zeros((5, *small))
    occupation[1, 0, 0, 0] = occupation[4, 0, 0, 0] = occupation[2, 1, 0, 1] = 1
    once = energy(pair_table(structure, small, Potential(Yukawa(screening))), occupation)
    repeated = np.tile(occupation, (1, 2, 2, 1))
    four = energy(pair_table(structure, large, Potential(Yukawa(screening))), repeated)
    assert four == pytest.approx(4.0 * once, abs=1e-10)


def test_single_state_and_single_cell():
    structure = crystal(np.eye(3), well("site", (0.3, 0.2, 0.1)))
    table = pair_table(structure, (1, 1, 1))
    assert table.values.shape == (1, 1, 1, 1, 1)
    assert table.values.item() == 0.0
    # twice the energy of the simple cubic Wigner crystal
    assert table.self_energy[0] == pytest.approx(-2.837297479480620, abs=1e-11)


def test_tables_are_read_only():
    table = pair_table(two_wells(), (1, 1, 2))
    with pytest.raises(ValueError, match="read-only"):
        table.values[0, 0, 0, 0, 0] = 1.0
    with pytest.raises(ValueError, match="read-only"):
        table.self_energy[0] = 1.0
