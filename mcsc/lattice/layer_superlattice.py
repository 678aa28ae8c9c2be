"""The superlattice that the carriers of one layer form, read from a snapshot with its defects.

It has the name that surface science gives it.

E. A. Wood, J. Appl. Phys. 35, 1306 (1964), doi:10.1063/1.1713610.
"""

from itertools import product

import numpy as np

from mcsc.arrays import BoolArray, FloatArray, IntArray

# share of the carriers, or empty wells, that a translation carries into such ones
_REPEATED = 0.9


def plane_basis(first: FloatArray, second: FloatArray) -> FloatArray:
    """Orthonormal rows (2, 3) of the plane of two vectors.

    x and y where the vectors lie in that plane, else the first row is along ``first``.
    """
    if np.allclose([first[2], second[2]], 0.0, atol=1e-9 * float(np.linalg.norm(first))):
        return np.eye(3)[:2]
    along = first / np.linalg.norm(first)
    across = second - (second @ along) * along
    return np.array([along, across / np.linalg.norm(across)])


def superlattice_name(
    cell: FloatArray, centres: FloatArray, cells: IntArray, state: IntArray
) -> str:
    """The superlattice of a layer of carriers, in Wood's notation on the lattice of the wells.

    A translation counts where it carries nine of ten carriers (of empty wells, if these are fewer)
    onto others. Wells that form a finer lattice than the crystal, such as those of a kagome net,
    are counted by that.

    cell, centres: (3, 3) vectors of the cells sampled, the first two along the layer, and (B, 3)
        their wells.
    cells: (3,) cells sampled along its vectors.
    state: (cells of the layer, B) states of the wells of a layer, -1 empty.

    Returns: ``"√3×√3"``, ``"stripes 1×2"``, ``"2×2 of empty wells"``; empty where there is none.
    """
    basis = plane_basis(cell[0], cell[1])
    steps = np.indices(cells[:2].tolist()).reshape(2, -1).T
    positions = (steps @ cell[:2])[:, None] + centres
    flat = (positions @ basis.T).reshape(-1, 2)
    heights = (positions @ np.cross(*basis)).reshape(-1)
    sides = (np.asarray(cells)[:2, None] * cell[:2]) @ basis.T
    filled = (state >= 0).reshape(-1)
    holes = filled.mean() > 0.5
    minority = ~filled if holes else filled
    if not minority.any():
        return ""
    moved, kept = _translations(flat, heights, sides, minority.reshape(*cells[:2], len(centres)))
    wells, periods = _reduced(moved, sides), _reduced(moved[kept >= _REPEATED], sides)
    vectors = np.rint(periods @ np.linalg.inv(wells)).astype(np.int64)
    index = round(float(np.linalg.det(vectors)))
    repeats = int((kept >= _REPEATED).sum())
    # what a defect spoils need not be a lattice, and one that hardly goes in may be chance
    if index < 2 or index * repeats != len(moved) or index > repeats:
        return ""
    if np.linalg.norm(periods, axis=1).max() > 0.51 * np.linalg.norm(_reduced(sides, sides)[0]):
        return ""
    whole, _ = plane_lattice(vectors, np.column_stack([wells, np.zeros(2)]))
    name, _, _ = whole.partition(" ")
    if name.startswith("1×") or name.endswith("×1"):
        return f"stripes {name}"
    return f"{name} of empty wells" if holes else name


def _translations(
    flat: FloatArray, heights: FloatArray, sides: FloatArray, marked: BoolArray
) -> tuple[FloatArray, FloatArray]:
    """Translations (n, 2) of a layer that carry all wells onto wells, and a share of each.

    Of the ``marked`` wells (X, Y, B) that it carries onto such ones: correlations by Fourier
    transforms, for a layer has as many translations as cells.
    """
    inverse = np.linalg.inv(sides)
    from scipy.spatial import cKDTree

    scale = float(np.linalg.norm(sides[0]))
    shares = np.column_stack([flat @ inverse % 1.0 % 1.0, heights / scale + 0.5])
    tree = cKDTree(shares, boxsize=[1.0, 1.0, 4.0 * (np.ptp(shares[:, 2]) + abs(shares).max())])
    n_wells = marked.shape[2]
    waves = np.fft.rfft2(marked, axes=(0, 1))
    moved, shared = [], []
    # any translation is one from the first well to another of its cell, and one of cells
    for well in range(n_wells):
        if not np.isclose(heights[well], heights[0], atol=1e-4 * scale):
            continue
        onto = (flat[:n_wells] + flat[well] - flat[0]) @ inverse % 1.0 % 1.0
        away, which = tree.query(np.column_stack([onto, shares[:n_wells, 2]]))
        if away.max() >= 1e-4:
            continue
        total = np.zeros(marked.shape[:2])
        for i, (cell, to) in enumerate(zip(*np.divmod(which, n_wells), strict=True)):
            found = np.fft.irfft2(waves[..., i].conj() * waves[..., to], s=marked.shape[:2])
            total += np.roll(found, -np.array(np.unravel_index(cell, marked.shape[:2])), (0, 1))
        moved.append(flat.reshape(-1, n_wells, 2)[:, well] - flat[0])
        shared.append(np.rint(total).reshape(-1) / marked.sum())
    return np.stack(moved, axis=1).reshape(-1, 2), np.stack(shared, axis=1).reshape(-1)


def _reduced(moved: FloatArray, sides: FloatArray) -> FloatArray:
    """Two shortest vectors, right-handed, of the lattice that translations and sides make."""
    images = np.array([[i, j] for i in (-1, 0, 1) for j in (-1, 0, 1)]) @ sides
    every = (moved[:, None] + images).reshape(-1, 2)
    every = np.vstack([every, sides])
    lengths = np.round(np.linalg.norm(every, axis=1), 6)
    kept = lengths > 1e-4
    every, lengths = every[kept], lengths[kept]
    # of equally long ones those most along x
    every = every[np.lexsort((-every[:, 0], lengths))]
    first = every[0]
    turn = first[0] * every[:, 1] - first[1] * every[:, 0]
    return np.array([first, every[turn > 1e-6 * (first @ first)][0]])


# lengths and angles count as equal within this
_ALIKE = 1e-4


def plane_lattice(vectors: IntArray, cell: FloatArray) -> tuple[str, IntArray]:
    """Name of a plane superlattice, and the primitive vectors that it speaks of.

    vectors: (2, 2) two shortest lattice vectors as rows, in units of the cell vectors.
    cell: (2, 3) vectors of the plane cell.
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
