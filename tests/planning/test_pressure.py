"""Strain, lattice constants and pressure in a run file, given and varied."""

from pathlib import Path

import numpy as np
import pytest

from mcsc.config import RunFileError
from mcsc.planning import plan

CRYSTAL = """
[structure]
cif = "CsV3Sb5"
net = "V"
bulk_modulus = 40.0
[wells]
states = "vertices"
displacement = 0.1
[scan]
doping = [1.0]
temperature = { start = 100.0, stop = 200.0, num = 2 }
size = [3, 3, 1]
[sampling]
sweeps = 128
measurements = 64
"""


def planned(folder: Path, text: str):
    path = folder / "run.toml"
    path.write_text(text)
    return plan(path)


def lengths(folder: Path, keys: str, text: str = CRYSTAL):
    found = planned(folder, text.replace("bulk_modulus = 40.0", keys)).variants[0].structure
    return np.linalg.norm(found.cell, axis=1)


def test_pressure_is_a_dimension_with_a_unit(tmp_path: Path) -> None:
    found = planned(tmp_path, CRYSTAL + "[scan.vary]\nstructure.pressure = [0.0, 10.0]\n")
    axis = found.axes["pressure"]
    assert axis.attrs["units"] == "GPa"
    assert "hydrostatic pressure" in axis.attrs["long_name"]
    ambient, pressed = (variant.structure for variant in found.variants)
    # B' = 4: V/V0 = (1 + 4 · 10/40)^(−1/4)
    assert pressed.volume / ambient.volume == pytest.approx(2**-0.25, rel=1e-12)
    delta = [np.linalg.norm(s.wells[0].displacements[1]) for s in (ambient, pressed)]
    assert delta[1] / delta[0] == pytest.approx(2 ** (-1 / 12))
    scales = [variant.coulomb_temperature for variant in found.variants]
    assert scales[1] / scales[0] == pytest.approx(2 ** (1 / 12))


def test_no_pressure_is_the_task_it_was(tmp_path: Path) -> None:
    plain = planned(tmp_path, CRYSTAL.replace("bulk_modulus = 40.0\n", ""))
    varied = planned(tmp_path, CRYSTAL + "[scan.vary]\nstructure.pressure = [0.0, 10.0]\n")
    digests = [at.task.digest() for at in varied.tasks]
    assert plain.tasks[0].task.digest() == digests[0] != digests[1]


def test_absolute_displacements_do_not_follow(tmp_path: Path) -> None:
    text = CRYSTAL.replace("displacement = 0.1", "displacement_length = 0.2")
    found = planned(tmp_path, text + "[scan.vary]\nstructure.strain_a = [0.0, -0.05]\n")
    for variant in found.variants:
        for well in variant.structure.wells:
            lengths = np.linalg.norm(well.displacements[1:], axis=1)
            np.testing.assert_allclose(lengths, 0.2)


def test_lengths_of_the_cell(tmp_path: Path) -> None:
    a, b, c = lengths(tmp_path, "")
    assert a == pytest.approx(b)
    np.testing.assert_allclose(lengths(tmp_path, "strain_a = 0.01"), [1.01 * a, b, c])
    np.testing.assert_allclose(lengths(tmp_path, "a = 5.4"), [5.4, 5.4, c])
    np.testing.assert_allclose(lengths(tmp_path, "a = 5.4\nb = 5.6"), [5.4, 5.6, c])
    np.testing.assert_allclose(lengths(tmp_path, "c = 9.0"), [a, b, 9.0])
    soft = "compressibility = [0.005, 0.005, 0.02]\npressure = 2.0"
    np.testing.assert_allclose(lengths(tmp_path, soft), np.exp([-0.01, -0.01, -0.04]) * [a, b, c])
    both = "bulk_modulus = 40.0\nbulk_modulus_derivative = 1.0\npressure = 40.0\nc = 9.0"
    np.testing.assert_allclose(
        lengths(tmp_path, both), [a / 2 ** (1 / 3), b / 2 ** (1 / 3), 9 / 2 ** (1 / 3)]
    )


