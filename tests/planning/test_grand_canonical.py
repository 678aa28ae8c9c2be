"""Scans at fixed chemical potential: run file, diagram, transitions and figures."""

import matplotlib

matplotlib.use("Agg")
import numpy as np
import pytest
import xarray as xr
from in_process import scan

from mcsc import chain, diagram, workflow
from mcsc.cli.point import point_asked
from mcsc.config import RunFileError
from mcsc.planning import follow, plan
from mcsc.plot import doping_isotherms, phase_map, summary_figure
from mcsc.transitions import Settings
from mcsc.transitions.grid import carrier_axis
from mcsc.transitions.tables import doping_at_transitions

RUN = """
[structure]
lattice = "cubic"
[scan]
{carriers}
temperature = {{ values = [0.06, 0.08, 0.1, 0.115, 0.13, 0.15, 0.2] }}
size = [4, 4, 4]
[sampling]
sweeps = 1024
warmup = 256
measurements = 256
{more}
"""
POTENTIALS = "chemical_potential = [-0.4, 0.0, 0.4]"


def written(path, carriers=POTENTIALS, more=""):
    file = path / "run.toml"
    file.write_text(RUN.format(carriers=carriers, more=more))
    return file


@pytest.fixture(scope="module")
def groups(tmp_path_factory):
    folder = tmp_path_factory.mktemp("grand")
    more = "[doping]\nparent = 1.0\nsign = -1\nformula_units = 2"
    scan(written(folder, more=more), folder / "out.nc")
    return diagram.load(folder / "out.nc")


@pytest.mark.parametrize(
    ("carriers", "more", "message"),
    [
        ("", "", "scan: give either 'doping' or 'chemical_potential'"),
        (f"doping = [0.5]\n{POTENTIALS}", "", "give either 'doping' or 'chemical_potential'"),
        ("chemical_potential = []", "", "scan.chemical_potential = []: is empty"),
        ("chemical_potential = [0.1, 0.1]", "", "scan.chemical_potential = [0.1, 0.1]: repeats"),
        ("chemical_potential = { values = [] }", "", "potential.values = []: is empty"),
        ("chemical_potential = { start = 1.0, stop = 1.0, num = 2 }", "", "potential: repeats a"),
        (
            "chemical_potential = { start = 0.0, stop = 1.0 }",
            "",
            "give either 'values', or all of 'start', 'stop' and 'num'",
        ),
        (
            "chemical_potential = { values = [0.0], start = 0.0, stop = 1.0, num = 2 }",
            "",
            "give either 'values', or all of 'start', 'stop' and 'num'",
        ),
        ('chemical_potential = { values = [0.0], unit = "kelvin" }', "", "'absolute' or 'coulomb'"),
        ("doping = [0.5]\nstart_doping = [0.5]", "", "'start_doping' needs 'chemical_potential'"),
        (f"{POTENTIALS}\nstart_doping = [0.3]", "", "scan.start_doping = 0.3: 19.2 carriers"),
        (POTENTIALS, "[protocol]\nfield = [0.0, 0.1]", "protocol: its carriers stay"),
        (
            POTENTIALS,
            "[doping]\ndopant = { positions = [[0.5, 0.5, 0.5]] }\n[disorder]",
            "disorder: dopants are counted by the doping",
        ),
    ],
)
def test_mistakes_end_in_one_line(tmp_path, carriers, more, message):
    with pytest.raises(RunFileError) as error:
        plan(written(tmp_path, carriers, more))
    assert message in str(error.value).splitlines()[0]
    assert str(error.value).startswith(str(tmp_path / "run.toml"))


def test_one_task_for_each_chemical_potential_from_half_filling(tmp_path):
    planned = plan(written(tmp_path))
    assert [place.task.chemical_potential for place in planned.tasks] == [-0.4, 0.0, 0.4]
    assert {place.task.n_carriers for place in planned.tasks} == {32}
    axis = planned.axes["chemical_potential"]
    assert axis.attrs["units"] == "1"
    assert list(planned.axes)[-1] == "chemical_potential"


