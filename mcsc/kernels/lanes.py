"""Replicas side by side in vector lanes, and the neighbours whose energies they sum.

Layout. The replicas of a block stand next to each other: for each state s of each well w there is
one byte a replica, 1 where its carrier is in that state, and eight lanes are one 64-bit word. The
wells are numbered ``cell * B + b`` as everywhere, the word of lanes 8v … 8v + 7 is

    ((cell * B + b) * planes + s) * (lanes / 8) + v,

``planes`` being the largest number of states of a well. By translation symmetry the energy of a
carrier is

    phi[s] = site[b, s] + Σ_i energy[i, s] n_i

with the terms i of its base well b: n_i is how many of a list of neighbours, all of which act on it
alike, have their carrier in one state. Adding up words counts the neighbours of eight replicas
at once. A cell splits into an outer and an inner part so that the plane of a neighbour is the sum
of two table entries.
"""

from typing import NamedTuple

import numpy as np
import numpy.typing as npt

FloatArray = npt.NDArray[np.float64]
Words = npt.NDArray[np.uint64]

# replicas of a block: two words of eight
LANES = 16
# neighbours of a well: sums over many more take longer than a carried potential, and would have to
# stay below 256 to be counted in a byte
MOST_NEIGHBOURS = 64
# shorter rows of inner cells cost more than the tables of longer ones
_SHORTEST_ROW = 16


class Neighbours(NamedTuple):
    """Short-range energies of one supercell; B wells a cell, at most S states a well."""

    site: FloatArray
    """(B, S) energy of a lone carrier."""
    states: npt.NDArray[np.int64]
    """(B,) number of states."""
    terms: npt.NDArray[np.int64]
    """(B + 1,) where the terms of a base well begin; each has one at least."""
    energy: FloatArray
    """(T, S) energy of a carrier in state s with one neighbour of the term."""
    begin: Words
    """(T + 1,) where the neighbours of a term begin in the last axis of ``outer`` and ``inner``."""
    outer: Words
    """(O, K) first word of a neighbour's plane, of which outer cell o gives one part, and …"""
    inner: Words
    """(I, K) … what the inner cell adds."""
    order: npt.NDArray[np.int64]
    """(I,) in which inner cells are visited: every other one, so that a well seldom waits for the
    result of its neighbour."""


class Lanes(NamedTuple):
    """Replicas in lanes: G blocks of L = 16, P planes a well; what a block works on and in."""

    octets: npt.NDArray[np.uint8]
    """(G, W * P, L) occupation, a byte a lane."""
    words: Words
    """(G, W * P * 2) the same memory, two words a plane."""
    rng: Words
    """(G, 4, L) random streams."""
    beta: FloatArray
    """(G, L) inverse temperatures; 0 in lanes without a replica."""
    energy: FloatArray
    """(G, L) total energies."""
    changes: npt.NDArray[np.int64]
    """(G, L) updates that changed a well."""
    uniforms: FloatArray
    """(G, I * B, L) random numbers of one row of inner cells."""
    counts: npt.NDArray[np.uint8]
    """(G, T, L) neighbours n_i of the well at hand, by term of its base well."""
    count_words: Words
    """(G, T, 2) the same memory."""
    phi: FloatArray
    """(G, P + 1 + B * P, L) energies of what the well at hand can hold, and those of ``site``."""
    sums: FloatArray
    """(G, 3, L) sums over these."""
    chosen: npt.NDArray[np.uint8]
    """(G, 2, L) what it will hold and what it held."""


