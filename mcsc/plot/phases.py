"""The ordered phases of a diagram: where they are."""

from dataclasses import dataclass

import numpy as np
import xarray as xr
from scipy.ndimage import label

from mcsc.arrays import BoolArray, FloatArray
from mcsc.transitions.coexistence import COEXISTING
from mcsc.transitions.order_onset import HALF

# over the order of the hottest point, where order grows but has not come to one half
_GROWN = 2.0
# ends of coexistence regions at one phase lie this close, carriers per cell
_NEAR = 0.1


@dataclass(frozen=True, eq=False)
class Phase:
    """One kind of charge order, told by the doping at which it is found at its best.

    doping: Number of its column, and ``x`` its doping.
    x: Carriers per cell.
    top: Highest temperature of the column with half of perfect order or more; the coldest measured
        where order only grows.
    coldest: Lowest temperature of the column that equilibrated.
    wavevector: (3,) of the order, reciprocal lattice units.
    share: Charge order over perfect order at the coldest measured temperature.
    """

    doping: int
    x: float
    top: float
    coldest: float
    wavevector: FloatArray
    share: float

    @property
    def grows(self) -> bool:
        """Whether order has come to less than half of perfect order."""
        return self.share < HALF


def ordered_phases(
    chosen: xr.Dataset, converged: BoolArray, coexistence: xr.Dataset | None, reach: float = np.inf
) -> list[Phase]:
    """The phases with charge order in a slice of a diagram, by doping.

    Where the crystal separates the phases are those at the ends of the regions of coexistence;
    others are found as connected points of one wavevector with half of perfect order or more, at
    least one of them equilibrated.

    chosen: Dimensions doping and temperature, both ascending, with ``charge_order_share``.
    converged: (doping, temperature) which points equilibrated.
    coexistence: The group of that name at the same place.
    reach: Dopings further apart than this are not neighbours.
    """
    if "charge_order_share" not in chosen or "charge_order_wavevector" not in chosen:
        return []
    share = chosen["charge_order_share"].transpose("doping", "temperature").values
    waves = np.round(chosen["charge_order_wavevector"].transpose("doping", "hkl").values, 6)
    ordered = np.nan_to_num(share) >= HALF
    if "coexisting" in chosen:
        separates = chosen["coexisting"].transpose("doping", "temperature").values == COEXISTING
    else:
        separates = np.zeros(share.shape, dtype=bool)
    columns: list[int] = []
    x = chosen["doping"].values
    for end in _ends(coexistence):
        i = int(np.argmin(abs(x - end)))
        column = share[i, np.isfinite(share[i])]
        if len(column) and (ordered[i].any() or column[0] >= _GROWN * column[-1]):
            columns.append(i)
    taken = np.zeros(share.shape, dtype=bool)
    taken[columns] = True
    for wave in np.unique(waves[np.isfinite(waves).all(axis=1)], axis=0):
        here = ordered & ~separates & (waves == wave).all(axis=1)[:, None]
        # an empty row where no doping between was measured
        gaps = np.flatnonzero(np.diff(x) > reach) + 1
        numbered, n = label(np.insert(here, gaps, False, axis=0))
        numbered = np.delete(numbered, gaps + np.arange(len(gaps)), axis=0)
        for k in range(1, n + 1):
            part = numbered == k
            if not (part & taken).any() and (part & converged).any():
                columns.append(_best(part, share))
    return [
        _phase(chosen, i, share[i], ordered[i], converged[i], waves[i])
        for i in sorted(set(columns))
    ]


def _ends(coexistence: xr.Dataset | None) -> list[float]:
    """Dopings at which regions of coexistence end on cooling, without open ends."""
    if coexistence is None or coexistence.sizes["region"] == 0:
        return []
    found: list[float] = []
    for r in range(coexistence.sizes["region"]):
        region = coexistence.isel(region=r)
        for end in ("low", "high"):
            # an end without an error is that of the scan
            known = np.isfinite(region[f"doping_{end}_stderr"].values)
            if known.any():
                found.append(float(region[f"doping_{end}"].values[known][0]))
    kept: list[float] = []
    for value in sorted(found):
        if not kept or value - kept[-1] > _NEAR:
            kept.append(value)
    return kept


def _best(part: BoolArray, share: FloatArray) -> int:
    """The column that orders at the highest temperature, of several the most ordered there."""
    tops = np.where(part.any(axis=1), part.shape[1] - part[:, ::-1].argmax(axis=1), 0)
    highest = tops == tops.max()
    there = np.nan_to_num(share[:, tops.max() - 1])
    return int(np.argmax(np.where(highest, there, -1.0)))


def _phase(
    chosen: xr.Dataset,
    i: int,
    share: FloatArray,
    ordered: BoolArray,
    converged: BoolArray,
    wave: FloatArray,
) -> Phase:
    t = chosen["temperature"].values
    top = t[ordered].max() if ordered.any() else t[0]
    coldest = t[converged].min() if converged.any() else t[-1]
    known = share[np.isfinite(share)]
    return Phase(
        i, float(chosen["doping"].values[i]), float(top), float(coldest), wave, float(known[0])
    )
