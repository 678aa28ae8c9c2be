"""Where the susceptibility and the specific heat are largest.

Conventions for arrays, units and errors are those of `mcsc.estimators.estimate`.
"""

from collections.abc import Callable

import numpy as np
from numpy.typing import ArrayLike

from mcsc.arrays import FloatArray
from mcsc.estimators.correlation import reweighted
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

Curve = Callable[[FloatArray, FloatArray, FloatArray], FloatArray]

_HOTTEST = "the highest temperature"
_SUSCEPTIBILITY, _RESPONSE = "susceptibility", "response to the field"


def above_the_scan(reason: str) -> bool:
    """Whether the reason for no transition says that it lies above the temperatures scanned.

    That order is there at the lowest ones is known where a peak was looked for.
    """
    peaks = (f"{name} is largest at {_HOTTEST}" for name in (_SUSCEPTIBILITY, _RESPONSE))
    return any(said in reason for said in (*peaks, "transmission stays above"))


def susceptibility_peak(
    temperatures: ArrayLike,
    energies: ArrayLike,
    order2: ArrayLike,
    boltzmann: float,
    n_carriers: int,
    n_blocks: int = N_BLOCKS,
) -> Estimate:
    """Temperature of the largest χ = N (⟨m²⟩ − ⟨|m|⟩²) / (k_B T).

    The coarse maximum over the ladder is refined by reweighting within two temperatures on either
    side. It has to stand at least 3 errors above some temperature on both of its sides.

    temperatures: Shape (K,), ascending.
    energies, order2: Total energies and m², shape (K, n).
    boltzmann: k_B in energy per temperature.
    n_carriers: N above: it scales χ and does not move the peak.
    n_blocks: Blocks of the jackknife; they should be longer than the autocorrelation time.

    Returns: `Estimate`; NaN with a reason where the largest value lies at an end of the ladder,
        does not stand out, or the ladder has a gap there. The peak of one size lies off the
        transition of the infinite lattice by about (size)^(−1/ν), which the error does not include.

    Raises ValueError if shapes do not match or temperatures do not ascend.
    """
    t, e, m2 = as_arrays(temperatures, energies, order2)
    moments = m2, np.sqrt(np.maximum(m2, 0.0))
    curve = _response(n_carriers, boltzmann)
    return _peak(_SUSCEPTIBILITY, t, e, moments, curve, boltzmann, n_blocks)


def response_peak(
    temperatures: ArrayLike,
    energies: ArrayLike,
    order: ArrayLike,
    boltzmann: float,
    n_carriers: int,
    n_blocks: int = N_BLOCKS,
) -> Estimate:
    """Temperature of the largest ∂⟨m⟩/∂h = N (⟨m²⟩ − ⟨m⟩²) / (k_B T).

    As `susceptibility_peak`, for an order parameter m with a sign, along the field h that couples
    to it: the response to the field at that field.

    order: m, shape (K, n).
    temperatures, energies, boltzmann, n_carriers, n_blocks: As for `susceptibility_peak`.
    """
    t, e, m = as_arrays(temperatures, energies, order)
    curve = _response(n_carriers, boltzmann)
    return _peak(_RESPONSE, t, e, (m**2, m), curve, boltzmann, n_blocks)


def specific_heat_peak(
    temperatures: ArrayLike,
    energies: ArrayLike,
    boltzmann: float,
    n_carriers: int,
    n_blocks: int = N_BLOCKS,
) -> Estimate:
    """Temperature of the largest specific heat (⟨E²⟩ − ⟨E⟩²) / (N k_B T²).

    As `susceptibility_peak`, on the energy. A maximum of the specific heat is no proof of a
    transition: any system with an energy gap has one (Schottky). Ask `order_present` as well.

    temperatures, energies, boltzmann, n_carriers, n_blocks: As for `susceptibility_peak`.
    """
    t, e = as_arrays(temperatures, energies)

    def curve(at: FloatArray, square: FloatArray, mean: FloatArray) -> FloatArray:
        return np.asarray((square - mean**2) / (n_carriers * boltzmann * at**2))

    centred = e - e.mean()
    return _peak("specific heat", t, e, (centred**2, centred), curve, boltzmann, n_blocks)


