"""Measured facts about the shipped materials: domes, dips and plateaus of T_c, charge order.

A handful of headline numbers a material, each with its source; no curve of any paper.
"""

from __future__ import annotations

import csv
from dataclasses import dataclass
from importlib.resources import files

FEATURES = ("dome", "dip", "plateau", "highest", "cdw", "anomaly")


@dataclass(frozen=True)
class Measured:
    """One measured fact.

    Attributes
    ----------
    material
        Shipped material that it is about.
    system
        The compound measured, with what was varied.
    feature
        ``"dome"``, ``"dip"`` or ``"plateau"`` of T_c, its ``"highest"`` value, the onset of a
        charge density wave, ``"cdw"``, or an ``"anomaly"`` of other kind at a doping.
    variable
        What ``position`` counts, such as ``"holes per formula unit"``; empty where it is not known.
    position, position_end
        Where it is, and where a plateau ends; NaN where not reported.
    temperature, temperature_stderr
        K; NaN where not reported.
    wavevector
        Of charge order, reciprocal lattice units; None where not reported.
    source
        Where the numbers come from.
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


def measured_facts(material: str) -> tuple[Measured, ...]:
    """Measured facts about a material, in the order of the packaged table.

    Raises
    ------
    ValueError
        If the table has no row for it; the message lists what it has.
    """
    table = files("mcsc").joinpath("materials", "measured.csv").read_text(encoding="utf-8")
    rows = list(csv.DictReader(table.splitlines()))
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
