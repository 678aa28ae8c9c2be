"""The symmetry operations that a CIF states: listed, or by the name of its space group."""

from __future__ import annotations

import re
import warnings
from collections.abc import Mapping
from functools import lru_cache
from typing import Any

import numpy as np
import numpy.typing as npt

from mcsc.periodic import Array

IntArray = npt.NDArray[np.int64]
Operations = tuple[IntArray, Array]

_LISTS = (
    "_space_group_symop_operation_xyz",
    "_space_group_symop.operation_xyz",
    "_symmetry_equiv_pos_as_xyz",
)
_HALLS = ("_space_group_name_hall", "_space_group.name_hall", "_symmetry_space_group_name_hall")
_NAMES = (
    "_space_group_name_h-m_alt",
    "_space_group.name_h-m_alt",
    "_symmetry_space_group_name_h-m",
    "_space_group_name_h-m_full",
)
_NUMBERS = (
    "_space_group_it_number",
    "_space_group.it_number",
    "_symmetry_int_tables_number",
)
# relative; a cell fits an operation if lengths and angles it makes equal agree to this
_FIT = 2e-3
_SETTINGS = 530


def operations(block: Mapping[str, Any], cell: Array) -> Operations:
    """Read the symmetry of a block of a CIF.

    A list of operations wins; else the Hall symbol, the Hermann-Mauguin name or the number is
    looked up among the 530 settings of the International Tables, and the cell picks hexagonal or
    rhombohedral axes. A name or number alone means the standard setting.

    Parameters
    ----------
    block
        The tags of the block, lower case.
    cell
        Lattice vectors as rows.

    Returns
    -------
    Rotations, shape (n, 3, 3), and translations, shape (n, 3), on fractional coordinates.

    Raises
    ------
    ValueError
        If nothing is stated, it is unknown or contradicts itself or the cell, or the origin is
        open (groups with two origin choices, named without one).

    References
    ----------
    International Tables for Crystallography, Vol. A, doi:10.1107/97809553602060000100; the
    settings are those of spglib.
    """
    number = _number(block)
    listed = _first(block, _LISTS)
    if listed is not None:
        found = _listed([listed] if isinstance(listed, str) else listed)
        _require_order(len(found[0]), number)
    else:
        found = _looked_up(block, number, cell)
    if not _fits(found[0], cell):
        raise ValueError(
            "the cell does not have the symmetry of its space group; correct lengths and angles, "
            "or the setting"
        )
    return found


def _first(block: Mapping[str, Any], keys: tuple[str, ...]) -> Any:
    """The first key that says something: ``"?"`` and ``"."`` do not."""
    for key in keys:
        value = block.get(key)
        if value not in (None, "?", ".", "", [], ["?"], ["."]):
            return value
    return None


def _number(block: Mapping[str, Any]) -> int | None:
    value = _first(block, _NUMBERS)
    if value is None:
        return None
    if not re.fullmatch(r"\d+", str(value)) or not 1 <= int(value) <= 230:
        raise ValueError(f"space group number {value}: give 1 to 230")
    return int(value)


def _listed(lines: list[Any]) -> Operations:
    from ase.spacegroup import spacegroup

    texts = [str(line).lower().replace(" ", "") for line in lines]
    for text in texts:
        if not re.fullmatch(r"([-+xyz0-9./]+,){2}[-+xyz0-9./]+", text):
            raise ValueError(f"symmetry operation {text!r}: write it like '-y, x+1/2, z'")
    parse: Any = spacegroup.parse_sitesym
    rotations, translations = parse(texts)
    if not _is_group(rotations, translations):
        raise ValueError(
            "its symmetry operations are no group: one is missing, repeated or misspelt"
        )
    return np.asarray(rotations, dtype=np.int64), np.asarray(translations, dtype=np.float64)


def _keys(rotations: IntArray, translations: Array) -> npt.NDArray[np.int64]:
    """Operations as integer rows; translations to 1/240, enough for every space group."""
    fractions = np.rint(translations * 240).astype(np.int64) % 240
    rows: npt.NDArray[np.int64] = np.hstack([rotations.reshape(-1, 9), fractions])
    return rows


def _is_group(rotations: IntArray, translations: Array) -> bool:
    if (np.abs(np.rint(np.linalg.det(rotations))) != 1).any():
        return False
    known = {row.tobytes() for row in _keys(rotations, translations)}
    products = rotations[:, None] @ rotations
    shifts = np.einsum("iab,jb->ija", rotations, translations) + translations[:, None]
    made = _keys(products.reshape(-1, 3, 3), shifts.reshape(-1, 3))
    return len(known) == len(rotations) and {row.tobytes() for row in made} == known


