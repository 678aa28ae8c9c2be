"""First weights of an expanded ensemble: ln Z from short ladders at some numbers of carriers.

ln Z(N, β) = ln C(N) − ∫₀^β ⟨E⟩ dβ', C(N) being the ways to put N carriers into the states of the
wells. ln Z − ln C is nearly a parabola in N, that of the charging energy: what is left of it is
smooth enough to be interpolated between the numbers that were sampled.
"""

import numpy as np
import numpy.typing as npt
from scipy.interpolate import PchipInterpolator

from mcsc.arrays import FloatArray

# the hottest of the short ladders over the hottest temperature of the task
_HOTTEST = 40.0


def hot_betas(betas: FloatArray) -> FloatArray:
    """(T,) inverse temperatures from the lowest of ``betas`` down to a fortieth of it."""
    return np.asarray(betas.min() * np.geomspace(1.0, 1.0 / _HOTTEST, len(betas)))


def first_steps(
    energies: FloatArray,
    betas: FloatArray,
    numbers: list[int],
    states_per_well: npt.NDArray[np.int32],
) -> FloatArray:
    """ln Z(N + 1) − ln Z(N) for all numbers from the first to the last.

    energies: (numbers, 2 T) mean energies of the short ladders at :func:`hot_betas`, then at
        ``betas``.
    betas: (T,) inverse temperatures, descending.
    numbers: Numbers of carriers of the short ladders, ascending.
    states_per_well: (W,) states of each well.

    Returns: (T, numbers[-1] − numbers[0]) by rung.
    """
    n = len(betas)
    # both halves meet at the lowest β of the task; where the temperatures end
    path = np.concatenate([hot_betas(betas)[:0:-1], betas[::-1]])
    along = np.concatenate([energies[:, n - 1 : 0 : -1], energies[:, : n - 1 : -1]], axis=1)
    integral = PchipInterpolator(path, along, axis=1).antiderivative()(betas)
    # below the hottest ladder carriers are random, and their energy is that of this ladder
    excess = -(integral + path[0] * along[:, :1])
    wanted = np.arange(numbers[0], numbers[-1] + 1)
    degree = min(2, len(numbers) - 1)
    centre = np.mean(numbers)
    parabola = np.polynomial.polynomial.polyfit(np.array(numbers) - centre, excess, degree)
    smooth = np.polynomial.polynomial.polyval(wanted - centre, parabola)
    fitted = np.polynomial.polynomial.polyval(np.array(numbers) - centre, parabola)
    rest = PchipInterpolator(numbers, excess - fitted.T)(wanted)
    whole = smooth + rest.T + log_arrangements(states_per_well)[wanted]
    return np.asarray(np.diff(whole, axis=1))


def log_arrangements(states_per_well: npt.NDArray[np.int32]) -> FloatArray:
    """(W + 1,) logarithm of the number of ways to put N carriers, at most one a well, N = 0 … W."""
    found = np.full(len(states_per_well) + 1, -np.inf)
    found[0] = 0.0
    for states in states_per_well:
        found[1:] = np.logaddexp(found[1:], found[:-1] + np.log(states))
    return found
