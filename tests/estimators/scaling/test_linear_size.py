"""Which number of cells a supercell scales with."""

import numpy as np
import pytest
import xarray as xr

from mcsc.estimators.scaling.linear_size import linear_sizes, sizes_of


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


HEXAGONAL = [[1.0, 0.0, 0.0], [-0.5, 0.75**0.5, 0.0], [0.1, 0.2, 1.7]]
ROOT3, ROOT7 = [[1, -1, 0], [1, 2, 0], [0, 0, 2]], [[3, 1, 0], [-1, 2, 0], [0, 0, 2]]


def test_turned_supercells_of_one_shape_have_the_root_of_their_area():
    six = [[6, 6, 0], [0, 6, 0], [0, 0, 2]]  # 6x6x2, by other vectors
    found = linear_sizes([ROOT3, ROOT7, six], HEXAGONAL)
    assert found.lengths == pytest.approx([3**0.5, 7**0.5, 6])
    assert (found.dimension, found.reason) == (2, "")
    # a cube of the face-centred lattice, and twice that
    fcc = [[0, 0.5, 0.5], [0.5, 0, 0.5], [0.5, 0.5, 0]]
    cube = np.array([[-1, 1, 1], [1, -1, 1], [1, 1, -1]])
    found = linear_sizes([cube, 2 * cube[[1, 0, 2]]], fcc)
    assert found.lengths == pytest.approx([4 ** (1 / 3), 2 * 4 ** (1 / 3)])
    assert found.dimension == 3


def test_matrices_of_several_shapes_are_refused():
    # √3 × √3 only where the vectors are at 120°
    assert "differ in shape" in linear_sizes([ROOT3, ROOT7], np.eye(3)).reason
    # one of them in another plane
    sheared = [[6, 0, 1], [0, 6, 0], [0, 0, 2]]
    assert "differ in shape" in linear_sizes([np.diag([3, 3, 2]), sheared], np.eye(3)).reason
    mirrored = [[1, 3, 0], [2, -1, 0], [0, 0, 2]]
    assert "equally large" in linear_sizes([ROOT7, mirrored], HEXAGONAL).reason


def test_sizes_of_several_shapes_are_refused():
    found = linear_sizes([[6, 6, 2], [6, 6, 4], [9, 9, 4]])
    assert np.isnan(found.lengths).all()
    assert "6x6x2, 6x6x4, 9x9x4 differ in shape" in found.reason
    assert "same size" in linear_sizes([[4, 4, 2], [4, 4, 2]]).reason


def test_cells_of_the_diagram_go_before_the_label_of_the_size():
    series = xr.Dataset(coords={"size": [72, 162]})
    cells = xr.Dataset({"cells": (("supercell", "vector"), [[6, 6, 2], [9, 9, 2]])})
    assert sizes_of(series, cells).lengths == pytest.approx([6, 9])
    assert sizes_of(series, None).lengths.tolist() == [72, 162]
