"""Periodic potentials against exact sums, other codes and symmetries."""

import itertools
import warnings

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from mcsc.model import Yukawa, periodic_potential
from mcsc.periodic import translations_within

TRICLINIC = np.array([[1.0, 0.1, -0.2], [0.4, 1.3, 0.3], [-0.5, 0.6, 1.7]])
# Madelung constants for the nearest distance, from the literature
NACL = 1.7475645946331822
CSCL = 1.7626747730709884
ZNS = 1.6380550533888
FCC = 0.5 * np.array([[0.0, 1.0, 1.0], [1.0, 0.0, 1.0], [1.0, 1.0, 0.0]])
SPLITTINGS = (0.5, 1.0, 2.2)


def default_splitting(cell, size):
    return np.sqrt(np.pi) / np.cbrt(abs(np.linalg.det(cell)) * np.sqrt(np.prod(size)))


def direct_yukawa(cell, offset, screening, shells):
    """The plain lattice sum less its mean; a charge on the offset itself is left out."""
    numbers = np.array(list(itertools.product(range(-shells, shells + 1), repeat=3)))
    distances = np.linalg.norm(offset + numbers @ cell, axis=1)
    distances = distances[distances > 1e-9]
    mean = 4.0 * np.pi / (abs(np.linalg.det(cell)) * screening**2)
    return np.sum(np.exp(-screening * distances) / distances) - mean


def test_madelung_nacl_from_the_conventional_cell():
    potential = periodic_potential(0.5 * np.eye(3), (2, 2, 2), np.zeros((1, 3)))[0]
    signs = 1 - 2 * (np.indices((2, 2, 2)).sum(axis=0) % 2)
    assert -0.5 * np.sum(signs * potential) == pytest.approx(NACL, abs=1e-11)


@pytest.mark.parametrize(
    ("cell", "partner", "nearest", "constant"),
    [
        (FCC, (0.5, 0.5, 0.5), 0.5, NACL),
        (FCC, (0.25, 0.25, 0.25), np.sqrt(3.0) / 4.0, ZNS),
        (np.eye(3), (0.5, 0.5, 0.5), np.sqrt(3.0) / 2.0, CSCL),
    ],
)
def test_madelung_from_primitive_cells(cell, partner, nearest, constant):
    own, other = periodic_potential(cell, (1, 1, 1), [(0, 0, 0), partner]).ravel()
    assert nearest * (other - own) == pytest.approx(constant, abs=1e-11)


@pytest.mark.parametrize(
    ("cell", "constant"),
    [
        (np.eye(3), 0.8800594421),
        (FCC, 0.8958736152),
        (0.5 * (np.ones((3, 3)) - 2 * np.eye(3)), 0.8959292557),
    ],
    ids=["sc", "fcc", "bcc"],
)
def test_image_potential_is_the_wigner_crystal_energy(cell, constant):
    radius = np.cbrt(3.0 * abs(np.linalg.det(cell)) / (4.0 * np.pi))
    own = periodic_potential(cell, (1, 1, 1), np.zeros((1, 3))).item()
    assert -0.5 * own * radius == pytest.approx(constant, abs=2e-10)


@pytest.mark.parametrize("screening", [0.0, 1e-3, 0.7, 6.0])
@pytest.mark.parametrize(
    "cell",
    [TRICLINIC, TRICLINIC * [[1], [1], [0.12]], np.diag([1.0, 1.0, 20.0]), np.diag([1, 5, 0.2])],
    ids=["triclinic", "flat", "long", "flat and long"],
)
def test_result_does_not_depend_on_the_splitting(cell, screening):
    size = (3, 2, 2)
    offsets = np.vstack([np.zeros(3), np.random.default_rng(3).normal(size=(3, 3))])
    base = default_splitting(cell, size)
    results = [
        periodic_potential(cell, size, offsets, Yukawa(screening), splitting=factor * base)
        for factor in SPLITTINGS
    ]
    scale = np.cbrt(abs(np.linalg.det(cell)) * np.prod(size))
    np.testing.assert_allclose(results[1] * scale, results[0] * scale, atol=2e-11, rtol=1e-13)
    np.testing.assert_allclose(results[1] * scale, results[2] * scale, atol=2e-11, rtol=1e-13)


