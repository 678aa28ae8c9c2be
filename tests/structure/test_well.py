"""Wells and structures: what they accept and what they refuse."""

import dataclasses
import pickle

import numpy as np
import pytest

from mcsc.structure import Structure, Well, with_states

OCTAHEDRON = np.array(
    [[2, 0, 0], [0, 2, 0], [-2, 0, 0], [0, -2, 0], [0, 0, 2.4], [0, 0, -2.4]], dtype=float
)
TETRAHEDRON = np.array([[1, 1, 1], [1, -1, -1], [-1, 1, -1], [-1, -1, 1]], dtype=float)


def well_in(cage, centre=(0.3, -0.2, 0.5)):
    return Well("test", centre, np.asarray(cage) + centre, ("O",) * len(cage))


def test_distances():
    np.testing.assert_allclose(well_in(OCTAHEDRON).distances, [2, 2, 2, 2, 2.4, 2.4])
    assert Well("site", (0, 0, 0)).distances.shape == (0,)


def test_arrays_cannot_be_changed_and_are_copies():
    centre = np.zeros(3)
    well = Well("site", centre)
    centre[0] = 5.0
    assert well.centre[0] == 0.0
    structure = Structure("s", np.eye(3), (well,))
    for array in (well.centre, well.displacements, well.state_energies, well.cage, structure.cell):
        assert array.dtype == np.float64
        with pytest.raises(ValueError, match="read-only"):
            array[...] = 1.0
    with pytest.raises(dataclasses.FrozenInstanceError):
        well.depth = 1.0  # type: ignore[misc]


def test_pickle_for_worker_processes():
    well = with_states(well_in(TETRAHEDRON), "vertices", 0.2, 0.01)
    copy = pickle.loads(pickle.dumps(Structure("s", 9 * np.eye(3), (well,)))).wells[0]
    np.testing.assert_array_equal(copy.displacements, well.displacements)


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"kind": ""}, "kind of a well is empty"),
        ({"centre": np.zeros(2)}, r"centre has shape \(2,\); give an array of shape \(3\)"),
        ({"centre": [np.nan, 0, 0]}, "NaN"),
        ({"depth": np.inf}, "depth is inf"),
        ({"cage_species": ("O",)}, "6 cage ions but 1 cage_species"),
        ({"displacements": [[0.1, 0, 0]]}, "row 0 of displacements must be zero"),
        ({"displacements": np.zeros((0, 3))}, "row 0 of displacements must be zero"),
        ({"displacements": np.zeros((2, 3)), "state_energies": [0, 0]}, "same displacement"),
        ({"state_energies": [0.0, 1.0]}, "1 displacements but 2 state_energies"),
    ],
)
def test_well_refuses(change, message):
    with pytest.raises(ValueError, match=message) as caught:
        dataclasses.replace(well_in(OCTAHEDRON), **change)
    assert "\n" not in str(caught.value)


def structure_of(*centres, cell=None, **fields):
    wells = tuple(Well("site", centre) for centre in centres)
    return Structure("s", np.eye(3) if cell is None else cell, wells, **fields)


@pytest.mark.parametrize(
    ("build", "message"),
    [
        (lambda: structure_of(), "no wells"),
        (lambda: structure_of((0, 0, 0), cell=np.ones((3, 3))), "lie in one plane"),
        (lambda: structure_of((0, 0, 0), cell=np.eye(2)), "cell has shape"),
        (lambda: structure_of((0, 0, 0), (0, 0, 1e-6)), r"wells 0 \(site\) and 1 \(site\) overlap"),
        (lambda: structure_of((0, 0, 0), (3, -2, 1)), "overlap"),
        (lambda: structure_of((0, 0, 0), ions=("V",)), "1 ions but 0 ion_positions"),
    ],
)
def test_structure_refuses(build, message):
    with pytest.raises(ValueError, match=message):
        build()


def test_states_of_neighbouring_wells_may_not_meet():
    cage = np.array([[1, 0, 0], [-1, 0, 0]])
    meeting = with_states(Well("site", (0, 0, 0), cage, ("M", "M")), "vertices", 0.5)
    with pytest.raises(ValueError, match="overlap"):
        Structure("chain", np.eye(3), (meeting,))
    assert Structure("chain", 2 * np.eye(3), (meeting,)).n_states == 3


def test_structure_properties():
    wells = (
        Well("beta", (0, 0, 0)),
        with_states(well_in(TETRAHEDRON), "vertices", 0.2),
        Well("alpha", (2, 2, 2)),
    )
    structure = Structure("s", np.diag([3.0, 4.0, -5.0]), wells)
    assert (structure.n_wells, structure.n_states) == (3, 7)
    assert structure.kinds == ("alpha", "beta", "test")
    assert structure.volume == pytest.approx(60)
    assert structure.lattice_constant == 3
