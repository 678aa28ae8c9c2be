"""Diffraction maps: zones and named points against brute force, values against the sets."""

import dataclasses

import numpy as np
import pytest
from trees import tree_of

from mcsc.observables.carrier_sets import carrier_sets, intensity
from mcsc.plot import diffraction_figure, form_factor_map, structure_factor_map
from mcsc.plot.reciprocal import reciprocal_lattice, special_points, wigner_seitz, zone_section
from mcsc.plot.wells import carrier_set, stored_structure
from mcsc.structure import textbook
from mcsc.structure.crystal import read_crystal
from mcsc.structure.crystal.symmetry import space_group

XY = np.eye(3)[:2]
BCT = np.array([[3.79, 0, 0], [0, 3.79, 0], [1.895, 1.895, 6.615]])
SKEW = np.array([[4.0, 0.3, 0.0], [-1.1, 3.2, 0.0], [0.7, 1.3, 5.1]])


def inside(corners, points):
    """Whether points lie inside a convex polygon with anticlockwise corners."""
    sides = np.roll(corners, -1, axis=0) - corners
    away = points[:, None] - corners
    return (sides[:, 0] * away[..., 1] - sides[:, 1] * away[..., 0] > 0).all(axis=1)


@pytest.mark.parametrize("cell", [BCT, SKEW])
@pytest.mark.parametrize("height", [0.0, 0.3])
def test_zone_section_holds_the_points_nearest_to_the_origin(cell, height):
    reciprocal = reciprocal_lattice(cell)
    corners = zone_section(reciprocal, XY, height)
    points = np.random.default_rng(0).uniform(-1.6, 1.6, size=(2000, 2))
    steps = np.stack(np.meshgrid(*[np.arange(-4, 5)] * 3), axis=-1).reshape(-1, 3)
    in_space = np.column_stack([points, np.full(len(points), height)])
    distances = np.linalg.norm(in_space[:, None] - steps @ reciprocal, axis=2)
    nearest = (steps[distances.argmin(axis=1)] == 0).all(axis=1)
    assert 50 < nearest.sum() < 1500
    np.testing.assert_array_equal(inside(corners, points), nearest)


def test_zone_section_of_an_upright_cell_is_that_of_its_plane(structure):
    reciprocal = reciprocal_lattice(structure.cell)
    corners = zone_section(reciprocal, XY)
    flat = wigner_seitz(reciprocal[:2, :2])
    assert len(corners) == len(flat) == 6
    for corner in flat:
        assert np.linalg.norm(corners - corner, axis=1).min() < 1e-9
    assert len(zone_section(reciprocal, XY, 0.51 * reciprocal[2, 2])) == 0
    # centred: the square of the layer, its corners cut off where c/a is finite
    assert len(zone_section(reciprocal_lattice(BCT), XY)) == 8


def test_named_points_have_the_little_groups_of_the_textbook(structure):
    """Orders of the little co-groups of P6/mmm with the operations that spglib finds."""
    atoms = read_crystal("CsV3Sb5")
    group = space_group(atoms.cell.array, atoms.get_scaled_positions(), atoms.numbers, 1e-3)
    reciprocal = reciprocal_lattice(atoms.cell.array)
    orders = {}
    for height in (0.0, reciprocal[2, 2] / 2):
        for name, places in special_points(atoms.cell.array, XY, height).items():
            k = np.array([*places[0], height]) @ np.linalg.inv(reciprocal)
            moved = np.einsum("nji,j->ni", group.rotations, k) - k
            orders[name] = int((np.abs(moved - np.rint(moved)) < 1e-4).all(axis=1).sum())
    assert orders == {"Γ": 24, "M": 8, "K": 12, "A": 24, "L": 8, "H": 12}
    points = special_points(atoms.cell.array, XY)
    assert {name: len(places) for name, places in points.items()} == {"Γ": 1, "M": 6, "K": 6}


@pytest.mark.parametrize("cell", [BCT, np.diag([3.9, 3.9, 3.3])])
def test_named_points_lie_on_the_zone_and_are_as_symmetric_as_the_lattice(cell):
    corners = zone_section(reciprocal_lattice(cell), XY)
    points = special_points(cell, XY)
    assert {"Γ", "X"} <= set(points)
    # the letters of Setyawan and Curtarolo
    assert ("Σ" in points) == (cell is BCT)
    assert "S" not in points
    for name, places in points.items():
        if name == "Γ":
            assert np.abs(places).max() < 1e-12
            continue
        assert inside(1.0001 * corners, places).all()
        assert not inside(0.9999 * corners, places).any()
        turned = np.column_stack([-places[:, 1], places[:, 0]])
        for place in turned:
            assert np.linalg.norm(places - place, axis=1).min() < 1e-5


