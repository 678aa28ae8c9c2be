"""POSCARs as they come: each ends in the right crystal or in one line that says what to do."""

import pytest
from crystals import POSCAR, check_cacuo2, write

from mcsc.structure.crystal import read_crystal

SAME_POSCAR = {
    "plain": POSCAR,
    "carriage returns": POSCAR.replace("\n", "\r\n"),
    "scaled": POSCAR.replace("1.0\n4.0 0.0", "2.0\n2.0 0.0", 1)
    .replace("0.0 4.0 0.0", "0.0 2.0 0.0")
    .replace("0.0 0.0 6.0", "0.0 0.0 3.0"),
    "volume": POSCAR.replace("\n1.0\n", "\n-96.0\n"),
    "left-handed": POSCAR.replace("0.0 0.0 6.0", "0.0 0.0 -6.0"),
    "negative vector, cartesian": POSCAR.replace("4.0 0.0 0.0", "-4.0 0.0 0.0")
    .replace("Direct", "Cartesian")
    .replace("0.5 0.5 0.5", "2.0 2.0 3.0")
    .replace("0.5 0.0 0.0", "2.0 0.0 0.0")
    .replace("0.0 0.5 0.0", "0.0 2.0 0.0"),
    "selective dynamics": POSCAR.replace("Direct", "Selective dynamics\nDirect").replace(
        "0.5 0.5 0.5", "0.5 0.5 0.5 T T F"
    ),
    "potential names": POSCAR.replace("Ca Cu O", "Ca_sv Cu_pv/abcdef12 O"),
    "a species twice": POSCAR.replace("Ca Cu O\n1 1 2", "Ca Cu O O\n1 1 1 1"),
    "labels and velocities": POSCAR.replace("0.5 0.5 0.5", "0.5 0.5 0.5 Ca1")
    + "\n" + 4 * "0.0 0.0 0.0\n",
    "comment behind counts": POSCAR.replace("1 1 2", "1 1 2 ! ions"),
    "wrapped": POSCAR.replace("0.5 0.5 0.5", "-0.5 1.5 2.5"),
    "three scales": POSCAR.replace("\n1.0\n", "\n2.0 1.0 0.5\n")
    .replace("4.0 0.0 0.0", "2.0 0.0 0.0")
    .replace("0.0 0.0 6.0", "0.0 0.0 12.0"),
    "three scales, cartesian": POSCAR.replace("\n1.0\n", "\n2.0 1.0 0.5\n")
    .replace("4.0 0.0 0.0", "2.0 0.0 0.0")
    .replace("0.0 0.0 6.0", "0.0 0.0 12.0")
    .replace("Direct", "cartesian")
    .replace("0.5 0.5 0.5", "1.0 2.0 6.0")
    .replace("0.5 0.0 0.0", "1.0 0.0 0.0")
    .replace("0.0 0.5 0.0", "0.0 2.0 0.0"),
    "numbered species": POSCAR.replace("Ca Cu O\n1 1 2", "Ca1 Cu2 O1 O2\n1 1 1 1"),
    "species on two lines": POSCAR.replace("Ca Cu O\n1 1 2", "Ca Cu\nO\n1 1\n2"),
    "skewed": POSCAR.replace("4.0 0.0 0.0", "4.0 400.0 0.0").replace(
        "0.0 0.5 0.0", "0.0 0.5 0.0", 1
    ),
    "Fortran exponents": POSCAR.replace("0.5 0.5 0.5", "5.0D-1 0.5d0 0.5"),
}  # fmt: skip


@pytest.mark.parametrize("case", SAME_POSCAR)
def test_poscar(case, tmp_path):
    check_cacuo2(read_crystal(write(tmp_path, SAME_POSCAR[case], "POSCAR")))


@pytest.mark.parametrize("name", ["CONTCAR", "POSCAR-relaxed", "x.vasp", "unnamed", "x.txt"])
def test_a_poscar_is_known_by_name_or_content(name, tmp_path):
    check_cacuo2(read_crystal(write(tmp_path, POSCAR, name)))


BAD_POSCAR = {
    "empty": ("", "at least 8 lines, this one 0"),
    "VASP 4": (POSCAR.replace("Ca Cu O\n", ""), "a VASP 4 file without species; add a line"),
    "unknown species": (POSCAR.replace("Ca Cu O", "Ca Xx O"), "line 6: 'Xx' is no chemical"),
    "counts missing": (POSCAR.replace("1 1 2\n", ""), "line 7 is 'Direct'; give the number"),
    "counts too few": (POSCAR.replace("1 1 2", "1 3"), "3 species, 2 numbers of ions"),
    "count zero": (POSCAR.replace("1 1 2", "0 2 2"), "line 7 is '0 2 2'; give the number"),
    "more ions than positions": (POSCAR.replace("1 1 2", "1 1 3"), "5 ions .*, positions of 4"),
    "not a number": (POSCAR.replace("0.5 0.5 0.5", "0.5 NaN 0.5"), "line 9 is '0.5 NaN 0.5'"),
    "two coordinates": (POSCAR.replace("0.5 0.5 0.5", "0.5 0.5"), "line 9 is '0.5 0.5'"),
    "no mode": (POSCAR.replace("Direct\n", ""), "line 8 is '0.5 0.5 0.5'; write Direct or"),
    "no scale": (POSCAR.replace("\n1.0\n", "\n"), "line 6 holds numbers|line 5|line 2"),
    "zero scale": (POSCAR.replace("\n1.0\n", "\n0.0\n"), "the scale is 0"),
    "vector of words": (POSCAR.replace("0.0 4.0 0.0", "a b c"), "line 4 is 'a b c'; give a latt"),
    "underscore in a number": (POSCAR.replace("0.0 4.0 0.0", "0.0 4_0 0.0"), "line 4 is"),
    "flat cell": (POSCAR.replace("0.0 0.0 6.0", "4.0 4.0 0.0"), "lie in one plane"),
    "volume of a left-handed cell": (
        POSCAR.replace("\n1.0\n", "\n-96\n").replace("0.0 0.0 6.0", "0.0 0.0 -6.0"),
        "a volume for left-handed",
    ),
    "endless position": (POSCAR.replace("0.5 0.5 0.5", "0.5 1e308 0.5"), "line 9 is '0.5 1e308"),
    "endless vector": (POSCAR.replace("0.0 0.0 6.0", "0.0 0.0 1e200"), "line 5 is .*; give a latt"),
    "long vector": (POSCAR.replace("0.0 0.0 6.0", "0.0 0.0 1e5"), "line 5: a lattice vector of 1e"),
    "short vector": (POSCAR.replace("0.0 0.0 6.0", "0.0 0.0 0.1"), "line 5: a lattice vector of 0"),
    "a volume and scales": (POSCAR.replace("\n1.0\n", "\n-2 1 1\n"), "line 2: the scale"),
    "too many ions": (POSCAR.replace("1 1 2", "1 1 999999"), "line 7: 1000001 ions in the cell"),
    "overlap": (POSCAR.replace("0.5 0.0 0.0", "0.0 0.5 0.01"), "O and O ions overlap, 0.060"),
}


@pytest.mark.parametrize("case", BAD_POSCAR)
def test_poscar_refuses(case, tmp_path):
    content, message = BAD_POSCAR[case]
    with pytest.raises(ValueError, match=message) as caught:
        read_crystal(write(tmp_path, content, "POSCAR"))
    assert "POSCAR: " in str(caught.value)
    assert "\n" not in str(caught.value)
