"""Lowest energy that is reached in a given CPU time at fillings where carriers freeze into a glass.

Ladders of 16 temperatures with the usual mix of moves and without rows that shift, pairs that hop,
layers that are exchanged or all of these, four ladders of 8 temperatures that exchange in a bias as
well, population annealing of 96 replicas with the usual mix, and independent chains, annealed and
quenched as ``mcsc ground`` does, each from many seeds. ``value`` is the number of seeds that reach
the lowest energy any of them found (to 1e-6 a carrier), ``reference`` that of the ladder with the
usual mix.

The bias is a random energy of every well, of which the four ladders feel 0, 1/3, 2/3 and all; of
displaced wells also the field, of which they feel all, 2/3, 1/3 and none.

    python bench/reach.py [--json] [--seconds S] [--seeds N] [CASE ...]
"""

import argparse
import json
import os
import sys
import time
from functools import partial

os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")
os.environ["NUMBA_NUM_THREADS"] = "1"

import numpy as np
from efficiency import DISPLACED, KAGOME

from mcsc.chain import Sampling, Task
from mcsc.chain.mix import move_mix
from mcsc.chain.run import kernel_tables
from mcsc.chain.start import random_state
from mcsc.ground_states.chains import resample
from mcsc.kernels import descent, ladder
from mcsc.structure import textbook

# structure, size, carriers, hottest and coldest temperature of the ladder, field
CASES = {
    "triangular 1/2": (textbook("triangular", 3.0), (12, 12, 1), 72, 0.13, 0.012, 0.0),
    "kagome x = 1.5": (KAGOME, (6, 6, 2), 108, 0.11, 0.03, 0.0),
    "square 1/3": (textbook("square", 3.0), (12, 12, 1), 48, 0.11, 0.012, 0.0),
    "kagome x = 1.5, displaced": (DISPLACED, (6, 6, 1), 54, 0.12, 0.006, 0.5),
}
RUNGS, BIASES, POPULATION, CHAINS, STAGES = 16, 4, 96, 32, 40
RARE = "row_shift", "pair_hop", "layer_exchange"
USUAL, FIELD = "ladder, usual mix", "exchange in the field"


def prepared(case, n_replicas, rates, seed):
    """Tables, random start and mix of moves of a case, and its ends of temperature."""
    structure, size, n, hot, cold, field = CASES[case]
    ladder_of = tuple(np.geomspace(cold, hot, n_replicas).tolist())
    task = Task(structure, size, n, ladder_of, seed=seed,
                field=field, sampling=Sampling(moves=rates))  # fmt: skip
    tables, _ = kernel_tables(task.build())
    state = random_state(task, tables)
    ladder.recompute(tables, state)
    return tables, state, move_mix(task, tables), np.array(ladder_of)


def exchanged(case, seconds, seed, rates=()):
    """Lowest energy a carrier that a ladder with replica exchange comes across."""
    tables, state, mix, temperatures = prepared(case, RUNGS, rates, seed)
    carriers = np.empty((20, RUNGS, state.carriers.shape[1]), np.int32)
    energies = np.empty((20, RUNGS))
    best, rounds, end = np.inf, 0, time.process_time() + seconds
    while time.process_time() < end:
        ladder.run(tables, state, 1 / temperatures, mix, 5, rounds, 1, carriers, energies)
        best, rounds = min(best, energies.min()), rounds + 20
    return best / state.carriers.shape[1]


