"""Covariances over sizes: against exact ones of autoregressive series."""

import numpy as np
import pytest
from scipy.signal import lfilter

from mcsc.estimators.errors import bin_means, delete_one_means
from mcsc.estimators.scaling.jackknife import block_choices, covariance, joined, stderr

MEMORY, N = 0.8, 4096


def autoregressive(rng):
    """Series x' = MEMORY x + noise of unit variance, started in equilibrium."""
    kicks = rng.standard_normal(N)
    kicks[0] /= np.sqrt(1 - MEMORY**2)
    return lfilter([1.0], [1.0, -MEMORY], kicks)


def rows(series):
    bins = bin_means(series, 16)
    return np.append(bins.mean(), delete_one_means(bins))


def test_every_row_leaves_out_one_block_of_one_size():
    choices = block_choices(3, 4)
    assert choices.shape == (13, 3)
    assert (choices[0] == 0).all()
    assert ((choices[1:] > 0).sum(axis=1) == 1).all()
    assert sorted(choices[:, 2]) == [0] * 9 + [1, 2, 3, 4]
    values = joined([np.arange(5.0), 10 + np.arange(5.0), 20 + np.arange(5.0)])
    assert values[0].tolist() == [0, 10, 20]
    assert values[5].tolist() == [0, 11, 20]


def test_numbers_that_share_a_size_are_correlated_as_they_should_be():
    # the mean of a series varies by 1/(n (1 − MEMORY)²) for long series
    exact = 1 / (N * (1 - MEMORY) ** 2)
    rng = np.random.default_rng(1)
    total = np.zeros((2, 2))
    inside = 0
    for _ in range(200):
        values = joined([rows(autoregressive(rng)) for _ in range(3)])
        found = values[:, 1:] - values[:, :-1]
        total += covariance(found, 3) / 200
        inside += abs(found[0, 0]) < stderr(found, 3)[0]
    # neighbouring differences share the size in the middle
    assert total == pytest.approx(exact * np.array([[2, -1], [-1, 2]]), rel=0.1)
    assert inside / 200 == pytest.approx(0.683, abs=0.08)


def test_a_row_without_a_number_has_no_error():
    values = np.ones((9, 2))
    values[3, 1] = np.nan
    assert np.isnan(covariance(values, 2)[1, 1])
    assert covariance(values, 2)[0, 0] == 0
