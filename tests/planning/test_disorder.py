"""Quenched dopants in a run file: one ladder a sample, and what makes them impossible."""

from pathlib import Path

import numpy as np
import pytest

from mcsc.config import RunFileError
from mcsc.planning import plan

KAGOME = """
[structure]
cif = "CsV3Sb5"
net = "V"
[wells]
states = "vertices"
[interaction]
relative_permittivity = 7.0
[doping]
dopant = { site = "Cs", species = "Ba", charge = -1.0, per_carrier = 0.5 }
[disorder]
samples = 3
seed = 5
[scan]
doping = [0.5, 1.0]
temperature = { values = [0.1, 0.2], unit = "coulomb" }
size = [[4, 4, 1], [6, 6, 1]]
field = [0.0, 0.1]
[sampling]
sweeps = 128
measurements = 64
"""


def planned(folder: Path, text: str):
    path = folder / "run.toml"
    path.write_text(text)
    return plan(path)


def test_samples_are_an_axis_and_keep_their_ions(tmp_path: Path) -> None:
    found = planned(tmp_path, KAGOME)
    assert list(found.axes) == ["size", "direction", "field", "disorder", "doping"]
    assert found.axes["disorder"].values.tolist() == [1, 2, 3]
    ions = {}
    for at in found.tasks:
        size, _, field, sample, doping = at.place
        dopants = at.task.dopants
        assert dopants is not None
        assert dopants.sample == sample + 1
        assert len(dopants.positions) == round(0.5 * at.task.n_carriers)
        assert len(set(dopants.positions)) == len(dopants.positions)
        ions[size, sample, field, doping] = set(dopants.positions)
    assert len({at.task.digest() for at in found.tasks}) == len(found.tasks) == 24
    for size, sample, field, doping in ions:
        assert ions[size, sample, 0, doping] == ions[size, sample, field, doping]
        assert ions[size, sample, field, 0] < ions[size, sample, field, 1]
    assert len({frozenset(ions[1, sample, 0, 1]) for sample in range(3)}) == 3


def test_more_samples_keep_the_old_tasks(tmp_path: Path) -> None:
    few = {at.task.digest() for at in planned(tmp_path, KAGOME).tasks}
    more = KAGOME.replace("samples = 3", "samples = 4")
    many = {at.task.digest() for at in planned(tmp_path, more).tasks}
    assert few < many


def test_dopants_alone_are_a_uniform_charge(tmp_path: Path) -> None:
    clean = KAGOME.replace("[disorder]\nsamples = 3\nseed = 5\n", "")
    without = clean.replace("[doping]\ndopant = { site = ", "#")
    tasks = planned(tmp_path, clean).tasks
    assert all(at.task.dopants is None for at in tasks)
    same = {at.task.digest() for at in planned(tmp_path, without).tasks}
    assert {at.task.digest() for at in tasks} == same


def test_dopants_between_the_wells_of_a_textbook_lattice(tmp_path: Path) -> None:
    text = KAGOME.replace('cif = "CsV3Sb5"\nnet = "V"', 'lattice = "cubic"')
    text = text.replace('site = "Cs"', "positions = [[0.5, 0.5, 0.5], [0.5, 0.5, 1.0]]")
    text = text.replace("[[4, 4, 1], [6, 6, 1]]", "[4, 4, 4]").replace("[0.5, 1.0]", "[0.5]")
    for at in planned(tmp_path, text).tasks:
        inside = np.array(at.task.dopants.positions) % 1.0
        assert {tuple(row) for row in inside.tolist()} == {(0.5, 0.5, 0.5), (0.5, 0.5, 0.0)}


def test_dopants_are_counted_from_the_parent(tmp_path: Path) -> None:
    text = KAGOME.replace("[doping]", "[doping]\nparent = 0.75\nsign = -1")
    text = text.replace("charge = -1.0", "charge = 1.0").replace(
        "doping = [0.5, 1.0]", "doping = [0.0, 0.25]"
    )
    found = planned(tmp_path, text)
    for at in found.tasks:
        cells = at.task.size[0] ** 2
        taken = 0 if at.place[-1] == 0 else cells // 4
        assert at.task.n_carriers == 3 * cells // 4 - taken
        assert at.task.dopants is not None
        assert len(at.task.dopants.positions) == round(0.5 * taken)
        assert at.task.dopants.charge == 1.0
    # samples without ions are runs of their own too
    assert len({at.task.digest() for at in found.tasks}) == len(found.tasks)


@pytest.mark.parametrize(
    ("old", "new", "message"),
    [
        ('site = "Cs"', 'site = "La"', r"doping\.dopant\.site = 'La': no such ion in .*Cs, Sb, V"),
        (
            'site = "Cs"',
            "positions = [[0.0, 0.0, 0.5]]",
            r"doping\.dopant\.positions: a dopant at \(0, 0, 0\.5\) .*on the position of a carrier",
        ),
        ("per_carrier = 0.5", "per_carrier = 3.0", r"24 dopants on the 16 sites"),
        (
            "per_carrier = 0.5",
            "per_carrier = 0.0",
            r"doping\.dopant\.per_carrier = 0\.0: .*greater",
        ),
        ("charge = -1.0", "charge = 0.0", r"'charge' is zero"),
        ('site = "Cs", ', "", r"give either 'site'"),
        ("samples = 3", "samples = 0", r"disorder\.samples = 0: .*greater"),
        ("samples = 3", "sample = 3", r"disorder\.sample: unknown key; did you mean 'samples'"),
        ("seed = 5", "seed = -5", r"disorder\.seed = -5: .*greater"),
        ("[interaction]", "[interaction]\ncoulomb = false", r"disorder: dopants act through"),
        ("[doping]\ndopant = ", "#", r"disorder: no dopants to place; add them"),
    ],
)
def test_mistakes_end_in_one_line(tmp_path: Path, old: str, new: str, message: str) -> None:
    with pytest.raises(RunFileError, match=message) as raised:
        planned(tmp_path, KAGOME.replace(old, new))
    assert len(str(raised.value).splitlines()) == 1
    assert str(tmp_path / "run.toml") in str(raised.value)
