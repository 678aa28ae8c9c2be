"""Pipes, devices and rubbish in place of crystals: one line at once, whatever is in them."""

import os
import random
import re

import pytest
from cif_text import FOURFOLD, GOOD, group, listed
from crystals import POSCAR, write

from mcsc.structure.crystal import read_crystal


def test_pipes_devices_and_folders_are_named_at_once(tmp_path):
    os.mkfifo(tmp_path / "pipe.cif")
    (tmp_path / "folder.cif").mkdir()
    (tmp_path / "zero.cif").symlink_to("/dev/zero")
    for name, what in (("pipe", "a pipe"), ("folder", "a folder"), ("zero", "a device")):
        with pytest.raises(ValueError, match=f"{name}.cif: is {what}.*; give a CIF or POSCAR"):
            read_crystal(tmp_path / f"{name}.cif")


@pytest.mark.parametrize("name", ["a\0b", "a" * 300, "CsV3Sb5/x.cif"])
def test_names_of_no_file(name):
    with pytest.raises(ValueError, match=r"no name of a file|cannot be read|no such CIF"):
        read_crystal(name)


def test_numbers_of_thousands_of_digits(tmp_path):
    nines = "9" * 5000
    with pytest.raises(ValueError, match="a Cu site has occupancy"):
        read_crystal(write(tmp_path, GOOD.replace("0 0 0 1\n", f"0 0 0 1(1)e{nines}\n", 1)))
    # 1 within its error, such as it is
    read_crystal(write(tmp_path, GOOD.replace("0 0 0 1\n", f"0 0 0 1({nines})\n", 1)))
    # such a formula says nothing
    read_crystal(write(tmp_path, f"{GOOD}_chemical_formula_sum 'Cu{nines}'\n"))


def test_a_very_large_file_is_not_loaded(tmp_path, monkeypatch):
    monkeypatch.setattr("mcsc.structure.crystal.read._LARGEST", 1 << 20)
    with pytest.raises(ValueError, match=r"crystal.cif: larger than 1 MiB"):
        read_crystal(write(tmp_path, GOOD + "#" * (1 << 20)))


RUBBISH = (
    "1/0", "0", "-1", "1e20", "1e308", "-1e308", "1e-300", "nan", "inf", "1e99999", "9" * 400,
    "?", ".", "\"\"", "'", '"', ";", "\n;\n", "loop_", "data_", "save_", "_cell_length_a", "[",
    "\x1b[31m", "\u202e", "\x00", "x,y,z,-1", "-1/2x,y,z", "1e5x,y,z", "1(", "(3)", "1(9)",
    "0.001", "179.999", "P 1", "231", "Cu9", "X", "T", "1.2", "-0.5", "a" * 3000,
)  # fmt: skip


@pytest.mark.parametrize(
    ("name", "text"),
    [("x.cif", GOOD), ("y.cif", group(listed(FOURFOLD))), ("POSCAR", POSCAR)],
    ids=["cif", "operations", "poscar"],
)
@pytest.mark.parametrize("seed", range(8))
def test_rubbish_ends_in_a_crystal_or_one_line(name, text, seed, tmp_path):
    draw = random.Random(seed)
    for _ in range(25):
        word = draw.choice(list(re.finditer(r"\S+", text)))
        broken = text[: word.start()] + draw.choice(RUBBISH) + text[word.end() :]
        lines = broken.split("\n")
        if draw.random() < 0.3:
            del lines[draw.randrange(len(lines))]
        try:
            read_crystal(write(tmp_path, "\n".join(lines), name))
        except ValueError as error:
            assert "\n" not in str(error)
            assert name in str(error)