def test_energy_of_a_neutral_random_configuration_against_pymatgen():
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        from pymatgen.analysis.ewald import EwaldSummation
        from pymatgen.core import DummySpecies, Structure
    rng = np.random.default_rng(11)
    cell, size, basis = 2.5 * TRICLINIC, (2, 3, 1), 2
    centres = rng.uniform(size=(basis, 3)) @ cell
    charges = rng.permutation([2, 1, -1, -2, 3, -3, 1, -1, 1, -1, 2, -2]).reshape(*size, basis)

    offsets = (centres[None] - centres[:, None]).reshape(-1, 3)
    table = periodic_potential(cell, size, offsets).reshape(basis, basis, *size)
    energy = 0.0
    for one in np.ndindex(*size):
        for two in np.ndindex(*size):
            d = tuple(np.subtract(two, one) % size)
            energy += 0.5 * charges[one] @ table[(slice(None), slice(None), *d)] @ charges[two]

    places = [
        centre + np.array(c) @ cell for c in np.ndindex(*size) for centre in centres
    ]  # in the order of the charges
    species = [DummySpecies("X", int(q)) for q in charges.ravel()]
    crystal = Structure(cell * np.array(size)[:, None], species, places, coords_are_cartesian=True)
    reference = EwaldSummation(crystal, acc_factor=14.0).total_energy / EwaldSummation.CONV_FACT
    assert energy == pytest.approx(reference, abs=1e-8)
    assert abs(energy) > 1.0


@pytest.mark.parametrize("screening", [1.2, 4.0, 40.0])
def test_yukawa_is_the_direct_sum_less_its_mean(screening):
    offsets = np.array([[0.0, 0.0, 0.0], [0.3, 0.1, -0.4], [0.05, 0.0, 0.02], [1.4, -1.0, 0.8]])
    potential = periodic_potential(TRICLINIC, (1, 1, 1), offsets, Yukawa(screening)).ravel()
    direct = [direct_yukawa(TRICLINIC, r, screening, 34) for r in offsets]
    np.testing.assert_allclose(potential, direct, atol=1e-12, rtol=1e-11)


@pytest.mark.parametrize("screening", [300.0, 1e4, 1e9])
def test_strong_screening_neither_overflows_nor_loses_the_background(screening):
    offsets = np.array([[0.0, 0.0, 0.0], [0.01, 0.0, 0.0]])
    own, near = periodic_potential(np.eye(3), (1, 1, 1), offsets, Yukawa(screening)).ravel()
    mean = 4.0 * np.pi / screening**2
    assert own == pytest.approx(-mean, rel=1e-9)
    assert near == pytest.approx(np.exp(-0.01 * screening) / 0.01 - mean, rel=1e-9)


def test_weak_screening_approaches_coulomb_at_the_known_rate():
    offsets = np.array([[0.0, 0.0, 0.0], [0.3, 0.4, 0.1]])
    size = (2, 1, 2)
    coulomb = periodic_potential(TRICLINIC, size, offsets)
    changes = []
    for screening in (1e-3, 1e-4):
        yukawa = periodic_potential(TRICLINIC, size, offsets, Yukawa(screening))
        # without the bare potential the origin misses its −κ: a change of first order
        assert yukawa[0, 0, 0, 0] - coulomb[0, 0, 0, 0] == pytest.approx(screening, rel=2e-3)
        yukawa[0, 0, 0, 0] -= screening
        changes.append(np.abs(yukawa - coulomb).max())
    assert changes[0] < 1e-5
    assert changes[0] / changes[1] == pytest.approx(100.0, rel=1e-2)


