"""Wells of planar nets: counts, centres and cages against closed forms, and their invariances."""

from pathlib import Path

import numpy as np
import pytest
from ase import Atoms
from ase.build import make_supercell
from ase.neighborlist import neighbor_list
from ase.spacegroup import crystal
from hypothesis import given, settings
from hypothesis import strategies as st
from rewritten import turn, unimodular
from scipy.spatial.transform import Rotation

from mcsc.periodic import image_distances
from mcsc.planning.wells import crystal_wells
from mcsc.structure import proposals, wells_of_net
from mcsc.structure.crystal import primitive_cell, read_crystal

steady = settings(derandomize=True, deadline=None, max_examples=25, database=None)
components = st.floats(-7, 7, allow_nan=False)
vectors = st.tuples(components, components, components)

A, C = 5.4949, 9.3085


def planar(fractional, cell2d, c=7.0, species="V"):
    cell = np.zeros((3, 3))
    cell[:2, :2] = cell2d
    cell[2, 2] = c
    scaled = [(x, y, 0.25) for x, y in fractional]
    return Atoms(f"{species}{len(scaled)}", scaled_positions=scaled, cell=cell, pbc=True)


HEXAGONAL = np.array([[1, 0], [-0.5, 3**0.5 / 2]])
KAGOME = [(0.5, 0), (0, 0.5), (0.5, 0.5)]


def census(structure, n_cells=1):
    """Number of wells per primitive cell by kind, with the ring's radius."""
    counts: dict[tuple[str, float], float] = {}
    for well in structure.wells:
        np.testing.assert_allclose(well.distances, well.distances[0], rtol=1e-6)
        key = (well.kind, round(float(well.distances[0]), 5))
        counts[key] = counts.get(key, 0) + 1 / n_cells
    return counts


def well_spacings(structure):
    """Sorted distances between the wells and their images: the physics the net hands on."""
    centres = np.array([well.centre for well in structure.wells])
    atoms = Atoms(f"H{len(centres)}", positions=centres, cell=structure.cell, pbc=True)
    return np.sort(neighbor_list("d", atoms, 9.5))


def test_csv3sb5():
    structure = wells_of_net(read_crystal("CsV3Sb5"), "V")
    assert [well.kind for well in structure.wells] == ["alpha", "alpha", "beta"]
    fractional = [well.centre @ np.linalg.inv(structure.cell) for well in structure.wells]
    expected = [(1 / 3, 2 / 3, 1 / 2), (2 / 3, 1 / 3, 1 / 2), (0, 0, 1 / 2)]
    np.testing.assert_allclose(fractional, expected, atol=1e-9)
    for well, radius in zip(structure.wells, (A / 12**0.5, A / 12**0.5, A / 2), strict=True):
        np.testing.assert_allclose(well.distances, radius)
        assert set(well.cage_species) == {"V"}
        np.testing.assert_allclose(well.cage[:, 2], C / 2)
        assert well.n_states == 1
    assert structure.ions.count("V") == 3
    assert structure.ion_positions.shape == (9, 3)
    assert "CsV3Sb5" in structure.source


def test_every_cage_ion_is_an_ion_of_the_crystal_and_none_is_nearer():
    atoms = read_crystal("CsV3Sb5")
    for well in wells_of_net(atoms, "V").wells:
        probe = atoms[atoms.symbols == "V"] + Atoms("X", positions=[well.centre])
        first, arms = neighbor_list("iD", probe, well.distances.max() + 1e-4)
        arms = arms[first == 3]
        assert len(arms) == len(well.cage)
        gaps = np.linalg.norm((well.cage - well.centre)[:, None] - arms, axis=-1)
        assert gaps.min(axis=1).max() < 1e-6


HONEYCOMB = [(1 / 3, 2 / 3), (2 / 3, 1 / 3)]
# Corners of squares and octagons, all edges 1 (the truncated square tiling, 4.8.8).
EDGE = 1 / (1 + 2**0.5)
OCTAGONS = [(EDGE / 2**0.5, 0), (0, EDGE / 2**0.5), (-EDGE / 2**0.5, 0), (0, -EDGE / 2**0.5)]


