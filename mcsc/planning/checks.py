"""What a run file cannot combine, and energies that would leave no digits to others.

The potential at every state is carried in double precision, pair energies in 30 bits of the largest
of them. A difference of energies is known to about 10⁻¹⁶ of the former and 10⁻⁹ of the latter, and
has to be known to a small part of k_B T at the lowest temperature.
"""

from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path

import numpy as np

from mcsc.chain import Task
from mcsc.config import Config, RunFileError
from mcsc.lattice import Lattice
from mcsc.structure import Structure
from mcsc.text import digits

# in units of k_B times the lowest temperature: energies of lone carriers, repulsion of two
MOST_SITE_ENERGY, MOST_REPULSION = 1e8, 1e6


def check_chemical_potential(path: Path, config: Config) -> None:
    """Refuse what needs a fixed number of carriers."""
    if config.scan.chemical_potential is None:
        return
    remedy = "give scan.doping in place of scan.chemical_potential, or remove"
    for name in ("protocol", "transport"):
        if getattr(config, name) is not None:
            raise RunFileError(f"{path}: {name}: its carriers stay: {remedy} [{name}]")
    if config.disorder is not None:
        raise RunFileError(
            f"{path}: disorder: dopants are counted by the doping: {remedy} [disorder]"
        )


def check_units(path: Path, config: Config, coulomb_temperatures: Sequence[float]) -> None:
    """Refuse a unit that a varied key changes.

    coulomb_temperatures: At each set of values of the varied keys, the last key fastest.
    """
    scan = config.scan
    table = np.reshape(coulomb_temperatures, [len(values) for values in scan.vary.values()])
    changing = [key for i, key in enumerate(scan.vary) if np.ptp(table, axis=i).any()]
    for key, unit in (
        ("temperature", scan.temperature.unit),
        ("chemical_potential", scan.chemical_potentials[1]),
    ):
        if unit == "coulomb" and changing:
            raise RunFileError(
                f'{path}: scan.{key}.unit = "coulomb": varying {changing[0]} changes this unit; '
                f'give the {key.replace("_", " ")}s themselves and unit = "absolute"'
            )


def check_field(path: Path, config: Config, structures: Iterable[Structure]) -> None:
    """Refuse a field, or a protocol of fields, that moves no carrier."""
    strongest, protocol = max(config.scan.field), config.protocol is not None
    if config.wells.states == "centre" and (protocol or strongest > 0):
        key = "protocol" if protocol else f"scan.field = {strongest:g}"
        raise RunFileError(
            f"{path}: {key}: a field moves only displaced carriers; set wells.states, e.g. "
            f'"vertices", or remove {"[protocol]" if protocol else "the field"}'
        )
    displaced = np.concatenate([w.displacements for s in structures for w in s.wells])
    directions = np.array(config.scan.directions)
    units = directions / np.linalg.norm(directions, axis=1, keepdims=True)
    along = np.abs(displaced @ units.T)
    asked = displaced.any() and (strongest > 0 or protocol)
    if asked and along.max() <= 1e-9 * np.abs(displaced).max():
        raise RunFileError(
            f"{path}: scan.field_direction = {list(config.scan.directions[0])}: no carrier is "
            "displaced along it, and the field moves none; choose another direction"
        )


def check_energies(path: Path, config: Config, task: Task) -> None:
    """Refuse a run file in which an energy dwarfs the lowest temperature of its tasks."""
    coldest, boltzmann = min(task.temperatures), task.units.boltzmann
    kelvin = "" if task.units.name == "reduced" else " K"
    remedy = (
        f"times k_B T at the lowest temperature, {coldest:g}{kelvin}, and differences of energies "
        "would lose their digits"
    )
    coulomb_temperature = task.interactions.coulomb_temperature(task.structure)
    if task.interactions.coulomb and coulomb_temperature > MOST_REPULSION * coldest:
        given = task.interactions.mean_permittivity
        least = given * coulomb_temperature / (MOST_REPULSION * coldest)
        raise RunFileError(
            f"{path}: interaction.relative_permittivity = {given:.15g}: two carriers a lattice "
            f"constant apart repel by more than {MOST_REPULSION:g} {remedy}: give at least "
            f"{digits(least, lambda shown: shown >= least, 3)}, or higher temperatures"
        )
    most = MOST_SITE_ENERGY * boltzmann * coldest
    for key, value, energy in _energies(config, task, boltzmann * coulomb_temperature):
        if abs(energy) > most:
            bound = most * abs(value / energy)
            raise RunFileError(
                f"{path}: {key} = {value:.15g}: more than {MOST_SITE_ENERGY:g} {remedy}: give at "
                f"most {digits(bound, bound.__ge__, 3)} in size, or higher temperatures"
            )


def _energies(
    config: Config, task: Task, coulomb_energy: float
) -> Iterator[tuple[str, float, float]]:
    """Key, value and energy of everything that acts on one carrier."""
    wells = config.wells
    for kind, depth in wells.depth.items():
        yield f"wells.depth.{kind}", depth, depth
    for key in ("state_energy", "star_energy"):
        value = getattr(wells, key) or 0.0
        yield f"wells.{key}", value, value
    found = np.concatenate([well.depth + well.state_energies for well in task.structure.wells])
    if wells.energies == "ionic":
        charge = max(map(abs, wells.charges.values()), default=0.0)
        yield "wells.charges", charge, float(np.abs(found).max())
    length = max(float(np.linalg.norm(w.displacements, axis=1).max()) for w in task.structure.wells)
    swept = config.protocol.field if config.protocol else ()
    for key, fields in (("scan.field", config.scan.field), ("protocol.field", swept)):
        strongest = max(fields, default=0.0)
        yield key, strongest, strongest * length
    if config.transport is not None:
        _, steps = Lattice(task.structure, (1, 1, 1)).near_hops()
        strongest, barrier = config.transport.field[-1], config.transport.barrier or 0.0
        longest = length + float(np.linalg.norm(steps, axis=2).max())
        yield "transport.field", strongest, strongest * longest
        yield "transport.barrier", barrier, barrier
    potentials, unit = config.scan.chemical_potentials
    highest = max(potentials, key=abs, default=0.0)
    scale = coulomb_energy if unit == "coulomb" else 1.0
    yield "scan.chemical_potential", highest, highest * scale
    if config.disorder is not None and config.doping.dopant is not None:
        charge = config.doping.dopant.charge
        yield "doping.dopant.charge", charge, charge * coulomb_energy
    for i, defect in enumerate(config.defects):
        yield f"defects.{i}.charge", defect.charge, defect.charge * coulomb_energy
    for i, term in enumerate(config.interaction.short_range):
        yield f"interaction.short_range.{i}.energy", term.energy, term.energy
