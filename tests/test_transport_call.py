"""``mcsc.transport``: refusals; what it returns stands in its example."""

import numpy as np
import pytest

import mcsc

MODEL = mcsc.build_model(mcsc.textbook("cubic"), (3, 3, 3))


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ({}, "give one of doping"),
        ({"doping": 0.5}, "no whole number"),
        ({"n_carriers": 3, "direction": (0, 0, 0)}, "direction is zero"),
        ({"n_carriers": 3, "fields": [-0.1]}, "give 0"),
        ({"n_carriers": 3, "temperatures": []}, "temperatures: give at least one"),
    ],
)
def test_mistakes(arguments, message):
    with pytest.raises(ValueError, match=message):
        mcsc.transport(MODEL, **{"temperatures": [0.2], **arguments})


def test_a_task_is_taken_as_it_is():
    task = mcsc.Task(mcsc.textbook("cubic"), (3, 3, 3), 9, (0.2, 0.4), seed=4)
    asked = {"fields": [0.2], "direction": (0, 2, 0), "events": 8, "repeats": 2, "progress": False}
    found = mcsc.transport(task, **asked)
    again = mcsc.transport(task, [0.4, 0.2], seed=4, n_carriers=9, **asked)
    assert found["field"].values.tolist() == [0.0, 0.2]
    assert found.identical(again)
    assert np.isfinite(found["drift_velocity"]).all()
