"""What a run file asks for: one task for each place on the grid of the scan."""

import math
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from itertools import product
from pathlib import Path
from typing import Any, cast

import numpy as np
import xarray as xr

from mcsc.chain import FieldProtocol, Task, Transport, distinct
from mcsc.config import Config, RunFile, RunFileError, load, path_of
from mcsc.files.tree import Place
from mcsc.lattice import Supercell
from mcsc.planning.axes import Axis, axes_of, history_axes, varied_name, with_dopings
from mcsc.planning.checks import check_chemical_potential, check_field, check_units
from mcsc.planning.variants import Variant, each_variant
from mcsc.planning.windows import adds_annealings, check_windows
from mcsc.structure import Structure
from mcsc.text import Described, counted, span
from mcsc.units import Units

_MOST_TASKS = 100_000


@dataclass(frozen=True)
class GridTask:
    """A task and its place on the axes of the scan, one index an axis."""

    task: Task
    place: Place


@dataclass(frozen=True, repr=False)
class Plan(Described):
    """A checked run file, ready to run.

    path, text: The run file and its contents.
    axes, tasks: Axes of the grid, the outermost first, and one task for each place on them.
    protocol_axes, protocols, transport_axes, transports: The same for field protocols and for
        transport; no tasks where none are asked for.
    variants: One for each set of values of the varied keys, the last key fastest.
    """

    path: Path
    text: str
    config: Config
    axes: dict[str, xr.DataArray]
    tasks: tuple[GridTask, ...]
    protocol_axes: dict[str, xr.DataArray]
    protocols: tuple[GridTask, ...]
    transport_axes: dict[str, xr.DataArray]
    transports: tuple[GridTask, ...]
    variants: tuple[Variant, ...]

    @property
    def variant(self) -> Variant:
        """The first set of values of the varied keys."""
        return self.variants[0]

    def _described(self) -> tuple[str, dict[str, str]]:
        sizes = f"cells {', '.join(supercell.label for supercell in self.supercells)}"
        *_, carriers = self.axes
        axes = (
            f"{name} {span(axis.values.tolist(), axis.attrs['units'])}"
            for name, axis in self.axes.items()
            if name not in ("size", "direction") and (axis.size > 1 or name == carriers)
        )
        ladder = span(self.variants[0].task.temperatures, self.units.temperature)
        ladders = counted(len(distinct(self.all_tasks)), "ladder")
        title = f"Plan of {self.path.name}: {ladders} of {self.structure.name}"
        return title, {"grid": "; ".join([sizes, *axes]), "temperatures": ladder}

    @property
    def units(self) -> Units:
        """Unit system, that of the wells."""
        return self.structure.units

    @property
    def structure(self) -> Structure:
        """Wells in the cell of the run file, those of the first variant."""
        return self.variants[0].structure

    @property
    def supercells(self) -> tuple[Supercell, ...]:
        """Supercells, smallest first."""
        return self.variants[0].supercells

    @property
    def varied(self) -> tuple[str, ...]:
        """Names of the axes of the varied keys."""
        return tuple(map(varied_name, self.config.scan.vary))

    @property
    def all_tasks(self) -> list[Task]:
        """Every task of the scan, of protocols and of transport."""
        return [at.task for _, places in self.grids for at in places]

    @property
    def has_rounds(self) -> bool:
        """Whether what is run depends on what has been run, see :mod:`mcsc.planning`."""
        scan, sampling = self.config.scan, self.config.sampling
        later = scan.refine_doping or sampling.target_error or sampling.doublings
        placed = scan.temperature.placement != "given" or scan.start_doping is not None
        return placed or bool(later) or adds_annealings(self.config)

    @property
    def grids(self) -> tuple[tuple[dict[str, xr.DataArray], tuple[GridTask, ...]], ...]:
        """Axes and tasks of the scan, and of the histories."""
        return ((self.axes, self.tasks), *self.histories)

    @property
    def histories(self) -> tuple[tuple[dict[str, xr.DataArray], tuple[GridTask, ...]], ...]:
        """Axes and tasks of the protocols, and of transport."""
        return ((self.protocol_axes, self.protocols), (self.transport_axes, self.transports))


