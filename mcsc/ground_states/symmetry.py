"""Symmetry of a Hamiltonian on its supercell: which configurations are the same but for it.

Operations are sought in the geometry of the wells and believed only if every pair and site energy
of the model is unchanged: a field, dopants or short-range terms may break what the wells have.
"""

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from mcsc.arrays import BoolArray, FloatArray, IntArray
from mcsc.lattice.symmetry import well_symmetry
from mcsc.model import Model
from mcsc.periodic import nearest_images
from mcsc.structure import Well

# energies count as unchanged within this share of the largest pair energy
TOLERANCE = 1e-6


@dataclass(frozen=True, eq=False)
class Operation:
    """A symmetry operation as a permutation of the states of the supercell.

    states: (M,) state of the cell that each one goes to.
    cells: (M, C) number of the cell that it goes to from each cell.
    """

    states: IntArray
    cells: IntArray


@dataclass(frozen=True, eq=False)
class Symmetry:
    """Operations of a model, those that differ by a translation of cells left out.

    operations: At least the identity.
    translations: Whether every translation by whole cells is a symmetry too; dopants break them
        all.
    """

    operations: tuple[Operation, ...]
    translations: bool


def model_symmetry(model: Model) -> Symmetry:
    """The symmetry of a model on its supercell."""
    n_cells, n_states = model.lattice.n_cells, len(model.site)
    identity = Operation(
        np.arange(n_states), np.tile(np.arange(n_cells, dtype=np.int64), (n_states, 1))
    )
    group = well_symmetry(model.lattice.structure)
    if model.external is not None or group is None:
        return Symmetry((identity,), model.external is None)
    found = [
        _operation(model, rotation, translation)
        for rotation, translation in zip(group.rotations, group.translations, strict=True)
    ]
    # operations that differ by a translation of cells are one: each then counts equally often
    kept = {
        (item.states.tobytes(), item.cells.tobytes()): item
        for item in found
        if item is not None and _unchanged(model, item)
    }
    return Symmetry(tuple(kept.values()) or (identity,), True)


def _operation(model: Model, rotation: IntArray, translation: FloatArray) -> Operation | None:
    """The permutation that an operation makes, cell 0 of the first state left where it is.

    None where it does not map states onto states, or the supercell onto itself.
    """
    lattice = model.lattice
    structure, size = lattice.structure, np.array(lattice.size)
    # the supercell must be mapped onto itself
    if (rotation * size[None, :] % size[:, None]).any():
        return None
    inverse = np.linalg.inv(structure.cell)
    centres = np.array([well.centre for well in structure.wells]) @ inverse
    first = np.concatenate([[0], np.cumsum(lattice.states_per_well)[:-1]])
    states, origins = [], []
    for well, centre in zip(structure.wells, centres, strict=True):
        image = rotation @ centre + translation
        apart = (image - centres) @ structure.cell
        nearest = nearest_images(structure.cell, apart)
        to = int(np.argmin(np.linalg.norm(nearest, axis=1)))
        offset = np.rint((apart[to] - nearest[to]) @ inverse)
        turned = well.displacements @ inverse @ rotation.T @ structure.cell
        near = 1e-3 * structure.lattice_constant
        matched = _matched(well, turned, structure.wells[to], near)
        if matched is None:
            return None
        states += (first[to] + matched).tolist()
        origins += [offset] * len(matched)
    shifts = np.array(origins, dtype=np.int64)
    cells = (lattice.cells @ rotation.T)[None] + (shifts - shifts[0])[:, None]
    x, y, z = (cells % size).transpose(2, 0, 1)
    return Operation(
        np.array(states, dtype=np.int64),
        np.asarray((x * size[1] + y) * size[2] + z, dtype=np.int64),
    )


def _matched(well: Well, turned: FloatArray, to: Well, near: float) -> IntArray | None:
    """State of the well ``to`` at each of the turned displacements, of the same sort."""
    gaps = np.linalg.norm(to.displacements - turned[:, None], axis=2)
    # carriers of the kind of their well are all of one sort
    before, after = (
        np.array(["" if kind == one.kind else kind for kind in one.carrier_kinds])
        for one in (well, to)
    )
    fits = (gaps < near) & (before[:, None] == after)
    one_each = (fits.sum(axis=0) == 1).all() and (fits.sum(axis=1) == 1).all()
    return fits.argmax(axis=1) if one_each else None


def _unchanged(model: Model, operation: Operation) -> bool:
    """Whether all energies of the model are the same after the operation."""
    n_states, size = len(model.site), model.lattice.size
    scale = TOLERANCE * max(float(np.abs(model.pair).max()), float(np.ptp(model.site)), 1e-300)
    to = operation.states
    if np.abs(model.site[to] - model.site).max() > scale:
        return False
    # from cell 0 of the first state to every cell of the second one
    cells = np.array(np.unravel_index(operation.cells, size))
    offsets = (cells[:, None] - cells[:, :, :1, None]) % np.array(size)[:, None, None, None]
    pairs = model.pair[to[:, None, None], to[None, :, None], *offsets]
    before = model.pair.reshape(n_states, n_states, -1)
    return bool(np.abs(pairs - before).max() <= scale)


def occupation(model: Model, state: npt.NDArray[np.integer]) -> FloatArray:
    """(M, Lx, Ly, Lz) 1 at the states of the supercell that hold a carrier."""
    filled = np.zeros((len(model.site), *model.lattice.size))
    filled[tuple(model.occupied(state).T)] = 1.0
    return filled


def image(filled: FloatArray, operation: Operation) -> FloatArray:
    """The occupation after an operation."""
    turned = np.empty(filled.shape).reshape(len(filled), -1)
    turned[operation.states[:, None], operation.cells] = filled.reshape(len(filled), -1)
    return turned.reshape(filled.shape)


def translations_between(first: FloatArray, second: FloatArray) -> BoolArray:
    """(Lx, Ly, Lz) translations, in cells, that carry one occupation to another."""
    axes = (1, 2, 3)
    ahead = np.conj(np.fft.fftn(first, axes=axes)) * np.fft.fftn(second, axes=axes)
    common = np.fft.ifftn(ahead.sum(axis=0), axes=(0, 1, 2)).real
    return np.asarray(common > max(first.sum(), second.sum()) - 0.5)


def coincidences(symmetry: Symmetry, first: FloatArray, second: FloatArray) -> int:
    """Number of operations, translations included, that carry one occupation to another.

    Of an occupation with itself it is the order of the group that leaves it as it is.
    """
    count = 0
    for operation in symmetry.operations:
        fitting = translations_between(image(first, operation), second)
        count += int(fitting.sum()) if symmetry.translations else int(fitting[0, 0, 0])
    return count


def multiplicity(symmetry: Symmetry, filled: FloatArray) -> int:
    """Number of different configurations that the symmetry makes of one."""
    translations = filled[0].size if symmetry.translations else 1
    return len(symmetry.operations) * translations // coincidences(symmetry, filled, filled)