@pytest.mark.parametrize("screening", [0.0, 1e-170, 1e-9])
def test_no_screening_and_hardly_any_are_the_same(screening):
    offsets = np.array([[0.0, 0.0, 0.0], [0.3, 0.4, 0.1]])
    np.testing.assert_allclose(
        periodic_potential(TRICLINIC, (2, 2, 1), offsets, Yukawa(screening)),
        periodic_potential(TRICLINIC, (2, 2, 1), offsets),
        atol=2e-9,
    )


@pytest.mark.parametrize("screening", [0.0, 0.8, 15.0])
def test_image_potential_is_the_limit_of_a_charge_next_to_itself(screening):
    step = 1e-3
    origin = periodic_potential(np.eye(3), (2, 2, 2), np.zeros((1, 3)), Yukawa(screening))
    beside = periodic_potential(np.eye(3), (2, 2, 2), [(0, step, 0)], Yukawa(screening))
    limit = beside[0, 0, 0, 0] - np.exp(-screening * step) / step
    # Coulomb on a cubic site: the background gives +2π r²/3V beyond the limit, V = 8
    curvature = 2.0 * np.pi / 24.0 * step**2 if screening == 0.0 else 0.0
    tolerance = 1e-11 if screening == 0.0 else 1e-6
    assert limit - curvature == pytest.approx(origin[0, 0, 0, 0], abs=tolerance)


@pytest.mark.parametrize("screening", [0.0, 0.9])
def test_translation_and_inversion(screening):
    size = (3, 2, 4)
    offset = np.array([0.31, -0.22, 0.57])
    shift = (1, 1, 3)
    far = offset + np.array([5, -7, 11]) * size @ TRICLINIC
    plain, moved, inverted, lifted = periodic_potential(
        TRICLINIC, size, [offset, offset + shift @ TRICLINIC, -offset, far], Yukawa(screening)
    )
    back = tuple(-n for n in shift)
    np.testing.assert_allclose(moved, np.roll(plain, back, (0, 1, 2)), atol=1e-12)
    np.testing.assert_allclose(inverted, np.roll(plain[::-1, ::-1, ::-1], 1, (0, 1, 2)), atol=1e-12)
    np.testing.assert_allclose(lifted, plain, atol=1e-11)
    assert np.ptp(plain) > 0.1


@pytest.mark.parametrize("screening", [0.0, 0.6])
def test_cells_of_a_supercell_add_up_to_the_primitive_potential(screening):
    offsets = np.array([[0.0, 0.0, 0.0], [0.2, 0.9, -0.4]])
    supercell = periodic_potential(TRICLINIC, (4, 3, 2), offsets, Yukawa(screening))
    primitive = periodic_potential(TRICLINIC, (1, 1, 1), offsets, Yukawa(screening))
    np.testing.assert_allclose(supercell.sum(axis=(1, 2, 3)), primitive.ravel(), atol=2e-11)


def test_chunks_of_offsets_do_not_show(monkeypatch):
    offsets = np.random.default_rng(5).normal(size=(7, 3))
    whole = periodic_potential(TRICLINIC, (2, 2, 2), offsets)
    monkeypatch.setattr("mcsc.model.ewald.TERMS_PER_CHUNK", 1)
    np.testing.assert_allclose(periodic_potential(TRICLINIC, (2, 2, 2), offsets), whole, atol=1e-13)


def test_no_offsets_give_an_empty_table():
    assert periodic_potential(np.eye(3), (2, 3, 4), np.zeros((0, 3))).shape == (0, 2, 3, 4)


