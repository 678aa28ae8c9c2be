"""Several seeds in one scan: independent runs of every ladder, along an axis of their own."""

from pathlib import Path

import numpy as np
import pytest
import xarray as xr
from in_process import scan

from mcsc.chain import run
from mcsc.cli.console import print_tables
from mcsc.config import RunFileError
from mcsc.planning import plan
from mcsc.plot import phase_map, summary_figure

RUN = """
[structure]
lattice = "square"
layer_spacing = 1.7
[wells]
states = "sixfold"
displacement_length = 0.1
state_energy = 0.05
[interaction]
coulomb = false
short_range = [{ kinds = ["site", "site"], energy = 0.02, shell = 1 }]
[scan]
doping = [0.5]
temperature = { start = 0.01, stop = 0.1, num = 4 }
size = [[4, 4, 1]]
field = [0.0, 0.25]
seed = [7, 2, 3, 5]
[sampling]
sweeps = 512
warmup = 64
measurements = 128
exchange_interval = 1
[protocol]
field = [0.0, 0.2]
sweeps = 32
measurements = 8
repeats = 2
doping = [0.5]
"""


def written(folder: Path, text: str = RUN) -> Path:
    (folder / "run.toml").write_text(text)
    return folder / "run.toml"


@pytest.fixture(scope="module")
def groups(tmp_path_factory: pytest.TempPathFactory) -> xr.DataTree:
    folder = tmp_path_factory.mktemp("seeds")
    return scan(written(folder), folder / "out.nc")


def test_a_seed_of_the_scan_is_that_seed_alone(tmp_path: Path, groups: xr.DataTree) -> None:
    one = RUN.replace("seed = [7, 2, 3, 5]", "").replace("[sampling]", "[sampling]\nseed = 3")
    alone, several = plan(written(tmp_path, one)), plan(written(tmp_path))
    assert list(several.axes) == ["size", "direction", "field", "seed", "doping"]
    assert several.axes["seed"].values.tolist() == [2, 3, 5, 7]
    for grid, places in ((alone.tasks, several.tasks), (alone.protocols, several.protocols)):
        digests = [at.task.digest() for at in places if at.task.seed == 3]
        assert digests == [at.task.digest() for at in grid]
    root = run(alone.tasks[-1].task)["/"]
    there = groups["/"].sel(seed=3, field=0.25, doping=0.5)
    np.testing.assert_array_equal(there["energy"], root["energy"])


def test_every_variable_is_along_the_seeds(groups: xr.DataTree) -> None:
    for name in ("energy", "charge_order", "T_charge", "T_collective", "regime"):
        assert groups["/"][name].dims[:3] == ("field", "seed", "doping")
    assert groups["protocols"]["displacement_parallel"].dims[:2] == ("seed", "protocol_doping")
    assert groups["/"].attrs["seed"] == 2


def test_seeds_scatter_as_the_errors_of_each_say(groups: xr.DataTree) -> None:
    root = groups["/"].isel(temperature=slice(1, None))
    spread = root["energy"].std("seed", ddof=1)
    said = (root["energy_stderr"] ** 2).mean("seed") ** 0.5
    ratio = float((spread**2 / said**2).mean())
    # 18 degrees of freedom
    assert 0.4 < ratio < 2.0


def test_figures_and_tables_choose_a_seed(
    groups: xr.DataTree, capsys: pytest.CaptureFixture[str]
) -> None:
    print_tables(groups)
    assert "field 0.25, seed 5" in capsys.readouterr().out
    assert len(summary_figure(groups, seed=5).axes) >= 4
    assert groups["/"].mcsc.domes(seed=5, field=0.25) == ()
    with pytest.raises(ValueError, match=r"seed = 4: not in the diagram; choose one of 2, 3, 5, 7"):
        phase_map(groups["/"], seed=4.0)


@pytest.mark.parametrize(
    ("seeds", "more", "message"),
    [
        ("[]", "", r"scan\.seed = \[\]: is empty"),
        ("[1, 1]", "", r"scan\.seed = \[1, 1\]: repeats a value"),
        ("[-1]", "", r"scan\.seed\.0 = -1: must be greater than or equal to 0"),
        ("[0.5]", "", r"scan\.seed\.0 = 0\.5: must be a whole number"),
        ("4", "", r"scan\.seed = 4: must be a list"),
        ("[1, 2]", "seed = 1", r"either 'scan\.seed' or 'sampling\.seed'"),
    ],
)
def test_mistakes_are_one_line(tmp_path: Path, seeds: str, more: str, message: str) -> None:
    text = RUN.replace("[7, 2, 3, 5]", seeds).replace("[sampling]", f"[sampling]\n{more}")
    with pytest.raises(RunFileError, match=message) as error:
        plan(written(tmp_path, text))
    assert len(str(error.value).splitlines()) == 1
