"""Effective samples a second of CPU time: what each move is worth, and in which mix.

A ladder of temperatures is sampled with the usual mix of moves and with others; what is timed are
the sweeps and the replica exchange, on one thread. For a temperature near T_charge and one below it
(and, where wells have displaced states, one near the onset of a uniform displacement) the table
gives the effective samples n/(2 tau) of charge order and of mean displacement that one second of
the whole ladder yields. Runs of all mixes alternate; ``value`` is the median over the seeds,
``ratio`` the median of the ratios to the usual mix of the same seed. Sweeps between two
measurements are as many as in a default run, so that what decorrelates faster counts once.

    python bench/efficiency.py [--json] [--repeats N] [--measurements N] [CASE ...]
"""

import argparse
import json
import os
import statistics
import sys
import time
from dataclasses import dataclass, replace

os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")
os.environ["NUMBA_NUM_THREADS"] = "1"

import numpy as np

from mcsc.chain import Sampling, Task
from mcsc.chain.mix import move_mix
from mcsc.chain.run import kernel_tables
from mcsc.chain.start import annealing_betas, random_state
from mcsc.estimators.autocorrelation import autocorrelation_time
from mcsc.kernels import ladder
from mcsc.kernels.move_table import MOVES, TABLE, Kind
from mcsc.observables import build_probe, measure
from mcsc.structure import textbook, with_states

INTERVAL, BLOCK = 5, 256
KAGOME = textbook("kagome-wells", 1.69)
# as in runs/kagome-field.toml
DISPLACED = replace(
    KAGOME, wells=tuple(with_states(well, "sixfold", 0.05, 0.01) for well in KAGOME.wells)
)

USUAL = "usual"
# for each mix the proposals a sweep and carrier of moves of one carrier, and the factors by which
# it changes the usual rates of collective ones
HOPS = {
    "near hops x 2": {"near_hop": 2.0},
    "near hops / 2": {"near_hop": 0.5},
    "all once": {"far_hop": 1.0},
    "far hops x 2": {"far_hop": 0.5},
    "far hops / 2": {"far_hop": 0.125},
}
SHIFTS = {"no layer shifts": {"layer_shift": 0.0}, "layer shifts x 4": {"layer_shift": 4.0}}
STATES = {
    "all once": {"far_hop": 1.0, "change_of_state": 1.0},
    "changes of state x 2": {"change_of_state": 0.25},
    "changes of state / 2": {"change_of_state": 0.0625},
    "far hops x 4": {"far_hop": 1.0},
    "near hops x 2": {"near_hop": 2.0},
    "no rigid turns": {"rigid_turn": 0.0},
}


@dataclass(frozen=True)
class Case:
    """A ladder, the temperatures at which it is judged, and the mixes that are tried."""

    task: Task
    temperatures: tuple[float, ...]
    mixes: dict[str, dict[str, float]]


def ladder_task(structure, size, n_carriers, hot, cold, n, field=0.0):
    """A task in reduced units on a geometric ladder."""
    temperatures = tuple(float(f"{t:.6g}") for t in np.geomspace(cold, hot, n))
    return Task(structure, size, n_carriers, temperatures, field=field)


CASES = {
    "kagome x = 1": Case(
        ladder_task(KAGOME, (6, 6, 2), 72, 0.175, 0.105, 10), (0.148, 0.124), {**HOPS, **SHIFTS}
    ),
    "kagome x = 1.5": Case(
        ladder_task(KAGOME, (6, 6, 2), 108, 0.12, 0.05, 10), (0.073, 0.055), {**HOPS, **SHIFTS}
    ),
    "kagome x = 2": Case(
        ladder_task(KAGOME, (6, 6, 2), 144, 0.175, 0.105, 10), (0.148, 0.124), {**HOPS, **SHIFTS}
    ),
    "cubic 1/2": Case(
        ladder_task(textbook("cubic"), (8, 8, 8), 256, 0.15, 0.105, 10), (0.127, 0.117), HOPS
    ),
    "kagome x = 1, displaced": Case(
        ladder_task(DISPLACED, (6, 6, 1), 36, 0.18, 0.1, 8, 0.5), (0.15, 0.118), STATES
    ),
    # down to T_collective, and hot enough at the other end to order at all
    "kagome x = 1, displaced, down to T_collective": Case(
        ladder_task(DISPLACED, (6, 6, 1), 36, 0.18, 0.006, 24, 0.5), (0.15, 0.118, 0.0125), STATES
    ),
    "kagome x = 1.5, displaced": Case(
        ladder_task(DISPLACED, (6, 6, 1), 54, 0.12, 0.04, 10, 0.5), (0.06, 0.045), STATES
    ),
    "kagome x = 2, displaced": Case(
        ladder_task(DISPLACED, (6, 6, 1), 72, 0.18, 0.1, 8, 0.5), (0.13, 0.11), STATES
    ),
}


def with_factors(task, factors):
    """The task with other rates of moves: those of one carrier, factors of collective ones."""
    usual = move_mix(task, kernel_tables(task.build())[0])
    rates = []
    for name, factor in factors.items():
        n = usual[MOVES.index(name)]
        collective = TABLE[MOVES.index(name)].kind is Kind.COLLECTIVE
        rates.append((name, min(1.0, factor / n) if collective else factor))
    return replace(task, sampling=Sampling(moves=tuple(rates)))