@pytest.mark.parametrize(
    ("atoms", "expected"),
    [
        (planar([(0, 0)], 3 * np.eye(2)), {("square", 2.12132): 1}),
        (planar([(0, 0)], 3 * HEXAGONAL), {("alpha", 1.73205): 2}),
        (planar([(0, 0)], [[3, 0], [0, 4]]), {("square", 2.5): 1}),
        (planar(HONEYCOMB, 3 * HEXAGONAL), {("beta", 1.73205): 1}),
        (planar(KAGOME, 6 * HEXAGONAL), {("alpha", 1.73205): 2, ("beta", 3.0): 1}),
        (
            planar(OCTAGONS, np.eye(2) / EDGE),
            {("square", 0.70711): 1, ("8-ring", round(1 / (2 * np.sin(np.pi / 8)), 5)): 1},
        ),
    ],
    ids=["square", "triangular", "rectangular", "honeycomb", "kagome", "4.8.8"],
)
def test_known_nets(atoms, expected):
    assert census(wells_of_net(atoms, "V")) == pytest.approx(expected)


def test_breathing_kagome_keeps_its_rings():
    x = 0.48  # one triangle small, the other large
    sites = [(x, 2 * x), (x, -x), (-2 * x, -x)]
    found = census(wells_of_net(planar(sites, 6 * HEXAGONAL), "V"))
    assert sorted((kind, count) for (kind, _), count in found.items()) == [
        ("alpha", 1),
        ("alpha", 1),
        ("beta", 1),
    ]


def test_slightly_distorted_hexagon_is_one_well():
    rng = np.random.default_rng(3)
    atoms = planar(KAGOME, 5.5 * HEXAGONAL) * (2, 2, 1)
    atoms.positions[:, :2] += rng.uniform(-0.03, 0.03, (12, 2))
    wells = wells_of_net(atoms, "V").wells
    assert [well.kind for well in wells] == 8 * ["alpha"] + 4 * ["beta"]
    ideal = wells_of_net(planar(KAGOME, 5.5 * HEXAGONAL) * (2, 2, 1), "V").wells
    for kind in ("alpha", "beta"):
        found = np.array([well.centre for well in wells if well.kind == kind])
        expected = np.array([well.centre for well in ideal if well.kind == kind])
        shifts = (found[:, None] - expected) @ np.linalg.inv(atoms.cell.array)
        nearest = np.linalg.norm((shifts - np.rint(shifts)) @ atoms.cell.array, axis=-1)
        # Every ideal well is found once, a little aside.
        assert sorted(nearest.argmin(axis=1)) == list(range(len(expected)))
        assert 0 < nearest.min(axis=1).max() < 0.1


@steady
@given(st.integers(0, 10**6), st.sampled_from([0.05, 0.2, 0.6]))
def test_disordered_nets_give_separate_rings_around_their_wells(seed, noise):
    atoms = planar(KAGOME, 5.5 * HEXAGONAL) * (2, 3, 1)
    atoms.positions[:, :2] += np.random.default_rng(seed).uniform(-noise, noise, (18, 2))
    structure = wells_of_net(atoms, "V")
    for well in structure.wells:
        arms = well.cage - well.centre
        angles = np.sort(np.arctan2(arms[:, 1], arms[:, 0]))
        assert len(arms) >= 3
        assert np.diff(angles, append=angles[0] + 2 * np.pi).max() < np.pi
    if noise < 0.1:
        assert structure.n_wells == 18


