"""The move of expanded ensembles: carriers come and go in continuous time, rejection-free.

A chain on rung t that holds N carriers has the weight exp(−β_t E + η_t(N)). Every insertion into a
state of an empty well and every removal happens at the rate min(1, w'/w), w'/w being the ratio of
the weights after and before it: detailed balance for each pair of configurations, so that

    Z(N+1)/Z(N) = ⟨U⟩_N / ⟨D⟩_{N+1} · exp(η(N) − η(N+1)),

U and D being the total rates up and down, averaged over the time spent at N and at N + 1 carriers.

References
----------
A. B. Bortz, M. H. Kalos and J. L. Lebowitz, J. Comput. Phys. 17, 10 (1975),
doi:10.1016/0021-9991(75)90060-1 (continuous time).
J. S. Wang and R. H. Swendsen, J. Stat. Phys. 106, 245 (2002), doi:10.1023/A:1013180330892
(transition matrix).
F. Wang and D. P. Landau, Phys. Rev. Lett. 86, 2050 (2001), doi:10.1103/PhysRevLett.86.2050.
"""

import numpy as np

from mcsc.kernels._jit import kernel
from mcsc.kernels.grand_canonical import fill, vacate
from mcsc.kernels.heat_bath import drawn
from mcsc.kernels.potential import add_in_runs, add_to_partners
from mcsc.kernels.rng import uniform
from mcsc.kernels.vector import exponential

# below this a rate is none, and a difference of weights leads nowhere
LOWEST = -700.0


@kernel(inline="always")
def weight_of(window, rung, number):
    """η of so many carriers on a rung."""
    return window.weight[rung, number - window.fewest]


@kernel()
def rates_up(tables, slot, phi, rates, beta, change):
    """Rates of insertion into all states, 0 in filled wells; returns their sum."""
    total = 0.0
    for k in range(tables.site.shape[0]):
        rates[k] = exponential(max(min(change - beta * phi[k], 0.0), LOWEST))
    for k in range(tables.site.shape[0]):
        if slot[tables.well[k]] >= 0:
            rates[k] = 0.0
        total += rates[k]
    return total


@kernel()
def rates_down(carriers, filled, phi, rates, beta, change):
    """Rates of removal of all carriers; returns their sum."""
    total = 0.0
    for i in range(filled):
        rates[i] = exponential(max(min(change + beta * phi[carriers[i]], 0.0), LOWEST))
    for i in range(filled):
        total += rates[i]
    return total


@kernel()
def come_and_go(tables, state, r, beta, window):
    """Insertions and removals of replica r for the duration of a sweep; returns their number."""
    carriers, empty, slot = state.carriers[r], state.empty[r], state.slot[r]
    pair, quantum, partners = tables.pair, tables.quantum, tables.partners
    start, outer, shape, n_states = tables.start, tables.outer, tables.shape, tables.site.shape[0]
    phi, s = state.potential[r], state.rng[r]
    coming, going = state.scratch[r, :n_states], state.scratch[r, n_states : 2 * n_states]
    weight = window.weight[state.rung[r]]
    spent, up, down, along, squared = (
        window.time[state.rung[r]],
        window.up[state.rung[r]],
        window.down[state.rung[r]],
        window.energy[state.rung[r]],
        window.energy_squared[state.rung[r]],
    )
    filled, most = np.int64(state.number[r]), window.most
    count, energy, now = 0, state.energy[r], 0.0
    while True:
        n = filled - window.fewest
        total_up, total_down = 0.0, 0.0
        if filled < most:
            total_up = rates_up(tables, slot, phi, coming, beta, weight[n + 1] - weight[n])
        if n > 0:
            change = weight[n - 1] - weight[n]
            total_down = rates_down(carriers, filled, phi, going, beta, change)
        total = total_up + total_down
        wait = -np.log(1.0 - uniform(s)) / total if total > 0.0 else np.inf
        held = min(wait, window.duration - now)
        spent[n] += held
        up[n] += held * total_up
        down[n] += held * total_down
        along[n] += held * energy
        squared[n] += held * energy * energy
        weight[n] -= window.penalty * held
        now += wait
        if now >= window.duration:
            break
        mark = uniform(s) * total
        if mark < total_up:
            b = drawn(coming, n_states, mark)
            fill(tables, carriers, empty, slot, filled, np.int64(tables.well[b]), b)
            filled += 1
            energy += phi[b]
            sign = 1.0
        else:
            b = np.int64(carriers[drawn(going, filled, mark - total_up)])
            vacate(tables, carriers, empty, slot, filled, np.int64(tables.well[b]))
            filled -= 1
            energy -= phi[b]
            sign = -1.0
        if partners.shape[1] > 0:
            add_to_partners(phi, sign * quantum, partners, b)
        else:
            add_in_runs(phi, pair, sign * quantum, start, outer, shape, b)
        count += 1
    state.number[r] = filled
    state.energy[r] = energy
    trips = window.trips[r]
    if filled == most:
        trips[0] = 1
    elif filled == window.fewest and trips[0] == 1:
        trips[0] = 0
        trips[1] += 1
    return count
