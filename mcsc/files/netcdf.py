"""netCDF4 files of several groups: one encoding, written aside and renamed, checked when read."""

import hashlib
import math
import warnings
from collections.abc import Hashable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import netCDF4
import numpy as np
import xarray as xr

from mcsc.files.regular_file import NotRegularFile, memory, read_regular
from mcsc.files.replace import remove_leftovers, replace_file, scratch_folder
from mcsc.files.tree import groups_of

# after the last byte of the HDF5 file, where no reader looks
_SEAL = b"\nmcsc sha256 "
# global attribute: the checksum of values and attributes
_DIGEST = "content_digest"
# bytes a group may take beside its values
_OVERHEAD = 1 << 22
# zlib never gets more than 1032 bytes out of one
_DEFLATED = 1032
# a chunk may be larger than the variable in it: of dimensions of no length yet
_CHUNK = 1 << 26


class BrokenFile(ValueError):
    """A file that cannot be read, or whose contents are not what was written."""


class OtherSchema(BrokenFile):
    """A file of ours with another layout, or of another kind."""


@dataclass(frozen=True)
class Kind:
    """One kind of file.

    name: In words, with an article.
    attribute, schema: Global attribute that holds the version of its layout, and the version of
        today.
    remedy: What to do where there is none, or not this kind, or another version.
    """

    name: str
    attribute: str
    schema: int
    remedy: str

    def require(self, path: Path, attributes: Mapping[str, Any]) -> None:
        """Refuse what is no file of this kind and version, before anything of it is used."""
        found = attributes.get(self.attribute)
        if found is None:
            raise OtherSchema(f"{path}: not {self.name}: {self.remedy}")
        if not isinstance(found, int | np.integer) or found != self.schema:
            by = f" ({attributes['source']})" if "source" in attributes else ""
            newer = isinstance(found, int | np.integer) and found > self.schema
            remedy = f"take the newer mcsc, else {self.remedy}" if newer else self.remedy
            raise OtherSchema(
                f"{path}: {self.name} of schema {found}{by}, this mcsc reads {self.schema}: "
                f"{remedy}"
            )


def encoding(dataset: xr.Dataset) -> dict[Hashable, dict[str, Any]]:
    """How every variable is stored: zlib level 4, checksummed, NaN for a missing float.

    Level 4 of zlib can be read by every netCDF4 library; noise does not compress further. Strings
    are characters along a dimension of their own, in UTF-8: of strings of variable length in
    groups the netCDF library brings down the process that opens several of them.
    """
    chosen: dict[Hashable, dict[str, Any]] = {}
    for name, variable in dataset.variables.items():
        options: dict[str, Any] = {}
        if variable.ndim and variable.size:
            options = {"zlib": True, "complevel": 4, "shuffle": True, "fletcher32": True}
        is_coordinate = name in dataset.coords
        if variable.dtype.kind in "fiu":
            # CF: coordinate variables have no missing values
            missing = variable.dtype.kind == "f" and not is_coordinate
            options["_FillValue"] = np.nan if missing else None
        else:
            options["dtype"] = "S1"
        chosen[name] = options
    return chosen


def digest(tree: xr.DataTree) -> str:
    """Checksum of names, dimensions, types and values of all variables of all groups."""
    return _digest(groups_of(tree))


def _digest(groups: Mapping[str, xr.Dataset]) -> str:
    total = hashlib.sha256()
    for group in sorted(groups):
        for name in sorted(map(str, groups[group].variables)):
            variable = groups[group].variables[name]
            values = np.ascontiguousarray(variable.values)
            if values.dtype.kind in "OU":
                values = np.char.encode(values.astype(str), "utf-8")
            total.update(repr((group, name, variable.dims, values.shape)).encode())
            total.update(values.dtype.kind.encode() + values.tobytes())
    return total.hexdigest()


def content_digest(tree: xr.DataTree) -> str:
    """Checksum of values, as :func:`digest`, and of all attributes."""
    return _content_digest(groups_of(tree))


def _content_digest(groups: Mapping[str, xr.Dataset]) -> str:
    total = hashlib.sha256(_digest(groups).encode())
    for group in sorted(groups):
        dataset = groups[group]
        total.update(repr((group, _plain(dataset.attrs))).encode())
        for name in sorted(map(str, dataset.variables)):
            total.update(repr((name, _plain(dataset.variables[name].attrs))).encode())
    return total.hexdigest()


def _plain(attributes: Mapping[Any, Any]) -> list[tuple[str, str, list[Any]]]:
    """Attributes in one form, whether they have been through a file or not."""
    arrays = {str(name): np.ravel(np.asarray(value)) for name, value in attributes.items()}
    return [
        (name, values.dtype.kind, values.tolist())
        for name, values in sorted(arrays.items())
        if name != _DIGEST
    ]