def neighbours(
    pair: FloatArray, site: FloatArray, states_per_well: tuple[int, ...]
) -> Neighbours | None:
    """List the neighbours that act on each well; None where one has too many for a sparse sum.

    pair: (M, M, Lx, Ly, Lz) pair energies, second state displaced by the cell offset.
    site: (M,) energy of a lone carrier in each state of the cell.
    states_per_well: Number of states of each well of the primitive cell, adding up to M.
    """
    n_base, most = len(states_per_well), max(states_per_well)
    first = np.concatenate([[0], np.cumsum(states_per_well)])
    terms, energies, found = [0], [], []
    for b in range(n_base):
        alike: dict[bytes, tuple[FloatArray, list[tuple[int, ...]]]] = {}
        own, wells = pair[first[b] : first[b + 1]], set()
        for c in range(n_base):
            for t in range(states_per_well[c]):
                acting = own[:, first[c] + t]
                for x, y, z in np.argwhere((acting != 0.0).any(axis=0)):
                    column = acting[:, x, y, z]
                    _, places = alike.setdefault(column.tobytes(), (column, []))
                    places.append((int(x), int(y), int(z), c * most + t))
                    wells.add((int(x), int(y), int(z), c))
        if len(wells) > MOST_NEIGHBOURS:
            return None
        # a term of nothing where a well has no neighbours
        for column, places in list(alike.values()) or [(np.zeros(states_per_well[b]), [])]:
            energies.append(np.pad(column, (0, most - len(column))))
            found.append(places)
        terms.append(len(found))
    outer, inner = _offsets(pair.shape[2:], n_base * most, [p for places in found for p in places])
    return Neighbours(
        site=np.array(
            [np.pad(site[first[b] : first[b + 1]], (0, most - n)) for b, n in
             enumerate(states_per_well)]
        ),
        states=np.array(states_per_well, np.int64),
        terms=np.array(terms, np.int64),
        energy=np.array(energies),
        begin=np.cumsum([0, *map(len, found)]).astype(np.uint64),
        outer=outer,
        inner=inner,
        order=np.concatenate([np.arange(start, len(inner), 2) for start in (0, 1)]),
    )  # fmt: skip


def _offsets(
    size: tuple[int, ...], planes_a_cell: int, places: list[tuple[int, ...]]
) -> tuple[Words, Words]:
    """Outer and inner part of the plane of each neighbour, for each outer and inner cell."""
    # the last axes, as many as make a row
    n_inner = next((n for n in (1, 2) if np.prod(size[3 - n :]) >= _SHORTEST_ROW), 3)
    extent = (1, 1, 1, *size)
    parts = []
    for axes in (range(3 - n_inner), range(3 - n_inner, 3)):
        part = tuple(size[axis] for axis in axes)
        cells = np.indices(part).reshape(len(part), int(np.prod(part))).T
        plane = np.zeros((len(cells), len(places)), np.int64)
        for column, axis in enumerate(axes):
            shift = np.array([place[axis] for place in places], np.int64)
            stride = int(np.prod(extent[axis + 4 :])) * planes_a_cell
            plane += (cells[:, column, None] + shift) % size[axis] * stride
        parts.append(plane)
    parts[1] += np.array([place[3] for place in places], np.int64)
    words = LANES // 8
    return (words * parts[0]).astype(np.uint64), (words * parts[1]).astype(np.uint64)


def build_lanes(near: Neighbours, n_replicas: int) -> Lanes:
    """Room for replicas in blocks of :data:`LANES`."""
    n_base, n_planes = near.site.shape
    n_cells = len(near.outer) * len(near.inner)
    n_blocks, n_lanes, n_words = -(-n_replicas // LANES), LANES, LANES // 8
    words = np.zeros((n_blocks, n_cells * n_base * n_planes, n_words), np.uint64)
    most_terms = int(np.diff(near.terms).max())
    counts = np.zeros((n_blocks, most_terms, n_words), np.uint64)
    phi = np.zeros((n_blocks, n_planes + 1 + n_base * n_planes, n_lanes))
    phi[:, n_planes + 1 :] = near.site.reshape(-1, 1)
    return Lanes(
        octets=words.view(np.uint8),
        words=words.reshape(n_blocks, -1),
        rng=np.zeros((n_blocks, 4, n_lanes), np.uint64),
        beta=np.zeros((n_blocks, n_lanes)),
        energy=np.zeros((n_blocks, n_lanes)),
        changes=np.zeros((n_blocks, n_lanes), np.int64),
        uniforms=np.zeros((n_blocks, len(near.inner) * n_base, n_lanes)),
        counts=counts.view(np.uint8),
        count_words=counts,
        phi=phi,
        sums=np.zeros((n_blocks, 3, n_lanes)),
        chosen=np.zeros((n_blocks, 2, n_lanes), np.uint8),
    )
