"""Symmetry operations as a CIF lists them, one a line, and whether they are a group."""

import re
from fractions import Fraction

import numpy as np

from mcsc.arrays import FloatArray, IntArray

Operations = tuple[FloatArray, FloatArray]
"""Rotations (n, 3, 3) and translations (n, 3) on fractional coordinates."""
Exact = tuple[tuple[Fraction, ...], tuple[Fraction, ...]]

# more than any space group has in a cell, and few enough to multiply all by all
_MOST = 1024
# one summand of an operation: a sign, and a number, a letter or a number times a letter
_SUMMAND = re.compile(r"([-+]?)(\d*\.\d+|\d+\.|\d+(?:/\d+)?)?\*?([xyz]?)")


def listed_operations(lines: list[str], tag: str, centrings: list[str] | None = None) -> Operations:
    """Operations of a list and all their products with centrings, each once.

    Lines are such as ``-y, x+1/2, z``; of a magnetic group with the time reversal behind, and with
    the translations of its centrings.

    Raises ValueError if a line is misspelt or listed twice, or they are no group; ``tag`` is that
        of the list.
    """
    made = [_operation(line) for line in lines]
    if centrings is None:
        for i, operation in enumerate(made):
            if operation in made[:i]:
                raise ValueError(
                    f"{tag}: {lines[i]!r} is listed twice, rows {made.index(operation) + 1} and "
                    f"{i + 1}; remove one, or correct it"
                )
    moves = [_operation(line)[1] for line in centrings or []]
    sums = [
        (turn, tuple((a + b) % 1 for a, b in zip(shift, move, strict=True)))
        for move in moves
        for turn, shift in made
    ]
    every = list(dict.fromkeys(made + sums))
    if len(every) > _MOST:
        raise ValueError(f"{tag}: {len(every)} symmetry operations; give those of one cell")
    rotations = np.array([turn for turn, _ in every], dtype=np.float64).reshape(-1, 3, 3)
    translations = np.array([shift for _, shift in every], dtype=np.float64)
    if not _is_group(rotations, translations):
        raise ValueError(f"{tag}: its symmetry operations are no group: one is missing or misspelt")
    return rotations, translations


def _operation(line: str) -> Exact:
    """The nine numbers of the rotation and the three of the translation, modulo 1."""
    plain = re.sub(r"[\s'\"]", "", line.lower())
    # x,y,z,-1 of a magnetic group: time reversal does nothing to a charge
    parts = re.sub(r",(?:[-+]?1|m)$", "", plain).split(",")
    rows = [_row(part) for part in parts]
    if len(rows) != 3 or any(row is None for row in rows):
        raise ValueError(f"symmetry operation {line!r}: write it like '-y, x+1/2, z'")
    kept = [row for row in rows if row is not None]
    return tuple(x for row in kept for x in row[:3]), tuple(row[3] % 1 for row in kept)


def _row(text: str) -> list[Fraction] | None:
    """Factors of x, y and z, and the constant, of one coordinate; None if it is misspelt."""
    row = [Fraction(0)] * 4
    start = 0
    while start < len(text):
        found = _SUMMAND.match(text, start)
        if not found or not (found[2] or found[3]) or (start and not found[1]):
            return None
        try:
            size = Fraction(found[2] or 1)
        except ZeroDivisionError:
            return None
        if size.denominator > 1 and "/" not in (found[2] or ""):
            size = size.limit_denominator(48)
        if size > 1000:
            return None
        row["xyz".index(found[3]) if found[3] else 3] += -size if found[1] == "-" else size
        start = found.end()
    return row if text else None


def _is_group(rotations: FloatArray, translations: FloatArray) -> bool:
    """Whether all products are in the list, compared to 1/240, and volumes stay."""
    if not np.allclose(np.abs(np.linalg.det(rotations)), 1):
        return False
    known = {row.tobytes() for row in keys_of(rotations, translations)}
    for turn, shift in zip(rotations, translations, strict=True):
        made = keys_of(turn @ rotations, translations @ turn.T + shift)
        if not known.issuperset(row.tobytes() for row in made):
            return False
    return len(known) == len(rotations)


def keys_of(rotations: FloatArray, translations: FloatArray) -> IntArray:
    """(n, 12) whole numbers of which operations that agree to 1/240 have the same."""
    turns = np.rint(rotations.reshape(-1, 9) * 240).astype(np.int64)
    shifts = np.rint(translations * 240).astype(np.int64) % 240
    return np.hstack([turns, shifts])
