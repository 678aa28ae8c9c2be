"""What fluctuations of a collective displacement say: its diffusion, and the response to a field.

M(t) is the displacement of all carriers together along the field, hops and displacements inside
wells, and g(t) = ⟨(M(t) − M(0))²⟩. By Einstein's relation its slope at long times is 2 V k_B T σ,
and by the fluctuation-dissipation theorem the polarization M/V responds to a weak field
E exp(−iωt) by

    χ(ω) = 1/(2 V k_B T) ∫₀^∞ ġ(t) exp(iωt) dt,

which holds for any rates in detailed balance. One chain at zero field so gives all frequencies, in
the linear regime exactly; a driven one would give one of them, at a finite field. Beyond the lag
from which g grows linearly, it is taken to go on so: χ(ω) → iσ/ω at low frequencies.

R. Kubo, J. Phys. Soc. Jpn. 12, 570 (1957), doi:10.1143/JPSJ.12.570.
"""

from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike

from mcsc.arrays import FloatArray
from mcsc.estimators.errors import jackknife

# blocks that a chain is cut into, for errors; lags go to half a block
BLOCKS = 8
# largest phase ωt of an interval: within it g is taken to be straight
RESOLVED = 0.25
# errors within which a slope has to agree with that at twice the lag, and that with the next
AGREEMENT = 2.0
# doublings of the lag after that, for what still decays below the noise
AFTER = 2


@dataclass(frozen=True)
class Diffusion:
    """Long-time slope of g, and the lags it was found at.

    slope, stderr: (T,) dg/dt, squared length per time. In the error is also how far it is off that
        at longer lags: slow processes make the slope fall, never rise, and may be hidden by noise.
    lag: (T,) intervals from which on g was found to grow linearly.
    settled: (T,) whether that was before the longest lags.
    squares: (blocks, T, lags + 1) g of every block of every repeat.
    """

    slope: FloatArray
    stderr: FloatArray
    lag: np.ndarray[tuple[int, ...], np.dtype[np.int64]]
    settled: np.ndarray[tuple[int, ...], np.dtype[np.bool_]]
    squares: FloatArray


