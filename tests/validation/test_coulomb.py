"""Transitions of Coulomb carriers against independent runs of the same models: minutes.

T in units of e²/(4πε0 ε_r a k_B), a the nearest-well distance; layers of planar lattices are far
apart. Independent runs: Monte Carlo with Ewald tables and kernels of their own, Binder crossings.
"""

import numpy as np
import pytest
from ladders import charge, ladder

from mcsc.chain import Sampling, Task
from mcsc.structure import textbook
from mcsc.units import REDUCED

pytestmark = pytest.mark.validation

RUN = "independent run, Binder crossings"
FAR = 20.0


def carriers(lattice, n, one_of, temperatures, sweeps) -> Task:
    """One of so many wells filled."""
    return Task(
        textbook(lattice, FAR), (n, n, 1), n * n // one_of,
        tuple(np.round(temperatures, 7).tolist()), units=REDUCED,
        sampling=Sampling(sweeps, sweeps // 8, 2048, 10), seed=1,
    )  # fmt: skip


def test_triangular_one_third(rows) -> None:
    temperatures = np.linspace(0.076, 0.09, 10)
    tasks = [carriers("triangular", n, 3, temperatures, 40960) for n in (9, 12, 18)]
    rows.proposals = sum(task.proposals for task in tasks)
    found, together = charge(tasks, [ladder(task) for task in tasks])
    assert found.peaks[-1].wavevector[:2] == pytest.approx([1 / 3, 1 / 3], abs=1e-6)
    at, nu = together.fits["T_c_crossing"], together.fits["one_over_nu"]
    rows.compare(
        "triangular wells 1/3: T, crossings", at.value, at.stderr, 0.0814, 5e-4, source=RUN
    )
    rows.compare(
        "triangular wells 1/3: 1/ν", nu.value, nu.stderr, 1.2,
        source="exact for the three-state Potts class, F. Y. Wu, Rev. Mod. Phys. 54, 235 (1982)",
    )  # fmt: skip
