"""What a diagram says: transitions, domes, coexistence, what equilibrated and what is open."""

import json
from collections.abc import Iterator
from dataclasses import replace
from typing import Any

import numpy as np
import xarray as xr

from mcsc.diagram import averaged
from mcsc.files.tree import group, parts
from mcsc.report.conduction import conductions
from mcsc.report.health import health_lines, listed
from mcsc.report.record import Findings, FoundDome, Gap, Transition
from mcsc.text import counted, span, where
from mcsc.transitions import partner_lines
from mcsc.transitions.excess import baseline
from mcsc.transitions.grid import CARRIER_AXES, carrier_axis, places
from mcsc.variables import meaning

LINES = {"T_charge": "domes", "T_collective": "domes_collective"}
"""Transition temperatures of a diagram, and the groups that hold their domes."""


def findings(tree: xr.DataTree) -> Findings:
    """What a whole diagram says; with samples of disorder, what their averages say.

    Examples
    --------
    >>> import mcsc
    >>> from mcsc.report.findings import findings
    >>> found = findings(mcsc.load("short.nc"))
    >>> found.points, found.measured, len(found.domes)
    (6, 6, 0)
    """
    shown, (whole, transport) = averaged(tree), parts(tree, "transport")
    (root, separated), health = parts(shown, "coexistence"), group(tree, "health")
    unit = str(root["temperature"].attrs.get("units", "1")).replace("1", "")
    # without displaced states nothing can be displaced
    lines = [line for line in LINES if line in root and (line == "T_charge" or "regime" in root)]
    transitions = tuple(t for line in lines for t in _transitions(root, line))
    domes = tuple(
        dome
        for line in lines
        if LINES[line] in shown.children
        for dome in _domes(group(shown, LINES[line]), line)
    )
    converged = health["converged"].values
    measured = _measured(whole, health)
    settings = json.loads(str(tree.attrs.get("config_complete_json", "{}")))
    sweeps = int(health["sweeps"].max()) if "sweeps" in health else None
    equilibrated = int(((converged == 1) & measured).sum())
    found = Findings(
        str(tree.attrs.get("title") or settings.get("title") or "phase diagram"),
        str(tree.attrs.get("run_file", "")), unit, _axes(whole), converged.size,
        int(measured.sum()), equilibrated, transitions, domes,
        tuple(_gaps(separated)), (), sweeps,
        tuple(conductions(transport)),
    )  # fmt: skip
    return replace(found, undecided=tuple(_undecided(found, root, health)))


def _measured(root: xr.Dataset, health: xr.Dataset) -> Any:
    name = "energy" if "energy" in root else "charge_order"
    if name not in root:
        return np.ones(health["converged"].shape, dtype=bool)
    return root[name].notnull().transpose(*health["converged"].dims).values


def _axes(root: xr.Dataset) -> dict[str, str]:
    known = [d for d in ("energy", "charge_order") if d in root][:1]
    dims = [str(d) for name in known for d in root[name].dims]
    said = {}
    for dim in dims:
        values, unit = root[dim].values, str(root[dim].attrs.get("units", "1"))
        numbers = np.issubdtype(values.dtype, np.number)
        said[dim] = span(values.tolist(), unit) if numbers else ", ".join(map(str, values))
    return said


def _transitions(root: xr.Dataset, line: str) -> Iterator[Transition]:
    """At every place, the carriers last but named first."""
    names = [n for n in root.data_vars if str(n).startswith((line, "charge_order_onset"))]
    along = carrier_axis(root[line].dims)
    others = [str(d) for d in root[line].dims if d not in CARRIER_AXES]
    for at, here in places(root[names], [*others, along]):
        yield transition_at(here, line, {name: at[name] for name in (along, *others)})


def transition_at(here: xr.Dataset, line: str, at: dict[str, float | str]) -> Transition:
    """What the root of a diagram says of a line at one place; ``at`` names it."""
    t = _number(here, line)
    there = t is not None
    onset = _number(here, "charge_order_onset") if line == "T_charge" else None
    return Transition(
        line, at, t, _number(here, f"{line}_stderr"), _number(here, f"{line}_stderr_size"),
        _number(here, f"{line}_upper_bound"), _wave(here, f"{line}_wavevector"),
        meaning(here[f"{line}_order"]) if there and f"{line}_order" in here else "",
        meaning(here[f"{line}_method"]) if there and f"{line}_method" in here else "",
        bool(here[f"{line}_converged"] == 1) if there and f"{line}_converged" in here else None,
        None if there else onset, "" if there else _text(here, f"{line}_reason"),
        _free(here) if line == "T_collective" else None,
    )  # fmt: skip


