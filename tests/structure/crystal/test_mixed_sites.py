"""Sites that species share: spectators, whose charges are averages; no centre and no cage."""

import json

import numpy as np
import pytest
from ase.io import read
from cif_text import GOOD, P1
from crystals import write
from typer.testing import CliRunner

from mcsc.cli import app
from mcsc.diagram import structure_dataset
from mcsc.model import with_ionic_energies
from mcsc.structure import wells_at, wells_of_net
from mcsc.structure.crystal import primitive_cell, read_crystal
from mcsc.structure.crystal.species import formula_of, numbers_of, shares_of, site_name, species_of

CALCIUM = "Ca1 Ca 0.5 0.5 0.5 1\n"
MIXED = GOOD.replace(CALCIUM, "Ca1 Ca 0.5 0.5 0.5 0.7\nLa1 La 0.5 0.5 0.5 0.3\n")


@pytest.fixture
def mixed(tmp_path):
    return read_crystal(write(tmp_path, MIXED))


def test_names():
    assert site_name({"Sr": 0.075, "La": 0.925}) == "La0.925Sr0.075"
    assert site_name({"La": 1.0}) == "La"
    assert shares_of("La0.925Sr0.075") == {"La": 0.925, "Sr": 0.075}
    assert shares_of("V1") == {"V1": 1.0}


def test_kept_in_supercells_and_primitive_cells(mixed):
    assert species_of(mixed) == ["Cu", "O", "O", "Ca0.7La0.3"]
    assert formula_of(mixed) == "Ca0.7CuLa0.3O2"
    found = primitive_cell(mixed * (2, 1, 2))
    assert sorted(species_of(found)) == sorted(species_of(mixed))
    assert found.cell.volume == pytest.approx(96)


def test_sites_of_other_shares_are_other_sites(tmp_path):
    """Pure and mixed calcium one above the other: no translation maps one on the other."""
    text = (
        GOOD.replace("c 6.0", "c 12.0")
        .replace("0.5 0.5 0.5 1", "0.5 0.5 0.25 1")
        .replace(
            "Ca1",
            "Ca1 Ca 0.5 0.5 0.75 0.7\nSr1 Sr 0.5 0.5 0.75 0.3\nCu3 Cu 0 0 0.5 1\n"
            "O3 O 0.5 0 0.5 1\nO4 O 0 0.5 0.5 1\nCa2",
        )
    )
    atoms = read_crystal(write(tmp_path, text))
    assert len(primitive_cell(atoms)) == len(atoms) == 8
    assert len(set(numbers_of(atoms).tolist())) == 4
    pure = read_crystal(write(tmp_path, text.replace("0.7\nSr1 Sr 0.5 0.5 0.75 0.3", "1")))
    assert len(primitive_cell(pure)) == 4


def test_wells_beside_them(mixed):
    (well,) = wells_at(mixed, "Cu").wells
    assert well.kind == "square"
    assert {well.kind for well in wells_of_net(mixed, "Cu").wells} == {"square"}


@pytest.mark.parametrize("centre", ["Ca", "La", ["Cu", "La"], [[0.5, 0.5, 0.5]]])
def test_no_centre(mixed, centre):
    with pytest.raises(ValueError, match=r"occupancy 0\.\d .*the centre of a well.*; write"):
        wells_at(mixed, centre, "O", cage_radius=4)


def test_no_cage(mixed):
    message = r"a Ca site has occupancy 0.7 \(Ca0.7La0.3\), and every ion of the cage"
    with pytest.raises(ValueError, match=message):
        wells_at(mixed, "O", ["Cu", "Ca"], cage_radius=4)
    with pytest.raises(ValueError, match="every ion of the cage"):
        wells_at(mixed, "voids")
    with pytest.raises(ValueError, match="every ion of the net"):
        wells_of_net(mixed, "La")


def test_a_half_empty_ligand_is_not_left_out_of_the_cage(tmp_path):
    atoms = read_crystal(write(tmp_path, GOOD.replace("0 0.5 0 1", "0 0.5 0 0.5")))
    with pytest.raises(ValueError, match=r"an? O site has occupancy 0.5 \(O0.5\), and every ion"):
        wells_at(atoms, "Cu", "O")


