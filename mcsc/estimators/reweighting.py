"""Multi-histogram reweighting of a temperature ladder.

All samples of all temperatures are pooled and given the weight that makes them one sample of any
inverse temperature in between. With n samples at each of K inverse temperatures β_k, the free
energies f_k = −ln Z_k solve

    exp(−f_k) = Σ_s exp(−β_k E_s) / Σ_l n exp(f_l − β_l E_s),                             (1)

the sum over all K n samples. The solution is the minimum of the convex function
Σ_s ln Σ_l n exp(f_l − β_l E_s) − n Σ_l f_l, found here by damped Newton steps.

Energies are total energies of the supercell in any unit in which β E is a pure number. The samples
at one time index may be correlated between temperatures, as replica exchange makes them: the
jackknife leaves out the same stretch of time at all of them.

A. M. Ferrenberg, R. H. Swendsen, Phys. Rev. Lett. 63, 1195 (1989), doi:10.1103/PhysRevLett.63.1195.
M. R. Shirts, J. D. Chodera, J. Chem. Phys. 129, 124105 (2008), doi:10.1063/1.2978177, eqs. 11, C5.
P. V. Klimovich, M. R. Shirts, D. L. Mobley, J. Comput. Aided Mol. Des. 29, 397 (2015),
doi:10.1007/s10822-015-9840-9 (overlap matrix).
"""

import numpy as np
from numpy.typing import ArrayLike

from mcsc.arrays import FloatArray

TOLERANCE = 1e-10
MAX_STEPS = 200
COARSE_BINS = 2048


def _ladder(energies: ArrayLike, betas: ArrayLike) -> tuple[FloatArray, FloatArray]:
    energy = np.asarray(energies, dtype=np.float64)
    beta = np.asarray(betas, dtype=np.float64)
    if energy.ndim != 2 or beta.shape != energy.shape[:1] or energy.size == 0:
        raise ValueError(
            f"energies of shape {energy.shape} for betas of shape {beta.shape}: "
            "give (K, n) and (K,) with at least one sample"
        )
    if not (np.isfinite(energy).all() and np.isfinite(beta).all()):
        raise ValueError("energies or betas are not finite: leave such temperatures out")
    return energy, beta


def mixture(f: FloatArray, energy: FloatArray, beta: FloatArray) -> tuple[FloatArray, FloatArray]:
    """Logarithm of Σ_l exp(f_l − β_l E) for energies (N,), and its terms' shares (N, K)."""
    # samples along the contiguous axis: the few temperatures make poor inner loops
    exponent = np.multiply.outer(-beta, energy)
    exponent += f[:, np.newaxis]
    top = exponent.max(axis=0)
    exponent -= top
    shares = np.exp(exponent, out=exponent)
    total = shares.sum(axis=0)
    shares /= total
    return top + np.log(total), shares.T


def _minimize(
    energy: FloatArray, counts: FloatArray, beta: FloatArray, f: FloatArray
) -> FloatArray:
    """Minimum of the convex function over f, with f[0] fixed, for energies (N,) seen counts times.

    The sum of counts is K n. Newton's step is halved until the function or its largest slope falls.
    """
    n = counts.sum() / beta.size

    def slopes(trial: FloatArray) -> tuple[float, FloatArray, FloatArray]:
        density, shares = mixture(trial, energy, beta)
        return float(counts @ density - n * trial.sum()), counts @ shares - n, shares

    objective, gradient, shares = slopes(f)
    for _ in range(MAX_STEPS):
        residual = np.abs(gradient).max()
        if residual <= TOLERANCE * n:
            break
        hessian = np.diag(gradient + n) - (shares * counts[:, np.newaxis]).T @ shares
        # neighbouring histograms that do not touch leave a flat direction
        ridge = 1e-12 * n * np.eye(beta.size - 1)
        step = np.zeros_like(f)
        step[1:] = np.linalg.solve(hessian[1:, 1:] + ridge, -gradient[1:])
        step *= min(1.0, 10.0 / np.abs(step).max())
        for _ in range(30):
            trial = slopes(f + step)
            if trial[0] < objective or np.abs(trial[1]).max() < residual:
                break
            step *= 0.5
        else:
            break  # rounding: no direction is left that improves
        f = f + step
        objective, gradient, shares = trial
    return f


def _compressed(energy: FloatArray, n_bins: int) -> tuple[FloatArray, FloatArray]:
    """Centres of gravity and counts of the occupied bins of a fine energy histogram."""
    low, high = float(energy.min()), float(energy.max())
    if high == low:
        return np.array([low]), np.array([float(energy.size)])
    index = ((energy - low) * (n_bins / (high - low))).astype(np.intp)
    counts = np.bincount(index, minlength=n_bins).astype(np.float64)
    sums = np.bincount(index, weights=energy, minlength=n_bins)
    occupied = counts > 0
    return sums[occupied] / counts[occupied], counts[occupied]


