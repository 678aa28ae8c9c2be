"""What a diagram says: transitions, domes, coexistence, the share that equilibrated, what is open.

One record, from which the words after a run, ``--json`` and the page of a diagram are made.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import asdict, dataclass
from typing import Any

import numpy as np
import xarray as xr

from mcsc.diagram import averaged
from mcsc.files.tree import groups_of
from mcsc.planning import place_name
from mcsc.text import counted, span
from mcsc.transitions import partner_lines
from mcsc.transitions.excess import baseline
from mcsc.transitions.grid import CARRIER_AXES, carrier_axis
from mcsc.variables import meaning

# more places than these are counted, not named
_NAMED = 5
LINES = {"T_charge": "domes", "T_collective": "domes_collective"}
"""Transition temperatures of a diagram, and the groups that hold their domes."""


@dataclass(frozen=True)
class Transition:
    """A transition temperature at one place, or why there is none.

    Attributes
    ----------
    line
        ``"T_charge"`` or ``"T_collective"``.
    at
        The place, by axis.
    temperature, stderr, stderr_size
        With its statistical error and that of finite size; None where there is none.
    upper_bound
        What the transition lies below where none is found, None where nothing is known.
    wavevector
        Of the order, reciprocal lattice units.
    order, method
        In words.
    equilibrated
        Whether the run is long enough around the transition; None without one.
    onset, reason
        Where order sets in without a transition, and why there is no temperature.
    free
        That of carriers that do not repel each other, by the same method; None where there is none.
    """

    line: str
    at: dict[str, float | str]
    temperature: float | None
    stderr: float | None
    stderr_size: float | None
    upper_bound: float | None
    wavevector: tuple[float, ...] | None
    order: str
    method: str
    equilibrated: bool | None
    onset: float | None
    reason: str
    free: float | None = None

    @property
    def place(self) -> str:
        """Where it is, in words."""
        return ", ".join(f"{name.replace('_', ' ')} {_shown(x)}" for name, x in self.at.items())


@dataclass(frozen=True)
class FoundDome:
    """A dome of a transition temperature; ``open_sides`` were not measured up to its height."""

    line: str
    at: dict[str, float | str]
    temperature: float | None
    stderr: float | None
    stderr_size: float | None
    wavevector: tuple[float, ...] | None
    valley: float | None
    significance: float | None
    open_sides: tuple[str, ...]


@dataclass(frozen=True)
class Gap:
    """Dopings between which the crystal separates, and the temperatures at which it does."""

    at: dict[str, float | str]
    doping: tuple[float, float]
    coldest: float
    hottest: float


@dataclass(frozen=True)
class Findings:
    """All that a diagram says.

    Attributes
    ----------
    title, run_file, unit
        Of the diagram; the unit of temperatures, empty where they are reduced.
    axes
        What was scanned: its values, or where they are many how many from where to where.
    points, measured, equilibrated
        Points of the grid, those that were run, and of these those that equilibrated.
    transitions, domes, coexistence
        What was found.
    undecided
        Lines in words.
    sweeps
        A ladder was run for at most, None where the diagram does not say.
    """

    title: str
    run_file: str
    unit: str
    axes: dict[str, str]
    points: int
    measured: int
    equilibrated: int
    transitions: tuple[Transition, ...]
    domes: tuple[FoundDome, ...]
    coexistence: tuple[Gap, ...]
    undecided: tuple[str, ...]
    sweeps: int | None

    @property
    def share(self) -> float:
        """Share of the measured points that equilibrated."""
        return self.equilibrated / max(self.measured, 1)

    def to_json(self) -> str:
        """The record as JSON; what is not known is ``null``."""
        return json.dumps(asdict(self) | {"share_equilibrated": self.share}, indent=1)


def findings(tree: xr.DataTree) -> Findings:
    """What a whole diagram says; with samples of disorder, what their averages say.

    Examples
    --------
    >>> import mcsc
    >>> from mcsc.report import findings
    >>> found = findings(mcsc.load("short.nc"))
    >>> found.points, found.measured, len(found.domes)
    (6, 6, 0)
    """
    whole, groups = groups_of(tree), groups_of(averaged(tree))
    root, health = groups["/"], whole["health"]
    unit = str(root["temperature"].attrs.get("units", "1")).replace("1", "")
    # without displaced states nothing can be displaced
    lines = [line for line in LINES if line in root and (line == "T_charge" or "regime" in root)]
    transitions = tuple(t for line in lines for t in _transitions(root, line))
    domes = tuple(
        d for line in lines if LINES[line] in groups for d in _domes(groups[LINES[line]], line)
    )
    converged = health["converged"].values
    measured = _measured(whole["/"], health)
    settings = json.loads(str(tree.attrs.get("config_complete_json", "{}")))
    sweeps = int(health["sweeps"].max()) if "sweeps" in health else None
    equilibrated = int(((converged == 1) & measured).sum())
    found = Findings(
        str(tree.attrs.get("title") or settings.get("title") or "phase diagram"),
        str(tree.attrs.get("run_file", "")), unit, _axes(whole["/"]), converged.size,
        int(measured.sum()), equilibrated, transitions, domes,
        tuple(_gaps(groups.get("coexistence"))), (), sweeps,
    )  # fmt: skip
    return Findings(**{**found.__dict__, "undecided": tuple(_undecided(found, root, health))})


def listed(names: list[str], most: int = _NAMED) -> str:
    """Names one after the other, of many the first and how many more; a common word once."""
    word = names[0].partition(" ")[0] + " " if names else ""
    if len(names) > 1 and all(n.startswith(word) and ", " not in n for n in names):
        shown = word + ", ".join(n.removeprefix(word) for n in names[:most])
    else:
        shown = "; ".join(names[:most])
    more = len(names) - most
    return shown + (f"; and at {counted(more, 'more point')}" if more > 0 else "")


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


def _places(root: xr.Dataset, line: str) -> Iterator[tuple[dict[str, float | str], xr.Dataset]]:
    """Every place of a line, the carriers last but named first."""
    along = carrier_axis(root[line].dims)
    others = [str(d) for d in root[line].dims if d not in CARRIER_AXES]
    for where in np.ndindex(*(root.sizes[d] for d in [*others, along])):
        at = root.isel(dict(zip([*others, along], where, strict=True)))
        yield {name: _plain(at[name].item()) for name in (along, *others)}, at


def _transitions(root: xr.Dataset, line: str) -> Iterator[Transition]:
    names = [n for n in root.data_vars if str(n).startswith((line, "charge_order_onset"))]
    table = root[names]
    for at, here in _places(table, line):
        t = _number(here, line)
        there = t is not None
        onset = _number(here, "charge_order_onset") if line == "T_charge" else None
        yield Transition(
            line, at, t, _number(here, f"{line}_stderr"), _number(here, f"{line}_stderr_size"),
            _number(here, f"{line}_upper_bound"), _wave(here, f"{line}_wavevector"),
            meaning(here[f"{line}_order"]) if there and f"{line}_order" in here else "",
            meaning(here[f"{line}_method"]) if there and f"{line}_method" in here else "",
            bool(here[f"{line}_converged"] == 1) if there and f"{line}_converged" in here else None,
            None if there else onset, "" if there else _text(here, f"{line}_reason"),
            free_of(here) if line == "T_collective" else None,
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
    for where in np.ndindex(*(group.sizes[d] for d in axes)):
        at = group.isel(dict(zip(axes, where, strict=True)))
        for k in range(group.sizes["region"]):
            low, high = (at[f"doping_{end}"].isel(region=k).values for end in ("low", "high"))
            here = np.flatnonzero(np.isfinite(low) & np.isfinite(high))
            if len(here):
                place = {name: _plain(at[name].item()) for name in axes}
                ends = (float(low[here[0]]), float(high[here[0]]))
                yield Gap(place, ends, float(t[here[0]]), float(t[here[-1]]))


def _undecided(found: Findings, root: xr.Dataset, health: xr.Dataset) -> Iterator[str]:
    if found.measured < found.points:
        yield f"{counted(found.points - found.measured, 'point')} of {found.points} not run"
    unknown = [
        t for t in found.transitions
        if t.line == "T_charge" and t.temperature is None and "not equilibrated" in t.reason
    ]  # fmt: skip
    if unknown:
        where = [f"{t.place} ({_below(t, found.unit)})" for t in unknown]
        yield f"whether charge orders where no transition is seen: {listed(where)}"
    short = [t.place for t in found.transitions if t.equilibrated is False]
    if short:
        yield f"transition temperatures of runs that are too short there: {listed(short)}"
    kinds = [t.place for t in found.transitions if t.order == "undecided"]
    if kinds:
        yield f"whether the transition is continuous or of first order: {listed(kinds)}"
    sides = [f"{_at(d)} on the {' and '.join(d.open_sides)}" for d in found.domes if d.open_sides]
    if sides:
        yield f"how deep the valley beside a dome is: {listed(sides)}"
    yield from (line for line in partner_lines(root) if line.startswith("T_charge "))
    yield from health_lines(health)
    sized = any(t.stderr_size is not None for t in found.transitions)
    if any(t.temperature is not None for t in found.transitions) and not sized:
        yield "how far temperatures are off those of the infinite crystal: one size"


def _below(transition: Transition, unit: str) -> str:
    """The temperature from which on a place without a transition did not equilibrate."""
    said = transition.reason.rpartition("not equilibrated at ")[2].partition(" and below")[0]
    return f"not below {said} {unit}".strip()


def _at(dome: FoundDome) -> str:
    return ", ".join(f"{name.replace('_', ' ')} {_shown(x)}" for name, x in dome.at.items())


def health_lines(health: xr.Dataset) -> list[str]:
    """Lines about the group ``health`` of a diagram; none where nothing has to be said."""
    return [*_glassy(health), *_lengths(health)]


def _glassy(health: xr.Dataset) -> Iterator[str]:
    """Where independent annealings disagree, and up to which temperature."""
    if "glassy" not in health:
        return
    temperature = health["temperature"]
    unit = temperature.attrs.get("units", "1")
    found = []
    for name, at in _points(health):
        flags = at["glassy"].values == 1
        if flags.any():
            highest = float(temperature.values[flags].max())
            shown = f"{highest:.4g}" + ("" if unit == "1" else f" {unit}")
            found.append(f"{name} ({flags.sum()} of {flags.size} temperatures, up to {shown})")
    if found:
        yield f"glassy, for independent annealings disagree: {listed(found)}"


def _lengths(health: xr.Dataset) -> Iterator[str]:
    """How the points ended that run until their error is small enough."""
    if "stopped_by" not in health:
        return
    meanings = health["stopped_by"].attrs["flag_meanings"].split()
    ended: dict[str, list[str]] = {meaning: [] for meaning in meanings}
    for name, at in _points(health):
        ended[meanings[int(at["stopped_by"])]].append(name)
    yield (
        f"run lengths: the error asked for is met at {len(ended['target_met'])} of "
        f"{sum(map(len, ended.values()))} points, {len(ended['no_transition'])} have no transition"
    )
    if ended["budget_ended"]:
        yield f"the sweeps ended before: {listed(ended['budget_ended'])}"


def _points(health: xr.Dataset) -> Iterator[tuple[str, Any]]:
    """Every point of the grid in words, and its entries."""
    dims = [str(dim) for dim in health["sweeps"].dims]
    axes = {dim: health[dim] for dim in dims}
    for where in np.ndindex(*(health.sizes[dim] for dim in dims)):
        at = health.isel(dict(zip(dims, where, strict=True)))
        yield place_name(axes, where), at


def _plain(value: Any) -> float | str:
    return value if isinstance(value, str) else float(value)


def _shown(value: float | str) -> str:
    return value if isinstance(value, str) else f"{value:.4g}"


def free_of(at: xr.Dataset) -> float | None:
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
