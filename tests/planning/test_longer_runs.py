"""How long a ladder goes on."""

from types import SimpleNamespace

import numpy as np
import pytest

from mcsc.chain import Sampling, Task
from mcsc.estimators.estimate import Estimate
from mcsc.planning.longer_runs import (
    ENDS,
    continued,
    reason,
    relative_error,
    sweeps_of,
    sweeps_wanted,
    unsettled,
)
from mcsc.structure import textbook
from mcsc.transitions.transition import OneSize, Transition


def analysis(error=0.01, temperature=0.1, sure=True, converged=True, displaced=None):
    """What the decision looks at: estimates, and whether they can be trusted."""
    sizes = [OneSize({}, sure)]
    other = Estimate(*(displaced or (np.nan, np.nan)))
    charge = Estimate(temperature, error * temperature)
    return SimpleNamespace(
        charge=Transition(charge, "", "", sizes),
        displaced=Transition(other, "", "", sizes),
        in_field=displaced is not None,
        converged=converged,
    )


def wanted(found, done=1000, target=0.01, budget=16000):
    return sweeps_wanted(found, done, target, 1000, budget)


def test_a_small_error_is_enough():
    assert wanted(analysis(0.0099)) == 1000
    assert ENDS[reason(analysis(0.0099), 0.01)] == "target_met"


def test_the_length_grows_with_the_square_of_the_error():
    assert wanted(analysis(0.015)) == 3000
    assert wanted(analysis(0.0101)) == 2000
    # never by more than four at once, nor beyond the budget
    assert wanted(analysis(0.1)) == 4000
    assert wanted(analysis(0.1), done=8000) == 16000
    assert wanted(analysis(0.1), done=16000) == 16000
    assert ENDS[reason(analysis(0.1), 0.01)] == "budget_ended"


def test_an_error_of_a_chain_that_has_not_equilibrated_does_not_count():
    assert np.isinf(relative_error(analysis(0.001, sure=False)))
    assert wanted(analysis(0.001, sure=False)) > 1000


def test_no_transition():
    nothing = analysis(np.nan, np.nan)
    assert wanted(nothing) == 1000
    assert ENDS[reason(nothing, 0.01)] == "no_transition"
    unsure = analysis(np.nan, np.nan, converged=False)
    assert wanted(unsure) == 2000
    assert ENDS[reason(unsure, 0.01)] == "budget_ended"
    assert ENDS[reason(unsure, None)] == "undecided"


def test_in_a_field_the_displacement_counts_too():
    both = analysis(0.001, displaced=(0.2, 0.2 * 0.02))
    assert relative_error(both) == pytest.approx(0.02)
    assert wanted(both) == 4000
    assert relative_error(analysis(np.nan, np.nan, displaced=(0.2, 0.002))) == pytest.approx(0.01)


def test_a_short_temperature_is_left_unless_the_transition_lies_there():
    sure, unsure = analysis, lambda: analysis(sure=False)
    assert unsettled(2 / 24, sure) and not unsettled(1 / 24, sure) and not unsettled(0.0, unsure)
    assert unsettled(1 / 24, unsure) and not unsettled(1 / 24, lambda: None)
    assert not unsettled(1 / 24, lambda: analysis(np.nan, np.nan, sure=False))


def test_a_continued_task_has_the_missing_sweeps():
    sampling = Sampling(sweeps=1000, warmup=100, measurements=100)
    task = Task(textbook("cubic"), (4, 4, 4), 8, (0.1, 0.2), sampling=sampling)
    two = continued((task,), 3000)
    assert two[0] is task and two[1].continues is task
    assert two[1].sampling == Sampling(2000, 0, 200, sampling.exchange_interval)
    assert two[1].sampling.spacing == sampling.spacing
    assert sweeps_of(continued(two, 5000)) == 5000
