"""The wells of a run file."""

from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np

from mcsc.arrays import FloatArray
from mcsc.config import Config, Material, RunFileError, StructureSection, WellsSection, mistake_at
from mcsc.lattice import choose_cell, with_layers_together
from mcsc.model import mean_permittivity, principal_axes, stretch_of, with_ionic_energies
from mcsc.structure import (
    CUBIC_LATTICES,
    HEXAGON,
    Structure,
    Well,
    axial_scale,
    deformed,
    displacement_length,
    moire_constant,
    murnaghan_scale,
    slab,
    textbook,
    wells_at,
    wells_of_net,
    with_depth,
    with_star,
    with_states,
)
from mcsc.structure.crystal import primitive_cell, read_crystal

# a cell stretched or compressed further is a slip of the pen, and takes all memory
_MOST_STRETCH = 10.0


def build_structure(path: Path, config: Config | Material, thickness: int = 1) -> Structure:
    """Wells of a run file, or of a shipped material, with their depths and states.

    path: The run file, or what it is called.
    config: Its contents.
    thickness: Cells of a slab along its open axis.

    Raises mcsc.config.RunFileError with what the crystal or the wells lack.
    """
    section, wells = config.structure, config.wells
    # numbers that overflow are a mistake too
    with (
        mistake_at(f"{path}: structure: ", (ValueError, OSError, FloatingPointError)),
        np.errstate(over="raise", divide="raise", invalid="raise"),
    ):
        bare = bare_wells(path.parent, section, thickness)
    if wells.star_energy is not None and HEXAGON not in bare.kinds:
        raise RunFileError(
            f"{path}: wells.star_energy = {wells.star_energy:g}: no hexagon for a Star of David; "
            f"kinds here: {', '.join(bare.kinds)}"
        )
    if wells.star_charge != 1 and wells.star_energy is None:
        raise RunFileError(
            f"{path}: wells.star_charge = {wells.star_charge:g}: no Star of David has it; give "
            "wells.star_energy too"
        )
    for kind in sorted(set(wells.depth) - set(bare.kinds)):
        raise RunFileError(
            f"{path}: wells.depth.{kind}: no wells of this kind; "
            f"kinds here: {', '.join(bare.kinds)}"
        )
    bare = with_layers_together(bare)
    deep = (with_depth(well, wells.depth.get(well.kind, 0.0)) for well in bare.wells)
    with mistake_at(f"{path}: wells.states = '{wells.states}': "):
        built = replace(bare, wells=tuple(_well(well, wells) for well in deep))
    if wells.energies == "given":
        return built
    if built.slab is not None:
        raise RunFileError(
            f"{path}: wells.energies = 'ionic': which ions end a slab is open, and each "
            "choice has another dipole across it; give wells.depth, or remove structure.open_axis"
        )
    permittivity = config.interaction.relative_permittivity
    stretch = None
    if isinstance(permittivity, tuple):
        stretch = stretch_of(permittivity, principal_axes(given_axes(path.parent, section)))
    with mistake_at(f"{path}: wells.energies = 'ionic': "):
        return with_ionic_energies(
            built,
            wells.charges,
            carrier_charge=wells.carrier_charge,
            relative_permittivity=mean_permittivity(permittivity),
            stretch=stretch,
        )


def bare_wells(folder: Path, section: StructureSection, thickness: int = 1) -> Structure:
    """Wells of the structure section, without depths and states; files are sought in `folder`.

    They are found in the primitive cell of the undeformed crystal and deformed with it. A slab of
    so many cells is cut out of the deformed crystal.

    Raises ValueError with what the crystal lacks.
    """
    bare, axes = _undeformed(folder, section, thickness)
    crystal = deformed(bare, cell_scale(section, axes), axes)
    if section.open_axis is None:
        return crystal
    axis = "abc".index(section.open_axis)
    return slab(_in_plane(crystal, given_axes(folder, section), axis), axis, thickness)


def _in_plane(crystal: Structure, axes: FloatArray, axis: int) -> Structure:
    """The same in the primitive cell that has two vectors in the plane of two of the ``axes``.

    The vector out of that plane stands in the place of the open one. In a centred crystal this is
    another primitive cell than that of the crystal.
    """
    whole = np.rint(axes @ np.linalg.inv(crystal.cell)).astype(np.int64)
    plane = np.cross(whole[axis - 2], whole[axis - 1])
    plane = plane // np.gcd.reduce(plane) * np.sign(plane @ whole[axis])
    if (plane == np.eye(3, dtype=np.int64)[axis]).all():
        return crystal
    change = np.array(choose_cell(crystal.cell, np.eye(3, dtype=np.int64).tolist(), plane).change)
    if change[2] @ plane < 0:
        # out of the plane on the side of the given vector, and as handed as before
        change *= np.array([[-1], [1], [-1]])
    return replace(crystal, cell=np.roll(change, axis - 2, axis=0) @ crystal.cell)


def given_axes(folder: Path, section: StructureSection) -> FloatArray:
    """(3, 3) vectors of the cell as it is given, deformed, along which media are anisotropic."""
    _, axes = _undeformed(folder, section)
    return np.asarray(axes * cell_scale(section, axes)[:, None])


