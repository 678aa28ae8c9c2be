"""Kinetic Monte Carlo at zero field against the ladder of the same crystal, by replica exchange."""

import numpy as np
import pytest

import mcsc
from mcsc.structure import textbook, with_states

pytestmark = pytest.mark.validation

KAGOME = with_states(textbook("kagome-wells", 1.69), "sixfold", 0.05, 0.01)


@pytest.mark.parametrize("barrier", [None, 0.2])
def test_energies_are_those_of_the_ladder(barrier: float | None) -> None:
    model, temperatures = mcsc.build_model(KAGOME, (3, 3, 1)), [0.15, 0.2, 0.3]
    ladder = mcsc.sample(model, temperatures, doping=1.0, sweeps=16384, progress=False)
    asked = {"barrier": barrier, "events": 2048, "repeats": 8, "progress": False}
    found = mcsc.transport(model, temperatures, doping=1.0, state_rate=2.0, **asked)
    rest = found.isel(field=0)
    error = np.hypot(rest["energy_stderr"], ladder["energy_stderr"])
    assert (error < 0.006 * np.abs(ladder["energy"])).all()
    assert (np.abs(rest["energy"] - ladder["energy"]) < 4 * error).all()
