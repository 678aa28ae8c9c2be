"""A stored snapshot as ase Atoms: carriers where they are, and the ions around the wells."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
import numpy.typing as npt
import xarray as xr

from mcsc.arrays import BoolArray, FloatArray
from mcsc.periodic import image_distances

if TYPE_CHECKING:
    from ase import Atoms


# what ase calls something that is no element
_NO_ELEMENT = "X"
# in the unit of the structure
_SAME_POSITION = 1e-3


def atoms_of(state: npt.NDArray[np.integer], structure: xr.Dataset, *, cage: bool = False) -> Atoms:
    """Carriers at their displaced positions in the periodic supercell.

    state: (W,) state of each well, −1 where it is empty, −2 beyond the last.
    structure: Group ``structure`` of the diagram at one supercell and one value of every varied
        key.
    cage: Whether to add the ions around the wells.

    Returns: Atoms: Carriers are ``X``, with arrays ``well_kind``, ``well`` and ``state``; ions have
        no well and no state, -1. Lengths are those of the structure.

    Raises ValueError if there is no snapshot here.
    """
    from ase import Atoms

    sizes = structure["cells"].values.astype(np.int64)
    kinds = structure["well_kind"].values.astype(str)
    state = state[: sizes.prod() * len(kinds)].reshape(-1, len(kinds))
    if (state < -1).any():
        raise ValueError("no snapshot here: it has not been run")
    origins = np.indices(tuple(sizes.tolist())).reshape(3, -1).T @ structure["sampled_cell"].values
    cell, base = np.nonzero(state >= 0)
    moved = structure["displacements"].values[base, state[cell, base]]
    # half of its methods have no annotations
    atoms: Any = Atoms(
        [_NO_ELEMENT] * len(cell),
        positions=origins[cell] + structure["centre"].values[base] + moved,
        cell=structure["supercell_matrix"].values @ structure["cell"].values,
        pbc=_periodic(structure),
    )
    atoms.set_array("well_kind", kinds[base])
    atoms.set_array("well", cell * len(kinds) + base)
    atoms.set_array("state", state[cell, base].astype(np.int64))
    if cage:
        atoms += _ions(structure, origins)
    # a carrier on the face of the cell stays on the side it is on
    atoms.wrap(eps=1e-6)
    wrapped: Atoms = atoms
    return wrapped


def _periodic(structure: xr.Dataset) -> BoolArray:
    """(3,) along which vectors of the supercell it repeats: not along that out of a slab."""
    axis = structure.attrs.get("open_axis")
    if axis is None:
        return np.ones(3, dtype=np.bool_)
    return np.asarray(structure["supercell_matrix"].values[:, "abc".index(axis)] == 0)


def _ions(structure: xr.Dataset, origins: FloatArray) -> Any:
    """The ions of all cages, each once."""
    from ase import Atoms
    from ase.data import atomic_numbers

    known = np.isfinite(structure["cage"].values).all(axis=2)
    positions = structure["cage"].values[known]
    apart = image_distances(structure["sampled_cell"].values, positions[:, None] - positions)
    first = [i for i in range(len(positions)) if apart[i, :i].min(initial=np.inf) > _SAME_POSITION]
    species = structure["cage_species"].values[known][first].astype(str)
    symbols = [name if name in atomic_numbers else _NO_ELEMENT for name in species]
    ions: Any = Atoms(
        symbols * len(origins), positions=(origins[:, None] + positions[first]).reshape(-1, 3)
    )
    ions.set_array("well_kind", np.full(len(ions), "cage"))
    for name in ("well", "state"):
        ions.set_array(name, np.full(len(ions), -1))
    return ions
