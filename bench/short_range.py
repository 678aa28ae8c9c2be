"""Nearest-neighbour lattice gas, which is the Ising model, against what else there is for it.

Carriers on a simple cubic lattice repel their nearest neighbours with U = 4 J, at half filling
(μ = 3 U) and k_B T = 4.5 J, just below the transition. mcsc samples a ladder of 16 replicas, all at
this temperature; an attempt is one well drawn anew in one replica. The others sample one lattice by
Metropolis: a plain numba kernel, random site by random site, and mcising, site after site.

At a fixed number of carriers, where a proposal is a carrier and an empty well, anywhere: mcsc on
one replica, against the same in a plain numba kernel that adds up the neighbours of both.
"""

import sys

import numba
import numpy as np
from peers import installed
from timing import Row, Rows, in_turns

from mcsc.chain import Sampling, Task
from mcsc.chain.run import kernel_tables
from mcsc.chain.sampler import sampler
from mcsc.chain.start import random_state
from mcsc.kernels import ladder
from mcsc.kernels.moves import far_hops
from mcsc.model import Interactions, ShortRangeTerm
from mcsc.structure import textbook

TEMPERATURE, REPULSION, REPLICAS = 4.5, 4.0, 16
SIZES = (16, 32)
# for the mean energies: sweeps before, bins, sweeps of a bin
WARMUP, BINS, BIN_SWEEPS = 1000, 20, 1000


def task(size, chemical_potential=None):
    """Half-filled wells whose nearest neighbours repel each other."""
    term = ShortRangeTerm(("site", "site"), REPULSION, shell=1)
    return Task(
        textbook("cubic"), (size,) * 3, size**3 // 2, tuple(np.linspace(4.5, 6.0, REPLICAS)),
        Interactions(coulomb=False, short_range=(term,)),
        sampling=Sampling(), chemical_potential=chemical_potential,
    )  # fmt: skip


class Mcsc:
    """A ladder as a chain runs it, without exchange."""

    def __init__(self, size):
        chain = task(size, 3 * REPULSION)
        model = chain.ensemble.sampled(chain.build())
        tables, _ = kernel_tables(model)
        self.sampler, self.state = sampler(chain, model, tables), random_state(chain, tables)
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


class Hopping:
    """Far hops of mcsc in one replica."""

    def __init__(self, size):
        chain = task(size)
        self.tables, _ = kernel_tables(chain.build())
        self.state, self.n_wells = random_state(chain, self.tables), size**3
        ladder.recompute(self.tables, self.state)

    def sweeps(self, n):
        """Proposals n · wells."""
        far_hops(self.tables, self.state, 0, 1 / TEMPERATURE, n * self.n_wells)

    def energies(self):
        """Energy a well."""
        return self.state.energy[:1] / self.n_wells


@numba.njit
def hops(near, filled, carriers, empty, beta, u, proposals):
    """Proposals of a carrier and an empty well, on the sites of a table of neighbours."""
    for _ in range(proposals):
        i, j = np.random.randint(carriers.size), np.random.randint(empty.size)  # noqa: NPY002
        a, b, around = carriers[i], empty[j], 0
        for k in range(near.shape[1]):
            around += filled[near[b, k]] - filled[near[a, k]] - (near[b, k] == a)
        if around <= 0 or np.random.random() < np.exp(-beta * u * around):  # noqa: NPY002
            filled[a], filled[b], carriers[i], empty[j] = 0, 1, b, a


class PlainHopping:
    """The plain kernel at a fixed number of carriers."""

    def __init__(self, size):
        sites = np.arange(size**3).reshape((size,) * 3)
        rolled = [np.roll(sites, step, axis).ravel() for axis in range(3) for step in (1, -1)]
        self.near, self.filled = np.stack(rolled, axis=1), np.zeros(size**3, np.int64)
        self.carriers, self.empty = np.random.default_rng(1).permutation(size**3).reshape(2, -1)
        self.filled[self.carriers] = 1

    def sweeps(self, n):
        """Proposals n · wells."""
        lists = self.near, self.filled, self.carriers, self.empty
        hops(*lists, 1 / TEMPERATURE, REPULSION, n * self.filled.size)

    def energy(self):
        """Energy a well."""
        return REPULSION / 2 * self.filled[self.near[self.carriers]].sum() / self.filled.size


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


def agreement(ours, plain, size):
    """A note on the mean energies, of the smaller lattice."""
    if size != SIZES[0]:
        return ""
    z = deviation(ours, plain)
    if abs(z) > 4:
        sys.exit(f"lattice gas, {size}³: mean energies differ by {z:.1f} standard errors")
    return f"energies agree to {abs(z):.1f} sigma"


def cases(repeats: int) -> Rows:
    """Nanoseconds an attempt."""
    for size in SIZES:
        ours, plain = Mcsc(size), Textbook(size)
        functions, names = [ours.sweeps, plain.sweeps], ["textbook"]
        note = agreement(ours, plain, size)
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
    for size in SIZES:
        ours, plain = Hopping(size), PlainHopping(size)
        note = agreement(ours, plain, size)
        mine, other = (t / size**3 for t in in_turns([ours.sweeps, plain.sweeps], repeats))
        yield Row(f"lattice gas {size}³, half filled, hop", mine, "ns", other, "textbook", note)
