"""The page of claims: exponents that are known, files that are missing, a diagram too short."""

import re
import runpy
from pathlib import Path

import numpy as np
import pytest
import xarray as xr
from in_process import scan

ROOT = Path(__file__).parents[2]
SCRIPT = runpy.run_path(str(ROOT / "analysis/claims.py"))
FIELD_MAP = runpy.run_path(str(ROOT / "analysis/field_map.py"))


def test_exponents_and_their_errors() -> None:
    rng = np.random.default_rng(1)
    xi, gamma = (a.ravel() for a in np.meshgrid(np.geomspace(0.02, 0.2, 5), np.geomspace(1, 10, 5)))
    z = []
    for _ in range(300):
        error = 0.05 * xi**-2 * gamma**0.5
        t = xi**-2 * gamma**0.5 + error * rng.normal(size=25)
        exponents, errors = SCRIPT["field"].power_law(t, error, xi, gamma)
        z.append((exponents - [-2.0, 0.5]) / errors)
    assert np.abs(np.mean(z, axis=0)).max() < 0.25
    # errors are never scaled down where the fit happens to be good
    assert 0.75 < np.std(z) < 1.05


def test_error_of_finite_size_falls_as_one_over_length() -> None:
    between = SCRIPT["field"].between
    # A + B/L on 4 and 6 cells: all of B/L is left at 6
    one = between(1 + 3 / np.array([4, 6]), [0.01, 0.02], [4, 6])
    assert np.allclose([one.value, one.stderr, one.size], [1.5, 0.02, 0.5])
    # the noise of both at least; of several crystals the one that leaves least
    assert np.isclose(between([1, 1], [0.03, 0.04], [3, 6]).size, 0.05)
    assert np.isclose(between([2, 9, 1], [0, 0, 0], [3, 5, 6]).size, 1.0)
    assert np.isclose(between([2, np.nan, 1], [0, 0, 0], [3, 4, 6]).size, 1.0)
    alone = between([1.0], [0.1], [6])
    assert np.isnan(alone.size) and alone.said(".1f") == "1.0 ± 0.1 (one size)"
    assert one.said(".2f") == "1.50 ± 0.02 ± 0.50"
    assert np.isclose(one.above(1.0), 0.5 / np.hypot(0.02, 0.5))


def test_missing_files_name_their_command(tmp_path: Path) -> None:
    text = SCRIPT["page"](tmp_path)
    runs = [name for name, _ in SCRIPT["ROWS"] if name]
    assert text.count("**undecided**") == len(runs)
    for name in runs:
        assert f"runs/{name}.toml -o" in text
        assert (ROOT / f"runs/{name}.toml").is_file()
    # T_c ξ² of materials with their own nearest ions needs no run: no one number for all
    row = next(line for line in text.splitlines() if "one λ" in line)
    for said in ("La2CuO4 141", "HgBa2CuO4 367", "FeSe 55", "CsV3Sb5 6,", "**fails**"):
        assert said in row


def test_half_transmission_of_annealings_that_froze(tmp_path: Path) -> None:
    t, x = np.geomspace(0.004, 0.2, 16), [0.5, 1.0, 1.5, 2.0]
    height = np.array([0.004, 0.012, 0.001, 0.016])
    through = 1 / (1 + (t / height[:, None]) ** 2)
    runs = np.stack([through, through, through], axis=-1) * [0.98, 1.0, 1.02]
    dims, coords = ("doping", "temperature", "seed"), {"doping": x, "temperature": t}
    error = xr.zeros_like(xr.DataArray(runs, dims=dims)) + 0.002
    root = xr.Dataset({"transmission": (dims, runs), "transmission_stderr": error,
                       "T_collective_free": 0.01, "T_charge": (dims[::2], runs[:, 0] * 0)},
                      coords)  # fmt: skip
    root.to_netcdf(tmp_path / "map.nc")
    xr.Dataset({"converged": (dims, np.ones_like(runs))}, coords).to_netcdf(
        tmp_path / "map.nc", group="health", mode="a"
    )
    rows = FIELD_MAP["map_rows"]("kagome-wells", tmp_path / "map.nc")
    for row, at in zip(rows, height, strict=True):
        if at > 0.004:
            assert abs(row["T_half"] - at) < 3 * row["T_half_stderr"] < 0.15 * at
    # one of three annealings reaches it at the lowest temperature: neither a number nor a bound
    assert [np.isfinite(r["T_half_upper_bound"]) for r in rows] == [False, False, True, False]
    assert np.isnan(rows[0]["T_half"])
    line = {n: np.array([float(r[n]) for r in rows]) for n in rows[0] if n != "lattice"}
    assert [d.doping for d in SCRIPT["field"].high_domes_of(line)] == []
    line["T_half"][0], line["T_half_stderr"][0] = 0.004, 0.0001
    line["T_half"] = np.append(line["T_half"], 0.006)
    more = {n: np.append(line[n], v) for n, v in (("doping", 2.5), ("T_half_stderr", 0.0001),
            ("T_half_upper_bound", np.nan))} | {"T_half": line["T_half"]}  # fmt: skip
    assert [d.doping for d in SCRIPT["field"].high_domes_of(more)] == [1.0, 2.0]


@pytest.fixture(scope="module")
def short(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The run file of a claim with hardly any sweeps."""
    folder = tmp_path_factory.mktemp("claims")
    text = (ROOT / "runs/kagome-field.toml").read_text()
    for old, new in (
        ("sweeps = 24576", "sweeps = 128"),
        ("warmup = 8192", "warmup = 16"),
        ("measurements = 2048", "measurements = 64"),
        (
            "supercell = [[[4, 2, 0], [-2, 2, 0], [0, 0, 2]]",
            "supercell = [[[2, 0, 0], [0, 2, 0], [0, 0, 1]]",
        ),
        ("[[6, 0, 0], [0, 6, 0], [0, 0, 2]]", "[[4, 0, 0], [0, 4, 0], [0, 0, 1]]"),
    ):
        assert old in text
        text = text.replace(old, new)
    ladder = "temperature = { start = 0.002, stop = 0.25, num = 12 }"
    (folder / "run.toml").write_text(re.sub(r"(?m)^temperature = .*$", ladder, text))
    scan(folder / "run.toml", folder / "kagome-field.nc")
    return folder


def test_a_run_too_short_decides_nothing_it_cannot(short: Path) -> None:
    rows = SCRIPT["page"](short).splitlines()
    steps = next(row for row in rows if "two steps" in row)
    between = next(row for row in rows if "x = 1.5" in row)
    assert "**undecided**" in steps
    assert "**holds**" not in between
