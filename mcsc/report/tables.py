"""Everything that a diagram says as tables: transitions, domes, exponents, what goes beyond."""

from collections.abc import Iterator
from typing import Any

import numpy as np
import xarray as xr

from mcsc.diagram import averaged
from mcsc.files.tree import group, parts
from mcsc.report.beyond_lines import (
    capacitance_table,
    coexistence_table,
    finite_size_tables,
    transport_table,
)
from mcsc.report.health import health_lines
from mcsc.text import Table, vector, with_error
from mcsc.transitions import partner_lines
from mcsc.transitions.excess import LINE as EXCESS
from mcsc.transitions.excess import baseline
from mcsc.transitions.grid import CARRIER_AXES, carrier_axis, places
from mcsc.variables import meaning

_PHASE = "charge_order_superlattice"


def tables(tree: xr.DataTree) -> Iterator[Table | str]:
    """T_charge and, of displaced states, T_collective over doping, domes and exponents; remarks.

    With samples of disorder their averages are told; the file holds each sample.
    """
    root, health, conduction = parts(tree, "health", "transport")
    lines = [("T_charge", "charge order", "domes")]
    if "regime" in root:
        lines.append(("T_collective", "uniform displacement", "domes_collective"))
    of_mean = ", mean over samples of disorder" if "disorder_average" in tree else ""
    remarks = [] if health is None else health_lines(health)
    tree = averaged(tree)
    root, excess, separated, finite = parts(tree, "domes_excess", "coexistence", "finite_size")
    for line, quantity, table in lines:
        axes = [str(dim) for dim in root[line].dims if dim not in CARRIER_AXES]
        for _, at in places(root, axes):
            shown = [f"{dim} {_value(at[dim])}" for dim in axes]
            title = quantity + of_mean + (f" at {', '.join(shown)}" if shown else "")
            yield _transition_table(at, line, title)
            yield from partner_lines(at) if line == "T_charge" else ()
        if table in tree.children:
            yield _dome_table(group(tree, table), line, root)
        if line == "T_collective" and excess is not None:
            yield _dome_table(excess, EXCESS, root)
        if root[line].notnull().any():
            yield _errors_said(root, line)
    if separated is not None:
        yield coexistence_table(separated)
    if finite is not None and "disorder" not in finite.dims:
        yield from finite_size_tables(finite)
    if "capacitance_parallel_free" in root:
        yield capacitance_table(root)
    if conduction is not None:
        yield transport_table(conduction)
    yield from remarks


def _header(root: Any, axis: str, line: str | None = None) -> str:
    """An axis, or a line along it, with the unit of the axis."""
    unit = root[axis].attrs.get("units", "1")
    return (line or axis.replace("_", " ")) + ("" if unit == "1" else f" ({unit})")


def _transition_table(at: Any, line: str, title: str) -> Table:
    waves = ["wavevector"] if f"{line}_wavevector" in at else []
    along = carrier_axis(at[line].dims)
    measured = ["doping there"] if f"{line}_doping" in at else []
    free = ["of free carriers", "excess"] if line == "T_collective" and EXCESS in at else []
    head = (
        _header(at, along), *measured, _header(at, "temperature", line), *free, "reduced", *waves,
    )  # fmt: skip
    rows = (_transition_row(at.isel({along: x}), line, along) for x in range(at.sizes[along]))
    return Table(title, (*head, "kind", "remark"), tuple(rows))


def _dome_table(domes: Any, line: str, root: Any) -> Table | str:
    if domes.sizes["dome"] == 0:
        return f"no dome of {line} stands out"
    waves = "dome_wavevector" in domes
    along = carrier_axis(root[line].dims)
    names = [_header(root, along), _header(root, "temperature", line), "sides"]
    names += [_header(root, "temperature", "valley below"), "height / error"]
    axes = [dim for dim in root[line].dims if dim not in CARRIER_AXES]
    partner = "dome_partner" in domes and bool((domes["dome_partner"] > 0).any())
    names += ["wavevector"] * waves + ["partner"] * partner + axes
    rows = []
    for k in range(domes.sizes["dome"]):
        dome = domes.isel(dome=k)
        row = [f"{float(dome[f'dome_{along}']):g}", _with_errors(dome, "dome_temperature")]
        row += _sides(dome)
        row += [_wave(dome["dome_wavevector"].values)] if waves else []
        row += [_partner(dome)] if partner else []
        row += [_value(dome[f"dome_{name}"]) for name in axes]
        rows.append(tuple(row))
    return Table(f"domes of {line}", tuple(names), tuple(rows))


