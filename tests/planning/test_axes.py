"""Every kind of axis in one scan: each changes the task, names its places and has a declaration."""

from itertools import pairwise
from pathlib import Path

import pytest

from mcsc.planning import place_name, plan
from mcsc.planning.axes import KINDS, axes_of
from mcsc.variables import declared

RUN = """
[structure]
lattice = "square"
layer_spacing = 1.7
[wells]
states = "sixfold"
displacement_length = 0.1
[doping]
dopant = { positions = [[0.5, 0.5, 0.5]], charge = -0.5 }
[disorder]
samples = 2
[scan]
temperature = { values = [0.1, 0.2] }
size = [[4, 4, 1], [4, 4, 2]]
field = [0.1, 0.2]
field_direction = [[1.0, 0.0, 0.0], [0.0, 1.0, 0.0]]
seed = [3, 4]
vary.structure.strain_c = [0.0, 0.1]
"""
CARRIERS = {
    "doping": RUN.replace("[scan]", "[scan]\ndoping = [0.25, 0.5]"),
    "chemical_potential": RUN.replace(
        "[scan]", "[scan]\nchemical_potential = [0.0, 0.1]\nstart_doping = [0.25, 0.5]"
    ).replace("[disorder]\nsamples = 2\n", ""),
}
VARIED = "strain_c"


@pytest.mark.parametrize("carriers", CARRIERS)
def test_each_axis_changes_the_task_and_names_its_places(tmp_path: Path, carriers: str) -> None:
    (tmp_path / "run.toml").write_text(CARRIERS[carriers])
    planned = plan(tmp_path / "run.toml")
    starts, samples = ([], ["disorder"]) if carriers == "doping" else (["start_doping"], [])
    names = ["size", VARIED, *starts, "direction", "field", *samples, "seed", carriers]
    assert [axis.name for axis in axes_of(planned.config)] == list(planned.axes) == names
    # either has one that the other cannot have
    assert len(names) == len(KINDS) - 1
    digests = {at.place: at.task.digest() for at in planned.tasks}
    assert len(set(digests.values())) == len(digests) == 2 ** len(names)
    # the outermost is the slowest
    assert list(digests) == sorted(digests)
    said = {place: place_name(planned.axes, place) for place in digests}
    assert len(set(said.values())) == len(said)
    for one, other in pairwise(said.values()):
        assert one != other and all(name.replace("_", " ") in one for name in names)


def test_coordinates_are_declared(tmp_path: Path) -> None:
    (tmp_path / "run.toml").write_text(CARRIERS["doping"])
    for name, axis in plan(tmp_path / "run.toml").axes.items():
        assert axis.attrs["long_name"]
        if name != VARIED:
            unit = declared(name, "coordinates").unit
            assert axis.attrs.get("units", "") == ("1" if "{" in unit else unit)
