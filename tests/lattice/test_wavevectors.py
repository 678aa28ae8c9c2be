"""Wavevectors of the structure factor and the peaks of the filled lattice."""

import numpy as np
import pytest
from exact import crystal
from exact import well as make_well

from mcsc.lattice import Lattice, filled_lattice_peaks, wavevectors
from mcsc.structure import textbook

SIZES = [(1, 1, 1), (2, 3, 1), (4, 4, 4), (6, 6, 2)]


@pytest.mark.parametrize("size", SIZES)
def test_one_of_each_pair_of_wavevectors(size):
    q = wavevectors(size)
    assert q[0].tolist() == [0, 0, 0]
    rows = {tuple(row) for row in q.tolist()}
    assert len(rows) == len(q)
    opposite = {tuple(row) for row in (-q).tolist()}
    assert rows & opposite == {(0, 0, 0)}
    assert len(rows | opposite) == np.prod([2 * n + 1 for n in size])
    assert (np.abs(q) <= size).all()


@pytest.mark.parametrize(
    "structure",
    [
        textbook("cubic"),
        textbook("kagome-wells"),
        textbook("kagome"),
        crystal(np.eye(3), make_well("a", (0, 0, 0)), make_well("a", (0.5, 0.5, 0.5))),
    ],
    ids=["cubic", "kagome-wells", "kagome", "bcc as two wells"],
)
def test_peaks_of_the_filled_lattice(structure):
    size = (3, 2, 2)
    lattice = Lattice(structure, size)
    reciprocal = 2 * np.pi * np.linalg.inv(structure.cell).T
    q = wavevectors(size) / np.array(size) @ reciprocal
    intensity = np.abs(np.exp(-1j * lattice.positions @ q.T).sum(axis=0)) ** 2
    peaks = filled_lattice_peaks(structure, size)
    assert np.array_equal(peaks, intensity > 1e-6)
    assert peaks[0]
    assert not peaks.all()
