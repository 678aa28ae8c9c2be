"""From a run file to the table, the JSON, the netCDF file and the figure of ``mcsc ground``."""

import json

import matplotlib as mpl
import numpy as np
import pytest
from exact import configurations, energies, system
from watched import typed

from mcsc import workflow
from mcsc.config import RunFileError
from mcsc.execute import Progress
from mcsc.files import netcdf
from mcsc.files.tree import groups_of
from mcsc.ground_states import Annealing
from mcsc.planning import fillings
from mcsc.plot import formation_energies, ground_figure, staircase
from mcsc.structure import textbook

mpl.use("Agg")

LAYER = """
[structure]
lattice = "square"
layer_spacing = 2.0
[scan]
doping = [0.25, 0.5]
temperature = { values = [0.1, 0.2] }
size = [[3, 3, 1], [4, 4, 1]]
[sampling]
seed = 2
"""
DOPANTS = "[doping]\ndopant = { positions = [[0.5, 0.5, 0.5]] }\n[disorder]\n"
SHORT = Annealing(chains=6, sweeps=240, stages=24, population=1)


def written(folder, text=LAYER, *changes):
    for old, new in changes:
        assert old in text
        text = text.replace(old, new)
    (folder / "run.toml").write_text(text)
    return folder / "run.toml"


@pytest.fixture(scope="module")
def groups(tmp_path_factory):
    """Every filling of nine wells, and those of the larger supercell that are among them."""
    return workflow.ground_states(
        fillings(written(tmp_path_factory.mktemp("ground")), size=(3, 3, 1), every=True), SHORT
    )


def test_all_fillings_of_a_small_layer_against_all_configurations(groups):
    root, hull = groups["/"], groups["hull"]
    layer = system(textbook("square", 2.0), (3, 3, 1))
    lowest = {n: energies(layer, configurations(layer, n)).min() for n in range(1, 10)}
    assert root["doping"].values == pytest.approx(np.arange(1, 9) / 9)
    expected = [lowest[n] / n for n in range(1, 9)]
    np.testing.assert_allclose(root["energy"][:, 0], expected, atol=1e-8)
    np.testing.assert_allclose(hull["filling"], np.arange(10) / 9)
    # with the compensating charge on the wells empty and full lattice have no energy
    per_site = [(lowest[n] - (n / 9) ** 2 * lowest[9]) / 9 for n in range(1, 10)]
    np.testing.assert_allclose(hull["completed_energy"], [0, *per_site], atol=1e-8)
    assert (root["chains_found"].sum("competitor") <= 6).all()
    assert (root["chains"] == 6).all()
    assert (root["gap"][:, 0] == 0).all()
    assert ((root["gap"] >= 0) | root["gap"].isnull()).all()


def test_defects_pull_carriers_to_them_on_one_supercell():
    """In a gated layer with two charges against all configurations, full lattice included."""
    run = {
        "structure": {"lattice": "square", "open_axis": "c"},
        "interaction": {"gate_distance": 2.0},
        "scan": {
            "size": [[3, 3, 1], [4, 3, 1]],
            "temperature": {"values": [0.1, 0.2]},
            "doping": [0.25],
        },
        "defects": [
            {"position": [1.5, 1.5, 0.1], "charge": -1.0},
            {"position": [0.0, 0.2, 0.5], "charge": 0.4},
        ],
    }
    with pytest.raises(RunFileError, match="energies on 2 of them are not comparable; give one"):
        fillings(run, every=True)
    layer = system(textbook("square"), (4, 3, 1))
    chosen = fillings(run, size=(4, 3, 1), doping=(1 / 4, 5 / 12))
    found = workflow.ground_states(chosen, SHORT)
    for i, ((_, task),) in enumerate(chosen.tasks):
        model = task.build()
        assert model.external is not None
        lowest = min(model.energy(state) for state in configurations(layer, task.n_carriers))
        assert float(found["energy"][i, 0]) == pytest.approx(lowest / task.n_carriers, abs=1e-9)
    model = chosen.full.build()
    full = model.energy(np.zeros(12, np.int64)) / 12
    assert float(found["hull"]["completed_energy"][-1]) == pytest.approx(full, abs=1e-9)
    assert float(found["hull"]["completed_energy"][0]) == 0


