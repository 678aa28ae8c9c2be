"""Lowest states found, over filling, as datasets: energies, superlattices, hull, configurations."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import xarray as xr

from mcsc.chain.task import Task
from mcsc.files.netcdf import Kind
from mcsc.ground_states.hull import Hull, convex_hull
from mcsc.ground_states.search import Competitor
from mcsc.ground_states.superlattice import carrier_symmetry, density_waves, superlattice
from mcsc.units import Units
from mcsc.variables import Variables, declared, written

FloatArray = npt.NDArray[np.float64]

KIND = Kind("a file of lowest states", "mcsc_ground_schema", 2, "make one with 'mcsc ground -o'")

# competitors and density waves that are kept
_MOST = 8
_WAVES = 6
# sizes whose energies per carrier agree within this share of the Coulomb energy are as good
_AS_LOW = 1e-8


@dataclass(frozen=True, eq=False)
class Filling:
    """What was found at one filling.

    Attributes
    ----------
    size
        Index of each supercell among those of the search, smallest first; those that hold a whole
        number of carriers.
    tasks
        One for each of them.
    found
        The competitors on each, lowest first.
    """

    size: tuple[int, ...]
    tasks: tuple[Task, ...]
    found: tuple[tuple[Competitor, ...], ...]

    @property
    def carriers_per_cell(self) -> float:
        """Carriers per primitive cell."""
        return self.tasks[0].n_carriers / float(np.prod(self.tasks[0].size))

    @property
    def energies_per_cell(self) -> FloatArray:
        """Lowest H per cell on each supercell."""
        return np.array(
            [
                found[0].energy / float(np.prod(task.size))
                for task, found in zip(self.tasks, self.found, strict=True)
            ]
        )

    @property
    def best(self) -> int:
        """Place in the tuples of the smallest supercell with the lowest energy per cell."""
        energies, task = self.energies_per_cell, self.tasks[0]
        near = _AS_LOW * task.interactions.strength(task.units) / task.structure.lattice_constant
        return int(np.flatnonzero(energies <= energies.min() + near)[0])

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
    scale = max(float(np.ptp(list(energies.values()))), 1e-300)
    return convex_hull(x, [energies[filling] for filling in x.tolist()], 1e-9 * scale)


def ground_dataset(
    doping: xr.DataArray, fillings: Sequence[Filling], full: Filling, sizes: xr.DataArray
) -> dict[str, xr.Dataset]:  # fmt: skip
    """Datasets by group of a search over fillings.

    Parameters
    ----------
    doping
        Axis of the fillings, one value each, with its meaning.
    full
        The filling with a carrier in every well.
    sizes
        Axis of all supercells of the search.

    Returns
    -------
    ``/`` over ``doping`` and ``competitor`` (0 is the lowest state, NaN or empty where fewer were
    found), ``hull`` over ``filling`` with the empty and full lattice, ``states`` with the
    configurations.
    """
    hull, units = hull_of(fillings, full), full.tasks[0].units
    root = xr.Dataset(
        {**_energies(fillings, hull, units, sizes.size), **_patterns(fillings, units)},
        coords={
            "doping": doping,
            "size": sizes,
            **written("coordinates", units, hkl=["h", "k", "l"]),
        },
    )
    return {"/": root, "hull": _hull(hull, units), "states": _states(fillings, doping)}


def _energies(fillings: Sequence[Filling], hull: Hull, units: Units, n_sizes: int) -> Variables:
    energy = np.full((len(fillings), _MOST), np.nan)
    chains, there, images = np.zeros((3, len(fillings), _MOST), np.int64)
    found_on = np.zeros((len(fillings), _MOST, 3), np.int64)
    by_size = np.full((len(fillings), n_sizes), np.nan)
    for i, item in enumerate(fillings):
        per_carrier = 1.0 / item.carriers_per_cell
        by_size[i, list(item.size)] = item.energies_per_cell * per_carrier
        kept = item.found[item.best][:_MOST]
        n = item.tasks[item.best].n_carriers
        energy[i, : len(kept)] = [one.energy / n for one in kept]
        chains[i, : len(kept)] = [one.chains for one in kept]
        there[i, : len(kept)] = [one.chains_there for one in kept]
        images[i, : len(kept)] = [one.multiplicity for one in kept]
        found_on[i, : len(kept)] = [one.found_on for one in kept]
    at = np.searchsorted(hull.filling, [item.carriers_per_cell for item in fillings])
    searched = [sum(one.chains for one in item.found[item.best]) for item in fillings]
    cells = np.array([item.tasks[item.best].size for item in fillings])
    at_size = np.array([item.size[item.best] for item in fillings], dtype=np.int64)
    return written(
        "lowest states",
        units,
        energy=energy,
        gap=energy - energy[:, :1],
        chains_found=chains,
        found_on=found_on,
        chains_there=there,
        chains=searched,
        multiplicity=images,
        cells=cells,
        supercell_number=at_size,
        size_energy=by_size,
        completed_energy=hull.energy[at],
        above_hull=hull.above[at],
        stable=hull.stable[at],
        chemical_potential_low=hull.potential_low[at],
        chemical_potential_high=hull.potential_high[at],
    )


def _patterns(fillings: Sequence[Filling], units: Units) -> Variables:
    shape = (len(fillings), _MOST)
    vectors, period = np.zeros((*shape, 3, 3), np.int64), np.zeros(shape, np.int64)
    names, space, point = (np.full(shape, "", dtype="U40") for _ in range(3))
    waves = np.full((*shape, _WAVES, 3), np.nan)
    weights = np.full((*shape, _WAVES), np.nan)
    for i, item in enumerate(fillings):
        model = item.tasks[item.best].build()
        for j, one in enumerate(item.found[item.best][:_MOST]):
            pattern = superlattice(model, one.state)
            vectors[i, j], period[i, j], names[i, j] = pattern.vectors, pattern.period, pattern.name
            space[i, j], point[i, j] = carrier_symmetry(model, one.state, pattern) or ("", "")
            q, weight = density_waves(model, one.state, _WAVES)
            waves[i, j, : len(q)], weights[i, j, : len(q)] = q, weight
    return written(
        "lowest states",
        units,
        superlattice=names,
        superlattice_vectors=vectors,
        stacking_period=period,
        wavevector=waves,
        wavevector_weight=weights,
        space_group=space,
        point_group=point,
    )


def _hull(hull: Hull, units: Units) -> xr.Dataset:
    found = written(
        "hull",
        units,
        completed_energy=hull.energy,
        above_hull=hull.above,
        stable=hull.stable,
        chemical_potential_low=hull.potential_low,
        chemical_potential_high=hull.potential_high,
    )
    return xr.Dataset(found, coords=written("hull", units, filling=hull.filling))


def _states(fillings: Sequence[Filling], doping: xr.DataArray) -> xr.Dataset:
    n_wells = max(len(item.found[item.best][0].state) for item in fillings)
    states = np.full((len(fillings), _MOST, n_wells), -2, np.int8)
    for i, item in enumerate(fillings):
        for j, one in enumerate(item.found[item.best][:_MOST]):
            states[i, j, : len(one.state)] = one.state
    found = declared("state", "states").of(states, fillings[0].tasks[0].units)
    return xr.Dataset({"state": found}, coords={"doping": doping})
