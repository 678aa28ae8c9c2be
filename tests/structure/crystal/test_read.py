"""Reading CIF files: the shipped crystal, and every kind of file that must be refused."""

import warnings

import numpy as np
import pytest
import spglib
from ase import Atoms
from ase.build import make_supercell
from ase.io import read
from ase.neighborlist import neighbor_list
from ase.spacegroup import crystal
from cif_text import CELL, LOOP, P1

from mcsc.structure.crystal import primitive_cell, read_crystal, shipped_materials
from mcsc.structure.crystal.species import species_of

HEADER = "data_test\n" + P1 + CELL
IONS = "Cu1 Cu 0 0 0 1\nO1 O 0.5 0 0 1\nO2 O 0 0.5 0 1\n"


def cif(tmp_path, text):
    path = tmp_path / "crystal.cif"
    path.write_text(text, encoding="utf-8")
    return path


def test_shipped_crystal():
    assert "CsV3Sb5" in shipped_materials()
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        atoms = read_crystal("CsV3Sb5")
    assert atoms.symbols.formula.count() == {"Cs": 1, "V": 3, "Sb": 5}
    a, c = 5.4949, 9.3085
    np.testing.assert_allclose(atoms.cell.cellpar(), [a, a, c, 90, 90, 120])
    assert "CsV3Sb5.cif" in atoms.info["source"]
    # V has 4 V at a/2, 2 Sb1 at a/2 and 4 Sb2 at the distance the Wyckoff positions give.
    first, second, distances = neighbor_list("ijd", atoms, 2.9)
    symbols = np.array(list(atoms.symbols))
    vanadium = symbols[first] == "V"
    to_v = distances[vanadium & (symbols[second] == "V")]
    to_sb = np.sort(distances[vanadium & (symbols[second] == "Sb")])
    np.testing.assert_allclose(to_v, np.full(12, a / 2))
    expected = [np.hypot(a / 12**0.5, (0.7421 - 0.5) * c)] * 12 + [a / 2] * 6
    np.testing.assert_allclose(to_sb, np.sort(expected), rtol=1e-6)


@pytest.mark.filterwarnings("ignore:Set OLD_ERROR_HANDLING:DeprecationWarning")
def test_shipped_crystal_has_the_published_symmetry():
    atoms = read_crystal("CsV3Sb5")
    cell = (atoms.cell.array, atoms.get_scaled_positions(), atoms.numbers)
    dataset = spglib.get_symmetry_dataset(cell, symprec=1e-5)
    assert dataset.number == 191
    assert sorted(dataset.wyckoffs) == sorted("agggbhhhh")


def test_path_and_text_agree(tmp_path):
    path = cif(tmp_path, HEADER + LOOP + IONS)
    for source in (path, str(path)):
        atoms = read_crystal(source)
        assert str(atoms.symbols) == "CuO2"
        assert atoms.info["source"] == str(path)


def test_sites_listed_with_their_images_are_read_once(tmp_path):
    text = HEADER.replace("'P 1'", "'P 4/m m m'") + LOOP + IONS
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        assert str(read_crystal(cif(tmp_path, text)).symbols) == "CuO2"


SECOND = (HEADER + LOOP + IONS).replace("data_test", "data_second").replace("c 6.0", "c 6.5")
MIXED = HEADER + LOOP + IONS + "Ni1 Ni 0.5 0.5 0.5 0.6\nFe1 Fe 0.5 0.5 0.5 0.4\n"
REFUSED = {
    "same place": (HEADER + LOOP + IONS + "Ni1 Ni 0 0 0 1\n", "(Cu and Ni|Ni and Cu) ions overlap"),
    "too close": (HEADER + LOOP + IONS + "O3 O 0.05 0.5 0 1\n", "O and O ions overlap, 0.200 Å"),
    "close to an image": (HEADER + LOOP + IONS + "O3 O 0.99 0.5 0 1\n", "overlap, 0.040 Å"),
    "unknown species": (HEADER + LOOP + "X1 ? 0 0 0 1\n", "no crystal in it"),
    "not an element": (HEADER + LOOP + "Qq1 Qq 0 0 0 1\n", "site 'Qq' is no chemical element"),
    "unknown coordinate": (HEADER + LOOP + "Cu1 Cu ? 0 0 1\n", "fract_x of a Cu site is '\\?'"),
    "no atoms": (HEADER, "no crystal in it"),
    "no cell": (LOOP.join(["data_test\n_symmetry_space_group_name_H-M 'P 1'\n", IONS]), "no cell"),
    "no symmetry": (
        HEADER.replace("_symmetry_space_group_name_H-M 'P 1'\n", "") + LOOP + IONS,
        "no space group",
    ),
    "wrong space group": (
        HEADER.replace("'P 1'", "'P 9'") + LOOP + IONS,
        "space group P 9 unknown; check it or list",
    ),
    "lost species": (
        HEADER + "_chemical_formula_sum 'La2 Cu O4'\n" + LOOP + IONS,
        "formula 'La2 Cu O4' but its sites add up to CuO2",
    ),
    "two crystals": (HEADER + LOOP + IONS + SECOND, r"2 crystals in it \(test, second\)"),
    "empty": ("", "no crystal in it"),
    "not a CIF": ("this is\nno crystal at all", "not a readable CIF|no crystal in it"),
}