def plan(run_file: RunFile) -> Plan:
    """Read a run file and work out its tasks; nothing is run.

    Parameters
    ----------
    run_file
        TOML file, or its tables as nested dictionary.

    Raises
    ------
    mcsc.config.RunFileError
        If anything in it cannot be run, in one line.

    Examples
    --------
    >>> import mcsc
    >>> mcsc.plan(
    ...     {
    ...         "structure": {"lattice": "cubic"},
    ...         "scan": {
    ...             "size": [4, 4, 4],
    ...             "doping": [0.25, 0.5],
    ...             "temperature": {"values": [0.1, 0.15, 0.2]},
    ...         },
    ...     }
    ... )
    Plan of run.dict: 2 ladders of cubic
      grid: cells 4x4x4; doping 2 from 0.25 to 0.5
      temperatures: 3 from 0.1 to 0.2
    """
    path, (config, text) = path_of(run_file), load(run_file)
    check_chemical_potential(path, config)
    check_windows(path, config)
    axes = axes_of(config)
    n_tasks = math.prod(len(axis.values) for axis in axes)
    if n_tasks > _MOST_TASKS:
        raise RunFileError(
            f"{path}: scan: {n_tasks} tasks, one for each place on the grid; at most "
            f"{_MOST_TASKS}: give fewer values or samples, or several run files"
        )
    variants = tuple(each_variant(path, config, config.scan.matrices))
    check_units(path, config, [variant.coulomb_temperature for variant in variants])
    check_field(path, config, [variant.structure for variant in variants])
    return _planned(path, text, config, variants, axes)


def replanned(
    planned: Plan, temperatures: Sequence[float] | None = None, dopings: Sequence[float] = ()
) -> Plan:
    """The same run with another ladder, or with dopings in addition to its own.

    Histories keep the dopings they have, but take the ladder.
    """
    config, variants = planned.config, planned.variants
    if temperatures is not None:
        variants = tuple(
            replace(v, task=replace(v.task, temperatures=tuple(temperatures))) for v in variants
        )
    axes = axes_of(config)
    if config.scan.doping is not None:
        axes = with_dopings(config, axes, {*planned.axes["doping"].values.tolist(), *dopings})
    return _planned(planned.path, planned.text, config, variants, axes)


def _planned(
    path: Path, text: str, config: Config, variants: tuple[Variant, ...], axes: Sequence[Axis]
) -> Plan:
    def shown(axes: Sequence[Axis]) -> dict[str, xr.DataArray]:
        return {axis.name: axis.coordinate(variants[0]) for axis in axes}

    protocol, transport = config.protocol, config.transport
    swept, driven = history_axes(config, protocol), history_axes(config, transport)
    return Plan(
        path,
        text,
        config,
        shown(axes),
        tuple(_grid(variants, axes)),
        shown(swept),
        tuple(_grid(variants, swept, protocol=protocol.made())) if protocol else (),
        shown(driven),
        tuple(_grid(variants, driven, transport=transport.made(_rate(variants))))
        if transport
        else (),
        variants,
    )


def _rate(variants: Sequence[Variant]) -> float:
    """ν₀ where none is given: about that of phonons, 1/s; in reduced units that of time."""
    return 1.0 if variants[0].structure.units.name == "reduced" else 1e12


def _grid(
    variants: tuple[Variant, ...], axes: Sequence[Axis], **history: FieldProtocol | Transport
) -> Iterator[GridTask]:
    """Tasks on the axes; a history goes through its own fields, one task does them all."""
    changing = [(axis.change, axis.values) for axis in axes if axis.change]
    for (i, cells), variant in product(enumerate(variants[0].supercells), variants):
        bare: Task = replace(variant.on(cells), **cast(Any, history))
        made: dict[Place, Task | None] = {(): bare}
        for inner in np.ndindex(*(len(values) for _, values in changing)):
            # carriers first: dopants are counted by them
            for k in range(len(inner) - 1, -1, -1):
                if inner[k:] not in made:
                    (change, values), base = changing[k], made[inner[k + 1 :]]
                    at = values[inner[k]]
                    made[inner[k:]] = None if base is None else change(base, at, variant, cells)
            if (task := made[inner]) is not None:
                yield GridTask(task, (i, *variant.place, *inner))
