"""Symmetry of the wells as the Hamiltonian sees them: by kind, depth and state energies."""

from dataclasses import replace
from itertools import product

import numpy as np
import numpy.typing as npt

from mcsc.arrays import BoolArray, FloatArray
from mcsc.structure import Structure, Well
from mcsc.structure.crystal.symmetry import SpaceGroup, space_group

Int32Array = npt.NDArray[np.int32]

# displacements count as turned into each other within this share of the longest one
TURN_TOLERANCE = 0.02
# distance within which places count as equal, in the unit of the cell
PLACE_TOLERANCE = 1e-4


def _labels(structure: Structure) -> list[int]:
    """One number for all wells that differ in position only.

    Kind is a name: wells of two kinds with the same displacements, state by state, are alike, and
    so are wells without any, whose depth alone enters the Hamiltonian. A Star of David is like
    nothing else.
    """

    def states(well: Well) -> tuple[object, ...]:
        special = tuple(kind for kind in well.carrier_kinds if kind != well.kind)
        displacements = tuple(map(tuple, (np.round(well.displacements, 6) + 0.0).tolist()))
        return displacements, special

    # the first kind that has a well with these states stands for all
    names = {states(well): well.kind for well in reversed(structure.wells)}

    def content(well: Well) -> tuple[object, ...]:
        energies = tuple(np.round(well.state_energies, 9))
        lengths = tuple(np.round(np.linalg.norm(well.displacements, axis=1), 6))
        return names[states(well)], round(well.depth, 9), energies, lengths

    contents = [content(well) for well in structure.wells]
    distinct = sorted(set(contents), key=contents.index)
    return [distinct.index(item) for item in contents]


def well_symmetry(structure: Structure) -> SpaceGroup | None:
    """Operations that map wells onto wells of the same kind, depth and state energies.

    On fractional coordinates; positions within PLACE_TOLERANCE, in the unit of the cell, count as
    equal. They leave alone what the structure says is kept. None where the search fails. That
    displacements are mapped onto displacements is not asked for.
    """
    centres = np.array([well.centre for well in structure.wells])
    fractional = centres @ np.linalg.inv(structure.cell)
    found = space_group(structure.cell, fractional, _labels(structure), PLACE_TOLERANCE)
    return found and _keeping(found, structure, fractional)


def _keeping(group: SpaceGroup, structure: Structure, fractional: FloatArray) -> SpaceGroup:
    """The operations that leave vectors and tensors alone, and the orbits that they make."""
    if not structure.kept:
        return group
    turns = structure.cell.T @ group.rotations @ np.linalg.inv(structure.cell.T)
    fits = np.ones(len(turns), dtype=np.bool_)
    for tensor in structure.kept:
        turned = turns @ tensor
        if tensor.ndim == 2:
            turned = turned @ turns.transpose(0, 2, 1)
        off = np.abs(turned - tensor).reshape(len(turns), -1).max(axis=1)
        fits &= off < 1e-6 * np.abs(tensor).max()
    rotations, translations = group.rotations[fits], group.translations[fits]
    images = fractional @ rotations.transpose(0, 2, 1) + translations[:, None]
    apart = images[:, :, None] - fractional
    distances = np.linalg.norm((apart - np.rint(apart)) @ structure.cell, axis=3)
    lowest = distances.argmin(axis=2).min(axis=0)
    return replace(
        group, rotations=rotations, translations=translations, equivalent=lowest.astype(np.int64)
    )


def equivalent_wells(structure: Structure) -> Int32Array:
    """Orbit of each well under the symmetry of the Hamiltonian at zero field.

    Returns: (B,) the lowest-numbered well of the same orbit. Wells in one orbit are equally
        occupied unless a symmetry is broken; wells with one state and equal depth count as the same
        kind.
    """
    group = well_symmetry(structure)
    if group is None:
        return np.arange(structure.n_wells, dtype=np.int32)
    return group.equivalent.astype(np.int32)


