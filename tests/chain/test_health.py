"""What a ladder says of itself: convergence, autocorrelation times, moves and acceptance."""

from dataclasses import replace

import numpy as np
import pytest
from exact import crystal
from exact import well as make_well
from short_ladder import KAGOME, TASK

from mcsc.chain import Sampling, Task, run
from mcsc.chain.convergence import resolved
from mcsc.chain.mix import move_mix
from mcsc.chain.run import kernel_tables
from mcsc.model import Interactions
from mcsc.structure import textbook
from mcsc.units import REDUCED


def health_of(
    temperatures,
    n_carriers,
    structure="triangular",
    size=(6, 6, 1),
    *,
    sweeps=640,
    warmup=20,
    seed=0,
):
    """Health of a ladder in reduced units; short if not told otherwise.

    Without the moves by which these small crystals would never be stuck.
    """
    few = ("row_shift", 0.0), ("pair_hop", 0.0)
    sampling = Sampling(sweeps, warmup, sweeps // 5, exchange_interval=5, moves=few)
    lattice = textbook(structure, 1.7) if structure == "triangular" else textbook(structure)
    return run(Task(lattice, size, n_carriers, temperatures, sampling=sampling, seed=seed))[
        "health"
    ]


@pytest.mark.parametrize("seed", range(4))
def test_a_short_cold_chain_is_not_called_converged(seed):
    """Half-filled triangular wells at low temperature, few sweeps: glassy."""
    temperatures = (0.003, 0.004, 0.005, 0.01, 0.02, 0.3)
    converged = health_of(temperatures, 18, seed=seed)["converged"].values
    # some find the ground state at the very bottom, but not what replaces it on heating
    assert not converged[2:4].any()
    assert converged[-1] == 1


def test_a_stuck_replica_is_no_ground_state():
    """Energies that never change, in a local minimum that no other replica ever visits."""
    stuck = [health_of((0.0005, 0.3), 18, seed=seed) for seed in range(6)]
    constant = [h for h in stuck if np.isnan(h["tau_energy"].values[0])]
    assert len(constant) >= 3
    assert [h["converged"].values.tolist() for h in constant] == [[0, 1]] * len(constant)


def test_replicas_quenched_into_different_domains_are_stuck():
    ladder = (0.01, 0.015, 0.02)
    found = [health_of(ladder, 32, "cubic", (4, 4, 4), seed=seed) for seed in range(16)]
    stuck = [
        h
        for h in found
        if np.isnan(h["tau_energy"].values).all() and not h["exchange_rate"].values[:2].any()
    ]
    assert len(stuck) >= 2
    assert [h["converged"].values.tolist() for h in stuck] == [[0, 0, 0]] * len(stuck)


def test_a_ground_state_that_replicas_carry_down_is_converged():
    temperatures = tuple(np.linspace(0.02, 0.2, 10))
    found = health_of(temperatures, 32, "cubic", (4, 4, 4), sweeps=5120, warmup=1000)
    assert np.isnan(found["tau_energy"].values[:2]).all()
    assert found["exchange_rate"].values[0] == 1.0
    assert found["converged"].values.all()


@pytest.mark.parametrize(("depth", "converged"), [(0.0, 1), (1e6, 1), (1e14, 0), (1e18, 0)])
def test_energies_without_digits_are_not_called_converged(depth, converged):
    """A constant depth changes nothing, but takes the digits of the repulsion from 1e14 on."""
    cubic = textbook("cubic")
    deep = replace(cubic, wells=tuple(replace(well, depth=depth) for well in cubic.wells))
    sampling = Sampling(sweeps=1024, warmup=64, measurements=512, exchange_interval=1)
    task = Task(deep, (4, 4, 4), 16, (0.3, 0.6), sampling=sampling)
    assert run(task)["health"]["converged"].values.tolist() == [converged] * 2


def test_a_drift_or_a_last_digit_near_the_temperature_is_not_resolved():
    thermal = np.array([0.01, 1.0])
    energy = np.array([[-3.0, 2.0], [-2.5, 2.5]])
    assert resolved(energy, [1e-12, 1e-13], thermal).tolist() == [1, 1]
    assert resolved(energy, [1e-4, 1e-13], thermal).tolist() == [0, 1]
    assert resolved(energy, [1e-12, 0.5], thermal).tolist() == [0, 0]
    assert resolved(energy, [np.nan, 1e-13], thermal).tolist() == [0, 0]
    # neighbouring doubles are 2e-3 apart there
    assert resolved(1e13 + energy, [0.0, 0.0], thermal).tolist() == [0, 0]
    assert resolved(1e11 + energy, [0.0, 0.0], thermal).tolist() == [0, 1]


def test_autocorrelation_times_are_in_sweeps():
    """The same chain measured at every fourth sweep: τ in sweeps stays, in measurements not."""
    tau = []
    for measurements in (8192, 2048):
        sampling = Sampling(8192, 256, measurements, exchange_interval=1)
        cubic = textbook("cubic")
        task = Task(cubic, (4, 4, 4), 32, (0.14,), sampling=sampling, seed=3)
        health = run(task)["health"]
        tau.append([health["tau_energy"].item(), health["tau_order"].item()])
    fine, coarse = np.array(tau)
    # far longer than the spacing of either, by a factor that does not depend on it
    assert (fine > 4).all()
    np.testing.assert_allclose(coarse, fine, rtol=0.5)


def test_the_mix_of_moves_is_recorded():
    mix = move_mix(TASK, kernel_tables(TASK.build())[0])
    proposals = run(TASK)["health"]["proposals"]
    assert proposals.dims == ("move",)
    assert proposals.attrs["units"] == "1"
    assert (proposals[:3] == mix[:3]).all()
    near, far, change = proposals.values[:3]
    assert near == TASK.n_carriers
    assert 0 < far < near
    assert 0 < change < near
    # when a collective move is due is drawn
    attempts = proposals[3:5] * TASK.sampling.sweeps * len(TASK.temperatures)
    due = TASK.sampling.sweeps * len(TASK.temperatures) / np.array(mix[3:5])
    assert (np.abs(attempts - due) < 4 * np.sqrt(due)).all()
    assert (attempts > 0).all()


def test_a_mix_that_is_asked_for_is_made_and_recorded():
    rates = (
        ("far_hop", 0.5),
        ("change_of_state", 0.25),
        ("rigid_turn", 0.2),
        ("layer_shift", 0.0),
        ("row_shift", 0.5),
        ("pair_hop", 2.0),
    )
    task = replace(TASK, sampling=replace(TASK.sampling, moves=rates))
    assert task.digest() != TASK.digest()
    assert (
        task.digest() == replace(TASK, sampling=replace(TASK.sampling, moves=rates[::-1])).digest()
    )
    health = run(task)["health"]
    n, total = TASK.n_carriers, TASK.sampling.sweeps * len(TASK.temperatures)
    near, far, change, turn, shift, insert, row, pair, _ = health["proposals"].values
    assert pair == 2 * n
    assert (near, far, change, shift, insert) == (n, round(0.5 * n), round(0.25 * n), 0, 0)
    for rate, found in ((0.2, turn), (0.5, row)):
        assert found * total == pytest.approx(rate * total, abs=4 * np.sqrt(rate * total))
    acceptance = health["acceptance"].values
    assert np.isnan(acceptance[:, [4, 5]]).all()
    assert (acceptance[:, [0, 1, 2, 3, 6, 7]] > 0).all()


def test_a_move_that_can_do_nothing_is_not_made_when_asked_for():
    task = replace(
        TASK,
        structure=KAGOME,
        field=0.0,
        size=(2, 2, 1),
        sampling=replace(TASK.sampling, moves=(("change_of_state", 1.0), ("layer_shift", 0.5))),
    )
    assert move_mix(task, kernel_tables(task.build())[0])[2:5] == (0, 0, 0)


def test_acceptance_is_that_of_the_measured_sweeps():
    """A long annealing from a hot start does not count for the cold end of the ladder."""
    task = Task(
        textbook("cubic"),
        (4, 4, 4),
        32,
        (0.05, 1.0),
        sampling=Sampling(sweeps=320, warmup=4000, measurements=64, exchange_interval=5),
        seed=2,
    )
    acceptance = run(task)["health"]["acceptance"].values
    assert (acceptance[0, :2] < 0.005).all()
    assert (acceptance[1, :2] > 0.3).all()


def test_one_temperature_and_one_carrier_and_full_wells():
    """The smallest ladders run, and say what they know."""
    sampling = Sampling(sweeps=320, warmup=32, measurements=64)
    for n in (1, 7, 8):
        cubic = Task(textbook("cubic"), (2, 2, 2), n, (0.3,), Interactions(), sampling=sampling)
        groups = run(cubic)
        states = groups["samples"]["state"].values
        assert ((states >= 0).sum(axis=1) == n).all()
        energy = cubic.build().energy(states[0]) / n
        # all arrangements of one carrier or hole in a cubic lattice are alike
        assert groups["/"]["energy"].values[0] == pytest.approx(energy, abs=1e-10)
        assert groups["/"]["specific_heat"].values[0] == pytest.approx(0.0, abs=1e-10)
        assert "displacement" not in groups["/"]
        if n < 8:
            assert groups["health"]["acceptance"].values[0, 0] > 0


def test_frozen_wells_without_other_states_propose_no_change():
    one = crystal(np.eye(3), make_well("site", (0, 0, 0)), units=REDUCED)
    task = Task(one, (3, 3, 3), 13, (0.2, 0.4), sampling=Sampling(320, 32, 64))
    acceptance = run(task)["health"]["acceptance"].values
    assert np.isnan(acceptance[:, 2]).all()
    assert (acceptance[:, :2] > 0).all()
