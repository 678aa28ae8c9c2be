"""The numbers of carriers of an expanded ensemble, their weights and what is seen of them."""

from typing import NamedTuple

import numpy as np
import numpy.typing as npt

FloatArray = npt.NDArray[np.float64]


class Window(NamedTuple):
    """The numbers of carriers between which a ladder moves, and what it has seen of them.

    Numbers count from the fewest, n = most − fewest + 1 of them; rows are padded.
    """

    fewest: int
    """Fewest carriers."""
    most: int
    """Most carriers."""
    weight: FloatArray
    """(T, n) η by rung and number."""
    time: FloatArray
    """(T, n) time spent there, in sweeps of single wells: a free insertion happens once a unit."""
    up: FloatArray
    """(T, n) total rate of insertions, integrated over it."""
    down: FloatArray
    """(T, n) total rate of removals, integrated over it."""
    energy: FloatArray
    """(T, n) energy, integrated over it."""
    energy_squared: FloatArray
    """(T, n) its square, integrated over it."""
    trips: npt.NDArray[np.int64]
    """(R, 2) by replica whether it has been at the most since it was at the fewest, and round trips
    between them."""
    duration: float
    """Time that one sweep gives to insertions and removals."""
    penalty: float
    """What the weight falls by in each unit of time spent, 0 for weights that stay."""
