"""The plain textbook kernel that mcsc is timed against.

A lattice gas with a potential field: the energies of all pairs of states in one dense matrix, one
carrier and one empty well drawn at a time with ``np.random``, double precision, compiled by numba.
It proposes what ``far_hops`` of mcsc proposes and samples the same distribution.
"""

import numba
import numpy as np


@numba.njit
def seed(number):
    """Seed the generator of the compiled code."""
    np.random.seed(number)  # noqa: NPY002


@numba.njit
def hops(pair, phi, carriers, empty, n_states, beta, n):
    """``n`` attempts to hop to any empty well; returns the change of energy and the accepted ones.

    Parameters
    ----------
    pair
        (K, K) energy of two carriers in states k = well * n_states + s.
    phi
        (K,) potential at every state.
    carriers, empty
        (N,) states of the carriers, (W − N,) empty wells.
    """
    count, energy = 0, 0.0
    for _ in range(n):
        i = int(np.random.random() * carriers.size)  # noqa: NPY002
        j = int(np.random.random() * empty.size)  # noqa: NPY002
        a = carriers[i]
        b = empty[j] * n_states
        if n_states > 1:
            b += int(np.random.random() * n_states)  # noqa: NPY002
        change = phi[b] - phi[a] - pair[a, b]
        if change <= 0.0 or np.random.random() < np.exp(-beta * change):  # noqa: NPY002
            for k in range(phi.size):
                phi[k] += pair[b, k] - pair[a, k]
            carriers[i], empty[j] = b, a // n_states
            energy += change
            count += 1
    return energy, count


def dense_pairs(model):
    """(K, K) pair energies of a model whose wells all have the same number of states."""
    lattice = model.lattice
    offsets = (lattice.cells[None, :, :] - lattice.cells[:, None, :]) % np.array(lattice.size)
    x, y, z = np.moveaxis(offsets, -1, 0)
    pair = model.pair[:, :, x, y, z].transpose(2, 0, 3, 1)
    return pair.reshape(len(model.site) * lattice.n_cells, -1)


def potential(pair, site, carriers):
    """(K,) potential of all carriers at every state, from the lone energies ``site`` (K,)."""
    return site + pair[carriers].sum(axis=0)
