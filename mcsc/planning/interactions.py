"""How the carriers of a run file interact."""

from pathlib import Path

from mcsc.config import Config, mistake_at
from mcsc.model import (
    Interactions,
    ShortRangeTerm,
    mean_permittivity,
    principal_axes,
    read_pair_energies,
    short_range_table,
    tabulated_table,
)
from mcsc.planning.wells import given_axes
from mcsc.structure import STAR, Structure


def interactions(
    path: Path, config: Config, structure: Structure, size: tuple[int, int, int]
) -> Interactions:
    """Interactions of a run file, the exclusion of nearest Stars of David among them."""
    section, terms = config.interaction, []
    if config.wells.star_energy is not None:
        # two nearest Stars of David share ions: far above any temperature at which carriers order,
        # and finite, for an infinite energy cannot be carried
        repulsion = structure.units.coulomb / mean_permittivity(section.relative_permittivity)
        exclusion = 10 * repulsion / structure.lattice_constant
        terms.append(ShortRangeTerm((STAR, STAR), exclusion, shell=1))
    for i, item in enumerate(section.short_range):
        with mistake_at(f"{path}: interaction.short_range.{i}: "):
            terms.append(ShortRangeTerm(**item.model_dump(exclude_none=True)))
            short_range_table(structure, size, terms[-1:])
    given = section.model_dump(exclude_none=True, exclude={"short_range", "table"})
    given["coulomb"] = section.repels
    if section.table is not None:
        with mistake_at(f"{path}: interaction.table = '{section.table}': "):
            given["table"] = read_pair_energies(path.parent / section.table)
            tabulated_table(structure, (1, 1, 1), given["table"])
    if isinstance(section.relative_permittivity, tuple):
        given["permittivity_axes"] = principal_axes(given_axes(path.parent, config.structure))
    with mistake_at(f"{path}: interaction."):
        charge = config.wells.star_charge
        found = Interactions(**given, short_range=tuple(terms), star_charge=charge)
        if found.coulomb:
            found.potential(structure)
    return found
