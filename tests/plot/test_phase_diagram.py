"""The phase diagram: what is drawn of a line, of coexistence, and how phases are named."""

import numpy as np
import pytest
import xarray as xr
from trees import tree_of

from mcsc import diagram
from mcsc.lattice import superlattice_name
from mcsc.plot import phase_diagram, phase_page, save_figure
from mcsc.plot.phases import ordered_phases
from mcsc.structure import textbook

WAVE = ("hkl", ["h", "k", "l"])


def made(share, temperatures, dopings, waves, **more):
    """The root of a diagram of known order."""
    n = len(dopings)
    root = xr.Dataset(
        {
            "charge_order_share": (("doping", "temperature"), np.asarray(share, float)),
            "charge_order_wavevector": (("doping", "hkl"), np.asarray(waves, float)),
            "T_charge": ("doping", np.full(n, np.nan)),
            "T_charge_stderr": ("doping", np.full(n, np.nan)),
            "T_charge_wavevector": (("doping", "hkl"), np.asarray(waves, float)),
            "T_charge_order": (
                "doping",
                np.ones(n, np.int8),
                {"flag_meanings": "none continuous first_order undecided crossover"},
            ),
            "T_charge_converged": ("doping", np.ones(n, np.int8)),
        },
        coords={"doping": dopings, "temperature": temperatures, "hkl": ["h", "k", "l"]},
    )
    root["temperature"].attrs["units"] = "1"
    return root.assign(more)


@pytest.fixture
def separating():
    """Phases at 1 and 2 carriers a cell, which coexist below 0.3; one line above them."""
    dopings, temperatures = [1.0, 1.25, 1.5, 1.75, 2.0], [0.1, 0.2, 0.3, 0.4]
    share = np.outer([1.0, 0.6, 0.2, 0.6, 1.0], [1.0, 0.9, 0.8, 0.2])
    flags = np.ones((5, 4), np.int8)
    flags[1:4, :2] = 2
    root = made(
        share, temperatures, dopings, [[0, 1, 0]] * 5,
        coexisting=(("doping", "temperature"), flags),
    )  # fmt: skip
    root["T_charge"][:] = [0.38, 0.35, 0.15, np.nan, 0.36]
    root["T_charge_stderr"][:] = 0.01
    columns = {
        "doping_low": [[1.0], [1.0], [np.nan], [np.nan]],
        "doping_high": [[2.0], [1.75], [np.nan], [np.nan]],
        "doping_low_stderr": [[0.02], [0.02], [np.nan], [np.nan]],
        "doping_high_stderr": [[0.02], [0.02], [np.nan], [np.nan]],
    }
    group = xr.Dataset(
        {n: (("temperature", "region"), np.array(v)) for n, v in columns.items()},
        coords={"temperature": temperatures},
    )
    return {"/": root, "coexistence": group}


def labelled(ax, label):
    return [a for a in (*ax.collections, *ax.lines) if a.get_label() == label]


def names(ax):
    return [t.get_text() for t in ax.texts]


def test_the_line_is_broken_and_absent_where_the_crystal_separates(separating):
    ax = phase_diagram(tree_of(separating)).axes[0]
    points = sorted(
        float(x) for c in ax.containers for x in c.lines[0].get_xdata()
        if c.get_label() == "T_charge"
    )  # fmt: skip
    # 1.5 separates at its temperature, 1.75 has none
    assert points == [1.0, 1.25, 2.0]
    (line,) = labelled(ax, "T_charge line")
    np.testing.assert_allclose(line.get_xydata(), [[1.0, 0.38], [1.25, 0.35]])


