"""Hops in continuous time: the probability of every transition, what is carried, how long."""

import numpy as np
import pytest
from exact import configurations, crystal, energies, kernel_model, place, read, system, well
from scipy import stats
from scipy.linalg import expm

from mcsc.kernels import ladder
from mcsc.kernels.move_table import ACCEPTED, ATTEMPTS, WAITED, Mix
from mcsc.kernels.waiting_hops import FEWEST, MOST, near_hop_share, pace, waiting_hops
from mcsc.model import Interactions, build_model
from mcsc.units import SI

CELL = [[10.0, 0.5, 0.0], [0.0, 11.0, -0.4], [1.0, 0.0, 12.0]]
BETA, SWEEPS, COPIES = 4.0, 3, 250
CRYSTAL = crystal(
    CELL,
    well("a", (0, 0, 0), [(0, 0, 0), (0.9, 0.2, 0)], (0.0, 0.1), -0.1),
    well("b", (2, 0, 0), [(0, 0, 0)], (0.0,), 0.15),
)


def rates(model, states, energy):
    """(C, C) of all transitions a sweep, as the module states them."""
    near, n = model.lattice.near_wells(), len(states)
    found = np.zeros((n, n))
    for i, j in np.ndindex(n, n):
        gone, come = np.nonzero(states[i] != states[j])[0], states[j] >= 0
        if len(gone) == 2 and come[gone].sum() == (states[i] >= 0)[gone].sum() == 1:
            to, out = sorted(gone, key=lambda w: states[i][w])
            slots = (near[out] == to).sum() / near.shape[1]
            found[i, j] = slots * min(1.0, np.exp(-BETA * (energy[j] - energy[i])))
    return found - np.diag(found.sum(axis=1))


# carriers in 6 wells: lists go by the carriers, and by the holes
@pytest.mark.parametrize("n_carriers", [2, 4])
def test_a_time_of_waiting_leads_where_the_rates_say(n_carriers):
    size = (3, 1, 1)
    found = system(CRYSTAL, size, coulomb=SI.coulomb / 2.0)
    model = build_model(CRYSTAL, size, Interactions(relative_permittivity=2.0))
    tables, numbers = kernel_model(model)
    states = configurations(found, n_carriers)
    energy = energies(found, states)
    expected = COPIES * expm(SWEEPS * rates(model, states, energy))
    state = place(model, tables, numbers, states, COPIES, seed=n_carriers)
    hops = [waiting_hops(tables, state, r, BETA, SWEEPS) for r in range(len(state.energy))]
    final = read(model, tables, state)
    names = 5 ** np.arange(states.shape[1])
    order = np.argsort(states @ names)
    at = order[np.searchsorted((states @ names)[order], final @ names)]
    counts = np.zeros_like(expected)
    np.add.at(counts, (np.repeat(np.arange(len(states)), COPIES), at), 1)
    seen = expected >= 10
    assert 0.1 < counts[~np.eye(len(states), dtype=bool)].sum() / counts.sum() < 0.95
    assert (np.array(hops)[at != np.repeat(np.arange(len(states)), COPIES)] > 0).all()
    chi_squared = ((counts - expected)[seen] ** 2 / expected[seen]).sum()
    assert 1e-4 < stats.chi2.sf(chi_squared, seen.sum() - len(states)) < 1 - 1e-4
    carried, potential = state.energy.copy(), state.potential.copy()
    assert np.allclose(carried, energies(found, final), atol=1e-8)
    ladder.recompute(tables, state)
    assert np.allclose(state.potential, potential, atol=1e-9)


def test_a_rung_waits_for_the_hops_asked_for_unless_near_hops_are_as_fast():
    model = build_model(CRYSTAL, (3, 1, 1), Interactions())
    state = place(model, *kernel_model(model), np.array([[0, 0, -1, -1, -1, -1]]), 4)
    tally = state.tally
    tally[:, ATTEMPTS.near_hop], tally[:, ACCEPTED.near_hop] = 1000, (0, 1, 20, 600)
    share = near_hop_share(state)
    assert share.tolist() == [0, 0.001, 0.02, 0.6]
    assert near_hop_share(state).tolist() == [0] * 4
    # two carriers hop 0.002, 0.04 and 1.2 times a sweep
    pace(state, 1, share)
    assert tally[:, WAITED].tolist() == [MOST, 500, 25, 0]
    assert 25 > FEWEST > 1 / 1.2
    assert (tally[:, :WAITED] == 0).all()


def test_where_carriers_wait_an_eighth_of_the_near_hops_is_tried():
    model = build_model(CRYSTAL, (3, 1, 1), Interactions())
    tables, numbers = kernel_model(model)
    state = place(model, tables, numbers, np.array([[0, 0, -1, -1, -1, -1]]), 2)
    state.tally[1, WAITED] = 50
    ladder.anneal(tables, state, np.full(2, BETA), Mix(near_hop=24, far_hop=5), 10)
    tried = state.tally[:, ATTEMPTS.near_hop], state.tally[:, ATTEMPTS.far_hop]
    assert [one.tolist() for one in tried] == [[240, 30], [50, 50]]
