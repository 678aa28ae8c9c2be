"""One ordered crystal from the text of a CIF."""

from __future__ import annotations

import re
import warnings
from io import StringIO
from typing import TYPE_CHECKING, Any

import numpy as np

from mcsc.crystal.cif_symmetry import operations
from mcsc.crystal.ordered import overlap, require_crystal
from mcsc.periodic import Array, image_distances, nearest_images

if TYPE_CHECKING:
    from ase import Atoms

# Å; images of a site that symmetry should lay on each other, but whose digits are too few
_SAME_SITE = 0.1
# and sites listed although symmetry makes them from others
_LISTED_AGAIN = 0.02
_CELL = ("length_a", "length_b", "length_c", "angle_alpha", "angle_beta", "angle_gamma")
_COORDINATES = ("_atom_site_fract_x", "_atom_site_fract_y", "_atom_site_fract_z")


def read_cif(label: str, text: str) -> Atoms:
    """Read the crystal of a CIF.

    Parameters
    ----------
    label
        Name of the file, for messages.
    text
        Its contents.

    Returns
    -------
    ase.Atoms
        The cell of the file with all ions that the symmetry makes. Images of a site closer than
        0.1 Å are one ion, at their mean: ``0.333`` in a file stands for 1/3.

    Raises
    ------
    ValueError
        As `mcsc.crystal.read_crystal`.
    """
    try:
        block = _only_block(text)
        species = _species(block)
        _require_full_occupancy(block, species)
        cell = _cell(block)
        atoms = _build(species, _coordinates(block, species), cell, operations(block, cell))
        require_crystal(atoms)
        _require_formula(block.get("_chemical_formula_sum"), atoms)
    except ValueError as error:
        # every fault of a file is a ValueError with words of its own, but for those of the parser
        raise ValueError(f"{label}: {str(error).splitlines()[0]}") from None
    return atoms


def _only_block(text: str) -> Any:
    """The one data block with a list of atoms; ase itself would take the last of several."""
    from ase.io.cif import parse_cif

    try:
        with warnings.catch_warnings():
            # numbers without a closing bracket, tags given twice
            warnings.simplefilter("error")
            every: list[Any] = list(parse_cif(StringIO(text)))
    except Exception as error:  # the parser raises anything from AssertionError to IndexError
        reason = f"{type(error).__name__}: {error}".splitlines()[0].rstrip(": ")
        raise ValueError(f"not a readable CIF ({reason}); check the file") from None
    blocks = [b for b in every if any(key.startswith("_atom_site_") for key in b)]
    blocks = [b for b in blocks if not _is_empty(b)]
    if not blocks:
        raise ValueError("no crystal in it; a CIF needs species and coordinates of every atom site")
    if len(blocks) > 1:
        names = ", ".join(block.name for block in blocks)
        raise ValueError(f"{len(blocks)} crystals in it ({names}); keep one in the file")
    return blocks[0]


def _is_empty(block: Any) -> bool:
    sites = block.get("_atom_site_type_symbol") or block.get("_atom_site_label") or []
    return all(site in ("?", ".") for site in _column(sites))


def _column(value: Any) -> list[Any]:
    """A column of the list of sites; a list of one site may come without a loop."""
    return value if isinstance(value, list) else [value]


def _species(block: Any) -> list[str]:
    """Species of every site, from its type symbol or else its label."""
    from ase.data import chemical_symbols

    columns = [_column(block.get(k)) for k in ("_atom_site_type_symbol", "_atom_site_label")]
    sites = columns[0] if columns[0] != [None] else columns[1]
    species = []
    for site in map(str, sites):
        letters = re.match(r"[A-Za-z]*", site)
        word = letters[0] if letters else ""
        reading = "H" if re.match(r"D(?![a-z])", word) else word[:2]
        if reading not in chemical_symbols[1:]:
            reading = reading[:1]
            if len(word) > 1 and word[:2].capitalize() in chemical_symbols[1:]:
                raise ValueError(
                    f"species of site {site!r} is open: {word[:2].capitalize()} or "
                    f"{word[:1].upper()}; add _atom_site_type_symbol with capital and small letters"
                )
        # only a label may go on in letters: O of OW1, no vanadium of Vac
        if reading not in chemical_symbols[1:] or word[1:2].islower() > (len(reading) > 1):
            raise ValueError(f"species of site {site!r} is no chemical element; correct or omit it")
        species.append(reading)
    return species