def rigid_turns(structure: Structure) -> Int32Array:
    """Rotations and reflections about the centres that turn the states of every well into states.

    Returns: (n, B, S) new number of each state of the B wells, S the largest number of states;
        states that a well does not have stay. One entry for each different map, the identity left
        out, every inverse among them. Energies of states and the positions of the wells do not
        matter.
    """
    wells = structure.wells
    width = max(len(well.displacements) for well in wells)
    identity = np.tile(np.arange(width, dtype=np.int32), (len(wells), 1))
    longest = max(float(np.linalg.norm(well.displacements, axis=1).max()) for well in wells)
    found: set[bytes] = set()
    if longest > 0:
        shapes = [well.displacements / longest for well in wells]
        frame = _frame(shapes)
        start = np.array([shapes[b][s] for b, s in frame])
        for images in product(*(range(1, len(shapes[b])) for b, _ in frame)):
            end = np.array([shapes[b][s] for (b, _), s in zip(frame, images, strict=True)])
            if np.abs(end @ end.T - start @ start.T).max() > 2 * TURN_TOLERANCE:
                continue
            turned = identity.copy()
            rotation = np.linalg.pinv(start) @ end
            if all(_turned(u, rotation, row) for u, row in zip(shapes, turned, strict=True)):
                found.add(turned.tobytes())
    found.discard(identity.tobytes())
    turns = np.frombuffer(b"".join(sorted(found)), np.int32).reshape(-1, *identity.shape)
    # at the edge of the tolerance a map may have been found without its inverse
    inverses = np.argsort(turns, axis=-1).astype(np.int32)
    return turns[[inverse.tobytes() in found for inverse in inverses]]


def layer_slides(structure: Structure) -> Int32Array:
    """Translations within the first two cell vectors that carry wells onto wells alike.

    Returns: (n, B, 3) of each well the one it is carried onto, and the cells that one is off along
        the first two vectors. Alike are wells with the same depth, displacements and energies of
        their states. Lattice translations are left out, every inverse is among them.
    """
    centres = np.array([well.centre for well in structure.wells])
    places, alike = centres @ np.linalg.inv(structure.cell), _alike(structure)
    found = []
    steps = places[np.nonzero(alike[0])[0][1:]] - places[0]
    # where a step is undone by another one and a lattice translation, its inverse is a third
    for step in (*steps, *-steps):
        # (from, to, axis) cells that each well is off from where every other one is carried
        off = places[:, None] + step - places
        cells = np.round(off)
        fits = np.linalg.norm((off - cells) @ structure.cell, axis=2) < PLACE_TOLERANCE
        fits &= alike & (cells[..., 2] == 0)
        if (
            abs(step[2]) * np.linalg.norm(structure.cell[2]) < PLACE_TOLERANCE
            and (fits.sum(axis=1) == 1).all()
        ):
            to = fits.argmax(axis=1)
            found.append(np.column_stack([to, cells[np.arange(len(to)), to, :2]]))
    return np.array(found, np.int32).reshape(-1, structure.n_wells, 3)


def _alike(structure: Structure) -> BoolArray:
    """(B, B) whether two wells differ in position only, the directions of their states included."""

    def content(well: Well) -> tuple[list[str], list[FloatArray]]:
        numbers = well.displacements, well.state_energies, well.depth
        special = [kind for kind in well.carrier_kinds if kind != well.kind]
        return special, [np.round(values, 6) for values in numbers]

    each = [content(well) for well in structure.wells]
    return np.array([[a == b and all(map(np.array_equal, x, y)) for b, y in each] for a, x in each])


def _frame(shapes: list[FloatArray]) -> list[tuple[int, int]]:
    """Well and state of linearly independent displacements that span all the others."""
    frame: list[tuple[int, int]] = []
    for b, displacements in enumerate(shapes):
        for s in range(1, len(displacements)):
            rows = np.array([shapes[c][t] for c, t in (*frame, (b, s))])
            if np.linalg.svd(rows, compute_uv=False).min() > 10 * TURN_TOLERANCE:
                frame.append((b, s))
            if len(frame) == 3:
                return frame
    return frame


def _turned(displacements: FloatArray, rotation: FloatArray, row: Int32Array) -> bool:
    """Write the state that each displacement is turned into to ``row``; false if it fits none."""
    gaps = np.linalg.norm(displacements @ rotation - displacements[:, None], axis=2)
    gaps = gaps.T  # (from, to)
    together = np.linalg.norm(displacements - displacements[:, None], axis=2) < TURN_TOLERANCE
    for s, gap in enumerate(gaps):
        fitting = np.nonzero(gap < TURN_TOLERANCE)[0]
        # states at one position are kept in their order
        rank = int(together[s, :s].sum())
        if rank >= len(fitting):
            return False
        row[s] = fitting[rank]
    return len(set(row.tolist())) == len(row)
