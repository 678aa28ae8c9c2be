"""The record of how tasks are run refuses what cannot be run, by its name and a remedy."""

from typing import Any

import pytest

from mcsc.execute import Execution


@pytest.mark.parametrize(
    ("given", "said"),
    [
        ({"workers": 0}, "workers = 0: give a whole number from 1"),
        ({"threads": 1.5}, "threads = 1.5: give a whole number"),
        ({"grace": -1.0}, "grace = -1.0: give seconds, 0 or more"),
        ({"checkpoint_interval": float("nan")}, "checkpoint_interval = nan: give seconds"),
        ({"scheduler": "nonsense"}, "scheduler nonsense: no address; give e.g. tcp://"),
        ({"scheduler": "tcp://a:1", "workers": 2}, "workers = 2: tcp://a:1 has its own workers"),
    ],
)
def test_what_cannot_be_run_is_refused(given: dict[str, Any], said: str) -> None:
    with pytest.raises(ValueError, match=f"^{said}"):
        Execution(**given)


def test_few_tasks_use_all_cores(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("os.sched_getaffinity", lambda pid: set(range(8)), raising=False)
    assert Execution().shared_out(3) == (3, 2)
    assert Execution().shared_out(100) == (8, 1)
    assert Execution(workers=2).shared_out(100) == (2, 4)
    assert Execution(workers=16, threads=3).shared_out(100) == (16, 3)
