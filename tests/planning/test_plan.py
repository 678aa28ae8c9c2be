"""The tasks of a run file, and what makes one impossible."""

from pathlib import Path

import numpy as np
import pytest

from mcsc.config import RunFileError
from mcsc.planning import plan

CUBIC = """
[structure]
lattice = "cubic"
[wells]
states = "vertices"
[scan]
doping = [0.25, 0.5]
temperature = { values = [0.2, 0.1] }
size = [[6, 6, 6], [4, 4, 4]]
field = [0.0, 0.5]
field_direction = [0.0, 3.0, 4.0]
[sampling]
sweeps = 128
measurements = 64
"""

KAGOME = """
[structure]
cif = "CsV3Sb5"
net = "V"
[wells]
states = "vertices"
displacement = 0.1
state_energy = 0.02
depth = { beta = -0.05 }
[interaction]
relative_permittivity = 5.0
[scan]
doping = [1.0]
temperature = { start = 0.1, stop = 0.2, num = 2, unit = "coulomb" }
size = [3, 3, 1]
[sampling]
sweeps = 128
measurements = 64
"""


def write(folder: Path, text: str) -> Path:
    path = folder / "run.toml"
    path.write_text(text)
    return path


def test_a_mix_of_moves_reaches_every_task(tmp_path):
    asked = plan(write(tmp_path, CUBIC + "moves = { far_hop = 0.25, pair_hop = 1.0 }"))
    usual = plan(write(tmp_path, CUBIC))
    for one, other in zip(asked.tasks, usual.tasks, strict=True):
        assert one.task.sampling.moves == (("far_hop", 0.25), ("pair_hop", 1.0))
        assert other.task.sampling.moves == ()
        assert one.task.digest() != other.task.digest()


def test_the_grid(tmp_path: Path) -> None:
    planned = plan(write(tmp_path, CUBIC))
    sizes = [cells.size for cells in planned.supercells]
    assert sizes == [(4, 4, 4), (6, 6, 6)]
    assert all(at.task.temperatures == (0.1, 0.2) for at in planned.tasks)
    assert len(planned.tasks) == 8
    assert len({place.task.digest() for place in planned.tasks}) == 8
    for place in planned.tasks:
        size, _, field, doping = place.place
        cells = np.prod(sizes[size])
        assert place.task.size == sizes[size]
        assert place.task.n_carriers == round(float(planned.axes["doping"][doping]) * cells)
        field = float(planned.axes["field"][field])
        assert place.task.field == field
        assert place.task.field_direction == pytest.approx((0.0, 0.6, 0.8))


def test_a_longer_grid_keeps_the_old_tasks(tmp_path: Path) -> None:
    few = {place.task.digest() for place in plan(write(tmp_path, CUBIC)).tasks}
    longer = CUBIC.replace("doping = [0.25, 0.5]", "doping = [0.25, 0.5, 0.75]")
    many = {place.task.digest() for place in plan(write(tmp_path, longer)).tasks}
    assert few < many


def test_material_units_states_and_depths(tmp_path: Path) -> None:
    planned = plan(write(tmp_path, KAGOME))
    variant = planned.variants[0]
    a = variant.structure.lattice_constant
    assert a == pytest.approx(5.4949)
    # T[K] = t · 167 100 / (ε_r a[Å]), to the digits of that rule of thumb
    assert variant.coulomb_temperature == pytest.approx(167100 / (5 * a), rel=1e-4)
    assert variant.task.temperatures[0] == pytest.approx(0.1 * variant.coulomb_temperature)
    alpha, _, beta = variant.structure.wells
    assert (alpha.n_states, beta.n_states) == (4, 7)
    assert (alpha.depth, beta.depth) == (0.0, -0.05)
    assert np.linalg.norm(beta.displacements[1]) == pytest.approx(0.1 * a / 2)
    assert beta.state_energies.tolist() == pytest.approx([0.0] + [0.02] * 6)


