"""Large displacements, two carriers a cell: is the uniform crystal lost to physics or to sampling?

Run:  python analysis/uniform_displacement.py

The model of runs/kagome-field.toml with other displacement lengths δ. At δ = 0.1 and qE = 0.5 along
x a short run does not find the crystal of carriers that are all displaced along the field.

1. E_c(δ), above which that crystal has the lowest energy of all candidates. A state of energy e a
   carrier at zero field and mean displacement u along x is below it in fields under
   (e_uniform − e)/(δ − u). The largest such field over the candidates is a strict lower bound on
   E_c: (a) every pattern of displacements on the perfect charge crystal of 2 × 2 cells, all
   enumerated; (b) annealed states of small supercells, charges free to rearrange.
2. Ladders at qE = 0.5, δ = 0.05 and 0.1, begun from the uniform crystal and from random carriers:
   only where both arrive at the same energies has either arrived.
3. The verdict, from these numbers.
"""

import os
from dataclasses import replace
from itertools import pairwise, product
from typing import NamedTuple

import numpy as np
import numpy.typing as npt

from mcsc.chain import Task
from mcsc.chain.mix import move_mix
from mcsc.chain.run import kernel_tables
from mcsc.chain.start import random_state
from mcsc.kernels import ladder
from mcsc.kernels.tables import State, Tables
from mcsc.model import Model
from mcsc.structure import textbook, with_states

FloatArray = npt.NDArray[np.float64]
IntArray = npt.NDArray[np.integer]
Size = tuple[int, int, int]

STATE_ENERGY = 0.01
FIELD = 0.5
DELTAS = (0.03, 0.05, 0.07, 0.09, 0.10, 0.11, 0.12)
# displacement lengths of the ladders and sweeps of the long ones
LADDERS = {0.05: 16000, 0.10: 60000}
SUPERCELLS: tuple[Size, ...] = ((2, 2, 1), (2, 3, 1), (3, 3, 1))
# the ladder of the run file, and one with enough rungs where the crystal forms
RUN_FILE = tuple(np.geomspace(0.004, 0.25, 20).tolist())
DENSE = (0.004, 0.010, *np.linspace(0.016, 0.046, 13).tolist())
# energies a carrier nearer than this are the same state, or noise of a rung with one excitation
SAME = 2e-4


class Critical(NamedTuple):
    """Lower bound on E_c; u/δ and carriers in the three wells of a cell of the state behind it."""

    field: float
    polarization: float
    occupation: tuple[int, ...]


class Ladder(NamedTuple):
    """Means over the second half of a run, (T,): energies a carrier, order 1 in the crystal."""

    energy: FloatArray
    energy_stderr: FloatArray
    charge_order: FloatArray
    transmission: FloatArray
    lowest: float


def build_task(
    delta: float, doping: int, size: Size, field: float, kt: tuple[float, ...], seed: int = 0
) -> Task:
    """The kagome wells with six displaced states of length ``delta`` in a field along x."""
    bare = textbook("kagome-wells", layer_spacing=1.69)
    wells = tuple(with_states(w, "sixfold", delta, STATE_ENERGY) for w in bare.wells)
    return Task(
        replace(bare, wells=wells), size, doping * int(np.prod(size)), kt,
        field=field, seed=seed,
    )  # fmt: skip


def uniform(size: Size, doping: int) -> IntArray:
    """(W,) carriers in the first ``doping`` wells of every cell, all in the state along x."""
    state = np.full((int(np.prod(size)), 3), -1)
    state[:, :doping] = 1
    return state.reshape(-1)


