"""Textbook lattices against their coordination numbers and the geometry search."""

import subprocess
import sys

import numpy as np
import pytest
from ase import Atoms
from ase.neighborlist import neighbor_list

from mcsc.structure import TEXTBOOK_LATTICES, Structure, textbook, wells_of_net

# wells, coordination number, nearest distance, volume per well
KNOWN = {
    "square": (1, 4, 1.0, 1.0),
    "triangular": (1, 6, 1.0, 3**0.5 / 2),
    "kagome": (3, 4, 0.5, 3**0.5 / 6),
    "cubic": (1, 6, 1.0, 1.0),
    "bcc": (1, 8, 3**0.5 / 2, 1 / 2),
    "fcc": (1, 12, 2**-0.5, 1 / 4),
}


@pytest.mark.parametrize("name", KNOWN)
def test_coordination(name):
    n_wells, neighbours, distance, volume = KNOWN[name]
    planar = name in ("square", "triangular", "kagome")
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


def test_layer_spacing():
    assert textbook("square").volume == 1.0
    assert textbook("kagome", 1.69).cell[2, 2] == 1.69


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (("honeycomb",), "lattice = 'honeycomb': .*; choose one of square, triangular, kagome"),
        (("square", 0.0), "layer_spacing is 0.0; give a number from 0.01 to 1000"),
        (("square", float("nan")), "layer_spacing is nan"),
        (("cubic", 1.0), "cubic lattice has no layers"),
    ],
)
def test_refuses(arguments, message):
    with pytest.raises(ValueError, match=message):
        textbook(*arguments)


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
