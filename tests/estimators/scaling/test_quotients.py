"""Exponents of pairs of sizes, and at a known ratio, against laws with corrections to scaling."""

import numpy as np
import pytest
from fixed_ratio import at_ratio

from mcsc.estimators.scaling.curves import SizeCurves
from mcsc.estimators.scaling.numbers import size_numbers
from mcsc.estimators.scaling.power_law import (
    crossing_temperature,
    scaling_exponent,
    shifted_temperature,
)
from mcsc.estimators.scaling.quotients import quotient_exponent

L = np.array([6.0, 8.0, 12.0, 16.0, 24.0])
PAIRS = np.stack([L[:-1], L[1:]], axis=1)
T_C, NU, BETA, OMEGA = 1.0, 1.5, 0.5, 0.83


def curves(length):
    """R and ln m linear in t L^(1/ν) with corrections in L^(−ω): crossings are exact."""
    mesh = np.linspace(0.95, 1.05, 1001)
    x, small = (mesh - T_C) * length**NU, length**-OMEGA
    binder = 1.6 + (0.2 + 0.1 * small) * x + 0.5 * small
    order = length**-BETA * np.exp(-0.3 * x + 0.4 * small)
    rows = [np.tile(one, (2, 1)) for one in (order, binder)]
    flat, two = np.ones((2, len(mesh))), mesh[[0, -1]]
    return SizeCurves(length, mesh, *rows, flat, flat, two, *rows)


def test_exponents_without_the_corrections_that_bend_plain_powers():
    numbers = size_numbers([curves(one) for one in L], [T_C] * 4)
    spread, known = 1e-6 * np.eye(4), (OMEGA,) * 3
    values = {name: rows[0] for name, rows in numbers.rows.items()}
    t, order = values["T_crossing"], values["order_quotient"]
    assert np.ptp(t) > 1e-3
    # a correction to the slope shifts crossings in the next order only
    assert crossing_temperature(PAIRS, t, spread, NU, known).value == pytest.approx(T_C, abs=1e-3)
    ratios = np.log(PAIRS[:, 1] / PAIRS[:, 0])
    assert (np.abs(order / ratios + BETA) > 0.05).any()
    assert -quotient_exponent(PAIRS, order, spread, known).value == pytest.approx(BETA, abs=0.02)
    slope = quotient_exponent(PAIRS, values["slope_quotient"], spread, known)
    assert slope.value == pytest.approx(NU, abs=0.02)
    assert slope.dof == 2
    expected = [
        np.interp(at, curves(one).mesh, curves(one).binder[0])
        for at, one in zip(t, L[1:], strict=True)
    ]
    assert values["binder_at_crossing"] == pytest.approx(expected, abs=1e-6)


def test_the_law_itself_is_solved_exactly_and_errors_cover():
    rng = np.random.default_rng(1)
    mix = 0.003 * (np.eye(4) - 0.4 * np.eye(4, k=1))
    spread = mix @ mix.T
    exact = 0.7 * np.log(PAIRS[:, 1] / PAIRS[:, 0]) + 0.3 * np.diff(L**-OMEGA)
    known = (OMEGA,) * 3
    assert quotient_exponent(PAIRS, exact, spread, known).value == pytest.approx(0.7, abs=1e-12)
    two = quotient_exponent(PAIRS[:2], exact[:2], spread[:2, :2], known)
    assert two.value == pytest.approx(0.7, abs=1e-12) and two.dof == 0
    fits = [
        quotient_exponent(PAIRS, exact + mix @ rng.standard_normal(4), spread, known)
        for _ in range(200)
    ]
    # a fraction of 200 draws has a standard deviation of 3.3 %
    covered = np.mean([abs(fit.value - 0.7) < fit.stderr for fit in fits])
    assert covered == pytest.approx(0.683, abs=0.1)
    # the range of ω holds what is wrong with ω = 1
    unknown = quotient_exponent(PAIRS, exact, spread)
    assert abs(unknown.value - 0.7) < unknown.stderr > fits[0].stderr


def test_at_the_ratio_of_the_class_sizes_stand_alone():
    found = {name: rows[0] for name, rows in at_ratio([curves(one) for one in L], 1.6).items()}
    small = L**-OMEGA
    x = -0.5 * small / (0.2 + 0.1 * small)
    assert found["T"] == pytest.approx(T_C + x * L**-NU, abs=1e-9)
    assert found["slope"] == pytest.approx((0.2 + 0.1 * small) * L**NU, rel=1e-9)
    spread = 1e-6 * np.eye(5)
    at = shifted_temperature(L, found["T"], spread, NU + OMEGA)
    # x is a power of L up to the next order
    assert at.value == pytest.approx(T_C, abs=3e-4) and np.abs(found["T"] - T_C).max() > 5e-3
    order = L**-BETA * np.exp(-0.3 * x + 0.4 * small)
    assert found["order"] == pytest.approx(order, rel=1e-5)
    law = 3 * L**-BETA * np.exp(0.4 * small)
    assert scaling_exponent(L, law, spread, OMEGA).value == pytest.approx(-BETA, abs=1e-12)
    assert abs(scaling_exponent(L, law, spread).value + BETA) > 0.03
    assert "three sizes" in scaling_exponent(L[:2], law[:2], spread[:2, :2], OMEGA).reason


def test_one_pair_is_refused():
    one = quotient_exponent(PAIRS[:2], [0.1, np.nan], np.eye(2))
    assert "1 pairs known" in one.reason and np.isnan(one.value)
