"""Crystals from CIF files, refused loudly where a file cannot mean one ordered crystal."""

from __future__ import annotations

import warnings
from collections.abc import Sequence
from importlib.resources import files
from io import StringIO
from itertools import product
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from mcsc.structure.symmetry import space_group
from mcsc.structure.well import Array

if TYPE_CHECKING:
    from ase import Atoms

# Å; no two nuclei of a real crystal come this close (H-H in H2 is 0.74).
_CLOSEST_APPROACH = 0.5


def shipped_materials() -> tuple[str, ...]:
    """Names of the crystals shipped with the package, sorted."""
    names = (entry.name for entry in files("mcsc").joinpath("materials").iterdir())
    return tuple(sorted(name.removesuffix(".cif") for name in names if name.endswith(".cif")))


def read_crystal(source: str | Path) -> Atoms:
    """Read the one ordered crystal of a CIF file.

    Parameters
    ----------
    source
        A path to a CIF file, or the name of a shipped material (see `shipped_materials`).

    Returns
    -------
    ase.Atoms
        The conventional cell as the file gives it (see `primitive_cell`), Å; ``info["source"]``
        names the file.

    Raises
    ------
    ValueError
        If the file is missing, is no CIF, holds no or several crystals, leaves symmetry, species
        or coordinates open, has partially occupied sites, or has ions on top of each other.
    """
    label, text = _read_text(source)
    try:
        block = _only_block(label, text)
        _require_full_occupancy(label, block)
        _require_symmetry(label, block)
        atoms = _build(label, block)
    except _CrystalError:
        raise
    except Exception as error:  # the parser raises anything from AssertionError to IndexError
        reason = f"{type(error).__name__}: {error}".splitlines()[0]
        raise ValueError(f"{label}: not a readable CIF ({reason}); check the file") from None
    _require_formula(label, block.get("_chemical_formula_sum"), atoms)
    atoms.info["source"] = label
    return atoms


def primitive_cell(atoms: Atoms, tolerance: float = 1e-3) -> Atoms:
    """Reduce a crystal to a primitive cell whose a and b stay in the plane of the given a and b.

    Parameters
    ----------
    atoms
        A periodic crystal.
    tolerance
        Distance within which positions count as equal, Å.

    Returns
    -------
    ase.Atoms
        The same crystal, orientation and origin kept; `atoms` itself if its cell is primitive
        already. Keeping the plane, unlike the standard primitive cell of a centred lattice, lets
        `wells_of_net` find the same layers in it.

    Raises
    ------
    ValueError
        If no symmetry search succeeds, for instance because ions overlap.
    """
    from ase import Atoms as AseAtoms

    translations = _pure_translations(atoms, tolerance)
    if len(translations) == 1:
        return atoms
    cell = _layered_cell(np.array(atoms.cell.array), translations)
    fractional = atoms.positions @ np.linalg.inv(cell)
    separation = fractional[:, None] - fractional
    apart = np.linalg.norm((separation - np.rint(separation)) @ cell, axis=-1)
    same = (apart < 2 * tolerance) & (atoms.numbers[:, None] == atoms.numbers)
    kept = np.flatnonzero(same.argmax(axis=1) == np.arange(len(atoms)))
    home = fractional[kept] - np.floor(fractional[kept] + 1e-6)
    return AseAtoms(
        atoms.numbers[kept], positions=home @ cell, cell=cell, pbc=True, info=atoms.info
    )


def _pure_translations(atoms: Atoms, tolerance: float) -> Array:
    """Translations that map the crystal on itself, fractional, zero included."""
    fractional = atoms.cell.scaled_positions(atoms.positions)
    found = space_group(atoms.cell.array, fractional, atoms.numbers, tolerance)
    if found is None:
        raise ValueError(
            f"no primitive cell found for {atoms.symbols}; check for overlapping ions or change "
            "the tolerance"
        )
    identity = (found.rotations == np.eye(3, dtype=int)).all(axis=(1, 2))
    count = int(identity.sum())
    # Each one, repeated `count` times, is a lattice vector: that fixes its exact value.
    translations: Array = np.rint(found.translations[identity] * count) / count
    return translations