def free_energies(energies: ArrayLike, betas: ArrayLike) -> FloatArray:
    """Solve equation (1) for the free energies of a ladder.

    A fine histogram of the pooled energies is solved first, from trapezoidal integration of the
    mean energies; one or two Newton steps on the samples themselves then give
    the exact solution.

    energies: Total energies, shape (K, n).
    betas: Inverse temperatures, shape (K,), in any order, in inverse units of the energies.

    Returns: −ln Z_k, dimensionless, shape (K,), with f[0] = 0. Where neighbouring histograms do not
        overlap (see `overlap`) their difference is only bracketed by the data.

    Raises ValueError if shapes do not match or values are not finite.
    """
    energy, beta = _ladder(energies, betas)
    origin = float(energy.mean())
    centred = energy - origin
    order = np.argsort(beta)
    mean = centred.mean(axis=1)[order]
    rise = np.diff(beta[order]) * 0.5 * (mean[1:] + mean[:-1])
    f = np.zeros(beta.size)
    f[order] = np.concatenate([[0.0], np.cumsum(rise)])
    f = f - f[0]
    flat = centred.ravel()
    if flat.size > 2 * COARSE_BINS:
        f = _minimize(*_compressed(flat, COARSE_BINS), beta, f)
    f = _minimize(flat, np.ones(flat.size), beta, f) + beta * origin
    return np.asarray(f - f[0])


def overlap(f: ArrayLike, energies: ArrayLike, betas: ArrayLike) -> FloatArray:
    """Overlap of neighbouring temperatures, shape (K − 1,).

    Element k of the first off-diagonal of the overlap matrix of Klimovich et al.: the probability
    that a sample of temperature k could as well have come from k + 1. Below about 0.03,
    interpolation between the two is not to be trusted.
    """
    energy, beta = _ladder(energies, betas)
    _, shares = mixture(np.asarray(f, dtype=np.float64), energy.ravel(), beta)
    return np.asarray((shares[:, 1:] * shares[:, :-1]).sum(axis=0) / energy.shape[1])


def reweight_blocks(
    energies: ArrayLike,
    betas: ArrayLike,
    target_betas: ArrayLike,
    n_blocks: int,
    *observables: ArrayLike,
) -> tuple[FloatArray, ...]:
    """Canonical means at any inverse temperature within the ladder, and without each block of time.

    The free energies are solved anew for every left-out block, so that their errors are part of a
    jackknife over the rows. Blocks of a chain are correlated: see `correlation.block_widening`.

    energies, betas: The ladder, shapes (K, n) and (K,).
    target_betas: Inverse temperatures wanted, shape (n_targets,). Outside the ladder's range the
        samples soon stop covering the energies that matter.
    observables: Time series taken with the energies, shape (K, n) each.
    n_blocks: Number of blocks in time; the remainder of n / n_blocks is dropped at the start.

    Returns: For each observable an array (n_blocks + 1, n_targets): row 0 from all samples, row i +
        1 with block i left out at all temperatures.

    Raises ValueError if shapes do not match or there are fewer samples than blocks.
    """
    energy, beta = _ladder(energies, betas)
    length = energy.shape[1] // n_blocks
    if n_blocks < 2 or length < 1:
        raise ValueError(f"{energy.shape[1]} samples do not fill {n_blocks} blocks (at least 2)")
    series = [np.asarray(observable, dtype=np.float64) for observable in observables]
    for k, one in enumerate(series):
        if one.shape != energy.shape:
            raise ValueError(
                f"observable {k} has shape {one.shape}, the energies {energy.shape}: "
                "take both at the same times"
            )
    first = energy.shape[1] - n_blocks * length
    kept = energy[:, first:] - energy.mean()
    flat = kept.ravel()
    values = np.stack([np.ones(energy.shape), *series], axis=-1)[:, first:].reshape(flat.size, -1)
    block = np.tile(np.arange(n_blocks * length) // length, beta.size)

    f = free_energies(kept, beta)
    density, _ = mixture(f, flat, beta)
    ratio = np.zeros((n_blocks + 1, flat.size))
    ratio[0] = 1.0
    for i in range(n_blocks):
        rest = block != i
        partial = _minimize(flat[rest], np.ones(int(rest.sum())), beta, f)
        without, _ = mixture(partial, flat[rest], beta)
        ratio[i + 1, rest] = np.exp(density[rest] - without)

    targets = np.atleast_1d(np.asarray(target_betas, dtype=np.float64))
    sums = np.empty((targets.size, n_blocks + 1, values.shape[1]))
    for i, target in enumerate(targets):
        exponent = -target * flat - density
        weight = np.exp(exponent - exponent.max())
        sums[i] = ratio @ (weight[:, np.newaxis] * values)
    means = sums[..., 1:] / sums[..., :1]
    return tuple(np.ascontiguousarray(means[..., k].T) for k in range(len(observables)))
