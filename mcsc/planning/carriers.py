"""Dopings and carriers: how many one is on a supercell, what it counts, and the measured one."""

from collections.abc import Iterable, Sequence
from fractions import Fraction
from math import gcd, isfinite

import xarray as xr

from mcsc.config import Config, DopingSection, RunFileError
from mcsc.lattice import Supercell
from mcsc.planning.variants import Variant
from mcsc.structure import Structure
from mcsc.text import digits
from mcsc.units import REDUCED, Units
from mcsc.variables import written

# of a doping, in carriers
ROUNDING = 1e-6


def n_carriers_at(variant: Variant, cells: Supercell, doping: float, key: str = "doping") -> int:
    """Carriers of a doping on a supercell: a whole number, fewer than the wells, or refused."""
    section, structure = variant.config.doping, variant.structure
    n_wells = cells.n_cells * structure.n_wells
    exact = section.carriers_per_cell(doping) * cells.n_cells
    where = f"{variant.path}: scan.{key} = {doping:.15g}"
    if not isfinite(exact):
        raise RunFileError(f"{where}: no number of carriers; take a finite doping")
    shape = cells.label
    if not 0 < round(exact, 6) < n_wells:
        low, high = sorted(map(section.at_carriers, (0, structure.n_wells)))
        shown = digits(exact, lambda d: not 0 < round(d, 6) < n_wells)
        raise RunFileError(
            f"{where}: {shown} carriers on {n_wells} wells of {shape} cells leave "
            f"nothing to move; take a doping above {low:g} and below {high:g}"
        )
    if not is_whole(exact):
        around = [k for k in (int(exact), int(exact) + 1) if 0 < k < n_wells]
        near = sorted(_doping_of(section, k, cells.n_cells) for k in around)
        fits = [
            digits(float(x), lambda d: is_whole(section.carriers_per_cell(d) * cells.n_cells), 6)
            for x in near
        ]
        shown = " and ".join(f"{x} = {fit}" for x, fit in zip(near, fits, strict=True))
        nearest = "dopings are" if len(near) > 1 else "doping is"
        number = digits(exact, lambda d: not is_whole(d), 8)
        raise RunFileError(
            f"{where}: {number} carriers on {shape} cells is not a whole number; "
            f"the nearest {nearest} {shown}"
        )
    return round(exact)


def is_whole(number: float) -> bool:
    """Whether a number of carriers is whole, up to the rounding of a doping."""
    return abs(number - round(number)) <= ROUNDING


def _doping_of(section: DopingSection, n_carriers: int, n_cells: int) -> Fraction:
    """The doping that puts so many carriers on so many cells, as a fraction."""
    units, parent = (
        Fraction(number).limit_denominator(1_000_000)
        for number in (section.formula_units, section.parent)
    )
    return section.sign * (Fraction(n_carriers, n_cells) / units - parent)


def dopings_that_fit(
    section: DopingSection, structure: Structure, supercells: Iterable[Supercell]
) -> tuple[float, ...]:
    """Every doping that is a whole number of carriers on all supercells, ascending."""
    shared = gcd(*(cells.n_cells for cells in supercells))
    carriers = range(1, structure.n_wells * shared)
    return tuple(sorted(float(_doping_of(section, n, shared)) for n in carriers))


def doping_coordinate(config: Config, values: Sequence[float]) -> xr.DataArray:
    """The doping with what it counts, and the carriers of a primitive cell beside it."""
    section = config.doping
    if config.structure.material is not None:
        unit = f"formula unit of {config.structure.material}"
    else:
        unit = "primitive cell" if section.formula_units == 1 else "formula unit"
    counted = "carriers"
    if section.parent:
        counted += " added to the parent" if section.sign > 0 else " taken from the parent"
    carriers = [section.carriers_per_cell(x) for x in values]
    found = written("coordinates", REDUCED, doping=values, carriers_per_cell=carriers)
    counted = section.counts or f"{counted} per {unit}"
    axis = xr.DataArray(found.pop("doping"), coords=found)
    return axis.assign_attrs(long_name=counted)


def with_reference(config: Config, structure: xr.Dataset, units: Units) -> xr.Dataset:
    """The group ``structure`` of a diagram with what its voltages are against, if anything."""
    reference = config.doping.reference_potential
    if reference is None:
        return structure
    return structure.assign(written("structure", units, reference_potential=reference))


def with_measured_doping(config: Config, root: xr.Dataset) -> xr.Dataset:
    """The root of a diagram at fixed chemical potential with the measured ``doping`` and its error.

    What x counts is that of ``[doping]``, as at fixed doping; the root of a diagram over that is
    returned as it is.
    """
    if "carriers_per_cell" not in root.data_vars:
        return root
    section = config.doping
    doping = section.sign * (root["carriers_per_cell"] / section.formula_units - section.parent)
    error = root["carriers_per_cell_stderr"] / section.formula_units
    found = written("/", REDUCED, doping.dims[:-1], doping=doping, doping_stderr=error)
    found["doping"].attrs["long_name"] = doping_coordinate(config, ()).attrs["long_name"]
    return root.assign(found)
