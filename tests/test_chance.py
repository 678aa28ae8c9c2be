"""Agreement against chance: domes placed at random, curves shuffled, domes at dips."""

import numpy as np
import pytest

from mcsc.diagram import Curve, Line, Measured, measured_curves
from mcsc.diagram.chance import chances

X = np.linspace(0.0, 1.0, 11)
HOLES = "holes per formula unit"


def line(temperature=None):
    t = np.zeros(11) if temperature is None else temperature
    return Line("T_charge", HOLES, X, np.asarray(t, float), np.ones(11), np.full((11, 3), np.nan))


def fact(feature, position):
    return Measured("M", "S", feature, HOLES, position, np.nan, np.nan, np.nan, None, "here")


def one(facts=(), curves=(), temperature=None, tops=()):
    (found,) = chances(facts, curves, line(temperature), np.array(tops, dtype=np.int64))
    return found


def test_random_places_are_counted_one_by_one():
    """One measured dome at 0.3, one of the model a step beside it: 3 of 9 places come as near."""
    found = one([fact("dome", 0.3)], tops=[2])
    assert found.distance == pytest.approx(0.1)
    assert found.p_domes == pytest.approx(3 / 9)
    # two of the model at both of two: 1 of 36 pairs
    both = one([fact("dome", 0.3), fact("dome", 0.7)], tops=[3, 7])
    assert both.distance == pytest.approx(0) and both.p_domes == pytest.approx(1 / 36)
    # a dome everywhere comes near to anything, by chance too
    assert one([fact("dome", 0.3)], tops=range(1, 10)).p_domes == 1


def test_a_dome_beyond_the_scan_is_not_counted():
    assert np.isnan(one([fact("dome", 1.3), fact("dip", 0.5)]).p_domes)


def test_shuffles_hardly_reach_a_curve_that_goes_with_the_model():
    rising = np.arange(11.0)
    position = np.linspace(0.05, 0.95, 8)
    curve = Curve("S", HOLES, position, 3 + position**2, "here")
    found = one(curves=(curve,), temperature=rising)
    assert found.points == 8 and found.rank == pytest.approx(1)
    # 1 of 8! orders; of 9999 drawn hardly one
    assert found.p_rank < 0.001 and found.beaten
    against = one(curves=(curve,), temperature=-rising)
    assert against.p_rank == pytest.approx(1) and not against.beaten
    # where there is no transition the onset of order counts
    holed, onset = np.where(np.arange(11) % 2, rising, np.nan), line(rising)
    (filled,) = chances((), (curve,), line(holed), np.zeros(0, np.int64), onset)
    assert filled == found
    few = Curve("S", HOLES, position[:4], position[:4], "here")
    assert np.isnan(one(curves=(few,), temperature=rising).p_rank)


def test_a_dome_of_the_model_at_a_dip_is_a_failure():
    measured = [fact("dome", 0.3), fact("dip", 0.5), fact("dome", 0.7)]
    assert one(measured, tops=[5]).dips == (0.5,)
    assert one(measured, tops=[3, 7]).dips == ()
    assert not one(measured, tops=[3, 5, 7]).beaten


def test_packaged_curves_have_about_ten_points_each_with_a_source():
    for material in ("La2CuO4", "YBa2Cu3O7", "LaFeAsO", "BaFe2As2"):
        for curve in measured_curves(material):
            assert 8 <= len(curve.position) <= 14 and curve.source and curve.variable
            assert (np.diff(curve.position) > 0).all() and (curve.temperature > 0).all()
    assert measured_curves("CsV3Sb5") == ()
