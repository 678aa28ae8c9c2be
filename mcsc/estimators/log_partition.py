"""Free energies over carriers and temperature at once: what differences along both say together.

At one temperature the rates of insertion and removal give ln Z(N + 1) − ln Z(N), known well where
carriers come and go easily; errors add up over the numbers. At one number the energy gives

    ln Z(β') − ln Z(β) = −∫ ⟨E⟩ dβ,   ∫ ≈ δβ (E + E')/2 + δβ² (V' − V)/12,   V = ⟨E²⟩ − ⟨E⟩²,

known well at low temperatures, where energies hardly change. Both are differences between
neighbours of one mesh of (N, β) and are brought together by least squares, each with the weight
that its scatter over independent runs gives it: a cold free energy then is that of the nearest hot
one, where carriers move, and the energy on the way.

Errors follow from the same mesh. That takes differences for independent, which replicas that go
over many temperatures and numbers do not make them: each mode of the error over the numbers is
scaled to how far the runs scatter along it.
"""

import numpy as np
from scipy import sparse
from scipy.linalg import cho_solve_banded, cholesky_banded
from scipy.sparse import csgraph

from mcsc.arrays import BoolArray, FloatArray, IntArray
from mcsc.estimators.isotherm import Isotherm, isotherms

# no difference is known better than this, and its scatter is pooled over so many numbers
LEAST_ERROR, POOLED = 1e-4, 11
# what the integral over β may be off by, of its second term
QUADRATURE = 0.1
# degrees of freedom that the scatter along all modes counts for in each octave of them
SHARED = 6.0


def joint_isotherms(
    number: IntArray,
    steps: FloatArray,
    energy: FloatArray,
    variance: FloatArray,
    betas: FloatArray,
    index: IntArray,
) -> list[list[Isotherm]]:
    """Isotherms of all temperatures.

    number: (n,) ascending numbers of carriers.
    steps: (T, R, n) ln Z(N + 1) − ln Z(N) of each run, NaN where not known. Where some
        numbers have more runs than others, these count in as many groups as the others have runs.
    energy, variance: (T, R, n) mean total energy and its variance, NaN where not known.
    betas: (T,) 1/(k_B T), in the order of the temperatures, per energy.
    index: (n,) where the numbers are on their axis.

    Returns: Of each temperature one for each unbroken range of two numbers or more whose free
        energies are joined, if only by way of other temperatures; of fewer than two runs, or
        without energies, those of :func:`mcsc.estimators.isotherm.isotherms`.
    """
    made: BoolArray = np.asarray((np.isfinite(steps) | np.isfinite(energy)).any(axis=0))
    groups = int(made.sum(axis=0)[made.any(axis=0)].min(initial=len(made)))
    steps, energy, variance = (in_groups(a, made, groups) for a in (steps, energy, variance))
    runs = steps.shape[1]
    along = _integrals(energy, variance, betas)
    if runs < 2 or not np.isfinite(along).any():
        return [isotherms(number, one, index) for one in steps]
    up = np.where(np.diff(number) == 1, steps[..., :-1], np.nan)
    correction = _second_term(variance, betas).mean(axis=1)
    mesh = np.arange(len(betas) * len(number)).reshape(-1, len(betas)).T
    ends, values, weights = [], [], []
    for first, second, found, off in (
        (mesh[:, :-1], mesh[:, 1:], up, 0.0),
        (mesh[:-1], mesh[1:], along, QUADRATURE * correction),
    ):
        known: BoolArray = np.asarray(np.isfinite(found).all(axis=1))
        scatter = _pooled(found, known) + LEAST_ERROR**2 + runs * np.nan_to_num(off) ** 2
        ends.append(np.stack([first[known], second[known]]))
        values.append(np.moveaxis(found, 1, -1)[known])
        weights.append(1.0 / np.broadcast_to(scatter, known.shape)[known])
    edges, differences = np.concatenate(ends, axis=1), np.concatenate(values)
    return _solved(number, edges, differences, np.concatenate(weights), mesh, index)


def in_groups(values: FloatArray, made: BoolArray, groups: int) -> FloatArray:
    """(T, groups, n) means over runs (T, R, n), of which each number has its own, ``made`` (R, n).

    As many runs as go evenly into the groups, those that know; NaN where none does.
    """
    found = np.full((len(values), groups, values.shape[2]), np.nan)
    for i in np.flatnonzero(made.sum(axis=0) >= groups):
        mine = values[:, made[:, i], i]
        whole = mine.shape[1] // groups * groups
        mine = mine[:, :whole].reshape(len(values), -1, groups)
        known = np.isfinite(mine)
        with np.errstate(invalid="ignore"):
            found[..., i] = np.where(known, mine, 0.0).sum(axis=1) / known.sum(axis=1)
    return found


