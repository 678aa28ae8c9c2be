"""Neighbours in cells of any shape against a brute-force search in a compact cell."""

from itertools import product

import numpy as np
import pytest

from mcsc.periodic import (
    arms_within,
    image_distances,
    nearest_distance,
    nearest_images,
    reduction,
    shortest_translation,
    translations_within,
)

SEEDS = range(12)


def unimodular(rng, n, steps, largest):
    """A random integer matrix of determinant ±1: shears and a permutation."""
    change = np.eye(n, dtype=np.int64)[rng.permutation(n)]
    for _ in range(steps):
        i, j = rng.choice(n, 2, replace=False)
        change[i] += rng.integers(-largest, largest + 1) * change[j]
    return change


def compact_cell(rng, n):
    """Vectors at no less than 60° or so, of lengths 1 to 2, turned at random."""
    turn = np.linalg.qr(rng.normal(size=(n, n)))[0]
    return (np.diag(rng.uniform(1.0, 2.0, n)) + np.tril(rng.uniform(-0.4, 0.4, (n, n)), -1)) @ turn


def images(cell, vectors, reach=4):
    """All images of vectors in the compact cell, (n, P, dimension), the vectors brought home."""
    n = len(cell)
    fractional = vectors @ np.linalg.inv(cell)
    home = (fractional - np.floor(fractional)) @ cell
    return home + (np.array(list(product(range(-reach, reach + 1), repeat=n))) @ cell)[:, None]


@pytest.mark.parametrize("n", [2, 3])
@pytest.mark.parametrize("seed", SEEDS)
def test_translations_are_those_of_a_brute_force_search(n, seed):
    rng = np.random.default_rng(seed)
    cell = compact_cell(rng, n)
    skewed = unimodular(rng, n, 4, 9) @ cell
    offsets = rng.uniform(-3, 3, (4, n))
    owner, steps, distances = translations_within(skewed, offsets, 2.3)
    vectors = offsets[owner] + steps @ skewed
    np.testing.assert_allclose(np.linalg.norm(vectors, axis=1), distances, atol=1e-9)
    all_images = images(cell, offsets)
    for i in range(len(offsets)):
        expected = all_images[:, i][np.linalg.norm(all_images[:, i], axis=1) <= 2.3]
        found = vectors[owner == i]
        assert len(found) == len(expected) == len(np.unique(steps[owner == i], axis=0))
        apart = np.linalg.norm(found[:, None] - expected, axis=-1)
        assert (apart.min(axis=1) < 1e-9).all()
        assert (apart.min(axis=0) < 1e-9).all()


@pytest.mark.parametrize("n", [2, 3])
@pytest.mark.parametrize("seed", SEEDS)
def test_nearest_images_are_those_of_a_brute_force_search(n, seed):
    rng = np.random.default_rng(seed)
    cell = compact_cell(rng, n)
    skewed = unimodular(rng, n, 4, 9) @ cell
    vectors = rng.uniform(-5, 5, (40, n))
    expected = np.linalg.norm(images(cell, vectors), axis=-1).min(axis=0)
    found = nearest_images(skewed, vectors)
    np.testing.assert_allclose(np.linalg.norm(found, axis=1), expected, atol=1e-9)
    whole = (vectors - found) @ np.linalg.inv(cell)
    np.testing.assert_allclose(whole, np.rint(whole), atol=1e-9)
    np.testing.assert_allclose(image_distances(skewed, vectors.reshape(8, 5, n)).ravel(), expected)
    own = images(cell, np.zeros((1, n)))[:, 0]
    lengths = np.sort(np.linalg.norm(own, axis=1))
    assert lengths[0] < 1e-12
    assert shortest_translation(skewed) == pytest.approx(lengths[1], abs=1e-9)
    points = vectors[:5]
    pairs = (points[:, None] - points)[np.triu_indices(5, 1)]
    nearest = min(lengths[1], np.linalg.norm(images(cell, pairs), axis=-1).min())
    assert nearest_distance(points, skewed) == pytest.approx(nearest, abs=1e-9)


@pytest.mark.parametrize("seed", SEEDS)
def test_arms_are_those_of_a_brute_force_search(seed):
    rng = np.random.default_rng(seed)
    cell = compact_cell(rng, 3)
    skewed = unimodular(rng, 3, 4, 9) @ cell
    points, centre = rng.uniform(-3, 3, (3, 3)), rng.uniform(-3, 3, 3)
    owner, arms = arms_within(centre, points, skewed, 2.0)
    lengths = np.linalg.norm(arms, axis=1)
    assert (np.diff(lengths) >= 0).all()
    all_images = np.linalg.norm(images(cell, points - centre), axis=-1)
    for i in range(3):
        expected = np.sort(all_images[:, i][all_images[:, i] <= 2.0])
        np.testing.assert_allclose(lengths[owner == i], expected, atol=1e-9)


@pytest.mark.parametrize("skew", [1e2, 1e5, 1e8])
def test_extreme_skew_costs_nothing(skew):
    """A cell of which no box of images would fit into memory."""
    cell = np.array([[1.0, 0.0, 0.0], [round(skew / 3), 1.0, 0.0], [skew, round(skew / 7), 1.5]])
    change = reduction(cell)
    assert abs(round(np.linalg.det(change))) == 1
    np.testing.assert_allclose(np.linalg.norm(change @ cell, axis=1), [1, 1, 1.5], atol=1e-6)
    owner, _, distances = translations_within(cell, np.zeros((1, 3)), 1.45)
    assert len(owner) == 9
    np.testing.assert_allclose(
        np.sort(distances), [0] + [1] * 4 + [2**0.5] * 4, atol=1e-12 * skew + 1e-12
    )
    assert shortest_translation(cell) == pytest.approx(1.0, abs=1e-6)


def test_a_cell_without_digits_is_refused():
    with pytest.raises(ValueError, match="shorter vectors"):
        reduction(np.array([[1.0, 0.0, 0.0], [0.0, 1.0, 0.0], [1e20, 0.0, 1.0]]))


def test_half_way_images_are_equally_near():
    """The centre of a face-centred cube in its primitive cell, where rounding alone is wrong."""
    cell = np.array([[0.0, 0.5, 0.5], [0.5, 0.0, 0.5], [0.5, 0.5, 0.0]])
    assert image_distances(cell, [0.5, 0.5, 0.5]) == pytest.approx(0.5)
    sheared = np.array([[1, 0, 0], [7, 1, 0], [-3, 5, 1]]) @ cell
    assert image_distances(sheared, [0.5, 0.5, 0.5]) == pytest.approx(0.5)
