"""Each size where its Binder ratio has the value that it has at T_c in a known universality class.

At R(T, L) = R*, that of the class and of the shape of the supercell, a size needs no other one:

    T(L) = T_c + a L^(−1/ν − ω),   y(L) = A L^p (1 + c L^(−ω)),                            (1)

so that T_c is known several times better than from crossings, which are differences of two curves,
and the noise of the order parameter cancels against that of T. The price is that the class is an
input: that all sizes agree on T_c, and the exponents, are what tests it. T_c of (1) is
`shifted_temperature` with 1/ν + ω in place of 1/ν, exponents are `scaling_exponent` with ω.

M. Hasenbusch, Phys. Rev. B 82, 174433 (2010), doi:10.1103/PhysRevB.82.174433 (phenomenological
couplings held fixed).
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from mcsc.arrays import FloatArray
from mcsc.estimators.crossing import upward_zero
from mcsc.estimators.scaling.curves import SizeCurves
from mcsc.estimators.scaling.jackknife import joined


def at_ratio(curves: Sequence[SizeCurves], ratio: float) -> dict[str, FloatArray]:
    """Temperatures at which every size has a Binder ratio, and what is found there.

    curves: One for each of S sizes.
    ratio: R*.

    Returns: Rows of `mcsc.estimators.scaling.jackknife`, shape (1 + S n_blocks, S), by name: ``T``,
        ``order`` and ``slope``, dR/dT; NaN where a curve does not rise through R*.
    """
    found: dict[str, list[FloatArray]] = {"T": [], "order": [], "slope": []}
    for one in curves:
        t = np.array([upward_zero(one.mesh, row - ratio, None) for row in one.binder])
        rise = np.gradient(one.binder, one.mesh, axis=1)
        found["T"].append(t)
        for name, values in (("order", one.order), ("slope", rise)):
            read = [np.interp(at, one.mesh, row) for at, row in zip(t, values, strict=True)]
            found[name].append(np.array(read))
    return {name: joined(rows) for name, rows in found.items()}