def test_planes_at_different_heights_and_across_the_boundary():
    iron = crystal(
        ["Ba", "Fe", "As"],
        [(0, 0, 0), (0.5, 0, 0.25), (0, 0, 0.3545)],
        spacegroup=139,
        cellpar=[3.96, 3.96, 13.02, 90, 90, 90],
    )
    structure = wells_of_net(iron, "Fe")
    assert census(structure) == pytest.approx({("square", 1.98): 4})
    heights = sorted(well.centre[2] for well in structure.wells)
    np.testing.assert_allclose(heights, 13.02 * np.array([0.25, 0.25, 0.75, 0.75]))
    noisy = planar(KAGOME, 5.5 * HEXAGONAL)
    noisy.positions[:, 2] = [0.01, -0.01, 0.0]
    assert census(wells_of_net(noisy, "V")).keys() == {("alpha", 1.58771), ("beta", 2.75)}


@steady
@given(vectors, vectors)
def test_rigid_motion(turn, shift):
    atoms = read_crystal("CsV3Sb5")
    plain = wells_of_net(atoms, "V")
    rotation = Rotation.from_rotvec(turn)
    moved = Atoms(
        atoms.numbers,
        positions=rotation.apply(atoms.positions) + shift,
        cell=rotation.apply(atoms.cell.array),
        pbc=True,
    )
    structure = wells_of_net(moved, "V")
    assert census(structure) == pytest.approx(census(plain))
    np.testing.assert_allclose(well_spacings(structure), well_spacings(plain), atol=1e-8)
    # Each well moved with the crystal, its cage in the same order.
    for well in plain.wells:
        target = rotation.apply(well.centre.copy()) + shift
        offset = np.array([(w.centre - target) for w in structure.wells])
        offset = offset @ np.linalg.inv(structure.cell)
        image = np.abs(offset - np.rint(offset)).max(axis=1).argmin()
        arms = structure.wells[image].cage - structure.wells[image].centre
        np.testing.assert_allclose(arms, rotation.apply(well.cage - well.centre), atol=1e-7)


@steady
@given(
    st.tuples(st.integers(1, 3), st.integers(-2, 2), st.integers(1, 2), st.integers(1, 2)),
    st.tuples(st.integers(-1, 1), st.integers(-1, 1)),
)
def test_supercells_and_cell_choices(inplane, tilt):
    n, shear, m, layers = inplane
    atoms = read_crystal("CsV3Sb5")
    plain = wells_of_net(atoms, "V")
    large = make_supercell(atoms, [[n, shear, 0], [0, m, 0], [*tilt, layers]])
    structure = wells_of_net(large, "V")
    n_cells = n * m * layers
    assert structure.n_wells == 3 * n_cells
    assert census(structure, n_cells) == pytest.approx(census(plain))
    repeated = np.sort(np.tile(well_spacings(plain), n_cells))
    np.testing.assert_allclose(well_spacings(structure), repeated, atol=1e-8)


@pytest.mark.parametrize(
    "choice",
    [
        [[1, 0, 0], [1, 1, 0], [0, 0, 1]],  # 60 degrees
        [[0, 1, 0], [1, 0, 0], [0, 0, 1]],  # left-handed
        [[1, 0, 0], [0, 1, 0], [0, 0, -1]],
        [[1, 0, 0], [5, 1, 0], [3, -2, 1]],  # very skewed
    ],
)
def test_other_cells_of_the_same_lattice(choice):
    atoms = read_crystal("CsV3Sb5")
    plain = wells_of_net(atoms, "V")
    other = atoms.copy()
    other.set_cell(np.array(choice) @ atoms.cell.array)
    structure = wells_of_net(other, "V")
    assert census(structure) == pytest.approx(census(plain))
    np.testing.assert_allclose(well_spacings(structure), well_spacings(plain), atol=1e-8)


def test_order_does_not_depend_on_rounding_or_on_the_order_of_ions():
    atoms = read_crystal("CsV3Sb5") * (2, 2, 2)
    plain = [well.centre for well in wells_of_net(atoms, "V").wells]
    rng = np.random.default_rng(11)
    for _ in range(5):
        noisy = atoms[rng.permutation(len(atoms))]
        noisy.positions += rng.uniform(-1e-8, 1e-8, noisy.positions.shape)
        found = wells_of_net(noisy, "V")
        np.testing.assert_allclose([well.centre for well in found.wells], plain, atol=1e-6)


