"""Dopings added where a line bends."""

import numpy as np
import pytest

from mcsc.planning.more_dopings import dopings_between

X = np.linspace(0.0, 1.0, 11)
FINE = np.linspace(0.0, 1.0, 101)[1:-1]
SURE = np.full(11, 1e-4)


def test_a_cusp_is_closed_in():
    cusp = 1.0 - np.abs(X - 0.4)
    assert dopings_between(X, [(cusp, SURE)], FINE, 2) == pytest.approx((0.35, 0.45))
    assert dopings_between(X, [(cusp, SURE)], FINE, 1) in [
        pytest.approx((x,)) for x in (0.35, 0.45)
    ]
    # three intervals at most touch the cusp's bend
    assert dopings_between(X, [(cusp, SURE)], FINE, 9) == pytest.approx((0.35, 0.45))


def test_repeated_refinement_finds_a_top_between_dopings():
    x, found = X, ()
    for _ in range(4):
        line = (1.0 - np.abs(x - 0.43), np.full(x.size, 1e-4))
        found = dopings_between(x, [line], FINE, 2)
        x = np.sort([*x, *found])
    assert np.abs(x - 0.43).min() < 1e-9


def test_straight_lines_and_noise_are_left_alone():
    assert dopings_between(X, [(2.0 - X, SURE)], FINE, 5) == ()
    rng = np.random.default_rng(1)
    for _ in range(20):
        noisy = 1.0 + rng.normal(scale=0.05, size=11)
        added = dopings_between(X, [(noisy, np.full(11, 0.05))], FINE, 9)
        # nine bends at 3 standard errors each
        assert len(added) <= 2


def test_nothing_known_or_nothing_that_fits():
    cusp = 1.0 - np.abs(X - 0.4)
    cusp[4] = np.nan
    assert dopings_between(X, [(cusp, SURE)], FINE, 2) == ()
    cusp = 1.0 - np.abs(X - 0.4)
    assert dopings_between(X, [(cusp, SURE)], X, 2) == ()
    assert dopings_between(X, [(cusp, SURE)], [0.47], 2) == (0.47,)
    assert dopings_between(X[:2], [(cusp[:2], SURE[:2])], FINE, 2) == ()
    assert dopings_between(X, [], FINE, 2) == ()


def test_the_strongest_bend_of_any_line_comes_first():
    gentle, sharp = 1.0 - 0.1 * np.abs(X - 0.2), 1.0 - np.abs(X - 0.7)
    both = [(gentle, SURE), (sharp, SURE)]
    assert dopings_between(X, both, FINE, 2) == pytest.approx((0.65, 0.75))


def test_wide_intervals_are_wrong_by_more():
    x = np.array([0.0, 0.1, 0.2, 0.6, 1.0])
    line = (-((x - 0.3) ** 2), np.full(5, 1e-5))
    assert dopings_between(x, [line], FINE, 2) == pytest.approx((0.4, 0.8))
