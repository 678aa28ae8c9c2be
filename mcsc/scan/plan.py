"""What a run file asks for: the wells, and one task for each size, doping and field."""

from dataclasses import dataclass, replace
from fractions import Fraction
from itertools import product
from pathlib import Path

import numpy as np

from mcsc.chain import Interactions, Sampling, Task
from mcsc.config import Config, RunFileError, WellsSection, load
from mcsc.interactions import ShortRangeTerm, short_range_table
from mcsc.lattice import Lattice
from mcsc.structure import (
    HEXAGON,
    STAR,
    Structure,
    Well,
    read_crystal,
    textbook,
    wells_of_net,
    with_depth,
    with_star,
    with_states,
)
from mcsc.units import REDUCED, SI, Units


@dataclass(frozen=True)
class GridTask:
    """A task and its place on the grid of the scan."""

    task: Task
    size: int
    doping: int
    field: int


@dataclass(frozen=True)
class Plan:
    """A checked run file, ready to run.

    Attributes
    ----------
    path, text
        The run file and its contents.
    structure, units
        Wells and unit system.
    coulomb_temperature
        e²/(4πε0 ε_r a k_B), the unit of reduced temperatures.
    sizes, dopings, fields, temperatures
        The axes of the grid, ascending.
    tasks
        One for each size, doping and field.
    """

    path: Path
    text: str
    config: Config
    structure: Structure
    units: Units
    coulomb_temperature: float
    sizes: tuple[tuple[int, int, int], ...]
    dopings: tuple[float, ...]
    fields: tuple[float, ...]
    temperatures: tuple[float, ...]
    tasks: tuple[GridTask, ...]


def plan(path: Path) -> Plan:
    """Read a run file and work out its tasks.

    Raises
    ------
    mcsc.config.RunFileError
        If anything in it cannot be run, in one line.
    """
    config, text = load(path)
    structure = build_structure(path, config)
    units = REDUCED if config.structure.cif is None else SI
    a = structure.lattice_constant
    scale = units.coulomb / (config.interaction.relative_permittivity * a * units.boltzmann)
    section = config.scan.temperature
    factor = scale if section.unit == "coulomb" else 1.0
    temperatures = tuple(factor * t for t in section.ladder())
    sizes = tuple(sorted(config.scan.size, key=np.prod))
    dopings, fields = config.scan.dopings, tuple(sorted(config.scan.field))
    for size in sizes:
        _check_size(path, config, structure, size)
    direction = np.array(config.scan.field_direction)
    direction = direction / np.linalg.norm(direction)
    common = Task(
        structure=structure,
        size=sizes[0],
        n_carriers=1,
        temperatures=temperatures,
        interactions=_interactions(path, config, structure, units, sizes[0]),
        field_direction=(float(direction[0]), float(direction[1]), float(direction[2])),
        units=units,
        sampling=Sampling(
            sweeps=config.sampling.sweeps,
            warmup=config.sampling.warmup,
            measurements=config.sampling.measurements,
            exchange_interval=config.sampling.exchange_interval,
        ),
        seed=config.sampling.seed,
    )
    tasks = []
    for (i, size), (j, x), (k, field) in product(
        enumerate(sizes), enumerate(dopings), enumerate(fields)
    ):
        n = _n_carriers(path, structure, size, x)
        e = field * direction
        vector = (float(e[0]), float(e[1]), float(e[2]))
        tasks.append(GridTask(replace(common, size=size, n_carriers=n, field=vector), i, j, k))
    return Plan(
        path, text, config, structure, units, scale, sizes, dopings, fields, temperatures,
        tuple(tasks),
    )  # fmt: skip


