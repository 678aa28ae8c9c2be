"""What a block of a CIF lists: sites, their species and occupancies, the cell, the formula."""

import re
from dataclasses import dataclass
from typing import Any

import numpy as np

from mcsc.arrays import FloatArray
from mcsc.structure.crystal.cif_block import Block, number
from mcsc.structure.crystal.ordered import LONGEST, SHORTEST

# a sum of occupancies this close to 1 is 1: they are written with few digits
FULL = 2e-3
_CELL = ("length_a", "length_b", "length_c", "angle_alpha", "angle_beta", "angle_gamma")
COORDINATES = ("_atom_site_fract_x", "_atom_site_fract_y", "_atom_site_fract_z")
_TYPE, _LABEL = "_atom_site_type_symbol", "_atom_site_label"
OCCUPANCY, FORMULA = "_atom_site_occupancy", "_chemical_formula_sum"


@dataclass(frozen=True)
class Site:
    """A row of the list of sites: ``symbol`` is as written, with its charge."""

    species: str
    symbol: str
    position: FloatArray
    share: float


def sites_of(block: Block) -> list[Site]:
    """The sites of a block, those of occupancy 0 left out.

    Raises ValueError if coordinates are missing, or a species, an occupancy or a number cannot be
        read.
    """
    species = _species(block)
    if not all(map(block.has, COORDINATES)):
        raise ValueError(
            "no crystal in it: fractional coordinates (_atom_site_fract_x, y, z) are missing; "
            "add them"
        )
    columns = [block.column(key) or block.columns[key] for key in COORDINATES]
    shares = block.column(OCCUPANCY) or ["1"] * len(species)
    if any(len(column) != len(species) for column in (*columns, shares)):
        raise ValueError("coordinates and species differ in number; give one loop of all sites")
    found = []
    for (symbol, written), position, share in zip(
        species, zip(*columns, strict=True), shares, strict=True
    ):
        occupancy = _occupancy(symbol, share)
        if occupancy > 0:
            at = [_coordinate(key, symbol, x) for key, x in zip(COORDINATES, position, strict=True)]
            found.append(Site(symbol, written, np.array(at), occupancy))
    return found


def _species(block: Block) -> list[tuple[str, str]]:
    """Species of every site and what it is read from: its type symbol or else its label."""
    tag = _TYPE if block.column(_TYPE) else _LABEL
    if not block.column(tag):
        raise ValueError(f"no species: {_TYPE} is missing; add it")
    known = set(formula_counts(block.value(FORMULA) or ""))
    return [(_element(site, tag, known), site) for site in block.column(tag)]


def _element(site: str, tag: str, known: set[str]) -> str:
    """The chemical element of a site, by its letters and, if they leave it open, the formula."""
    from ase.data import chemical_symbols

    elements = chemical_symbols[1:]
    letters = re.match(r"[A-Za-z]*", site)
    word = letters[0] if letters else ""
    as_written = "H" if re.match(r"D(?![a-z])", word) else word[:2]
    if as_written not in elements:
        as_written = word[:1]
    # CA may be calcium or a carbon, Ob an oxygen: of these only one is in most crystals
    possible = {word[:2].capitalize(), word[:1].upper()} & known
    reading = possible.pop() if len(possible) == 1 else as_written
    if reading == as_written and reading not in known and len(word) > 1:
        if word[:2] not in elements and word[:2].capitalize() in elements:
            raise ValueError(
                f"species of site {site!r} is open: {word[:2].capitalize()} or "
                f"{word[:1].upper()}; add {_TYPE} with capital and small letters"
            )
        if word[1].islower() and len(reading) == 1:
            reading = ""
    # a label may go on in letters, O of OW1, a type may not: O of OH has lost its hydrogen
    rest = site[len(reading) :]
    wrong = re.search("[A-Z/,]", rest) if tag == _TYPE and word != "D" else "/" in rest
    if reading not in elements or wrong:
        raise ValueError(
            f"species of site {site!r} is no chemical element; correct or omit it in {tag}"
        )
    return reading


def _occupancy(symbol: str, written: str) -> float:
    # "." and "?" stand for the standard's default, 1
    if written in (".", "?", ""):
        return 1.0
    share, error = number(written)
    error = max(1.001 * error, 1e-6)
    if not 0 <= share <= 1 + max(error, FULL):
        raise ValueError(
            f"a {symbol} site has occupancy {written!r} ({OCCUPANCY}); give a number from 0 to 1"
        )
    return 1.0 if abs(share - 1) <= error else share


def _coordinate(key: str, symbol: str, written: str) -> float:
    value, _ = number(written)
    # digits behind the point are lost in larger numbers
    if not abs(value) < 1e6:
        raise ValueError(
            f"{key} of a {symbol} site is {written!r}; give a number, in lengths of the cell"
        )
    return value


def cell_of(block: Block) -> FloatArray:
    """Lattice vectors of a block as rows, (3, 3) in Å.

    Raises ValueError if lengths or angles are missing or make no cell.
    """
    from ase.geometry import cellpar_to_cell

    texts = [block.value(f"_cell_{key}") for key in _CELL]
    values = []
    for key, text in zip(_CELL, texts, strict=True):
        if text is None:
            what = "is ?" if block.has(f"_cell_{key}") else "is missing"
            raise ValueError(f"no cell: _cell_{key} {what}; give _cell_length_a to angle_gamma")
        value, _ = number(text)
        is_length = key.startswith("length")
        if not (SHORTEST <= value <= LONGEST if is_length else 0 < value < 180):
            wanted = "a positive length in Å, at most 1000" if is_length else "degrees, 0 to 180"
            raise ValueError(f"no cell: _cell_{key} is {text}; give {wanted}")
        values.append(value)
    a, b, c = np.cos(np.radians(values[3:]))
    # the square of the volume over the lengths: zero for a flat cell
    if 1 - a * a - b * b - c * c + 2 * a * b * c < 1e-6:
        raise ValueError(f"no cell has the angles {', '.join(map(str, texts[3:]))}; correct them")
    to_vectors: Any = cellpar_to_cell
    return np.array(to_vectors(values))


def formula_counts(formula: str) -> dict[str, tuple[float, float]]:
    """Numbers of a plain formula such as ``La1.85 Sr0.15 Cu O4``, each with its last digit.

    Empty for any other.
    """
    found: dict[str, tuple[float, float]] = {}
    for word in formula.replace(",", " ").split():
        parts = re.findall(r"([A-Z][a-z]?)(\d+\.?\d*|\.\d+)?", word)
        if "".join(symbol + count for symbol, count in parts) != word:
            return {}
        for symbol, count in parts:
            species = "H" if symbol == "D" else symbol
            if len(count) > 20:
                return {}
            digit = 10.0 ** -len(count.partition(".")[2]) if "." in count else 0.0
            before, _ = found.get(species, (0.0, 0.0))
            found[species] = (before + float(count or 1), digit)
    return {species: (n, digit) for species, (n, digit) in found.items() if n > 0}
