"""Periodic potentials on all cells of a supercell at once, by Ewald's method."""

from collections.abc import Sequence

import numpy as np
from numpy.typing import ArrayLike

from mcsc.arrays import FloatArray, IntArray
from mcsc.model.laws import COULOMB, Law
from mcsc.periodic import expected_translations, translations_within

# about 150 bytes a term at the peak: keeps the temporaries of a chunk of offsets below 100 MB
TERMS_PER_CHUNK = 500_000
MOST_TERMS = 20_000_000
# distances below this fraction of the cell are rounding of zero
_COINCIDENT = 1e-10


def periodic_potential(
    cell: ArrayLike,
    size: Sequence[int],
    offsets: ArrayLike,
    law: Law = COULOMB,
    *,
    splitting: float | None = None,
    tolerance: float = 1e-12,
) -> FloatArray:
    """Potential of a unit charge repeated with the supercell, at an offset from every cell.

    Coulomb (``screening = 0``) with a neutralizing background and the tin-foil boundary:

        v(r) = Σ_R erfc(α|r+R|)/|r+R| + (4π/V) Σ_{K≠0} exp(−K²/4α²) exp(iK·r)/K² − π/(V α²)

    and other laws likewise, see :mod:`mcsc.model.laws`. The average of v over the supercell
    is zero for Coulomb and Yukawa. R are the translations and K the reciprocal vectors of the
    supercell, V its volume. Where r is a translation of the supercell the bare 1/r is left out:
    what remains is the potential a charge feels from its own images and its background.

    The real-space terms are folded onto the cells of the supercell and the reciprocal ones are
    folded and Fourier transformed, so the work for one offset grows as the number of cells (times
    its logarithm) and never as its square.

    cell: (3, 3) primitive lattice vectors, one a row.
    size: (Lx, Ly, Lz) primitive cells along each vector.
    offsets: (P, 3) cartesian vectors, in the length unit of ``cell``.
    law: The potential of two charges.
    splitting: α, inverse length that divides the sum; by default both halves get equally many
        terms. The result does not depend on it.
    tolerance: Truncation error aimed at, in units of V^(−1/3).

    Returns: (P, Lx, Ly, Lz): v(offsets[p] + x a1 + y a2 + z a3) in inverse length.

    Raises ValueError for a flat cell of no volume, a tolerance outside (0, 1), a splitting that is
        not positive, or more than 2e7 terms an offset (a bad splitting or an extreme cell).

    P. P. Ewald, Ann. Phys. 369, 253 (1921), doi:10.1002/andp.19213690304.
    """
    vectors, shape, shifts = checked(cell, size, offsets, tolerance)
    supercell = vectors * np.array(shape)[:, None]
    volume = abs(float(np.linalg.det(supercell)))
    alpha = _splitting(vectors, shape, splitting)
    # s of r_c = s/α, K_c = 2αs: the tails are of order exp(−s²)/(V α²) in real space, and
    # α erfc(s) in reciprocal space
    scale = alpha * np.cbrt(volume)
    reach = float(np.sqrt(np.log(max(1.0, scale, scale**-2) / tolerance)))
    real_cutoff, reciprocal_cutoff = law.cutoffs(alpha, reach)
    reciprocal = 2.0 * np.pi * np.linalg.inv(supercell).T
    terms = expected_translations(vectors, real_cutoff)
    terms = max(terms, expected_translations(reciprocal, reciprocal_cutoff))
    if terms > MOST_TERMS:
        best = _splitting(vectors, shape, None)
        remedy = f"take a value near {best:.6g}" if splitting else "the cell is too flat or long"
        raise ValueError(f"splitting {alpha:.6g} needs {terms:.1e} terms an offset; {remedy}")
    _, waves, lengths = translations_within(reciprocal, np.zeros((1, 3)), reciprocal_cutoff)
    x, y, z = waves.T
    half = (x > 0) | ((x == 0) & ((y > 0) | ((y == 0) & (z > 0))))  # of K and −K one
    amplitudes = law.waves(lengths[half] ** 2, alpha, volume)
    background = law.background(alpha, volume)

    potential = np.empty((len(shifts), *shape))
    chunk = max(1, int(TERMS_PER_CHUNK / (terms + potential[:1].size)))
    for start in range(0, len(shifts), chunk):
        part = shifts[start : start + chunk]
        potential[start : start + chunk] = (
            background
            + folded_near(vectors, shape, part, real_cutoff, alpha, law)
            + folded_waves(supercell, shape, part, waves[half], amplitudes)
        )
    return potential


