"""Threshold fields, loops and remanence of curves whose answers are known."""

import numpy as np
import pytest
import xarray as xr

from mcsc.estimators.threshold import hysteresis, threshold_field
from mcsc.transitions.threshold_table import protocol_table, threshold_table

FIELDS = np.linspace(0.0, 1.0, 21)
DELTA = 0.2
STEP = FIELDS[1]


def ramp(start, end):
    """U∥ that rises evenly from 0 to δ between two fields."""
    return DELTA * np.clip((FIELDS - start) / (end - start), 0, 1)


def test_a_straight_rise_is_interpolated_exactly():
    rows = np.array([ramp(0.31, 0.57), ramp(0.29, 0.55)])
    # half way up, where the corners of the ramp do not matter
    found = threshold_field(FIELDS, rows, DELTA)
    assert found.field == pytest.approx(0.43, abs=1e-12)
    assert found.stderr == pytest.approx(0.01, abs=1e-12)
    assert found.width == pytest.approx(0.8 * 0.26, abs=0.01)
    assert found.sharp
    assert found.reason == ""


def test_the_error_of_repeats_is_that_of_their_mean():
    rng = np.random.default_rng(0)
    found = [
        threshold_field(FIELDS, [ramp(0.2 + s, 0.6 + s) for s in rng.normal(0, 0.03, 8)], DELTA)
        for _ in range(400)
    ]
    places, errors = (np.array([getattr(t, key) for t in found]) for key in ("field", "stderr"))
    assert places.std() == pytest.approx(0.03 / np.sqrt(8), rel=0.15)
    assert np.sqrt((errors**2).mean()) == pytest.approx(places.std(), rel=0.15)


def test_a_jump_is_known_to_the_step_it_lies_in():
    rows = np.tile(np.where(FIELDS > 0.42, DELTA, 0.0), (3, 1))
    found = threshold_field(FIELDS, rows, DELTA)
    assert 0.40 < found.field < 0.45
    assert found.stderr == pytest.approx(STEP / np.sqrt(12))
    assert found.sharp
    # jumps in different steps add their spread
    rows[0] = np.where(FIELDS > 0.62, DELTA, 0.0)
    spread = np.std([4, 0, 0], ddof=1) * STEP / np.sqrt(3)
    assert threshold_field(FIELDS, rows, DELTA).stderr == pytest.approx(
        np.hypot(spread, STEP / np.sqrt(12))
    )


def test_free_dipoles_have_a_smooth_threshold():
    """U∥ = δ tanh(δE/k_BT): half at atanh(½) k_BT/δ, from 10 to 90 % over 2.5 times that."""
    kt = 0.05
    # fine enough for a curve to be straight between two fields
    fine = np.linspace(0.0, 1.0, 201)
    found = threshold_field(fine, DELTA * np.tanh(DELTA * fine / kt), DELTA, np.zeros(201))
    scale = kt / DELTA
    assert found.field == pytest.approx(np.arctanh(0.5) * scale, rel=5e-3)
    assert found.width == pytest.approx((np.arctanh(0.9) - np.arctanh(0.1)) * scale, rel=1e-2)
    assert not found.sharp


def test_errors_of_equilibrium_points_are_propagated():
    rng = np.random.default_rng(1)
    # a crossing between two fields, and noise that is small against the rise from one to the next
    curve, stderr = ramp(0.215, 0.715), np.full(21, 0.001)
    found = [
        threshold_field(FIELDS, rng.normal(curve, stderr), DELTA, stderr).field for _ in range(2000)
    ]
    stated = threshold_field(FIELDS, curve, DELTA, stderr)
    assert stated.field == pytest.approx(0.465, abs=1e-12)
    assert stated.stderr == pytest.approx(np.std(found), rel=0.15)


