"""The phase diagram: task results merged on the grid of the scan, with everything to explain them.

Merging goes by place on the grid, never by comparing floating-point coordinates. A task that has
not been run leaves its points missing (NaN), never zero.
"""

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
import xarray as xr

from mcsc import netcdf
from mcsc.provenance import DIAGRAM_SCHEMA
from mcsc.structure import Structure
from mcsc.units import Units

Place = tuple[int, int, int]
"""Indices of size, field and doping on the grid."""
Groups = dict[str, xr.Dataset]

_COORDINATES = {"component": ["x", "y", "z"], "hkl": ["h", "k", "l"]}


def merge(
    results: Mapping[Place, Groups],
    *,
    structure: Structure,
    units: Units,
    sizes: Sequence[tuple[int, int, int]],
    fields: Sequence[float],
    dopings: Sequence[float],
) -> Groups:
    """Put the datasets of all tasks on one grid.

    Parameters
    ----------
    results
        Datasets by group of each finished task, by its place.
    structure, units
        Wells and unit system of the run.
    sizes, fields, dopings
        Axes of the grid; ``size`` and ``field`` become dimensions only if there are several.

    Returns
    -------
    Groups ``/``, ``health``, ``samples``, ``series`` with the grid as leading dimensions and
    ``structure``.
    """
    if not results:
        raise ValueError("no finished task to make a diagram of")
    shape = (len(sizes), len(fields), len(dopings))
    axes = tuple(
        name
        for name, n in zip(("size", "field", "doping"), shape, strict=True)
        if n > 1 or name == "doping"
    )
    q, places = _union_of_wavevectors(results)
    merged = {
        group: _merge_group(group, results, shape, axes, places)
        for group in ("/", "health", "samples", "series")
    }
    merged["/"]["q"] = (("wavevector", "hkl"), q, _first(results)["/"]["q"].attrs)
    coords = _coordinates(structure, units, sizes, fields, dopings)
    for name, group in merged.items():
        fitting = {k: v for k, v in coords.items() if set(v.dims) <= set(group.dims)}
        merged[name] = group.assign_coords(fitting)
    merged["structure"] = _structure(structure, units, sizes)
    return merged


def _first(results: Mapping[Place, Groups]) -> Groups:
    return next(iter(results.values()))


def _union_of_wavevectors(
    results: Mapping[Place, Groups],
) -> tuple[npt.NDArray[np.float64], dict[Place, npt.NDArray[np.int64]]]:
    """Wavevectors of all sizes in one list, and where those of each task stand in it."""
    lists = {place: groups["/"]["q"].values for place, groups in results.items()}
    everything = np.unique(np.round(np.concatenate(list(lists.values())), 9), axis=0)
    order = np.lexsort((*everything.T[::-1], np.abs(everything).sum(axis=1)))
    everything = everything[order]
    index = {tuple(row): i for i, row in enumerate(everything.tolist())}
    return everything, {
        place: np.array([index[tuple(row)] for row in np.round(q, 9).tolist()])
        for place, q in lists.items()
    }


def _merge_group(
    group: str,
    results: Mapping[Place, Groups],
    shape: tuple[int, int, int],
    axes: tuple[str, ...],
    places: Mapping[Place, npt.NDArray[np.int64]],
) -> xr.Dataset:
    """One group of all tasks on the grid; shorter dimensions are padded as missing."""
    sources = {place: groups[group] for place, groups in results.items()}
    lengths: dict[str, int] = {}
    for source in sources.values():
        for dim, n in source.sizes.items():
            lengths[str(dim)] = max(lengths.get(str(dim), 0), n)
    if places:
        lengths["wavevector"] = 1 + max(int(p.max()) for p in places.values())
    first = next(iter(sources.values()))
    dropped = tuple(i for i, n in enumerate(shape) if n == 1 and i < 2)
    variables = {}
    for name, variable in first.data_vars.items():
        if name == "q":
            continue
        dims = tuple(map(str, variable.dims))
        full = np.full((*shape, *(lengths[d] for d in dims)), _missing(variable.dtype, str(name)),
                       dtype=variable.dtype)  # fmt: skip
        for place, source in sources.items():
            values = source[name].transpose(*dims).values
            if "wavevector" in dims:
                axis = dims.index("wavevector")
                np.moveaxis(full[place], axis, 0)[places[place]] = np.moveaxis(values, axis, 0)
            else:
                block: tuple[int | slice, ...] = (*place, *(slice(0, n) for n in values.shape))
                full[block] = values
        order = (*axes, *_temperature_first(dims))
        trimmed = full.squeeze(axis=dropped)
        source_order = (*axes, *dims)
        data = xr.DataArray(trimmed, dims=source_order, attrs=variable.attrs)
        variables[name] = data.transpose(*order)
    return xr.Dataset(variables, coords={"temperature": first["temperature"]})


