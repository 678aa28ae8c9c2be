"""Convex hulls and staircases of hand-made energies, against a search over all mixtures."""

import numpy as np
import pytest

from mcsc.ground_states import convex_hull, filling_at


def test_a_filling_above_a_chord_separates():
    hull = convex_hull([0.0, 2.0, 1.0, 3.0], [0.0, -2.0, -0.5, 0.0])
    assert hull.filling.tolist() == [0, 1, 2, 3]
    assert hull.stable.tolist() == [True, False, True, True]
    # the chord from 0 to 2 has −1 at 1
    assert hull.above == pytest.approx([0, 0.5, 0, 0])
    assert hull.potential_low == pytest.approx([-np.inf, np.nan, -1.0, 2.0], nan_ok=True)
    assert hull.potential_high == pytest.approx([-1.0, np.nan, 2.0, np.inf], nan_ok=True)


def test_fillings_on_a_chord_are_stable_at_one_chemical_potential_only():
    hull = convex_hull([0.0, 0.5, 1.0, 2.0], [0.0, -0.5, -1.0, 0.0])
    assert hull.stable.all()
    assert hull.potential_low[1] == hull.potential_high[1] == -1.0
    assert hull.potential_high[2] == 1.0


def test_all_mixtures_of_random_energies():
    rng = np.random.default_rng(4)
    x = np.sort(rng.random(12))
    e = rng.normal(size=12)
    order = rng.permutation(12)
    hull = convex_hull(x[order], e[order])
    np.testing.assert_array_equal(hull.energy, e)
    for i in range(12):
        mixed = [
            e[a] + (e[b] - e[a]) * (x[i] - x[a]) / (x[b] - x[a])
            for a in range(12)
            for b in range(a + 1, 12)
            if x[a] <= x[i] <= x[b]
        ]
        assert hull.above[i] == pytest.approx(e[i] - min(mixed), abs=1e-12)
        assert hull.stable[i] == (e[i] <= min(mixed) + 1e-12)


def test_the_staircase_is_the_lowest_grand_potential():
    rng = np.random.default_rng(5)
    x, e = np.arange(9) / 8, rng.normal(size=9)
    hull = convex_hull(x, e)
    steps = hull.stable.nonzero()[0]
    assert np.isneginf(hull.potential_low[steps[0]])
    assert np.isposinf(hull.potential_high[steps[-1]])
    np.testing.assert_allclose(hull.potential_low[steps[1:]], hull.potential_high[steps[:-1]])
    for potential in rng.normal(size=50) * 10:
        best = int(np.argmin(e - potential * x))
        assert filling_at(hull, potential) == x[best]
        assert hull.potential_low[best] <= potential <= hull.potential_high[best]


def test_convex_energies_are_all_stable():
    x = np.linspace(0, 1, 6)
    hull = convex_hull(x, x**2)
    assert hull.stable.all()
    np.testing.assert_allclose(hull.potential_high[:-1], x[1:] + x[:-1])


def test_fillings_must_differ():
    with pytest.raises(ValueError, match="differ"):
        convex_hull([0.0, 1.0, 1.0], [0.0, 1.0, 2.0])
    with pytest.raises(ValueError, match="at least one"):
        convex_hull([], [])
    alone = convex_hull([1.0], [-1.0])
    assert alone.stable.all() and np.isinf(alone.potential_low).all()
