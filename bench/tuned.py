"""A tuned dense-matrix kernel: the strongest one known that keeps every pair of wells.

Half-filled wells of one state on a simple cubic lattice. Against the textbook kernel it has a
generator of three shifts, draws both carrier and hole from one word, looks the pair energy of a
proposal up in a table of displacements that stays in the cache, takes the exponential only of costs
that can pass, and lets the compiler reassociate the update, which reads two full matrix rows.
"""

import numba
import numpy as np
import textbook

SCALE = 1.0 / (1 << 53)


@numba.njit(inline="always")
def _step(word):
    word ^= word >> np.uint64(12)
    word ^= word << np.uint64(25)
    return word ^ (word >> np.uint64(27))


@numba.njit(fastmath=True)
def _update(phi, plus, minus):
    for k in range(phi.size):
        phi[k] += plus[k] - minus[k]


@numba.njit(fastmath=True)
def hops(pair, near, place, middle, phi, carriers, empty, beta, n, seed):
    """``n`` attempts to hop to any empty well: accepted ones and the generator's next word.

    Parameters
    ----------
    pair
        (W, W) pair energies.
    near, place, middle
        Pair energies by displacement, flat and padded to both signs; where each well stands in it;
        the middle of the table.
    phi
        (W,) potential at every well.
    """
    count, word = 0, seed
    multiplier = np.uint64(2685821657736338717)
    for _ in range(n):
        word = _step(word)
        bits = word * multiplier
        i = np.int64(((bits >> np.uint64(40)) * np.uint64(carriers.size)) >> np.uint64(24))
        low = (bits >> np.uint64(16)) & np.uint64(0xFFFFFF)
        j = np.int64((low * np.uint64(empty.size)) >> np.uint64(24))
        a, b = carriers[i], empty[j]
        cost = beta * (phi[b] - phi[a] - near[middle + place[b] - place[a]])
        if cost >= 17.0:
            continue
        word = _step(word)
        u = np.float64((word * multiplier) >> np.uint64(11)) * SCALE
        if cost <= 0.0 or u < np.exp(-cost):
            _update(phi, pair[b], pair[a])
            carriers[i], empty[j] = b, a
            count += 1
    return count, word


class Tuned:
    """The kernel on one model, with a start from carriers of another kernel."""

    def __init__(self, model):
        nx, ny, nz = model.lattice.size
        self.pair = textbook.dense_pairs(model)
        around = [np.arange(2 * n) - n for n in (nx, ny, nz)]
        wrapped = np.ix_(*(r % n for r, n in zip(around, (nx, ny, nz), strict=True)))
        self.near = np.ascontiguousarray(model.pair[0, 0][wrapped]).ravel()
        x, y, z = model.lattice.cells.T
        self.place = ((x * 2 * ny + y) * 2 * nz + z).astype(np.int32)
        self.middle = (nx * 2 * ny + ny) * 2 * nz + nz
        self.site = np.full(model.lattice.n_wells, model.site[0])
        self.word = np.uint64(88172645463325252)

    def start(self, carriers):
        """Take over the wells of the carriers."""
        self.carriers = carriers.astype(np.int32)
        self.empty = np.setdiff1d(np.arange(len(self.site)), carriers).astype(np.int32)
        self.phi = textbook.potential(self.pair, self.site, carriers)

    def run(self, beta, n):
        """Number of accepted proposals out of ``n``."""
        count, self.word = hops(
            self.pair, self.near, self.place, self.middle, self.phi, self.carriers, self.empty,
            beta, n, np.uint64(self.word),
        )  # fmt: skip
        return count

    @property
    def energy(self):
        """Energy now."""
        return 0.5 * (self.phi[self.carriers] + self.site[self.carriers]).sum()
