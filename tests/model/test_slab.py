"""Slabs and gates: published sums of planes, stacks far apart, image sums and Bessel functions."""

import itertools

import numpy as np
import pytest
from exact import crystal
from exact import well as make_well
from scipy.special import k0

from mcsc.diagram import atoms_of, structure_dataset
from mcsc.lattice import Lattice, cells_of
from mcsc.model import (
    Interactions,
    Yukawa,
    build_model,
    particle_hole,
    periodic_potential,
    plane_potential,
)
from mcsc.model.laws import COULOMB, PowerLaw
from mcsc.planning import plan
from mcsc.structure import slab, textbook

SQUARE = np.eye(3)
TRIANGULAR = np.array([[1.0, 0.0, 0.0], [-0.5, np.sqrt(0.75), 0.0], [0.3, 0.2, 1.0]])
# the open axis is the first
OBLIQUE = np.array([[0.4, -0.3, 1.1], [1.0, 0.1, -0.2], [0.4, 1.3, 0.3]])
NORMAL = np.cross(OBLIQUE[1], OBLIQUE[2]) / np.linalg.norm(np.cross(OBLIQUE[1], OBLIQUE[2]))
AREA = np.linalg.norm(np.cross(OBLIQUE[1], OBLIQUE[2]))
OFFSETS = np.array([[0.0, 0.0, 0.0], [0.1, 0.2, 0.3], [0.4, -0.3, -1.7], [0.1, 0.2, -0.3]])
NOWHERE = np.zeros((1, 3))


def in_plane(reach):
    """Translations of the oblique plane within a radius."""
    steps = np.array(list(itertools.product(range(-reach, reach + 1), repeat=2)))
    return steps @ OBLIQUE[1:]


# half the potential of its images times √area: L. Bonsall, A. A. Maradudin, Phys. Rev. B 15, 1959
# (1977), doi:10.1103/PhysRevB.15.1959, in units of e²√n
@pytest.mark.parametrize(
    ("cell", "expected"), [(SQUARE, -1.950132460), (TRIANGULAR, -1.960515789)], ids=["sq", "tri"]
)
def test_energies_of_wigner_crystals(cell, expected):
    own = plane_potential(cell, (1, 1, 1), 2, NOWHERE).item()
    assert 0.5 * own * np.linalg.det(cell) ** 0.5 == pytest.approx(expected, abs=1e-9)


def test_madelung_constant_of_a_plane_of_salt():
    v = plane_potential(SQUARE, (2, 2, 1), 2, NOWHERE)[0, :, :, 0]
    assert v[0, 0] + v[1, 1] - 2 * v[0, 1] == pytest.approx(-1.6155426267, abs=1e-10)


@pytest.mark.parametrize(
    "law",
    [COULOMB, Yukawa(0.7), PowerLaw(1.6, 1.2), PowerLaw(2.5, 1.0), PowerLaw(3, 1.2),
     PowerLaw(6, 1.0)],
)  # fmt: skip
def test_result_depends_neither_on_the_splitting_nor_on_the_open_vector(law):
    usual = plane_potential(OBLIQUE, (1, 4, 3), 0, OFFSETS, law)
    turned = OBLIQUE + np.array([[1.3], [0], [0]]) * OBLIQUE[1]
    turned[0] *= 7.0
    for cell, alpha in ((OBLIQUE, 1.0), (OBLIQUE, 2.2), (turned, None)):
        found = plane_potential(cell, (1, 4, 3), 0, OFFSETS, law, splitting=alpha)
        np.testing.assert_allclose(found, usual, atol=1e-12, rtol=1e-11)


