"""The axes of the grid of a scan, each kind declared once.

A kind of axis is a function of the run file: what it goes through, the coordinate that the diagram
gets, and how a value changes a task. The grid, its number of tasks, the diagram, transitions and
figures go over the list of them, :data:`KINDS`.
"""

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
import numpy.typing as npt
import xarray as xr

from mcsc.chain import Task
from mcsc.config import Config, InteractionSection, StructureSection, WellsSection
from mcsc.lattice import Supercell
from mcsc.planning.carriers import doping_coordinate, n_carriers_at
from mcsc.planning.dopants import sampled_dopants
from mcsc.planning.variants import Variant
from mcsc.units import REDUCED, Units
from mcsc.variables import Variable, declared

Vector = tuple[float, float, float]
Change = Callable[[Task, Any, Variant, Supercell], Task]

_LENGTHS = ("displacement_length", "screening_length", "a", "b", "c", "cage_radius", "void_radius")
_PRESSURES = ("pressure", "bulk_modulus")
_ENERGIES = ("state_energy", "star_energy", "depth")


@dataclass(frozen=True)
class Axis:
    """One axis of the grid of a scan.

    Attributes
    ----------
    name
        Dimension of the diagram; none if there is one value only, except of the last axis, that
        of the carriers.
    values
        What it goes through.
    coordinate
        Labels of the values with their unit and meaning, from the first variant of the run file.
    change
        The task at a value, from one on a supercell of a variant; None where the value says which
        supercell or variant that is.
    in_protocols
        Whether field protocols have this axis too.
    """

    name: str
    values: Sequence[Any]
    coordinate: Callable[[Variant], xr.DataArray]
    change: Change | None
    in_protocols: bool = True


def axes_of(config: Config) -> tuple[Axis, ...]:
    """Axes of the equilibrium scan, the outermost first, that of the carriers last."""
    return tuple(axis for kind in KINDS for axis in kind(config))


def protocol_axes(config: Config) -> tuple[Axis, ...]:
    """Axes of the field protocols: those of the scan, with dopings of their own if given."""
    axes = tuple(axis for axis in axes_of(config) if axis.in_protocols)
    if config.protocol is None or config.protocol.doping is None:
        return axes
    return with_dopings(config, axes, config.protocol.doping)


def with_dopings(
    config: Config, axes: Sequence[Axis], dopings: Iterable[float]
) -> tuple[Axis, ...]:
    """The same axes with other dopings."""
    return (*axes[:-1], _doping(config, sorted(dopings)))


def coordinates(axes: Sequence[Axis], first: Variant) -> dict[str, xr.DataArray]:
    """Coordinates of a grid by name, from the first variant of the run file."""
    return {axis.name: axis.coordinate(first) for axis in axes}


def place_name(axes: Mapping[str, xr.DataArray], place: tuple[int, ...]) -> str:
    """What tells a place from the others, e.g. ``doping 0.5, size 6``.

    Parameters
    ----------
    axes
        Coordinates of the grid, that of the carriers last.
    place
        Index on each of them.
    """
    values = {name: axis.values[i] for (name, axis), i in zip(axes.items(), place, strict=True)}
    *others, carriers = axes
    return ", ".join(
        f"{name.replace('_', ' ')} {value if isinstance(value, str) else f'{value:g}'}"
        for name, value in ((name, values[name]) for name in (carriers, *others))
        if name == carriers or axes[name].size > 1
    )


def varied_name(key: str) -> str:
    """Name of the axis of a varied key of the run file: the key without its section."""
    return key.split(".", 1)[1].replace(".", "_")


def size_coordinate(supercells: Sequence[Supercell]) -> xr.DataArray:
    """Supercells by their cells along the first vector, where these tell them apart, or by all."""
    linear = [abs(cells.matrix[0][0]) for cells in supercells]
    meaning = "cells along the first lattice vector"
    if len(set(linear)) < len(linear) or not all(cells.is_diagonal for cells in supercells):
        linear = [cells.n_cells for cells in supercells]
        meaning = "primitive cells in the supercell"
    return _coordinate("size", linear, REDUCED).assign_attrs(long_name=f"supercell size: {meaning}")


def _sizes(config: Config) -> Iterator[Axis]:
    matrices = config.scan.matrices
    yield Axis("size", matrices, lambda first: size_coordinate(first.supercells), None)


