"""Free energy, chemical potential and compressibility over the doping, from expanded ensembles.

Runs of an expanded ensemble give ln Z(N + 1) − ln Z(N) at every number of carriers, and the energy
over the temperature. H(N) contains a
uniform background that follows N; the chemical potential is that of a carrier with its compensating
charge on the wells, of F + ½ c N²/N_cells, as at fixed chemical potential.
"""

from dataclasses import dataclass
from typing import Any

import numpy as np
import xarray as xr

from mcsc.arrays import FloatArray
from mcsc.estimators.isotherm import Isotherm
from mcsc.estimators.log_partition import joint_isotherms
from mcsc.files.tree import Place
from mcsc.transitions.grid import CHEMICAL_POTENTIAL, DOPING
from mcsc.units import units_of
from mcsc.variables import Variables, declared, written

STEP = "log_partition_step"


@dataclass(frozen=True, eq=False)
class Line:
    """Free energies along the doping at one place of all other axes.

    place: On the axes of :class:`Lines`.
    plain, completed: Isotherms of each temperature, without and with the charging energy.
    n_cells: Of the supercell.
    exchanged_wells: Wells that carriers and empty wells can change places on; NaN where they
        cannot.
    """

    place: Place
    plain: list[list[Isotherm]]
    completed: list[list[Isotherm]]
    n_cells: int
    exchanged_wells: float


@dataclass(frozen=True, eq=False)
class Lines:
    """All lines of a diagram, and its axes besides doping and temperature."""

    dims: tuple[str, ...]
    shape: Place
    lines: tuple[Line, ...]
    thermal: FloatArray
    """(T,) k_B T."""


def free_energy_lines(
    root: xr.Dataset, series: xr.Dataset, structure: xr.Dataset | None
) -> Lines | None:
    """Free energies of a diagram; None of one without steps of ln Z or the charging energy."""
    if structure is None or STEP not in series or DOPING not in series[STEP].dims:
        return None
    charging = structure.get("charging_energy")
    if charging is None or not np.isfinite(charging.values).all():
        return None
    steps = series[STEP].transpose(..., "temperature", "annealing", DOPING)
    energies = [
        series.get(name, np.nan * steps).transpose(*steps.dims).values
        for name in ("mean_energy", "energy_variance")
    ]
    dims = tuple(str(dim) for dim in steps.dims[:-3])
    numbers = series["n_carriers"].transpose(*dims, DOPING)
    grid = numbers.isel({DOPING: 0}, drop=True)
    temperature = root["temperature"]
    thermal = units_of(temperature.attrs["units"]).boltzmann * temperature.values
    sampled = structure["cells"].values.prod(axis=1)
    # of the crystal: a slab of several is sampled as one
    n_cells = sampled * int(structure.attrs.get("crystal_cells", 1))
    charging = charging.broadcast_like(grid).transpose(*dims)
    wells = structure["particle_hole_wells"].broadcast_like(grid).transpose(*dims)
    lines = []
    for place in np.ndindex(grid.shape):
        size = place[dims.index("size")] if "size" in dims else 0
        cells = int(n_cells[size])
        number = np.nan_to_num(numbers.values[place]).round().astype(np.int64)
        # in the order of carriers, without places that were not run or do not fit this size
        order = np.argsort(number)
        order = order[number[order] > 0]
        step, energy, variance = (a[place][..., order] for a in (steps.values, *energies))
        plain = joint_isotherms(number[order], step, energy, variance, 1.0 / thermal, order)
        completed = [
            [one.completed(float(charging.values[place]) / (cells * kt)) for one in there]
            for there, kt in zip(plain, thermal, strict=True)
        ]
        exchanged = float(wells.values[place]) * int(sampled[size])
        lines.append(Line(place, plain, completed, cells, exchanged))
    return Lines(dims, grid.shape, tuple(lines), thermal)


def free_energy_table(root: xr.Dataset, found: Lines) -> Variables:
    """Of the root ``free_energy``, ``chemical_potential``, ``compressibility`` and their errors."""
    shape = (*found.shape, root.sizes[DOPING], len(found.thermal))
    names = ("free_energy", "chemical_potential", "compressibility")
    values = {name + end: np.full(shape, np.nan) for name in names for end in ("", "_stderr")}
    for line in found.lines:
        for k, kt in enumerate(found.thermal):
            _put_free_energy(values, line, k, kt / line.n_cells)
            for one in line.completed[k]:
                at: tuple[Any, ...] = (*line.place, one.index, k)
                for name, scale, pair in (
                    ("chemical_potential", kt, one.slope()),
                    ("compressibility", 1 / (line.n_cells * kt), one.variance()),
                ):
                    for end, numbers in zip(("", "_stderr"), pair, strict=True):
                        values[name + end][at] = scale * numbers
    units = units_of(root["temperature"].attrs["units"])
    variables: Variables = {}
    for name in names:
        both = values[name], values[f"{name}_stderr"]
        declaration = declared(name, "free_energy")
        variables |= declaration.with_stderr(*both, units, (*found.dims, DOPING))
    return variables


def _put_free_energy(values: dict[str, FloatArray], line: Line, k: int, scale: float) -> None:
    """Relative to the lowest doping that was measured, along all that is joined to it."""
    if not line.plain[k]:
        return
    one = min(line.plain[k], key=lambda one: int(one.index.min()))
    pair = one.relative_to(int(one.index.argmin()))
    at: tuple[Any, ...] = (*line.place, one.index, k)
    for end, numbers in zip(("", "_stderr"), pair, strict=True):
        values[f"free_energy{end}"][at] = scale * numbers


REFERENCE = "reference_potential"


def voltages(root: xr.Dataset, structure: xr.Dataset | None) -> Variables:
    """``voltage`` V = −(μ − μ_ref)/e of the root, where the run file has a reference.

    root: At fixed chemical potentials, or with the ``chemical_potential`` of an expanded ensemble.
    structure: The group, with ``reference_potential``.
    """
    if structure is None or REFERENCE not in structure or CHEMICAL_POTENTIAL not in root:
        return {}
    potential = root[CHEMICAL_POTENTIAL]
    # a carrier has one elementary charge: eV are V
    found = float(structure[REFERENCE]) - potential.values
    table = "free_energy" if "temperature" in potential.dims else "/"
    unit = units_of(root["temperature"].attrs["units"])
    return written(table, unit, potential.dims, voltage=found)
