"""What the script makes of snapshots: signs of domains, and the width of a peak that is known."""

import runpy
from pathlib import Path

import numpy as np
import pytest

SCRIPT = runpy.run_path(str(Path(__file__).parents[2] / "analysis/quench.py"))


def test_domains_of_both_sublattices_have_opposite_signs() -> None:
    even = np.indices((4, 4, 4)).sum(axis=0) % 2 == 0
    state = np.stack([np.where(even, 0, -1), np.where(even, -1, 0)]).reshape(2, -1)
    psi = SCRIPT["staggered"](state, (4, 4, 4))
    assert (psi[0] == 1).all() and (psi[1] == -1).all()


def test_the_width_of_a_known_peak() -> None:
    """The mean of |k| of a Gaussian in three dimensions is σ √(8/π)."""
    n, sigma = 64, 0.25
    k = (
        2
        * np.pi
        * np.sqrt(sum(one**2 for one in np.meshgrid(*[np.fft.fftfreq(n)] * 3, indexing="ij")))
    )
    at, s, counts = SCRIPT["sphere_averages"](np.fft.ifftn(np.exp(-((k / sigma) ** 2) / 4)).real)
    assert SCRIPT["width"](at, s, counts) == pytest.approx(sigma * np.sqrt(8 / np.pi), rel=0.03)


def test_growth_as_the_root_of_time() -> None:
    times = np.array([1.0, 2.0, 4.0, 8.0])
    assert SCRIPT["growth"](times, 3 * times**-0.5) == pytest.approx(0.5)
