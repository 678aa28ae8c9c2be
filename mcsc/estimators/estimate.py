"""What every estimator of a transition shares: its input, its answer, and checks of the input.

Each estimator interpolates between the temperatures of a ladder by multi-histogram reweighting
and takes its error from a jackknife over blocks of time, left out at all temperatures at once.
Each answers NaN with a reason rather than a number it cannot stand behind.

Temperatures are in the unit that `boltzmann` (k_B, energy per temperature) belongs to; energies are
total energies of the supercell; `order2` is m², the squared modulus of the order parameter. Arrays
are (K, n), temperatures ascending.
"""

from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike

from mcsc.arrays import FloatArray
from mcsc.estimators.reweighting import free_energies, overlap

# Blocks of the jackknife, and errors that a feature must stand out by to count.
N_BLOCKS = 16
SIGNIFICANCE = 3.0
# Neighbouring energy histograms must share this much to be reweighted together.
MIN_OVERLAP = 0.01
# Temperatures that a reweighted curve is computed at.
MESH = 81


@dataclass(frozen=True)
class Estimate:
    """A transition temperature with its standard error, or NaN with the reason for it."""

    temperature: float
    stderr: float
    reason: str = ""

    @property
    def found(self) -> bool:
        """Whether there is a temperature."""
        return bool(np.isfinite(self.temperature))


def missing(reason: str) -> Estimate:
    """No temperature, and why."""
    return Estimate(np.nan, np.nan, reason)


@dataclass(frozen=True)
class Ladder:
    """Time series of one size: a label that grows with size, temperatures (K,), series (K, n)."""

    size: float
    temperatures: FloatArray
    energies: FloatArray
    order2: FloatArray


def as_arrays(*values: ArrayLike) -> tuple[FloatArray, ...]:
    """Each argument as a float64 array."""
    return tuple(np.asarray(value, dtype=np.float64) for value in values)


def defect(temperatures: FloatArray, n_blocks: int, *series: FloatArray) -> str:
    """Why a ladder cannot be analysed.

    temperatures: Shape (K,).
    n_blocks: Blocks of the jackknife; each needs four samples.
    series: Time series at these temperatures, shape (K, n) each.

    Returns: The reason in one line, empty if there is none.

    Raises ValueError if shapes do not match or temperatures do not ascend.
    """
    for values in series:
        if values.ndim != 2 or values.shape != series[0].shape:
            raise ValueError(f"series of shapes {[s.shape for s in series]}: give equal (K, n)")
    if temperatures.shape != series[0].shape[:1] or not (np.diff(temperatures) > 0).all():
        raise ValueError(
            f"{temperatures.shape} temperatures for series {series[0].shape}: "
            "give one per row, strictly ascending"
        )
    if not all(np.isfinite(values).all() for values in series):
        return "a time series holds values that are not finite"
    if series[0].shape[1] < 4 * n_blocks:
        return f"{series[0].shape[1]} samples are too few: {4 * n_blocks} needed"
    if temperatures.size < 3:
        return f"{temperatures.size} temperatures are too few: 3 needed"
    return ""


def histogram_gap(temperatures: FloatArray, energies: FloatArray, boltzmann: float) -> str:
    """The worst gap between neighbouring energy histograms.

    temperatures, energies: Shapes (K,) and (K, n).
    boltzmann: k_B in energy per temperature.

    Returns: One line naming the gap, empty if all neighbours overlap.
    """
    betas = 1 / (boltzmann * temperatures)
    shared = overlap(free_energies(energies, betas), energies, betas)
    worst = int(shared.argmin())
    if shared[worst] >= MIN_OVERLAP:
        return ""
    low, high = temperatures[worst : worst + 2]
    return f"energies at {low:.6g} and {high:.6g} do not overlap: add temperatures between"


def jackknife_error(rows: FloatArray, widening: float = 1.0) -> float:
    """Standard error from the delete-one values of a jackknife, shape (n,).

    ``widening`` makes good for the correlation of the blocks and their small number, see
    `mcsc.estimators.correlation`.
    """
    n = rows.shape[0]
    scatter = np.sqrt((n - 1) / n * ((rows - rows.mean(axis=0)) ** 2).sum(axis=0))
    return float(widening * scatter)
