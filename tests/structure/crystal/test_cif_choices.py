"""What a CIF leaves to choose: the block, the setting, and what to advise where it says nothing."""

import gemmi
import numpy as np
import pytest
from cif_text import GOOD, P1, cell, group
from crystals import check_cacuo2, write

from mcsc.structure.crystal import read_crystal
from mcsc.structure.crystal.cif_symmetry import _setting, _type_of, _types


@pytest.mark.parametrize(
    ("content", "advised"),
    [
        (GOOD.replace(P1, ""), True),
        (GOOD.replace(P1, "_chemical_formula_sum 'Ca Cu O2'\n_cell_formula_units_Z 1\n"), True),
        (GOOD.replace(P1, "_cell_formula_units_Z 2\n_chemical_formula_sum 'Ca Cu O2'\n"), False),
        (GOOD.replace(P1, "_space_group_magn.name_BNS 'P4/m'\n"), False),
        (GOOD.replace(P1, "_symmetry_cell_setting tetragonal\n"), False),
        (GOOD.replace(P1, "").replace("_occupancy", "_symmetry_multiplicity").replace(
            "0 0 1\n", "0 0 2\n"), False),
        (GOOD.replace(P1, "").replace("_occupancy", "_wyckoff_symbol"), False),
    ],
    ids=["nothing", "units agree", "units disagree", "magnetic", "setting", "multiplicity",
         "wyckoff"],
)  # fmt: skip
def test_no_symmetry_is_advised_only_where_nothing_speaks_against_it(content, advised, tmp_path):
    with pytest.raises(ValueError, match=r"no space group|without its operations") as caught:
        read_crystal(write(tmp_path, content))
    assert ("'P 1'" in str(caught.value)) == advised


SECOND = GOOD.replace("data_test", "data_Second").replace("c 6.0", "c 6.5")


def test_a_block_is_chosen_by_name(tmp_path):
    path = write(tmp_path, GOOD + SECOND)
    check_cacuo2(read_crystal(path, "test"))
    assert read_crystal(path, "second").cell.volume == pytest.approx(4 * 4 * 6.5)
    with pytest.raises(ValueError, match=r"no crystal in a block 'x'; choose of test, Second"):
        read_crystal(path, "x")
    with pytest.raises(ValueError, match=r"2 crystals in it \(test, Second\); name one as block"):
        read_crystal(path)


def test_a_block_that_cannot_be_read_does_not_hide_behind_another(tmp_path):
    path = write(tmp_path, GOOD + SECOND.replace("0 0.5 0 1", "0 ? 0 1"))
    with pytest.raises(ValueError, match=r"2 crystals in it"):
        read_crystal(path)


@pytest.mark.parametrize("hall", range(1, 531, 7))
def test_the_type_of_listed_operations_is_told_in_every_setting(hall):
    kind = _types()[hall - 1]
    rotations, translations = _setting(hall)
    turn = np.array([[1, 1, 0], [0, 1, 0], [0, 1, 1]])
    turned = np.linalg.inv(turn) @ rotations @ turn
    cell = np.diag([4.0, 5.0, 6.5])
    for turns, shifts in (
        (rotations, translations),
        (turned, translations @ np.linalg.inv(turn).T),
    ):
        assert _type_of(turns, shifts, cell) == kind.number


# settings of groups with two origins, on other axes than the standard ones
@pytest.mark.parametrize("name", ["C c c b", "B b c b", "P n c b", "P m n m", "A c a a", "C c c e"])
def test_both_origins_are_known_on_all_axes(name, tmp_path):
    site, axes = "Cu1 Cu 0.12 0.19 0.31 1\n", cell(a=11.0, b=12.0, c=13.0)
    tag = "_space_group_name_H-M_alt"
    if name != "C c c e":
        with pytest.raises(ValueError, match="two choices of the origin"):
            read_crystal(write(tmp_path, group(f"{tag} '{name}'", site, axes)))
    old = name.replace("e", "a")
    for choice in "12":
        exact = [
            np.array(op.seitz(), dtype=float)
            for op in gemmi.SpaceGroup(f"{old}:{choice}").operations()
        ]
        images = np.array([(m @ [0.12, 0.19, 0.31, 1])[:3] for m in exact])
        crystal = read_crystal(write(tmp_path, group(f"{tag} '{name}:{choice}'", site, axes)))
        apart = crystal.get_scaled_positions()[:, None] - images
        apart -= np.rint(apart)
        assert len(crystal) == len(images)
        assert np.abs(apart).max(axis=2).min(axis=1).max() < 1e-6