def test_the_file_holds_every_number_and_state(groups, tmp_path):
    netcdf.write(tmp_path / "ground.nc", groups, {})
    groups, stored = groups_of(groups), groups_of(netcdf.read(tmp_path / "ground.nc"))
    assert set(stored) == {"/", "hull", "states", "structure"}
    assert stored["/"].attrs["config_toml"] == LAYER
    assert "not proven" in stored["/"].attrs["summary"]
    assert "mcsc_schema" not in stored["/"].attrs
    for dataset in groups.values():
        for name, variable in dataset.data_vars.items():
            if variable.dtype.kind in "fi":
                assert {"units", "long_name"} <= set(variable.attrs), name
    # states are those of the energies
    model = fillings(written(tmp_path), size=(3, 3, 1), every=True).tasks[3][0][1].build()
    state = stored["states"]["state"].values[3, 0]
    assert model.energy(state) / 4 == pytest.approx(float(stored["/"]["energy"][3, 0]), abs=1e-12)


def test_the_lowest_of_several_supercells_is_taken(tmp_path):
    """A quarter of nine wells is no whole number; half a square orders in even supercells only."""
    path = written(tmp_path, LAYER, ("[[3, 3, 1], [4, 4, 1]]", "[[4, 4, 1], [6, 4, 1], [3, 3, 2]]"))
    found = workflow.ground_states(fillings(path), SHORT)["/"]
    by_size = found["size_energy"].values
    # 3 × 3 × 2 cells hold half, not a quarter
    assert np.isnan(by_size[0]).sum() == 1 and np.isfinite(by_size[1]).all()
    np.testing.assert_allclose(found["energy"][:, 0], np.nanmin(by_size, axis=1), atol=1e-12)
    assert found["cells"].values[1].tolist() == [4, 4, 1]
    assert found["superlattice"].values[1, 0] == "√2×√2 R45°"


def test_figures(groups):
    hull = groups["hull"]
    axes = formation_energies(groups).axes[0]
    drawn = {line.get_label(): len(line.get_xdata()) for line in axes.lines[1:]}
    on = axes.lines[1]
    assert drawn["convex hull"] == int(hull["stable"].sum())
    assert drawn.get("on a tie line", 0) == int(hull["on_tie_line"].sum())
    assert sum(drawn.values()) == 10
    assert on.get_ydata()[[0, -1]] == pytest.approx([0.0, 0.0], abs=1e-9)
    axes = staircase(groups).axes[0]
    potentials, carriers = axes.lines[0].get_data()
    assert (np.diff(potentials) >= 0).all() and (np.diff(carriers) >= 0).all()
    assert carriers[0] == 0.0 and carriers[-1] == 1.0
    # level inside a step
    for k in hull["stable"].values.nonzero()[0]:
        low, high = (float(hull[f"chemical_potential_{end}"][k]) for end in ("low", "high"))
        middle = np.clip((max(low, -99) + min(high, 99)) / 2, potentials[0], potentials[-1])
        if potentials[0] < middle < potentials[-1] and high > low:
            assert np.interp(middle, potentials, carriers) == pytest.approx(
                float(hull["filling"][k])
            )
    figure = ground_figure(groups)
    pictures = [ax for ax in figure.axes if ax.get_title().startswith("$x$")]
    stable = groups["/"]["stable"].values.astype(bool)
    assert len(pictures) == min(6, stable.sum())
    offsets = next(c for c in pictures[0].collections if c.get_label() == "carriers").get_offsets()
    assert len(offsets) == round(9 * float(groups["/"]["doping"][stable][0]))


def test_the_command_prints_and_writes(tmp_path):
    path = written(tmp_path)
    options = ("--chains", 4, "--population", 3, "--sweeps", 192, "--size", 4, 4, 1)
    result = typed("ground", path, *options, "--gap", 1.0, "-o", "g.nc", "--draw", "g.png",
                  cwd=tmp_path)  # fmt: skip
    assert result.code == 0, result.err
    for words in ("√2×√2 R45°", "(1/2, 1/2, 0)", "4/4", "P4/mmm", "competitors", "staircase"):
        assert words in result.out
    assert not result.err
    root = netcdf.read(tmp_path / "g.nc")["/"]
    assert root.sizes["doping"] == 2 and "population=3" in root.attrs["search"]
    assert (tmp_path / "g.png").read_bytes().startswith(b"\x89PNG")
    result = typed("plot", "g.nc", "-o", "again.png", cwd=tmp_path)
    assert result.code == 0, result.err
    assert (tmp_path / "again.png").read_bytes() == (tmp_path / "g.png").read_bytes()
    result = typed("ground", path, *options, "--doping", 0.5, "--json", cwd=tmp_path)
    content = json.loads(result.out)
    assert content["fillings"]["doping"]["values"] == [0.5]
    assert content["fillings"]["superlattice"]["values"][0][0] == "√2×√2 R45°"
    assert content["hull"]["chemical_potential_low"]["values"][0] is None


