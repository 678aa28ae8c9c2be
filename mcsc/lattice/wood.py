"""Names of plane superlattices, as surface science writes them.

References
----------
E. A. Wood, J. Appl. Phys. 35, 1306 (1964), doi:10.1063/1.1713610.
"""

from itertools import product

import numpy as np
import numpy.typing as npt

FloatArray = npt.NDArray[np.float64]
IntArray = npt.NDArray[np.int64]

# lengths and angles count as equal within this
_ALIKE = 1e-4


def plane_lattice(vectors: IntArray, cell: FloatArray) -> tuple[str, IntArray]:
    """Name of a plane superlattice, and the primitive vectors that it speaks of.

    Parameters
    ----------
    vectors
        (2, 2) two shortest lattice vectors as rows, in units of the cell vectors.
    cell
        (2, 3) vectors of the plane cell.
    """
    alike = _like_the_cell(vectors, cell)
    if alike is not None:
        sides, own = alike @ cell, np.linalg.norm(cell, axis=1)
        first, second = np.linalg.norm(sides, axis=1) / own
        along = sides[0] @ cell[0] / np.linalg.norm(sides[0]) / own[0]
        turned = float(np.degrees(np.arccos(min(along, 1.0))))
        # the arc cosine of 1 is known to half its digits only
        turn = f" R{turned:.1f}".removesuffix(".0") + "°" if turned > 1e-3 else ""
        return f"{_root(first)}×{_root(second)}{turn}", alike
    # a rectangle with a lattice point in its middle
    index = abs(round(float(np.linalg.det(vectors))))
    if abs(cell[0] @ cell[1]) < _ALIKE * np.linalg.norm(cell[0]) * np.linalg.norm(cell[1]):
        for p in range(1, 2 * index + 1):
            q, rest = divmod(2 * index, p)
            inside = np.array([[p, 0], [p / 2, q / 2]]) @ np.linalg.inv(vectors)
            if rest == 0 and np.allclose(inside, np.rint(inside)):
                return f"c({p}×{q})", vectors
    return ",".join(f"({p},{q})" for p, q in vectors.tolist()), vectors


def _like_the_cell(vectors: IntArray, cell: FloatArray) -> IntArray | None:
    """Primitive vectors at the angle of the cell vectors, turned least against them."""
    steps = np.array(list(product(range(-3, 4), repeat=2)))
    sides = steps @ vectors @ cell
    lengths, own = np.linalg.norm(sides, axis=1), np.linalg.norm(cell, axis=1)
    turns = steps[:, None, 0] * steps[None, :, 1] - steps[:, None, 1] * steps[None, :, 0]
    i, j = np.nonzero(turns == 1)
    angle = (sides[i] * sides[j]).sum(axis=1) / (lengths[i] * lengths[j])
    fits = np.abs(angle - cell[0] @ cell[1] / (own[0] * own[1])) < _ALIKE
    if not fits.any():
        return None
    i, j = i[fits], j[fits]
    along = np.round(sides[i] @ cell[0] / lengths[i], 6)
    across = np.round(sides[i] @ cell[1] / lengths[i], 6)
    best = np.lexsort((-across, np.round(lengths[i] + lengths[j], 6), -along))[0]
    return np.array([steps[i[best]] @ vectors, steps[j[best]] @ vectors], dtype=np.int64)


def _root(length: float) -> str:
    """A length as a whole number, as one times a root, or in decimals."""
    square = round(length**2)
    if abs(length - square**0.5) > _ALIKE:
        return f"{length:.3g}"
    factor = max(k for k in range(1, square + 1) if square % k**2 == 0)
    rest = square // factor**2
    return f"{factor}" if rest == 1 else f"{factor if factor > 1 else ''}√{rest}"