def _require_full_occupancy(block: Any, species: list[str]) -> None:
    occupancies = _column(block.get("_atom_site_occupancy", []))
    for symbol, occupancy in zip(species, occupancies, strict=False):
        # "." and "?" stand for the standard's default, 1.
        if occupancy in (".", "?"):
            continue
        if not isinstance(occupancy, int | float):
            raise ValueError(f"a {symbol} site has occupancy {occupancy!r}; give a number")
        if abs(occupancy - 1) > 1e-6:
            raise ValueError(
                f"a {symbol} site has occupancy {occupancy:g}; disordered crystals "
                "cannot be sampled, give an ordered one"
            )


def _cell(block: Any) -> Array:
    from ase.geometry import cellpar_to_cell

    values = [block.get(f"_cell_{key}") for key in _CELL]
    for key, value in zip(_CELL, values, strict=True):
        if value is None:
            raise ValueError(f"no cell: _cell_{key} is missing; give _cell_length_a to angle_gamma")
        largest = np.inf if key.startswith("length") else 180
        if not isinstance(value, int | float) or not 0 < value < largest:
            wanted = "a positive length, Å" if largest > 180 else "degrees between 0 and 180"
            raise ValueError(f"no cell: _cell_{key} is {value}; give {wanted}")
    a, b, c = np.cos(np.radians(values[3:]))
    # the square of the volume over the lengths: zero for a flat cell
    if 1 - a * a - b * b - c * c + 2 * a * b * c < 1e-9:
        raise ValueError(f"no cell has the angles {', '.join(map(str, values[3:]))}; correct them")
    to_vectors: Any = cellpar_to_cell
    return np.array(to_vectors(values))


def _coordinates(block: Any, species: list[str]) -> Array:
    columns = [_column(block.get(key)) for key in _COORDINATES]
    if any(column == [None] for column in columns):
        raise ValueError(
            "no crystal in it: fractional coordinates (_atom_site_fract_x, y, z) are missing; "
            "add them"
        )
    if any(len(column) != len(species) for column in columns):
        raise ValueError("coordinates and species differ in number; give one loop of all sites")
    for column, key in zip(columns, _COORDINATES, strict=True):
        for symbol, value in zip(species, column, strict=True):
            if not isinstance(value, int | float) or not np.isfinite(value):
                raise ValueError(f"{key} of a {symbol} site is {value!r}; give a number")
    return np.array(columns, dtype=np.float64).T


def _build(species: list[str], sites: Array, cell: Array, symmetry: tuple[Any, Array]) -> Atoms:
    """Apply the symmetry; images of one ion may repeat under it, different ions never meet."""
    from ase import Atoms as AseAtoms

    symbols: list[str] = []
    places: list[Array] = []
    for name, site in zip(species, sites, strict=True):
        for place in _orbit(site, cell, *symmetry):
            distances = image_distances(cell, (np.array(places).reshape(-1, 3) - place) @ cell)
            met = int(distances.argmin()) if len(distances) else 0
            if len(distances) == 0 or distances[met] > _LISTED_AGAIN:
                symbols.append(name)
                places.append(place)
            elif symbols[met] != name:
                raise ValueError(overlap("sites", symbols[met], name, distances[met]))
    atoms: Atoms = AseAtoms(symbols, scaled_positions=np.array(places), cell=cell, pbc=True)
    return atoms


def _orbit(site: Array, cell: Array, rotations: Any, translations: Array) -> list[Array]:
    """Images of a site, in the home cell; those that nearly coincide are one, at their mean."""
    images = rotations @ site + translations
    found: list[Array] = []
    while len(images):
        apart = images - images[0]
        nearest = nearest_images(cell, apart @ cell)
        apart -= np.rint(apart - nearest @ np.linalg.inv(cell))
        same = np.linalg.norm(nearest, axis=1) < _SAME_SITE
        place = images[0] + apart[same].mean(axis=0)
        found.append(place - np.floor(place + 1e-9))
        images = images[~same]
    return found


def _require_formula(formula: object, atoms: Atoms) -> None:
    """The sites must add up to the file's own formula: a lost species is otherwise silent."""
    from ase.formula import Formula

    if not isinstance(formula, str) or formula in ("?", "."):
        return
    try:
        stated = Formula("".join(formula.split())).reduce()[0].count()
    except ValueError:
        return  # formulas with shares or brackets are not ours to parse
    if "D" in stated:
        stated["H"] = stated.pop("D") + stated.get("H", 0)
    found = atoms.symbols.formula.reduce()[0]
    if stated != found.count():
        raise ValueError(
            f"formula {formula!r} but its sites add up to {found:metal}; "
            "add the missing sites or correct _chemical_formula_sum"
        )