def test_one_length_for_all_displacements(tmp_path: Path) -> None:
    same = KAGOME.replace("displacement = 0.1", "displacement_length = 0.3")
    alpha, _, beta = plan(write(tmp_path, same)).variants[0].structure.wells
    for well in (alpha, beta):
        assert np.linalg.norm(well.displacements[1:], axis=1) == pytest.approx(0.3)
    too_long = KAGOME.replace("displacement = 0.1", "displacement_length = 2.0")
    with pytest.raises(RunFileError, match=r"'alpha': displacement 2 is outside 0 to 1\.586"):
        plan(write(tmp_path, too_long))


def test_a_crystal_beside_the_run_file_is_found(tmp_path: Path) -> None:
    source = Path(__file__).parents[2] / "mcsc/materials/CsV3Sb5.cif"
    (tmp_path / "mine.cif").write_text(source.read_text())
    planned = plan(write(tmp_path, KAGOME.replace('"CsV3Sb5"', '"mine.cif"')))
    assert planned.variants[0].structure.n_wells == 3


@pytest.mark.parametrize(
    ("old", "new", "message"),
    [
        ("[0.25, 0.5]", "[0.3]", r"doping = 0\.3: 19\.2 carriers on 4x4x4 cells.*19/64 .* 5/16"),
        ("[0.25, 0.5]", "[1.0]", r"doping = 1: 64 carriers on 64 wells .*leave nothing to move"),
        ("[0.25, 0.5]", "[2.0]", r"doping = 2: 128 carriers on 64 wells"),
        ("[4, 4, 4]", "[4, 2, 4]", r"size = \[4, 2, 4\]: too small.*along b; take at least 3"),
        (
            "field =",
            "wavevector = [[0.25, 0.5, 0.5]]\nfield =",
            r"size = \[6, 6, 6\]: too small for the order at .*along a take a multiple of 4",
        ),
        ('"cubic"', '"hexagonal"', "structure: .*hexagonal.*choose one of"),
        ("states", "depth = { gamma = 1.0 }\nstates", r"wells\.depth\.gamma: no wells"),
        ('"vertices"', '"centre"', r"scan\.field = 0\.5: a field moves only .*; set wells\.states"),
        (
            "[scan]",
            '[[interaction.short_range]]\nkinds = ["site", "site"]\nenergy = 1.0\n'
            "distance = 1.1\n[scan]",
            r"interaction\.short_range\.0: .*no pair of wells at distance 1\.1.*take one of 1,",
        ),
    ],
)
def test_impossible_runs(tmp_path: Path, old: str, new: str, message: str) -> None:
    assert old in CUBIC
    with pytest.raises(RunFileError, match=message) as caught:
        plan(write(tmp_path, CUBIC.replace(old, new)))
    assert str(caught.value).startswith(str(tmp_path / "run.toml"))
    assert "\n" not in str(caught.value)


GRID = """size = [3, 3, 1]
field = [0.0, 0.1]
field_direction = [[1.0, 0.0, 0.0], [0.0, 2.0, 0.0]]
[scan.vary]
wells.displacement_length = [0.2, 0.3]
interaction.relative_permittivity = [4.0, 8.0]
wells.depth.beta = [-0.1, 0.0, 0.1]
"""
VARIED = (
    KAGOME.replace("displacement = 0.1\n", "")
    .replace('"coulomb"', '"absolute"')
    .replace("size = [3, 3, 1]", GRID)
)


def test_directions_and_varied_keys_are_axes(tmp_path: Path) -> None:
    planned = plan(write(tmp_path, VARIED))
    names = ["size", "displacement_length", "relative_permittivity", "depth_beta", "direction",
             "field", "doping"]  # fmt: skip
    assert sorted(planned.axes) == sorted(names)
    assert planned.axes["displacement_length"].attrs["units"] == "angstrom"
    assert planned.axes["direction"].values.tolist() == ["1 0 0", "0 2 0"]
    assert len({at.task.digest() for at in planned.tasks}) == 2 * 2 * 3 * 2 * 2
    for at in planned.tasks:
        index = dict(zip(planned.axes, at.place, strict=True))
        value = {name: planned.axes[name].values[i] for name, i in index.items()}
        beta = at.task.structure.wells[2]
        assert np.linalg.norm(beta.displacements[1]) == pytest.approx(value["displacement_length"])
        assert beta.depth == value["depth_beta"]
        assert at.task.interactions.relative_permittivity == value["relative_permittivity"]
        towards = (1.0, 0.0, 0.0) if index["direction"] == 0 else (0.0, 1.0, 0.0)
        assert at.task.field_direction == towards
        assert at.task.field == value["field"]


