"""The axes of the grid of a scan, as the coordinates the diagram will have."""

import math
from collections.abc import Sequence

import numpy as np
import xarray as xr

from mcsc.config import Config, InteractionSection, StructureSection, WellsSection
from mcsc.lattice import Supercell
from mcsc.units import FIELD_UNIT, Units

_LENGTHS = ("displacement_length", "screening_length", "a", "b", "c", "cage_radius", "void_radius")
_PRESSURES = ("pressure", "bulk_modulus")
_ENERGIES = ("state_energy", "star_energy", "depth")


def varied_name(key: str) -> str:
    """Name of the axis of a varied key of the run file: the key without its section."""
    return key.split(".", 1)[1].replace(".", "_")


def n_places(config: Config) -> int:
    """Number of tasks of the grid, known before any of them is worked out."""
    scan = config.scan
    carriers = scan.dopings or scan.chemical_potentials[0]
    samples = config.disorder.samples if config.disorder else 1
    lengths = map(len, (scan.matrices, *scan.vary.values(), scan.directions, scan.field, carriers))
    return samples * math.prod(lengths)


def grid_axes(
    config: Config,
    supercells: Sequence[Supercell],
    units: Units,
    coulomb_energy: float,
) -> dict[str, xr.DataArray]:
    """Axes of the equilibrium scan, the outermost first.

    Parameters
    ----------
    supercells, units
        Of the run.
    coulomb_energy
        e²/(4πε0 ε_r a), which chemical potentials can be given in.

    Returns
    -------
    ``size``, one axis for each varied key, ``direction``, ``field``, with quenched dopants
    ``disorder``, and ``doping`` or ``chemical_potential``; each a coordinate with its unit and
    meaning. The doping has ``carriers_per_cell`` as a further coordinate.
    """
    scan = config.scan
    return {
        "size": size_coordinate(supercells),
        **{varied_name(key): _varied(key, values, units) for key, values in scan.vary.items()},
        "direction": _coordinate(
            "direction",
            [" ".join(f"{component:g}" for component in d) for d in scan.directions],
            "direction of the field, cartesian components as in the run file",
        ),
        "field": _field(sorted(scan.field), units),
        **_samples(config),
        **_carriers(config, units, coulomb_energy),
    }


def _carriers(config: Config, units: Units, coulomb_energy: float) -> dict[str, xr.DataArray]:
    """The axis of the carriers: their doping, or in energy their chemical potential."""
    if config.scan.chemical_potential is None:
        return {"doping": doping_coordinate(config, config.scan.dopings)}
    values, unit = config.scan.chemical_potentials
    factor = coulomb_energy if unit == "coulomb" else 1.0
    found = [factor * value for value in values]
    meaning = "chemical potential of the carriers"
    axis = _coordinate("chemical_potential", found, meaning, units.energy)
    axis.attrs["comment"] = (
        "of a carrier and its compensating charge, spread evenly over all wells; of screened "
        "carriers, without any"
    )
    return {"chemical_potential": axis}


def _samples(config: Config) -> dict[str, xr.DataArray]:
    if config.disorder is None:
        return {}
    numbers = np.arange(1, config.disorder.samples + 1).tolist()
    return {"disorder": _coordinate("disorder", numbers, "sample of the quenched dopants", "1")}


def protocol_axes(config: Config, axes: dict[str, xr.DataArray]) -> dict[str, xr.DataArray]:
    """Axes of the field protocols: those of the scan, but the field, which a protocol changes."""
    kept = {name: axis for name, axis in axes.items() if name != "field"}
    if config.protocol is None or config.protocol.doping is None:
        return kept
    return {**kept, "doping": doping_coordinate(config, sorted(config.protocol.doping))}


def doping_coordinate(config: Config, values: Sequence[float]) -> xr.DataArray:
    """The doping with what it counts, and the carriers of a primitive cell beside it."""
    section = config.doping
    if config.structure.material is None and section.formula_units == 1:
        unit = "primitive cell"
    else:
        unit = "formula unit"
        if config.structure.material is not None:
            unit += f" of {config.structure.material}"
    counted = "carriers"
    if section.parent:
        counted += " added to the parent" if section.sign > 0 else " taken from the parent"
    meaning = section.counts or f"{counted} per {unit}"
    axis = _coordinate("doping", values, meaning, "1")
    carriers = _coordinate(
        "doping", [section.carriers_per_cell(x) for x in values], "carriers per primitive cell", "1"
    )
    return axis.assign_coords(carriers_per_cell=carriers)


def _coordinate(
    name: str, values: Sequence[float | str], long_name: str, unit: str = ""
) -> xr.DataArray:
    attributes = {"units": unit, "long_name": long_name} if unit else {"long_name": long_name}
    return xr.DataArray(np.array(values), dims=name, attrs=attributes)


def _field(values: Sequence[float], units: Units) -> xr.DataArray:
    return _coordinate("field", values, "electric field times charge", units.written(FIELD_UNIT))


def size_coordinate(supercells: Sequence[Supercell]) -> xr.DataArray:
    """Supercells by their cells along the first vector, where these tell them apart, or by all."""
    linear = [abs(cells.matrix[0][0]) for cells in supercells]
    meaning = "cells along the first lattice vector"
    if len(set(linear)) < len(linear) or not all(cells.is_diagonal for cells in supercells):
        linear = [cells.n_cells for cells in supercells]
        meaning = "primitive cells in the supercell"
    return _coordinate("size", linear, f"supercell size: {meaning}", "1")


def _varied(key: str, values: Sequence[float], units: Units) -> xr.DataArray:
    section, *inner = key.split(".")
    fields = {
        "structure": StructureSection.model_fields,
        "wells": WellsSection.model_fields,
        "interaction": InteractionSection.model_fields,
    }.get(section, {})
    field = fields.get(inner[0])
    description = field.description if field and field.description else inner[0].replace("_", " ")
    unit = units.length if inner[0] in _LENGTHS else "1"
    unit = units.energy if inner[0] in _ENERGIES else unit
    unit = "GPa" if inner[0] in _PRESSURES else unit
    return _coordinate(varied_name(key), values, f"{key}: {description}", unit)
