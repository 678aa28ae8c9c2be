"""The convex hull of energies over filling: what is stable, and from which chemical potential on.

A crystal with ⟨n⟩ carriers a cell may split into parts with n₁ and n₂; it does so where the energy
lies above the chord between theirs. The energies compared must be those of parts that are neutral
by themselves, for anything else would cost an energy that grows with their size. That is what
:meth:`mcsc.model.Interactions.charging_energy` does: the charge that compensates the
carriers sits on the wells of the same part. With the uniform background of H(N) alone, which
follows N, parts would always be empty or full; with a background that is fixed, none could form.
"""

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from mcsc.arrays import BoolArray, FloatArray
from mcsc.estimators.isotherm import lower_corners


@dataclass(frozen=True, eq=False)
class Hull:
    """The lower convex hull of energies over filling.

    filling: (n,) carriers per cell, ascending.
    energy: (n,) energy per cell.
    above: (n,) energy per cell above the hull; 0 on it.
    stable: (n,) whether it is a corner of the hull: alone the lowest in a range of chemical
        potentials.
    on_tie_line: (n,) whether it is on the hull between two corners: as low as a mixture of both, at
        one chemical potential only.
    potential_low, potential_high: (n,) chemical potentials between which the filling is the one of
        lowest energy, NaN where there are none; −∞ and ∞ at the first and the last filling, equal
        on a tie line.
    """

    filling: FloatArray
    energy: FloatArray
    above: FloatArray
    stable: BoolArray
    on_tie_line: BoolArray
    potential_low: FloatArray
    potential_high: FloatArray


def convex_hull(filling: npt.ArrayLike, energy: npt.ArrayLike, tolerance: float = 1e-9) -> Hull:
    """The lower convex hull of energies per cell over filling.

    filling: (n,) carriers per cell, all different, in any order.
    energy: (n,) energy per cell, of parts that are neutral by themselves.
    tolerance: Energies that differ by less count as equal: a filling no further above the chord of
        its neighbours on the hull, or below it, is on a tie line.

    Raises ValueError if there is no filling, or one comes twice.
    """
    x, e = np.asarray(filling, dtype=np.float64), np.asarray(energy, dtype=np.float64)
    order = np.argsort(x)
    x, e = x[order], e[order]
    if len(x) == 0 or (np.diff(x) <= 0).any():
        raise ValueError("a hull needs fillings that all differ, and at least one")
    corners = _sharp(x, e, lower_corners(x, e), tolerance)
    above = e - np.interp(x, x[corners], e[corners])
    stable, on_hull = np.zeros(len(x), dtype=bool), above <= tolerance
    stable[corners] = True
    # of the line to the left and to the right of each filling
    slopes = np.diff(e[corners]) / np.diff(x[corners])
    slopes = np.concatenate([[-np.inf], slopes, [np.inf]])
    low = slopes[np.searchsorted(x[corners], x, side="left")]
    high = slopes[np.searchsorted(x[corners], x, side="right")]
    low, high = (np.where(on_hull, end, np.nan) for end in (low, high))
    return Hull(x, e, np.where(on_hull, 0.0, above), stable, on_hull & ~stable, low, high)


def _sharp(x: FloatArray, e: FloatArray, corners: list[int], tolerance: float) -> list[int]:
    """Corners without those that are below the chord of their neighbours by no more than noise.

    The flattest goes first: what it leaves is judged by the chords that remain.
    """
    kept = list(corners)
    while len(kept) > 2:
        a, b, c = np.array([kept[:-2], kept[1:-1], kept[2:]])
        below = e[a] + (e[c] - e[a]) * (x[b] - x[a]) / (x[c] - x[a]) - e[b]
        flattest = int(np.argmin(below))
        if below[flattest] > tolerance:
            break
        del kept[1 + flattest]
    return kept


def filling_at(hull: Hull, potential: float) -> float:
    """The devil's staircase x(μ): carriers per cell of lowest energy at a chemical potential.

    Where two coexist, the smaller one.
    """
    grand = hull.energy - potential * hull.filling
    return float(hull.filling[int(np.argmin(np.where(hull.stable, grand, np.inf)))])
