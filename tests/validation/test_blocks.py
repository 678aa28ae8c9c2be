"""Block visits of large crystals: exact at a million wells, and the averages of today's kernel."""

import time
import tracemalloc
from dataclasses import replace

import numpy as np
import pytest

from mcsc.chain import Sampling, Task, run
from mcsc.chain.block_visits import block_visits
from mcsc.model import pair_table
from mcsc.structure import textbook

pytestmark = pytest.mark.validation


def half_filled(side, temperatures, **sampling):
    return Task(
        textbook("cubic"), (side,) * 3, side**3 // 2, temperatures, sampling=Sampling(**sampling)
    )


def test_a_million_wells_from_random_starts_to_the_last_bit():
    task, found = half_filled(100, (0.12, 0.25)), []
    betas = 1.0 / np.array(task.temperatures)
    # compiling takes memory, too, which is not that of the crystal
    small = half_filled(16, task.temperatures)
    compiled = block_visits(small, small.build())
    begun = compiled.start(small)
    compiled.anneal(begun, betas, 1)
    compiled.run(begun, betas, 1, 0, 1, 1)
    tracemalloc.start()
    blocks = block_visits(task, task.build())
    for factor in (0.2, 1.0, 5.0):
        chosen = replace(
            blocks,
            budget=factor * blocks.budget,
            regions=replace(blocks.regions, budget=factor * blocks.regions.budget),
        )
        state = chosen.start(task)
        chosen.recompute(state)
        chosen.anneal(state, betas, 1)
        chosen.run(state, betas, 1, 0, 1, 1)
        # raises where a carried energy or potential is not that of the carriers
        assert chosen.rebuild(state) == (0.0, 0.0)
        assert state.tally[:, 1].min() > 10_000
        found.append((state.held.copy(), state.doubled.copy(), state.rng.copy()))
    for one, other in zip(found[0], found[1], strict=True):
        assert (one == other).all()
    for one, other in zip(found[0], found[2], strict=True):
        assert (one == other).all()
    # of that 3 MB of copies a replica and start
    assert tracemalloc.get_traced_memory()[1] < (100 + 2 * 12 + 3 * 2) * 1e6
    tracemalloc.stop()


def test_tables_of_a_million_wells_are_made_in_seconds():
    begun = time.process_time()
    table = pair_table(textbook("cubic"), (100, 100, 100))
    assert time.process_time() - begun < 10.0
    # of unit charges on all wells of one sublattice and their opposites on the other: rock salt
    sign = 1 - 2 * (np.indices((100, 100, 100)).sum(axis=0) % 2)
    own = float(table.self_energy[0])
    assert (table.values[0, 0] * sign).sum() + own == pytest.approx(-1.7475645946, abs=1e-9)


@pytest.mark.parametrize("choice", [{}, {"chemical_potential": 0.1}])
def test_averages_are_those_of_the_carried_potential(choice):
    task = replace(
        half_filled(16, (0.13, 0.15, 0.2, 0.3), sweeps=4096, warmup=1024, measurements=1024),
        **choice,
    )
    slow = replace(task, sampling=replace(task.sampling, blocks=False))
    assert task.by_blocks
    assert not slow.by_blocks
    ours, theirs = run(task)["/"], run(slow)["/"]
    for name in ("energy", "specific_heat", "charge_order"):
        error = np.hypot(ours[f"{name}_stderr"], theirs[f"{name}_stderr"]).values
        z = (ours[name] - theirs[name]).values / error
        assert np.abs(z).max() < 4, name
        assert error.max() < 0.5 * np.abs(theirs[name]).max(), name