def test_layers_of_a_stack_far_apart_feel_each_other_by_their_background():
    """Mean over a plane at z of a stack of period H: 2π/A (z²/H − |z| + H/6)."""
    far, area, height = OBLIQUE.copy(), 6 * AREA, 40.0
    far[0] = height * NORMAL
    z = OFFSETS @ NORMAL
    mean = 2 * np.pi / area * (z**2 / height + height / 6)
    stack = periodic_potential(far, (1, 3, 2), OFFSETS)
    single = plane_potential(far, (1, 3, 2), 0, OFFSETS)
    np.testing.assert_allclose(stack, single + mean[:, None, None, None], atol=1e-11)


@pytest.mark.parametrize(
    ("law", "v"),
    [(Yukawa(1.3), lambda r: np.exp(-1.3 * r) / r), (PowerLaw(12, 0.9), lambda r: 0.9**11 / r**12)],
)
def test_short_laws_are_plain_sums(law, v):
    found = plane_potential(OBLIQUE, (1, 1, 1), 0, OFFSETS, law).ravel()
    for offset, value in zip(OFFSETS, found, strict=True):
        r = np.linalg.norm(offset + in_plane(40), axis=1)
        expected = v(r[r > 1e-9]).sum() - law.left_out_of_plane(AREA)
        assert value == pytest.approx(expected, rel=1e-10)


LAYERS = crystal(
    OBLIQUE * [[4.0], [1], [1]],
    make_well("one", (0, 0, 0), [(0, 0, 0), 0.2 * NORMAL]),
    # below it, on the other side of the border of the cell
    make_well("two", 3.7 * OBLIQUE[0] + (0.3, 0.5, 0)),
)


def test_a_slab_is_in_one_piece_and_stacks_cells():
    one, three = slab(LAYERS, "a"), slab(LAYERS, 0, cells=3)
    height = OBLIQUE[0] @ NORMAL
    heights = np.array([well.centre @ NORMAL for well in three.wells])
    base = np.array([well.centre @ NORMAL for well in one.wells])
    assert np.ptp(base) == pytest.approx(abs(0.3 * height - 0.5 * NORMAL[1] - 0.3 * NORMAL[0]))
    above = heights.reshape(3, 2) - base
    np.testing.assert_allclose(above, np.repeat(np.arange(3)[:, None] * 4 * height, 2, axis=1))
    assert three.volume == pytest.approx(3 * LAYERS.volume)
    assert three.lattice_constant == pytest.approx(np.linalg.norm(OBLIQUE[1]))
    # the spacing of a single layer means nothing
    planar = [slab(textbook("triangular", c), "c").cell for c in (1.0, 3.0)]
    np.testing.assert_array_equal(*planar)


def test_snapshots_of_a_slab_repeat_along_it_only():
    stack = slab(LAYERS, "a", cells=2)
    supercell = cells_of(stack, ((2, 0, 0), (0, 3, 0), (0, 0, 2)))
    about = structure_dataset(stack, [supercell]).isel(supercell=0)
    atoms = atoms_of(np.zeros(24, dtype=np.int64), about)
    assert atoms.pbc.tolist() == [False, True, True]
    lattice = Lattice(supercell.sampled(stack), supercell.size)
    heights = [positions @ NORMAL for positions in (atoms.positions, lattice.positions)]
    np.testing.assert_allclose(*heights, atol=1e-9)


@pytest.mark.parametrize("power", [1.0, 1.5])
def test_layers_of_a_slab_are_neutralized_by_sheets_through_them(power):
    """Unit charge on one of two planes and −1/2 on each, each with 2π z^(2−p)/(2 − p) around it.

    For 1/r there is no field outside of this capacitor.
    """
    cubic = slab(textbook("cubic"), "c", cells=2)
    among = Interactions(power=power).potential(cubic)
    grid = np.array(list(itertools.product(np.arange(24) / 24, repeat=2)))
    rest = 2 - power
    for height in (-0.3, 0.4, 1.0, 1.6):
        above = np.column_stack([grid, np.full(len(grid), height)])
        found = among.between(cubic.cell, (1, 1, 1), np.zeros_like(above), above).mean()
        mean = np.pi * (abs(1 - height) ** rest - abs(height) ** rest) / rest
        assert found == pytest.approx(mean, abs=1e-9)


