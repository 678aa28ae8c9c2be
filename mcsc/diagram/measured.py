"""Measured facts about the shipped materials: domes, dips and plateaus of T_c, charge order.

A handful of headline numbers a material, and about ten points of T_c over doping from a public
collection of such numbers, each with its source; no curve of any paper.
"""

import csv
from dataclasses import dataclass
from importlib.resources import files

import numpy as np

from mcsc.arrays import FloatArray

FEATURES = ("dome", "dip", "plateau", "highest", "cdw", "anomaly")


@dataclass(frozen=True)
class Measured:
    """One measured fact.

    material: Shipped material that it is about.
    system: The compound measured, with what was varied.
    feature: ``"dome"``, ``"dip"`` or ``"plateau"`` of T_c, its ``"highest"`` value, the onset of a
        charge density wave, ``"cdw"``, or an ``"anomaly"`` of other kind at a doping.
    variable: What ``position`` counts, such as ``"holes per formula unit"``; empty where it is not
        known.
    position, position_end: Where it is, and where a plateau ends; NaN where not reported.
    temperature, temperature_stderr: K; NaN where not reported.
    wavevector: Of charge order, reciprocal lattice units; None where not reported.
    source: Where the numbers come from.
    """

    material: str
    system: str
    feature: str
    variable: str
    position: float
    position_end: float
    temperature: float
    temperature_stderr: float
    wavevector: tuple[float, float, float] | None
    source: str


@dataclass(frozen=True)
class Curve:
    """Measured T_c of one system over what its doping counts.

    system, variable: As of :class:`Measured`.
    position, temperature: (n,) ascending, and T_c in K.
    source: Where the numbers come from.
    """

    system: str
    variable: str
    position: FloatArray
    temperature: FloatArray
    source: str


def measured_curves(material: str) -> tuple[Curve, ...]:
    """Measured T_c over doping of the systems of a material; none for most."""
    rows = [row for row in _table("curves.csv") if row["material"] == material]
    found = []
    for system in dict.fromkeys(row["system"] for row in rows):
        own = [row for row in rows if row["system"] == system]
        position, kelvin = (np.array([float(r[k]) for r in own]) for k in ("position", "kelvin"))
        found.append(Curve(system, own[0]["variable"], position, kelvin, own[0]["source"]))
    return tuple(found)


def _table(name: str) -> list[dict[str, str]]:
    text = files("mcsc").joinpath("materials", name).read_text(encoding="utf-8")
    return list(csv.DictReader(text.splitlines()))


def measured_facts(material: str) -> tuple[Measured, ...]:
    """Measured facts about a material, in the order of the packaged table.

    Raises ValueError if the table has no row for it; the message lists what it has.
    """
    rows = _table("measured.csv")
    found = tuple(_fact(row) for row in rows if row["material"] == material)
    if not found:
        known = ", ".join(sorted({row["material"] for row in rows}))
        raise ValueError(f"material '{material}': no measured facts; there are some for {known}")
    return found


def _fact(row: dict[str, str]) -> Measured:
    keys = ("position", "position_end", "kelvin", "kelvin_stderr")
    start, end, kelvin, error = (float(row[key] or "nan") for key in keys)
    h, k, l = map(float, row["wavevector"].split() or (0, 0, 0))  # noqa: E741
    wave = (h, k, l) if row["wavevector"] else None
    return Measured(
        row["material"], row["system"], row["feature"], row["variable"],
        start, end, kelvin, error, wave, row["source"],
    )  # fmt: skip
