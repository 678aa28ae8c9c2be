"""Histories of fields out of equilibrium: exact spinodals, moves that are not made."""

from dataclasses import replace
from functools import cache

import numpy as np
import pytest
from exact import crystal, energies, system
from exact import well as make_well

from mcsc.chain import FieldProtocol, Sampling, Task, run
from mcsc.files.tree import group
from mcsc.model import Interactions
from mcsc.transitions.threshold_table import protocol_table
from mcsc.units import REDUCED

# a chain of dipoles along the field, all wells filled, far from its images
CHAIN_COST, CHAIN_DELTA = 0.03, 0.1
CHAIN_STATES = CHAIN_DELTA * np.array([(0, 0, 0), (1, 0, 0), (-1, 0, 0)])
CHAIN = Task(
    crystal(
        np.diag([1.0, 3.0, 3.0]),
        make_well("site", (0, 0, 0), CHAIN_STATES, [0, CHAIN_COST, CHAIN_COST]),
        units=REDUCED,
    ),
    (6, 1, 1),
    6,
    (0.0001, 0.1),
    sampling=Sampling(warmup=128),
    seed=3,
    protocol=FieldProtocol(tuple(0.02 * i for i in range(34)), 256, 16, repeats=8),
)


@cache
def swept():
    return group(run(CHAIN))


def test_without_coupling_the_threshold_is_the_cost_over_the_displacement():
    """U∥ of free carriers passes δ/2 where the exact sum does: at W/δ for T → 0."""
    fields = tuple(0.02 * i for i in range(31))
    cold, warm = 0.0002, 0.003
    task = replace(
        CHAIN,
        interactions=Interactions(coulomb=False),
        temperatures=(cold, warm),
        protocol=FieldProtocol(fields, 256, 64, repeats=16),
    )
    root = group(run(task))
    found = protocol_table(root)
    thresholds = found.drop_sel(branch="field_removed")
    step = fields[1]
    e = np.linspace(0, 0.6, 60001)
    for i, kt in enumerate((cold, warm)):
        weight = np.exp(-(CHAIN_COST - np.outer(e, CHAIN_STATES[:, 0]) - [CHAIN_COST, 0, 0]) / kt)
        exact = e[np.argmax(weight @ CHAIN_STATES[:, 0] / weight.sum(axis=1) >= CHAIN_DELTA / 2)]
        assert exact == pytest.approx(CHAIN_COST / CHAIN_DELTA, abs=1e-3)
        value = thresholds["threshold_field"].isel(temperature=i)
        error = thresholds["threshold_field_stderr"].isel(temperature=i)
        # interpolated between fields that lie two widths kT/δ apart or a fraction of one
        assert (np.abs(value - exact) < np.maximum(4 * error, step / 2)).all()
        assert (error < step).all()
    assert (thresholds["threshold_sharp"] == 2).all()
    assert (np.abs(found["hysteresis_area"]) < 4 * found["hysteresis_area_stderr"] + 1e-3).all()
    assert not found["hysteresis"].any()
    assert (np.abs(found["remanence"]) < 4 * found["remanence_stderr"] + 1e-12).all()


def chain_energies():
    """Energy at zero field of 0 … 6 neighbouring carriers displaced along a chain, from sums."""
    found = system(CHAIN.structure, CHAIN.size, coulomb=1.0)
    rows = np.array([[1] * n + [0] * (6 - n) for n in range(7)])
    return energies(found, rows)


