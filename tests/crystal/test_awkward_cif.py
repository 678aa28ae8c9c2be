"""CIFs as they come: each ends in the right crystal or in one line that says what to do."""

import numpy as np
import pytest
from crystals import check_cacuo2, write

from mcsc.crystal import read_crystal
from mcsc.structure import wells_at

CELL = """_cell_length_a 4.0
_cell_length_b 4.0
_cell_length_c 6.0
_cell_angle_alpha 90
_cell_angle_beta 90
_cell_angle_gamma 90
"""
P1 = "_symmetry_space_group_name_H-M 'P 1'\n"
LOOP = """loop_
_atom_site_label
_atom_site_type_symbol
_atom_site_fract_x
_atom_site_fract_y
_atom_site_fract_z
_atom_site_occupancy
"""
IONS = "Cu1 Cu 0 0 0 1\nO1 O 0.5 0 0 1\nO2 O 0 0.5 0 1\nCa1 Ca 0.5 0.5 0.5 1\n"
LABELS = "loop_\n_atom_site_label\n_atom_site_fract_x\n_atom_site_fract_y\n_atom_site_fract_z\n"
GOOD = "data_test\n" + P1 + CELL + LOOP + IONS
TETRAGONAL = "Cu1 Cu 0 0 0 1\nO1 O 0.5 0 0 1\nCa1 Ca 0.5 0.5 0.5 1\n"


def group(text, ions=TETRAGONAL, cell=CELL):
    return "data_test\n" + text + "\n" + cell + LOOP + ions


def cell(**values):
    text = CELL
    for key, value in values.items():
        name = f"_cell_angle_{key}" if len(key) > 1 else f"_cell_length_{key}"
        lines = [line for line in text.splitlines() if not line.startswith(name)]
        text = "\n".join([*lines, *([f"{name} {value}"] if value is not None else [])]) + "\n"
    return text


def listed(operations):
    rows = "\n".join(f"'{operation}'" for operation in operations)
    return f"loop_\n_symmetry_equiv_pos_as_xyz\n{rows}\n"


FOURFOLD = ["x,y,z", "-y,x,z", "-x,-y,z", "y,-x,z"]
HEXAGONAL = cell(a=3.0, b=3.0, c=14.0, gamma=120)
RHOMBOHEDRAL = cell(a=5.0, b=5.0, c=5.0, alpha=33.0, beta=33.0, gamma=33.0)
DELAFOSSITE = "Cu1 Cu 0 0 0 1\nAl1 Al 0 0 0.5 1\nO1 O 0 0 0.11 1\n"
IN_RHOMBOHEDRAL = "Cu1 Cu 0 0 0 1\nAl1 Al 0.5 0.5 0.5 1\nO1 O 0.11 0.11 0.11 1\n"
FESE = "Fe1 Fe 0 0 0 1\nSe1 Se 0 0.5 0.27 1\n"

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
