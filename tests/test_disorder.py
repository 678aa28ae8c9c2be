"""A grid with a disorder axis, all the way to files and tables."""

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
import xarray as xr
from in_process import scan

from mcsc import diagram
from mcsc.chain import run
from mcsc.cli.console import print_tables
from mcsc.planning import plan
from mcsc.plot import real_space, summary_figure
from mcsc.transitions import find_domes
from mcsc.transitions.disorder import disorder_average

RUN = """
[structure]
lattice = "triangular"
layer_spacing = 1.7
[wells]
states = "sixfold"
displacement_length = 0.05
[doping]
dopant = { positions = [[0.3333333333, 0.6666666667, 0.3]], charge = -0.5 }
[disorder]
samples = 3
[scan]
doping = [0.25, 0.5]
temperature = { start = 0.05, stop = 0.4, num = 5 }
size = [4, 4, 1]
[sampling]
sweeps = 512
warmup = 64
measurements = 256
exchange_interval = 1
[protocol]
field = [0.0, 0.2, 0.4]
sweeps = 64
measurements = 16
repeats = 2
doping = [0.5]
"""


@pytest.fixture(scope="module")
def path(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("disorder") / "disorder.nc"


@pytest.fixture(scope="module")
def groups(path: Path) -> xr.DataTree:
    (path.parent / "run.toml").write_text(RUN)
    return scan(path.parent / "run.toml", path)


def test_a_place_holds_what_its_task_alone_gives(groups: xr.DataTree, path: Path) -> None:
    root, planned = groups["/"], plan(path.parent / "run.toml")
    assert root["energy"].dims == ("disorder", "doping", "temperature")
    assert root["T_charge"].dims == ("disorder", "doping")
    assert root["disorder"].values.tolist() == [1, 2, 3]
    for at in (planned.tasks[0], planned.tasks[-1]):
        alone = run(replace(at.task))["/"]
        sample, doping = at.place[-2:]
        there = root.isel(disorder=sample, doping=doping)
        np.testing.assert_array_equal(there["energy"], alone["energy"])
        np.testing.assert_array_equal(there["transmission"], alone["transmission"])


def test_samples_differ_by_more_than_their_errors(groups: xr.DataTree) -> None:
    cold = groups["/"].isel(temperature=0, doping=-1)
    apart = np.ptp(cold["energy"].values)
    assert apart > 8 * float(cold["energy_stderr"].max())


def test_protocols_have_samples_too(groups: xr.DataTree) -> None:
    swept = groups["protocols"]["displacement_parallel"]
    assert swept.dims[:2] == ("disorder", "protocol_doping")
    assert np.isfinite(swept).all()


def test_averages_are_those_of_the_samples(groups: xr.DataTree) -> None:
    root, average = groups["/"], groups["disorder_average"]
    assert average["energy"].dims == ("doping", "temperature")
    values = root["energy"].values
    np.testing.assert_allclose(average["energy"], values.mean(axis=0), rtol=1e-12)
    np.testing.assert_allclose(average["energy_spread"], values.std(axis=0, ddof=1), rtol=1e-9)
    np.testing.assert_allclose(
        average["energy_stderr"], values.std(axis=0, ddof=1) / np.sqrt(3), rtol=1e-9
    )
    factor = average["structure_factor"]
    np.testing.assert_allclose(factor, root["structure_factor"].mean("disorder"), rtol=1e-12)
    assert (average["n_samples"] == 3).all()
    converged = groups["health"]["converged"].sum("disorder")
    np.testing.assert_array_equal(average["n_equilibrated"], converged)


REASONS = np.array([["", "glass", ""], ["no order at all", "cold", ""], ["short", "", ""]])


SIZE_ERRORS = np.array([[0.5, 0.0, np.nan], [0.0, 0.0, 0.2], [0.0, 0.3, 0.4]])
BOUNDS = np.array([[0.0, 0.7, 0.0], [0.8, np.nan, 0.0], [0.6, 0.0, 0.0]])


def test_transitions_are_averaged_over_the_samples_that_have_one() -> None:
    temperatures = np.array([[1.0, np.nan, 3.0], [np.nan, np.nan, 5.0], [np.nan, 2.0, 8.0]])
    waves = np.array([[0.5, 0.0], [0.25, 0.0], [0.25, 0.0]])
    dims = ("disorder", "protocol_doping")
    flags = {"flag_meanings": "none peak crossing"}
    lines = {}
    for line in ("T_charge", "T_collective"):
        lines |= {
            line: (dims, temperatures),
            f"{line}_stderr": (dims, np.full((3, 3), 0.1)),
            f"{line}_stderr_size": (dims, np.where(np.isnan(temperatures), np.nan, SIZE_ERRORS)),
            f"{line}_upper_bound": (dims, np.where(np.isnan(temperatures), BOUNDS, np.nan)),
            f"{line}_reason": (dims, np.where(np.isnan(temperatures), REASONS, "")),
            f"{line}_converged": (dims, np.array([[1, 0, 1], [0, 0, 1], [0, 1, 0]], np.int8)),
            f"{line}_method": (dims, np.array([[1, 0, 1], [0, 0, 2], [0, 1, 2]], np.int8), flags),
            f"{line}_wavevector": ((*dims, "hkl"), np.stack([waves] * 3, axis=1)),
        }
    energy = np.zeros((3, 3, 2))
    energy[2, 0] = np.nan
    root = xr.Dataset(
        {"energy": ((*dims, "temperature"), energy, {"units": "eV"}), **lines},
        coords={"disorder": [1, 2, 3]},
    )
    root["energy_stderr"] = root["energy"]
    health = xr.Dataset({"converged": ((*dims, "temperature"), np.ones((3, 3, 2), np.int8))})
    average = disorder_average(root, health)
    np.testing.assert_allclose(average["T_charge"], [1.0, 2.0, 16 / 3])
    spread = np.std([3, 5, 8], ddof=1)
    np.testing.assert_allclose(average["T_charge_spread"], [np.nan, np.nan, spread])
    np.testing.assert_allclose(average["T_charge_stderr"], [np.nan, np.nan, spread / 3**0.5])
    np.testing.assert_allclose(average["T_charge_stderr_size"], [0.5, 0.3, 0.3])
    # what a mean lies below is known of samples without a transition, all of them, only
    assert average["T_charge_upper_bound"].isnull().all()
    nowhere = root.assign(
        T_charge=np.nan * root["T_charge"], T_charge_upper_bound=(dims, np.fmax(BOUNDS, 0.5))
    )
    bounds = disorder_average(nowhere, health)["T_charge_upper_bound"]
    np.testing.assert_allclose(bounds, [0.8, 0.7, 0.5])
    assert average["T_charge_samples"].values.tolist() == [1, 1, 3]
    assert average["T_charge_reason"].values.tolist() == [
        "2 of 3 samples have none: no order at all",
        "2 of 3 samples have none: glass",
        "",
    ]
    assert average["T_charge_converged"].values.tolist() == [1, 1, 0]
    assert average["T_charge_method"].values.tolist() == [1, 1, 2]
    np.testing.assert_allclose(average["T_charge_wavevector"][:, 0], [0.5, 0.25, 0.25])
    assert average["n_samples"].values.tolist() == [[2, 2], [3, 3], [3, 3]]
    np.testing.assert_allclose(average["energy"], 0.0)


def test_the_file_holds_the_ions(groups: xr.DataTree, path: Path) -> None:
    places = groups["samples"]["dopant_place"]
    assert places.dims == ("disorder", "doping", "dopant", "vector")
    assert (groups["samples"]["dopant_charge"] == -0.5).all()
    for at in plan(path.parent / "run.toml").tasks:
        sample, doping = at.place[-2:]
        there = places.isel(disorder=sample, doping=doping).dropna("dopant")
        assert at.task.dopants is not None
        np.testing.assert_allclose(there, at.task.dopants.positions, rtol=1e-12)
    drawn = real_space(groups, 0.5, 0.05, disorder=2).axes[0]
    crosses = next(line for line in drawn.lines if line.get_label() == "dopant")
    assert len(crosses.get_xdata()) == 8
    there = places.sel(disorder=2, doping=0.5) @ xr.DataArray(
        groups["structure"]["cell"].values, dims=("vector", "xyz")
    )
    np.testing.assert_allclose(crosses.get_xdata(), there[:, 0], atol=1e-9)
    np.testing.assert_allclose(crosses.get_ydata(), there[:, 1], atol=1e-9)


def alone_domes(root: xr.Dataset):
    return find_domes(
        root["doping"],
        root["T_charge_mean"],
        root["T_charge_mean_stderr"],
        bound=root["T_charge_mean_upper_bound"],
    )


def test_the_root_has_the_averaged_lines(groups: xr.DataTree, path: Path) -> None:
    root = xr.load_dataset(path)
    average = diagram.load(path)["disorder_average"]
    for line in ("T_charge", "T_collective"):
        xr.testing.assert_equal(root[f"{line}_mean"].variable, average[line].variable)
        assert root[f"{line}_samples"].dims == ("doping",)
        assert (root[f"{line}_samples"] <= 3).all()
    assert repr(root.mcsc.domes()) == repr(alone_domes(root))
    domes = xr.load_dataset(path, group="domes_disorder_average")
    assert domes.sizes == {"dome": len(root.mcsc.domes()), "hkl": 3}
    alone = xr.load_dataset(path, group="disorder_average")
    assert alone["T_charge_reason"].dtype.kind in "OU"
    assert alone["energy"].attrs["units"] == "1"


def test_figures_and_tables_show_the_average(
    groups: xr.DataTree, capsys: pytest.CaptureFixture
) -> None:
    print_tables(groups)
    text = capsys.readouterr().out
    assert "charge order, mean over samples of disorder" in text
    assert "disorder 2" not in text
    figure = summary_figure(groups)
    assert "map: mean over 3 samples" in figure.get_supxlabel()
    drawn = np.asarray(figure.axes[0].collections[0].get_array())
    average = groups["disorder_average"]["charge_order_share"].transpose("temperature", "doping")
    np.testing.assert_allclose(drawn.reshape(5, 2), average)
    one = summary_figure(groups, disorder=2)
    assert "disorder 2" in one.get_supxlabel()
