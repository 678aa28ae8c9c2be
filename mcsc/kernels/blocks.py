"""Block visits: exact Metropolis of long-ranged carriers in large crystals.

A visit draws a grid of boxes and two of them without looking at the carriers, gathers the potential
there, makes its proposals among the wells of the two and carries the potential along for their
states only. What it changed is appended to a list of pending carriers, whose potential later visits
add to their own boxes. When adding has cost as much as a refresh, the potential is refreshed by
fast Fourier transforms, see :mod:`mcsc.chain.convolution`.

Which boxes are visited and how many proposals are made does not depend on the carriers, and every
proposal in the boxes obeys detailed balance with all others standing still: each visit keeps the
Boltzmann weight. Energies are integers, so that it does not matter, to the last bit, which part of
the potential came from the refresh and which from the list.
"""

import numpy as np

from mcsc.kernels._jit import kernel
from mcsc.kernels.block_tables import LANES
from mcsc.kernels.move_table import ACCEPTED, ATTEMPTS
from mcsc.kernels.moves import accepted
from mcsc.kernels.octets import add_difference, add_to_row, subtract_from_row
from mcsc.kernels.pending import add_pending, is_full, net_changes, shift_of
from mcsc.kernels.rng import high_below, low_below, next_word, uniform


@kernel(inline="always")
def draw_origin(s, size, region, cells):
    """First cell of a grid of boxes along an axis, and their number; no box leaves a region."""
    if region == size:
        return high_below(next_word(s), size), size // cells
    places = min(cells, region - cells + 1)
    return high_below(next_word(s), places), (region - places + 1) // cells


