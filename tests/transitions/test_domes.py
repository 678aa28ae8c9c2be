"""Domes of made curves with known heights, valleys and noise."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from mcsc.estimators.peaks import above_the_scan
from mcsc.transitions.domes import find_domes, line_of

X = np.linspace(0.5, 2.5, 17)


def double_dome(x):
    """Height 0.141 at 1 and 2, 0.03 in between and at both ends."""
    return 0.03 + 0.111 * np.sin(np.pi * (x - 0.5)) ** 2


def test_double_dome():
    errors = np.full(17, 0.002)
    left, right = find_domes(X, double_dome(X), errors)
    assert (left.doping, right.doping) == (1.0, 2.0)
    assert (left.index, right.index) == (4, 12)
    assert left.temperature == pytest.approx(0.141)
    assert left.bounded and right.bounded
    assert left.valley == left.left == left.right == pytest.approx(0.03)
    assert left.temperature_stderr == 0.002
    assert left.significance == pytest.approx(0.111 / np.hypot(0.002, 0.002))


def test_control_has_a_single_dome():
    x = np.linspace(0.1, 0.9, 17)
    domes = find_domes(x, 0.1289 * 4 * x * (1 - x), np.full(17, 0.001))
    assert [dome.doping for dome in domes] == [pytest.approx(0.5)]


def test_valley_is_the_higher_of_the_two_next_to_the_dome():
    t = np.array([1.0, 5.0, 3.0, 6.0, 2.0, 4.0, 0.5])
    domes = find_domes(np.arange(7), t, np.full(7, 0.1))
    assert [dome.valley for dome in domes] == [3.0, 3.0, 2.0]
    assert [(dome.left, dome.right) for dome in domes] == [(1.0, 3.0), (3.0, 2.0), (2.0, 0.5)]


def test_insignificant_bump_is_dissolved_and_joins_its_valleys():
    t = np.array([0.0, 4.0, 1.0, 1.1, 0.9, 4.0, 0.0])
    domes = find_domes(np.arange(7), t, np.full(7, 0.1))
    assert [dome.index for dome in domes] == [1, 5]
    assert [dome.valley for dome in domes] == [0.9, 0.9]


def test_noise_on_top_of_a_dome_does_not_split_it():
    t = np.array([0.0, 2.0, 4.05, 3.95, 4.1, 2.0, 0.0])
    (dome,) = find_domes(np.arange(7), t, np.full(7, 0.1))
    assert dome.index == 4
    assert dome.valley == 0.0


def line(*points):
    """Arrays of T, its error and its bound: a number, ("<", bound), "?" for nothing known, "^"."""
    t, bound = np.full(len(points), np.nan), np.full(len(points), np.nan)
    for i, point in enumerate(points):
        if isinstance(point, tuple):
            bound[i] = point[1]
        elif point == "^":
            t[i] = np.inf
        elif point != "?":
            t[i] = point
    return {
        "doping": np.arange(len(points)), "temperature": t, "bound": bound,
        "stderr": np.where(np.isfinite(t), 0.1, np.nan),
    }  # fmt: skip


@pytest.mark.parametrize(
    ("points", "expected"),
    [
        # censored: T lies below the lowest equilibrated temperature there, a bound without error
        ((("<", 1.0), 5.0, ("<", 2.0)), [(1, 1.0, 2.0, 30.0)]),
        # lower ones further away count, and lower measured ones
        ((("<", 0.5), ("<", 1.0), 5.0, ("<", 2.0), 0.4), [(2, 0.5, 0.4, 45.0)]),
        # a neighbour that did not equilibrate up to the dome's own height leaves it open
        ((("<", 1.0), 5.0, ("<", 5.5), ("<", 1.0)), [(1, 1.0, np.nan, np.nan)]),
        ((1.0, 5.0, "?", 1.0), [(1, 1.0, np.nan, np.nan)]),
        # behind a lower one it only ends what is known of that side
        ((1.0, 5.0, 3.0, "?", 0.5), [(1, 1.0, 3.0, 2 / np.hypot(0.1, 0.1))]),
        ((1.0, 5.0, 3.0, ("<", 6.0), 0.5), [(1, 1.0, 3.0, 2 / np.hypot(0.1, 0.1))]),
        # but a bound below the dome does not hide one
        ((1.0, 5.0, 3.0, ("<", 4.5), 0.5), [(1, 1.0, 0.5, 4 / np.hypot(0.1, 0.1))]),
        # the end of the scan is open
        ((5.0, 3.0, 1.0), [(0, np.nan, 1.0, np.nan)]),
        ((1.0, 3.0, 5.0), [(2, 1.0, np.nan, np.nan)]),
        ((5.0, ("<", 1.0)), [(0, np.nan, 1.0, np.nan)]),
        # open on both sides: nothing says that it is one
        (("?", 5.0, "?"), []),
        (("?", 5.0, ("<", 6.0)), []),
        ((5.0,), []),
        (("?", 5.0), []),
        # a plateau is one dome at its middle, at an end an open one
        ((0.0, 5.0, 5.0, 5.0, 1.0), [(2, 0.0, 1.0, 4 / np.hypot(0.1, 0.1))]),
        ((0.0, 5.0, 5.0), [(1, 0.0, np.nan, np.nan)]),
        ((0.0, 5.0, 5.0, "?"), [(1, 0.0, np.nan, np.nan)]),
        ((0.0, 2.0, 2.0, 5.0, 1.0), [(3, 0.0, 1.0, 4 / np.hypot(0.1, 0.1))]),
        # above the temperatures scanned: no neighbour of it is a top, and it has no height
        ((1.0, 3.0, "^", 3.0, 1.0), []),
        ((1.0, 3.0, 2.0, "^"), [(1, 1.0, 2.0, 1 / np.hypot(0.1, 0.1))]),
        # two tops beside what nothing is known of may be one
        ((1.0, 5.0, "?", 5.1, 1.0), [(1, 1.0, np.nan, np.nan), (3, np.nan, 1.0, np.nan)]),
        # no dome at all: nothing measured, nothing found, too little above a bound
        (("?", "?", "?"), []),
        ((("<", 1.0), ("<", 1.0), ("<", 1.0)), []),
        ((("<", 4.8), 5.0, ("<", 1.0)), []),
        ((1.0, 3.0, 5.0, "^"), []),
        ((), []),
    ],
)
def test_sides_are_known_where_they_were_measured(points, expected):
    found = find_domes(**line(*points))
    assert [dome.index for dome in found] == [row[0] for row in expected]
    for dome, (_, left, right, significance) in zip(found, expected, strict=True):
        np.testing.assert_allclose([dome.left, dome.right], [left, right])
        np.testing.assert_allclose(dome.significance, significance)
        assert dome.bounded == np.isfinite([left, right]).all() == np.isfinite(significance)
        np.testing.assert_allclose(dome.valley, np.max([left, right]))


@pytest.mark.parametrize(
    ("points", "short", "expected"),
    [
        # neither a top, nor is the lower one beside it
        ((1.0, 4.0, 5.0, 3.0, 1.0), [2], []),
        # what is as high ends a side, what is lower is no valley
        ((1.0, 5.0, 3.0, 6.0, 1.0), [3], [(1, 1.0, 3.0)]),
        ((1.0, 5.0, 2.0, 3.0), [0, 2], [(1, np.nan, 3.0)]),
        # a bump that is in doubt cuts no valley short
        ((1.0, 5.0, 3.0, 4.0, 1.0), [3], [(1, 1.0, 1.0)]),
        # where there is no transition nothing can be in doubt
        ((("<", 1.0), 5.0, ("<", 2.0)), [0, 2], [(1, 1.0, 2.0)]),
    ],
)
def test_where_the_run_did_not_equilibrate_is_neither_top_nor_valley(points, short, expected):
    arrays = line(*points)
    found = find_domes(**arrays, converged=~np.isin(np.arange(len(points)), short))
    assert [dome.index for dome in found] == [row[0] for row in expected]
    for dome, (_, left, right) in zip(found, expected, strict=True):
        np.testing.assert_allclose([dome.left, dome.right], [left, right])


def test_a_temperature_without_an_error_says_nothing():
    arrays = line(1.0, 5.0, 2.0, 1.0)
    arrays["stderr"][2] = np.nan
    (dome,) = find_domes(**arrays)
    assert dome.index == 1 and not dome.bounded
    t, errors = double_dome(X), np.full(17, 0.002)
    t[8], errors[8] = 0.5, np.nan
    assert [dome.doping for dome in find_domes(X, t, errors)] == [1.0, 2.0]


def test_both_errors_count_where_the_one_of_size_is_known():
    arrays = line(1.0, 5.0, 2.0)
    (dome,) = find_domes(**arrays, stderr_size=[np.nan, 0.4, 0.3])
    assert dome.temperature_stderr == 0.1 and dome.temperature_stderr_size == 0.4
    assert dome.significance == pytest.approx(3.0 / np.sqrt(0.1**2 + 0.4**2 + 0.1**2 + 0.3**2))
    # what stood out of the noise may not stand out of what size makes of it
    assert find_domes(**arrays, stderr_size=[np.nan, 1.0, 0.3]) == ()


@pytest.mark.parametrize("t", [np.arange(9.0), np.arange(9.0)[::-1], np.abs(np.arange(9.0) - 4)])
def test_tops_at_the_ends_of_the_scan_are_open(t):
    found = find_domes(np.arange(9), t, np.full(9, 0.1))
    assert {dome.temperature for dome in found} == {t.max()}
    for dome in found:
        assert not dome.bounded and dome.index in (0, 8)
        assert np.isnan([dome.valley, dome.significance]).all()


def test_constant_curves_with_noise_seldom_have_domes():
    rng = np.random.default_rng(1)
    curves = 1 + 0.1 * rng.standard_normal((300, 17))
    count = {
        factor: sum(
            any(dome.bounded for dome in find_domes(X, t, np.full(17, 0.1), factor=factor))
            for t in curves
        )
        for factor in (3.0, 4.0)
    }
    assert count[3.0] < 0.07 * 300
    assert count[4.0] < 0.02 * 300


def test_double_dome_survives_its_noise():
    rng = np.random.default_rng(2)
    for _ in range(50):
        t = double_dome(X) + 0.004 * rng.standard_normal(17)
        domes = find_domes(X, t, np.full(17, 0.004))
        high = [dome for dome in domes if dome.temperature > 0.07]
        assert [round(dome.doping) for dome in high] == [1, 2]


@settings(max_examples=60, deadline=None)
@given(st.lists(st.floats(0, 1), min_size=3, max_size=15), st.integers(0, 1000), st.floats(0.5, 5))
def test_order_of_points_and_scale_do_not_matter(values, seed, factor):
    t = np.array(values)
    x, errors = np.arange(t.size, dtype=float), np.full(t.size, 0.05)
    domes = find_domes(x, t, errors, factor=factor)
    shuffle = np.random.default_rng(seed).permutation(t.size)
    again = find_domes(x[shuffle], t[shuffle], errors, factor=factor)
    assert [d.doping for d in again] == [d.doping for d in domes]
    assert [int(shuffle[d.index]) for d in again] == [d.index for d in domes]
    for dome in domes:
        lower = t < dome.temperature
        assert dome.bounded == (lower[: dome.index].any() and lower[dome.index :].any())
        assert not dome.bounded or dome.significance >= factor
        assert t[dome.index] == dome.temperature > np.nanmin([dome.left, dome.right])
    assert len(find_domes(4 * x, 4 * t, 4 * errors, factor=factor)) == len(domes)


def test_exact_curve_has_infinite_significance():
    (dome,) = find_domes([0, 1, 2], [0.0, 1.0, 0.0], [0, 0, 0])
    assert (dome.valley, dome.significance) == (0.0, np.inf)


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
        find_domes(*arguments)


def test_a_line_tells_what_lies_above_the_scan_and_what_is_contradicted():
    t = np.array([1.0, np.nan, 3.0, np.nan])
    reasons = ["", "susceptibility is largest at the highest temperature", "", "none"]
    found = line_of(t, reasons, [False, False, True, False])
    np.testing.assert_array_equal(found, [1.0, np.inf, np.nan, np.nan])


@pytest.mark.parametrize(
    ("reason", "expected"),
    [
        ("order at q = (0, 1, 0): susceptibility is largest at the highest temperature; x", True),
        ("response to the field is largest at the highest temperature", True),
        ("susceptibility is largest at the lowest temperature; specific heat is largest at the "
         "highest temperature", False),
        ("response to the field: x; transmission stays above 0.5", True),
        ("", False),
    ],
)  # fmt: skip
def test_reasons_that_lie_above_the_scan(reason, expected):
    assert above_the_scan(reason) == expected