def _varied(config: Config) -> Iterator[Axis]:
    for key, values in config.scan.vary.items():

        def coordinate(
            first: Variant, key: str = key, values: Sequence[float] = values
        ) -> xr.DataArray:
            return xr.DataArray(_declared(key).of(values, first.structure.units))

        yield Axis(varied_name(key), values, coordinate, None)


def _directions(config: Config) -> Iterator[Axis]:
    directions = config.scan.directions
    labels = [" ".join(f"{component:g}" for component in d) for d in directions]
    yield Axis("direction", directions, lambda _: _coordinate("direction", labels, REDUCED), _along)


def _along(task: Task, direction: Vector, variant: Variant, cells: Supercell) -> Task:
    x, y, z = (np.array(direction) * (1.0 / np.linalg.norm(direction))).tolist()
    return replace(task, field_direction=(x, y, z))


def _fields(config: Config) -> Iterator[Axis]:
    fields = sorted(config.scan.field)

    def coordinate(first: Variant) -> xr.DataArray:
        return _coordinate("field", fields, first.structure.units)

    # a protocol goes through fields of its own
    yield Axis("field", fields, coordinate, _in_field, in_protocols=False)


def _in_field(task: Task, field: float, variant: Variant, cells: Supercell) -> Task:
    return replace(task, field=field)


def _samples(config: Config) -> Iterator[Axis]:
    if config.disorder is None:
        return
    numbers = range(1, config.disorder.samples + 1)
    yield Axis("disorder", numbers, lambda _: _coordinate("disorder", numbers, REDUCED), _dopants)


def _dopants(task: Task, sample: int, variant: Variant, cells: Supercell) -> Task:
    path, config, structure = variant.path, variant.config, variant.structure
    n = task.n_carriers
    return replace(task, dopants=sampled_dopants(path, config, structure, cells, n, sample))


def _seeds(config: Config) -> Iterator[Axis]:
    seeds = sorted(config.scan.seed or ())
    if seeds:
        yield Axis("seed", seeds, lambda _: _coordinate("seed", seeds, REDUCED), _seeded)


def _seeded(task: Task, seed: int, variant: Variant, cells: Supercell) -> Task:
    return replace(task, seed=seed)


def _carriers(config: Config) -> Iterator[Axis]:
    """Their doping, or in energy their chemical potential."""
    if config.scan.chemical_potential is None:
        yield _doping(config, config.scan.dopings)
        return
    values, unit = config.scan.chemical_potentials

    def energy(value: float, variant: Variant) -> float:
        return variant.coulomb_energy * value if unit == "coulomb" else value

    def coordinate(first: Variant) -> xr.DataArray:
        found = [energy(value, first) for value in values]
        return _coordinate("chemical_potential", found, first.structure.units)

    def held(task: Task, value: float, variant: Variant, cells: Supercell) -> Task:
        # how many there are at the start is forgotten in the annealing
        return replace(
            task, n_carriers=task.n_wells // 2, chemical_potential=energy(value, variant)
        )

    yield Axis("chemical_potential", values, coordinate, held)


def _doping(config: Config, dopings: Sequence[float]) -> Axis:
    return Axis("doping", dopings, lambda _: doping_coordinate(config, dopings), _filled)


def _filled(task: Task, doping: float, variant: Variant, cells: Supercell) -> Task:
    return replace(task, n_carriers=n_carriers_at(variant, cells, doping))


def _coordinate(name: str, values: npt.ArrayLike, units: Units) -> xr.DataArray:
    return xr.DataArray(declared(name, "coordinates").of(values, units))


def _declared(key: str) -> Variable:
    """The axis of a varied key of the run file."""
    section, *inner = key.split(".")
    fields = {
        "structure": StructureSection.model_fields,
        "wells": WellsSection.model_fields,
        "interaction": InteractionSection.model_fields,
    }.get(section, {})
    field = fields.get(inner[0])
    meaning = field.description if field and field.description else inner[0].replace("_", " ")
    unit = "{length}" if inner[0] in _LENGTHS else "1"
    unit = "{energy}" if inner[0] in _ENERGIES else unit
    unit = "GPa" if inner[0] in _PRESSURES else unit
    name = varied_name(key)
    return Variable(name, name, unit, f"{key}: {meaning}")


KINDS: tuple[Callable[[Config], Iterator[Axis]], ...] = (
    _sizes,
    _varied,
    _directions,
    _fields,
    _samples,
    _seeds,
    _carriers,
)
"""The outermost axes first; a kind that the run file does not ask for has no axis."""
