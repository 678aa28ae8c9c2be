"""Near hops of cold carriers in continuous time: instead of rejections, the carriers wait.

Every hop of a carrier from state a to a state b of an empty near well happens at the rate

    min(1, exp(−βΔE)) / n_near   a sweep,   ΔE = phi[b] − phi[a] − W[a, b],

n_near being the slots of a well: as often as a sweep with one proposal a carrier makes it, where
hops are rare. The rate there and back differ by the ratio of the weights, so that whatever goes on
for a time that was fixed before obeys detailed balance. A time that brings about one hop takes as
long as one sweep, however many sweeps it is. How long it is on each rung is found in the warm-up,
from the share of near hops accepted there, and stays the same from then on.

References
----------
A. B. Bortz, M. H. Kalos and J. L. Lebowitz, J. Comput. Phys. 17, 10 (1975),
doi:10.1016/0021-9991(75)90060-1.
"""

import numpy as np

from mcsc.kernels._jit import kernel
from mcsc.kernels.descent import place_carrier
from mcsc.kernels.heat_bath import drawn
from mcsc.kernels.move_table import ACCEPTED, ATTEMPTS, WAITED
from mcsc.kernels.potential import pair_energy
from mcsc.kernels.rng import uniform
from mcsc.kernels.tables import FloatArray, State
from mcsc.kernels.vector import exponential

# below this a rate is none
LOWEST = -700.0
# sweeps at once: of fewer near hops are the faster way, and of more nothing is known
FEWEST, MOST = 8, 512


def near_hop_share(state: State) -> FloatArray:
    """(R,) accepted share of near hops by rung since this was asked last."""
    attempts, accepted = (state.tally[:, at.near_hop] for at in (ATTEMPTS, ACCEPTED))
    share = accepted / np.maximum(attempts, 1)
    attempts[:] = accepted[:] = 0
    return np.asarray(share)


def pace(state: State, hops: int, share: FloatArray) -> None:
    """Set the sweeps of waiting a rung.

    hops: That a time between two exchanges is to bring about.
    share: (R,) accepted share of near hops by rung.
    """
    each = share * state.number.max()
    sweeps = np.minimum(hops / np.maximum(each, hops / MOST), MOST).astype(np.int64)
    state.tally[:, WAITED] = np.where(sweeps < FEWEST, 0, sweeps)


@kernel()
def list_hops(tables, state, r, rates, code):
    """Hops that replica r can make, their ΔE in ``rates``; returns their number.

    A hop is numbered by its carrier, the slot of the well it leads to as seen from the fewer ones,
    carriers or holes, and the state there.
    """
    carriers, slot, empty = state.carriers[r], state.slot[r], state.empty[r]
    phi, number = state.potential[r], state.number[r]
    pair, quantum, shape = tables.pair, tables.quantum, tables.shape
    start, outer = tables.start, tables.outer
    well, first, states, near = tables.well, tables.first, tables.states, tables.near
    holes = slot.shape[0] - number
    count = 0
    for n in range(min(number, holes)):
        here = well[carriers[n]] if number <= holes else empty[n]
        for j in range(near.shape[1]):
            there = near[here, j]
            if there < 0 or (slot[there] >= 0) != (number > holes):
                continue
            old, new = (here, there) if number <= holes else (there, here)
            a, b = np.int64(carriers[slot[old]]), np.int64(first[new])
            for _ in range(states[new]):
                change = phi[b] - phi[a] - pair_energy(pair, quantum, start, outer, shape, a, b)
                rates[count] = change
                code[count, 0], code[count, 1] = slot[old], b
                count += 1
                b += shape[3]
    return count


@kernel()
def waiting_hops(tables, state, r, beta, sweeps):
    """Near hops of replica r for the time of so many sweeps; returns their number."""
    phi, s, shape = state.potential[r], state.rng[r], tables.shape
    fewer = min(state.number[r], state.slot.shape[1] - state.number[r])
    most = fewer * tables.near.shape[1] * tables.states.max()
    rates, code = np.empty(most), np.empty((most, 2), np.int64)
    left, made = np.float64(sweeps), 0
    while True:
        n, total = list_hops(tables, state, r, rates, code), 0.0
        for k in range(n):
            rates[k] = exponential(max(min(-beta * rates[k], 0.0), LOWEST))
        for k in range(n):
            total += rates[k]
        if total <= 0.0:
            return made
        left += np.log(1.0 - uniform(s)) * tables.near.shape[1] / total
        if left <= 0.0:
            return made
        k = drawn(rates, n, uniform(s) * total)
        i, b = code[k, 0], code[k, 1]
        a = np.int64(state.carriers[r, i])
        state.energy[r] += (
            phi[b] - phi[a]
            - pair_energy(tables.pair, tables.quantum, tables.start, tables.outer, shape, a, b)
        )  # fmt: skip
        place_carrier(tables, state, r, i, b)
        made += 1
