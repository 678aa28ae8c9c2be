"""Structure factor and snapshot stand where, and have the values, that the dataset says."""

import numpy as np
import pytest
from trees import tree_of

from mcsc.plot import real_space, structure_factor_map

NOT_RUN = 4 / 3


def labelled(ax, label):
    return [a for a in (*ax.collections, *ax.lines) if a.get_label() == label]


def cells_of(ax):
    """Centres and values of the dots of S(q)."""
    dots = ax.collections[0]
    return np.asarray(dots.get_offsets()), dots.get_array()


def test_structure_factor_stands_at_plus_and_minus_its_wavevectors(plain, structure):
    root = plain["/"]
    ax = structure_factor_map(tree_of(plain), 1.0, 400.0, l=0).axes[0]
    centres, values = cells_of(ax)
    reciprocal = 2 * np.pi * np.linalg.inv(structure.cell).T
    for q, s in zip(root["q"].values, root["structure_factor"].values[1, 1], strict=True):
        if abs(q[2]) > 1e-9:
            continue
        for sign in (1, -1):
            distance = np.linalg.norm(centres - sign * (q @ reciprocal)[:2], axis=1)
            assert distance.min() < 1e-6
            if not np.ma.getmaskarray(values)[distance.argmin()]:
                assert values[distance.argmin()] == s
    assert len(centres) == 49
    masked = centres[np.ma.getmaskarray(values)]
    # q = 0 and the reciprocal lattice of the triangular lattice of all wells: ±(1, 1)
    expected = np.array([[0, 0, 0], [1, 1, 0], [-1, -1, 0]]) @ reciprocal
    assert len(masked) == 3
    for e in expected:
        assert np.linalg.norm(masked - e[:2], axis=1).min() < 1e-6


def test_sum_over_l_is_what_charge_order_is_made_of(plain):
    root = plain["/"].isel(doping=0, temperature=1)
    ax = structure_factor_map(tree_of(plain), 2 / 3, 400.0).axes[0]
    centres, values = cells_of(ax)
    q, s = root["q"].values, root["structure_factor"].values

    def stored(wave):
        """S at a wavevector of which the file has this one or its negative."""
        match = np.isclose(q, wave).all(axis=1) | np.isclose(-q, wave).all(axis=1)
        assert match.sum() == 1
        return s[match][0]

    reciprocal = 2 * np.pi * np.linalg.inv(plain["structure"]["cell"].values).T
    for h, k in [(1 / 3, 0), (-1 / 3, 2 / 3), (0, -1)]:
        place = (np.array([h, k, 0]) @ reciprocal)[:2]
        cell = np.linalg.norm(centres - place, axis=1).argmin()
        assert values[cell] == pytest.approx(stored([h, k, 0]) + stored([h, k, 0.5]))

    wave = root["charge_order_wavevector"].values
    assert (wave % 1).any(), "order within the cell is not made of S(q)"
    rings = next(line for line in ax.lines if "leading" in str(line.get_label()))
    radius = np.hypot(*rings.get_data())[0]
    assert radius == pytest.approx(np.linalg.norm((wave @ reciprocal)[:2]))
    orbit = np.isclose(np.linalg.norm(centres, axis=1), radius)
    n = float(plain["series"]["n_carriers"][0])
    assert np.sqrt(values[orbit].max() / n) == pytest.approx(float(root["charge_order"]))


def test_brillouin_zone_is_the_hexagon_of_the_cell(plain, structure):
    ax = structure_factor_map(tree_of(plain), 1.0, 400.0).axes[0]
    (zone,) = ax.patches
    corners = zone.get_xy()[:-1]
    assert len(corners) == 6
    # corner K of a hexagonal cell at 4π/3a
    np.testing.assert_allclose(
        np.linalg.norm(corners, axis=1), 4 * np.pi / (3 * structure.lattice_constant), rtol=1e-6
    )


def test_linear_colours_begin_at_zero(plain):
    ax = structure_factor_map(tree_of(plain), 1.0, 400.0, log=False).axes[0]
    mesh = ax.collections[0]
    assert mesh.norm.vmin == 0.0
    assert mesh.norm.vmax == mesh.get_array().max()


