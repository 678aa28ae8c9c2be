"""Projection, Wigner-Seitz cells, outlines and grids against plane geometry done by hand."""

import numpy as np
import pytest
import xarray as xr

from mcsc.lattice import plane_basis
from mcsc.plot.reciprocal import wigner_seitz
from mcsc.plot.selection import cell_edges, logarithmic, nearest, shown_unit, slice_of
from mcsc.plot.style import shown_wavevector, shown_with_error
from mcsc.plot.wells import cage_outline


def area(corners):
    x, y = corners.T
    return 0.5 * (x @ np.roll(y, -1) - y @ np.roll(x, -1))


def test_wigner_seitz_of_triangular_lattice():
    b = 1.3
    corners = wigner_seitz(b * np.array([[1.0, 0.0], [0.5, np.sqrt(3) / 2]]))
    assert len(corners) == 6
    np.testing.assert_allclose(np.linalg.norm(corners, axis=1), b / np.sqrt(3))
    sides = np.linalg.norm(corners - np.roll(corners, 1, axis=0), axis=1)
    np.testing.assert_allclose(sides, b / np.sqrt(3))


def test_wigner_seitz_of_rectangle_has_four_corners():
    corners = wigner_seitz(np.diag([2.0, 5.0]))
    assert len(corners) == 4
    np.testing.assert_allclose(np.abs(corners), [[1.0, 2.5]] * 4)


@pytest.mark.parametrize("shear", [(1, 0), (7, 0), (-3, 2)])
def test_wigner_seitz_belongs_to_the_lattice_not_to_its_vectors(shear):
    vectors = np.array([[1.0, 0.2], [-0.3, 0.8]])
    m, n = shear
    other = np.array([vectors[0] + m * vectors[1], vectors[1]])
    other = np.array([other[0], other[1] + n * other[0]])
    first, second = wigner_seitz(vectors), wigner_seitz(other)
    np.testing.assert_allclose(area(first), abs(np.linalg.det(vectors)))
    order = [np.lexsort(np.round(c, 9).T) for c in (first, second)]
    np.testing.assert_allclose(first[order[0]], second[order[1]], atol=1e-12)


def test_plane_basis_is_xy_for_a_flat_cell_and_along_the_first_vector_else():
    np.testing.assert_array_equal(
        plane_basis(np.array([2.0, 1.0, 0.0]), np.array([0.0, 3.0, 0.0])), np.eye(3)[:2]
    )
    first, second = np.array([0.0, 1.0, 1.0]), np.array([1.0, 0.0, 1.0])
    basis = plane_basis(first, second)
    np.testing.assert_allclose(basis @ basis.T, np.eye(2), atol=1e-12)
    np.testing.assert_allclose(basis @ first, [np.sqrt(2), 0.0], atol=1e-12)
    # projection keeps lengths of vectors in the plane
    np.testing.assert_allclose(np.linalg.norm(basis @ second), np.sqrt(2))


def test_flat_cage_keeps_a_star_and_octahedron_shows_its_square():
    angles = np.arange(12) * np.pi / 6
    radii = np.where(np.arange(12) % 2, 1.0, 2.0)
    star = np.stack([radii * np.cos(angles), radii * np.sin(angles), 0 * angles], axis=1)
    mixed = star[np.random.default_rng(0).permutation(12)]
    outline = cage_outline(mixed, np.zeros(3), np.eye(3)[:2])
    # twelve triangles of sides 1 and 2 with 30 degrees between them
    np.testing.assert_allclose(area(outline), 12 * 0.5 * 1.0 * 2.0 * np.sin(np.pi / 6))
    octahedron = np.array([[1, 0, 0], [-1, 0, 0], [0, 1, 0], [0, -1, 0], [0, 0, 1], [0, 0, -1]])
    centre = np.array([3.0, 4.0, 5.0])
    outline = cage_outline(octahedron + centre, centre, np.eye(3)[:2])
    assert len(outline) == 4
    np.testing.assert_allclose(outline.mean(axis=0), [3.0, 4.0])
    np.testing.assert_allclose(abs(area(outline)), 2.0)


def test_cage_without_area_has_no_outline():
    assert len(cage_outline(np.full((6, 3), np.nan), np.zeros(3), np.eye(3)[:2])) == 0
    line = np.array([[-1.0, 0, 0], [1.0, 0, 0], [2.0, 0, 0]])
    assert len(cage_outline(line, np.zeros(3), np.eye(3)[:2])) == 0


def test_cell_edges():
    np.testing.assert_allclose(cell_edges(np.array([0.5, 1.0, 1.5])), [0.25, 0.75, 1.25, 1.75])
    geometric = 100.0 * 2.0 ** np.arange(4)
    np.testing.assert_allclose(cell_edges(geometric), 100.0 * 2.0 ** (np.arange(5) - 0.5))
    assert cell_edges(np.array([0.1, 0.5, 0.9]))[0] == 0.0
    np.testing.assert_allclose(cell_edges(np.array([4.0])), [2.0, 6.0])


def test_logarithmic_is_how_a_ladder_is_spaced():
    assert logarithmic(np.geomspace(0.004, 0.25, 20))
    assert not logarithmic(np.linspace(0.004, 0.25, 20))
    assert not logarithmic(np.array([0.0, 0.1, 0.2]))
    assert not logarithmic(np.array([3.0]))


def test_nearest_names_the_scan_when_asked_outside():
    data = xr.Dataset(coords={"doping": [0.5, 1.0, 1.5]})
    assert nearest(data, "doping", 1.2) == 1
    assert nearest(data, "doping", 1.7) == 2
    with pytest.raises(ValueError, match=r"doping = 20: outside the scan; choose one from 0.5 to"):
        nearest(data, "doping", 20.0)


def test_slice_of_refuses_what_is_not_there():
    data = xr.Dataset({"t": (("size", "field"), np.ones((2, 2)))}, {"size": [6, 9]})
    data = data.assign_coords(field=[0.0, 0.1])
    assert slice_of(data)[1] == {"size": 1, "field": 0}
    assert slice_of(data, size=6, field=0.09)[1] == {"size": 0, "field": 1}
    with pytest.raises(ValueError, match=r"size = 7: not in the diagram; choose one of 6, 9"):
        slice_of(data, size=7)
    for wrong in ({"size": 6}, {"field": 0.1}):
        with pytest.raises(ValueError, match="no such axis; leave it out"):
            slice_of(xr.Dataset(), **wrong)


@pytest.mark.parametrize(
    ("value", "error", "text"),
    [
        (650.7976, 2.147, "651(2)"),
        (654.972, 1.483, "655.0(15)"),
        (0.12911, 0.00081, "0.1291(8)"),
        (245.4, 19.2, "245(19)"),
        (245.4, 19.6, "250(20)"),
        (1234.0, 56.0, "1230(60)"),
        (9.987, 0.099, "9.99(10)"),
        (3.0, float("nan"), "3"),
        (3.0, 0.0, "3"),
    ],
)
def test_values_are_rounded_to_their_errors(value, error, text):
    assert shown_with_error(value, error) == text


def test_wavevectors_and_units_as_printed():
    assert shown_wavevector(np.array([1 / 3, -0.5, 0.0])) == "(1/3, −1/2, 0)"
    assert shown_wavevector(np.array([0.1234567, 1.0, 0.0])) == "(0.123, 1, 0)"
    assert shown_unit("1") == ""
    assert shown_unit("eV angstrom^-1") == "eV Å$^{-1}$"
