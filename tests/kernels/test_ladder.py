"""Replica exchange leaves the joint distribution alone; threads and lists change no bit."""

from dataclasses import replace

import numba
import numpy as np
import pytest
from exact import boltzmann, kernel_model, place, read
from scipy import stats

from mcsc.chain import Task
from mcsc.chain.run import kernel_tables
from mcsc.chain.start import random_state
from mcsc.kernels import ladder, move_table
from mcsc.kernels._jit import kernel, prange, take
from mcsc.kernels.move_table import ACCEPTED, ATTEMPTS, Mix
from mcsc.kernels.tables import State
from mcsc.model import Interactions, ShortRangeTerm, build_model
from mcsc.structure import textbook, with_states

COPIES = 200_000
# energies of a toy system and the two inverse temperatures of its ladder
ENERGIES = np.array([0.0, 0.3, 0.5, 1.1])
BETAS = np.array([2.5, 1.0])


def ladder_of(energy, seed=0):
    """A kernel state in which only energies matter."""
    n = len(energy)
    one = np.zeros((n, 1), np.int32)
    return State(
        carriers=one,
        number=np.ones(n, np.int32),
        empty=one,
        slot=one,
        potential=np.zeros((n, 1)),
        energy=energy.copy(),
        rng=np.random.default_rng(seed).integers(0, 2**64, (n + 1, 4), np.uint64),
        rung=np.arange(n, dtype=np.int32),
        replica=np.arange(n, dtype=np.int32),
        tally=np.zeros((n, move_table.TALLY_COLUMNS), np.int64),
        scratch=np.zeros((n, 1)),
    )


def test_an_exchange_leaves_the_joint_distribution_alone():
    """Many independent pairs of rungs in one long ladder, drawn from the exact distribution."""
    rng = np.random.default_rng(8)
    cold, hot = (rng.choice(4, COPIES, p=boltzmann(ENERGIES, 1 / beta)) for beta in BETAS)
    before = np.column_stack([cold, hot])
    state = ladder_of(ENERGIES[before].reshape(-1))
    ladder.exchange(state, np.tile(BETAS, COPIES), (), 0)
    after = before.reshape(-1)[state.replica].reshape(-1, 2)
    assert np.array_equal(state.rung[state.replica], np.arange(2 * COPIES))
    exact = np.outer(*(boltzmann(ENERGIES, 1 / beta) for beta in BETAS)).reshape(-1)
    found = np.bincount(after @ [4, 1], minlength=16)
    assert stats.chisquare(found, exact * COPIES).pvalue > 1e-4
    # detailed balance of the flow between (i, j) and (j, i), and the Metropolis rate
    for i in range(4):
        for j in range(4):
            pair = (before == [i, j]).all(axis=1)
            swapped = (state.replica[::2] != np.arange(0, 2 * COPIES, 2))[pair]
            gain = (BETAS[0] - BETAS[1]) * (ENERGIES[i] - ENERGIES[j])
            rate = min(1.0, np.exp(gain))
            error = np.sqrt(rate * (1 - rate) / len(swapped))
            assert swapped.mean() == pytest.approx(rate, abs=4 * error + 1e-12)
    assert state.tally[::2, ATTEMPTS.exchange].tolist() == [1] * COPIES
    assert state.tally[1::2, ATTEMPTS.exchange].sum() == 0


def test_exchanges_alternate_and_count_round_trips():
    """With equal temperatures every exchange is accepted: replicas travel at full speed."""
    state = ladder_of(np.zeros(4))
    seen = []
    for parity in (0, 1, 0, 1, 0, 1, 0, 1, 0):
        ladder.exchange(state, np.ones(4), (), parity)
        seen.append(state.replica.tolist())
    assert seen[:4] == [[1, 0, 3, 2], [1, 3, 0, 2], [3, 1, 2, 0], [3, 2, 1, 0]]
    # replicas that reached the hottest rung and came back to the coldest
    assert state.tally[:, move_table.ROUND_TRIPS].sum() == 4 - 1 - 0
    assert state.tally[:, ACCEPTED.exchange].tolist() == [5, 4, 5, 0]
    # at each rung, replicas that came last from the hot end and from the cold one
    visits, came = np.zeros((4, 2), int), {}
    for order in seen:
        came |= {order[-1]: 0, order[0]: 1}
        for t, r in enumerate(order):
            if r in came:
                visits[t, came[r]] += 1
    assert np.array_equal(state.tally[:, [move_table.FROM_HOT, move_table.FROM_COLD]], visits)
    assert visits[[0, -1]].tolist() == [[0, 9], [9, 0]]
    assert (visits[1:3] > 0).all()