def _sides(dome: Any) -> list[str]:
    """Whether a dome is bounded, below what its valleys lie, and its height above that."""
    if int(dome["bounded"]):
        valley, significance = float(dome["valley"]), float(dome["significance"])
        return ["bounded", f"{valley:.4g}", f"{significance:.1f}"]
    sides = {"left": float(dome["valley_left"]), "right": float(dome["valley_right"])}
    unmeasured = [f"open on the {side}" for side, bound in sides.items() if np.isnan(bound)]
    return [", ".join(unmeasured), "-", "-"]


def _partner(dome: Any) -> str:
    """What the filling with carriers and empty wells exchanged says of a dome."""
    said = meaning(dome["dome_partner"])
    other = float(dome["dome_partner_doping"])
    return f"{other:g}: {said}" if np.isfinite(other) else said


def _with_errors(point: Any, name: str) -> str:
    """A temperature with its statistical error and, where it is known, that of finite size."""
    return with_error(*(float(point[f"{name}{end}"]) for end in ("", "_stderr", "_stderr_size")))


def _errors_said(root: Any, line: str) -> str:
    """Which errors the tables of a line show."""
    if np.isfinite(root[f"{line}_stderr_size"].values).any():
        return (
            "±: statistical, then of finite size from the sizes scanned; a single ± is statistical"
        )
    sizes = "these sizes do not tell" if root.sizes.get("size", 1) > 1 else "one size"
    return f"±: statistical; {sizes}: how far it is off the infinite crystal is not known"


def _transition_row(point: Any, line: str, along: str) -> tuple[str, ...]:
    first, value = [f"{float(point[along]):.6g}"], float(point[line])
    if f"{line}_doping" in point:
        there = [float(point[f"{line}_doping{end}"]) for end in ("", "_stderr")]
        first.append(with_error(*there) if np.isfinite(value) else "-")
    name = "coulomb_temperature"
    scale = float(point[name]) if name in point else point.attrs.get(name, np.nan)
    waves = f"{line}_wavevector" in point
    free = _beside_free(point) if line == "T_collective" and EXCESS in point else []
    phase = str(point[_PHASE].values) if line == "T_charge" and _PHASE in point else ""
    if not np.isfinite(value):
        return (*first, "-", *free, "-", *[phase or "-"] * waves, "-", _why_none(point, line))
    error = float(point[f"{line}_stderr"])
    remark, kind = (meaning(point[f"{line}_{flag}"]) for flag in ("method", "order"))
    if not int(point[f"{line}_converged"]):
        remark += "; NOT EQUILIBRATED here: run longer"
    if f"{line}_samples" in point:
        remark += f"; {int(point[f'{line}_samples'])} of {int(point['n_samples'].max())} samples"
    reduced = f"{value / scale:.4f} ± {error / scale:.4f}"
    size = float(point[f"{line}_stderr_size"]) / scale
    reduced += f" ± {size:.4f}" if np.isfinite(size) else ""
    wave = [f"{_wave(point[f'{line}_wavevector'].values)} {phase}".rstrip()] if waves else []
    return (*first, _with_errors(point, line), *free, reduced, *wave, kind, remark)


def _beside_free(point: Any) -> list[str]:
    """What free carriers do by the same estimator, and how far T_collective lies above it."""
    free = float(baseline(point))
    shown = f"{free:.4g}" if np.isfinite(free) else "-"
    if not np.isfinite(point[EXCESS]):
        return [shown, "-"]
    by, of_line = (meaning(point[f"{line}_method"]) for line in (EXCESS, "T_collective"))
    return [shown, _with_errors(point, EXCESS) + (f" by {by}" if by != of_line else "")]


def _why_none(point: Any, line: str) -> str:
    """Why a line has no temperature here, and where order sets in all the same."""
    reason = str(point[f"{line}_reason"].values)
    name = "charge_order_onset"
    onset = float(point[name]) if line == "T_charge" and name in point else np.nan
    if not np.isfinite(onset):
        return reason
    unit = point[name].attrs.get("units", "1").replace("1", "")
    shown = f"{with_error(onset, float(point[f'{name}_stderr']))} {unit}".rstrip()
    return f"ORDER WITHOUT A TRANSITION, half of perfect order at {shown}; {reason}"


def _value(coordinate: Any) -> str:
    value, unit = coordinate.item(), coordinate.attrs.get("units", "1")
    if isinstance(value, str):
        return value
    return f"{value:g}" if unit == "1" else f"{value:g} {unit}"


def _wave(q: Any) -> str:
    return vector(q) if np.isfinite(q).all() else "-"
