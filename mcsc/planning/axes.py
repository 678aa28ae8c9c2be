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
from mcsc.config import Config, ProtocolSection, TransportSection
from mcsc.files.tree import Place
from mcsc.lattice import Supercell
from mcsc.planning.carriers import doping_coordinate, is_whole, n_carriers_at
from mcsc.planning.dopants import sampled_dopants
from mcsc.planning.variants import Variant
from mcsc.planning.windows import dopings_of, window_of
from mcsc.text import where
from mcsc.units import REDUCED
from mcsc.variables import Variable, declared

Coordinate = Callable[[Variant], xr.DataArray]
Change = Callable[[Task, Any, Variant, Supercell], Task | None]

_LENGTHS = ("displacement_length", "screening_length", "gate_distance", "a", "b", "c",
            "cage_radius", "void_radius")  # fmt: skip
_UNITS = {"{length}": _LENGTHS, "{energy}": ("state_energy", "star_energy", "depth"),
          "GPa": ("pressure", "bulk_modulus"), "degree": ("twist_angle",)}  # fmt: skip


@dataclass(frozen=True)
class Axis:
    """One axis of the grid of a scan.

    name: Dimension of the diagram; none if there is one value only, except of the last axis, that
        of the carriers.
    values: What it goes through.
    coordinate: Labels of the values with their unit and meaning, from the first variant of the run
        file.
    change: The task at a value, from one on a supercell of a variant, or None if that has no such
        value; None where the value says which supercell or variant that is.
    in_histories: Whether field protocols and transport have this axis too.
    """

    name: str
    values: Sequence[Any]
    coordinate: Coordinate
    change: Change | None
    in_histories: bool = True


def axes_of(config: Config) -> tuple[Axis, ...]:
    """Axes of the equilibrium scan, the outermost first, that of the carriers last."""
    return tuple(axis for kind in KINDS for axis in kind(config))


def history_axes(
    config: Config, section: ProtocolSection | TransportSection | None
) -> tuple[Axis, ...]:
    """Axes of field protocols or transport: those of the scan, with their own dopings if given."""
    axes = tuple(axis for axis in axes_of(config) if axis.in_histories)
    if section is None or section.doping is None:
        return axes
    return with_dopings(config, axes, section.doping)


def with_dopings(config: Config, axes: Sequence[Axis], new: Iterable[float]) -> tuple[Axis, ...]:
    """The same axes with other dopings."""
    return (*axes[:-1], _doping(config, sorted(new)))


def place_name(axes: Mapping[str, xr.DataArray], place: Place) -> str:
    """What tells a place from the others, e.g. ``doping 0.5, size 6``.

    axes: Coordinates of the grid, that of the carriers last.
    place: Index on each of them.
    """
    values = {name: axis.values[i] for (name, axis), i in zip(axes.items(), place, strict=True)}
    *others, carriers = values.items()
    return where(dict([carriers, *(item for item in others if axes[item[0]].size > 1)]), digits=6)


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
    found = xr.DataArray(declared("size", "coordinates").of(linear, REDUCED))
    return found.assign_attrs(long_name=f"supercell size: {meaning}")


def _labels(values: npt.ArrayLike, declaration: Variable) -> Coordinate:
    return lambda first: xr.DataArray(declaration.of(values, first.structure.units))


def _axis(
    name: str, values: Sequence[Any], change: Change, labels: Sequence[str] = (), **more: bool
) -> Axis:
    """One that is declared as a coordinate, labelled by its values unless others are given."""
    labelled = _labels(labels or values, declared(name, "coordinates"))
    return Axis(name, values, labelled, change, **more)


def _sizes(config: Config) -> Iterator[Axis]:
    matrices = config.scan.matrices
    yield Axis("size", matrices, lambda first: size_coordinate(first.supercells), None)


