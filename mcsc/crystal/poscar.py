"""One crystal from the text of a POSCAR or CONTCAR file of VASP."""

from __future__ import annotations

import re
from io import StringIO
from typing import TYPE_CHECKING, Any

import numpy as np

if TYPE_CHECKING:
    from ase import Atoms

_NAMES = ("poscar", "contcar")
_ENDINGS = (".vasp", ".poscar", ".contcar")


def looks_like_poscar(name: str, text: str) -> bool:
    """Whether a file is a POSCAR: by its name, or by numbers where a POSCAR has them."""
    lower = name.lower()
    if lower.startswith(_NAMES) or lower.endswith(_ENDINGS):
        return True
    if lower.endswith(".cif"):
        return False
    lines = text.splitlines()
    return len(lines) > 7 and all(_numbers(lines[i], n) is not None for i, n in _NUMERIC)


# lines of numbers, and how many at least: the scale and three lattice vectors
_NUMERIC = ((1, 1), (2, 3), (3, 3), (4, 3))


def _numbers(line: str, count: int) -> list[float] | None:
    """The first numbers of a line, or None; Fortran's 1.0D0 is one."""
    words = line.split("!")[0].split("#")[0].split()[:count]
    try:
        values = [float(re.sub(r"[dD]", "e", word)) for word in words]
    except ValueError:
        return None
    return values if len(values) == count and np.isfinite(values).all() else None


def read_poscar(label: str, text: str) -> Atoms:
    """Read a POSCAR or CONTCAR.

    Parameters
    ----------
    label
        Name of the file, for messages.
    text
        Its contents; velocities behind the positions are ignored.

    Raises
    ------
    ValueError
        If lines are missing or are no numbers, or there is no line of species (files of VASP 4
        name them elsewhere, so nobody can tell).
    """
    lines = text.splitlines()
    while lines and not lines[-1].strip():
        lines.pop()
    try:
        _require_head(lines)
        total = _require_species(lines)
        positions = _positions(lines, total)
    except ValueError as error:
        raise ValueError(f"{label}: {error}") from None
    head = [*lines[:5], _bare(lines[5]), _bare(lines[6])]
    return _parsed(label, "\n".join([*head, *positions]))


def _bare(line: str) -> str:
    return line.split("!")[0].split("#")[0]


def _require_head(lines: list[str]) -> None:
    if len(lines) < 8:
        raise ValueError(f"a POSCAR has at least 8 lines, this one {len(lines)}; complete it")
    for i, count in _NUMERIC:
        if _numbers(lines[i], count) is None:
            what = "the scale" if i == 1 else "a lattice vector, three numbers"
            raise ValueError(f"line {i + 1} is {lines[i].strip()!r}; give {what}")
    cell = np.array([_numbers(lines[i], 3) for i in (2, 3, 4)])
    if not abs(np.linalg.det(cell)) > 1e-6 * np.prod(np.linalg.norm(cell, axis=1)):
        raise ValueError("lines 3 to 5: the lattice vectors lie in one plane; correct them")
    scale = _numbers(lines[1], 1)
    if scale is None or scale[0] == 0:
        raise ValueError("line 2: the scale is 0; give 1.0, or minus the volume of the cell")
    if scale[0] < 0 and np.linalg.det(cell) < 0:
        raise ValueError(
            "line 2: a volume for left-handed lattice vectors; give the scale, e.g. 1.0"
        )


def _require_species(lines: list[str]) -> int:
    """Check lines 6 and 7; returns the number of ions."""
    from ase.data import chemical_symbols

    names, counts = _bare(lines[5]).split(), _bare(lines[6]).split()
    if names and all(re.fullmatch(r"\d+", name) for name in names):
        raise ValueError(
            "line 6 holds numbers: a VASP 4 file without species; add a line with the chemical "
            "symbols before it"
        )
    for name in names:
        symbol = re.split("[_/]", name)[0]
        if symbol not in chemical_symbols[1:]:
            raise ValueError(f"line 6: {name!r} is no chemical element; correct it")
    if not counts or not all(re.fullmatch(r"\d+", n) and int(n) > 0 for n in counts):
        raise ValueError(f"line 7 is {lines[6].strip()!r}; give the number of ions of each species")
    if len(names) != len(counts):
        raise ValueError(
            f"lines 6 and 7: {len(names)} species, {len(counts)} numbers of ions; give one each"
        )
    return sum(map(int, counts))


def _positions(lines: list[str], total: int) -> list[str]:
    """The line Direct or Cartesian and the positions, without labels and what may move."""
    first = 8
    if lines[7].strip()[:1].lower() == "s":
        first = 9
    mode = lines[first - 1].strip()[:1].lower() if len(lines) >= first else ""
    if mode not in tuple("dck"):
        shown = lines[first - 1].strip() if len(lines) >= first else ""
        raise ValueError(f"line {first} is {shown!r}; write Direct or Cartesian")
    found = [lines[first - 1]]
    for i in range(first, first + total):
        if i >= len(lines) or not lines[i].strip():
            raise ValueError(f"{total} ions by line 7, positions of {i - first}; correct one")
        position = _numbers(lines[i], 3)
        if position is None:
            raise ValueError(f"line {i + 1} is {lines[i].strip()!r}; give a position, 3 numbers")
        found.append(" ".join(map(repr, position)))
    return found


def _parsed(label: str, text: str) -> Atoms:
    from ase.io import vasp

    reader: Any = vasp.read_vasp_configuration
    try:
        atoms: Atoms = reader(StringIO(re.sub(r"(?<=\d)[dD](?=[-+]?\d)", "e", text)))
    except Exception as error:
        reason = f"{type(error).__name__}: {error}".splitlines()[0]
        raise ValueError(f"{label}: not a readable POSCAR ({reason}); check the file") from None
    return atoms
