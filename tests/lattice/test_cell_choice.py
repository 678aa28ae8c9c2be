"""Supercells as integer matrices: the same superlattice, in cells that follow the layers."""

from itertools import pairwise, product

import numpy as np
import pytest

from mcsc import build_model
from mcsc.lattice import Lattice, along_cell, choose_cell, determinant
from mcsc.lattice.smith import completed, order_of, smith
from mcsc.structure import textbook

HEXAGONAL = textbook("triangular", 1.7).cell
# √7 × √7 cells of vectors at 120°, two layers
ROOT7 = ((3, 1, 0), (-1, 2, 0), (0, 0, 2))


def spans_the_same(one, other):
    """Whether two sets of integer vectors span one superlattice: each is whole in the other."""
    shares = [np.array(a) @ np.linalg.inv(b) for a, b in ((one, other), (other, one))]
    return all(np.abs(share - np.rint(share)).max() < 1e-6 for share in shares)


def matrices(n, largest=4):
    rng = np.random.default_rng(7)
    found = []
    while len(found) < n:
        matrix = rng.integers(-largest, largest + 1, (3, 3))
        if determinant(matrix):
            found.append((rng.normal(size=(3, 3)), matrix.tolist()))
    return found


@pytest.mark.parametrize("shape", [(1, 3), (2, 2), (3, 3)])
def test_smith_form_has_the_known_divisors(shape):
    rng = np.random.default_rng(1)
    for _ in range(50):
        matrix = rng.integers(-9, 10, shape)
        numbers, basis = smith(matrix)
        assert abs(round(float(np.linalg.det(basis)))) == 1
        for small, large in pairwise(numbers):
            assert large % small == 0 if small else large == 0
        # the first divisor is that of all entries, the product that of all minors
        assert numbers[0] == np.gcd.reduce(matrix.ravel())
        if shape[0] == shape[1]:
            assert np.prod(numbers) == abs(round(float(np.linalg.det(matrix))))


def test_any_matrix_is_so_many_cells_of_another_primitive_cell():
    for cell, matrix in matrices(40):
        found = choose_cell(cell, matrix)
        assert determinant(found.change) == 1
        assert spans_the_same(np.diag(found.size) @ found.change, matrix)
        assert found.n_cells == abs(determinant(matrix))


def test_vectors_lie_in_the_layers_wherever_the_supercell_permits():
    rng = np.random.default_rng(3)
    straight = 0
    for cell, matrix in matrices(100):
        plane = rng.permutation([1, rng.integers(-2, 3), rng.integers(-2, 3)])
        found = choose_cell(cell, matrix, plane.tolist())
        assert spans_the_same(np.diag(found.size) @ found.change, matrix)
        in_layers = np.abs(np.array(found.change) @ plane).tolist() == [0, 0, 1]
        # a third vector is one layer up, and repeated through all layers in the superlattice
        n_layers = int(np.gcd.reduce(np.array(matrix) @ plane))
        out = completed(plane)
        steps = np.array(list(product(range(abs(determinant(matrix))), repeat=2)))
        if len(steps) > 2500:
            continue
        thirds = (out[2] + steps @ out[:2]) * n_layers
        shares = thirds @ np.linalg.inv(matrix)
        possible = (np.abs(shares - np.rint(shares)) < 1e-6).all(axis=1).any()
        assert in_layers == possible
        straight += in_layers
    assert straight > 10


@pytest.mark.parametrize(
    ("matrix", "plane", "change", "size"),
    [
        # layers along a, b and c: the third index counts them
        (np.diag([4, 8, 8]), (1, 0, 0), [[0, 1, 0], [0, 0, 1], [1, 0, 0]], (8, 8, 4)),
        (np.diag([6, 3, 5]), (0, -1, 0), [[0, 0, 1], [1, 0, 0], [0, 1, 0]], (5, 6, 3)),
        (np.diag([6, 6, 2]), (0, 0, 1), np.eye(3), (6, 6, 2)),
        # the same superlattice by other vectors
        ([[0, 6, 0], [6, 6, 0], [0, 0, -2]], (0, 0, 1), np.eye(3), (6, 6, 2)),
        # a shear that a third vector can take up, and one that none can
        (
            [[4, 0, 0], [0, 4, 0], [1, 0, 3]],
            (0, 0, 1),
            [[1, 0, 0], [0, 1, 0], [-1, 0, 1]],
            (4, 4, 3),
        ),
        ([[4, 0, 0], [0, 4, 0], [1, 0, 2]], (0, 0, 1), None, (1, 4, 8)),
        (ROOT7, (0, 0, 1), [[1, 0, 0], [3, 1, 0], [0, 0, 1]], (7, 1, 2)),
    ],
)
def test_known_cells(matrix, plane, change, size):
    found = choose_cell(HEXAGONAL, np.array(matrix).tolist(), plane)
    assert found.size == size
    if change is not None:
        assert np.array_equal(found.change, change)


def test_cells_are_compact():
    # vectors no longer than the supercell makes them: 1, and √7 or √3 once
    for matrix, longest in ((ROOT7, 7**0.5), (((1, -1, 0), (1, 2, 0), (0, 0, 2)), 3**0.5)):
        vectors = np.array(choose_cell(HEXAGONAL, matrix).change) @ HEXAGONAL
        assert np.linalg.norm(vectors, axis=1) == pytest.approx([1, longest, 1.7])


def test_orders_are_those_of_repeated_addition():
    rng = np.random.default_rng(5)
    for _, matrix in matrices(20, largest=3):
        vector, n = rng.integers(-3, 4, 3), 1
        while not np.allclose(share := n * vector @ np.linalg.inv(matrix), np.rint(share)):
            n += 1
        assert order_of(vector, matrix) == n


def test_flat_and_broken_matrices_are_refused():
    structure = textbook("triangular")
    for wrong, message in (
        ([[1, 2, 0], [2, 4, 0], [0, 0, 1]], "lie in one plane"),
        ([[1.5, 0, 0], [0, 1, 0], [0, 0, 1]], "three vectors of three whole numbers"),
        ([[1, 0], [0, 1]], "three vectors of three whole numbers"),
    ):
        with pytest.raises(ValueError, match=message):
            Lattice(structure, wrong)


@pytest.mark.parametrize("name", ["triangular", "kagome-wells", "bcc", "fcc"])
def test_energies_are_those_of_the_doubled_supercell(name):
    """Repeated over twice the supercell, in another cell, the energy is 8 times that."""
    structure, matrix = textbook(name), np.array(ROOT7)
    rng = np.random.default_rng(2)
    small, large = build_model(structure, matrix), build_model(structure, 2 * matrix)
    filled = rng.permutation(small.lattice.n_wells)[: small.lattice.n_wells // 3]
    state = np.full(small.lattice.n_wells, -1)
    state[filled] = 0
    apart = large.lattice.positions[:, None] - small.lattice.positions[filled]
    shares = apart @ np.linalg.inv(matrix @ structure.cell)
    inside = (np.abs(shares - np.rint(shares)) < 1e-6).all(axis=2).any(axis=1)
    assert inside.sum() == 8 * len(filled)
    assert large.energy(np.where(inside, 0, -1)) == pytest.approx(
        8 * small.energy(state), rel=1e-11
    )


def test_a_diagonal_matrix_is_the_size():
    structure = textbook("kagome-wells", 1.7)
    plain, given = build_model(structure, (3, 4, 2)), build_model(structure, np.diag([3, 4, 2]))
    assert given.lattice.structure is structure
    assert given.lattice.size == plain.lattice.size == along_cell((3, 4, 2)).size
    assert np.array_equal(given.pair, plain.pair)
