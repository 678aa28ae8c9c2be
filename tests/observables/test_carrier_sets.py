"""Sets of carriers: which there are, and their diffraction against formulas written by hand."""

import dataclasses
from pathlib import Path

import numpy as np
import pytest

from mcsc.config import material, materials
from mcsc.observables.carrier_sets import carrier_sets, intensity, star_of_david
from mcsc.observables.form_factor import form_factor
from mcsc.planning import build_structure
from mcsc.structure import Structure, Well, textbook, wells_of_net, with_states
from mcsc.structure.crystal import read_crystal

RNG = np.random.default_rng(3)
K = RNG.normal(size=(60, 3)) * 2


@pytest.fixture(scope="module")
def kagome():
    return wells_of_net(read_crystal("CsV3Sb5"), "V")


def octahedron(apical=2.42, planar=1.90, u=0.4):
    """The stretched octahedron of La2CuO4 with states on its four diagonals."""
    arms = np.concatenate([np.eye(3), -np.eye(3)]) * [planar, planar, apical]
    well = with_states(Well("octahedron", np.zeros(3), arms, ("O",) * 6), "diagonals", u)
    return Structure("CuO6", np.diag([3.8, 3.8, 6.6]), (well,))


def named(structure):
    return {carriers.name: carriers for carriers in carrier_sets(structure)}


def test_a_kagome_net_has_alpha_beta_and_gamma(kagome):
    assert list(named(kagome)) == ["alpha", "beta", "gamma"]
    assert [len(c.cages) for c in carrier_sets(kagome)] == [2, 1, 1]
    assert list(named(textbook("kagome-wells"))) == ["alpha", "beta", "gamma"]


def test_the_star_is_the_hexagon_and_its_six_triangles(kagome):
    hexagon = next(well for well in kagome.wells if well.kind == "beta")
    corners = star_of_david(kagome, hexagon)
    side = kagome.lattice_constant / 2
    radii = np.linalg.norm(corners - hexagon.centre, axis=1)
    np.testing.assert_allclose(radii, np.tile([side, np.sqrt(3) * side], 6), rtol=1e-6)
    # every corner is an ion of the net
    net = kagome.ion_positions[np.array(kagome.ions) == "V"]
    apart = (corners[:, None] - net) @ np.linalg.inv(kagome.cell)
    assert np.abs(apart - np.rint(apart)).max(axis=2).min(axis=1).max() < 1e-6
    # charges add up: 12 units of area are 6 of the hexagon and 1 of each triangle
    whole = 12 * form_factor(K, corners, hexagon.centre)
    parts = 6 * form_factor(K, hexagon.cage, hexagon.centre)
    for i in range(0, 12, 2):
        triangle = corners[[i, i + 1, (i + 2) % 12]]
        middle = triangle.mean(axis=0)
        phase = np.exp(-1j * K @ (middle - hexagon.centre))
        parts = parts + phase * form_factor(K, triangle, middle)
    np.testing.assert_allclose(whole, parts, atol=1e-12)


def test_no_star_without_all_triangles(kagome):
    fewer = dataclasses.replace(kagome, wells=kagome.wells[1:])
    assert list(named(fewer)) == ["alpha", "beta"]
    assert star_of_david(kagome, kagome.wells[0]).shape == (0, 3)


def test_both_triangles_diffract_alike(kagome):
    up, down = (w for w in kagome.wells if w.kind == "alpha")
    f = form_factor(K, up.cage, up.centre)
    np.testing.assert_allclose(form_factor(K, down.cage, down.centre), f.conj(), atol=1e-12)
    np.testing.assert_allclose(intensity(named(kagome)["alpha"], K), np.abs(f) ** 2, atol=1e-12)


def test_kagome_sets_have_the_sixfold_axis_and_mirrors_of_the_crystal(kagome):
    angle = np.pi / 3
    turn = np.array([
        [np.cos(angle), -np.sin(angle), 0], [np.sin(angle), np.cos(angle), 0], [0, 0, 1]
    ])  # fmt: skip
    for carriers in carrier_sets(kagome):
        here = intensity(carriers, K)
        np.testing.assert_allclose(intensity(carriers, K @ turn), here, atol=1e-6)
        np.testing.assert_allclose(intensity(carriers, K * [-1, 1, 1]), here, atol=1e-6)


def test_centre_and_diagonals_of_an_octahedron():
    structure = octahedron()
    sets = named(structure)
    assert list(sets) == ["octahedron", "octahedron, displaced"]
    centre = intensity(sets["octahedron"], K)
    d = 0.4 / np.sqrt(2)
    factor = (np.cos(K[:, 0] * d) * np.cos(K[:, 1] * d)) ** 2
    np.testing.assert_allclose(intensity(sets["octahedron, displaced"], K), centre * factor)
    # nodes stand where the diagonals interfere, kx = π/2d
    assert intensity(sets["octahedron, displaced"], [np.pi / (2 * d), 0.3, 0]) < 1e-15


def test_a_star_state_is_no_displacement(kagome):
    states = [with_states(w, "vertices", 0.2) for w in kagome.wells]
    both = dataclasses.replace(kagome, wells=tuple(states))
    assert list(named(both)) == ["alpha", "beta", "gamma", "alpha, displaced", "beta, displaced"]
    sets = named(both)
    np.testing.assert_allclose(
        intensity(sets["gamma"], K), intensity(named(kagome)["gamma"], K), atol=1e-14
    )
    u = both.wells[-1].displacements[1:]
    waves = np.abs(np.exp(-1j * K @ u.T).mean(axis=1)) ** 2
    np.testing.assert_allclose(
        intensity(sets["beta, displaced"], K), waves * intensity(sets["beta"], K), atol=1e-14
    )


def test_bare_sites_have_no_polyhedra():
    with pytest.raises(ValueError, match="no well has a cage of ions"):
        carrier_sets(textbook("cubic"))


@pytest.mark.parametrize(
    "name", [name for name in materials() if material(name).structure.lattice is None]
)
def test_every_shipped_crystal_has_sets_of_its_polyhedra(name):
    structure = build_structure(Path(name), material(name))
    sets = named(structure)
    kinds = {well.kind for well in structure.wells}
    assert kinds <= set(sets)
    assert ("gamma" in sets) == ("beta" in kinds)
    few = K[:10]
    for carriers in sets.values():
        assert float(intensity(carriers, np.zeros(3))) == pytest.approx(1.0)
        assert (intensity(carriers, few) < 1).all()
    displaced = {well.kind for well in structure.wells if well.n_states > 1}
    assert {name.removesuffix(", displaced") for name in set(sets) - kinds - {"gamma"}} == displaced
    for kind in displaced:
        # displacements that add up to zero take some intensity away
        assert intensity(sets[f"{kind}, displaced"], few).sum() < intensity(sets[kind], few).sum()
