"""A transition temperature at one doping and field: found, bounded or missing, and why."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field

import numpy as np
import xarray as xr

from mcsc.arrays import FloatArray
from mcsc.estimators.crossing import Crossing, binder_crossing
from mcsc.estimators.energy_histogram import transition_order
from mcsc.estimators.estimate import Estimate, Ladder, missing
from mcsc.estimators.scaling.error import NO_SIZE_ERROR, SizeError, of_crossing, of_peaks
from mcsc.transitions.settings import Settings

NO_CROSSING = Crossing(np.nan, np.nan, "one size only")
NO_WAVE = np.full(3, np.nan)


@dataclass(frozen=True)
class Line:
    """A transition temperature over a diagram.

    name: Of its variable.
    estimators: By the ends of the names of their variables, those of one size, in the order they
        count.
    """

    name: str
    estimators: dict[str, str]

    def nothing(self, reason: str) -> dict[str, Estimate]:
        """No temperature by any estimator."""
        return dict.fromkeys(self.estimators.values(), missing(reason))


CHARGE = Line("T_charge", {"peak": "susceptibility_peak", "specific_heat": "specific_heat_peak"})
COLLECTIVE = Line("T_collective", {"response": "response_peak", "half": "half_transmission"})


@dataclass(frozen=True)
class OneSize:
    """What the ladder of one size says.

    estimates: By estimator; the first that found a temperature counts.
    converged: Whether the run is long enough around it, or everywhere if there is none.
    bound: What a transition that was not found lies below, ∞ where nothing is known of it.
    wavevector, channel, crossover: Of charge order: which, and whether it breaks no symmetry.
    """

    estimates: dict[str, Estimate]
    converged: bool
    bound: float = np.inf
    wavevector: FloatArray = field(default_factory=NO_WAVE.copy)
    channel: int = -1
    crossover: bool = False

    @property
    def method(self) -> str:
        """The estimator that counts."""
        found = [name for name, estimate in self.estimates.items() if estimate.found]
        return (found or list(self.estimates))[0]

    @property
    def estimate(self) -> Estimate:
        """What it gives."""
        return self.estimates[self.method]

    def alike(self, other: OneSize) -> bool:
        """Whether both have the same order."""
        return np.allclose(self.wavevector, other.wavevector, equal_nan=True)


@dataclass(frozen=True)
class Transition:
    """A transition at one doping and field, all sizes taken together.

    estimate, method, kind: The temperature or why there is none, what it comes from, and the order
        of the transition.
    sizes: What each size says, the smallest first.
    crossing, pairs: Binder crossings of all sizes and of successive ones.
    size_error: Error of finite size.
    held: Indices of the sizes among all of the diagram; every one if empty.
    """

    estimate: Estimate
    method: str
    kind: str
    sizes: list[OneSize]
    crossing: Crossing = NO_CROSSING
    pairs: tuple[Crossing, ...] = ()
    size_error: SizeError = NO_SIZE_ERROR
    held: tuple[int, ...] = ()

    @property
    def found(self) -> bool:
        """Whether there is a transition temperature."""
        return self.estimate.found

    @property
    def converged(self) -> bool:
        """Whether the run of the largest size is long enough around it."""
        return self.found and self.sizes[-1].converged

    @property
    def wavevector(self) -> FloatArray:
        """That of the order of the largest size; NaN where no transition was found."""
        return self.sizes[-1].wavevector if self.found else NO_WAVE

    @property
    def bound(self) -> float:
        """What T lies below where none was found; NaN where it was, or nothing is known."""
        bound = self.sizes[-1].bound
        return np.nan if self.found or np.isinf(bound) else bound


def together(
    ladders: Sequence[xr.Dataset],
    sizes: list[OneSize],
    alike: Sequence[Ladder],
    boltzmann: float,
    settings: Settings,
    lengths: FloatArray | None,
    *,
    crossover: bool,
) -> Transition:
    """What all sizes say: a Binder crossing, or what the largest size has.

    ladders, sizes: Series of each size, the smallest first, and what was found on it.
    alike: Of the sizes with the same order; with two or more, their Binder crossings are looked
        for.
    lengths: Linear sizes, for the error of finite size; without them nothing is extrapolated.
    crossover: Whether no symmetry is broken, so that nothing scales.
    """
    crossing, pairs = (
        binder_crossing(alike, boltzmann, settings.blocks) if len(alike) > 1 else (NO_CROSSING, ())
    )
    largest = sizes[-1]
    estimate, method = largest.estimate, largest.method
    if crossing.found:
        estimate, method = crossing, "binder_crossing"
        error = of_crossing(pairs, largest.estimate)
    elif estimate.found:
        known = np.full(len(sizes), np.nan) if lengths is None else lengths
        nothing = missing("")
        peaks = [one.estimates[method] if one.alike(largest) else nothing for one in sizes]
        error = of_peaks(peaks, known, crossover)
    else:
        return Transition(estimate, "none", "none", sizes, crossing)
    last = ladders[-1]
    order = transition_order(
        last["temperature"].values,
        last["energy"].values,
        estimate.temperature,
        boltzmann,
        n_blocks=settings.blocks,
    )
    return Transition(estimate, method, order.kind, sizes, crossing, pairs, error)
