"""Supercells of a run file: matrices and sizes, the tasks they make, and what is refused."""

import numpy as np
import pytest

from mcsc.config import RunFileError
from mcsc.lattice import Lattice
from mcsc.planning import plan

RUN = """
[structure]
lattice = "triangular"
layer_spacing = 1.7
[scan]
doping = [0.33333333]
temperature = { start = 0.05, stop = 0.1, num = 4 }
size = [[3, 3, 2], [6, 6, 2]]
"""
SIZE = "size = [[3, 3, 2], [6, 6, 2]]"


def planned(folder, supercells, extra="", text=RUN):
    path = folder / "run.toml"
    path.write_text(text.replace(SIZE, f"{supercells}\n{extra}"))
    return plan(path)


def digests(found):
    return [at.task.digest() for at in found.tasks]


def test_matrices_that_amount_to_sizes_are_the_same_tasks(tmp_path):
    sizes = planned(tmp_path, SIZE)
    turned = "supercell = [[[0, 6, 0], [-6, 6, 0], [0, 0, -2]], [[3, 0, 0], [0, 3, 0], [0, 0, 2]]]"
    matrices = planned(tmp_path, turned)
    assert digests(matrices) == digests(sizes)
    assert matrices.axes["size"].values.tolist() == [18, 72]
    assert sizes.axes["size"].values.tolist() == [3, 6]


def test_a_matrix_is_sampled_in_a_cell_that_spans_it(tmp_path):
    text = RUN.replace("0.33333333", "0.14285714")
    found = planned(tmp_path, "supercell = [[3, 1, 0], [-1, 2, 0], [0, 0, 2]]", text=text)
    task, own = found.tasks[0].task, found.variants[0].structure.cell
    assert (task.n_wells, task.n_carriers) == (14, 2)
    spanned = np.diag(task.size) @ task.structure.cell
    shares = np.array([[3, 1, 0], [-1, 2, 0], [0, 0, 2]]) @ own @ np.linalg.inv(spanned)
    assert np.abs(shares - np.rint(shares)).max() < 1e-9
    assert np.array_equal(task.structure.axes, own)


POSCAR = """layers of squares along a
1.0
8.49 0.00 0.00
0.00 3.86 0.00
0.00 0.00 3.86
Cu O Ca
1 2 1
Direct
0.0 0.0 0.0
0.0 0.5 0.0
0.0 0.0 0.5
0.5 0.5 0.5
"""


def test_a_size_is_sampled_along_the_layers(tmp_path):
    (tmp_path / "cell.vasp").write_text(POSCAR)
    crystal = 'poscar = "cell.vasp"\ncentre = "Cu"\ncage = "O"'
    text = RUN.replace('lattice = "triangular"\nlayer_spacing = 1.7', crystal)
    found = planned(tmp_path, "size = [[2, 6, 3], [4, 8, 6]]", text=text)
    assert found.axes["size"].values.tolist() == [2, 4]
    assert [at.task.size for at in found.tasks] == [(6, 3, 2), (8, 6, 4)]
    for at in found.tasks:
        lattice = Lattice(at.task.structure, at.task.size)
        assert lattice.stacks_cells and lattice.n_layers == at.task.size[2]


@pytest.mark.parametrize(
    ("supercells", "extra", "message"),
    [
        (
            "supercell = [[[1, 2, 0], [2, 4, 0], [0, 0, 1]]]",
            "",
            r"scan\.supercell = \[\[1, 2, 0\], \[2, 4, 0\], \[0, 0, 1\]\]: the three rows lie in "
            "one plane",
        ),
        (
            "supercell = [[[1, -1, 0], [1, 2, 0], [0, 0, 2]], [[2, 1, 0], [1, 2, 0], [0, 0, 2]]]",
            "",
            r"supercell = \[\[2, 1, 0\], \[1, 2, 0\], \[0, 0, 2\]\]: the same supercell as another",
        ),
        (
            "supercell = [[[9999, 1, 0], [1, 9999, 0], [0, 0, 9999]]]",
            "",
            "too large, 999.* states; at most 2147483647",
        ),
        (
            "supercell = [[232, -126, 276], [209, 107, -287], [95, 265, 275]]",
            "",
            r"\[95, 265, 275\]\]: the cells that it is made of are too skewed",
        ),
        (
            "supercell = [[[4, 1, 0], [-1, 3, 0], [0, 0, 2]]]",
            "wavevector = [[0.33333333, 0.33333333, 0.0]]",
            r"too small for the order at \[0\.33.*\]; \[4, 1, 0\] is 5/3 of its waves",
        ),
        (
            "supercell = [[[1, -1, 0], [1, 2, 0], [0, 0, 2]]]",
            "",
            r"too small, wells meet images of their near wells; take a larger one",
        ),
        ("size = [[3, 2, 2]]", "", r"size = \[3, 2, 2\]: too small.*along b; take at least 3"),
        (
            "supercell = [[[3, 1, 0], [-1, 2, 0], [0, 0, 2]]]",
            "",
            r"4\.66\d+ carriers on \[\[3, 1, 0\], \[-1, 2, 0\], \[0, 0, 2\]\] cells",
        ),
    ],
)
def test_impossible_supercells(tmp_path, supercells, extra, message):
    with pytest.raises(RunFileError, match=message) as caught:
        planned(tmp_path, supercells, extra)
    assert "\n" not in str(caught.value)


def test_sites_of_dopants_stay_on_their_sites(tmp_path):
    text = RUN.replace("[scan]", DISORDER + "[scan]")
    found = planned(tmp_path, "supercell = [[6, 3, 0], [-3, 3, 0], [0, 0, 2]]", text=text)
    task = found.tasks[0].task
    places = np.array(task.dopants.positions) @ task.structure.cell
    shares = places @ np.linalg.inv(found.variants[0].structure.cell) - [0.5, 0.5, 0.5]
    assert len(places) == 18
    assert np.abs(shares - np.rint(shares)).max() < 1e-9


DISORDER = """
[doping]
dopant = { positions = [[0.5, 0.5, 0.5]] }
[disorder]
samples = 1
"""
