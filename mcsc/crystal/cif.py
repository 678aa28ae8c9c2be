"""One crystal from the text of a CIF."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from mcsc.crystal.cif_block import Block, blocks_with_sites, number
from mcsc.crystal.cif_symmetry import operations, says_nothing
from mcsc.crystal.identity import same_crystal
from mcsc.crystal.ordered import LONGEST, MOST_IONS, SHORTEST, overlap, require_crystal
from mcsc.crystal.species import counts_of, with_shares
from mcsc.periodic import Array, rounding

if TYPE_CHECKING:
    from ase import Atoms

# Å; images of a site that symmetry should lay on each other, but whose digits are too few
_SAME_SITE = 0.1
# and sites listed although symmetry makes them from others
_LISTED_AGAIN = 0.02
# a sum of occupancies this close to 1 is 1: they are written with few digits
_FULL = 2e-3
_CELL = ("length_a", "length_b", "length_c", "angle_alpha", "angle_beta", "angle_gamma")
_COORDINATES = ("_atom_site_fract_x", "_atom_site_fract_y", "_atom_site_fract_z")
_TYPE, _LABEL = "_atom_site_type_symbol", "_atom_site_label"
_OCCUPANCY, _FORMULA = "_atom_site_occupancy", "_chemical_formula_sum"


def read_cif(label: str, text: str, block: str | None = None) -> Atoms:
    """Read the crystal of a CIF.

    Parameters
    ----------
    label
        Name of the file, for messages.
    text
        Its contents.
    block
        Name of the data block, where several hold different crystals.

    Returns
    -------
    ase.Atoms
        The cell of the file with all ions that the symmetry makes. Images of a site closer than
        0.1 Å are one ion, at their mean: ``0.333`` in a file stands for 1/3. Sites of mixed
        occupation are kept as `mcsc.crystal.species` says.

    Raises
    ------
    ValueError
        As `mcsc.crystal.read_crystal`.
    """
    try:
        return _chosen(blocks_with_sites(text), block)
    except ValueError as error:
        raise ValueError(f"{label}: {error}") from None


def _chosen(blocks: list[Block], name: str | None) -> Atoms:
    """The crystal of the named block, or the one that all blocks hold."""
    names = ", ".join(block.name for block in blocks)
    if name is not None:
        named = [block for block in blocks if block.name.lower() == name.strip().lower()]
        if not named:
            raise ValueError(f"no crystal in a block {name!r}; choose of {names}")
        blocks = named
    if len(blocks) == 1:
        return _crystal(blocks[0])
    several = f"{len(blocks)} crystals in it ({names}); name one as block, or keep one in the file"
    try:
        first, *others = [_crystal(block) for block in blocks]
    except ValueError:
        raise ValueError(several) from None
    if not all(same_crystal(first, other) for other in others):
        raise ValueError(several)
    return first


@dataclass(frozen=True)
class _Site:
    """A row of the list of sites: ``symbol`` is as written, with its charge."""

    species: str
    symbol: str
    place: Array
    share: float


def _crystal(block: Block) -> Atoms:
    sites = _sites(block)
    cell = _cell(block)
    try:
        symmetry = operations(block, cell)
    except ValueError as error:
        if not says_nothing(block):
            raise
        raise ValueError(f"{error}{_if_all_listed(block, sites, cell)}") from None
    atoms = _build(sites, cell, symmetry)
    require_crystal(atoms)
    _require_formula(block, atoms)
    return atoms


def _sites(block: Block) -> list[_Site]:
    species = _species(block)
    if not all(map(block.has, _COORDINATES)):
        raise ValueError(
            "no crystal in it: fractional coordinates (_atom_site_fract_x, y, z) are missing; "
            "add them"
        )
    columns = [block.column(key) or block.columns[key] for key in _COORDINATES]
    shares = block.column(_OCCUPANCY) or ["1"] * len(species)
    if any(len(column) != len(species) for column in (*columns, shares)):
        raise ValueError("coordinates and species differ in number; give one loop of all sites")
    found = []
    for (symbol, written), place, share in zip(
        species, zip(*columns, strict=True), shares, strict=True
    ):
        occupancy = _occupancy(symbol, share)
        if occupancy > 0:
            at = [_coordinate(key, symbol, x) for key, x in zip(_COORDINATES, place, strict=True)]
            found.append(_Site(symbol, written, np.array(at), occupancy))
    return found


def _species(block: Block) -> list[tuple[str, str]]:
    """Species of every site and what it is read from: its type symbol or else its label."""
    tag = _TYPE if block.column(_TYPE) else _LABEL
    if not block.column(tag):
        raise ValueError(f"no species: {_TYPE} is missing; add it")
    known = set(_counts(block.value(_FORMULA) or ""))
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
    if not 0 <= share <= 1 + max(error, _FULL):
        raise ValueError(
            f"a {symbol} site has occupancy {written!r} ({_OCCUPANCY}); give a number from 0 to 1"
        )
    return 1.0 if abs(share - 1) <= error else share


def _coordinate(key: str, symbol: str, written: str) -> float:
    value = number(written)[0]
    # digits behind the point are lost in larger numbers
    if not abs(value) < 1e6:
        raise ValueError(
            f"{key} of a {symbol} site is {written!r}; give a number, in lengths of the cell"
        )
    return value


def _cell(block: Block) -> Array:
    from ase.geometry import cellpar_to_cell

    texts = [block.value(f"_cell_{key}") for key in _CELL]
    values = []
    for key, text in zip(_CELL, texts, strict=True):
        if text is None:
            what = "is ?" if block.has(f"_cell_{key}") else "is missing"
            raise ValueError(f"no cell: _cell_{key} {what}; give _cell_length_a to angle_gamma")
        value = number(text)[0]
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


@dataclass(frozen=True)
class _Ion:
    """What has been found on one place so far."""

    shares: dict[str, float]
    rows: list[_Site]


def _build(sites: list[_Site], cell: Array, symmetry: tuple[Array, Array]) -> Atoms:
    """Apply the symmetry; images of one ion may repeat under it, different full ions never meet."""
    from ase import Atoms as AseAtoms

    ions: list[_Ion] = []
    places, near = np.zeros((0, 3)), rounding(cell)
    for site in sites:
        for place in _orbit(site.place, cell, near, *symmetry):
            distances = np.linalg.norm(near((places - place) @ cell), axis=1)
            met = int(distances.argmin()) if len(distances) else 0
            if len(distances) == 0 or distances[met] > _LISTED_AGAIN:
                ions.append(_Ion({site.species: site.share}, [site]))
                places = np.vstack([places, place])
            else:
                _share(ions[met], site, float(distances[met]))
        if len(ions) > MOST_IONS:
            raise ValueError(
                f"{_COORDINATES[0]}: more than {MOST_IONS} ions in the cell; give a smaller one"
            )
    shares = [_rounded(ion.shares) for ion in ions]
    largest = [max(share, key=lambda species: share[species]) for share in shares]
    atoms: Atoms = AseAtoms(largest, scaled_positions=places, cell=cell, pbc=True)
    return with_shares(atoms, shares)


def _share(ion: _Ion, site: _Site, distance: float) -> None:
    """Put a row onto a place that others have: the same once more, or a share beside theirs."""
    if any((row.symbol, row.share) == (site.symbol, site.share) for row in ion.rows):
        return
    total = sum(ion.shares.values()) + site.share
    first = ion.rows[0].species
    if total <= 1 + _FULL:
        ion.shares[site.species] = ion.shares.get(site.species, 0.0) + site.share
        ion.rows.append(site)
    elif ion.shares == {first: 1.0} and site.share == 1:
        if first != site.species:
            raise ValueError(overlap("sites", first, site.species, distance))
    else:
        names = ", ".join(dict.fromkeys([*ion.shares, site.species]))
        raise ValueError(
            f"occupancies of a site of {names} add up to {total:g}; correct {_OCCUPANCY}"
        )


def _rounded(shares: dict[str, float]) -> dict[str, float]:
    """Shares that add up to 1 but for their last digits, made to."""
    total = sum(shares.values())
    if abs(total - 1) >= _FULL or len(shares) == 1:
        return shares
    return {species: share / total for species, share in shares.items()}


def _orbit(
    site: Array, cell: Array, near: Callable[[Array], Array], rotations: Array, translations: Array
) -> list[Array]:
    """Images of a site, in the home cell; those that nearly coincide are one, at their mean."""
    images = rotations @ site + translations
    found: list[Array] = []
    while len(images):
        apart = images - images[0]
        nearest = near(apart @ cell)
        apart -= np.rint(apart - nearest @ np.linalg.inv(cell))
        same = np.linalg.norm(nearest, axis=1) < _SAME_SITE
        # in fractions, which keep the digits of the file
        place = images[0] + apart[same].mean(axis=0)
        found.append(place - np.floor(place + 1e-9))
        images = images[~same]
    return found


def _if_all_listed(block: Block, sites: list[_Site], cell: Array) -> str:
    """Advice to say that there is no symmetry, where nothing in the file speaks against it."""
    try:
        alone = _build(sites, cell, (np.eye(3)[None], np.zeros((1, 3))))
        require_crystal(alone)
        _require_formula(block, alone, units=block.value("_cell_formula_units_Z"))
    except ValueError:
        return ""
    return ", \"_symmetry_space_group_name_H-M 'P 1'\" if every atom is listed"


def _require_formula(block: Block, atoms: Atoms, units: str | None = None) -> None:
    """The sites must add up to the file's own formula: a lost species is otherwise silent.

    With the number of formula units of the cell, their number must agree too.
    """
    formula = block.value(_FORMULA)
    stated = _counts(formula or "")
    if not stated:
        return
    found = counts_of(atoms)
    scale = sum(found.values()) / sum(n for n, _ in stated.values())
    every = (*found.values(), *(n for n, _ in stated.values()))
    mixed = any(not float(n).is_integer() for n in every)
    same = stated.keys() == found.keys() and all(
        # shares are written with few digits
        abs(found[s] / scale - n) <= (digit + 0.02 * n if mixed else 1e-6)
        for s, (n, digit) in stated.items()
    )
    times = number(units)[0] if units else scale
    if not same or abs(times - scale) > 1e-3:
        content = f"{atoms.symbols.formula.reduce()[0]:metal}"
        if mixed:
            content = "".join(f"{s}{n / scale:.4g}" for s, n in found.items())
        raise ValueError(
            f"formula {formula!r} but its sites add up to {content}; "
            f"add the missing sites or correct {_FORMULA}"
        )


def _counts(formula: str) -> dict[str, tuple[float, float]]:
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
            found[species] = (found.get(species, (0.0, 0.0))[0] + float(count or 1), digit)
    return {species: (n, digit) for species, (n, digit) in found.items() if n > 0}