@settings(derandomize=True, deadline=None, max_examples=40)
@given(
    lengths=st.tuples(*[st.floats(0.2, 5.0)] * 3),
    tilts=st.tuples(*[st.floats(-0.5, 0.5)] * 3),
    shears=st.tuples(*[st.integers(-9, 9)] * 6),
    size=st.tuples(*[st.integers(1, 3)] * 3),
    place=st.tuples(*[st.floats(-2.0, 2.0)] * 3),
    screening=st.sampled_from([0.0, 0.4, 3.0]),
)
def test_any_cell_shape(lengths, tilts, shears, size, place, screening):
    """Folding onto cells, choice of lattice vectors and splitting never matter."""
    lower = np.diag([1.0] * 3)
    lower[np.tril_indices(3, -1)] = tilts
    below, above = np.eye(3, dtype=int), np.eye(3, dtype=int)
    below[np.tril_indices(3, -1)], above[np.triu_indices(3, 1)] = shears[:3], shears[3:]
    cell = lower * np.array(lengths)
    offset = np.array(place) @ cell
    scale = np.cbrt(np.linalg.det(cell) * np.prod(size))

    table = periodic_potential(cell, size, offset[None], Yukawa(screening))[0] * scale
    supercell = cell * np.array(size)[:, None]
    places = offset + np.indices(size).reshape(3, -1).T @ cell
    # the same lattice in unreduced vectors, as one cell, another splitting
    skewed = below @ above @ supercell
    plain = periodic_potential(skewed, (1, 1, 1), places, Yukawa(screening), splitting=2.4 / scale)
    # a singular point next to the offset carries the rounding of its distance
    tolerance = 3e-10 * max(1.0, np.abs(table).max() ** 2)
    np.testing.assert_allclose(table.ravel(), plain.ravel() * scale, atol=tolerance)


@pytest.mark.parametrize("shear", [30, 1000])
def test_extreme_shear_costs_nothing(shear):
    change = np.array([[1, 0, 0], [shear, 1, 0], [shear // 2, shear, 1]])
    places = np.array([[0.0, 0.0, 0.0], [0.2, 0.3, 0.1]])
    plain = periodic_potential(TRICLINIC, (1, 1, 1), places)
    np.testing.assert_allclose(
        periodic_potential(change @ TRICLINIC, (1, 1, 1), places), plain, atol=1e-9
    )


@settings(derandomize=True, deadline=None, max_examples=25)
@given(
    shears=st.tuples(*[st.integers(-4, 4)] * 3),
    place=st.tuples(*[st.floats(-3.0, 3.0)] * 3),
    radius=st.floats(0.0, 3.0),
)
def test_translations_are_complete(shears, place, radius):
    basis = np.eye(3)
    basis[np.triu_indices(3, 1)] = shears
    cell = basis @ TRICLINIC
    offset = np.array(place)
    _, found, distances = translations_within(cell, offset[None], radius)
    # brute force in the reduced vectors, mapped back
    reduced = np.array(list(itertools.product(range(-12, 13), repeat=3)))
    vectors = offset + reduced @ TRICLINIC
    expected = np.rint(reduced[np.linalg.norm(vectors, axis=1) <= radius] @ np.linalg.inv(basis))
    assert sorted(map(tuple, found)) == sorted(map(tuple, expected.astype(int)))
    np.testing.assert_allclose(distances, np.linalg.norm(offset + found @ cell, axis=1))


@pytest.mark.parametrize(
    ("arguments", "keywords", "message"),
    [
        ((np.ones((3, 3)), (1, 1, 1), np.zeros((1, 3))), {}, "no volume"),
        ((np.eye(2), (1, 1, 1), np.zeros((1, 3))), {}, r"cell must be .* \(2, 2\)"),
        ((np.eye(3), (1, 1, 1), np.full((1, 3), np.nan)), {}, "offsets"),
        ((np.eye(3), (1, 1, 1), np.zeros(3)), {}, "offsets"),
        ((np.eye(3), (1, 1, 1), np.zeros((1, 3))), {"splitting": 0.0}, "splitting 0.0"),
        ((np.eye(3), (1, 1, 1), np.zeros((1, 3))), {"splitting": 1e4}, "take a value near 1.77"),
        ((np.diag([1, 1, 1e12]), (1, 1, 1), np.zeros((1, 3))), {}, "too flat or long"),
        ((np.eye(3), (1, 1, 1), np.zeros((1, 3))), {"tolerance": 2.0}, "tolerance 2.0"),
    ],
)
def test_errors_name_the_value(arguments, keywords, message):
    with pytest.raises(ValueError, match=message):
        periodic_potential(*arguments, **keywords)
