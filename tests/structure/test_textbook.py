"""Textbook lattices against their coordination numbers and the geometry search."""

import subprocess
import sys

import numpy as np
import pytest
from ase import Atoms
from ase.neighborlist import neighbor_list

from mcsc.lattice import equivalent_wells
from mcsc.model import build_model
from mcsc.structure import TEXTBOOK_LATTICES, Structure, moire_constant, textbook, wells_of_net
from mcsc.structure.crystal.symmetry import space_group
from mcsc.units import SI

# wells, coordination number, nearest distance, volume per well
KNOWN = {
    "square": (1, 4, 1.0, 1.0),
    "triangular": (1, 6, 1.0, 3**0.5 / 2),
    "honeycomb": (2, 3, 3**-0.5, 3**0.5 / 4),
    "kagome": (3, 4, 0.5, 3**0.5 / 6),
    "cubic": (1, 6, 1.0, 1.0),
    "bcc": (1, 8, 3**0.5 / 2, 1 / 2),
    "fcc": (1, 12, 2**-0.5, 1 / 4),
    "pyrochlore": (4, 6, 2**-1.5, 1 / 16),
}


@pytest.mark.parametrize("name", KNOWN)
def test_coordination(name):
    n_wells, neighbours, distance, volume = KNOWN[name]
    planar = name in ("square", "triangular", "honeycomb", "kagome")
    # Layers far apart: the neighbour list then counts in-plane neighbours only.
    lattice = textbook(name, 3.0) if planar else textbook(name)
    assert isinstance(lattice, Structure)
    assert lattice.n_wells == n_wells
    assert lattice.volume / n_wells == pytest.approx(3 * volume if planar else volume)
    centres = [well.centre for well in lattice.wells]
    atoms = Atoms(f"H{n_wells}", positions=centres, cell=lattice.cell, pbc=True)
    first, vectors = neighbor_list("iD", atoms, distance + 1e-6)
    for b, well in enumerate(lattice.wells):
        assert well.kind == "site"
        np.testing.assert_allclose(well.distances, distance)
        found = vectors[first == b]
        assert len(found) == len(well.cage) == neighbours
        gaps = np.linalg.norm((well.cage - well.centre)[:, None] - found, axis=-1)
        assert gaps.min(axis=1).max() < 1e-9


def test_kagome_wells_agree_with_the_geometry_search():
    lattice = textbook("kagome-wells", 1.7)
    atoms = Atoms("H3", positions=lattice.ion_positions, cell=lattice.cell, pbc=True)
    found = wells_of_net(atoms, "H")
    assert [w.kind for w in found.wells] == [w.kind for w in lattice.wells]
    for well, other in zip(lattice.wells, found.wells, strict=True):
        np.testing.assert_allclose(well.centre, other.centre, atol=1e-9)
        gaps = np.linalg.norm(well.cage[:, None] - other.cage, axis=-1)
        assert gaps.min(axis=1).max() < 1e-9


def test_kagome_wells_form_a_triangular_lattice():
    lattice = textbook("kagome-wells", 5.0)
    centres = [well.centre for well in lattice.wells]
    atoms = Atoms("H3", positions=centres, cell=lattice.cell, pbc=True)
    first, distances = neighbor_list("id", atoms, 3**-0.5 + 1e-6)
    np.testing.assert_allclose(distances, 3**-0.5)
    np.testing.assert_array_equal(np.bincount(first), [6, 6, 6])


def test_symmetry_of_the_pyrochlore_lattice():
    lattice = textbook("pyrochlore")
    at = np.array([well.centre for well in lattice.wells]) @ np.linalg.inv(lattice.cell)
    assert space_group(lattice.cell, at, np.ones(4, dtype=int), 1e-6).symbol == "Fd-3m"
    assert set(equivalent_wells(lattice)) == {0}


def test_madelung_constant_of_the_honeycomb_lattice():
    # D. Borwein, J. M. Borwein and R. Shail, J. Math. Anal. Appl. 143, 126 (1989)
    model = build_model(textbook("honeycomb", 8.0), (1, 1, 1))
    # charges ±1/2 are the carriers less half of the full lattice
    half = model.energy(np.array([0, -1])) - 0.25 * model.energy(np.array([0, 0]))
    assert -4 * half / 3**0.5 == pytest.approx(1.542219721706, abs=1e-9)


def test_orbitals_of_two_layers_make_a_honeycomb_or_stand_on_each_other():
    honeycomb, moire = textbook("honeycomb"), textbook("moire")
    apart = [lattice.wells[1].centre - lattice.wells[0].centre for lattice in (honeycomb, moire)]
    assert [np.linalg.norm(d) for d in apart] == pytest.approx([3**-0.5] * 2)
    bilayer = textbook("moire", 5.0, lattice_constant=80.0, second_well=(0.0, 0.0, 6.5))
    np.testing.assert_allclose(bilayer.wells[1].centre, [0, 0, 6.5])
    assert (bilayer.units, bilayer.lattice_constant) == (SI, 80.0)
    # two carriers over each other, at twice the distance: little comes from images
    far = textbook("moire", 5.0, lattice_constant=80.0, second_well=(0.0, 0.0, 13.0))
    near, wide = (build_model(one, (1, 1, 1)).energy(np.zeros(2, int)) for one in (bilayer, far))
    assert near - wide == pytest.approx(SI.coulomb / 13.0, rel=0.02)


def test_moire_constant_against_the_shortest_coincidence():
    # layers of 26 and 25 cells coincide after 25 × 26/(26 − 25) steps
    assert moire_constant((1 / 25, 1 / 26)) == pytest.approx(1.0)
    # the commensurate twist of 21.79° has a cell of √7 (Shallcross et al.)
    twist = np.degrees(np.arccos(13 / 14))
    assert moire_constant((1.0, 1.0), twist) == pytest.approx(7**0.5)
    with pytest.raises(ValueError, match="have no moiré lattice"):
        moire_constant((3.28, 3.28))


def test_layer_spacing():
    assert textbook("square").volume == 1.0
    assert textbook("kagome", 1.69).cell[2, 2] == 1.69


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (("diamond",), "lattice = 'diamond': .*; choose one of square, triangular, honeycomb"),
        (("square", 0.0), "layer_spacing is 0.0; give a number from 0.01 to 1000"),
        (("square", float("nan")), "layer_spacing is nan"),
        (("cubic", 1.0), "cubic lattice has no layers"),
        (("square", 1.0, (0.5, 0.5, 0.0)), "second_well belongs to lattice = 'moire'"),
        (("moire", 1.0, (1.0, 0.0, 0.0)), "second_well is on the first one"),
    ],
)
def test_refuses(arguments, message):
    with pytest.raises(ValueError, match=message):
        textbook(*arguments[:2], second_well=dict(enumerate(arguments)).get(2))


def test_every_name_builds():
    for name in TEXTBOOK_LATTICES:
        assert textbook(name).name == name


def test_import_is_light():
    code = (
        "import sys, mcsc; before = set(sys.modules); import mcsc.structure; "
        "print([m for m in ('ase', 'spglib', 'scipy') if m in set(sys.modules) - before])"
    )
    run = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert run.stdout.strip() == "[]"
