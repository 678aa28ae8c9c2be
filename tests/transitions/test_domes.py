"""Domes of made curves with known heights, valleys and noise."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from mcsc.transitions.domes import Dome, find_domes, line_of
from mcsc.transitions.peaks import above_the_scan

X = np.linspace(0.5, 2.5, 17)


def double_dome(x):
    """Height 0.141 at 1 and 2, 0.03 in between and at both ends."""
    return 0.03 + 0.111 * np.sin(np.pi * (x - 0.5)) ** 2


def test_double_dome():
    errors = np.full(17, 0.002)
    left, right = find_domes(X, double_dome(X), errors, floor=0.01)
    assert (left.doping, right.doping) == (1.0, 2.0)
    assert (left.index, right.index) == (4, 12)
    assert left.temperature == pytest.approx(0.141)
    assert left.valley == pytest.approx(0.03)
    assert left.temperature_stderr == 0.002
    assert left.significance == pytest.approx(0.111 / np.hypot(0.002, 0.002))


def test_control_has_a_single_dome():
    x = np.linspace(0.1, 0.9, 17)
    domes = find_domes(x, 0.1289 * 4 * x * (1 - x), np.full(17, 0.001), floor=0.01)
    assert [dome.doping for dome in domes] == [pytest.approx(0.5)]


def test_valley_is_the_higher_of_the_two_next_to_the_dome():
    t = np.array([1.0, 5.0, 3.0, 6.0, 2.0, 4.0, 0.5])
    domes = find_domes(np.arange(7), t, np.full(7, 0.1), floor=0.0)
    assert [dome.valley for dome in domes] == [3.0, 3.0, 2.0]


def test_insignificant_bump_is_dissolved_and_joins_its_valleys():
    t = np.array([0.0, 4.0, 1.0, 1.1, 0.9, 4.0, 0.0])
    domes = find_domes(np.arange(7), t, np.full(7, 0.1), floor=0.0)
    assert [dome.index for dome in domes] == [1, 5]
    assert [dome.valley for dome in domes] == [0.9, 0.9]


def test_noise_on_top_of_a_dome_does_not_split_it():
    t = np.array([0.0, 2.0, 4.05, 3.95, 4.1, 2.0, 0.0])
    (dome,) = find_domes(np.arange(7), t, np.full(7, 0.1), floor=0.0)
    assert dome.index == 4
    assert dome.valley == 0.0


def test_no_transition_counts_at_the_floor():
    t = np.where(np.abs(X - 1.5) < 0.3, np.nan, double_dome(X))
    errors = np.where(np.isnan(t), np.nan, 0.002)
    left, right = find_domes(X, t, errors, floor=0.02)
    assert (left.doping, right.doping) == (1.0, 2.0)
    # the outer ends, at 0.03, are the higher valleys
    assert left.valley == right.valley == pytest.approx(0.03)
    t[[0, -1]] = np.nan
    errors[[0, -1]] = np.nan
    left, _ = find_domes(X, t, errors, floor=0.04)
    assert left.valley == 0.04
    # the valley has no error: an upper bound
    assert left.significance == pytest.approx((0.141 - 0.04) / 0.002)
    assert find_domes(X, np.full(17, np.nan), np.full(17, np.nan), floor=0.02) == ()


def test_point_without_error_is_left_out():
    t, errors = double_dome(X), np.full(17, 0.002)
    t[8], errors[8] = 0.5, np.nan
    assert [dome.doping for dome in find_domes(X, t, errors, floor=0.0)] == [1.0, 2.0]


def test_plateau_is_one_dome_at_its_middle():
    t = np.array([0.0, 2.0, 5.0, 5.0, 5.0, 5.0, 1.0])
    (dome,) = find_domes(np.arange(7), t, np.full(7, 0.1), floor=0.0)
    assert dome.index == 3
    shoulder = np.array([0.0, 2.0, 2.0, 5.0, 1.0])
    (dome,) = find_domes(np.arange(5), shoulder, np.full(5, 0.1), floor=0.0)
    assert dome.index == 3


@pytest.mark.parametrize("t", [np.arange(9.0), np.arange(9.0)[::-1], np.abs(np.arange(9.0) - 4)])
def test_edges_are_no_domes(t):
    assert find_domes(np.arange(9), t, np.full(9, 0.1), floor=0.0) == ()


def test_constant_curves_with_noise_seldom_have_domes():
    rng = np.random.default_rng(1)
    curves = 1 + 0.1 * rng.standard_normal((300, 17))
    count = {
        factor: sum(
            bool(find_domes(X, t, np.full(17, 0.1), floor=0.0, factor=factor)) for t in curves
        )
        for factor in (3.0, 4.0)
    }
    assert count[3.0] < 0.07 * 300
    assert count[4.0] < 0.02 * 300


def test_double_dome_survives_its_noise():
    rng = np.random.default_rng(2)
    for _ in range(50):
        t = double_dome(X) + 0.004 * rng.standard_normal(17)
        domes = find_domes(X, t, np.full(17, 0.004), floor=0.0)
        high = [dome for dome in domes if dome.temperature > 0.07]
        assert [round(dome.doping) for dome in high] == [1, 2]


@settings(max_examples=60, deadline=None)
@given(
    st.lists(st.floats(0, 1), min_size=3, max_size=15),
    st.integers(0, 1000),
    st.floats(0.5, 5),
)
def test_order_of_points_and_scale_do_not_matter(values, seed, factor):
    t = np.array(values)
    x, errors = np.arange(t.size, dtype=float), np.full(t.size, 0.05)
    domes = find_domes(x, t, errors, floor=0.0, factor=factor)
    shuffle = np.random.default_rng(seed).permutation(t.size)
    again = find_domes(x[shuffle], t[shuffle], errors, floor=0.0, factor=factor)
    assert [d.doping for d in again] == [d.doping for d in domes]
    assert [int(shuffle[d.index]) for d in again] == [d.index for d in domes]
    for dome in domes:
        assert 0 < dome.index < t.size - 1
        assert dome.significance >= factor
        assert t[dome.index] == dome.temperature > dome.valley
    assert len(find_domes(4 * x, 4 * t, 4 * errors, floor=0.0, factor=factor)) == len(domes)


def test_exact_curve_has_infinite_significance():
    (dome,) = find_domes([0, 1, 2], [0.0, 1.0, 0.0], [0, 0, 0], floor=0.0)
    assert dome == Dome(1.0, 1.0, 0.0, 0.0, np.inf, 1)


def test_two_points_have_no_dome():
    assert find_domes([0, 1], [1.0, 2.0], [0.1, 0.1], floor=0.0) == ()


@pytest.mark.parametrize(
    ("arguments", "word"),
    [
        (([0, 1, 2], [1.0, 2.0], [0.1, 0.1]), "equal lengths"),
        (([0, 1, 1], [1.0, 2.0, 1.0], [0.1] * 3), "repeats"),
        (([0, 1, 2], [1.0, 2.0, 1.0], [0.1, -0.1, 0.1]), "negative"),
    ],
)
def test_wrong_input_is_named(arguments, word):
    with pytest.raises(ValueError, match=word):
        find_domes(*arguments, floor=0.0)
    with pytest.raises(ValueError, match="floor"):
        find_domes([0], [1.0], [0.1], floor=np.nan)


def test_a_transition_above_the_scan_is_no_valley():
    x, t = np.arange(5.0), np.array([1.0, 3.0, np.nan, 3.0, 1.0])
    errors = np.where(np.isfinite(t), 0.1, np.nan)
    above = [
        "susceptibility is largest at the highest temperature" if np.isnan(v) else "" for v in t
    ]
    (joined,) = find_domes(x, *line_of(t, errors, above, 4.0), floor=0.5)
    assert joined.temperature == 3.0 and joined.valley == 1.0
    # without a transition it is one
    assert len(find_domes(x, *line_of(t, errors, ["none"] * 5, 4.0), floor=0.5)) == 2


@pytest.mark.parametrize(
    ("reason", "expected"),
    [
        ("order at q = (0, 1, 0): susceptibility is largest at the highest temperature; x", True),
        ("response to the field is largest at the highest temperature", True),
        ("susceptibility is largest at the lowest temperature; specific heat is largest at the "
         "highest temperature", False),
        ("", False),
    ],
)  # fmt: skip
def test_reasons_that_lie_above_the_scan(reason, expected):
    assert above_the_scan(reason) == expected
