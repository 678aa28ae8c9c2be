"""Space groups of textbook crystals, found without a warning."""

import numpy as np

from mcsc.structure.crystal.symmetry import space_group

CORNER = np.zeros((1, 3))
FACES = np.array([[0, 0, 0], [0, 0.5, 0.5], [0.5, 0, 0.5], [0.5, 0.5, 0]])


def test_face_centred_cube_has_48_rotations_and_4_translations():
    group = space_group(4 * np.eye(3), FACES, [1] * 4, 1e-4)
    assert group.rotations.shape == (192, 3, 3)
    assert group.translations.shape == (192, 3)
    assert len(np.unique(group.rotations, axis=0)) == 48
    assert group.equivalent.tolist() == [0, 0, 0, 0]


def test_species_lower_the_symmetry():
    group = space_group(4 * np.eye(3), FACES, [1, 2, 2, 2], 1e-4)
    assert len(group.rotations) == 48
    assert group.equivalent.tolist() == [0, 1, 1, 1]


def test_overlapping_points_have_no_group():
    assert space_group(4 * np.eye(3), np.vstack([CORNER, CORNER + 1e-6]), [1, 1], 1e-4) is None
