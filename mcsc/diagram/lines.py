"""Transition temperatures of a diagram over one coordinate, and their domes and minima."""

from dataclasses import dataclass

import numpy as np
import xarray as xr

from mcsc.arrays import FloatArray, IntArray

Points = IntArray
"""Indices on a line."""


@dataclass(frozen=True)
class Line:
    """A transition temperature of the model over one coordinate, ascending.

    name: ``"T_charge"`` or ``"T_collective"``.
    variable: What ``position`` counts.
    position, temperature, stderr: (n,); temperatures in K, NaN where there is no transition.
    wavevector: (n, 3) of the order, reciprocal lattice units; NaN where there is none.
    """

    name: str
    variable: str
    position: FloatArray
    temperature: FloatArray
    stderr: FloatArray
    wavevector: FloatArray


def model_lines(root: xr.Dataset, along: str = "doping") -> tuple[Line, Line]:
    """The lines that stand beside measured T_c and beside charge density waves.

    root: Root group of a diagram in kelvin; of further axes the first value is taken, of fields the
        largest for T_collective.
    along: ``"doping"``, whose long name says what it counts in the words of the measured facts, or
        another axis of the diagram such as ``"pressure"``, whose unit says it.

    Raises ValueError if the diagram has no such axis or is in reduced units.
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


def onset_line(root: xr.Dataset, along: str = "doping") -> Line | None:
    """Where charge order sets in without a transition, as a line beside T_charge; None without."""
    name = "charge_order_onset"
    if name not in root or along not in root[name].dims or not root[name].notnull().any():
        return None
    line, _ = model_lines(root, along)
    return _line(root, name, along, line.variable)


def _line(root: xr.Dataset, name: str, along: str, variable: str) -> Line:
    first = {dim: 0 for dim in root[name].dims if dim != along}
    if name == "T_collective" and "field" in first:
        first["field"] = root.sizes["field"] - 1
    at, waves = root.sortby(along).isel(first), f"{name}_wavevector"
    position, temperature, stderr = (
        at[key].values.astype(np.float64) for key in (along, name, f"{name}_stderr")
    )
    none = np.full((at.sizes[along], 3), np.nan)
    wavevector = at[waves].transpose(along, "hkl").values if waves in at else none
    return Line(name, variable, position, temperature, stderr, wavevector)


def maxima(line: Line) -> Points:
    """Points of a line higher than both neighbours."""
    return _peaks(np.nan_to_num(line.temperature))


def minima(line: Line) -> Points:
    """Points of a line lower than both neighbours; one without a transition counts as zero."""
    return _peaks(-np.nan_to_num(line.temperature))


def _peaks(t: FloatArray) -> Points:
    return np.flatnonzero((t[1:-1] > t[:-2]) & (t[1:-1] > t[2:])) + 1


def dome_points(domes: xr.Dataset, line: Line) -> Points:
    """Points of a line that are domes with both sides measured."""
    domes = domes.isel(dome=np.flatnonzero(domes["bounded"].values == 1))
    if domes.sizes["dome"] == 0:
        return np.zeros(0, dtype=np.int64)
    nearest = np.abs(domes["dome_doping"].values[:, None] - line.position).argmin(axis=1)
    same = np.isclose(domes["dome_temperature"].values, line.temperature[nearest])
    return np.unique(nearest[same])
