"""Wavevectors of order and their orbits: the same ones however the crystal is written."""

from dataclasses import replace

import numpy as np
import pytest
from exact import crystal
from exact import well as make_well

from mcsc.lattice import layers, order_waves
from mcsc.structure import textbook

SPACING = 1.7


def found(structure, size):
    return order_waves(structure, size, layers(structure))


def named(name):
    planar = name in ("square", "triangular", "kagome-wells")
    return textbook(name, SPACING) if planar else textbook(name)


def reciprocal(structure):
    return 2 * np.pi * np.linalg.inv(structure.cell).T


@pytest.mark.parametrize("size", [(1, 1, 1), (2, 3, 1), (4, 4, 4), (6, 6, 2)])
@pytest.mark.parametrize("name", ["cubic", "fcc", "kagome-wells", "square"])
def test_orbits_share_the_wavevectors_out(name, size):
    structure = named(name)
    waves = found(structure, size)
    members = np.concatenate([orbit.members for orbit in waves.orbits] or [np.zeros(0)])
    assert sorted(members.tolist()) == list(range(len(waves.q)))
    lengths = np.linalg.norm(waves.q @ reciprocal(structure), axis=1)
    for orbit in waves.orbits:
        assert np.ptp(lengths[orbit.members]) < 1e-9
        # the wells themselves, with all their states at the centre, scatter alike at all members
        assert orbit.weights.sum() == pytest.approx(orbit.n_waves)
    # twice the zone holds 2^d wavevectors for each translation, border and whole ones apart
    inside = np.prod(size[: 3 if layers(structure) is None else 2])
    d = 3 if layers(structure) is None else 2
    assert 2 * len(waves.q) >= (2**d) * inside - 2 * len(waves.whole) - 1


def orbit_of(name, size, wanted):
    waves = found(named(name), size)
    rows = np.concatenate([waves.labels, -waves.labels])
    (i,) = np.nonzero(np.abs(rows - wanted).max(axis=1) < 1e-9)[0] % len(waves.q)
    (one,) = [orbit for orbit in waves.orbits if i in orbit.members]
    return waves, one


@pytest.mark.parametrize(
    ("name", "wanted", "members", "n_waves"),
    [
        ("triangular", (0.5, 0, 0), 3, 3),  # M
        ("triangular", (1 / 3, 1 / 3, 0), 3, 1),  # K and −K, each in three zones
        ("triangular", (1 / 6, 0, 0), 3, 3),
        ("cubic", (0.5, 0.5, 0.5), 4, 1),  # R, in the eight corners
        ("cubic", (0.5, 0.5, 0), 6, 3),  # M
        ("cubic", (0.5, 0, 0), 3, 3),  # X
        ("cubic", (1 / 6, 1 / 3, 0.5), 24, 12),
        ("square", (0.5, 0.5, 0), 2, 1),
        ("fcc", (0.5, 0.5, 0), 3, 3),  # X
    ],
)
def test_orbits_of_special_points(name, wanted, members, n_waves):
    size = (6, 6, 1) if name in ("triangular", "square") else (6, 6, 6)
    _, orbit = orbit_of(name, size, wanted)
    assert len(orbit.members) == members
    assert orbit.n_waves == n_waves


def test_members_of_one_wave_agree_up_to_sign_and_a_reciprocal_vector():
    waves, orbit = orbit_of("cubic", (6, 6, 6), (1 / 6, 1 / 3, 0.5))
    rows = waves.q[orbit.members]
    for i, j in np.ndindex(len(rows), len(rows)):
        same = any(
            np.allclose(np.rint(rows[i] + sign * rows[j]), rows[i] + sign * rows[j])
            for sign in (1, -1)
        )
        assert (orbit.waves[i] == orbit.waves[j]) == same


def test_a_supercell_of_lower_symmetry_has_smaller_orbits():
    waves, orbit = orbit_of("cubic", (4, 4, 2), (0.5, 0, 0))
    assert sorted(waves.q[orbit.members].tolist()) == [[0, 0.5, 0], [0.5, 0, 0]]
    assert orbit.n_waves == 2


