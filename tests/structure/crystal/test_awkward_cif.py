"""CIFs as they come: each ends in the right crystal or in one line that says what to do."""

import numpy as np
import pytest
from cif_text import (
    CELL,
    DELAFOSSITE,
    FESE,
    FOURFOLD,
    GOOD,
    HEXAGONAL,
    IN_RHOMBOHEDRAL,
    IONS,
    LABELS,
    LOOP,
    P1,
    RHOMBOHEDRAL,
    TETRAGONAL,
    cell,
    group,
    listed,
)
from crystals import check_cacuo2, write

from mcsc.structure import wells_at
from mcsc.structure.crystal import read_crystal

# all of these are CaCuO2 as written in GOOD
SAME = {
    "plain": GOOD,
    "carriage returns": GOOD.replace("\n", "\r\n"),
    "old Mac line ends": GOOD.replace("\n", "\r"),
    "tabs": GOOD.replace(" ", "\t").replace("'P\t1'", "'P 1'"),
    "comments and blanks": GOOD.replace("loop_", "\n# a comment\n\n  loop_  # sites"),
    "upper-case tags": GOOD.replace("_cell_length_a", "_CELL_LENGTH_A"),
    "oxidation states": GOOD.replace(" Cu ", " Cu2+ ").replace(" O ", " O2- "),
    "uncertain digits": GOOD.replace("_cell_length_c 6.0", "_cell_length_c 6.0(12)").replace(
        "0.5 0.5 0.5 1", "0.500(3) 0.5(1) 0.50 1"
    ),
    "uncertain occupancy": GOOD.replace("0 0 0 1", "0 0 0 1.0000(3)"),
    "occupancies open": GOOD.replace(" 1\n", " .\n"),
    "occupancies unknown": GOOD.replace(" 1\n", " ?\n"),
    "labels only": "data_test\n" + P1 + CELL + LABELS + "Cu1 0 0 0\nO1 0.5 0 0\nO2A 0 0.5 0\n"
    "Ca 0.5 0.5 0.5\n",
    "symbols unknown, labels known": GOOD.replace("O1 O ", "O1 O1 "),
    "wrapped coordinates": GOOD.replace("0.5 0.5 0.5", "-0.5 1.5 2.5"),
    "ions twice": GOOD + "Cu9 Cu 0 0 0 1\nCu8 Cu 1.0 0 -1 1\n",
    "number only": group("_symmetry_Int_Tables_number 123"),
    "number in quotes": group("_space_group_IT_number '123'"),
    "name": group("_space_group_name_H-M_alt 'P 4/m m m'"),
    "name without spaces": group("_symmetry_space_group_name_H-M P4/mmm"),
    "full name": group("_symmetry_space_group_name_H-M 'P 4/m 2/m 2/m'"),
    "Hall symbol": group("_space_group_name_Hall '-P 4 2'"),
    "name unknown, number known": group(
        "_symmetry_space_group_name_H-M ?\n_symmetry_Int_Tables_number 123"
    ),
    "list of operations": group(listed(FOURFOLD)),
    "operations, other style": group(
        listed(["+X, +Y, +Z", "-Y, X, Z", "-X, -Y, Z", "Y, -X, Z"]).replace("'", '"')
    ),
    "numbered operations": group(
        "loop_\n_symmetry_equiv_pos_site_id\n_symmetry_equiv_pos_as_xyz\n"
        + "\n".join(f"{i} {o}" for i, o in enumerate(FOURFOLD, start=1))
        + "\n"
    ),
    "system beside operations": group(listed(FOURFOLD) + "_symmetry_cell_setting tetragonal"),
    "a second block without atoms": GOOD + "data_notes\n_journal_year 1999\n",
    "exponent": GOOD.replace("_cell_length_a 4.0", "_cell_length_a 0.4E+1"),
    "comments behind tags and values": GOOD.replace("a 4.0", "a 4.0 # Å").replace(
        "_atom_site_label\n", "_atom_site_label # 'x'\n"
    ),
    "several rows on a line": GOOD.replace("1\nO1", "1 O1").replace("1\nCa1", "1\tCa1"),
    "all on one line": GOOD.replace("\n", " "),
    "header of CIF 2.0": "#\\#CIF_2.0\n" + GOOD,
    "text before the block": "Crystal of today\n_cell_length_a 9\n\n" + GOOD,
    "empty formula": GOOD + "_chemical_formula_sum ''\n",
    "blank formula": GOOD + "_chemical_formula_sum ' '\n",
    "tag twice, the same": GOOD + "_cell_length_a 4.0\n_chemical_formula_sum 'Ca Cu O2'\n",
    "tags with dots": GOOD.replace("_cell_", "_cell.").replace("_atom_site_", "_atom_site."),
    "length in a loop of one": GOOD.replace("_cell_length_a 4.0", "loop_\n_cell_length_a\n4.0"),
    "foreign letters, bare": GOOD.replace("loop_", "_journal_name Zähler\nloop_", 1),
    "no-break spaces": GOOD.replace("0.5 0.5 0.5", "0.5\u00a00.5\u20090.5"),
    "reflections": GOOD + "loop_\n_refln_index_h\n_refln_F\n1 2\n2 3\n",
    "occupancy rounded": GOOD.replace("0.5 0.5 0.5 1", "0.5 0.5 0.5 1.00002(3)"),
    "occupancy within its error": GOOD.replace("0.5 0.5 0.5 1", "0.5 0.5 0.5 0.98(2)"),
    "an ion in two charges": GOOD.replace(
        "Cu1 Cu 0 0 0 1", "Cu1 Cu1+ 0 0 0 0.25\nCu2 Cu2+ 0 0 0 0.75"
    ),
    "a site of occupancy 0": GOOD + "X1 Sr 0.5 0.5 0 0\n",
    "twice in one file": GOOD + GOOD.replace("data_test", "data_again"),
    "three times, in other cells": GOOD
    + "data_double\n"
    + P1
    + cell(c=12.0)
    + LOOP
    + "".join(
        f"A {s} {x} {y} {(z + n) / 2} 1\n"
        for s, x, y, z in (
            ("Cu", 0, 0, 0),
            ("O", 0.5, 0, 0),
            ("O", 0, 0.5, 0),
            ("Ca", 0.5, 0.5, 0.5),
        )
        for n in (0, 1)
    )
    + "data_shifted\n"
    + P1
    + CELL
    + LOOP
    + "A Cu 0.1 0.2 0.3 1\nA O 0.6 0.2 0.3 1\nA O 0.1 0.7 0.3 1\nA Ca 0.6 0.7 0.8 1\n",
    "time reversal": group(listed([f"{o},{s}1" for o, s in zip(FOURFOLD, "+-+-", strict=True)])),
    "grey magnetic group": group(
        "loop_\n_space_group_symop_magn_operation.xyz\n"
        + "".join(f"{o},{s}1\n" for o in FOURFOLD for s in "+-")
    ),
    "operations with decimals": group(listed(["1.0x,y,z+0.0", *FOURFOLD[1:]])),
    "a Hall symbol of no table": group("_space_group_name_Hall '-P 4 2 (0 0 12)'"),
    "capital letters, formula": GOOD.replace("Ca1 Ca", "CA1 CA").replace("Cu1 Cu", "CU1 CU")
    + "_chemical_formula_sum 'Ca Cu O2'\n",
    "labels of minerals": "data_test\n"
    + P1
    + CELL
    + LABELS
    + "CuM 0 0 0\nOb1 0.5 0 0\nOap 0 0.5 0\nCa1o 0.5 0.5 0.5\n"
    + "_chemical_formula_sum 'Ca Cu O2'\n",
    "text field": GOOD.replace("loop_", "_publ_section_title\n;\n a title\n loop_\n;\nloop_"),
}


