"""The phase diagram: task results merged on the grid of the scan, with everything to explain them.

Merging goes by place on the grid, never by comparing floating-point coordinates. A task that has
not been run leaves its points missing (NaN), never zero.
"""

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
import xarray as xr

from mcsc.arrays import IntArray
from mcsc.files.tree import Place, as_in_a_tree, group
from mcsc.lattice import Cells, Supercell, along_cell, union_of_wavevectors
from mcsc.structure import Structure
from mcsc.variables import written

Axes = Mapping[str, xr.DataArray]
"""Coordinates of the grid, the outermost first."""

_SERIES = ("energy", "charge_order", "displacement", "number")


def merge(
    results: Mapping[Place, xr.DataTree],
    axes: Axes,
    *,
    structures: Sequence[Structure],
    sizes: Sequence[Cells | Supercell],
    coulomb_temperatures: Sequence[float],
    particle_hole: Sequence[bool] = (),
    charging_energies: Sequence[float] = (),
    varied: Sequence[str] = (),
) -> xr.DataTree:
    """Put the datasets of all tasks on one grid.

    results: Tree of each finished task, by its place.
    axes: Coordinates of the grid; one with a single value becomes no dimension, but the last, that
        of the carriers, always.
    structures: Wells at each value of the varied axes, the last axis fastest.
    sizes: Supercells of the run: cells along the vectors of the structures, or with the other cells
        that they are sampled in.
    coulomb_temperatures: e²/(4πε0 ε_r a k_B) at the same values as ``structures``.
    particle_hole: Whether carriers and empty wells can change places, see
        :func:`mcsc.model.particle_hole`, at the same values; nowhere by default.
    charging_energies: c at the same values, see :meth:`mcsc.model.Interactions.charging_energy`;
        not known by default.
    varied: Names of the axes that change the wells.

    Returns: Groups ``/``, ``health``, ``samples``, ``series`` with the grid as leading dimensions
        and ``structure``.
    """
    if not results:
        raise ValueError("no finished task to make a diagram of")
    q, indices = union_of_wavevectors([group(tree)["q"].values for tree in results.values()])
    places = dict(zip(results, indices, strict=True))
    merged = {
        name: _merge_group(
            {place: group(tree, name) for place, tree in results.items()}, axes, places
        )
        for name in ("/", "health", "samples", "series")
    }
    units = structures[0].units
    indices_of_q = written("/", units, **dict(zip("hkl", q.T, strict=True)))
    merged["/"] = merged["/"].assign(written("/", units, q=q)).assign_coords(indices_of_q)
    coords = _coordinates(axes, structures[0], merged["health"])
    for name, dataset in merged.items():
        fitting = {k: v for k, v in coords.items() if set(v.dims) <= set(dataset.dims)}
        merged[name] = dataset.assign_coords(fitting)
    alike = particle_hole or [False] * len(structures)
    charging = charging_energies or [np.nan] * len(structures)
    datasets = []
    for one, unit, same, c in zip(structures, coulomb_temperatures, alike, charging, strict=True):
        more = {
            "coulomb_temperature": unit,
            "particle_hole_wells": one.n_wells if same else np.nan,
            "charging_energy": c,
        }
        datasets.append(structure_dataset(one, sizes).assign(written("structure", units, **more)))
    merged["structure"] = _along_varied(datasets, {name: axes[name] for name in varied})
    scale = merged["structure"]["coulomb_temperature"]
    if scale.ndim:
        merged["/"]["coulomb_temperature"] = scale
    return xr.DataTree.from_dict(merged)


def merge_histories(results: Mapping[Place, xr.DataTree], axes: Axes, prefix: str) -> xr.Dataset:
    """Put field protocols or transport on their grid, their axes named as in a tree.

    results: Tree of each finished task, by its place.
    axes: Coordinates of their grid.
    prefix: Of the names of their axes, ``protocol`` or ``transport``.
    """
    sources = {place: group(tree) for place, tree in results.items()}
    merged = _merge_group(sources, axes, {})
    placed = merged.assign_coords({k: v for k, v in axes.items() if k in merged.dims})
    return as_in_a_tree(placed, prefix)


def _merge_group(
    sources: Mapping[Place, xr.Dataset], axes: Axes, places: Mapping[Place, IntArray]
) -> xr.Dataset:
    """One group of all tasks on the grid; shorter dimensions are padded as missing."""
    shape = tuple(axis.size for axis in axes.values())
    dropped = tuple(i for i, n in enumerate(shape[:-1]) if n == 1)
    kept = tuple(name for i, name in enumerate(axes) if i not in dropped)
    lengths: dict[str, int] = {}
    longest: dict[str, xr.DataArray] = {}
    for source in sources.values():
        for dim, n in source.sizes.items():
            lengths[str(dim)] = max(lengths.get(str(dim), 0), n)
        for name, coordinate in source.coords.items():
            if name not in longest or coordinate.size > longest[str(name)].size:
                longest[str(name)] = coordinate
    if places:
        lengths["wavevector"] = 1 + max(int(p.max()) for p in places.values())
    # layers and Stars of David are measured only where there are some
    known = {name: item for source in sources.values() for name, item in source.data_vars.items()}
    variables = {}
    for name, variable in known.items():
        if name == "q":
            continue
        dims = tuple(map(str, variable.dims))
        full = np.full((*shape, *(lengths[d] for d in dims)), _missing(variable.dtype, str(name)),
                       dtype=variable.dtype)  # fmt: skip
        for place, source in sources.items():
            if name not in source:
                continue
            values = source[name].transpose(*dims).values
            here: tuple[Any, ...] = (*place, ...)
            block = tuple(
                places[place] if dim == "wavevector" else slice(n)
                for dim, n in zip(dims, values.shape, strict=True)
            )
            full[here][block] = values
        trimmed = xr.DataArray(
            full.squeeze(axis=dropped), dims=(*kept, *dims), attrs=variable.attrs
        )
        variables[name] = trimmed.transpose(*kept, *_temperature_first(dims))
    return xr.Dataset(variables, coords=longest)


