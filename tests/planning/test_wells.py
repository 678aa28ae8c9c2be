"""The wells of a run file that looks for cages in a crystal."""

from pathlib import Path

import crystals
import numpy as np
import pytest
from ase.io import write

from mcsc.config import RunFileError, load
from mcsc.planning import build_structure, plan
from mcsc.structure import wells_at

RUN = """
[structure]
poscar = "POSCAR"
centre = "Cu"
cage = "O"
[wells]
states = "diagonals"
[interaction]
relative_permittivity = 20.0
[scan]
doping = [0.5]
temperature = { values = [100.0, 200.0] }
size = [[4, 4, 2]]
[sampling]
sweeps = 128
measurements = 64
"""
IONIC = 'energies = "ionic"\ncharges = { La = 3.0, Cu = 2.0, O = -2.0 }\n'


@pytest.fixture
def run(tmp_path: Path):
    """Write a run file beside the conventional cell of La2CuO4."""
    write(tmp_path / "POSCAR", crystals.la2cuo4(), format="vasp", sort=True)

    def make(*changes: tuple[str, str]) -> Path:
        text = RUN
        for old, new in changes:
            assert old in text
            text = text.replace(old, new)
        path = tmp_path / "run.toml"
        path.write_text(text)
        return path

    return make


def structure(path: Path):
    return build_structure(path, load(path)[0])


def test_cages_of_the_primitive_cell(run) -> None:
    found = structure(run())
    (well,) = found.wells
    assert (well.kind, well.n_states) == ("octahedron", 5)
    np.testing.assert_allclose(np.linalg.norm(well.displacements[1:], axis=1), 0.1 * 3.79 / 2)
    assert found.volume == pytest.approx(3.79**2 * 13.23 / 2)
    planned = plan(run())
    assert planned.units.name == "SI"
    assert planned.tasks[0].task.n_carriers == 16


def test_coordination_and_radius(run) -> None:
    for extra in ("coordination = 4", "cage_radius = 2.0"):
        (well,) = structure(run(('cage = "O"', extra))).wells
        assert well.kind == "square"


def test_places_are_those_of_the_file(run) -> None:
    """Copper by its positions in the conventional cell, one of them an image of the other."""
    places = 'centre = [[0, 0, 0], [0.5, 0.5, 0.5]]\ncage = "O"'
    (well,) = structure(run(('centre = "Cu"\ncage = "O"', places))).wells
    assert well.kind == "octahedron"
    (well,) = structure(run(('centre = "Cu"', "centre = [0.5, 0.5, 0.5]"))).wells
    assert well.kind == "octahedron"


def test_voids(run) -> None:
    change = ('centre = "Cu"\ncage = "O"', 'centre = "voids"')
    found = structure(run(change, ('states = "diagonals"', 'states = "centre"')))
    ions = found.ion_positions
    for well in found.wells:
        apart = (ions - well.centre) @ np.linalg.inv(found.cell)
        nearest = np.linalg.norm((apart - np.rint(apart)) @ found.cell, axis=1).min()
        assert nearest > 1.3


def test_ionic_energies_add_to_those_given(run) -> None:
    given = ("[interaction]", "depth = { octahedron = 0.5 }\nstate_energy = 0.1\n[interaction]")
    plain = structure(run()).wells[0]
    ionic = structure(run(("[interaction]", IONIC + "[interaction]"))).wells[0]
    both = structure(run(given, ("[interaction]", IONIC + "[interaction]"))).wells[0]
    assert plain.depth == 0 > ionic.depth
    assert both.depth == pytest.approx(ionic.depth + 0.5)
    np.testing.assert_allclose(both.state_energies[1:], ionic.state_energies[1:] + 0.1)
    denser = structure(run(("[interaction]", IONIC + "[interaction]"), ("= 20.0", "= 10.0"))).wells[
        0
    ]
    assert denser.depth == pytest.approx(2 * ionic.depth)
    electron = IONIC + "carrier_charge = -1\n[interaction]"
    assert structure(run(("[interaction]", electron))).wells[0].depth == -ionic.depth


def test_given_energies_keep_their_names(run) -> None:
    """Neither key of ionic energies touches a task that does not use them."""
    (task,) = (place.task for place in plan(run()).tasks)
    written = run(("[interaction]", 'energies = "given"\ncarrier_charge = 1\n[interaction]'))
    assert plan(written).tasks[0].task.digest() == task.digest()


@pytest.mark.parametrize(
    ("old", "new", "message"),
    [
        ('"POSCAR"', '"absent"', "structure: poscar = 'absent': no such CIF or POSCAR file"),
        ('"Cu"', '"Ni"', "no Ni in the crystal; choose of Cu, La, O"),
        ('cage = "O"', 'cage = "F"', "no F in the crystal"),
        ('cage = "O"', 'net = "O"', "give 'net'.* or 'centre'.*not both"),
        ('centre = "Cu"', "", "give 'net'.* or 'centre'"),
        ('centre = "Cu"', 'net = "Cu"', "'cage' belongs to 'centre'"),
        ('centre = "Cu"', "centre = 3", r"structure\.centre = 3: give a species.* or \"voids\""),
        ('centre = "Cu"', "centre = []", "'centre' is empty"),
        ('centre = "Cu"', "centre = [[0.0, 0.0]]", "give a species"),
        ('cage = "O"', "cage = [0.0, 0.0, 1.0]", "give a species, e.g. \"O\""),
        ('cage = "O"', "coordination = 2", r"coordination = 2: must be greater than or equal to 3"),
        ('cage = "O"', "coordination = 5", "take 4 or 6"),
        ('cage = "O"', "coordination = 4\ncage_radius = 2.0", "either 'coordination' or 'cage_r"),
        ('cage = "O"', "cage_radius = 0.0", r"cage_radius = 0\.0: must be greater than 0"),
        ('cage = "O"', "void_radius = 2.0", "'void_radius' belongs to centre = \"voids\""),
        ('cage = "O"', 'cif = "CsV3Sb5"', "give either 'cif'"),
        ('poscar = "POSCAR"', 'lattice = "cubic"', "'cage' belongs to 'cif'"),
        ("[interaction]", 'energies = "ionic"\n[interaction]', "needs 'charges'"),
        ("[interaction]", "charges = { O = -2.0 }\n[interaction]", "'charges' need energies"),
        ("[interaction]", IONIC.replace("La = 3.0, ", "") + "[interaction]", "none for La"),
        ("[interaction]", IONIC.replace("3.0", "2.0") + "[interaction]", r"has -2 e .*neutral"),
        ("[interaction]", "depth = { square = 1.0 }\n[interaction]", "kinds here: octahedron"),
    ],
)  # fmt: skip
def test_mistakes_end_in_a_line(run, old: str, new: str, message: str) -> None:
    path = run((old, new))
    with pytest.raises(RunFileError, match=message) as caught:
        structure(path)
    assert str(caught.value).startswith(f"{path}: ")
    assert "\n" not in str(caught.value)


def test_a_cif_beside_the_run_file(run, tmp_path: Path) -> None:
    write(tmp_path / "own.cif", crystals.ndnio2(), format="cif")
    path = run(('poscar = "POSCAR"\ncentre = "Cu"', 'cif = "own.cif"\ncentre = "Ni"'))
    assert structure(path).kinds == ("square",)
    assert wells_at(crystals.ndnio2(), "Ni").kinds == ("square",)
