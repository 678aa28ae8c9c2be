"""Numbering, near wells and layers of a supercell against ASE's neighbour lists."""

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from ase import Atoms
from ase.neighborlist import neighbor_list
from exact import crystal
from exact import well as make_well
from rewritten import rewritten, turn, unimodular

from mcsc.config import material, materials
from mcsc.lattice import Lattice, near_shells
from mcsc.lattice.nearness import hop_shells
from mcsc.planning.wells import bare_wells
from mcsc.structure import TEXTBOOK_LATTICES, textbook, with_depth

TRICLINIC = crystal(
    [[1.0, 0.1, -0.2], [0.4, 1.3, 0.3], [-0.5, 0.6, 1.7]],
    make_well("a", (0, 0, 0)),
    make_well("b", (0.6, 0.9, 0.7)),
    make_well("b", (0.2, 0.5, 1.1)),
)
STRUCTURES = {name: textbook(name) for name in TEXTBOOK_LATTICES} | {
    "kagome-wells, far layers": textbook("kagome-wells", 1.7),
    "triclinic": TRICLINIC,
}


def crystal_of(lattice):
    return Atoms(
        f"H{lattice.n_wells}",
        positions=lattice.positions,
        cell=lattice.structure.cell * np.array(lattice.size)[:, None],
        pbc=True,
    )


@pytest.mark.parametrize("name", STRUCTURES)
def test_positions_are_numbered_cell_by_cell(name):
    lattice = Lattice(STRUCTURES[name], (2, 3, 4))
    assert lattice.n_wells == 24 * lattice.structure.n_wells
    assert lattice.volume == pytest.approx(crystal_of(lattice).get_volume())
    for x, y, z, b in [(0, 0, 0, 0), (1, 2, 3, -1), (0, 1, 2, 0)]:
        b %= lattice.structure.n_wells
        expected = (x, y, z) @ lattice.structure.cell + lattice.structure.wells[b].centre
        number = ((x * 3 + y) * 4 + z) * lattice.structure.n_wells + b
        np.testing.assert_allclose(lattice.positions[number], expected, atol=1e-12)


@pytest.mark.parametrize("size", [(3, 3, 3), (2, 3, 1), (1, 1, 1), (2, 2, 2)])
@pytest.mark.parametrize("name", STRUCTURES)
def test_near_wells_are_those_of_ase(name, size):
    lattice = Lattice(STRUCTURES[name], size)
    one = Lattice(lattice.structure, (1, 1, 1))
    # wells alone in their neighbourhood end it: the minimum of no distance is an error
    far = min(2.0, 2 * (one.volume / one.n_wells) ** (1 / 3))
    first, distance = neighbor_list("id", crystal_of(one), far)
    nearest = max(distance[first == b].min() for b in range(one.n_wells))
    i, j = neighbor_list("ij", crystal_of(lattice), 1.1 * nearest)
    expected = [sorted(set(j[i == w].tolist()) - {w}) for w in range(lattice.n_wells)]
    near = lattice.near_wells()
    assert near.shape[0] == lattice.n_wells
    assert [sorted(row[row >= 0].tolist()) for row in near] == expected
    # −1 only behind the near ones
    assert (np.diff((near >= 0).astype(int), axis=1) <= 0).all()


def arms_of(structure, shells):
    """Vectors to the near wells, as sorted rows (well, near well, x, y, z)."""
    centres = np.array([well.centre for well in structure.wells])
    rows = [
        [b, w, *(centres[w] + offset @ structure.cell - centres[b])]
        for b, (offsets, wells) in enumerate(shells)
        for offset, w in zip(offsets, wells, strict=True)
    ]
    return np.array(rows)


def same_rows(found, expected, tolerance):
    apart = np.abs(found[:, None] - expected).max(axis=-1)
    return (
        len(found) == len(expected)
        and (apart.min(axis=1) < tolerance).all()
        and (apart.min(axis=0) < tolerance).all()
    )


@pytest.mark.parametrize("seed", range(3))
@pytest.mark.parametrize("name", [*STRUCTURES, *materials()])
def test_near_wells_do_not_depend_on_the_description(name, seed):
    rng = np.random.default_rng(seed)
    known = STRUCTURES.get(name) or bare_wells(Path(), material(name).structure)
    rotation, moves = turn(rng), rng.integers(-3, 4, (known.n_wells, 3))
    other = rewritten(known, unimodular(rng), rotation, moves)
    for shells, reach in ((near_shells, 1.1), (near_shells, 2.01), (hop_shells, 1.1)):
        expected = arms_of(known, shells(known, reach))
        expected[:, 2:] = expected[:, 2:] @ rotation
        found = arms_of(other, shells(other, reach))
        assert same_rows(found, expected, 1e-6)


@pytest.mark.parametrize("third", [(3, 0, 1), (0, 1, 1), (5, -7, 1), (100_000, 0, 1)])
def test_a_skewed_simple_cubic_lattice_has_six_near_wells(third):
    cubic = textbook("cubic")
    skewed = replace(cubic, cell=np.array([[1, 0, 0], [0, 1, 0], third], dtype=float))
    near = Lattice(skewed, (5, 5, 5)).near_wells()
    assert near.shape[1] == 6
    assert (near >= 0).all()


