"""Free energies over the number of carriers at one temperature, from independent runs.

Each run gives ln Z(N + 1) − ln Z(N) at every number N. Four runs leave three degrees of freedom for
the scatter of one such step, too few for an error: how far it scatters is pooled over five
neighbouring numbers, and how steps at a distance are correlated over all of them. From the
covariance of the steps follows the error of everything that is made of them.

Free energies are in units of k_B T here, of the whole supercell.
"""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np

from mcsc.arrays import BoolArray, FloatArray, IntArray

# neighbouring numbers whose scatter is pooled; steps farther apart than this are independent
POOLED, FARTHEST = 5, 12
# the largest part of a distribution of numbers that may lie at the ends of what was measured
AT_ENDS = 1e-3
# degrees of freedom that a covariance counts for beside the scatter along curvatures
TRUST = 4.0
_HALVINGS = 60


@dataclass(frozen=True, eq=False)
class Isotherm:
    """Free energy at one temperature at consecutive numbers of carriers.

    index: (n,) where each number is on the axis it was measured along.
    number: (n,) carriers, each one more than the one before.
    free_energy: (n,) F/(k_B T) less that of the first.
    covariance: (n, n) of its errors; NaN from fewer than two runs.
    away: (R, n) of each run how far it lies from the mean of all, but for a constant.
    """

    index: IntArray
    number: IntArray
    free_energy: FloatArray
    covariance: FloatArray
    away: FloatArray

    def error(self, weights: FloatArray) -> FloatArray:
        """Standard errors of sums over numbers: (...,) from weights (..., n)."""
        squares = np.einsum("...i,ij,...j->...", weights, self.covariance, weights)
        return np.asarray(np.sqrt(np.maximum(squares, 0.0)))

    def relative_to(self, place: int) -> tuple[FloatArray, FloatArray]:
        """(n,) free energy less that of one of the numbers, and its error."""
        weights = np.eye(len(self.number))
        weights[:, place] -= 1.0
        return self.free_energy - self.free_energy[place], self.error(weights)

    def completed(self, curvature: float) -> Isotherm:
        """With the charging energy: ``curvature`` is c/(N_cells k_B T)."""
        n = self.number.astype(np.float64)
        charging = 0.5 * curvature * (n**2 - n[0] ** 2)
        return replace(self, free_energy=self.free_energy + charging)

    def slope(self) -> tuple[FloatArray, FloatArray]:
        """(n,) central differences of the free energy and their errors; NaN at both ends."""
        n = len(self.number)
        weights = 0.5 * (np.eye(n, k=1) - np.eye(n, k=-1))
        weights[[0, -1]] = np.nan
        return np.asarray(weights @ self.free_energy), self.error(weights)

    def variance(self) -> tuple[FloatArray, FloatArray]:
        """(n,) variance of the number where it fluctuates about each number, and its error.

        At the chemical potential that makes the number the mean one. NaN where the numbers
        measured do not hold all but :data:`AT_ENDS` of the distribution.
        """
        n = self.number.astype(np.float64)
        p = self._distributions()
        away = n - n[:, np.newaxis]
        variance = (p * away**2).sum(axis=1)
        third = (p * away**3).sum(axis=1)
        # at a fixed mean: δ⟨a²⟩ = −Cov(a², δF) + ⟨a³⟩ δμ with δμ = Cov(a, δF)/⟨a²⟩
        with np.errstate(divide="ignore", invalid="ignore"):
            follows = (third / variance)[:, np.newaxis] * away
            weights = p * (follows - away**2 + variance[:, np.newaxis])
        held = p[:, 0] + p[:, -1] < AT_ENDS
        variance, weights = np.where(held, variance, np.nan), np.where(held[:, None], weights, 0.0)
        return variance, np.where(held, self._scattered_errors(weights), np.nan)

    def _scattered_errors(self, weights: FloatArray) -> FloatArray:
        """(m,) as :meth:`error`, of sums (m, n) over a few neighbouring numbers each.

        Covariances are scaled to each step and to the whole range. What is between follows here:
        all errors are as much larger or smaller as the runs scatter along all of the sums, so far
        as these are many that differ.
        """
        errors, runs = self.error(weights), len(self.away)
        known = np.flatnonzero(errors > 0)
        if runs < 2 or not len(known):
            return errors
        scaled = weights[known] / errors[known, np.newaxis]
        ratio = (self.away @ scaled.T).var(axis=0, ddof=1).mean() / runs
        correlation = scaled @ self.covariance @ scaled.T
        degrees = (runs - 1) * len(known) ** 2 / (correlation**2).sum()
        return np.asarray(errors * np.sqrt((degrees * ratio + TRUST) / (degrees + TRUST)))

    def _distributions(self) -> FloatArray:
        """(n, n) probabilities of the numbers, with each of them the mean in turn."""
        from scipy.special import softmax

        n = self.number.astype(np.float64)
        corners = lower_corners(n, self.free_energy)
        slopes = np.diff(self.free_energy[corners]) / np.diff(n[corners])
        low = np.full(len(n), slopes.min(initial=0.0) - 50.0)
        high = np.full(len(n), slopes.max(initial=0.0) + 50.0)
        for _ in range(_HALVINGS):
            middle = 0.5 * (low + high)
            p = softmax(middle[:, np.newaxis] * n - self.free_energy, axis=1)
            below = p @ n < n
            low, high = np.where(below, middle, low), np.where(below, high, middle)
        return np.asarray(p)

    def reflected(self, n_wells: int) -> tuple[FloatArray, FloatArray]:
        """Residuals of carriers exchanged for empty wells, F(N) − F(W − N) less a line, and errors.

        Returns: One for each N > W/2 that is measured with its partner.
        """
        here = {int(n): i for i, n in enumerate(self.number)}
        pairs = [(i, here[n_wells - n]) for n, i in here.items() if here.get(n_wells - n, i) < i]
        weights = np.zeros((len(pairs), len(here)))
        for row, (i, j) in zip(weights, pairs, strict=True):
            row[i], row[j] = 1.0, -1.0
        x = np.array([2.0 * self.number[i] - n_wells for i, _ in pairs])
        # without the line that fits best, of the energy of a lone carrier
        rest = np.eye(len(x)) - np.outer(x, x) / max(float(x @ x), 1.0)
        weights = rest @ weights
        return np.asarray(weights @ self.free_energy), self.error(weights)

    def scattered(self, count: int) -> FloatArray:
        """(count, n) free energies as other runs would have found them, always the same ones."""
        values, vectors = np.linalg.eigh(self.covariance)
        noise = np.random.default_rng(0).standard_normal((count, len(values)))
        return np.asarray(self.free_energy + (noise * np.sqrt(np.maximum(values, 0.0))) @ vectors.T)


