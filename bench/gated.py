"""Near hops of carriers between gates, against a step in Python.

A third of 12 × 12 triangular wells, gates 10 lattice constants apart: the model of M. Matty and
E.-A. Kim, arXiv:2112.08624, whose program is public (github.com/KimGroup/tmd_moire_monte_carlo).
Its step is written anew here: a
carrier drawn from those that NumPy finds, a free well among its twelve nearest, its energy before
and after by a sum over a table of distances from it. The tables of both are the same to 1e-10.

That step draws among the free wells only, whose number may differ before and after: it does not
sample quite the same distribution. For the time of a step it makes no difference.
"""

import sys

import numpy as np
from hops import Mcsc
from scipy.special import k0
from timing import Row, Rows, in_turns

from mcsc.chain import Task
from mcsc.kernels.moves import near_hops
from mcsc.model import Interactions
from mcsc.structure import slab, textbook

SIDE, DISTANCE = 12, 10.0
TEMPERATURES = (0.10, 0.07)
# steps of cell vectors at 120° to the six nearest wells and the six next ones
NEAR = [(1, 0), (1, 1), (0, 1), (-1, 0), (-1, -1), (0, -1)]
NEAR += [(2, 1), (1, 2), (-1, 1), (-2, -1), (-1, -2), (1, -1)]


class Python:
    """The step, on wells numbered by rows."""

    def __init__(self):
        x, y = np.divmod(np.arange(SIDE**2), SIDE)
        steps = np.arange(-10, 11) * SIDE
        across = (x[:, None, None] + steps[:, None]) - 0.5 * (y[:, None, None] + steps)
        r = np.hypot(across, np.sqrt(0.75) * (y[:, None, None] + steps))
        r[0, 10, 10] = np.inf
        odd = np.pi / DISTANCE * np.arange(1, 101, 2)
        self.energies = 4 / DISTANCE * sum(k0(k * r).sum(axis=(1, 2)) for k in odd)
        self.near = np.array([[(a + dx) % SIDE * SIDE + (b + dy) % SIDE for dx, dy in NEAR]
                              for a, b in zip(x, y, strict=True)])  # fmt: skip
        self.rng = np.random.RandomState(1)

    def start(self, carriers):
        """Take over the wells of the carriers."""
        self.full = np.zeros(SIDE**2, dtype=int)
        self.full[carriers] = 1

    def energy_at(self, well):
        """Of the carrier in a well with all others."""
        others = np.flatnonzero(self.full)
        x, y = (well // SIDE - others // SIDE) % SIDE, (well % SIDE - others % SIDE) % SIDE
        return np.sum(self.energies[x * SIDE + y])

    def run(self, beta, n):
        """Attempt ``n`` hops."""
        full, rng = self.full, self.rng
        for _ in range(n):
            well = rng.choice(np.flatnonzero(full))
            near = self.near[well]
            free = near[full[near] == 0]
            if not len(free):
                continue
            new = rng.choice(free)
            before = self.energy_at(well)
            full[well], full[new] = 0, 1
            change = self.energy_at(new) - before
            if change > 0 and rng.random_sample() >= np.exp(-beta * change):
                full[well], full[new] = 1, 0


def cases(repeats) -> Rows:
    """Rows of the table."""
    layer, among = slab(textbook("triangular"), "c"), Interactions(gate_distance=DISTANCE)
    ours, theirs = Mcsc(Task(layer, (SIDE, SIDE, 1), SIDE**2 // 3, (1.0,), among)), Python()
    off = np.abs(ours.model.pair[0, 0].ravel() - theirs.energies)[1:].max()
    if off > 1e-10:
        sys.exit(f"pair energies differ by {off:.1e}")
    for temperature in TEMPERATURES:
        beta = 1 / temperature
        near_hops(ours.tables, ours.state, 0, beta, 2_000_000)
        theirs.start(ours.carriers)
        functions = [
            lambda n: near_hops(ours.tables, ours.state, 0, beta, 1000 * n),  # noqa: B023
            lambda n: theirs.run(beta, n),  # noqa: B023
        ]
        ns, python = in_turns(functions, max(5, repeats // 3))
        accepted = near_hops(ours.tables, ours.state, 0, beta, 1_000_000) / 1e6
        case = f"gates, 12 × 12 wells at 1/3, T = {temperature:g}: near hop"
        note = f"{100 * accepted:.2g} % accepted"
        yield Row(case, ns / 1000, "ns", python, "NumPy step", note)
