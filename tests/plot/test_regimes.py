"""Regime maps show the flags of the dataset, the lines their numbers, and the domes of both."""

import numpy as np
import pytest
import xarray as xr
from matplotlib.colors import to_hex
from trees import tree_of

from mcsc.plot import field_map, regime_map
from mcsc.plot.regimes import _PARTS, REGIME_COLOURS, _interpolated

DOPINGS, TEMPERATURES = (2 / 3, 1.0, 4 / 3), (300.0, 400.0, 550.0, 800.0)
UNDECIDED, INSULATOR, COLLECTIVE, METAL = range(4)
FLAGS = np.array(
    [
        [COLLECTIVE, INSULATOR, METAL, METAL],
        [UNDECIDED, COLLECTIVE, UNDECIDED, METAL],
        [UNDECIDED, UNDECIDED, UNDECIDED, UNDECIDED],
    ]
)


def legend(ax):
    return [text.get_text() for text in ax.get_legend().get_texts()]


def cell_colours(ax, shape):
    """Colour of every cell as drawn; None where the map lets another layer through."""
    mesh = ax.collections[0]
    values = mesh.get_array()
    faces = mesh.cmap(mesh.norm(values)).reshape(*shape, 4)
    masked = np.ma.getmaskarray(values)
    return [
        [None if masked[i, j] else to_hex(faces[i, j]) for j in range(shape[1])]
        for i in range(shape[0])
    ]


def with_lines(root):
    """Known regimes and lines on the grid of a diagram of one field."""
    root = root.copy(deep=True)
    root["regime"][:] = FLAGS
    root["T_collective"][:] = [350.0, 450.0, np.nan]
    root["T_collective_stderr"][:] = [5.0, 7.0, np.nan]
    methods = root["T_collective_method"].attrs["flag_meanings"].split()
    found = [methods.index(name) for name in ("response_peak", "half_transmission", "none")]
    root["T_collective_method"][:] = found
    root["T_collective_converged"][:] = [1, 0, 1]
    return root


def with_domes(root, charge, collective):
    return tree_of({"/": root, "domes": charge, "domes_collective": collective})


@pytest.fixture
def known(with_line):
    return with_lines(with_line)


@pytest.fixture
def in_fields(full):
    """Three fields out of order, at the larger size, with known regimes and lines."""
    root = full["/"].isel(size=-1, field=[1, 0, 0], drop=True).copy(deep=True)
    root = root.assign_coords(field=("field", [0.2, 0.0, 0.1], full["/"]["field"].attrs))
    root["regime"][:] = np.stack([FLAGS, FLAGS[[1, 0, 2]], FLAGS])
    root["T_charge"][:] = np.nan
    root["T_collective"][:] = np.nan
    root["T_collective"][:, 0] = [500.0, np.nan, 450.0]
    root["T_collective_stderr"][:, 0] = [20.0, np.nan, 10.0]
    root["T_collective_method"][:] = 1
    root["T_collective_converged"][:] = 1
    return root


def test_boundaries_run_straight_from_the_middle_of_a_cell_to_that_of_the_next() -> None:
    insulating = np.arange(6)[:, None] < np.array([2, 4])
    fine = _interpolated(np.where(insulating, INSULATOR, METAL), 3)
    heights = (fine == INSULATOR).sum(axis=0) / _PARTS
    # a part of a cell has its middle half a part from its edges
    middles = (np.arange(2 * _PARTS) + 0.5) / _PARTS
    np.testing.assert_allclose(heights, np.interp(middles, [0.5, 1.5], [2, 4]), atol=1 / _PARTS)
    assert set(np.unique(fine)) == {INSULATOR, METAL}
    one = np.array([[UNDECIDED, METAL], [INSULATOR, METAL]])
    fine = _interpolated(one, 3)
    # what is undecided keeps its cell, and is no boundary of others
    assert (fine[:_PARTS, :_PARTS] == UNDECIDED).all()
    assert UNDECIDED not in fine[_PARTS:]
    assert UNDECIDED not in fine[:_PARTS, _PARTS:]


def test_cells_have_the_colours_of_their_regimes(known):
    ax = regime_map(known).axes[0]
    names = {INSULATOR: "insulator", COLLECTIVE: "collective", METAL: "metal"}
    expected = [
        [to_hex(REGIME_COLOURS[names[f]]) if f in names else None for f in row] for row in FLAGS.T
    ]
    assert cell_colours(ax, (4, 3)) == expected
    assert len(set(REGIME_COLOURS.values())) == 3
    np.testing.assert_array_equal(np.ma.filled(ax.collections[0].get_array(), UNDECIDED), FLAGS.T)
    text = legend(ax)
    for name in (*names.values(), "undecided", "not run"):
        assert name in text


