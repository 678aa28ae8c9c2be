"""Times of two or more functions, taken in turns so that a machine that slows down slows all."""

import statistics
import time
from collections.abc import Callable, Iterator, Sequence
from typing import NamedTuple

Timed = Callable[[int], object]


class Row(NamedTuple):
    """One figure beside what it is measured against."""

    case: str
    value: float
    unit: str
    reference: float
    against: str
    note: str = ""

    @property
    def ratio(self) -> float:
        """How many times faster than the reference."""
        return self.reference / self.value


Rows = Iterator[Row]


def in_turns(functions: Sequence[Timed], repeats: int, seconds: float = 0.1) -> list[float]:
    """Median nanoseconds of processor time that each function takes for one unit of its work.

    Parameters
    ----------
    functions
        Called with a number of units; once before the clock runs, for what has to be compiled.
    repeats
        Timed blocks a function.
    seconds
        About what a block takes.
    """
    blocks = []
    for function in functions:
        function(1)
        n, took = 1, 0.0
        while took < 0.2 * seconds:
            n *= 4
            begun = time.process_time()
            function(n)
            took = time.process_time() - begun
        blocks.append(max(1, int(n * seconds / took)))
    times: list[list[float]] = [[] for _ in functions]
    for _ in range(repeats):
        for function, block, found in zip(functions, blocks, times, strict=True):
            begun = time.process_time()
            function(block)
            found.append((time.process_time() - begun) / block * 1e9)
    return [statistics.median(found) for found in times]
