"""Form factors of polyhedra and polygons against closed formulas, quadrature and symmetry."""

from itertools import permutations, product

import numpy as np
import pytest
from scipy.spatial import Delaunay

from mcsc.observables.form_factor import form_factor, simplices

RNG = np.random.default_rng(7)
OCTAHEDRON = np.concatenate([np.eye(3), -np.eye(3)])
TETRAHEDRON = np.array([[1, 1, 1], [1, -1, -1], [-1, 1, -1], [-1, -1, 1]]) / np.sqrt(3)


def ring(n, radius=1.0, turn=0.0):
    angles = turn + 2 * np.pi * np.arange(n) / n
    return radius * np.column_stack([np.cos(angles), np.sin(angles), np.zeros(n)])


def star(d=1.0):
    """Star of David: a hexagon of side d with a triangle on each side, its corners shuffled."""
    corners = np.concatenate([ring(6, d), ring(6, np.sqrt(3) * d, np.pi / 6)])
    return corners[RNG.permutation(12)]


def by_edges(k, polygon):
    """∫ exp(−ik·r) dA / A by the theorem of Gauss: a sum over the sides, polygon in xy."""
    polygon = polygon[np.argsort(np.arctan2(polygon[:, 1], polygon[:, 0])), :2]
    sides = np.roll(polygon, -1, axis=0) - polygon
    normals = np.column_stack([sides[:, 1], -sides[:, 0]])
    middles = polygon + sides / 2
    flux = (k @ normals.T) * np.exp(-1j * k @ middles.T) * np.sinc(k @ sides.T / (2 * np.pi))
    x, y = polygon.T
    area = 0.5 * (x @ np.roll(y, -1) - y @ np.roll(x, -1))
    return 1j * flux.sum(axis=1) / (k**2).sum(axis=1) / area


@pytest.mark.parametrize("scale", [0.0, 1e-9, 1e-3, 0.1, 1.0, 10.0, 300.0])
def test_a_box_is_a_product_of_sincs_also_where_differences_cancel(scale):
    sides = np.array([1.3, 2.1, 0.7])
    box = np.array(list(product((-0.5, 0.5), repeat=3))) * sides
    k = scale * RNG.normal(size=(300, 3))
    k[:80, 0] = 0.0
    k[60:120, 1] = k[60:120, 0]
    k[120:160, 2] = k[120:160, 0] * (1 + 1e-7)
    exact = np.prod(np.sinc(k * sides / (2 * np.pi)), axis=1)
    assert np.abs(form_factor(k, box, np.zeros(3)) - exact).max() < 1e-14


@pytest.mark.parametrize("cage", [OCTAHEDRON, TETRAHEDRON, ring(3), ring(6), star()])
def test_one_at_zero_and_bounded(cage):
    assert form_factor(np.zeros(3), cage, np.zeros(3)) == pytest.approx(1.0, abs=1e-15)
    k = RNG.normal(size=(4, 5, 3)) * 4
    f = form_factor(k, cage, np.zeros(3))
    assert f.shape == (4, 5)
    assert (np.abs(f) < 1).all()
    # the density is real
    np.testing.assert_allclose(form_factor(-k, cage, np.zeros(3)), f.conj(), atol=1e-15)


def test_octahedron_in_closed_form():
    k = RNG.normal(size=(200, 3)) * 5
    squares = k**2
    apart = np.abs(squares[:, [0, 1, 2]] - squares[:, [1, 2, 0]]).min(axis=1)
    k = k[apart > 1]
    x, y, z = k.T
    exact = sum(
        -6 * a * np.sin(a) / ((a**2 - b**2) * (a**2 - c**2))
        for a, b, c in ((x, y, z), (y, z, x), (z, x, y))
    )
    np.testing.assert_allclose(form_factor(k, OCTAHEDRON, np.zeros(3)), exact, atol=1e-13)


@pytest.mark.parametrize("polygon", [ring(3), ring(3, 1.6, 0.4), ring(4), ring(6, 2.75), star(2.7)])
def test_polygons_convex_or_not_by_their_sides(polygon):
    k = np.concatenate([RNG.normal(size=(200, 2)) * 2, [[1.0, 0.0], [0.0, 3.0]]])
    in_space = np.column_stack([k, RNG.normal(size=len(k))])
    # a flat charge does not see k across its plane
    f = form_factor(in_space, polygon, np.zeros(3))
    np.testing.assert_allclose(f, by_edges(k, polygon), atol=1e-13)