@kernel()
def draw_boxes(shape, s, box):
    """First cells (2, 3) of two disjoint boxes, every pair of boxes of a grid equally often."""
    x, nx = draw_origin(s, shape[0], shape[10], shape[3])
    y, ny = draw_origin(s, shape[1], shape[11], shape[4])
    z, nz = draw_origin(s, shape[2], shape[12], LANES)
    n = nx * ny * nz
    p, q = high_below(next_word(s), n), high_below(next_word(s), n - 1)
    for h in range(2):
        c = p if h == 0 else (q + 1 if q >= p else q)
        box[h, 0] = (x + c // nz // ny * shape[3]) % shape[0]
        box[h, 1] = (y + c // nz % ny * shape[4]) % shape[1]
        box[h, 2] = (z + c % nz * LANES) % shape[2]


@kernel()
def gather(shape, box, values, n, found, places):
    """Values (n, X, Y, Z) in two boxes, and their flat places if these have room."""
    nx, ny, nz, i = shape[0], shape[1], shape[2], 0
    # of a region there are no more values than that, and boxes do not leave it
    vx, vy, vz = values.shape[1:]
    flat = values.reshape(-1)
    for h in range(2):
        for m in range(n):
            for u in range(shape[3]):
                x = box[h, 0] + u
                x -= nx if x >= nx else 0
                for v in range(shape[4]):
                    y = box[h, 1] + v
                    y -= ny if y >= ny else 0
                    row = ((m * vx + x) * vy + y) * vz
                    z = box[h, 2]
                    for _ in range(LANES):
                        found[i] = flat[row + z]
                        if places.shape[0] > 0:
                            places[i] = row + z
                        i += 1
                        z += 1
                        z -= nz if z >= nz else 0


@kernel(inline="always")
def energy_between(pair, source, target, shifts, k, a, b):
    """W[a, b] of two states of two boxes of k states."""
    return np.int64(pair[shifts[2 * (a >= k) + (b >= k)] + source[a] + target[b]])


@kernel(inline="llvm")
def move(phi, pair, rows, source, shifts, k, a, b):
    """phi[:] += W[b, :] − W[a, :] in both boxes."""
    from_a, from_b = 2 * (a >= k), 2 * (b >= k)
    t = 0
    for h in range(2):
        minus, plus = shifts[from_a + h] + source[a], shifts[from_b + h] + source[b]
        for j in range(rows.shape[0]):
            add_difference(phi, t, pair, plus + rows[j], minus + rows[j])
            t += LANES


@kernel(inline="llvm")
def add(phi, pair, rows, source, shifts, k, a, sign):
    """phi[:] += sign W[a, :] in both boxes."""
    t = 0
    for h in range(2):
        shift = shifts[2 * (a >= k) + h]
        for j in range(rows.shape[0]):
            if sign > 0:
                add_to_row(phi, t, pair, rows, j, source, shift, a, a + 1)
            else:
                subtract_from_row(phi, t, pair, rows, j, source, shift, a, a + 1)
            t += LANES


@kernel()
def weigh(energies, n, beta):
    """Energies made Boltzmann weights of their least; returns the least and the sum of weights."""
    least, total = energies[0], 0.0
    for i in range(1, n):
        least = min(least, energies[i])
    for i in range(n):
        energies[i] = np.exp(-beta * (energies[i] - least))
        total += energies[i]
    return least, total


@kernel()
def drawn(weights, n, total, s):
    """An index below n by its weight."""
    u = total * uniform(s)
    for i in range(n - 1):
        u -= weights[i]
        if u < 0.0:
            return i
    return n - 1


@kernel(inline="llvm")
def hop(phi, pair, source, target, shifts, k, step, room, beta, s, a, here, n_here, b, n):
    """State that a carrier in state a of a well hops to in another one, −1 if it stays.

    Centres and numbers of states are those of either well. Wells compete with their partition sums
    over states, the state is drawn by its weight.
    """
    for i in range(n_here):
        room[i] = np.float64(phi[here + i * step] - phi[a])
    least, total = weigh(room, n_here, beta)
    for i in range(n):
        c = b + i * step
        room[i] = np.float64(
            phi[c] - phi[a] - energy_between(pair, source, target, shifts, k, a, c)
        )
    least_there, total_there = weigh(room, n, beta)
    cost = beta * (least_there - least) + np.log(total) - np.log(total_there)
    if not accepted(cost, s):
        return np.int64(-1)
    return b + drawn(room, n, total_there, s) * step


@kernel()
def visits(tables, state, r, beta, proposals, n, budget):
    """Up to ``n`` visits of replica r, fewer when the potential is to be refreshed; how many.

    beta: Inverse temperature of its rung, in units of the quantum.
    proposals: (4,) near hops, far hops, changes of state and fillings a visit.
    budget: Pending carriers that may be added to boxes before the potential is refreshed.
    """
    shape, s, pending = tables.shape, state.rng[r], state.scratch
    n_states, n_base, k = shape[7], shape[8], shape[9]
    pair, rows, source, target = tables.pair, tables.rows, tables.source, tables.target
    n_wells, step = tables.centre.shape[0], k // n_states
    tally = state.tally[state.rung[r]]
    box, shifts = np.empty((2, 3), np.int64), np.empty(4, np.int64)
    phi, nowhere = np.empty(2 * k, np.int64), np.empty(0, np.int64)
    places, slot = np.empty(n_wells, np.int64), np.empty(n_wells, np.int64)
    content, before = np.empty(n_wells, np.int8), np.empty(n_wells, np.int8)
    carriers, empty = np.empty(n_wells, np.int64), np.empty(n_wells, np.int64)
    room = np.empty(tables.states.max() + 1)
    centre, states, near = tables.centre, tables.states, tables.near
    n_near = near.shape[1]
    for visit in range(n):
        if is_full(pending, r, n_wells, budget):
            return visit
        draw_boxes(shape, s, box)
        for p in range(4):
            shifts[p] = shift_of(shape, box, p // 2, box, p % 2)
        gather(shape, box, state.potential[r], n_states, phi, nowhere)
        gather(shape, box, state.held[r], n_base, content, places)
        add_pending(tables, pending, r, box, phi)
        nc, ne = 0, 0
        for v in range(n_wells):
            before[v] = content[v]
            if content[v] >= 0:
                carriers[nc], slot[v] = v, nc
                nc += 1
            else:
                empty[ne], slot[v] = v, -1 - ne
                ne += 1
        gain, made = np.int64(0), 0
        for t in range(proposals[0] + proposals[1]):
            if nc == 0 or ne == 0:
                break
            is_near = t < proposals[0]
            word = next_word(s)
            i = high_below(word, nc)
            old = carriers[i]
            if is_near:
                new = np.int64(near[old, low_below(word, n_near)])
                if new < 0 or slot[new] >= 0:
                    continue
                j = -1 - slot[new]
            else:
                j = low_below(word, ne)
                new = empty[j]
            a = np.int64(centre[old]) + content[old] * step
            b = np.int64(centre[new])
            change = phi[b] - phi[a] - energy_between(pair, source, target, shifts, k, a, b)
            if states[new] + states[old] == 2:
                if not accepted(beta * np.float64(change), s):
                    continue
            else:
                here, n_here = np.int64(centre[old]), states[old]
                b = hop(phi, pair, source, target, shifts, k, step, room, beta, s, a, here, n_here,
                        b, states[new])  # fmt: skip
                if b < 0:
                    continue
                change = phi[b] - phi[a] - energy_between(pair, source, target, shifts, k, a, b)
            gain += change
            move(phi, pair, rows, source, shifts, k, a, b)
            content[new], content[old] = (b - centre[new]) // step, -1
            carriers[i], empty[j], slot[new], slot[old] = new, old, i, -1 - j
            made += 1
            tally[ACCEPTED.near_hop if is_near else ACCEPTED.far_hop] += 1
        for _ in range(proposals[2]):
            if nc == 0:
                break
            v = carriers[high_below(next_word(s), nc)]
            if states[v] < 2:
                continue
            a = np.int64(centre[v]) + content[v] * step
            for i in range(states[v]):
                room[i] = np.float64(phi[centre[v] + i * step] - phi[a])
            total = weigh(room, states[v], beta)[1]
            b = centre[v] + drawn(room, states[v], total, s) * step
            if b != a:
                gain += phi[b] - phi[a]
                move(phi, pair, rows, source, shifts, k, a, b)
                content[v] = (b - centre[v]) // step
                made += 1
                tally[ACCEPTED.change_of_state] += 1
        for _ in range(proposals[3]):
            v = high_below(next_word(s), n_wells)
            for i in range(states[v]):
                room[i] = np.float64(phi[centre[v] + i * step])
            room[states[v]] = 0.0
            total = weigh(room, states[v] + 1, beta)[1]
            i = drawn(room, states[v] + 1, total, s)
            now, then = i if i < states[v] else -1, np.int64(content[v])
            if now == then:
                continue
            a, b = np.int64(centre[v]) + then * step, np.int64(centre[v]) + now * step
            # the states of one well do not act on each other
            if then >= 0:
                gain -= phi[a]
                add(phi, pair, rows, source, shifts, k, a, -1)
            if now >= 0:
                gain += phi[b]
                add(phi, pair, rows, source, shifts, k, b, 1)
            content[v] = now
            state.number[r] += (now >= 0) - (then >= 0)
            made += 1
            tally[ACCEPTED.insert_remove] += 1
        tally[ATTEMPTS.near_hop] += proposals[0]
        tally[ATTEMPTS.far_hop] += proposals[1]
        tally[ATTEMPTS.change_of_state] += proposals[2]
        tally[ATTEMPTS.insert_remove] += proposals[3]
        state.doubled[r] += 2 * gain
        if made > 0:
            net_changes(tables, state, r, box, content, before, places)
    return n
