"""Where the share of uniform displacement has fallen to one half on heating.

Conventions for arrays, units and errors are those of `mcsc.estimators.estimate`.
"""

import numpy as np
from numpy.typing import ArrayLike

from mcsc.arrays import FloatArray
from mcsc.estimators.correlation import reweighted
from mcsc.estimators.crossing import upward_zero
from mcsc.estimators.errors import fine_bins, jackknife
from mcsc.estimators.estimate import (
    MESH,
    N_BLOCKS,
    SIGNIFICANCE,
    Estimate,
    as_arrays,
    defect,
    histogram_gap,
    jackknife_error,
    missing,
)

# share of uniform displacement that marks its onset
HALF = 0.5


def half_transmission(
    temperatures: ArrayLike,
    energies: ArrayLike,
    uniform: ArrayLike,
    squares: ArrayLike,
    boltzmann: float,
    *,
    squared: bool = False,
    n_blocks: int = N_BLOCKS,
) -> Estimate:
    """Temperature at which the share of uniform displacement falls through one half on heating.

    The share is ⟨U∥⟩²/⟨u²⟩, or ⟨|U|²⟩/⟨u²⟩. It has to lie 3 errors above that somewhere below
    the crossing and 3 errors below it somewhere above.

    temperatures: Shape (K,), ascending.
    energies, uniform, squares: Total energies; U∥, or |U|² if `squared`; Σ|u|²/N. Shape (K, n).
    boltzmann: k_B in energy per temperature.
    n_blocks: Blocks of the jackknife.

    Returns: `Estimate`; NaN with a reason where the share does not fall through one half on the
        ladder.
    """
    t, e, u, u2 = as_arrays(temperatures, energies, uniform, squares)
    if reason := defect(t, n_blocks, e, u, u2):
        return missing(reason)

    def share(first: FloatArray, second: FloatArray) -> FloatArray:
        return uniform_share(first, second, squared)

    height, error = jackknife(share, fine_bins(u.T), fine_bins(u2.T), tau=None)
    sure = np.abs(height - HALF) > SIGNIFICANCE * error
    above, below = (height >= HALF) & sure, (height < HALF) & sure
    if not below.any() or not above[: int(np.flatnonzero(below)[-1])].any():
        side = "below" if below.any() or not above.any() else "above"
        return missing(f"transmission stays {side} {HALF:g}")
    falls = np.flatnonzero((height[:-1] >= HALF) & (height[1:] < HALF))
    k = int(falls[-1])
    window = slice(max(k - 1, 0), k + 3)
    near = t[window]
    if reason := histogram_gap(near, e[window], boltzmann):
        return missing(reason)
    mesh = np.linspace(near[0], near[-1], MESH)
    means, widening = reweighted(near, e[window], mesh, boltzmann, n_blocks, u[window], u2[window])
    rows = share(*means)
    middle = upward_zero(mesh, HALF - rows[0], None)
    roots = np.array([upward_zero(mesh, HALF - row, middle) for row in rows[1:]])
    if not np.isfinite(roots).all():
        return missing("half transmission is not certain: run longer")
    return Estimate(middle, jackknife_error(roots, widening))


def uniform_share(first: FloatArray, second: FloatArray, squared: bool) -> FloatArray:
    """⟨U∥⟩²/⟨u²⟩, or ⟨|U|²⟩/⟨u²⟩ if `squared`, from the means; 0 where nothing is displaced."""
    numerator = first if squared else first**2
    return np.asarray(np.where(second > 0, numerator / np.where(second > 0, second, 1.0), 0.0))