@pytest.mark.parametrize("case", SAME)
def test_reads_the_same_crystal(case, tmp_path):
    check_cacuo2(read_crystal(write(tmp_path, SAME[case])))


@pytest.mark.parametrize(
    "content",
    [
        b"\xef\xbb\xbf" + GOOD.encode(),
        GOOD.encode("utf-16"),
        b"\xfe\xff" + GOOD.encode("utf-16-be"),
        GOOD.replace("loop_", "_journal_name 'Phys. Z\xe4hler'\nloop_").encode("latin-1"),
    ],
    ids=["byte order mark", "utf-16", "utf-16 big-endian", "latin-1"],
)
def test_encodings(content, tmp_path):
    check_cacuo2(read_crystal(write(tmp_path, content)))


RIGHT = {
    "deuterium": (GOOD.replace(" Ca ", " D "), "HCuO2"),
    "deuterium with a number": (GOOD.replace("Ca1 Ca", "D1 D"), "HCuO2"),
    "single ion": (
        "data_test\n" + P1 + CELL + LABELS + "Cu 0 0 0\n",
        "Cu",
    ),
    "single ion without a loop": (
        "data_test\n" + P1 + CELL + "_atom_site_label Cu\n_atom_site_fract_x 0\n"
        "_atom_site_fract_y 0\n_atom_site_fract_z 0\n",
        "Cu",
    ),
    "hexagonal axes by number": (group("_space_group_IT_number 166", DELAFOSSITE, HEXAGONAL),
                                 "Al3Cu3O6"),
    "rhombohedral axes by number": (
        group("_space_group_IT_number 166", IN_RHOMBOHEDRAL, RHOMBOHEDRAL), "AlCuO2"),
    "rhombohedral axes by name": (
        group("_symmetry_space_group_name_H-M 'R -3 m :R'", IN_RHOMBOHEDRAL, RHOMBOHEDRAL),
        "AlCuO2"),
    "hexagonal axes, old name": (
        group("_symmetry_space_group_name_H-M 'R -3 m H'", DELAFOSSITE, HEXAGONAL), "Al3Cu3O6"),
    "trigonal written beside operations in hexagonal axes": (
        group(listed(["x,y,z", "-y,x-y,z", "-x+y,-x,z"]) + "_symmetry_cell_setting trigonal",
              "V1 V 0.5 0 0 1\n", HEXAGONAL), "V3"),
    "too few digits of a third": (
        group("_space_group_IT_number 191", "V1 V 0.5 0 0.5 1\nSb1 Sb 0.333 0.667 0.74 1\n",
              HEXAGONAL), "Sb4V3"),
    "first origin": (group("_symmetry_space_group_name_H-M 'P 4/n m m :1'", FESE), "Fe2Se2"),
    "second origin, old name": (
        group("_symmetry_space_group_name_H-M 'P 4/n m m Z'",
              "Fe1 Fe 0.75 0.25 0 1\nSe1 Se 0.25 0.25 0.27 1\n"), "Fe2Se2"),
    "origin by its own tag": (
        group("_symmetry_space_group_name_H-M 'P 4/n m m'\n_symmetry_space_group_setting 2",
              "Fe1 Fe 0.75 0.25 0 1\nSe1 Se 0.25 0.25 0.27 1\n"), "Fe2Se2"),
    "other axes by name": (
        group("_symmetry_space_group_name_H-M 'A m m a'",
              "Ni1 Ni 0.25 0 0.1 1\n", cell(a=5.4, b=5.0)), "Ni4"),
    "centred setting of number 1": (
        group("_symmetry_space_group_name_H-M 'I 1'", "Cu1 Cu 0 0 0 1\nO1 O 0.5 0 0 1\n"), "Cu2O2"),
    "old name of number 64": (
        group("_symmetry_space_group_name_H-M 'C m c a'", "Cu1 Cu 0 0 0 1\n", cell(b=5.0)), "Cu4"),
    "magnetic centrings": (
        group("loop_\n_space_group_symop_magn_operation.xyz\nx,y,z,+1\n-x,-y,-z,-1\n"
              "loop_\n_space_group_symop_magn_centering.xyz\nx,y,z,+1\nx,y,z+1/2,-1\n",
              "Cu1 Cu 0.1 0 0.1 1\n"), "Cu4"),
    "mixed site": (
        GOOD.replace("0.5 0.5 0.5 1", "0.5 0.5 0.5 0.9\nSr1 Sr 0.5 0.5 0.5 0.1")
        + "_chemical_formula_sum 'Ca.9Sr.1CuO2'\n", "CaCuO2"),
    "huge cell": (group(P1, cell=cell(a=400, b=400)), "CaCuO"),
}  # fmt: skip


