"""Symmetry of models: every operation keeps every energy, and orbits are as large as they must."""

from dataclasses import replace

import numpy as np
import pytest
from exact import crystal, well

from mcsc.ground_states.symmetry import (
    coincidences,
    image,
    model_symmetry,
    multiplicity,
    occupation,
    translations_between,
)
from mcsc.model import Dopants, Interactions, ShortRangeTerm, build_model
from mcsc.structure import textbook, with_depth, with_states
from mcsc.units import REDUCED

KAGOME = textbook("kagome-wells", 1.694)
TRICLINIC = [[1.0, 0.1, -0.2], [0.4, 1.3, 0.3], [-0.5, 0.6, 1.7]]


def vertices(structure, length=0.1):
    return replace(
        structure, wells=tuple(with_states(w, "vertices", length) for w in structure.wells)
    )


def deep(structure):
    return replace(
        structure,
        wells=tuple(with_depth(w, -0.3) if w.kind == "beta" else w for w in structure.wells),
    )


# model arguments and the number of different operations; upside down, one or two layers are alike
MODELS = {
    "cubic": ((textbook("cubic"), (3, 3, 3)), {}, 48),
    "flat": ((textbook("cubic"), (3, 3, 2)), {}, 8),
    "oblong": ((textbook("cubic"), (4, 3, 2)), {}, 4),
    # three wells of a cell are one triangular lattice: 12 operations, three translations each
    "kagome": ((KAGOME, (3, 3, 1)), {}, 36),
    "deep": ((deep(KAGOME), (2, 2, 1)), {}, 12),
    "displaced": ((vertices(KAGOME), (2, 2, 1)), {}, 12),
    "field": ((vertices(KAGOME), (2, 2, 1)), {"field": (0.0, 0.1, 0.0)}, 2),
    "along c": ((vertices(KAGOME), (2, 2, 1)), {"field": (0.0, 0.0, 0.1)}, 12),
    "short range": (
        (KAGOME, (3, 3, 1)),
        {
            "interactions": Interactions(
                short_range=(ShortRangeTerm(("alpha", "alpha"), 0.3, shell=1),)
            )
        },
        12,
    ),
    "skew": (
        (crystal(TRICLINIC, well("a", (0, 0, 0)), units=REDUCED), (2, 3, 2)),
        {},
        2,
    ),
    "dopants": ((textbook("cubic"), (3, 3, 2)), {"dopants": Dopants(((0.5, 0.5, 0.5),), -1.0)}, 1),
}  # fmt: skip


@pytest.fixture(params=MODELS.values(), ids=MODELS.keys())
def case(request):
    arguments, more, order = request.param
    return build_model(*arguments, **more), order


def random_state(model, rng):
    counts = np.tile(model.lattice.states_per_well, model.lattice.n_cells)
    return np.where(rng.random(len(counts)) < 0.4, rng.integers(counts), -1)


def state_of(model, filled):
    """(W,) configuration of an occupation."""
    counts = model.lattice.states_per_well
    state = np.full((model.lattice.n_cells, len(counts)), -1)
    m, cell = np.nonzero(filled.reshape(len(filled), -1))
    state[cell, np.repeat(np.arange(len(counts)), counts)[m]] = np.concatenate(
        [np.arange(n) for n in counts]
    )[m]
    return state.reshape(-1)


def test_every_operation_keeps_every_energy(case):
    model, order = case
    symmetry = model_symmetry(model)
    assert len(symmetry.operations) == order
    state = random_state(model, np.random.default_rng(1))
    filled, energy = occupation(model, state), model.energy(state)
    assert np.array_equal(state_of(model, filled), state)
    for operation in symmetry.operations:
        turned = image(filled, operation)
        assert turned.sum() == filled.sum()
        assert model.energy(state_of(model, turned)) == pytest.approx(energy, abs=1e-9)
    if symmetry.translations:
        moved = np.roll(filled, (1, 0, 1), axis=(1, 2, 3))
        assert model.energy(state_of(model, moved)) == pytest.approx(energy, abs=1e-9)
        assert coincidences(symmetry, filled, moved) >= 1


def test_images_of_a_configuration_are_counted_once(case):
    """All images are written out and the different ones counted."""
    model, _ = case
    symmetry = model_symmetry(model)
    state = np.full(model.lattice.n_wells, -1)
    state[:2] = 0
    for chosen in (state, random_state(model, np.random.default_rng(2))):
        filled = occupation(model, chosen)
        shifts = np.ndindex(*model.lattice.size) if symmetry.translations else [(0, 0, 0)]
        images = {
            np.roll(image(filled, operation), shift, axis=(1, 2, 3)).tobytes()
            for shift in shifts
            for operation in symmetry.operations
        }
        assert multiplicity(symmetry, filled) == len(images)


@pytest.mark.parametrize(("structure", "alpha", "beta"), [(KAGOME, 27, 27), (deep(KAGOME), 18, 9)])
def test_a_lone_carrier_can_sit_in_every_equivalent_well(structure, alpha, beta):
    model = build_model(structure, (3, 3, 1))
    symmetry = model_symmetry(model)
    for b, expected in ((0, alpha), (1, alpha), (2, beta)):
        state = np.full(27, -1)
        state[b] = 0
        assert multiplicity(symmetry, occupation(model, state)) == expected


def test_different_configurations_are_told_apart():
    model = build_model(textbook("square", 2.0), (4, 4, 1))
    symmetry = model_symmetry(model)

    def pair(x, y):
        state = np.full((4, 4), -1)
        state[0, 0] = state[x, y] = 0
        return occupation(model, state.reshape(-1))

    assert coincidences(symmetry, pair(0, 1), pair(1, 0)) > 0
    assert coincidences(symmetry, pair(0, 1), pair(3, 0)) > 0
    assert coincidences(symmetry, pair(0, 1), pair(1, 1)) == 0
    assert translations_between(pair(0, 1), pair(1, 0)).sum() == 0
    found = np.argwhere(translations_between(pair(0, 2), pair(0, 2)))
    assert found.tolist() == [[0, 0, 0], [0, 2, 0]]
