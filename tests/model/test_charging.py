"""The charge that balances carriers that come and go: energies of empty, half and full lattices."""

from itertools import product

import numpy as np
import pytest

from mcsc.chain import Task
from mcsc.model import Interactions
from mcsc.structure import textbook

# of a simple cubic lattice of point charges in a uniform background, and of NaCl
JELLIUM, NACL = 2.837297, 1.7475646


def models(structure, size, **choice):
    """The model at fixed number, and the one whose energy is K, at μ = 0."""
    task = Task(structure, size, 0, (1.0,), Interactions(**choice), chemical_potential=0.0)
    return task.build(), task.ensemble.sampled(task.build())


def test_the_coefficient_of_the_simple_cubic_lattice():
    assert Interactions().charging_energy(textbook("cubic")) == pytest.approx(JELLIUM, abs=1e-6)


def test_a_uniform_background_makes_half_filling_unstable_and_charges_on_the_wells_do_not():
    model, grand = models(textbook("cubic"), (4, 4, 4))
    cells = np.array(list(product(range(4), repeat=3)))
    half = np.where(cells.sum(axis=1) % 2 == 0, 0, -1)
    empty, full = np.full(64, -1), np.zeros(64, int)
    uniform = [model.energy(row) / 64 for row in (empty, half, full)]
    assert uniform == pytest.approx([0, -NACL / 8 - JELLIUM / 8, -JELLIUM / 2], abs=1e-6)
    assert uniform[1] > (uniform[0] + uniform[2]) / 2 + 0.1
    on_wells = [grand.energy(row) / 64 for row in (empty, half, full)]
    assert on_wells == pytest.approx([0, -NACL / 8, 0], abs=1e-6)


def test_carriers_and_holes_of_equivalent_wells_have_one_energy():
    # the wells of a kagome lattice are a triangular lattice together
    _, grand = models(textbook("kagome-wells", 1.7), (3, 3, 2), relative_permittivity=3.0)
    rng = np.random.default_rng(1)
    for share in (0.1, 0.4, 0.5):
        state = np.where(rng.random(54) < share, 0, -1)
        assert grand.energy(state) == pytest.approx(grand.energy(-1 - state), abs=1e-9)


def test_screened_carriers_have_the_bare_energy_of_all_their_neighbours():
    _, grand = models(textbook("cubic"), (3, 3, 3), screening_length=0.6)
    r = np.linalg.norm(np.array(list(product(range(-15, 16), repeat=3))), axis=1)
    every = (np.exp(-r[r > 0] / 0.6) / r[r > 0]).sum()
    assert grand.energy(np.zeros(27, int)) / 27 == pytest.approx(every / 2, abs=1e-9)
    # of a lone carrier its images are left: at three lattice constants
    alone = np.full(27, -1)
    alone[4] = 0
    images = (np.exp(-3 * r[r > 0] / 0.6) / (3 * r[r > 0])).sum()
    assert grand.energy(alone) == pytest.approx(images / 2, abs=1e-9)
