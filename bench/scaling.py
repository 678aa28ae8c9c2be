"""Block visits against the carried potential as crystals grow: half-filled simple cubic wells.

- T = 0.13, near the ordering temperature 0.129, and T = 0.25, where a fifth of the hops is
  accepted, in e²/(4πε0 a k_B).
- Depth (proposals a well in the boxes of a visit, for one a sweep): that with the most independent
  samples of energy and order a second, by autocorrelation times at 16³ wells and sweeps at 100³.
- Exponents: slopes of log seconds a sweep over log wells, 16³ to 100³, timed in turns.
- An accepted move, the rejected ones before it included, with the same mix of hops at the same
  temperature in both kernels, which start from the same carriers.
- An independent sample takes a sweep times τ. Beyond 16³ wells both kernels would need hours to
  tell τ: there the ratio of times a sweep stands with the ratio of τ at 16³.
- Memory that is allocated at 10⁶ wells, model included, by four replicas that make visits.

One thread; about eight minutes and 2 GB.
"""

import gc
import time
import tracemalloc
from dataclasses import replace

import numba
import numpy as np
from timing import Row, Rows, in_turns

from mcsc.chain import Task
from mcsc.chain.block_visits import block_visits
from mcsc.chain.start import blank_state, place_as_in
from mcsc.estimators.autocorrelation import autocorrelation_time
from mcsc.kernels import ladder
from mcsc.kernels.move_table import ACCEPTED, ATTEMPTS, Mix
from mcsc.kernels.tables import build_tables, inner_axes
from mcsc.structure import textbook

SIDES = (16, 32, 64, 100)
ORDER, HOT = 0.13, 0.25
DEPTHS = (1.0, 2.0, 4.0, 8.0, 16.0)
# sweeps from carriers at random: at 16³ wells more than a hundred τ, at 10⁶ so many that the
# acceptance stands still
WARMUP = {16: 3000, 32: 300, 64: 60, 100: 20}
# sweeps over which τ is counted, of each depth and of the kernel that it is compared with, and
# between two measurements
SWEEPS, LONG, BETWEEN = 20_000, 80_000, 10


