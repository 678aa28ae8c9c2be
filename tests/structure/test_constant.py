"""The lattice constant, unit of all reduced temperatures, belongs to the crystal."""

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from exact import crystal
from exact import well as make_well
from rewritten import rewritten, turn, unimodular

from mcsc.config import material, materials
from mcsc.model import Interactions
from mcsc.planning.wells import bare_wells
from mcsc.structure import TEXTBOOK_LATTICES, deformed, textbook

# as the files of the materials give the in-plane constant, Å
IN_PLANE = {
    "BaFe2As2": 3.9625, "Bi2Sr2Ca2Cu3O10": 3.8293, "CsTi3Bi5": 5.7873, "CsV3Sb5": 5.4949,
    "FeSe": 3.7724, "HgBa2CuO4": 3.8714, "KV3Sb5": 5.4820, "La2CuO4": 3.7817,
    "La3Ni2O7": 3.7147, "LaFeAsO": 4.03533, "NdNiO2": 3.921, "YBa2Cu3O7": 3.8187,
    "LixCoO2": 2.8107, "NaxCoO2": 2.833,
    "WSe2-WS2": 3.282 * 3.1532 / (3.282 - 3.1532),
    "tWSe2": 3.282 / (2 * np.sin(np.radians(2.0))),
}  # fmt: skip
# the lattices of one well on the primitive cell of a cube have their nearest distance
TEXTBOOK = dict.fromkeys(TEXTBOOK_LATTICES, 1.0) | {
    "bcc": 3**0.5 / 2, "fcc": 0.5**0.5, "pyrochlore": 0.5**0.5,
}  # fmt: skip
LOW = {
    # layers of an orthorhombic crystal nearer than one of the vectors within
    "layers near": (crystal(np.diag([3.0, 5.0, 4.2]), make_well("a", (0, 0, 0)),
                            make_well("b", (1.5, 2.5, 0))), 3.0),
    # two sheets a cell, wide apart once: the longer in-plane vectors are the unit, not b
    "bilayer": (crystal(np.diag([8.0, 11.0, 7.0]), make_well("a", (0, 0, 0)),
                        make_well("b", (4, 0, 0)), make_well("c", (0, 5.5, 0)),
                        make_well("d", (4, 5.5, 0))), 8.0),
    "monoclinic": (crystal([[3.0, 0, 0], [0, 3.4, 0], [1.1, 0, 9.0]], make_well("a", (0, 0, 0))),
                   3.0),
}  # fmt: skip


def known(name):
    if name in LOW:
        return LOW[name]
    if name in TEXTBOOK:
        return textbook(name), TEXTBOOK[name]
    return bare_wells(Path(), material(name).structure), IN_PLANE[name]


def test_every_material_is_in_the_table():
    assert set(materials()) == set(IN_PLANE)


@pytest.mark.parametrize("name", [*TEXTBOOK, *IN_PLANE, *LOW])
def test_the_constant_does_not_depend_on_the_description(name):
    structure, expected = known(name)
    assert structure.lattice_constant == pytest.approx(expected, rel=1e-12)
    meaning = structure.lattice_constant_meaning
    rng = np.random.default_rng(len(name))
    permuted = np.eye(3, dtype=int)[[2, 0, 1]]
    changes = [permuted, permuted @ permuted, *(unimodular(rng) for _ in range(4))]
    changes.append(np.array([[1, 0, 0], [0, 1, 0], [100_000, 30_001, 1]]))
    for change in changes:
        moves = rng.integers(-2, 3, (structure.n_wells, 3))
        other = rewritten(structure, change, turn(rng), moves)
        assert other.lattice_constant == pytest.approx(expected, rel=1e-7)
        assert other.lattice_constant_meaning == meaning
        scale = Interactions(relative_permittivity=2.0).coulomb_temperature
        assert scale(other) == pytest.approx(scale(structure))


@pytest.mark.parametrize("spacing", [0.3, 0.95, 1.0, 1.7, 6.0])
@pytest.mark.parametrize("name", ["square", "triangular", "kagome", "kagome-wells"])
def test_layers_of_any_spacing_have_their_in_plane_constant(name, spacing):
    assert Interactions().coulomb_temperature(textbook(name, spacing)) == 1.0


def test_rhombohedral_axes_have_the_in_plane_constant():
    """Triangular layers of constant 1 stacked as in a rhombohedral crystal."""
    axes = np.array([[2, 1, 1], [-1, 1, 1], [-1, -2, 1]]) / 3
    cell = axes @ np.array([[1, 0, 0], [-0.5, 3**0.5 / 2, 0], [0, 0, 5.0]])
    structure = crystal(cell, make_well("a", (0, 0, 0)))
    assert structure.lattice_constant == pytest.approx(1.0)
    assert structure.lattice_constant < np.linalg.norm(cell, axis=1).min()


@pytest.mark.parametrize("name", ["NdNiO2", "La2CuO4", "CsV3Sb5", "cubic"])
def test_a_small_strain_changes_the_constant_as_little(name):
    structure, expected = known(name)
    for axis in range(3):
        for strain in (-0.02, 0.02):
            factors = np.ones(3)
            factors[axis] += strain
            strained = deformed(structure, factors, structure.cell)
            assert strained.lattice_constant == pytest.approx(expected, rel=0.021)


def test_the_constant_scales_with_the_crystal():
    structure = known("YBa2Cu3O7")[0]
    larger = deformed(structure, (1.1, 1.1, 1.1), structure.cell)
    assert larger.lattice_constant == pytest.approx(1.1 * structure.lattice_constant)
    assert replace(structure, wells=structure.wells[:1]).lattice_constant == 3.8187
