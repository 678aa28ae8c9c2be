"""Superlattices of hand-made patterns: primitive vectors, names, wavevectors, symmetry."""

import numpy as np
import pytest
from exact import crystal, well

from mcsc.ground_states import carrier_symmetry, density_waves, superlattice
from mcsc.ground_states.superlattice import positions
from mcsc.lattice import plane_lattice
from mcsc.model import build_model
from mcsc.structure import textbook
from mcsc.units import REDUCED


def repeated(structure, size, vectors):
    """A model and the state with carriers in well 0 at all points of a lattice of cells."""
    model = build_model(structure, size)
    cells = model.lattice.cells @ model.lattice.structure.change
    coordinates = cells @ np.linalg.inv(np.array(vectors, dtype=float))
    on = np.abs(coordinates - np.rint(coordinates)).max(axis=1) < 1e-9
    state = np.full((model.lattice.n_cells, structure.n_wells), -1)
    state[on, 0] = 0
    return model, state.reshape(-1)


UP = [0, 0, 1]
# lattice, supercell, vectors of the pattern, name, period along c, space group, first wave
PATTERNS = {
    "checkerboard": (
        "square", (4, 4, 1), [[1, 1, 0], [1, -1, 0], UP], "√2×√2 R45°", 1, "P4/mmm",
        (0.5, 0.5, 0),
    ),
    "stripes": ("square", (4, 4, 1), [[2, 0, 0], [0, 1, 0], UP], "2×1", 1, "Pmmm", (0.5, 0, 0)),
    "2×2": ("square", (4, 4, 1), [[2, 0, 0], [0, 2, 0], UP], "2×2", 1, "P4/mmm", (0, 0.5, 0)),
    "rhombic": (
        "square", (4, 4, 1), [[2, 0, 0], [1, 2, 0], UP], "c(2×4)", 1, "Cmmm", (0, 0.5, 0),
    ),
    "one in five": (
        "square", (5, 5, 1), [[2, 1, 0], [-1, 2, 0], UP], "√5×√5 R26.6°", 1, "P4/mmm",
        (0.4, 0.2, 0),
    ),
    "one in eight": (
        "square", (4, 4, 1), [[2, 2, 0], [2, -2, 0], UP], "2√2×2√2 R45°", 1, "P4/mmm", None,
    ),
    "√2 by 2√2": (
        "square", (4, 4, 1), [[1, 1, 0], [2, -2, 0], UP], "√2×2√2 R45°", 1, "Pmmm", None,
    ),
    "oblique": ("square", (7, 7, 1), [[2, 1, 0], [-1, 3, 0], UP], "(2,1),(-1,3)", 1, "P2/m", None),
    "√3": (
        "triangular", (3, 3, 1), [[2, 1, 0], [1, 2, 0], UP], "√3×√3 R30°", 1, "P6/mmm",
        (1 / 3, 1 / 3, 0),
    ),
    "2×2 triangles": (
        "triangular", (4, 4, 1), [[2, 0, 0], [0, 2, 0], UP], "2×2", 1, "P6/mmm", (0, 0.5, 0),
    ),
    "√7": (
        "triangular", (7, 7, 1), [[3, 1, 0], [-1, 2, 0], UP], "√7×√7 R19.1°", 1, "P6/mmm", None,
    ),
    "rock salt": (
        "cubic", (4, 4, 4), [[1, 1, 0], [1, -1, 0], [1, 0, 1]], "√2×√2 R45°", 2, "Fm-3m",
        (0.5, 0.5, 0.5),
    ),
    "layers": ("cubic", (2, 2, 4), [[1, 0, 0], [0, 1, 0], [0, 0, 2]], "1×1", 2, "P4/mmm",
               (0, 0, 0.5)),
    "staggered": (
        "triangular", (4, 4, 2), [[2, 0, 0], [0, 2, 0], [1, 0, 1]], "2×2", 2, "Fmmm", (0, 0.5, 0),
    ),
    "thrice": (
        "square", (3, 3, 3), [[3, 0, 0], [0, 1, 0], [1, 0, 1]], "3×1", 3, None, None,
    ),
}  # fmt: skip


@pytest.mark.parametrize("sheared", [False, True])
@pytest.mark.parametrize("case", PATTERNS.values(), ids=PATTERNS.keys())
def test_patterns_are_named(case, sheared):
    lattice, size, vectors, name, period, group, wave = case
    if sheared:
        # a supercell of the pattern, in another primitive cell of the crystal
        size, wave = np.array([[2, 1, 0], [0, 2, 0], [0, 1, 2]]) @ np.array(vectors), None
    # layers farther apart than wells, so that no symmetry is an accident
    spacing = None if lattice == "cubic" else 1.7
    model, state = repeated(textbook(lattice, spacing), size, vectors)
    found = superlattice(model, state)
    assert found.name == name
    assert found.period == period
    # the same lattice: each set of vectors is whole in terms of the other
    for one, two in ((found.vectors, vectors), (vectors, found.vectors)):
        whole = np.array(one) @ np.linalg.inv(np.array(two, dtype=float))
        np.testing.assert_allclose(whole, np.rint(whole), atol=1e-9)
    symbols = carrier_symmetry(model, state, found)
    assert symbols is not None
    assert group is None or symbols[0] == group
    q, weights = density_waves(model, state)
    # a Bravais lattice scatters with full weight at each of its reciprocal lattice points
    np.testing.assert_allclose(weights, 1.0)
    turns = q @ np.array(vectors).T
    np.testing.assert_allclose(turns, np.rint(turns), atol=1e-9)
    assert wave is None or q[0] == pytest.approx(wave)


