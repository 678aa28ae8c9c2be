"""Fillings that are known to be glassy are flagged when run short; one that is not, is not.

Stripes of a half-filled triangular lattice freeze with defects; half-filled cubic wells order like
rock salt, which every annealing finds.
"""

from dataclasses import replace

import numpy as np
import pytest

from mcsc.chain import Sampling, Task, run
from mcsc.chain.join import joined
from mcsc.structure import textbook


def annealed_twice(structure, size, n_carriers, temperatures, sweeps, seed):
    """Health of two annealings."""
    sampling = Sampling(sweeps=sweeps, warmup=sweeps // 4, measurements=128)
    ladder = tuple(np.round(temperatures, 5).tolist())
    task = Task(structure, size, n_carriers, ladder, sampling=sampling, seed=seed)
    return joined(task, [[run(replace(task, annealing=k))] for k in (0, 1)])["health"]


@pytest.mark.parametrize("seed", [1, 2, 3])
def test_stripes_of_the_triangular_lattice_are_glassy(seed):
    temperatures = np.geomspace(0.01, 0.12, 8)
    found = annealed_twice(textbook("triangular", 1.7), (8, 8, 2), 64, temperatures, 512, seed)
    # two annealings can freeze into the same order, now and then
    assert found["glassy"][:4].sum() >= 3
    assert not found["converged"][:4].any()
    # well above the order every chain forgets where it began
    assert not found["glassy"][-1:].any()
    assert (found["r_hat"][:4].max("series_name") > 1.1).sum() >= 3


@pytest.mark.parametrize("seed", [1, 2, 3])
def test_rock_salt_is_not(seed):
    temperatures = np.geomspace(0.04, 0.2, 10)
    found = annealed_twice(textbook("cubic"), (4, 4, 4), 32, temperatures, 2048, seed)
    assert not found["glassy"].any()
    # both are in the same ground state, and never leave it
    assert (found["annealing_difference"][0].fillna(0.0) == 0.0).all()