def _require_order(count: int, number: int | None) -> None:
    """A list of another length than the group has is a list of something else."""
    if number is None:
        return
    halls = [hall for hall, kind in enumerate(_types(), start=1) if kind.number == number]
    known = {len(_setting(hall)[0]) for hall in halls}
    if count not in known:
        raise ValueError(
            f"{count} symmetry operations, but space group {number} has "
            f"{' or '.join(map(str, sorted(known)))}; correct the list or the number"
        )


@lru_cache
def _types() -> list[Any]:
    import spglib

    with warnings.catch_warnings():
        # of its ways to report errors, of which there are none here
        warnings.simplefilter("ignore", DeprecationWarning)
        return [spglib.get_spacegroup_type(hall) for hall in range(1, _SETTINGS + 1)]


@lru_cache(maxsize=64)
def _setting(hall: int) -> Operations:
    import spglib

    with warnings.catch_warnings():
        warnings.simplefilter("ignore", DeprecationWarning)
        found: Any = spglib.get_symmetry_from_database(hall)
    return np.asarray(found["rotations"], dtype=np.int64), np.asarray(found["translations"])


def _plain(name: Any) -> str:
    return re.sub(r"[\s_]", "", str(name)).lower()


def _looked_up(block: Mapping[str, Any], number: int | None, cell: Array) -> Operations:
    hall, name = _first(block, _HALLS), _first(block, _NAMES)
    if hall is not None:
        stated, halls = f"Hall symbol {hall}", _named(hall, ("hall_symbol",))
    elif name is not None:
        stated, halls = f"space group {name}", _by_name(str(name))
    elif number is not None:
        stated, halls = f"space group {number}", _standard(number)
    else:
        raise ValueError(
            "no space group and no symmetry operations; add them, "
            "\"_symmetry_space_group_name_H-M 'P 1'\" if every atom is listed"
        )
    if not halls:
        raise ValueError(f"{stated} unknown; check it or list the symmetry operations")
    if number is not None and _types()[halls[0] - 1].number != number:
        raise ValueError(
            f"{stated} is number {_types()[halls[0] - 1].number}, but number {number} is given; "
            "correct one"
        )
    origin = str(_first(block, ("_symmetry_space_group_setting",)) or "")
    chosen = [h for h in halls if _types()[h - 1].choice == origin] or halls
    # hexagonal or rhombohedral axes: the cell tells
    fitting = [h for h in chosen if _fits(_setting(h)[0], cell)] or chosen
    if len({_keys(*_setting(h)).tobytes() for h in fitting}) > 1:
        raise ValueError(
            f"{stated} has two choices of the origin; list the symmetry operations, or give the "
            "Hermann-Mauguin name with ':1' or ':2'"
        )
    return _setting(fitting[0])


def _named(name: Any, attributes: tuple[str, ...]) -> list[int]:
    """Settings of which an attribute is the name."""
    return [
        hall
        for hall, kind in enumerate(_types(), start=1)
        if _plain(name) in {_plain(getattr(kind, attribute)) for attribute in attributes}
    ]


def _by_name(name: str) -> list[int]:
    """Settings of a Hermann-Mauguin name, with or without a choice behind a colon."""
    name, _, choice = name.partition(":")
    # the old manner of files: P 4/n m m S and Z for the origin choices, R -3 m H
    if not choice and (old := re.fullmatch(r"(.+) ([SZHR])", name.strip())):
        name, choice = old[1], {"S": "1", "Z": "2"}.get(old[2], old[2])
    halls = _named(name, ("international_short", "international_full"))
    if choice:
        return [h for h in halls if _types()[h - 1].choice.lower() == choice.strip().lower()]
    # of several settings with one name the first is standard, but for origins and R axes
    numbers = {_types()[h - 1].number for h in halls}
    standard = [h for number in numbers for h in _standard(number)]
    return [h for h in halls if h in standard] or halls[:1]


def _standard(number: int) -> list[int]:
    """The standard setting of a space group, and its other origin or axes where there are two."""
    halls = [hall for hall, kind in enumerate(_types(), start=1) if kind.number == number]
    choices = [h for h in halls if _types()[h - 1].choice in ("1", "2", "H", "R")]
    return choices or halls[:1]


def _fits(rotations: IntArray, cell: Array) -> bool:
    """Whether rotations leave all lengths and angles of the cell as they are."""
    metric = cell @ cell.T
    turned = np.einsum("nia,ij,njb->nab", rotations, metric, rotations)
    scale = np.sqrt(np.outer(np.diag(metric), np.diag(metric)))
    return bool((np.abs(turned - metric) < _FIT * scale).all())
