"""Cost of one proposal and of one accepted move against a plain textbook kernel.

Both kernels hop carriers to any empty well of a half-filled simple cubic lattice of 512 wells, with
the centre only (S = 1) and with six displaced states (S = 7), at temperatures tuned to about 1 %
and 20 % acceptance. They are timed in turns on one thread; every number is a median. The costs of
a rejected proposal and of an accepted move follow from the two acceptances a, as
cost = (1 − a) rejected + a accepted. ``ratio`` is the time of the textbook kernel over mcsc's.

    python bench/run.py [--json] [--repeats N]
"""

import argparse
import json
import os
import statistics
import sys
import time
from dataclasses import replace

os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")

import numpy as np
import textbook as plain

from mcsc.chain.run import kernel_tables
from mcsc.kernels import ladder
from mcsc.kernels.moves import far_hops
from mcsc.kernels.rng import stream
from mcsc.kernels.tables import State, scratch_length
from mcsc.model import build_model
from mcsc.structure import textbook, with_states
from mcsc.units import REDUCED

SIZE, N_CARRIERS, DISPLACEMENT = (8, 8, 8), 256, 0.1
ACCEPTANCES = (0.01, 0.20)
BLOCK_SECONDS = 0.1
# mean energies are compared over this many bins of this many proposals
BINS, BIN_PROPOSALS = 20, 400_000


class Mcsc:
    """The kernel of mcsc on one replica."""

    def __init__(self, model, wells):
        self.tables, _ = kernel_tables(model)
        n_wells = model.lattice.n_wells
        slot = np.empty(n_wells, np.int32)
        slot[wells] = np.arange(N_CARRIERS)
        empty = np.setdiff1d(np.arange(n_wells), wells)
        slot[empty] = -1 - np.arange(len(empty))
        self.state = State(
            carriers=self.tables.first[wells][None].copy(),
            number=np.array([len(wells)], np.int32),
            empty=empty.astype(np.int32)[None],
            slot=slot[None],
            potential=np.zeros((1, len(self.tables.site))),
            energy=np.zeros(1),
            rng=np.stack([stream(0, [1], r) for r in range(2)]),
            rung=np.zeros(1, np.int32),
            replica=np.zeros(1, np.int32),
            tally=np.zeros((1, ladder.TALLY_COLUMNS), np.int64),
            scratch=np.zeros((1, scratch_length(self.tables))),
        )
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


def build(n_states):
    """The model: reduced units, vertices of the octahedron of nearest wells as displaced states."""
    structure = textbook("cubic")
    if n_states > 1:
        wells = tuple(with_states(w, "vertices", DISPLACEMENT) for w in structure.wells)
        structure = replace(structure, wells=wells)
    return build_model(structure, SIZE, units=REDUCED)


def tuned(kernel, wanted, temperature):
    """Cool from ``temperature`` until the acceptance falls to ``wanted``; the temperature there."""
    n = 100 * N_CARRIERS
    while True:
        kernel.run(1 / temperature, 5 * n)
        acceptance = kernel.run(1 / temperature, 20 * n) / (20 * n)
        if acceptance <= 1.03 * wanted:
            return temperature
        temperature *= 0.97 if acceptance > 1.3 * wanted else 0.99


def compared(kernels, beta):
    """Mean energy and standard error of both kernels, from bins taken in turns."""
    means = [[], []]
    for _ in range(BINS):
        for kernel, found in zip(kernels, means, strict=True):
            total = 0.0
            for _ in range(50):
                kernel.run(beta, BIN_PROPOSALS // 50)
                total += kernel.energy
            found.append(total / 50)
    return [(np.mean(m), np.std(m, ddof=1) / np.sqrt(BINS)) for m in means]


def timed(kernels, beta, repeats):
    """Median nanoseconds a proposal of both kernels, and the acceptance."""
    blocks = []
    for kernel in kernels:
        start = time.perf_counter()
        kernel.run(beta, 100_000)
        blocks.append(int(100_000 * BLOCK_SECONDS / (time.perf_counter() - start)) + 1)
    times, accepted, total = [[], []], 0, 0
    for _ in range(repeats):
        for kernel, block, found in zip(kernels, blocks, times, strict=True):
            start = time.perf_counter()
            accepted += kernel.run(beta, block)
            found.append((time.perf_counter() - start) / block * 1e9)
            total += block
    return [statistics.median(found) for found in times], accepted / total


def cases(repeats):
    """Rows of the table: case, mcsc and textbook in nanoseconds."""
    for n_states in (1, 7):
        model = build(n_states)
        wells = np.random.default_rng(0).permutation(model.lattice.n_wells)[:N_CARRIERS]
        kernels = Mcsc(model, np.sort(wells)), Textbook(model)
        points, temperature = [], 0.5
        for wanted in reversed(ACCEPTANCES):
            temperature = tuned(kernels[0], wanted, temperature)
            kernels[1].start(kernels[0].carriers)
            (one, error), (two, other_error) = compared(kernels, 1 / temperature)
            z = (one - two) / np.hypot(error, other_error)
            if abs(z) > 4:
                sys.exit(f"S = {n_states}, T = {temperature:.4f}: mean energies {one} and {two} "
                         f"differ by {z:.1f} standard errors")  # fmt: skip
            cost, acceptance = timed(kernels, 1 / temperature, repeats)
            points.append((acceptance, cost))
            name = f"S = {n_states}, proposal at {100 * acceptance:.1f} % acceptance"
            yield name, *cost, f"T = {temperature:.4f}, energies agree to {abs(z):.1f} sigma"
        (high, fast), (low, slow) = points
        slopes = [(f - s) / (high - low) for f, s in zip(fast, slow, strict=True)]
        rejected = [s - low * slope for s, slope in zip(slow, slopes, strict=True)]
        yield f"S = {n_states}, rejected proposal", *rejected, ""
        accepted = [r + slope for r, slope in zip(rejected, slopes, strict=True)]
        yield f"S = {n_states}, accepted move", *accepted, ""


def main():
    """Print the table."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--json", action="store_true", help="one JSON object a line")
    parser.add_argument("--repeats", type=int, default=15, help="timed blocks a number (15)")
    options = parser.parse_args()
    if options.repeats < 5:
        parser.error(f"--repeats {options.repeats}: give at least 5")
    if not options.json:
        print(f"{'512 wells, half filled':44}{'mcsc':>10}{'textbook':>11}{'ratio':>8}")
    for case, value, reference, note in cases(options.repeats):
        ratio = reference / value
        if options.json:
            row = {"case": case, "value": value, "unit": "ns", "reference": reference}
            print(json.dumps({**row, "ratio": ratio, "note": note}), flush=True)
        else:
            print(f"{case:44}{value:7.1f} ns{reference:8.1f} ns{ratio:8.2f}  {note}", flush=True)


if __name__ == "__main__":
    main()