def test_colours_follow_the_meanings_not_the_numbers(known):
    swapped = known.copy(deep=True)
    attributes = {**known["regime"].attrs, "flag_meanings": "undecided metal insulator collective"}
    swapped["regime"] = known["regime"].copy(data=np.array([0, 2, 3, 1])[FLAGS])
    swapped["regime"].attrs = attributes
    assert cell_colours(regime_map(swapped).axes[0], (4, 3)) == cell_colours(
        regime_map(known).axes[0], (4, 3)
    )


def test_undecided_points_are_hatched_and_those_not_run_are_not(known):
    (hatched,) = [c for c in regime_map(known).axes[0].collections if c.get_label() == "undecided"]
    centres = [path.vertices[:4].mean(axis=0)[0] for path in hatched.get_paths()]
    np.testing.assert_allclose(centres, [1.0, 1.0])
    decided = known.isel(doping=[0])
    assert "undecided" not in legend(regime_map(decided).axes[0])
    assert "not run" not in legend(regime_map(decided).axes[0])


def points(ax, label):
    """(x, y, half error, face) of errorbar containers whose label begins so."""
    found = []
    for container in ax.containers:
        if container.get_label().startswith(label):
            line, _, (bars,) = container.lines
            for x, y, bar in zip(*line.get_data(), bars.get_segments(), strict=True):
                half = (bar[1, 1] - bar[0, 1]) / 2
                found.append((x, y, half, line.get_markerfacecolor(), line.get_marker()))
    return sorted(found)


@pytest.mark.parametrize("reduced", [False, True])
def test_both_lines_are_drawn_with_their_errors(known, reduced):
    scale = 4000.0 if reduced else 1.0
    ax = regime_map(known, reduced=reduced).axes[0]
    charge, collective = points(ax, "T_charge"), points(ax, "T_collective")
    np.testing.assert_allclose(
        [p[:3] for p in charge],
        np.transpose([DOPINGS, np.divide([410, 600, 500], scale), np.divide([10, 20, 30], scale)]),
    )
    np.testing.assert_allclose(
        [p[:3] for p in collective],
        np.transpose([DOPINGS[:2], np.divide([350, 450], scale), np.divide([5, 7], scale)]),
    )
    assert collective[0][3] not in ("white", charge[0][3], charge[1][3])
    assert collective[1][3] == "white", "a point whose run is too short is hollow"
    assert collective[0][4] != collective[1][4], "the shape tells the estimator"
    text = "\n".join(legend(ax))
    for part in ("collective}$, response peak", "half transmission", "susceptibility", "too short"):
        assert part in text


def test_temperature_axis_is_logarithmic_where_the_ladder_is(known):
    ax = regime_map(known).axes[0]
    assert ax.get_yscale() == "log"
    edges = ax.collections[0].get_coordinates()[:, 0, 1]
    np.testing.assert_allclose(ax.get_ylim(), (edges[0], edges[-1]))
    ax.figure.draw_without_rendering()
    shown = [t.get_text() for t in ax.get_yticklabels()]
    assert {"300", "500"} <= set(shown)
    assert regime_map(known, log=False).axes[0].get_yscale() == "linear"
    even = known.assign_coords(
        temperature=("temperature", [300.0, 400.0, 500.0, 600.0], known["temperature"].attrs)
    )
    assert regime_map(even).axes[0].get_yscale() == "linear"
    (right,) = regime_map(known, log=True).axes[0].child_axes
    right.figure.draw_without_rendering()
    np.testing.assert_allclose(right.get_ylim(), np.array(ax.get_ylim()) / 4000.0)


def domes(dopings, temperatures, fields=None):
    columns = {
        "dome_doping": dopings,
        "dome_temperature": temperatures,
        "dome_temperature_stderr": [10.0] * len(dopings),
        "dome_temperature_stderr_size": [np.nan] * len(dopings),
        "bounded": [1] * len(dopings),
        "significance": [12.3] * len(dopings),
    }
    if fields is not None:
        columns["dome_field"] = fields
    return xr.Dataset({name: ("dome", values) for name, values in columns.items()})


def test_domes_of_both_lines_are_marked_with_letters_of_their_own(known):
    charge, collective = domes([2 / 3, 4 / 3], [410.0, 500.0]), domes([1.0], [450.0])
    ax = regime_map(with_domes(known, charge, collective)).axes[0]
    tops = {t.get_text(): t.xy for t in ax.texts}
    assert tops == {"A": (2 / 3, 420.0), "B": (4 / 3, 510.0), "C": (1.0, 460.0)}
    text = legend(ax)
    order = [next(i for i, t in enumerate(text) if part in t) for part in (
        "domes of $T_\\mathrm{charge}", "0.6667, 410(10) K", "1.333, 500(10) K",
        "domes of $T_\\mathrm{collective}", "1, 450(10) K, 12.3σ")]  # fmt: skip
    assert order == sorted(order)
    alone = regime_map(with_domes(known, charge.isel(dome=[]), collective)).axes[0]
    assert [t.get_text() for t in alone.texts] == ["A"]


