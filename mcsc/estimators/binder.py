"""The Binder ratio of an order parameter, and whether it says that there is order.

Conventions for arrays, units and errors are those of `mcsc.estimators.estimate`.

K. Binder, Z. Phys. B 43, 119 (1981), doi:10.1007/BF01293604 (fourth-order ratio).
"""

from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike

from mcsc.arrays import FloatArray
from mcsc.estimators.errors import fine_bins, jackknife
from mcsc.estimators.estimate import N_BLOCKS, SIGNIFICANCE
from mcsc.text import apart


@dataclass(frozen=True)
class Presence:
    """Whether an order parameter is ordered, and the reason."""

    ordered: bool
    reason: str


def binder_ratio(order2: ArrayLike, n_blocks: int = N_BLOCKS) -> tuple[FloatArray, FloatArray]:
    """Binder ratio R = ⟨m⁴⟩ / ⟨m²⟩² and its error for series along the last axis.

    1 for perfect order, 1 + 2/c for c independent Gaussian components (see
    `disordered_binder_ratio`).

    order2: m², shape (..., n).
    n_blocks: Blocks of the jackknife.

    Returns: R and its standard error, shape (...).
    """
    square = np.moveaxis(np.asarray(order2, dtype=np.float64), -1, 0)
    return jackknife(lambda a, b: a / b**2, fine_bins(square**2), fine_bins(square), tau=None)


def disordered_binder_ratio(n_components: int) -> float:
    """R of an order parameter of n_components equal, independent, Gaussian real components."""
    if n_components < 1:
        raise ValueError(f"n_components is {n_components}: an order parameter has at least 1")
    return 1 + 2 / n_components


def order_present(
    order2: ArrayLike,
    n_components: int,
    disordered_order2: float,
    *,
    growth: float = 5.0,
    n_blocks: int = N_BLOCKS,
) -> Presence:
    """Whether an order parameter is ordered at one temperature, usually the lowest.

    Both of these must hold:

    - R + 3 errors < 1 + 1/n_components, half-way between order (1) and disorder
      (1 + 2/n_components);
    - ⟨m²⟩ ≥ `growth` × disordered_order2: a chain stuck in a random configuration also has R = 1,
      but its m² is of the size of random carriers.

    order2: m² at that temperature, shape (n,).
    n_components: Independent real components of the order parameter.
    disordered_order2: ⟨m²⟩ of uncorrelated carriers: 1/N_c for one wavevector with m² = S(q)/N_c. 0
        where every well is full, and nothing can order.

    Returns: `Presence`; not ordered, with the reason, where the series is too short or not finite.
    """
    m2 = np.asarray(order2, dtype=np.float64)
    if m2.ndim != 1:
        raise ValueError(f"order2 of shape {m2.shape}: give the series of one temperature")
    if not np.isfinite(m2).all() or m2.size < n_blocks:
        return Presence(False, "the time series is too short or not finite")
    ratio, stderr = (float(value) for value in binder_ratio(m2, n_blocks))
    if not disordered_order2 > 0:
        return Presence(False, "carriers have no choice of wells: all are full")
    middle = 0.5 * (1 + disordered_binder_ratio(n_components))
    strength = float(m2.mean()) / disordered_order2
    if not strength >= growth:
        shown, limit = apart(strength, growth, 2)
        reason = f"m² is {shown} times that of random carriers, below {limit}"
    elif not ratio + SIGNIFICANCE * stderr < middle:
        reason = f"Binder ratio {ratio:.3g} ± {stderr:.2g} is not below {middle:.3g}"
    else:
        reason = f"Binder ratio {ratio:.3g} ± {stderr:.2g}, m² {strength:.2g} times random"
        return Presence(True, reason)
    return Presence(False, reason)