@pytest.mark.parametrize(
    ("old", "new", "message"),
    [
        ("wells.displacement_length", "wells.displacement_lenght", "did you mean"),
        ("wells.displacement_length", "sampling.sweeps", "only numbers of structure"),
        ("[0.2, 0.3]", "[0.2, -0.3]", "scan.vary.wells.displacement_length = -0.3"),
        ("[0.2, 0.3]", "[]", "empty"),
        ("[0.0, 2.0, 0.0]", "[0.0, 0.0, 0.0]", "field_direction"),
        (
            '"absolute"',
            '"coulomb"',
            r"varying interaction\.relative_permittivity changes this unit",
        ),
    ],
)
def test_mistakes_in_varied_keys(tmp_path: Path, old: str, new: str, message: str) -> None:
    with pytest.raises(RunFileError, match=message):
        plan(write(tmp_path, VARIED.replace(old, new)))


PROTOCOL = "[protocol]\nfield = [0.0, 0.1, 0.3]\nsweeps = 16\nmeasurements = 4\nrepeats = 3\n"


def test_protocols_are_further_tasks(tmp_path: Path) -> None:
    planned = plan(write(tmp_path, KAGOME + PROTOCOL))
    (protocol,) = planned.protocols
    assert protocol.task.protocol is not None
    assert protocol.task.protocol.fields == (0.0, 0.1, 0.3)
    assert protocol.task.digest() not in {at.task.digest() for at in planned.tasks}
    assert "field" not in planned.protocol_axes
    assert len(planned.all_tasks) == 2


@pytest.mark.parametrize(
    ("old", "new", "message"),
    [
        ("[0.0, 0.1, 0.3]", "[0.1, 0.3]", "must rise from 0"),
        ('"vertices"', '"centre"', "a field moves only displaced carriers"),
    ],
)
def test_mistakes_in_protocols(tmp_path: Path, old: str, new: str, message: str) -> None:
    with pytest.raises(RunFileError, match=message):
        plan(write(tmp_path, (KAGOME + PROTOCOL).replace(old, new)))


TRANSPORT = """[transport]
field = [0.0, 0.1]
rates = "arrhenius"
barrier = 0.05
state_rate = 3.0
measurements = 100
frequency = [0.2, 0.1]
repeats = 3
"""


def test_transport_is_further_tasks(tmp_path: Path) -> None:
    planned = plan(write(tmp_path, KAGOME + PROTOCOL + TRANSPORT))
    (transport,) = planned.transports
    asked = transport.task.transport
    assert asked is not None
    assert (asked.fields, asked.barrier, asked.rate, asked.state_rate) == (
        (0.0, 0.1),
        0.05,
        1e12,
        3.0,
    )
    assert (asked.measurements, asked.frequencies, asked.repeats) == (128, (0.1, 0.2), 3)
    assert len(planned.all_tasks) == 3
    (note,) = planned.config.notes
    assert note == "transport.measurements = 100: 128 are made, a power of two"


@pytest.mark.parametrize(
    ("old", "new", "message"),
    [
        ("[0.0, 0.1]", "[0.1, 0.2]", "'field' must rise from 0"),
        ("barrier = 0.05\n", "", "'barrier' belongs to rates"),
        ("repeats = 3", "repeats = 3\nevents = 5\ntime = 2.0", "give either 'events' or 'time'"),
        ("barrier = 0.05", "barrier = 1e9", r"transport\.barrier = 1000000000: more than 1e\+08"),
        ("[0.0, 0.1]", "[0.0, 1e9]", r"transport\.field = 1000000000: more than 1e\+08"),
    ],
)
def test_mistakes_in_transport(tmp_path: Path, old: str, new: str, message: str) -> None:
    assert old in TRANSPORT
    with pytest.raises(RunFileError, match=message):
        plan(write(tmp_path, KAGOME + TRANSPORT.replace(old, new)))
