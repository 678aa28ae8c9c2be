"""Where a crystal separates into two phases: common tangents of a free energy over the carriers.

A finite crystal with numbers between those of two phases holds an interface, whose free energy
makes F concave there. Every such bulge of at least :data:`LEAST_WIDTH` numbers counts that rises
:data:`LEAST_BARRIER` k_B T over the tangent and :data:`SIGNIFICANCE` standard errors, for the
highest of many is picked: of a convex F with noise 1 in 200 has one then. At a critical
point a bulge of a few k_B T (3.1 of Ising spins in a plane) stays at any size, and coexistence
proper is where it grows with the size of the crystal.

K. Binder, Phys. Rev. A 25, 1699 (1982), doi:10.1103/PhysRevA.25.1699 (the free energy of an
interface from the distribution of a finite system).
A. D. Bruce and N. B. Wilding, Phys. Rev. Lett. 68, 193 (1992), doi:10.1103/PhysRevLett.68.193
(the distribution at a critical point).
"""

from dataclasses import dataclass
from itertools import pairwise

import numpy as np

from mcsc.arrays import FloatArray
from mcsc.estimators.isotherm import Isotherm, lower_corners

LEAST_WIDTH, LEAST_BARRIER, SIGNIFICANCE = 4, 0.5, 5.0
_DRAWS = 100


@dataclass(frozen=True)
class Region:
    """Numbers of carriers between two that coexist.

    low, high: Indices on the isotherm of both phases.
    low_stderr, high_stderr: Standard errors of their numbers, with the step of one carrier; NaN
        where that is no farther than :data:`LEAST_WIDTH` from an end of the isotherm: the region
        may go on beyond.
    slope, slope_stderr: Slope of the common tangent, k_B T for each carrier.
    barrier, barrier_stderr: Largest height over the tangent, k_B T.
    """

    low: int
    high: int
    low_stderr: float
    high_stderr: float
    slope: float
    slope_stderr: float
    barrier: float
    barrier_stderr: float

    @property
    def bounded(self) -> bool:
        """Whether both phases are known."""
        return bool(np.isfinite([self.low_stderr, self.high_stderr]).all())


def regions(isotherm: Isotherm) -> list[Region]:
    """Regions of coexistence of one isotherm with its charging energy; none without errors."""
    n, f = isotherm.number.astype(np.float64), isotherm.free_energy
    corners = lower_corners(n, f)
    scattered: list[FloatArray] = []
    found = []
    for low, high in pairwise(corners):
        if high - low < LEAST_WIDTH:
            continue
        ends = [low, high]
        inside = slice(low, high + 1)
        top = low + int((f[inside] - np.interp(n[inside], n[ends], f[ends])).argmax())
        share = (top - low) / (high - low)
        rise, tangent = np.zeros((2, len(n)))
        rise[[low, high, top]] = share - 1, -share, 1.0
        tangent[ends] = -1.0 / (high - low), 1.0 / (high - low)
        barrier, error = float(rise @ f), float(isotherm.error(rise))
        if not (barrier >= LEAST_BARRIER and barrier > SIGNIFICANCE * error):
            continue
        if not scattered:
            draws = isotherm.scattered(_DRAWS)
            scattered = [np.array(lower_corners(n, drawn), dtype=np.float64) for drawn in draws]
        low_error, high_error = _end_errors(scattered, top)
        found.append(
            Region(
                low,
                high,
                low_error if low >= LEAST_WIDTH else np.nan,
                high_error if high < len(n) - LEAST_WIDTH else np.nan,
                float(tangent @ f),
                float(isotherm.error(tangent)),
                barrier,
                error,
            )
        )
    return found


def _end_errors(scattered: list[FloatArray], top: int) -> tuple[float, float]:
    """Scatter of the corners on both sides of ``top``, with a step of one."""
    ends = np.array([(c[c <= top].max(), c[c >= top].min()) for c in scattered])
    low, high = np.sqrt(ends.var(axis=0, ddof=1) + 1 / 12)
    return float(low), float(high)
