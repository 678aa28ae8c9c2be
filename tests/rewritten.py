"""The same structure in other lattice vectors, turned, its wells in other cells of the lattice."""

from dataclasses import replace

import numpy as np


def unimodular(rng, n=3, steps=4, largest=4):
    """A random integer matrix of determinant ±1: a permutation and shears."""
    change = np.eye(n, dtype=np.int64)[rng.permutation(n)]
    for _ in range(steps):
        i, j = rng.choice(n, 2, replace=False)
        change[i] += rng.integers(-largest, largest + 1) * change[j]
    return change


def turn(rng):
    """A random proper rotation, rows and columns orthonormal."""
    matrix = np.linalg.qr(rng.normal(size=(3, 3)))[0]
    return matrix * np.sign(np.linalg.det(matrix))


def rewritten(structure, change, rotation, moves=None):
    """`change` gives the new lattice vectors; `moves` (B, 3) shift wells by whole cells."""
    moves = np.zeros((structure.n_wells, 3)) if moves is None else moves
    wells = tuple(
        replace(
            well,
            centre=(well.centre + move @ structure.cell) @ rotation,
            cage=(well.cage + move @ structure.cell) @ rotation,
            displacements=well.displacements @ rotation,
        )
        for well, move in zip(structure.wells, moves, strict=True)
    )
    return replace(
        structure,
        cell=np.asarray(change) @ structure.cell @ rotation,
        wells=wells,
        ion_positions=structure.ion_positions @ rotation,
    )
