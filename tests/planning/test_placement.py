"""Temperatures placed by exchange rates, on energies whose rates are known exactly."""

from itertools import pairwise
from types import SimpleNamespace

import numpy as np
import pytest
from scipy.integrate import quad
from scipy.stats import gamma

from mcsc.planning.pilots import Found, described
from mcsc.planning.placement import Pilot, place_temperatures, spectrum

# N/2 oscillators: the energy at T is Gamma-distributed with this shape, the heat capacity constant
SHAPE = 40.0


def oscillators(temperatures, n=2000, seed=1):
    rng = np.random.default_rng(seed)
    t = np.array(temperatures)
    return Pilot(t, rng.gamma(SHAPE, t[:, None], size=(len(t), n)))


def exact_rate(low, high):
    """∫∫ p(E) p'(E') min(1, exp((β − β')(E − E'))): twice the half where it is 1."""
    p, q = gamma(SHAPE, scale=low), gamma(SHAPE, scale=high)
    value, _ = quad(lambda x: p.pdf(x) * q.cdf(x), 0, p.ppf(1 - 1e-12), epsabs=1e-8)
    return 2 * value


def test_rates_are_exact():
    pilot = oscillators(np.geomspace(1.0, 3.0, 9))
    betas = 1 / np.array([1.0, 1.2, 1.7, 3.0])
    expected = [exact_rate(1 / a, 1 / b) for a, b in pairwise(betas)]
    np.testing.assert_allclose(spectrum(pilot, 1.0).rates(betas), expected, atol=0.01)


@pytest.mark.parametrize("rate", [0.2, 0.35, 0.5])
def test_a_constant_heat_capacity_asks_for_a_geometric_ladder(rate):
    found = place_temperatures([oscillators(np.geomspace(1, 3, 9))], 1.0, num=None, rate=rate)
    t = np.array(found.temperatures)
    assert (t[0], t[-1]) == (1.0, 3.0)
    ratio = t[1:] / t[:-1]
    np.testing.assert_allclose(ratio, 3 ** (1 / len(ratio)), rtol=0.02)
    # one temperature fewer would not do
    assert exact_rate(1.0, 3 ** (1 / len(ratio))) >= rate - 0.01
    assert exact_rate(1.0, 3 ** (1 / (len(ratio) - 1))) < rate + 0.01
    np.testing.assert_allclose(found.rates, exact_rate(1.0, 3 ** (1 / len(ratio))), atol=0.03)


def test_all_temperatures_are_used_where_no_rate_is_given():
    found = place_temperatures([oscillators(np.geomspace(1, 3, 9))], 1.0, num=12, rate=None)
    assert len(found.temperatures) == 12
    assert found.needed == 0


def test_too_few_temperatures_are_said():
    found = place_temperatures([oscillators(np.geomspace(1, 30, 20))], 1.0, num=6, rate=0.35)
    assert len(found.temperatures) == 6
    assert found.needed > 12
    assert found.rates.max() < 0.2


def test_temperatures_are_dense_at_a_transition_of_the_worst_point(infinite_range_ising):
    """A point with a transition at T = 1 beside one that has none anywhere."""
    rng, t = np.random.default_rng(1), np.geomspace(0.5, 2.0, 16)
    energies, _ = infinite_range_ising(400).draw(t, 1000, rng)
    quiet = Pilot(t, rng.normal(size=(16, 1000)))
    found = place_temperatures([quiet, Pilot(t, energies)], 1.0, num=14, rate=None)
    ladder = np.array(found.temperatures)
    steps = np.diff(np.log(ladder))
    middle = np.sqrt(ladder[1:] * ladder[:-1])
    assert 0.85 < middle[steps.argmin()] < 1.05
    assert steps.max() > 2 * steps.min()
    busy = (middle > 0.6) & (middle < 1.0)
    assert (found.worst[busy] == 1).all()
    assert np.ptp(found.rates[busy]) < 0.1


def test_pilots_that_do_not_overlap_still_give_a_ladder():
    """Two levels far apart, as at a first-order transition that is never crossed."""
    t = np.array([0.5, 0.9, 1.1, 2.0])
    rng = np.random.default_rng(3)
    low = np.array([0.0, 0.0, 100.0, 100.0])[:, None]
    found = place_temperatures([Pilot(t, low + rng.normal(size=(4, 500)))], 1.0, num=8, rate=None)
    ladder = np.array(found.temperatures)
    assert (np.diff(ladder) > 0).all()
    inside = (ladder > 0.9) & (ladder < 1.1)
    assert inside.sum() >= 3


def test_a_rate_out_of_reach_is_said_with_the_remedy():
    found = place_temperatures([oscillators(np.geomspace(1, 30, 20))], 1.0, num=6, rate=0.35)
    section = SimpleNamespace(target_rate=0.35, placement="exchange")
    planned = SimpleNamespace(
        config=SimpleNamespace(scan=SimpleNamespace(temperature=section)),
        units=SimpleNamespace(temperature="K"),
    )
    task = SimpleNamespace(size=(4, 4, 2), n_carriers=16)
    pilots = Found(found, (), by_flow=False, settled=True)
    text = described(planned, pilots, [task])
    assert text.startswith("6 temperatures, exchange rates of at least 0.")
    assert "16 carriers on 4x4x2 cells" in text
    assert f"a rate of 0.35 takes {found.needed}: raise scan.temperature.num" in text
