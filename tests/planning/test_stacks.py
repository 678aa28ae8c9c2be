"""Layers of all ladders put on each other, where they lie below what a ladder has come to."""

from dataclasses import replace
from itertools import product

import numpy as np
import pytest

import mcsc
from mcsc.chain import Task, run
from mcsc.planning.longer_runs import doubled
from mcsc.planning.stacks import Seen, States, lower_stacks
from mcsc.sampling import Sampling
from mcsc.structure import Structure

RUN = Sampling(sweeps=64, warmup=32, measurements=32)


def task_of(n: int, layers: int, spacing: float = 4.0) -> Task:
    """Carriers in triangular wells, 3 × 3 cells a layer, so cold that what is there stays."""
    structure: Structure = mcsc.textbook("triangular", layer_spacing=spacing)
    return Task(structure, (3, 3, layers), n, (1e-4, 1.1e-4, 1.2e-4, 1.3e-4), sampling=RUN)


def layer(*filled: int) -> States:
    """(3, 3, 1) state of each well of a layer."""
    found = np.full(9, -1, np.int8)
    found[list(filled)] = 0
    return found.reshape(3, 3, 1)


# √3 × √3 with a third of the wells full, its complement, and what costs more
THIRD, TWO_THIRDS = layer(0, 5, 7), layer(1, 2, 3, 4, 6, 8)
ROW, FIVE = layer(0, 1, 2), layer(0, 1, 3, 4, 6)


def stack(*layers: States) -> States:
    """(W,) the layers above each other."""
    return np.stack(layers, axis=2).reshape(-1)


def come_to(task: Task, states: States, above: float = 0.0) -> Seen:
    """A ladder that stays in a state, its mean energy so many k_B T above."""
    unit = task.units.boltzmann * task.temperatures[0]
    return Seen(task, 0.0, np.stack([states] * 2), task.build().energy(states) + above * unit)


def test_between_two_fillings_a_stack_takes_the_layers_of_both() -> None:
    """It is the lowest of all that can be made of them, and is put forward where that is lower."""
    ordered = [
        come_to(task_of(9, 3, 1.5), stack(THIRD, THIRD, THIRD)),
        come_to(task_of(18, 3, 1.5), stack(TWO_THIRDS, TWO_THIRDS, TWO_THIRDS)),
    ]
    one = come_to(task_of(15, 3, 1.5), stack(FIVE, FIVE, FIVE))
    model, digest = one.task.build(), one.task.digest()
    stacks = lower_stacks([*ordered, one])
    assert stacks.keys() == {digest}
    lowest = min(
        model.energy(stack(*layers))
        for layers in product((THIRD, TWO_THIRDS, FIVE), repeat=3)
        if (stack(*layers) >= 0).sum() == 15
    )
    assert model.energy(stacks[digest]) == pytest.approx(lowest, abs=1e-12)
    # the same where it is, within the noise of its energy, and beyond
    for above, found in ((1.0, []), (3.0, [digest])):
        again = come_to(one.task, stacks[digest], above)
        assert list(lower_stacks([*ordered, again])) == found


def test_only_layers_of_one_crystal_are_put_on_each_other() -> None:
    """Neither single layers, nor those of another size, nor where carriers come and go."""
    row = stack(ROW, ROW)
    high, third = come_to(task_of(6, 2), row), come_to(task_of(6, 2), stack(THIRD, THIRD))
    assert lower_stacks([high, third])
    assert not lower_stacks([high])
    elsewhere = replace(task_of(6, 2), field=1e-3)
    assert not lower_stacks([high, replace(third, task=elsewhere)])
    alone = [come_to(task_of(3, 1), state) for state in (ROW.reshape(-1), THIRD.reshape(-1))]
    assert not lower_stacks(alone)
    open_ = [replace(one, task=replace(one.task, chemical_potential=0.1)) for one in (high, third)]
    assert not lower_stacks(open_)


def test_the_colder_half_of_a_ladder_goes_on_from_a_stack() -> None:
    """After a warm-up; so cold, it stays where it begins."""
    task, start = task_of(6, 2), stack(THIRD, THIRD)
    task = replace(task, sampling=replace(RUN, moves=(("layer_exchange", 0.0), ("far_hop", 1e-9))))
    more = doubled((task,), tuple(start.tolist()))[-1]
    assert more.digest() != doubled((task,))[-1].digest()
    assert (more.sampling.sweeps, more.sampling.warmup) == (128, 32)
    before = run(task)
    before["samples"]["state"].values[:] = stack(ROW, ROW)
    after = run(more, before=before)
    energy = [task.build().energy(state) for state in after["samples"]["state"].values]
    lowest = task.build().energy(start)
    # layers slide above each other
    assert energy[:2] == pytest.approx([lowest] * 2, abs=1e-5)
    assert after["/"]["energy"].values[0] == pytest.approx(lowest / 6, abs=1e-5)
    assert task.build().energy(stack(ROW, ROW)) > lowest + 0.1
    with pytest.raises(ValueError, match="give all 18, and what it continues"):
        replace(more, continues=None)
    with pytest.raises(ValueError, match="start of 3 wells"):
        replace(more, start=(0, 0, -1))
