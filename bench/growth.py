"""Time and memory against the size of a crystal, the temperatures of a ladder and the dopings.

Kagome wells at one carrier a cell, with the centre only and with seven states a well. Every size
is measured in a process of its own, on one thread: CPU seconds to build model, tables and probe,
nanoseconds of a rejected proposal and of an accepted move, seconds of one sweep of one replica
disordered (T = 0.2) and ordered (T = 0.1), seconds to measure one snapshot, bytes of the parts, and
the peak of the memory. Of large crystals a part of a sweep is timed. Exponents are slopes of
straight lines through log value over log number, over the larger half of the sizes, with the
standard error of the slope.

    python bench/growth.py [--json] [--largest CELLS]
"""

import argparse
import json
import os
import resource
import subprocess
import sys
import tempfile
import time
from dataclasses import replace
from pathlib import Path

os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")
os.environ["NUMBA_NUM_THREADS"] = "1"

import numpy as np
import xarray as xr

SIZES = (
    (6, 6, 2), (12, 12, 2), (24, 24, 2), (24, 24, 4), (24, 24, 8), (48, 48, 4),
    (48, 48, 8),
)  # fmt: skip
TEMPERATURES, DOPINGS = (4, 8, 16, 32, 64), (2, 4, 8, 16)
HOT, COLD = 0.2, 0.1
# proposals of each move in the part of a sweep that is timed, at most, and CPU seconds of one call,
# at least: by itself it takes 40 μs
PROPOSALS, CALL = 1500, 0.01
UNITS = {
    "model": "s", "tables": "s", "probe": "s", "rejected": "ns", "accepted": "ns",
    "sweep, disordered": "s", "sweep, ordered": "s", "snapshot": "s",
    "block visits, disordered": "s", "block visits, ordered": "s",
    "pair table": "B", "replica": "B", "peak": "B", "ladder": "s",
    "whole task, peak": "B", "merge": "s", "file": "B",
}  # fmt: skip


def timed(function):
    """What the function returns, and the CPU seconds it took."""
    start = time.process_time()
    result = function()
    return result, time.process_time() - start


def peak():
    """Largest memory of this process so far, bytes."""
    return 1024 * resource.getrusage(resource.RUSAGE_SELF).ru_maxrss


def task(n_states, size, n_temperatures=1, **sampling):
    """One carrier a cell of kagome wells."""
    from mcsc.chain import Sampling, Task
    from mcsc.structure import textbook, with_states

    structure = textbook("kagome-wells", 1.69)
    if n_states > 1:
        wells = tuple(with_states(well, "sixfold", 0.05, 0.01) for well in structure.wells)
        structure = replace(structure, wells=wells)
    ladder = tuple(np.geomspace(HOT, 2 * HOT, n_temperatures).tolist())
    return Task(structure, size, int(np.prod(size)), ladder,
                sampling=Sampling(**sampling))  # fmt: skip


def warm(n_states):
    """(6, 6, 2, B) states of wells at T = 0.2; larger crystals are made of copies of it."""
    from mcsc.chain.run import kernel_tables
    from mcsc.chain.start import configurations, random_state
    from mcsc.kernels import ladder
    from mcsc.kernels.move_table import Mix

    one = task(n_states, SIZES[0])
    tables, _ = kernel_tables(one.build())
    state, n = random_state(one, tables), one.n_carriers
    ladder.recompute(tables, state)
    ladder.anneal(tables, state, np.array([1 / HOT]), Mix(near_hop=n, far_hop=n, change_of_state=n),
                  500)  # fmt: skip
    return configurations(tables, state.carriers[:1]).reshape(*SIZES[0], -1)