def peaks_below(
    temperatures: ArrayLike, energies: ArrayLike, order2: ArrayLike, *, heat: bool = True
) -> float:
    """Temperature that the peaks lie below where none of them stands out.

    That is the first one above the largest susceptibility and, where `heat` says that it belongs to
    the order, the largest specific heat; ∞ if one of them is at the hottest.

    temperatures, energies, order2: As for `susceptibility_peak`; the energies may be another number
        of samples.
    """
    t, e, m2 = as_arrays(temperatures, energies, order2)
    if not (np.isfinite(e).all() and np.isfinite(m2).all()):
        return np.inf
    modulus = np.sqrt(np.maximum(m2, 0.0))
    tops = [int(((m2.mean(axis=1) - modulus.mean(axis=1) ** 2) / t).argmax())]
    tops += [int((e.var(axis=1) / t**2).argmax())] if heat else []
    return float(np.append(t, np.inf)[max(tops) + 1])


def _response(n_carriers: int, boltzmann: float) -> Curve:
    """N times a variance over k_B T, from both moments."""
    return lambda t, square, mean: np.asarray(n_carriers * (square - mean**2) / (boltzmann * t))


def _peak(
    name: str,
    temperatures: FloatArray,
    energies: FloatArray,
    moments: tuple[FloatArray, FloatArray],
    curve: Curve,
    boltzmann: float,
    n_blocks: int,
) -> Estimate:
    """Peak of a curve (temperatures, mean of moment 0, mean of moment 1), moments (K, n)."""
    if reason := defect(temperatures, n_blocks, energies, *moments):
        return missing(reason)
    raw = [fine_bins(m.T) for m in moments]
    height, error = jackknife(lambda a, b: curve(temperatures, a, b), *raw, tau=None)
    last = temperatures.size - 1
    top = int(height.argmax())
    if top in (0, last):
        return missing(f"{name} is largest at {_HOTTEST if top else 'the lowest temperature'}")
    lower = height[top] - height > SIGNIFICANCE * np.hypot(error, error[top])
    if not (lower[:top].any() and lower[top + 1 :].any()):
        reason = f"the maximum of the {name} does not stand out by {SIGNIFICANCE:g} errors"
        return missing(reason)

    for _ in range(last):
        window = slice(max(top - 2, 0), min(top + 3, last + 1))
        near = temperatures[window]
        if reason := histogram_gap(near, energies[window], boltzmann):
            return missing(reason)
        mesh = np.linspace(near[0], near[-1], MESH)
        # moments of neighbouring temperatures only: the far ones have no weight here
        first, second = (m[window] for m in moments)
        means, widening = reweighted(
            near, energies[window], mesh, boltzmann, n_blocks, first, second
        )
        peak = summit(mesh, curve(mesh, *means))
        if near[0] + 1.5 * (mesh[1] - mesh[0]) < peak[0] < near[-1] - 1.5 * (mesh[1] - mesh[0]):
            return Estimate(float(peak[0]), jackknife_error(peak[1:], widening))
        # noise misled the coarse maximum: look again around the nearest temperature
        moved = int(np.abs(temperatures - peak[0]).argmin())
        if moved in (0, last, top):
            break
        top = moved
    return missing(f"the reweighted {name} peaks at the end of the ladder")


def summit(mesh: FloatArray, curves: FloatArray) -> FloatArray:
    """Abscissa of the highest point of each row, by a parabola through three mesh points."""
    top = np.clip(curves.argmax(axis=1), 1, mesh.size - 2)
    left, centre, right = (curves[np.arange(len(top)), top + k] for k in (-1, 0, 1))
    bend = left - 2 * centre + right
    with np.errstate(divide="ignore", invalid="ignore"):
        shift = np.where(bend < 0, 0.5 * (left - right) / bend, 0.0)
    return np.asarray(mesh[top] + np.clip(shift, -1, 1) * (mesh[1] - mesh[0]))
