"""The convex hull of energies over filling: what is stable, and from which chemical potential on.

A crystal with ⟨n⟩ carriers a cell may split into parts with n₁ and n₂; it does so where the energy
lies above the chord between theirs. The energies compared must be those of parts that are neutral
by themselves, for anything else would cost an energy that grows with their size. That is what
:meth:`mcsc.interactions.Interactions.charging_energy` does: the charge that compensates the
carriers sits on the wells of the same part. With the uniform background of H(N) alone, which
follows N, parts would always be empty or full; with a background that is fixed, none could form.
"""

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from mcsc.estimators.convex import lower_corners

FloatArray = npt.NDArray[np.float64]
BoolArray = npt.NDArray[np.bool_]


@dataclass(frozen=True, eq=False)
class Hull:
    """The lower convex hull of energies over filling.

    Attributes
    ----------
    filling
        (n,) carriers per cell, ascending.
    energy
        (n,) energy per cell.
    above
        (n,) energy per cell above the hull; 0 on it.
    stable
        (n,) whether it is on the hull.
    potential_low, potential_high
        (n,) chemical potentials between which the filling is the one of lowest energy, NaN where
        there are none; −∞ and ∞ at the first and the last filling. Where both are equal it only
        coexists with its neighbours.
    """

    filling: FloatArray
    energy: FloatArray
    above: FloatArray
    stable: BoolArray
    potential_low: FloatArray
    potential_high: FloatArray


def convex_hull(filling: npt.ArrayLike, energy: npt.ArrayLike, tolerance: float = 1e-9) -> Hull:
    """The lower convex hull of energies per cell over filling.

    Parameters
    ----------
    filling
        (n,) carriers per cell, all different, in any order.
    energy
        (n,) energy per cell, of parts that are neutral by themselves.
    tolerance
        Energies less than this above the hull count as on it.

    Raises
    ------
    ValueError
        If there is no filling, or one comes twice.
    """
    x, e = np.asarray(filling, dtype=np.float64), np.asarray(energy, dtype=np.float64)
    order = np.argsort(x)
    x, e = x[order], e[order]
    if len(x) == 0 or (np.diff(x) <= 0).any():
        raise ValueError("a hull needs fillings that all differ, and at least one")
    corners = lower_corners(x, e)
    above = e - np.interp(x, x[corners], e[corners])
    stable = above <= tolerance
    kept = np.flatnonzero(stable)
    slopes = np.diff(e[kept]) / np.diff(x[kept])
    low, high = np.full(len(x), np.nan), np.full(len(x), np.nan)
    low[kept] = np.concatenate([[-np.inf], slopes])
    # within the tolerance slopes may fall by a hair
    high[kept] = np.maximum(np.concatenate([slopes, [np.inf]]), low[kept])
    return Hull(x, e, np.where(stable, 0.0, above), stable, low, high)


def filling_at(hull: Hull, potential: float) -> float:
    """The devil's staircase x(μ): carriers per cell of lowest energy at a chemical potential.

    Where two coexist, the smaller one.
    """
    grand = hull.energy - potential * hull.filling
    return float(hull.filling[int(np.argmin(np.where(hull.stable, grand, np.inf)))])
