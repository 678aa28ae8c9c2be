"""Where the temperatures of a ladder have to be for most replicas to go round.

A replica is worth something to a cold temperature once it has been hot and come down. Of those
that visit a temperature, the share f that came last from the hottest one falls from 1 there to 0 at
the coldest. As in diffusion, the current of replicas is their diffusivity times the density of
temperatures times the slope of f. It is the same everywhere, and largest where the density goes as
√(f'/ΔT): with the slope measured between neighbours, every interval of a ladder gets temperatures
in proportion to √Δf, many where replicas hardly pass, which need not be where exchanges are rare.

A pilot sees few replicas go round, so that its f is rough. What it has measured counts against what
replicas would do that walk freely, whom an interval resists as the inverse of its exchange rate.
One ladder serves many points of a diagram: an interval resists as all of them together, the points
at which the fewest replicas go round most.

H. G. Katzgraber, S. Trebst, D. A. Huse, M. Troyer, J. Stat. Mech. P03018 (2006),
doi:10.1088/1742-5468/2006/03/P03018.
S. Trebst, M. Troyer, U. H. E. Hansmann, J. Chem. Phys. 124, 174903 (2006), doi:10.1063/1.2186639.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from scipy.optimize import isotonic_regression

from mcsc.arrays import FloatArray

# exchange rates below this resist no more than it: what never passed is not known any better
LEAST_RATE = 0.01


@dataclass(frozen=True)
class Flow:
    """What replicas did on the ladder of a pilot.

    temperatures: (K,) ascending.
    hot_share: (K,) f, the share of replicas that came last from the hottest temperature; NaN where
        none came from either end.
    exchange_rates: (K − 1,) accepted share of exchanges of neighbours.
    round_trips: Replicas that came from the hottest to the coldest temperature.
    """

    temperatures: FloatArray
    hot_share: FloatArray
    exchange_rates: FloatArray
    round_trips: int

    @property
    def coldest_reached(self) -> float:
        """Lowest temperature that replicas from the hottest one came to."""
        if self.round_trips:
            return float(self.temperatures[0])
        return float(self.temperatures[np.flatnonzero(self.hot_share > 0.0)[0]])

    def resistances(self) -> FloatArray:
        """(K − 1,) how much each interval holds replicas up; the sum is the time of a round trip.

        In units of the pilot's length.
        """
        free = 1.0 / np.maximum(self.exchange_rates, LEAST_RATE)
        free /= free.sum()
        # as many round trips as there are intervals count as much as a free walk
        n = len(free)
        found = (self.round_trips * self._slopes() + n * free) / (self.round_trips + n)
        return np.asarray(found / (self.round_trips + 1.0))

    def _slopes(self) -> FloatArray:
        """(K − 1,) f of each temperature less that of the next lower one; it never falls."""
        known = np.isfinite(self.hot_share)
        if not self.round_trips or not known.any():
            return np.zeros(len(self.hot_share) - 1)
        where = np.arange(len(known))
        share = np.interp(where, where[known], self.hot_share[known])
        return np.diff(isotonic_regression(share).x)


def place_by_flow(flows: Sequence[Flow], num: int) -> tuple[float, ...]:
    """Temperatures between the ends of the pilots' ladder through which most replicas go round.

    flows: One for each point of the diagram, all on one ladder.
    num: Number of temperatures.

    Returns: ``num`` ascending temperatures, the ends as they are.
    """
    temperatures = flows[0].temperatures
    weights = np.sqrt(np.sum([flow.resistances() for flow in flows], axis=0))
    length = np.concatenate([[0.0], np.cumsum(weights)])
    even = np.interp(np.linspace(0.0, length[-1], num), length, np.log(temperatures))
    ladder = [float(f"{t:.5g}") for t in np.exp(even)]
    return float(temperatures[0]), *ladder[1:-1], float(temperatures[-1])
