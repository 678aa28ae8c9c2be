"""Stripe order: stripes and what is none by hand, any writing, and an enumerated layer."""

from itertools import combinations

import numpy as np
import pytest
from exact import crystal
from exact import well as make_well
from writings import CHANGES, Written, rewritten

from mcsc.chain import Sampling, Task, run
from mcsc.lattice import Lattice
from mcsc.model import Interactions
from mcsc.structure import textbook

STRIPES = {
    "along a": lambda x, y, z: y % 2 == 0,
    "along b": lambda x, y, z: x % 2 == 0,
    "between": lambda x, y, z: (x - y) % 2 == 0,
}
TRIANGULAR, SQUARE = textbook("triangular", 2.0), textbook("square", 2.0)


def squared(structure, size, chosen):
    """(layers,) |σ|² of the carriers on the wells that ``chosen`` names, by cell."""
    places = Lattice(structure, size).positions
    cells = np.rint(places @ np.linalg.inv(structure.cell)).astype(int)
    return Written(structure, size, [places[chosen(*cells.T)]]).series["stripe_by_layer"][0, 0]


@pytest.mark.parametrize("stripe", STRIPES)
def test_every_other_row_is_a_stripe(stripe):
    np.testing.assert_allclose(squared(TRIANGULAR, (4, 4, 2), STRIPES[stripe]), 1.0)
    expected = 0.0 if stripe == "between" else 1.0
    np.testing.assert_allclose(squared(SQUARE, (4, 4, 2), STRIPES[stripe]), expected, atol=1e-12)


def test_two_by_two_order_and_root_three_are_no_stripes():
    for structure in (TRIANGULAR, SQUARE):
        quarter = squared(structure, (4, 4, 2), lambda x, y, z: (x % 2 == 0) & (y % 2 == 0))
        assert quarter.max() < 1e-20
    assert squared(TRIANGULAR, (6, 6, 1), lambda x, y, z: (x + y) % 3 == 0).max() < 1e-20


def test_where_there_are_none():
    strained = crystal(np.diag([1.0, 1.02, 3.0]), make_well("a", (0, 0, 0)))
    # no room for them, no axis, no layers
    for structure, size in (
        (SQUARE, (3, 3, 2)), (SQUARE, (4, 6, 2)), (strained, (4, 4, 2)),
        (textbook("cubic"), (4, 4, 4)),
    ):  # fmt: skip
        places = Lattice(structure, size).positions[:3]
        assert "stripe_by_layer" not in Written(structure, size, [places]).series


@pytest.mark.parametrize("change", CHANGES)
def test_any_writing_of_the_crystal(change):
    lattice, rng = Lattice(TRIANGULAR, (4, 4, 4)), np.random.default_rng(3)
    places = [lattice.positions[rng.permutation(lattice.n_wells)[:20]] for _ in range(3)]
    found = [
        np.sort(Written(one, (4, 4, 4), places).series["stripe_by_layer"][:, 0], axis=1)
        for one in (TRIANGULAR, rewritten(TRIANGULAR, CHANGES[change], 5))
    ]
    assert found[0].max() > 1e-2
    np.testing.assert_allclose(found[1], found[0], atol=1e-10)


def test_an_enumerated_layer():
    """Four carriers on 4 × 4 square wells, σ from sums over rows and columns."""
    temperatures = (0.1, 0.2, 0.5)
    task = Task(
        SQUARE, (4, 4, 1), 4, temperatures, Interactions(),
        sampling=Sampling(sweeps=20480, warmup=512, measurements=4096),
    )  # fmt: skip
    model = task.build()
    signs = [1 - 2 * (model.lattice.cells[:, axis] % 2) for axis in (0, 1)]
    energy, sigma = [], []
    for chosen in map(list, combinations(range(16), 4)):
        state = np.full(16, -1)
        state[chosen] = 0
        energy.append(model.energy(state))
        sigma.append(abs(signs[0][chosen].sum() ** 2 - signs[1][chosen].sum() ** 2) / 16)
    energy, sigma = np.array(energy), np.array(sigma)
    root = run(task)["/"]
    for i, t in enumerate(temperatures):
        weight = np.exp(-(energy - energy.min()) / t)
        mean, second, fourth = (weight @ sigma**n / weight.sum() for n in (1, 2, 4))
        expected = {
            "stripe_order": mean,
            "stripe_susceptibility": 4 * (second - mean**2) / t,
            "stripe_binder_ratio": fourth / second**2,
        }
        for name, value in expected.items():
            error = float(root[f"{name}_stderr"][i])
            assert 0 < error < 0.05 * value
            assert abs(float(root[name][i]) - value) < 4 * error
