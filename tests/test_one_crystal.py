"""A crystal is the same crystal in any cell: near wells, energies, layers and orders.

Every shipped material and textbook lattice is written anew: in another primitive cell, turned, its
wells in another order and each in any cell. The supercell stays the same superlattice.
"""

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from ase import Atoms
from ase.io import write
from scipy.spatial.transform import Rotation

import mcsc
from mcsc.config import material, materials
from mcsc.kernels.tables import inner_axes, state_numbers
from mcsc.lattice import Lattice, choose_cell, layer_plane, layers, with_layers_together
from mcsc.model import build_model
from mcsc.observables import build_probe, channels, measure, saturation_of
from mcsc.planning import build_structure, crystal_wells
from mcsc.structure import TEXTBOOK_LATTICES, textbook, with_depth, with_states
from mcsc.structure.crystal import read_crystal

# a slab has the one cell across that it is written in: tests/model/test_slab.py skews that
PERIODIC = [name for name in materials() if material(name).structure.open_axis is None]
CRYSTALS = [*TEXTBOOK_LATTICES, "kagome-wells, far layers, stars", *PERIODIC]
# sheared, turned against the cell, and keeping only part of its symmetry
SUPERCELLS = [np.diag([4, 4, 2]), np.array([[3, 1, 0], [-1, 2, 0], [0, 0, 2]]),
              np.array([[3, 0, 1], [1, 3, 0], [0, -1, 2]])]  # fmt: skip


def crystal(name):
    if name in materials():
        return build_structure(Path("materials"), material(name))
    if name in TEXTBOOK_LATTICES:
        return textbook(name)
    bare = textbook("kagome-wells", 1.7)
    wells = [
        with_states(with_depth(w, -0.1 * (w.kind == "beta")), "vertices", 0.05, 0.01)
        for w in bare.wells
    ]
    return replace(bare, wells=tuple(wells))


def unimodular(rng):
    """Rows: vectors of another cell of the same lattice."""
    rows = np.eye(3, dtype=np.int64)[rng.permutation(3)] * rng.choice([-1, 1], (3, 1))
    for _ in range(4):
        i, j = rng.permutation(3)[:2]
        rows[i] += rng.choice([-2, -1, 1, 2]) * rows[j]
    return rows


def rewritten(structure, rng):
    """The same crystal, its cell in units of the old one, and the rotation."""
    change, turn = unimodular(rng), Rotation.random(random_state=rng).as_matrix().T
    wells = [
        replace(
            well,
            centre=(well.centre + shift) @ turn,
            cage=(well.cage + shift) @ turn if len(well.cage) else well.cage,
            displacements=well.displacements @ turn,
        )
        for well, shift in zip(
            structure.wells,
            rng.integers(-2, 3, (structure.n_wells, 3)) @ structure.cell,
            strict=True,
        )
    ]
    order = rng.permutation(len(wells))
    cell = change @ structure.cell @ turn
    other = replace(
        structure, cell=cell, wells=tuple(wells[i] for i in order), ions=(), ion_positions=[]
    )
    return other, change, turn


def same_places(places, others, supercell):
    """Number, among ``others``, of each place modulo the supercell."""
    shares = (others[None] - places[:, None]) @ np.linalg.inv(supercell)
    apart = np.linalg.norm((shares - np.rint(shares)) @ supercell, axis=2)
    assert (np.sort(apart, axis=1)[:, 0] < 1e-6).all()
    number = apart.argmin(axis=1)
    assert len(set(number.tolist())) == len(places)
    return number


def twins(name, matrix, seed):
    """Two models of one crystal, and the number in the second of each well of the first."""
    rng = np.random.default_rng(seed)
    structure = crystal(name)
    other, change, turn = rewritten(structure, rng)
    first = build_model(structure, matrix)
    second = build_model(other, np.rint(matrix @ np.linalg.inv(change)).astype(np.int64))
    supercell = matrix @ structure.cell @ turn
    number = same_places(first.lattice.positions @ turn, second.lattice.positions, supercell)
    return first, second, number, rng


