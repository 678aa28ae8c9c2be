"""Loops of the field show the displacements, errors and thresholds of their dataset."""

import numpy as np
import pytest
import xarray as xr
from trees import tree_of

from mcsc.plot import field_loop

BRANCHES = ("forward", "backward", "field_cooled", "field_removed")
FIELDS, TEMPERATURES, DOPINGS, DELTA = (0.0, 0.1, 0.2, 0.3), (20.0, 80.0), (1.0, 2.0), 0.25
AXES = ("doping", "branch", "field", "temperature")


def swept(protocols):
    """A diagram with these histories of fields."""
    return tree_of({"/": xr.Dataset(), "protocols": protocols})


@pytest.fixture
def protocols():
    """Displacements that are different everywhere, and a second doping that was not run."""
    shape = (2, 4, 4, 2)
    u = DELTA * np.arange(np.prod(shape)).reshape(shape) / np.prod(shape)
    u[1] = np.nan
    error = DELTA * 0.001 * (1 + np.arange(np.prod(shape)).reshape(shape))
    threshold = np.full((2, 4, 2), np.nan)
    threshold[0, :3, 0] = 0.25, 0.05, 0.15
    threshold[0, 0, 1] = 0.1
    return xr.Dataset(
        {
            "displacement_parallel": (AXES, u),
            "displacement_parallel_stderr": (AXES, error),
            "threshold_field": (("doping", "branch", "temperature"), threshold),
            "threshold_field_stderr": (("doping", "branch", "temperature"), threshold / 10),
            "displacement_largest": ("doping", [DELTA, DELTA]),
        },
        {
            "doping": list(DOPINGS),
            "branch": list(BRANCHES),
            "field": ("field", list(FIELDS), {"units": "eV angstrom^-1"}),
            "temperature": ("temperature", list(TEMPERATURES), {"units": "K"}),
        },
    )


def containers(ax, label):
    return [c for c in ax.containers if c.get_label().startswith(label)]


def legend(ax):
    return [text.get_text() for text in ax.get_legend().get_texts()]


@pytest.mark.parametrize("branch", BRANCHES)
def test_every_branch_is_drawn_over_the_largest_displacement(protocols, branch):
    ax = field_loop(swept(protocols), 1.0, 80.0).axes[0]
    (container,) = containers(ax, branch)
    line, _, (bars,) = container.lines
    expected = protocols.sel(doping=1.0, branch=branch, temperature=80.0)
    np.testing.assert_array_equal(line.get_xdata(), FIELDS)
    np.testing.assert_allclose(line.get_ydata(), expected["displacement_parallel"] / DELTA)
    half = [(s[1, 1] - s[0, 1]) / 2 for s in bars.get_segments()]
    np.testing.assert_allclose(half, expected["displacement_parallel_stderr"] / DELTA)
    assert "T$ = 80 K" in ax.get_title()
    assert ax.get_xlabel() == "field $qE$ (eV Å$^{-1}$)"


def test_thresholds_stand_on_their_curves_with_errors_along_the_field(protocols):
    ax = field_loop(swept(protocols), 1.0, 20.0).axes[0]
    found = {c.get_label(): c for c in containers(ax, "threshold")}
    assert set(found) == {f"threshold {name}" for name in BRANCHES[:3]}
    for name, x in zip(BRANCHES, (0.25, 0.05, 0.15), strict=False):
        line, _, (bars,) = found[f"threshold {name}"].lines
        curve = containers(ax, name)[0].lines[0].get_ydata()
        # halfway between two fields of the sweep
        i = round((x - 0.05) / 0.1)
        assert line.get_xdata()[0] == x
        assert line.get_ydata()[0] == pytest.approx((curve[i] + curve[i + 1]) / 2)
        (segment,) = bars.get_segments()
        np.testing.assert_allclose(segment[:, 0], [0.9 * x, 1.1 * x])
    assert "threshold field" in legend(ax)
    without = field_loop(
        swept(protocols.drop_vars(["threshold_field", "threshold_field_stderr"])), 1, 20
    ).axes[0]
    assert "threshold field" not in legend(without)


def test_several_temperatures_have_colours_and_branches_markers(protocols):
    ax = field_loop(swept(protocols), 1.0, [20.0, 75.0, 80.0]).axes[0]
    looks = {
        c.get_label(): (c.lines[0].get_marker(), tuple(np.ravel(c.lines[0].get_color())))
        for name in BRANCHES
        for c in containers(ax, name)
    }
    # 75 and 80 are one point of the grid
    assert len(looks) == 8
    for name in BRANCHES:
        cold, hot = looks[f"{name} T = 20"], looks[f"{name} T = 80"]
        assert cold[0] == hot[0]
        assert cold[1] != hot[1]
    assert len({look[0] for look in looks.values()}) == 4
    assert len({look[1] for look in looks.values()}) == 2
    assert {"$T$ = 20 K", "$T$ = 80 K"} <= set(legend(ax))
    single = [
        containers(field_loop(swept(protocols), 1.0, 20.0).axes[0], name)[0] for name in BRANCHES
    ]
    assert len({c.lines[0].get_color() for c in single}) == 4


def test_fields_in_any_order_and_further_axes(protocols):
    shuffled = protocols.isel(field=[2, 0, 3, 1])
    halved = shuffled.assign(displacement_parallel=shuffled["displacement_parallel"] / 2)
    wide = xr.concat([shuffled, halved], xr.IndexVariable("direction", ["a", "c"]))
    expected = protocols["displacement_parallel"].sel(
        doping=1.0, branch="forward", temperature=20.0
    )
    for chosen, name, factor in (({}, "a", 1.0), ({"direction": "c"}, "c", 0.5)):
        ax = field_loop(swept(wide), 1.0, 20.0, **chosen).axes[0]
        line = containers(ax, "forward")[0].lines[0]
        np.testing.assert_array_equal(line.get_xdata(), FIELDS)
        np.testing.assert_allclose(line.get_ydata() * DELTA, expected * factor)
        assert f"direction {name}" in ax.get_title()


def test_what_was_not_run_or_lies_outside_is_refused(protocols):
    with pytest.raises(ValueError, match="no protocol at doping 2: it has not been run"):
        field_loop(swept(protocols), 2.0, 20.0)
    with pytest.raises(ValueError, match="doping = 9: outside the scan"):
        field_loop(swept(protocols), 9.0, 20.0)
    with pytest.raises(ValueError, match="temperature = 900: outside the scan"):
        field_loop(swept(protocols), 1.0, [20.0, 900.0])


def test_free_carriers_are_dotted(protocols):
    free = protocols["displacement_parallel"].isel(branch=0) * 0.5
    ax = field_loop(swept(protocols.assign(displacement_parallel_free=free)), 1.0, 80.0).axes[0]
    (line,) = [line for line in ax.lines if line.get_label() == "free carriers"]
    expected = free.sel(doping=1.0, temperature=80.0) / DELTA
    np.testing.assert_allclose(line.get_ydata(), expected)
    assert "free carriers" in legend(ax)