def diffusion(positions: ArrayLike, spacing: ArrayLike) -> Diffusion:
    """How the squared displacement grows with time.

    positions: (repeats, n, T) M at equal times, from independent repeats; n a multiple of 16.
    spacing: (T,) time between two.
    """
    m, step = np.asarray(positions, dtype=np.float64), np.asarray(spacing, dtype=np.float64)
    repeats, n, n_temperatures = m.shape
    blocks = m.reshape(repeats * BLOCKS, n // BLOCKS, n_temperatures)
    squares = np.moveaxis(mean_squares(blocks, n // BLOCKS // 2), 1, 2)
    doubled = 2 ** np.arange(int(np.log2(squares.shape[2] - 1)))

    def slopes(mean: FloatArray) -> FloatArray:
        found = (mean[:, 2 * doubled] - mean[:, doubled]) / doubled
        return np.concatenate([found, np.diff(found, axis=1)], axis=1)

    both, errors = jackknife(slopes, squares)
    value, error = both[:, : len(doubled)], errors[:, : len(doubled)]
    steps, noise = both[:, len(doubled) :], errors[:, len(doubled) :]
    steady = np.abs(steps) <= AGREEMENT * noise
    # longer lags are not asked: noise would decide
    steady[:, :-1] &= steady[:, 1:]
    settled = np.asarray(steady.any(axis=1))
    last = len(doubled) - 1
    chosen = np.where(settled, np.minimum(steady.argmax(axis=1) + AFTER, last), last)
    rows = np.arange(n_temperatures)
    # errors at long lags are known badly themselves: theirs grow as the root of the lag
    weights = (np.arange(len(doubled)) > np.minimum(chosen, last - 1)[:, None]) / doubled
    later = (value * weights).sum(axis=1) / weights.sum(axis=1)
    slope = value[rows, chosen]
    stderr = np.hypot(error[rows, chosen], np.where(chosen < last, slope - later, 0.0))
    return Diffusion(slope / step, stderr / step, 2 * doubled[chosen], settled, squares)


def mean_squares(positions: FloatArray, longest: int) -> FloatArray:
    """⟨(M(t + l) − M(t))²⟩ over all t, for lags 0 to ``longest``; (blocks, lags + 1, T)."""
    m = positions - positions[:, :1]
    lags = range(longest + 1)
    n = m.shape[1]
    return np.stack([((m[:, lag:] - m[:, : n - lag]) ** 2).mean(axis=1) for lag in lags], axis=1)


def response(
    found: Diffusion, spacing: ArrayLike, frequencies: ArrayLike
) -> tuple[FloatArray, ...]:
    """V k_B T χ(ω): real part, its error, imaginary part (the loss), its error.

    frequencies: (F,) ω, per time.

    Returns: Four arrays (T, F), squared length; NaN at frequencies that the intervals do not
        resolve.
    """
    omega, step = np.asarray(frequencies, dtype=np.float64), np.asarray(spacing, dtype=np.float64)
    parts = []
    for t, lag in enumerate(found.lag):
        times = step[t] * np.arange(lag + 1)
        phases = np.exp(1j * omega[:, None] * times)
        # ∫ exp(iωt) dt over each interval, at the end over all times after it
        weights = np.diff(phases, axis=1) / (1j * omega[:, None] * step[t])
        tail = 1j * phases[:, -1] / (omega * step[t] * (lag // 2))

        def chi(mean: FloatArray, weights=weights, tail=tail, lag=lag) -> FloatArray:  # type: ignore[no-untyped-def]
            late = mean[lag] - mean[lag // 2]
            value = 0.5 * (weights @ np.diff(mean[: lag + 1]) + tail * late)
            return np.stack([value.real, value.imag])

        value, error = jackknife(chi, found.squares[:, t])
        rows = np.stack([value[0], error[0], value[1], error[1]])
        parts.append(np.where(omega * step[t] <= RESOLVED, rows, np.nan))
    real, real_error, loss, loss_error = np.moveaxis(np.array(parts), 1, 0)
    return real, real_error, loss, loss_error


DEPINNING = ("too_few_fields", "no_current", "linear", "depins")
# standard errors that a current, and a depinning field, have to be above zero
SIGNIFICANCE = 3.0
# least depinning field, over the field from which it is extrapolated
LEAST_SHARE = 0.1


def depinning_field(
    fields: ArrayLike, moved: ArrayLike, time: ArrayLike
) -> tuple[FloatArray, FloatArray, list[str]]:
    """Where the steepest part of the current, drawn on as a straight line, comes to zero.

    At high fields carriers that were pinned drift as free ones do, with a current linear in the
    field: the line through it meets zero at the field that pinning takes away. At finite
    temperature they creep at lower fields too, and the current vanishes nowhere.

    fields: (F,) ascending from 0, where there is no current.
    moved, time: (bins, F, T) displacement along the field and time, the current being the ratio of
        their means.

    Returns: (T,) field and its standard error, NaN where carriers do not depin, and a word of
        :data:`DEPINNING`.
    """
    e = np.asarray(fields, dtype=np.float64)
    m, t = np.asarray(moved, dtype=np.float64), np.asarray(time, dtype=np.float64)
    n_temperatures = m.shape[2]
    nothing = np.full(n_temperatures, np.nan)
    if len(e) < 3:
        return nothing, nothing, [DEPINNING[0]] * n_temperatures
    # none flows without a field, whatever noise says
    m = m * (e > 0)[:, None]
    current, error = jackknife(np.divide, m, t, tau=None)
    steep = (np.diff(current, axis=0) / np.diff(e)[:, None]).argmax(axis=0)
    columns = np.arange(n_temperatures)

    def intercept(moved: FloatArray, time: FloatArray) -> FloatArray:
        low, high = (moved[at, columns] / time[at, columns] for at in (steep, steep + 1))
        return np.asarray(e[steep] - low * (e[steep + 1] - e[steep]) / (high - low))

    found, stderr = jackknife(intercept, m, t, tau=None)
    flows = current[-1] > SIGNIFICANCE * error[-1]
    pinned = found > np.maximum(SIGNIFICANCE * stderr, LEAST_SHARE * e[steep + 1])
    words = [DEPINNING[1 + int(f) + int(f and p)] for f, p in zip(flows, pinned, strict=True)]
    depins = flows & pinned
    return np.where(depins, found, np.nan), np.where(depins, stderr, np.nan), words