def sizes(n_states, size):
    """Everything that is measured of one size of the crystal."""
    from mcsc.chain.run import kernel_tables
    from mcsc.chain.start import place_as_in, random_state
    from mcsc.kernels import ladder
    from mcsc.kernels.move_table import ACCEPTED, ATTEMPTS, Mix
    from mcsc.observables import build_probe, channels, measure

    one = task(n_states, size)
    found = {}
    model, found["model"] = timed(one.build)
    (tables, numbers), found["tables"] = timed(lambda: kernel_tables(model))
    probe, found["probe"] = timed(lambda: build_probe(model, numbers, np.array([1.0, 0.0, 0.0])))
    _, seconds = timed(lambda: channels(probe))
    found["probe"] += seconds
    state = random_state(one, tables)
    found["pair table"] = tables.pair.nbytes
    per_replica = ("carriers", "empty", "slot", "potential", "scratch")
    found["replica"] = sum(getattr(state, name)[0].nbytes for name in per_replica)
    n = one.n_carriers
    part = min(n, PROPOSALS)
    hop = Mix(near_hop=part)
    both = hop._replace(far_hop=part, change_of_state=part if n_states > 1 else 0)

    def sweeps(beta, mix):
        """CPU seconds a sweep, attempts and accepted moves a sweep, in the last of some calls."""
        times, seconds = 1, 0.0
        while seconds < CALL:
            before, call = state.tally.copy(), (state, np.array([beta]), mix, times)
            seconds, times = timed(lambda: ladder.anneal(tables, *call))[1], 2 * times  # noqa: B023
        return np.array([seconds, *(state.tally - before)[0]]) / call[-1]

    def middle(beta, mix):
        return np.median([sweeps(beta, mix)[0] for _ in range(5)])

    copies = (*np.array(size) // SIZES[0], 1)
    hot = np.tile(warm(n_states), copies).reshape(1, -1)
    place_as_in(tables, state, hot)
    ladder.recompute(tables, state)
    # compilation
    ladder.anneal(tables, state, np.array([1 / HOT]), both, 1)
    found["sweep, disordered"] = middle(1 / HOT, both) * n / part
    seconds, *made = np.sum([sweeps(1 / HOT, hop) for _ in range(5)], axis=0)
    accepted = made[ACCEPTED.near_hop]
    # every carrier on the same well of its cell: the order of one carrier a cell
    ordered = np.where(np.arange(len(tables.first)) % one.structure.n_wells, -1, 0)
    place_as_in(tables, state, ordered[None])
    ladder.recompute(tables, state)
    # so cold that nothing is accepted
    found["rejected"] = middle(1e4, hop) / part * 1e9
    found["accepted"] = (
        seconds * 1e9 - (made[ATTEMPTS.near_hop] - accepted) * found["rejected"]
    ) / max(1, accepted)
    middle(1 / COLD, both)
    found["sweep, ordered"] = middle(1 / COLD, both) * n / part
    carriers = state.carriers[None]
    measure(probe, carriers)
    found["snapshot"] = np.median([timed(lambda: measure(probe, carriers))[1] for _ in range(3)])
    found["peak"] = peak()
    found["block visits, disordered"] = by_blocks(one, model, hot, 1 / HOT)
    found["block visits, ordered"] = by_blocks(one, model, ordered[None], 1 / COLD)
    return found


def by_blocks(one, model, held, beta):
    """CPU seconds of the same sweep by block visits; NaN where they do not fit."""
    from mcsc.chain.block_visits import block_visits

    try:
        visits = block_visits(one, model)
    except ValueError:
        return np.nan
    n = float(one.n_carriers)
    visits = replace(visits, rates=(n, n, n * (visits.rates[2] > 0), 0.0))
    state, betas = visits.start(one), np.array([beta])
    visits.place(state, held)
    visits.recompute(state)
    visits.anneal(state, betas, 2)
    times, seconds = 1, 0.0
    while seconds < 0.3:
        times *= 2
        _, seconds = timed(lambda: visits.anneal(state, betas, times))  # noqa: B023
    return seconds / times


def temperatures(n_temperatures):
    """A ladder of the main job's size, per sweep and exchange round."""
    from mcsc.chain.mix import move_mix
    from mcsc.chain.run import kernel_tables
    from mcsc.chain.start import annealing_betas, random_state
    from mcsc.kernels import ladder

    one = task(1, (6, 6, 2), n_temperatures)
    tables, _ = kernel_tables(one.build())
    state, mix = random_state(one, tables), move_mix(one, tables)
    betas = annealing_betas(one, n_temperatures)
    carriers = np.empty((1, n_temperatures, one.n_carriers), np.int32)
    energies = np.empty((1, n_temperatures))
    ladder.recompute(tables, state)

    def run():
        ladder.run(tables, state, betas, mix, 1, 0, 200, carriers, energies)

    run()
    return {"ladder": np.median([timed(run)[1] for _ in range(5)]) / 200}


def whole(size):
    """Memory of a whole short task with the centre only, its summary included."""
    from mcsc.chain import run

    one = task(1, size, 4, sweeps=64, warmup=1, measurements=64, exchange_interval=1)
    # cold: the time of the sweeps is not what is asked for
    run(replace(one, temperatures=(0.01, 0.012, 0.014, 0.016)))
    return {"whole task, peak": peak()}


def dopings(n_dopings):
    """Merging as many short tasks of the main job's size, and the file that is written."""

    from mcsc import diagram
    from mcsc.chain import run

    results = {}
    for i in range(n_dopings):
        one = task(1, (6, 6, 2), 6, sweeps=512, warmup=64, measurements=512)
        results[0, 0, 0, i] = run(replace(one, n_carriers=36 + 6 * i))
    axes = {name: xr.DataArray([0.0], dims=name) for name in ("size", "direction", "field")}
    axes["doping"] = xr.DataArray((36 + 6 * np.arange(n_dopings)) / 72, dims="doping")

    def merge():
        return diagram.merge(results, axes, structures=[one.structure],
                             sizes=[one.size], coulomb_temperatures=[1.0])  # fmt: skip

    merge()
    tree, seconds = timed(merge)
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "diagram.nc"
        _, written = timed(lambda: diagram.save(path, tree, {}))
        return {"merge": seconds + written, "file": path.stat().st_size}


def apart(*arguments):
    """The measurement in a process of its own, for the peak of its memory."""
    text = subprocess.run(
        [sys.executable, __file__, "--one", json.dumps(arguments)],
        check=True, stdout=subprocess.PIPE, text=True,
    ).stdout  # fmt: skip
    return json.loads(text)


def exponent(numbers, values):
    """Slope of log value over log number with its standard error, over the larger half."""
    half = max(3, (len(numbers) + 1) // 2)
    x, y = np.log(numbers[-half:]), np.log(values[-half:])
    (slope, _), covariance = np.polyfit(x, y, 1, cov="unscaled")
    rest = y - np.polyval(np.polyfit(x, y, 1), x)
    return slope, float(np.sqrt(covariance[0, 0] * (rest**2).sum() / (half - 2)))


def cases(largest):
    """Title, the numbers that grow, and the arguments of every measurement."""
    chosen = [size for size in SIZES if np.prod(size) <= largest]
    cells = [int(np.prod(size)) for size in chosen]
    yield "centre only, cells", cells, [("sizes", 1, size) for size in chosen]
    yield "7 states a well, cells", cells, [("sizes", 7, size) for size in chosen]
    yield "centre only, 4 temperatures, cells", cells, [("whole", size) for size in chosen]
    yield "6x6x2, temperatures", TEMPERATURES, [("temperatures", n) for n in TEMPERATURES]
    yield "6x6x2, dopings", DOPINGS, [("dopings", n) for n in DOPINGS]


def main():
    """Print the tables."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--json", action="store_true", help="one JSON object a line")
    parser.add_argument("--largest", type=int, default=18432, help="cells (18432)")
    parser.add_argument("--one", help=argparse.SUPPRESS)
    options = parser.parse_args()
    if options.one:
        name, *arguments = json.loads(options.one)
        arguments = [tuple(a) if isinstance(a, list) else a for a in arguments]
        print(json.dumps({k: float(v) for k, v in globals()[name](*arguments).items()}))
        return
    for title, numbers, measurements in cases(options.largest):
        found = []
        for n, arguments in zip(numbers, measurements, strict=True):
            print(f"{title}: {n} ...", file=sys.stderr, flush=True)
            found.append(apart(*arguments))
        if not options.json:
            print(f"\n{title:36}" + "".join(f"{n:>10}" for n in numbers) + "  exponent")
        for name in found[0]:
            values = [row[name] for row in found]
            slope, error = exponent(numbers, values)
            if options.json:
                for n, value in zip(numbers, values, strict=True):
                    row = {"case": f"{title} = {n}, {name}", "value": value, "unit": UNITS[name]}
                    print(json.dumps({**row, "reference": values[0], "ratio": value / values[0]}))
                row = {"case": f"{title}, {name}: exponent", "value": slope, "unit": "1"}
                print(json.dumps({**row, "stderr": error}), flush=True)
            else:
                shown = "".join(f"{value:10.3g}" for value in values)
                print(f"{name + ' (' + UNITS[name] + ')':36}{shown}{slope:7.2f} ± {error:.2f}")


if __name__ == "__main__":
    main()
