"""Carriers that have come and gone in visits and are not in the potential yet."""

import numpy as np

from mcsc.kernels._jit import kernel
from mcsc.kernels.block_tables import LANES, PENDING
from mcsc.kernels.octets import ROWS, add_listed, add_to_row, subtract_from_row, subtract_listed


@kernel(inline="always")
def shift_of(shape, box, p, to, q):
    """Where in ``pair`` the energies between box p of one list and box q of another begin."""
    dx = (to[q, 0] - box[p, 0] - shape[3] + 1) % shape[0]
    dy = (to[q, 1] - box[p, 1] - shape[4] + 1) % shape[1]
    dz = (to[q, 2] - box[p, 2] - LANES + 1) % shape[2]
    return dx * shape[5] + dy * shape[6] + dz


@kernel()
def add_pending(tables, pending, r, box, phi):
    """Add what is pending to the potential in two boxes."""
    pair, rows, shape = tables.pair, tables.rows, tables.shape
    n_rows = rows.shape[0]
    even = n_rows - n_rows % ROWS
    boxes, source, begin, between = (
        pending.box[r],
        pending.source[r],
        pending.first[r],
        pending.middle[r],
    )
    for e in range(pending.counts[r, 0]):
        first, middle, last = begin[e], between[e], begin[e + 1]
        for h in range(2):
            shift, t = shift_of(shape, boxes, e, box, h), h * n_rows * LANES
            for j in range(0, even, ROWS):
                if middle > first:
                    add_listed(phi, t, pair, rows, j, source, shift, first, middle)
                if last > middle:
                    subtract_listed(phi, t, pair, rows, j, source, shift, middle, last)
                t += ROWS * LANES
            for j in range(even, n_rows):
                add_to_row(phi, t, pair, rows, j, source, shift, first, middle)
                subtract_from_row(phi, t, pair, rows, j, source, shift, middle, last)
                t += LANES
    pending.counts[r, 2] += 2 * pending.counts[r, 1]


@kernel()
def is_full(pending, r, n_wells, budget):
    """Whether one more visit to n_wells wells may not fit in what is pending, or the budget."""
    used = pending.counts[r]
    if used[1] + 2 * n_wells > PENDING or used[0] + 2 > pending.box.shape[1]:
        return True
    return used[2] > budget


@kernel()
def end_entry(pending, r, box, h, begin):
    """List what came and went in box h of a visit, carriers from ``begin`` on, if there is any."""
    count = pending.counts[r]
    if count[1] > begin:
        for axis in range(3):
            pending.box[r, count[0], axis] = box[h, axis]
        count[0] += 1
        pending.first[r, count[0]] = count[1]


@kernel()
def net_changes(tables, state, r, box, content, before, places):
    """Write the wells of two boxes back, and what has changed in them to the pending list."""
    pending, held = state.scratch, state.held[r].reshape(-1)
    count, carrier, source = pending.counts[r], pending.carrier[r], pending.source[r]
    n_wells, k = content.shape[0] // 2, tables.shape[9]
    step = k // tables.shape[7]
    for h in range(2):
        begin, e = count[1], count[0]
        for coming in (True, False):
            for v in range(h * n_wells, (h + 1) * n_wells):
                if content[v] == before[v]:
                    continue
                held[places[v]] = content[v]
                now = content[v] if coming else before[v]
                if now >= 0:
                    a = tables.centre[v] - h * k + now * step
                    carrier[count[1]], source[count[1]] = a, tables.source[a]
                    count[1] += 1
            if coming:
                pending.middle[r, e] = count[1]
        end_entry(pending, r, box, h, begin)


@kernel()
def scatter(tables, pending, r, occupied):
    """Add the pending carriers of replica r, which are then pending no more, to (M, X, Y, Z)."""
    shape, count = tables.shape, pending.counts[r]
    bx, by = shape[3], shape[4]
    for e in range(count[0]):
        middle = pending.middle[r, e]
        for i in range(pending.first[r, e], pending.first[r, e + 1]):
            a = np.int64(pending.carrier[r, i])
            z = (pending.box[r, e, 2] + a % LANES) % shape[2]
            y = (pending.box[r, e, 1] + a // LANES % by) % shape[1]
            x = (pending.box[r, e, 0] + a // LANES // by % bx) % shape[0]
            occupied[a // LANES // by // bx, x, y, z] += 1.0 if i < middle else -1.0
    count[:] = 0


@kernel()
def absorb(potential, change):
    """potential (M, X, Y, Z) += change (M, X, Y, ≥ Z) rounded.

    Returns how far that was from whole numbers at most.
    """
    most = 0.0
    for m in range(potential.shape[0]):
        for x in range(potential.shape[1]):
            for y in range(potential.shape[2]):
                row, found = potential[m, x, y], change[m, x, y]
                for z in range(row.shape[0]):
                    nearest = np.rint(found[z])
                    most = max(most, abs(found[z] - nearest))
                    row[z] += np.int64(nearest)
    return most