def _domes(table: xr.Dataset, line: str) -> Iterator[FoundDome]:
    own = ("wavevector", "temperature", "temperature_stderr", "temperature_stderr_size", "partner",
           "partner_doping")  # fmt: skip
    axes = [
        name for n in table.data_vars if (name := str(n).removeprefix("dome_")) != n
        and name not in own and table[n].dims == ("dome",)
    ]  # fmt: skip
    for k in range(table.sizes["dome"]):
        dome = table.isel(dome=k)
        sides = () if int(dome["bounded"]) else tuple(
            side for side in ("left", "right") if _number(dome, f"valley_{side}") is None
        )  # fmt: skip
        yield FoundDome(
            line, {name: _plain(dome[f"dome_{name}"].item()) for name in axes},
            _number(dome, "dome_temperature"), _number(dome, "dome_temperature_stderr"),
            _number(dome, "dome_temperature_stderr_size"), _wave(dome, "dome_wavevector"),
            _number(dome, "valley"), _number(dome, "significance"), sides,
        )  # fmt: skip


def _gaps(group: xr.Dataset | None) -> Iterator[Gap]:
    if group is None:
        return
    axes = [str(d) for d in group["doping_low"].dims if d not in ("temperature", "region")]
    t = group["temperature"].values
    for at, here in places(group, axes):
        for k in range(group.sizes["region"]):
            low, high = (here[f"doping_{end}"].isel(region=k).values for end in ("low", "high"))
            there = np.flatnonzero(np.isfinite(low) & np.isfinite(high))
            if len(there):
                ends = (float(low[there[0]]), float(high[there[0]]))
                yield Gap(at, ends, float(t[there[0]]), float(t[there[-1]]))


def _undecided(found: Findings, root: xr.Dataset, health: xr.Dataset) -> Iterator[str]:
    if found.measured < found.points:
        yield f"{counted(found.points - found.measured, 'point')} of {found.points} not run"
    unknown = [
        t for t in found.transitions
        if t.line == "T_charge" and t.temperature is None and "not equilibrated" in t.reason
    ]  # fmt: skip
    if unknown:
        named = [f"{t.place} ({_below(t, found.unit)})" for t in unknown]
        yield f"whether charge orders where no transition is seen: {listed(named)}"
    short = [t.place for t in found.transitions if t.equilibrated is False]
    if short:
        yield f"transition temperatures of runs that are too short there: {listed(short)}"
    kinds = [t.place for t in found.transitions if t.order == "undecided"]
    if kinds:
        yield f"whether the transition is continuous or of first order: {listed(kinds)}"
    sides = [
        f"{where(d.at)} on the {' and '.join(d.open_sides)}" for d in found.domes if d.open_sides
    ]
    if sides:
        yield f"how deep the valley beside a dome is: {listed(sides)}"
    yield from (line for line in partner_lines(root) if line.startswith("T_charge "))
    yield from health_lines(health)
    sized = any(t.stderr_size is not None for t in found.transitions)
    if any(t.temperature is not None for t in found.transitions) and not sized:
        sizes = "these sizes do not tell" if root.sizes.get("size", 1) > 1 else "one size"
        yield f"how far temperatures are off those of the infinite crystal: {sizes}"


def _below(transition: Transition, unit: str) -> str:
    """The temperature from which on a place without a transition did not equilibrate."""
    said = transition.reason.rpartition("not equilibrated at ")[2].partition(" and below")[0]
    return f"not below {said} {unit}".strip()


def _plain(value: Any) -> float | str:
    return value if isinstance(value, str) else float(value)


def _free(at: xr.Dataset) -> float | None:
    """T_collective of carriers that do not repel, None where it is not known."""
    value = float(baseline(at)) if "T_collective_free" in at else np.nan
    return value if np.isfinite(value) else None


def _number(at: xr.Dataset, name: str) -> float | None:
    value = float(at[name]) if name in at else np.nan
    return value if np.isfinite(value) else None


def _wave(at: xr.Dataset, name: str) -> tuple[float, ...] | None:
    values = at[name].values if name in at else np.array([np.nan])
    return tuple(map(float, values)) if np.isfinite(values).all() else None


def _text(at: xr.Dataset, name: str) -> str:
    return str(at[name].values) if name in at else ""
