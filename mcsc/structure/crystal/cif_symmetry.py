"""The symmetry operations that a CIF states: listed, or by the name of its space group."""

import re
import warnings
from functools import lru_cache
from typing import Any

import gemmi
import numpy as np

from mcsc.arrays import FloatArray
from mcsc.structure.crystal.cif_block import Block
from mcsc.structure.crystal.cif_operations import Operations, keys_of, listed_operations
from mcsc.structure.crystal.symmetry import space_group

_LISTS = ("_space_group_symop_operation_xyz", "_symmetry_equiv_pos_as_xyz")
_MAGNETIC = ("_space_group_symop_magn_operation_xyz", "_space_group_magn_symop_operation_xyz")
_CENTRINGS = ("_space_group_symop_magn_centering_xyz", "_space_group_magn_symop_centering_xyz")
_HALLS = ("_space_group_name_Hall", "_symmetry_space_group_name_Hall")
_NAMES = (
    "_space_group_name_H-M_alt",
    "_symmetry_space_group_name_H-M",
    "_space_group_name_H-M_full",
    "_space_group_name_H-M",
)
_NUMBERS = ("_space_group_IT_number", "_symmetry_Int_Tables_number")
# relative; a cell fits an operation if lengths and angles it makes equal agree to this
_FIT = 2e-3
_SETTINGS = 530
# left- and right-handed forms, which a mirror image of the axes confuses
_ENANTIOMORPHS = (
    {76, 78}, {91, 95}, {92, 96}, {144, 145}, {151, 153}, {152, 154}, {169, 170}, {171, 172},
    {178, 179}, {180, 181}, {212, 213},
)  # fmt: skip
# two positions that no operation of any group maps on themselves or on each other
_GENERAL = np.array([[0.1234, 0.2718, 0.0577], [0.3391, 0.0612, 0.1873]])


def operations(block: Block, cell: FloatArray) -> Operations:
    """Rotations (n, 3, 3) and translations (n, 3) on fractional coordinates of a block of a CIF.

    A list of operations that is a group is the truth, in whatever setting; operations of a
    magnetic group count without their time reversal, which charges do not see, and with its
    centrings. Else the Hall symbol says all, or the Hermann-Mauguin name or the number is looked
    up among the settings of the International Tables, and the cell picks hexagonal or
    rhombohedral axes. A name or number alone means the standard setting.

    Raises ValueError if nothing is stated, it is unknown or contradicts itself or the cell, or the
        origin is open (groups with two origin choices, named without one).

    International Tables for Crystallography, Vol. A, doi:10.1107/97809553602060000100; names are
    those of spglib and gemmi.
    """
    magnetic = block.column(*_MAGNETIC)
    if magnetic:
        found = listed_operations(magnetic, _MAGNETIC[0], block.column(*_CENTRINGS))
    elif listed := block.column(*_LISTS):
        tag = next(tag for tag in _LISTS if block.column(tag))
        found = listed_operations(listed, tag)
        _require_number(found, len(listed), _number(block), cell)
    else:
        found = _looked_up(block, _number(block), cell)
    if not _fits(found[0], cell):
        raise ValueError(
            "the cell does not have the symmetry of its space group; correct _cell_length_a to "
            "_cell_angle_gamma, or the setting"
        )
    return found


def says_nothing(block: Block) -> bool:
    """Whether a block has no word on symmetry at all, not even at its sites."""
    about = ("_symmetry", "_space_group", "_magnetic", "_parent", "_atom_site_wyckoff")
    if any(tag.startswith((*about, "_atom_site_moment")) for tag in block.columns):
        return not any(block.column(tag) for tag in block.columns if tag.startswith(about))
    many = block.column("_atom_site_symmetry_multiplicity", "_atom_site_site_symmetry_multiplicity")
    return all(value in ("1", "?", ".") for value in many)


def _number(block: Block) -> int | None:
    value = block.value(*_NUMBERS)
    if value is None:
        return None
    if not re.fullmatch(r"\d{1,3}", value) or not 1 <= int(value) <= 230:
        raise ValueError(f"space group number {value}: give 1 to 230")
    return int(value)


