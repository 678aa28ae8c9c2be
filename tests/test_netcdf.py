"""Files of groups: what was written comes back, and a damaged file is never believed."""

import subprocess
import sys

import numpy as np
import pytest
import xarray as xr

from mcsc import netcdf


@pytest.fixture
def groups():
    rng = np.random.default_rng(4)
    root = xr.Dataset(
        {
            "energy": (("temperature", "wavevector"), rng.normal(size=(5, 40)), {"units": "eV"}),
            "missing": (("temperature",), [1.0, np.nan, -0.0, np.inf, 1e-300]),
            "state": (("temperature", "well"), rng.integers(-1, 7, (5, 30)).astype(np.int8)),
            "text": (("kind",), ["alpha", "β"]),
            "small": (("temperature",), rng.normal(size=5).astype(np.float32)),
            "scalar": ((), 3.5),
        },
        coords={"temperature": ("temperature", [1.0, 2.0, 3.0, 4.0, 5.0], {"units": "K"})},
        attrs={"title": "test"},
    )
    return {"/": root, "health": root[["small", "scalar"]]}


def test_what_is_written_comes_back(tmp_path, groups):
    path = tmp_path / "a.nc"
    netcdf.write(path, groups, {"seed": 7, "name": "kagome"})
    back = netcdf.read(path)
    assert set(back) == {"/", "health"}
    attributes = back["/"].attrs
    assert attributes["seed"] == 7
    assert attributes["name"] == "kagome"
    assert attributes["title"] == "test"
    for name, group in groups.items():
        assert set(back[name].variables) == set(group.variables)
        for variable in group.variables:
            one, two = group[variable], back[name][variable]
            assert one.dims == two.dims
            assert np.array_equal(one.values, two.values, equal_nan=one.dtype.kind == "f")
            if one.dtype.kind != "U":
                assert one.dtype == two.dtype
                assert one.values.tobytes() == two.values.tobytes()
    assert back["/"]["energy"].attrs["units"] == "eV"
    assert list(tmp_path.iterdir()) == [path]


def test_plain_xarray_opens_the_root(tmp_path, groups):
    path = tmp_path / "a.nc"
    netcdf.write(path, groups, {})
    with xr.open_dataset(path) as dataset:
        xr.testing.assert_equal(dataset.load(), groups["/"])


def test_no_file_is_not_a_broken_file(tmp_path):
    with pytest.raises(FileNotFoundError):
        netcdf.read(tmp_path / "a.nc")


def test_truncated_files_are_broken(tmp_path, groups):
    path = tmp_path / "a.nc"
    netcdf.write(path, groups, {})
    whole = path.read_bytes()
    for size in (0, 1, 7, 8, 100, len(whole) // 2, len(whole) - 1000, len(whole) - 1):
        path.write_bytes(whole[:size])
        with pytest.raises(netcdf.BrokenFile, match=r"a\.nc"):
            netcdf.read(path)


def test_flipped_bits_never_give_wrong_numbers(tmp_path, groups):
    path = tmp_path / "a.nc"
    netcdf.write(path, groups, {})
    whole, right = path.read_bytes(), netcdf.digest(groups)
    rng = np.random.default_rng(1)
    broken = 0
    for place in rng.integers(0, len(whole), 120):
        damaged = bytearray(whole)
        damaged[place] ^= 1 << int(rng.integers(0, 8))
        path.write_bytes(damaged)
        try:
            back = netcdf.read(path)
        except netcdf.BrokenFile:
            broken += 1
        else:
            # the bit was in unused space or in an attribute that no number depends on
            assert netcdf.digest(back) == right
    assert broken > 10


def test_foreign_files_are_broken(tmp_path, groups):
    path = tmp_path / "a.nc"
    groups["/"].to_netcdf(path)
    with pytest.raises(netcdf.BrokenFile, match="not a file written by mcsc"):
        netcdf.read(path)
    path.write_text("hello")
    with pytest.raises(netcdf.BrokenFile, match="cannot be read"):
        netcdf.read(path)


def test_a_changed_number_is_noticed(tmp_path, groups):
    path = tmp_path / "a.nc"
    netcdf.write(path, groups, {})
    import netCDF4

    with netCDF4.Dataset(path, "a") as file:
        file["health"]["small"][2] += 1e-3
    with pytest.raises(netcdf.BrokenFile, match="differ from what was written"):
        netcdf.read(path)


def test_a_failed_write_leaves_the_old_file(tmp_path, groups):
    path = tmp_path / "a.nc"
    netcdf.write(path, groups, {})
    before = path.read_bytes()
    bad = {"/": groups["/"], "health": xr.Dataset({"a": ("x", [object(), object()])})}
    with pytest.raises((TypeError, ValueError)):
        netcdf.write(path, bad, {})
    assert path.read_bytes() == before
    assert list(tmp_path.iterdir()) == [path]


def test_digest_sees_names_values_types_and_dimensions(groups):
    before = netcdf.digest(groups)
    root = groups["/"]
    changed = [
        root.assign(scalar=3.6),
        root.assign(small=root["small"].astype(np.float64)),
        root.rename(scalar="other"),
        root.rename(well="place"),
        root.assign_coords(temperature=root["temperature"] + 1e-12),
        root.assign(missing=-root["missing"]),
    ]
    digests = {netcdf.digest({**groups, "/": one}) for one in changed}
    assert len(digests | {before}) == len(changed) + 1
    assert netcdf.digest({**groups, "/": root.copy(deep=True)}) == before


def test_a_file_that_is_open_elsewhere_is_read(tmp_path, groups):
    """In a process of its own, for the HDF5 library once crashed it."""
    netcdf.write(tmp_path / "file.nc", groups, {})
    lines = (
        "import xarray, mcsc.netcdf, pathlib",
        "root = xarray.open_dataset('file.nc')",
        "health = xarray.open_dataset('file.nc', group='health')",
        "groups = mcsc.netcdf.read(pathlib.Path('file.nc'))",
        "print(float(groups['health'].scalar + health.scalar + root.scalar))",
    )
    done = subprocess.run(
        [sys.executable, "-c", "\n".join(lines)], cwd=tmp_path, capture_output=True, text=True
    )
    assert (done.returncode, done.stdout) == (0, "10.5\n"), done.stderr
