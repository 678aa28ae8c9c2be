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
    """A field with |ψ_k|² ∝ 1/(1 + (k/κ)²)² has its half at κ√(√2 − 1)."""
    n, kappa = 48, 0.15
    k = np.sqrt(sum(one**2 for one in np.meshgrid(*[np.fft.fftfreq(n)] * 3, indexing="ij")))
    psi = np.fft.ifftn(n**1.5 / (1 + (k / kappa) ** 2)).real
    at, s = SCRIPT["sphere_averages"](psi)
    assert s == pytest.approx(1 / (1 + (at / kappa) ** 2) ** 2, rel=0.1)
    # half of the value on the first sphere, a little below the one at k = 0
    half = s[0] / 2
    assert SCRIPT["width"](at, s) == pytest.approx(kappa * np.sqrt(half**-0.5 - 1), rel=0.02)


def test_growth_as_the_root_of_time() -> None:
    times = np.array([1.0, 2.0, 4.0, 8.0])
    assert SCRIPT["growth"](times, 3 * times**-0.5) == pytest.approx(0.5)
