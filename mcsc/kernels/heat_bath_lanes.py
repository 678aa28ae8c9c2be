"""Heat-bath updates of one well in all lanes of a block at once.

A well draws what it holds with the Boltzmann weights of all it can hold, given the carriers around
it, so wells may be visited in any order: each update leaves the Boltzmann distribution as it is, in
a fixed order too, and every configuration can be reached at any temperature (of Metropolis in a
fixed order that is not true where moves cost nothing). Energies are summed afresh from the
neighbours, nothing is carried.

Every function loops over the lanes of given rows of arrays, and is written into the loop over
wells: slices, fields of tuples and calls would each cost as much as the work on the lanes.

References
----------
M. Creutz, L. Jacobs and C. Rebbi, Phys. Rev. Lett. 42, 1390 (1979),
doi:10.1103/PhysRevLett.42.1390.
"""

import numpy as np

from mcsc.kernels._jit import kernel
from mcsc.kernels.lanes import LANES
from mcsc.kernels.vector import exponential

# e⁻⁷⁰⁰ is nothing beside 1, and e⁷⁰⁰ everything
LARGEST = 700.0


@kernel(inline="llvm")
def count_neighbours(begin, outer, inner, words, first, end, o, i, counts):
    """Neighbours of a well in cell (o, i) by term, ``first`` to ``end``, eight lanes a word."""
    for term in range(first, end):
        one, two = np.uint64(0), np.uint64(0)
        for k in range(begin[term], begin[term + 1]):
            place = outer[o, k] + inner[i, k]
            one += words[place]
            two += words[place + np.uint64(1)]
        counts[term - first, 0], counts[term - first, 1] = one, two


@kernel(inline="llvm")
def add_energies(energy, counts, term, a, phi, c):
    """Row c of ``phi`` is row a and the energies of one term."""
    for lane in range(phi.shape[1]):
        phi[c, lane] = phi[a, lane] + energy * np.float64(counts[term, lane])


@kernel(inline="llvm")
def local_energies(energy, counts, first, end, a, n_states, phi, c):
    """Energies of a carrier in the states of a well, in rows c … of ``phi``, by terms to ``end``.

    Rows a … hold those of a lone carrier.
    """
    for s in range(n_states):
        if first < end:
            add_energies(energy[first, s], counts, 0, a + s, phi, c + s)
        for term in range(first + 1, end):
            if energy[term, s] != 0.0:
                add_energies(energy[term, s], counts, term - first, c + s, phi, c + s)


@kernel(inline="llvm")
def fill_or_empty(energy, counts, term, phi, a, beta, uniforms, row, octets, plane, changes):
    """Draw whether a well of one state is filled; its last term is added to row a of ``phi``."""
    # a loop of known length makes tighter code
    for lane in range(LANES):
        x = -beta[lane] * (phi[a, lane] + energy * np.float64(counts[term, lane]))
        x = LARGEST if x > LARGEST else x
        x = -LARGEST if x < -LARGEST else x
        weight = exponential(x)
        filled = np.uint8(1) if uniforms[row, lane] * (1.0 + weight) < weight else np.uint8(0)
        changes[lane] += np.int64(filled ^ octets[plane, lane])
        octets[plane, lane] = filled


@kernel(inline="llvm")
def draw(phi, n, beta, uniforms, row, sums, chosen):
    """Choose among ``n`` rows of energies with their Boltzmann weights, in every lane.

    ``phi`` (n, L) is used up, ``chosen[0]`` (L,) the choice.
    """
    n_lanes = beta.shape[0]
    for lane in range(n_lanes):
        sums[0, lane] = phi[0, lane]
        sums[1, lane] = 0.0
        chosen[0, lane] = 0
    for c in range(1, n):
        for lane in range(n_lanes):
            sums[0, lane] = phi[c, lane] if phi[c, lane] < sums[0, lane] else sums[0, lane]
    for c in range(n):
        for lane in range(LANES):
            x = -beta[lane] * (phi[c, lane] - sums[0, lane])
            weight = exponential(-LARGEST if x < -LARGEST else x)
            # row c becomes the sum of the weights up to c
            sums[1, lane] += weight if x > -LARGEST else 0.0
            phi[c, lane] = sums[1, lane]
    for lane in range(n_lanes):
        sums[2, lane] = uniforms[row, lane] * sums[1, lane]
    for c in range(n - 1):
        for lane in range(n_lanes):
            # what follows a sum equal to the total has no weight, even if rounding points there
            beyond = (phi[c, lane] <= sums[2, lane]) & (phi[c, lane] < sums[1, lane])
            chosen[0, lane] += np.uint8(1) if beyond else np.uint8(0)


@kernel(inline="llvm")
def hold(octets, plane, n_states, skipped, chosen, changes):
    """Write the choice into a well: state ``chosen − skipped``, or empty where that is −1."""
    n_lanes = changes.shape[0]
    for lane in range(n_lanes):
        chosen[1, lane] = 0
    for s in range(n_states):
        name = np.uint8(s + skipped)
        for lane in range(n_lanes):
            # one state at most is held, so that this is its name
            chosen[1, lane] += octets[plane + s, lane] * name
            octets[plane + s, lane] = np.uint8(1) if chosen[0, lane] == name else np.uint8(0)
    for lane in range(n_lanes):
        changes[lane] += np.int64(1) if chosen[0, lane] != chosen[1, lane] else np.int64(0)