@pytest.fixture(scope="module")
def cubic():
    model = build_model(textbook("cubic"), (4, 4, 2))
    return model, *kernel_model(model)


def short_run(cubic, threads):
    model, tables, numbers = cubic
    states = np.full((5, 32), -1)
    for r, row in enumerate(states):
        row[np.random.default_rng(r).permutation(32)[:12]] = 0
    state = place(model, tables, numbers, states, seed=1)
    betas = 1.0 / np.linspace(0.08, 0.3, 5)
    mix = Mix(near_hop=12, far_hop=12, layer_shift=2)
    carriers, energies = np.empty((80, 5, 12), np.int32), np.empty((80, 5))
    before = numba.get_num_threads()
    numba.set_num_threads(threads)
    try:
        ladder.anneal(tables, state, betas, mix, 20)
        ladder.run(tables, state, betas, mix, 3, 0, 2, carriers, energies)
    finally:
        numba.set_num_threads(before)
    return model, tables, state, carriers, energies


@pytest.mark.skipif(numba.config.NUMBA_NUM_THREADS < 2, reason="one core")
def test_threads_do_not_change_a_bit(cubic):
    *_, one, carriers, energies = short_run(cubic, 1)
    *_, two, carriers_2, energies_2 = short_run(cubic, 2)
    for a, b in zip((*one, carriers, energies), (*two, carriers_2, energies_2), strict=True):
        assert np.array_equal(a, b)


def test_lists_of_partners_change_no_bit():
    cubic = textbook("cubic")
    wells = tuple(with_states(well, "vertices", 0.1) for well in cubic.wells)
    repulsion = ShortRangeTerm(("site", "site"), 0.3, shell=1)
    task = Task(
        replace(cubic, wells=wells), (8, 8, 4), 100, tuple(np.linspace(0.2, 0.9, 4)),
        Interactions(coulomb=False, short_range=(repulsion,)), 0.75, (0.8, 0.6, 0.0),
    )  # fmt: skip
    tables, _ = kernel_tables(task.build())
    assert tables.partners.shape[1] == 42
    found = []
    for used in (tables, tables._replace(partners=tables.partners[:, :0])):
        state, betas = random_state(task, used), 1.0 / np.array(task.temperatures)
        mix = Mix(100, 100, 100, layer_shift=2, row_shift=2, pair_hop=10)
        carriers, energies = np.empty((20, 4, 100), np.int32), np.empty((20, 4))
        ladder.recompute(used, state)
        ladder.run(used, state, betas, mix, 2, 0, 2, carriers, energies)
        made = [accepted for accepted, n in zip(ACCEPTED, mix, strict=False) if n]
        assert (state.tally.sum(axis=0)[made] > 50).all()
        found.append((*state, carriers, energies))
    for a, b in zip(*found, strict=True):
        assert np.array_equal(a, b)


@kernel(parallel=True)
def share(times, threads, counter):
    for _ in prange(threads):
        place = take(counter)
        while place < len(times):
            times[place] += 1
            place = take(counter)


def test_threads_that_take_work_take_all_of_it_once():
    threads = min(2, numba.config.NUMBA_NUM_THREADS)
    times, counter = np.zeros(1_000_000, np.int64), np.zeros(1, np.int64)
    share(times, threads, counter)
    assert (times == 1).all()
    assert counter[0] == len(times) + threads


def test_snapshots_are_sorted_by_temperature(cubic):
    model, tables, state, carriers, energies = short_run(cubic, 1)
    assert sorted(state.replica.tolist()) == list(range(5))
    assert state.replica.tolist() != list(range(5))
    assert np.array_equal(carriers[-1], state.carriers[state.replica])
    rows = read(model, tables, state)[state.replica]
    np.testing.assert_allclose(energies[-1], [model.energy(row) for row in rows], atol=1e-11)
    assert (np.diff(energies.mean(axis=0)) > 0).all()