def measured(model, states):
    """Length of q, components, waves, crossover, m² and largest m of every channel, sorted."""
    lattice, n_states = model.lattice, len(model.site)
    numbers = state_numbers(lattice.size, n_states, inner_axes(n_states, lattice.size))
    probe = build_probe(model, numbers, np.array([1.0, 0.0, 0.0]))
    carriers = np.array([[numbers[tuple(model.occupied(state).T)]] for state in states])
    squared = measure(probe, carriers.astype(np.int32))["order_squared"][:, 0].mean(axis=1)
    reciprocal = np.linalg.inv(lattice.structure.cell).T
    rows, n = [], carriers.shape[-1]
    for channel, values in zip(channels(probe), squared.T, strict=True):
        lengths = np.linalg.norm(probe.order.q[channel.members] @ reciprocal, axis=1)
        length = lengths.max() if len(lengths) else 0.0
        # of equally long ones sorted by what was measured
        rows.append((round(length, 6), channel.components, channel.waves, channel.crossover,
                     *np.round(values, 6), saturation_of(probe, channel)(n)))  # fmt: skip
    return sorted(rows)


def same_physics(first, second, number, rng):
    """Near wells, layers, energies of random configurations, and all orders in them."""
    assert second.lattice.n_layers == first.lattice.n_layers
    near, other = first.lattice.near_wells(), second.lattice.near_wells()
    for well, row in enumerate(near):
        assert set(number[row[row >= 0]]) == set(other[number[well]]) - {-1}
    states, images = [], []
    counts = np.tile(first.lattice.states_per_well, first.lattice.n_cells)
    for _ in range(3):
        state = np.full(first.lattice.n_wells, -1)
        filled = rng.permutation(len(state))[: len(state) // 3]
        state[filled] = rng.integers(0, counts[filled])
        image = np.full(len(state), -1)
        image[number] = state
        assert second.energy(image) == pytest.approx(first.energy(state), rel=1e-10)
        states.append(state)
        images.append(image)
    expected, found = measured(first, states), measured(second, images)
    assert [row[:4] for row in found] == [row[:4] for row in expected]
    np.testing.assert_allclose([r[4:] for r in found], [r[4:] for r in expected], atol=2e-6)


@pytest.mark.parametrize("name", CRYSTALS)
def test_physics_does_not_depend_on_the_cell(name):
    # the last one has the least symmetry
    for seed, matrix in enumerate(SUPERCELLS if name in TEXTBOOK_LATTICES else SUPERCELLS[2:]):
        same_physics(*twins(name, matrix, seed))


@pytest.mark.parametrize("name", CRYSTALS)
def test_nor_on_a_cell_that_is_skewed_against_its_layers(name):
    """So many cells along each vector are the same superlattice in any primitive cell."""
    rng = np.random.default_rng(11)
    structure = crystal(name)
    other, _, turn = rewritten(structure, rng)
    first, second = build_model(structure, (3, 3, 3)), build_model(other, (3, 3, 3))
    assert np.array_equal(second.lattice.structure.cell, other.cell)
    places = first.lattice.positions @ turn, second.lattice.positions
    number = same_places(*places, 3 * structure.cell @ turn)
    same_physics(first, second, number, rng)


@pytest.mark.parametrize("name", CRYSTALS)
def test_cells_are_chosen_along_the_layers(name):
    structure = crystal(name)
    layered = layers(structure) is not None
    for seed in range(2):
        other, _, _ = rewritten(structure, np.random.default_rng(seed))
        cells = choose_cell(other.cell, np.diag([3, 3, 3]), layer_plane(other))
        lattice = Lattice(cells.sampled(with_layers_together(other)), cells.size)
        assert lattice.stacks_cells == layered
        assert (lattice.n_layers > 1) == layered


@pytest.mark.parametrize("name", PERIODIC)
def test_wells_of_the_same_ions_are_the_same(name):
    """Ions of a shipped crystal in another cell, turned and in another order."""
    section = material(name).structure
    atoms = read_crystal(section.cif)
    keys = ("net", "centre", "cage", "coordination", "cage_radius", "void_radius")
    given = {key: value for key in keys if (value := getattr(section, key)) is not None}
    expected = crystal_wells(atoms, **given)
    for seed in range(2):
        rng = np.random.default_rng(seed)
        change, turn = unimodular(rng), Rotation.random(random_state=rng).as_matrix().T
        order = rng.permutation(len(atoms))
        images = atoms.positions + rng.integers(-2, 3, (len(atoms), 3)) @ atoms.cell.array
        cell = change @ atoms.cell.array @ turn
        other = Atoms(atoms.numbers[order], positions=images[order] @ turn, cell=cell, pbc=True)
        options = dict(given)
        if not isinstance(given.get("centre", ""), str) and not isinstance(given["centre"][0], str):
            options["centre"] = [tuple(p) for p in given["centre"] @ np.linalg.inv(change)]
        found = crystal_wells(other, **options)
        assert found.volume == pytest.approx(expected.volume)
        places = [np.array([well.centre for well in s.wells]) for s in (expected, found)]
        number = same_places(places[0] @ turn, places[1], expected.cell @ turn)
        for well, i in zip(expected.wells, number, strict=True):
            twin = found.wells[i]
            assert twin.kind == well.kind
            assert np.sort(twin.distances) == pytest.approx(np.sort(well.distances), abs=1e-6)


# lattice, supercell, and the superlattice whose points hold the carriers
ORDERS = [
    ("triangular", 2 * SUPERCELLS[1], [[3, 1, 0], [-1, 2, 0], [0, 0, 1]]),
    ("kagome-wells", [[5, 1, 0], [-1, 4, 0], [0, 0, 2]], [[1, -1, 0], [1, 2, 0], [0, 0, 1]]),
    ("cubic", [[2, 2, 0], [0, 2, 2], [2, 0, 2]], [[1, 1, 0], [0, 1, 1], [1, 0, 1]]),
    ("bcc", [[4, 2, 0], [0, 2, 2], [0, 2, 4]], [[2, 0, 0], [0, 1, 0], [0, 0, 1]]),
]


@pytest.mark.parametrize(("name", "matrix", "superlattice"), ORDERS)
def test_perfect_order_is_all_of_it(name, matrix, superlattice):
    model = build_model(textbook(name), matrix)
    lattice = model.lattice
    shares = lattice.cells @ lattice.structure.change @ np.linalg.inv(superlattice)
    state = np.full((lattice.n_cells, lattice.structure.n_wells), -1)
    state[np.abs(shares - np.rint(shares)).max(axis=1) < 1e-9, 0] = 0
    numbers = state_numbers(
        lattice.size, len(model.site), inner_axes(len(model.site), lattice.size)
    )
    probe = build_probe(model, numbers, np.array([1.0, 0.0, 0.0]))
    carriers = numbers[tuple(model.occupied(state.reshape(-1)).T)][None, None].astype(np.int32)
    waves = measure(probe, carriers)["wave_squared"][0, 0]
    shares = [
        np.sqrt(waves[channel.members].max()) / saturation_of(probe, channel)(carriers.shape[-1])
        for channel in channels(probe)
        if len(channel.members)
    ]
    assert max(shares) == pytest.approx(1)


CUPRATE = """
[structure]
poscar = "cell.vasp"
centre = "Cu"
cage = "O"
[interaction]
relative_permittivity = 20
[scan]
doping = [0.5]
temperature = { start = 80, stop = 500, num = 16 }
supercell = MATRIX
[sampling]
sweeps = 8192
warmup = 2048
measurements = 512
"""
SQUARES = Atoms(
    "CuO2Ca",
    scaled_positions=[(0, 0, 0), (0.5, 0, 0), (0, 0.5, 0), (0.5, 0.5, 0.5)],
    cell=[3.86, 3.86, 8.49],
    pbc=True,
)
# rows: cell vectors in units of two in a layer and one across
WRITTEN = {
    "layers along a": [[0, 0, 1], [1, 0, 0], [0, 1, 0]],
    "oblique layers": [[1, 0, 1], [0, 1, 0], [1, 1, 2]],
    "skewed in the layers": [[1, 0, 0], [2, 1, 0], [1, 1, 1]],
}


def charge_order(folder, change, matrix):
    """T_charge and its error, and the order at the coldest temperature."""
    crystal = SQUARES.copy()
    crystal.set_cell(np.array(change) @ crystal.cell.array)
    crystal.wrap()
    write(folder / "cell.vasp", crystal, format="vasp")
    written = np.rint(np.array(matrix) @ np.linalg.inv(change)).astype(int).tolist()
    run_file = folder / "run.toml"
    run_file.write_text(CUPRATE.replace("MATRIX", str(written)))
    root = mcsc.run(run_file, folder / "diagram.nc", workers=1, threads=1)["/"].isel(doping=0)
    return tuple(float(root[name]) for name in ("T_charge", "T_charge_stderr")), float(
        root["charge_order"][0]
    )


@pytest.mark.validation
def test_transitions_do_not_depend_on_the_cell(tmp_path):
    matrix = np.diag([8, 8, 4])
    (expected, error), order = charge_order(tmp_path, np.eye(3), matrix)
    assert (expected, order) == (pytest.approx(241.3, abs=3 * error), pytest.approx(1, abs=1e-3))
    for name, change in WRITTEN.items():
        folder = tmp_path / name
        folder.mkdir()
        (found, its_error), order = charge_order(folder, change, matrix)
        assert order == pytest.approx(1, abs=1e-3), name
        assert abs(found - expected) < 3 * np.hypot(error, its_error), name
