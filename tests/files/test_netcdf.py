"""Files of groups: what was written comes back, and a damaged file is never believed."""

import os
import subprocess
import sys
import time
import tracemalloc

import netCDF4
import numpy as np
import pytest
import xarray as xr
from trees import tree_of

from mcsc.files import netcdf
from mcsc.files.tree import groups_of


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
    netcdf.write(path, tree_of(groups), {"seed": 7, "name": "kagome"})
    back = groups_of(netcdf.read(path))
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
    netcdf.write(path, tree_of(groups), {})
    with xr.open_dataset(path) as dataset:
        xr.testing.assert_equal(dataset.load(), groups["/"])


def test_no_file_is_not_a_broken_file(tmp_path):
    with pytest.raises(FileNotFoundError):
        netcdf.read(tmp_path / "a.nc")


def test_truncated_files_are_broken(tmp_path, groups):
    path = tmp_path / "a.nc"
    netcdf.write(path, tree_of(groups), {})
    whole = path.read_bytes()
    for size in (0, 1, 7, 8, 100, len(whole) // 2, len(whole) - 1000, len(whole) - 1):
        path.write_bytes(whole[:size])
        with pytest.raises(netcdf.BrokenFile, match=r"a\.nc"):
            netcdf.read(path)


def test_flipped_bits_never_give_wrong_numbers(tmp_path, groups):
    path = tmp_path / "a.nc"
    netcdf.write(path, tree_of(groups), {})
    whole, right = path.read_bytes(), netcdf.content_digest(tree_of(groups))
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
            # the bit was in unused space
            assert netcdf.content_digest(back) == right
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
    netcdf.write(path, tree_of(groups), {})
    with netCDF4.Dataset(path, "a") as file:
        file["health"]["small"][2] += 1e-3
    with pytest.raises(netcdf.BrokenFile, match="differ from what was written"):
        netcdf.read(path)


@pytest.mark.parametrize("group", ["/", "health"])
@pytest.mark.parametrize("name", ["", "scalar"])
def test_a_forged_attribute_is_noticed(tmp_path, groups, group, name):
    path = tmp_path / "a.nc"
    netcdf.write(path, tree_of(groups), {"title": "mine"})
    with netCDF4.Dataset(path, "a") as file:
        place = file if group == "/" else file[group]
        place = place[name] if name else place
        place.setncattr("title", "forged")
    with pytest.raises(netcdf.BrokenFile, match="differ from what was written"):
        netcdf.read(path)


def test_every_kind_of_attribute_comes_back_under_the_same_seal(tmp_path, groups):
    attributes = {
        "text": "T ≥ 3 σ, 1 Å × °", "empty": "", "lines": "a\nb", "whole": 2**62, "real": 0.1,
        "missing": float("nan"), "byte": np.int8(3), "flags": np.arange(4, dtype=np.int8),
        "one": np.array([2.5]), "words": ["α", "b"], "word": ["α"], "list": [1, 2],
    }  # fmt: skip
    groups["/"]["energy"].attrs |= attributes
    path = tmp_path / "a.nc"
    netcdf.write(path, tree_of(groups), attributes)
    back = netcdf.read(path)
    assert netcdf.content_digest(back) == netcdf.content_digest(
        tree_of({**groups, "/": groups["/"].assign_attrs(attributes)})
    )
    assert back["/"].attrs["text"] == attributes["text"]


def test_more_than_the_bytes_can_hold_is_refused_at_once(tmp_path, groups):
    """A few kB that declare 37 GB: neither time nor memory is spent on them."""
    path = tmp_path / "a.nc"
    netcdf.write(path, tree_of(groups), {})
    with netCDF4.Dataset(path, "a") as file:
        file["health"].createDimension("big", 5_000_000_000)
        file["health"].createVariable("bomb", "f8", ("big",), zlib=True, chunksizes=(1000,))
    tracemalloc.start()
    begun = time.monotonic()
    with pytest.raises(netcdf.BrokenFile, match="cannot hold 40 GB"):
        netcdf.read(path)
    assert time.monotonic() - begun < 0.5
    assert tracemalloc.get_traced_memory()[1] < 50e6
    tracemalloc.stop()


def test_strings_of_variable_length_are_not_read(tmp_path, groups):
    """One stored text that every element points to would be unpacked as often."""
    path = tmp_path / "a.nc"
    netcdf.write(path, tree_of(groups), {})
    with netCDF4.Dataset(path, "a") as file:
        file.createVariable("names", str, ())[...] = np.array("x" * 1000)
    with pytest.raises(netcdf.BrokenFile, match="names is of a kind that mcsc does not write"):
        netcdf.read(path)


def test_what_is_no_file_is_named_at_once(tmp_path):
    os.mkfifo(tmp_path / "pipe")
    (tmp_path / "folder").mkdir()
    (tmp_path / "device").symlink_to("/dev/zero")
    for name, what in (("pipe", "pipe"), ("folder", "folder"), ("device", "device")):
        with pytest.raises(netcdf.BrokenFile, match=rf"{name}: is a {what}"):
            netcdf.read(tmp_path / name)


def test_a_failed_write_leaves_the_old_file(tmp_path, groups):
    path = tmp_path / "a.nc"
    netcdf.write(path, tree_of(groups), {})
    before = path.read_bytes()
    bad = {"/": groups["/"], "health": xr.Dataset({"a": ("x", [object(), object()])})}
    with pytest.raises((TypeError, ValueError)):
        netcdf.write(path, tree_of(bad), {})
    assert path.read_bytes() == before
    assert list(tmp_path.iterdir()) == [path]


def test_digest_sees_names_values_types_and_dimensions(groups):
    before = netcdf.digest(tree_of(groups))
    root = groups["/"]
    changed = [
        root.assign(scalar=3.6),
        root.assign(small=root["small"].astype(np.float64)),
        root.rename(scalar="other"),
        root.rename(well="place"),
        root.assign_coords(temperature=root["temperature"] + 1e-12),
        root.assign(missing=-root["missing"]),
    ]
    # a group has the coordinates of the root
    health = groups["health"].drop_vars("temperature")
    digests = {netcdf.digest(tree_of({"/": one, "health": health})) for one in changed}
    assert len(digests | {before}) == len(changed) + 1
    assert netcdf.digest(tree_of({**groups, "/": root.copy(deep=True)})) == before


# every order of three files, every group of each: opened, read, closed and opened again
_ALL_GROUPS = """
import itertools, sys
import netCDF4, xarray

files, engines = sys.argv[1:4], sys.argv[4:]
with netCDF4.Dataset(files[0]) as file:
    groups = [None, *file.groups]
seen = set()
for engine in engines:
    for order in itertools.permutations(files):
        for group in groups:
            opened = [xarray.open_dataset(f, group=group, engine=engine) for f in order]
            for one in opened:
                one.load()
                seen.add((group, tuple(map(str, one.text.values)), one.attrs["note"]))
            for one in opened[::2]:
                one.close()
            again = [xarray.open_dataset(f, group=group, engine=engine).load() for f in order]
            assert all(a.identical(b) for a, b in zip(opened, again))
        trees = [xarray.open_datatree(f, engine=engine) for f in order]
        for tree in trees:
            tree.load()
            for node in tree.subtree:
                words = tuple(map(str, node.dataset.text.values))
                seen.add((node.path.strip("/") or None, words, node.attrs["note"]))
        for tree in trees[1:]:
            tree.close()
print(len(seen), sorted({words for _, words, _ in seen}))
"""


def test_all_groups_of_three_files_in_every_order(tmp_path):
    """In a process of its own: strings of variable length once brought Python down here."""
    words = {"a.nc": ["σ ≥ 3", "", "° × Å"], "b.nc": ["", "", ""], "c.nc": ["x" * 300, "β", "-"]}
    for name, text in words.items():
        one = xr.Dataset(
            {"text": ("kind", text, {"long_name": "Wörter"}), "n": ("kind", [1.0, 2.0, np.nan])},
            coords={"kind": ["α", "β", "γ"]},
            attrs={"note": f"± {name}"},
        )
        others = {group: one.copy(deep=True) for group in ("domes", "health")}
        netcdf.write(tmp_path / name, tree_of({"/": one, **others}), {})
    done = subprocess.run(
        [sys.executable, "-c", _ALL_GROUPS, *words, "netcdf4", "h5netcdf"],
        cwd=tmp_path, capture_output=True, text=True,
    )  # fmt: skip
    # three files of three groups, the same texts whichever way they are read
    expected = f"9 {sorted(map(tuple, words.values()))}\n"
    assert (done.returncode, done.stdout) == (0, expected), done.stderr


def test_a_file_that_is_open_elsewhere_is_read(tmp_path, groups):
    """In a process of its own, for the HDF5 library once crashed it."""
    netcdf.write(tmp_path / "file.nc", tree_of(groups), {})
    lines = (
        "import xarray, mcsc.files.netcdf, pathlib",
        "root = xarray.open_dataset('file.nc')",
        "health = xarray.open_dataset('file.nc', group='health')",
        "groups = mcsc.files.netcdf.read(pathlib.Path('file.nc'))",
        "print(float(groups['health'].scalar + health.scalar + root.scalar))",
    )
    done = subprocess.run(
        [sys.executable, "-c", "\n".join(lines)], cwd=tmp_path, capture_output=True, text=True
    )
    assert (done.returncode, done.stdout) == (0, "10.5\n"), done.stderr
