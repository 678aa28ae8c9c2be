"""Choices by Boltzmann weight: the state inside a well, the hop between wells of many states."""

import numpy as np

from mcsc.kernels._jit import kernel
from mcsc.kernels.potential import pair_energy
from mcsc.kernels.rng import uniform


@kernel()
def boltzmann_weights(energies, n, low, beta):
    """Turn ``energies[:n]`` into exp(−β(energy − low)) in place; returns their sum."""
    total = 0.0
    for j in range(n):
        energies[j] = np.exp(-beta * (energies[j] - low))
        total += energies[j]
    return total


@kernel()
def drawn(weights, n, mark):
    """Index below ``n`` whose stretch of the summed ``weights`` holds ``mark``."""
    last = 0
    for j in range(n):
        if weights[j] > 0.0:
            last = j
            mark -= weights[j]
            if mark < 0.0:
                break
    # rounding of the sum can leave the mark beyond the end
    return last


@kernel()
def chosen_state(phi, weights, s, beta, a, begin, n, stride):
    """State of a well drawn with exp(−β phi); ``a`` is the one now, the others compete with it.

    The well has the ``n`` states ``begin + j * stride``; phi there excludes the carrier's own
    potential, because pair energies within a well are zero.
    """
    here, low = phi[a], np.inf
    for j in range(n):
        k = begin + j * stride
        # the state now is drawn first, so that a bound on the others often settles the draw
        weights[j] = phi[k] if k != a else np.inf
        low = min(low, weights[j])
    u = uniform(s)
    if u * (1.0 + (n - 1) * np.exp(-beta * (low - here))) < 1.0:
        return a
    low = min(low, here)
    others = boltzmann_weights(weights, n, low, beta)
    stay = np.exp(-beta * (here - low))
    mark = u * (stay + others) - stay
    if mark < 0.0:
        return a
    return begin + drawn(weights, n, mark) * stride


@kernel()
def chosen_hop(tables, phi, weights, s, beta, a, old, new, centres):
    """State in the well ``new`` for the carrier in state ``a`` of ``old``, or −1 if it stays.

    Z = Σ_s exp(−βφ'(s)) sums the states of a well in the potential φ' of the other carriers. A hop
    has passed min(1, e^(−βC)), C = ``centres`` being the change of φ' from centre to centre; it is
    accepted here with min(1, e^(βC) Z_new/Z_old), and its state drawn with its weight in Z_new.
    Both factors together lead from a to b and back at rates in the ratio of exp(−βφ'(b)) to
    exp(−βφ'(a)), and most hops of a cold crystal are rejected before any sum.

    References
    ----------
    J. A. Christen and C. Fox, J. Comput. Graph. Stat. 14, 795 (2005), doi:10.1198/106186005X76983.
    """
    pair, quantum = tables.pair, tables.quantum
    start, outer, shape = tables.start, tables.outer, tables.shape
    n_new, n_old, stride = tables.states[new], tables.states[old], shape[3]
    begin, home = tables.first[new], tables.first[old]
    low_new, low_old = np.inf, np.inf
    for j in range(n_old):
        low_old = min(low_old, phi[home + j * stride])
    z_old = 0.0
    for j in range(n_old):
        z_old += np.exp(-beta * (phi[home + j * stride] - low_old))
    for j in range(n_new):
        k = begin + j * stride
        weights[j] = phi[k] - pair_energy(pair, quantum, start, outer, shape, a, k)
        low_new = min(low_new, weights[j])
    z_new = boltzmann_weights(weights, n_new, low_new, beta)
    if uniform(s) * z_old >= z_new * np.exp(-beta * (low_new - low_old - centres)):
        return -1
    return begin + drawn(weights, n_new, uniform(s) * z_new) * stride
