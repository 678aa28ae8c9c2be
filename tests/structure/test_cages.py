"""Wells in cages: known coordinations of real crystals, and what must be refused."""

import crystals
import numpy as np
import pytest
from ase import Atoms

from mcsc.structure import wells_at
from mcsc.structure.crystal import primitive_cell, read_crystal


def census(structure):
    """Count per cell and rounded distances by kind."""
    found: dict[str, list] = {}
    for well in structure.wells:
        near = sorted(well.distances.round(2).tolist())
        count = found.get(well.kind, [0])[0]
        found[well.kind] = [count + 1, near]
    return found


KNOWN = {
    "La2CuO4": (crystals.la2cuo4, "Cu", {"octahedron": [1, [1.9] * 4 + [2.42] * 2]}),
    "YBa2Cu3O7": (
        crystals.yba2cu3o7,
        "Cu",
        {
            "square": [1, [1.85, 1.85, 1.94, 1.94]],
            "square_pyramid": [2, [1.93, 1.93, 1.96, 1.96, 2.31]],
        },
    ),
    "HgBa2CuO4": (crystals.hgba2cuo4, "Cu", {"octahedron": [1, [1.94] * 4 + [2.79] * 2]}),
    "Bi2Sr2Ca2Cu3O10": (
        crystals.bi2sr2ca2cu3o10,
        "Cu",
        {"square": [1, [1.91] * 4], "square_pyramid": [2, [1.91] * 4 + [2.46]]},
    ),
    "NdNiO2": (crystals.ndnio2, "Ni", {"square": [1, [1.96] * 4]}),
    "La3Ni2O7": (crystals.la3ni2o7, "Ni", {"octahedron": [2, [1.86] * 4 + [1.9, 2.13]]}),
    "FeSe": (crystals.fese, "Fe", {"tetrahedron": [2, [2.39] * 4]}),
    "BaFe2As2": (crystals.bafe2as2, "Fe", {"tetrahedron": [2, [2.4] * 4]}),
    "CsV3Sb5": (lambda: read_crystal("CsV3Sb5"), "V", {"octahedron": [3, [2.75] * 2 + [2.76] * 4]}),
    "NaCl": (crystals.rock_salt, "Cl", {"octahedron": [1, [2.82] * 6]}),
    "SrTiO3": (crystals.perovskite, "Ti", {"octahedron": [1, [1.95] * 6]}),
    "SrTiO3, Sr": (crystals.perovskite, "Sr", {"cuboctahedron": [1, [2.76] * 12]}),
}


@pytest.mark.parametrize("name", KNOWN)
def test_known_coordination(name):
    make, centre, expected = KNOWN[name]
    assert census(wells_at(primitive_cell(make()), centre)) == expected


def test_orbits_and_their_distortions():
    structure = wells_at(primitive_cell(crystals.yba2cu3o7()), "Cu")
    assert [well.orbit for well in structure.wells] == [0, 1, 1]
    assert structure.wells[0].distortion < 0.1 < structure.wells[1].distortion < 2
    assert structure.wells[1].distortion == pytest.approx(structure.wells[2].distortion)
    ideal = wells_at(crystals.rock_salt(), "Na")
    assert all(well.distortion < 1e-9 for well in ideal.wells)
    assert {well.orbit for well in ideal.wells} == {0}


def test_inequivalent_wells_of_one_shape_get_numbers():
    both = wells_at(primitive_cell(crystals.rock_salt()), ["Na", "Cl"])
    assert [well.kind for well in both.wells] == ["octahedron_1", "octahedron_2"]
    assert {"Na", "Cl"} == {well.cage_species[0] for well in both.wells}


def test_fcc_and_bcc_voids():
    from ase.build import bulk

    a = 4.0
    fcc = wells_at(bulk("Cu", "fcc", a=a), "voids")
    expected = {"octahedron": [1, [a / 2] * 6], "tetrahedron": [2, [round(a * 3**0.5 / 4, 2)] * 4]}
    assert census(fcc) == expected
    fractional = [w.centre @ np.linalg.inv(fcc.cell) % 1 for w in fcc.wells]
    np.testing.assert_allclose(fractional, [[0.5] * 3, [0.25] * 3, [0.75] * 3], atol=1e-9)
    bcc = wells_at(bulk("Fe", "bcc", a=a), "voids")
    assert census(bcc) == {"tetrahedron": [6, [round(a * 5**0.5 / 4, 2)] * 4]}
    # the octahedral holes of bcc are no maxima of the distance; asked for, they are found
    hole = wells_at(bulk("Fe", "bcc", a=a, cubic=True), (0.5, 0.5, 0.0))
    assert hole.wells[0].kind == "octahedron"
    np.testing.assert_allclose(np.sort(hole.wells[0].distances), [a / 2] * 2 + [a / 2**0.5] * 4)