def _require_number(found: Operations, count: int, number: int | None, cell: FloatArray) -> None:
    """A list of operations and a number must be of one type of space group."""
    kind = _type_of(*found, cell) if number is not None else None
    if kind is None or number is None or number == kind or {number, kind} in _ENANTIOMORPHS:
        return
    order = len(_setting(_halls_of(number)[0])[0])
    has = f"has {order}" if order != count else f"is another than theirs, {kind}"
    raise ValueError(
        f"{count} symmetry operations, but space group {number} {has}; correct the list or the "
        "number"
    )


def _type_of(rotations: FloatArray, translations: FloatArray, cell: FloatArray) -> int | None:
    """Number of the space group of operations in any setting, or None if it cannot be told.

    It is the symmetry of two general positions and all their images, in a cell that has
    the symmetry exactly.
    """
    metric = np.einsum("nia,ij,njb->ab", rotations, cell @ cell.T, rotations) / len(rotations)
    even = np.linalg.cholesky(metric)
    even *= 10 / abs(np.linalg.det(even)) ** (1 / 3)
    images = np.einsum("nij,pj->pni", rotations, _GENERAL) + translations
    owner = np.repeat([1, 2], len(rotations))
    found = space_group(even, images.reshape(-1, 3), owner, tolerance=1e-4)
    return None if found is None else found.number


@lru_cache
def _types() -> list[Any]:
    import spglib

    with warnings.catch_warnings():
        # of its ways to report errors, of which there are none here
        warnings.simplefilter("ignore", DeprecationWarning)
        return [spglib.get_spacegroup_type(hall) for hall in range(1, _SETTINGS + 1)]


def _setting(hall: int) -> Operations:
    return _of_hall_symbol(_types()[hall - 1].hall_symbol)


@lru_cache(maxsize=64)
def _of_hall_symbol(symbol: str) -> Operations:
    """Operations of any Hall symbol, of the International Tables or not."""
    try:
        found = list(gemmi.symops_from_hall(symbol))
    except (RuntimeError, ValueError):
        raise ValueError(
            f"Hall symbol {symbol} unknown; check it or list the symmetry operations"
        ) from None
    rotations = np.array([operation.rot for operation in found]) / gemmi.Op.DEN
    translations = np.array([operation.tran for operation in found]) / gemmi.Op.DEN
    return rotations, translations


def _plain(name: str) -> str:
    return re.sub(r"[\s_()]", "", name).lower()


def _looked_up(block: Block, number: int | None, cell: FloatArray) -> Operations:
    hall, name = block.value(*_HALLS), block.value(*_NAMES)
    if hall is not None:
        found = _of_hall_symbol(hall)
        kind, stated = _type_of(*found, cell), f"Hall symbol {hall}"
    elif name is not None:
        stated = f"space group {name}"
        symbols, kind = _by_name(name)
        if not symbols:
            raise ValueError(f"{stated} unknown; check it or list the symmetry operations")
        found = _chosen(symbols, stated, block, cell)
    elif number is not None:
        return _chosen(_symbols(_standard(number)), f"space group {number}", block, cell)
    else:
        raise ValueError(_unstated(block))
    if number is not None and kind not in (None, number):
        raise ValueError(f"{stated} is number {kind}, but number {number} is given; correct one")
    return found


def _unstated(block: Block) -> str:
    group = block.value("_space_group_magn_name_BNS", "_space_group_magn_number_BNS")
    if group is not None:
        return f"magnetic group {group} without its operations; add their list"
    if any(tag.startswith(("_space_group_ssg", "_cell_modulation")) for tag in block.columns):
        return "a modulated crystal; give an approximant with the symmetry operations of its cell"
    return f"no space group and no symmetry operations ({_NAMES[0]} or {_LISTS[0]}); add them"


def _symbols(halls: list[int]) -> dict[str, str]:
    """Hall symbols, each with the choice of origin or axes it stands for."""
    return {_types()[h - 1].hall_symbol: _choice(h) for h in halls}


