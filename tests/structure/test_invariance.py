"""Wells and their energies belong to the crystal: no cell, axes or origin changes them."""

from dataclasses import replace

import crystals
import numpy as np
import pytest
from ase import Atoms
from ase.build import make_supercell
from scipy.spatial.transform import Rotation

from mcsc.model import Interactions, build_model
from mcsc.structure import displacement_length, wells_at, with_states
from mcsc.structure.crystal import primitive_cell


def triclinic():
    """No symmetry at all: octahedra of six different distances."""
    rng = np.random.default_rng(8)
    atoms = crystals.perovskite() * (1, 1, 2)
    atoms.positions += rng.uniform(-0.15, 0.15, atoms.positions.shape)
    strain = np.eye(3) + rng.uniform(-0.05, 0.05, (3, 3))
    atoms.set_cell(atoms.cell.array @ strain, scale_atoms=True)
    return atoms


CRYSTALS = {
    "La2CuO4": (crystals.la2cuo4, "Cu"),
    "YBa2Cu3O7": (crystals.yba2cu3o7, "Cu"),
    "Bi2Sr2Ca2Cu3O10": (crystals.bi2sr2ca2cu3o10, "Cu"),
    "FeSe": (crystals.fese, "Fe"),
    "La3Ni2O7": (crystals.la3ni2o7, "Ni"),
    "rock salt, both": (crystals.rock_salt, ("Na", "Cl")),
    "rock salt, voids": (crystals.rock_salt, "voids"),
    "triclinic": (triclinic, "Ti"),
}


def moved(atoms, rng):
    """The same crystal: ions in another order, turned, shifted, axes permuted, perhaps inverted."""
    turn = Rotation.random(random_state=rng)
    other = atoms[rng.permutation(len(atoms))]
    shift = rng.normal(size=3)
    cell = turn.apply(atoms.cell.array)[rng.permutation(3)] * rng.choice([-1, 1], (3, 1))
    positions = turn.apply(other.positions) + shift
    # any image of an ion will do
    positions += rng.integers(-2, 3, (len(other), 3)) @ cell
    return Atoms(other.numbers, positions=positions, cell=cell, pbc=True), turn, shift


def unimodular(rng):
    """Another basis of the same lattice."""
    shears = np.eye(3, dtype=int)
    for _ in range(3):
        i, j = rng.permutation(3)[:2]
        shears[i] += rng.choice([-1, 1]) * shears[j]
    return shears


def census(structure, ions_per_cell):
    """(kind, orbit, distortion, distances) of the wells of a primitive cell, as sorted rows."""
    repeats = len(structure.ions) / ions_per_cell
    rows = [
        (well.kind, well.orbit, round(np.nan_to_num(well.distortion, nan=-1.0), 4),
         tuple(np.sort(well.distances).round(5).tolist()))
        for well in structure.wells
    ]  # fmt: skip
    return {row: rows.count(row) / repeats for row in set(rows)}


def close(found, expected):
    """Equal counts of wells that agree to rounding."""
    for (*names, distortion, distances), count in expected.items():
        match = sum(
            n
            for (*others, other_distortion, other), n in found.items()
            if others == names
            and abs(other_distortion - distortion) < 3e-4
            and np.allclose(other, distances, atol=3e-5)
        )
        assert match >= count - 1e-9, (names, distortion, distances)
    assert sum(found.values()) == pytest.approx(sum(expected.values()))


@pytest.mark.parametrize("seed", range(3))
@pytest.mark.parametrize("name", CRYSTALS)
def test_wells_do_not_depend_on_the_description(name, seed):
    make, centre = CRYSTALS[name]
    rng = np.random.default_rng(seed)
    primitive = primitive_cell(make())
    expected = census(wells_at(primitive, centre), len(primitive))
    conventional, _, _ = moved(make(), rng)
    skewed, _, _ = moved(make_supercell(primitive, unimodular(rng)), rng)
    large = np.diag(rng.permutation([1, 1, 2])) @ unimodular(rng)
    supercell, _, _ = moved(make_supercell(primitive, large), rng)
    for other in (conventional, skewed, supercell):
        close(census(wells_at(other, centre), len(primitive)), expected)


