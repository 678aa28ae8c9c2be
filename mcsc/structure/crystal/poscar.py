"""One crystal from the text of a POSCAR or CONTCAR file of VASP."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

import numpy as np

from mcsc.arrays import FloatArray
from mcsc.structure.crystal.ordered import LONGEST, MOST_IONS, SHORTEST

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
    words = _bare(line).split()[:count]
    if "_" in "".join(words):
        return None  # which Python alone reads in a number
    try:
        values = [float(re.sub(r"[dD]", "e", word)) for word in words]
    except ValueError:
        return None
    # nothing of this size is a length, and its square may overflow
    return values if len(values) == count and np.abs(values).max() < 1e15 else None


def _bare(line: str) -> str:
    return line.split("!")[0].split("#")[0]


def read_poscar(label: str, text: str) -> Atoms:
    """Read the text of a POSCAR or CONTCAR; velocities behind the positions are ignored.

    Species may have numbers, as ``Cu1 Cu2``, or names of potentials, as ``Cu_pv``, behind them.

    Raises ValueError if lines are missing or are no numbers, or there is no line of species (files
        of VASP 4 name them elsewhere, so nobody can tell); it begins with ``label``.
    """
    from ase import Atoms as AseAtoms

    lines = text.splitlines()
    while lines and not lines[-1].strip():
        lines.pop()
    try:
        cell, scale = _cell(lines)
        species, head = _species(lines)
        positions, is_cartesian = _positions(lines, head, len(species))
    except ValueError as error:
        raise ValueError(f"{label}: {error}") from None
    cartesian = positions * scale if is_cartesian else positions @ cell
    atoms: Atoms = AseAtoms(species, positions=cartesian, cell=cell, pbc=True)
    return atoms


def _cell(lines: list[str]) -> tuple[FloatArray, FloatArray]:
    """Lattice vectors in Å, and the scale of each Cartesian direction, of lines 2 to 5."""
    if len(lines) < 8:
        raise ValueError(f"a POSCAR has at least 8 lines, this one {len(lines)}; complete it")
    for i, count in _NUMERIC:
        if _numbers(lines[i], count) is None:
            what = "the scale" if i == 1 else "a lattice vector, three numbers"
            raise ValueError(f"line {i + 1} is {lines[i].strip()!r}; give {what}")
    vectors = np.array([_numbers(lines[i], 3) for i in (2, 3, 4)], dtype=np.float64)
    scale = _scale(lines[1])
    lengths = np.linalg.norm(vectors, axis=1)
    volume = np.linalg.det(vectors / lengths.max()) if lengths.min() > 0 else 0.0
    if not abs(volume) > 1e-6 * np.prod(lengths / lengths.max()):
        raise ValueError("lines 3 to 5: the lattice vectors lie in one plane; correct them")
    if scale[0] < 0:
        if volume < 0:
            raise ValueError(
                "line 2: a volume for left-handed lattice vectors; give the scale, e.g. 1.0"
            )
        scale = np.full(3, (-scale[0] / volume) ** (1 / 3) / lengths.max())
    for i, length in enumerate(np.linalg.norm(vectors * scale, axis=1), start=3):
        if not SHORTEST <= length <= LONGEST:
            raise ValueError(
                f"line {i}: a lattice vector of {length:.4g} Å; give one from {SHORTEST:g} to "
                f"{LONGEST:g}, an equivalent shorter one if the cell is skewed"
            )
    return vectors * scale, scale


def _scale(line: str) -> FloatArray:
    """The scale of each Cartesian direction; one negative number is minus the volume."""
    values = _numbers(line, 3) or _numbers(line, 1) or [0.0]
    if 0 in values or (len(values) == 3 and min(values) < 0):
        raise ValueError("line 2: the scale is 0; give 1.0, or minus the volume of the cell")
    return np.array(values * 3)[:3]


def _species(lines: list[str]) -> tuple[list[str], int]:
    """Species of every ion, and the number of lines above the word Direct or Cartesian."""
    if re.fullmatch(r"[\d\s]+", _bare(lines[5])):
        raise ValueError(
            "line 6 holds numbers: a VASP 4 file without species; add a line with the chemical "
            "symbols before it"
        )
    # long lists may go on in further lines
    end = 6
    while end < len(lines) and re.fullmatch(r"(?:\s*[A-Z][a-z]?\d*(?=\s|$))+\s*", lines[end]):
        end += 1
    symbols = [_element(name) for line in lines[5:end] for name in _bare(line).split()]
    counts: list[str] = []
    first = end
    while end < len(lines) and (end == first or len(counts) < len(symbols)):
        words = _bare(lines[end]).split()
        if not words or not all(re.fullmatch(r"\d{1,9}", n) and int(n) > 0 for n in words):
            if end > first:
                break
            raise ValueError(
                f"line {end + 1} is {lines[end].strip()!r}; give the number of ions of each species"
            )
        counts += words
        end += 1
    if len(symbols) != len(counts):
        raise ValueError(
            f"lines 6 and {first + 1}: {len(symbols)} species, {len(counts)} numbers of ions; give "
            "one each"
        )
    total = sum(map(int, counts))
    if total > MOST_IONS:
        raise ValueError(
            f"line {first + 1}: {total} ions in the cell; give a cell of at most {MOST_IONS}"
        )
    return [s for s, n in zip(symbols, counts, strict=True) for _ in range(int(n))], end


def _element(name: str) -> str:
    from ase.data import chemical_symbols

    found = re.fullmatch(r"([A-Z][a-z]?)\d*(?:[_/.].*)?", name)
    symbol = {"D": "H"}.get(found[1], found[1]) if found else ""
    if symbol not in chemical_symbols[1:]:
        raise ValueError(f"line 6: {name!r} is no chemical element; correct it")
    return str(symbol)


def _positions(lines: list[str], start: int, total: int) -> tuple[FloatArray, bool]:
    """Positions without labels and what may move, and whether they are Cartesian."""
    first = start + 1
    if first <= len(lines) and lines[start].strip()[:1].lower() == "s":
        first = start + 2
    mode = lines[first - 1].strip()[:1].lower() if len(lines) >= first else ""
    if mode not in tuple("dck"):
        shown = lines[first - 1].strip() if len(lines) >= first else ""
        raise ValueError(f"line {first} is {shown!r}; write Direct or Cartesian")
    found = []
    for i in range(first, first + total):
        if i >= len(lines) or not lines[i].strip():
            raise ValueError(f"{total} ions by line {start}, positions of {i - first}; correct one")
        position = _numbers(lines[i], 3)
        # digits behind the point are lost in larger numbers
        if position is None or max(map(abs, position)) > 1e6:
            raise ValueError(f"line {i + 1} is {lines[i].strip()!r}; give a position, 3 numbers")
        found.append(position)
    return np.array(found), mode != "d"
