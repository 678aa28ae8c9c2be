"""A diagram over pressure, all the way to files, tables and figures."""

from pathlib import Path

import numpy as np
import pytest
import xarray as xr
from in_process import scan

from mcsc import diagram
from mcsc.cli import main
from mcsc.cli.console import print_tables
from mcsc.plot import field_map, phase_map, summary_figure

RUN = """
[structure]
cif = "CsV3Sb5"
net = "V"
bulk_modulus = 40.0
[wells]
states = "vertices"
[interaction]
relative_permittivity = 7.0
[scan]
doping = [0.1111111111111111, 1.0]
temperature = { start = 300.0, stop = 900.0, num = 4 }
size = [3, 3, 1]
[scan.vary]
structure.pressure = [10.0, 0.0, 5.0]
[sampling]
sweeps = 256
warmup = 64
measurements = 128
exchange_interval = 1
"""
# B' = 4: a/a0 = (1 + 4P/B)^(−1/12)
SCALE = np.array([2.0, 1.0, 1.5]) ** (-1 / 12)


@pytest.fixture(scope="module")
def path(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("pressure")
    (folder / "run.toml").write_text(RUN)
    scan(folder / "run.toml", folder / "pressure.nc")
    return folder / "pressure.nc"


@pytest.fixture(scope="module")
def groups(path: Path) -> xr.DataTree:
    return diagram.load(path)


def test_pressure_is_an_axis_of_the_file(path: Path) -> None:
    root = xr.load_dataset(path)
    assert root["charge_order"].dims == ("pressure", "doping", "temperature")
    assert root["T_charge"].dims == ("pressure", "doping")
    assert root["pressure"].attrs["units"] == "GPa"
    scale = root["coulomb_temperature"]
    assert scale.dims == ("pressure",)
    np.testing.assert_allclose(scale / scale[1], 1 / SCALE, rtol=1e-9)


def test_a_lone_carrier_has_the_energy_of_its_images(groups: xr.DataTree) -> None:
    """One carrier on nine cells: ½ of its image energy wherever it is, so exactly ∝ 1/a."""
    energy = groups["/"]["energy"].isel(doping=0)
    np.testing.assert_allclose(
        energy, np.broadcast_to(float(energy[1, 0]) / SCALE[:, None], (3, 4))
    )


def test_the_file_holds_each_cell(groups: xr.DataTree) -> None:
    structure = groups["structure"]
    volume = np.abs(np.linalg.det(structure["cell"].values))
    np.testing.assert_allclose(volume / volume[1], SCALE**3, rtol=1e-9)
    lengths = np.linalg.norm(structure["displacements"].values[:, 0, 1], axis=-1)
    np.testing.assert_allclose(lengths / lengths[1], SCALE, rtol=1e-9)


def test_maps_over_pressure(groups: xr.DataTree) -> None:
    root = groups["/"]
    axes = phase_map(groups, along="pressure", doping=1.0).axes[0]
    order = root["charge_order"].sel(doping=1.0).sortby("pressure")
    drawn = np.asarray(axes.collections[0].get_array()).reshape(4, 3)
    np.testing.assert_array_equal(drawn, order.transpose("temperature", "pressure"))
    assert axes.get_xlabel() == "pressure (GPa), at doping 1"
    assert axes.get_xlim() == (-2.5, 12.5)
    regimes = field_map(root, 1.0, along="pressure").axes[0]
    assert regimes.get_xlabel() == "pressure (GPa)"
    figure = summary_figure(groups, along="pressure", doping=1.0)
    labels = [ax.get_xlabel() for ax in figure.axes]
    assert "pressure (GPa), at doping 1" in labels
    with pytest.raises(ValueError, match=r"along = 'strain': no such axis.*pressure, doping"):
        phase_map(groups, along="strain")
    with pytest.raises(ValueError, match="draw over an axis that does not change it"):
        phase_map(groups, along="pressure", reduced=True)


def test_the_command_draws_them(path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    out = path.with_name("over-pressure.png")
    command = ["mcsc", "plot", str(path), "--x", "pressure", "--at", "doping=1", "-o", str(out)]
    monkeypatch.setattr("sys.argv", command)
    with pytest.raises(SystemExit) as left:
        main()
    assert left.value.code == 0
    assert out.stat().st_size > 10_000


def test_tables_name_the_unit(groups: xr.DataTree, capsys: pytest.CaptureFixture) -> None:
    print_tables(groups)
    assert "charge order at pressure 10 GPa" in capsys.readouterr().out