def test_coexistence_is_shaded_between_its_ends_and_only_there(separating):
    ax = phase_diagram(tree_of(separating)).axes[0]
    (region,) = labelled(ax, "coexistence")
    box = region.get_paths()[0].get_extents()
    # down to the edge of the map, up to the last temperature at which it is seen
    assert (box.x0, box.x1, box.y1) == (1.0, 2.0, 0.2)
    assert box.y0 == pytest.approx(ax.get_ylim()[0])
    ties = labelled(ax, "tie lines")[0].get_segments()
    assert sorted(float(t[1, 0]) for t in ties) == [1.75, 2.0, 2.0]
    assert any("two phases" in name for name in names(ax))
    plain = {"/": separating["/"].drop_vars("coexisting")}
    assert not labelled(phase_diagram(tree_of(plain)).axes[0], "coexistence")


def test_phases_stand_at_the_ends_of_a_coexistence_and_where_order_is_connected(separating):
    root, everywhere = separating["/"], np.ones((5, 4), bool)
    found = ordered_phases(root, everywhere, separating["coexistence"])
    assert [phase.x for phase in found] == [1.0, 2.0]
    assert [phase.top for phase in found] == [0.3, 0.3]
    # without it the two sides of the disordered doping are two regions
    assert [p.x for p in ordered_phases(root.drop_vars("coexisting"), everywhere, None)] == [1, 2]
    joined = root.drop_vars("coexisting").copy(deep=True)
    joined["charge_order_share"][2] = 0.7
    assert len(ordered_phases(joined, everywhere, None)) == 1
    # other wavevectors are other phases, and what never equilibrated is none
    joined["charge_order_wavevector"][2] = [0.5, 0, 0]
    assert [p.x for p in ordered_phases(joined, everywhere, None)] == [1.0, 1.5, 2.0]
    assert ordered_phases(joined, ~everywhere, None) == []


def test_neither_line_nor_phase_goes_on_where_nothing_between_was_measured(separating, plain):
    root = separating["/"].drop_vars("coexisting").isel(doping=[0, 1, 4])
    found = ordered_phases(root, np.ones((3, 4), bool), None, reach=0.3)
    assert [phase.x for phase in found] == [1.0, 2.0]
    # three wells a cell: the step of 0.75 is too far, that of 0.25 is not
    root["T_charge"][:] = [0.38, 0.35, 0.36]
    ax = phase_diagram(tree_of({"/": root, "structure": plain["structure"]})).axes[0]
    (line,) = labelled(ax, "T_charge line")
    assert line.get_xdata().tolist() == [1.0, 1.25]


def test_order_that_grows_without_coming_to_one_half_is_named_so(separating):
    root = separating["/"]
    root["charge_order_share"][4] = [0.45, 0.3, 0.2, 0.15]
    found = ordered_phases(root, np.ones((5, 4), bool), separating["coexistence"])
    assert [phase.grows for phase in found] == [False, True]
    root["T_charge"][4] = np.nan
    drawn = names(phase_diagram(tree_of(separating)).axes[0])
    assert any("order grows to 0.45" in name for name in drawn)


def occupied(pattern, cells=6):
    """A layer of kagome wells filled by a function of positions in units of well vectors."""
    structure = textbook("kagome-wells")
    centres = np.array([well.centre for well in structure.wells])
    steps = np.indices((cells, cells)).reshape(2, -1).T
    positions = (steps @ structure.cell[:2])[:, None] + centres
    # nearest wells are a/√3 apart
    u = (centres[1] - centres[0])[:2]
    turned = np.array([[0.5, -(3**0.5) / 2], [3**0.5 / 2, 0.5]]) @ u
    origin = centres[0][:2]
    numbers = np.rint((positions[..., :2] - origin) @ np.linalg.inv([u, turned])).astype(int)
    state = np.where(pattern(*np.moveaxis(numbers, -1, 0)), 0, -1)
    return structure.cell, centres, np.array([cells, cells, 1]), state


