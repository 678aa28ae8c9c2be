"""Fillings that the Hamiltonian maps onto each other, carriers for empty wells.

Where all wells are alike, n carriers a cell have the transitions of B − n, B the wells of a cell,
at the same temperature on the same supercell. That checks every number of a scan which reaches over
half filling.
"""

import numpy as np
import xarray as xr

from mcsc.arrays import FloatArray
from mcsc.transitions.grid import DOPING, Grid
from mcsc.units import REDUCED
from mcsc.variables import Variables, declared, written

PARTNERS = declared("T_charge_partner").flags
NO_SYMMETRY, AGREES, DIFFERS, CONTRADICTED, UNDETERMINED, NOT_SCANNED = range(len(PARTNERS))
# carriers per cell, whose last digits differ
_SAME = 1e-6


def verdict(t: FloatArray, error: FloatArray, bound: FloatArray, factor: float) -> int:
    """What two measurements, at a filling and at its partner, say of each other.

    t, error: Both temperatures and their statistical errors, shape (2,); NaN where none was found.
        On one supercell the symmetry is exact: size makes no difference.
    bound: What each lies below where none was found, shape (2,); NaN where nothing is known.
    factor: Errors that they may differ by.

    Returns: Number in `PARTNERS`.
    """
    found = np.isfinite(t)
    if found.all():
        return DIFFERS if abs(t[0] - t[1]) > factor * np.hypot(*error) else AGREES
    if not found.any():
        return AGREES if np.isfinite(bound).all() else UNDETERMINED
    has = int(found.argmax())
    higher = t[has] - factor * error[has] > bound[1 - has]
    return CONTRADICTED if higher else UNDETERMINED


def partner_table(
    root: xr.Dataset, structure: xr.Dataset | None, grid: Grid, factor: float
) -> Variables:
    """``T_charge_partner`` and the doping that it tells of, on the grid.

    root: With ``T_charge``, its error and upper bound, and ``carriers_per_cell``.
    structure: With ``particle_hole_wells``, NaN where wells are not alike; None where that is
        unknown.
    factor: Errors that partners may differ by.
    """
    number = np.full(grid.shape, NO_SYMMETRY, dtype=np.int8)
    other = np.full(grid.shape, np.nan)
    known = structure is not None and "particle_hole_wells" in structure
    if not known or grid.carriers != DOPING or "carriers_per_cell" not in root.coords:
        return written("/", REDUCED, grid.dims, T_charge_partner=number, partner_doping=other)
    assert structure is not None
    wells = structure["particle_hole_wells"]
    wells = wells.broadcast_like(root["T_charge"].isel(doping=0, drop=True))
    wells = wells.transpose(*grid.conditions)
    lines = [
        root[name].transpose(*grid.dims).values
        for name in ("T_charge", "T_charge_stderr", "T_charge_upper_bound")
    ]
    doping, carriers = root["doping"].values, root["carriers_per_cell"].values
    for at in grid.lines:
        count = float(wells.values[at])
        if np.isnan(count):
            continue
        other[at] = _doping_at(count - carriers, doping, carriers)
        away = np.abs(carriers[:, None] + carriers[None, :] - count)
        for i, k in enumerate(away.argmin(axis=1)):
            t, error, bound = (line[at][[i, k]] for line in lines)
            number[*at, i] = verdict(t, error, bound, factor) if away[i, k] < _SAME else NOT_SCANNED
    return written("/", REDUCED, grid.dims, T_charge_partner=number, partner_doping=other)


def _doping_at(wanted: FloatArray, doping: FloatArray, carriers: FloatArray) -> FloatArray:
    """Doping at some carriers per cell: one is a straight line over the other."""
    if len(doping) < 2:
        return np.full(len(wanted), np.nan)
    slope = (doping[-1] - doping[0]) / (carriers[-1] - carriers[0])
    return np.asarray(np.round(doping[0] + slope * (wanted - carriers[0]), 9))


def partner_lines(root: xr.Dataset) -> list[str]:
    """What the symmetry says of one line over the doping, every disagreement named.

    root: A diagram at one value of each axis but the doping. Nothing is said without symmetry.
    """
    if "T_charge_partner" not in root or root["T_charge_partner"].dims != (DOPING,):
        return []
    number = root["T_charge_partner"].values
    if (number == NO_SYMMETRY).all():
        return []
    unit = root["temperature"].attrs.get("units", "1").replace("1", "")
    doping, other = root["doping"].values, root["partner_doping"].values
    counted = ", ".join(
        f"{(number == k).sum()} {PARTNERS[k].replace('_', ' ')}"
        for k in range(1, len(PARTNERS))
        if (number == k).any()
    )
    lines = [f"wells are alike, carriers for empty wells must give the same T_charge: {counted}"]
    for i in np.flatnonzero((number == DIFFERS) | (number == CONTRADICTED)):
        k = int(np.abs(doping - other[i]).argmin())
        # each pair once
        if i < k:
            told = [f"{_said(root, j, unit)} at {doping[j]:.6g}" for j in (int(i), k)]
            lines.append(f"T_charge {PARTNERS[number[i]]} by symmetry: {' but '.join(told)}")
    return lines


def _said(root: xr.Dataset, i: int, unit: str) -> str:
    t, error, bound = (
        float(root[f"T_charge{end}"].values[i]) for end in ("", "_stderr", "_upper_bound")
    )
    if np.isfinite(t):
        return f"{t:.4g} ± {error:.2g} {unit}".rstrip()
    return f"none down to {bound:.4g} {unit}".rstrip()
