"""A grid with varied keys, directions and field protocols, all the way to files and figures."""

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
import xarray as xr
from in_process import scan
from scipy import stats

import mcsc
from mcsc import diagram
from mcsc.chain import run
from mcsc.cli.console import print_tables
from mcsc.files.tree import as_in_a_task, group
from mcsc.planning import plan
from mcsc.plot import field_loop, regime_map, summary_figure

RUN = """
[structure]
lattice = "triangular"
layer_spacing = 1.7
[wells]
states = "sixfold"
displacement_length = 0.05
state_energy = 0.01
[interaction]
coulomb = false
[scan]
doping = [0.25, 0.5]
temperature = { start = 0.01, stop = 0.1, num = 5 }
size = [4, 4, 1]
field = [0.0, 0.25, 0.5]
field_direction = [[1.0, 0.0, 0.0], [0.0, 1.0, 0.0]]
[scan.vary]
wells.displacement_length = [0.05, 0.1]
interaction.relative_permittivity = [1.0, 2.0]
[sampling]
sweeps = 512
warmup = 64
measurements = 256
exchange_interval = 1
[protocol]
field = [0.0, 0.2, 0.4]
sweeps = 64
measurements = 16
repeats = 4
doping = [0.5]
"""
GRID = ("displacement_length", "relative_permittivity", "direction", "field", "doping")


@pytest.fixture(scope="module")
def path(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("grid") / "grid.nc"


@pytest.fixture(scope="module")
def groups(path: Path) -> xr.DataTree:
    (path.parent / "run.toml").write_text(RUN)
    return scan(path.parent / "run.toml", path)


def free_displacement(length: float, angle: float, field: float, temperature: float) -> float:
    """⟨u∥⟩ of a free carrier with six states at W = 0.01 and the centre, field at an angle."""
    x = length * np.append(np.cos(np.pi / 3 * np.arange(6) - angle), 0.0)
    p = np.exp(-(np.append(np.full(6, 0.01), 0.0) - field * x) / temperature)
    return float(p @ x / p.sum())


def test_every_point_of_the_grid_is_that_of_free_carriers(groups: xr.DataTree) -> None:
    root = groups["/"]
    assert root["displacement_parallel"].dims == (*GRID, "temperature")
    z = []
    for length in (0.05, 0.1):
        for angle, name in ((0.0, "1 0 0"), (np.pi / 2, "0 1 0")):
            for field in (0.0, 0.25, 0.5):
                at = root.sel(displacement_length=length, direction=name, field=field)
                exact = [
                    free_displacement(length, angle, field, t) for t in at["temperature"].values
                ]
                z.append((at["displacement_parallel"] - exact) / at["displacement_parallel_stderr"])
    # errors are from sixteen bins
    assert np.abs(z).max() < stats.t.isf(1e-3 / np.size(z), 15)
    assert 0.8 < np.std(z) < 1.2


def test_protocols_have_a_grid_of_their_own(groups: xr.DataTree) -> None:
    swept = groups["protocols"]
    dims = ("displacement_length", "relative_permittivity", "direction", "protocol_doping")
    assert swept["displacement_parallel"].dims == (*dims, "branch", "protocol_field", "temperature")
    assert swept["threshold_field"].dims == (*dims, "branch", "temperature")
    swept = as_in_a_task(group(groups, "protocols"))
    hot = swept.isel(temperature=-1, doping=0).sel(displacement_length=0.1, direction="1 0 0")
    for branch in ("forward", "backward", "field_cooled"):
        for field in (0.0, 0.2, 0.4):
            at = hot.sel(branch=branch, field=field)
            exact = free_displacement(0.1, 0.0, field, 0.1)
            z = (at["displacement_parallel"] - exact) / at["displacement_parallel_stderr"]
            # few repeats: errors are uncertain themselves
            assert np.abs(z).max() < 12


def test_a_place_holds_what_its_task_alone_gives(groups: xr.DataTree, path: Path) -> None:
    planned = plan(path.parent / "run.toml")
    at = planned.tasks[-1]
    alone = run(replace(at.task))["/"]
    index = dict(zip(planned.axes, at.place, strict=True))
    there = groups["/"].isel({name: index[name] for name in GRID})
    np.testing.assert_array_equal(there["transmission"], alone["transmission"])


def test_what_varies_is_in_the_file(groups: xr.DataTree, path: Path) -> None:
    root = xr.load_dataset(path)
    assert "coulomb_temperature" not in root.attrs
    assert root["coulomb_temperature"].dims == GRID[:2]
    np.testing.assert_allclose(root["coulomb_temperature"], [[1.0, 0.5]] * 2)
    assert root.mcsc.reduced_temperature.dims == ("temperature", *GRID[:2])
    loaded = diagram.load(path)
    assert loaded["structure"]["displacements"].dims[:2] == GRID[:2]
    lengths = np.linalg.norm(loaded["structure"]["displacements"].values[..., 0, 1, :], axis=-1)
    np.testing.assert_allclose(lengths, [[0.05, 0.05], [0.1, 0.1]])
    threshold = root["threshold_field"]
    assert threshold.dims == (*GRID[:3], "doping", "temperature")
    assert mcsc.__version__ in root.attrs["source"]


def test_figures_and_tables_of_such_a_grid(
    groups: xr.DataTree, capsys: pytest.CaptureFixture
) -> None:
    print_tables(groups)
    text = capsys.readouterr().out
    assert "displacement_length 0.1, relative_permittivity 2, direction 0 1 0, field 0.5" in text
    assert regime_map(groups, displacement_length=0.1, field=0.5).axes[0].has_data()
    assert field_loop(groups, 0.5, 0.01, displacement_length=0.1).axes[0].has_data()
    assert len(summary_figure(groups).axes) >= 4
