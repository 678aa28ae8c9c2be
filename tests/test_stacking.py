"""Stacking of the 2 × 2 crystal of hexagon carriers along c, against independent Ewald sums.

One carrier per four hexagons, a = 5.50 Å and c = 9.31 Å (c/a = 1.69): layers shifted by half a
superlattice vector lie 22.70 meV/ε_r a carrier below straight columns, and whether the shifts
repeat after two or four layers makes less than 0.1 meV/ε_r.
"""

from dataclasses import replace

import numpy as np
import pytest

from mcsc.model import build_model
from mcsc.structure import Structure, textbook

A, C = 5.50, 9.31


def hexagons() -> Structure:
    """The hexagon wells of a kagome net in ångström."""
    kagome = textbook("kagome-wells", layer_spacing=C / A)
    beta = [
        replace(w, centre=A * w.centre, cage=A * w.cage) for w in kagome.wells if w.kind == "beta"
    ]
    return Structure("hexagons", A * kagome.cell, tuple(beta))


def energy(shifts: list[tuple[int, int]]) -> float:
    """Energy per carrier in eV with one carrier a layer of 2 × 2 cells at the given shifts."""
    size = (2, 2, len(shifts))
    model = build_model(hexagons(), size)
    state = np.full(size, -1)
    for layer, (x, y) in enumerate(shifts):
        state[x, y, layer] = 0
    return model.energy(state.reshape(-1)) / len(shifts)


def test_staggered_layers_lie_below_straight_columns() -> None:
    straight, staggered = energy([(0, 0), (0, 0)]), energy([(0, 0), (1, 0)])
    assert 1000 * (straight - staggered) == pytest.approx(22.70, abs=0.01)


def test_periods_two_and_four_are_nearly_degenerate() -> None:
    two = energy([(0, 0), (1, 0), (0, 0), (1, 0)])
    four = energy([(0, 0), (1, 0), (1, 1), (0, 1)])
    assert two == pytest.approx(energy([(0, 0), (1, 0)]), abs=1e-9)
    assert 0 < 1000 * abs(four - two) < 0.1
