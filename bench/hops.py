"""Carriers that hop to any empty well of a half-filled simple cubic lattice, against other kernels.

- 512 wells with the centre only (S = 1) and with six displaced states (S = 7), at temperatures
  tuned to about 1 % and 20 % acceptance, against the textbook kernel. The costs of a rejected
  proposal and of an accepted move follow from the two acceptances a, as
  cost = (1 − a) rejected + a accepted.
- 8³ and 12³ wells at T = 0.1 (ordered) and 0.25 (not), in e²/(4πε0 a k_B), against the tuned
  dense-matrix kernel, the textbook kernel and smol where it is installed.

All kernels of a case start from the same carriers; their mean energies have to agree.
"""

import sys
from dataclasses import replace

import numpy as np
import textbook as plain
from peers import smol_kernel
from timing import Row, Rows, in_turns
from tuned import Tuned

from mcsc.chain import Task
from mcsc.chain.run import kernel_tables
from mcsc.chain.start import place_as_in, random_state
from mcsc.estimators.errors import fine_bins, jackknife
from mcsc.kernels import ladder
from mcsc.kernels.moves import far_hops
from mcsc.structure import textbook, with_states

DISPLACEMENT = 0.1
ACCEPTANCES = (0.20, 0.01)
TEMPERATURES = (0.25, 0.10)
# mean energies are compared over so many energies, so many proposals apart
ENERGIES, BETWEEN = 1000, 20_000


class Mcsc:
    """The kernel of mcsc on one replica."""

    def __init__(self, task):
        self.model = task.build()
        self.tables, _ = kernel_tables(self.model)
        self.state = random_state(task, self.tables)
        ladder.recompute(self.tables, self.state)

    def run(self, beta, n):
        """Number of accepted proposals out of ``n``."""
        return far_hops(self.tables, self.state, 0, beta, n)

    @property
    def energy(self):
        """Energy now."""
        return float(self.state.energy[0])

    @property
    def carriers(self):
        """Carriers as ``well * n_states + s``."""
        k = self.state.carriers[0]
        well = self.tables.well[k]
        return well * self.tables.states[0] + (k - self.tables.first[well]) // self.tables.shape[3]