def test_a_symmetric_range_contains_zero_and_the_coulomb_unit_is_that_of_temperature(tmp_path):
    text = 'chemical_potential = { start = -0.9, stop = 0.9, num = 13, unit = "coulomb" }'
    more = "[interaction]\nrelative_permittivity = 4.0"
    planned = plan(written(tmp_path, text, more))
    values = planned.axes["chemical_potential"].values
    assert values[6] == 0.0
    assert values[[0, -1]] == pytest.approx([-0.9 / 4, 0.9 / 4])
    assert planned.tasks[0].task.chemical_potential == values[0]
    vary = text + "\nvary = { interaction.relative_permittivity = [2.0, 4.0] }"
    with pytest.raises(RunFileError, match=r"chemical_potential\.unit"):
        plan(written(tmp_path, vary))


def test_doping_is_a_variable_counted_as_the_run_file_says(groups):
    root = groups["/"]
    assert root["charge_order"].dims == ("chemical_potential", "temperature")
    assert root["T_charge"].dims == ("chemical_potential",)
    doping, carriers = root["doping"], root["carriers_per_cell"]
    np.testing.assert_allclose(doping, -(carriers / 2 - 1.0))
    np.testing.assert_allclose(root["doping_stderr"], root["carriers_per_cell_stderr"] / 2)
    assert (np.diff(carriers.mean("temperature")) > 0).all()
    assert doping.attrs["long_name"] == "carriers taken from the parent per formula unit"
    assert "insert_remove" in groups["health"]["move"].values
    assert groups["health"]["series_name"].values[-1] == "number"
    assert groups["series"]["number"].dims[:2] == ("chemical_potential", "temperature")
    assert carrier_axis(root.dims) == "chemical_potential"


def test_charge_orders_at_half_filling_and_says_at_which_doping(groups):
    root = groups["/"]
    middle = root.sel(chemical_potential=0.0)
    # 4 x 4 x 4 cells order near the 0.129 of an infinite crystal
    assert 0.1 < float(middle["T_charge"]) < 0.16
    # a quarter of the carriers of the parent's two a formula unit: x = 1 − 1/4
    found, error = float(middle["T_charge_doping"]), float(middle["T_charge_doping_stderr"])
    assert 0 < error < 0.01
    assert abs(found - 0.75) < 5 * error
    assert np.isnan(root["T_charge_doping"].where(root["T_charge"].isnull(), drop=True)).all()
    assert "dome_chemical_potential" in groups["domes"] and "dome_doping" not in groups["domes"]


def test_the_doping_at_a_transition_is_linear_between_temperatures():
    root = xr.Dataset(
        {
            "doping": (("chemical_potential", "temperature"), [[1.0, 2.0, 4.0], [0.0, 0.0, 0.0]]),
            "doping_stderr": (("chemical_potential", "temperature"), np.full((2, 3), 0.1)),
            **{
                name: ("chemical_potential", [2.5, np.nan]) for name in ("T_charge", "T_collective")
            },
            "T_charge_stderr": ("chemical_potential", [0.25, np.nan]),
            "T_collective_stderr": ("chemical_potential", [0.25, np.nan]),
        },
        coords={"temperature": [1.0, 2.0, 3.0], "chemical_potential": [0.0, 1.0]},
    )
    root["doping"].attrs["long_name"] = "holes per Cu"
    found = doping_at_transitions(root)
    assert found["T_charge_doping"].attrs["long_name"] == "holes per Cu"
    assert found["T_charge_doping"].values == pytest.approx([3.0, np.nan], nan_ok=True)
    # 0.1 of the doping, and 2 · 0.25 of the temperature
    error = np.hypot(0.1, 0.5)
    assert found["T_charge_doping_stderr"].values == pytest.approx([error, np.nan], nan_ok=True)
    assert doping_at_transitions(root.drop_vars("doping")) == {}