def isotherms(number: IntArray, steps: FloatArray, index: IntArray) -> list[Isotherm]:
    """Free energies of the runs of one temperature, one for each unbroken range of numbers.

    number: (n,) ascending numbers of carriers.
    steps: (R, n) ln Z(N + 1) − ln Z(N) of each run, NaN where not known: a range ends where one of
        the runs does not know it, or the next number is not there.
    index: (n,) where the numbers are on their axis.

    Returns: Of ranges of two numbers or more.
    """
    steps = steps[np.isfinite(steps).any(axis=1)]
    if not len(steps):
        return []
    known: BoolArray = np.isfinite(steps[:, :-1]).all(axis=0) & np.equal(np.diff(number), 1)
    ends = np.flatnonzero(np.diff(np.concatenate([[False], known, [False]]).astype(int)))
    found = []
    for first, last in zip(ends[::2], ends[1::2], strict=True):
        here = steps[:, first:last]
        sums = np.tri(last - first + 1, last - first, -1)
        found.append(
            Isotherm(
                index[first : last + 1],
                number[first : last + 1],
                -sums @ here.mean(axis=0),
                sums @ step_covariance(here) @ sums.T,
                (here.mean(axis=0) - here) @ sums.T,
            )
        )
    return found


def step_covariance(steps: FloatArray) -> FloatArray:
    """(n, n) covariance of the errors of the mean over runs of steps (R, n)."""
    runs, n = steps.shape
    if runs < 2:
        return np.full((n, n), np.nan)
    away = steps - steps.mean(axis=0)
    squares, ones = (away**2).sum(axis=0) / (runs - 1), np.ones(min(POOLED, n))
    near = np.convolve(np.ones(n), ones, "same")
    scatter = np.sqrt(np.convolve(squares, ones, "same") / near)
    scaled = np.divide(away, scatter, out=np.zeros_like(away), where=scatter > 0)
    lags = min(FARTHEST, n // 2)
    correlation = np.zeros(n)
    for lag in range(lags + 1):
        # weights that fall to zero keep the matrix without negative eigenvalues
        together = (scaled[:, : n - lag] * scaled[:, lag:]).sum()
        correlation[lag] = (1 - lag / (lags + 1)) * together / max((scaled**2).sum(), 1e-300)
    distance = np.abs(np.subtract.outer(np.arange(n), np.arange(n)))
    return np.asarray(np.outer(scatter, scatter) * correlation[distance] / runs)


def lower_corners(x: FloatArray, y: FloatArray) -> list[int]:
    """Corners of the lower convex hull, with both ends; a point on a chord is none.

    x, y: (n,) with x ascending.
    """
    corners: list[int] = []
    for i in range(len(x)):
        # a corner above the chord to the new point is none
        while len(corners) > 1 and _slope(x, y, corners[-2], i) <= _slope(x, y, *corners[-2:]):
            corners.pop()
        corners.append(i)
    return corners


def _slope(x: FloatArray, y: FloatArray, i: int, j: int) -> float:
    return float((y[j] - y[i]) / (x[j] - x[i]))
