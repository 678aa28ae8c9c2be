"""Layers found by geometry: their plane, the sheet and the layer of each well, in any cell."""

from dataclasses import replace

import numpy as np
import pytest
from exact import crystal
from exact import well as make_well

from mcsc.lattice import layer_plane, layers
from mcsc.structure import Structure, textbook

TETRAGONAL = np.diag([1.0, 1.0, 2.4])
BODY_CENTRED = np.array([[1, 0, 0], [0, 1, 0], [0.5, 0.5, 1.7]])
SQUARE = crystal(TETRAGONAL, make_well("a", (0.2, 0.1, 0.3)))
# two square nets a cell, the second above the middles of the first
STAGGERED = crystal(
    np.diag([1.0, 1.0, 4.0]), make_well("a", (0, 0, 0.5)), make_well("a", (0.5, 0.5, 2.5))
)
# pairs of nets nearer to each other than wells within a net, as in YBa2Cu3O7
BILAYER = crystal(
    np.diag([1.0, 1.1, 3.5]), make_well("a", (0, 0, 0.3)), make_well("a", (0, 0, 3.0))
)
CHAINS = crystal(np.diag([1.0, 1.6, 3.0]), make_well("a", (0, 0, 0)))
BUCKLED = crystal(
    np.diag([1.0, 1.0, 3.0]), make_well("a", (0, 0, 0.1)), make_well("a", (0.5, 0.5, 2.9))
)
CASES = {
    "square": (SQUARE, 1),
    "kagome": (textbook("kagome-wells", 1.7), 1),
    "body-centred": (crystal(BODY_CENTRED, make_well("a", (0, 0, 0))), 1),
    "staggered": (STAGGERED, 2),
    "bilayer": (BILAYER, 1),
    "chains in a plane": (CHAINS, 1),
    "buckled": (BUCKLED, 1),
}
CHANGES = {
    "as it is": np.eye(3),
    "permuted": np.array([[0, 0, 1], [1, 0, 0], [0, 1, 0]]),
    "skewed along the layers": np.array([[1, 0, 0], [1, 1, 0], [0, 0, 1]]),
    "oblique": np.array([[1, 0, 1], [0, 1, -1], [0, 0, 1]]),
    "all": np.array([[1, 0, 1], [-1, 1, 0], [0, 1, 2]]),
}


def rewritten(structure: Structure, change, moves=0) -> Structure:
    """The same wells in the cell ``change @ cell``, each moved by a lattice vector or none."""
    rng = np.random.default_rng(moves)
    wells = tuple(
        replace(well, centre=well.centre + rng.integers(-moves, moves + 1, 3) @ structure.cell)
        for well in structure.wells
    )
    return replace(structure, cell=np.asarray(change) @ structure.cell, wells=wells)


@pytest.mark.parametrize("change", CHANGES.values(), ids=CHANGES)
@pytest.mark.parametrize(("structure", "sheets"), CASES.values(), ids=CASES)
def test_layers_do_not_depend_on_the_cell(structure, sheets, change):
    for moves in (0, 1):
        written = rewritten(structure, change, moves)
        found = layers(written)
        # the plane contains both vectors that it has in the plain cell: m·n = 0 for rows n
        assert np.abs(found.plane).tolist() == np.abs(np.asarray(change)[:, 2]).tolist()
        assert found.sheet.max() + 1 == sheets == len(found.position)
        # wells of one layer are as high as their sheet, up to the buckling
        distance = 1 / np.linalg.norm(np.linalg.inv(written.cell) @ found.plane)
        along = np.linalg.inv(written.cell) @ found.plane
        for b, well in enumerate(written.wells):
            above = (well.centre @ along - found.height[b] - found.position[found.sheet[b]]) % 1
            assert min(above, 1 - above) * distance < 0.45


@pytest.mark.parametrize("name", ["cubic", "fcc", "bcc", "square", "triangular"])
@pytest.mark.parametrize("change", CHANGES.values(), ids=CHANGES)
def test_lattices_that_hops_join_in_space_have_no_layers(name, change):
    assert layer_plane(rewritten(textbook(name), change)) is None


def test_sheets_are_numbered_in_their_order_along_the_stacking():
    upper_first = replace(STAGGERED, wells=STAGGERED.wells[::-1])
    found = layers(upper_first)
    assert found.sheet.tolist() == [1, 0]
    np.testing.assert_allclose(found.position, [0.125, 0.625])


def test_a_layer_across_the_border_of_the_cell_is_one():
    found = layers(BUCKLED)
    assert found.sheet.tolist() == [0, 0]
    assert (found.height[1] - found.height[0]) == 1