def test_transitions_are_found_again_from_the_file(groups, tmp_path):
    diagram.save(tmp_path / "again.nc", groups, groups["/"].attrs)
    again = workflow.redo_transitions(tmp_path / "again.nc", Settings())
    np.testing.assert_array_equal(again["/"]["T_charge"], groups["/"]["T_charge"])
    assert len(groups["/"].mcsc.domes()) == groups["domes"].sizes["dome"]


def test_figures_are_over_the_chemical_potential(groups):
    root = groups["/"]
    axes = phase_map(groups).axes[0]
    assert axes.get_xlabel().startswith("chemical potential")
    assert axes.collections[0].get_array().shape == (7, 3)
    axes = phase_map(groups, variable="doping").axes[0]
    np.testing.assert_allclose(axes.collections[0].get_array(), root["doping"].values.T)
    axes = doping_isotherms(root).axes[0]
    assert len(axes.containers) == 6
    line = axes.containers[0].lines[0]
    coldest = root.to_dataset().isel(temperature=0).sortby("doping")
    np.testing.assert_allclose(line.get_xdata(), coldest["chemical_potential"])
    np.testing.assert_allclose(line.get_ydata(), coldest["doping"])
    assert "formula unit" in axes.get_ylabel()
    panels = summary_figure(groups).axes
    titles = " ".join(ax.get_title() for ax in panels)
    assert r"$\mu$ = 0" in titles and "$x$ = 0.75" in titles
    with pytest.raises(ValueError, match="fixed doping"):
        doping_isotherms(root.to_dataset().drop_dims("chemical_potential"))


def test_options_name_the_axis_that_the_diagram_has(groups):
    root = groups["/"]
    at = ["chemical_potential=0.4", "temperature=0.3"]
    assert point_asked(at, root) == {"doping": 0.4, "temperature": 0.3}
    assert point_asked([], root) == {}
    with pytest.raises(ValueError, match=r"--at doping=0.5: .* choose chemical_potential"):
        point_asked(["doping=0.5"], root)
    fixed = xr.Dataset({"charge_order": (("doping", "direction"), [[0.5]])})
    fixed = fixed.assign_coords(doping=[0.5], direction=["1 0 0"])
    assert point_asked(["doping=0.5", "direction=1 0 0"], fixed) == {
        "doping": 0.5,
        "direction": "1 0 0",
    }
    for wrong, said in (
        ("chemical_potential=0.5", "choose doping"),
        ("doping", "write NAME=VALUE"),
        ("doping=much", "give a finite number"),
        ("layer=1", "no such axis; choose one of doping, direction"),
    ):
        with pytest.raises(ValueError, match=said):
            point_asked([wrong], fixed)
    with pytest.raises(ValueError, match="twice"):
        point_asked(["doping=0.5", "doping=0.5"], fixed)


def test_ladders_begin_from_those_at_the_start_dopings(tmp_path):
    potentials = "chemical_potential = [-0.1, 0.1]\nstart_doping = [0.5, 0.25]"
    file = written(tmp_path, potentials)
    text = file.read_text().replace("0.06, 0.08, 0.1, 0.115, 0.13, 0.15, 0.2", "0.2, 0.3")
    file.write_text(text.replace("1024", "256").replace("measurements = 256", "measurements = 64"))
    planned, rounds = plan(file), []
    assert not follow(planned, tmp_path, rounds.append).complete
    # one for each start, whatever the potential
    starts = {task.digest(): task.n_carriers for task in rounds[0].tasks}
    assert sorted(starts.values()) == [16, 32]
    for at in planned.tasks:
        assert starts[at.task.continues.digest()] == (16, 32)[at.place[1]]
    assert planned.axes["start_doping"].values.tolist() == [0.25, 0.5]
    # where nothing is frozen a start is forgotten
    upper = [at.task for at in planned.tasks if at.place[-1] == 1]
    ends = [chain.run(task, before=chain.run(task.continues))["/"] for task in upper]
    low, high = (end["carriers_per_cell"].values for end in ends)
    errors = (end["carriers_per_cell_stderr"].values for end in ends)
    assert (abs(high - low) < 0.02 + 4 * np.hypot(*errors)).all()
    assert (low > 0.5).all()