def biased(case, seconds, seed, bias):
    """Lowest energy a carrier where ladders exchange with neighbours that feel more of a bias."""
    parts = [prepared(case, RUNGS // 2, (), seed + 1000 * part) for part in range(BIASES)]
    plain, _, mix, temperatures = parts[0]
    states, betas = [part[1] for part in parts], 1 / temperatures
    step = bias_energies(case, bias, plain, seed) / (BIASES - 1)
    tables = [plain._replace(site=plain.site + part * step) for part in range(BIASES)]
    for one, state in zip(tables, states, strict=True):
        ladder.recompute(one, state)
    carriers = np.empty((1, RUNGS // 2, states[0].carriers.shape[1]), np.int32)
    energies, rng = np.empty((1, RUNGS // 2)), np.random.default_rng(seed)
    best, rounds, end = np.inf, 0, time.process_time() + seconds
    while time.process_time() < end:
        for one, state in zip(tables, states, strict=True):
            ladder.run(one, state, betas, mix, 5, 4 * rounds, 4, carriers, energies)
            best = min(best, energies.min()) if state is states[0] else best
        for part in range(rounds % 2, BIASES - 1, 2):
            exchange_in_bias(states[part], states[part + 1], step, betas, rng)
        rounds += 1
    return best / carriers.shape[2]


def bias_energies(case, bias, tables, seed):
    """(K,) energy of the whole bias: normal numbers for the wells, or what takes the field off."""
    if bias == "field":
        structure, size, n, _, _, _ = CASES[case]
        free = Task(structure, size, n, (0.1, 0.2))
        return kernel_tables(free.build())[0].site - tables.site
    wells = np.random.default_rng(seed).normal(size=len(tables.first))
    return bias * wells[tables.well]


def exchange_in_bias(less, more, step, betas, rng):
    """Exchange at each temperature; ``more`` feels one ``step`` of the bias more than ``less``."""
    for t, beta in enumerate(betas):
        p, q = less.replica[t], more.replica[t]
        felt = [step[one.carriers[r]].sum() for one, r in ((less, p), (more, q))]
        if np.log(rng.random()) >= beta * (felt[1] - felt[0]):
            continue
        for name in ("carriers", "empty", "slot", "potential", "energy"):
            mine, other = getattr(less, name), getattr(more, name)
            mine[p], other[q] = other[q].copy(), mine[p].copy()
        less.potential[p, : len(step)] -= step
        more.potential[q, : len(step)] += step
        less.energy[p] -= felt[1]
        more.energy[q] += felt[0]


def cooled(case, seconds, seed, chains, resampling):
    """Lowest energy a carrier of chains annealed together, the lowest of them quenched.

    With ``resampling`` they are dropped or copied at each stage by their Boltzmann weights,
    population annealing; without it they are independent.

    References
    ----------
    K. Hukushima and Y. Iba, AIP Conf. Proc. 690, 200 (2003), doi:10.1063/1.1632130.
    """
    tables, state, mix, temperatures = prepared(case, chains, (), seed)
    rng, before = np.random.default_rng(seed), 0.0
    for beta in 1 / np.geomspace(temperatures[-1], temperatures[0], STAGES):
        if resampling:
            resample(state, beta - before, [rng])
        before, end = beta, time.process_time() + seconds / STAGES
        while time.process_time() < end:
            ladder.anneal(tables, state, np.full(chains, beta), mix, 2)
        ladder.recompute(tables, state)
    for r in np.argsort(state.energy)[:4]:
        descent.descend(tables, state, r, 1e-12)
    return state.energy.min() / state.carriers.shape[1]


METHODS = {
    USUAL: exchanged,
    **{f"ladder, without {move}": partial(exchanged, rates=((move, 0.0),)) for move in RARE},
    "ladder, without any of these": partial(exchanged, rates=tuple((m, 0.0) for m in RARE)),
    "exchange in a bias of 0.02": partial(biased, bias=0.02),
    "exchange in a bias of 0.1": partial(biased, bias=0.1),
    FIELD: partial(biased, bias="field"),
    "population annealing": partial(cooled, chains=POPULATION, resampling=True),
    "independent chains": partial(cooled, chains=CHAINS, resampling=False),
}


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
        exchanged(case, 0.01, 0)  # compiles
        found = {}
        for method, lowest_of in METHODS.items():
            if method == FIELD and not CASES[case][-1]:
                continue
            print(f"{case}, {method} ...", file=sys.stderr, flush=True)
            seeds = range(options.seeds)
            found[method] = np.array([lowest_of(case, options.seconds, seed) for seed in seeds])
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
