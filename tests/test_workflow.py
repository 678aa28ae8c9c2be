"""A run file with a field and displaced states, all the way to regimes and printed tables."""

from pathlib import Path

import numpy as np
import pytest
import xarray as xr
from in_process import scan

from mcsc import diagram, workflow
from mcsc.cli.console import print_tables
from mcsc.files.outputs import NotReplaced
from mcsc.transitions import Settings, Thresholds, analyse, stored_thresholds

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
temperature = { start = 0.004, stop = 0.1, num = 10 }
size = [4, 4, 1]
field = [0.0, 0.5]
[sampling]
sweeps = 2048
warmup = 128
measurements = 512
exchange_interval = 1
[regimes]
hop_acceptance = 1.0
transmission = 0.6
"""


@pytest.fixture(scope="module")
def path(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("field") / "field.nc"


@pytest.fixture(scope="module")
def groups(path: Path) -> xr.DataTree:
    (path.parent / "run.toml").write_text(RUN)
    return scan(path.parent / "run.toml", path)


def free_share(temperature: float) -> float:
    """Transmission of free carriers with six states at W = 0.01, qEδ = 0.025."""
    x = 0.05 * np.append(np.cos(np.pi / 3 * np.arange(6)), 0.0)
    p = np.exp(-(np.append(np.full(6, 0.01), 0.0) - 0.5 * x) / temperature)
    p /= p.sum()
    return float((p @ x) ** 2 / (p[:6].sum() * 0.05**2))


def test_free_carriers_of_a_run_file(groups: xr.DataTree) -> None:
    root = groups["/"]
    exact = np.array([free_share(t) for t in root["temperature"].values])
    at = root.sel(field=0.5)
    z = (at["transmission"] - exact) / at["transmission_stderr"].clip(1e-4)
    assert np.abs(z).max() < 4
    # half transmission at 0.01055, largest response at 0.00991: exact sums for this well
    for name, expected in (("half", 0.0105468), ("response", 0.0099063)):
        found = at[f"T_collective_{name}"]
        assert (np.abs(found - expected) < 4 * at[f"T_collective_{name}_stderr"]).all()
    # and the file says so itself: without repulsion nothing is collective
    np.testing.assert_allclose(at["transmission_free"], [exact, exact], rtol=1e-9)
    assert at["T_collective_free"].values == pytest.approx(0.0105468, abs=1e-7)
    assert at["T_collective_free_peak"].values == pytest.approx(0.0099063, abs=2e-6)
    assert at["threshold_field_free"].values == pytest.approx(0.2)
    assert (np.abs(at["T_collective_excess"]) < 4 * at["T_collective_excess_stderr"]).all()
    assert groups["domes_excess"].sizes["dome"] == 0
    assert np.isnan(root["T_collective"].sel(field=0.0)).all()


def test_series_average_to_the_displacement(groups: xr.DataTree) -> None:
    root, series = groups["/"], groups["series"]
    mean = series["displacement_parallel"].mean("measurement")
    np.testing.assert_allclose(mean, root["displacement"].sel(component="x"), atol=1e-8)
    assert series["displacement_parallel"].dtype == np.float32
    xi = np.sqrt(series["displacement_squared"].mean("measurement"))
    np.testing.assert_allclose(xi, root["localization_length"], rtol=1e-6)
    assert (series["displacement_components"] == 2).all()
    assert series["displacement_largest"].values == pytest.approx(0.05)
    np.testing.assert_array_equal(series["field_strength"].sel(field=0.5), [0.5, 0.5])


def test_regimes_and_thresholds_of_the_run_file(groups: xr.DataTree, path: Path) -> None:
    root = xr.load_dataset(path)
    names = root.mcsc.regimes
    assert names.dims == ("field", "doping", "temperature")
    assert (names.sel(field=0.5).isel(temperature=0) == "collective").all()
    # every hop counts as frozen here, so that no field leaves insulators only
    assert set(np.unique(names.sel(field=0.0))) <= {"insulator", "undecided"}
    assert stored_thresholds(root) == Thresholds(transmission=0.6, hop_acceptance=1.0)
    assert (names.sel(field=0.5).isel(temperature=4) == "metal").all()
    assert "T_collective_reason" in root.mcsc.transitions
    assert root.mcsc.domes(line="T_collective", field=0.5) == ()
    with pytest.raises(ValueError, match="choose T_charge, T_collective"):
        root.mcsc.domes(line="T_c")
    with pytest.raises(ValueError, match="run it with displaced states"):
        _ = root.drop_vars("regime").mcsc.regimes


def test_tables_and_redone_analysis(
    groups: xr.DataTree, path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    print_tables(groups)
    text = capsys.readouterr().out
    assert "uniform displacement at field 0.5" in text
    assert "T_collective" in text
    assert "crossover" in text
    assert "no dome of T_collective stands out" in text
    tree = xr.open_datatree(path)
    for group in ("domes", "domes_collective"):
        # a flat list, whatever axes there are and without a single dome
        assert tree[group].to_dataset(inherit=False).sizes["dome"] == groups[group].sizes["dome"]
        assert "dome_field" in tree[group] and "dome_temperature" in tree[group]
    tree.close()
    before = path.read_bytes()
    again = workflow.redo_transitions(path, Settings(blocks=8))
    assert path.read_bytes() == before
    assert stored_thresholds(again["/"]) == Thresholds(transmission=0.6, hop_acceptance=1.0)
    xr.testing.assert_equal(again["/"]["regime"], groups["/"]["regime"])
    # without further arguments too
    alone = analyse(diagram.load(path))
    assert stored_thresholds(alone["/"]) == Thresholds(transmission=0.6, hop_acceptance=1.0)
    xr.testing.assert_equal(alone["/"]["T_collective"], groups["/"]["T_collective"])
    workflow.redo_transitions(path, Settings(blocks=8), path)
    assert "domes_collective" in diagram.load(path)
    stored, other = diagram.load(path), path.with_name("other.nc")
    attributes = {**stored["/"].attrs, "run_file": "other.toml", "config_digest": "0"}
    diagram.save(other, stored, attributes)
    with pytest.raises(NotReplaced, match=r"another run file \(other.toml\)"):
        workflow.redo_transitions(path, Settings(blocks=8), other)
    workflow.redo_transitions(path, Settings(blocks=8), other, overwrite=True)
    assert diagram.load(other)["/"].attrs["run_file"] == "run.toml"


def test_block_visits_may_be_asked_for() -> None:
    """Infinite crystals are asked with one cell, in which no two boxes fit."""
    from mcsc.planning import plan
    from mcsc.workflow.phase_diagram import _particle_hole

    scan = {"doping": [0.5], "temperature": {"values": [0.2, 0.3]}, "size": [16, 4, 4]}
    found = plan({"structure": {"lattice": "cubic"}, "scan": scan, "sampling": {"blocks": True}})
    assert _particle_hole(found, found.tasks[0].task)