@pytest.mark.parametrize(
    ("rows", "reason"),
    [
        ([ramp(0.8, 2.0)] * 2, "not reached"),
        ([ramp(0.2, 0.4), ramp(0.8, 2.0)], "1 of 2 repeats"),
        ([np.full(21, DELTA)] * 2, "at zero field already"),
        ([np.full(21, DELTA), ramp(0.2, 0.4)], "1 of 2 repeats"),
        ([np.full(21, np.nan)] * 2, "has not been run"),
    ],
)
@pytest.mark.parametrize("lowering", [False, True])
def test_no_threshold_has_a_reason(rows, reason, lowering):
    found = threshold_field(FIELDS, rows, DELTA, lowering=lowering)
    assert np.isnan(found.field)
    assert np.isnan(found.stderr)
    assert reason in found.reason
    assert not found.sharp


def test_a_lowered_field_is_followed_from_above():
    """A dip: on raising the field the first crossing counts, on lowering the last."""
    row = np.where((FIELDS > 0.22) & (FIELDS < 0.43) | (FIELDS > 0.72), DELTA, 0.0)
    raised, lowered = (
        threshold_field(FIELDS, [row, row], DELTA, lowering=way).field for way in (False, True)
    )
    assert abs(raised - 0.225) < STEP
    assert abs(lowered - 0.725) < STEP


@pytest.mark.parametrize(
    ("fields", "parallel", "stderr", "message"),
    [
        (FIELDS[::-1], [ramp(0, 1)] * 2, None, "ascending"),
        (FIELDS[:-1], [ramp(0, 1)] * 2, None, "one a column"),
        (FIELDS, ramp(0, 1), None, "with its stderr"),
        (FIELDS, [ramp(0, 1)] * 2, FIELDS, "with its stderr"),
        (FIELDS, [ramp(0, 1)], None, "at least 2"),
    ],
)
def test_what_is_no_curve_is_refused(fields, parallel, stderr, message):
    with pytest.raises(ValueError, match=message):
        threshold_field(fields, parallel, DELTA, stderr)


def test_the_area_of_a_loop():
    up, down = ramp(0.5, 0.6), ramp(0.2, 0.3)
    found = hysteresis(FIELDS, [up] * 4, [down] * 4, DELTA)
    assert found.area == pytest.approx(0.3, abs=1e-12)
    assert found.stderr == 0
    assert found.present
    shut = hysteresis(FIELDS, [up] * 4, [up] * 4, DELTA)
    assert (shut.area, shut.present) == (0, False)
    # open by its errors, but by less than half a per cent of the box
    assert not hysteresis(FIELDS, [up] * 4, [up + 0.004 * DELTA] * 4, DELTA).present


def test_noise_alone_opens_no_loop():
    rng = np.random.default_rng(2)
    loops = [
        hysteresis(FIELDS, *rng.normal(ramp(0.2, 0.8), 0.1 * DELTA, (2, 8, 21)), DELTA)
        for _ in range(500)
    ]
    z = np.array([loop.area / loop.stderr for loop in loops])
    # Student's t with 7 degrees of freedom has the variance 7/5
    assert z.std() == pytest.approx(np.sqrt(7 / 5), rel=0.15)
    assert sum(loop.present for loop in loops) <= 8


