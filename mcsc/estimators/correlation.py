"""How correlated in time reweighted means are, and how much wider that makes their errors.

A reweighted mean takes samples of all temperatures. Replica exchange hands configurations from
one to the next, so it can be slower than the series of any single temperature: the autocorrelation
time wanted is that of the mean's own changes, when a moment t of time is given a little more weight
at all temperatures at once. To first order these are, for the mean of O with weights w,

    δO_t = Σ_{s ∈ t} w_s (O_s − ⟨O⟩) + Σ_s w_s (O_s − ⟨O⟩) p_s · H⁻¹ Σ_{s ∈ t} p_s,             (1)

p_s the shares of the temperatures in the mixture that sample s comes from and H the curvature of
what the free energies minimise (`mcsc.estimators.reweighting`).
"""

import numpy as np
from numpy.typing import ArrayLike

from mcsc.arrays import FloatArray
from mcsc.estimators.autocorrelation import autocorrelation_time
from mcsc.estimators.errors import bin_widening
from mcsc.estimators.reweighting import free_energies, mixture, reweight_blocks

# fine bins of time in each block: layers of one moment, which stand side by side, fall into one
_FINE = 8
# inverse temperatures among the targets that are looked at
_TARGETS = 5


def reweighted_changes(
    energies: ArrayLike,
    betas: ArrayLike,
    target_betas: ArrayLike,
    n_bins: int,
    *observables: ArrayLike,
) -> FloatArray:
    """Equation (1) for bins of time.

    energies, betas, target_betas, observables: As for
        `mcsc.estimators.reweighting.reweight_blocks`.
    n_bins: Number of consecutive bins; the remainder is dropped at the start.

    Returns: Shape (n_bins, n_targets, n_observables). Their sum is zero; what leaving out a bin
        changes is minus its entry.
    """
    energy, beta = np.asarray(energies, dtype=np.float64), np.asarray(betas, dtype=np.float64)
    length = energy.shape[1] // n_bins
    first = energy.shape[1] - n_bins * length
    kept = energy[:, first:] - energy.mean()
    values = np.stack([np.asarray(o, dtype=np.float64)[:, first:] for o in observables], axis=-1)
    flat = kept.ravel()
    columns = values.reshape(flat.size, -1)
    density, shares = mixture(free_energies(kept, beta), flat, beta)

    def by_bin(samples: FloatArray) -> FloatArray:
        split = samples.reshape(beta.size, n_bins, length, -1)
        return np.asarray(split.sum(axis=(0, 2)))

    pull = by_bin(shares) - length
    curvature = np.diag(shares.sum(axis=0)) - shares.T @ shares
    # the first free energy is fixed; histograms that do not touch leave a flat direction
    ridge = 1e-9 * flat.size * np.eye(beta.size - 1)
    moved = np.zeros_like(pull)
    moved[:, 1:] = np.linalg.solve(curvature[1:, 1:] + ridge, pull[:, 1:].T).T
    changes = []
    for target in np.atleast_1d(np.asarray(target_betas, dtype=np.float64)):
        exponent = -target * flat - density
        weight = np.exp(exponent - exponent.max())
        weight /= weight.sum()
        excess = weight[:, np.newaxis] * (columns - weight @ columns)
        changes.append(by_bin(excess) + moved @ (shares.T @ excess))
    return np.stack(changes, axis=1)


def block_widening(
    energies: ArrayLike,
    betas: ArrayLike,
    target_betas: ArrayLike,
    n_blocks: int,
    *observables: ArrayLike,
) -> float:
    """What errors from `reweight_blocks` with the same arguments have to be multiplied by.

    One number for all targets and observables, so that differences between temperatures keep their
    shape: `bin_widening` for the mean autocorrelation time of the reweighted means.

    Returns: At least 1; Student's factor alone where nothing fluctuates.
    """
    energy, targets = np.asarray(energies, dtype=np.float64), np.atleast_1d(target_betas)
    fine = min(_FINE, energy.shape[1] // n_blocks)
    some = targets[np.unique(np.linspace(0, targets.size - 1, _TARGETS).round().astype(np.intp))]
    changes = reweighted_changes(energy, betas, some, n_blocks * fine, *observables)
    tau = autocorrelation_time(changes)
    known = np.isfinite(tau)
    typical = float(tau[known].mean()) if known.any() else np.nan
    return float(bin_widening(typical, fine, n_blocks))


def reweighted(
    temperatures: FloatArray,
    energies: FloatArray,
    targets: FloatArray,
    boltzmann: float,
    n_blocks: int,
    *observables: FloatArray,
) -> tuple[tuple[FloatArray, ...], float]:
    """Means between the temperatures of a ladder, and what their errors are to be multiplied by.

    temperatures, energies, observables: The ladder, shapes (K,) and (K, n).
    targets: Temperatures wanted, shape (n_targets,).
    boltzmann: k_B in energy per temperature.
    n_blocks: Blocks of the jackknife.

    Returns: As `reweight_blocks` and `block_widening`.
    """
    betas, at = 1 / (boltzmann * temperatures), 1 / (boltzmann * targets)
    return (
        reweight_blocks(energies, betas, at, n_blocks, *observables),
        block_widening(energies, betas, at, n_blocks, *observables),
    )


def widened(rows: FloatArray, factor: float) -> FloatArray:
    """Jackknife rows, shape (n_blocks + 1, ...), with the spread of the last n_blocks stretched."""
    centre = rows[1:].mean(axis=0)
    return np.concatenate([rows[:1], centre + factor * (rows[1:] - centre)])
