"""Lowest states found, over filling, as datasets: energies, superlattices, hull, configurations."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import xarray as xr

from mcsc.arrays import FloatArray
from mcsc.chain.task import Task
from mcsc.files.netcdf import Kind
from mcsc.ground_states.hull import Hull, convex_hull
from mcsc.ground_states.search import Competitor
from mcsc.ground_states.superlattice import carrier_symmetry, density_waves, superlattice
from mcsc.model import Model
from mcsc.variables import declared, written

Columns = dict[str, Any]
"""Values by the name of their variable."""

KIND = Kind("a file of lowest states", "mcsc_ground_schema", 3, "make one with 'mcsc ground -o'")

# competitors and density waves that are kept
_MOST = 8
_WAVES = 6
# energies per cell that agree within this share of the Coulomb energy are equal
_AS_LOW = 1e-8


@dataclass(frozen=True, eq=False)
class Filling:
    """What was found at one filling.

    size: Index of each supercell among those of the search, smallest first; those that hold a whole
        number of carriers.
    tasks: One for each of them.
    found: The competitors on each, lowest first.
    """

    size: tuple[int, ...]
    tasks: tuple[Task, ...]
    found: tuple[tuple[Competitor, ...], ...]

    @property
    def carriers_per_cell(self) -> float:
        """Carriers per primitive cell."""
        return self.tasks[0].n_carriers / self.tasks[0].n_cells

    @property
    def energies_per_cell(self) -> FloatArray:
        """Lowest H per cell on each supercell."""
        return np.array(
            [
                found[0].energy / task.n_cells
                for task, found in zip(self.tasks, self.found, strict=True)
            ]
        )

    @property
    def best(self) -> int:
        """Index in the tuples of the smallest supercell with the lowest energy per cell."""
        energies = self.energies_per_cell
        return int(np.flatnonzero(energies <= energies.min() + self.noise)[0])

    @property
    def noise(self) -> float:
        """Energies per cell that differ by no more count as equal."""
        task = self.tasks[0]
        return _AS_LOW * task.interactions.strength(task.units) / task.structure.lattice_constant

    @property
    def completed_energy(self) -> float:
        """Lowest H + ½ c N²/N_cells per cell: of a crystal that is neutral by itself."""
        task = self.tasks[0]
        charging = task.interactions.charging_energy(task.structure)
        return float(self.energies_per_cell[self.best] + 0.5 * charging * self.carriers_per_cell**2)


def hull_of(fillings: Sequence[Filling], full: Filling) -> Hull:
    """The convex hull of all fillings with the empty and the full lattice.

    Fillings may come in any order and repeat those ends.
    """
    energies = {0.0: 0.0, full.carriers_per_cell: full.completed_energy}
    energies |= {item.carriers_per_cell: item.completed_energy for item in fillings}
    x = np.array(sorted(energies))
    e = np.array([energies[filling] for filling in x.tolist()])
    return convex_hull(x, e, max(full.noise, _AS_LOW * float(np.ptp(e))))


def ground_tree(
    doping: xr.DataArray, fillings: Sequence[Filling], full: Filling, sizes: xr.DataArray
) -> xr.DataTree:
    """The results of a search over fillings.

    doping: Axis of the fillings, one value each, with its meaning.
    full: The filling with a carrier in every well.
    sizes: Axis of all supercells of the search.

    Returns: ``/`` over ``doping`` and ``competitor`` (0 is the lowest state, NaN or empty where
        fewer were found), ``hull`` over ``filling`` with the empty and full lattice, ``states``
        with the configurations.
    """
    hull, units = hull_of(fillings, full), full.tasks[0].units
    columns = {**_columns(fillings, hull, sizes.size), **_competitors(fillings)}
    root = xr.Dataset(
        written("lowest states", units, **columns),
        coords={
            "doping": doping,
            "size": sizes,
            **written("coordinates", units, hkl=["h", "k", "l"]),
        },
    )
    axis = written("hull", units, filling=hull.filling)
    groups = {
        "/": root,
        "hull": xr.Dataset(written("hull", units, **_of_hull(hull, slice(None))), coords=axis),
        "states": _states(fillings, doping),
    }
    return xr.DataTree.from_dict(groups)


def _of_hull(hull: Hull, at: Any) -> Columns:
    """What the hull says of some of its fillings."""
    return {
        "completed_energy": hull.energy[at],
        "above_hull": hull.above[at],
        "stable": hull.stable[at],
        "on_tie_line": hull.on_tie_line[at],
        "chemical_potential_low": hull.potential_low[at],
        "chemical_potential_high": hull.potential_high[at],
    }


def _columns(fillings: Sequence[Filling], hull: Hull, n_sizes: int) -> Columns:
    """Values of each filling by name."""
    by_size = np.full((len(fillings), n_sizes), np.nan)
    for row, item in zip(by_size, fillings, strict=True):
        row[list(item.size)] = item.energies_per_cell / item.carriers_per_cell
    return {
        "chains": [sum(one.chains for one in item.found[item.best]) for item in fillings],
        "cells": [item.tasks[item.best].size for item in fillings],
        "supercell_number": [item.size[item.best] for item in fillings],
        "size_energy": by_size,
        **_of_hull(hull, np.searchsorted(hull.filling, [i.carriers_per_cell for i in fillings])),
    }


def _competitors(fillings: Sequence[Filling]) -> Columns:
    """Values of each competitor by name; NaN, 0 or empty where fewer were found."""
    rows = []
    for item in fillings:
        model = item.tasks[item.best].build()
        rows.append([_competitor(model, one) for one in item.found[item.best][:_MOST]])
    columns: Columns = {}
    for name, value in rows[0][0].items():
        like = np.asarray(value)
        blank = np.full_like(like, np.nan) if like.dtype.kind == "f" else np.zeros_like(like)
        filled = [[one[name] for one in row] + [blank] * (_MOST - len(row)) for row in rows]
        columns[name] = np.array(filled)
    return {**columns, "gap": columns["energy"] - columns["energy"][:, :1]}


def _competitor(model: Model, one: Competitor) -> Columns:
    pattern = superlattice(model, one.state)
    space, point = carrier_symmetry(model, one.state, pattern) or ("", "")
    q, weight = density_waves(model, one.state, _WAVES)
    absent = (0, _WAVES - len(q))
    return {
        "energy": one.energy / int((one.state >= 0).sum()), "chains_found": one.chains,
        "found_on": one.found_on, "chains_there": one.chains_there,
        "multiplicity": one.multiplicity, "superlattice": pattern.name,
        "superlattice_vectors": pattern.vectors, "stacking_period": pattern.period,
        "wavevector": np.pad(q, (absent, (0, 0)), constant_values=np.nan),
        "wavevector_weight": np.pad(weight, absent, constant_values=np.nan), "space_group": space,
        "point_group": point,
    }  # fmt: skip


def _states(fillings: Sequence[Filling], doping: xr.DataArray) -> xr.Dataset:
    n_wells = max(len(item.found[item.best][0].state) for item in fillings)
    states = np.full((len(fillings), _MOST, n_wells), -2, np.int8)
    for i, item in enumerate(fillings):
        for j, one in enumerate(item.found[item.best][:_MOST]):
            states[i, j, : len(one.state)] = one.state
    found = declared("state", "states").of(states, fillings[0].tasks[0].units)
    return xr.Dataset({"state": found}, coords={"doping": doping})