def test_built_in_lattices_are_strained_along_their_axes(tmp_path: Path) -> None:
    text = CRYSTAL.replace('cif = "CsV3Sb5"\nnet = "V"', 'lattice = "bcc"')
    text = text.replace('"vertices"\ndisplacement = 0.1', '"centre"').replace("3, 3, 1", "4, 4, 4")
    text = text.replace("doping = [1.0]", "doping = [0.5]")
    found = planned(tmp_path, text.replace("bulk_modulus = 40.0", "strain_c = 0.1"))
    cell = found.variants[0].structure.cell
    np.testing.assert_allclose(cell, 0.5 * np.array([[-1, 1, 1.1], [1, -1, 1.1], [1, 1, -1.1]]))


@pytest.mark.parametrize(
    ("old", "new", "message"),
    [
        ("bulk_modulus = 40.0", "pressure = 5.0", "'pressure' needs 'bulk_modulus' or"),
        ("bulk_modulus = 40.0", "bulk_modulus = -1.0", r"structure\.bulk_modulus = -1\.0: .*great"),
        ("bulk_modulus = 40.0", "bulk_modulus_derivative = 4.0", "needs 'bulk_modulus': add it"),
        ("40.0", "40.0\npressure = -12.0", "pressure -12: a tension beyond 10"),
        ("40.0", "40.0\ncompressibility = [0.01, 0.01, 0.01]", "either 'bulk_modulus' or"),
        ("40.0", "40.0\nstrain_a = -1.0", r"structure\.strain_a = -1\.0: .*greater than -1"),
        ("40.0", "40.0\nstrain_c = 0.1\na = 5.0", "either lattice constants"),
        ("40.0", "40.0\na = 0.0", r"structure\.a = 0\.0: .*greater than 0"),
        ('cif = "CsV3Sb5"\nnet = "V"', 'lattice = "cubic"\npressure = 1.0', "needs a crystal"),
        ('cif = "CsV3Sb5"\nnet = "V"', 'lattice = "cubic"\nb = 1.1', "'b' needs a crystal"),
        (
            "start = 100.0, stop = 200.0, num = 2 }",
            'start = 0.1, stop = 0.2, num = 2, unit = "coulomb" }\n'
            "vary = { structure.pressure = [0.0, 1.0] }",
            r'unit = "coulomb": varying structure\.pressure changes this unit; give the temp',
        ),
    ],
)
def test_mistakes_end_in_one_line(tmp_path: Path, old: str, new: str, message: str) -> None:
    assert old in CRYSTAL
    with pytest.raises(RunFileError, match=message) as raised:
        planned(tmp_path, CRYSTAL.replace(old, new, 1))
    assert len(str(raised.value).splitlines()) == 1
    assert str(tmp_path / "run.toml") in str(raised.value)


def test_a_centred_crystal_is_strained_along_its_conventional_axes(tmp_path: Path) -> None:
    text = CRYSTAL.replace('cif = "CsV3Sb5"\nnet = "V"', 'cif = "La2CuO4"\ncentre = "Cu"')
    text = text.replace("doping = [1.0]", "doping = [0.25]").replace("3, 3, 1", "4, 4, 4")
    strain = "strain_a = 0.02\nstrain_b = 0.02\nstrain_c = -0.05"
    relaxed, strained = (
        planned(tmp_path, text.replace("bulk_modulus = 40.0", keys)).variants[0].structure
        for keys in ("", strain)
    )
    # I4/mmm: the axes of the cell of the file are x, y and z
    np.testing.assert_allclose(strained.cell, relaxed.cell * [1.02, 1.02, 0.95], atol=1e-9)
    apical = [
        np.abs((s.wells[0].cage - s.wells[0].centre)[:, 2]).max() for s in (relaxed, strained)
    ]
    assert apical[1] == pytest.approx(0.95 * apical[0])
    # a squeezed elongated octahedron is a better one
    assert strained.wells[0].distortion < relaxed.wells[0].distortion
