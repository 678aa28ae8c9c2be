"""The arrays a chain runs on: constants of the Hamiltonian (``Tables``) and what moves (``State``).

Layout. A cell (x, y, z) splits into an outer, a middle and an inner part: either x | y | z, or
nothing | x | (y, z). States of the supercell are numbered

    k = ((outer * n_middle + middle) * M + m) * n_inner + inner,

m being the state within the primitive cell. By translation symmetry a pair energy W[k, k'] depends
on m, m' and the difference of the cells. The table keeps it with every inner start written out
("rotated") and the middle axis doubled, so that for each outer slice the energies W[k, :] against
all states of the slice stand in one contiguous run, in the order of k. An update of the potential
is then ``n_outer`` plain vector additions. Memory: M² x cells x 2 n_inner integers.

Where every state has a pair energy with few others, its partners, an update goes through a list of
these instead.

Pair energies are kept in fixed point: 32-bit integers times a ``quantum``, the power of two that
makes the largest of them fill 30 bits and a sign. Differences of two are exact, and they are read
and added twice as fast as numbers in double precision. The chain samples H with the energies W' so
rounded, to the last bit of double precision, for potentials and energies are summed in it:
|W' − W| ≤ ½ quantum, less than 10⁻⁹ of the largest. The energy of no carrier is off by more than
½ Σ |W' − W| over all other states, see :func:`rounding`.
"""

import math
from typing import NamedTuple

import numpy as np
import numpy.typing as npt

FloatArray = npt.NDArray[np.float64]
IntArray = npt.NDArray[np.int32]

# up to this size (bytes) the fully rotated table, one single run an update, is the faster one
SINGLE_RUN_LIMIT = 1 << 21
# longer lists would take much memory; of more than this part of all states, runs are faster
MOST_PARTNERS, PARTNERS_PART = 128, 1 / 40
# the largest pair energy in units of the quantum: differences of two stay below 2³¹
BITS = 30


class Tables(NamedTuple):
    """Constants of one Hamiltonian; K states and W wells in the supercell. Energies in one unit."""

    pair: IntArray
    """Flat table of pair energies W[k, k'], in units of the quantum."""
    quantum: float
    """A power of two, energy."""
    start: npt.NDArray[np.int64]
    """(K,) where the first run of state k begins in ``pair``, before the outer shift."""
    outer: npt.NDArray[np.int64]
    """(K,) outer index of state k."""
    shape: npt.NDArray[np.int64]
    """(9,) n_outer, length of a run, distance between runs in ``pair``, n_inner; Lx, Ly, Lz, B; 1
    where energies of lone carriers are whole quanta, too, so that all sums are exact."""
    partners: IntArray
    """(K, Z, 2) where they are few, the partners of state k, each with its pair energy in units of
    the quantum, 0 after the last; Z = 0 elsewhere."""
    site: FloatArray
    """(K,) energy of a lone carrier: ε_w + W_s + ½ image self-energy − q E·u + q φ_dopant."""
    well: IntArray
    """(K,) the well of state k."""
    first: IntArray
    """(W,) state number of a well's centre; its state s is ``first + s * n_inner``."""
    states: IntArray
    """(W,) number of states of a well."""
    near: IntArray
    """(W, n_near) near wells, −1 where a well has fewer."""
    turns: IntArray
    """(2, n_turns, B, states) new state of each state of the base wells under a rigid turn of all
    displacements, and under its inverse."""
    slides: IntArray
    """(n_slides, B, 3) of each base well, where a slide of a layer takes it: to which base well and
    by how many cells along the first two vectors; inverses among them."""
    bounds: FloatArray
    """(2,) lowest and highest pair energy."""


class State(NamedTuple):
    """Everything a chain changes; R replicas of N carriers. Written in place by the kernels.

    At fixed chemical potential there is room for W carriers and W empty wells; what stands beyond
    the ``number`` of either has no meaning.
    """

    carriers: IntArray
    """(R, N) state number of each carrier."""
    number: IntArray
    """(R,) number of carriers."""
    empty: IntArray
    """(R, W − N) empty wells."""
    slot: IntArray
    """(R, W) index in ``carriers``, or −1 − index in ``empty``."""
    potential: FloatArray
    """(R, K or more) phi[k] = site[k] + Σ over carriers of W[carrier, k]; zeros from K on."""
    energy: FloatArray
    """(R,) carried total energy H; at fixed chemical potential H − μN, −μ being in ``site``."""
    rng: npt.NDArray[np.uint64]
    """(R + 1, ROW) random streams, a row apart; the last decides exchanges."""
    rung: IntArray
    """(R,) temperature index of a replica."""
    replica: IntArray
    """(R,) replica at a temperature index."""
    tally: npt.NDArray[np.int64]
    """(R, 2 moves + 7) with the columns of :mod:`mcsc.kernels.move_table`. By temperature: attempts
    and acceptances of each move, and of exchanges with the next rung. Then by replica: last end of
    the ladder visited, round trips; by temperature, visits of replicas from either end, and sweeps
    of waiting."""
    scratch: FloatArray
    """(R, :func:`scratch_length`) room for weights and for the potential of one layer or row."""