class Ladder:
    """A ladder in equilibrium, ready to be measured."""

    def __init__(self, task, watched, warmup):
        model = task.build()
        self.tables, numbers = kernel_tables(model)
        self.probe = build_probe(model, numbers, np.array(task.field_direction))
        self.mix, self.direction = move_mix(task, self.tables), np.array(task.field_direction)
        n = len(task.temperatures)
        self.shape = (n, task.n_carriers)
        self.watched = [int(np.abs(np.array(task.temperatures) - t).argmin()) for t in watched]
        self.state, self.rounds = random_state(task, self.tables), 0
        ladder.recompute(self.tables, self.state)
        for stage in range(n):
            betas = annealing_betas(task, stage)
            ladder.anneal(self.tables, self.state, betas, self.mix, -(-warmup // (2 * n)))
        self.betas = annealing_betas(task, n - 1)
        self.block(warmup // (2 * INTERVAL), 1)

    def block(self, n, rounds=1):
        """``n`` measurements: carriers at the watched temperatures, and the CPU time they took."""
        carriers, energies = np.empty((n, *self.shape), np.int32), np.empty((n, self.shape[0]))
        start = time.process_time()
        ladder.run(
            self.tables, self.state, self.betas, self.mix, INTERVAL, self.rounds, rounds,
            carriers, energies,
        )  # fmt: skip
        used = time.process_time() - start
        self.rounds += n * rounds
        ladder.recompute(self.tables, self.state)
        return np.ascontiguousarray(carriers[:, self.watched]), used

    def effective(self, measurements):
        """Effective samples a second of charge order and displacement, (watched,) each."""
        used, order, displacement = 0.0, [], []
        for _ in range(measurements // BLOCK):
            # two exchange rounds between measurements, the ten sweeps of a default run
            carriers, seconds = self.block(BLOCK, 2)
            used += seconds
            measured = measure(self.probe, carriers)
            order.append(measured["order_squared"].astype(np.float32))
            displacement.append(measured["displacement"] @ self.direction)
        squared = np.concatenate(order)
        leading = squared.mean(axis=(0, 1, 2)).argmax()
        series = {
            "charge order": np.round(np.sqrt(squared[..., leading]).mean(axis=2), 6),
            "displacement": np.round(np.concatenate(displacement), 9),
        }
        # independent samples, at most all of them
        return {
            name: len(values) / np.maximum(1.0, 2 * autocorrelation_time(values)) / used
            for name, values in series.items()
        }


def rows(name, case, repeats, measurements):
    """Rows of one case: mix, quantity, temperature, value, reference, ratio."""
    mixes = {USUAL: {}, **case.mixes}
    found = {mix: [] for mix in mixes}
    for seed in range(repeats):
        for mix, factors in mixes.items():
            task = replace(with_factors(case.task, factors), seed=seed)
            chain = Ladder(task, case.temperatures, measurements)
            found[mix].append(chain.effective(measurements))
    for mix in mixes:
        for quantity in found[mix][0]:
            for i, temperature in enumerate(case.temperatures):
                values = [run[quantity][i] for run in found[mix]]
                usual = [run[quantity][i] for run in found[USUAL]]
                # a series that never changes has no effective samples
                if np.isnan(values).any() or np.isnan(usual).any():
                    continue
                ratio = statistics.median(v / u for v, u in zip(values, usual, strict=True))
                label = f"{name}, T = {temperature:g}, {quantity}: {mix}"
                yield label, statistics.median(values), statistics.median(usual), ratio


def main():
    """Print the table."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("cases", nargs="*", metavar="CASE", help=f"of: {'; '.join(CASES)} (all)")
    parser.add_argument("--json", action="store_true", help="one JSON object a line")
    parser.add_argument("--repeats", type=int, default=5, help="seeds (5)")
    parser.add_argument("--measurements", type=int, default=2048, help="a seed, 10 sweeps apart")
    options = parser.parse_args()
    for case in options.cases:
        if case not in CASES:
            parser.error(f"no case {case!r}: there are {'; '.join(CASES)}")
    if options.repeats < 5:
        parser.error(f"--repeats {options.repeats}: give at least 5")
    if options.measurements < BLOCK:
        parser.error(f"--measurements {options.measurements}: give at least {BLOCK}")
    if not options.json:
        print(f"{'effective samples a CPU second':76}{'value':>10}{'usual':>10}{'ratio':>8}")
    for name in options.cases or CASES:
        print(f"{name} ...", file=sys.stderr, flush=True)
        for label, value, usual, ratio in rows(
            name, CASES[name], options.repeats, options.measurements
        ):
            if options.json:
                row = {"case": label, "value": value, "unit": "s-1", "reference": usual}
                print(json.dumps({**row, "ratio": ratio}), flush=True)
            else:
                print(f"{label:76}{value:10.1f}{usual:10.1f}{ratio:8.2f}", flush=True)


if __name__ == "__main__":
    main()
