"""The fillings of a run file without its temperatures: what lowest states are searched for."""

from dataclasses import dataclass, replace
from pathlib import Path

import xarray as xr

from mcsc.chain import Sampling, Task
from mcsc.config import Config, RunFile, RunFileError, load, path_of
from mcsc.lattice import Cells, Supercell, along_cell
from mcsc.planning.axes import size_coordinate
from mcsc.planning.carriers import doping_coordinate, n_carriers_at
from mcsc.planning.variants import Variant, each_variant
from mcsc.structure import Structure
from mcsc.units import Units


@dataclass(frozen=True)
class Fillings:
    """Tasks by filling and supercell; they have no temperatures.

    Attributes
    ----------
    path, text, config
        The run file and its contents.
    structure, supercells
        Wells in the cell of the run file, and its supercells, smallest first.
    doping
        Axis of the fillings, as in a diagram.
    size
        Axis of the supercells.
    tasks
        For each filling, index of the supercell and task, where it is a whole number of carriers.
    full
        Task with a carrier in every well of the smallest supercell.
    coulomb_temperature
        e²/(4πε0 ε_r a k_B).
    left_out
        What the run file asks for and this does not vary, in words; empty if nothing.
    """

    path: Path
    text: str
    config: Config
    structure: Structure
    supercells: tuple[Supercell, ...]
    doping: xr.DataArray
    size: xr.DataArray
    tasks: tuple[tuple[tuple[int, Task], ...], ...]
    full: Task
    coulomb_temperature: float
    left_out: str

    @property
    def units(self) -> Units:
        """Unit system, that of the wells."""
        return self.full.units


def fillings(
    run_file: RunFile,
    *,
    size: Cells | None = None,
    doping: tuple[float, ...] | None = None,
    every: bool = False,
    seed: int | None = None,
) -> Fillings:
    """Read a run file and work out one task for each of its fillings and supercells.

    Parameters
    ----------
    run_file
        TOML file, or its tables as nested dictionary.
    size
        One supercell in place of those of the run file.
    doping
        Dopings in place of those of the run file.
    every
        Instead, every number of carriers that the smallest supercell can hold.
    seed
        In place of that of the run file.

    Raises
    ------
    mcsc.config.RunFileError
        If a doping fits no supercell, there is none, or dopants are asked for.
    """
    path, (config, text) = path_of(run_file), load(run_file)
    if config.disorder is not None:
        raise RunFileError(
            f"{path}: disorder: each filling would have its own dopants, and their energies are "
            "not comparable; remove [disorder]"
        )
    given = config.scan.matrices if size is None else (along_cell(size).matrix,)
    variant = next(each_variant(path, config, given))
    supercells = variant.supercells
    task = replace(
        variant.task,
        temperatures=(),
        sampling=Sampling(),
        seed=config.sampling.seed if seed is None else seed,
    )
    dopings = _dopings(path, config, variant, doping, every)
    tasks = tuple(_on_sizes(variant, task, x) for x in dopings)
    return Fillings(
        path,
        text,
        config,
        variant.structure,
        supercells,
        doping_coordinate(config, dopings),
        size_coordinate(supercells),
        tasks,
        replace(task, n_carriers=task.n_wells),
        variant.coulomb_temperature,
        _left_out(config),
    )


def _dopings(
    path: Path, config: Config, variant: Variant, given: tuple[float, ...] | None, every: bool
) -> tuple[float, ...]:
    """Dopings of the search, ascending."""
    if every:
        n_cells = variant.supercells[0].n_cells
        return tuple(
            sorted(
                float(f"{config.doping.at_carriers(n / n_cells):.12g}")
                for n in range(1, variant.task.n_wells)
            )
        )
    dopings = tuple(sorted(set(given))) if given else config.scan.dopings
    if not dopings:
        raise RunFileError(
            f"{path}: scan.doping: missing, for the chemical potential is held here; give "
            "--doping, or --every for all numbers of carriers"
        )
    return dopings


def _on_sizes(variant: Variant, task: Task, doping: float) -> tuple[tuple[int, Task], ...]:
    """Tasks on the supercells that hold a whole number of carriers at a doping."""
    found, refused = [], None
    for i, cells in enumerate(variant.supercells):
        try:
            n = n_carriers_at(variant, cells, doping)
        except RunFileError as error:
            refused = error
        else:
            sampled = cells.sampled(variant.structure)
            found.append((i, replace(task, structure=sampled, size=cells.size, n_carriers=n)))
    if not found:
        assert refused is not None
        raise refused
    return tuple(found)


def _left_out(config: Config) -> str:
    """Axes of the scan that a search for lowest states takes at one value, in words."""
    scan = config.scan
    at = [f"{key} = {values[0]:g}" for key, values in scan.vary.items() if len(values) > 1]
    if any(scan.field):
        at.append("field = 0")
    return ", ".join(at)
