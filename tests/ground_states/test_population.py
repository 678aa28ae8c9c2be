"""Populations of replicas: resampled by Boltzmann weight, and independent of each other."""

import numpy as np
import pytest
from exact import configurations, energies, system

from mcsc.chain import Task
from mcsc.chain.run import kernel_tables
from mcsc.chain.start import configurations as snapshots
from mcsc.ground_states import Annealing, chains
from mcsc.ground_states.chains import _placed, annealed, energy_scale, resample
from mcsc.kernels import ladder
from mcsc.structure import textbook

SQUARE, KAGOME = textbook("square", 2.0), textbook("kagome-wells", 1.694)


def placed(states):
    """A task, its tables and replicas in given configurations of half-filled 4 x 2 wells."""
    task = Task(SQUARE, (4, 2, 1), 4, ())
    tables, _ = kernel_tables(task.build())
    state = _placed(task, tables, states)
    ladder.recompute(tables, state)
    return tables, state


def test_copies_follow_the_boltzmann_weights_of_each_population():
    """Each replica goes on in as many copies as its weight, rounded up or down; w on average."""
    states = configurations(system(SQUARE, (4, 2, 1)), 4)[:64]
    step, n, draws = 3.0, 32, 400
    copies = np.zeros(64)
    generators = [np.random.default_rng(seed) for seed in (1, 2)]
    for _ in range(draws):
        tables, state = placed(states)
        weights = np.exp(-step * state.energy.reshape(2, n))
        weights *= n / weights.sum(axis=1, keepdims=True)
        resample(state, step, generators)
        now = snapshots(tables, state.carriers)
        # populations do not mix
        here = (now.reshape(2, n, 1, -1) == states.reshape(2, 1, n, -1)).all(axis=-1).sum(axis=1)
        assert (here >= np.floor(weights)).all() and (here <= np.ceil(weights)).all()
        assert here.sum() == 64
        copies += here.reshape(-1)
    # a number that is rounded at random varies by less than 1/2
    assert np.abs(copies / draws - weights.reshape(-1)).max() < 4 * 0.5 / np.sqrt(draws)


def test_energies_and_potentials_go_with_the_copies():
    states = configurations(system(SQUARE, (4, 2, 1)), 4)[::2]
    tables, state = placed(states)
    resample(state, 5.0, [np.random.default_rng(0)])
    carried, potential = state.energy.copy(), state.potential.copy()
    assert len(set(carried)) > 1
    ladder.recompute(tables, state)
    assert carried == pytest.approx(state.energy, abs=1e-12)
    assert potential == pytest.approx(state.potential, abs=1e-12)


def test_a_resampled_population_is_in_equilibrium_at_the_next_temperature():
    """Drawn at β, resampled to β': mean energy and specific heat are the exact ones of β'."""
    everything = system(SQUARE, (4, 2, 1))
    states = configurations(everything, 4)
    exact = energies(everything, states)
    beta, colder, n = 4.0, 7.0, 20000
    weights = np.exp(-beta * (exact - exact.min()))
    rng = np.random.default_rng(3)
    _, state = placed(states[rng.choice(len(states), n, p=weights / weights.sum())])
    resample(state, colder - beta, [rng])
    there = np.exp(-colder * (exact - exact.min()))
    there /= there.sum()
    # copies are correlated: the error is that of weighted draws at β
    ratio = there / (weights / weights.sum())
    for power in (1, 2):
        mean = (there * exact**power).sum()
        error = np.sqrt((there * ratio * (exact**power - mean) ** 2).sum() / n)
        assert abs((state.energy**power).mean() - mean) < 4 * error
        warm = (weights * exact**power).sum() / weights.sum()
        assert abs(warm - mean) > 20 * error


def test_a_chain_ends_in_the_lowest_of_its_replicas(monkeypatch):
    """Without resampling the replicas of a population are independent chains of the same bits."""
    task = Task(KAGOME, (3, 3, 1), 13, (), seed=5)
    model, steps = task.build(), []
    ends = np.array(
        [model.energy(one) for one in annealed(task, Annealing(12, 96, 8, population=1))]
    )
    monkeypatch.setattr(chains, "resample", lambda state, step, generators: steps.append(step))
    found = annealed(task, Annealing(2, 96, 8, population=6))
    lowest = ends.reshape(2, 6).min(axis=1)
    assert [model.energy(one) for one in found] == pytest.approx(lowest, abs=1e-9)
    # from the first temperature to the last
    scale = energy_scale(model, 13)
    assert len(steps) == 7 and sum(steps) == pytest.approx((1 / 0.005 - 1 / 0.25) / scale)


def test_populations_are_addressed_by_their_number():
    """More of them begin with the same ones, and resampling makes a difference."""
    task = Task(KAGOME, (3, 3, 1), 13, (), seed=5)
    few, many = (annealed(task, Annealing(n, 96, 8, population=6)) for n in (3, 5))
    assert np.array_equal(few, many[:3])
    independent = annealed(task, Annealing(18, 96, 8, population=1))
    energy = np.array([task.build().energy(one) for one in independent]).reshape(3, 6)
    lowest = independent.reshape(3, 6, -1)[np.arange(3), energy.argmin(axis=1)]
    assert not np.array_equal(few, lowest)


@pytest.mark.parametrize(
    ("size", "population", "rounds"), [((3, 3, 2), 6, 8), ((3, 3, 1), 6, 0), ((3, 3, 2), 1, 0)]
)
def test_layers_are_exchanged_where_there_are_several(size, population, rounds, monkeypatch):
    """And populations stay addressed by their number."""
    made = []
    exchange = ladder.exchange_among

    def watched(tables, state, beta, members):
        before = state.carriers.copy()
        exchange(tables, state, beta, members)
        made.append((members, (before != state.carriers).any()))

    monkeypatch.setattr(ladder, "exchange_among", watched)
    task = Task(KAGOME, size, 13 * size[2], (), seed=5)
    few, many = (annealed(task, Annealing(n, 96, 8, population=population)) for n in (2, 3))
    assert np.array_equal(few, many[:2])
    assert len(made) == 2 * rounds and {members for members, _ in made} <= {population}
    assert not rounds or any(moved for _, moved in made)
