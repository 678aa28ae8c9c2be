"""Exponents from pairs of sizes, each pair taken where its own Binder ratios cross.

At the crossing T_x of L and L' a quantity y that scales as L^p has

    ln(y'/y) = p ln(L'/L) + c (L'^(−ω) − L^(−ω)),                                          (1)

c L^(−ω) the leading correction to scaling. How far T_x lies from T_c is in c too: to the same order
(T_x − T_c)(L'^(1/ν) − L^(1/ν)) is proportional to L^(−ω) − L'^(−ω), as in `crossing_temperature`.
Nothing has to be known of T_c, ν or the ratio at T_c, and as the order parameter and its Binder
ratio fluctuate together, most of the noise of y cancels against that of T_x.

M. P. Nightingale, Physica A 83, 561 (1976), doi:10.1016/0378-4371(75)90021-7 (phenomenological
renormalization).
H. G. Ballesteros, L. A. Fernández, V. Martín-Mayor, A. Muñoz Sudupe, Phys. Lett. B 378, 207 (1996),
doi:10.1016/0370-2693(96)00358-9 (quotients).
"""

from __future__ import annotations

import numpy as np
from numpy.typing import ArrayLike

from mcsc.estimators.estimate import as_arrays
from mcsc.estimators.scaling.power_law import OMEGAS, Fit, fitted, no_fit, over_omega


def quotient_exponent(
    pairs: ArrayLike,
    quotients: ArrayLike,
    covariance: ArrayLike,
    omegas: tuple[float, float, float] = OMEGAS,
) -> Fit:
    """The exponent p of equation (1), with its correction.

    pairs: L and L', shape (P, 2).
    quotients, covariance: ln(y'/y), shape (P,), and its covariance, shape (P, P): neighbouring
        pairs share a size. What is not finite is left out.
    omegas: ω and the ends of the range that it may lie in, as in `crossing_temperature`.

    Returns: `Fit` of p; refused with fewer than two pairs, which solve (1).
    """
    size, y, spread = as_arrays(pairs, quotients, covariance)
    known = np.isfinite(y) & (np.diag(spread) > 0)
    size, y, spread = size[known], y[known], spread[np.ix_(known, known)]
    if len(y) < 2:
        return no_fit(f"quotients of three sizes that cross are needed, {len(y)} pairs known")
    ratio = np.log(size[:, 1] / size[:, 0])
    return over_omega(
        lambda omega: fitted(
            np.stack([ratio, size[:, 1] ** -omega - size[:, 0] ** -omega], axis=1), y, spread
        ),
        omegas,
    )