def _layered_cell(cell: Array, translations: Array) -> Array:
    """Primitive vectors of the finer lattice: two in the plane of a and b, and a short third."""
    offsets = np.array(list(product((-1, 0, 1), repeat=3)))
    fractional = (translations[:, None] + offsets).reshape(-1, 3)
    vectors = fractional @ cell
    # Smallest area and volume first, then the shortest, then the one most like the given vector.
    plane = vectors[np.abs(fractional[:, 2]) < 1e-9]
    first, second = np.array([(i, j) for i in range(len(plane)) for j in range(len(plane))]).T
    normal = np.cross(cell[0], cell[1])
    areas = np.cross(plane[first], plane[second]) @ (normal / np.linalg.norm(normal))
    lengths = (plane[first] ** 2).sum(axis=1) + (plane[second] ** 2).sum(axis=1)
    likeness = plane[first] @ cell[0] + plane[second] @ cell[1]
    best = _first_of(areas, lengths, likeness)
    in_plane = plane[[first[best], second[best]]]
    volumes = vectors @ np.cross(*in_plane) * np.sign(np.linalg.det(cell))
    third = vectors[_first_of(volumes, (vectors**2).sum(axis=1), vectors @ cell[2])]
    return np.vstack([in_plane, third])


def _first_of(sizes: Array, lengths: Array, likeness: Array) -> int:
    """Index of the smallest positive size; ties go to the shortest, then to the most alike."""
    scale = np.abs(sizes).max()
    candidates = np.where(sizes > 1e-6 * scale, sizes / scale, np.inf)
    order = np.lexsort((-likeness, (lengths / lengths.max()).round(6), candidates.round(6)))
    return int(order[0])


def require_ordered(atoms: Atoms) -> None:
    """Raise ValueError if ase marked any site as partially occupied.

    ase keeps one species per site and files the true occupancies in ``atoms.info["occupancy"]``;
    whoever reads only the species sees an ordered crystal that does not exist.
    """
    for site in atoms.info.get("occupancy", {}).values():
        if len(site) > 1 or any(share < 1 for share in site.values()):
            shares = ", ".join(f"{species} {share:g}" for species, share in site.items())
            raise ValueError(
                f"{atoms.symbols} has a partially occupied site ({shares}); give an ordered crystal"
            )


class _CrystalError(ValueError):
    """A fault of the file that has already been put into words."""


def _read_text(source: str | Path) -> tuple[str, str]:
    """The file's name for messages and its text; a shipped name wins over a path without suffix."""
    if isinstance(source, str) and source in shipped_materials():
        entry = files("mcsc").joinpath("materials", f"{source}.cif")
        return f"{source}.cif (shipped with mcsc)", entry.read_text(encoding="utf-8")
    path = Path(source)
    if not path.is_file():
        shipped = ", ".join(shipped_materials())
        raise ValueError(f"{source}: no such CIF file, nor a shipped material ({shipped})")
    try:
        return str(source), path.read_text(encoding="utf-8", errors="replace")
    except OSError as error:
        raise ValueError(f"{source}: cannot be read: {error.strerror}") from None


def _only_block(label: str, text: str) -> Any:
    """The one data block that holds a crystal; ase itself would take the last of several."""
    from ase.io.cif import parse_cif

    every: list[Any] = list(parse_cif(StringIO(text)))
    blocks = [block for block in every if block.has_structure()]
    if not blocks:
        raise _CrystalError(
            f"{label}: no crystal in it; a CIF needs species and coordinates of every atom site"
        )
    if len(blocks) > 1:
        names = ", ".join(block.name for block in blocks)
        raise _CrystalError(
            f"{label}: {len(blocks)} crystals in it ({names}); keep one in the file"
        )
    return blocks[0]


