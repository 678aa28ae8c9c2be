"""Periodic Coulomb and Yukawa potentials on all cells of a supercell at once."""

from collections.abc import Sequence

import numpy as np
from numpy.typing import ArrayLike, NDArray
from scipy.special import erfc, erfcx, exprel

from mcsc.periodic import expected_translations, translations_within

Floats = NDArray[np.float64]

# about 150 bytes a term at the peak: keeps the temporaries of a chunk of offsets below 100 MB
_TERMS_PER_CHUNK = 500_000
_MOST_TERMS = 20_000_000
# distances below this fraction of the cell are rounding of zero
_COINCIDENT = 1e-10


def periodic_potential(
    cell: ArrayLike,
    size: Sequence[int],
    offsets: ArrayLike,
    *,
    screening: float = 0.0,
    splitting: float | None = None,
    tolerance: float = 1e-12,
) -> Floats:
    """Potential of a unit charge repeated with the supercell, at an offset from every cell.

    Coulomb (``screening = 0``) with a neutralizing background and the tin-foil boundary:

        v(r) = Σ_R erfc(α|r+R|)/|r+R| + (4π/V) Σ_{K≠0} exp(−K²/4α²) exp(iK·r)/K² − π/(V α²)

    and Yukawa exp(−κr)/r with the same background, that is less its mean 4π/(V κ²), so that κ → 0
    gives back Coulomb. The average of v over the supercell is zero in both cases. R are the
    translations and K the reciprocal vectors of the supercell, V its volume. Where r is a
    translation of the supercell the bare 1/r (or exp(−κr)/r) is left out: what remains is the
    potential a charge feels from its own images and its background.

    The real-space terms are folded onto the cells of the supercell and the reciprocal ones are
    folded and Fourier transformed, so the work for one offset grows as the number of cells (times
    its logarithm) and never as its square.

    Parameters
    ----------
    cell
        (3, 3) primitive lattice vectors, one a row.
    size
        (Lx, Ly, Lz) primitive cells along each vector.
    offsets
        (P, 3) cartesian vectors, in the length unit of ``cell``.
    screening
        κ, inverse screening length; 0 for Coulomb.
    splitting
        α, inverse length that divides the sum; by default both halves get equally many terms. The
        result does not depend on it.
    tolerance
        Truncation error aimed at, in units of V^(−1/3).

    Returns
    -------
    (P, Lx, Ly, Lz)
        v(offsets[p] + x a1 + y a2 + z a3) in inverse length.

    Raises
    ------
    ValueError
        For a flat cell of no volume, a size below 1, a negative screening, a tolerance outside
        (0, 1), a splitting that is not positive, or more than 2e7 terms an offset (a bad splitting
        or an extreme cell).

    References
    ----------
    P. P. Ewald, Ann. Phys. 369, 253 (1921), doi:10.1002/andp.19213690304.
    G. Salin and J.-M. Caillol, J. Chem. Phys. 113, 10459 (2000), doi:10.1063/1.1326477 (Yukawa).
    """
    vectors, shape, points = _checked(cell, size, offsets, screening, tolerance)
    supercell = vectors * np.array(shape)[:, None]
    volume = abs(float(np.linalg.det(supercell)))
    alpha = _splitting(vectors, shape, splitting)
    reach = _reach(alpha * np.cbrt(volume), tolerance)
    real_cutoff = reach / alpha
    if screening > 0.0:
        real_cutoff = min(real_cutoff, reach**2 / screening)
    # exp(−(K²+κ²)/4α²): the screening shortens the reciprocal sum and can end it altogether
    reciprocal_cutoff = np.sqrt(max(4.0 * (alpha * reach) ** 2 - screening**2, 0.0))
    reciprocal = 2.0 * np.pi * np.linalg.inv(supercell).T
    terms = expected_translations(vectors, real_cutoff)
    terms = max(terms, expected_translations(reciprocal, reciprocal_cutoff))
    if terms > _MOST_TERMS:
        best = _splitting(vectors, shape, None)
        remedy = f"take a value near {best:.6g}" if splitting else "the cell is too flat or long"
        raise ValueError(f"splitting {alpha:.6g} needs {terms:.1e} terms an offset; {remedy}")
    waves, amplitudes = _reciprocal_terms(reciprocal, reciprocal_cutoff, alpha, screening, volume)
    background = -np.pi / (volume * alpha**2) * exprel(-((screening / (2.0 * alpha)) ** 2))

    potential = np.empty((len(points), *shape))
    chunk = max(1, int(_TERMS_PER_CHUNK / (terms + potential[:1].size)))
    for start in range(0, len(points), chunk):
        part = points[start : start + chunk]
        potential[start : start + chunk] = (
            background
            + _real_space(vectors, shape, part, real_cutoff, alpha, screening)
            + _reciprocal_space(supercell, shape, part, waves, amplitudes)
        )
    return potential


