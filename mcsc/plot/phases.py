"""The ordered phases of a diagram: where they are, what their superlattice is called."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import xarray as xr
from scipy.ndimage import label
from scipy.spatial import cKDTree

from mcsc.lattice import plane_lattice
from mcsc.plot.style import BoolArray, FloatArray
from mcsc.plot.wells import plane_basis
from mcsc.transitions.coexistence import COEXISTING
from mcsc.transitions.order_onset import HALF

IntArray = npt.NDArray[np.int64]

# share of the carriers, or empty wells, that a translation carries into such ones
_REPEATED = 0.9
# over the order of the hottest point, where order grows but has not come to one half
_GROWN = 2.0
# ends of coexistence regions at one phase lie this close, carriers per cell
_NEAR = 0.1


@dataclass(frozen=True, eq=False)
class Phase:
    """One kind of charge order, told by the doping at which it is found at its best.

    Attributes
    ----------
    doping
        Number of its column, and ``x`` its doping.
    x
        Carriers per cell.
    top
        Highest temperature of the column with half of perfect order or more; the coldest measured
        where order only grows.
    coldest
        Lowest temperature of the column that equilibrated.
    wavevector
        (3,) of the order, reciprocal lattice units.
    share
        Charge order over perfect order at the coldest measured temperature.
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
    chosen: xr.Dataset,
    converged: BoolArray,
    coexistence: xr.Dataset | None,
    reach: float = np.inf,
) -> list[Phase]:
    """The phases with charge order in a slice of a diagram, by doping.

    Where the crystal separates the phases are those at the ends of the regions of coexistence;
    others are found as connected points of one wavevector with half of perfect order or more, at
    least one of them equilibrated.

    Parameters
    ----------
    chosen
        Dimensions doping and temperature, both ascending, with ``charge_order_share``.
    converged
        (doping, temperature) which points equilibrated.
    coexistence
        The group of that name at the same place.
    reach
        Dopings further apart than this are not neighbours.
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


def superlattice_name(structure: xr.Dataset, cells: IntArray, state: IntArray) -> str:
    """The superlattice of a layer of carriers, in Wood's notation on the lattice of the wells.

    A translation counts where it carries nine of ten carriers (of empty wells, if these are fewer)
    onto others. Wells that form a finer lattice than the crystal, such as those of a kagome net,
    are counted by that.

    Parameters
    ----------
    structure
        The group of that name with ``cell`` that of the cells sampled, and ``centre``.
    cells
        (3,) cells sampled along its vectors.
    state
        (cells of the layer, B) states of the wells of a layer, -1 empty.

    Returns
    -------
    ``"√3×√3"``, ``"stripes 1×2"``, ``"2×2 of empty wells"``; empty where there is none.
    """
    cell, centres = structure["cell"].values, structure["centre"].values
    basis = plane_basis(cell[0], cell[1])
    steps = np.indices(cells[:2].tolist()).reshape(2, -1).T
    positions = (steps @ cell[:2])[:, None] + centres
    flat = (positions @ basis.T).reshape(-1, 2)
    heights = (positions @ np.cross(*basis)).reshape(-1)
    sides = (np.asarray(cells)[:2, None] * cell[:2]) @ basis.T
    filled = (state >= 0).reshape(-1)
    holes = filled.mean() > 0.5
    minority = ~filled if holes else filled
    if not minority.any():
        return ""
    moved, targets = _translations(flat, heights, sides)
    kept = np.array([(minority[to] & minority).sum() / minority.sum() for to in targets])
    wells, periods = _reduced(moved, sides), _reduced(moved[kept >= _REPEATED], sides)
    vectors = np.rint(periods @ np.linalg.inv(wells)).astype(np.int64)
    index = round(float(np.linalg.det(vectors)))
    repeats = int((kept >= _REPEATED).sum())
    # what a defect spoils need not be a lattice, and one that hardly goes in may be chance
    if index < 2 or index * repeats != len(moved) or index > repeats:
        return ""
    if np.linalg.norm(periods, axis=1).max() > 0.51 * np.linalg.norm(_reduced(sides, sides)[0]):
        return ""
    name = plane_lattice(vectors, np.column_stack([wells, np.zeros(2)]))[0]
    name = name.split(" ")[0]
    if name.startswith("1×") or name.endswith("×1"):
        return f"stripes {name}"
    return f"{name} of empty wells" if holes else name


def _translations(
    flat: FloatArray, heights: FloatArray, sides: FloatArray
) -> tuple[FloatArray, FloatArray]:
    """Translations of a layer that carry all wells onto wells, and which onto which."""
    inverse = np.linalg.inv(sides)
    scale = float(np.linalg.norm(sides[0]))
    shares = np.column_stack([flat @ inverse % 1.0 % 1.0, heights / scale + 0.5])
    tree = cKDTree(shares, boxsize=[1.0, 1.0, 4.0 * (np.ptp(shares[:, 2]) + abs(shares).max())])
    moved, targets = [], []
    level = np.isclose(heights, heights[0], atol=1e-4 * scale)
    for step in flat[level] - flat[0]:
        onto = np.column_stack([(flat + step) @ inverse % 1.0 % 1.0, shares[:, 2]])
        away, which = tree.query(onto)
        if away.max() < 1e-4:
            moved.append(step)
            targets.append(which)
    return np.array(moved), np.array(targets)


def _reduced(moved: FloatArray, sides: FloatArray) -> FloatArray:
    """Two shortest vectors, right-handed, of the lattice that translations and sides make."""
    images = np.array([[i, j] for i in (-1, 0, 1) for j in (-1, 0, 1)]) @ sides
    every = (moved[:, None] + images).reshape(-1, 2)
    every = np.vstack([every, sides])
    lengths = np.round(np.linalg.norm(every, axis=1), 6)
    kept = lengths > 1e-4
    every, lengths = every[kept], lengths[kept]
    # of equally long ones those most along x
    every = every[np.lexsort((-every[:, 0], lengths))]
    first = every[0]
    turn = first[0] * every[:, 1] - first[1] * every[:, 0]
    return np.array([first, every[turn > 1e-6 * (first @ first)][0]])