def test_a_tilted_polygon_turns_with_its_plane():
    axes = np.linalg.qr(RNG.normal(size=(3, 3)))[0]
    k = RNG.normal(size=(50, 3))
    centre = np.array([3.0, -1.0, 2.0])
    turned = form_factor(k @ axes, star() @ axes + centre, centre)
    np.testing.assert_allclose(turned, form_factor(k, star(), np.zeros(3)), atol=1e-13)


def test_any_polyhedron_by_quadrature_over_other_tetrahedra():
    points = RNG.normal(size=(9, 3))
    k = np.concatenate([RNG.normal(size=(30, 3)) * 2, [[2.0, 0.0, 0.0]]])
    nodes, weights = np.polynomial.legendre.leggauss(24)
    u, w = (nodes + 1) / 2, weights / 2
    a, b, c = (grid.ravel() for grid in np.meshgrid(u, u, u, indexing="ij"))
    wa, wb, wc = (grid.ravel() for grid in np.meshgrid(w, w, w, indexing="ij"))
    # a cube folded onto a tetrahedron, with its Jacobian
    shares = np.column_stack([a, (1 - a) * b, (1 - a) * (1 - b) * c])
    jacobian = wa * wb * wc * (1 - a) ** 2 * (1 - b)
    integral, volume = np.zeros(len(k), dtype=complex), 0.0
    for cell in Delaunay(points).simplices:
        edges = points[cell[1:]] - points[cell[0]]
        size = abs(np.linalg.det(edges))
        places = points[cell[0]] + shares @ edges
        integral += size * (np.exp(-1j * k @ places.T) @ jacobian)
        volume += size / 6
    f = form_factor(k, points, np.zeros(3))
    np.testing.assert_allclose(f, integral / volume, atol=1e-10)
    cut = simplices(points, np.zeros(3))
    sizes = np.abs(np.linalg.det(cut[:, 1:] - cut[:, :1])) / 6
    assert sizes.sum() == pytest.approx(volume)


@pytest.mark.parametrize("cage", [OCTAHEDRON, TETRAHEDRON])
def test_a_shift_is_a_phase(cage):
    k, shift = RNG.normal(size=(40, 3)) * 3, np.array([0.3, -1.2, 0.8])
    here = form_factor(k, cage, np.zeros(3))
    np.testing.assert_allclose(
        form_factor(k, cage + shift, np.zeros(3)), here * np.exp(-1j * k @ shift), atol=1e-14
    )
    np.testing.assert_allclose(form_factor(k, cage + shift, shift), here, atol=1e-14)


def test_symmetry_of_the_point_group():
    k = RNG.normal(size=(20, 3)) * 3
    cubic = [
        np.eye(3)[list(order)] * signs
        for order in permutations(range(3))
        for signs in product((-1, 1), repeat=3)
    ]
    assert len(cubic) == 48
    origin = np.zeros(3)
    whole, proper = form_factor(k, OCTAHEDRON, origin), form_factor(k, TETRAHEDRON, origin)
    for turn in cubic:
        np.testing.assert_allclose(form_factor(k @ turn, OCTAHEDRON, origin), whole, atol=1e-13)
        kept = np.isclose(np.abs(TETRAHEDRON @ turn - TETRAHEDRON[:, None]).max(2).min(1), 0).all()
        turned = form_factor(k @ turn, TETRAHEDRON, origin)
        # half of them exchange the tetrahedron with its inverse
        np.testing.assert_allclose(turned, proper if kept else proper.conj(), atol=1e-13)
    assert np.abs(proper.imag).max() > 0.01


def test_mean_square_radius():
    # |f|² = 1 − k·M k with M the second moments about the centre of mass
    k = 1e-3 * np.array([1.0, 2.0, -1.0])
    side = np.sqrt(3.0)
    lost = 1 - np.abs(form_factor(k, ring(3), np.zeros(3))) ** 2
    # of a triangle a²/24 along each direction in its plane
    assert lost == pytest.approx(side**2 / 24 * (k[:2] @ k[:2]), rel=1e-5)


@pytest.mark.parametrize(
    ("cage", "centre", "message"),
    [
        (ring(6)[:2], (0, 0, 0), "2 cage ions enclose no area"),
        ([[0, 0, 0], [1, 0, 0], [2, 0, 0]], (0, 0, 0), "on a line"),
        (ring(4), (0, 0, 0.2), "outside the plane"),
        (ring(4), (1.5, 0, 0), "does not see the whole polygon"),
        (ring(3)[[0, 1, 2, 0]], (0, 0, 0), "does not see the whole polygon"),
    ],
)
def test_what_encloses_nothing_is_refused(cage, centre, message):
    with pytest.raises(ValueError, match=message):
        form_factor(np.ones(3), cage, centre)