def supercell_shape(size: Sequence[int]) -> tuple[int, int, int]:
    """Check the three numbers of cells of a supercell.

    Parameters
    ----------
    size
        (Lx, Ly, Lz) primitive cells along each lattice vector.

    Raises
    ------
    ValueError
        If these are not three whole numbers of at least 1.
    """
    if len(size) != 3 or any(int(n) != n or n < 1 for n in size):
        raise ValueError(f"size {tuple(size)} must be 3 whole numbers of cells, each at least 1")
    return int(size[0]), int(size[1]), int(size[2])


def _checked(
    cell: ArrayLike, size: Sequence[int], offsets: ArrayLike, screening: float, tolerance: float
) -> tuple[Floats, tuple[int, int, int], Floats]:
    vectors = np.asarray(cell, dtype=np.float64)
    points = np.asarray(offsets, dtype=np.float64)
    if vectors.shape != (3, 3) or not np.all(np.isfinite(vectors)):
        raise ValueError(f"cell must be 3 finite lattice vectors (3, 3), got {vectors.shape}")
    if abs(np.linalg.det(vectors)) <= 1e-12 * np.prod(np.linalg.norm(vectors, axis=1)):
        raise ValueError(f"cell {vectors.tolist()} has no volume; give 3 independent vectors")
    if points.ndim != 2 or points.shape[1] != 3 or not np.all(np.isfinite(points)):
        raise ValueError(f"offsets must be finite cartesian vectors (P, 3), got {points.shape}")
    shape = supercell_shape(size)
    if not 0.0 <= screening < np.inf:
        raise ValueError(f"screening {screening} must be an inverse length >= 0 (0 is Coulomb)")
    if not 0.0 < tolerance < 1.0:
        raise ValueError(f"tolerance {tolerance} must lie between 0 and 1, 1e-12 is the default")
    return vectors, shape, points


def _splitting(cell: Floats, shape: tuple[int, int, int], splitting: float | None) -> float:
    """α: the one asked for, or the one with equally many terms in both sums."""
    if splitting is None:
        volume = abs(float(np.linalg.det(cell)))
        # points r_c³/v of the primitive lattice against k_c³V/(2π)³ of the supercell's reciprocal
        return float(np.sqrt(np.pi) / np.cbrt(volume * np.sqrt(np.prod(shape))))
    if not 0.0 < splitting < np.inf:
        raise ValueError(f"splitting {splitting} must be an inverse length > 0; leave it out")
    return float(splitting)


def _reach(reduced_splitting: float, tolerance: float) -> float:
    """Reach s of both sums, r_c = s/α and K_c = 2αs, for αV^(1/3) and the tolerance.

    The tails are of order α erfc(s) in reciprocal and exp(−s²)/(V α²) in real space.
    """
    scale = max(1.0, reduced_splitting, reduced_splitting**-2)
    return float(np.sqrt(np.log(scale / tolerance)))


