"""The shipped run files against independent numbers: minutes each, on all cores.

References: independent Monte Carlo runs of the same models with their own Ewald sums and kernels
(T in e²/(4πε0 ε_r a k_B)): simple cubic at half filling 0.1289(4), three-dimensional Ising class;
the √3 × √3 order of the triangular lattice of kagome wells 0.1410(9).
"""

from pathlib import Path

import numpy as np
import pytest
import xarray as xr

from mcsc import workflow

pytestmark = pytest.mark.validation

RUNS = Path(__file__).parents[2] / "runs"


def diagram(folder: Path, name: str, *changes: tuple[str, str]) -> dict[str, xr.Dataset]:
    text = (RUNS / name).read_text()
    for old, new in changes:
        assert old in text
        text = text.replace(old, new)
    (folder / name).write_text(text)
    return workflow.run(folder / name, folder / "diagram.nc")


def high(domes: xr.Dataset) -> list[float]:
    """Dopings of the domes of at least half the highest."""
    temperature = domes["temperature"].values
    return domes["doping"].values[temperature > temperature.max() / 2].tolist()


def test_cubic_half_filling(tmp_path: Path) -> None:
    groups = diagram(
        tmp_path,
        "cubic-control.toml",
        ("doping = { start = 0.125, stop = 0.875, num = 7 }", "doping = [0.5]"),
        ("start = 0.04, stop = 0.19, num = 31", "start = 0.10, stop = 0.16, num = 21"),
        ("sweeps = 20480", "sweeps = 40960"),
    )
    point = groups["/"].isel(doping=0)
    assert abs(float(point["T_charge"]) / 0.1289 - 1) < 0.01
    assert float(point["T_charge_stderr"]) < 0.01 * 0.1289
    # 3D Ising with periodic boundaries: 1.604
    error = float(point["binder_at_crossing_stderr"])
    assert abs(float(point["binder_at_crossing"]) - 1.604) < max(4 * error, 0.02)
    assert error < 0.1
    assert np.abs(point["T_charge_wavevector"]).values.tolist() == [0.5, 0.5, 0.5]


def test_cubic_control_has_one_high_dome(tmp_path: Path) -> None:
    groups = diagram(tmp_path, "cubic-control.toml")
    assert high(groups["domes"]) == [0.5]


def test_kagome_sizes_cross(tmp_path: Path) -> None:
    groups = diagram(tmp_path, "kagome-sizes.toml")
    root = groups["/"]
    reduced = root["T_charge"] / root.attrs["coulomb_temperature"]
    assert (root["T_charge_method"] == 3).all()
    assert (np.abs(reduced / 0.141 - 1) < 0.03).all()


def test_kagome_shows_two_high_domes(tmp_path: Path) -> None:
    groups = diagram(tmp_path, "kagome.toml")
    root, domes = groups["/"], groups["domes"]
    assert high(domes) == [1.0, 2.0]
    for x in (1.0, 2.0):
        point = root.sel(doping=x)
        reduced = float(point["T_charge"]) / root.attrs["coulomb_temperature"]
        assert abs(reduced / 0.141 - 1) < 0.10
    top = root["T_charge"].sel(doping=[1.0, 2.0])
    # particles and holes are equivalent on wells of equal depth: x and 3 − x order alike
    error = np.hypot(*root["T_charge_stderr"].sel(doping=[1.0, 2.0]).values)
    assert abs(float(top[0] - top[1])) < 4 * error
    middle = root.sel(doping=1.5)
    same_kind = bool(
        np.isclose(middle["T_charge_wavevector"], root["T_charge_wavevector"].sel(doping=1.0)).all()
    )
    assert not (same_kind and float(middle["T_charge"]) > float(top.mean()) / 3)
