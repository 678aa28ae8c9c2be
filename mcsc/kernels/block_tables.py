"""The Hamiltonian and the state of a chain that is sampled by block visits; see :mod:`.blocks`.

Layout. Cells are stored with the longest axis of the supercell last, states of a cell before cells:
(M, X, Y, Z). A box is bx × by × 8 cells, all states of a cell in it: its potentials are M bx by
rows of eight. The table of pair energies W[m, m', d] repeats its first cells behind its last, so
that what a carrier anywhere in one box adds to a row anywhere in another stands in one run, at

    pair[shift(boxes) + source(carrier) + row(target)],

the three known apart. Memory: M² x (cells and a rim) 32-bit integers; eight bytes a state and one
a well of each replica.

Energies are integers, in units of the quantum of :mod:`mcsc.kernels.tables`: sums and differences
of 64 bits are exact, whatever the order in which they are taken.
"""

import math
from typing import NamedTuple

import numpy as np
import numpy.typing as npt

from mcsc.kernels.tables import FloatArray, IntArray, quantum_of

Whole = npt.NDArray[np.int64]

# potentials in a row of a box
LANES = 8
# columns of eight cells in a box with one state a cell, fewer with more: large boxes make an
# accepted move dear, in small ones carriers do not get far
COLUMNS = 32
# carriers that are pending before the potential is refreshed, at most
PENDING = 1 << 16


class BlockTables(NamedTuple):
    """Constants of one Hamiltonian; of a box V wells, K states and K/8 rows."""

    pair: IntArray
    """Flat table of pair energies, in units of the quantum."""
    quantum: float
    """A power of two, energy."""
    shape: Whole
    """(13,) X, Y, Z; bx, by; distances in ``pair`` from one x, one y to the next; M, B; K; cells
    along each axis in which boxes are drawn, all of it or its first ones."""
    rows: Whole
    """(K/8,) where each row of a box begins."""
    source: Whole
    """(2 K,) offset of a carrier in each state of a box, twice."""
    target: Whole
    """(2 K,) offset of each state of a box, twice."""
    centre: IntArray
    """(2 V,) number of the centre of each well in two boxes; its state s is K/M further each."""
    states: IntArray
    """(2 V,) number of states of a well."""
    near: IntArray
    """(2 V, n) near wells in the same box, −1 where there are fewer."""
    bonds: Whole
    """(n, 5) pairs of rows with near wells, where wells have one state: row p of the two boxes, row
    q, shift along it, bits of the wells of p, pair energy. Each pair of wells is in one of them."""

    @property
    def by_rows(self) -> bool:
        """Whether each well has one state, so that hops are tried a row at a time."""
        return bool(self.shape[7] == self.shape[8])


class Pending(NamedTuple):
    """What has changed in visits since the potential of a replica was refreshed; R replicas."""

    box: Whole
    """(R, n, 3) first cell of a visited box."""
    first: Whole
    """(R, n + 1) where its carriers begin among all."""
    middle: Whole
    """(R, n) where those that went follow those that came."""
    carrier: IntArray
    """(R, PENDING) number of the state in its box."""
    source: Whole
    """(R, PENDING) its ``BlockTables.source``."""
    counts: Whole
    """(R, 3) boxes; carriers; carriers that have been added to boxes."""


class BlockState(NamedTuple):
    """Everything a chain changes; R replicas."""

    held: npt.NDArray[np.int8]
    """(R, B, X, Y, Z) state in each well, −1 if it is empty."""
    potential: Whole
    """(R, M, X, Y, Z) of the carriers at the last refresh, in units of the quantum."""
    doubled: Whole
    """(R,) twice the energy in units of the quantum, without any rounding."""
    number: IntArray
    """(R,) number of carriers."""
    energy: FloatArray
    """(R,) total energy."""
    rng: npt.NDArray[np.uint64]
    """As those of :class:`mcsc.kernels.tables.State`, and so are the next three."""
    rung: IntArray
    replica: IntArray
    tally: Whole
    scratch: Pending


