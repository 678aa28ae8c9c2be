"""The crystals of a run file: one for each set of values of its varied keys."""

from collections.abc import Iterator
from dataclasses import dataclass, replace
from itertools import product
from pathlib import Path

from mcsc.chain import Task
from mcsc.config import Config, varied
from mcsc.files.tree import Place
from mcsc.lattice import Matrix, Supercell
from mcsc.planning.checks import check_energies
from mcsc.planning.dopants import check_between_gates, check_dopants, given_defects
from mcsc.planning.interactions import interactions
from mcsc.planning.supercells import check_size, chosen_supercells, thickness
from mcsc.planning.wells import build_structure
from mcsc.structure import Structure


@dataclass(frozen=True)
class Variant:
    """The run file at one set of values of its varied keys.

    path, config: The run file, with these values.
    place: Indices of the values, one a varied key.
    structure: Wells, in the cell of the run file.
    supercells: Supercells, smallest first, with the cells that they are sampled in.
    coulomb_temperature: e²/(4πε0 ε_r a k_B), the unit of reduced temperatures.
    task: A task at the first size, with everything but carriers, size and field in place.
    """

    path: Path
    config: Config
    place: Place
    structure: Structure
    supercells: tuple[Supercell, ...]
    coulomb_temperature: float
    task: Task

    @property
    def coulomb_energy(self) -> float:
        """e²/(4πε0 ε_r a)."""
        return self.structure.units.boltzmann * self.coulomb_temperature

    def on(self, cells: Supercell) -> Task:
        """The task on one of the supercells, with the defects there."""
        sampled = cells.sampled(self.structure)
        defects = given_defects(self.config, sampled, cells)
        return replace(self.task, structure=sampled, size=cells.size, dopants=defects)


def each_variant(path: Path, config: Config, matrices: tuple[Matrix, ...]) -> Iterator[Variant]:
    """The run file at every set of values of its varied keys, checked on all supercells.

    The cells that these are sampled in are chosen for the first set of values.
    """
    vary, n_stacked = config.scan.vary, thickness(path, config, matrices)
    supercells: tuple[Supercell, ...] = ()
    for place in product(*(range(len(values)) for values in vary.values())):
        changes = {key: vary[key][i] for key, i in zip(vary, place, strict=True)}
        here = varied(path, config, changes) if changes else config
        structure = build_structure(path, here, n_stacked)
        check_dopants(path, here, structure)
        supercells = supercells or chosen_supercells(path, config, structure, matrices)
        for cells in supercells:
            check_size(path, config, structure, cells)
        sampled, size = supercells[0].sampled(structure), supercells[0].size
        among = interactions(path, here, sampled, size)
        check_between_gates(path, here, structure, supercells[0], among)
        scale, section = among.coulomb_temperature(structure), config.scan.temperature
        factor = scale if section.unit == "coulomb" else 1.0
        task = Task(
            structure=sampled,
            size=size,
            n_carriers=1,
            temperatures=tuple(factor * t for t in section.ladder()),
            interactions=among,
            sampling=config.sampling.made(),
            seed=config.sampling.seed,
        )
        check_energies(path, here, task)
        yield Variant(path, here, place, structure, supercells, scale, task)
