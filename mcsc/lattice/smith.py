"""Sublattices of a lattice in integers: Smith's normal form and what follows from it."""

from math import gcd

import numpy as np
import numpy.typing as npt

from mcsc.arrays import IntArray

Cells = tuple[int, int, int]
Matrix = tuple[Cells, Cells, Cells]


def smith(matrix: npt.ArrayLike) -> tuple[tuple[int, ...], IntArray]:
    """A basis of the lattice Zⁿ whose multiples are a basis of a sublattice, that rows (k, n) span.

    Returns: divisors: k whole numbers, each a divisor of the next one; 0 where the rows are
        dependent.
        basis: (n, n) unimodular: the rows of the sublattice are integer combinations of
        ``divisors[i] * basis[i]``, and the other way round.

    H. J. S. Smith, Phil. Trans. R. Soc. 151, 293 (1861), doi:10.1098/rstl.1861.0016.
    """
    # Python's own integers have no largest one
    m = [[int(x) for x in row] for row in np.asarray(matrix).tolist()]
    k, n = len(m), len(m[0])
    basis = [[int(i == j) for j in range(n)] for i in range(n)]

    def swap_columns(i: int, j: int) -> None:
        for row in m:
            row[i], row[j] = row[j], row[i]
        basis[i], basis[j] = basis[j], basis[i]

    t = 0
    while t < k:
        entries = [(abs(m[i][j]), i, j) for i in range(t, k) for j in range(t, n) if m[i][j]]
        if not entries:
            break
        _, i, j = min(entries)
        m[t], m[i] = m[i], m[t]
        swap_columns(t, j)
        for i in range(t + 1, k):
            q = m[i][t] // m[t][t]
            m[i] = [x - q * y for x, y in zip(m[i], m[t], strict=True)]
        for j in range(t + 1, n):
            # what a column loses, the basis vector of the pivot gains
            q = m[t][j] // m[t][t]
            for row in m:
                row[j] -= q * row[t]
            basis[t] = [x + q * y for x, y in zip(basis[t], basis[j], strict=True)]
        if any(m[i][t] for i in range(t + 1, k)) or any(m[t][t + 1 :]):
            continue
        odd = [i for i in range(t + 1, k) if any(x % m[t][t] for x in m[i])]
        if odd:
            m[t] = [x + y for x, y in zip(m[t], m[odd[0]], strict=True)]
            continue
        t += 1
    return tuple(abs(m[i][i]) for i in range(k)), np.array(basis, dtype=np.int64)


def determinant(matrix: npt.ArrayLike) -> int:
    """Determinant of a (3, 3) matrix of integers, exact."""
    (a, b, c), (d, e, f), (g, h, i) = (map(int, row) for row in np.asarray(matrix).tolist())
    return a * (e * i - f * h) - b * (d * i - f * g) + c * (d * h - e * g)


def order_of(vector: npt.ArrayLike, matrix: npt.ArrayLike) -> int:
    """How many times a lattice vector (3,) is repeated until it is in the sublattice (3, 3)."""
    whole = abs(determinant(matrix))
    m = [[int(x) for x in row] for row in np.asarray(matrix).tolist()]
    v = [int(x) for x in np.asarray(vector).tolist()]
    # v = c @ matrix by Cramer's rule; c has the denominator that is sought
    shares = [determinant([*m[:i], v, *m[i + 1 :]]) for i in range(3)]
    return whole // gcd(whole, *shares)


def completed(covector: npt.ArrayLike) -> IntArray:
    """A basis of the lattice whose third vector leads out of a lattice plane by one layer.

    Of integers h (3,) without a common divisor, h · c the layer of the lattice vector c: (3, 3)
    unimodular rows with h · row = 0, 0 and 1.
    """
    h = np.asarray(covector, dtype=np.int64)
    (divisor,), basis = smith(h[None])
    if divisor != 1:
        raise ValueError(f"{h.tolist()} has a common divisor: {divisor}")
    # h = ± basis[0], so that h · (inverse columns) = ±1, 0, 0
    columns = np.rint(np.linalg.inv(basis)).astype(np.int64).T
    out = columns[0] * int(h @ columns[0])
    return np.array([columns[1], columns[2], out])
