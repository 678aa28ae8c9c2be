"""One ladder in a notebook, against sums over all configurations, and its snapshots."""

from dataclasses import replace
from itertools import combinations

import numpy as np
import pytest
from ase.io import read
from exact import boltzmann, configurations, density_waves, energies, system

import mcsc
from mcsc.chain import run
from mcsc.periodic import image_distances
from mcsc.sampling import FieldProtocol, Sampling

pytestmark = pytest.mark.filterwarnings("ignore:not converged")

CUBIC = mcsc.textbook("cubic")
MODEL = mcsc.build_model(CUBIC, (2, 2, 2))
LADDER = (0.15, 0.3, 0.6)
NET = mcsc.with_states(mcsc.wells_of_net(mcsc.read_crystal("CsV3Sb5"), "V"), "vertices", length=0.3)


@pytest.fixture(scope="module")
def cubic():
    return mcsc.sample(MODEL, LADDER[::-1], doping=0.5, sweeps=4096, seed=1)


@pytest.fixture(scope="module")
def crystal():
    """Displaced carriers in a turned supercell, too few sweeps to be trusted."""
    model = mcsc.build_model(NET, [[3, 1, 0], [-1, 2, 0], [0, 0, 2]])
    with pytest.warns(UserWarning, match=r"not converged at . of 2 temperatures \(.*give more"):
        return mcsc.sample(model, [300.0, 900.0], n_carriers=9, sweeps=128)


def test_energy_and_specific_heat_are_those_of_all_configurations(cubic):
    found = system(CUBIC, (2, 2, 2))
    every = energies(found, configurations(found, 4))
    np.testing.assert_array_equal(cubic.temperature, LADDER)
    for t in LADDER:
        p = boltzmann(every, t)
        mean = p @ every
        at = cubic.sel(temperature=t)
        variance = p @ (every - mean) ** 2
        for name, exact in (("energy", mean / 4), ("specific_heat", variance / (4 * t**2))):
            assert abs(at[name] - exact) < 4.5 * at[f"{name}_stderr"]
            assert 0 < at[f"{name}_stderr"] < 0.2 * abs(exact)
    assert cubic.converged.all() and (cubic.acceptance.sel(move="near_hop") > 0).all()


def test_a_ladder_is_a_dataset_with_the_questions_of_a_diagram(cubic):
    assert cubic.charge_order.dims == ("temperature",) and float(cubic.doping) == 0.5
    found = system(CUBIC, (2, 2, 2))
    every = configurations(found, 4)
    waves = np.abs(density_waves(found, every, np.full((1, 3), np.pi))[:, 0]) ** 2 / 4
    exact = [boltzmann(energies(found, every), t) @ waves for t in LADDER]
    for sign in (1, -1):
        peak = cubic.mcsc.structure_factor_at(*(sign * np.full(3, 0.5)))
        error = cubic.structure_factor_stderr.where(cubic.structure_factor == peak).max(
            "wavevector"
        )
        assert (abs(peak - exact) < 4.5 * error).all()
    np.testing.assert_array_equal(cubic.mcsc.reduced_temperature, LADDER)
    with pytest.raises(ValueError, match="no T_charge in this dataset"):
        _ = cubic.mcsc.transitions


def test_a_task_keeps_its_own_numbers():
    sampling = Sampling(sweeps=256, warmup=64, measurements=64)
    task = mcsc.Task(CUBIC, (2, 2, 2), 3, LADDER, sampling=sampling, seed=7)
    expected = run(task)["/"]
    found = mcsc.sample(task)
    np.testing.assert_array_equal(found.energy, expected.energy)
    assert found.attrs["task"] == task.digest()
    other = mcsc.sample(task, seed=8, n_carriers=4)
    assert other.attrs["task"] == replace(task, seed=8, n_carriers=4).digest()


def test_a_history_of_fields_is_no_ladder():
    wells = mcsc.with_states(mcsc.textbook("square", 2.0), "vertices", length=0.2)
    task = mcsc.Task(wells, (3, 3, 1), 3, LADDER, protocol=FieldProtocol((0.0, 1.0)))
    with pytest.raises(ValueError, match="a history of fields is no ladder"):
        mcsc.sample(task)


def test_a_model_hands_on_its_field_and_interactions():
    wells = mcsc.with_states(mcsc.textbook("square", 2.0), "vertices", length=0.2)
    screened = mcsc.Interactions(relative_permittivity=2.0, screening_length=0.5)
    model = mcsc.build_model(wells, (3, 3, 1), screened, field=(0.0, 0.6, 0.8))
    task = mcsc.Task(
        wells, (3, 3, 1), 3, (1.0, 2.0), screened, field=1.0, field_direction=(0.0, 0.6, 0.8),
        sampling=Sampling(sweeps=128, warmup=32, measurements=32),
    )  # fmt: skip
    found = mcsc.sample(model, [1.0, 2.0], n_carriers=3, sweeps=128)
    assert found.attrs["task"] == task.digest()
    assert mcsc.sample(task, field=(0, 0, 0)).attrs["task"] == replace(task, field=0.0).digest()


