"""Run files that name a shipped material, and what a doping counts."""

import json
from pathlib import Path

import numpy as np
import pytest
import xarray as xr
from in_process import scan

import mcsc
import mcsc.workflow
from mcsc.config import MaterialError, RunFileError, load, material, materials
from mcsc.planning import plan
from mcsc.plot import summary_figure
from mcsc.transitions import Settings

NAMED = """
[structure]
material = "CsV3Sb5"
[scan]
doping = [1.0]
temperature = { start = 0.1, stop = 0.2, num = 2, unit = "coulomb" }
size = [3, 3, 1]
[sampling]
sweeps = 128
measurements = 64
"""
CUBIC = NAMED.replace('material = "CsV3Sb5"', 'lattice = "cubic"').replace("3, 3, 1", "4, 4, 4")


def write(folder: Path, text: str) -> Path:
    path = folder / "run.toml"
    path.write_text(text)
    return path


def planned(folder: Path, text: str):
    return plan(write(folder, text))


def test_a_material_gives_the_tables(tmp_path: Path) -> None:
    config, text = load(write(tmp_path, NAMED))
    shipped = material("CsV3Sb5")
    assert text == NAMED
    assert config.structure.net == shipped.structure.net == "V"
    assert config.wells == shipped.wells
    assert config.interaction == shipped.interaction
    assert config.doping == shipped.doping


def test_the_same_written_out_is_the_same_task(tmp_path: Path) -> None:
    out = NAMED.replace('material = "CsV3Sb5"', 'cif = "CsV3Sb5"\nnet = "V"')
    wells = material("CsV3Sb5").wells
    epsilon = material("CsV3Sb5").interaction.relative_permittivity
    out += f'[wells]\nstates = "{wells.states}"\ndisplacement = {wells.displacement}\n'
    out += f"[interaction]\nrelative_permittivity = {epsilon}\n"
    named, spelled = (planned(tmp_path, text).tasks[0].task for text in (NAMED, out))
    assert named.digest() == spelled.digest()


def test_a_file_of_the_same_name_does_not_replace_the_crystal(tmp_path: Path) -> None:
    (tmp_path / "CsV3Sb5").write_text("no crystal")
    assert planned(tmp_path, NAMED).variants[0].structure.n_wells == 3


def test_keys_of_the_run_file_win(tmp_path: Path) -> None:
    text = NAMED + "[wells]\ndisplacement = 0.2\n[interaction]\nrelative_permittivity = 3.0\n"
    config, _ = load(write(tmp_path, text))
    assert config.wells.displacement == 0.2
    assert config.wells.states == "vertices"
    assert config.interaction.relative_permittivity == 3.0


def test_an_alternative_takes_the_place_of_a_default(tmp_path: Path) -> None:
    config, _ = load(write(tmp_path, NAMED + "[wells]\ndisplacement_length = 0.3\n"))
    assert config.wells.displacement_length == 0.3
    varied = NAMED + "[scan.vary]\nwells.displacement_length = [0.2, 0.3]\n"
    axis = planned(tmp_path, varied).axes["displacement_length"]
    assert axis.values.tolist() == [0.2, 0.3]


def test_a_dopant_is_replaced_as_a_whole(tmp_path: Path) -> None:
    dopant = 'dopant = { positions = [[0.5, 0.5, 0.0]], species = "O", charge = -2.0 }'
    config, _ = load(write(tmp_path, NAMED + f"[doping]\n{dopant}\n"))
    assert config.doping.dopant is not None
    assert config.doping.dopant.site is None
    assert config.doping.dopant.positions == ((0.5, 0.5, 0.0),)


@pytest.mark.parametrize(
    ("old", "new", "message"),
    [
        ('"CsV3Sb5"', '"csv3sb5"', r"structure\.material = 'csv3sb5': .*did you mean 'CsV3Sb5'"),
        ('"CsV3Sb5"', '"CsV3Sb"', "did you mean 'CsV3Sb5'"),
        ('"CsV3Sb5"', '"water"', "no such material; shipped: .*CsV3Sb5"),
        ('"CsV3Sb5"', "3", r"structure\.material = 3: must be text"),
        ('"CsV3Sb5"', '"CsV3Sb5"\ncif = "x.cif"', "brings its own crystal; remove 'cif'"),
        ('"CsV3Sb5"', '"CsV3Sb5"\nlattice = "cubic"', "brings its own crystal; remove 'lattice'"),
        ("[sampling]", "[doping]\nsign = 2\n[sampling]", r"doping\.sign = 2: must be 1 or -1"),
        ("[sampling]", "[doping]\nparent = -1.0\n[sampling]", r"doping\.parent = -1\.0: must be"),
        ("[sampling]", "[doping]\nparrent = 1.0\n[sampling]", "did you mean 'parent'"),
        (
            "[sampling]",
            '[doping]\ndopant = { species = "O", charge = -2.0 }\n[sampling]',
            r"doping\.dopant: give either 'site', a species",
        ),
    ],
)
def test_mistakes(tmp_path: Path, old: str, new: str, message: str) -> None:
    assert old in NAMED
    path = write(tmp_path, NAMED.replace(old, new, 1))
    with pytest.raises(RunFileError, match=message) as caught:
        load(path)
    for line in str(caught.value).splitlines():
        assert line.startswith(f"{path}: ")