def test_split_sites_may_be_close(tmp_path):
    split = "Ca1 Ca 0.5 0.5 0.47 0.5\nCa2 Ca 0.5 0.5 0.53 0.5\n"
    atoms = read_crystal(write(tmp_path, GOOD.replace(CALCIUM, split)))
    assert species_of(atoms)[3:] == ["Ca0.5", "Ca0.5"]
    assert wells_at(atoms, "Cu", "O").wells[0].kind == "square"
    with pytest.raises(ValueError, match=r"Ca and Ca ions overlap, 0\.360"):
        read_crystal(write(tmp_path, GOOD.replace(CALCIUM, split.replace("0.5\n", "0.8\n"))))


def test_charges_are_averages(mixed, tmp_path):
    """As if one ion of the mean charge stood there."""
    pure = read_crystal(write(tmp_path, GOOD))
    averaged, plain = (
        with_ionic_energies(wells_at(atoms, "Cu", "O"), charges)
        for atoms, charges in (
            (mixed, {"Ca": 2.0, "La": 3.0, "Cu": 1.7, "O": -2.0}),
            (pure, {"Ca": 2.3, "Cu": 1.7, "O": -2.0}),
        )
    )
    assert averaged.wells[0].depth == pytest.approx(plain.wells[0].depth, rel=1e-12)
    with pytest.raises(ValueError, match=r"0.7 Ca \+2, 1 Cu \+2, 0.3 La \+3, 2 O -2"):
        with_ionic_energies(
            wells_at(mixed, "Cu", "O"), {"Ca": 2.0, "La": 3.0, "Cu": 2.0, "O": -2.0}
        )


def test_said_in_the_file_and_by_the_program(mixed, tmp_path):
    structure = wells_at(mixed, "Cu", "O")
    note = structure_dataset(structure, [(1, 1, 1)]).attrs["mixed_sites"]
    assert note == "1 Ca0.7La0.3; their charges count as averages"
    path = str(write(tmp_path, MIXED))
    shown = CliRunner().invoke(app, ["wells", path, "--centre", "Cu"]).stdout
    assert "mixed site: 1 Ca0.7La0.3; charges count as averages" in shown
    told = CliRunner().invoke(app, ["wells", path, "--centre", "Cu", "--json"]).stdout
    assert json.loads(told)["mixed_sites"] == {"Ca0.7La0.3": 1}
    listed = CliRunner().invoke(app, ["wells", path]).stdout
    assert "--centre La     none: a La site has occupancy 0.3 (Ca0.7La0.3)" in listed


def test_as_ase_reads_them(tmp_path):
    """Atoms that ase read from the file give the same wells and the same refusals."""
    atoms = read(write(tmp_path, MIXED))
    assert species_of(atoms) == ["Cu", "O", "O", "Ca0.7La0.3"]
    np.testing.assert_allclose(wells_at(atoms, "Cu").wells[0].distances, 2)
    with pytest.raises(ValueError, match="the centre of a well"):
        wells_at(atoms, "Ca", "O")


def test_shares_that_miss_one_by_their_digits_fill_the_site(tmp_path):
    thirds = "".join(f"{s}1 {s} 0.5 0.5 0.5 0.333\n" for s in ("Ca", "Sr", "Ba"))
    atoms = read_crystal(write(tmp_path, GOOD.replace(CALCIUM, thirds)))
    assert sum(shares_of(species_of(atoms)[3]).values()) == pytest.approx(1, abs=1e-9)


def test_symmetry_lists_mixed_rows_again_without_adding_them_twice(tmp_path):
    text = MIXED.replace(P1, "_symmetry_space_group_name_H-M 'P 4/m m m'\n")
    again = text + "O2 O 0 0.5 0 1\nCa3 Ca 0.5 0.5 -0.5 0.7\n"
    for one in (text, again):
        assert species_of(read_crystal(write(tmp_path, one))) == ["Cu", "O", "O", "Ca0.7La0.3"]