def protocols():
    """Two dopings, with other displacements, of two temperatures: one sharp, one not."""
    rng = np.random.default_rng(3)
    delta = np.array([DELTA, 2 * DELTA])
    curves = {
        "forward": [ramp(0.5, 0.6), ramp(0.0, 0.9)],
        "backward": [ramp(0.2, 0.3), ramp(0.0, 0.9)],
        "field_cooled": [ramp(0.3, 0.4), ramp(0.0, 0.9)],
        "field_removed": [np.full(21, 0.3 * DELTA), np.zeros(21)],
    }
    values = np.array([curves[name] for name in curves])
    noise = rng.normal(0, 1e-3, (2, 4, 2, 21, 6))
    rows = (values[None, ..., None] + noise * DELTA) * np.array([1, 2]).reshape(2, 1, 1, 1, 1)
    dims = ("doping", "branch", "temperature", "field", "repeat")
    repeats = xr.DataArray(
        rows,
        dims=dims,
        coords={
            "branch": list(curves),
            "field": ("field", FIELDS),
            "temperature": ("temperature", [10.0, 20.0], {"units": "K"}),
        },
    ).transpose("doping", "branch", "field", "temperature", "repeat")
    return xr.Dataset(
        {
            "displacement_parallel_repeat": repeats,
            "displacement_parallel": repeats.mean("repeat"),
            "displacement_parallel_stderr": repeats.std("repeat", ddof=1) / np.sqrt(6),
            "displacement_parallel_largest": ("doping", delta),
        }
    )


def test_protocols_on_a_grid():
    everything = protocol_table(protocols())
    names = ["forward", "backward", "field_cooled", "field_removed"]
    assert everything["branch"].values.tolist() == names
    # removing the field has no threshold, and no reason to explain
    removed = everything.sel(branch="field_removed")
    assert removed["threshold_field"].isnull().all() and not removed["threshold_sharp"].any()
    found = everything.sel(branch=names[:3])
    assert found["threshold_field"].dims == ("doping", "branch", "temperature")
    expected = np.array([[0.55, 0.45], [0.25, 0.45], [0.35, 0.45]])
    error = found["threshold_field_stderr"].values
    assert (np.abs(found["threshold_field"].values - expected) < 4 * error + 1e-3).all()
    assert (found["threshold_sharp"].values[..., 0] == 2).all()
    assert (found["threshold_sharp"].values[..., 1] == 1).all()
    assert (found["threshold_reason"] == "").all()
    assert found["hysteresis"].values.tolist() == [[1, 0]] * 2
    np.testing.assert_allclose(found["hysteresis_area"].values[:, 0], 0.3, atol=2e-3)
    assert set(found["remanence"].dims) == {"doping", "field", "temperature"}
    np.testing.assert_allclose(found["remanence"].isel(temperature=0), 0.3, atol=4e-3)
    for name, variable in found.data_vars.items():
        assert variable.attrs["long_name"], name
        assert name == "threshold_reason" or variable.attrs["units"], name
        assert all(one in found for one in variable.attrs.get("ancillary_variables", "").split())
    assert found["threshold_field"].attrs["units"] == "eV angstrom^-1"


def test_a_grid_point_that_has_not_been_run_is_missing():
    data = protocols()
    name = "displacement_parallel_repeat"
    data[name] = data[name].where(xr.DataArray([True, False], dims="doping"))
    found = protocol_table(data).isel(doping=1)
    assert found["threshold_field"].isnull().all()
    assert (found["threshold_sharp"] == 0).all()
    reasons = found["threshold_reason"].drop_sel(branch="field_removed")
    assert (reasons == "this point has not been run").all()
    assert found["hysteresis_area"].isnull().all()
    assert not found["hysteresis"].any()


def test_one_curve_in_equilibrium_and_a_grid_of_them():
    curve = xr.DataArray([ramp(0.2, 0.6), ramp(0.4, 0.8)], dims=("temperature", "field"))
    curve = curve.assign_coords(
        field=FIELDS, temperature=("temperature", [0.1, 0.2], {"units": "1"})
    )
    stderr = xr.full_like(curve, 1e-4)
    found = threshold_table(curve, DELTA, stderr)
    assert found["threshold_field"].dims == ("temperature",)
    np.testing.assert_allclose(found["threshold_field"], [0.4, 0.6], atol=1e-12)
    assert ((found["threshold_field_stderr"] > 0) & (found["threshold_field_stderr"] < 1e-3)).all()
    alone = threshold_table(curve[:1], DELTA, stderr[:1])
    assert alone["threshold_field"].item() == found["threshold_field"][0]
