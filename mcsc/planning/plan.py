"""What a run file asks for: one task for each place on the grid of the scan."""

import math
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from itertools import product
from pathlib import Path

import numpy as np
import xarray as xr

from mcsc.chain import FieldProtocol, Task
from mcsc.config import Config, RunFile, RunFileError, load, path_of
from mcsc.lattice import Supercell
from mcsc.planning.axes import Axis, axes_of, coordinates, protocol_axes, varied_name, with_dopings
from mcsc.planning.checks import check_chemical_potential, check_field
from mcsc.planning.variants import Variant, each_variant
from mcsc.structure import Structure
from mcsc.text import Described, counted, span
from mcsc.units import Units

_MOST_TASKS = 100_000


@dataclass(frozen=True)
class GridTask:
    """A task and its place on the axes of the scan, one index an axis."""

    task: Task
    place: tuple[int, ...]


@dataclass(frozen=True, repr=False)
class Plan(Described):
    """A checked run file, ready to run.

    Attributes
    ----------
    path, text
        The run file and its contents.
    supercells
        Supercells, smallest first.
    axes, tasks
        Axes of the grid, the outermost first, and one task for each place on them.
    protocol_axes, protocols
        The same for the field protocols; no tasks where none are asked for.
    variants
        One for each set of values of the varied keys, the last key fastest.
    """

    path: Path
    text: str
    config: Config
    supercells: tuple[Supercell, ...]
    axes: dict[str, xr.DataArray]
    tasks: tuple[GridTask, ...]
    protocol_axes: dict[str, xr.DataArray]
    protocols: tuple[GridTask, ...]
    variants: tuple[Variant, ...]

    def _described(self) -> tuple[str, dict[str, str]]:
        sizes = f"cells {', '.join(supercell.label for supercell in self.supercells)}"
        *_, carriers = self.axes
        axes = (
            f"{name} {span(axis.values.tolist(), axis.attrs['units'])}"
            for name, axis in self.axes.items()
            if name not in ("size", "direction") and (axis.size > 1 or name == carriers)
        )
        ladder = span(self.variants[0].task.temperatures, self.units.temperature)
        ladders = counted(len(self.all_tasks), "ladder")
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
    def varied(self) -> tuple[str, ...]:
        """Names of the axes of the varied keys."""
        return tuple(map(varied_name, self.config.scan.vary))

    @property
    def all_tasks(self) -> list[Task]:
        """Every task of the scan and of the protocols."""
        return [at.task for _, places in self.grids for at in places]

    @property
    def has_rounds(self) -> bool:
        """Whether what is run depends on what has been run, see :mod:`mcsc.planning`."""
        scan, target = self.config.scan, self.config.sampling.target_error
        return scan.temperature.placement == "exchange" or bool(scan.refine_doping or target)

    @property
    def grids(self) -> tuple[tuple[dict[str, xr.DataArray], tuple[GridTask, ...]], ...]:
        """Axes and tasks of the scan, and of the protocols."""
        return ((self.axes, self.tasks), (self.protocol_axes, self.protocols))


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
    axes = axes_of(config)
    n_tasks = math.prod(len(axis.values) for axis in axes)
    if n_tasks > _MOST_TASKS:
        raise RunFileError(
            f"{path}: scan: {n_tasks} tasks, one for each place on the grid; at most "
            f"{_MOST_TASKS}: give fewer values or samples, or several run files"
        )
    variants = tuple(each_variant(path, config, config.scan.matrices))
    supercells = variants[0].supercells
    changing = _changing_unit(config, variants)
    potentials = config.scan.chemical_potentials[1]
    for key, unit, values in (
        ("temperature", config.scan.temperature.unit, "temperatures"),
        ("chemical_potential", potentials, "chemical potentials"),
    ):
        if unit == "coulomb" and changing:
            raise RunFileError(
                f'{path}: scan.{key}.unit = "coulomb": varying {changing[0]} '
                f'changes this unit; give the {values} themselves and unit = "absolute"'
            )
    check_field(path, config, [variant.structure for variant in variants])
    tasks, protocols = tuple(_grid(variants, axes)), _protocols(config, variants)
    first = variants[0]
    swept = coordinates(protocol_axes(config), first)
    return Plan(
        path, text, config, supercells, coordinates(axes, first), tasks, swept, protocols, variants
    )


def replanned(
    planned: Plan, temperatures: Sequence[float] | None = None, dopings: Sequence[float] = ()
) -> Plan:
    """The same run with another ladder, or with dopings in addition to its own.

    Protocols keep the dopings they have, but take the ladder.
    """
    config, variants = planned.config, planned.variants
    if temperatures is not None:
        variants = tuple(
            replace(v, task=replace(v.task, temperatures=tuple(temperatures))) for v in variants
        )
    axes = axes_of(config)
    if config.scan.doping is not None:
        axes = with_dopings(config, axes, {*planned.axes["doping"].values.tolist(), *dopings})
    return replace(
        planned,
        variants=variants,
        axes=coordinates(axes, variants[0]),
        tasks=tuple(_grid(variants, axes)),
        protocols=_protocols(config, variants),
    )


def _protocols(config: Config, variants: tuple[Variant, ...]) -> tuple[GridTask, ...]:
    """Tasks of the field protocols, none where the run file asks for none."""
    section = config.protocol
    if section is None:
        return ()
    protocol = FieldProtocol(
        section.field, section.made_sweeps, section.measurements, section.repeats
    )
    return tuple(_grid(variants, protocol_axes(config), protocol))


def _changing_unit(config: Config, variants: Sequence[Variant]) -> list[str]:
    """Varied keys that change the Coulomb temperature."""
    vary = config.scan.vary
    scales = np.array([variant.coulomb_temperature for variant in variants])
    table = scales.reshape([len(values) for values in vary.values()])
    return [key for i, key in enumerate(vary) if np.ptp(table, axis=i).any()]


def _grid(
    variants: tuple[Variant, ...], axes: Sequence[Axis], protocol: FieldProtocol | None = None
) -> Iterator[GridTask]:
    """Tasks on the axes; a protocol goes through its own fields, one task does them all."""
    changing = [(axis.change, axis.values) for axis in axes if axis.change]
    for (i, cells), variant in product(enumerate(variants[0].supercells), variants):
        structure = cells.sampled(variant.structure)
        start = replace(variant.task, structure=structure, size=cells.size, protocol=protocol)
        for inner in np.ndindex(*(len(values) for _, values in changing)):
            task = start
            # carriers before the dopants, which are counted by them
            for (change, values), k in reversed(list(zip(changing, inner, strict=True))):
                task = change(task, values[k], variant, cells)
            yield GridTask(task, (i, *variant.place, *inner))
