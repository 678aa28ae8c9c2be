"""Diagrams merged from real tiny runs: places on the grid, padding, missing tasks, scripts."""

import runpy
import sys
from pathlib import Path

import numpy as np
import pytest
import xarray as xr
from trees import tree_of

import mcsc
from mcsc import diagram, transitions
from mcsc.chain import Sampling, Task, run
from mcsc.files import provenance
from mcsc.files.netcdf import BrokenFile
from mcsc.files.tree import Place, groups_of
from mcsc.structure import textbook
from mcsc.units import REDUCED

CUBIC = textbook("cubic")
SIZES = ((3, 3, 3), (4, 4, 4))
FIELDS = (0.0, 0.5)
DOPINGS = (1 / 3, 0.5)


def axes(
    sizes: tuple[tuple[int, int, int], ...] = SIZES,
    fields: tuple[float, ...] = FIELDS,
    dopings: tuple[float, ...] = DOPINGS,
) -> dict[str, xr.DataArray]:
    values = {"size": [s[0] for s in sizes], "direction": ["1 0 0"], "field": fields}
    values["doping"] = dopings
    return {
        name: xr.DataArray(np.array(v), dims=name, attrs={"units": "1"})
        for name, v in values.items()
    }


def merge(results: dict[Place, xr.DataTree], axes: dict[str, xr.DataArray]) -> xr.DataTree:
    sizes = SIZES if axes["size"].size > 1 else SIZES[1:]
    return diagram.merge(results, axes, structures=[CUBIC], sizes=sizes, coulomb_temperatures=[1.0])


def task(size: tuple[int, int, int], carriers: int, field: float = 0.0) -> Task:
    sampling = Sampling(sweeps=256, warmup=64, measurements=128, exchange_interval=1)
    return Task(
        CUBIC, size, carriers, (0.1, 0.15, 0.2), field=field,
        sampling=sampling,
    )  # fmt: skip


@pytest.fixture(scope="module")
def results() -> dict[Place, xr.DataTree]:
    """Four of the eight tasks of a grid of sizes, fields and dopings."""
    return {
        (0, 0, 0, 0): run(task((3, 3, 3), 9)),
        (1, 0, 0, 0): run(task((4, 4, 4), 21)),
        (1, 0, 1, 0): run(task((4, 4, 4), 21, 0.5)),
        (1, 0, 0, 1): run(task((4, 4, 4), 32)),
    }


def merged(results: dict[Place, xr.DataTree]) -> xr.DataTree:
    return merge(results, axes())


def test_every_value_is_at_its_place(results: dict[Place, xr.DataTree]) -> None:
    root = merged(results)["/"]
    assert root["energy"].dims == ("size", "field", "doping", "temperature")
    assert root["size"].values.tolist() == [3, 4]
    for (i, _, j, k), groups in results.items():
        at = root.isel(size=i, field=j, doping=k)
        for name in ("energy", "charge_order", "specific_heat_stderr"):
            np.testing.assert_array_equal(at[name], groups["/"][name])
        # wavevectors of all sizes stand in one list: compare by h, k, l
        for q, factor in zip(
            groups["/"]["q"].values, groups["/"]["structure_factor"].values.T, strict=True
        ):
            index = int(np.argmin(np.abs(root["q"].values - q).sum(axis=1)))
            np.testing.assert_allclose(root["q"].values[index], q, atol=1e-9)
            np.testing.assert_array_equal(at["structure_factor"][:, index], factor)
        known = at["structure_factor"].notnull().all("temperature").sum()
        assert int(known) == groups["/"].sizes["wavevector"]


def test_what_has_not_been_run_is_missing(results: dict[Place, xr.DataTree]) -> None:
    groups = merged(results)
    absent = {"size": 0, "field": 1, "doping": 1}
    assert groups["/"]["energy"].isel(absent).isnull().all()
    assert (groups["health"]["converged"].isel(absent) == 0).all()
    assert (groups["samples"]["state"].isel(absent) == -2).all()


def test_snapshots_are_padded_and_hold_all_carriers(results: dict[Place, xr.DataTree]) -> None:
    state = merged(results)["samples"]["state"]
    small = state.isel(size=0, field=0, doping=0)
    assert (small[:, 27:] == -2).all()
    assert ((small >= 0).sum("well") == 9).all()
    assert ((state.isel(size=1, field=0, doping=1) >= 0).sum("well") == 32).all()


def test_single_sizes_and_fields_are_no_dimension(results: dict[Place, xr.DataTree]) -> None:
    one = merge({(0, 0, 0, 0): results[1, 0, 0, 0]}, axes(SIZES[1:], (0.0,), (1 / 3,)))
    assert one["/"]["energy"].dims == ("doping", "temperature")
    with pytest.raises(ValueError, match="no finished task"):
        merge({}, axes())


