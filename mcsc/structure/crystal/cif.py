"""One crystal from the text of a CIF."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

import numpy as np

from mcsc.arrays import FloatArray
from mcsc.periodic import rounding
from mcsc.structure.crystal.cif_block import Block, blocks_with_sites, number
from mcsc.structure.crystal.cif_sites import (
    COORDINATES,
    FORMULA,
    FULL,
    OCCUPANCY,
    Site,
    cell_of,
    formula_counts,
    sites_of,
)
from mcsc.structure.crystal.cif_symmetry import operations, says_nothing
from mcsc.structure.crystal.ordered import MOST_IONS, overlap, require_crystal
from mcsc.structure.crystal.primitive import same_crystal
from mcsc.structure.crystal.species import counts_of, with_shares

if TYPE_CHECKING:
    from ase import Atoms

# Å; images of a site that symmetry should lay on each other, but whose digits are too few
_SAME_SITE = 0.1
# and sites listed although symmetry makes them from others
_LISTED_AGAIN = 0.02


def read_cif(label: str, text: str, block: str | None = None) -> Atoms:
    """Read the crystal of the text of a CIF: the cell of the file with all ions the symmetry makes.

    Images of a site closer than 0.1 Å are one ion, at their mean: ``0.333`` in a file stands for
    1/3. Sites of mixed occupation are kept as `mcsc.structure.crystal.species` says. ``block``
    names a data block where several hold different crystals.

    Raises ValueError: As `mcsc.structure.crystal.read_crystal`, beginning with ``label``.
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


def _crystal(block: Block) -> Atoms:
    sites = sites_of(block)
    cell = cell_of(block)
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


def _build(sites: list[Site], cell: FloatArray, symmetry: tuple[FloatArray, FloatArray]) -> Atoms:
    """Apply the symmetry; images of one ion may repeat under it, different full ions never meet."""
    from ase import Atoms as AseAtoms

    # what has been found at each position so far: shares of species, and the rows they are from
    ions: list[tuple[dict[str, float], list[Site]]] = []
    positions, near = np.zeros((0, 3)), rounding(cell)
    for site in sites:
        for position in _orbit(site.position, cell, near, *symmetry):
            distances = np.linalg.norm(near((positions - position) @ cell), axis=1)
            met = int(distances.argmin()) if len(distances) else 0
            if len(distances) == 0 or distances[met] > _LISTED_AGAIN:
                ions.append(({site.species: site.share}, [site]))
                positions = np.vstack([positions, position])
            else:
                _share(*ions[met], site, float(distances[met]))
        if len(ions) > MOST_IONS:
            raise ValueError(
                f"{COORDINATES[0]}: more than {MOST_IONS} ions in the cell; give a smaller one"
            )
    shares = [_rounded(found) for found, _ in ions]
    largest = [max(share, key=lambda species: share[species]) for share in shares]
    atoms: Atoms = AseAtoms(largest, scaled_positions=positions, cell=cell, pbc=True)
    return with_shares(atoms, shares)


def _share(shares: dict[str, float], rows: list[Site], site: Site, distance: float) -> None:
    """Put a row onto a position that others have: the same once more, or a share beside theirs."""
    if any((row.symbol, row.share) == (site.symbol, site.share) for row in rows):
        return
    total = sum(shares.values()) + site.share
    first = rows[0].species
    if total <= 1 + FULL:
        shares[site.species] = shares.get(site.species, 0.0) + site.share
        rows.append(site)
    elif shares == {first: 1.0} and site.share == 1:
        if first != site.species:
            raise ValueError(overlap("sites", first, site.species, distance))
    else:
        names = ", ".join(dict.fromkeys([*shares, site.species]))
        raise ValueError(
            f"occupancies of a site of {names} add up to {total:g}; correct {OCCUPANCY}"
        )


def _rounded(shares: dict[str, float]) -> dict[str, float]:
    """Shares that add up to 1 but for their last digits, made to."""
    total = sum(shares.values())
    if abs(total - 1) >= FULL or len(shares) == 1:
        return shares
    return {species: share / total for species, share in shares.items()}


def _orbit(
    site: FloatArray,
    cell: FloatArray,
    near: Callable[[FloatArray], FloatArray],
    rotations: FloatArray,
    translations: FloatArray,
) -> list[FloatArray]:
    """Images of a site, in the home cell; those that nearly coincide are one, at their mean."""
    images = rotations @ site + translations
    found: list[FloatArray] = []
    while len(images):
        apart = images - images[0]
        nearest = near(apart @ cell)
        apart -= np.rint(apart - nearest @ np.linalg.inv(cell))
        same = np.linalg.norm(nearest, axis=1) < _SAME_SITE
        # in fractions, which keep the digits of the file
        position = images[0] + apart[same].mean(axis=0)
        found.append(position - np.floor(position + 1e-9))
        images = images[~same]
    return found


def _if_all_listed(block: Block, sites: list[Site], cell: FloatArray) -> str:
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
    formula = block.value(FORMULA)
    stated = formula_counts(formula or "")
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
    times, _ = number(units) if units else (scale, 0.0)
    if not same or abs(times - scale) > 1e-3:
        content = f"{atoms.symbols.formula.reduce()[0]:metal}"
        if mixed:
            content = "".join(f"{s}{n / scale:.4g}" for s, n in found.items())
        raise ValueError(
            f"formula {formula!r} but its sites add up to {content}; "
            f"add the missing sites or correct {FORMULA}"
        )