@pytest.mark.parametrize("case", RIGHT)
def test_reads_right(case, tmp_path):
    text, formula = RIGHT[case]
    assert f"{read_crystal(write(tmp_path, text)).symbols.formula:hill}" == formula


def test_rhombohedral_and_hexagonal_axes_are_one_crystal(tmp_path):
    """R-3m in both settings, the cells made to agree, gives the same cages."""
    a_r, alpha = 5.0, np.radians(33.0)
    a = 2 * a_r * np.sin(alpha / 2)
    c = a_r * np.sqrt(3 * (1 + 2 * np.cos(alpha)))
    number = "_space_group_IT_number 166"
    hexagonal = group(
        number, DELAFOSSITE, cell(a=f"{a:.8f}", b=f"{a:.8f}", c=f"{c:.8f}", gamma=120)
    )
    cages = [
        wells_at(read_crystal(write(tmp_path, text)), "Al").wells[0]
        for text in (hexagonal, group(number, IN_RHOMBOHEDRAL, RHOMBOHEDRAL))
    ]
    assert cages[0].kind == cages[1].kind == "octahedron"
    np.testing.assert_allclose(cages[0].distances, cages[1].distances, atol=1e-6)
    assert cages[0].distortion == pytest.approx(cages[1].distortion, abs=1e-5)


