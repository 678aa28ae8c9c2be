"""The correlation in time of reweighted means, on chains of known correlation."""

import numpy as np
import pytest
from scipy.signal import lfilter
from scipy.stats import norm
from scipy.stats import t as student

from mcsc.estimators.correlation import block_widening, reweighted_changes, widened
from mcsc.estimators.errors import bin_widening
from mcsc.estimators.peaks import specific_heat_peak, susceptibility_peak
from mcsc.estimators.reweighting import reweight_blocks

T9 = np.linspace(1.6, 4.6, 9)
A, B = 0.9, 16


def correlated(spectrum, temperatures, n, rng, a=A):
    """Draws as `Spectrum.draw`, of which each keeps its rank from one moment to the next by a."""
    noise = rng.standard_normal((len(temperatures), n))
    noise[:, 1:] *= np.sqrt(1 - a**2)
    rank = norm.cdf(lfilter([1.0], [1.0, -a], noise, axis=1))
    cumulative = spectrum.p(temperatures).cumsum(axis=1)
    rows = [
        np.searchsorted(c / c[-1], u, side="right") for c, u in zip(cumulative, rank, strict=True)
    ]
    index = np.stack(rows)
    return spectrum.energy[index], spectrum.modulus[index] ** 2


def test_changes_are_what_leaving_out_a_bin_changes(ising4):
    """Against solving for the free energies anew without each block."""
    e, m2 = ising4.draw(T9, 3200, np.random.default_rng(1))
    arguments = (e, 1 / T9, 1 / np.array([2.0, 2.5, 3.7]), B, m2, e)
    changes = reweighted_changes(*arguments)
    assert changes.shape == (B, 3, 2)
    assert np.abs(changes.sum(axis=0)).max() < 1e-8 * np.abs(changes).max()
    for k, rows in enumerate(reweight_blocks(*arguments)):
        left_out = (rows[1:] - rows[1:].mean(axis=0)) * (B - 1) / B
        np.testing.assert_allclose(left_out, -changes[..., k], atol=0.1 * changes[..., k].std())


def test_widening_is_that_of_the_autocorrelation_time(ising4):
    rng = np.random.default_rng(2)
    white = block_widening(*_arguments(*ising4.draw(T9, 8192, rng)))
    assert white == pytest.approx(student.ppf(norm.cdf(1), B - 1), rel=0.02)
    # ranks of τ = 9.5 in blocks of 64; m² of these is a little quicker
    slow = block_widening(*_arguments(*correlated(ising4, T9, 1024, rng)))
    assert bin_widening(6.0, 64, B) < slow < bin_widening(11.0, 64, B)


def _arguments(e, m2):
    return e, 1 / T9, 1 / np.linspace(2.0, 4.0, 21), B, m2


def test_widened_rows_keep_the_whole_and_the_mean():
    rows = np.random.default_rng(3).random((17, 4))
    wide = widened(rows, 1.5)
    assert np.array_equal(wide[0], rows[0])
    assert wide[1:].mean(axis=0) == pytest.approx(rows[1:].mean(axis=0))
    assert wide[1:].std(axis=0) == pytest.approx(1.5 * rows[1:].std(axis=0))


def test_constant_series_are_widened_by_student_alone():
    e = np.full((3, 64), 2.0)
    factor = block_widening(e, [1.0, 2.0, 3.0], [1.5], B, e)
    assert factor == pytest.approx(student.ppf(norm.cdf(1), B - 1))


def test_peaks_of_correlated_series_have_honest_errors(ising4):
    """Blocks of six τ: 1σ intervals hold the exact peak in 68 ± 9 % of 120 runs."""
    t = np.linspace(1.5, 4.5, 3001)
    p = ising4.p(t)
    m, m2, e, e2 = (
        p @ o for o in (ising4.modulus, ising4.modulus**2, ising4.energy, ising4.energy**2)
    )
    exact = t[((m2 - m**2) / t).argmax()], t[((e2 - e**2) / t**2).argmax()]
    rng = np.random.default_rng(4)
    scores = []
    for _ in range(120):
        energies, order2 = correlated(ising4, T9, 1024, rng)
        found = (
            susceptibility_peak(T9, energies, order2, 1.0, 16),
            specific_heat_peak(T9, energies, 1.0, 16),
        )
        scores.append([(f.temperature - x) / f.stderr for f, x in zip(found, exact, strict=True)])
    scores = np.array(scores)
    # in some of such short runs no peak stands out
    assert np.isfinite(scores).mean() > 0.85
    for z in scores.T:
        assert np.mean(np.abs(z[np.isfinite(z)]) < 1) == pytest.approx(0.68, abs=0.09)
