"""Numbers that a run file gives one by one or as a range, and the ladder of temperatures."""

from typing import Annotated, Literal, Self

import numpy as np
from pydantic import Field, model_validator

from mcsc.arrays import FloatArray
from mcsc.config.section import Count, EachOnce, PositiveFloat, Section

# temperatures of a pilot ladder, and the rate that temperatures are placed for, unless given
PILOTS, EXCHANGE_RATE = 16, 0.35


class RangeSection(Section):
    """Numbers one by one, or evenly spaced, both ends included."""

    values: Annotated[tuple[float, ...], EachOnce] | None = None
    """the numbers, in place of a range"""
    start: float | None = None
    """first number of the range"""
    stop: float | None = None
    """last number"""
    num: Count | None = None
    """how many"""

    @model_validator(mode="after")
    def _values_or_range(self) -> Self:
        ends = (self.start, self.stop, self.num)
        if self.values is not None and ends != (None, None, None):
            raise ValueError("give either 'values', or all of 'start', 'stop' and 'num'")
        if self.values is None and None in (ends[:2] if self._every else ends):
            raise ValueError("give either 'values', or all of 'start', 'stop' and 'num'")
        return self

    @property
    def _every(self) -> bool:
        """Whether the ends alone are a range."""
        return False

    def listed(self) -> tuple[float, ...]:
        """The numbers, free of rounding noise."""
        return self.values or tuple(float(f"{v:.12g}") for v in self._spaced())

    def _spaced(self) -> FloatArray:
        assert self.start is not None and self.stop is not None and self.num is not None
        return np.linspace(self.start, self.stop, self.num)


class DopingRangeSection(RangeSection):
    """Dopings one by one, evenly spaced, or all between two ends."""

    num: Count | None = None
    """how many; none with ensemble = "expanded", which takes every number of carriers"""

    @property
    def _every(self) -> bool:
        return True

    @property
    def ends(self) -> tuple[float, float] | None:
        """The ends of a range of every number of carriers, ascending; None of other dopings."""
        if self.start is None or self.stop is None or self.num is not None:
            return None
        return min(self.start, self.stop), max(self.start, self.stop)

    def listed(self) -> tuple[float, ...]:
        """The dopings; none of a range whose numbers are those of carriers."""
        return () if self.ends else super().listed()


class ChemicalPotentialSection(RangeSection):
    """Chemical potentials as a table: given values or a range, and their unit."""

    unit: Literal["absolute", "coulomb"] = "absolute"
    """absolute: eV (reduced: 1); coulomb: e²/(4πε0 ε_r a)"""

    def listed(self) -> tuple[float, ...]:
        """Chemical potentials in the section's unit."""
        # symmetric ranges contain zero itself
        return self.values or tuple((np.round(self._spaced(), 12) + 0.0).tolist())


class TemperatureSection(Section):
    """The ladder: given values, or a range, in kelvin or in units of the coulomb temperature."""

    values: tuple[PositiveFloat, ...] | None = None
    """the temperatures, in place of a range"""
    start: PositiveFloat | None = None
    """one end of the range"""
    stop: PositiveFloat | None = None
    """the other end"""
    num: Annotated[Count, Field(ge=2)] | None = None
    """number of temperatures; where they are placed the most, and as many as 'exchange_rate' takes
    when absent"""
    spacing: Literal["linear", "geometric"] = "geometric"
    """of the range; where temperatures are placed of the first pilot ladders only"""
    placement: Literal["given", "exchange", "round_trips"] = "given"
    """exchange: short pilot ladders between 'start' and 'stop' tell where the temperatures have
    to be so that replicas are exchanged equally often everywhere; round_trips: so that most of
    them go from the hottest to the coldest one and back, by what they did in the pilot ladders"""
    exchange_rate: Annotated[float, Field(gt=0, lt=1)] | None = None
    """accepted share of exchanges that placement = "exchange" aims at, and that "round_trips"
    takes as many temperatures for; 0.35 by default, and without it all of 'num' are used"""
    unit: Literal["absolute", "coulomb"] = "absolute"
    """absolute: K (reduced: 1); coulomb: e²/(4πε0 ε_r a k_B)"""

    @model_validator(mode="after")
    def _values_or_range(self) -> "TemperatureSection":
        placed = self.placement != "given"
        ends = (self.start, self.stop, self.num)
        if placed and (self.values is not None or None in ends[:2]):
            raise ValueError(
                f"placement = \"{self.placement}\" needs the ends 'start' and 'stop', no 'values'"
            )
        if self.exchange_rate is not None and not placed:
            raise ValueError(
                '\'exchange_rate\' needs placement = "exchange" or "round_trips": add it'
            )
        if self.values is not None and any(end is not None for end in ends):
            raise ValueError("give either 'values' or 'start', 'stop' and 'num'")
        if self.values is None and None in ends and not placed:
            raise ValueError("give 'values', or all of 'start', 'stop' and 'num'")
        ladder = self.ladder()
        if len(ladder) < 2:
            raise ValueError("a ladder needs at least two temperatures")
        if len(set(ladder)) < len(ladder):
            raise ValueError("temperatures must differ: remove the repeated ones")
        return self

    @property
    def target_rate(self) -> float | None:
        """Exchange rate to aim at; None where all of ``num`` are to be used, or none is placed."""
        if self.placement == "given" or (self.num is not None and self.exchange_rate is None):
            return None
        return self.exchange_rate or EXCHANGE_RATE

    def ladder(self) -> tuple[float, ...]:
        """Temperatures in the section's unit, ascending; the first guess where they are placed."""
        if self.values is not None:
            return tuple(sorted(self.values))
        assert self.start is not None and self.stop is not None
        space = np.geomspace if self.spacing == "geometric" else np.linspace
        low, high = sorted((self.start, self.stop))
        return tuple(float(f"{v:.12g}") for v in space(low, high, self.num or PILOTS))
