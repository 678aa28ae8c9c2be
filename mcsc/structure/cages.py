"""Wells inside cages of ions, found from the positions alone, in any crystal."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

import numpy as np
import numpy.typing as npt

from mcsc.arrays import FloatArray
from mcsc.periodic import arms_within, compact, image_distances
from mcsc.structure.coordination import FARTHEST, cage_of, encloses
from mcsc.structure.crystal.ordered import require_crystal
from mcsc.structure.crystal.species import (
    elements_of,
    formula_of,
    require_whole,
    shares_of,
    species_of,
    whole_sites,
)
from mcsc.structure.one_cell import Structure
from mcsc.structure.orbits import TOLERANCE, sorted_wells, tied_order, with_orbits
from mcsc.structure.polyhedra import kind_of
from mcsc.structure.voids import void_centres
from mcsc.structure.well import Well

if TYPE_CHECKING:
    from ase import Atoms

VOIDS = "voids"
"""The centre that stands for the voids between all ions."""
# no cage is larger, and looking for one would take all memory
_MOST_IONS, _WIDEST = 100, 50.0
_NO_VOID = "no void is large enough, or touches cage species; give others or a smaller void_radius"
# species with an ion at most so many times as far as the nearest may share its cage
_ALIKE = 1.1
# Å; two positions this close are one: a centre on an ion
_SAME_POSITION = 0.05


def wells_at(
    atoms: Atoms,
    centre: str | Sequence[str] | npt.ArrayLike,
    cage: str | Sequence[str] | None = None,
    *,
    coordination: int | None = None,
    cage_radius: float | None = None,
    void_radius: float | None = None,
    tolerance: float = TOLERANCE,
) -> Structure:
    """Find the wells in the cages around some positions of a crystal.

    Parameters
    ----------
    atoms
        A crystal, Å.
    centre
        Where wells may be: a species or several, such as ``"Cu"``, whose ions they sit on; or
        fractional positions, shape (n, 3) or (3,), each one well (images by symmetry are not
        added); or ``"voids"``, the positions locally farthest from all ions (see
        `mcsc.structure.voids.void_centres`).
    cage
        Species that form the cages, one or several. By default, around each ion the species of
        its nearest neighbour of another species, with further ones that have an ion at most a
        tenth farther; around other positions every species.
    coordination
        Number of ions of every cage, the nearest ones; by default the geometry decides (see
        `mcsc.structure.coordination.cage_of`).
    cage_radius
        Instead, all ions of `cage` within this distance, Å.
    void_radius
        Least distance of a void to the nearest ion, Å; by default three quarters of that of the
        largest void.
    tolerance
        Distance within which positions count as equal by symmetry, Å.

    Returns
    -------
    Structure
        All wells of the given cell: a supercell of n primitive cells gives n times the wells, so
        reduce it first (see `primitive_cell`). Kinds name the shape of the cage (see
        `mcsc.structure.polyhedra.kind_of`; ``"alpha"`` and ``"beta"`` are planar triangles and
        hexagons), with ``_1``, ``_2`` where wells of one shape are not equivalent by symmetry.
        Each well has its `orbit`, and as `distortion` the continuous shape measure. Wells are
        sorted by kind and fractional coordinates, cage ions by the direction they lie in. Wells
        have one state and depth 0. An ion or void whose cage does not enclose it (see
        `mcsc.structure.coordination.encloses`) is no well.

    Raises
    ------
    ValueError
        If the crystal is not periodic or has overlapping ions, a species is absent, a centre or an
        ion of a cage shares its site with others or with nothing, or there is no cage; for given
        positions, if any of them has none.

    Examples
    --------
    >>> import mcsc
    >>> mcsc.wells_at(mcsc.read_crystal("La2CuO4"), "Cu")
    Structure Cu of Cu2La4O8: 2 wells a cell
      wells: 2 × octahedron, with 2 states
      cell: 3.782 × 3.782 × 13.25 Å
    """
    require_crystal(atoms)
    formula = formula_of(atoms)
    _require_numbers(coordination, cage_radius, void_radius)
    around, cell = compact(atoms), np.array(atoms.cell.array)
    positions, names, given = _positions(around, cell, centre, void_radius)
    label = f"{names} of {formula}"
    cage_species = _species(atoms, label, cage) if cage is not None else None
    wells, why = [], ""
    for at in positions:
        if names == VOIDS and not _touches(around, at, cage_species):
            continue
        try:
            wells.append(_well(around, cell, label, at, cage_species, coordination, cage_radius))
        except _NoCage as reason:
            why = why or str(reason)
            if given:
                raise ValueError(f"{label}: {reason}") from None
    if not wells:
        raise ValueError(f"{label}: {why or _NO_VOID}")
    return Structure(
        name=label,
        cell=cell,
        wells=sorted_wells(with_orbits(around, wells, tolerance, rename=True), cell),
        ions=tuple(species_of(atoms)),
        ion_positions=atoms.positions,
        source=str(atoms.info.get("source", "")),
    )


class _NoCage(ValueError):
    """There is no cage around a position; the message says why and what to do."""


def _require_numbers(
    coordination: int | None, cage_radius: float | None, void_radius: float | None
) -> None:
    if coordination is not None and cage_radius is not None:
        raise ValueError("give either coordination or cage_radius: each alone sets the cage")
    if coordination is not None and coordination < 3:
        raise ValueError(f"coordination is {coordination}; a cage has at least 3 ions")
    if coordination is not None and coordination > _MOST_IONS:
        raise ValueError(f"coordination is {coordination}; a cage has at most {_MOST_IONS} ions")
    for name, radius in (("cage_radius", cage_radius), ("void_radius", void_radius)):
        if radius is not None and not 0 < radius <= _WIDEST:
            raise ValueError(f"{name} is {radius}; give a positive length, at most {_WIDEST:g} Å")


def _positions(
    atoms: Atoms,
    given_cell: FloatArray,
    centre: str | Sequence[str] | npt.ArrayLike,
    void_radius: float | None,
) -> tuple[FloatArray, str, bool]:
    """Cartesian positions, what to call them, and whether each of them was asked for."""
    formula = formula_of(atoms)
    cell = np.array(atoms.cell.array)
    if isinstance(centre, str) and centre == VOIDS:
        return void_centres(atoms.positions, cell, void_radius), "voids", False
    if void_radius is not None:
        raise ValueError(f"void_radius belongs to centre {VOIDS!r}: leave it out")
    names = [centre] if isinstance(centre, str) else list(np.asarray(centre).ravel().tolist())
    if names and all(isinstance(name, str) for name in names):
        species = _species(atoms, f"centres of {formula}", names)
        on_ions = whole_sites(atoms, f"{'+'.join(species)} of {formula}", species, "the centre")
        return np.array(atoms.positions[on_ions]), "+".join(species), False
    try:
        fractional = np.atleast_2d(np.asarray(centre, dtype=np.float64))
    except (TypeError, ValueError):
        fractional = np.zeros((0, 0))
    if fractional.ndim != 2 or fractional.shape[1] != 3 or not np.isfinite(fractional).all():
        raise ValueError(
            f"centre {centre!r} of {formula}: give a species, several, fractional positions "
            f"(three numbers each) or {VOIDS!r}"
        )
    positions = fractional @ given_cell
    # A position may be given again as its image.
    first = [
        i
        for i in range(len(positions))
        if not (image_distances(cell, positions[:i] - positions[i]) < _SAME_POSITION).any()
    ]
    return positions[first], "given positions", True


def _species(atoms: Atoms, label: str, wanted: str | Sequence[str]) -> list[str]:
    """The species asked for, all of which are in the crystal."""
    present = sorted(elements_of(atoms))
    names = [wanted] if isinstance(wanted, str) else list(wanted)
    for name in names:
        if name not in present:
            raise ValueError(f"{label}: no {name} in the crystal; choose of {', '.join(present)}")
    return list(dict.fromkeys(names))


def _well(
    atoms: Atoms,
    given_cell: FloatArray,
    label: str,
    position: FloatArray,
    cage_species: Sequence[str] | None,
    coordination: int | None,
    cage_radius: float | None,
) -> Well:
    """The well at a position, or _NoCage."""
    cell, symbols = np.array(atoms.cell.array), np.array(species_of(atoms))
    on_it, _ = arms_within(position, atoms.positions, cell, _SAME_POSITION)
    for ion in on_it:
        require_whole(label, symbols[ion], "the centre")
    species = cage_species or _nearest_species(atoms, label, position)
    of_cage = np.flatnonzero([not shares_of(name).keys().isdisjoint(species) for name in symbols])
    owner, arms = _candidates(atoms.positions[of_cage], position, cell, coordination, cage_radius)
    owner = of_cage[owner]
    fractional = np.round(position @ np.linalg.inv(given_cell) % 1.0, 4) % 1.0
    where = f"({', '.join(f'{x:g}' for x in fractional)})"
    if cage_radius is not None:
        chosen = np.arange(len(arms))
    elif coordination is not None:
        _require_whole_shell(f"{label}: coordination = {coordination}", where, arms, coordination)
        chosen = np.arange(coordination)
    else:
        chosen = cage_of(arms)
    owner, arms = owner[chosen], arms[chosen]
    for name in symbols[owner]:
        require_whole(label, name, "every ion of the cage", species)
    if not encloses(arms):
        raise _NoCage(
            f"no cage around {where}: its {len(arms)} nearest {'+'.join(species)} do not enclose "
            "it; choose other cage species, or give coordination or cage_radius"
        )
    # By the third fractional coordinate first: an order that turns with the crystal.
    order = tied_order(list((arms @ np.linalg.inv(given_cell)).T[::-1]), step=1e-3)
    owner, arms = owner[order], arms[order]
    kind, distortion = kind_of(arms)
    cage = tuple(symbols[owner].tolist())
    return Well(kind, position, position + arms, cage, distortion=distortion)


def _touches(atoms: Atoms, void: FloatArray, cage_species: Sequence[str] | None) -> bool:
    """Whether the ion nearest to a void is of the cage: otherwise it would stand inside."""
    if cage_species is None:
        return True
    nearest, _ = _candidates(atoms.positions, void, np.array(atoms.cell.array), 1, None)
    return not shares_of(species_of(atoms)[nearest[0]]).keys().isdisjoint(cage_species)


def _nearest_species(atoms: Atoms, label: str, position: FloatArray) -> list[str]:
    """What forms the cage if nothing is said: see `wells_at`."""
    symbols, cell = np.array(species_of(atoms)), np.array(atoms.cell.array)
    owner, _ = arms_within(position, atoms.positions, cell, _SAME_POSITION)
    if not len(owner):
        return sorted(elements_of(atoms))
    own = symbols[owner[0]]
    others = np.flatnonzero(symbols != own)
    if not len(others):
        return [str(own)]
    nearest, arms = _candidates(atoms.positions[others], position, cell, 1, None)
    distances = np.linalg.norm(arms, axis=1)
    alike = others[nearest[distances < _ALIKE * distances[0]]]
    for name in symbols[alike]:
        require_whole(label, name, "every ion of the cage")
    return sorted(set(symbols[alike].tolist()))


def _candidates(
    ions: FloatArray,
    position: FloatArray,
    cell: FloatArray,
    coordination: int | None,
    cage_radius: float | None,
) -> tuple[npt.NDArray[np.intp], FloatArray]:
    """Ions that may form the cage, nearest first, as far out as any way to choose them looks."""
    radius = 3.0 if cage_radius is None else cage_radius
    while True:
        owner, arms = arms_within(position, ions, cell, radius)
        distances = np.linalg.norm(arms, axis=1)
        # An ion is not in the cage of the well on it, but its images may be.
        apart = distances > _SAME_POSITION
        owner, arms, distances = owner[apart], arms[apart], distances[apart]
        # One more ion than asked for shows whether the cage ends between two equally far.
        enough = len(arms) > (coordination or 1) and radius >= FARTHEST * distances[0]
        if cage_radius is not None or enough:
            return owner, arms
        radius *= 1.5


def _require_whole_shell(what: str, where: str, arms: FloatArray, coordination: int) -> None:
    distances = np.linalg.norm(arms, axis=1)
    last, next_one = distances[coordination - 1 : coordination + 1]
    if next_one - last < 1e-3 * last:
        nearer = int((distances < last * (1 - 1e-3)).sum())
        upto = int((distances < last * (1 + 1e-3)).sum())
        raise ValueError(
            f"{what} parts ions that are all {last:.4g} Å from {where}; take "
            + (f"{nearer} or {upto}" if nearer >= 3 else f"{upto}")
        )
