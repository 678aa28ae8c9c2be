"""Ladders that are stopped, killed and resumed give the bits of an undisturbed run."""

from dataclasses import replace

import numba
import numpy as np
import pytest
from short_ladder import TASK, results_on_threads

from mcsc.chain import Stopped, run
from mcsc.files import netcdf

# annealing stages, warm-up steps and steps of 16 measurements
N_STEPS = 4 + 16 + 8


class StopAt:
    """A stop button that is pressed after given numbers of steps."""

    def __init__(self, *steps):
        self.left, self.asked = list(steps), 0

    def __call__(self):
        self.asked += 1
        pressed = bool(self.left) and self.asked == self.left[0]
        if pressed:
            self.left.pop(0)
            self.asked = 0
        return pressed


def same(one, two):
    """Whether two results agree in every group, variable, attribute and bit."""
    assert set(one.children) == set(two.children) == {"health", "samples", "series"}
    for this, other in zip(one.subtree, two.subtree, strict=True):
        assert set(this.variables) == set(other.variables)
        for name in this.variables:
            a, b = this[name], other[name]
            assert a.dims == b.dims, name
            assert a.dtype == b.dtype, name
            assert a.values.tobytes() == b.values.tobytes(), name
    return netcdf.content_digest(one) == netcdf.content_digest(two)


@pytest.fixture(scope="module")
def undisturbed():
    return run(TASK)


def resumed(task, checkpoint, stop):
    """Run until done, starting again after every stop; the result and the number of stops."""
    stops = 0
    while True:
        try:
            return run(task, checkpoint, stop=stop), stops
        except Stopped:
            stops += 1
            assert checkpoint.exists()


def test_a_run_repeats_itself(undisturbed):
    assert same(run(TASK), undisturbed)


@pytest.mark.parametrize("steps", [(1,), (3,), (4,), (12,), (20,), (21,), (N_STEPS - 1,)])
def test_stopped_anywhere_and_resumed(tmp_path, undisturbed, steps):
    result, stops = resumed(TASK, tmp_path / "a.checkpoint", StopAt(*steps))
    assert stops == 1
    assert same(result, undisturbed)


def test_stopped_many_times(tmp_path, undisturbed):
    result, stops = resumed(TASK, tmp_path / "a.checkpoint", StopAt(*[2] * 13))
    assert stops == 13
    assert same(result, undisturbed)


def test_killed_between_checkpoints(tmp_path, undisturbed):
    """An exception between two steps is as good as a kill: the last checkpoint counts."""

    class Killed(Exception):
        pass

    def kill(done):
        if done > 0.8:
            raise Killed

    checkpoint = tmp_path / "a.checkpoint"
    with pytest.raises(Killed):
        run(TASK, checkpoint, report=kill, checkpoint_interval=0.0)
    reports = []
    assert same(run(TASK, checkpoint, report=reports.append), undisturbed)
    assert 0.7 < reports[0] <= 0.9
    assert reports[-1] == 1.0
    assert list(tmp_path.iterdir()) == [checkpoint]


def test_checkpoints_often_or_never_give_the_same(tmp_path, undisturbed):
    result = run(TASK, tmp_path / "a.checkpoint", checkpoint_interval=0.0)
    assert same(result, undisturbed)


@pytest.fixture(scope="module")
def checkpoint_bytes(tmp_path_factory):
    path = tmp_path_factory.mktemp("checkpoint") / "a.checkpoint"
    with pytest.raises(Stopped):
        run(TASK, path, stop=StopAt(24))
    return path.read_bytes()


def first_report(path):
    """Fraction done after the first step of a run that starts from ``path``, then result."""
    reports = []
    result = run(TASK, path, report=reports.append)
    return reports[0], result


def test_a_whole_checkpoint_is_used(tmp_path, undisturbed, checkpoint_bytes):
    path = tmp_path / "a.checkpoint"
    path.write_bytes(checkpoint_bytes)
    first, result = first_report(path)
    assert first == pytest.approx(25 / N_STEPS)
    assert same(result, undisturbed)


@pytest.mark.parametrize("share", [0.0, 0.001, 0.5, 0.9, 0.9999])
def test_a_truncated_checkpoint_is_not_used(tmp_path, undisturbed, checkpoint_bytes, share):
    path = tmp_path / "a.checkpoint"
    path.write_bytes(checkpoint_bytes[: int(share * len(checkpoint_bytes))])
    first, result = first_report(path)
    assert first == pytest.approx(1 / N_STEPS)
    assert same(result, undisturbed)


@pytest.mark.parametrize("seed", range(6))
def test_a_corrupt_checkpoint_changes_nothing(tmp_path, undisturbed, checkpoint_bytes, seed):
    damaged = bytearray(checkpoint_bytes)
    rng = np.random.default_rng(seed)
    for place in rng.integers(0, len(damaged), 3):
        damaged[place] ^= 1 << int(rng.integers(0, 8))
    path = tmp_path / "a.checkpoint"
    path.write_bytes(damaged)
    assert same(run(TASK, path), undisturbed)


@pytest.mark.parametrize(
    "other",
    [
        replace(TASK, seed=4),
        replace(TASK, temperatures=(0.1, 0.15, 0.2, 0.31)),
        replace(TASK, n_carriers=8),
    ],
    ids=["seed", "temperature", "doping"],
)
def test_a_foreign_checkpoint_is_not_used(tmp_path, undisturbed, other):
    path = tmp_path / "a.checkpoint"
    with pytest.raises(Stopped):
        run(other, path, stop=StopAt(24))
    first, result = first_report(path)
    assert first == pytest.approx(1 / N_STEPS)
    assert same(result, undisturbed)


@pytest.mark.skipif(numba.config.NUMBA_NUM_THREADS < 2, reason="one core")
def test_threads_do_not_change_a_bit(undisturbed):
    for result in results_on_threads(TASK):
        assert same(result, undisturbed)
