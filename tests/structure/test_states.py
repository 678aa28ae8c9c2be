"""Where displaced states lie in their cage, and the cages that define none."""

import itertools

import numpy as np
import pytest
from scipy.spatial.transform import Rotation

from mcsc.structure import Well, displacement_length, textbook, with_depth, with_states

OCTAHEDRON = np.array(
    [[2, 0, 0], [0, 2, 0], [-2, 0, 0], [0, -2, 0], [0, 0, 2.4], [0, 0, -2.4]], dtype=float
)
TETRAHEDRON = np.array([[1, 1, 1], [1, -1, -1], [-1, 1, -1], [-1, -1, 1]], dtype=float)
CUBE = np.array(list(itertools.product((-1.0, 1.0), repeat=3)))


def well_in(cage, centre=(0.3, -0.2, 0.5)):
    return Well("test", centre, np.asarray(cage) + centre, ("O",) * len(cage))


def unit(vectors):
    return vectors / np.linalg.norm(vectors, axis=1)[:, None]


def as_set(vectors):
    return sorted(map(tuple, np.round(vectors, 9) + 0.0))


def test_vertices_point_at_the_cage():
    well = with_states(well_in(OCTAHEDRON), "vertices", 0.3, 0.05)
    np.testing.assert_allclose(well.displacements[1:], 0.3 * unit(OCTAHEDRON))
    np.testing.assert_array_equal(well.state_energies, [0] + 6 * [0.05])
    assert with_states(well, "centre").n_states == 1


def test_diagonals_of_an_octahedron():
    well = with_states(well_in(OCTAHEDRON), "diagonals", 0.3)
    expected = 0.3 / 2**0.5 * np.array([[1, 1, 0], [-1, 1, 0], [-1, -1, 0], [1, -1, 0]])
    np.testing.assert_allclose(well.displacements[1:], expected, atol=1e-12)


@pytest.mark.parametrize("ions", [4, 5, 6])
@pytest.mark.parametrize("tip", [1.9, 2.4])
def test_diagonals_choose_the_axis_of_the_cage(ions, tip):
    """A square, a pyramid and a long or flattened octahedron lying on their side, tilted a bit."""
    cage = OCTAHEDRON[:ions] * [1, 1, tip / 2.4]
    turn = Rotation.from_rotvec([0.1, 1.45, -0.2])
    expected = [[1, 1, 0], [-1, 1, 0], [-1, -1, 0], [1, -1, 0]]
    expected = turn.apply(0.3 / 2**0.5 * np.array(expected, dtype=float))
    well = with_states(well_in(turn.apply(cage)), "diagonals", 0.3)
    assert as_set(well.displacements[1:]) == as_set(expected)


def test_a_regular_octahedron_has_its_diagonals_across_z():
    well = with_states(well_in(OCTAHEDRON * [1, 1, 2.001 / 2.4]), "diagonals", 0.3)
    assert np.abs(well.displacements[:, 2]).max() < 1e-12


def test_diagonals_turn_with_the_crystal():
    turn = Rotation.from_rotvec([0.3, 1.1, -0.7])
    axis = turn.apply([0, 0, 1])
    turned = with_states(well_in(turn.apply(OCTAHEDRON)), "diagonals", 0.3, axis=axis)
    plain = with_states(well_in(OCTAHEDRON), "diagonals", 0.3)
    assert as_set(turned.displacements) == as_set(turn.apply(plain.displacements.copy()))


@pytest.mark.parametrize(
    ("cage", "expected"),
    [
        (OCTAHEDRON, list(itertools.product((1, -1), (1, -1), (1.2, -1.2)))),
        (TETRAHEDRON, -TETRAHEDRON),
        # the base of a pyramid holds its centre, or lies just above it
        (OCTAHEDRON[:5], [(0, 0, -1), *[(x, y, 1.2) for x in (1, -1) for y in (1, -1)]]),
        (
            np.add(OCTAHEDRON[:5], [0, 0, 0.2]),
            [(0, 0, -1), *[(x, y, 1.5) for x in (1, -1) for y in (1, -1)]],
        ),
        (CUBE, np.vstack([np.eye(3), -np.eye(3)])),  # 12 triangles merge into 6 squares
    ],
)
def test_faces(cage, expected):
    well = with_states(well_in(cage), "faces", 0.2)
    assert as_set(well.displacements[1:]) == as_set(0.2 * unit(np.array(expected, dtype=float)))


