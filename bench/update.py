"""The update of the potential by an accepted move against the plain loop p[k] += a[k] − b[k].

The loop reads two rows that stay in the cache, of the integers that the tables hold ("bound"), or
of double precision; the update reads rows of random states out of the whole table.
"""

import numba
import numpy as np
from timing import Row, Rows, in_turns

from mcsc.kernels.potential import move_in_runs
from mcsc.kernels.tables import build_tables

# states of a cell and cells: simple cubic wells, octahedra of seven states, kagome cells of 3 x 7
CASES = [
    (1, (8, 8, 8)),
    (1, (12, 12, 12)),
    (1, (16, 16, 16)),
    (1, (16, 32, 32)),
    (7, (6, 6, 6)),
    (7, (13, 13, 13)),
    (21, (6, 6, 2)),
    (21, (12, 12, 2)),
    (21, (14, 14, 4)),
]


@numba.njit
def integers(p, a, b, quantum, n):
    """The loop on rows in fixed point, ``n`` times."""
    for _ in range(n):
        for k in range(p.size):
            p[k] += quantum * np.int32(a[k] - b[k])


@numba.njit
def doubles(p, a, b, n):
    """The loop on rows in double precision, ``n`` times."""
    for _ in range(n):
        for k in range(p.size):
            p[k] += a[k] - b[k]


@numba.njit
def updates(phi, tables, first, second, n):
    """``n`` moves from states ``first`` to ``second``, over and over."""
    pair, quantum = tables.pair, tables.quantum
    start, outer, shape = tables.start, tables.outer, tables.shape
    for t in range(n):
        i = t % first.size
        move_in_runs(phi, pair, quantum, start, outer, shape, first[i], second[i])


def cases(repeats) -> Rows:
    """Rows of the table."""
    rng = np.random.default_rng(0)
    for m, size in CASES:
        cells = int(np.prod(size))
        pair, near = rng.normal(size=(m, m, *size)), np.full((cells, 1), -1, np.int32)
        t = build_tables(pair, np.zeros((m, *size)), (m,), near)
        phi, rows = np.zeros(m * cells), rng.normal(size=(2, m * cells))
        whole = np.rint(rows / t.quantum / 8).astype(np.int32)
        first, second = rng.integers(0, m * cells, (2, 4096))
        ours, *plain = in_turns(
            [
                lambda n: updates(phi, t, first, second, n),  # noqa: B023
                lambda n: integers(phi, *whole, t.quantum, n),  # noqa: B023
                lambda n: doubles(phi, *rows, n),  # noqa: B023
            ],
            repeats,
        )
        case, note = f"update of {m * cells} states, {m} a cell", f"{t.pair.nbytes / 1e6:.1f} MB"
        for against, cost in zip(("bound", "in doubles"), plain, strict=True):
            yield Row(case, ours, "ns", cost, against, note)
