"""Anisotropic media: rescaled crystals in any cell, and the symmetry that is left."""

from dataclasses import replace

import numpy as np
import pytest
from exact import crystal
from exact import well as make_well

from mcsc.chain import Task
from mcsc.lattice import equivalent_wells
from mcsc.model import Interactions, build_model, principal_axes, stretch_of
from mcsc.planning import plan
from mcsc.structure import slab, textbook

OBLIQUE = np.array([[0.4, -0.3, 1.1], [1.0, 0.1, -0.2], [0.4, 1.3, 0.3]])
AXES = principal_axes(OBLIQUE)
EPSILON = (2.0, 5.0, 9.0)
STRUCTURE = crystal(
    OBLIQUE * [[3.0], [2.0], [2.0]],
    make_well("one", (0, 0, 0), [(0, 0, 0), (0.1, 0, 0.2)], depth=-0.1),
    make_well("two", (0.6, 1.1, 1.2)),
)


def rescaled(structure, stretch):
    """The same wells at S r."""
    wells = [
        replace(w, centre=w.centre @ stretch, displacements=w.displacements @ stretch)
        for w in structure.wells
    ]
    return replace(structure, cell=structure.cell @ stretch, wells=tuple(wells))


def test_charges_repel_as_in_the_medium():
    """1/√(det ε · r·ε⁻¹·r), by its tensor."""
    axes = np.array(AXES)
    tensor = axes.T @ np.diag(EPSILON) @ axes
    stretch = stretch_of(EPSILON, AXES)
    r = np.array([0.3, -1.1, 0.7])
    direct = 1 / np.sqrt(np.linalg.det(tensor) * (r @ np.linalg.solve(tensor, r)))
    assert 1 / (90 ** (1 / 3) * np.linalg.norm(r @ stretch)) == pytest.approx(direct)
    # a lies along the first, b in the plane of the first two
    assert np.abs(OBLIQUE[0] @ axes.T)[1:].max() < 1e-9
    assert abs(OBLIQUE[1] @ axes[2]) < 1e-9
    hexagonal = principal_axes(textbook("triangular").cell)
    np.testing.assert_allclose(hexagonal, np.eye(3), atol=1e-9)


@pytest.mark.parametrize("gated", [None, 2, 1], ids=["crystal", "gates", "gate"])
@pytest.mark.parametrize(
    "size", [(2, 1, 2), [[1, 0, 0], [0, 2, 1], [0, -1, 2]]], ids=["", "turned"]
)
def test_energies_are_those_of_a_rescaled_crystal(gated, size):
    """In a triclinic cell, of displaced states; gates rescale with the heights above the plane."""
    stretch = stretch_of(EPSILON, AXES)
    structure, distance, scaled = STRUCTURE, np.inf, np.inf
    if gated:
        structure = slab(STRUCTURE, "a")
        size = (1, 1, 2) if isinstance(size, tuple) else size
        distance = 9.0
        b, c = structure.cell[1:]
        normal = np.cross(b, c) / np.linalg.norm(np.cross(b, c))
        # the plane n·r = h is n·S⁻¹·r' = h
        scaled = distance / np.linalg.norm(np.linalg.solve(stretch, normal))
    gates = {"gates": gated} if gated else {}
    medium = Interactions(
        True, EPSILON, permittivity_axes=AXES, screening_length=7.0, gate_distance=distance, **gates
    )
    mean = Interactions(True, 90 ** (1 / 3), screening_length=7.0, gate_distance=scaled, **gates)
    one, other = (
        build_model(structure, size, medium),
        build_model(rescaled(structure, stretch), size, mean),
    )
    np.testing.assert_allclose(one.pair, other.pair, atol=1e-9)
    np.testing.assert_allclose(one.site, other.site, atol=1e-9)
    assert medium.charging_energy(structure) == pytest.approx(
        mean.charging_energy(rescaled(structure, stretch))
    )
    assert one.coulomb_temperature == pytest.approx(
        Interactions(True, 90 ** (1 / 3)).coulomb_temperature(structure)
    )


def test_a_medium_takes_away_symmetry():
    """Three bonds of the kagome lattice are alike, but not where one direction screens more."""
    kagome = textbook("kagome")
    for epsilon, orbits in ((1.0, 1), ((2.0, 2.0, 5.0), 1), ((2.0, 3.0, 5.0), 2)):
        model = build_model(kagome, (2, 2, 2), Interactions(True, epsilon))
        assert len(set(equivalent_wells(model.lattice.structure))) == orbits
        # as the energies say
        own = model.pair.sum(axis=(1, 2, 3, 4))
        assert len(set(np.round(own + 2 * model.site, 9))) == orbits


def test_a_single_gate_tells_below_from_above():
    two = slab(textbook("cubic"), "c", cells=2)
    for gates, orbits in ((2, 1), (1, 2)):
        model = build_model(two, (2, 2, 1), Interactions(gate_distance=4.0, gates=gates))
        assert len(set(equivalent_wells(model.lattice.structure))) == orbits
        assert len(set(np.round(model.site, 9))) == orbits


def test_equal_numbers_are_one():
    task = Task(textbook("cubic"), (2, 2, 2), 4, (1.0,), Interactions(True, 3.0))
    same = replace(task, interactions=Interactions(True, (3.0, 3.0, 3.0)))
    other = replace(task, interactions=Interactions(True, (3.0, 3.0, 4.0)))
    listed = replace(task, interactions=Interactions(True, [3, 3, 4]))
    assert task.digest() == same.digest() != other.digest() == listed.digest()
    with pytest.raises(ValueError, match=r"relative_permittivity \(1.0, 2.0\): must be positive"):
        Interactions(True, (1.0, 2.0))


def test_a_run_file_gives_numbers_along_the_axes_of_the_cell(tmp_path):
    """Of the cube, though the cell is primitive and the supercell turned."""
    file = tmp_path / "run.toml"
    for lattice, scan in (
        ("bcc", "size = [4, 4, 4]"),
        ("triangular", "supercell = [[4, 2, 0], [-2, 2, 0], [0, 0, 4]]"),
    ):
        file.write_text(
            f'[structure]\nlattice = "{lattice}"\n[interaction]\n'
            "relative_permittivity = [2.0, 2.0, 5.0]\n[scan]\n"
            f"temperature = {{ start = 0.1, stop = 0.3, num = 3 }}\ndoping = [0.5]\n{scan}\n"
        )
        (task,) = (at.task for at in plan(file).tasks)
        np.testing.assert_allclose(task.interactions.permittivity_axes, np.eye(3), atol=1e-9)
        assert task.interactions.mean_permittivity == pytest.approx(20 ** (1 / 3))
    with pytest.raises(ValueError, match="power 3 beside relative_permittivity"):
        Interactions(True, (1.0, 1.0, 2.0), power=3)