@pytest.mark.parametrize("name", ["La2CuO4", "YBa2Cu3O7", "FeSe", "triclinic"])
def test_configurations_have_the_same_energy(name):
    """Carriers at the same places, displaced alike, in two descriptions of one supercell."""
    make, centre = CRYSTALS[name]
    rng = np.random.default_rng(7)
    primitive = primitive_cell(make())
    size = (2, 2, 2)
    first = with_vertices(wells_at(primitive, centre))
    other, turn, shift = moved(make_supercell(primitive, np.diag(size)), rng)
    second = with_vertices(wells_at(other, centre))
    model, twin = (
        build_model(first, size, Interactions(relative_permittivity=5.0)),
        build_model(second, (1, 1, 1), Interactions(relative_permittivity=5.0)),
    )
    assert model.lattice.n_wells == twin.lattice.n_wells
    for _ in range(3):
        state = np.full(model.lattice.n_wells, -1)
        chosen = rng.permutation(len(state))[: rng.integers(1, len(state))]
        most = np.array(model.lattice.states_per_well)[chosen % first.n_wells]
        state[chosen] = rng.integers(0, most)
        image = translated(model, state, second, turn, shift)
        assert (image >= 0).sum() == len(chosen)
        assert twin.energy(image) == pytest.approx(model.energy(state), abs=1e-6)


def with_vertices(structure):
    wells = [with_states(w, "vertices", displacement_length(w, 0.1)) for w in structure.wells]
    return replace(structure, wells=tuple(replace(w, depth=-0.1) for w in wells))


def translated(model, state, second, turn, shift):
    """The state of the turned and shifted supercell with the carriers at the same places."""
    structure = model.lattice.structure
    image = np.full(second.n_wells, -1)
    inverse = np.linalg.inv(second.cell)
    centres = np.array([well.centre for well in second.wells])
    for index in np.flatnonzero(state >= 0):
        well = structure.wells[index % structure.n_wells]
        origin = model.lattice.cells[index // structure.n_wells] @ structure.cell
        apart = (centres - turn.apply(well.centre + origin) - shift) @ inverse
        place = int(np.abs(apart - np.rint(apart)).max(axis=1).argmin())
        u = turn.apply(1.0 * well.displacements[state[index]])
        image[place] = np.linalg.norm(second.wells[place].displacements - u, axis=1).argmin()
    return image


@pytest.mark.parametrize("centre", ["Cu", "voids"])
def test_very_skewed_cells(centre):
    primitive = primitive_cell(crystals.la2cuo4())
    skewed = make_supercell(primitive, [[1, 0, 0], [25, 1, 0], [13, -17, 1]])
    expected = census(wells_at(primitive, centre), len(primitive))
    close(census(wells_at(skewed, centre), len(primitive)), expected)


def test_kinds_of_equal_shape_keep_their_numbers():
    """Octahedra of rock salt with one ion exchanged: they differ in species and surroundings."""
    atoms = crystals.rock_salt() * (1, 1, 2)
    atoms.symbols[next(i for i, s in enumerate(atoms.symbols) if s == "Na")] = "K"
    plain = wells_at(atoms, "Cl")
    kinds = [well.kind for well in plain.wells]
    assert len(set(kinds)) > 2
    by_kind = {well.kind: np.sort(well.cage_species).tolist() for well in plain.wells}
    assert all(len(cage) == 6 for cage in by_kind.values())
    rng = np.random.default_rng(0)
    for _ in range(4):
        other, _, _ = moved(atoms, rng)
        found = wells_at(other, "Cl")
        assert sorted(well.kind for well in found.wells) == sorted(kinds)
        assert {w.kind: np.sort(w.cage_species).tolist() for w in found.wells} == by_kind


def test_wells_of_noisy_coordinates_are_the_same():
    """Rounding of positions by a thousandth of an Ångström changes no kind and no orbit."""
    rng = np.random.default_rng(1)
    for make, centre in CRYSTALS.values():
        atoms = make()
        plain = [(w.kind, w.orbit, len(w.cage)) for w in wells_at(atoms, centre).wells]
        atoms.positions += rng.uniform(-5e-4, 5e-4, atoms.positions.shape)
        noisy = [(w.kind, w.orbit, len(w.cage)) for w in wells_at(atoms, centre).wells]
        assert sorted(noisy) == sorted(plain)