def _temperature_first(dims: tuple[str, ...]) -> tuple[str, ...]:
    """Temperature is the last axis of a grid; a task's other own dimensions follow it."""
    # what a protocol goes through belongs to its grid
    leading = (*(d for d in ("branch", "field") if d in dims), "temperature")
    return (*(d for d in leading if d in dims), *(d for d in dims if d not in leading))


def _missing(dtype: np.dtype[Any], name: str) -> float | int:
    if dtype.kind == "f":
        return float("nan")
    return -2 if name == "state" else 0


def _coordinates(
    axes: Axes, structure: Structure, health: xr.Dataset
) -> dict[str, xr.DataArray | xr.Variable]:
    from mcsc.kernels.move_table import MOVES

    labels = written(
        "coordinates",
        structure.units,
        kind=structure.kinds,
        # the last of each belongs to chains at fixed chemical potential
        move=MOVES[: health.sizes["move"]],
        series_name=_SERIES[: health.sizes["series_name"]],
        component=["x", "y", "z"],
        hkl=["h", "k", "l"],
    )
    return {**axes, **labels}


def _along_varied(datasets: Sequence[xr.Dataset], varied: Axes) -> xr.Dataset:
    """One dataset; what the varied keys change gets their axes in front."""
    inner = {name: axis for name, axis in varied.items() if axis.size > 1}
    shape = tuple(axis.size for axis in inner.values())
    merged = datasets[0].assign_coords(inner)
    for name, variable in datasets[0].data_vars.items():
        if all(variable.equals(other[name]) for other in datasets):
            continue
        values = np.stack([dataset[name].values for dataset in datasets])
        dims = (*inner, *variable.dims)
        merged[name] = (dims, values.reshape(*shape, *variable.shape), variable.attrs)
    return merged


def structure_dataset(structure: Structure, sizes: Sequence[Cells | Supercell]) -> xr.Dataset:
    """Geometry of the wells, enough to draw them and to place every snapshot."""
    supercells = [s if isinstance(s, Supercell) else along_cell(s) for s in sizes]
    cells = [s.sampled(structure).cell for s in supercells]
    wells = structure.wells
    n_cage = max((len(well.cage) for well in wells), default=0)
    n_states = max(len(well.displacements) for well in wells)
    cage = np.full((len(wells), n_cage, 3), np.nan)
    displacements = np.full((len(wells), n_states, 3), np.nan)
    names = max((len(name) for well in wells for name in well.cage_species), default=1)
    species = np.full((len(wells), n_cage), "", dtype=f"<U{names}")
    for i, well in enumerate(wells):
        cage[i, : len(well.cage)] = well.cage
        species[i, : len(well.cage)] = well.cage_species
        displacements[i, : len(well.displacements)] = well.displacements
    found = written(
        "structure",
        structure.units,
        cell=structure.cell,
        lattice_constant=structure.lattice_constant,
        centre=[well.centre for well in wells],
        well_kind=[well.kind for well in wells],
        depth=[well.depth for well in wells],
        cage=cage,
        cage_species=species,
        displacements=displacements,
        cells=np.array([s.size for s in supercells], np.int32),
        sampled_cell=cells,
        supercell_matrix=np.array([_in_cells(structure, s) for s in supercells], np.int32),
    )
    found["lattice_constant"].attrs["comment"] = structure.lattice_constant_meaning
    coords = written("coordinates", structure.units, component=["x", "y", "z"])
    mixed = ", ".join(f"{n} {name}" for name, n in structure.mixed_sites.items())
    attributes: dict[str, Any] = {}
    if mixed:
        attributes["mixed_sites"] = f"{mixed}; their charges count as averages"
    if structure.slab is not None:
        attributes["open_axis"] = "abc"[structure.slab.axis]
        attributes["crystal_cells"] = np.int32(structure.slab.cells)
    return xr.Dataset(found, coords=coords, attrs=attributes)


def _in_cells(structure: Structure, supercell: Supercell) -> IntArray:
    """Vectors of a supercell in units of those of the cell, of a slab its own."""
    matrix = np.array(supercell.matrix)
    if structure.slab is not None:
        matrix[:, structure.slab.axis] //= np.gcd.reduce(matrix[:, structure.slab.axis])
    return matrix
