"""The artists of the map carry the numbers of the dataset."""

import numpy as np
import pytest
import xarray as xr
from trees import tree_of

from mcsc.plot import phase_map

DOPINGS, TEMPERATURES = (2 / 3, 1.0, 4 / 3), (300.0, 400.0, 550.0, 800.0)


def labelled(ax, label):
    return [a for a in (*ax.collections, *ax.lines) if a.get_label() == label]


def legend(ax):
    return [text.get_text() for text in ax.get_legend().get_texts()]


def test_map_shows_the_values_on_cells_around_the_grid(plain):
    root = plain["/"]
    ax = phase_map(tree_of(plain)).axes[0]
    mesh = ax.collections[0]
    shown = np.ma.filled(mesh.get_array(), np.nan)
    np.testing.assert_array_equal(shown, root["charge_order_share"].values.T)
    assert np.isnan(shown[:, 2]).all()
    assert not np.isnan(shown[:, :2]).any()
    assert "not run" in legend(ax)
    edges = mesh.get_coordinates()[:, 0, 1]
    assert (edges[:-1] < root["temperature"].values).all()
    assert (root["temperature"].values < edges[1:]).all()
    assert ax.get_ylim() == (edges[0], edges[-1])
    assert ax.get_ylabel() == "temperature (K)"
    assert not ax.containers, "a T_charge that is missing everywhere must not be drawn"


def test_not_equilibrated_points_are_hatched_but_not_those_that_were_not_run(plain):
    health = plain["health"].copy(deep=True)
    health["converged"][:] = [[1, 0, 1, 1], [0, 1, 1, 1], [0, 0, 0, 0]]
    ax = phase_map(tree_of({**plain, "health": health})).axes[0]
    (hatch,) = labelled(ax, "not equilibrated")
    centres = sorted(tuple(path.vertices[:4].mean(axis=0)) for path in hatch.get_paths())
    assert len(centres) == 2
    for (x, t), (i, j) in zip(centres, [(0, 1), (1, 0)], strict=True):
        assert x == pytest.approx(DOPINGS[i])
        assert TEMPERATURES[max(j - 1, 0)] * 0.8 < t < TEMPERATURES[j + 1]
    assert "not equilibrated" in legend(ax)
    everywhere = health.assign(converged=health["converged"] * 0 + 1)
    assert "not equilibrated" not in legend(
        phase_map(tree_of({**plain, "health": everywhere})).axes[0]
    )


def drawn(ax):
    """Points, half lengths of their error bars, marker and face of every errorbar container."""
    found = {}
    for container in ax.containers:
        line, _, (bars,) = container.lines
        for x, y, bar in zip(*line.get_data(), bars.get_segments(), strict=True):
            half = (bar[1, 1] - bar[0, 1]) / 2
            found[round(float(x), 6)] = (y, half, line.get_marker(), line.get_markerfacecolor())
    return [found[round(x, 6)] for x in DOPINGS]


@pytest.mark.parametrize("reduced", [False, True])
def test_transition_line_has_its_errors_and_tells_order_and_quality(with_line, reduced):
    scale = 4000.0 if reduced else 1.0
    ax = phase_map(with_line, reduced=reduced).axes[0]
    points = drawn(ax)
    np.testing.assert_allclose([p[0] for p in points], np.array([410, 600, 500]) / scale)
    np.testing.assert_allclose([p[1] for p in points], np.array([10, 20, 30]) / scale)
    markers, faces = [p[2] for p in points], [p[3] for p in points]
    assert markers[0] == markers[1] != markers[2]
    assert faces[0] != faces[1]
    assert faces[2] == "white" != faces[0]
    # a guide joins the two neighbours with the same order, and no others
    guides = [
        line for line in ax.lines if len(line.get_xdata()) == 2 and line.get_color() == "black"
    ]
    guides = [line for line in guides if line.get_linestyle() == "-"]
    assert [list(line.get_xdata()) for line in guides] == [list(DOPINGS[:2])]
    text = "\n".join(legend(ax))
    for part in ("(0, 1, 0)", "(1/3, 1/3, 0)", "susceptibility peak", "Binder crossing", "short"):
        assert part in text