def test_the_map_shows_the_intensity_of_its_set(structure):
    ax = form_factor_map(structure, "gamma", points=21, height=0.1).axes[0]
    mesh = ax.collections[0]
    values = mesh.get_array().reshape(21, 21)
    assert values[10, 10] == pytest.approx(1.0)
    edge = ax.get_xlim()[1]
    corner = 4 * np.pi / (3 * structure.lattice_constant)
    assert edge == pytest.approx(4 * corner, rel=1e-6)
    along = np.linspace(-edge, edge, 21)
    chosen = carrier_set(structure, "gamma")
    for i, j in ((3, 12), (20, 0), (10, 13)):
        k = [along[j], along[i], 0.1]
        assert values[i, j] == pytest.approx(float(intensity(chosen, k)), rel=1e-9)
    assert ax.get_title() == "gamma: $k_z$ = 0.1"
    assert ax.get_aspect() == 1.0
    assert {"Γ"} <= {
        t.get_text() for t in form_factor_map(structure, "beta", points=3).axes[0].texts
    }


def test_zones_around_the_first_fill_the_picture(structure):
    ax = form_factor_map(structure, "alpha", points=3).axes[0]
    (zones,) = (c for c in ax.collections if c.get_label() == "zones")
    half = ax.get_xlim()[1]
    points = np.random.default_rng(1).uniform(-half, half, size=(300, 2))
    within = [inside(path.vertices[:-1], points) for path in zones.get_paths()]
    np.testing.assert_array_equal(np.sum(within, axis=0), 1)


def test_unknown_sets_and_bare_sites_are_one_line(structure, plain):
    with pytest.raises(ValueError, match=r"no carriers 'delta' .* alpha, .*gamma") as caught:
        form_factor_map(structure, "delta")
    assert "\n" not in str(caught.value)
    with pytest.raises(ValueError, match="no well has a cage"):
        diffraction_figure(textbook("square"))
    with pytest.raises(ValueError, match="no carriers 'alpha, displaced'"):
        structure_factor_map(tree_of(plain), 1.0, 400.0, spread_over="alpha, displaced")
    with pytest.raises(ValueError, match=r"doping = 1.0: wells alone have none"):
        diffraction_figure(structure, doping=1.0)


def test_the_diagram_keeps_what_the_sets_need(plain, structure):
    stored = stored_structure(plain["structure"])
    k = np.random.default_rng(2).normal(size=(30, 3))
    ours, theirs = carrier_sets(stored), carrier_sets(structure)
    assert [c.name for c in ours] == [c.name for c in theirs]
    for first, second in zip(ours, theirs, strict=True):
        np.testing.assert_allclose(intensity(first, k), intensity(second, k), atol=1e-12)


@pytest.mark.parametrize("l", [0, "sum"])
def test_structure_factor_times_the_form_factor(plain, structure, l):  # noqa: E741
    bare = structure_factor_map(tree_of(plain), 1.0, 400.0, l=l).axes[0]
    ax = structure_factor_map(tree_of(plain), 1.0, 400.0, l=l, spread_over="beta").axes[0]
    before, after = (a.collections[0].get_array() for a in (bare, ax))
    centres = np.asarray(ax.collections[0].get_offsets())
    k = np.column_stack([centres, np.zeros(len(centres))])
    # flat hexagons do not see l
    weights = intensity(carrier_set(structure, "beta"), k)
    assert weights.min() < 0.1
    np.testing.assert_allclose(after.data, before.data * weights, rtol=1e-6, atol=1e-12)
    labels = [child.get_ylabel() for child in ax.child_axes]
    assert any("|f" in label for label in labels)