def _choice(hall: int) -> str:
    """Origin or axes of a setting: ``1`` also of ``1cab``, whose axes its name tells."""
    written = str(_types()[hall - 1].choice)
    return written[0] if written[:1] in ("1", "2") else written


def _chosen(symbols: dict[str, str], stated: str, block: Block, cell: FloatArray) -> Operations:
    """Of the settings of one name the one of the file's origin and of the cell's axes."""
    tags = ("_symmetry_space_group_setting", "_space_group_IT_coordinate_system_code")
    origin = (block.value(*tags) or "").upper()
    chosen = [symbol for symbol, choice in symbols.items() if choice == origin] or list(symbols)
    settings = [_of_hall_symbol(symbol) for symbol in chosen]
    # hexagonal or rhombohedral axes: the cell tells
    fitting = [found for found in settings if _fits(found[0], cell)] or settings
    if len({keys_of(*found).tobytes() for found in fitting}) > 1:
        raise ValueError(
            f"{stated} has two choices of the origin; list the symmetry operations, or give the "
            "Hermann-Mauguin name with ':1' or ':2'"
        )
    return fitting[0]


def _by_name(name: str) -> tuple[dict[str, str], int | None]:
    """Settings of a Hermann-Mauguin name, with or without a choice behind a colon."""
    name, _, choice = name.partition(":")
    # the old manner of files: P 4/n m m S and Z for the origin choices, R -3 m H
    if not choice and (old := re.fullmatch(r"(.+) ([SZHR])", name.strip())):
        name, choice = old[1], {"S": "1", "Z": "2"}.get(old[2], old[2])
    halls = _named(name)
    # older and rarer names, such as Cmca, F d 3 m and I 1, and B b c b, of one origin in spglib
    if not halls or len({_choice(h) for h in halls} & {"1", "2"}) == 1:
        other = gemmi.find_spacegroup_by_name(re.sub(r"[_()]", "", name))
        if other is None:
            return {}, None
        if _plain(other.hm) != _plain(name) and _named(other.hm):
            return _by_name(f"{other.hm}:{choice}" if choice else other.hm)
        # C c c b and its kin have two origins, of which gemmi alone would take the first
        same = {g.hall: g.ext for g in gemmi.spacegroup_table() if g.hm == other.hm}
        wanted = choice.strip().upper()
        found = {hall: ext for hall, ext in same.items() if wanted in ("", ext)}
        return found, int(other.number)
    number = int(_types()[halls[0] - 1].number)
    wanted = choice.strip().lower()
    if wanted:
        halls = [h for h in halls if _choice(h).lower() == wanted]
    # of several settings with one name the first is standard, but for origins and R axes
    standard = [h for h in halls if h in _standard(number)]
    origins = [h for h in halls if _choice(h) in ("1", "2")]
    halls = standard or origins or halls[: None if wanted else 1]
    return _symbols(halls), number


def _named(name: str) -> list[int]:
    return [
        hall
        for hall, kind in enumerate(_types(), start=1)
        if _plain(name) in (_plain(kind.international_short), _plain(kind.international_full))
    ]


def _halls_of(number: int) -> list[int]:
    return [hall for hall, kind in enumerate(_types(), start=1) if kind.number == number]


def _standard(number: int) -> list[int]:
    """The standard setting of a space group, and its other origin or axes where there are two."""
    halls = _halls_of(number)
    choices = [h for h in halls if _types()[h - 1].choice in ("1", "2", "H", "R")]
    return choices or halls[:1]


def _fits(rotations: FloatArray, cell: FloatArray) -> bool:
    """Whether rotations leave all lengths and angles of the cell as they are."""
    metric = cell @ cell.T
    turned = np.einsum("nia,ij,njb->nab", rotations, metric, rotations)
    scale = np.sqrt(np.outer(np.diag(metric), np.diag(metric)))
    return bool((np.abs(turned - metric) < _FIT * scale).all())
