"""The wells of a run file and how their carriers interact."""

from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np

from mcsc.chain import Interactions
from mcsc.config import Config, RunFileError, StructureSection, WellsSection
from mcsc.interactions import ShortRangeTerm, short_range_table
from mcsc.structure import (
    HEXAGON,
    STAR,
    Structure,
    Well,
    displacement_length,
    primitive_cell,
    read_crystal,
    textbook,
    wells_at,
    wells_of_net,
    with_depth,
    with_star,
    with_states,
)
from mcsc.units import Units


def build_structure(path: Path, config: Config) -> Structure:
    """Wells of a run file with their depths and states.

    Raises
    ------
    mcsc.config.RunFileError
        With what the crystal or the wells lack.
    """
    section, wells = config.structure, config.wells
    try:
        bare = bare_wells(path.parent, section)
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


def bare_wells(folder: Path, section: StructureSection) -> Structure:
    """Wells of the structure section, without depths and states; files are sought in `folder`.

    Wells in cages are those of the primitive cell; those of a net, of the cell in the file.

    Raises
    ------
    ValueError
        With what the crystal lacks.
    """
    if section.lattice is not None:
        options = {} if section.layer_spacing is None else {"layer_spacing": section.layer_spacing}
        return textbook(section.lattice, **options)
    source = section.cif or section.poscar
    assert source is not None
    beside = folder / source
    crystal = read_crystal(beside if beside.is_file() else source)
    if section.net is not None:
        return wells_of_net(crystal, section.net)
    assert section.centre is not None
    primitive = primitive_cell(crystal)
    centre: Any = section.centre
    if not all(isinstance(item, str) for item in centre):
        # positions in the cell of the file
        turned = crystal.cell.array @ np.linalg.inv(primitive.cell.array)
        centre = np.asarray(centre) @ turned
    return wells_at(
        primitive,
        centre,
        section.cage,
        coordination=section.coordination,
        cage_radius=section.cage_radius,
        void_radius=section.void_radius,
    )


def _well(bare: Well, section: WellsSection) -> Well:
    """A well with its displaced states and, if it is a hexagon and stars are asked for, a star."""
    length = section.displacement_length
    if length is None:
        length = displacement_length(bare, section.displacement) if len(bare.cage) else 0.0
    well = with_states(bare, section.states, length, section.state_energy)
    if section.star_energy is None or well.kind != HEXAGON:
        return well
    return with_star(well, section.star_energy)


def interactions(
    path: Path, config: Config, structure: Structure, units: Units, size: tuple[int, int, int]
) -> Interactions:
    """Interactions of a run file, the exclusion of nearest stars among them.

    Raises
    ------
    mcsc.config.RunFileError
        If a short-range term does not fit the wells.
    """
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


def _star_exclusion(config: Config, structure: Structure, units: Units) -> list[ShortRangeTerm]:
    """What keeps two nearest stars, which share ions, from existing together.

    Ten times the repulsion of two carriers a lattice constant apart: far above any temperature at
    which carriers order, and finite, for an infinite energy cannot be carried.
    """
    if config.wells.star_energy is None:
        return []
    repulsion = units.coulomb / config.interaction.relative_permittivity
    return [ShortRangeTerm((STAR, STAR), 10 * repulsion / structure.lattice_constant, shell=1)]
