"""Order that sets in without a transition: where its share of perfect order reaches one half."""

import numpy as np
import pytest
import xarray as xr

from mcsc.transitions.grid import Grid
from mcsc.transitions.order_onset import half_order, order_onsets

T = np.array([1.0, 2.0, 3.0, 4.0])
ERRORS = np.full(4, 0.03)


def test_the_onset_is_at_one_half_with_an_error_from_both_neighbours():
    found = half_order(T, np.array([0.9, 0.7, 0.4, 0.2]), ERRORS, 1.0)
    # 0.5 lies two thirds of the way from 0.7 to 0.4, on a slope of 0.3
    assert found.temperature == pytest.approx(2 + 2 / 3)
    assert found.stderr == pytest.approx(0.03 * np.hypot(1 / 3, 2 / 3) / 0.3)
    assert "0.90 of perfect order at 1" in found.reason


def test_errors_hold_the_truth_in_two_of_three_runs():
    rng = np.random.default_rng(4)
    exact = np.interp(0.5, [0.4, 0.7], [3.0, 2.0])
    noisy = np.array([0.9, 0.7, 0.4, 0.2]) + 0.03 * rng.standard_normal((2000, 4))
    found = [half_order(T, share, ERRORS, 1.0) for share in noisy]
    z = np.array([(one.temperature - exact) / one.stderr for one in found])
    assert 0.6 < (np.abs(z) < 1).mean() < 0.76


def test_what_did_not_equilibrate_is_not_used():
    share = np.array([0.9, 0.7, 0.4, 0.2])
    found = half_order(T, share, ERRORS, 3.0, "K")
    assert np.isnan(found.temperature) and np.isnan(found.stderr)
    assert "reaches 0.40 of perfect order at 3 K" in found.reason
    assert "lowest equilibrated temperature is 3 K" in found.reason
    for floor in (4.0, np.inf):
        assert "did not equilibrate" in half_order(T, share, ERRORS, floor).reason
    assert "measured" in half_order(T, np.full(4, np.nan), ERRORS, 1.0).reason


def test_order_at_the_hottest_sets_in_above_the_scan():
    found = half_order(T, np.array([0.9, 0.9, 0.7, 0.6]), ERRORS, 1.0)
    assert np.isnan(found.temperature) and "above the temperatures scanned" in found.reason


def test_order_that_comes_and_goes_counts_from_the_hottest():
    found = half_order(T, np.array([0.2, 0.7, 0.4, 0.2]), ERRORS, 1.0)
    assert found.temperature == pytest.approx(2 + 2 / 3)


def test_a_point_with_a_transition_has_none_and_the_largest_size_counts():
    small, large = [0.9, 0.9, 0.9, 0.2], [0.9, 0.7, 0.4, 0.2]
    share = np.array([[small] * 3, [large] * 3])
    root = xr.Dataset(
        {
            "T_charge": ("doping", [2.5, np.nan, np.nan]),
            "T_charge_reason": ("doping", ["", "a broad hump", "a broad hump"]),
            "charge_order_share": (("size", "doping", "temperature"), share),
            "charge_order_share_stderr": (("size", "doping", "temperature"), 0 * share + 0.03),
        },
        coords={"temperature": ("temperature", T, {"units": "K"}), "doping": [0.5, 0.75, 1.0]},
    )
    converged = np.ones((2, 3, 4), np.int8)
    converged[1, 2, :2] = 0
    health = xr.Dataset({"converged": (("size", "doping", "temperature"), converged)})
    grid = Grid((), "doping", (3,), 2, True)
    found = order_onsets(root, health, grid)
    onset, stderr = found["charge_order_onset"], found["charge_order_onset_stderr"]
    np.testing.assert_allclose(onset, [np.nan, 2 + 2 / 3, np.nan])
    assert np.isfinite(stderr).values.tolist() == [False, True, False]
    assert onset.attrs["units"] == stderr.attrs["units"] == "K"
    reasons = found["charge_order_onset_reason"].values.tolist()
    assert "there is a transition" in reasons[0]
    assert "0.90 of perfect order at 1 K; no T_charge: a broad hump" in reasons[1]
    assert "less than one half" in reasons[2]
    bare = order_onsets(root.drop_vars("charge_order_share"), health, grid)
    assert bare["charge_order_onset"].isnull().all()