def test_orbits_are_whole():
    """Of a hexagonal lattice all images of the longest wavevectors, whichever box they fill."""
    _, orbit = orbit_of("triangular", (6, 6, 1), (2 / 3, 2 / 3, 0))
    assert len(orbit.members) == 3
    assert orbit.n_waves == 1


BODY_CENTRED = np.array([[1, 0, 0], [0, 1, 0], [0.5, 0.5, 1.7]])
TETRAGONAL = crystal(BODY_CENTRED, make_well("a", (0, 0, 0)))


@pytest.mark.parametrize("size", [(4, 4, 4), (6, 6, 6), (6, 6, 4), (8, 8, 2), (6, 6, 5)])
def test_body_centred_stacking_does_not_break_the_square_of_a_layer(size):
    waves = found(TETRAGONAL, size)
    assert waves.rods.shape[1] == size[2]
    square = found(textbook("square", SPACING), size)
    assert [(len(s.members), s.n_waves) for s in waves.orbits] == [
        (len(s.members), s.n_waves) for s in square.orbits
    ]
    np.testing.assert_allclose(
        np.sort(np.linalg.norm(waves.q @ reciprocal(TETRAGONAL), axis=1)),
        np.sort(np.linalg.norm(square.q @ reciprocal(textbook("square", SPACING)), axis=1)),
    )
    # along the layers
    across = np.cross(*BODY_CENTRED[:2])
    np.testing.assert_allclose(waves.q @ reciprocal(TETRAGONAL) @ across, 0.0, atol=1e-9)


@pytest.mark.parametrize("name", ["cubic", "fcc", "bcc", "kagome-wells", "square"])
def test_orbits_do_not_depend_on_the_cell(name):
    """The supercell of n × n × n cells is the same in every basis: so are its wavevectors."""
    structure, size = named(name), (4, 4, 4)
    expected = found(structure, size)
    lengths = np.sort(np.linalg.norm(expected.q @ reciprocal(structure), axis=1))
    for change in ([[0, 1, 0], [0, 0, 1], [1, 0, 0]], [[1, 1, 0], [0, 1, 0], [1, 0, 1]],
                   [[2, 1, 1], [1, 1, 0], [0, 1, 0]]):  # fmt: skip
        other = replace(structure, cell=np.array(change) @ structure.cell)
        waves = found(other, size)
        again = np.linalg.norm(waves.q @ reciprocal(other), axis=1)
        np.testing.assert_allclose(np.sort(again), lengths, atol=1e-9)
        assert sorted((len(s.members), s.n_waves) for s in waves.orbits) == sorted(
            (len(s.members), s.n_waves) for s in expected.orbits
        )
        # labels are wavevectors of the same orbits
        for waves_, parts in ((waves, other), (expected, structure)):
            shown = np.linalg.norm(waves_.labels @ reciprocal(parts), axis=1)
            assert (shown >= np.linalg.norm(waves_.q @ reciprocal(parts), axis=1) - 1e-9).all()


def test_labels_are_in_units_of_the_given_cell():
    """Also the component across the layers of planes on each other."""
    bilayer = crystal(
        [[0, 0, 4.0], [1, 0, 0], [0, 1, 0]], make_well("a", (0, 0, 0)), make_well("a", (0, 0, 0.8))
    )
    sampled = replace(bilayer, cell=np.roll(bilayer.cell, -1, axis=0), axes=bilayer.cell)
    waves = found(sampled, (4, 4, 2))
    assert np.unique(np.round(waves.labels[:, 0], 9)).tolist() == [-2.5, 0.0, 2.5]


def test_planes_on_each_other_order_with_equal_or_opposite_signs():
    bilayer = crystal(
        np.diag([1.0, 1.0, 4.0]), make_well("a", (0, 0, 0)), make_well("a", (0, 0, 0.8))
    )
    waves = found(bilayer, (4, 4, 2))
    single = found(textbook("square", 4.0), (4, 4, 2))
    assert len(waves.orbits) == 2 * len(single.orbits)
    # half a turn from plane to plane: l = 4/(2 · 0.8), both signs
    assert np.unique(np.round(waves.q[:, 2], 9)).tolist() == [-2.5, 0.0, 2.5]
    assert [orbit.n_waves for orbit in waves.orbits] == [s.n_waves for s in single.orbits] * 2
