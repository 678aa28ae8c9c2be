"""The fillings of a run file without its temperatures: what lowest states are searched for."""

from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np
import xarray as xr

from mcsc.chain import Sampling, Task
from mcsc.config import Config, RunFile, RunFileError, load, path_of
from mcsc.lattice import Cells, along_cell
from mcsc.planning.axes import size_coordinate
from mcsc.planning.carriers import doping_coordinate, n_carriers_at
from mcsc.planning.variants import Variant, each_variant
from mcsc.planning.windows import dopings_of
from mcsc.structure import Structure
from mcsc.units import Units


@dataclass(frozen=True)
class Fillings:
    """Tasks by filling and supercell; they have no temperatures.

    path, text, config: The run file and its contents.
    variant: Its wells and supercells, at the first values of its varied keys.
    doping: Axis of the fillings, as in a diagram.
    size: Axis of the supercells.
    tasks: For each filling, index of the supercell and task, where it is a whole number of
        carriers.
    full: Task with a carrier in every well of the smallest supercell.
    """

    path: Path
    text: str
    config: Config
    variant: Variant
    doping: xr.DataArray
    size: xr.DataArray
    tasks: tuple[tuple[tuple[int, Task], ...], ...]
    full: Task

    @property
    def units(self) -> Units:
        """Unit system, that of the wells."""
        return self.full.units

    @property
    def structure(self) -> Structure:
        """Wells in the cell of the run file."""
        return self.variant.structure

    @property
    def left_out(self) -> str:
        """Axes of the scan that are taken at one value here, in words; empty if there are none."""
        scan = self.config.scan
        at = [f"{key} = {values[0]:g}" for key, values in scan.vary.items() if len(values) > 1]
        return ", ".join([*at, *["field = 0"] * any(scan.field)])


def fillings(
    run_file: RunFile,
    *,
    size: Cells | None = None,
    doping: tuple[float, ...] | None = None,
    every: bool = False,
    seed: int | None = None,
) -> Fillings:
    """Read a run file and work out one task for each of its fillings and supercells.

    run_file: TOML file, or its tables as nested dictionary.
    size: One supercell in place of those of the run file.
    doping: Dopings in place of those of the run file.
    every: Instead, every number of carriers that the smallest supercell can hold.
    seed: In place of that of the run file.

    Raises mcsc.config.RunFileError if a doping fits no supercell, there is none, or dopants are
        asked for, or defects on several supercells.
    """
    path, (config, text) = path_of(run_file), load(run_file)
    if config.disorder is not None:
        raise RunFileError(
            f"{path}: disorder: each filling would have its own dopants, and their energies are "
            "not comparable; remove [disorder]"
        )
    given = config.scan.matrices if size is None else (along_cell(size).matrix,)
    if config.defects and len(given) > 1:
        raise RunFileError(
            f"{path}: defects: they are one each supercell, so that energies on {len(given)} of "
            "them are not comparable; give one with --size, or remove [[defects]]"
        )
    variant = next(each_variant(path, config, given))
    task = replace(
        variant.task,
        temperatures=(),
        sampling=Sampling(),
        seed=config.sampling.seed if seed is None else seed,
    )
    variant = replace(variant, task=task)
    dopings = _dopings(path, config, variant, doping, every)
    tasks = tuple(_on_sizes(variant, x) for x in dopings)
    axes = doping_coordinate(config, dopings), size_coordinate(variant.supercells)
    full = replace(variant.on(variant.supercells[0]), n_carriers=task.n_wells)
    return Fillings(path, text, config, variant, *axes, tasks, full)


def _dopings(
    path: Path, config: Config, variant: Variant, given: tuple[float, ...] | None, every: bool
) -> tuple[float, ...]:
    """Dopings of the search, ascending."""
    if every:
        counts = np.arange(1, variant.task.n_wells) / variant.supercells[0].n_cells
        found = (config.doping.at_carriers(n) for n in counts.tolist())
        return tuple(sorted(float(f"{x:.12g}") for x in found))
    dopings = tuple(sorted(set(given))) if given else dopings_of(config)
    if not dopings:
        raise RunFileError(
            f"{path}: scan.doping: missing, for the chemical potential is held here; give "
            "--doping, or --every for all numbers of carriers"
        )
    return dopings


def _on_sizes(variant: Variant, doping: float) -> tuple[tuple[int, Task], ...]:
    """Tasks on the supercells that hold a whole number of carriers at a doping."""
    found, refused = [], RunFileError()
    for i, cells in enumerate(variant.supercells):
        try:
            n = n_carriers_at(variant, cells, doping)
        except RunFileError as error:
            refused = error
            continue
        found.append((i, replace(variant.on(cells), n_carriers=n)))
    if not found:
        raise refused
    return tuple(found)