def _varied(config: Config) -> Iterator[Axis]:
    for key, values in config.scan.vary.items():
        section, inner, *_ = key.split(".")
        table: Any = Config.model_fields[section].annotation
        name, field = varied_name(key), table.model_fields.get(inner)
        said = (field and field.description) or inner.replace("_", " ")
        unit = next((unit for unit, keys in _UNITS.items() if inner in keys), "1")
        meaning = Variable(name, name, unit, f"{key}: {' '.join(said.split())}")
        yield Axis(name, values, _labels(values, meaning), None)


def _starts(config: Config) -> Iterator[Axis]:
    """What carriers that come and go begin from: a ladder at fixed carriers, all else being equal.

    Changed after all else, so that this is.
    """
    if config.scan.start_doping is None:
        return
    dopings = sorted(config.scan.start_doping)

    def begun(task: Task, x: float, variant: Variant, cells: Supercell) -> Task:
        n = n_carriers_at(variant, cells, x, "start_doping")
        first = replace(task, n_carriers=n, chemical_potential=None)
        return replace(task, n_carriers=n, continues=first)

    yield _axis("start_doping", dopings, begun, in_histories=False)


def _directions(config: Config) -> Iterator[Axis]:
    directions = config.scan.directions
    labels = [" ".join(f"{component:g}" for component in d) for d in directions]
    units = [tuple((np.array(d) * (1.0 / np.linalg.norm(d))).tolist()) for d in directions]
    yield _axis("direction", units, lambda task, d, *_: replace(task, field_direction=d), labels)


def _fields(config: Config) -> Iterator[Axis]:
    # a history goes through fields of its own
    change, fields = lambda task, field, *_: replace(task, field=field), sorted(config.scan.field)
    yield _axis("field", fields, change, in_histories=False)


def _samples(config: Config) -> Iterator[Axis]:
    if config.disorder is not None:
        yield _axis("disorder", range(1, config.disorder.samples + 1), _with_dopants)


def _with_dopants(task: Task, sample: int, variant: Variant, cells: Supercell) -> Task:
    crystal = (variant.path, variant.config, variant.structure, cells)
    return replace(task, dopants=sampled_dopants(*crystal, task.n_carriers, sample))


def _seeds(config: Config) -> Iterator[Axis]:
    if config.scan.seed is not None:
        seeds = sorted(config.scan.seed)
        yield _axis("seed", seeds, lambda task, seed, *_: replace(task, seed=seed))


def _carriers(config: Config) -> Iterator[Axis]:
    """Their doping, or in energy their chemical potential."""
    if config.scan.chemical_potential is None:
        yield _doping(config, dopings_of(config))
        return
    name, (values, unit) = "chemical_potential", config.scan.chemical_potentials

    def energy(value: float, variant: Variant) -> float:
        return variant.coulomb_energy * value if unit == "coulomb" else value

    def coordinate(first: Variant) -> xr.DataArray:
        found = [energy(value, first) for value in values]
        return _labels(found, declared(name, "coordinates"))(first)

    def held(task: Task, value: float, variant: Variant, cells: Supercell) -> Task:
        # how many there are at the start is forgotten in the annealing
        n, potential = task.n_wells // 2, energy(value, variant)
        return replace(task, n_carriers=n, chemical_potential=potential)

    yield Axis(name, values, coordinate, held)


def _doping(config: Config, dopings: Sequence[float]) -> Axis:
    def held(task: Task, x: float, variant: Variant, cells: Supercell) -> Task | None:
        if config.scan.ends is None:
            return replace(task, n_carriers=n_carriers_at(variant, cells, x))
        if not is_whole(config.doping.carriers_per_cell(x) * cells.n_cells):
            # a doping of another size
            return None
        n = n_carriers_at(variant, cells, x)
        return replace(task, n_carriers=n, window=window_of(config, cells.n_cells, n))

    return Axis("doping", dopings, lambda _: doping_coordinate(config, dopings), held)


KINDS: tuple[Callable[[Config], Iterator[Axis]], ...] = (
    _sizes, _varied, _starts, _directions, _fields, _samples, _seeds, _carriers,
)  # fmt: skip
"""The outermost axes first; a kind that the run file does not ask for has no axis."""
