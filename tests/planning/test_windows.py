"""Expanded ensembles in a run file: dopings, windows, tasks, and what cannot be combined."""

import copy
import sys
from itertools import pairwise
from pathlib import Path

import numpy as np
import pytest
from in_process import scan

from mcsc import planning
from mcsc.chain import distinct
from mcsc.config import RunFileError
from mcsc.planning.windows import annealings_wanted, emphasis_of, energy_errors

RUN = {
    "structure": {"lattice": "kagome-wells"},
    "scan": {
        "ensemble": "expanded",
        "doping": {"start": 0.5, "stop": 2.5},
        "temperature": {"values": [0.1, 0.15, 0.2]},
        "size": [[2, 2, 1]],
        "window": 4,
    },
    "sampling": {"sweeps": 1024, "warmup": 512, "measurements": 512, "exchange_interval": 2},
}


def changed(**keys):
    found = copy.deepcopy(RUN)
    for key, value in keys.items():
        section, name = key.split("__")
        found.setdefault(section, {})[name] = value
    return found


def test_every_number_of_carriers_has_a_place_and_a_window():
    planned = planning.plan(RUN)
    np.testing.assert_allclose(planned.axes["doping"], np.arange(2, 11) / 4)
    tasks = [at.task for at in planned.tasks]
    assert [task.n_carriers for task in tasks] == list(range(2, 11))
    windows = sorted({task.window for task in tasks})
    assert windows[0][0] == 2 and windows[-1][1] == 10
    assert all(one[1] == other[0] for one, other in pairwise(windows))
    assert max(most - fewest for fewest, most in windows) <= 3
    # what two windows share is asked of the upper one
    shared = [task for task in tasks if task.n_carriers == windows[1][0]]
    assert [task.window for task in shared] == [windows[1]]
    assert len(distinct(tasks)) == len(windows) == 3


def test_sizes_have_the_numbers_that_they_can_hold():
    planned = planning.plan(changed(scan__size=[[2, 2, 1], [2, 3, 1]], scan__window=8))
    # twelfths that are quarters or sixths
    assert planned.axes["doping"].size == len({*range(6, 31, 3), *range(6, 31, 2)})
    for at in planned.tasks:
        cells = np.prod(at.task.size)
        doping = float(planned.axes["doping"][at.place[-1]])
        assert doping * cells == pytest.approx(at.task.n_carriers)


@pytest.mark.parametrize(
    ("keys", "said"),
    [
        ({"scan__doping": [0.5, 1.0]}, "'doping' as { start = 0.5, stop = 2.5 }"),
        ({"scan__doping": {"start": 1, "stop": 2, "num": 5}}, "without 'num'"),
        ({"scan__ensemble": "canonical"}, "'doping' has no 'num'"),
        ({"scan__refine_doping": 3}, "'refine_doping' beside ensemble"),
        ({"scan__doping": {"start": 1.0, "stop": 1.1}}, "fewer than two numbers of carriers on 4"),
        ({"scan__doping": {"start": 0.0, "stop": 1.0}}, "take a doping above 0 and below 3"),
        ({"sampling__annealings": 2}, "sampling.annealings = 2"),
        ({"sampling__measurements": 128}, "give at least 256, or a smaller scan.window"),
        ({"sampling__annealings": 4, "sampling__energy_error": 0.01}, "energy_error beside"),
        ({"sampling__target_error": 0.01}, "sampling.target_error beside"),
    ],
)
def test_what_cannot_be_run_is_said_in_one_line(keys, said):
    with pytest.raises(RunFileError) as error:
        planning.plan(changed(**keys))
    assert said in str(error.value)
    assert "\n" not in str(error.value).strip()