def test_carriers_stand_where_the_snapshot_has_them(plain, structure):
    ax = real_space(tree_of(plain), 1.0, 300.0, layer=1).axes[0]
    (carriers,) = labelled(ax, "carriers")
    state = plain["samples"]["state"].values[1, 0]
    expected = []
    for well, s in enumerate(state):
        cell, b = divmod(well, 3)
        (x, y), z = divmod(cell // 2, 3), cell % 2
        if s >= 0 and z == 1:
            centre = np.array([x, y, z]) @ structure.cell + structure.wells[b].centre
            expected.append((centre + structure.wells[b].displacements[s])[:2])
    assert len(expected) > 0
    np.testing.assert_allclose(carriers.get_offsets(), expected, atol=1e-12)
    both = [
        labelled(real_space(tree_of(plain), 1.0, 300.0, layer=z).axes[0], "carriers")[0]
        for z in (0, 1)
    ]
    assert sum(len(c.get_offsets()) for c in both) == 18


def test_wells_are_the_polygons_of_their_cages(plain, structure):
    ax = real_space(tree_of(plain), 1.0, 300.0).axes[0]
    corners = {}
    for b in range(3):
        (polygons,) = labelled(ax, f"wells {b}")
        assert len(polygons.get_paths()) == 9
        corners[structure.wells[b].kind] = len(polygons.get_paths()[0].vertices) - 1
    assert corners == {"alpha": 3, "beta": 6}
    (outline,) = labelled(ax, "supercell")
    np.testing.assert_allclose(
        np.transpose(outline.get_data())[2], 3 * (structure.cell[0] + structure.cell[1])[:2]
    )
    assert ax.get_aspect() == 1.0
    assert ax.get_xlabel() == "$x$ (Å)"


def test_wells_caged_by_other_wells_are_circles(plain):
    groups = dict(plain)
    cages = groups["structure"]["cage"].copy(deep=True)
    cages[2, :3] = groups["structure"]["centre"].values[[0, 1, 0]]
    groups["structure"] = groups["structure"].assign(cage=cages)
    (circles,) = labelled(real_space(tree_of(groups), 1.0, 300.0).axes[0], "wells 2")
    assert circles.get_marker() == "o"
    assert len(circles.get_xdata()) == 9


def test_smaller_sizes_are_read_from_the_padded_arrays(full, results):
    ax = real_space(tree_of(full), 1.0, 300.0, size=9, field=0.05).axes[0]
    assert len(labelled(ax, "carriers")[0].get_offsets()) == 9
    centres, values = cells_of(
        structure_factor_map(tree_of(full), 1.0, 400.0, size=9, field=0.05, l=0).axes[0]
    )
    alone = results[0, 1, 1]["/"]
    planar = alone["structure_factor"].values[1][np.isclose(alone["q"].values[:, 2], 0.0)]
    assert len(centres) == 49
    # every wavevector twice but q = 0
    assert values.data.sum() == pytest.approx(2 * planar.sum() - planar.max())


@pytest.mark.parametrize("draw", [structure_factor_map, real_space])
def test_points_off_the_grid_are_named_and_those_outside_refused(plain, draw):
    title = draw(tree_of(plain), 0.95, 420.0).axes[0].get_title()
    assert "$x$ = 1, $T$ = 400 K" in title
    assert "nearest to $x$ = 0.95, $T$ = 420 K" in title
    assert "nearest" not in draw(tree_of(plain), 1.0, 400.0).axes[0].get_title()
    with pytest.raises(ValueError, match="doping = 3: outside the scan"):
        draw(tree_of(plain), 3.0, 400.0)
    with pytest.raises(ValueError, match="temperature = 5000: outside the scan"):
        draw(tree_of(plain), 1.0, 5000.0)
    with pytest.raises(ValueError, match="it has not been run"):
        draw(tree_of(plain), NOT_RUN, 400.0)


def test_wrong_layer_plane_or_missing_group_is_one_line(plain):
    with pytest.raises(ValueError, match=r"layer = 2: the supercell has 2; choose one from 0 to 1"):
        real_space(tree_of(plain), 1.0, 300.0, layer=2)
    with pytest.raises(ValueError, match=r"l = 0.3: does not fit .* 0, 0.5, 1"):
        structure_factor_map(tree_of(plain), 1.0, 300.0, l=0.3)
    for name in ("samples", "structure"):
        groups = {k: v for k, v in plain.items() if k != name}
        with pytest.raises(ValueError, match=f"no group '{name}'") as caught:
            real_space(tree_of(groups), 1.0, 300.0)
        assert "\n" not in str(caught.value)