def build_structure(path: Path, config: Config) -> Structure:
    """Wells of a run file with their depths and states.

    Raises
    ------
    mcsc.config.RunFileError
        With what the crystal or the wells lack.
    """
    section, wells = config.structure, config.wells
    try:
        if section.cif is not None:
            assert section.net is not None
            beside = path.parent / section.cif
            crystal = read_crystal(beside if beside.is_file() else section.cif)
            bare = wells_of_net(crystal, section.net)
        else:
            assert section.lattice is not None
            options = (
                {} if section.layer_spacing is None else {"layer_spacing": section.layer_spacing}
            )
            bare = textbook(section.lattice, **options)
    except (ValueError, FileNotFoundError) as error:
        raise RunFileError(f"{path}: structure: {error}") from None
    if wells.star_energy is not None and HEXAGON not in bare.kinds:
        raise RunFileError(
            f"{path}: wells.star_energy = {wells.star_energy:g}: no hexagon for a Star of David; "
            f"kinds here: {', '.join(bare.kinds)}"
        )
    unknown = sorted(set(wells.depth) - set(bare.kinds))
    if unknown:
        raise RunFileError(
            f"{path}: wells.depth.{unknown[0]}: no wells of this kind; "
            f"kinds here: {', '.join(bare.kinds)}"
        )
    try:
        return replace(
            bare,
            wells=tuple(
                _well(with_depth(well, wells.depth.get(well.kind, 0.0)), wells)
                for well in bare.wells
            ),
        )
    except ValueError as error:
        raise RunFileError(f"{path}: wells.states = '{wells.states}': {error}") from None


def _well(bare: Well, section: WellsSection) -> Well:
    """A well with its displaced states and, if it is a hexagon and stars are asked for, a star."""
    length = section.displacement_length
    if length is None:
        length = section.displacement * float(bare.distances.mean()) if len(bare.cage) else 0.0
    well = with_states(bare, section.states, length, section.state_energy)
    if section.star_energy is None or well.kind != HEXAGON:
        return well
    return with_star(well, section.star_energy)


def _star_exclusion(config: Config, structure: Structure, units: Units) -> list[ShortRangeTerm]:
    """What keeps two nearest stars, which share ions, from existing together.

    Ten times the repulsion of two carriers a lattice constant apart: far above any temperature at
    which carriers order, and finite, for an infinite energy cannot be carried.
    """
    if config.wells.star_energy is None:
        return []
    repulsion = units.coulomb / config.interaction.relative_permittivity
    return [ShortRangeTerm((STAR, STAR), 10 * repulsion / structure.lattice_constant, shell=1)]


def _interactions(
    path: Path, config: Config, structure: Structure, units: Units, size: tuple[int, int, int]
) -> Interactions:
    section = config.interaction
    terms = _star_exclusion(config, structure, units)
    for i, item in enumerate(section.short_range):
        try:
            given = item.model_dump(exclude_none=True)
            term = ShortRangeTerm(**given)
            short_range_table(structure, size, [term])
        except ValueError as error:
            raise RunFileError(f"{path}: interaction.short_range.{i}: {error}") from None
        terms.append(term)
    screening = section.screening_length
    return Interactions(
        section.coulomb,
        section.relative_permittivity,
        float("inf") if screening is None else screening,
        tuple(terms),
    )


def _n_carriers(path: Path, structure: Structure, size: tuple[int, int, int], doping: float) -> int:
    """Carriers of a doping on a supercell: a whole number, fewer than the wells."""
    lattice = Lattice(structure, size)
    exact = doping * lattice.n_cells
    n = round(exact)
    where = f"{path}: scan.doping = {doping:g}"
    shape = "x".join(map(str, size))
    if abs(exact - n) > 1e-6:
        near = [Fraction(k, lattice.n_cells) for k in (int(exact), int(exact) + 1)]
        shown = " and ".join(f"{k} = {float(k):.6g}" for k in near)
        raise RunFileError(
            f"{where}: {exact:.4g} carriers on {shape} cells is not a whole number; "
            f"the nearest dopings are {shown}"
        )
    if not 0 < n < lattice.n_wells:
        raise RunFileError(
            f"{where}: {n} carriers on {lattice.n_wells} wells of {shape} cells leave nothing to "
            f"move; take a doping above 0 and below {structure.n_wells}"
        )
    return n


def _check_size(
    path: Path, config: Config, structure: Structure, size: tuple[int, int, int]
) -> None:
    """A supercell must hold the orders it is meant for, and every near well only once."""
    where = f"{path}: scan.size = {list(size)}"
    for q in config.scan.wavevector:
        for axis, (n, component) in enumerate(zip(size, q, strict=True)):
            period = Fraction(component).limit_denominator(1000).denominator
            if n % period:
                raise RunFileError(
                    f"{where}: too small for the order at {list(q)}; along {'abc'[axis]} take a "
                    f"multiple of {period} cells"
                )
    lattice = Lattice(structure, size)
    for axis in range(3):
        if lattice.meets_images(axis):
            raise RunFileError(
                f"{where}: too small, wells meet images of their near wells along "
                f"{'abc'[axis]}; take at least 3 cells there"
            )
