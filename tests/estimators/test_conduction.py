"""Depinning fields and diffusion of series whose law is known."""

import numpy as np
import pytest

from mcsc.estimators.diffusion import depinning_field, diffusion, mean_squares, response

FIELDS = np.array([0.0, 0.1, 0.2, 0.4, 0.6, 0.8])


def currents(curve, noise, bins=64):
    rng = np.random.default_rng(3)
    moved = curve[None, :, None] + noise * rng.normal(size=(bins, len(curve), 1))
    return moved, np.ones(moved.shape)


def test_a_pinned_crystal_depins_where_its_line_meets_zero():
    curve = np.where(FIELDS > 0.35, 2.0 * (FIELDS - 0.35), 0.0)
    # the steepest step is one of those above
    field, stderr, words = depinning_field(FIELDS, *currents(curve, 0.02))
    assert words == ["depins"]
    assert 0 < stderr[0] < 0.03
    assert field[0] == pytest.approx(0.35, abs=4 * stderr[0])


@pytest.mark.parametrize(
    ("curve", "noise", "word"),
    [
        (FIELDS, 0.01, "linear"),
        (0 * FIELDS, 0.01, "no_current"),
        (FIELDS[:2], 0.01, "too_few_fields"),
    ],
)
def test_what_does_not_depin(curve, noise, word):
    field, stderr, words = depinning_field(FIELDS[: len(curve)], *currents(curve, noise))
    assert words == [word]
    assert np.isnan(field).all()
    assert np.isnan(stderr).all()


def test_diffusion_with_a_rattle():
    """A random walk with a bounded rattle: the slope of the walk, Debye's law of the rattle."""
    rng, repeats, n, step = np.random.default_rng(1), 24, 4096, 0.05
    walk = np.cumsum(rng.normal(scale=0.3, size=(repeats, n, 1)), axis=1)
    rattle, decay = np.zeros((repeats, n, 1)), 0.9
    for t in range(1, n):
        kick = rng.normal(size=(repeats, 1)) * np.sqrt(1 - decay**2)
        rattle[:, t] = decay * rattle[:, t - 1] + kick
    found = diffusion(walk + rattle, np.array([step]))
    assert found.slope[0] == pytest.approx(0.09 / step, abs=4 * found.stderr[0])
    assert found.stderr[0] < 0.15 * found.slope[0]
    assert found.settled[0]
    omega = np.array([0.5, 2.0, 100.0])
    real, real_error, loss, loss_error = response(found, np.array([step]), omega)
    relaxes = -np.log(decay) / step
    chi = 1 / (1 - 1j * omega / relaxes) + 0.5j * 0.09 / step / omega
    for value, error, exact in ((real, real_error, chi.real), (loss, loss_error, chi.imag)):
        assert (np.abs(value - exact)[0, :2] < 4 * error[0, :2]).all()
        assert np.isnan(value[0, 2])


def test_mean_squares_over_all_times():
    m = np.arange(8.0)[None, :, None] ** 2
    direct = [np.mean([(m[0, t + 2, 0] - m[0, t, 0]) ** 2 for t in range(6)])]
    np.testing.assert_allclose(mean_squares(m, 3)[0, 2], direct)
