"""Layers of a crystal by geometry: sheets of wells that short hops join, whatever the cell."""

from dataclasses import dataclass
from itertools import combinations

import numpy as np

from mcsc.arrays import FloatArray, IntArray
from mcsc.lattice.nearness import NEAR, near_shells
from mcsc.structure import Structure


@dataclass(frozen=True)
class Layers:
    """How the wells of a layered crystal make up its layers.

    Well b of the cell n belongs to layer ``plane · n + height[b]`` of its sheet. Sheets are the
    layers that no lattice translation carries into each other: a bilayer compound has two.

    plane: (3,) integers m without a common divisor, the first that is not zero positive: the
        lattice translations with m·n = 0 lie in the layers, those with m·n = 1 lead to the next
        plane.
    sheet: (B,) number of the sheet of each well, in their order along the stacking from height 0.
    height: (B,) layer that a well of the cell (0, 0, 0) belongs to.
    position: (sheets,) position of layer 0 of each sheet along the stacking, from 0 to 1 in units
        of the distance of lattice planes.
    """

    plane: IntArray
    sheet: IntArray
    height: IntArray
    position: FloatArray


def layer_plane(structure: Structure) -> IntArray | None:
    """Plane of the layers of a structure, see ``plane`` of :class:`Layers`; None without layers."""
    if structure.slab is not None:
        return np.asarray(np.eye(3, dtype=np.int64)[structure.slab.axis])
    found = layers(structure)
    return None if found is None else found.plane


def layers(structure: Structure) -> Layers | None:
    """Layers of a structure, None where it has none.

    Wells are joined by short hops. Where these close on translations in one plane only, the same
    plane for all wells, the crystal is layered. Where some wells are joined to chains or groups
    only, hops are made longer until none are.
    """
    reach = NEAR
    graph = _joined(structure, reach)
    while any(np.linalg.matrix_rank(closed) < 2 for closed in graph.closed):
        reach *= NEAR
        graph = _joined(structure, reach)
    plane = _common_plane(np.concatenate(graph.closed))
    return None if plane is None else _numbered(structure, plane, graph)


@dataclass(frozen=True)
class _Graph:
    """Parts of the crystal that hops join: the part of each well, and how it is reached in it.

    ``cell`` (B, 3) is the cell in which a well is reached from the first of its part, ``closed``
    the lattice translations (n, 3) within each part, a generating set.
    """

    part: IntArray
    cell: IntArray
    closed: list[IntArray]


def _joined(structure: Structure, reach: float) -> _Graph:
    shells = near_shells(structure, reach)
    n_wells, n_parts = structure.n_wells, 0
    part, cell = np.full(n_wells, -1), np.zeros((n_wells, 3), dtype=np.int64)
    for first in range(n_wells):
        if part[first] >= 0:
            continue
        part[first], waiting = n_parts, [first]
        while waiting:
            here = waiting.pop()
            for offset, well in zip(*shells[here], strict=True):
                if part[well] < 0:
                    part[well], cell[well] = n_parts, cell[here] + offset
                    waiting.append(int(well))
        n_parts += 1
    closing = [cell[here] + offsets - cell[wells] for here, (offsets, wells) in enumerate(shells)]
    closed = [
        np.unique(np.concatenate([closing[b] for b in np.flatnonzero(part == p)]), axis=0)
        for p in range(n_parts)
    ]
    return _Graph(part, cell, closed)


def _common_plane(translations: IntArray) -> IntArray | None:
    """Covector m with m·n = 0 for all of these, None where they span space."""
    if np.linalg.matrix_rank(translations) > 2:
        return None
    pairs = (np.cross(one, other) for one, other in combinations(translations, 2))
    normal = next(n for n in pairs if n.any())
    normal = normal // np.gcd.reduce(normal)
    return np.asarray(normal if normal[np.flatnonzero(normal)[0]] > 0 else -normal, dtype=np.int64)


def _numbered(structure: Structure, plane: IntArray, graph: _Graph) -> Layers:
    centres = np.array([well.centre for well in structure.wells])
    along = centres @ np.linalg.inv(structure.cell) @ plane
    height = -(graph.cell @ plane)
    parts = range(len(graph.closed))
    positions = np.array([(along - height)[graph.part == p].mean() for p in parts])
    # rounding does not decide on which side of the origin a layer lies
    whole = np.floor(positions + 1e-6).astype(np.int64)
    height += whole[graph.part]
    positions -= whole
    order = np.argsort(np.round(positions, 6), kind="stable")
    return Layers(plane, np.argsort(order)[graph.part], height, positions[order])
