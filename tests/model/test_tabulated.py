"""Tables of pair energies: shells, plain sums over images, and run files."""

import itertools

import numpy as np
import pytest
from exact import crystal
from exact import well as make_well

from mcsc.model import Interactions, ShortRangeTerm, build_model
from mcsc.planning import plan
from mcsc.structure import slab, textbook
from mcsc.structure.crystal import crystal_text
from mcsc.workflow.origin import origin


def test_rows_at_shells_are_short_range_energies():
    """Of a slab of two layers too, whose images above count nowhere."""
    stack = slab(textbook("triangular", 1.2), "c", cells=2)
    rows = ((1.0, 0.9), (1.2, 0.7), (1.2 * 1.3017082793, 0.4), (3**0.5, 0.2))
    terms = tuple(ShortRangeTerm(("site", "site"), u, distance=r) for r, u in rows)
    table, shells = (
        build_model(stack, (3, 4, 1), Interactions(False, **one))
        for one in ({"table": rows}, {"short_range": terms})
    )
    np.testing.assert_allclose(table.pair, shells.pair, atol=1e-9)
    assert np.count_nonzero(table.pair) == 34


def test_energies_of_displaced_carriers_are_sums_over_images():
    cell = np.array([[1.0, 0.1, -0.2], [0.4, 1.3, 0.3], [-0.5, 0.6, 1.7]])
    wells = (
        make_well("one", (0, 0, 0), [(0, 0, 0), (0.1, 0, 0.02)]),
        make_well("two", (0.6, 0.9, 0.7)),
    )
    distances = np.linspace(0.2, 3.0, 400)
    rows = tuple(zip(distances.tolist(), np.exp(-distances).tolist(), strict=True))
    model = build_model(crystal(cell, *wells), (1, 2, 1), Interactions(False, table=rows))
    images = np.array(list(itertools.product(range(-5, 6), repeat=3))) * (1, 2, 1) @ cell
    places = np.array([[0.1, 0, 0.02], [0.6, 0.9, 0.7] + cell[1]])
    expected = 0.0
    for one, two in itertools.product(places, repeat=2):
        r = np.linalg.norm(two - one + images, axis=1)
        expected += 0.5 * np.exp(-r[(r > 1e-9) & (r <= 3.0)]).sum()
    assert model.energy(np.array([1, -1, -1, 0])) == pytest.approx(expected, abs=2e-6)


RUN = """
[structure]
lattice = "cubic"
[interaction]
table = "pairs.csv"
{more}
[scan]
temperature = {{ start = 0.1, stop = 0.3, num = 3 }}
doping = [0.5]
size = [[4, 4, 4]]
"""


def planned(folder, text, more=""):
    (folder / "run.toml").write_text(RUN.format(more=more))
    (folder / "pairs.csv").write_text(text)
    return plan(folder / "run.toml").tasks[0].task


def test_a_run_file_reads_its_table(tmp_path):
    text = "distance, energy\n# by hand\n1.0, 1.0\n1.5\t0.3\n\n2.0 0.0\n"
    task = planned(tmp_path, text)
    assert task.interactions == Interactions(False, table=((1.0, 1.0), (1.5, 0.3), (2.0, 0.0)))
    also = planned(tmp_path, text, "coulomb = true")
    other = planned(tmp_path, text.replace("0.3", "0.4"))
    assert also.interactions.coulomb
    assert len({one.digest() for one in (task, also, other)}) == 3
    # a body diagonal apart nothing is left
    assert planned(tmp_path, text).build().pair.max() == pytest.approx(1.0)


def test_what_a_run_reads_is_kept_in_its_diagram(tmp_path):
    """Table and crystal beside the run file are written again from the attributes alone."""
    (tmp_path / "V.cif").write_text(
        crystal_text("CsV3Sb5")[1].replace("data_", "# by hand, é\ndata_", 1), encoding="utf-8"
    )
    text = RUN.format(more="coulomb = true").replace(
        'lattice = "cubic"', 'cif = "V.cif"\nnet = "V"'
    ).replace("[4, 4, 4]", "[2, 2, 1]")  # fmt: skip
    (tmp_path / "run.toml").write_text(text)
    (tmp_path / "pairs.csv").write_text("r, u\n1.5\t0.1\n# more\n3.3 0.0333333333333333333\n7 0")
    first, again = plan(tmp_path / "run.toml"), tmp_path / "again"
    about = origin(
        first, source="", seed=1, coulomb_temperature=None, n_tasks=1, n_finished=1, wall_time=0.0
    )
    again.mkdir()
    for name, key in (
        ("run.toml", "config_toml"), ("pairs.csv", "interaction_table"), ("V.cif", "crystal_file")
    ):  # fmt: skip
        (again / name).write_text(about[key], encoding="utf-8")
    assert "by hand, é" in about["crystal_file"]
    tasks = (one.tasks[0].task for one in (first, plan(again / "run.toml")))
    assert len({task.digest() for task in tasks}) == 1


@pytest.mark.parametrize(
    ("text", "more", "message"),
    [
        ("1 2\n1 3\n", "", "line 2: distances ascend from above 0"),
        ("r u\n1 2\n1.5\n", "", "line 3: give two numbers"),
        ("1 2\n", "", "fewer than two rows"),
        ("1.1 2\n2 3\n", "", r"carriers come as near as 1, and the first distance is 1.1; add"),
        ("1 2\n2 0\n", "gate_distance = 3.0", "'gate_distance' is for 1/r: set coulomb = true"),
        ("1 2\n900 0\n", "", "too many carriers within its last distance, 900"),
    ],
)
def test_a_table_that_fits_nothing_is_named(tmp_path, text, more, message):
    with pytest.raises(ValueError, match=message):
        planned(tmp_path, text, more)


def test_a_missing_table_is_named(tmp_path):
    planned(tmp_path, "1 1\n2 0\n")
    (tmp_path / "pairs.csv").unlink()
    with pytest.raises(ValueError, match=r"interaction.table = 'pairs.csv': no such file; it is"):
        plan(tmp_path / "run.toml")
