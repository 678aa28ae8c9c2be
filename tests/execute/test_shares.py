"""Shares of job arrays: nothing twice, nothing left out, equal work."""

from dataclasses import replace
from itertools import permutations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from short_scans import SHORT, tasks

from mcsc.execute import share


@settings(deadline=None, max_examples=30)
@given(st.lists(st.integers(1, 63), min_size=1, max_size=25, unique=True), st.integers(1, 30))
def test_shares_are_a_partition(carriers: list[int], number: int) -> None:
    everything = tasks(carriers=carriers)
    shares = [share(everything, i + 1, number) for i in range(number)]
    dealt = sorted(task.n_carriers for part in shares for task in part)
    assert dealt == sorted(carriers)
    loads = [sum(task.proposals for task in part) for part in shares]
    # no job could give its smallest task away and still be the fuller one of two
    for part, load in zip(shares, loads, strict=True):
        if part:
            assert load - min(task.proposals for task in part) <= min(loads)


def test_shares_are_balanced_by_work_not_by_number() -> None:
    long = [replace(task, sampling=replace(SHORT, sweeps=64 * 100)) for task in tasks()]
    everything = [*tasks(carriers=range(1, 20)), long[1]]
    first, second = share(everything, 1, 2), share(everything, 2, 2)
    assert first == [long[1]]
    assert len(second) == 19


def test_the_order_of_the_tasks_does_not_matter() -> None:
    # two of equal work among them
    everything = [*tasks(carriers=(8, 16, 32)), replace(tasks()[0], seed=7)]
    for order in permutations(everything):
        assert share(order, 2, 3) == share(everything, 2, 3)


@pytest.mark.parametrize(("index", "number"), [(0, 2), (3, 2), (1, 0)])
def test_no_such_share(index: int, number: int) -> None:
    with pytest.raises(ValueError, match="shares are counted from 1"):
        share(tasks(), index, number)
