"""The Binder ratio of Gaussian order parameters, and the presence of order."""

import numpy as np
import pytest

from mcsc.estimators.binder import binder_ratio, disordered_binder_ratio, order_present


@pytest.mark.parametrize("components", [1, 2, 6])
def test_binder_ratio_of_gaussian_components(components):
    rng = np.random.default_rng(6)
    m2 = (rng.standard_normal((3, 8000, components)) ** 2).sum(axis=-1)
    ratio, stderr = binder_ratio(m2)
    assert ratio.shape == (3,)
    assert (np.abs(ratio - disordered_binder_ratio(components)) < 4 * stderr).all()
    assert binder_ratio(np.full(64, 0.3))[0] == pytest.approx(1)


def test_order_present_needs_both_a_small_ratio_and_a_large_moment():
    rng = np.random.default_rng(13)
    ordered = 0.8 + 0.05 * rng.standard_normal(1000)
    random = (rng.standard_normal((1000, 2)) ** 2).sum(axis=1) / (2 * 64)
    stuck = np.full(1000, 1.7 / 64)
    wide = (rng.standard_normal((1000, 2)) ** 2).sum(axis=1) / 4
    assert order_present(ordered, 2, 1 / 64).ordered
    assert not order_present(random, 2, 1 / 64).ordered
    assert "random carriers" in order_present(stuck, 2, 1 / 64).reason
    # on full wells carriers placed at random have m = 0
    full = order_present(ordered, 2, 0.0)
    assert not full.ordered and "full" in full.reason
    verdict = order_present(wide, 2, 1 / 64)
    assert not verdict.ordered
    assert "Binder ratio" in verdict.reason
    assert not order_present(np.full(1000, np.nan), 2, 1 / 64).ordered
