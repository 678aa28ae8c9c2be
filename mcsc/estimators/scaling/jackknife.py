"""Jackknife of what is computed from several sizes at once: one block of one size left out.

Sizes are independent simulations. The covariance of any numbers made from all of them is the sum
over the sizes of the jackknife covariance over the blocks of time of that size, with the other
sizes whole. Values are kept in rows: row 0 from all samples, then one row for each left-out block,
the blocks of the first size first. Everything computed along the rows, fits included, has its error
from them, and numbers that share a size are correlated as they should be.

B. Efron, C. Stein, Ann. Stat. 9, 586 (1981), doi:10.1214/aos/1176345462 (jackknife of several
independent samples).
"""

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from mcsc.arrays import FloatArray


def block_choices(n_sizes: int, n_blocks: int) -> NDArray[np.intp]:
    """Which row of each size enters each row of all, shape (1 + n_sizes n_blocks, n_sizes).

    Row 0 of a size is made from all of its samples, row b + 1 without block b.
    """
    choices = np.zeros((1 + n_sizes * n_blocks, n_sizes), dtype=np.intp)
    for i in range(n_sizes):
        first = 1 + i * n_blocks
        choices[first : first + n_blocks, i] = np.arange(1, n_blocks + 1)
    return choices


def joined(rows: Sequence[FloatArray]) -> FloatArray:
    """Numbers of each size, shape (n_blocks + 1, ...) each, as rows of all sizes.

    Returns: Shape (1 + n_sizes n_blocks, n_sizes, ...).
    """
    choices = block_choices(len(rows), len(rows[0]) - 1)
    return np.stack([row[choices[:, i]] for i, row in enumerate(rows)], axis=1)


def covariance(values: FloatArray, n_sizes: int) -> FloatArray:
    """Covariance of k numbers.

    values: Rows, shape (1 + n_sizes n_blocks, k).
    n_sizes: Number of independent sizes.

    Returns: Shape (k, k); NaN for a number that any row lacks.
    """
    blocks = values[1:].reshape(n_sizes, -1, values.shape[1])
    n_blocks = blocks.shape[1]
    changes = blocks - blocks.mean(axis=1, keepdims=True)
    return np.asarray((n_blocks - 1) / n_blocks * np.einsum("sbi,sbj->ij", changes, changes))


def stderr(values: FloatArray, n_sizes: int) -> FloatArray:
    """Standard errors of k numbers, shape (k,), from rows as for `covariance`."""
    return np.sqrt(np.diag(covariance(values, n_sizes)))
