"""The error of finite size: from sizes where there are several, "one size" where not."""

import numpy as np
import pytest

from mcsc.estimators.estimate import Estimate
from mcsc.estimators.scaling.error import of_crossing, of_peaks, total_error

NONE = Estimate(np.nan, np.nan, "none")


def test_one_size_says_so():
    found = of_peaks([Estimate(0.1493, 0.0004)], np.array([6.0]))
    assert np.isnan(found.stderr) and found.reason == "one size"
    assert total_error(np.array(0.0004), np.array(found.stderr)) == 0.0004


@pytest.mark.parametrize("exponent", [1.0, 1.2, 1.59, 2.0])
def test_peaks_that_drift_are_within_the_error_of_the_infinite_crystal(exponent):
    lengths = np.array([6.0, 9.0, 12.0])
    peaks = [Estimate(0.141 + 0.05 / length**exponent, 1e-5) for length in lengths]
    found = of_peaks(peaks, lengths)
    assert peaks[-1].temperature - 0.141 <= found.stderr * (1 + 1e-9)
    # and that is all there is to it where they drift as 1/L
    if exponent == 1.0:
        assert found.stderr == pytest.approx(0.05 / 12)


def test_where_nothing_scales_the_difference_of_two_sizes_is_taken():
    peaks, lengths = [Estimate(1.0, 0.01), NONE, Estimate(1.2, 0.01)], np.array([4.0, 6.0, 8.0])
    assert of_peaks(peaks, lengths, crossover=True).stderr == pytest.approx(0.2)
    assert of_peaks(peaks, np.full(3, np.nan)).stderr == pytest.approx(0.2)
    assert of_peaks(peaks, lengths).stderr == pytest.approx(0.2)
    lone = of_peaks([NONE, NONE, Estimate(1.2, 0.01)], lengths)
    assert np.isnan(lone.stderr) and "one size" in lone.reason


def test_crossings_are_compared_with_each_other_or_with_the_peak():
    first, second, peak = Estimate(0.145, 1e-4), Estimate(0.142, 1e-4), Estimate(0.149, 1e-4)
    assert of_crossing([first, second], peak).stderr == pytest.approx(0.003)
    assert of_crossing([NONE, second], peak).stderr == pytest.approx(0.007)
    assert np.isnan(of_crossing([second], NONE).stderr)


def test_sizes_that_agree_tell_no_more_than_their_noise():
    one = Estimate(0.142, 0.003)
    assert of_crossing([one, one], one).stderr == pytest.approx(np.hypot(0.003, 0.003))