def _undeformed(
    folder: Path, section: StructureSection, thickness: int = 1
) -> tuple[Structure, FloatArray]:
    """Wells without deformation, and the vectors of the conventional cell."""
    if section.lattice is not None:
        constant, spacing = section.a, section.layer_spacing
        if section.layer_constants is not None:
            constant = moire_constant(section.layer_constants, section.twist_angle)
        if section.open_axis == "c" and thickness == 1 and section.lattice not in CUBIC_LATTICES:
            # a single layer has none
            spacing = None
        bare = textbook(
            section.lattice, spacing, lattice_constant=constant, second_well=section.second_well
        )
        # a primitive cell of cubic symmetry is strained along the edges of the cube
        edges = np.eye(3) * (1.0 if constant is None else constant)
        return bare, edges if section.lattice in CUBIC_LATTICES else bare.cell
    source = crystal_file(folder, section)
    assert source is not None
    try:
        crystal = read_crystal(source, section.block)
    except ValueError as error:
        key, reason = "cif" if section.cif else "poscar", str(error)
        given = section.cif or section.poscar
        for name in (source, given):
            reason = reason.removeprefix(f"{name}: ")
        raise ValueError(f"{key} = '{given}': {reason}") from None
    keys = ("net", "centre", "cage", "coordination", "cage_radius", "void_radius")
    chosen = {key: getattr(section, key) for key in keys if getattr(section, key) is not None}
    return crystal_wells(crystal, **chosen), crystal.cell.array


def crystal_file(folder: Path, section: StructureSection) -> Path | str | None:
    """The file of the crystal beside the run file, or the name of a shipped one; None: a lattice.

    The crystal of a material is the shipped one, whatever lies beside the run file.
    """
    name = section.cif or section.poscar
    if name is None or section.material is not None:
        return name
    return folder / name if _is_there(folder / name) else name


def _is_there(path: Path) -> bool:
    """Whether anything goes by this name, a pipe or a folder too; a name may be none."""
    try:
        return path.exists()
    except (OSError, ValueError):
        return False


def crystal_wells(
    crystal: Any, *, net: str | None = None, centre: Any = None, **options: Any
) -> Structure:
    """Wells of a net, or of cages, in the primitive cell of a crystal.

    crystal: ase Atoms.
    net: Species of a planar net.
    centre: Instead, as in `mcsc.structure.wells_at`; positions are fractions of the given cell.
    **options: Further arguments of `mcsc.structure.wells_at`.

    Raises ValueError: As `mcsc.structure.wells_of_net` or `mcsc.structure.wells_at`.
    """
    primitive = primitive_cell(crystal)
    if net is not None:
        return wells_of_net(primitive, net)
    if all(isinstance(item, tuple) and len(item) == 3 for item in centre):
        turned = crystal.cell.array @ np.linalg.inv(primitive.cell.array)
        centre = np.asarray(centre) @ turned
    return wells_at(primitive, centre, **options)


def cell_scale(section: StructureSection, axes: FloatArray) -> FloatArray:
    """(3,) new over old length of each vector of the conventional cell ``axes``.

    Lattice constants or strain first, then the pressure.

    Raises ValueError if a vector becomes ten times as long or short.
    """
    old, given = np.linalg.norm(axes, axis=1), (section.a, section.b, section.c)
    scale = 1.0 + np.array([section.strain_a, section.strain_b, section.strain_c])
    for i, length in enumerate(given):
        # a constant that is not given follows the first it equals in the file
        like = [j for j in range(i) if abs(old[j] / old[i] - 1) < 1e-6 and given[j] is not None]
        if length is not None:
            scale[i] = length / old[i]
        elif like:
            scale[i] = scale[like[0]]
    if section.pressure and section.compressibility is not None:
        scale = scale * axial_scale(section.pressure, section.compressibility)
    elif section.pressure and section.bulk_modulus is not None:
        derivative = section.bulk_modulus_derivative
        derivative = 4.0 if derivative is None else derivative
        scale = scale * murnaghan_scale(section.pressure, section.bulk_modulus, derivative)
    for k in np.flatnonzero((scale > _MOST_STRETCH) | (scale * _MOST_STRETCH < 1)):
        raise ValueError(
            f"{'abc'[k]} becomes {scale[k]:.3g} times that of the crystal by a, b, c, strain or "
            f"pressure; change it by less than {_MOST_STRETCH:g} times"
        )
    return scale


def _well(bare: Well, section: WellsSection) -> Well:
    """A well with its displaced states and, if it is a hexagon, the Star of David asked for."""
    length = section.displacement_length
    if length is None:
        length = displacement_length(bare, section.displacement) if len(bare.cage) else 0.0
    well = with_states(
        bare,
        section.states,
        length,
        section.state_energy,
        along=section.harmonic_axes,
        steps=section.harmonic_steps,
    )
    if section.star_energy is None or well.kind != HEXAGON:
        return well
    return with_star(well, section.star_energy)
