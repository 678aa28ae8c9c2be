"""Peaks of susceptibility and specific heat on samples drawn from exact distributions."""

import numpy as np
import pytest

from mcsc.estimators.peaks import specific_heat_peak, susceptibility_peak

T9 = np.linspace(1.6, 4.6, 9)


@pytest.fixture(scope="module")
def exact_peaks(ising4):
    """Temperatures of the exact maxima of χ and of the specific heat."""
    t = np.linspace(1.5, 4.5, 30001)
    p = ising4.p(t)
    m, m2, e, e2 = (
        p @ o for o in (ising4.modulus, ising4.modulus**2, ising4.energy, ising4.energy**2)
    )
    return t[((m2 - m**2) / t).argmax()], t[((e2 - e**2) / t**2).argmax()]


def scores(estimates, exact):
    return np.array([(e.temperature - exact) / e.stderr for e in estimates])


def test_peaks_of_the_exact_lattice_with_honest_errors(ising4, exact_peaks):
    """Unbiased, and 1σ intervals hold the exact peak in 68 ± 8 % of 200 runs."""
    assert exact_peaks == pytest.approx((2.7935, 2.4390), abs=2e-4)
    susceptibility, heat = [], []
    for seed in range(200):
        e, m2 = ising4.draw(T9, 320, np.random.default_rng(seed))
        susceptibility.append(susceptibility_peak(T9, e, m2, 1.0, 16))
        if seed < 50:
            heat.append(specific_heat_peak(T9, e, 1.0, 16))
    z = scores(susceptibility, exact_peaks[0])
    assert np.mean(np.abs(z) < 1) == pytest.approx(0.68, abs=0.08)
    assert abs(z.mean()) < 4 / np.sqrt(200)
    assert np.mean([e.stderr for e in susceptibility]) < 0.05
    z = scores(heat, exact_peaks[1])
    assert abs(z.mean()) < 4 / np.sqrt(50)
    assert 0.7 < z.std() < 1.4


def test_units_scale_the_peak(ising4):
    e, m2 = ising4.draw(T9, 400, np.random.default_rng(1))
    plain = susceptibility_peak(T9, e, m2, 1.0, 16)
    boltzmann = 8.617333262e-5
    kelvin = susceptibility_peak(T9 * 100, e * 100 * boltzmann - 3.0, m2, boltzmann, 16)
    assert kelvin.temperature == pytest.approx(100 * plain.temperature, rel=1e-6)
    assert kelvin.stderr == pytest.approx(100 * plain.stderr, rel=1e-4)


@pytest.mark.parametrize(("low", "high", "word"), [(3.0, 5.0, "lowest"), (1.2, 2.4, "highest")])
def test_no_peak_where_the_ladder_ends_before_it(ising4, low, high, word):
    t = np.linspace(low, high, 7)
    e, m2 = ising4.draw(t, 640, np.random.default_rng(2))
    estimate = susceptibility_peak(t, e, m2, 1.0, 16)
    assert np.isnan(estimate.temperature)
    assert np.isnan(estimate.stderr)
    assert word in estimate.reason


def test_noise_has_no_peak():
    rng = np.random.default_rng(3)
    t = np.linspace(0.5, 2.0, 20)
    missing = 0
    for _ in range(40):
        e = rng.normal(-9 / t[:, np.newaxis], 3.0, (20, 320))
        m2 = t[:, np.newaxis] * rng.standard_normal((20, 320)) ** 2
        missing += np.isnan(susceptibility_peak(t, e, m2, 1.0, 36).temperature)
    assert missing >= 38


def test_a_gap_in_the_ladder_is_named():
    rng = np.random.default_rng(4)
    t = np.array([0.5, 1.0, 1.5, 2.0])
    e = np.array([0.0, 50.0, 900.0, 950.0])[:, np.newaxis] + rng.normal(0, 1, (4, 160))
    m2 = (np.array([0.1, 4.0, 0.1, 0.1])[:, np.newaxis] * rng.standard_normal((4, 160))) ** 2
    estimate = susceptibility_peak(t, e, m2, 1.0, 16)
    assert np.isnan(estimate.temperature)
    assert "do not overlap" in estimate.reason


def test_short_and_broken_series_have_reasons_and_wrong_shapes_raise():
    t = np.array([1.0, 2.0, 3.0])
    series = np.random.default_rng(5).random((3, 100))
    assert "too few" in susceptibility_peak(t, series[:, :20], series[:, :20], 1.0, 9).reason
    broken = series.copy()
    broken[1, 5] = np.nan
    assert "not finite" in specific_heat_peak(t, broken, 1.0, 9).reason
    assert "temperatures are too few" in specific_heat_peak(t[:2], series[:2], 1.0, 9).reason
    with pytest.raises(ValueError, match="ascending"):
        specific_heat_peak(t[::-1], series, 1.0, 9)
    with pytest.raises(ValueError, match="equal"):
        susceptibility_peak(t, series, series[:, 1:], 1.0, 9)
