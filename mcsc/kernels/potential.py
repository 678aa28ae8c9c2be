"""The carried potential phi: reading pair energies, adding and moving carriers, starting afresh."""

import numpy as np

from mcsc.kernels._jit import kernel


@kernel(inline="always")
def whole_energy(pair, start, outer, shape, a, b):
    """W[a, b] in units of the quantum, read from the run of state a that holds state b."""
    shift = outer[b] - outer[a]
    if shift < 0:
        shift += shape[0]
    return pair[start[a] + shift * shape[2] + b - outer[b] * shape[1]]


@kernel(inline="always")
def pair_energy(pair, quantum, start, outer, shape, a, b):
    """W[a, b]."""
    return quantum * whole_energy(pair, start, outer, shape, a, b)


@kernel()
def move_in_runs(phi, pair, quantum, start, outer, shape, a, b):
    """phi[:] += W[b, :] − W[a, :], one contiguous run an outer slice."""
    n_outer, run, stride = shape[0], shape[1], shape[2]
    add, sub = start[b], start[a]
    oa, ob = outer[a], outer[b]
    for o in range(n_outer):
        db, da = o - ob, o - oa
        db += n_outer if db < 0 else 0
        da += n_outer if da < 0 else 0
        plus = pair[add + db * stride : add + db * stride + run]
        minus = pair[sub + da * stride : sub + da * stride + run]
        target = phi[o * run : (o + 1) * run]
        for j in range(run):
            # narrowed again to 32 bits, or it could not be vectorised
            target[j] += quantum * np.int32(plus[j] - minus[j])


@kernel()
def move_among_partners(phi, pair, quantum, start, outer, shape, partners, a, b):
    """phi[:] += W[b, :] − W[a, :] where either is not zero.

    A partner of both is changed once, by the difference: the bits of a plain vector addition.
    """
    for j in range(partners.shape[1]):
        k, plus = np.int64(partners[b, j, 0]), partners[b, j, 1]
        if plus == 0:
            break
        phi[k] += quantum * (plus - whole_energy(pair, start, outer, shape, a, k))
    for j in range(partners.shape[1]):
        k, minus = np.int64(partners[a, j, 0]), partners[a, j, 1]
        if minus == 0:
            break
        if whole_energy(pair, start, outer, shape, b, k) == 0:
            phi[k] -= quantum * minus


@kernel()
def add_in_runs(phi, pair, quantum, start, outer, shape, b):
    """phi[:] += W[b, :], one contiguous run an outer slice."""
    n_outer, run, stride = shape[0], shape[1], shape[2]
    for o in range(n_outer):
        d = o - outer[b]
        d += n_outer if d < 0 else 0
        plus = pair[start[b] + d * stride : start[b] + d * stride + run]
        target = phi[o * run : (o + 1) * run]
        for j in range(run):
            target[j] += quantum * plus[j]


@kernel()
def add_to_partners(phi, quantum, partners, b):
    """phi[:] += W[b, :] where it is not zero."""
    for j in range(partners.shape[1]):
        # beyond the last partner nothing is added, to the first state
        phi[partners[b, j, 0]] += quantum * partners[b, j, 1]


# Hops and insertions choose for themselves: through these they take a tenth to a fifth longer.
@kernel(inline="always")
def add_carrier(tables, phi, b):
    """phi[:] += W[b, :]."""
    if tables.partners.shape[1] > 0:
        add_to_partners(phi, tables.quantum, tables.partners, b)
    else:
        add_in_runs(phi, tables.pair, tables.quantum, tables.start, tables.outer, tables.shape, b)


@kernel(inline="always")
def move_carrier(tables, phi, a, b):
    """phi[:] += W[b, :] − W[a, :]."""
    pair, quantum, partners = tables.pair, tables.quantum, tables.partners
    start, outer, shape = tables.start, tables.outer, tables.shape
    if partners.shape[1] > 0:
        move_among_partners(phi, pair, quantum, start, outer, shape, partners, a, b)
    else:
        move_in_runs(phi, pair, quantum, start, outer, shape, a, b)


@kernel()
def rebuild(tables, state, r):
    """Potential and energy of replica r from its carriers.

    E = Σ_i ½ (phi[k_i] + site[k_i]), from H = Σ_i site[k_i] + ½ Σ_{i≠j} W[k_i, k_j].
    """
    phi, carriers = state.potential[r], state.carriers[r][: state.number[r]]
    for k in range(tables.site.shape[0]):
        phi[k] = tables.site[k]
    for i in range(carriers.shape[0]):
        add_carrier(tables, phi, carriers[i])
    energy = 0.0
    for i in range(carriers.shape[0]):
        energy += 0.5 * (phi[carriers[i]] + tables.site[carriers[i]])
    state.energy[r] = energy


@kernel()
def pair_sum(tables, carriers):
    """Energy of a list of carriers, Σ_i site[k_i] + Σ_{i<j} W[k_i, k_j], without a potential."""
    pair, quantum = tables.pair, tables.quantum
    start, outer, shape = tables.start, tables.outer, tables.shape
    energy = 0.0
    for i in range(carriers.shape[0]):
        energy += tables.site[carriers[i]]
        for j in range(i):
            energy += pair_energy(pair, quantum, start, outer, shape, carriers[i], carriers[j])
    return energy
