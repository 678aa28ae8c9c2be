"""`converged` is 0 where the run is too short for an error, and 1 where it is long."""

from dataclasses import replace

import numpy as np
import pytest
from calibration.chains import autoregressive
from calibration.small_wells import SQUARE

from mcsc import textbook
from mcsc.chain import Sampling, Task, run
from mcsc.chain.convergence import agreement, convergence

N = 2048


def converged(energy, order, swaps=100.0):
    """Share of pairs of chains (N, many) that are called converged, each pair a temperature."""
    chain = {"energy": energy, "order": order, "displacement": np.zeros_like(energy)}
    moves = np.ones((energy.shape[1], 1))
    found = convergence([chain], np.full(energy.shape[1], swaps), moves, 1, False)
    return found["converged"].mean()


@pytest.mark.parametrize(
    ("length", "low", "high"),
    [(2, 0.0, 0.0), (5, 0.0, 0.0), (20, 0.0, 0.0), (50, 0.0, 0.01), (250, 0.97, 1.0)],
)
def test_chains_of_many_times_their_autocorrelation_time(length, low, high):
    energy, order = (autoregressive(N / length, (N, 500), seed) for seed in (1, 2))
    assert low <= converged(energy, order) <= high


@pytest.mark.parametrize("weight", [0.5, 0.2, 0.1])
def test_a_slow_part_beneath_quick_noise_is_mostly_found(weight):
    """Runs of 5 τ of a slow part that carries τ_int, though little of the variance."""
    slow, quick = autoregressive(N / 5, (N, 500), seed=3), autoregressive(0.5, (N, 500), seed=4)
    mixed = np.sqrt(weight) * slow + np.sqrt(1 - weight) * quick
    assert converged(mixed, autoregressive(0.5, (N, 500), seed=5)) < 0.25


def several(chains):
    """Share of groups of chains (4, N, many) that are called converged."""
    zero, moves = np.zeros_like(chains[0]), np.ones((chains.shape[2], 1))
    named = [{"energy": chain, "order": chain, "displacement": zero} for chain in chains]
    found = convergence(named, np.full(chains.shape[2], 1e3), moves, 1, False)["converged"]
    return (found & ~agreement(named)["glassy"]).mean()


def test_few_samples_of_several_chains_are_enough_if_they_are_independent():
    """Four annealings of 64 samples: a number of carriers in a window."""
    shape = (64, 1000)
    chains = np.array([autoregressive(0.5, shape, seed) for seed in range(4)])
    assert several(chains) > 0.985
    # one of them settles elsewhere in its second half
    chains[2, 32:] += 2.0
    assert several(chains) < 0.05
    chains[2] -= 1.0
    assert several(chains) < 0.05
    assert several(np.array([autoregressive(4.0, shape, seed) for seed in range(4)])) < 0.15


def frozen_ladder(swaps, cold):
    """Flags of a ladder whose two cold replicas never change and whose third does."""
    energy = np.column_stack([np.full(N, cold[0]), np.full(N, cold[1]), autoregressive(2.0, N, 6)])
    if cold[0] != cold[1] and swaps[0]:
        # the two change places at random
        flipped = np.random.default_rng(7).random(N) < 0.5
        energy[flipped, :2] = energy[flipped, 1::-1]
    chain = {"energy": energy, "order": energy, "displacement": np.zeros_like(energy)}
    moves = np.array([[0.0, np.nan], [0.0, np.nan], [0.3, np.nan]])
    return convergence([chain], np.array(swaps), moves, 1, False)["converged"].tolist()


def test_frozen_replicas_exchanged_with_each_other_only_are_stuck():
    assert frozen_ladder([1000.0, 0.0, 0.0], (-1.0, -1.0)) == [0, 0, 1]
    assert frozen_ladder([1000.0, 3.0, 0.0], (-1.0, -1.0)) == [0, 0, 1]
    # also where they have not the same energy, so that no series is constant
    assert frozen_ladder([1000.0, 3.0, 0.0], (-1.1, -1.0)) == [0, 0, 1]


def test_a_frozen_replica_that_others_come_down_to_is_in_its_ground_state():
    assert frozen_ladder([1000.0, 200.0, 0.0], (-1.0, -1.0)) == [1, 1, 1]
    # the coldest one alone is cut off
    assert frozen_ladder([0.0, 200.0, 0.0], (-1.1, -1.0)) == [0, 1, 1]


TASK = Task(
    SQUARE,
    (4, 4, 1),
    8,
    (0.0010, 0.0011, 0.0012, 2.0),
    sampling=Sampling(4096, 64, measurements=2048, exchange_interval=1),
)


@pytest.mark.parametrize("seed", range(4))
def test_a_real_ladder_whose_cold_replicas_never_meet_the_hot_one(seed):
    """Three replicas frozen by a quench, exchanged with each other, and a gap above them."""
    health = run(replace(TASK, seed=seed))["health"]
    assert health["exchange_rate"].values[2] < 0.01
    assert health["converged"].values.tolist() == [0, 0, 0, 1]


def test_real_runs_of_a_few_autocorrelation_times():
    """Cubic wells at their transition, through 7, 6 and 5 of their τ: in 40 runs 5 % slipped by."""
    cubic = replace(
        TASK,
        structure=textbook("cubic"),
        size=(6, 6, 6),
        n_carriers=108,
        temperatures=(0.12, 0.125, 0.13),
        sampling=Sampling(128, 64, measurements=128, exchange_interval=8),
    )
    found = [run(replace(cubic, seed=seed))["health"]["converged"].values for seed in range(16)]
    assert np.mean(found) < 0.15
