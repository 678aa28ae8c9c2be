"""A run file that decides for itself, from its pilots to the diagram, and stopped on the way."""

import shutil
from collections.abc import Iterable, Sequence
from pathlib import Path

import numpy as np
import pytest
import xarray as xr

from mcsc import diagram, planning, workflow
from mcsc.chain import Task, run
from mcsc.cli.run import merge, status
from mcsc.execute import Progress, finished, task_path
from mcsc.execute.taskfile import store
from mcsc.files import netcdf
from mcsc.planning import Round, plan
from mcsc.planning.longer_runs import ENDS

# one dome, at half filling
RUN = """
[structure]
lattice = "cubic"
[scan]
doping = [0.375, 0.5, 0.625]
temperature = { start = 0.06, stop = 0.2, placement = "exchange", exchange_rate = 0.3 }
size = [4, 4, 4]
refine_doping = 1
[sampling]
sweeps = 2048
warmup = 256
measurements = 256
annealings = 2
target_error = 0.02
max_sweeps = 8192
"""


def run_here(tasks: Iterable[Task], folder: Path) -> None:
    """Run tasks without workers."""
    folder.mkdir(exist_ok=True)
    for task in tasks:
        if finished(folder, task) is None:
            before = finished(folder, task.continues) if task.continues else None
            store(folder, task, run(task, before=before))


@pytest.fixture(scope="module")
def whole(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, list[Round], xr.DataTree]:
    """The folder of a run, its rounds and its diagram."""
    folder = tmp_path_factory.mktemp("rounds")
    (folder / "run.toml").write_text(RUN)
    seen: list[Round] = []

    def run_round(now: Round) -> None:
        seen.append(now)
        run_here(now.tasks, folder / "out.tasks")

    planning.follow(plan(folder / "run.toml"), folder / "out.tasks", run_round)
    again: list[str] = []

    class Listener(Progress):
        def begin(self, tasks: Sequence[Task], title: str, why: str) -> None:
            again.append(why)

    groups = workflow.run(folder / "run.toml", folder / "out.nc", progress=Listener())
    assert again == [one.why for one in seen]
    return folder, seen, groups


def test_the_rounds(whole: tuple[Path, list[Round], xr.DataTree]) -> None:
    _, seen, groups = whole
    titles = [now.title for now in seen]
    assert titles[:2] == ["pilot ladders", "scan"]
    assert "longer runs" in titles[2:]
    assert "more dopings" in titles[2:]
    # no task is run in two rounds
    names = [task.digest() for now in seen for task in now.tasks]
    assert len(set(names)) == len(names)
    root = groups["/"]
    assert root.sizes["doping"] == 4
    assert set(root["doping"].values.tolist()) > {0.375, 0.5, 0.625}
    assert root.attrs["tasks"] == root.attrs["tasks_finished"] > 2 * 4
    assert "exchange rates of at least" in root["temperature"].attrs["comment"]


def test_the_ladder_exchanges_as_asked(whole: tuple[Path, list[Round], xr.DataTree]) -> None:
    _, _, groups = whole
    temperature = groups["/"]["temperature"].values
    assert (temperature[0], temperature[-1]) == (0.06, 0.2)
    rates = groups["health"]["exchange_rate"].sel(doping=[0.375, 0.5, 0.625]).values[:, :-1]
    # the worst of the places is asked for 0.3; it has one interval more than it needs at most
    assert 0.2 < rates.min() < 0.5


def test_every_point_says_why_it_ended(whole: tuple[Path, list[Round], xr.DataTree]) -> None:
    _, _, groups = whole
    root, health = groups["/"], groups["health"]
    ends = [ENDS[code] for code in health["stopped_by"].values]
    error = (root["T_charge_stderr"] / root["T_charge"]).values
    for i, end in enumerate(ends):
        sweeps = float(health["sweeps"][i])
        assert sweeps in [2 * 2048 * k for k in range(1, 5)]
        met = error[i] <= 0.02 and bool(root["T_charge_converged"][i])
        assert (end == "target_met") == met
        if end == "budget_ended":
            assert sweeps == 2 * 8192
    assert health["r_hat"].dims == ("doping", "temperature", "series_name")


def test_series_of_unequal_length_are_analysed(
    whole: tuple[Path, list[Round], xr.DataTree],
) -> None:
    _, _, groups = whole
    measured = np.isfinite(groups["series"]["energy"]).sum("measurement")
    np.testing.assert_array_equal(measured[:, 0], groups["health"]["sweeps"] / 8)
    assert len(np.unique(measured)) > 1
    assert float(groups["/"]["T_charge"].sel(doping=0.5)) == pytest.approx(0.13, rel=0.15)


