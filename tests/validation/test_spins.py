"""Spins: every well holds a carrier, states are its values, short-range energies their coupling.

Without the Coulomb energy a displacement costs nothing: it only makes the mean displacement the
order parameter, whose Binder ratio crosses at the transition.
"""

import numpy as np
import pytest
from ladders import displaced, evaluations, ladder, scaled

from mcsc.chain import Sampling, Task
from mcsc.model import Interactions, ShortRangeTerm
from mcsc.structure import Structure, Well
from mcsc.units import REDUCED

pytestmark = pytest.mark.validation

DESERNO = "M. Deserno, Phys. Rev. E 56, 5204 (1997), doi:10.1103/PhysRevE.56.5204"
WU = "exact: F. Y. Wu, Rev. Mod. Phys. 54, 235 (1982), doi:10.1103/RevModPhys.54.235"


def spins(cell, well, terms, size, temperatures, sweeps) -> Task:
    """A carrier in every well of a Bravais lattice, in units of J."""
    kinds = [ShortRangeTerm(pair, energy, distance=1.0) for *pair, energy in terms]
    pairs = tuple(ShortRangeTerm(tuple(term.kinds), term.energy, distance=1.0) for term in kinds)
    return Task(
        Structure("spins", np.diag(cell), (well,), units=REDUCED), size, int(np.prod(size)),
        tuple(np.round(temperatures, 6).tolist()), Interactions(coulomb=False, short_range=pairs),
        sampling=Sampling(sweeps, sweeps // 8, 4096, 10), seed=1,
    )  # fmt: skip


def potts(n, temperatures, sweeps) -> Task:
    """Three states 120° apart on the square lattice, −J for equal neighbours."""
    angle = 2 * np.pi * np.arange(3) / 3
    towards = 0.1 * np.stack([np.cos(angle), np.sin(angle), 0 * angle], axis=1)
    well = Well(
        "site", np.zeros(3), displacements=np.vstack([np.zeros(3), towards]),
        # nobody is ever at the centre
        state_energies=np.array([60.0, 0.0, 0.0, 0.0]), state_kinds=("centre", "a", "b", "c"),
    )  # fmt: skip
    terms = [(kind, kind, -1.0) for kind in "abc"]
    return spins((1.0, 1.0, 3.0), well, terms, (n, n, 1), temperatures, sweeps)


def blume_capel(n, splitting, temperatures, sweeps) -> Task:
    """S = 0, ±1 on the simple cubic lattice: −J S S' of neighbours and Δ S²."""
    moves = np.array([[0.0, 0.0, 0.0], [0.1, 0.0, 0.0], [-0.1, 0.0, 0.0]])
    well = Well(
        "site", np.zeros(3), displacements=moves,
        state_energies=np.array([0.0, splitting, splitting]),
        state_kinds=("zero", "plus", "minus"),
    )  # fmt: skip
    terms = [("plus", "plus", -1.0), ("minus", "minus", -1.0), ("plus", "minus", 1.0)]
    return spins((1.0, 1.0, 1.0), well, terms, (n, n, n), temperatures, sweeps)


def test_potts_square(rows) -> None:
    temperatures = np.linspace(0.95, 1.04, 8)
    tasks = [potts(n, temperatures, 40960) for n in (6, 8, 12, 18)]
    ladders = [ladder(task) for task in tasks]
    rows.evaluations += evaluations(ladders)
    _, fits = scaled(tasks, ladders, [displaced(one) for one in ladders], 0.985, 1.005)
    at, nu = fits["T_c_crossing"], fits["one_over_nu"]
    exact = 1 / np.log(1 + 3**0.5)
    rows.compare("Potts, q = 3, square: T_c/J, crossings", at.value, at.stderr, exact, source=WU)
    rows.compare("Potts, q = 3, square: 1/ν", nu.value, nu.stderr, 1.2, source=WU)


def test_blume_capel_tricritical(rows) -> None:
    temperatures = np.linspace(1.385, 1.455, 8)
    tasks = [blume_capel(n, 2.84479, temperatures, 40960) for n in (4, 6, 8, 12)]
    ladders = [ladder(task) for task in tasks]
    rows.evaluations += evaluations(ladders)
    _, fits = scaled(tasks, ladders, [displaced(one) for one in ladders], 1.40, 1.44)
    at = fits["T_c_crossing"]
    rows.compare(
        "Blume-Capel, simple cubic, Δ = 2.84479 J: tricritical T/J, crossings", at.value, at.stderr,
        1.4182, 0.0055, source=DESERNO,
    )  # fmt: skip
