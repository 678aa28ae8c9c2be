"""A diagram beside what was measured on the material: where they agree and where they do not.

In the static picture superconductivity is the collective displacement, so that measured T_c stands
beside T_collective, and charge density waves beside T_charge. A diagram without fields has no
T_collective; T_charge then stands in, and the comparison says so. Nothing is fitted.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import xarray as xr

from mcsc.measured import Measured

FloatArray = npt.NDArray[np.float64]


@dataclass(frozen=True)
class Line:
    """A transition temperature of the model over one coordinate, ascending.

    Attributes
    ----------
    name
        ``"T_charge"`` or ``"T_collective"``.
    variable
        What ``position`` counts.
    position, temperature, stderr
        (n,); temperatures in K, NaN where there is no transition.
    wavevector
        (n, 3) of the order, reciprocal lattice units; NaN where there is none.
    """

    name: str
    variable: str
    position: FloatArray
    temperature: FloatArray
    stderr: FloatArray
    wavevector: FloatArray


@dataclass(frozen=True)
class Compared:
    """A measured fact and what the model has in its place.

    Attributes
    ----------
    fact
        What was measured.
    line
        The transition temperature of the model it stands beside.
    position, temperature, stderr
        Of the model's counterpart; NaN where it has none.
    remark
        What is missing or differs, in words; empty where nothing is.
    """

    fact: Measured
    line: str
    position: float
    temperature: float
    stderr: float
    remark: str


@dataclass(frozen=True)
class Comparison:
    """All facts about a material beside the model.

    Attributes
    ----------
    material
        Its name.
    facts, rows
        What was measured, and each of it beside the model.
    lines
        The lines of the model that stand beside T_c and beside charge density waves.
    measured_domes
        Domes of T_c a system has over what the lines are over; systems without one left out.
    model_domes
        Domes of the first line.
    """

    material: str
    facts: tuple[Measured, ...]
    rows: tuple[Compared, ...]
    lines: tuple[Line, Line]
    measured_domes: dict[str, int]
    model_domes: int


def model_lines(root: xr.Dataset, along: str = "doping") -> tuple[Line, Line]:
    """The lines that stand beside measured T_c and beside charge density waves.

    Parameters
    ----------
    root
        Root group of a diagram in kelvin; of further axes the first value is taken, of fields the
        largest for T_collective.
    along
        ``"doping"``, whose long name says what it counts in the words of the measured facts, or
        another axis of the diagram such as ``"pressure"``, whose unit says it.

    Raises
    ------
    ValueError
        If the diagram has no such axis or is in reduced units.
    """
    if along not in root["T_charge"].dims:
        axes = ", ".join(map(str, root["T_charge"].dims))
        raise ValueError(f"no axis '{along}' in this diagram; it has {axes}")
    if root["temperature"].attrs.get("units") != "K":
        raise ValueError("this diagram is in reduced units: run the material itself to compare")
    attributes = root[along].attrs
    variable = str(attributes.get("long_name" if along == "doping" else "units", along))
    charge = _line(root, "T_charge", along, variable)
    collective = _line(root, "T_collective", along, variable) if "T_collective" in root else charge
    return (collective if np.isfinite(collective.temperature).any() else charge), charge


def _line(root: xr.Dataset, name: str, along: str, variable: str) -> Line:
    ordered = root.sortby(along)
    place = {dim: 0 for dim in root[name].dims if dim != along}
    if name == "T_collective" and "field" in place:
        place["field"] = root.sizes["field"] - 1
    at = ordered.isel(place)
    n = at.sizes[along]
    waves = f"{name}_wavevector"
    return Line(
        name,
        variable,
        at[along].values.astype(np.float64),
        at[name].values.astype(np.float64),
        at[f"{name}_stderr"].values.astype(np.float64),
        at[waves].transpose(along, "hkl").values if waves in at else np.full((n, 3), np.nan),
    )


def compare(
    material: str,
    facts: tuple[Measured, ...],
    groups: Mapping[str, xr.Dataset],
    along: str = "doping",
) -> Comparison:
    """Put the model's counterpart beside every measured fact.

    A dome stands beside the nearest dome of the model, a dip or an anomaly beside the nearest local
    minimum, a charge density wave beside T_charge of the nearest point scanned, the highest T_c
    beside the highest point of the line. Where no position is reported, the domes of
    a system pair in their order with as many of the model, its highest, and a charge density wave
    stands beside the highest T_charge.

    Parameters
    ----------
    material, facts
        What was measured, and on what.
    groups
        A diagram: ``/``, ``domes`` and ``domes_collective``; with samples of disorder their
        averages, ``disorder_average`` and ``domes_disorder_average``, take their place.
    along
        See :func:`model_lines`.

    Raises
    ------
    ValueError
        As :func:`model_lines`.
    """
    averaged = "disorder_average" in groups
    root = groups["disorder_average"] if averaged else groups["/"]
    lines = superconducting, charge = model_lines(root, along)
    domes = {"T_charge": "domes", "T_collective": "domes_collective"}[superconducting.name]
    found = groups.get("domes_disorder_average" if averaged else domes)
    # significance is known of domes over doping
    if found is None or along != "doping" or (averaged and superconducting.name != "T_charge"):
        tops = _maxima(superconducting)
    else:
        tops = _tops(found, superconducting)
    rows = []
    for fact in facts:
        line = charge if fact.feature == "cdw" else superconducting
        everywhere = np.flatnonzero(np.isfinite(line.temperature))
        candidates = {
            "dome": tops,
            "cdw": np.arange(len(line.position)) if fact.variable else everywhere,
            "highest": everywhere,
        }.get(fact.feature, minima(line))
        same = [f for f in facts if (f.system, f.feature) == (fact.system, fact.feature)]
        if fact.feature == "dome" and not fact.variable:
            highest = np.argsort(-superconducting.temperature[tops])[: len(same)]
            candidates = np.sort(tops[highest])
        rows.append(
            _plateau(fact, line)
            if fact.feature == "plateau"
            else _beside(fact, line, candidates, same.index(fact))
        )
    counted = [
        f.system for f in facts if f.feature == "dome" and f.variable in (charge.variable, "")
    ]
    measured = {system: counted.count(system) for system in dict.fromkeys(counted)}
    return Comparison(material, facts, tuple(rows), lines, measured, len(tops))


def _maxima(line: Line) -> npt.NDArray[np.int64]:
    """Points of a line higher than both neighbours."""
    t = np.nan_to_num(line.temperature)
    return np.flatnonzero((t[1:-1] > t[:-2]) & (t[1:-1] > t[2:])) + 1


def minima(line: Line) -> npt.NDArray[np.int64]:
    """Points of a line lower than both neighbours; one without a transition counts as zero."""
    t = np.nan_to_num(line.temperature)
    inner = (t[1:-1] < t[:-2]) & (t[1:-1] < t[2:])
    return np.flatnonzero(inner) + 1


def _tops(domes: xr.Dataset, line: Line) -> npt.NDArray[np.int64]:
    """Points of a line that are domes."""
    if domes.sizes["dome"] == 0:
        return np.zeros(0, dtype=np.int64)
    places = np.abs(domes["doping"].values[:, None] - line.position).argmin(axis=1)
    same = np.isclose(domes["temperature"].values, line.temperature[places])
    return np.unique(places[same])


def _beside(fact: Measured, line: Line, candidates: npt.NDArray[np.int64], rank: int) -> Compared:
    """The fact beside one of the candidates, points of the line."""
    if len(candidates) == 0:
        missing = {"dome": "dome", "dip": "dip", "anomaly": "minimum"}
        return _without(fact, line, f"the model has no {missing.get(fact.feature, 'transition')}")
    remarks = [] if fact.feature == "cdw" or line.name == "T_collective" else ["T_charge stands in"]
    if fact.feature == "highest" or (fact.feature == "cdw" and not fact.variable):
        place = candidates[np.nanargmax(line.temperature[candidates])]
        remarks += ["the highest of the scan"] if fact.feature == "cdw" else []
    elif fact.feature == "dome" and not fact.variable:
        if rank >= len(candidates):
            return _without(fact, line, f"the model has {len(candidates)} only")
        place = candidates[rank]
        remarks.append("paired in order with the highest: its position is not reported")
    elif fact.variable != line.variable:
        return _without(fact, line, f"over {fact.variable}; this diagram: {line.variable}")
    else:
        place = candidates[np.abs(line.position[candidates] - fact.position).argmin()]
        if not line.position[0] <= fact.position <= line.position[-1]:
            remarks.append("outside the scan")
    remarks += _wave_remark(fact, line.wavevector[place])
    return Compared(
        fact,
        line.name,
        float(line.position[place]),
        float(line.temperature[place]),
        float(line.stderr[place]),
        "; ".join(remarks),
    )


def _plateau(fact: Measured, line: Line) -> Compared:
    """How much the model varies where the measured T_c does not."""
    if fact.variable != line.variable:
        return _without(fact, line, f"in {fact.variable}: this diagram is over {line.variable}")
    inside = (line.position >= fact.position) & (line.position <= fact.position_end)
    known = line.temperature[inside & np.isfinite(line.temperature)]
    if len(known) < 2:
        return _without(fact, line, "fewer than two transitions of the model within")
    spread = (known.max() - known.min()) / known.mean()
    middle = (fact.position + fact.position_end) / 2
    return Compared(
        fact, line.name, middle, float(known.mean()), np.nan, f"the model varies by {spread:.0%}"
    )


def _without(fact: Measured, line: Line, remark: str) -> Compared:
    return Compared(fact, line.name, np.nan, np.nan, np.nan, remark)


def _wave_remark(fact: Measured, wave: FloatArray) -> list[str]:
    if fact.wavevector is None:
        return []
    if not np.isfinite(wave).all():
        return ["the model has no order there"]
    # a layer's order: the components in the plane, up to their order and sign, modulo a period
    folded = [np.sort(np.abs(q[:2] - np.rint(q[:2]))) for q in (np.array(fact.wavevector), wave)]
    if np.allclose(folded[0], folded[1], atol=0.01):
        return []
    shown = ", ".join(f"{q:.3g}" for q in wave)
    return [f"order at ({shown}) instead"]
