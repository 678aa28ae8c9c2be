"""Kinetic Monte Carlo against a plain rejection-free loop: a dense matrix, a rate for every hop.

Kagome wells at one carrier per cell, with the centre only (S = 1) and with six displaced states
(S = 7), in a field. The loop carries the potential too, takes every exponential by itself and draws
from a running sum. The mean energies of both have to agree.
"""

from dataclasses import replace

import numba
import numpy as np
import textbook as plain
from timing import Row, Rows, in_turns

from mcsc.chain import Task, Transport
from mcsc.chain.run import kernel_tables
from mcsc.chain.start import random_state
from mcsc.chain.transport import hops_of
from mcsc.kernels import kinetic, ladder
from mcsc.observables import build_probe
from mcsc.structure import textbook, with_states

TEMPERATURE, FIELD = 0.2, 0.1


@numba.njit
def loop(pair, phi, carriers, full, near, along, n_states, beta, field, n):
    """``n`` events; returns the energy summed over time, and the time."""
    n_base = along.shape[0]
    rates = np.empty(carriers.size * (near.shape[1] + 1) * n_states)
    who, where = np.empty(rates.size, np.int64), np.empty(rates.size, np.int64)
    energy, summed, time = 0.0, 0.0, 0.0
    for _ in range(n):
        c, total = 0, 0.0
        for i in range(carriers.size):
            a = carriers[i]
            old = a // n_states
            for j in range(-1, near.shape[1]):
                new = old if j < 0 else near[old, j]
                if new < 0 or (j >= 0 and full[new]):
                    continue
                work = 0.0 if j < 0 else field * along[old % n_base, j]
                for s in range(n_states):
                    b = new * n_states + s
                    if b != a:
                        change = phi[b] - phi[a] - pair[a, b] - work
                        rates[c] = 1.0 if change <= 0.0 else np.exp(-beta * change)
                        who[c], where[c] = i, b
                        total += rates[c]
                        c += 1
        wait = -np.log(1.0 - np.random.random()) / total  # noqa: NPY002
        time += wait
        summed += wait * energy
        mark, k = np.random.random() * total, 0  # noqa: NPY002
        while k < c - 1 and mark >= rates[k]:
            mark -= rates[k]
            k += 1
        a, b = carriers[who[k]], where[k]
        energy += phi[b] - phi[a] - pair[a, b]
        for m in range(phi.size):
            phi[m] += pair[b, m] - pair[a, m]
        full[a // n_states], full[b // n_states] = False, True
        carriers[who[k]] = b
    return summed, time


def cases(repeats) -> Rows:
    """Rows of the table."""
    kagome = textbook("kagome-wells", 1.69)
    moving = [with_states(well, "sixfold", 0.05) for well in kagome.wells]
    for structure, size in (
        (kagome, (6, 6, 1)),
        (kagome, (12, 12, 1)),
        (replace(kagome, wells=tuple(moving)), (6, 6, 1)),
    ):
        yield _case(structure, size, repeats)


def _case(structure, size, repeats):
    n = size[0] * size[1] * size[2]
    task = Task(structure, size, n, (TEMPERATURE,), transport=Transport(repeats=2))
    model = task.build()
    tables, numbers = kernel_tables(model)
    probe = build_probe(model, numbers, np.array([1.0, 0.0, 0.0]))
    hops, state = hops_of(task.transport, tables, probe, FIELD), random_state(task, tables)
    ladder.recompute(tables, state)
    along = hops.steps[:, :, 0].copy()
    room, found = kinetic.workspace(state, hops), kinetic.events(2, 1)
    n_states = model.lattice.states_per_well[0]
    pair = plain.dense_pairs(model)
    carriers = np.array([int(tables.well[k]) * n_states for k in state.carriers[0]])
    full = np.zeros(model.lattice.n_wells, np.bool_)
    full[carriers // n_states] = True
    phi = plain.potential(pair, np.tile(model.site, model.lattice.n_cells), carriers)
    sums = {"mcsc": np.zeros(2), "loop": np.zeros(2)}
    offset = float(state.energy[0])

    def ours(events):
        kinetic.go_through(tables, state, 0, 1 / TEMPERATURE, hops, room, np.inf, events, 0, found)
        sums["mcsc"] += found.energy[0, 0], found.elapsed[0, 0]

    energy = [offset]

    def theirs(events):
        before = energy[0]
        summed, time = loop(pair, phi, carriers, full, hops.wells, along, n_states,
                            1 / TEMPERATURE, FIELD, events)  # fmt: skip
        sums["loop"] += summed + before * time, time
        site = np.tile(model.site, model.lattice.n_cells)
        energy[0] = float(0.5 * (phi[carriers] + site[carriers]).sum())

    mine, reference = in_turns([ours, theirs], repeats)
    means = [s[0] / s[1] / n for s in sums.values()]
    assert abs(means[0] - means[1]) < 0.01 * abs(means[0]), means
    case = f"events, {n} carriers in {3 * n} kagome wells, S = {n_states}"
    return Row(case, mine, "ns", reference, "plain loop", f"{1e9 / mine:,.0f} events a second")
