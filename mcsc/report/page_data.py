"""What the page of a diagram draws, as numbers for its script."""

import base64
import math
import zlib
from itertools import product
from typing import Any

import numpy as np
import numpy.typing as npt
import xarray as xr

from mcsc.arrays import FloatArray, IntArray
from mcsc.files.tree import group, parts
from mcsc.lattice import plane_basis
from mcsc.plot.phase_view import View, view_of
from mcsc.plot.reciprocal import reciprocal_lattice, special_points, wigner_seitz
from mcsc.plot.reciprocal_plane import along_layers, forward_peaks
from mcsc.plot.selection import cell_edges
from mcsc.plot.wells import cage_outline
from mcsc.report.findings import transition_at
from mcsc.transitions.grid import CARRIER_AXES, DOPING, carrier_axis

# of the whole page, at most: numbers of S(q), 0.9 MB packed, wells of all snapshots, 0.4 MB, wells
# that are drawn of all sizes, 0.3 MB, and wavevectors, 0.3 MB
_FACTORS, _STATES, _DRAWN, _WAVES = 350_000, 1_000_000, 20_000, 4096
# places on further axes, of more the last are left out
_PLACES = 40
_CODES, _DECADES = 65_000, 12
_CURVES = ("charge_order", "energy", "specific_heat")


