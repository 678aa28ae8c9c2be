"""One ordered crystal from the text of a CIF."""

from __future__ import annotations

import warnings
from io import StringIO
from typing import TYPE_CHECKING, Any

import numpy as np

from mcsc.structure.ordered import close_pairs, overlap

if TYPE_CHECKING:
    from ase import Atoms


def read_cif(label: str, text: str) -> Atoms:
    """Read the crystal of a CIF.

    Parameters
    ----------
    label
        Name of the file, for messages.
    text
        Its contents.

    Raises
    ------
    ValueError
        As `mcsc.structure.read_crystal`.
    """
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
    return atoms


class _CrystalError(ValueError):
    """A fault of the file that has already been put into words."""


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
    for i, j, distance in close_pairs(everything):
        if symbols[i] != symbols[j]:
            raise _CrystalError(overlap(label, symbols[i], symbols[j], distance))
    with warnings.catch_warnings():
        # Sites listed again although symmetry makes them are harmless once species agree.
        warnings.filterwarnings("ignore", message="scaled_positions .* are equivalent")
        atoms: Atoms = block.get_atoms(fractional_occupancies=False)
    for i, j, distance in close_pairs(atoms):
        raise _CrystalError(overlap(label, atoms.symbols[i], atoms.symbols[j], distance))
    return atoms


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