@pytest.mark.parametrize(
    ("changes", "options", "message"),
    [
        ((), {"doping": (0.3,)}, "scan.doping = 0.3: 4.8 carriers on 4x4x1 cells"),
        ((), {"size": (2, 4, 1)}, "scan.size = [2, 4, 1]: too small"),
        ([("doping = [0.25, 0.5]", "chemical_potential = [0.0]")], {}, "give --doping"),
        (
            [("[sampling]", DOPANTS + "[sampling]")],
            {},
            "disorder: each filling would have its own dopants",
        ),
    ],
)  # fmt: skip
def test_mistakes_end_in_one_line(tmp_path, changes, options, message):
    path = written(tmp_path, LAYER, *changes)
    with pytest.raises(RunFileError) as error:
        fillings(path, **options)
    assert str(error.value).startswith(str(path)) and message in str(error.value)
    assert len(str(error.value).splitlines()) == 1


@pytest.mark.parametrize(
    ("options", "message"),
    [
        (("--doping", 0.5, "--every"), "--every"),
        (("--draw", "lowest.xyz"), "lowest.xyz: unknown kind of figure"),
        (("-o", "/proc/none/out.nc"), "/proc/none"),
    ],
)
def test_wrong_options_end_in_one_line_before_the_search(tmp_path, options, message):
    result = typed("ground", written(tmp_path), *options, cwd=tmp_path)
    assert result.code == 2 and message in result.err
    assert "Traceback" not in result.err and len(result.err.splitlines()) == 1


def test_what_is_not_searched_is_said(tmp_path):
    text = LAYER.replace("[sampling]", "field = [0.0, 0.1]\n[scan.vary]\n"
                         "interaction.screening_length = [2.0, 3.0]\n[sampling]")  # fmt: skip
    found = fillings(written(tmp_path, text))
    assert found.left_out == "interaction.screening_length = 2, field = 0"
    assert found.full.interactions.screening_length == 2.0
    assert fillings(written(tmp_path)).left_out == ""


def test_the_seed_of_the_run_file_addresses_the_chains(tmp_path):
    path = written(tmp_path)
    one, other = fillings(path), fillings(path, seed=9)
    assert one.full.seed == 2 and other.full.seed == 9
    assert {task.temperatures for row in one.tasks for _, task in row} == {()}


class Told(Progress):
    def __init__(self):
        self.fractions = []

    def stage(self, name, fraction):
        self.fractions.append(fraction)


def test_any_number_of_workers_finds_the_same(tmp_path):
    path, digests = written(tmp_path), []
    for workers in (1, 2):
        told = Told()
        found = workflow.ground(path, chains=6, sweeps=240, workers=workers, progress=told)
        assert told.fractions == sorted(told.fractions) and told.fractions[-1] == 1.0
        digests.append(netcdf.digest(found))
    assert digests[0] == digests[1]
    with pytest.raises(ValueError, match="workers = 0"):
        workflow.ground(path, workers=0)


def test_carriers_that_do_not_repel_are_on_one_tie_line(tmp_path):
    path = written(tmp_path, LAYER + "[interaction]\ncoulomb = false\n")
    result = typed("ground", path, "--chains", 2, "--sweeps", 48, "-o", "g.nc", cwd=tmp_path)
    assert result.code == 0, result.err
    assert result.out.count("on a tie line") == 2
    groups = netcdf.read(tmp_path / "g.nc")
    assert groups["hull"]["stable"].values.tolist() == [1, 0, 0, 1]
    assert groups["/"]["on_tie_line"].values.tolist() == [1, 1]
