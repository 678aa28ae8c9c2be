"""Where the crystal separates into two phases: the group ``coexistence``, its flag in the root."""

from typing import Any

import numpy as np
import xarray as xr

from mcsc.arrays import FloatArray
from mcsc.estimators.coexistence import Region, regions
from mcsc.estimators.isotherm import Isotherm
from mcsc.transitions.free_energy import Line, Lines
from mcsc.transitions.grid import DOPING
from mcsc.units import units_of
from mcsc.variables import Variables, written

UNDECIDED, ONE_PHASE, COEXISTING = range(3)
# pairs of numbers that a symmetry can be judged by
_PAIRS = 4
Found = dict[int, list[tuple[Isotherm, Region]]]
"""Regions by temperature."""


def coexistence_dataset(
    root: xr.Dataset, health: xr.Dataset, found: Lines
) -> tuple[xr.Dataset, Variables]:
    """The group ``coexistence``, and the flag ``coexisting`` for the root.

    root: For its coordinates.
    health: With ``converged``.
    found: Free energies of the diagram.
    """
    places = [_regions(line) for line in found.lines]
    tracks = [_tracked(one) for one in places]
    n_regions = max((1 + max(t.values(), default=-1) for t in tracks), default=0)
    shape = (*found.shape, len(found.thermal))
    columns: dict[str, Any] = {
        name: np.full((*shape, n_regions), np.nan) for name in (*_NUMBERS, "equilibrated_share")
    }
    columns["bounded"] = np.zeros((*shape, n_regions), np.int8)
    residual = np.full(shape, np.nan)
    flag = np.full((*found.shape, root.sizes[DOPING], len(found.thermal)), UNDECIDED, np.int8)
    converged = health["converged"].transpose(*found.dims, DOPING, "temperature").values == 1
    doping = root[DOPING].values
    for line, here, track in zip(found.lines, places, tracks, strict=True):
        for k, kt in enumerate(found.thermal):
            residual[*line.place, k] = _symmetry(line, k)
            for one in line.completed[k]:
                _set(flag, line, one.index, k, ONE_PHASE)
            for i, (one, region) in enumerate(here[k]):
                at = (*line.place, k, track[k, i])
                for name, number in _numbers(one, region, doping, kt).items():
                    columns[name][at] = number
                columns["bounded"][at] = region.bounded
                there = one.index[region.low : region.high + 1]
                columns["equilibrated_share"][at] = converged[line.place][there, k].mean()
                _set(flag, line, there[1:-1], k, COEXISTING)
    units = units_of(root["temperature"].attrs["units"])
    group = written("coexistence", units, found.dims, **columns, particle_hole_residual=residual)
    coords = {n: c for n, c in root.coords.items() if set(c.dims) <= {*found.dims, "temperature"}}
    root_flag = written("free_energy", units, (*found.dims, DOPING), coexisting=flag)
    return xr.Dataset(group, coords=coords), root_flag


def _set(flag: Any, line: Line, index: Any, k: int, value: int) -> None:
    flag[(*line.place, index, k)] = value


_NUMBERS = (
    "doping_low", "doping_low_stderr", "doping_high", "doping_high_stderr", "coexistence_potential",
    "coexistence_potential_stderr", "barrier", "barrier_stderr",
)  # fmt: skip


def _numbers(one: Isotherm, region: Region, doping: FloatArray, kt: float) -> dict[str, float]:
    axis = doping[one.index]
    # a doping of holes may fall with the carriers
    step = float(np.diff(axis).mean())
    ends = [(axis[region.low], region.low_stderr), (axis[region.high], region.high_stderr)]
    (low, low_error), (high, high_error) = sorted(ends)
    known = kt if region.bounded else np.nan
    numbers = (
        low, abs(step) * low_error, high, abs(step) * high_error,
        known * region.slope, known * region.slope_stderr, region.barrier, region.barrier_stderr,
    )  # fmt: skip
    return dict(zip(_NUMBERS, map(float, numbers), strict=True))


def _regions(line: Line) -> Found:
    return {
        k: [(one, region) for one in there for region in regions(one)]
        for k, there in enumerate(line.completed)
    }


def _tracked(found: Found) -> dict[tuple[int, int], int]:
    """One number for a region at all temperatures: of the one it overlaps most, one step colder."""
    track: dict[tuple[int, int], int] = {}
    last: list[tuple[range, int]] = []
    count = 0
    for k in sorted(found):
        now: list[tuple[range, int]] = []
        for i, (one, region) in enumerate(found[k]):
            numbers = range(int(one.number[region.low]), int(one.number[region.high]))
            taken = {number for _, number in now}
            shared = [
                (overlap, number)
                for old, number in last
                if number not in taken
                and (overlap := min(numbers.stop, old.stop) - max(numbers.start, old.start)) > 0
            ]
            if not shared:
                shared, count = [(0, count)], count + 1
            _, track[k, i] = max(shared)
            now.append((numbers, track[k, i]))
        last = now
    return track


def _symmetry(line: Line, k: int) -> float:
    """Root mean square of the residuals of particle-hole symmetry, in standard errors."""
    if not np.isfinite(line.exchanged_wells):
        return np.nan
    scores: list[float] = []
    for one in line.completed[k]:
        residual, error = one.reflected(round(line.exchanged_wells))
        with np.errstate(divide="ignore", invalid="ignore"):
            scores = [*scores, *(residual / error)]
    known = np.array(scores)[np.isfinite(scores)]
    return float(np.sqrt((known**2).mean())) if len(known) >= _PAIRS else np.nan