def test_small_voids_on_request():
    from ase.build import bulk

    fcc = bulk("Cu", "fcc", a=4.0)
    assert {w.kind for w in wells_at(fcc, "voids", void_radius=1.9).wells} == {"octahedron"}
    with pytest.raises(ValueError, match="give others or a smaller void_radius"):
        wells_at(fcc, "voids", void_radius=2.1)


def test_voids_may_be_limited_to_those_among_one_species():
    """The octahedral voids of titanium disulfide layers lie between sulfur only."""
    antifluorite = crystals.rock_salt()
    del antifluorite[[atom.index for atom in antifluorite if atom.symbol == "Na"]]
    assert census(wells_at(antifluorite, "voids", "Cl")).keys() == {"octahedron", "tetrahedron"}
    with pytest.raises(ValueError, match="touches cage species"):
        wells_at(crystals.rock_salt(), "voids", "Cl", void_radius=2.5)


def test_coordination_and_radius_override_the_rule():
    atoms = primitive_cell(crystals.la2cuo4())
    assert census(wells_at(atoms, "Cu", coordination=4)) == {"square": [1, [1.9] * 4]}
    assert census(wells_at(atoms, "Cu", cage_radius=2.0)) == {"square": [1, [1.9] * 4]}
    assert len(wells_at(atoms, "Cu", ["O", "La"], cage_radius=3.3).wells[0].cage) == 14
    with pytest.raises(ValueError, match=r"coordination = 5 parts ions .* 2.421 Å .* take 4 or 6"):
        wells_at(atoms, "Cu", coordination=5)


def test_cage_ions_are_ions_of_the_crystal():
    atoms = primitive_cell(crystals.yba2cu3o7())
    for well in wells_at(atoms, "Cu").wells:
        for ion, species in zip(well.cage, well.cage_species, strict=True):
            apart = (atoms.positions - ion) @ np.linalg.inv(atoms.cell.array)
            match = np.abs(apart - np.rint(apart)).max(axis=1).argmin()
            assert np.abs(apart - np.rint(apart))[match].max() < 1e-9
            assert atoms.symbols[match] == species


def test_ions_without_a_cage_are_no_wells():
    """YBa2Cu3O6 has no chains: that copper keeps two oxygens only."""
    atoms = crystals.yba2cu3o7()
    chain = [a.index for a in atoms if a.symbol == "O" and abs(a.scaled_position[2]) < 0.01]
    del atoms[chain]
    assert census(wells_at(atoms, "Cu")).keys() == {"square_pyramid"}


@pytest.mark.parametrize(
    ("call", "message"),
    [
        (lambda a: wells_at(a, "Ni"), "centres of CuLa2O4: no Ni in the crystal; choose of Cu, La"),
        (lambda a: wells_at(a, "Cu", "F"), "Cu of CuLa2O4: no F in the crystal"),
        (lambda a: wells_at(a, "O", "Cu"), "no cage around .* do not enclose it; choose other"),
        (lambda a: wells_at(a, (0.0, 0.5)), "three numbers each"),
        (lambda a: wells_at(a, [(0, 0, 0), (0.5, 0, 0)], "Cu"), "given positions.* no cage around"),
        (lambda a: wells_at(a, []), "give a species"),
        (lambda a: wells_at(a, "Cu", coordination=2), "at least 3"),
        (lambda a: wells_at(a, "Cu", cage_radius=-1.0), "cage_radius is -1.0; give a positive"),
        (lambda a: wells_at(a, "Cu", cage_radius=1e6), "give a positive length, at most 50 Å"),
        (lambda a: wells_at(a, "Cu", coordination=10**9), "a cage has at most 100 ions"),
        (lambda a: wells_at(a, "Cu", cage_radius=2.0, coordination=4), "either coordination or"),
        (lambda a: wells_at(a, "Cu", void_radius=2.0), "belongs to centre 'voids'"),
        (lambda a: wells_at(a, "Cu", cage_radius=1.0), "its 0 nearest O do not enclose"),
        (lambda a: wells_at(a + Atoms("O", positions=[[0.1, 0, 0]]), "Cu"), "overlap, 0.100 Å"),
        (lambda a: wells_at(a + Atoms("X", positions=[[1, 1, 1]]), "Cu"), "without a species"),
        (lambda a: wells_at(Atoms("CuO", [[0, 0, 0], [2, 0, 0]]), "Cu"), "not periodic"),
        (lambda a: wells_at(Atoms(cell=np.eye(3), pbc=True), "Cu"), "no ions in it"),
    ],
)
def test_refuses(call, message):
    with pytest.raises(ValueError, match=message) as caught:
        call(primitive_cell(crystals.la2cuo4()))
    assert "\n" not in str(caught.value)


def test_partial_occupancies_are_refused():
    atoms = crystals.rock_salt()
    atoms.info["occupancy"] = {"0": {"Na": 0.9}}
    with pytest.raises(ValueError, match=r"a Na site has occupancy 0.9 \(Na0.9\), and the centre"):
        wells_at(atoms, "Na")
    with pytest.raises(ValueError, match=r"a Na site has occupancy 0.9 .*every ion of the cage"):
        wells_at(atoms, "Cl")