def test_windows_whose_annealings_scatter_get_more_of_them(tmp_path, monkeypatch):
    """The first window for its ln Z, the last for the energy of one number.

    Half of the annealings of the second have never seen a number, once. That of the last is its
    first: the annealings of the second, which ends there, count for it.
    """
    planned = planning.plan(changed(sampling__energy_error=0.005))
    windows = sorted({at.task.window for at in planned.tasks})
    cold, shared = min(planned.tasks[0].task.temperatures), windows[2][0]

    def over_window(folder, annealings, known):
        n, (fewest, most) = len(annealings), annealings[0][0].window
        scatter = np.tile(np.resize([1.0, -1.0], n), (most - fewest + 1, 3, 1))
        log_z = scatter * (fewest == windows[0][0])
        log_z[0, :, : n // 2] += np.where(fewest == windows[1][0] and n == 4, np.nan, 0.0)
        # an error of 0.006 of four annealings and four more, and a small one
        number = np.arange(fewest, most + 1)
        off = 0.006 * np.sqrt(7) * (number == shared) + 0.002 * (number == windows[0][0] + 1)
        energy = scatter * off[:, np.newaxis, np.newaxis] * shared * cold
        return log_z, energy, np.ones_like(energy)

    # the function has the name of its module
    module = sys.modules[planning.follow.__module__]
    monkeypatch.setattr(module, "over_window", over_window)
    monkeypatch.setattr(module, "task_path", lambda folder, task: Path(__file__))
    rounds = []
    outcome = planning.follow(planned, tmp_path, rounds.append)
    # 6 annealings and the 8 of the second window have 0.0044 at the shared number; ln Z is asked
    # for to 0.2, which the 16 that it may have do not reach
    wanted = {windows[0]: 16, windows[1]: 8, windows[2]: 6}
    assert [len(one.tasks) for one in rounds] == [12, 4 + 4 + 2, 8]
    assert outcome.complete and len(outcome.places) == 9
    for annealings in outcome.places.values():
        numbers = [task.annealing for (task,) in annealings]
        assert numbers == list(range(wanted[annealings[0][0].window]))
        # where eight know which energies are less certain, the next visit these more often
        assert {task.emphasis for (task,) in annealings[:8]} == {()}
        assert {task.emphasis for (task,) in annealings[8:]} <= {(1, 16, 1)}
    # as many as are asked for and no more
    asked = planning.plan(changed(sampling__annealings=4))
    rounds.clear()
    planning.follow(asked, tmp_path, rounds.append)
    assert planned.has_rounds and not asked.has_rounds and len(rounds) == 1


@pytest.mark.parametrize(
    ("n", "error", "wanted"),
    [(4, 0.005, 4), (4, 0.0051, 5), (4, 0.006, 6), (4, 0.02, 8), (40, 0.02, 64), (4, np.inf, 8)],
)
def test_annealings_are_as_many_as_the_error_asks_for(n, error, wanted):
    assert annealings_wanted(n, error, 0.005, 64) == wanted
    assert annealings_wanted(64, error, 0.005, 64) == 64


def test_errors_of_the_energy_are_those_of_the_mean_a_carrier():
    task = planning.plan(RUN).tasks[0].task
    energies = np.random.default_rng(1).normal(0.0, 0.3, (2, 3, 8))
    number = task.window[0] + np.arange(2)
    wanted = np.std(energies, axis=2, ddof=1).max(axis=1) / np.sqrt(8) / number / 0.1
    visits = np.ones_like(energies)
    np.testing.assert_allclose(energy_errors(task, energies, visits), wanted)
    energies[1, 2, 1:] = np.nan
    found = energy_errors(task, energies, visits)
    assert found[0] == pytest.approx(wanted[0])
    assert found[1] == np.inf


def test_numbers_with_larger_errors_are_visited_more_often():
    assert emphasis_of(np.array([0.01, 0.005, 0.02, 0.0])) == (4, 1, 16, 1)
    assert emphasis_of(np.array([0.01, np.inf, 0.02])) == (1, 16, 1)
    assert emphasis_of(np.zeros(3)) == ()


def test_a_run_gives_every_number_with_its_free_energy(tmp_path):
    tree = scan(RUN, tmp_path / "run.nc")
    assert len(list((tmp_path / "run.tasks").glob("*.nc"))) == 12
    assert tree["energy"].dims == ("doping", "temperature")
    assert np.isfinite(tree["energy"].values).all()
    step = tree["series"]["log_partition_step"]
    # of two windows at the numbers that these share, where one alone knows steps
    assert step.sizes["annealing"] == 8
    known = np.isfinite(tree["series"]["mean_energy"]).all("temperature").sum("annealing")
    np.testing.assert_array_equal(known, [4, 4, 8, 4, 4, 8, 4, 4, 4])
    # the last number has none above it
    missing = np.isnan(step).all(["annealing", "temperature"])
    np.testing.assert_array_equal(missing, np.arange(9) == 8)
    # carriers and empty wells change places: ln Z(N) - ln Z(12 - N) is linear in N
    one = step.mean("annealing").isel(doping=slice(8)).values
    curve = (one + one[::-1]).T
    np.testing.assert_allclose(curve, curve.mean(axis=1, keepdims=True) + 0 * curve, atol=1.5)


def test_dopings_of_one_size_are_judged_by_it(tmp_path):
    sizes = changed(
        scan__size=[[2, 2, 1], [2, 3, 1]],
        scan__doping={"start": 1.0, "stop": 1.6},
        scan__temperature={"values": [0.2, 0.25, 0.3]},
    )
    tree = scan(sizes, tmp_path / "run.nc")
    doping = tree["carriers_per_cell"].values
    held = np.abs(np.outer([4, 6], doping) % 1.0 - 0.5) > 0.49
    assert held.any(axis=0).all()
    assert not held.all()
    np.testing.assert_array_equal(np.isfinite(tree["energy"]).all("temperature"), held)
    assert not any("not been run" in str(reason) for reason in tree["T_charge_reason"].values)
