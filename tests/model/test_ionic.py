"""Energies of wells among ions against Madelung constants, direct sums and another code."""

import warnings
from dataclasses import replace

import crystals
import numpy as np
import pytest
from ase.build import bulk, make_supercell
from scipy.spatial.transform import Rotation

from mcsc.model import with_ionic_energies
from mcsc.structure import textbook, wells_at, with_states
from mcsc.structure.crystal import primitive_cell
from mcsc.units import SI

NACL = 1.7475645946331822
ZNS = 1.6380550533888
SALT = {"Na": 1.0, "Cl": -1.0}
LA2CUO4 = {"La": 3.0, "Cu": 2.0, "O": -2.0}


def test_madelung_energies_of_rock_salt():
    a = 5.64
    wells = with_ionic_energies(wells_at(crystals.rock_salt(), ["Na", "Cl"]), SALT).wells
    madelung = NACL * SI.coulomb / (a / 2)
    depths = {well.cage_species[0]: well.depth for well in wells}
    assert depths["Cl"] == pytest.approx(-madelung, abs=1e-9)  # a hole in the place of Na+
    assert depths["Na"] == pytest.approx(+madelung, abs=1e-9)
    electron = with_ionic_energies(
        wells_at(crystals.rock_salt(), "Na"), SALT, carrier_charge=-1, relative_permittivity=5
    )
    assert electron.wells[0].depth == pytest.approx(madelung / 5, abs=1e-9)


def test_madelung_energy_of_zinc_blende():
    blende = bulk("ZnS", "zincblende", a=5.41)
    well = with_ionic_energies(wells_at(blende, "Zn"), {"Zn": 2.0, "S": -2.0}).wells[0]
    assert well.kind == "tetrahedron"
    nearest = 5.41 * 3**0.5 / 4
    assert well.depth == pytest.approx(-2 * ZNS * SI.coulomb / nearest, abs=1e-8)


def test_the_void_between_equal_ions_has_no_potential():
    """The tetrahedral void of rock salt sees four cations and four anions alike."""
    structure = wells_at(crystals.rock_salt(), [(0.25, 0.25, 0.25)])
    assert with_ionic_energies(structure, SALT).wells[0].depth == pytest.approx(0, abs=1e-9)


def evjen(point, left_out, shells):
    """Direct sum over a cube of rock salt (nearest distance 1), faces, edges and corners shared."""
    axis = np.arange(-shells, shells + 1)
    sites = np.stack(np.meshgrid(axis, axis, axis, indexing="ij"), axis=-1).reshape(-1, 3)
    weight = np.prod(np.where(np.abs(sites) == shells, 0.5, 1.0), axis=1)
    charge = np.where(sites.sum(axis=1) % 2 == 0, 1.0, -1.0) * weight
    kept = np.linalg.norm(sites - left_out, axis=1) > 1e-9
    return (charge[kept] / np.linalg.norm(sites[kept] - point, axis=1)).sum()


def test_displaced_states_against_direct_sums():
    d = 2.82
    (well,) = wells_at(primitive_cell(crystals.rock_salt()), "Na").wells
    structure = replace(
        wells_at(primitive_cell(crystals.rock_salt()), "Na"),
        wells=(with_states(well, "vertices", 0.3, 0.01),),
    )
    found = with_ionic_energies(structure, SALT).wells[0]
    at = [evjen(np.array([u, 0, 0]) / d, np.zeros(3), 24) for u in (0.0, 0.3)]
    expected = SI.coulomb / d * np.array(at)
    assert found.depth == pytest.approx(expected[0], abs=1e-4)
    np.testing.assert_allclose(
        found.state_energies[1:], 0.01 + expected[1] - expected[0], atol=1e-4
    )
    assert found.state_energies[0] == 0


def test_site_potentials_against_pymatgen():
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        from pymatgen.analysis.ewald import EwaldSummation
        from pymatgen.core import Structure
    atoms = primitive_cell(crystals.la2cuo4())
    wells = with_ionic_energies(wells_at(atoms, "Cu"), LA2CUO4).wells
    species = [{"La": "La3+", "Cu": "Cu2+", "O": "O2-"}[s] for s in atoms.symbols]
    other = Structure(atoms.cell.array, species, atoms.get_scaled_positions())
    ewald = EwaldSummation(other, acc_factor=14.0)
    copper = list(atoms.symbols).index("Cu")
    # the energy of a site is half its charge times the potential of the others
    potential = 2 * ewald.get_site_energy(copper) / LA2CUO4["Cu"]
    # the two codes differ in the last digits of e²/(4πε0)
    assert wells[0].depth / SI.coulomb == pytest.approx(potential / ewald.CONV_FACT, abs=1e-8)
    assert wells[0].depth < -20


def diagonal_energies(atoms):
    structure = wells_at(atoms, "Cu")
    wells = tuple(with_states(well, "diagonals", 0.2) for well in structure.wells)
    found = with_ionic_energies(replace(structure, wells=wells), LA2CUO4)
    return [(well.depth, np.sort(well.state_energies)) for well in found.wells]


@pytest.mark.parametrize("seed", range(4))
def test_energies_belong_to_the_crystal_not_to_its_cell(seed):
    rng = np.random.default_rng(seed)
    atoms = primitive_cell(crystals.la2cuo4())
    ((depth, states),) = diagonal_energies(atoms)
    large = make_supercell(atoms, [[1, rng.integers(-1, 2), 0], [0, 2, 0], [0, 0, 1]])
    large = large[rng.permutation(len(large))]
    turn = Rotation.random(random_state=rng)
    large.set_cell(turn.apply(large.cell.array[rng.permutation(3)]))
    large.positions = turn.apply(large.positions) + rng.normal(size=3)
    for other, others in (*diagonal_energies(large), *diagonal_energies(crystals.la2cuo4())):
        assert other == pytest.approx(depth, abs=1e-7)
        np.testing.assert_allclose(others, states, atol=1e-7)


@pytest.mark.parametrize(
    ("structure", "charges", "message"),
    [
        (textbook("cubic"), SALT, "no ions"),
        (None, {"Na": 1.0}, "none for Cl; give one for each"),
        (None, SALT | {"K": 1.0}, "no K in the crystal"),
        (None, {"Na": 1.0, "Cl": -2.0}, r"the cell has -1 e \(1 Cl -2, 1 Na \+1\); .*neutral"),
        (None, {"Na": float("nan"), "Cl": -2.0}, "Na has nan"),
    ],
)
def test_refuses(structure, charges, message):
    structure = structure or wells_at(primitive_cell(crystals.rock_salt()), "Na")
    with pytest.raises(ValueError, match=message):
        with_ionic_energies(structure, charges)
