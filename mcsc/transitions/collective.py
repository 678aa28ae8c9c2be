"""Where the carriers are displaced together on cooling, at one doping and field.

In a field the order parameter is the mean displacement U∥ along it, which the field couples to: its
onset is a crossover, unless the energy histogram has two peaks. At zero field it is the length of
the mean displacement U, whose spontaneous order is judged like that of charge. Either way two
estimators give the temperature:

- the largest response: N Var(U∥)/(k_B T) in a field, N (⟨|U|²⟩ − ⟨|U|⟩²)/(k_B T) without;
- the temperature at which the share of uniform displacement has fallen to one half on heating:
  transmission ⟨U∥⟩²/⟨u²⟩ in a field, ⟨|U|²⟩/⟨u²⟩ without.

With several sizes at zero field, the Binder crossing of |U| comes before both.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field, replace

import numpy as np
import xarray as xr
from numpy.typing import ArrayLike

from mcsc.estimators.binder import order_present
from mcsc.estimators.correlation import block_widening
from mcsc.estimators.crossing import Crossing, binder_crossing, upward_zero
from mcsc.estimators.energy_histogram import transition_order
from mcsc.estimators.estimate import (
    GRID,
    N_BLOCKS,
    SIGNIFICANCE,
    Estimate,
    FloatArray,
    Ladder,
    as_arrays,
    defect,
    histogram_gap,
    jackknife_error,
)
from mcsc.estimators.peaks import response_peak, susceptibility_peak
from mcsc.estimators.reweighting import reweight_blocks
from mcsc.scaling.size_error import NO_SIZE_ERROR, SizeError, of_crossing, of_peaks
from mcsc.statistics import fine_bins, jackknife
from mcsc.text import apart
from mcsc.transitions.point import Settings, equilibrated, equilibrated_down_to

METHODS = ("none", "response_peak", "half_transmission", "binder_crossing")
KINDS = ("none", "crossover", "continuous", "first_order", "undecided")
# share of uniform displacement that marks its onset
HALF = 0.5
# and of the largest share that is hardly any
_LITTLE = 0.25


@dataclass(frozen=True)
class Onset:
    """Onset of uniform displacement on one ladder, by both estimators, or why there is none."""

    response: Estimate
    half: Estimate
    converged: bool = True
    # what an onset that was not found lies below, ∞ where nothing is known of it
    bound: float = np.inf

    @property
    def estimate(self) -> Estimate:
        """The peak of the response, or half transmission where only that exists."""
        only_half = np.isnan(self.response.temperature) and np.isfinite(self.half.temperature)
        return self.half if only_half else self.response

    @property
    def method(self) -> str:
        """Which of them it is."""
        if not np.isfinite(self.estimate.temperature):
            return METHODS[0]
        return METHODS[2] if self.estimate is self.half else METHODS[1]


@dataclass(frozen=True)
class Collective:
    """Onset of uniform displacement at one doping and field, all sizes taken together."""

    estimate: Estimate
    method: str
    kind: str
    onsets: list[Onset] = field(default_factory=list)
    size_error: SizeError = NO_SIZE_ERROR

    @property
    def found(self) -> bool:
        """Whether there is an onset."""
        return bool(np.isfinite(self.estimate.temperature))

    @property
    def bound(self) -> float:
        """What T lies below where none was found; NaN where it was, or nothing is known."""
        bound = self.onsets[-1].bound
        return np.nan if self.found or np.isinf(bound) else bound


def collective(
    ladders: list[xr.Dataset],
    boltzmann: float,
    settings: Settings,
    lengths: FloatArray | None = None,
) -> Collective:
    """Onset of uniform displacement from the ladders of one doping and field; as `transition`."""
    onsets = [_onset(ladder, boltzmann, settings) for ladder in ladders]
    largest = onsets[-1]
    estimate, method = largest.estimate, largest.method
    if not np.isfinite(estimate.temperature):
        return Collective(estimate, "none", "none", onsets)
    last = ladders[-1]
    in_field = float(last["field_strength"]) > 0
    known = np.full(len(ladders), np.nan) if lengths is None else lengths
    quantity = "half" if method == METHODS[2] else "response"
    error = of_peaks([getattr(onset, quantity) for onset in onsets], known, crossover=in_field)
    if not in_field and len(ladders) > 1:
        crossing, pairs = _crossing(ladders, boltzmann, settings)
        if np.isfinite(crossing.temperature):
            error = of_crossing(pairs, largest.estimate)
            estimate, method = crossing, METHODS[3]
    order = transition_order(
        last["temperature"].values,
        last["energy"].values,
        estimate.temperature,
        boltzmann,
        n_blocks=settings.blocks,
    )
    kind = "crossover" if in_field and order.kind != "first_order" else order.kind
    return Collective(estimate, method, kind, onsets, error)


def half_transmission(
    temperatures: ArrayLike,
    energies: ArrayLike,
    uniform: ArrayLike,
    squares: ArrayLike,
    boltzmann: float,
    *,
    squared: bool = False,
    level: float = HALF,
    n_blocks: int = N_BLOCKS,
) -> Estimate:
    """Temperature at which the share of uniform displacement falls through a level on heating.

    The share is ⟨U∥⟩²/⟨u²⟩, or ⟨|U|²⟩/⟨u²⟩. It has to lie 3 errors above the level somewhere below
    the crossing and 3 errors below it somewhere above.

    Parameters
    ----------
    temperatures
        Shape (K,), ascending.
    energies, uniform, squares
        Total energies; U∥, or |U|² if `squared`; Σ|u|²/N. Shape (K, n).
    boltzmann
        k_B in energy per temperature.
    level
        The share looked for.
    n_blocks
        Blocks of the jackknife.

    Returns
    -------
    `Estimate`; NaN with a reason where the share does not fall through the level on the ladder.
    """
    t, e, u, u2 = as_arrays(temperatures, energies, uniform, squares)
    if reason := defect(t, n_blocks, e, u, u2):
        return Estimate(np.nan, np.nan, reason)

    def share(first: FloatArray, second: FloatArray) -> FloatArray:
        return uniform_share(first, second, squared)

    height, error = jackknife(share, fine_bins(u.T), fine_bins(u2.T), tau=None)
    sure = np.abs(height - level) > SIGNIFICANCE * error
    above, below = (height >= level) & sure, (height < level) & sure
    if not below.any() or not above[: int(np.flatnonzero(below)[-1])].any():
        side = "below" if below.any() or not above.any() else "above"
        return Estimate(np.nan, np.nan, f"transmission stays {side} {level:g}")
    falls = np.flatnonzero((height[:-1] >= level) & (height[1:] < level))
    k = int(falls[-1])
    window = slice(max(k - 1, 0), k + 3)
    near = t[window]
    if reason := histogram_gap(near, e[window], boltzmann):
        return Estimate(np.nan, np.nan, reason)
    grid = np.linspace(near[0], near[-1], GRID)
    samples = (
        e[window], 1 / (boltzmann * near), 1 / (boltzmann * grid), n_blocks, u[window], u2[window]
    )  # fmt: skip
    rows = share(*reweight_blocks(*samples))
    middle = upward_zero(grid, level - rows[0], None)
    roots = np.array([upward_zero(grid, level - row, middle) for row in rows[1:]])
    if not np.isfinite(roots).all():
        return Estimate(np.nan, np.nan, "half transmission is not certain: run longer")
    return Estimate(middle, jackknife_error(roots, block_widening(*samples)))


def uniform_share(first: FloatArray, second: FloatArray, squared: bool) -> FloatArray:
    """⟨U∥⟩²/⟨u²⟩, or ⟨|U|²⟩/⟨u²⟩ if `squared`, from the means; 0 where nothing is displaced."""
    numerator = first if squared else first**2
    return np.asarray(np.where(second > 0, numerator / np.where(second > 0, second, 1.0), 0.0))


def _none(reason: str, converged: bool, bound: float = np.inf) -> Onset:
    nothing = Estimate(np.nan, np.nan, reason)
    return Onset(nothing, nothing, converged, bound)


def _onset(ladder: xr.Dataset, boltzmann: float, settings: Settings) -> Onset:
    """Onset on one ladder. Above the temperature of the most uniform displacement it is sought."""
    if "displacement_parallel" not in ladder:
        return _none("wells have no displaced states", False)
    if not np.isfinite(ladder["energy"].values).all():
        return _none("this point has not been run", False)
    floor = equilibrated_down_to(ladder)
    ladder, below = equilibrated(ladder)
    converged = ladder["converged"].values.astype(bool)
    if ladder.sizes["temperature"] < 3:
        return _none("the run did not equilibrate: run longer", False)
    in_field = float(ladder["field_strength"]) > 0
    name = "displacement_parallel" if in_field else "displacement_uniform_squared"
    uniform, squares = (
        ladder[key].values.astype(np.float64) for key in (name, "displacement_squared")
    )
    share = uniform_share(uniform.mean(axis=1), squares.mean(axis=1), not in_field)
    best = int(share.argmax())
    if reason := _disorder(ladder, uniform[best], squares[best], float(share[best]), settings):
        return _none(reason + below, bool(converged.all()), floor)
    t, e = ladder["temperature"].values[best:], ladder["energy"].values[best:]
    estimator: Callable[..., Estimate] = response_peak if in_field else susceptibility_peak
    delta = float(ladder["displacement_largest"])
    scale = delta if in_field else delta**2
    n, n_blocks = int(ladder["n_carriers"]), settings.blocks
    peak = estimator(t, e, uniform[best:] / scale, boltzmann, n, n_blocks)
    half = half_transmission(
        t, e, uniform[best:], squares[best:], boltzmann, squared=not in_field, n_blocks=n_blocks
    )
    found = Onset(peak, half)
    if not np.isfinite(found.estimate.temperature):
        # one that is not seen lies below the first temperature with little displacement left
        hot = int(np.flatnonzero(share >= _LITTLE * share[best])[-1]) + 1
        bound = max(floor, float(np.append(ladder["temperature"].values, np.inf)[hot]))
        return _none(f"{peak.reason}; {half.reason}{below}", bool(converged.all()), bound)
    distance = np.abs(ladder["temperature"].values - found.estimate.temperature)
    return replace(found, converged=bool(converged[np.argsort(distance)[:3]].all()))


def _disorder(
    ladder: xr.Dataset, uniform: FloatArray, squares: FloatArray, share: float, settings: Settings
) -> str:
    """Why displacements are not uniform at their most uniform temperature; empty if they are."""
    if not squares.mean() > 0:
        return "no carrier is displaced"
    if float(ladder["field_strength"]) > 0:
        least = settings.regimes.transmission
        if share >= least:
            return ""
        reached, limit = apart(share, least, 2)
        return f"displacements stay random: transmission reaches {reached}, below {limit}"
    presence = order_present(
        uniform,
        int(ladder["displacement_components"]),
        float(squares.mean()) / float(ladder["n_carriers"]),
        growth=settings.growth,
        n_blocks=settings.blocks,
    )
    # order_present speaks of m², which is |U|² here
    reason = presence.reason.replace("m²", "|U|²")
    return "" if presence.ordered else f"no field and no spontaneous order: {reason}"


def _crossing(
    ladders: list[xr.Dataset], boltzmann: float, settings: Settings
) -> tuple[Estimate, tuple[Crossing, ...]]:
    """Binder crossing of |U| over the sizes that have been run, and of pairs."""
    known = [ladder for ladder in ladders if np.isfinite(ladder["energy"].values).all()]
    if len(known) < 2:
        return Estimate(np.nan, np.nan, "one size only"), ()
    found = [
        Ladder(
            float(ladder["n_carriers"]),
            ladder["temperature"].values,
            ladder["energy"].values,
            ladder["displacement_uniform_squared"].values.astype(np.float64),
        )
        for ladder in known
    ]
    return binder_crossing(found, boltzmann, settings.blocks)
