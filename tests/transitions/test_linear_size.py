"""Which number of cells a supercell scales with."""

import numpy as np
import pytest
import xarray as xr

from mcsc.transitions.linear_size import linear_sizes, sizes_of


@pytest.mark.parametrize(
    ("cells", "lengths", "dimension"),
    [
        ([[6, 6, 2], [9, 9, 2], [12, 12, 2]], [6, 9, 12], 2),
        ([[4, 4, 4], [6, 6, 6]], [4, 6], 3),
        ([[6, 6, 2], [12, 12, 4]], [72 ** (1 / 3), 2 * 72 ** (1 / 3)], 3),
        ([[4, 8, 2], [6, 12, 2]], [32**0.5, 1.5 * 32**0.5], 2),
        ([[3, 6, 2], [3, 9, 2]], [6, 9], 1),
    ],
)
def test_directions_that_grow_make_the_length(cells, lengths, dimension):
    found = linear_sizes(cells)
    assert found.lengths == pytest.approx(lengths)
    assert (found.dimension, found.reason) == (dimension, "")


def test_sizes_of_several_shapes_are_refused():
    found = linear_sizes([[6, 6, 2], [6, 6, 4], [9, 9, 4]])
    assert np.isnan(found.lengths).all()
    assert "6x6x2, 6x6x4, 9x9x4 differ in shape" in found.reason
    assert "same size" in linear_sizes([[4, 4, 2], [4, 4, 2]]).reason


def test_cells_of_the_diagram_go_before_the_label_of_the_size():
    series = xr.Dataset(coords={"size": [72, 162]})
    cells = xr.Dataset({"cells": (("supercell", "vector"), [[6, 6, 2], [9, 9, 2]])})
    assert sizes_of({"series": series, "structure": cells}).lengths == pytest.approx([6, 9])
    assert sizes_of({"series": series}).lengths.tolist() == [72, 162]