def alternating(term, n=32):
    """Σ (−1)^k term(k): H. Cohen et al., Exp. Math. 9, 3 (2000), algorithm 1."""
    d = 0.5 * ((3 + 8**0.5) ** n + (3 + 8**0.5) ** -n)
    b, c, total = -1.0, -d, 0.0
    for k in range(n):
        c = b - c
        total += c * term(k)
        b *= (k + n) * (k - n) / ((k + 0.5) * (k + 1))
    return total / d


@pytest.mark.parametrize("power", [1.0, 1.3, 1.9])
def test_sums_of_powers_over_a_square_lattice(power):
    """4ζ(s)β(s) and −4η(s)β(s), s = p/2: M. L. Glasser, J. Math. Phys. 14, 409 (1973).

    Where the first sum diverges, its analytic continuation is that with a uniform background.
    """
    s = power / 2
    eta = alternating(lambda k: (k + 1.0) ** -s)
    beta = alternating(lambda k: (2 * k + 1.0) ** -s)
    among = Interactions(power=power).potential(slab(textbook("square"), "c"))
    v = among.between(SQUARE, (2, 2, 1), NOWHERE, NOWHERE)[0, :, :, 0]
    assert v.sum() == pytest.approx(4 * eta / (1 - 2 ** (1 - s)) * beta, rel=1e-10)
    assert v[0, 0] + v[1, 1] - 2 * v[0, 1] == pytest.approx(-4 * eta * beta, abs=1e-10)


def two_gates(rho, first, second, d):
    """Σ over images by Bessel functions, heights above the lower gate."""
    n = np.arange(1, 90)[:, None]
    shares = np.sin(n * np.pi * first / d) * np.sin(n * np.pi * second / d)
    return 4 / d * (shares * k0(n * np.pi * rho / d)).sum(axis=0)


@pytest.mark.parametrize("d", [1.3, 2.5])
def test_gates_are_sums_of_bessel_functions(d):
    """Midway (4/d) Σ K₀(πnρ/d) over odd n, and at other heights."""
    structure = slab(crystal(OBLIQUE, make_well("one", (0, 0, 0))), "a")
    potential = Interactions(gate_distance=d).potential(structure)
    images = in_plane(28)
    for lift, along in ((0.0, 0.0), (0.1, 0.0), (-0.2, 0.3)):
        first = np.array([lift * NORMAL])
        second = first + (along * NORMAL + 0.21 * OBLIQUE[1] + 0.4 * OBLIQUE[2])
        found = potential.between(structure.cell, (1, 1, 1), first, second).item()
        flat = second[0] - first[0] - along * NORMAL + images
        levels = np.array([lift, lift + along]) + d / 2
        expected = two_gates(np.linalg.norm(flat, axis=1), *levels, d).sum()
        assert found == pytest.approx(expected, abs=1e-10)
    own = potential.between(structure.cell, (1, 1, 1), NOWHERE, NOWHERE).item()
    rho = np.linalg.norm(images, axis=1)
    # its own images, at even and odd multiples of d
    expected = two_gates(rho[rho > 0], d / 2, d / 2, d).sum() - 2 * np.log(2) / d
    assert own == pytest.approx(expected, abs=1e-10)


def test_far_gates_add_what_they_are_charged_with():
    """½ N² πd/A above the slab with its sheet, and with one gate twice that."""
    structure, d = slab(textbook("triangular"), "c"), 30.0
    state = np.full(9, -1)
    state[[0, 4, 5]] = 0
    bare, far, one = (
        build_model(structure, (3, 3, 1), among).energy(state)
        for among in (
            Interactions(),
            Interactions(gate_distance=d),
            Interactions(gate_distance=1000.0, gates=1),
        )
    )
    area = 9 * np.sqrt(0.75)
    assert far == pytest.approx(bare + 9 * np.pi * d / (2 * area), abs=1e-11)
    assert one == pytest.approx(bare + 9 * np.pi * 1000 / area, abs=1e-8)


