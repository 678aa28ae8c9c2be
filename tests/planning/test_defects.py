"""Charges at given places: where they are in any supercell, what they add, what is refused."""

import numpy as np
import pytest

from mcsc.config import RunFileError
from mcsc.model import Dopants, Potential, dopant_potential
from mcsc.periodic import image_distances
from mcsc.planning import plan

SQUARE = {
    "structure": {"lattice": "square", "layer_spacing": 3.0},
    "scan": {"doping": [0.25], "temperature": {"values": [0.1, 0.2]}, "size": [4, 4, 1]},
    "defects": [
        {"position": [2.5, 1.5, 0.2], "charge": -1.0},
        {"position": [0.0, 0.0, 0.5], "charge": 0.5},
    ],
}


def changed(**sections):
    return {**SQUARE, **sections}


def task_of(tree):
    return plan(tree).tasks[0].task


SUPERCELLS = {
    "straight": {"size": [4, 4, 1]},
    "turned": {"supercell": [[4, 4, 0], [-4, 4, 0], [0, 0, 1]]},
    "oblique": {"supercell": [[4, 0, 0], [1, 4, 0], [0, 0, 1]]},
}


@pytest.mark.parametrize("name", SUPERCELLS)
def test_the_place_is_the_same_in_every_supercell(name):
    scan = {key: value for key, value in SQUARE["scan"].items() if key != "size"}
    task = task_of(changed(scan={**scan, **SUPERCELLS[name]}, defects=SQUARE["defects"][:1]))
    model = task.build()
    # carriers are drawn to the four wells around it, by the same energy
    lone = model.external.ravel()
    places, cells = model.lattice.positions, np.array(task.size)[:, None] * task.structure.cell
    near = image_distances(cells, places - np.array([2.5, 1.5, 0.6]))
    order = np.argsort(near)
    assert near[order[:5]] == pytest.approx([np.hypot(0.5**0.5, 0.6)] * 4 + [near[order[4]]])
    wells = np.ravel_multi_index(model.lattice.cells.T, model.lattice.size)
    assert set(np.argsort(lone[wells])[:4]) == set(order[:4])


def test_charges_add_up():
    task = task_of(SQUARE)
    parts = [
        dopant_potential(
            task.structure, task.size, Dopants((one,), charge), Potential()
        )
        for one, charge in zip(task.dopants.positions, task.dopants.charge, strict=True)
    ]  # fmt: skip
    np.testing.assert_allclose(task.build().external, sum(parts), atol=1e-12)
    assert task.digest() != task_of(changed(defects=SQUARE["defects"][:1])).digest()
    assert task_of(changed(defects=[])).dopants is None


def test_beside_dopants_drawn_at_random():
    ions = {"dopant": {"positions": [[0.5, 0.5, 0.5]], "charge": -1.0, "per_carrier": 1.0}}
    tasks = plan(changed(doping=ions, disorder={"samples": 2})).tasks
    for at in tasks:
        dopants = at.task.dopants
        assert dopants.charges.tolist() == [-1.0] * 4 + [-1.0, 0.5]
        np.testing.assert_allclose(dopants.positions[-2:], [[2.5, 1.5, 0.2], [0.0, 0.0, 0.5]])


def test_below_a_slab_is_not_above_it():
    flat = {"lattice": "square", "layer_spacing": 3.0, "open_axis": "c"}
    defects = [[{"position": [0.0, 0.0, z], "charge": -1.0}] for z in (-0.1, 0.1, 0.9)]
    below, above, far = (
        task_of(changed(structure=flat, defects=one)).build().external for one in defects
    )
    np.testing.assert_allclose(below, above, atol=1e-12)
    # 0.1 from a well, and sqrt(1.01) from the next ones; images add little
    deep = below.ravel()[0] - below[0, 1, 0, 0]
    assert deep == pytest.approx(1 / 1.01**0.5 - 10, abs=0.05)
    assert np.ptp(far) < 0.5 * np.ptp(above)
    gates = {"gate_distance": 1.6}
    inside = changed(structure=flat, defects=defects[0], interaction=gates)
    assert np.ptp(task_of(inside).build().external) == pytest.approx(np.ptp(below), abs=0.5)
    with pytest.raises(
        RunFileError, match=r"defects, interaction\.gate_distance: a charge is 1\.125"
    ):
        plan(changed(structure=flat, defects=defects[2], interaction=gates))


def test_above_a_skewed_slab_places_are_those_of_the_crystal():
    """Of bcc, whose layers are half a diagonal of the cube apart; the supercell is turned."""
    run = {"structure": {"lattice": "bcc", "open_axis": "c"}, "scan": {
        "supercell": [[2, 1, 0], [-1, 2, 0], [0, 0, 1]], "doping": [0.4],
        "temperature": {"values": [0.1, 0.2]}},
        "defects": [{"position": [0.2, 0.3, 0.4], "charge": -1.0}]}  # fmt: skip
    (at,) = plan(run).tasks
    step = np.array(at.task.structure.slab.step)
    np.testing.assert_allclose(np.abs(step), 0.5)
    found = np.array(at.task.dopants.positions[0]) @ at.task.structure.cell
    assert found[2] == pytest.approx(0.2)
    # the first two vectors are edges of the cube, in some order
    off = (found - 0.4 * step)[:2] % 1
    assert sorted(min(x, 1 - x) for x in off) == pytest.approx([0.2, 0.3])


@pytest.mark.parametrize(
    ("sections", "message"),
    [
        ({"defects": [{"position": [1.0, 2.0, 0.0], "charge": 1.0}]},
         r"defects\.0\.position: a dopant at .* sits on the position of a carrier"),
        ({"interaction": {"coulomb": False}}, r"defects\.0: they act through the Coulomb"),
        ({"defects": [{"position": [0.5, 0.5, 0.5], "charge": 0.0}]}, "'charge' is zero"),
    ],
)  # fmt: skip
def test_what_is_refused(sections, message):
    with pytest.raises(RunFileError, match=message):
        plan(changed(**sections))


def test_one_charge_for_each():
    with pytest.raises(ValueError, match="2 charges of 1 dopants"):
        Dopants(((0.5, 0.5, 0.5),), (1.0, 2.0))


def test_dopants_of_a_slab_of_several_cells():
    """Each cell of the crystal has its sites, below too; the open axis is the first."""
    run = {
        "structure": {"lattice": "cubic", "open_axis": "a"},
        "scan": {"size": [2, 4, 4], "doping": [0.5], "temperature": {"values": [0.1, 0.2]}},
        "doping": {"dopant": {"positions": [[-0.4, 0.5, 0.5]], "charge": -1.0}},
        "disorder": {"samples": 1},
        "defects": [{"position": [1.5, 0.5, 0.5], "charge": 1.0}],
    }
    task = task_of(run)
    places = np.array(task.dopants.positions) @ task.structure.cell
    heights = places @ np.array([1.0, 0.0, 0.0])
    assert sorted(set(np.round(heights, 9))) == [-0.4, 0.6, 1.5]
    assert len(places) == 17
    off = places[:, 1:] - 0.5
    np.testing.assert_allclose(off, np.rint(off), atol=1e-9)
    said = r"disorder, interaction\.gate_distance: .* more than 1\.2"
    with pytest.raises(RunFileError, match=said):
        plan({**run, "interaction": {"gate_distance": 1.5}, "defects": []})
