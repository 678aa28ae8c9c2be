"""The shipped run files, some of them shortened, against independent numbers: minutes each.

References: independent Monte Carlo runs of the same models with their own Ewald sums and kernels
(T in e²/(4πε0 ε_r a k_B)): simple cubic at half filling 0.1289(4), three-dimensional Ising class;
the √3 × √3 order of the triangular lattice of kagome wells 0.1410(9).
"""

from pathlib import Path

import numpy as np
import pytest
import xarray as xr
from ladders import proposals

from mcsc import workflow
from mcsc.files.tree import group

pytestmark = pytest.mark.validation

RUNS = Path(__file__).parents[2] / "runs"


INDEPENDENT = "independent run, Binder crossings"


def diagram(folder: Path, name: str, *changes: tuple[str, str]) -> xr.DataTree:
    text = (RUNS / name).read_text()
    for old, new in changes:
        assert old in text
        text = text.replace(old, new)
    (folder / name).write_text(text)
    return workflow.run(folder / name, folder / "diagram.nc", workers=1, threads=1)


def high(domes: xr.Dataset) -> list[float]:
    """Dopings of the bounded domes of at least half the highest."""
    domes = domes.isel(dome=np.flatnonzero(domes["bounded"].values))
    temperature = domes["dome_temperature"].values
    return domes["dome_doping"].values[temperature > temperature.max() / 2].tolist()


def test_cubic_half_filling(rows, tmp_path: Path) -> None:
    groups = diagram(
        tmp_path,
        "cubic-control.toml",
        ("doping = { start = 0.125, stop = 0.875, num = 7 }", "doping = [0.5]"),
        ("start = 0.04, stop = 0.19, num = 31", "start = 0.10, stop = 0.16, num = 21"),
        ("sweeps = 20480", "sweeps = 40960"),
    )
    rows.evaluations = proposals(tmp_path / "cubic-control.toml")
    point = groups["/"].isel(doping=0)
    at, error = float(point["T_charge"]), float(point["T_charge_stderr"])
    rows.compare("cubic wells 1/2: T, crossing", at, error, 0.1289, 4e-4, source=INDEPENDENT)
    assert error < 0.01 * 0.1289
    ratio, error = (float(point[f"binder_at_crossing{end}"]) for end in ("", "_stderr"))
    rows.compare(
        "cubic wells 1/2: Binder ratio at the crossing", ratio, error, 1.604, 0.001,
        source="3D Ising class, periodic cube: 1/0.6236, E. Luijten, M. E. Fisher, "
        "A. Z. Panagiotopoulos, arXiv:cond-mat/0112388",
    )  # fmt: skip
    assert error < 0.1
    assert np.abs(point["T_charge_wavevector"]).values.tolist() == [0.5, 0.5, 0.5]


def test_cubic_control_has_one_high_dome(rows, tmp_path: Path) -> None:
    groups = diagram(tmp_path, "cubic-control.toml")
    rows.evaluations = proposals(tmp_path / "cubic-control.toml")
    found = high(group(groups, "domes"))
    rows.exact(
        "cubic wells: high domes", len(found), 1, 0.5, source="particle-hole symmetry, one filling"
    )
    assert found == [0.5]


def test_kagome_sizes_cross(rows, tmp_path: Path) -> None:
    groups = diagram(tmp_path, "kagome-sizes.toml", ("sweeps = 81920", "sweeps = 40960"))
    rows.evaluations = proposals(tmp_path / "kagome-sizes.toml")
    root = groups["/"]
    assert (root["T_charge_method"] == 3).all()
    for x in (1.0, 2.0):
        at, error = (
            float(root[name].sel(doping=x)) / root.attrs["coulomb_temperature"]
            for name in ("T_charge", "T_charge_stderr")
        )
        rows.compare(
            f"kagome wells, {x:g} carriers a cell: T, crossings", at, error, 0.1410, 9e-4,
            source=INDEPENDENT,
        )  # fmt: skip
        assert abs(at / 0.141 - 1) < 0.03


def test_kagome_shows_two_high_domes(rows, tmp_path: Path) -> None:
    groups = diagram(tmp_path, "kagome.toml")
    rows.evaluations = proposals(tmp_path / "kagome.toml")
    root, domes = group(groups), group(groups, "domes")
    found = high(domes)
    rows.exact("kagome wells: high domes", len(found), 2, 0.5, source="fillings 1/3 and 2/3")
    assert found == [1.0, 2.0]
    for x in (1.0, 2.0):
        point = root.sel(doping=x)
        reduced = float(point["T_charge"]) / root.attrs["coulomb_temperature"]
        assert abs(reduced / 0.141 - 1) < 0.10
    top = root["T_charge"].sel(doping=[1.0, 2.0]).values
    error = root["T_charge_stderr"].sel(doping=[1.0, 2.0]).values
    rows.compare(
        "kagome wells: T at 1 less T at 2 carriers a cell, K", top[0] - top[1], np.hypot(*error), 0,
        source="exact: particles and holes are alike on wells of equal depth",
    )  # fmt: skip
    middle = root.sel(doping=1.5)
    same_kind = bool(
        np.isclose(middle["T_charge_wavevector"], root["T_charge_wavevector"].sel(doping=1.0)).all()
    )
    assert not (same_kind and float(middle["T_charge"]) > float(top.mean()) / 3)


def test_the_crystal_at_a_third_melts_between_gates(rows, tmp_path: Path) -> None:
    """Far gates leave the layer as it is, near ones weaken the repulsion at long range."""
    groups = diagram(tmp_path, "gated-triangular.toml")
    rows.evaluations = proposals(tmp_path / "gated-triangular.toml")
    root = groups["/"]
    assert (root["T_charge_method"] == 3).all()
    at, drift, error = (
        root[name].values.ravel()
        for name in ("T_charge", "T_charge_stderr_size", "T_charge_stderr")
    )
    errors = np.hypot(drift, error)
    assert (errors < 0.01 * at).all()
    assert at[1] - at[0] > 4 * np.hypot(*errors)
    rows.compare(
        "triangular 1/3, gates 10 a apart: T, crossings", at[1], errors[1], 0.0814, 5e-4,
        source="independent run without gates, Binder crossings",
    )  # fmt: skip
