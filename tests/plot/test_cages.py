"""Polyhedra of cages: the right faces, all inside the picture."""

import crystals
import numpy as np
import pytest
from scipy.spatial.transform import Rotation

from mcsc.plot import cage_figure
from mcsc.plot.cages import cage_faces
from mcsc.structure import Well, textbook, wells_at
from mcsc.structure.crystal import primitive_cell
from mcsc.structure.polyhedra import IDEAL

# corners of the faces of the perfect shapes
FACES = {
    "alpha": [3],
    "square": [4],
    "beta": [6],
    "tetrahedron": [3] * 4,
    "square_pyramid": [3] * 4 + [4],
    "trigonal_bipyramid": [3] * 6,
    "octahedron": [3] * 8,
    "trigonal_prism": [3] * 2 + [4] * 3,
    "cube": [4] * 6,
    "cuboctahedron": [3] * 8 + [4] * 6,
}


@pytest.mark.parametrize("kind", FACES)
def test_faces(kind):
    centre = np.array([0.3, -1.0, 2.0])
    cage = 2 * Rotation.from_rotvec([0.3, 1.0, -0.4]).apply(IDEAL[kind]) + centre
    faces = cage_faces(Well(kind, centre, cage, ("O",) * len(cage)))
    assert sorted(len(face) for face in faces) == FACES[kind]
    for face in faces:
        # in order around the face: every side is an edge, the shortest distance of its corners
        sides = np.linalg.norm(face - np.roll(face, 1, axis=0), axis=1)
        apart = np.linalg.norm(face[:, None] - face, axis=-1)
        assert sides.max() <= np.sort(apart, axis=1)[:, 2].max() + 1e-9


def test_figure():
    structure = wells_at(primitive_cell(crystals.yba2cu3o7()), "Cu")
    figure = cage_figure(structure)
    (ax,) = figure.axes
    limits = np.array([ax.get_xlim(), ax.get_ylim(), ax.get_zlim()])
    for well in structure.wells:
        assert (well.cage >= limits[:, 0] - 1e-9).all()
        assert (well.cage <= limits[:, 1] + 1e-9).all()
    labels = [text.get_text() for text in figure.legends[0].get_texts()]
    assert labels == ["1 × square", "2 × square_pyramid", "Y", "Ba", "Cu", "O"]


def test_wells_without_cages_are_refused():
    from dataclasses import replace

    bare = textbook("cubic")
    bare = replace(bare, wells=(Well("site", (0, 0, 0)),))
    with pytest.raises(ValueError, match="no well has a cage to draw"):
        cage_figure(bare)