def test_second_axis_is_the_other_temperature(with_line):
    for reduced, expected in ((False, 1 / 4000.0), (True, 4000.0)):
        ax = phase_map(with_line, reduced=reduced).axes[0]
        ax.figure.draw_without_rendering()
        (right,) = ax.child_axes
        np.testing.assert_allclose(right.get_ylim(), expected * np.array(ax.get_ylim()), rtol=1e-12)
    bare = with_line.drop_attrs(deep=False)
    assert not phase_map(bare).axes[0].child_axes
    with pytest.raises(ValueError, match="coulomb_temperature"):
        phase_map(bare, reduced=True)


def test_domes_are_lettered_at_their_tops_and_listed(with_line):
    dopings, temperatures = [2 / 3, 4 / 3], [410.0, 500.0]
    domes = group_of_domes(dopings, temperatures)
    ax = phase_map(tree_of({"/": with_line, "domes": domes})).axes[0]
    tops = {t.get_text(): t.xy for t in ax.texts}
    assert tops == {"A": (dopings[0], 420.0), "B": (dopings[1], 510.0)}
    text = legend(ax)
    assert any("0.6667, 410(10) K, 12.3σ" in t for t in text)
    assert not phase_map(tree_of({"/": with_line, "domes": domes.isel(dome=[])})).axes[0].texts


def test_open_domes_and_errors_are_named(with_line):
    domes = group_of_domes([2 / 3, 4 / 3], [410.0, 500.0])
    domes["bounded"][0] = 0
    domes["significance"][0] = np.nan
    domes["dome_temperature_stderr_size"][1] = 24.0
    ax = phase_map(tree_of({"/": with_line, "domes": domes})).axes[0]
    text = legend(ax)
    assert any("0.6667, 410(10) K, open" in t for t in text)
    # both errors in quadrature
    assert any("1.333, 500(30) K, 12.3σ" in t for t in text)
    assert {t.get_text(): t.xy for t in ax.texts}["B"] == (4 / 3, 526.0)
    assert "bars: statistical error, one size" in text
    sized = with_line.assign(T_charge_stderr_size=0 * with_line["T_charge"] + 50.0)
    assert "bars: statistics and size of the cell" in legend(phase_map(sized).axes[0])


def group_of_domes(dopings, temperatures):
    """A group of domes."""
    columns = {
        "dome_doping": dopings,
        "dome_temperature": temperatures,
        "dome_temperature_stderr": [10.0] * len(dopings),
        "dome_temperature_stderr_size": [np.nan] * len(dopings),
        "bounded": [1] * len(dopings),
        "significance": [12.3] * len(dopings),
    }
    return xr.Dataset({name: ("dome", values) for name, values in columns.items()})


def test_map_of_one_size_and_field_out_of_several(full, results):
    def shown(**options):
        mesh = phase_map(tree_of(full), **options).axes[0].collections[0]
        return np.ma.filled(mesh.get_array(), np.nan)

    order = full["/"]["charge_order_share"].values
    np.testing.assert_array_equal(shown(), order[-1, 0].T)
    np.testing.assert_array_equal(shown(size=9, field=0.05), order[0, 1].T)
    alone = results[0, 1, 1]["/"]["charge_order_share"].values
    np.testing.assert_array_equal(shown(size=9, field=0.05)[:, 1], alone)
    assert not np.array_equal(alone, order[-1, 0, 1])


def test_the_share_of_saturation_compares_carriers_and_empty_wells(plain):
    """What is drawn is 1 in perfect order, however many wells are filled."""
    root = plain["/"]
    shown = np.asarray(phase_map(root).axes[0].collections[0].get_array())
    raw = np.asarray(phase_map(root, variable="charge_order").axes[0].collections[0].get_array())
    # a third of the wells filled: the perfect crystal has order 1
    np.testing.assert_allclose(shown[:, 1], raw[:, 1])


def test_map_refuses_what_it_cannot_draw(plain):
    for name in ("nothing", "structure_factor"):
        with pytest.raises(ValueError, match=f"variable '{name}': .*choose one of energy, "):
            phase_map(plain["/"], variable=name)