class Textbook:
    """The plain kernel, with a start from carriers of the other."""

    def __init__(self, model):
        self.n_states = model.lattice.states_per_well[0]
        self.pair = plain.dense_pairs(model)
        self.site = np.tile(model.site, model.lattice.n_wells)
        plain.seed(1)

    def start(self, carriers):
        """Take over the carriers of the other kernel."""
        self.carriers = carriers.astype(np.int64)
        n_wells = len(self.site) // self.n_states
        self.empty = np.setdiff1d(np.arange(n_wells), carriers // self.n_states)
        self.phi = plain.potential(self.pair, self.site, self.carriers)
        self.energy = 0.5 * (self.phi[self.carriers] + self.site[self.carriers]).sum()

    def run(self, beta, n):
        """Number of accepted proposals out of ``n``."""
        change, count = plain.hops(
            self.pair, self.phi, self.carriers, self.empty, self.n_states, beta, n
        )
        self.energy += change
        return count


def half_filled(side, n_states):
    """Task: reduced units, vertices of the octahedron of nearest wells as displaced states."""
    structure = textbook("cubic")
    if n_states > 1:
        wells = tuple(with_states(w, "vertices", DISPLACEMENT) for w in structure.wells)
        structure = replace(structure, wells=wells)
    size = (side, side, side)
    return Task(structure, size, side**3 // 2, (1.0,))


def tuned(kernel, wanted, temperature):
    """Cool from ``temperature`` until the acceptance falls to ``wanted``; the temperature there."""
    n = 100 * len(kernel.carriers)
    while True:
        kernel.run(1 / temperature, 5 * n)
        acceptance = kernel.run(1 / temperature, 20 * n) / (20 * n)
        if acceptance <= 1.03 * wanted:
            return temperature
        temperature *= 0.97 if acceptance > 1.3 * wanted else 0.99


def equilibrate(kernel, temperature):
    """Warm the ordered wells up to ``temperature``: cooled ones keep walls between domains."""
    cells = kernel.model.lattice.cells
    snapshot = np.where(cells.sum(axis=1) % 2, -1, 0)[None]
    place_as_in(kernel.tables, kernel.state, snapshot)
    ladder.recompute(kernel.tables, kernel.state)
    kernel.run(1 / temperature, 2000 * len(kernel.carriers))


def agreement(kernels, beta, case):
    """How far apart the mean energies of the first two kernels are, in standard errors."""
    energies = np.empty((ENERGIES, 2))
    for now in energies:
        for i, kernel in enumerate(kernels[:2]):
            kernel.run(beta, BETWEEN)
            now[i] = kernel.energy
    # cold wells change slowly: uncorrelated, errors would be two to three times too small
    (one, two), (error, other) = jackknife(lambda mean: mean, fine_bins(energies), tau=None)
    z = abs(one - two) / (np.hypot(error, other) or 1.0)
    if z > 4:
        sys.exit(f"{case}: mean energies {one} and {two} differ by {z:.1f} standard errors")
    return f"energies agree to {z:.1f} sigma"


def timed(kernels, beta, repeats):
    """Nanoseconds a proposal of each kernel, and the acceptance of the first."""
    costs = in_turns([lambda n, k=k: k.run(beta, n) for k in kernels], repeats)
    n = 1_000_000
    return costs, kernels[0].run(beta, n) / n


def cases(repeats) -> Rows:
    """Rows of the table."""
    yield from _two_acceptances(repeats)
    for side in (8, 12):
        yield from _coulomb(side, repeats)


def _two_acceptances(repeats) -> Rows:
    for n_states in (1, 7):
        ours = Mcsc(half_filled(8, n_states))
        kernels, points, temperature = (ours, Textbook(ours.model)), [], 0.5
        name = f"512 wells, S = {n_states}"
        for wanted in ACCEPTANCES:
            temperature = tuned(ours, wanted, temperature)
            kernels[1].start(ours.carriers)
            note = f"T = {temperature:.4f}, " + agreement(kernels, 1 / temperature, name)
            cost, acceptance = timed(kernels, 1 / temperature, repeats)
            points.append((acceptance, cost))
            case = f"{name}: proposal, {100 * acceptance:.1f} % accepted"
            yield Row(case, cost[0], "ns", cost[1], "textbook", note)
        (high, fast), (low, slow) = points
        slopes = [(f - s) / (high - low) for f, s in zip(fast, slow, strict=True)]
        rejected = [s - low * slope for s, slope in zip(slow, slopes, strict=True)]
        yield Row(f"{name}: rejected proposal", rejected[0], "ns", rejected[1], "textbook")
        accepted = [r + slope for r, slope in zip(rejected, slopes, strict=True)]
        yield Row(f"{name}: accepted move", accepted[0], "ns", accepted[1], "textbook")


def _coulomb(side, repeats) -> Rows:
    ours = Mcsc(half_filled(side, 1))
    others = {"tuned": Tuned(ours.model), "textbook": Textbook(ours.model)}
    peer = smol_kernel(ours.model)
    for temperature in TEMPERATURES:
        equilibrate(ours, temperature)
        for kernel in others.values():
            kernel.start(ours.carriers)
        case, beta = f"Coulomb, {side}³ wells, T = {temperature:g}", 1 / temperature
        note = agreement((ours, others["tuned"]), beta, case)
        costs, acceptance = timed((ours, *others.values()), beta, repeats)
        note = f"{100 * acceptance:.2g} % accepted, {note}"
        for against, cost in zip(others, costs[1:], strict=True):
            yield Row(f"{case}: proposal", costs[0], "ns", cost, against, note)
        if peer is not None:
            peer.start(ours.carriers)
            functions = [lambda n: ours.run(beta, 1000 * n), lambda n: peer.run(beta, 100 * n)]  # noqa: B023
            ns, theirs = in_turns(functions, max(5, repeats // 3))
            yield Row(f"{case}: proposal", ns / 1000, "ns", theirs / 100, peer.name, note)