@pytest.fixture(scope="module")
def saved(results: dict[Place, xr.DataTree], tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("diagram") / "diagram.nc"
    here = {(0, 0, 0, 0): results[1, 0, 0, 0], (0, 0, 0, 1): results[1, 0, 0, 1]}
    one = merge(here, axes(SIZES[1:], (0.0,)))
    attributes = provenance.attributes(
        title="test", text="x = 1", settings="{}", files={}, seed=1, coulomb_temperature=1.0,
        coulomb_length=(1.0, "lattice constant"),
        units=REDUCED, source="here",
        n_tasks=2, n_finished=2, wall_time=1.0,
    )  # fmt: skip
    diagram.save(path, transitions.analyse(one), attributes)
    return path


def test_a_saved_diagram_reads_back(saved: Path) -> None:
    groups = groups_of(diagram.load(saved))
    assert set(groups) == {
        "/", "domes", "domes_collective", "health", "samples", "series", "structure",
    }  # fmt: skip
    root = xr.open_dataset(saved)
    xr.testing.assert_identical(root.drop_attrs(), groups["/"].drop_attrs())
    for key in ("Conventions", "config_toml", "versions", "commit", "seed", "source", "history"):
        assert key in root.attrs
    for name in root.data_vars:
        for linked in str(root[name].attrs.get("ancillary_variables", "")).split():
            assert linked in root


def test_another_schema_is_refused(saved: Path, tmp_path: Path) -> None:
    from mcsc.files import netcdf

    groups = netcdf.read(saved)
    groups.attrs["mcsc_schema"] = 999
    netcdf.write(tmp_path / "new.nc", groups, {})
    with pytest.raises(BrokenFile, match="schema 999"):
        diagram.load(tmp_path / "new.nc")
    del groups.attrs["mcsc_schema"]
    netcdf.write(tmp_path / "task.nc", groups, {})
    with pytest.raises(BrokenFile, match="not a diagram"):
        diagram.load(tmp_path / "task.nc")


def test_the_accessor(saved: Path) -> None:
    root = xr.open_dataset(saved)
    assert mcsc.__version__
    assert set(root.mcsc.transitions) >= {"T_charge", "T_charge_stderr", "T_charge_reason"}
    np.testing.assert_allclose(root.mcsc.reduced_temperature, root["temperature"])
    assert root.mcsc.domes() == ()
    with pytest.raises(ValueError, match="no T_charge in this dataset"):
        _ = xr.Dataset().mcsc.transitions


def test_the_analysis_script(
    saved: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    script = Path(__file__).parents[1] / "analysis/double_dome.py"
    monkeypatch.setattr(sys, "argv", [str(script), str(saved)])
    runpy.run_path(str(script), run_name="__main__")
    lines = capsys.readouterr().out.splitlines()
    assert lines[0] == "test"
    assert lines[1].startswith("1. 0 dome(s)")
    assert lines[2].startswith("2. Fewer than two domes")
    assert lines[3].startswith("3. ")


def test_a_double_dome_is_answered(
    saved: Path, capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    groups = groups_of(diagram.load(saved))
    root = groups["/"].isel(doping=[0, 0, 0, 0, 0])
    root = root.assign_coords(doping=[0.5, 1.0, 1.5, 2.0, 2.5]).assign(
        T_charge=("doping", [0.02, 0.2, 0.05, 0.19, 0.02]),
        T_charge_stderr=("doping", [0.001] * 5),
        T_charge_wavevector=(("doping", "hkl"), np.array([[1.0, 0, 0]] * 2 + [[0.5, 0.5, 0]]
                                                         + [[1.0, 0, 0]] * 2)),
    )  # fmt: skip
    health = groups["health"].isel(doping=[0] * 5).assign_coords(root["doping"].coords)
    wide = {"/": root, "health": health, "structure": groups["structure"]}
    wide["domes"] = xr.Dataset(
        {
            "dome_doping": ("dome", [1.0, 1.5, 2.0]),
            "dome_temperature": ("dome", [0.2, 0.05, 0.19]),
            "dome_temperature_stderr": ("dome", [0.001] * 3),
            "dome_temperature_stderr_size": ("dome", [0.01, np.nan, np.nan]),
            "bounded": ("dome", np.array([1, 0, 1], np.int8)),
            "significance": ("dome", [90.0, np.nan, 80.0]),
        }
    )
    path = tmp_path / "double.nc"
    diagram.save(path, tree_of(wide), {})
    script = runpy.run_path(str(Path(__file__).parents[1] / "analysis/double_dome.py"))
    script["main"](str(path))
    text = capsys.readouterr().out
    assert text.splitlines()[1].startswith("1. 2 dome(s) with both sides measured, 1 open")
    assert "x = 1: 0.2000 ± 0.0010 ± 0.0100 (sizes), 90 errors" in text
    assert "x = 1.5: 0.0500 ± 0.0010 (one size), open" in text
    assert "At x = 1.5 order at (0.5, 0.5, 0) sets in at 0.26 of the domes' height" in text
    assert "another kind than" in text