def test_images_met_askew():
    """3×2 cells of a square lattice whose second vector leans by three cells."""
    square = textbook("square", 2.0)
    leaning = replace(square, cell=np.array([[1, 0, 0], [3, 1, 0], [0, 0, 2]], dtype=float))
    assert not any(Lattice(leaning, (3, 2, 1)).meets_images(axis) for axis in range(2))
    assert Lattice(leaning, (3, 2, 1)).meets_images()
    assert not Lattice(leaning, (3, 3, 1)).meets_images()


@pytest.mark.parametrize("name", STRUCTURES)
def test_nearness_is_mutual(name):
    near = Lattice(STRUCTURES[name], (3, 3, 2)).near_wells()
    pairs = {(w, v) for w, row in enumerate(near.tolist()) for v in row if v >= 0}
    assert pairs == {(v, w) for w, v in pairs}


@pytest.mark.parametrize(
    ("name", "count"),
    [("cubic", 6), ("bcc", 8), ("fcc", 12), ("kagome-wells", 6), ("kagome-wells, far layers", 6)],
)
def test_numbers_of_near_wells(name, count):
    near = Lattice(STRUCTURES[name], (4, 4, 4)).near_wells()
    assert near.shape[1] == count
    assert (near >= 0).all()


def test_a_longer_reach_finds_the_next_shell():
    assert Lattice(textbook("cubic"), (5, 5, 5)).near_wells(1.5).shape[1] == 6 + 12


def test_deep_hexagons_are_near_the_next_hexagons():
    flat = textbook("kagome-wells", 1.7)
    deep = replace(
        flat, wells=tuple(with_depth(w, -2.0 if w.kind == "beta" else 0.0) for w in flat.wells)
    )
    lattice = Lattice(deep, (4, 4, 2))
    plain, near = Lattice(flat, (4, 4, 2)).near_wells(), lattice.near_wells()
    lengths = flat.cell
    for w, row in enumerate(near.tolist()):
        reached, nearest = {v for v in row if v >= 0}, {v for v in plain[w].tolist() if v >= 0}
        extra = reached - nearest
        assert nearest <= reached
        if deep.wells[w % 3].kind == "alpha":
            assert not extra
            continue
        assert {deep.wells[v % 3].kind for v in extra} == {"beta"} and len(extra) == 6
        apart = (lattice.positions[sorted(extra)] - lattice.positions[w]) @ np.linalg.inv(lengths)
        apart -= 4 * np.rint(apart / 4)
        np.testing.assert_allclose(np.linalg.norm(apart @ lengths, axis=1), 1.0, atol=1e-9)
    pairs = {(w, v) for w, row in enumerate(near.tolist()) for v in row if v >= 0}
    assert pairs == {(v, w) for w, v in pairs}


@pytest.mark.parametrize(
    ("name", "layers"),
    [
        ("kagome-wells, far layers", 3),
        ("kagome-wells", 3),
        ("triangular", 1),
        ("cubic", 1),
        ("triclinic", 1),
    ],
)
def test_layers_without_near_wells_between_them_order_apart(name, layers):
    # the textbook layers stand one lattice constant apart: as near as the triangular wells within
    # a layer, further than those of kagome
    assert Lattice(STRUCTURES[name], (2, 2, 3)).n_layers == layers


@pytest.mark.parametrize("size", [(2, 2), (2, 0, 2), (2, 2, -1)])
def test_impossible_sizes_are_named(size):
    with pytest.raises(ValueError, match="supercell size"):
        Lattice(textbook("cubic"), size)


@pytest.mark.parametrize("name", STRUCTURES)
def test_near_hops_are_the_near_wells_with_their_distances(name: str) -> None:
    lattice = Lattice(STRUCTURES[name], (4, 3, 3))
    near, (wells, steps) = lattice.near_wells(), lattice.near_hops()
    supercell = lattice.structure.cell * np.array(lattice.size)[:, None]
    n_base = len(steps)
    for w in range(lattice.n_wells):
        there = wells[w][wells[w] >= 0]
        assert {*there} - {w} == {*near[w][near[w] >= 0]}
        apart = lattice.positions[there] - lattice.positions[w] - steps[w % n_base][: len(there)]
        turns = apart @ np.linalg.inv(supercell)
        np.testing.assert_allclose(turns, np.rint(turns), atol=1e-9)
    # every hop has one back
    assert np.abs(steps.sum(axis=(0, 1))).max() < 1e-9


def test_hops_through_several_images_are_told_apart() -> None:
    wells, steps = Lattice(textbook("cubic"), (2, 1, 4)).near_hops()
    assert [sorted(row.tolist()) for row in wells[:1]] == [[0, 0, 1, 3, 4, 4]]
    assert len({tuple(step) for step in np.round(steps[0], 9).tolist()}) == 6