def checked(
    cell: ArrayLike, size: Sequence[int], offsets: ArrayLike, tolerance: float
) -> tuple[FloatArray, tuple[int, int, int], FloatArray]:
    """Cell, size and offsets as they are summed over, or what is wrong with them."""
    vectors = np.asarray(cell, dtype=np.float64)
    shifts = np.asarray(offsets, dtype=np.float64)
    if vectors.shape != (3, 3) or not np.all(np.isfinite(vectors)):
        raise ValueError(f"cell must be 3 finite lattice vectors (3, 3), got {vectors.shape}")
    if abs(np.linalg.det(vectors)) <= 1e-12 * np.prod(np.linalg.norm(vectors, axis=1)):
        raise ValueError(f"cell {vectors.tolist()} has no volume; give 3 independent vectors")
    if shifts.ndim != 2 or shifts.shape[1] != 3 or not np.all(np.isfinite(shifts)):
        raise ValueError(f"offsets must be finite cartesian vectors (P, 3), got {shifts.shape}")
    if not 0.0 < tolerance < 1.0:
        raise ValueError(f"tolerance {tolerance} must lie between 0 and 1, 1e-12 is the default")
    return vectors, (int(size[0]), int(size[1]), int(size[2])), shifts


def _splitting(cell: FloatArray, shape: tuple[int, int, int], splitting: float | None) -> float:
    """α: the one asked for, or the one with equally many terms in both sums."""
    if splitting is None:
        volume = abs(float(np.linalg.det(cell)))
        # vectors r_c³/v of the primitive lattice against k_c³V/(2π)³ of the supercell's reciprocal
        return float(np.sqrt(np.pi) / np.cbrt(volume * np.sqrt(np.prod(shape))))
    if not 0.0 < splitting < np.inf:
        raise ValueError(f"splitting {splitting} must be an inverse length > 0; leave it out")
    return float(splitting)


def folded_near(
    cell: FloatArray,
    shape: Sequence[int],
    offsets: FloatArray,
    cutoff: float,
    alpha: float,
    law: Law,
    heights: FloatArray | None = None,
) -> FloatArray:
    """Short-ranged half, (P, *shape): primitive translations folded into the supercell.

    In a plane, with two vectors of two components, ``heights`` (P,) above it come in addition.
    """
    radius: float | FloatArray = cutoff
    if heights is not None:
        radius = np.sqrt(np.maximum(cutoff**2 - heights**2, 0.0))
    owner, translations, distances = translations_within(cell, offsets, radius)
    if heights is not None:
        distances = np.hypot(distances, heights[owner])
    cells = np.ravel_multi_index(tuple(np.mod(translations, shape).T), tuple(shape))
    coincident = distances < _COINCIDENT * abs(np.linalg.det(cell)) ** (1 / len(cell))
    distances[coincident] = 1.0
    values = law.near(distances, alpha)
    values[coincident] = law.own(alpha)
    cell_count = int(np.prod(shape))
    folded = np.bincount(owner * cell_count + cells, values, minlength=len(offsets) * cell_count)
    return folded.astype(np.float64, copy=False).reshape(len(offsets), *shape)


def folded_waves(
    supercell: FloatArray,
    shape: Sequence[int],
    offsets: FloatArray,
    waves: IntArray,
    amplitudes: FloatArray,
) -> FloatArray:
    """Smooth half, (P, *shape): exp(iK·R) depends on the integers of K modulo the size.

    Amplitudes (n,), of K and −K together, or those of each offset (P, n).
    """
    cell_count = int(np.prod(shape))
    mesh = np.zeros((len(offsets), cell_count), dtype=np.complex128)
    if len(waves):
        cells = np.ravel_multi_index(tuple(np.mod(waves, shape).T), tuple(shape))
        order = np.argsort(cells, kind="stable")
        waves, cells = waves[order], cells[order]
        fractional = np.linalg.solve(supercell.T, offsets.T).T
        sizes = np.broadcast_to(amplitudes[..., order], (len(offsets), len(waves)))
        terms = sizes.astype(np.complex128)
        for axis in range(len(shape)):
            lowest, highest = waves[:, axis].min(), waves[:, axis].max()
            harmonics = np.arange(lowest, highest + 1)
            phases = np.exp(2j * np.pi * fractional[:, axis, None] * harmonics)
            terms *= phases[:, waves[:, axis] - lowest]
        starts = np.flatnonzero(np.diff(cells, prepend=-1))
        mesh[:, cells[starts]] = np.add.reduceat(terms, starts, axis=1)
    waved = np.fft.ifftn(mesh.reshape(len(offsets), *shape), axes=range(1, len(shape) + 1))
    return np.asarray(waved.real * cell_count)