def test_a_single_gate_is_the_image_below_it():
    d, kappa = 1.4, 1.1
    structure = slab(crystal(OBLIQUE, make_well("one", (0, 0, 0))), "a")
    among = Interactions(gate_distance=d, gates=1, screening_length=1 / kappa)
    places = np.array([0.3 * NORMAL, 5.0 * NORMAL + (0.1, 0.2, 0.1)])
    # below is against the open vector
    up = NORMAL * np.sign(NORMAL @ OBLIQUE[0])
    for first, second in itertools.product(places, repeat=2):
        found = among.potential(structure).between(
            structure.cell, (1, 1, 1), first[None], second[None]
        )
        mirrored = first - (2 * first @ up + d) * up
        expected = 0.0
        for source, sign in ((first, 1), (mirrored, -1)):
            r = np.linalg.norm(second - source + in_plane(40), axis=1)
            r = r[r > 1e-9]
            expected += sign * (np.exp(-kappa * r) / r).sum()
        assert found.item() == pytest.approx(expected, abs=1e-11)


def test_a_thick_slab_becomes_the_crystal():
    """Energies of the middle of an open stack are those of a periodic one."""
    layers = 6
    open_stack = build_model(slab(textbook("cubic"), "c", cells=layers), (2, 2, 1))
    state = np.array([[0, -1] * layers, [-1, 0] * layers] * 2)[[0, 1, 1, 0]]
    moved = state.reshape(4, 2 * layers)[:, :layers]
    periodic = build_model(textbook("cubic"), (2, 2, layers))
    salt = moved.reshape(-1)
    changed = moved.copy()
    changed[[0, 1], 2] = changed[[1, 0], 2]
    apart = [
        model.energy(changed.reshape(-1)) - model.energy(salt) for model in (open_stack, periodic)
    ]
    assert apart[0] == pytest.approx(apart[1], abs=2e-4)


def test_particles_and_holes_between_gates_and_no_charging_energy():
    layer = slab(textbook("triangular"), "c")
    gated = Interactions(gate_distance=3.0)
    assert particle_hole(build_model(layer, (3, 3, 1), gated), 1e-9)
    assert gated.charging_energy(layer) == 0.0
    own = plane_potential(layer.cell, (1, 1, 1), 2, NOWHERE).item()
    assert Interactions().charging_energy(layer) == pytest.approx(-own)
    area = np.sqrt(0.75)
    screened = Interactions(screening_length=2.0).charging_energy(layer)
    assert screened == pytest.approx(2 * np.pi * 2.0 / area)
    # of each cell of the crystal, of three layers as of one that are far apart
    stack = slab(textbook("triangular", 30.0), "c", cells=2)
    assert stack.crystal_cells == 2
    assert Interactions(power=4).charging_energy(stack) == 0.0


RUN = """
[structure]
lattice = "triangular"
open_axis = "c"
{structure}
[interaction]
{interaction}
[scan]
temperature = {{ start = 0.1, stop = 0.3, num = 3 }}
{scan}
"""


def planned(tmp_path, structure="", interaction="", scan="doping = [0.5]\nsize = [[4, 4, 1]]"):
    file = tmp_path / "run.toml"
    file.write_text(RUN.format(structure=structure, interaction=interaction, scan=scan))
    return plan(file)