@pytest.mark.parametrize("case", REFUSED)
def test_refuses(case, tmp_path):
    text, message = REFUSED[case]
    with pytest.raises(ValueError, match=message) as caught:
        read_crystal(cif(tmp_path, text))
    assert "crystal.cif: " in str(caught.value)
    assert "\n" not in str(caught.value)


def test_mixed_sites_are_kept_as_ase_keeps_them(tmp_path):
    """Who reads only the symbols sees an ordered crystal; species_of tells."""
    path = cif(tmp_path, MIXED)
    for atoms in (read(path), read_crystal(path)):
        assert str(atoms.symbols) == "CuO2Ni"
        assert species_of(atoms) == ["Cu", "O", "O", "Ni0.6Fe0.4"]


@pytest.mark.parametrize("source", ["CsV3Sb6", "no/such/file.cif"])
def test_missing_file_lists_the_shipped_ones(source):
    with pytest.raises(ValueError, match=r"nor a shipped material \(.*CsV3Sb5"):
        read_crystal(source)


def test_formula_with_full_match_is_accepted(tmp_path):
    text = HEADER + "_chemical_formula_sum 'Cu2 O4'\n" + LOOP + IONS
    assert len(read_crystal(cif(tmp_path, text))) == 3


@pytest.mark.parametrize(
    "repeats", [[[2, 0, 0], [0, 1, 0], [0, 0, 3]], [[2, 1, 0], [0, 2, 0], [1, 0, 2]]]
)
def test_primitive_cell_undoes_a_supercell(repeats):
    atoms = read_crystal("CsV3Sb5")
    atoms.translate([0.3, -0.2, 0.7])
    found = primitive_cell(make_supercell(atoms, repeats))
    np.testing.assert_allclose(found.cell.cellpar(), atoms.cell.cellpar())
    np.testing.assert_allclose(found.cell[2], atoms.cell[2], atol=1e-9)
    # The same crystal, in place: every atom lies on an atom of its species.
    separation = found.positions[:, None] - atoms.positions
    fractional = separation @ np.linalg.inv(atoms.cell.array)
    on_top = np.abs(fractional - np.rint(fractional)).max(axis=-1) < 1e-9
    assert on_top.sum() == 9
    assert (found.numbers[:, None] == atoms.numbers)[on_top].all()


def test_primitive_cell_of_a_centred_crystal_keeps_its_layers():
    atoms = crystal(
        ["Ba", "Fe", "As"],
        [(0, 0, 0), (0.5, 0, 0.25), (0, 0, 0.3545)],
        spacegroup=139,
        cellpar=[3.96, 3.96, 13.02, 90, 90, 90],
    )
    found = primitive_cell(atoms)
    assert found.symbols.formula.count() == {"Ba": 1, "Fe": 2, "As": 2}
    assert found.cell.volume == pytest.approx(atoms.cell.volume / 2)
    np.testing.assert_allclose(found.cell[:2], atoms.cell[:2])


def test_primitive_cell():
    atoms = read_crystal("CsV3Sb5")
    assert primitive_cell(atoms) is atoms
    with pytest.raises(ValueError, match="overlapping ions"):
        primitive_cell(Atoms("H2", positions=np.zeros((2, 3)), cell=np.eye(3), pbc=True))