@pytest.mark.parametrize("moved", [(1, 0, 0), (2, 3, 0)])
def test_the_place_of_a_pattern_does_not_matter(moved):
    model, state = repeated(textbook("square"), (4, 4, 1), [[2, 0, 0], [1, 2, 0], UP])
    shifted = np.roll(state.reshape(4, 4, 1), moved, axis=(0, 1, 2)).reshape(-1)
    one, two = superlattice(model, state), superlattice(model, shifted)
    assert one.name == two.name and np.array_equal(one.vectors, two.vectors)


def test_displacements_make_a_superlattice_of_full_wells():
    structure = crystal(
        np.diag([1.0, 1.0, 1.5]),
        well("a", (0, 0, 0), [(0, 0, 0), (0.1, 0, 0), (-0.1, 0, 0)]),
        units=REDUCED,
    )
    model = build_model(structure, (4, 4, 2))
    state = np.ones((4, 4, 2), dtype=int)
    found = superlattice(model, state.reshape(-1))
    assert (found.name, found.period) == ("1×1", 1)
    assert carrier_symmetry(model, state.reshape(-1), found) == ("P4/mmm", "4/mmm")
    assert density_waves(model, state.reshape(-1))[1].size == 0
    state[::2] = 2
    found = superlattice(model, state.reshape(-1))
    assert (found.name, found.period) == ("2×1", 1)
    # rows of carriers pair up
    assert carrier_symmetry(model, state.reshape(-1), found) == ("Pmmm", "mmm")
    q, weights = density_waves(model, state.reshape(-1))
    # ρ_q/N of q = (h, 0, 0), h half an odd number: ½(exp(0.2πih) − exp(−0.2πih))
    assert weights[0] == pytest.approx(np.sin(0.2 * np.pi * abs(q[0, 0])) ** 2)
    away = positions(model, state.reshape(-1)) - (3.1, 2.0, 1.5)
    assert 0 in np.linalg.norm(away, axis=1).round(9)


def test_wells_of_one_cell_order_at_whole_wavevectors():
    """One carrier a kagome cell on one of three wells: the weight of one in three."""
    model, state = repeated(textbook("kagome-wells"), (3, 3, 2), np.eye(3))
    found = superlattice(model, state)
    assert (found.name, found.period, found.vectors.tolist()) == ("1×1", 1, np.eye(3).tolist())
    q, weights = density_waves(model, state)
    # both triangles and the hexagon are one triangular lattice: its own peaks are left out
    assert len(q) == 1 and (q == np.rint(q)).all() and (q[0, 0] + q[0, 1]) % 3 != 0
    assert weights == pytest.approx([1.0])


def test_stars_are_a_species_of_their_own():
    from mcsc.structure import with_star

    hexagon = next(w for w in textbook("kagome-wells").wells if w.kind == "beta")
    structure = crystal(textbook("kagome-wells").cell, with_star(hexagon, 0.0), units=REDUCED)
    model = build_model(structure, (2, 2, 1))
    star = structure.wells[0].carrier_kinds.index("gamma")
    state = np.array([star, 0, 0, 0])
    found = superlattice(model, state)
    assert found.name == "2×2"
    assert carrier_symmetry(model, state, found) == ("P6/mmm", "6/mmm")
    alike = np.zeros(4, dtype=int)
    assert superlattice(model, alike).name == "1×1"


def test_empty_and_full_lattices():
    model = build_model(textbook("square"), (3, 3, 1))
    for state in (np.full(9, -1), np.zeros(9, dtype=int)):
        found = superlattice(model, state)
        assert (found.name, found.period) == ("1×1", 1)
        assert density_waves(model, state)[1].size == 0
    assert carrier_symmetry(model, np.full(9, -1), found) is None


def test_a_rectangle_is_named_along_its_own_vectors():
    cell = np.array([[1.0, 0, 0], [0, 2.0, 0]])
    assert plane_lattice(np.array([[2, 0], [0, 1]]), cell)[0] == "2×1"
    # 2 a by 1 b is a square, but the names count cells
    assert plane_lattice(np.array([[1, 1], [-1, 1]]), cell)[0] == "c(2×2)"
