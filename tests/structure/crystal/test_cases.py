"""Files that honest programs write and other readers stumble over, through ``mcsc wells``."""

import json
from pathlib import Path

import numpy as np
import pytest
from typer.testing import CliRunner

from mcsc.cli import app
from mcsc.structure.crystal import read_crystal

CASES = Path(__file__).parent / "cases"


def wells(name: str, *options: str) -> list[dict]:
    result = CliRunner().invoke(
        app, ["wells", str(CASES / name), *options, "--json"], catch_exceptions=False
    )
    return json.loads(result.stdout)["wells"]


# the kinds of the wells, the species of each cage, and the distances, Å
SQUARE = (["square"], ["O"] * 4, [1.95] * 4)
RIGHT = {
    "comment_behind_tag.cif": ("Cu", *SQUARE),
    "version_2_header.cif": ("Cu", *SQUARE),
    "occupancy_rounding.cif": ("Cu", *SQUARE),
    "two_rows_on_one_line.cif": ("Cu", *SQUARE),
    "centred_P1.cif": ("Fe", ["tetrahedron"] * 2, ["As"] * 4, [2.40240] * 4),
    "fractional_rotations.cif": ("Ni", ["octahedron"], ["Br"] * 6, [2.82380] * 6),
    "mixed_spectator.cif": ("Cu", ["octahedron"], ["O"] * 6, [1.89] * 4 + [2.40786] * 2),
    "numbered_species.vasp": ("Cu", ["square"], ["O"] * 4, [1.92780] * 4),
}


@pytest.mark.parametrize("name", RIGHT)
def test_right_wells(name: str) -> None:
    centre, kinds, species, distances = RIGHT[name]
    found = wells(name, "--centre", centre)
    assert [well["kind"] for well in found] == kinds
    for well in found:
        assert well["cage_species"] == species
        # twice the digits of the coordinates in the file
        np.testing.assert_allclose(sorted(well["distances"]), distances, atol=2e-5)


def test_operations_of_a_magnetic_group_make_its_whole_cell() -> None:
    atoms = read_crystal(CASES / "magnetic_operations.mcif")
    assert atoms.symbols.formula.count() == {"Mn": 6, "Ge": 2}


def test_a_cell_too_skewed_to_tell_is_one_line() -> None:
    with pytest.raises(ValueError, match=r"line 3: a lattice vector of 1e\+05 Å; give one from"):
        wells("skewed.vasp", "--net", "V")


@pytest.mark.parametrize(
    "options",
    [["--net", "V"], ["--centre", "V"], ["--centre", "voids"], ["--centre", "0.5,0.5,0.5"], []],
    ids=["net", "centre", "voids", "place", "material"],
)
def test_json_has_the_distances_of_every_kind_of_wells(options: list[str]) -> None:
    result = CliRunner().invoke(app, ["wells", "CsV3Sb5", *options, "--json"])
    found = json.loads(result.stdout)["wells"]
    assert found
    for well in found:
        arms = np.array(well["cage_positions"]) - well["centre"]
        np.testing.assert_allclose(well["distances"], np.linalg.norm(arms, axis=1), atol=1e-9)