BAD = {
    "empty": ("", "no crystal in it"),
    "blank lines": ("\n \n\n", "no crystal in it"),
    "only comments": ("# nothing\n# here\n", "no crystal in it"),
    "binary": (bytes(range(256)) * 4, "not a text file"),
    "prose": ("this is\nno crystal at all\n", "not a readable CIF"),
    "no block": (GOOD.replace("data_test\n", ""), "not a readable CIF"),
    "no sites": ("data_test\n" + P1 + CELL, "no crystal in it"),
    "no cell": ("data_test\n" + P1 + LOOP + IONS, "_cell_length_a is missing"),
    "missing angle": (GOOD.replace("_cell_angle_beta 90\n", ""), "_cell_angle_beta is missing"),
    "open angle": (GOOD.replace("beta 90", "beta ?"), r"_cell_angle_beta is \?"),
    "negative length": (GOOD.replace("a 4.0", "a -4.0"), "_cell_length_a is -4.0; give a positive"),
    "zero length": (GOOD.replace("c 6.0", "c 0"), "_cell_length_c is 0; give a positive length"),
    "flat angle": (GOOD.replace("gamma 90", "gamma 180"), "_cell_angle_gamma is 180"),
    "impossible angles": (
        GOOD.replace("alpha 90", "alpha 30").replace("beta 90", "beta 30"),
        "no cell has the angles 30, 30, 90",
    ),
    "not a number": (GOOD.replace("0.5 0.5 0.5", "nan 0.5 0.5"), "fract_x of a Ca site is 'nan'"),
    "unknown coordinate": (GOOD.replace("0.5 0.5 0.5", "0.5 ? 0.5"), r"fract_y .* is '\?'"),
    "no coordinates": (GOOD.replace("fract", "frct"), "fractional coordinates .* missing"),
    "cartesian only": (GOOD.replace("fract", "Cartn"), "fractional coordinates .* missing"),
    "a value lost": (GOOD.replace("0.5 0.5 0.5 1", "0.5 0.5 1"), "not a readable CIF"),
    "a value too many": (GOOD.replace("0.5 0.5 0.5 1", "0.5 0.5 0.5 1 1"), "not a readable CIF"),
    "sites in two loops": (
        GOOD + LABELS.replace("label", "aniso_label") + "X 0 0 0\n",
        "not a readable CIF|differ in number",
    ),
    "angle in a loop": (
        GOOD.replace("_cell_angle_gamma 90", "loop_\n_cell_angle_gamma\n90\n60\n"),
        "_cell_angle_gamma has 2 values, in a loop; give one",
    ),
    "tag twice, differently": (
        GOOD + "_cell_length_a 5.0\n",
        r"not a readable CIF \(line 20: _cell_length_a is given again, differently\); keep one",
    ),
    "triple quotes of CIF 2.0": (
        "#\\#CIF_2.0\n" + GOOD + "_note '''a\nb'''\n",
        r"line 21: .*; lists and triple quotes of CIF 2.0 are not understood",
    ),
    "endless length": (GOOD.replace("a 4.0", "a 1e20"), "_cell_length_a is 1e20; give a positive"),
    "length too short": (
        GOOD.replace("a 4.0", "a 1e-5"),
        "_cell_length_a is 1e-5; give a positive",
    ),
    "endless coordinate": (GOOD.replace("0.5 0.5 0.5", "1e308 0.5 0.5"), "fract_x .* is '1e308'"),
    "nearly flat cell": (
        cell(a=10, b=10, gamma=0.01).join(["data_a\n" + P1, LOOP + IONS]),
        "no cell has the angles|overlap",
    ),
    "bracket left open": (GOOD.replace("6.0", "6.0(1"), r"_cell_length_c is 6\.0\(1; give"),
    "unclosed text": (GOOD + "_publ_section_title\n;\n never closed\n", "not a readable CIF"),
    "dummy species": (GOOD.replace("Ca1 Ca", "X1 X"), "'X' is no chemical element"),
    "vacancy": (GOOD.replace("Ca1 Ca", "Vac1 Vac"), "'Vac' is no chemical element"),
    "made-up species": (GOOD.replace("Ca1 Ca", "Xx1 Xx"), "'Xx' is no chemical element"),
    "tritium": (GOOD.replace("Ca1 Ca", "T1 T"), "'T' is no chemical element"),
    "no species": (GOOD.replace(" Ca ", " . "), r"'.' is no chemical element|no crystal"),
    "capital letters": (
        "data_test\n" + P1 + CELL + LABELS + "CU1 0 0 0\n",
        "'CU1' is open: Cu or C; add _atom_site_type_symbol",
    ),
    "occupancy in words": (GOOD.replace("0.5 0.5 0.5 1", "0.5 0.5 0.5 full"), "occupancy 'full'"),
    "occupancy too large": (
        GOOD.replace("0 0 0 1", "0 0 0 1.2"),
        "occupancy '1.2' .*; give a number",
    ),
    "occupancies of more than one": (
        GOOD.replace("0.5 0.5 0.5 1", "0.5 0.5 0.5 0.7") + "Sr1 Sr 0.5 0.5 0.5 0.5\n",
        "occupancies of a site of Ca, Sr add up to 1.2",
    ),
    "hydroxyl": (GOOD.replace("O1 O ", "O1 OH "), "'OH' is no chemical element"),
    "two species on a site": (GOOD + "Sr1 Sr 0.5 0.5 0.5 1\n", "Ca and Sr ions overlap, 0.000"),
    "too close": (GOOD + "O3 O 0.05 0.5 0 1\n", "O and O ions overlap, 0.200 Å"),
    "too close by symmetry": (
        group("_space_group_IT_number 123", TETRAGONAL + "Sr1 Sr 0.45 0.5 0 1\n"),
        "Sr and Sr ions overlap",
    ),
    "two crystals": (
        GOOD + GOOD.replace("data_test", "data_b").replace("c 6.0", "c 6.5"),
        r"2 crystals in it \(test, b\); name one",
    ),
    "no symmetry": (GOOD.replace(P1, ""), "no space group and no symmetry operations"),
    "symmetry open": (group("_symmetry_space_group_name_H-M ?"), "no space group and no symm"),
    "name unknown": (group("_symmetry_space_group_name_H-M 'P 9'"), "P 9 unknown; check it"),
    "number too large": (group("_space_group_IT_number 231"), "number 231: give 1 to 230"),
    "Hall symbol unknown": (group("_space_group_name_Hall '-P 9'"), "Hall symbol -P 9 unknown"),
    "name and number disagree": (
        group("_symmetry_space_group_name_H-M 'P 4/m m m'\n_space_group_IT_number 139"),
        "P 4/m m m is number 123, but number 139",
    ),
    "origin open": (
        group("_symmetry_space_group_name_H-M 'P 4/n m m'", FESE),
        "P 4/n m m has two choices of the origin; list the symmetry operations",
    ),
    "fraction with 0 below": (group(listed(["x,y,z", "x+1/0,y,z"])), "write it like '-y, x"),
    "identity listed twice": (group(listed(["x,y,z", "x,y,z"])), "'x,y,z' is listed twice, rows 1"),
    "fractional rotation of no group": (
        group(listed(["x,y,z", "-1/2x-3/2y,1/2x-1/2y,z"])),
        "operations are no group",
    ),
    "centring lost": (
        group("_space_group_IT_number 139\n" + listed(FOURFOLD)),
        "space group 139 has 32",
    ),
    "modulated": (
        group("loop_\n_space_group_symop_ssg_operation_algebraic\nx1,x2,x3,x4\n"),
        "no space group|modulated",
    ),
    "misspelt operation": (group(listed(["x,y,z", "-y,xx,z,"])), "write it like '-y, x"),
    "operation lost": (group(listed(FOURFOLD[:3])), "operations are no group"),
    "operation repeated": (
        group(listed([*FOURFOLD, "y,-x,z"])),
        "_as_xyz: 'y,-x,z' is listed twice, rows 4 and 5; remove one",
    ),
    "operations of another group": (
        group("_space_group_IT_number 123\n" + listed(["x,y,z"])),
        "1 symmetry operations, but space group 123 has 16",
    ),
    "cell of lower symmetry": (
        group("_space_group_IT_number 123", cell=cell(b=4.2)),
        "cell does not have the symmetry of its space group",
    ),
    "hexagonal group, right angles": (
        group("_space_group_IT_number 191"),
        "cell does not have the symmetry",
    ),
    "formula of more": (
        GOOD + "_chemical_formula_sum 'Ca La Cu O4'\n",
        "its sites add up to CaCuO2",
    ),
    "a folder's worth of rubbish": ("data_\nloop_\n_a\n_b\n1\n", "not a readable CIF|no crystal"),
}


@pytest.mark.parametrize("case", BAD)
def test_refuses(case, tmp_path):
    content, message = BAD[case]
    with pytest.raises(ValueError, match=message) as caught:
        read_crystal(write(tmp_path, content))
    assert "crystal.cif: " in str(caught.value)
    assert "\n" not in str(caught.value)


def test_atoms_are_checked_and_passed(tmp_path):
    atoms = read_crystal(write(tmp_path, GOOD))
    assert read_crystal(atoms) is atoms
    atoms.pbc = False
    with pytest.raises(ValueError, match="not periodic in three directions"):
        read_crystal(atoms)