def _solved(
    number: IntArray,
    edges: IntArray,
    differences: FloatArray,
    weights: FloatArray,
    mesh: IntArray,
    index: IntArray,
) -> list[list[Isotherm]]:
    """Isotherms from differences (edges, R) of ln Z between the mesh points at their ends."""
    size, band = mesh.size, len(mesh)
    shape = (size, size)
    part = csgraph.connected_components(sparse.coo_array((weights, edges), shape), False)[1]
    # numbers side by side are as many places apart as there are temperatures, and no more
    normal = np.zeros((band + 1, size))
    first, second = edges
    np.add.at(normal[band], edges.ravel(), np.tile(weights, 2))
    np.add.at(normal.reshape(-1), (band - second + first) * size + second, -weights)
    # ln Z is known but for a constant of each part: that of its first point is zero
    normal[band, np.unique(part, return_index=True)[1]] += weights.max()
    factor = cholesky_banded(normal), False
    sums = np.zeros((size, differences.shape[1]))
    np.add.at(sums, second, weights[:, np.newaxis] * differences)
    np.add.at(sums, first, -weights[:, np.newaxis] * differences)
    log_z = cho_solve_banded(factor, sums)
    found: list[list[Isotherm]] = []
    for row in mesh:
        cuts = np.flatnonzero((np.diff(part[row]) != 0) | (np.diff(number) != 1)) + 1
        found.append([])
        for here in np.split(np.arange(len(row)), cuts):
            if len(here) == 1:
                continue
            unit = np.zeros((size, len(here)))
            unit[row[here], np.arange(len(here))] = 1.0
            # of one run, if its differences were independent
            covariance = cho_solve_banded(factor, unit)[row[here]]
            there = log_z[row[here]]
            mean = there.mean(axis=1)
            away = (mean[:, np.newaxis] - there).T
            whole = _scaled(covariance, there)
            found[-1].append(Isotherm(index[here], number[here], mean[0] - mean, whole, away))
    return found


def _scaled(covariance: FloatArray, log_z: FloatArray) -> FloatArray:
    """(n, n) covariance of the mean of runs (n, R), each octave of modes as large as they scatter.

    Without the constant, which no difference of free energies has.
    """
    n, runs = log_z.shape
    centred = covariance - covariance.mean(axis=0)
    centred = centred - centred.mean(axis=1, keepdims=True)
    values, modes = np.linalg.eigh(0.5 * (centred + centred.T))
    # largest first, without the constant
    values, modes = np.maximum(values[:0:-1], LEAST_ERROR**2 / n), modes[:, :0:-1]
    away = log_z - log_z.mean(axis=1, keepdims=True)
    squares = ((modes.T @ away) ** 2).sum(axis=1) / values
    octave = np.log2(np.arange(1, n)).astype(int)
    degrees = (runs - 1) * np.bincount(octave)
    whole = squares.sum() / degrees.sum()
    scale = (np.bincount(octave, squares) + SHARED * whole) / (degrees + SHARED)
    return np.asarray((modes * (values * scale[octave] / runs)) @ modes.T)


def _second_term(variance: FloatArray, betas: FloatArray) -> FloatArray:
    """Of the integral over β between neighbouring temperatures."""
    return np.asarray(_gaps(betas) ** 2 / 12 * np.diff(variance, axis=0))


def _integrals(energy: FloatArray, variance: FloatArray, betas: FloatArray) -> FloatArray:
    """(T − 1, R, n) ln Z at each temperature less that at the one before."""
    trapezium = 0.5 * _gaps(betas) * (energy[1:] + energy[:-1])
    return np.asarray(-trapezium - _second_term(variance, betas))


def _gaps(betas: FloatArray) -> FloatArray:
    return np.diff(betas)[:, np.newaxis, np.newaxis]


def _pooled(found: FloatArray, known: BoolArray) -> FloatArray:
    """(T, n) variance over runs (T, R, n) of what all know, pooled over neighbouring numbers."""
    squares = np.where(known, found.var(axis=1, ddof=1), 0.0)
    ones = np.ones(min(POOLED, known.shape[1]))
    near = [
        np.convolve(s, ones, "same") / np.maximum(np.convolve(k, ones, "same"), 1.0)
        for s, k in zip(squares, known.astype(float), strict=True)
    ]
    return np.array(near).reshape(known.shape)