@pytest.mark.parametrize(
    ("pattern", "name"),
    [
        (lambda i, j: (i - j) % 3 == 0, "√3×√3"),
        (lambda i, j: (i - j) % 3 != 0, "√3×√3 of empty wells"),
        (lambda i, j: (i % 2 == 0) & (j % 2 == 0), "2×2"),
        (lambda i, j: i % 2 == 0, "stripes"),
        # 9 of them on the layer
        (lambda i, j: (i % 2 == 0) & (j % 6 == 0), ""),
        (lambda i, j: i + j > -99, ""),
        (lambda i, j: (i == 0) & (j == 0), ""),
    ],
)
def test_superlattices_have_their_names_on_the_lattice_of_the_wells(pattern, name):
    found = superlattice_name(*occupied(pattern))
    assert found.split(" 1×")[0].split(" 2×")[0] == name


def test_a_few_defects_leave_the_name_and_many_take_it():
    *wells, state = occupied(lambda i, j: (i - j) % 3 == 0)
    filled, empty = np.argwhere(state == 0), np.argwhere(state < 0)
    for n, name in ((1, "√3×√3"), (12, "")):
        spoiled = state.copy()
        spoiled[tuple(filled[:n].T)], spoiled[tuple(empty[:n].T)] = -1, 0
        assert superlattice_name(*wells, spoiled) == name


def test_points_that_did_not_equilibrate_lie_under_a_veil(plain):
    health = plain["health"].copy(deep=True)
    health["converged"][:] = [[1, 0, 1, 1], [1, 1, 1, 1], [0, 0, 0, 0]]
    ax = phase_diagram(tree_of({**plain, "health": health})).axes[0]
    (veil,) = labelled(ax, "veil")
    covered = ~np.ma.getmaskarray(veil.get_array())
    # the last doping has not been run
    assert np.argwhere(covered).tolist() == [[1, 0]]


def test_the_page_has_its_caption_and_covers_no_text(with_line, plain):
    tree = tree_of({**plain, "/": with_line.drop_vars("regime")})
    figure = phase_page(tree)
    caption = " ".join(figure.get_supxlabel().split())
    for part in ("3 × 3 × 2 cells", "T_charge", "hollow where the run is too short"):
        assert part in caption
    figure.draw_without_rendering()
    boxes = [t.get_window_extent() for ax in figure.axes for t in ax.texts]
    boxes += [ax.title.get_window_extent() for ax in figure.axes if ax.get_title()]
    texts = (figure._supxlabel, figure._suptitle)
    boxes += [t.get_window_extent() for t in texts]
    for i, box in enumerate(boxes):
        assert box.x0 >= figure.bbox.x0 - 1 and box.x1 <= figure.bbox.x1 + 1
        for other in boxes[:i]:
            assert not box.overlaps(other)


def test_ground_states_stand_at_zero_temperature(separating):
    ground = xr.Dataset(
        {
            "stable": ("doping", np.array([1, 0, 1], np.int8)),
            "superlattice": (("doping", "competitor"), np.array([["1×1"], ["3×1"], ["2×2"]])),
        },
        coords={"doping": [1.0, 1.5, 1.75]},
    )
    ax = phase_diagram(tree_of(separating), ground=tree_of({"/": ground})).axes[0]
    assert [float(a.get_xdata()[0]) for a in labelled(ax, "ground state")] == [1.0, 1.75]
    assert {"1×1", "2×2"} <= set(names(ax)) and "3×1" not in names(ax)
    assert ax.get_ylim()[0] == 0.0


def test_a_diagram_at_fixed_chemical_potential_is_refused(separating):
    root = separating["/"].rename(doping="chemical_potential")
    with pytest.raises(ValueError, match="fixed chemical potential"):
        phase_diagram(root)


def test_the_page_is_drawn_from_a_file(plain, tmp_path):
    from mcsc.files.provenance import DIAGRAM_SCHEMA

    path = tmp_path / "diagram.nc"
    root = plain["/"].assign_attrs(structure_source="word " * 60)
    diagram.save(path, tree_of({**plain, "/": root}), {"mcsc_schema": DIAGRAM_SCHEMA})
    figure = phase_page(path)
    assert figure.get_suptitle() == "wells"
    caption = figure.get_supxlabel()
    assert len(caption) > 300
    save_figure(figure, tmp_path / "figure.png")
    assert figure.get_supxlabel() == caption