@pytest.mark.parametrize(
    ("call", "message"),
    [
        (lambda w: with_states(w, "corners", 0.1), "'corners' unknown; choose one of centre, vert"),
        (lambda w: with_states(w, "vertices"), "displacement 0 is outside 0 to 2"),
        (lambda w: with_states(w, "vertices", 2.1), "displacement 2.1 is outside"),
        (lambda w: with_states(w, "diagonals", 0.1, axis=(0, 0, 0)), "no direction"),
        (lambda w: with_states(well_in(OCTAHEDRON[:2]), "diagonals", 0.1), "needs at least 3"),
        (lambda w: with_states(well_in(OCTAHEDRON[:4]), "faces", 0.1), "flat and has no faces"),
        (lambda w: with_states(well_in(TETRAHEDRON + 5), "faces", 0.1), "outside the cage"),
        (lambda w: with_states(Well("bare", (0, 0, 0)), "vertices", 0.1), "0 cage ions"),
        (lambda w: with_states(well_in([[0, 0, 0]]), "vertices", 0.1), "sits on the centre"),
        (lambda w: displacement_length(w, 1.0), "fraction is 1.0; give 0 < fraction < 1"),
        (lambda w: displacement_length(Well("bare", (0, 0, 0)), 0.1), "0 cage ions"),
    ],
)
def test_states_refuse(call, message):
    with pytest.raises(ValueError, match=message):
        call(well_in(OCTAHEDRON))


def test_diagonals_need_an_axis_across_the_ring():
    ring = OCTAHEDRON[:4]
    with pytest.raises(ValueError, match="choose another axis"):
        with_states(well_in(ring), "diagonals", 0.1, axis=(1, 0, 0))


def test_depth_and_fraction():
    well = with_depth(well_in(OCTAHEDRON), -0.4)
    assert well.depth == -0.4
    assert displacement_length(well, 0.25) == pytest.approx(0.5)


def test_sixfold_states_are_the_same_in_every_well():
    wells = [with_states(w, "sixfold", 0.05, 0.01) for w in textbook("kagome-wells").wells]
    for well in wells:
        np.testing.assert_array_equal(well.displacements, wells[0].displacements)
    u = wells[0].displacements
    assert u[1] == pytest.approx([0.05, 0, 0])
    assert np.linalg.norm(u[1:], axis=1) == pytest.approx(0.05)
    assert np.linalg.norm(u[1:] - np.roll(u[1:], 1, axis=0), axis=1) == pytest.approx(0.05)
    assert u.sum(axis=0) == pytest.approx([0, 0, 0])


@pytest.mark.parametrize("along", ["x", "yz", "xyz"])
def test_a_harmonic_well_has_the_variance_of_its_stiffness(along):
    """⟨u²⟩ = k_B T/k of each component, though states are discrete and end at δ."""
    steps = 3 if along == "xyz" else 6
    well = with_states(well_in(OCTAHEDRON), "harmonic", 0.3, 0.9, along=along, steps=steps)
    u, stiffness = well.displacements, 2 * 0.9 / 0.3**2
    np.testing.assert_allclose(well.state_energies, 0.5 * stiffness * (u**2).sum(axis=1))
    assert np.linalg.norm(u, axis=1).max() == pytest.approx(0.3)
    for t in np.geomspace(0.9 / steps**2, 0.9 / 10, 5):
        p = np.exp(-well.state_energies / t)
        variance = p @ u**2 / p.sum()
        expected = [t / stiffness * (axis in along) for axis in "xyz"]
        np.testing.assert_allclose(variance, expected, rtol=6e-3)
    # colder it is frozen, hotter it feels the edge
    for t in (0.4 * 0.9 / steps**2, 0.9 / 3):
        p = np.exp(-well.state_energies / t)
        assert (p @ u**2 / p.sum()).max() < 0.95 * t / stiffness


@pytest.mark.parametrize(
    ("given", "said"),
    [
        ({"energy": 0.0}, "positive energy"),
        ({"steps": 0}, "1 step or more"),
        ({"along": "zx"}, "one of x, y, z"),
        ({"along": "xyz", "steps": 4}, "at most 127"),
    ],
)
def test_harmonic_wells_that_are_none(given, said):
    with pytest.raises(ValueError, match=said):
        with_states(well_in(OCTAHEDRON), "harmonic", **{"length": 0.3, "energy": 1.0, **given})
