"""Lowest energy that is reached in a given CPU time at fillings where carriers freeze into a glass.

Ladders of 16 temperatures with the usual mix of moves and with rows that shift, pairs that
hop or both, and population
annealing of 96 replicas with the usual mix, each from many seeds. ``value`` is the number of seeds
that reach the lowest energy any of them found (to 1e-6 a carrier), ``reference`` that of the
ladder with the usual mix.

    python bench/reach.py [--json] [--seconds S] [--seeds N] [CASE ...]
"""

import argparse
import json
import os
import sys
import time

os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")
os.environ["NUMBA_NUM_THREADS"] = "1"

import numpy as np

from mcsc.chain import Sampling, Task
from mcsc.chain.mix import move_mix
from mcsc.chain.run import kernel_tables
from mcsc.chain.start import random_state
from mcsc.kernels import ladder
from mcsc.structure import textbook
from mcsc.units import REDUCED

# structure, size, carriers, hottest and coldest temperature of the ladder
CASES = {
    "triangular 1/2": (textbook("triangular", 3.0), (12, 12, 1), 72, 0.13, 0.012),
    "kagome x = 1.5": (textbook("kagome-wells", 1.69), (6, 6, 2), 108, 0.13, 0.012),
    "square 1/3": (textbook("square", 3.0), (12, 12, 1), 48, 0.11, 0.012),
}
RUNGS, POPULATION, STAGES = 16, 96, 40
USUAL = "ladder, usual mix"
METHODS = {
    USUAL: (),
    "ladder, row shifts every 3": (("row_shift", 1 / 3),),
    "ladder, pair hops": (("pair_hop", 1.0),),
    "ladder, both": (("row_shift", 1 / 3), ("pair_hop", 1.0)),
    "population annealing": None,
}


def prepared(case, n_replicas, rates, seed):
    """Tables, random start and mix of moves of a case, and its ends of temperature."""
    structure, size, n, hot, cold = CASES[case]
    ladder_of = tuple(np.geomspace(cold, hot, n_replicas).tolist())
    task = Task(structure, size, n, ladder_of, units=REDUCED, seed=seed,
                sampling=Sampling(moves=rates))  # fmt: skip
    tables, _ = kernel_tables(task.build())
    state = random_state(task, tables)
    ladder.recompute(tables, state)
    return tables, state, move_mix(task, tables), np.array(ladder_of)


def exchanged(case, rates, seconds, seed):
    """Lowest energy a carrier that a ladder with replica exchange comes across."""
    tables, state, mix, temperatures = prepared(case, RUNGS, rates, seed)
    carriers = np.empty((20, RUNGS, state.carriers.shape[1]), np.int32)
    energies = np.empty((20, RUNGS))
    best, rounds, end = np.inf, 0, time.process_time() + seconds
    while time.process_time() < end:
        ladder.run(tables, state, 1 / temperatures, mix, 5, rounds, 1, carriers, energies)
        best, rounds = min(best, energies.min()), rounds + 20
    return best / state.carriers.shape[1]


def resampled(case, seconds, seed):
    """Lowest energy a carrier at the end of population annealing.

    References
    ----------
    K. Hukushima and Y. Iba, AIP Conf. Proc. 690, 200 (2003), doi:10.1063/1.1632130.
    """
    tables, state, mix, temperatures = prepared(case, POPULATION, (), seed)
    rng, before = np.random.default_rng(seed), 0.0
    for beta in 1 / np.geomspace(temperatures[-1], temperatures[0], STAGES):
        weights = np.exp((before - beta) * (state.energy - state.energy.min()))
        marks = (rng.random() + np.arange(POPULATION)) / POPULATION
        chosen = np.searchsorted(np.cumsum(weights) / weights.sum(), marks)
        for name in ("carriers", "empty", "slot", "potential", "energy"):
            array = getattr(state, name)
            array[:] = array[np.minimum(chosen, POPULATION - 1)]
        before, end = beta, time.process_time() + seconds / STAGES
        while time.process_time() < end:
            ladder.anneal(tables, state, np.full(POPULATION, beta), mix, 2)
        ladder.recompute(tables, state)
    return state.energy.min() / state.carriers.shape[1]


def main():
    """Print the table."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("cases", nargs="*", metavar="CASE", help=f"of: {'; '.join(CASES)} (all)")
    parser.add_argument("--json", action="store_true", help="one JSON object a line")
    parser.add_argument("--seconds", type=float, default=1.5, help="CPU time of a seed (1.5)")
    parser.add_argument("--seeds", type=int, default=10, help="seeds of each method (10)")
    options = parser.parse_args()
    for case in options.cases:
        if case not in CASES:
            parser.error(f"no case {case!r}: there are {'; '.join(CASES)}")
    for case in options.cases or CASES:
        exchanged(case, (), 0.0, 0)
        found = {}
        for method, rates in METHODS.items():
            print(f"{case}, {method} ...", file=sys.stderr, flush=True)
            one = resampled if rates is None else exchanged
            arguments = (case,) if rates is None else (case, rates)
            found[method] = np.array(
                [one(*arguments, options.seconds, seed) for seed in range(options.seeds)]
            )
        lowest = min(energies.min() for energies in found.values())
        reached = {method: int((e < lowest + 1e-6).sum()) for method, e in found.items()}
        for method, energies in found.items():
            row = {
                "case": f"{case}, {method}", "value": reached[method], "unit": "1",
                "reference": reached[USUAL], "ratio": reached[method] / max(1, reached[USUAL]),
                "seeds": options.seeds, "lowest": lowest, "mean": energies.mean(),
            }  # fmt: skip
            if options.json:
                print(json.dumps(row), flush=True)
            else:
                print(f"{row['case']:44}{reached[method]:4} of {options.seeds} seeds reach "
                      f"{lowest:.5f}; mean {energies.mean():.5f}", flush=True)  # fmt: skip


if __name__ == "__main__":
    main()
