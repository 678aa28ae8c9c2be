"""The continuous shape measure against closed forms and published values."""

from itertools import permutations

import numpy as np
import pytest
from scipy.spatial.transform import Rotation

from mcsc.structure.polyhedra import IDEAL, kind_of, shape_measure


@pytest.mark.parametrize("kind", IDEAL)
def test_perfect_shapes_measure_zero_however_placed(kind):
    rng = np.random.default_rng(5)
    arms = 1.7 * Rotation.random(random_state=rng).apply(rng.permutation(IDEAL[kind]))
    found, distortion = kind_of(arms)
    assert found == kind
    assert distortion == pytest.approx(0, abs=1e-10)
    assert kind_of(-arms)[1] == pytest.approx(0, abs=1e-10)


@pytest.mark.parametrize(
    ("shape", "ideal", "expected"),
    [
        # Pinsky and Avnir 1998: 33.33
        ("square", "tetrahedron", 100 / 3),
        ("tetrahedron", "square", 100 / 3),
        # Alvarez et al., New J. Chem. 26, 996 (2002), doi:10.1039/B200641N: 16.74
        ("trigonal_prism", "octahedron", 16.74),
        ("octahedron", "trigonal_prism", 16.74),
        # the same: 33.33
        ("beta", "octahedron", 100 / 3),
    ],
)
def test_published_values(shape, ideal, expected):
    assert shape_measure(IDEAL[shape], IDEAL[ideal]) == pytest.approx(expected, abs=5e-3)


@pytest.mark.parametrize("ratio", [0.8, 1.0, 1.1, 1.27, 1.44])
def test_elongated_octahedron(ratio):
    """With all axes kept, S = 100 (4/3) (a − c)²/(4a² + 2c²) by the best size alone."""
    arms = IDEAL["octahedron"] * [1, 1, ratio]
    expected = 100 * (4 / 3) * (1 - ratio) ** 2 / (4 + 2 * ratio**2)
    assert kind_of(arms) == ("octahedron", pytest.approx(expected, abs=1e-9))


def test_off_centre_ion():
    """A shift u of the centre alone, d from the vertices: S = 100 (6/7) u²/(6 d² + (6/7) u²)."""
    shift = np.array([0.1, 0.05, -0.08])
    u2 = shift @ shift
    expected = 100 * (6 / 7) * u2 / (6 + (6 / 7) * u2)
    assert shape_measure(IDEAL["octahedron"] + shift, IDEAL["octahedron"]) == pytest.approx(
        expected, abs=1e-9
    )


def test_starts_find_what_all_assignments_find():
    rng = np.random.default_rng(2)
    cube = IDEAL["cube"]
    every = np.array(list(permutations(range(8))))
    for noise in (0.1, 0.3):
        arms = cube + noise * rng.normal(size=cube.shape)
        n, mean = 9, arms.sum(axis=0) / 9
        sizes = (arms**2).sum() - n * mean @ mean, (cube**2).sum()
        overlap = 0.0
        for part in np.array_split(every, 8):
            mixed = np.einsum("ka,nkb->nab", arms, cube[part])
            overlap = max(overlap, np.linalg.svd(mixed, compute_uv=False).sum(axis=1).max())
        exact = 100 * (1 - overlap**2 / (sizes[0] * sizes[1]))
        assert shape_measure(arms, cube) == pytest.approx(exact, abs=1e-9)


def test_what_is_no_shape_keeps_its_number():
    assert kind_of(IDEAL["cube"][:7])[0] == "7-cage"
    stretched = IDEAL["tetrahedron"] * [1, 1, 4]
    assert kind_of(stretched)[0] == "4-cage"
    assert np.isnan(kind_of(stretched)[1])
    with pytest.raises(ValueError, match="give two times"):
        shape_measure(IDEAL["cube"], IDEAL["square"])
    with pytest.raises(ValueError, match="lie on the centre"):
        shape_measure(np.zeros((4, 3)), IDEAL["square"])