def crystal_patterns(model: Model, doping: int) -> tuple[FloatArray, FloatArray]:
    """Every pattern of displacements on the perfect charge crystal of a small supercell.

    Returns
    -------
    energy, displacement : (P, P')
        Energy, displacement along x, a carrier. Rows are patterns of half the carriers, columns
        those of the other half: 7^N in all, for N carriers.
    """
    cells = list(product(*map(range, model.lattice.size)))
    carriers = [(cell, well) for cell in cells for well in range(doping)]
    n, x = len(carriers), model.displacements[:7, 0]
    pair = np.zeros((n, 7, n, 7))
    for i, (c, a) in enumerate(carriers):
        for j, (d, b) in enumerate(carriers):
            offset = tuple(np.subtract(d, c) % model.lattice.size)
            rows, columns = slice(7 * a, 7 * a + 7), slice(7 * b, 7 * b + 7)
            pair[i, :, j, :] = model.pair[(rows, columns, *offset)]
    matrix, site = pair.reshape(7 * n, 7 * n), np.tile(model.site[:7], n)
    halves = []
    for part in (range(n // 2), range(n // 2, n)):
        states = np.array(list(product(range(7), repeat=len(part)))).reshape(-1, len(part))
        filled = np.zeros((len(states), n, 7))
        filled[:, part] = np.eye(7)[states]
        one = filled.reshape(len(states), 7 * n)
        own = one @ site + 0.5 * np.einsum("ck,ck->c", one @ matrix, one)
        halves.append((one, own, x[states].sum(axis=1)))
    (first, e1, u1), (second, e2, u2) = halves
    energy = e1[:, None] + e2[None] + first @ matrix @ second.T
    return energy / n, (u1[:, None] + u2[None]) / n


def crystal_critical_field(delta: float, doping: int, size: Size) -> float:
    """Exact E_c among all patterns of displacements on the charge crystal of a supercell."""
    model = build_task(delta, doping, size, 0.0, (1.0,)).build()
    energy, displacement = crystal_patterns(model, doping)
    reference = model.energy(uniform(size, doping)) / (doping * model.lattice.n_cells)
    return float(_crossings(reference, energy, delta, displacement).max())


def _crossings(
    reference: float, energy: FloatArray, delta: float, displacement: FloatArray
) -> FloatArray:
    """Fields in which states are as low as the uniform crystal; −∞ for that one itself."""
    missing = delta - displacement
    other = missing > 1e-9
    return np.where(other, (reference - energy) / np.where(other, missing, 1.0), -np.inf)


def configurations(tables: Tables, state: State) -> IntArray:
    """(R, W) state of each well's carrier, −1 where empty, of all replicas."""
    rows = np.full((len(state.carriers), len(tables.first)), -1)
    wells = tables.well[state.carriers]
    inside = (state.carriers - tables.first[wells]) // tables.shape[3]
    np.put_along_axis(rows, wells, inside, axis=1)
    return rows


def anneal(task: Task, stages: int = 40, sweeps: int = 300, bottom: float = 0.001) -> IntArray:
    """(R, W) states cooled from random carriers, all from 0.2 down: one a temperature of a task."""
    model = task.build()
    tables, _ = kernel_tables(model)
    state, mix = random_state(task, tables), move_mix(task, tables)
    ladder.recompute(tables, state)
    for temperature in np.geomspace(0.2, bottom, stages):
        ladder.anneal(tables, state, np.full(len(state.energy), 1 / temperature), mix, sweeps)
        ladder.recompute(tables, state)
    return configurations(tables, state)


def critical_field(delta: float, doping: int, size: Size, sweeps: int = 300) -> Critical:
    """Lower bound on E_c from annealed states of a supercell, charges and displacements free.

    Annealing goes on in the largest field found so far, where a better candidate is a ground state,
    until two anneals in a row find none (Dinkelbach's iteration for the largest ratio).
    """
    found, seed, failures = Critical(0.0, 1.0, ()), 0, 0
    replicas = tuple(np.linspace(0.1, 0.2, 16).tolist())
    bare = build_task(delta, doping, size, 0.0, replicas).build()
    n, x = doping * bare.lattice.n_cells, bare.displacements[:7, 0]
    reference = bare.energy(uniform(size, doping)) / n
    while failures < 2:
        rows = anneal(build_task(delta, doping, size, found.field, replicas, seed), sweeps=sweeps)
        energy = np.array([bare.energy(row) for row in rows]) / n
        displacement = np.where(rows >= 0, x[rows], 0.0).sum(axis=1) / n
        crossings = _crossings(reference, energy, delta, displacement)
        best = int(crossings.argmax())
        seed += 1
        if crossings[best] > found.field + 1e-8:
            filled = (rows[best].reshape(-1, 3) >= 0).sum(axis=0)
            share = float(displacement[best]) / delta
            found = Critical(float(crossings[best]), share, tuple(filled.tolist()))
        else:
            failures += 1
    return found


def set_configuration(tables: Tables, state: State, row: IntArray) -> None:
    """Give every replica the configuration ``row`` (W,)."""
    filled, holes = np.nonzero(row >= 0)[0], np.nonzero(row < 0)[0]
    state.carriers[:] = tables.first[filled] + row[filled] * tables.shape[3]
    state.empty[:] = holes
    state.slot[:, filled], state.slot[:, holes] = np.arange(len(filled)), -1 - np.arange(len(holes))


def run_ladder(task: Task, sweeps: int, *, from_uniform: bool, blocks: int = 16) -> Ladder:
    """Replica exchange for ``sweeps``, every 20 measured; the first half is left out."""
    model = task.build()
    tables, _ = kernel_tables(model)
    state, mix, n = random_state(task, tables), move_mix(task, tables), task.n_carriers
    betas, top = 1.0 / np.array(task.temperatures), max(0.25, task.temperatures[-1])
    if from_uniform:
        set_configuration(tables, state, uniform(task.size, n // model.lattice.n_cells))
    else:
        ladder.recompute(tables, state)
        for stage in np.geomspace(top, task.temperatures[0], 20):
            ladder.anneal(tables, state, np.minimum(betas, 1 / stage), mix, 200)
    ladder.recompute(tables, state)
    perfect = np.abs(np.exp(2j * np.pi * np.arange(n // model.lattice.n_cells) / 3).mean())
    shape = (sweeps // 20 // blocks, len(betas))
    carriers, energies = np.empty((*shape, n), np.int32), np.empty(shape)
    kept, lowest = [], np.inf
    for block in range(blocks):
        ladder.run(tables, state, betas, mix, 5, 0, 4, carriers, energies)
        ladder.recompute(tables, state)
        lowest = min(lowest, float(energies.min()) / n)
        if block < blocks // 2:
            continue
        wells = tables.well[carriers]
        u = model.displacements[(carriers - tables.first[wells]) // tables.shape[3]]
        wave = np.abs(np.exp(2j * np.pi * (wells % 3) / 3).mean(axis=2)).mean(axis=0) / perfect
        along = u[..., 0].mean(axis=(0, 2))
        kept.append((energies.mean(axis=0) / n, wave, along, (u**2).sum(-1).mean(axis=(0, 2))))
    series = np.array(kept)
    energy, order, along, squares = series.mean(axis=0)
    error = series[:, 0].std(axis=0, ddof=1) / len(series) ** 0.5
    return Ladder(energy, error, order, along**2 / squares, lowest)


def verdict(lower_state: bool, short: float, random: float, crystal: float) -> str:
    """What the uniform crystal is lost to, from the energies above it of the coldest rungs."""
    if lower_state:
        return "physics: a state below the uniform crystal exists"
    if max(abs(random), abs(crystal)) > SAME:
        return "undecided: the long runs do not end at the uniform crystal from both sides"
    if short > SAME:
        return (
            "slow sampling: no lower state is known, both long runs end there, the short one above"
        )
    return "nothing is lost: the short run ends at the uniform crystal too"


def report_critical_fields() -> dict[float, float]:
    """Print the table of E_c(δ); returns the bounds at x = 2 by δ."""
    print(f"1. E_c(δ) at W = {STATE_ENERGY}, lower bounds: on the charge crystal, from all states")
    print("      δ     W/δ   x = 1: all   x = 2: crystal    all  (supercell, u/δ, wells)")
    bounds = {}
    for delta in DELTAS:
        one = critical_field(delta, 1, (2, 2, 1)).field
        crystal = crystal_critical_field(delta, 2, (2, 2, 1))
        found, size = max((critical_field(delta, 2, size), size) for size in SUPERCELLS)
        bounds[delta] = max(crystal, found.field)
        print(
            f"   {delta:.2f}  {STATE_ENERGY / delta:.4f}       {one:.4f}           {crystal:.4f} "
            f"{found.field:.4f}  ({size[0]}x{size[1]}, {found.polarization:.2f}, "
            f"{'+'.join(map(str, found.occupation))})", flush=True,
        )  # fmt: skip
    for (d, low), (e, high) in pairwise(bounds.items()):
        if (low < FIELD) != (high < FIELD):
            crossing = d + (FIELD - low) / (high - low) * (e - d)
            print(f"   The bound crosses qE = {FIELD} at δ = {crossing:.3f}.")
    return bounds


def report_ladders(delta: float, sweeps: int, bound: float) -> None:
    """Print a short and two long runs of 6 × 6 cells at x = 2, and the verdict."""
    size = (6, 6, 1)
    task = build_task(delta, 2, size, FIELD, DENSE, seed=1)
    reference = task.build().energy(uniform(size, 2)) / task.n_carriers
    runs = {
        "short": run_ladder(replace(task, temperatures=RUN_FILE), 12288, from_uniform=False),
        "random": run_ladder(task, sweeps, from_uniform=False),
        "crystal": run_ladder(task, sweeps, from_uniform=True),
    }
    print(f"2. δ = {delta}, qE = {FIELD}, x = 2: coldest rung, energy a carrier above the uniform")
    excess = {name: round(float(run.energy[0]) - reference, 6) + 0.0 for name, run in runs.items()}
    for name, run in runs.items():
        print(f"   {name:8s}{excess[name]:.5f}, transmission {run.transmission[0]:.3f}")
    one, other = runs["random"], runs["crystal"]
    z = np.abs(one.energy - other.energy) / np.hypot(one.energy_stderr, other.energy_stderr)
    print("       T  energy: random crystal   z  order: r  c  transmission: r  c")
    for i in range(0, len(DENSE), 2):
        print(
            f"   {DENSE[i]:.3f}       {one.energy[i]:.4f} {other.energy[i]:.4f} {z[i]:4.1f}   "
            f"{one.charge_order[i]:.2f} {other.charge_order[i]:.2f}          "
            f"{one.transmission[i]:.2f} {other.transmission[i]:.2f}"
        )
    lower = bound > FIELD or min(run.lowest for run in runs.values()) < reference - 1e-9
    print(f"3. δ = {delta}: {verdict(lower, **excess)}.", flush=True)


def main() -> None:
    """Print the table, the runs and the verdicts."""
    # threads that spin between short parallel regions slow down a busy machine
    os.environ.setdefault("OMP_WAIT_POLICY", "PASSIVE")
    bounds = report_critical_fields()
    for delta, sweeps in LADDERS.items():
        report_ladders(delta, sweeps, bounds[delta])


if __name__ == "__main__":
    main()
