"""Block visits of wells with one state each, whose hops are tried eight pairs of wells at a time.

As :mod:`mcsc.kernels.blocks`, which is for wells of any states. Two wells of a pair exchange what
they hold, if one of them is empty, by Metropolis. A trial takes two rows of eight wells, the second
shifted along itself, and the pairs of wells above each other one after the other: those up to the
first that is accepted are decided at once, the others anew after it. Which rows are tried does not
depend on the carriers: near wells in a fixed order from a row drawn at random, others at random.

Random numbers become energies in units of the quantum, exponentially distributed with the mean
k_B T: a hop is accepted when it costs no more.
"""

import numpy as np

from mcsc.kernels._jit import kernel
from mcsc.kernels.block_tables import LANES
from mcsc.kernels.blocks import add, draw_boxes, move
from mcsc.kernels.move_table import ACCEPTED, ATTEMPTS
from mcsc.kernels.octets import affordable, lowest, number_of
from mcsc.kernels.pending import add_pending, end_entry, is_full, shift_of
from mcsc.kernels.rng import high_below, low_below, next_word, uniform
from mcsc.kernels.vector import logarithm

# trials whose random numbers are drawn at once
TOGETHER = 32
# below one in so many quanta, temperature is infinite: energies stay below 2^62
LEAST_BETA = 1e-17


@kernel()
def draw_energies(s, beta, uniforms, energies):
    """Fill ``energies`` (n,) with what a hop may cost; ``uniforms`` (n,) is room for it."""
    s0, s1, s2, s3 = s[0], s[1], s[2], s[3]
    for i in range(uniforms.shape[0]):
        total = s0 + s3
        word = ((total << np.uint64(23)) | (total >> np.uint64(41))) + s0
        t = s1 << np.uint64(17)
        s2 ^= s0
        s3 ^= s1
        s1 ^= s2
        s0 ^= s3
        s2 ^= t
        s3 = (s3 << np.uint64(45)) | (s3 >> np.uint64(19))
        # in (0, 1]
        uniforms[i] = np.float64(np.int64(word >> np.uint64(11)) + 1) * (1.0 / 9007199254740992.0)
    s[0], s[1], s[2], s[3] = s0, s1, s2, s3
    mean = -1.0 / max(beta, LEAST_BETA)
    for i in range(uniforms.shape[0]):
        energies[i] = np.int64(np.floor(mean * logarithm(uniforms[i])))


@kernel(inline="always")
def shifted(mask, by):
    """Bits of a row of wells, moved so that well l + ``by`` comes to l."""
    return (mask >> by) if by >= 0 else (mask << -by) & np.int64(0xFF)