def buckled():
    atoms = planar([(1 / 3, 2 / 3), (2 / 3, 1 / 3)], 3.9 * HEXAGONAL, species="Si")
    atoms.positions[1, 2] += 0.45
    return atoms


def partially_occupied():
    atoms = planar(KAGOME, 5.5 * HEXAGONAL)
    atoms.info["occupancy"] = {"0": {"V": 0.9, "Ti": 0.1}}
    return atoms


def as_dense_in_two_planes():
    """Orthorhombic, one ion a cell: squares of 4 × 4 in two planes that differ by another ion."""
    return Atoms("VO", positions=[(0, 0, 0), (0, 0, 1.5)], cell=[3, 4, 4.01], pbc=True)


@pytest.mark.parametrize(
    ("atoms", "species", "message"),
    [
        (read_crystal("CsV3Sb5"), "Ti", "no Ti in the crystal; choose one of Cs, Sb, V"),
        (Atoms("V3", positions=np.eye(3)), "V", "not periodic in three directions"),
        (buckled(), "Si", "Si net of .*: not planar, ions 0.45 apart along c*"),
        (as_dense_in_two_planes(), "V", r"planes \[0, 1, 0\], \[0, 0, 1\], which differ; give"),
        (partially_occupied(), "V", r"partially occupied site \(V 0.9, Ti 0.1\)"),
    ],
    ids=["absent", "molecule", "buckled", "two planes", "partial"],
)
def test_refuses(atoms, species, message):
    with pytest.raises(ValueError, match=message) as caught:
        wells_of_net(atoms, species)
    assert "\n" not in str(caught.value)


def wells_apart(structure, expected, rotation):
    """Largest distance of a turned well from the nearest one of its kind in the other."""
    worst = 0.0
    for well in expected.wells:
        alike = [w for w in structure.wells if (w.kind, len(w.cage)) == (well.kind, len(well.cage))]
        apart = [w.centre - well.centre @ rotation for w in alike]
        worst = max(worst, image_distances(structure.cell, apart).min())
        cages = [image_distances(structure.cell, w.cage - well.cage[0] @ rotation) for w in alike]
        worst = max(worst, np.min(cages))
    return worst


@pytest.mark.parametrize("seed", range(8))
@pytest.mark.parametrize(
    ("name", "species"), [("CsV3Sb5", "V"), ("KV3Sb5", "V"), ("CsTi3Bi5", "Ti"), ("BaFe2As2", "Fe")]
)
def test_shipped_nets_do_not_depend_on_the_description(name, species, seed):
    """Whatever the lattice vectors, their order and directions, and the cells of the ions."""
    rng = np.random.default_rng(seed)
    atoms = primitive_cell(read_crystal(name))
    expected = wells_of_net(atoms, species)
    rotation = turn(rng)
    other = atoms[rng.permutation(len(atoms))]
    steps = rng.integers(-2, 3, (len(atoms), 3)) @ atoms.cell.array
    other.set_positions((other.positions + steps) @ rotation)
    other.set_cell(unimodular(rng) @ atoms.cell.array @ rotation)
    found = wells_of_net(other, species)
    np.testing.assert_array_equal(found.cell, other.cell.array)
    assert [w.kind for w in found.wells] == [w.kind for w in expected.wells]
    assert sorted(w.orbit for w in found.wells) == sorted(w.orbit for w in expected.wells)
    assert wells_apart(found, expected, rotation) < 1e-6


def stacked(shift, period=6.0):
    """Kagome layers, each shifted against the one below; the third vector leads to the next."""
    layer = planar(KAGOME, 5.5 * HEXAGONAL, c=period)
    atoms = layer + Atoms("Sb", positions=[(0, 0, period / 4)])
    cell = np.array(layer.cell.array)
    cell[2, :2] = np.array(shift) @ cell[:2, :2]
    atoms.set_cell(cell)
    return atoms


