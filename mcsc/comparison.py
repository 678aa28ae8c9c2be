"""A diagram beside what was measured on the material: where they agree and where they do not.

In the static picture superconductivity is the collective displacement, so that measured T_c stands
beside T_collective, and charge density waves beside T_charge. A diagram without fields has no
T_collective; T_charge then stands in, and the comparison says so. Nothing is fitted.
"""

from __future__ import annotations

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


def model_lines(root: xr.Dataset, along: str, variable: str) -> tuple[Line, Line]:
    """The lines that stand beside measured T_c and beside charge density waves.

    Parameters
    ----------
    root
        Root group of a diagram in kelvin; of further axes the first value is taken, of fields the
        largest for T_collective.
    along
        ``"doping"``, or another axis of the diagram such as ``"pressure"``.
    variable
        What this axis counts, in the words of the measured facts.

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
    facts: tuple[Measured, ...],
    domes: dict[str, xr.Dataset],
    superconducting: Line,
    charge: Line,
) -> list[Compared]:
    """Put the model's counterpart beside every measured fact.

    Parameters
    ----------
    facts
        What was measured.
    domes
        Groups ``domes`` and ``domes_collective`` of the diagram by the name of their line.
    superconducting, charge
        From :func:`model_lines`.

    Returns
    -------
    One row a fact, in their order. A dome stands beside the nearest dome of the model, a dip or an
    anomaly beside the nearest local minimum, a charge density wave beside T_charge of the nearest
    point scanned, the highest T_c beside the highest point of the line.
    """
    tops = _tops(domes.get(superconducting.name), superconducting)
    rows = []
    for fact in facts:
        line = charge if fact.feature == "cdw" else superconducting
        if fact.feature == "highest":
            rows.append(_beside(fact, line, np.arange(len(line.position)), highest=True))
        elif fact.feature == "dome":
            rows.append(_beside(fact, line, tops))
        elif fact.feature == "cdw":
            rows.append(_beside(fact, line, np.arange(len(line.position))))
        elif fact.feature == "plateau":
            rows.append(_plateau(fact, line))
        else:
            rows.append(_beside(fact, line, minima(line)))
    return rows


def minima(line: Line) -> npt.NDArray[np.int64]:
    """Points of a line lower than both neighbours; one without a transition counts as zero."""
    t = np.nan_to_num(line.temperature)
    inner = (t[1:-1] < t[:-2]) & (t[1:-1] < t[2:])
    return np.flatnonzero(inner) + 1


def _tops(domes: xr.Dataset | None, line: Line) -> npt.NDArray[np.int64]:
    """Points of a line that are domes."""
    if domes is None or domes.sizes["dome"] == 0:
        return np.zeros(0, dtype=np.int64)
    places = np.abs(domes["doping"].values[:, None] - line.position).argmin(axis=1)
    same = np.isclose(domes["temperature"].values, line.temperature[places])
    return np.unique(places[same])


def _beside(
    fact: Measured, line: Line, candidates: npt.NDArray[np.int64], *, highest: bool = False
) -> Compared:
    nothing = {"dome": "no dome", "dip": "no dip", "anomaly": "no minimum"}
    if len(candidates) == 0:
        return _without(fact, line, f"the model has {nothing.get(fact.feature, 'no such point')}")
    if highest:
        if not np.isfinite(line.temperature).any():
            return _without(fact, line, "the model has no transition")
        place = int(np.nanargmax(line.temperature))
    elif fact.variable != line.variable or not np.isfinite(fact.position):
        counted = fact.variable or "not reported"
        return _without(fact, line, f"position {counted}: this diagram is over {line.variable}")
    else:
        place = int(candidates[np.abs(line.position[candidates] - fact.position).argmin()])
    remarks = [] if fact.feature == "cdw" or line.name == "T_collective" else ["T_charge stands in"]
    remarks += _wave_remark(fact, line.wavevector[place])
    low, high = line.position[0], line.position[-1]
    if np.isfinite(fact.position) and not highest and not low <= fact.position <= high:
        remarks.append("outside the scan")
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
