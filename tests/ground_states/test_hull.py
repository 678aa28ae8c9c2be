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


# energy at 1/2 against the chord, what it is then, and the ends of its chemical potentials
TIES = {
    "exact tie": (0.0, "on_tie_line", -1.0, -1.0),
    "above by noise": (1e-12, "on_tie_line", -1.0, -1.0),
    "below by noise": (-1e-12, "on_tie_line", -1.0, -1.0),
    "slightly above": (1e-6, "", np.nan, np.nan),
    "slightly below": (-1e-6, "stable", -1.0 - 2e-6, -1.0 + 2e-6),
}


@pytest.mark.parametrize("case", TIES)
def test_a_filling_on_a_tie_line_is_not_stable(case):
    shift, what, low, high = TIES[case]
    hull = convex_hull([0.0, 0.5, 1.0, 2.0], [0.0, -0.5 + shift, -1.0, 0.0])
    assert hull.stable.tolist() == [True, what == "stable", True, True]
    assert hull.on_tie_line.tolist() == [False, what == "on_tie_line", False, False]
    assert hull.above[1] == pytest.approx(max(shift, 0.0) if what == "" else 0.0, abs=1e-15)
    ends = [hull.potential_low[1], hull.potential_high[1]]
    assert ends == pytest.approx([low, high], abs=1e-10, nan_ok=True)
    assert hull.potential_high[2] == 1.0


def test_many_fillings_on_one_line_are_all_tied_whatever_the_noise():
    """Each is a little below the chord of the two beside it, or above; the ends only are stable."""
    x, rng = np.linspace(0.0, 1.0, 41), np.random.default_rng(6)
    for shifts in (rng.normal(size=41), (x - 0.5) ** 2, -((x - 0.5) ** 2)):
        hull = convex_hull(x, -0.3 * x + 1e-10 * shifts)
        assert hull.stable.nonzero()[0].tolist() == [0, 40]
        assert hull.on_tie_line.sum() == 39
        np.testing.assert_array_equal(hull.potential_low[1:], hull.potential_high[:-1])
    # a parabola that is deeper than noise keeps corners, each with a range of its own
    hull = convex_hull(x, 1e-5 * (x - 0.5) ** 2)
    stable = hull.stable.nonzero()[0]
    assert len(stable) == 41
    assert (hull.potential_high[stable] > hull.potential_low[stable]).all()


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
    assert not hull.on_tie_line.any()


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
