"""Potentials of charges repeated in a plane, on all cells of a supercell: Ewald's sum in 2D."""

from collections.abc import Sequence

import numpy as np
from numpy.typing import ArrayLike

from mcsc.arrays import FloatArray
from mcsc.model.ewald import MOST_TERMS, TERMS_PER_CHUNK, checked, folded_near, folded_waves
from mcsc.model.laws import COULOMB, Law
from mcsc.periodic import translations_within


def plane_potential(
    cell: ArrayLike,
    size: Sequence[int],
    open_axis: int,
    offsets: ArrayLike,
    law: Law = COULOMB,
    *,
    splitting: float | None = None,
    tolerance: float = 1e-12,
) -> FloatArray:
    """Potential of a unit charge repeated along two vectors, at an offset from every cell.

    Of Coulomb, with R and G the translations and reciprocal vectors in the plane of the supercell,
    A its area there, ρ the offset along the plane and z across it:

        v(ρ, z) = Σ_R erfc(α|r+R|)/|r+R|
                  + (π/A) Σ_{G≠0} cos(G·ρ)/G [e^(Gz) erfc(G/2α + αz) + e^(−Gz) erfc(G/2α − αz)]
                  − (2π/A) [exp(−α²z²)/(α√π) + z erf(αz)]

    the bare sum over all images less its mean over the plane of the charge, which is infinite: over
    a plane at height z its mean is −2π|z|/A. That of a Yukawa potential, 2π/(A κ), is left out too;
    powers p > 2 are summed as they are. At a translation, the bare 1/r is left out.

    cell: (3, 3) lattice vectors, one a row; that of the open axis has no images.
    size: (Lx, Ly, Lz) cells along each vector, 1 along the open axis.
    open_axis: Number of that vector. Its direction does not matter.
    offsets: (P, 3) cartesian vectors, in the length unit of ``cell``.
    law: The potential of two charges.
    splitting: α, inverse length; the result does not depend on it.
    tolerance: Truncation error aimed at, in units of A^(−1/2).

    Returns: (P, Lx, Ly, Lz): v(offsets[p] + cell), inverse length.

    Raises ValueError: As :func:`mcsc.model.periodic_potential`.

    D. E. Parry, Surf. Sci. 49, 433 (1975), doi:10.1016/0039-6028(75)90362-3.
    """
    vectors, shape, shifts = checked(cell, size, offsets, tolerance)
    periodic = [axis for axis in range(3) if axis != open_axis]
    # the plane in coordinates of its own
    frame = np.linalg.qr(vectors[periodic].T)[0]
    across = np.cross(frame[:, 0], frame[:, 1])
    plane, counts = vectors[periodic] @ frame, tuple(shape[axis] for axis in periodic)
    flat, heights = shifts @ frame, np.abs(shifts @ across)
    supercell = plane * np.array(counts)[:, None]
    area = abs(float(np.linalg.det(supercell)))
    # equally many vectors r_c²/a of the lattice and k_c² A/(2π)² of the supercell's reciprocal
    usual = float(np.sqrt(np.pi / area) * np.prod(counts) ** 0.25)
    alpha = usual if splitting is None else float(splitting)
    scale = alpha * np.sqrt(area)
    reach = float(np.sqrt(np.log(max(1.0, scale, scale**-2) / tolerance)))
    near_cutoff, wave_cutoff = law.cutoffs(alpha, reach)
    reciprocal = 2.0 * np.pi * np.linalg.inv(supercell).T
    terms = np.pi * (near_cutoff**2 / area * np.prod(counts) + wave_cutoff**2 * area / 40.0)
    if terms > MOST_TERMS:
        raise ValueError(f"splitting {alpha:.6g} needs {terms:.1e} terms an offset; leave it out")
    _, waves, lengths = translations_within(reciprocal, np.zeros((1, 2)), wave_cutoff)
    half = (waves[:, 0] > 0) | ((waves[:, 0] == 0) & (waves[:, 1] > 0))  # of G and −G one
    waves, lengths = waves[half], lengths[half]
    found, level = np.unique(np.round(heights, 12), return_inverse=True)
    levels: FloatArray = np.asarray(found, dtype=np.float64)
    means = law.plane_mean(levels, alpha, area)

    potential = np.empty((len(shifts), *counts))
    chunk = max(1, int(TERMS_PER_CHUNK / (terms + potential[:1].size)))
    for start in range(0, len(shifts), chunk):
        part = slice(start, start + chunk)
        own, of_part = np.unique(level[part], return_inverse=True)
        amplitudes = law.plane_waves(lengths, levels[own], alpha, area)[of_part]
        potential[part] = (
            means[level[part], None, None]
            + folded_near(plane, counts, flat[part], near_cutoff, alpha, law, heights[part])
            + folded_waves(supercell, counts, flat[part], waves, amplitudes)
        )
    return np.expand_dims(potential, 1 + open_axis)