def test_an_unknown_material_is_one_line() -> None:
    with pytest.raises(MaterialError, match="no such material"):
        material("H2O")
    assert "CsV3Sb5" in materials()


def test_the_doping_may_be_counted_from_a_parent(tmp_path: Path) -> None:
    text = CUBIC + "[doping]\nparent = 0.5\nsign = -1\nformula_units = 0.5\n"
    # carriers of a cell: (0.5 - x) / 2
    for doping, carriers in ((0.25, 8), (0.0, 16), (-0.5, 32)):
        found = planned(tmp_path, text.replace("doping = [1.0]", f"doping = [{doping}]"))
        assert found.tasks[0].task.n_carriers == carriers
        axis = found.axes["doping"]
        assert axis["carriers_per_cell"].values.tolist() == [carriers / 64]
        assert axis.attrs["long_name"] == "carriers taken from the parent per formula unit"


def test_without_a_doping_section_x_counts_the_carriers_of_a_cell(tmp_path: Path) -> None:
    axis = planned(tmp_path, CUBIC.replace("[1.0]", "[0.25, 0.5]")).axes["doping"]
    assert axis["carriers_per_cell"].values.tolist() == axis.values.tolist() == [0.25, 0.5]
    assert axis.attrs["long_name"] == "carriers per primitive cell"


@pytest.mark.parametrize(
    ("doping", "message"),
    [
        # 64 cells of half a formula unit: x = 0.3 - n/32, of which n = 9 and 10 are the nearest
        ("0.01", r"doping = 0\.01: .*nearest dopings are -1/80 = -0\.0125 and 3/160 = 0\.01875"),
        ("-1.7", r"doping = -1\.7: 64 carriers on 64 wells .*above -1\.7 and below 0\.3"),
        (
            "0.3",
            r"doping = 0\.3: 0 carriers .*nothing to move; take a doping above -1\.7 and below",
        ),
    ],
)
def test_impossible_dopings(tmp_path: Path, doping: str, message: str) -> None:
    text = CUBIC + "[doping]\nparent = 0.3\nsign = -1\nformula_units = 0.5\n"
    with pytest.raises(RunFileError, match=message):
        planned(tmp_path, text.replace("doping = [1.0]", f"doping = [{doping}]"))


def test_a_doping_too_small_for_the_supercell_names_the_smallest(tmp_path: Path) -> None:
    with pytest.raises(RunFileError, match=r"0\.064 carriers .*nearest doping is 1/64 = 0\.015625"):
        planned(tmp_path, CUBIC.replace("doping = [1.0]", "doping = [0.001]"))


def test_everything_a_run_file_comes_to_can_be_stored(tmp_path: Path) -> None:
    config, _ = load(write(tmp_path, NAMED))
    stored = json.loads(config.model_dump_json())
    assert stored["interaction"]["relative_permittivity"] == 7.0
    assert stored["doping"]["formula_units"] == 1.0
    assert stored["sampling"]["exchange_interval"] == 5


def test_a_diagram_over_a_counted_doping(tmp_path: Path) -> None:
    """The same carriers under other names: equal numbers, and all that reads a doping goes on."""
    plain = (
        CUBIC.replace("[1.0]", "[0.25, 0.5, 0.75]")
        .replace('unit = "coulomb"', "")
        .replace("num = 2,", "num = 3")
    )
    counted = plain.replace("[0.25, 0.5, 0.75]", "[0.5, 0.0, -0.5]")
    counted += '[doping]\nparent = 1.0\nsign = -1\nformula_units = 0.5\ncounts = "vacancies"\n'
    results = []
    for name, text in (("plain", plain), ("counted", counted)):
        (tmp_path / f"{name}.toml").write_text(text)
        results.append(scan(tmp_path / f"{name}.toml", tmp_path / f"{name}.nc"))
    one, other = (groups["/"] for groups in results)
    assert other["doping"].values.tolist() == [-0.5, 0.0, 0.5]
    assert other["carriers_per_cell"].values.tolist() == [0.75, 0.5, 0.25]
    assert other["energy"].values[::-1].tolist() == one["energy"].values.tolist()
    stored = xr.load_dataset(tmp_path / "counted.nc")
    assert "carriers_per_cell" in stored.coords
    assert stored["doping"].attrs["long_name"] == "vacancies"
    complete = json.loads(stored.attrs["config_complete_json"])
    assert complete["doping"]["parent"] == 1.0
    assert complete["sampling"]["exchange_interval"] == 5
    redone = mcsc.workflow.redo_transitions(tmp_path / "counted.nc", Settings())
    assert redone["domes"]["dome_doping"].attrs["long_name"] == "doping at the top: vacancies"
    figure = summary_figure(tmp_path / "counted.nc")
    # on both sides of half filling the order per carrier or hole is that of the fewer
    drawn = figure.subfigs[0].axes[0].collections[0].get_array().reshape(3, 3)
    carriers = other["carriers_per_cell"]
    expected = other["charge_order"] * carriers / np.minimum(carriers, 1 - carriers)
    expected = expected.transpose("temperature", "doping").values
    assert np.asarray(drawn) == pytest.approx(expected)
