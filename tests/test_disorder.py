"""A grid with a disorder axis, all the way to files and tables."""

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from mcsc import workflow
from mcsc.chain import run
from mcsc.diagram import Groups
from mcsc.scan import plan

RUN = """
[structure]
lattice = "triangular"
layer_spacing = 1.7
[wells]
states = "sixfold"
displacement_length = 0.05
[doping]
dopant = { positions = [[0.3333333333, 0.6666666667, 0.3]], charge = -0.5 }
[disorder]
samples = 3
[scan]
doping = [0.25, 0.5]
temperature = { start = 0.05, stop = 0.4, num = 5 }
size = [4, 4, 1]
[sampling]
sweeps = 512
warmup = 64
measurements = 256
exchange_interval = 1
[protocol]
field = [0.0, 0.2, 0.4]
sweeps = 64
measurements = 16
repeats = 2
doping = [0.5]
"""


@pytest.fixture(scope="module")
def path(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("disorder") / "disorder.nc"


@pytest.fixture(scope="module")
def groups(path: Path) -> Groups:
    (path.parent / "run.toml").write_text(RUN)
    return workflow.run(path.parent / "run.toml", path, workers=2)


def test_a_place_holds_what_its_task_alone_gives(groups: Groups, path: Path) -> None:
    root, planned = groups["/"], plan(path.parent / "run.toml")
    assert root["energy"].dims == ("disorder", "doping", "temperature")
    assert root["T_charge"].dims == ("disorder", "doping")
    assert root["disorder"].values.tolist() == [1, 2, 3]
    for at in (planned.tasks[0], planned.tasks[-1]):
        alone = run(replace(at.task))["/"]
        sample, doping = at.place[-2:]
        there = root.isel(disorder=sample, doping=doping)
        np.testing.assert_array_equal(there["energy"], alone["energy"])
        np.testing.assert_array_equal(there["transmission"], alone["transmission"])


def test_samples_differ_by_more_than_their_errors(groups: Groups) -> None:
    cold = groups["/"].isel(temperature=0, doping=-1)
    apart = np.ptp(cold["energy"].values)
    assert apart > 10 * float(cold["energy_stderr"].max())


def test_protocols_have_samples_too(groups: Groups) -> None:
    swept = groups["protocols"]["displacement_parallel"]
    assert swept.dims[:2] == ("disorder", "doping")
    assert np.isfinite(swept).all()