def test_one_field_and_its_domes_out_of_several(in_fields):
    found = domes([1.0, 4 / 3], [400.0, 500.0], fields=[0.1, 0.2])
    ax = regime_map(tree_of({"/": in_fields, "domes_collective": found}), field=0.2).axes[0]
    np.testing.assert_array_equal(np.ma.filled(ax.collections[0].get_array(), UNDECIDED), FLAGS.T)
    assert [t.xy for t in ax.texts] == [(4 / 3, 510.0)]
    assert "field 0.2 eV" in ax.get_title()
    with pytest.raises(ValueError, match="field = 3: outside the scan"):
        regime_map(in_fields, field=3.0)


def test_fields_are_on_the_x_axis_in_order(in_fields):
    ax = field_map(in_fields, 0.7).axes[0]
    shown = np.ma.filled(ax.collections[0].get_array(), UNDECIDED)
    np.testing.assert_array_equal(shown, FLAGS[[1, 0, 0]].T)
    np.testing.assert_allclose(ax.get_xlim(), [-0.05, 0.25])
    assert ax.get_xlabel() == "field $qE$ (eV Å$^{-1}$)"
    assert ax.get_title() == "regimes at $x$ = 0.6667"
    np.testing.assert_allclose(
        [p[:3] for p in points(ax, "T_collective")], [(0.1, 450, 10), (0.2, 500, 20)]
    )
    (guide,) = [line for line in ax.lines if line.get_label() == "_onset"]
    np.testing.assert_array_equal(guide.get_ydata(), [np.nan, 450, 500])
    in_fields["T_charge"][:, 0] = [610.0, 600.0, 605.0]
    in_fields["T_charge_stderr"][:, 0] = 3.0
    in_fields["T_charge_wavevector"][:, 0] = [0.0, 1.0, 0.0]
    charge = points(field_map(in_fields, 2 / 3).axes[0], "T_charge")
    np.testing.assert_allclose([p[:2] for p in charge], [(0.0, 600), (0.1, 605), (0.2, 610)])


def test_further_axes_take_their_first_entry_or_the_one_named(known):
    axes = {"direction": ["along a", "along c"], "displacement_length": [0.2, 0.4]}
    wide = known.copy(deep=True)
    for name in known.data_vars:
        if "doping" in known[name].dims:
            wide[name] = known[name].expand_dims(axes).copy()
    wide = wide.assign_coords(axes)
    wide["regime"][1, 1] = METAL
    first = regime_map(wide).axes[0]
    np.testing.assert_array_equal(
        np.ma.filled(first.collections[0].get_array(), UNDECIDED), FLAGS.T
    )
    assert "direction along a, displacement length 0.2" in " ".join(first.get_title().split())
    found = domes([1.0, 4 / 3], [400.0, 500.0]).assign(
        dome_direction=("dome", ["along a", "along c"]),
        dome_displacement_length=("dome", [0.4, 0.4]),
    )
    named = regime_map(
        tree_of({"/": wide, "domes": found}), direction="along c", displacement_length=0.39
    ).axes[0]
    assert (named.collections[0].get_array() == METAL).all()
    assert [t.xy for t in named.texts] == [(4 / 3, 510.0)]
    # a permittivity that varies changes the Coulomb temperature
    wide["coulomb_temperature"] = ("displacement_length", [4000.0, 2000.0])
    top = regime_map(wide, reduced=True, displacement_length=0.4).axes[0].get_ylim()[1]
    assert top == pytest.approx(2 * regime_map(wide, reduced=True).axes[0].get_ylim()[1])
    with pytest.raises(ValueError, match="direction = along b: not in the diagram; choose one of"):
        regime_map(wide, direction="along b")
    with pytest.raises(ValueError, match="angle = 3: the diagram has no such axis; choose one of"):
        regime_map(wide, angle=3)
    with pytest.raises(ValueError, match="angle = 3: the diagram has no such axis; leave it out"):
        regime_map(known, angle=3)


def test_diagrams_without_regimes_or_fields_are_refused_in_one_line(known):
    for draw in (regime_map, lambda root: field_map(root, 1.0).axes[0]):
        with pytest.raises(ValueError, match=r"no regimes in this diagram: .*states") as caught:
            draw(known.drop_vars("regime"))
        assert "\n" not in str(caught.value)
    with pytest.raises(ValueError, match="one field only"):
        field_map(known, 1.0)