@pytest.mark.parametrize("heights", [(0.0, 0.0, 0.0), (0.002, -0.002, 0.001)])
@pytest.mark.parametrize(
    "change",
    [np.eye(3), [[1, 0, 0], [0, 1, 0], [1, 2, 1]], [[0, 0, 1], [1, 0, 0], [0, 1, 0]],
     [[0, 0, 1], [1, 0, 1], [1, 1, 1]]],
    ids=["layered", "leaning", "permuted", "rhombohedral axes"],
)  # fmt: skip
def test_layers_shifted_against_each_other(change, heights):
    """Stacked as in a rhombohedral crystal, the net at the boundary of the cell or across it."""
    atoms = stacked((2 / 3, 1 / 3))
    atoms.positions[:3, 2] += np.array(heights) - atoms.positions[0, 2]
    atoms.set_cell(np.array(change) @ atoms.cell.array)
    atoms.wrap()
    counts = census_of_kinds(wells_of_net(atoms, "V"))
    assert counts == {"alpha": 2, "beta": 1}
    for well in wells_of_net(atoms, "V").wells:
        np.testing.assert_allclose(
            well.distances, 2.75 if well.kind == "beta" else 1.5877, atol=1e-3
        )


def census_of_kinds(structure):
    return {kind: [w.kind for w in structure.wells].count(kind) for kind in structure.kinds}


def test_rhombohedral_crystal_in_both_settings():
    """Three layers in hexagonal axes, one in rhombohedral ones: the same net."""
    sites = [(0.5, 0, 0), (0, 0.5, 0), (0.5, 0.5, 0)]
    centring = [(0, 0, 0), (2 / 3, 1 / 3, 1 / 3), (1 / 3, 2 / 3, 2 / 3)]
    cell = np.diag([5.5, 5.5, 18.0]) @ np.array([[1, 0, 0], [-0.5, 3**0.5 / 2, 0], [0, 0, 1]])
    hexagonal = Atoms(
        "V9", scaled_positions=[np.add(c, s) for c in centring for s in sites], cell=cell, pbc=True
    )
    hexagonal.wrap()
    axes = np.array([[2, 1, 1], [-1, 1, 1], [-1, -2, 1]]) / 3 @ cell
    rhombohedral = Atoms("V3", positions=np.array(sites) @ cell, cell=axes, pbc=True)
    rhombohedral.wrap()
    for atoms in (hexagonal, rhombohedral):
        structure = crystal_wells(atoms, net="V")
        assert structure.n_wells == 3
        assert structure.volume == pytest.approx(abs(np.linalg.det(cell)) / 3)
        assert census_of_kinds(structure) == {"alpha": 2, "beta": 1}
        for well in structure.wells:
            normal = np.cross(*(well.cage - well.centre)[:2])
            assert abs(normal[2]) == pytest.approx(np.linalg.norm(normal))


def test_a_centred_cell_gives_the_wells_of_the_primitive_one():
    """The command with --net, the table of proposals, and the reduction by hand say the same."""
    file = Path(__file__).parent / "centred_net.vasp"
    structure = crystal_wells(read_crystal(file), net="V")
    assert census_of_kinds(structure) == {"alpha": 2, "beta": 1}
    offered = next(p for p in proposals(read_crystal(file)) if (p.key, p.value) == ("net", "V"))
    assert offered.kinds == {"alpha": 2, "beta": 1}


def test_the_plane_across_the_axis_comes_before_denser_ones():
    """Layers nearer than the ions within: NiO2 sheets of an infinite-layer nickelate."""
    structure = wells_of_net(primitive_cell(read_crystal("NdNiO2")), "Ni")
    (well,) = structure.wells
    np.testing.assert_allclose(well.cage[:, 2], well.centre[2], atol=1e-9)


@pytest.mark.parametrize("skew", [10**3, 10**5])
def test_extreme_skew_is_answered_at_once(skew):
    atoms = read_crystal("CsV3Sb5")
    atoms.set_cell(np.array([[1, 0, 0], [0, 1, 0], [skew, skew // 3, 1]]) @ atoms.cell.array)
    assert census_of_kinds(crystal_wells(atoms, net="V")) == {"alpha": 2, "beta": 1}