def test_at_fixed_chemical_potential_the_doping_is_measured():
    wells = mcsc.sample(MODEL, [0.3, 0.6], chemical_potential=0.0, sweeps=1024)
    # half filling, by symmetry
    assert (abs(wells.doping - 0.5) < 4.5 * wells.doping_stderr).all()
    assert float(wells.chemical_potential) == 0.0
    assert len(wells.mcsc.to_ase(0.3)) == int((wells.state[0] >= 0).sum())


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({}, "give one of doping, n_carriers and chemical_potential"),
        ({"doping": 0.5, "n_carriers": 4}, "give one of doping"),
        ({"doping": 0.3}, r"doping = 0.3: 2.4 carriers on 8 cells .* n_carriers = 2"),
        ({"n_carriers": 9}, "n_carriers = 9: there are 8 wells"),
        ({"n_carriers": 4, "field": 0.1}, "field = 0.1: give three components"),
        ({"n_carriers": 4, "sweeps": 10}, "sweeps = 10: give at least 128"),
        ({"n_carriers": 4, "temperatures": [0.3]}, "temperatures: give at least two"),
        ({"n_carriers": 4, "temperatures": []}, "temperatures: give at least two"),
        ({"n_carriers": 4, "temperatures": None}, "temperatures: give at least two"),
        ({"n_carriers": 4, "temperatures": [0.3, 0.0]}, "temperatures = 0: give numbers above 0"),
        ({"n_carriers": 4, "temperatures": [0.3, 0.3]}, "temperatures: 0.3 is given twice"),
    ],
)  # fmt: skip
def test_mistakes_are_named(options, message):
    with pytest.raises(ValueError, match=message):
        mcsc.sample(MODEL, **{"temperatures": LADDER, **options})


def test_atoms_are_where_the_carriers_are(crystal):
    atoms = crystal.mcsc.to_ase(900.0)
    matrix = np.array([[3, 1, 0], [-1, 2, 0], [0, 0, 2]])
    # vectors of the same superlattice
    change = np.linalg.solve((matrix @ NET.cell).T, atoms.cell.array.T)
    np.testing.assert_allclose(change, np.rint(change), atol=1e-9)
    assert abs(np.linalg.det(change)) == pytest.approx(1)
    assert atoms.pbc.all() and len(atoms) == 9
    state = crystal.state.sel(temperature=900.0).values
    assert sorted(atoms.arrays["well"]) == np.flatnonzero(state >= 0).tolist()
    np.testing.assert_array_equal(state[atoms.arrays["well"]], atoms.arrays["state"])
    # each at a state of a well of its kind, in the cell of the crystal
    for place, kind, number in zip(
        atoms.positions, atoms.arrays["well_kind"], atoms.arrays["state"], strict=True
    ):
        states = [w.centre + w.displacements[number] for w in NET.wells if w.kind == kind]
        assert image_distances(NET.cell, place - np.array(states)).min() < 1e-9
    apart = image_distances(atoms.cell.array, atoms.positions[:, None] - atoms.positions)
    assert apart[np.triu_indices(9, 1)].min() > 1.0


def test_pairs_of_atoms_have_the_energy_that_was_sampled():
    wells = mcsc.with_states(mcsc.textbook("kagome-wells", 1.7), "vertices", length=0.1)
    model = mcsc.build_model(wells, (2, 2, 2))
    ladder = mcsc.sample(model, [0.3, 0.6], n_carriers=5, sweeps=128)
    atoms = ladder.mcsc.to_ase(0.3)
    found = system(wells, (2, 2, 2))
    places = [
        np.argmin(image_distances(found.cell, found.positions - place)) for place in atoms.positions
    ]
    energy = found.site[places].sum() + sum(found.pair[i, j] for i, j in combinations(places, 2))
    assert energy == pytest.approx(model.energy(ladder.state.sel(temperature=0.3).values))


@pytest.mark.parametrize("cage", [False, True])
def test_extended_xyz_keeps_everything(crystal, cage, tmp_path):
    atoms = crystal.mcsc.to_ase(300.0, cage=cage)
    atoms.write(tmp_path / "snapshot.xyz", format="extxyz")
    again = read(tmp_path / "snapshot.xyz")
    np.testing.assert_allclose(again.positions, atoms.positions, atol=1e-7)
    np.testing.assert_allclose(again.cell.array, atoms.cell.array)
    assert again.pbc.all() and again.symbols.get_chemical_formula() == atoms.get_chemical_formula()
    assert again.info == {"temperature": 300.0, "doping": 9 / 14}
    for name in ("well_kind", "well", "state"):
        np.testing.assert_array_equal(again.arrays[name], atoms.arrays[name])


def test_every_ion_of_a_cage_is_there_once(crystal):
    ions = crystal.mcsc.to_ase(300.0, cage=True)
    ions = ions[[atom.symbol != "X" for atom in ions]]
    # three vanadium ions a cell, 7 cells in each of 2 layers
    assert ions.get_chemical_formula() == "V42" and set(ions.arrays["well"]) == {-1}
    apart = image_distances(ions.cell.array, ions.positions[:, None] - ions.positions)
    assert np.sort(apart, axis=1)[:, 1].min() > 2.0
    own = NET.ion_positions[[name == "V" for name in NET.ions]]
    assert image_distances(NET.cell, ions.positions[:, None] - own).min(axis=1).max() < 1e-6
