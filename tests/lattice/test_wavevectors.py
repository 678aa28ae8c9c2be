"""Wavevectors, their stars and the peaks of the filled lattice."""

import numpy as np
import pytest
from exact import crystal
from exact import well as make_well

from mcsc.lattice import Lattice, filled_lattice_peaks, point_group, stars, wavevectors
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


def found(name, size):
    structure = textbook(name)
    q = wavevectors(size)
    return q, stars(size, point_group(structure, size)), structure


@pytest.mark.parametrize("size", SIZES)
@pytest.mark.parametrize("name", ["cubic", "fcc", "kagome-wells", "square"])
def test_stars_share_the_wavevectors_out(name, size):
    q, parts, structure = found(name, size)
    members = np.concatenate([star.members for star in parts]) if parts else np.zeros(0)
    whole = (q % np.array(size) == 0).all(axis=1)
    assert sorted(members.tolist()) == np.nonzero(~whole)[0].tolist()
    reciprocal = 2 * np.pi * np.linalg.inv(structure.cell).T
    lengths = np.linalg.norm(q / np.array(size) @ reciprocal, axis=1)
    for star in parts:
        assert np.ptp(lengths[star.members]) < 1e-9
        # the wells themselves, with all their states at the centre, scatter alike at all members
        assert star.weights.sum() == pytest.approx(star.n_waves)


def star_of(name, size, wanted):
    q, parts, _ = found(name, size)
    rows = (q / np.array(size)).tolist()
    (one,) = [star for star in parts if list(wanted) in [rows[i] for i in star.members]]
    return one, np.array([rows[i] for i in one.members])


@pytest.mark.parametrize(
    ("name", "wanted", "members", "waves"),
    [
        ("triangular", (0.5, 0, 0), 3, 3),  # M
        ("triangular", (1 / 3, 1 / 3, 0), 3, 1),  # K and −K, each in three zones
        ("triangular", (1 / 6, 0, 0), 3, 3),
        ("cubic", (0.5, 0.5, 0.5), 4, 1),  # R, in the eight corners
        ("cubic", (0.5, 0.5, 0), 6, 3),  # M
        ("cubic", (0.5, 0, 0), 3, 3),  # X
        ("cubic", (1 / 6, 1 / 3, 0.5), 24, 12),
        ("square", (0.5, 0.5, 0), 2, 1),
        ("fcc", (0.5, 0.5, 0), 3, 3),  # X
    ],
)
def test_stars_of_special_points(name, wanted, members, waves):
    size = (6, 6, 1) if name in ("triangular", "square") else (6, 6, 6)
    star, rows = star_of(name, size, wanted)
    assert len(rows) == members
    assert star.n_waves == waves


def test_members_of_one_wave_agree_up_to_sign_and_a_reciprocal_vector():
    star, rows = star_of("cubic", (6, 6, 6), (1 / 6, 1 / 3, 0.5))
    for i, j in np.ndindex(len(rows), len(rows)):
        same = any(
            np.allclose(np.rint(rows[i] + sign * rows[j]), rows[i] + sign * rows[j])
            for sign in (1, -1)
        )
        assert (star.waves[i] == star.waves[j]) == same


def test_a_supercell_of_lower_symmetry_has_smaller_stars():
    star, rows = star_of("cubic", (4, 4, 2), (0.5, 0, 0))
    assert sorted(rows.tolist()) == [[0, 0.5, 0], [0.5, 0, 0]]
    assert star.n_waves == 2


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