@kernel(inline="llvm")
def exchange_in_rows(tables, phi, filled, shifts, p, q, by, between, lanes, energies, t):
    """Try wells ``lanes`` of row p with those ``by`` further in row q, of pair energy ``between``.

    Returns how many hops were proposed to any, to empty wells, how many were made, and what they
    cost.
    """
    k, pair, rows, source = tables.shape[9], tables.pair, tables.rows, tables.source
    made, gain, a, b = 0, np.int64(0), p * LANES, q * LANES + by
    here, there = filled[p], shifted(filled[q], by)
    any_well = number_of(here & lanes) + number_of(there & lanes)
    to_empty = number_of((here ^ there) & lanes)
    while True:
        both = affordable(phi, a, b, between, energies, t)
        go = both & here & ~there & lanes
        come = (both >> 8) & there & ~here & lanes
        if go | come == 0:
            return any_well, to_empty, made, gain
        lane = lowest(go | come)
        old, new = a + lane, b + lane
        if go >> lane & 1 == 0:
            old, new = new, old
        gain += phi[new] - phi[old] - between
        move(phi, pair, rows, source, shifts, k, old, new)
        filled[old // LANES] ^= np.int64(1) << old % LANES
        filled[new // LANES] ^= np.int64(1) << new % LANES
        made += 1
        lanes &= np.int64(-2) << lane
        if lanes == 0:
            return any_well, to_empty, made, gain
        here, there = filled[p], shifted(filled[q], by)


@kernel(inline="always")
def row_of(shape, held, box, j):
    """Where row j of two boxes of one state a well begins among the wells, but for z; and z."""
    per_box = shape[9] // LANES
    h, i = j // per_box, j % per_box
    y = (box[h, 1] + i % shape[4]) % shape[1]
    x = (box[h, 0] + i // shape[4] % shape[3]) % shape[0]
    m = i // shape[4] // shape[3]
    return ((m * held.shape[1] + x) * held.shape[2] + y) * held.shape[3], box[h, 2]


@kernel()
def gather_rows(shape, box, potential, held, phi, filled):
    """The potential in two boxes, and which of their wells are filled, a bit each."""
    nz, flat, wells = shape[2], potential.reshape(-1), held.reshape(-1)
    for j in range(filled.shape[0]):
        row, z = row_of(shape, held, box, j)
        mask, t = np.int64(0), j * LANES
        if z + LANES <= nz:
            for lane in range(LANES):
                phi[t + lane] = flat[row + z + lane]
                mask |= np.int64(wells[row + z + lane] >= 0) << lane
        else:
            for lane in range(LANES):
                at = row + (z + lane) % nz
                phi[t + lane] = flat[at]
                mask |= np.int64(wells[at] >= 0) << lane
        filled[j] = mask


@kernel()
def keep_rows(tables, state, r, box, filled, before):
    """Write the wells of two boxes back, and what has changed in them to the pending list."""
    pending, held, shape = state.scratch, state.held[r], tables.shape
    count, carrier, source = pending.counts[r], pending.carrier[r], pending.source[r]
    n_rows, nz, wells = filled.shape[0] // 2, shape[2], held.reshape(-1)
    for h in range(2):
        begin, e = count[1], count[0]
        for coming in (True, False):
            for j in range(h * n_rows, (h + 1) * n_rows):
                changed = (filled[j] ^ before[j]) & (filled[j] if coming else before[j])
                while changed != 0:
                    lane = lowest(changed)
                    changed &= changed - 1
                    row, z = row_of(shape, held, box, j)
                    wells[row + (z + lane) % nz] = 0 if coming else -1
                    a = (j - h * n_rows) * LANES + lane
                    carrier[count[1]], source[count[1]] = a, tables.source[a]
                    count[1] += 1
            if coming:
                pending.middle[r, e] = count[1]
        end_entry(pending, r, box, h, begin)


@kernel()
def visits(tables, state, r, beta, trials, n, budget):
    """Up to ``n`` visits of replica r, fewer when the potential is to be refreshed; how many.

    trials: (4,) of near rows, of any two rows, none, and fillings a visit.
    beta, budget: As in :func:`mcsc.kernels.blocks.visits`.
    """
    shape, s, pending, bonds = tables.shape, state.rng[r], state.scratch, tables.bonds
    k, pair, source, target = shape[9], tables.pair, tables.source, tables.target
    n_wells, n_rows, n_bonds = 2 * k, 2 * k // LANES, bonds.shape[0]
    tally = state.tally[state.rung[r]]
    potential, held = state.potential[r], state.held[r]
    box, shifts = np.empty((2, 3), np.int64), np.empty(4, np.int64)
    # a row may be read from seven wells before its first on
    room = np.zeros(n_wells + 2 * LANES, np.int64)
    phi = room[LANES : LANES + n_wells]
    filled, before = np.empty(n_rows, np.int64), np.empty(n_rows, np.int64)
    uniforms, energies = np.empty(TOGETHER * LANES), np.empty(TOGETHER * LANES, np.int64)
    for visit in range(n):
        if is_full(pending, r, n_wells, budget):
            return visit
        draw_boxes(shape, s, box)
        for p in range(4):
            shifts[p] = shift_of(shape, box, p // 2, box, p % 2)
        gather_rows(shape, box, potential, held, phi, filled)
        add_pending(tables, pending, r, box, phi)
        before[:] = filled
        gain, near = np.int64(0), trials[0] if n_bonds > 0 else 0
        bond = high_below(next_word(s), n_bonds) if near > 0 else 0
        for i in range(near + trials[1]):
            t = i % TOGETHER * LANES
            if t == 0:
                draw_energies(s, beta, uniforms, energies)
            if i < near:
                p, q, by = bonds[bond, 0], bonds[bond, 1], bonds[bond, 2]
                lanes, between = bonds[bond, 3], bonds[bond, 4]
                bond += 1
                bond -= n_bonds if bond == n_bonds else 0
            else:
                word = next_word(s)
                p, q = high_below(word, n_rows), low_below(word, n_rows)
                by = high_below(next_word(s), 2 * LANES - 1) - (LANES - 1)
                if p == q and by == 0:
                    continue
                lanes, first = shifted(np.int64(0xFF), by), max(0, -by)
                a, b = p * LANES + first, q * LANES + first + by
                at = shifts[2 * (a >= k) + (b >= k)]
                between = np.int64(pair[at + source[a] + target[b]])
            proposed, to_empty, made, cost = exchange_in_rows(
                tables, phi, filled, shifts, p, q, by, between, lanes, energies, t
            )
            gain += cost
            if i < near:
                tally[ATTEMPTS.near_hop] += proposed
                tally[ACCEPTED.near_hop] += made
            else:
                tally[ATTEMPTS.far_hop] += to_empty
                tally[ACCEPTED.far_hop] += made
        for _ in range(trials[3]):
            v = high_below(next_word(s), n_wells)
            j, bit = v // LANES, np.int64(1) << v % LANES
            fill = uniform(s) * (1.0 + np.exp(beta * np.float64(phi[v]))) < 1.0
            if fill == (filled[j] & bit != 0):
                continue
            sign = 1 if fill else -1
            gain += sign * phi[v]
            add(phi, pair, tables.rows, source, shifts, k, v, sign)
            filled[j] ^= bit
            state.number[r] += sign
            tally[ACCEPTED.insert_remove] += 1
        tally[ATTEMPTS.insert_remove] += trials[3]
        state.doubled[r] += 2 * gain
        keep_rows(tables, state, r, box, filled, before)
    return n
