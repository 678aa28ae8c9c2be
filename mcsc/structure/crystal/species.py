"""What stands on the sites of a crystal: one species, or several that share a site.

Sites of mixed or partial occupation are kept in the manner of ase: the atom is of the largest
species, ``info["occupancy"]`` has the shares of each kind of site and the array
``spacegroup_kinds`` the kind of each atom. Here such a site goes by a name of its own,
``"La0.925Sr0.075"``, and is a species different from both.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

import numpy as np

from mcsc.arrays import BoolArray, IntArray

if TYPE_CHECKING:
    from ase import Atoms

_KINDS = "spacegroup_kinds"
_SHARE = r"([A-Z][a-z]?)(0\.\d+)"


def species_of(atoms: Atoms) -> list[str]:
    """Species of every atom; mixed sites by a name such as ``"La0.925Sr0.075"``.

    Raises ValueError if the atoms say that sites are shared but not which.
    """
    symbols = list(atoms.symbols)
    occupancy = {str(kind): shares for kind, shares in atoms.info.get("occupancy", {}).items()}
    mixed = {kind: site_name(shares) for kind, shares in occupancy.items()}
    mixed = {kind: name for kind, name in mixed.items() if is_mixed(name)}
    if not mixed:
        return symbols
    crystal: Any = atoms
    if not crystal.has(_KINDS):
        shares = next(occupancy[kind] for kind in mixed)
        shown = ", ".join(f"{species} {share:g}" for species, share in shares.items())
        raise ValueError(
            f"{atoms.symbols} has a partially occupied site ({shown}) and does not say which; keep "
            f"the array {_KINDS!r} that ase reads from files"
        )
    kinds = crystal.get_array(_KINDS)
    return [mixed.get(str(kind), symbol) for kind, symbol in zip(kinds, symbols, strict=True)]


def with_shares(atoms: Atoms, sites: Sequence[Mapping[str, float]]) -> Atoms:
    """Write the share of each species on every site into atoms; returns them."""
    names = [site_name(shares) for shares in sites]
    if any(map(is_mixed, names)):
        every = sorted(set(names))
        crystal: Any = atoms
        crystal.set_array(_KINDS, np.array([every.index(name) for name in names]))
        atoms.info["occupancy"] = {str(k): shares_of(name) for k, name in enumerate(every)}
    return atoms


def site_name(shares: Mapping[str, float]) -> str:
    """``"La"``, or ``"La0.925Sr0.075"``: the largest share first, an empty rest unsaid."""
    if len(shares) == 1 and abs(sum(shares.values()) - 1) < 1e-6:
        return next(iter(shares))
    falling = sorted(shares, key=lambda species: (-shares[species], species))
    return "".join(f"{species}{shares[species]:.10f}".rstrip("0") for species in falling)


def shares_of(name: str) -> dict[str, float]:
    """The shares that a name stands for; any name but that of a mixed site is there with 1."""
    if re.fullmatch(f"(?:{_SHARE})+", name):
        return {species: float(share) for species, share in re.findall(_SHARE, name)}
    return {name: 1.0}


def is_mixed(name: str) -> bool:
    """Whether a name is that of a site of mixed or partial occupation."""
    return name not in shares_of(name)


def whole_sites(atoms: Atoms, label: str, wanted: Sequence[str], role: str) -> BoolArray:
    """Mark the atoms (n_atoms,) of some species that share no site, see `require_whole`."""
    names = species_of(atoms)
    for name in names:
        require_whole(label, name, role, wanted)
    return np.isin(np.array(names), list(wanted))


def require_whole(label: str, name: str, role: str, of: Sequence[str] = ()) -> None:
    """Refuse a mixed site ``name``: one of its largest species, or of any ``of`` those given.

    Raises ValueError: It begins with ``label`` and says in which ``role`` of a well the ion must be
        whole.
    """
    if not is_mixed(name):
        return
    shares = shares_of(name)
    for species in of or list(shares)[:1]:
        if species in shares:
            raise ValueError(
                f"{label}: a {species} site has occupancy {shares[species]:.4g} ({name}), and "
                f"{role} of a well must be one whole ion; write it with one species of occupancy "
                "1, or choose others"
            )


def elements_of(atoms: Atoms) -> list[str]:
    """All species of a crystal, also those that only share sites, as they appear."""
    return list(dict.fromkeys(s for name in species_of(atoms) for s in shares_of(name)))


def counts_of(atoms: Atoms) -> dict[str, float]:
    """How many ions of each species are in the cell, in shares where sites are mixed."""
    counts: dict[str, float] = {}
    for name in species_of(atoms):
        for species, share in shares_of(name).items():
            counts[species] = counts.get(species, 0.0) + share
    return counts


def formula_of(atoms: Atoms) -> str:
    """Formula of the cell, such as ``Cu2La3.7Sr0.3O8``."""
    from ase.formula import Formula

    if not any(map(is_mixed, species_of(atoms))):
        return f"{atoms.symbols.formula:metal}"
    counts = counts_of(atoms)
    order = Formula("".join(counts)).convert("metal").count()
    return "".join(f"{s}{counts[s]:.6g}" if counts[s] != 1 else s for s in order)


def numbers_of(atoms: Atoms) -> IntArray:
    """Equal integers for equal species: atomic numbers, and larger ones for mixed sites."""
    numbers: IntArray = np.array(atoms.numbers, dtype=np.int64)
    names = species_of(atoms)
    mixed = sorted(filter(is_mixed, set(names)))
    for i, name in enumerate(names):
        if name in mixed:
            numbers[i] = 1000 + mixed.index(name)
    return numbers