def _real_space(
    cell: Floats,
    shape: tuple[int, int, int],
    offsets: Floats,
    cutoff: float,
    alpha: float,
    screening: float,
) -> Floats:
    """Short-ranged half, (P, Lx, Ly, Lz): primitive translations folded into the supercell."""
    owner, translations, distances = translations_within(cell, offsets, cutoff)
    cells = np.ravel_multi_index(tuple(np.mod(translations, shape).T), shape)
    coincident = distances < _COINCIDENT * np.cbrt(abs(np.linalg.det(cell)))
    distances[coincident] = 1.0
    values = _short_ranged(distances, alpha, screening)
    values[coincident] = _coincidence_limit(alpha, screening)
    cell_count = int(np.prod(shape))
    folded = np.bincount(owner * cell_count + cells, values, minlength=len(offsets) * cell_count)
    return folded.astype(np.float64, copy=False).reshape(len(offsets), *shape)


def _short_ranged(distances: Floats, alpha: float, screening: float) -> Floats:
    """[exp(κr) erfc(αr + κ/2α) + exp(−κr) erfc(αr − κ/2α)]/2r; Coulomb for κ = 0."""
    scaled = alpha * distances
    if screening == 0.0:
        return np.asarray(erfc(scaled) / distances)
    half = screening / (2.0 * alpha)
    # exp(κr) overflows alone; together with erfc it is exp(−α²r² − κ²/4α²) erfcx
    growing = np.exp(-(scaled**2) - half**2) * erfcx(scaled + half)
    decaying = np.exp(-screening * distances) * erfc(scaled - half)
    return np.asarray((growing + decaying) / (2.0 * distances))


def _coincidence_limit(alpha: float, screening: float) -> float:
    """Short-ranged half less the bare potential, for r → 0."""
    half = screening / (2.0 * alpha)
    gaussian = 2.0 * alpha / np.sqrt(np.pi) * np.exp(-(half**2))
    return float(screening * erfc(half) - gaussian)


def _reciprocal_terms(
    reciprocal: Floats, cutoff: float, alpha: float, screening: float, volume: float
) -> tuple[NDArray[np.int64], Floats]:
    """Integers (N, 3) and weights (N,) of one half of the reciprocal vectors, K and −K in one."""
    _, waves, lengths = translations_within(reciprocal, np.zeros((1, 3)), float(cutoff))
    x, y, z = waves.T
    half = (x > 0) | ((x == 0) & ((y > 0) | ((y == 0) & (z > 0))))
    squares = lengths[half] ** 2 + screening**2
    return waves[half], 8.0 * np.pi / volume * np.exp(-squares / (4.0 * alpha**2)) / squares


def _reciprocal_space(
    supercell: Floats,
    shape: tuple[int, int, int],
    offsets: Floats,
    waves: NDArray[np.int64],
    amplitudes: Floats,
) -> Floats:
    """Smooth half, (P, Lx, Ly, Lz): exp(iK·R) depends on the integers of K modulo the size."""
    cell_count = int(np.prod(shape))
    grid = np.zeros((len(offsets), cell_count), dtype=np.complex128)
    if len(waves):
        cells = np.ravel_multi_index(tuple(np.mod(waves, shape).T), shape)
        order = np.argsort(cells, kind="stable")
        waves, cells = waves[order], cells[order]
        fractional = np.linalg.solve(supercell.T, offsets.T).T
        terms = np.broadcast_to(amplitudes[order], (len(offsets), len(waves))).astype(np.complex128)
        for axis in range(3):
            lowest, highest = waves[:, axis].min(), waves[:, axis].max()
            harmonics = np.arange(lowest, highest + 1)
            phases = np.exp(2j * np.pi * fractional[:, axis, None] * harmonics)
            terms *= phases[:, waves[:, axis] - lowest]
        starts = np.flatnonzero(np.diff(cells, prepend=-1))
        grid[:, cells[starts]] = np.add.reduceat(terms, starts, axis=1)
    waved = np.fft.ifftn(grid.reshape(len(offsets), *shape), axes=(1, 2, 3))
    return np.asarray(waved.real * cell_count)