def test_stopped_between_rounds_and_elsewhere(
    whole: tuple[Path, list[Round], xr.DataTree], tmp_path: Path
) -> None:
    """The same bits after stops, with the tasks of a round in another order, elsewhere."""
    folder, seen, groups = whole
    planned, tasks = plan(folder / "run.toml"), tmp_path / "out.tasks"
    for most in (0, 2, len(seen)):
        begun: list[Round] = []

        def until(now: Round, begun: list[Round] = begun, most: int = most) -> None:
            begun.append(now)
            if len(begun) <= most:
                run_here(reversed(now.tasks), tasks)

        outcome = planning.follow(planned, tasks, until)
        assert [now.why for now in begun] == [now.why for now in seen[: most + 1]]
        assert outcome.complete == (most == len(seen))
    for task in outcome.tasks:
        here, there = (finished(one, task) for one in (tasks, folder / "out.tasks"))
        assert here is not None and there is not None
        assert netcdf.digest(here) == netcdf.digest(there)
    again = workflow.run(folder / "run.toml", tmp_path / "out.nc")
    assert netcdf.digest(again) == netcdf.digest(groups)


def test_status_and_merge_go_by_rounds(
    whole: tuple[Path, list[Round], xr.DataTree], tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    folder, seen, _ = whole
    status(folder / "run.toml", folder / "out.nc")
    text = capsys.readouterr().out
    for number, now in enumerate(seen, start=1):
        assert f"round {number}, {now.title}: {now.why}" in text
    assert text.count(" 0 not begun") == len(seen)
    assert "no round is left" in text
    # the last round with one task missing
    tasks = tmp_path / "out.tasks"
    shutil.copytree(folder / "out.tasks", tasks)
    task_path(tasks, seen[-1].tasks[0]).unlink()
    with pytest.raises(ValueError, match=rf"1 of \d+ tasks of round {len(seen)}, .* are not fin"):
        merge(folder / "run.toml", tmp_path / "out.nc")
    assert not (tmp_path / "out.nc").exists()
    merge(folder / "run.toml", tmp_path / "out.nc", partial=True)
    stopped_by = diagram.load(tmp_path / "out.nc")["health"]["stopped_by"]
    assert {ENDS[code] for code in stopped_by.values} == {"undecided"}
    capsys.readouterr()
    for number in (1,):
        for task in seen[number - 1].tasks:
            task_path(tasks, task).unlink()
        status(folder / "run.toml", tmp_path / "out.nc")
        assert f"0 of {len(seen[number - 1].tasks)} tasks finished" in capsys.readouterr().out
    with pytest.raises(ValueError, match="no task is finished"):
        merge(folder / "run.toml", tmp_path / "out.nc", partial=True)


def test_a_plain_run_file_has_one_round(tmp_path: Path) -> None:
    text = RUN.replace("refine_doping = 1\n", "").replace("annealings = 2\n", "")
    text = text.replace("target_error = 0.02\nmax_sweeps = 8192\n", "")
    text = text.replace('placement = "exchange", exchange_rate = 0.3', "num = 4")
    (tmp_path / "run.toml").write_text(text)
    planned = plan(tmp_path / "run.toml")
    seen: list[Round] = []
    outcome = planning.follow(planned, tmp_path, seen.append)
    assert [now.title for now in seen] == ["scan"]
    assert seen[0].tasks == planned.all_tasks
    assert outcome.planned is planned and not outcome.complete


def test_what_did_not_equilibrate_goes_on_twice_as_long(tmp_path: Path) -> None:
    """And counts by what ran last, with the draws of its own and all before as warm-up."""
    text = RUN[: RUN.index("placement")] + "num = 4 }\nsize = [4, 4, 4]\n[sampling]\n"
    run_file, folder, seen = tmp_path / "run.toml", tmp_path / "out.tasks", []
    run_file.write_text(text + "sweeps = 2048\nwarmup = 256\nmeasurements = 256\ndoublings = 2\n")
    planned = plan(run_file)

    def run_round(now: Round) -> None:
        seen.append(now)
        run_here(now.tasks, folder)

    outcome = planning.follow(planned, folder, run_round)
    assert planned.has_rounds and outcome.complete
    assert [now.title for now in seen] == ["scan", "longer runs", "longer runs"][: len(seen)]
    found = planning.results(folder, outcome)
    lengths = set()
    for place, ((first, *later),) in outcome.places.items():
        last = [first, *later][-1]
        lengths.add(last.sampling.sweeps)
        assert last.sampling.sweeps == 2048 * 2 ** len(later)
        assert [task.sampling.warmup for task in later] == [0] * len(later)
        own = finished(folder, last)
        assert own is not None
        for group, name in (("/", "energy"), ("series", "energy"), ("health", "tau_energy")):
            assert found[place][group][name].identical(own[group][name])
        short = [np.mean(finished(folder, task)["health"]["converged"].values != 1)
                 for task in [first, *later]]  # type: ignore[index]  # fmt: skip
        # four temperatures: any of them is more than a twentieth
        assert all(part > 0 for part in short[:-1])
        assert short[-1] == 0 or len(later) == 2
        assert float(found[place]["health"]["sweeps"]) == last.sampling.sweeps
    assert len(lengths) > 1
