"""netCDF4 files of several groups: one encoding, written aside and renamed, checked when read."""

import hashlib
import warnings
from collections.abc import Hashable, Mapping
from pathlib import Path
from typing import Any

import netCDF4
import numpy as np
import xarray as xr

from mcsc.replace import remove_leftovers, replace_file, scratch_folder

# after the last byte of the HDF5 file, where no reader looks
_SEAL = b"\nmcsc sha256 "
# bytes a group may take beside its values
_OVERHEAD = 1 << 22


class BrokenFile(ValueError):
    """A file that cannot be read, or whose contents are not what was written."""


def encoding(dataset: xr.Dataset) -> dict[Hashable, dict[str, Any]]:
    """How every variable is stored: zlib level 4, checksummed, NaN for a missing float.

    Level 4 of zlib can be read by every netCDF4 library; noise does not compress further.
    """
    chosen: dict[Hashable, dict[str, Any]] = {}
    for name, variable in dataset.variables.items():
        options: dict[str, Any] = {}
        if variable.ndim and variable.size and variable.dtype.kind in "fiu":
            options = {"zlib": True, "complevel": 4, "shuffle": True, "fletcher32": True}
        is_coordinate = name in dataset.coords
        if variable.dtype.kind in "fiu":
            # CF: coordinate variables have no missing values
            missing = variable.dtype.kind == "f" and not is_coordinate
            options["_FillValue"] = np.nan if missing else None
        chosen[name] = options
    return chosen


def digest(groups: Mapping[str, xr.Dataset]) -> str:
    """Checksum of names, dimensions, types and values of all variables of all groups."""
    total = hashlib.sha256()
    for group in sorted(groups):
        for name in sorted(map(str, groups[group].variables)):
            variable = groups[group][name]
            values = np.ascontiguousarray(variable.values)
            if values.dtype.kind in "OU":
                values = np.char.encode(values.astype(str), "utf-8")
            total.update(repr((group, name, variable.dims, values.shape)).encode())
            total.update(values.dtype.kind.encode() + values.tobytes())
    return total.hexdigest()


def write(path: Path, groups: Mapping[str, xr.Dataset], attributes: Mapping[str, Any]) -> None:
    """Write groups (``/`` is the root) to a new file and put it in place in one step.

    Parameters
    ----------
    attributes
        Global attributes of the root, added to its own; strings and numbers.

    Raises
    ------
    OSError
        If it cannot be written; an old file stays then.
    """
    root = groups["/"].assign_attrs({**attributes, "content_digest": digest(groups)})
    size = sum(dataset.nbytes for dataset in groups.values())
    # on a full disk the HDF5 library does not say so, never closes the file and keeps its space
    with scratch_folder(size + _OVERHEAD * len(groups)) as folder:
        scratch = folder / "scratch.nc"
        root.to_netcdf(scratch, mode="w", engine="netcdf4", encoding=encoding(root))
        for name, dataset in groups.items():
            if name != "/":
                dataset.to_netcdf(
                    scratch, mode="a", group=name, engine="netcdf4", encoding=encoding(dataset)
                )
        contents = scratch.read_bytes()
    remove_leftovers(path)
    seal = _SEAL + hashlib.sha256(contents).hexdigest().encode()
    replace_file(path, lambda file: file.write(contents + seal))


def _sealed(path: Path) -> bytes:
    """The bytes of a file, refused if they are not those that were sealed; without a seal all pass.

    The HDF5 library must not see damaged bytes: it may bring down the process. Of a file cut short
    it says so, and one that another program has written to is judged by its contents.
    """
    data = path.read_bytes()
    contents, seal, digest = data.rpartition(_SEAL)
    if seal and hashlib.sha256(contents).hexdigest().encode() != digest:
        raise BrokenFile(f"{path}: contents differ from what was written")
    return data


def _opened(data: bytes) -> netCDF4.Dataset:
    """A file of these bytes: two handles of one on disk, another's too, can crash HDF5."""
    return netCDF4.Dataset("in memory", memory=data)


def has_attribute(path: Path, name: str) -> bool:
    """Whether a file can be opened and has a global attribute of this name; contents unchecked."""
    try:
        with _opened(_sealed(path)) as root:
            return name in root.ncattrs()
    # whatever HDF5 and xarray raise on damaged bytes; a full read says what is wrong
    except Exception:
        return False


def _groups(data: bytes) -> dict[str, xr.Dataset]:
    """Root and groups of a file of these bytes."""
    with _opened(data) as file:
        parts = {"/": file, **file.groups}
        store = xr.backends.NetCDF4DataStore
        stores = {name: store(part) for name, part in parts.items()}  # type: ignore[no-untyped-call]
        # copies do not hold on to the file
        return {
            name: xr.open_dataset(store, decode_times=False).load().copy()
            for name, store in stores.items()
        }


def read(path: Path) -> dict[str, xr.Dataset]:
    """Read all groups into memory and check them against the stored checksum.

    Raises
    ------
    FileNotFoundError
        If there is no such file.
    BrokenFile
        If it is no netCDF4 file of ours or was changed since it was written.
    """
    if not path.exists():
        raise FileNotFoundError(f"{path}: no such file; make a diagram with 'mcsc run'")
    data = _sealed(path)
    try:
        with warnings.catch_warnings():
            # a damaged file makes readers warn before they fail
            warnings.simplefilter("ignore")
            groups = _groups(data)
    # whatever HDF5 and xarray raise on damaged bytes
    except Exception as error:
        said = getattr(error, "strerror", None) or str(error)
        reason = said.splitlines()[0] if said else type(error).__name__
        raise BrokenFile(f"{path}: cannot be read ({reason})") from None
    stored = groups["/"].attrs.pop("content_digest", None)
    if stored is None:
        raise BrokenFile(f"{path}: not a file written by mcsc")
    if stored != digest(groups):
        raise BrokenFile(f"{path}: contents differ from what was written")
    return groups