def potential_length(n_states: int) -> int:
    """Numbers from one replica's potential to the next: no line of memory is of two of them."""
    return -(-n_states // 16) * 16 + 16


def scratch_length(tables: Tables) -> int:
    """Numbers of working space a replica needs: two of each state, or one and two of each shift."""
    nx, ny, nz = (int(n) for n in tables.shape[4:7])
    return len(tables.site) + max(len(tables.site), 2 * max(nx * ny, nz))


def state_numbers(size: tuple[int, int, int], n_cell_states: int, n_inner_axes: int) -> IntArray:
    """(M, Lx, Ly, Lz) state numbers k: the map from the public order to the kernel's."""
    nx, ny, nz = size
    n = nx * ny * nz * n_cell_states
    if n_inner_axes == 1:
        k = np.arange(n, dtype=np.int32).reshape(nx, ny, n_cell_states, nz)
        return np.ascontiguousarray(k.transpose(2, 0, 1, 3))
    k = np.arange(n, dtype=np.int32).reshape(nx, n_cell_states, ny, nz)
    return np.ascontiguousarray(k.transpose(1, 0, 2, 3))


def inner_axes(n_cell_states: int, size: tuple[int, int, int]) -> int:
    """Number of rotated axes: 2 (a single run) while that table stays small, else 1."""
    n_bytes = n_cell_states**2 * math.prod(size) * 2 * math.prod(size[1:]) * 4
    return 2 if n_bytes <= SINGLE_RUN_LIMIT else 1


def quantum_of(pair: FloatArray) -> float:
    """The power of two in units of which the largest of ``pair`` fills :data:`BITS` bits."""
    # a hair more than the largest, which could be rounded up to the next power
    largest = float(np.abs(pair).max(initial=0.0)) * (1.0 + 2.0**-BITS)
    return math.ldexp(1.0, math.frexp(largest)[1] - BITS) if largest > 0 else 1.0


def fixed_point(pair: FloatArray) -> IntArray:
    """Pair energies in units of their quantum, rounded to integers."""
    return np.rint(pair / quantum_of(pair)).astype(np.int32)


def rounding(pair: FloatArray) -> float:
    """Largest error of a carrier's energy by fixed point, in the unit of ``pair``.

    ½ Σ |W' − W| from one state of a cell to all states of the supercell, the largest of them;
    ``pair`` is (M, M, Lx, Ly, Lz).
    """
    quantum = quantum_of(pair)
    errors = (np.abs(row / quantum - np.rint(row / quantum)).sum() for row in pair)
    return 0.5 * quantum * float(max(errors))


def _pair_runs(pair: IntArray, n_inner_axes: int) -> IntArray:
    """Flat table in the layout of the module's docstring from ``pair`` (M, M, Lx, Ly, Lz)."""
    m, _, nx, ny, nz = pair.shape
    if n_inner_axes == 1:
        shape = (nx, ny, nz, 1)
        by_cell = pair.reshape(m, m, nx, ny, nz, 1)
    else:
        shape = (1, nx, ny, nz)
        by_cell = pair.reshape(m, m, 1, nx, ny, nz)
    n_outer, n_middle, n1, n2 = shape
    doubled = by_cell[:, :, :, np.arange(2 * n_middle) % n_middle]
    runs = np.empty((m, n1, n2, n_outer, 2 * n_middle, m, n1, n2), pair.dtype)
    for i1 in range(n1):
        for i2 in range(n2):
            rotated = np.roll(doubled, (i1, i2), axis=(4, 5))
            runs[:, i1, i2] = rotated.transpose(0, 2, 3, 1, 4, 5)
    return runs.reshape(-1)


def _partners(pair: IntArray, numbers: IntArray) -> IntArray:
    """(K, Z, 2) the lists of partners from ``pair`` (M, M, Lx, Ly, Lz); Z = 0 if they are many."""
    most = int(np.count_nonzero(pair, axis=(1, 2, 3, 4)).max())
    if most > min(MOST_PARTNERS, PARTNERS_PART * numbers.size):
        return np.zeros((numbers.size, 0, 2), np.int32)
    partners = np.zeros((numbers.size, most, 2), np.int32)
    size, cells = numbers.shape[1:], np.indices(numbers.shape[1:])
    for m, row in enumerate(pair):
        for j, (other, *offset) in enumerate(np.argwhere(row)):
            x, y, z = ((cells.T + offset) % size).T
            partners[numbers[m], j, 0] = numbers[other, x, y, z]
            partners[numbers[m], j, 1] = row[other, *offset]
    return partners


def build_tables(
    pair: FloatArray,
    site: FloatArray,
    states_per_well: tuple[int, ...],
    near: IntArray,
    n_inner_axes: int | None = None,
    turns: IntArray | None = None,
    slides: IntArray | None = None,
) -> Tables:
    """Lay the interactions of a supercell out for the kernels.

    pair: (M, M, Lx, Ly, Lz) pair energies, second state displaced by the cell offset.
    site: (M, Lx, Ly, Lz) energy of a lone carrier in each state of the supercell.
    states_per_well: Number of states of each well of the primitive cell, adding up to M.
    near: (W, n_near) near wells in the numbering ``cell * B + b``.
    n_inner_axes: 1 or 2; chosen by size when None.
    turns: (n_turns, B, states) from :func:`mcsc.lattice.rigid_turns`; none when None.
    slides: (n_slides, B, 3) from :func:`mcsc.lattice.layer_slides`; none when None.
    """
    m, _, nx, ny, nz = pair.shape
    axes = n_inner_axes or inner_axes(m, (nx, ny, nz))
    whole, quantum = fixed_point(pair), quantum_of(pair)
    runs = _pair_runs(whole, axes)
    k = state_numbers((nx, ny, nz), m, axes)
    n_outer, n_middle, n_inner = (nx, ny, nz) if axes == 1 else (1, nx, ny * nz)
    run = n_middle * m * n_inner
    cell_state, x, y, z = np.indices(k.shape)
    middle, inner = (y, z) if axes == 1 else (x, y * nz + z)
    begin = (cell_state * n_inner + inner) * n_outer * 2 * run + (n_middle - middle) * m * n_inner
    start, outer = np.empty(k.size, np.int64), np.zeros(k.size, np.int64)
    start[k] = begin
    if axes == 1:
        outer[k] = x
    n_wells = len(states_per_well)
    centre = np.concatenate([[0], np.cumsum(states_per_well)[:-1]])
    first = k[centre].reshape(n_wells, -1).T.reshape(-1)
    cell = (x * ny + y) * nz + z
    base_well = np.repeat(np.arange(n_wells), states_per_well)
    well, energy = np.empty(k.size, np.int32), np.empty(k.size)
    well[k] = cell * n_wells + base_well[cell_state]
    energy[k] = site
    quanta = energy / quantum
    exact = bool(((quanta == np.rint(quanta)) & (np.abs(quanta) < 2.0**50)).all())
    return Tables(
        pair=runs,
        quantum=quantum,
        start=start,
        outer=outer,
        shape=np.array([n_outer, run, 2 * run, n_inner, nx, ny, nz, n_wells, exact], np.int64),
        partners=_partners(whole, k),
        site=energy,
        well=well,
        first=np.ascontiguousarray(first, np.int32),
        states=np.tile(np.array(states_per_well, np.int32), nx * ny * nz),
        near=np.ascontiguousarray(near, np.int32),
        turns=_with_inverses(turns, states_per_well),
        slides=np.zeros((0, n_wells, 3), np.int32) if slides is None else slides,
        bounds=quantum * np.array([runs.min(), runs.max()], np.float64),
    )


def _with_inverses(turns: IntArray | None, states_per_well: tuple[int, ...]) -> IntArray:
    """(2, n_turns, B, states) permutations and their inverses."""
    if turns is None:
        turns = np.zeros((0, len(states_per_well), max(states_per_well)), np.int32)
    inverses = np.argsort(turns, axis=-1, kind="stable")
    return np.ascontiguousarray([turns, inverses], np.int32)
