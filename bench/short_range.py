"""Nearest-neighbour lattice gas, which is the Ising model, against what else there is for it.

Carriers on a simple cubic lattice repel their nearest neighbours with U = 4 J, at half filling
(μ = 3 U) and k_B T = 4.5 J, just below the transition. mcsc samples a ladder of 16 replicas, all at
this temperature; an attempt is one well drawn anew in one replica. The others sample one lattice by
Metropolis: a plain numba kernel, random site by random site, and mcising, site after site.
"""

import sys

import numba
import numpy as np
from peers import installed
from timing import Row, Rows, in_turns

from mcsc.chain import Interactions, Sampling, Task
from mcsc.chain.grand_canonical import grand_model
from mcsc.chain.run import kernel_tables
from mcsc.chain.sampler import sampler
from mcsc.chain.start import random_state
from mcsc.interactions import ShortRangeTerm
from mcsc.structure import textbook
from mcsc.units import REDUCED

TEMPERATURE, REPULSION, REPLICAS = 4.5, 4.0, 16
SIZES = (16, 32)
# for the mean energies: sweeps before, bins, sweeps of a bin
WARMUP, BINS, BIN_SWEEPS = 1000, 20, 1000


class Mcsc:
    """A ladder as a chain runs it, without exchange."""

    def __init__(self, size):
        term = ShortRangeTerm(("site", "site"), REPULSION, shell=1)
        task = Task(
            textbook("cubic"), (size,) * 3, size**3 // 2, tuple(np.linspace(4.5, 6.0, REPLICAS)),
            Interactions(coulomb=False, short_range=(term,)), units=REDUCED,
            sampling=Sampling(), chemical_potential=3 * REPULSION,
        )  # fmt: skip
        model = grand_model(task, task.build())
        tables, _ = kernel_tables(model)
        self.sampler, self.state = sampler(task, model, tables), random_state(task, tables)
        self.betas, self.n_wells = np.full(REPLICAS, 1 / TEMPERATURE), size**3

    def sweeps(self, n):
        """Attempts n · wells · replicas."""
        self.sampler.anneal(self.state, self.betas, n)

    def energies(self):
        """Energy a site of the Ising model in units of J, of every replica."""
        return self.state.energy / self.n_wells + 3 * REPULSION / 4


@numba.njit
def metropolis(n, beta, u, mu, attempts):
    """Attempts to fill or empty a random site of the lattice ``n`` (L, L, L)."""
    size = n.shape[0]
    for _ in range(attempts):
        x, y, z = (np.random.randint(size), np.random.randint(size), np.random.randint(size))  # noqa: NPY002
        around = (
            n[(x + 1) % size, y, z] + n[x - 1, y, z] + n[x, (y + 1) % size, z]
            + n[x, y - 1, z] + n[x, y, (z + 1) % size] + n[x, y, z - 1]
        )  # fmt: skip
        change = (u * around - mu) * (1 - 2 * n[x, y, z])
        if change <= 0.0 or np.random.random() < np.exp(-beta * change):  # noqa: NPY002
            n[x, y, z] = 1 - n[x, y, z]


class Textbook:
    """The plain kernel on one lattice."""

    def __init__(self, size):
        self.n = np.random.default_rng(1).integers(0, 2, (size,) * 3)

    def sweeps(self, n):
        """Attempts n · wells."""
        metropolis(self.n, 1 / TEMPERATURE, REPULSION, 3 * REPULSION, n * self.n.size)

    def energy(self):
        """Energy a site in units of J."""
        s = 2 * self.n - 1
        return sum((s * np.roll(s, 1, axis=axis)).mean() for axis in range(3))


def deviation(ours, plain):
    """Mean energies of both kernels in standard errors from each other."""
    ours.sweeps(WARMUP)
    plain.sweeps(WARMUP)
    bins = np.zeros((2, BINS))
    for i in range(BINS):
        for _ in range(BIN_SWEEPS // 5):
            ours.sweeps(5)
            plain.sweeps(5)
            bins[:, i] += np.array([ours.energies().mean(), plain.energy()]) * 5 / BIN_SWEEPS
    error = bins.std(axis=1, ddof=1) / np.sqrt(BINS)
    return float((bins[0].mean() - bins[1].mean()) / np.hypot(*error))


def cases(repeats: int) -> Rows:
    """Nanoseconds an attempt."""
    for size in SIZES:
        ours, plain = Mcsc(size), Textbook(size)
        functions, names = [ours.sweeps, plain.sweeps], ["textbook"]
        note = ""
        if size == SIZES[0]:
            z = deviation(ours, plain)
            if abs(z) > 4:
                sys.exit(f"lattice gas, {size}³: mean energies differ by {z:.1f} standard errors")
            note = f"energies agree to {abs(z):.1f} sigma"
        if peer := installed("mcising"):
            from mcising import IsingSimulation

            ising = IsingSimulation(size, 1.0, 0.0, 0.0, 0.0, 1, "metropolis", "cubic")
            functions.append(lambda n, s=ising: s.sweep(n, temperature=TEMPERATURE))
            names.append(peer)
        mine, *others = (time / size**3 for time in in_turns(functions, repeats))
        mine /= REPLICAS
        case = f"lattice gas {size}³, 16 replicas, attempt"
        for name, other in zip(names, others, strict=True):
            yield Row(case, mine, "ns", other, name, note)