def test_a_diagram_of_solid_polyhedra_weighs_each_l_by_itself(plain):
    """Cages pulled out of their plane: the sum over l is made before the picture is."""
    groups = dict(plain)
    cages = plain["structure"]["cage"].copy(deep=True)
    cages[2, 3] += np.array([0.0, 0.0, 2.0])
    groups["structure"] = plain["structure"].assign(cage=cages)
    carriers = carrier_set(stored_structure(groups["structure"]), "beta")
    reciprocal = reciprocal_lattice(groups["structure"]["cell"].values)
    root = plain["/"].isel(doping=1, temperature=1)
    ax = structure_factor_map(tree_of(groups), 1.0, 400.0, l="sum", spread_over="beta").axes[0]
    mesh = ax.collections[0]
    centres = np.asarray(mesh.get_offsets())
    expected = 0.0
    for l in (0.0, 0.5):  # noqa: E741
        q = np.array([1 / 3, 0.0, l])
        stored = root["q"].values
        match = np.isclose(stored, q).all(axis=1) | np.isclose(stored, -q).all(axis=1)
        factor = float(root["structure_factor"].values[match][0])
        expected += factor * float(intensity(carriers, q @ reciprocal))
    place = (np.array([1 / 3, 0.0, 0.0]) @ reciprocal)[:2]
    here = np.linalg.norm(centres - place, axis=1).argmin()
    assert mesh.get_array()[here] == pytest.approx(expected)


def test_a_centred_cell_is_seen_along_its_axis(plain):
    """The cell of La2CuO4 in place of the hexagonal one: b_1 and b_2 lean out of the layer."""
    groups = dict(plain)
    names = ["centre", "cage", "displacements"]
    turn = np.linalg.inv(plain["structure"]["cell"].values) @ BCT
    moved = {n: (plain["structure"][n].dims, plain["structure"][n].values @ turn) for n in names}
    groups["structure"] = plain["structure"].assign(cell=(("vector", "component"), BCT), **moved)
    for l in (0, "sum"):  # noqa: E741
        ax = structure_factor_map(tree_of(groups), 1.0, 400.0, l=l, spread_over="beta").axes[0]
        centres = np.asarray(ax.collections[0].get_offsets())
        steps = np.rint(centres * 3 * 3.79 / (2 * np.pi))
        np.testing.assert_allclose(centres, steps * 2 * np.pi / (3 * 3.79), atol=1e-9)
        assert len(centres) == 49
        (zone,) = ax.patches
        np.testing.assert_allclose(np.abs(zone.get_xy()), np.pi / 3.79)
        assert not ax.texts
    upright = structure_factor_map(tree_of(plain), 1.0, 400.0, spread_over="beta").axes[0]
    assert {t.get_text() for t in upright.texts} == {"Γ", "K", "M"}


def test_one_panel_a_set_and_no_text_covered(plain, structure):
    bare = dataclasses.replace(
        structure,
        wells=tuple(
            dataclasses.replace(w, displacements=np.zeros((1, 3)), state_energies=np.zeros(1))
            for w in structure.wells
        ),
    )
    for source, names in (
        (bare, ["alpha", "beta", "gamma"]),
        (tree_of(plain), ["alpha", "beta", "gamma"]),
        (structure, ["alpha", "beta", "gamma", "alpha, displaced", "beta, displaced"]),
    ):
        figure = diffraction_figure(source)
        panels = [ax for ax in figure.axes if ax.get_title()]
        assert [ax.get_title().split(":")[0] for ax in panels] == names
        assert "no band structure" in figure.get_suptitle()
        assert len(figure.legends) == 1
        figure.draw_without_rendering()
        texts = [t for ax in panels for t in (ax.title, ax.xaxis.label, ax.yaxis.label)]
        texts += [figure.legends[0]]
        boxes = [b for t in texts if (b := t.get_window_extent()).width > 0]
        for i, box in enumerate(boxes):
            assert box.x0 >= -1 and box.x1 <= figure.bbox.x1 + 1
            assert not any(box.overlaps(other) for other in boxes[:i])


def test_a_difference_of_two_sets_is_drawn_around_zero(structure):
    names = "beta, displaced", "beta"
    ax = form_factor_map(structure, names[0], minus=names[1], points=11).axes[0]
    mesh = ax.collections[0]
    both = [form_factor_map(structure, n, points=11).axes[0].collections[0] for n in names]
    values = both[0].get_array() - both[1].get_array()
    np.testing.assert_allclose(mesh.get_array(), values, atol=1e-12)
    assert mesh.norm.vmin == -mesh.norm.vmax == -np.abs(values).max()
    assert np.abs(values).max() > 1e-3