def test_the_jumps_of_a_chain_of_dipoles_are_at_its_spinodals():
    """At T → 0 a full crystal stays until one carrier alone gains, then all follow."""
    gains = np.diff(chain_energies())
    # the first is the hardest to displace, the last the easiest to lose
    assert (gains[1:] < gains[0]).all()
    assert (gains[:-1] > gains[-1]).all()
    up, down = gains[0] / CHAIN_DELTA, gains[-1] / CHAIN_DELTA
    assert 0.04 < down < up - 0.1 < 0.5
    root = swept().isel(temperature=0)
    fields = root["field"].values
    # heat brings a jump forward, by a barrier of at most ln(number of attempts)
    heat = np.log(1e5) * CHAIN.temperatures[0] / CHAIN_DELTA
    share = root["displacement_parallel_repeat"] / CHAIN_DELTA
    forward, backward = share.sel(branch="forward").values, share.sel(branch="backward").values
    assert np.abs(forward[fields < up - heat]).max() < 0.01
    assert forward[fields > up].min() > 0.99
    assert backward[fields > down + heat].min() > 0.99
    assert np.abs(backward[fields < down]).max() < 0.01
    table = protocol_table(swept().isel(temperature=[0])).isel(temperature=0)
    threshold, error = table["threshold_field"].values, table["threshold_field_stderr"].values
    step = fields[1]
    assert (np.abs(threshold[:2] - [up, down]) < step / 2 + heat).all()
    # cooled in a field they find the state that lies lowest: the mean gain of all six
    assert abs(threshold[2] - gains.mean() / CHAIN_DELTA) < 4 * error[2]
    # one jump in one step, the same in all repeats
    assert error[:2] == pytest.approx(step / np.sqrt(12), rel=0.3)
    assert (table["threshold_sharp"].values[:2] == 2).all()


def test_a_chain_of_dipoles_has_hysteresis_when_cold_and_none_when_hot():
    table = protocol_table(swept())
    area, error = table["hysteresis_area"].values, table["hysteresis_area_stderr"].values
    gains = np.diff(chain_energies()) / CHAIN_DELTA
    box = (gains[0] - gains[-1]) / CHAIN.protocol.fields[-1]
    heat = 2 * np.log(1e5) * CHAIN.temperatures[0] / CHAIN_DELTA + 0.02
    assert box - heat / CHAIN.protocol.fields[-1] < area[0] < box + 0.02
    assert area[0] > 4 * error[0]
    assert abs(area[1]) < 4 * error[1]
    assert table["hysteresis"].values.tolist() == [1, 0]
    # the state at the centre lies lower: nothing stays
    assert np.abs(table["remanence"].values[:, 0]).max() < 0.01


def test_in_a_branch_carriers_stay_in_their_layer_and_while_cooling_they_do_not():
    """Deep wells in one layer, displaced states in another that near hops do not lead to."""
    wells = crystal(
        np.diag([1.0, 1.0, 6.0]),
        make_well("deep", (0, 0, 0), depth=-0.25),
        make_well("wide", (0, 0, 3.0), [(0, 0, 0), (0.4, 0, 0), (-0.4, 0, 0)]),
        units=REDUCED,
    )
    task = Task(
        wells,
        (3, 3, 1),
        2,
        (0.02, 0.05, 0.1),
        Interactions(coulomb=False),
        sampling=Sampling(warmup=4096),
        protocol=FieldProtocol((0.0, 2.0), sweeps=128, measurements=32, repeats=8),
    )
    root = group(run(task)).isel(temperature=0)
    u, energy = root["displacement_parallel"], root["energy"]
    # swept, they miss the lower energy −0.8 of the other layer; cooled in the field, they find it
    for branch in ("forward", "backward"):
        np.testing.assert_allclose(u.sel(branch=branch), 0.0, atol=1e-12)
        np.testing.assert_allclose(energy.sel(branch=branch), -0.25, atol=1e-12)
    np.testing.assert_allclose(u.sel(branch="field_cooled"), [0.0, 0.4], atol=1e-9)
    np.testing.assert_allclose(energy.sel(branch="field_cooled"), [-0.25, -0.8], atol=1e-9)
    # there they stay without it, displaced either way
    np.testing.assert_allclose(energy.sel(branch="field_removed"), [-0.25, 0.0], atol=1e-9)
    left = u.sel(branch="field_removed", field=2.0)
    error = root["displacement_parallel_stderr"].sel(branch="field_removed", field=2.0)
    assert abs(left) < 4 * error
    assert error > 0


def test_displacements_stay_where_they_lie_lowest():
    """Without a cost the chain is polar by itself: what a field has aligned stays aligned."""
    wells = crystal(
        np.diag([1.0, 3.0, 3.0]), make_well("site", (0, 0, 0), CHAIN_STATES), units=REDUCED
    )
    task = replace(
        CHAIN, structure=wells, temperatures=(0.001,), protocol=FieldProtocol((0.0, 0.5), 64, 8, 4)
    )
    table = protocol_table(group(run(task)))
    assert table["remanence"].values[1, 0] == pytest.approx(1.0, abs=1e-9)
