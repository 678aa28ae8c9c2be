"""What a run file asks for: one task for each place on the grid of the scan."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from itertools import product
from pathlib import Path

import numpy as np
import xarray as xr

from mcsc.carrier_axis import CARRIER_AXES, CHEMICAL_POTENTIAL, carrier_axis
from mcsc.chain import FieldProtocol, Sampling, Task
from mcsc.config import Config, RunFile, RunFileError, load, path_of, varied
from mcsc.lattice import Cells, Matrix, Supercell
from mcsc.planning.axes import doping_coordinate, grid_axes, n_places, protocol_axes
from mcsc.planning.carriers import n_carriers_at
from mcsc.planning.chemical_potential import check_chemical_potential
from mcsc.planning.dopants import check_dopants, sampled_dopants
from mcsc.planning.energies import check_energies
from mcsc.planning.supercell import check_size, chosen_supercells
from mcsc.planning.wells import build_structure, interactions
from mcsc.structure import Structure
from mcsc.text import Described, counted, span
from mcsc.units import Units

Vector = tuple[float, float, float]

_MOST_TASKS = 100_000


@dataclass(frozen=True)
class GridTask:
    """A task and its place on the axes of the scan, one index an axis."""

    task: Task
    place: tuple[int, ...]


@dataclass(frozen=True)
class Variant:
    """The run file at one set of values of its varied keys.

    Attributes
    ----------
    place
        Indices of the values, one a varied key.
    structure
        Wells, in the cell of the run file.
    supercells
        Supercells, smallest first, with the cells that they are sampled in.
    coulomb_temperature
        e²/(4πε0 ε_r a k_B), the unit of reduced temperatures.
    task
        A task at the first size, with everything but carriers, size and field in place.
    """

    place: tuple[int, ...]
    structure: Structure
    supercells: tuple[Supercell, ...]
    coulomb_temperature: float
    task: Task


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
        axes = (
            f"{name} {span(axis.values.tolist(), axis.attrs['units'])}"
            for name, axis in self.axes.items()
            if name not in ("size", "direction") and (axis.size > 1 or name in CARRIER_AXES)
        )
        ladder = span(self.variants[0].task.temperatures, self.units.temperature)
        ladders = counted(len(self.all_tasks), "ladder")
        title = f"Plan of {self.path.name}: {ladders} of {self.structure.name}"
        return title, {"grid": "; ".join([sizes, *axes]), "temperatures": ladder}

    @property
    def sizes(self) -> tuple[Cells, ...]:
        """Cells of each supercell, along the vectors of the cell that it is sampled in."""
        return tuple(cells.size for cells in self.supercells)

    @property
    def units(self) -> Units:
        """Unit system, that of the wells."""
        return self.structure.units

    @property
    def structure(self) -> Structure:
        """Wells in the cell of the run file, those of the first variant."""
        return self.variants[0].structure

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
    if n_places(config) > _MOST_TASKS:
        raise RunFileError(
            f"{path}: scan: {n_places(config)} tasks, one for each place on the grid; at most "
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
    _check_field(path, config, variants)
    units = variants[0].structure.units
    axes = grid_axes(config, supercells, units, units.boltzmann * variants[0].coulomb_temperature)
    tasks = tuple(_grid(path, config, variants, axes))
    protocol, swept = _protocol(path, config), protocol_axes(config, axes)
    protocols = tuple(_grid(path, config, variants, swept, protocol)) if protocol else ()
    return Plan(path, text, config, supercells, axes, tasks, swept, protocols, variants)


def replanned(
    planned: Plan, temperatures: Sequence[float] | None = None, dopings: Sequence[float] = ()
) -> Plan:
    """The same run with another ladder, or with dopings in addition to its own.

    Protocols keep the dopings they have, but take the ladder.
    """
    path, config = planned.path, planned.config
    variants, axes = planned.variants, dict(planned.axes)
    if temperatures is not None:
        variants = tuple(
            replace(v, task=replace(v.task, temperatures=tuple(temperatures))) for v in variants
        )
    if dopings:
        axes["doping"] = doping_coordinate(
            config, sorted({*axes["doping"].values.tolist(), *dopings})
        )
    tasks = tuple(_grid(path, config, variants, axes))
    protocol, swept = _protocol(path, config), planned.protocol_axes
    protocols = tuple(_grid(path, config, variants, swept, protocol)) if protocol else ()
    return replace(planned, variants=variants, axes=axes, tasks=tasks, protocols=protocols)


def _changing_unit(config: Config, variants: Sequence[Variant]) -> list[str]:
    """Varied keys that change the Coulomb temperature."""
    vary = config.scan.vary
    scales = np.array([variant.coulomb_temperature for variant in variants])
    table = scales.reshape([len(values) for values in vary.values()])
    return [key for i, key in enumerate(vary) if np.ptp(table, axis=i).any()]


def each_variant(path: Path, config: Config, matrices: tuple[Matrix, ...]) -> Iterator[Variant]:
    """The run file at every set of values of its varied keys, checked on all supercells.

    The cells that these are sampled in are chosen for the first set of values.

    Raises
    ------
    mcsc.config.RunFileError
        If the wells, their interactions or a supercell do not fit, in one line.
    """
    vary = config.scan.vary
    supercells: tuple[Supercell, ...] = ()
    for place in product(*(range(len(values)) for values in vary.values())):
        changes = {key: vary[key][i] for key, i in zip(vary, place, strict=True)}
        here = varied(path, config, changes) if changes else config
        structure = build_structure(path, here)
        check_dopants(path, here, structure)
        scale = structure.coulomb_temperature(here.interaction.relative_permittivity)
        supercells = supercells or chosen_supercells(path, config, structure, matrices)
        for cells in supercells:
            check_size(path, config, structure, cells)
        sampled, size = supercells[0].sampled(structure), supercells[0].size
        section = config.scan.temperature
        factor = scale if section.unit == "coulomb" else 1.0
        sampling = config.sampling
        task = Task(
            structure=sampled,
            size=size,
            n_carriers=1,
            temperatures=tuple(factor * t for t in section.ladder()),
            interactions=interactions(path, here, sampled, size),
            sampling=Sampling(
                sweeps=sampling.made_sweeps,
                warmup=sampling.warmup,
                measurements=sampling.measurements,
                exchange_interval=sampling.exchange_interval,
                moves=sampling.moves.rates(),
            ),
            seed=sampling.seed,
        )
        check_energies(path, here, task, scale)
        yield Variant(place, structure, supercells, scale, task)


def _grid(
    path: Path,
    config: Config,
    variants: tuple[Variant, ...],
    axes: dict[str, xr.DataArray],
    protocol: FieldProtocol | None = None,
) -> Iterator[GridTask]:
    """Tasks on the axes; a protocol goes through its own fields, one task does them all."""
    fields = enumerate(axes["field"].values.tolist()) if protocol is None else [(-1, 0.0)]
    carriers = carrier_axis(axes)
    samples = axes["disorder"].values.tolist() if "disorder" in axes else [0]
    supercells = variants[0].supercells
    sampled = {
        (cells, variant.place): cells.sampled(variant.structure)
        for cells, variant in product(supercells, variants)
    }
    for (i, cells), variant, (k, direction), (m, field), (j, sample), (n, x) in product(
        enumerate(supercells),
        variants,
        enumerate(map(_unit, config.scan.directions)),
        fields,
        enumerate(samples),
        enumerate(axes[carriers].values.tolist()),
    ):
        fixed = carriers != CHEMICAL_POTENTIAL
        # how many there are at the start is forgotten in the annealing
        n_carriers = (
            n_carriers_at(path, config.doping, variant.structure, cells, x)
            if fixed
            else cells.n_cells * variant.structure.n_wells // 2
        )
        task = replace(
            variant.task,
            structure=sampled[cells, variant.place],
            size=cells.size,
            n_carriers=n_carriers,
            field=field,
            field_direction=direction,
            protocol=protocol,
            dopants=sampled_dopants(path, config, variant.structure, cells, n_carriers, sample),
            chemical_potential=None if fixed else x,
        )
        here = {"field": m, "disorder": j, carriers: n}
        inner = (index for name, index in here.items() if name in axes)
        yield GridTask(task, (i, *variant.place, k, *inner))


def _check_field(path: Path, config: Config, variants: Sequence[Variant]) -> None:
    strongest = max(config.scan.field)
    if strongest > 0 and config.wells.states == "centre":
        raise RunFileError(
            f"{path}: scan.field = {strongest:g}: a field moves only displaced carriers; set "
            'wells.states, e.g. "vertices", or remove the field'
        )
    displaced = np.concatenate([w.displacements for v in variants for w in v.structure.wells])
    along = np.abs(displaced @ np.array([_unit(d) for d in config.scan.directions]).T)
    asked = displaced.any() and (strongest > 0 or config.protocol)
    if asked and along.max() <= 1e-9 * np.abs(displaced).max():
        raise RunFileError(
            f"{path}: scan.field_direction = {list(config.scan.directions[0])}: no carrier is "
            "displaced along it, and the field moves none; choose another direction"
        )


def _protocol(path: Path, config: Config) -> FieldProtocol | None:
    section = config.protocol
    if section is None:
        return None
    if config.wells.states == "centre":
        raise RunFileError(
            f"{path}: protocol: a field moves only displaced carriers; set wells.states, "
            'e.g. "vertices", or remove [protocol]'
        )
    return FieldProtocol(section.field, section.made_sweeps, section.measurements, section.repeats)


def _unit(direction: Vector) -> Vector:
    x, y, z = (np.array(direction) * (1.0 / np.linalg.norm(direction))).tolist()
    return x, y, z
