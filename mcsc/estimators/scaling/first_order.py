"""Whether a transition is of first order, from what grows with size.

Two phases that coexist are parted by interfaces: the barrier ln(P_peak/P_valley) of the energy
histogram at equal height grows without end, as L^(d−1), and the peaks stay a latent heat apart. A
continuous transition may have two peaks in a small crystal as well, as close to a first-order one
any transition has, but the valley does not deepen. At a first-order transition the specific heat
per carrier, that of two phases with energies Δe apart, rises as

    C_max = a + N (Δe)² / (4 (k_B T)²),

that is as L^d, from which the latent heat Δe follows a second time. At a continuous one it rises as
L^(α/ν), or not at all.

J. Lee, J. M. Kosterlitz, Phys. Rev. Lett. 65, 137 (1990), doi:10.1103/PhysRevLett.65.137 (barrier).
M. S. S. Challa, D. P. Landau, K. Binder, Phys. Rev. B 34, 1841 (1986),
doi:10.1103/PhysRevB.34.1841 (specific heat of two phases).
"""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from mcsc.arrays import FloatArray
from mcsc.estimators.correlation import reweighted
from mcsc.estimators.energy_histogram import TransitionOrder, transition_order
from mcsc.estimators.estimate import SIGNIFICANCE, jackknife_error
from mcsc.estimators.scaling.curves import SizeSeries
from mcsc.estimators.scaling.power_law import Fit, fitted_line


@dataclass(frozen=True)
class Coexistence:
    """Energy histogram of one size.

    length: Linear size L.
    order: Verdict at this size, with the barrier as its ``dip``.
    latent_heat, latent_heat_stderr: Energy per carrier between the phases on either side of the
        valley, at equal height; NaN without two sure peaks.
    """

    length: float
    order: TransitionOrder
    latent_heat: float = np.nan
    latent_heat_stderr: float = np.nan


@dataclass(frozen=True)
class SizeVerdict:
    """``"continuous"``, ``"first_order"`` or ``"undecided"``, and the numbers that say so."""

    kind: str
    reason: str


def coexistence(
    series: SizeSeries, temperature: float, boltzmann: float, n_blocks: int
) -> Coexistence:
    """Barrier and latent heat of one size near a temperature.

    series: The size.
    temperature: Where its specific heat or susceptibility is largest.
    boltzmann: k_B in energy per temperature.
    n_blocks: Blocks of the jackknife.
    """
    t, e = series.temperatures, series.energies
    order = transition_order(t, e, temperature, boltzmann, n_blocks=n_blocks)
    if order.kind != "first_order":
        return Coexistence(series.length, order)
    return Coexistence(series.length, order, *energy_step(series, order, boltzmann, n_blocks))


def energy_step(
    series: SizeSeries, order: TransitionOrder, boltzmann: float, n_blocks: int
) -> tuple[float, float]:
    """Energy per carrier between the means on either side of a valley, at equal height, and error.

    Also of a valley whose depth is not sure: few passages from phase to phase tell their energies
    well, but not how often each is there.
    """
    t = series.temperatures
    centre = int(np.clip(np.abs(t - order.temperature).argmin(), 1, t.size - 2))
    window = slice(max(centre - 2, 0), centre + 3)
    energy = series.energies[window] - order.valley
    above = (energy > 0).astype(np.float64)
    at = np.array([order.temperature])
    (share, upper, whole), widening = reweighted(
        t[window], energy, at, boltzmann, n_blocks, above, above * energy, energy
    )
    with np.errstate(divide="ignore", invalid="ignore"):
        step = (upper / share - (whole - upper) / (1 - share))[:, 0] / series.n_carriers
    return float(step[0]), jackknife_error(step[1:], widening)


def order_over_sizes(
    found: Sequence[Coexistence], fits: dict[str, Fit], dimension: int
) -> SizeVerdict:
    """Order of a transition from the barriers and susceptibilities of all sizes.

    - ``"first_order"`` if two sizes have two peaks, surely so the largest, and its valley is deeper
      than that of every other size by 3 errors. A valley that only appears with size, and then
      stays, is no sign: continuous transitions have that too;
    - ``"continuous"`` if the largest size has one peak, or a dip that stays small, that is no such
      deepening, and the susceptibility grows more slowly than the L^d of two coexisting phases by 3
      errors, where its exponent is known;
    - ``"undecided"`` otherwise: two peaks that do not deepen may be close to first order; and at a
      first-order transition of small latent heat the order parameter jumps at sizes at which the
      energy still has one peak.

    found: One for each size.
    fits: ``gamma_over_nu``, how the largest susceptibility grows, and ``specific_heat_exponent``.
    dimension: d, number of directions that grow.
    """
    known = sorted((one for one in found if np.isfinite(one.order.dip)), key=lambda o: o.length)
    if len(known) < 2:
        why = found[-1].order.reason if found else "no size has a histogram"
        return SizeVerdict("undecided", f"barriers of two sizes are needed: {why}")
    last, others = known[-1], known[:-1]
    deepens = all(
        last.order.dip - one.order.dip
        > SIGNIFICANCE * np.hypot(last.order.dip_stderr, one.order.dip_stderr)
        for one in others
    )
    two_peaks = any(one.order.dip > SIGNIFICANCE * one.order.dip_stderr for one in others)
    text = "barrier " + ", ".join(
        f"{one.order.dip:.2g} ± {one.order.dip_stderr:.1g} at L = {one.length:g}" for one in known
    )
    response, heat = fits["gamma_over_nu"], fits["specific_heat_exponent"]
    for name, fit in (("susceptibility", response), ("specific heat", heat)):
        if np.isfinite(fit.value):
            text += f"; {name} as L^({fit.value:.3g} ± {fit.stderr:.1g})"
    text += f"; L^{dimension} at first order"
    jumps = response.value > dimension - SIGNIFICANCE * response.stderr
    if last.order.kind == "first_order" and deepens and two_peaks:
        return SizeVerdict("first_order", text)
    if last.order.kind == "continuous" and not deepens and not jumps:
        return SizeVerdict("continuous", text)
    return SizeVerdict("undecided", text)


def latent_heat_of_peaks(
    carriers: FloatArray, heights: FloatArray, covariance: FloatArray, thermal_energy: float
) -> tuple[float, float]:
    """Latent heat per carrier from the growth of the specific-heat maxima at first order.

    carriers: N, shape (S,).
    heights, covariance: C_max per carrier in k_B, shape (S,), and its covariance.
    thermal_energy: k_B T_c.

    Returns: Δe and its standard error; NaN with fewer than two sizes or where C_max does not grow
        with N.
    """
    known = np.isfinite(heights) & (np.diag(covariance) > 0)
    if known.sum() < 2:
        return np.nan, np.nan
    line = fitted_line(carriers[known], heights[known], covariance[np.ix_(known, known)])
    slope = float(line.values[1])
    if not slope > 0:
        return np.nan, np.nan
    latent = 2 * thermal_energy * np.sqrt(slope)
    return float(latent), float(latent * np.sqrt(line.covariance[1, 1]) / (2 * slope))