def test_a_run_file_asks_for_a_slab_between_gates(tmp_path):
    tasks = planned(
        tmp_path, scan='doping = [0.5]\nsize = [[4, 4, 1], [6, 6, 1]]\nvary = '
        '{ "interaction.gate_distance" = [3.0, 10.0] }',
    ).all_tasks  # fmt: skip
    assert [task.interactions.gate_distance for task in tasks] == [3.0, 10.0] * 2
    assert [task.size for task in tasks] == [(4, 4, 1)] * 2 + [(6, 6, 1)] * 2
    (spaced,) = planned(tmp_path, "layer_spacing = 3.0").all_tasks
    (bare,) = planned(tmp_path).all_tasks
    assert spaced.digest() == bare.digest()
    assert len({task.digest() for task in (*tasks, bare)}) == 5
    (one,) = planned(tmp_path, interaction="gate_distance = 3.0\ngates = 1").all_tasks
    assert one.digest() != tasks[0].digest()


@pytest.mark.parametrize(
    ("structure", "edges", "height"),
    [
        ({"material": "La2CuO4", "open_axis": "c"}, 3.7824, 6.6235),
        ({"lattice": "bcc", "open_axis": "a"}, 1.0, 0.5),
        ({"lattice": "fcc", "open_axis": "b"}, 0.5**0.5, 0.5),
    ],
    ids=["La2CuO4", "bcc", "fcc"],
)
def test_slabs_of_centred_crystals_have_the_faces_of_the_given_cell(structure, edges, height):
    """Two cells are two layers, in the primitive cell that has two vectors along them."""
    axis = "abc".index(structure["open_axis"])
    size = [2 if i == axis else 4 for i in range(3)]
    temperature = {"values": [10.0, 20.0]}
    run = {"structure": structure, "scan": {"size": size, "doping": [0.25],
           "temperature": temperature}}  # fmt: skip
    found = plan(run).structure
    along = np.delete(found.cell, found.slab.axis, axis=0)
    np.testing.assert_allclose(np.linalg.norm(along, axis=1), edges, rtol=2e-3)
    assert along[0] @ along[1] == pytest.approx(0.0, abs=1e-9)
    lower, upper = (well.centre[axis] for well in found.wells)
    assert upper - lower == pytest.approx(height, rel=2e-3)


def test_doping_counts_cells_of_the_crystal_in_a_slab_of_several(tmp_path):
    scan = "doping = [0.25]\nsize = [[4, 4, 2]]"
    (task,) = planned(tmp_path, scan=scan).all_tasks
    assert (task.n_wells, task.n_carriers, task.size, task.n_cells) == (32, 8, (4, 4, 1), 32)
    scan = "doping = [0.25]\nsupercell = [[[3, 0, 0], [1, 4, 0], [1, 1, 4]]]"
    (turned,) = planned(tmp_path, scan=scan).all_tasks
    assert (turned.n_wells, turned.n_carriers, turned.structure.n_wells) == (48, 12, 4)


@pytest.mark.parametrize(
    ("given", "message"),
    [
        ({"scan": "doping = [0.5]\nsize = [[4, 4, 1], [4, 4, 2]]"}, "a slab has one thickness"),
        ({"interaction": "power = 2"}, "interaction.power 2: its sum over a slab diverges"),
        ({"interaction": "power = 3\ngate_distance = 2.0"}, "power 3 beside gate_distance 2: only"),
        ({"interaction": "gates = 1"}, "'gates' needs 'gate_distance'"),
        ({"interaction": "coulomb = false\ngate_distance = 2.0"}, "'gate_distance' needs coulomb"),
        (
            {
                "interaction": "gate_distance = 2.0",
                "scan": "doping = [0.5]\nsize = [[4, 4, 4]]",
            },
            "interaction.gate_distance: a charge is 1.5 times its half from the middle",
        ),
    ],
)  # fmt: skip
def test_impossible_slabs_are_named(tmp_path, given, message):
    with pytest.raises(ValueError, match=message):
        planned(tmp_path, **given)


def test_gates_need_a_slab():
    with pytest.raises(ValueError, match="gate_distance 3: gates are above and below a slab"):
        build_model(textbook("cubic"), (2, 2, 2), Interactions(gate_distance=3.0))