def half_filled(side, *temperatures):
    """Task of one carrier in every second well."""
    return Task(textbook("cubic"), (side,) * 3, side**3 // 2, temperatures)


class Blocks:
    """Block visits of one replica."""

    def __init__(self, side, temperature, depth):
        self.task = half_filled(side, temperature)
        self.model = self.task.build()
        self.visits = replace(block_visits(self.task, self.model), depth=depth)
        self.state = self.visits.start(self.task)
        self.visits.recompute(self.state)
        self.betas = np.array([1.0 / temperature])
        # everywhere alike, not region by region
        self.visits.anneal(self.state, self.betas, WARMUP[side])

    def deeper(self, depth):
        """The same carriers with visits of another depth."""
        self.visits = replace(self.visits, depth=depth)
        return self

    def run(self, sweeps):
        """Sweep."""
        self.visits.run(self.state, self.betas, sweeps, 0, 1, 1)

    @property
    def tally(self):
        """Attempts and accepted moves so far."""
        return self.state.tally[0]

    @property
    def sublattice(self):
        """Carriers on one of the two sublattices less those on the other."""
        held = self.state.held[0, 0] >= 0
        return int(held[_even(held.shape)].sum()) * 2 - int(held.sum())


class Carried:
    """Today's kernel of smaller crystals, from the carriers of block visits."""

    def __init__(self, blocks):
        model, side = blocks.model, blocks.task.size[0]
        index = np.arange(side**3, dtype=np.int32).reshape(side, side, side)
        near = np.stack([np.roll(index, d, a).ravel() for a in range(3) for d in (-1, 1)], axis=1)
        axes = inner_axes(1, blocks.task.size)
        self.tables = build_tables(model.pair, model.site_energies, (1,), near, axes)
        self.state = blank_state(blocks.task, self.tables, 1)
        held = np.where(blocks.state.held[0].reshape(1, -1) >= 0, 0, -1)
        place_as_in(self.tables, self.state, held)
        # by the transforms: adding up all carriers would take minutes
        blocks.visits.rebuild(blocks.state)
        whole = blocks.state.potential[0].reshape(-1) * blocks.visits.tables.quantum
        self.state.potential[0][self.tables.first] = whole
        self.state.energy[0] = blocks.state.energy[0]
        self.betas, n = blocks.betas, blocks.task.n_carriers
        self.mix = Mix(near_hop=n, far_hop=n // 4)
        self.even = _even(blocks.task.size).ravel()

    def run(self, sweeps):
        """Sweep."""
        ladder.anneal(self.tables, self.state, self.betas, self.mix, sweeps)

    def part(self, proposals):
        """So many proposals, with the mix of a sweep."""
        mix = Mix(near_hop=4, far_hop=1)
        ladder.anneal(self.tables, self.state, self.betas, mix, max(1, proposals // 5))

    @property
    def tally(self):
        """Attempts and accepted moves so far."""
        return self.state.tally[0]

    @property
    def sublattice(self):
        """See :class:`Blocks`."""
        on = self.even[self.tables.well[self.state.carriers[0]]]
        return int(on.sum()) * 2 - len(on)


def _even(size):
    return np.indices(size).sum(axis=0) % 2 == 0


def correlated(kernel, sweeps):
    """τ of energy and of order squared in sweeps, and their means a well and their errors."""
    found = np.empty((sweeps // BETWEEN, 2))
    for row in found:
        kernel.run(BETWEEN)
        row[:] = kernel.state.energy[0], kernel.sublattice**2
    tau = autocorrelation_time(found) * BETWEEN
    error = found.std(axis=0) * np.sqrt(2 * tau / sweeps)
    return tau, found.mean(axis=0), error


def accepted_share(kernel, function, n):
    """Accepted moves of a unit of work, and the share of proposals."""
    before = kernel.tally.copy()
    function(n)
    made = kernel.tally - before
    moves = made[[ACCEPTED.near_hop, ACCEPTED.far_hop]].sum()
    return moves / n, moves / made[[ATTEMPTS.near_hop, ATTEMPTS.far_hop]].sum()


def slope(times):
    """Exponent of seconds over wells."""
    return float(np.polyfit(np.log([side**3 for side in SIDES]), np.log(times), 1)[0])


def cases(repeats) -> Rows:
    """Rows of the table."""
    numba.set_num_threads(1)
    blocks = {side: Blocks(side, ORDER, 4.0) for side in SIDES}
    taus = {d: correlated(blocks[16].deeper(d), SWEEPS)[0] for d in DEPTHS}
    times = {}
    for depth in DEPTHS:
        kernels = [blocks[side].deeper(depth) for side in SIDES]
        times[depth] = in_turns([k.run for k in kernels], max(3, repeats // 3), 0.4)
    # of energy and order both, which are as slow as each other in no depth
    worth = {d: times[d][-1] * float(np.sqrt(taus[d].prod())) for d in DEPTHS}
    best = min(DEPTHS, key=lambda d: worth[d])
    note = "depth, ns a sweep at 16³ and 100³, τ of E and m²: " + "; ".join(
        f"{d:g}, {times[d][0]:.3g}, {times[d][-1]:.3g}, {taus[d][0]:.0f}, {taus[d][1]:.0f}"
        for d in DEPTHS
    )
    yield Row("T = 0.13: exponent near order", slope(times[best]), "", 2.0, "carried", note)
    hot = {side: Blocks(side, HOT, 2.0) for side in SIDES}
    for depth in (1.0, 4.0):
        kernels = [hot[side].deeper(depth) for side in SIDES]
        found = in_turns([k.run for k in kernels], max(3, repeats // 3), 0.4)
        case = f"T = 0.25: exponent hot, depth {depth:g}"
        yield Row(case, slope(found), "", 2.0, "carried", f"ns a sweep at 100³ {found[-1]:.3g}")
    yield from _independent(blocks[16].deeper(4.0), repeats)
    for side in SIDES[2:]:
        for kernel in (blocks.pop(side).deeper(best), hot.pop(side).deeper(4.0)):
            yield from _move(kernel, side, repeats)
            del kernel
            gc.collect()
    del kernels
    yield _memory()


def _independent(kernel, repeats) -> Rows:
    """An independent sample at 16³ wells, in both kernels."""
    today = Carried(kernel)
    both = (kernel, today)
    costs = in_turns([k.run for k in both], repeats)
    (tau, mean, error), (other, their_mean, their_error) = (correlated(k, LONG) for k in both)
    z = (mean - their_mean) / np.hypot(error, their_error)
    note = f"means agree to {abs(z[0]):.1f} and {abs(z[1]):.1f} sigma"
    for i, name in enumerate(("energy", "order squared")):
        case = f"16³ wells, T = 0.13: independent {name}"
        taus = f"τ {tau[i]:.0f} and {other[i]:.0f} sweeps, {note}"
        yield Row(case, costs[0] * tau[i] / 1e6, "ms", costs[1] * other[i] / 1e6, "carried", taus)
    yield Row("16³ wells, T = 0.13: sweep", costs[0] / 1e6, "ms", costs[1] / 1e6, "carried")


def _move(kernel, side, repeats) -> Rows:
    """An accepted move of a large crystal, in both kernels."""
    today = Carried(kernel)
    sweep, proposals = 1, 2000
    ours, share = accepted_share(kernel, kernel.run, sweep)
    theirs, their_share = accepted_share(today, today.part, proposals)
    costs = in_turns([kernel.run, lambda n: today.part(200 * n)], max(3, repeats // 3), 0.5)
    case = f"{side}³ wells, T = {1 / kernel.betas[0]:g}"
    note = (
        f"depth {kernel.visits.depth:g}, accepted {100 * share:.1f} and {100 * their_share:.1f} %"
    )
    moves = costs[0] / ours / 1e3, costs[1] / 200 / theirs / 1e3
    yield Row(f"{case}: accepted move", moves[0], "us", moves[1], "carried", note)
    a_sweep = costs[1] / 200 * 0.625 * side**3
    case = f"{case}: sweep, as independent samples for equal τ"
    yield Row(case, costs[0] / 1e9, "s", a_sweep / 1e9, "carried", "τ of both: see 16³ wells")


def _memory() -> Row:
    """Memory of four replicas at 10⁶ wells."""
    begun = time.process_time()
    tracemalloc.start()
    task = half_filled(100, *(0.2 + 0.01 * t for t in range(4)))
    visits = block_visits(task, task.build())
    built = time.process_time() - begun
    state = visits.start(task)
    visits.recompute(state)
    visits.run(state, 1.0 / np.array(task.temperatures), 1, 0, 1, 1)
    visits.rebuild(state)
    most = tracemalloc.get_traced_memory()[1] / 1e6
    tracemalloc.stop()
    note = f"built in {built:.1f} s; carried energies and potentials are those rebuilt"
    return Row("100³ wells, 4 replicas: memory", most, "MB", 148.0, "100 + 4 · 12", note)