def storage(size: tuple[int, int, int]) -> tuple[int, int, int]:
    """Axes of a supercell in the order in which they are stored, the longest one last."""
    x, y, z = np.argsort(size, kind="stable")
    return int(x), int(y), int(z)


Size = tuple[int, int, int]


def box_of(size: Size, n_states: int, region: Size | None = None) -> tuple[int, int] | None:
    """Cells (bx, by) of a box along the first two stored axes; None where no two boxes fit.

    As near to a square as the supercell allows, or the ``region`` of it in which boxes are drawn.
    """
    region = region or size
    x, y, z = storage(size)

    def count(axis: int, cells: int) -> int:
        # of a region the origin of a grid is drawn so that no box leaves it
        n = region[axis]
        places = 1 if n == size[axis] else min(cells, n - cells + 1)
        return max(0, (n - places + 1) // cells) if places > 0 else 0

    most = round(COLUMNS / math.sqrt(n_states))
    found = [
        (bx * by, -abs(bx - by), bx, by)
        for bx in range(1, min(region[x], most) + 1)
        for by in range(1, min(region[y], most // bx) + 1)
        if count(x, bx) * count(y, by) * count(z, LANES) >= 2
    ]
    return max(found)[2:] if found else None


def build_block_tables(
    pair: FloatArray,
    states_per_well: tuple[int, ...],
    near: list[tuple[npt.NDArray[np.int64], npt.NDArray[np.int64]]],
    region: Size | None = None,
    quantum: float | None = None,
) -> BlockTables:
    """Lay pair energies out for block visits.

    pair: (M, M, Lx, Ly, Lz) pair energies, second state displaced by the cell offset.
    states_per_well: Number of states of each well of the primitive cell, adding up to M.
    near: Cell offsets (n, 3) and wells (n,) of the near wells of each well of the cell.
    region: Cells along each axis in which boxes are drawn; by default everywhere.
    quantum: That of a larger table of which ``pair`` is a part.

    Raises ValueError if no two boxes fit into the supercell.
    """
    n_states, size = len(pair), (pair.shape[2], pair.shape[3], pair.shape[4])
    region = region or size
    axes, box = storage(size), box_of(size, len(pair), region)
    quantum = quantum or quantum_of(pair)
    if box is None:
        raise ValueError(f"supercell size {size}: too small for two boxes")
    whole = np.rint(pair / quantum).astype(np.int32).transpose(0, 1, *(2 + axis for axis in axes))
    bx, by = box
    # along z rows of eight are read from any place
    for axis, rim in zip((2, 3, 4), (2 * bx - 2, 2 * by - 2, 2 * LANES), strict=True):
        n = whole.shape[axis]
        whole = np.take(whole, np.arange(n + rim) % n, axis=axis)
    whole = np.ascontiguousarray(whole)
    plane, sx, sy = (int(np.prod(whole.shape[k:])) for k in (2, 3, 4))
    m, x, y, z = np.indices((n_states, bx, by, LANES)).reshape(4, -1)
    target = m * plane + x * sx + y * sy + z
    source = m * n_states * plane + (bx - 1 - x) * sx + (by - 1 - y) * sy + LANES - 1 - z
    cells = bx * by * LANES
    first = np.concatenate([[0], np.cumsum(states_per_well)[:-1]])
    centre = (first[:, None] * cells + np.arange(cells)).reshape(-1)
    n_wells = len(centre)
    close = _near_in_box(near, axes, (bx, by, LANES), size)
    # pair energies in one box
    shift = sum(
        (1 - cells) % size[axis] * d
        for cells, axis, d in zip((bx, by, LANES), axes, (sx, sy, 1), strict=True)
    )
    inside = whole.reshape(-1)[shift + source[:, None] + target]
    near_wells = np.concatenate([close, np.where(close < 0, -1, close + n_wells)])
    return BlockTables(
        pair=whole.reshape(-1),
        quantum=quantum,
        shape=np.array(
            [*(size[a] for a in axes), bx, by, sx, sy, n_states, len(first), len(m)]
            + [region[a] for a in axes],
            np.int64,
        ),
        rows=np.ascontiguousarray(target[::LANES]),
        source=np.tile(source, 2),
        target=np.tile(target, 2),
        centre=np.concatenate([centre, centre + len(m)]).astype(np.int32),
        states=np.tile(np.repeat(states_per_well, cells), 2).astype(np.int32),
        near=near_wells.astype(np.int32),
        bonds=_near_rows(near_wells, inside)
        if max(states_per_well) == 1
        else np.empty((0, 5), int),
    )


def _near_rows(near: npt.NDArray[np.int64], inside: IntArray) -> Whole:
    """See :attr:`BlockTables.bonds`; ``inside`` (V, V) holds the pair energies in a box."""
    n = len(inside)
    lanes: dict[tuple[int, int, int, int], int] = {}
    for (v, _), w in np.ndenumerate(near):
        if w > v:
            energy = int(inside[v % n, int(w) % n])
            row = v // LANES, int(w) // LANES, int(w) % LANES - v % LANES, energy
            lanes[row] = lanes.get(row, 0) | 1 << v % LANES
    rows = [(p, q, by, mask, energy) for (p, q, by, energy), mask in sorted(lanes.items())]
    return np.array(rows, np.int64).reshape(-1, 5)


def _near_in_box(
    near: list[tuple[npt.NDArray[np.int64], npt.NDArray[np.int64]]],
    axes: tuple[int, int, int],
    box: tuple[int, int, int],
    size: tuple[int, int, int],
) -> npt.NDArray[np.int64]:
    """(V, n) near wells in the same box, in the order of a box; −1 for the others."""
    cells = np.indices(box).reshape(3, -1).T
    rows: list[list[int]] = []
    around = np.array([size[axis] for axis in axes])
    for base, (offsets, wells) in enumerate(near):
        for number, cell in enumerate(cells):
            to = (cell + offsets[:, axes]) % around
            inside = (to < box).all(axis=1)
            found = wells[inside] * len(cells) + np.ravel_multi_index(tuple(to[inside].T), box)
            rows.append(sorted(set(found.tolist()) - {base * len(cells) + number}))
    table = np.full((len(rows), max(1, max(map(len, rows)))), -1, np.int64)
    for row, found in zip(table, rows, strict=True):
        row[: len(found)] = found
    return table


def nothing_pending(n_replicas: int) -> Pending:
    """Room for what is pending, with nothing in it."""
    n = PENDING // 4
    return Pending(
        box=np.zeros((n_replicas, n, 3), np.int64),
        first=np.zeros((n_replicas, n + 1), np.int64),
        middle=np.zeros((n_replicas, n), np.int64),
        carrier=np.zeros((n_replicas, PENDING), np.int32),
        source=np.zeros((n_replicas, PENDING), np.int64),
        counts=np.zeros((n_replicas, 3), np.int64),
    )


def usual_budget(tables: BlockTables) -> float:
    """Pending carriers that are added to boxes before the potential is refreshed.

    As many as take the time of the refresh; the chain does not depend on it.
    """
    nx, ny, nz, n_states = (int(n) for n in tables.shape[[0, 1, 2, 7]])
    ex, ey, ez = (int(n) for n in tables.shape[10:])
    cells = in_transforms((nx, ny, nz), (ex, ey, ez))
    # nanoseconds, measured: of both transforms with their products, and of one row of eight
    each = 0.22 * n_states * (2.5 * math.log2(nx * ny * nz) + 10.0 + 2.0 * n_states)
    return (5e4 + cells * each) / (0.34 * len(tables.rows))


def in_transforms(size: Size, region: Size) -> float:
    """Cells that transforms pass through on average; of a region they skip what is empty."""
    (nx, ny, nz), (ex, ey, _) = size, region
    return nz * (nx * ny + ex * ny + ex * ey) / 3.0
