"""The table of observables: every function of means against its definition on one configuration."""

from dataclasses import replace

import numpy as np
import pytest

from mcsc.observables import OBSERVABLES, Point
from mcsc.units import REDUCED, SI

POINT = Point(
    temperature=np.array([2.0]),
    thermal_energy=np.array([0.5]),
    n_carriers=4,
    volume=32.0,
    coulomb=3.0,
    field=0.25,
    displacement=0.2,
    members=np.array([0, 2]),
    n_layers=2,
    saturation=lambda number: 0.8 * np.ones(np.shape(number)),
)
BY_NAME = {item.name: item for item in OBSERVABLES}


def value(name, *means, point=POINT):
    return BY_NAME[name].function(point, *(np.asarray(mean, dtype=float) for mean in means))


def test_names_are_unique_and_everything_is_described():
    assert len(BY_NAME) == len(OBSERVABLES)
    for item in OBSERVABLES:
        assert item.long_name
        assert item.comment
        assert REDUCED.written(item.unit) == "1"
        assert "{" not in SI.written(item.unit)
    written = SI.written(BY_NAME["capacitance_parallel"].unit)
    assert written == "e V^-1 angstrom^-1"


@pytest.mark.parametrize(
    ("name", "means", "expected"),
    [
        ("energy", ([8.0],), 2.0),
        ("specific_heat", ([0.0], [3.0]), 3.0 / (4 * 0.25)),
        ("specific_heat", ([1.0], [3.0]), 2.0),
        # orbit of two members: the stronger counts
        ("charge_order", ([0.3], [[0.1, 0.9, 0.4, 0.9]]), np.sqrt(0.4)),
        ("charge_order_share", ([0.3], [[0.1, 0.9, 0.4, 0.9]]), np.sqrt(0.4) / 0.8),
        ("charge_susceptibility", ([0.5], [0.35]), (4 / 2) * 0.1 / 0.5),
        ("charge_binder_ratio", ([0.5], [0.5]), 2.0),
        ("polar_order", ([0.1],), 0.5),
        ("polar_susceptibility", ([0.1], [0.02]), 4 * (0.01 / 0.04) / 0.5),
        ("polar_binder_ratio", ([0.5], [0.5]), 2.0),
        ("localization_length", ([0.09],), 0.3),
        ("transmission", ([0.1], [0.04]), 0.25),
        ("loss", ([0.1], [0.04]), 0.75),
        ("coupling", ([0.0],), 3.0 / (2.0 * 0.5)),
        # polarization per field, 4 · 0.1/(32 · 0.25)
        ("capacitance_parallel", ([0.1], [0.04]), 0.05),
        ("capacitance_transverse", ([[0.1, 0.0, 0.0]], [0.04]), 16 * 0.03 / (32 * 0.5)),
    ],
)
def test_values(name, means, expected):
    assert value(name, *means) == pytest.approx(expected)


def test_capacitance_at_zero_field_is_the_fluctuation():
    still = replace(POINT, field=0.0)
    found = value("capacitance_parallel", [0.1], [0.04], point=still)
    assert found == pytest.approx(16 * 0.03 / (32 * 0.5))


def test_sublattice_order_needs_no_wavevector():
    within = replace(POINT, members=np.zeros(0, dtype=int))
    assert value("charge_order", [0.49], [[0.1]], point=within) == pytest.approx(0.7)


@pytest.mark.parametrize("name", ["transmission", "charge_binder_ratio"])
def test_a_ratio_of_nothing_is_missing(name):
    assert np.isnan(value(name, [0.0], [0.0])).all()