def write(path: Path, tree: xr.DataTree, attributes: Mapping[str, Any]) -> None:
    """Write a tree and its groups to a new file and put it in place in one step.

    attributes: Global attributes of the root, added to its own; strings and numbers.

    Raises OSError if it cannot be written; an old file stays then.
    """
    groups = groups_of(tree)
    root = groups["/"].assign_attrs(attributes)
    root.attrs[_DIGEST] = _content_digest({**groups, "/": root})
    size = sum(dataset.nbytes for dataset in groups.values())
    # on a full disk the HDF5 library does not say so, never closes the file and keeps its space
    with scratch_folder(size + _OVERHEAD * len(groups)) as folder:
        scratch = folder / "scratch.nc"
        try:
            root.to_netcdf(scratch, mode="w", engine="netcdf4", encoding=encoding(root))
            for name, dataset in groups.items():
                if name != "/":
                    dataset.to_netcdf(
                        scratch, mode="a", group=name, engine="netcdf4", encoding=encoding(dataset)
                    )
        except RuntimeError as error:  # of the library, which does not say why
            raise OSError(
                f"{folder.parent}: cannot be written ({error}): is it full, or is the size of "
                "files limited (ulimit -f)?"
            ) from None
        contents = scratch.read_bytes()
    remove_leftovers(path)
    seal = _SEAL + hashlib.sha256(contents).hexdigest().encode()
    replace_file(path, lambda file: file.write(contents + seal))


def _sealed(path: Path) -> bytes:
    """The bytes of a file, refused if they are not those that were sealed; without a seal all pass.

    The HDF5 library must not see damaged bytes: it may bring down the process. Of a file cut short
    it says so, and one that another program has written to is judged by its contents.
    """
    try:
        data = read_regular(path)
    except NotRegularFile as error:
        raise BrokenFile(str(error)) from None
    contents, seal, digest = data.rpartition(_SEAL)
    if seal and hashlib.sha256(contents).hexdigest().encode() != digest:
        raise BrokenFile(f"{path}: contents differ from what was written")
    return data


def _opened(data: bytes) -> netCDF4.Dataset:
    """A file of these bytes: two handles of one on disk, another's too, can crash HDF5."""
    return netCDF4.Dataset("in memory", memory=data)


def global_attributes(path: Path) -> dict[str, Any] | None:
    """Attributes of the root of a file that mcsc has written; None for any other, or damaged one.

    None as well for one that is missing or may not be read.
    """
    try:
        data = _sealed(path)
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            with _opened(data) as root:
                found = {name: root.getncattr(name) for name in root.ncattrs()}
    # whatever HDF5 raises on damaged bytes; a full read says what is wrong
    except Exception:
        return None
    return found if _DIGEST in found else None


def _parts(path: Path, file: netCDF4.Dataset, size: int) -> dict[str, netCDF4.Dataset]:
    """Root and groups, refused if ``size`` bytes cannot hold what they declare."""
    parts = {"/": file, **file.groups}
    declared, largest = 0, 0
    for variable in (one for part in parts.values() for one in part.variables.values()):
        kind, chunk = variable.dtype, variable.chunking()
        if kind is str or variable._isvlen or kind.kind not in "fiuS":
            raise BrokenFile(f"{path}: {variable.name} is of a kind that mcsc does not write")
        declared += math.prod(map(int, variable.shape)) * kind.itemsize
        if isinstance(chunk, list):
            largest = max(largest, math.prod(map(int, chunk)) * kind.itemsize)
    if largest > _CHUNK:
        # it is unpacked as a whole
        declared = max(declared, largest)
    if declared > size * _DEFLATED:
        raise BrokenFile(
            f"{path}: damaged or forged: {size} bytes cannot hold {declared / 1e9:.3g} GB"
        )
    if declared > memory():
        raise BrokenFile(f"{path}: {declared / 1e9:.3g} GB are more than this machine has memory")
    return parts


def _groups(path: Path, data: bytes, kind: Kind | None) -> dict[str, xr.Dataset]:
    """Root and groups of a file of these bytes."""
    with _opened(data) as file:
        attributes = {name: file.getncattr(name) for name in file.ncattrs()}
        if _DIGEST not in attributes:
            raise BrokenFile(f"{path}: not a file written by mcsc")
        if kind is not None:
            kind.require(path, attributes)
        parts = _parts(path, file, len(data))
        store = xr.backends.NetCDF4DataStore
        stores = {name: store(part) for name, part in parts.items()}  # type: ignore[no-untyped-call]
        # copies do not hold on to the file
        return {
            name: xr.open_dataset(store, decode_times=False).load().copy()
            for name, store in stores.items()
        }


def read(path: Path, kind: Kind | None = None) -> xr.DataTree:
    """Read a tree into memory and check it against the stored checksum.

    kind: What it has to be; of another kind or version nothing but the attributes is looked at.

    Raises FileNotFoundError if there is no such file.
    Raises BrokenFile if it is no netCDF4 file of ours or was changed since it was written, if it
        declares more than it can hold; :class:`OtherSchema` if it is not of this kind and version.
    """
    if not path.exists():
        raise FileNotFoundError(f"{path}: no such file; make a diagram with 'mcsc run'")
    data = _sealed(path)
    try:
        with warnings.catch_warnings():
            # a damaged file makes readers warn before they fail
            warnings.simplefilter("ignore")
            groups = _groups(path, data, kind)
            stored = str(groups["/"].attrs.pop(_DIGEST))
            right = _content_digest(groups)
            tree = xr.DataTree.from_dict(groups)
    except BrokenFile:
        raise
    # whatever HDF5 and xarray raise on damaged bytes
    except Exception as error:
        said = getattr(error, "strerror", None) or str(error)
        reason = said.splitlines()[0] if said else type(error).__name__
        raise BrokenFile(f"{path}: cannot be read ({reason})") from None
    if stored != right:
        raise BrokenFile(f"{path}: contents differ from what was written")
    return tree