def page_data(tree: xr.DataTree) -> dict[str, Any]:
    """Numbers of a whole diagram: axes, one slice for each place on further axes, geometry."""
    root, samples = parts(tree, "samples")
    along = carrier_axis(root.dims)
    root = root.sortby([along, "temperature"])
    base = root["charge_order"] if "charge_order" in root else root["energy"]
    further = [str(d) for d in base.dims if d not in (*CARRIER_AXES, "temperature")]
    every = list(product(*(range(root.sizes[d]) for d in further)))
    places = every[:_PLACES]
    numbers = root.sizes[along] * root.sizes["temperature"]
    points = max(1, numbers * len(places))
    largest = _largest_factors(root)
    # of too many wavevectors those with the largest S(q)
    most = max(1, min(_WAVES, _FACTORS // points))
    kept = np.sort(np.argsort(-largest, kind="stable")[:most])
    x = root[along].values.astype(np.float64)
    t = root["temperature"].values.astype(np.float64)
    structure = group(tree, "structure").isel(dict.fromkeys(further, 0), missing_dims="ignore")
    n_sizes = structure.sizes["supercell"]
    most = min(_DRAWN // n_sizes, _STATES // points)
    drawn = [_drawn(structure, size, most) for size in range(n_sizes)]
    return {
        "along": {
            "name": along.replace("_", " "), "unit": _unit(root[along]),
            "label": str(root[along].attrs.get("long_name", along)),
            "values": _plain(x, 8), "edges": _plain(cell_edges(x), 8),
        },
        "temperature": {
            "unit": _unit(root["temperature"]), "values": _plain(t, 8),
            "edges": _plain(cell_edges(t), 8),
        },
        "axes": [
            {"name": d.replace("_", " "), "values": [_value(v, root[d]) for v in root[d].values]}
            for d in further
        ],
        "places": [list(place) for place in places],
        "left_out": len(every) - len(places),
        "slices": [
            _slice(tree, root, samples, along, dict(zip(further, place, strict=True)), kept, drawn)
            for place in places
        ],
        "curves": {
            name: {"label": str(root[name].attrs.get("long_name", name)), "unit": _unit(root[name])}
            for name in _CURVES if name in root
        },
        "sizes": [_wells(structure, s, cells) for s, cells in enumerate(drawn)],
        "waves": _waves(tree, root, structure, kept, largest),
    }  # fmt: skip


def _largest_factors(root: xr.Dataset) -> FloatArray:
    """(wavevectors,) largest S(q) of all points, −1 where there is none."""
    n = root.sizes.get("wavevector", 0)
    if "structure_factor" not in root:
        return np.full(n, -1.0)
    factor = root["structure_factor"].transpose(..., "wavevector").values.reshape(-1, n)
    largest: FloatArray = np.nan_to_num(np.fmax.reduce(factor, axis=0), nan=-1.0)
    return largest


def _drawn(structure: xr.Dataset, size: int, most: int) -> IntArray:
    """Cells of a supercell that are drawn: all, or the first layer, or a corner of that."""
    cells = structure["cells"].values[size].astype(np.int64)
    every = np.arange(np.prod(cells)).reshape(cells)
    room = max(1, most // structure.sizes["base_well"])
    if every.size > room:
        every = every[:, :, :1]
        side = max(math.isqrt(room), room // int(cells[:2].min()))
        every = every[:side, :side] if every.size > room else every
    return every.reshape(-1)


def _slice(
    tree: xr.DataTree, root: xr.Dataset, samples: xr.Dataset | None, along: str,
    place: dict[str, int], kept: IntArray, drawn: list[IntArray],
) -> dict[str, Any]:  # fmt: skip
    order = [along, "temperature"]
    at = root.isel(place, missing_dims="ignore")
    health = group(tree, "health").sortby(order).isel(place, missing_dims="ignore")
    found: dict[str, Any] = {
        name: _plain(at[name].transpose(*order).values)
        for curve in (*_CURVES, "charge_order_share")
        for name in (curve, f"{curve}_stderr") if name in at
    }  # fmt: skip
    found["converged"] = health["converged"].transpose(*order).values.astype(int).tolist()
    found["tau"] = _plain(
        np.fmax(*(health[f"tau_{n}"].transpose(*order).values for n in ("energy", "order"))), 3
    )
    lines = [n for n in ("T_charge", "T_collective") if n in at]
    found["lines"] = {
        n: [_transition(at.isel({along: i}), n) for i in range(at.sizes[along])]
        for n in lines if n == "T_charge" or "regime" in at
    }  # fmt: skip
    if "charge_order_wavevector" in at:
        found["waves"] = _plain(at["charge_order_wavevector"].transpose(along, "hkl").values, 6)
    found |= _phases(tree, root, along, place) | _regions(tree, place)
    if "structure_factor" in at:
        factor = at["structure_factor"].transpose(*order, "wavevector").values[..., kept]
        found["factor"] = _packed_logarithms(factor)
    if samples is not None:
        state = samples["state"].sortby(order).isel(place, missing_dims="ignore")
        held = state.transpose(*order, "well").values
        n_wells = tree.children["structure"].sizes["base_well"]
        wells = (drawn[place.get("size", 0)][:, None] * n_wells + np.arange(n_wells)).reshape(-1)
        shown = np.ascontiguousarray(held[..., wells], "<i1")
        found["state"] = {
            "packed": _packed(shown), "shape": shown.shape,
            "carriers": (held >= 0).sum(axis=-1).tolist(),
        }  # fmt: skip
    return found


def _transition(at: xr.Dataset, line: str) -> dict[str, Any]:
    """T, both errors, kind, wavevector, what it lies below, why there is none."""
    one = transition_at(at, line, {})
    wave = one.wavevector if one.temperature is not None else None
    return {
        "t": _six(one.temperature), "error": _six(one.stderr), "size": _six(one.stderr_size),
        "bound": _six(one.upper_bound), "onset": _six(one.onset), "free": _six(one.free),
        "kind": one.order, "method": one.method, "enough": one.equilibrated is True,
        "wave": wave and [_six(q) for q in wave], "reason": one.reason,
    }  # fmt: skip


def _phases(
    tree: xr.DataTree, root: xr.Dataset, along: str, place: dict[str, int]
) -> dict[str, Any]:
    """Names of the ordered phases, and which neighbours a line joins."""
    if along != DOPING:
        return {"phases": [], "joined": []}
    view: View = view_of(tree, **{name: root[name].values[i] for name, i in place.items()})
    phases = [
        {"i": p.doping, "x": p.x, "top": p.top, "name": name, "wave": _plain(p.wavevector, 6)}
        for p, name in zip(view.phases, view.names, strict=True)
    ]
    return {"phases": phases, "joined": view.joined, "shown": view.shown.tolist()}


def _regions(tree: xr.DataTree, place: dict[str, int]) -> dict[str, Any]:
    """Regions of coexistence: rows of T, both ends, their errors."""
    if "coexistence" not in tree.children:
        return {"regions": []}
    table = group(tree, "coexistence").sortby("temperature").isel(place, missing_dims="ignore")
    names = ("doping_low", "doping_high", "doping_low_stderr", "doping_high_stderr")
    regions = []
    for r in range(table.sizes["region"]):
        one = table.isel(region=r)
        rows = np.column_stack([one["temperature"].values, *(one[n].values for n in names)])
        regions.append(_plain(rows[np.isfinite(rows[:, 1]) & np.isfinite(rows[:, 2])], 6))
    return {"regions": [rows for rows in regions if rows]}


def _wells(structure: xr.Dataset, size: int, drawn: IntArray) -> dict[str, Any]:
    """Where the wells of a supercell that are drawn are, seen along the normal of its layers."""
    cells = structure["cells"].values[size].astype(np.int64)
    cell = structure["sampled_cell"].values[size]
    whole = structure["supercell_matrix"].values[size] @ structure["cell"].values
    basis = plane_basis(whole[0], whole[1])
    steps = np.indices(cells.tolist()).reshape(3, -1).T[drawn]
    centres = structure["centre"].values
    shares = (steps @ cell)[:, None] @ np.linalg.inv(whole)
    cell_origins = (shares - np.floor(shares + 1e-9)) @ whole
    moved = np.nan_to_num(structure["displacements"].values @ basis.T)
    cages = [
        _plain(cage_outline(cage, centre, basis) - at)
        for cage, centre, at in zip(
            structure["cage"].values, centres, centres @ basis.T, strict=True
        )
    ]
    pairs = np.linalg.norm((centres[:, None] - centres) @ basis.T, axis=2)
    near = np.linalg.norm(cell[:2], axis=1).min()
    near = min(near, pairs[pairs > 1e-3 * near].min(initial=near))
    return {
        "centres": _plain((cell_origins + centres) @ basis.T), "layer": steps[:, 2].tolist(),
        "cells": cells.tolist(), "layers": int(steps[:, 2].max()) + 1,
        "kinds": structure["well_kind"].values.astype(str).tolist(),
        "moved": _plain(moved), "cages": cages,
        "sides": _plain(whole[:2] @ basis.T), "near": float(near),
        "unit": "Å" if structure["cell"].attrs.get("units") == "angstrom" else "a",
    }  # fmt: skip


def _waves(
    tree: xr.DataTree, root: xr.Dataset, structure: xr.Dataset, kept: IntArray, largest: FloatArray
) -> dict[str, Any] | None:
    """Wavevectors in the plane of the layers: points of every plane, with those stored at each."""
    if "q" not in root or "charge_order_wavevector" not in root:
        return None
    frame_root, structure = along_layers(root, structure)
    every = frame_root["q"].transpose("wavevector", "hkl").values
    half = every[kept]
    cell = structure["cell"].values
    basis = plane_basis(cell[0], cell[1])
    reciprocal = reciprocal_lattice(cell)
    vectors = reciprocal[:2] @ basis.T
    both = np.round(np.concatenate([half, -half]), 9) + 0.0
    stored = np.tile(np.arange(len(half)), 2)
    apart = ~forward_peaks(both, structure)
    both, stored = both[apart], stored[apart]
    heights = np.unique(both[:, 2][both[:, 2] >= 0])
    planes = []
    layered = "series" in tree and tree["series"].sizes.get("layer", 1) > 1
    if len(heights) > 1 and layered:
        inside = (both[:, 2] > -0.5 + 1e-6) & (both[:, 2] <= 0.5 + 1e-6)
        planes.append({"label": "summed over l", **_plane(both[inside], stored[inside], vectors)})
    for l in heights:  # noqa: E741
        here = np.abs(both[:, 2] - l) < 1e-6
        planes.append({"label": f"l = {l:.4g}", **_plane(both[here], stored[here], vectors)})
    strongest = int(stored[largest[kept][stored].argmax()])
    holding = [any(strongest in wave for wave in plane["stored"]) for plane in planes]
    upright = np.allclose(reciprocal[:2] @ np.cross(*basis), 0.0, atol=1e-9)
    named = special_points(cell, basis) if upright else {}
    frame = tree["charge_order_wavevector"].attrs.get("units", "")
    return {
        "planes": planes, "zone": _plain(wigner_seitz(vectors)), "vectors": _plain(vectors, 6),
        "points": {name: _plain(orbit) for name, orbit in named.items()}, "units": frame,
        "kept": len(half), "of": len(every), "first": holding.index(True),
    }  # fmt: skip


def _plane(q: FloatArray, stored: IntArray, vectors: FloatArray) -> dict[str, Any]:
    hk, which = np.unique(q[:, :2], axis=0, return_inverse=True)
    which = which.reshape(-1)
    return {
        "hk": _plain(hk, 5), "at": _plain(hk @ vectors),
        "stored": [sorted(set(stored[which == k].tolist())) for k in range(len(hk))],
    }  # fmt: skip


def _packed_logarithms(values: FloatArray) -> dict[str, Any]:
    """Positive numbers as 16 bits of their logarithm, 0 where there is none."""
    with np.errstate(invalid="ignore", divide="ignore"):
        logs = np.log10(values)
    known = np.isfinite(logs)
    high = float(logs[known].max()) if known.any() else 1.0
    # what is smaller is rounding
    low = max(float(logs[known].min()), high - _DECADES) if known.any() else 0.0
    step = max(high - low, 1e-9) / _CODES
    codes = np.where(known, 1 + np.rint((np.where(known, logs, low).clip(low) - low) / step), 0)
    return {"packed": _packed(codes.astype("<u2")), "low": low, "step": step, "shape": values.shape}


def _packed(values: npt.NDArray[Any]) -> str:
    return base64.b64encode(zlib.compress(np.ascontiguousarray(values).tobytes(), 9)).decode()


def _plain(values: npt.NDArray[Any], digits: int = 4) -> Any:
    """Nested lists of so many digits, None where a number is missing."""
    if values.ndim:
        return [_plain(row, digits) for row in values]
    return float(f"{float(values):.{digits}g}") if np.isfinite(values) else None


def _six(value: float | None) -> float | None:
    return None if value is None else float(f"{value:.6g}")


def _unit(item: xr.DataArray) -> str:
    unit = str(item.attrs.get("units", "1"))
    return "" if unit == "1" else unit.replace("angstrom", "Å")


def _value(value: Any, item: xr.DataArray) -> str:
    shown = str(value) if isinstance(value, str) else f"{float(value):.6g}"
    return f"{shown} {_unit(item)}".strip()