def _require_full_occupancy(label: str, block: Any) -> None:
    occupancies = block.get("_atom_site_occupancy") or []
    for symbol, occupancy in zip(block.get_symbols(), occupancies, strict=False):
        # "." and "?" stand for the standard's default, 1.
        if isinstance(occupancy, int | float) and abs(occupancy - 1) > 1e-6:
            raise _CrystalError(
                f"{label}: a {symbol} site has occupancy {occupancy:g}; disordered crystals "
                "cannot be sampled, give an ordered one"
            )


def _require_symmetry(label: str, block: Any) -> None:
    """Without a symmetry entry the reader would silently take the listed sites for the whole."""
    keys = (
        "_space_group_symop_operation_xyz",
        "_space_group_symop.operation_xyz",
        "_symmetry_equiv_pos_as_xyz",
        "_space_group_it_number",
        "_space_group.it_number",
        "_symmetry_int_tables_number",
        "_space_group_name_h-m_alt",
        "_space_group.name_h-m_alt",
        "_symmetry_space_group_name_h-m",
        "_space_group_name_hall",
        "_symmetry_space_group_name_hall",
    )
    if not any(block.get(key) not in (None, "?", ".") for key in keys):
        raise _CrystalError(
            f"{label}: no space group and no symmetry operations; add them, "
            "\"_symmetry_space_group_name_H-M 'P 1'\" if every atom is listed"
        )


def _build(label: str, block: Any) -> Atoms:
    """Apply the symmetry; ions may repeat under it but never meet."""
    from ase import Atoms as AseAtoms

    if block.get_cell().rank != 3:
        raise _CrystalError(f"{label}: no cell; give _cell_length_a to _cell_angle_gamma")
    listed = block.get_unsymmetrized_structure()
    spacegroup = block.get_spacegroup(True)
    orbits = [spacegroup.equivalent_sites([p])[0] for p in listed.get_scaled_positions(wrap=False)]
    symbols = [s for s, orbit in zip(listed.symbols, orbits, strict=True) for _ in orbit]
    everything = AseAtoms(
        symbols, scaled_positions=np.concatenate(orbits), cell=listed.cell, pbc=True
    )
    for i, j, distance in _close_pairs(everything):
        if symbols[i] != symbols[j]:
            raise _overlap(label, symbols[i], symbols[j], distance)
    with warnings.catch_warnings():
        # Sites listed again although symmetry makes them are harmless once species agree.
        warnings.filterwarnings("ignore", message="scaled_positions .* are equivalent")
        atoms: Atoms = block.get_atoms(fractional_occupancies=False)
    for i, j, distance in _close_pairs(atoms):
        raise _overlap(label, atoms.symbols[i], atoms.symbols[j], distance)
    return atoms


def _close_pairs(atoms: Atoms) -> Sequence[tuple[int, int, float]]:
    from ase import neighborlist

    search: Any = neighborlist.neighbor_list
    first, second, distances = search("ijd", atoms, _CLOSEST_APPROACH)
    return list(zip(first.tolist(), second.tolist(), distances.tolist(), strict=True))


def _overlap(label: str, first: str, second: str, distance: float) -> _CrystalError:
    return _CrystalError(
        f"{label}: {first} and {second} ions overlap, {distance:.3f} Å apart; give an ordered "
        "crystal with correct coordinates"
    )


def _require_formula(label: str, formula: object, atoms: Atoms) -> None:
    """The sites must add up to the file's own formula: a lost species is otherwise silent."""
    from ase.formula import Formula

    if not isinstance(formula, str) or formula in ("?", "."):
        return
    try:
        stated = Formula("".join(formula.split())).reduce()[0].count()
    except ValueError:
        return  # formulas with shares or brackets are not ours to parse
    found = atoms.symbols.formula.reduce()[0]
    if stated != found.count():
        raise ValueError(
            f"{label}: formula {formula!r} but its sites add up to {found:metal}; "
            "add the missing sites or correct _chemical_formula_sum"
        )
