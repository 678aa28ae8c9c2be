"""Regimes of constructed points, one for each rule."""

import numpy as np
import pytest
import xarray as xr

from mcsc.transitions import REGIMES, Thresholds, stored_thresholds
from mcsc.transitions.regimes import regimes

DELTA = 0.1
# transmission, transverse share, ⟨|U|⟩/δ, ξ/δ, hops, T_charge, field, converged → regime
FROZEN, MOVING = 0.001, 0.1
POINTS = {
    "displaced together": (0.95, 0.02, 0.97, 1.0, FROZEN, np.nan, 0.5, 1, "collective"),
    "below T_charge, hops left": (0.95, 0.02, 0.97, 1.0, MOVING, 2.0, 0.5, 1, "collective"),
    "above T_charge": (0.95, 0.02, 0.97, 1.0, MOVING, 0.5, 0.5, 1, "metal"),
    "charge moves": (0.95, 0.02, 0.97, 1.0, MOVING, np.nan, 0.5, 1, "metal"),
    "too little transmission": (0.6, 0.02, 0.8, 1.0, FROZEN, np.nan, 0.5, 1, "metal"),
    "across the field": (0.75, 0.24, 0.9, 1.0, FROZEN, np.nan, 0.5, 1, "metal"),
    "frozen at random": (0.2, 0.5, 0.45, 1.0, FROZEN, np.nan, 0.5, 1, "metal"),
    "weak field": (0.005, 0.5, 0.1, 1.0, FROZEN, np.nan, 0.1, 1, "insulator"),
    "no field": (0.0, 0.5, 0.1, 1.0, FROZEN, np.nan, 0.0, 1, "insulator"),
    "no field, below T_charge": (0.0, 0.5, 0.1, 1.0, MOVING, 2.0, 0.0, 1, "insulator"),
    "no field, charge moves": (0.0, 0.5, 0.1, 1.0, MOVING, 0.5, 0.0, 1, "metal"),
    "spontaneous": (0.0, 0.9, 0.95, 1.0, FROZEN, np.nan, 0.0, 1, "collective"),
    "spontaneous, part of it": (0.3, 0.3, 0.7, 1.0, FROZEN, np.nan, 0.0, 1, "metal"),
    "nothing displaced": (np.nan, 0.0, 0.0, 0.0, FROZEN, np.nan, 0.5, 1, "insulator"),
    "not equilibrated": (0.95, 0.02, 0.97, 1.0, FROZEN, np.nan, 0.5, 0, "undecided"),
    "not run": (*[np.nan] * 5, np.nan, 0.5, 0, "undecided"),
}


def groups(points):
    columns = [np.array(column) for column in zip(*(p[:8] for p in points), strict=True)]
    transmission, across, polar, xi, hops, t_charge, field, converged = columns
    grid = ("doping", "temperature")
    root = xr.Dataset(
        {
            "transmission": (grid, transmission[:, None]),
            "transverse_displacement": (grid, (across * (xi * DELTA) ** 2)[:, None]),
            "polar_order": (grid, polar[:, None]),
            "localization_length": (grid, (xi * DELTA)[:, None]),
            "T_charge": ("doping", t_charge),
        },
        coords={"temperature": [1.0], "doping": np.arange(len(points)) + 1.0},
    )
    acceptance = np.stack([hops, np.full_like(hops, 0.5)], axis=-1)[:, None]
    health = xr.Dataset(
        {
            "converged": (grid, converged[:, None].astype(np.int8)),
            "acceptance": ((*grid, "move"), acceptance),
        },
        coords={**root.coords, "move": ["near_hop", "change_of_state"]},
    )
    series = xr.Dataset(
        {
            "displacement_largest": ("doping", np.full(len(points), DELTA)),
            "field_strength": ("doping", field),
        },
        coords={"doping": root["doping"]},
    )
    return {"/": root, "health": health, "series": series}


def named(found):
    return [REGIMES[i] for i in found.isel(temperature=0).values]


@pytest.mark.parametrize("name", POINTS)
def test_every_rule(name):
    assert named(regimes(*groups([POINTS[name]]).values(), Thresholds())) == [POINTS[name][8]]


def test_the_flag_variable():
    found = regimes(*groups(list(POINTS.values())).values(), Thresholds())
    assert found.dtype == np.int8
    assert found.dims == ("doping", "temperature")
    assert found.attrs["flag_meanings"].split() == list(REGIMES)
    assert found.attrs["flag_values"].tolist() == [0, 1, 2, 3]
    assert named(found) == [point[8] for point in POINTS.values()]


@pytest.mark.parametrize(
    ("name", "thresholds", "expected"),
    [
        ("too little transmission", Thresholds(transmission=0.5), "collective"),
        ("across the field", Thresholds(transverse=0.25), "collective"),
        ("frozen at random", Thresholds(polarization=0.5), "insulator"),
        ("charge moves", Thresholds(hop_acceptance=0.2), "collective"),
    ],
)
def test_thresholds_decide_and_are_stored(name, thresholds, expected):
    found = regimes(*groups([POINTS[name]]).values(), thresholds)
    assert named(found) == [expected]
    assert stored_thresholds(xr.Dataset({"regime": found})) == thresholds
    assert stored_thresholds(xr.Dataset()) == Thresholds()


def test_sizes_and_fields_are_dimensions_of_the_regime():
    everything = groups([POINTS["displaced together"], POINTS["charge moves"]])
    wide = {
        name: dataset.expand_dims(size=[6, 9], field=[0.5, 1.0])
        for name, dataset in everything.items()
    }
    wide["/"]["T_charge"] = wide["/"]["T_charge"].isel(size=0, drop=True)
    wide["health"] = wide["health"].copy(deep=True)
    wide["health"]["acceptance"][{"size": 1}] = MOVING
    found = regimes(*wide.values(), Thresholds())
    assert found.dims == ("size", "field", "doping", "temperature")
    assert (found.isel(size=0, doping=0) == 2).all()
    assert (found.isel(size=1) == 3).all()


def test_a_threshold_is_a_share():
    with pytest.raises(ValueError, match=r"regimes\.transmission is 1\.5"):
        Thresholds(transmission=1.5)
