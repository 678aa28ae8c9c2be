"""Errors of exponents and of the data collapse, from correlated samples of exact distributions."""

import numpy as np
import pytest
from calibration.spins import SPINS, Spins, collapsed, exact_curves, scores

from mcsc.estimators.scaling.curves import size_curves

pytestmark = pytest.mark.validation

RUNS = 400
NAMES = [
    "binder_slope",
    "susceptibility_peak",
    "order_at_crossing",
    "collapse, temperature",
    "collapse, 1/ν",
    "collapse, β/ν",
]


@pytest.mark.parametrize("name", NAMES)
def test_intervals_of_exponents(name):
    z = scores(RUNS)[name]
    z = z[np.isfinite(z)]
    assert len(z) > 0.9 * RUNS
    # 400 runs leave ± 2.3 % by chance
    assert np.mean(np.abs(z) < 1) == pytest.approx(0.683, abs=0.05)
    assert np.clip(z, -5, 5).std() < 1.25


def test_small_sizes_collapse_beside_the_exact_exponents():
    """T_c = 1, 1/ν = 1 and β/ν = 1/2 of √n: what the error of a collapse does not hold."""
    sizes = [Spins(n) for n in SPINS]
    curves = [size_curves(one.drawn(one.n), 0.9, 1.1, 1.0, 16) for one in sizes]
    temperature, inverse_nu, beta_over_nu = collapsed(exact_curves(sizes, curves))[:, 0]
    assert temperature == pytest.approx(0.981, abs=0.003)
    assert inverse_nu == pytest.approx(1.02, abs=0.02)
    assert beta_over_nu == pytest.approx(0.41, abs=0.01)
