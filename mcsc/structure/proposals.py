"""What each species of a crystal would give as the centre of cages, or as a net."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal

from mcsc.structure.cages import VOIDS, wells_at
from mcsc.structure.crystal.primitive import primitive_cell
from mcsc.structure.crystal.species import elements_of
from mcsc.structure.nets import wells_of_net
from mcsc.structure.one_cell import Structure

if TYPE_CHECKING:
    from ase import Atoms


@dataclass(frozen=True)
class Proposal:
    """Wells that a crystal offers.

    key, value: What to write: ``centre`` or ``net``, and a species or ``"voids"``.
    kinds: Number of wells of the primitive cell by kind; empty where there are none.
    cage: Species of the cages.
    reason: Why there are none.
    """

    key: Literal["centre", "net"]
    value: str
    kinds: dict[str, int]
    cage: tuple[str, ...] = ()
    reason: str = ""


def proposals(atoms: Atoms) -> list[Proposal]:
    """Try every species of a crystal as a centre and as a net, and the voids.

    Parameters
    ----------
    atoms
        A crystal; its primitive cell is searched.

    Returns
    -------
    First the centres in the order of the species in the crystal, then voids, then nets.
    """
    primitive = primitive_cell(atoms)
    species = elements_of(primitive)
    centres = [_proposal("centre", value, wells_at, primitive) for value in (*species, VOIDS)]
    return centres + [_proposal("net", value, wells_of_net, primitive) for value in species]


def _proposal(
    key: Literal["centre", "net"], value: str, find: Callable[..., Structure], atoms: Atoms
) -> Proposal:
    try:
        wells = find(atoms, value).wells
    except ValueError as error:
        # without the name of the crystal, and without the remedy
        return Proposal(key, value, {}, reason=str(error).split(": ", 1)[-1].split(";")[0])
    kinds = dict(sorted(Counter(well.kind for well in wells).items()))
    return Proposal(key, value, kinds, tuple(sorted({s for w in wells for s in w.cage_species})))