def _temperature_first(dims: tuple[str, ...]) -> tuple[str, ...]:
    """Temperature is the last axis of the grid; a task's own dimensions follow it."""
    return tuple(d for d in dims if d == "temperature") + tuple(
        d for d in dims if d != "temperature"
    )


def _missing(dtype: np.dtype[Any], name: str) -> float | int:
    if dtype.kind == "f":
        return float("nan")
    return -2 if name == "state" else 0


def _coordinates(
    structure: Structure,
    units: Units,
    sizes: Sequence[tuple[int, int, int]],
    fields: Sequence[float],
    dopings: Sequence[float],
) -> dict[str, xr.DataArray]:
    from mcsc.kernels.moves import MOVES

    def coordinate(name: str, values: Any, unit: str, long_name: str) -> xr.DataArray:
        attributes = {"units": unit, "long_name": long_name}
        return xr.DataArray(values, dims=name, attrs=attributes)

    linear = [size[0] for size in sizes]
    if len(set(linear)) < len(linear):
        linear = [int(np.prod(size)) for size in sizes]
        meaning = "primitive cells in the supercell"
    else:
        meaning = "cells along the first lattice vector"
    field_unit = f"{units.energy} {units.length}-1" if units.name == "SI" else "1"
    plain = {
        "kind": structure.kinds,
        "move": MOVES,
        "series_name": ("energy", "charge_order"),
        **_COORDINATES,
    }
    return {
        "doping": coordinate("doping", list(dopings), "1", "carriers per primitive cell"),
        "size": coordinate("size", linear, "1", f"supercell size: {meaning}"),
        "field": coordinate("field", list(fields), field_unit, "electric field times charge"),
        **{
            name: xr.DataArray(np.array(values, dtype=str), dims=name)
            for name, values in plain.items()
        },
    }


def _structure(
    structure: Structure, units: Units, sizes: Sequence[tuple[int, int, int]]
) -> xr.Dataset:
    """Geometry of the wells, enough to draw them and to place every snapshot."""
    wells = structure.wells
    n_cage = max((len(well.cage) for well in wells), default=0)
    n_states = max(len(well.displacements) for well in wells)
    cage = np.full((len(wells), n_cage, 3), np.nan)
    displacements = np.full((len(wells), n_states, 3), np.nan)
    for i, well in enumerate(wells):
        cage[i, : len(well.cage)] = well.cage
        displacements[i, : len(well.displacements)] = well.displacements
    length = {"units": units.length}
    return xr.Dataset(
        {
            "cell": (("vector", "component"), structure.cell,
                     {**length, "long_name": "lattice vectors"}),
            "centre": (("base_well", "component"), np.array([w.centre for w in wells]),
                       {**length, "long_name": "centres of the wells of one cell"}),
            "well_kind": (("base_well",), np.array([w.kind for w in wells], dtype=str)),
            "depth": (("base_well",), np.array([w.depth for w in wells]),
                      {"units": units.energy, "long_name": "energy of a carrier in the well"}),
            "cage": (("base_well", "ion", "component"), cage,
                     {**length, "long_name": "ions around each well"}),
            "displacements": (("base_well", "state_number", "component"), displacements,
                              {**length, "long_name": "displacement of each state"}),
            "cells": (("supercell", "vector"), np.array(sizes, dtype=np.int32),
                      {"units": "1", "long_name": "cells of each supercell",
                       "comment": "well number = ((x Ly + y) Lz + z) B + base_well"}),
        },
        coords={"component": ["x", "y", "z"]},
    )  # fmt: skip


def save(path: Path, groups: Groups, attributes: Mapping[str, Any]) -> None:
    """Write a diagram in one step; an existing file is replaced when the new one is complete."""
    netcdf.write(path, groups, attributes)


def load(path: str | Path) -> Groups:
    """Read all groups of a diagram, checked.

    Raises
    ------
    FileNotFoundError
        If there is no such file.
    mcsc.netcdf.BrokenFile
        If it is damaged, or not a diagram of this version of mcsc.
    """
    groups = netcdf.read(Path(path))
    found = groups["/"].attrs.get("mcsc_schema")
    if found is None:
        raise netcdf.BrokenFile(f"{path}: not a diagram: make one with 'mcsc run'")
    if int(found) != DIAGRAM_SCHEMA:
        raise netcdf.BrokenFile(
            f"{path}: schema {found}, this mcsc reads {DIAGRAM_SCHEMA}; use the version that "
            "wrote it"
        )
    return {name: xr.decode_cf(dataset) for name, dataset in groups.items()}
