"""``mcsc wells`` of crystals, as typed."""

import json
from pathlib import Path

import crystals
import pytest
from ase.io import write
from watched import typed


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("crystals")
    write(folder / "ybco.cif", crystals.yba2cu3o7(), format="cif")
    write(folder / "POSCAR", crystals.la2cuo4(), format="vasp", sort=True)
    return folder


def test_table(folder: Path) -> None:
    result = typed("wells", "ybco.cif", "--centre", "Cu", cwd=folder)
    assert result.code == 0, result.err
    assert "Ba2Cu3YO7: 3 wells a cell" in result.out
    assert result.out.count("square_pyramid") == 2
    assert "2×1.8454  2×1.9450" in result.out


def test_json_holds_everything(folder: Path) -> None:
    result = typed("wells", "POSCAR", "--centre", "Cu", "--cage", "O", "--json", cwd=folder)
    found = json.loads(result.out)
    (well,) = found["wells"]
    assert well["kind"] == "octahedron"
    assert well["cage"] == "6 O"
    assert well["cage_species"] == ["O"] * 6
    assert well["orbit"] == 0
    assert well["in_orbit"] == 1
    assert 1 < well["distortion"] < 2
    assert sorted(found["ions"]) == sorted(["La"] * 2 + ["Cu"] + ["O"] * 4)
    assert len(found["cell"]) == 3
    one = typed("wells", "POSCAR", "--centre", "Cu", "--coordination", 4, "--json", cwd=folder)
    assert json.loads(one.out)["wells"][0]["kind"] == "square"


def test_proposals(folder: Path) -> None:
    result = typed("wells", "POSCAR", cwd=folder)
    assert result.code == 0, result.err
    lines = result.out.splitlines()
    assert any(line.startswith("--centre Cu     1 octahedron of O") for line in lines)
    assert any(line.startswith("--net Cu     1 square of Cu") for line in lines)
    assert any(line.startswith("--net La     none: not planar, ions") for line in lines)
    found = json.loads(typed("wells", "POSCAR", "--json", cwd=folder).out)
    kinds = {(item["key"], item["value"]): item["kinds"] for item in found["proposals"]}
    assert kinds["centre", "Cu"] == {"octahedron": 1}
    assert {value for key, value in kinds if key == "centre"} == {"La", "Cu", "O", "voids"}


def test_a_material_and_a_place(folder: Path) -> None:
    result = typed("wells", "CsV3Sb5", cwd=folder)
    assert result.out.count("alpha") == 2
    result = typed("wells", "CsV3Sb5", "--centre", "V", cwd=folder)
    assert result.out.count("octahedron") == 3
    result = typed("wells", "CsV3Sb5", "--net", "V", "--json", cwd=folder)
    assert [well["kind"] for well in json.loads(result.out)["wells"]] == [
        "alpha", "alpha", "beta",
    ]  # fmt: skip
    result = typed("wells", "POSCAR", "--centre", "0.5,0.5,0.5", "--cage", "O", cwd=folder)
    assert "octahedron" in result.out


def test_picture(folder: Path) -> None:
    result = typed("wells", "ybco.cif", "--centre", "Cu", "-o", "cages.png", cwd=folder)
    assert result.code == 0, result.err
    assert (folder / "cages.png").read_bytes().startswith(b"\x89PNG")


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["absent.cif"], "absent.cif: no such CIF or POSCAR file, nor a shipped material"),
        (["ybco.cif", "--cage", "O"], "give --centre or --net"),
        (["ybco.cif", "--centre", "Fe"], "no Fe in the crystal; choose of Ba, Cu, O, Y"),
        (["ybco.cif", "--centre", "Cu", "--net", "Cu"], "--centre does not go with --net"),
        (["ybco.cif", "--centre", "0.5,0.5"], "three numbers each"),
        (["ybco.cif", "--centre", "Cu", "--coordination", "3"], "take 4"),
        (["ybco.cif", "--centre", "Cu", "-o", "x.bmp3"], "unknown kind of figure"),
    ],
)
def test_mistakes(folder: Path, arguments: list[str], message: str) -> None:
    result = typed("wells", *arguments, cwd=folder)
    assert result.code == 2
    assert message in result.err
    assert len(result.err.splitlines()) == 1
