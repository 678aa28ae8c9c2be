"""S(q) in a plane of reciprocal space: along the layers, with forward peaks told apart."""

from collections.abc import Callable

import numpy as np
import xarray as xr

from mcsc.arrays import BoolArray, FloatArray
from mcsc.lattice import layer_frame, plane_basis
from mcsc.plot.reciprocal import reciprocal_lattice
from mcsc.plot.selection import Point
from mcsc.plot.wells import stored_structure


def along_layers(root: xr.Dataset, structure: xr.Dataset) -> tuple[xr.Dataset, xr.Dataset]:
    """The same with h and k along the layers, where the lattice vectors a and b do not lie in them.

    Wavevectors are then in reciprocal lattice units of other lattice vectors, as is the cell.
    """
    frame = layer_frame(stored_structure(structure, displaced=False))
    if (frame == np.eye(3)).all():
        return root, structure
    for name in ("q", "charge_order_wavevector"):
        turned = root[name].transpose(..., "hkl")
        root = root.assign({name: turned.copy(data=turned.values @ frame.T)})
    cell = structure["cell"]
    return root, structure.assign(cell=cell.copy(data=frame @ cell.values))


def shortest_steps(wavevectors: FloatArray) -> FloatArray:
    """(2, 2) the two shortest steps from one of the wavevectors (n, 2) to others."""
    lengths = np.linalg.norm(wavevectors, axis=1)
    steps = wavevectors - wavevectors[lengths.argmin()]
    lengths = np.linalg.norm(steps, axis=1)
    steps = steps[np.argsort(np.round(lengths, 9), kind="stable")][1:]
    area = np.abs(steps[0, 0] * steps[:, 1] - steps[0, 1] * steps[:, 0])
    return np.asarray(steps[[0, int((area > 1e-3 * (steps[0] @ steps[0])).argmax())]])


def in_plane(
    root: xr.Dataset,
    structure: xr.Dataset,
    point: Point,
    l: float | str,  # noqa: E741
    weight: Callable[[FloatArray], FloatArray],
) -> tuple[FloatArray, FloatArray, BoolArray]:
    """(n, 2) h and k, S(q) times its weight, and whether the filled lattice scatters there."""
    data = root["structure_factor"].isel(point.place, missing_dims="ignore").values
    known = np.isfinite(data)
    if not known.any():
        raise ValueError(f"no structure factor at {point.label}: it has not been run")
    half = root["q"].transpose("wavevector", "hkl").values[known]
    q, once = np.unique(np.round(np.concatenate([half, -half]), 9) + 0.0, axis=0, return_index=True)
    factor = np.concatenate([data[known]] * 2)[once]
    q, factor = _in_whole_zones(q, factor, structure)
    if l == "sum":
        kept = (q[:, 2] > -0.5 + 1e-6) & (q[:, 2] <= 0.5 + 1e-6)
    else:
        kept = np.abs(q[:, 2] - float(l)) < 1e-6
        if not kept.any():
            fitting = ", ".join(f"{v:.4g}" for v in np.unique(q[:, 2]) if v >= 0)
            raise ValueError(f"l = {l:g}: does not fit the supercell; choose one of {fitting}")
    peak = forward_peaks(q, structure)
    hk, column = np.unique(q[kept, :2], axis=0, return_inverse=True)
    column = column.reshape(-1)
    weighted = factor[kept] * weight(q[kept])
    total = np.bincount(column, weights=weighted).astype(np.float64)
    return hk, total, np.bincount(column, weights=peak[kept]) > 0


def forward_peaks(q: FloatArray, structure: xr.Dataset) -> BoolArray:
    """Whether the wells of all cells scatter together at wavevectors (n, 3), filled or not."""
    shares = structure["centre"].values @ np.linalg.inv(structure["cell"].values)
    together = np.abs(np.exp(-2j * np.pi * q @ shares.T).sum(axis=1)) > 1e-6 * len(shares)
    return np.asarray((np.abs(q - np.rint(q)) < 1e-6).all(axis=1) & together)


def _in_whole_zones(
    q: FloatArray, factor: FloatArray, structure: xr.Dataset
) -> tuple[FloatArray, FloatArray]:
    """Wavevectors and S(q) out to the nearest reciprocal lattice vectors, where that is exact."""
    if structure["displacements"].fillna(0.0).any():
        return q, factor
    fractional = structure["centre"].values @ np.linalg.inv(structure["cell"].values)
    steps = np.array([(i, j, 0) for i in range(-3, 4) for j in range(-3, 4)], dtype=np.float64)
    phases = np.exp(2j * np.pi * steps @ (fractional - fractional[0]).T)
    same = steps[np.abs(phases - 1.0).max(axis=1) < 1e-6]
    cell = structure["cell"].values
    vectors = reciprocal_lattice(cell)[:2] @ plane_basis(cell[0], cell[1]).T
    reach = 1.08 * float(np.linalg.norm(vectors, axis=1).max())
    every = np.round((q[:, None] + same).reshape(-1, 3), 9) + 0.0
    near = np.linalg.norm(every[:, :2] @ vectors, axis=1) <= reach
    # with one translation, none, what is stored is all that is known
    if len(same) == 1:
        return q, factor
    found, once = np.unique(every[near], axis=0, return_index=True)
    return found, np.repeat(factor, len(same))[near][once]
