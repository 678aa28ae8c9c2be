"""How long a chain runs: in equilibrium, through a history of fields, in continuous time.

Its defaults are here.
"""

import math
from dataclasses import dataclass
from itertools import pairwise


@dataclass(frozen=True)
class Sampling:
    """How long a ladder runs.

    sweeps: Measured sweeps a temperature, after the warm-up.
    warmup: Sweeps before: half annealing from the hottest temperature, half with replica exchange.
    measurements: Number of measurements, evenly spaced; ``sweeps`` is a multiple of it.
    exchange_interval: Sweeps between exchange rounds; more where it does not divide those between
        measurements.
    moves: Rates of moves by name, of those that are not as usual: proposals a sweep and carrier of
        the moves of one carrier (for ``insert_remove`` and well), attempts a sweep of collective
        ones.
    blocks: Whether it is sampled by block visits; None where that is the faster way, see
        :attr:`mcsc.Task.by_blocks`.
    """

    sweeps: int = 20480
    warmup: int = 4096
    measurements: int = 2048
    exchange_interval: int = 5
    moves: tuple[tuple[str, float], ...] = ()
    blocks: bool | None = None

    @property
    def spacing(self) -> int:
        """Sweeps between measurements."""
        return self.sweeps // self.measurements

    @property
    def rounds(self) -> int:
        """Exchange rounds between measurements: a divisor of the sweeps, so that none is lost."""
        spacing = self.spacing
        most = max(1, spacing // self.exchange_interval)
        small = [n for n in range(1, math.isqrt(spacing) + 1) if spacing % n == 0]
        return max(n for d in small for n in (d, spacing // d) if n <= most)


USUAL = Sampling()


@dataclass(frozen=True)
class FieldProtocol:
    """A history of fields, run in place of equilibrium; see :mod:`mcsc.chain.protocol`.

    fields: Strengths along ``Task.field_direction``, ascending from 0; energy per charge and
        length.
    sweeps: Sweeps at each field of a branch.
    measurements: Measurements at each field, evenly spaced over the second half of its sweeps;
        ``sweeps`` is a multiple of twice their number.
    repeats: Independent repeats at each temperature, from which all errors come.
    """

    fields: tuple[float, ...]
    sweeps: int = 512
    measurements: int = 32
    repeats: int = 8

    def __post_init__(self) -> None:
        shown = ", ".join(f"{field:g}" for field in self.fields)
        ascending = all(a < b for a, b in pairwise(self.fields))
        if len(self.fields) < 2 or self.fields[0] != 0 or not ascending:
            raise ValueError(
                f"protocol fields = {shown}: give 0 and at least one more, each larger than the "
                "one before"
            )
        if self.measurements < 1 or self.sweeps < 1 or self.sweeps % (2 * self.measurements):
            raise ValueError(
                f"protocol sweeps = {self.sweeps}: give a multiple of {2 * self.measurements}, "
                f"twice the measurements = {self.measurements}"
            )
        if self.repeats < 2:
            raise ValueError(f"protocol repeats = {self.repeats}: give at least 2, for errors")

    @property
    def spacing(self) -> int:
        """Sweeps between measurements."""
        return self.sweeps // (2 * self.measurements)


@dataclass(frozen=True)
class Transport:
    """Kinetic Monte Carlo in constant fields; see :mod:`mcsc.chain.transport`.

    fields: Strengths along ``Task.field_direction``, ascending from 0; energy per charge and
        length.
    rate, state_rate: Attempt rates of a hop, ν₀, and of a change of state, per time.
    barrier: Of activated hops, energy; None for Metropolis rates.
    events: Events a carrier measured at each field, about, after half as many that are not.
    time: Time measured at each field in place of that.
    measurements: Intervals that the time at zero field is divided into; a power of two.
    repeats: Independent repeats at each temperature.
    frequencies: Angular frequencies of the susceptibility, per time.
    """

    fields: tuple[float, ...] = (0.0,)
    rate: float = 1.0
    state_rate: float = 1.0
    barrier: float | None = None
    events: int = 256
    time: float | None = None
    measurements: int = 1024
    repeats: int = 4
    frequencies: tuple[float, ...] = ()

    def __post_init__(self) -> None:
        shown = ", ".join(f"{field:g}" for field in self.fields)
        if self.fields[:1] != (0,) or not all(a < b for a, b in pairwise(self.fields)):
            raise ValueError(
                f"transport fields = {shown}: give 0, and each other larger than the one before"
            )
        if self.measurements < 64 or self.measurements & (self.measurements - 1):
            raise ValueError(
                f"transport measurements = {self.measurements}: give a power of two, at least 64"
            )
        for name in ("rate", "state_rate", "events", "time"):
            value = getattr(self, name)
            if value is not None and not 0 < value < math.inf:
                raise ValueError(f"transport {name} = {value:g}: give a number above 0")
        if self.repeats < 2:
            raise ValueError(f"transport repeats = {self.repeats}: give at least 2, for errors")
        if not all(0 < one < math.inf for one in self.frequencies):
            raise ValueError("transport frequencies: give numbers above 0")
