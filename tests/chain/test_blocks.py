"""Ladders by block visits: where they are chosen, resumed, and against exact sums."""

from dataclasses import replace
from itertools import product

import numpy as np
import pytest
from exact import boltzmann, crystal, energies, system
from exact import well as make_well
from short_ladder import results_on_threads

from mcsc.chain import Sampling, Stopped, Task, run
from mcsc.files.netcdf import content_digest
from mcsc.model import Interactions
from mcsc.sampling import FieldProtocol
from mcsc.structure import textbook
from mcsc.units import REDUCED

BLOCKS = Sampling(640, 160, 128, 5, blocks=True)
TASK = Task(textbook("kagome-wells", 1.7), (4, 8, 2), 64, (0.1, 0.15, 0.2), sampling=BLOCKS, seed=3)


def test_large_crystals_of_coulomb_carriers_are_sampled_by_blocks():
    large = Task(textbook("cubic"), (16, 16, 16), 2048, (0.2,))
    assert large.by_blocks
    assert replace(large, chemical_potential=0.1).by_blocks
    small = replace(large, size=(16, 16, 15))
    assert not small.by_blocks
    assert replace(small, sampling=Sampling(blocks=True)).by_blocks
    screened = Interactions(screening_length=2.0)
    assert replace(large, interactions=screened).by_blocks
    for change in (
        {"sampling": Sampling(blocks=False)},
        {"sampling": Sampling(moves=(("row_shift", 0.1),))},
        {"interactions": Interactions(coulomb=False)},
        {"window": (2000, 2048)},
        {"size": (7, 7, 7), "structure": textbook("kagome-wells"), "n_carriers": 9},
    ):
        assert not replace(large, **change).by_blocks
    # a task is another one by blocks, and the same as before without
    asked = replace(large, sampling=Sampling(blocks=True))
    assert asked.digest() == large.digest()
    assert replace(large, sampling=Sampling(blocks=False)).digest() != large.digest()
    assert replace(small, sampling=Sampling(blocks=False)).digest() == small.digest()


@pytest.mark.parametrize(
    ("change", "reason"),
    [
        ({"size": (7, 7, 7)}, "too few for two boxes"),
        ({"window": (40, 64)}, "window of carriers"),
        ({"sampling": replace(BLOCKS, moves=(("row_shift", 0.1),))}, "beside moves"),
        ({"protocol": FieldProtocol((0.0, 0.1))}, "field protocol"),
    ],
)
def test_where_blocks_cannot_sample_that_is_said(change, reason):
    with pytest.raises(ValueError, match=f"blocks = true .*{reason}"):
        replace(TASK, **change)


def test_results_do_not_depend_on_threads_and_stops(tmp_path):
    one, two = results_on_threads(TASK)
    assert content_digest(one) == content_digest(two)
    assert int(one["health"]["by_blocks"]) == 1
    # in the annealing, in the warm-up, among the measurements
    for steps in (2, 9, 12):
        asked = iter(range(steps))
        with pytest.raises(Stopped):
            run(TASK, tmp_path / "chain", stop=lambda asked=asked: next(asked, None) is None)
    assert content_digest(run(TASK, tmp_path / "chain")) == content_digest(one)


@pytest.mark.parametrize("mu", [-0.1, None])
def test_averages_of_sixteen_wells_are_exact(mu):
    cell = crystal([[1.0, 0, 0], [0, 1.2, 0.1], [0.2, 0, 1.1]], make_well("one", (0, 0, 0)),
                   units=REDUCED)  # fmt: skip
    task = Task(
        cell, (1, 2, 8), 8, (0.3, 0.6, 1.2), chemical_potential=mu, seed=1,
        sampling=Sampling(4096, 512, 1024, 4, blocks=True),
    )  # fmt: skip
    root = run(task)["/"]
    found = system(cell, (1, 2, 8), coulomb=1.0)
    states = np.array(list(product((-1, 0), repeat=16)))
    if mu is None:
        states = states[(states >= 0).sum(axis=1) == 8]
    n = (states >= 0).sum(axis=1)
    charging = 0.5 * task.interactions.charging_energy(cell) * n**2 / 16
    energy = energies(found, states) + charging
    for t, temperature in enumerate(task.temperatures):
        p = boltzmann(energy - (mu or 0.0) * n, temperature)
        exact = {"energy": p @ energies(found, states) / (p @ n)}
        if mu is None:
            exact["specific_heat"] = np.cov(energy, aweights=p, ddof=0) / 8 / temperature**2
        else:
            exact["carriers_per_cell"] = p @ n / 16
        for name, value in exact.items():
            error = root[f"{name}_stderr"].values[t]
            assert abs(root[name].values[t] - value) < 4 * error, name
