"""One measured fact beside the point of the model that answers to it."""

from dataclasses import dataclass

import numpy as np

from mcsc.arrays import FloatArray
from mcsc.diagram.lines import Line, Points
from mcsc.diagram.measured import Measured


@dataclass(frozen=True)
class Compared:
    """A measured fact and what the model has for it.

    fact: What was measured.
    line: The transition temperature of the model it stands beside.
    position, temperature, stderr: Of the model's counterpart; NaN where it has none.
    remark: What is missing or differs, in words; empty where nothing is.
    """

    fact: Measured
    line: str
    position: float
    temperature: float
    stderr: float
    remark: str


def paired(facts: tuple[Measured, ...], tops: Points, line: Line) -> dict[int, Points]:
    """For the domes among the facts, by number, the one dome of the model beside each.

    Each dome of the model stands beside one of a system at most: those that are nearest to each
    other, or where no position is reported the highest, in order.
    """
    from scipy.optimize import linear_sum_assignment

    found: dict[int, Points] = {}
    domes = [i for i, fact in enumerate(facts) if fact.feature == "dome"]
    for system in dict.fromkeys(facts[i].system for i in domes):
        own = [i for i in domes if facts[i].system == system]
        placed = [i for i in own if facts[i].variable == line.variable]
        positions = np.array([facts[i].position for i in placed])
        apart = np.abs(positions[:, None] - line.position[tops])
        for row, column in zip(*linear_sum_assignment(apart), strict=True):
            found[placed[row]] = tops[[column]]
        unplaced = [i for i in own if not facts[i].variable]
        highest = np.argsort(-line.temperature[tops])[: len(unplaced)]
        found |= {i: np.array([top]) for i, top in zip(unplaced, np.sort(tops[highest]))}  # noqa: B905
    return found


def beside(fact: Measured, line: Line, candidates: Points, tops: Points) -> Compared:
    """The fact beside one of the candidates, points of the line; its domes are at ``tops``."""
    if fact.variable and fact.variable != line.variable and fact.feature != "highest":
        return _without(fact, line, f"over {fact.variable}; this diagram: {line.variable}")
    if len(candidates) == 0:
        missing = {"dome": "dome for this one", "dip": "dip", "anomaly": "dome or minimum"}
        return _without(fact, line, f"the model has no {missing.get(fact.feature, 'transition')}")
    remarks = [] if fact.feature == "cdw" or line.name == "T_collective" else ["T_charge stands in"]
    if fact.feature == "highest" or (fact.feature == "cdw" and not fact.variable):
        here = candidates[np.nanargmax(line.temperature[candidates])]
        remarks += ["the highest of the scan"] if fact.feature == "cdw" else []
    elif not fact.variable:
        here = candidates[0]
        remarks.append("paired in order with the highest: its position is not reported")
    else:
        here = _nearest(fact, line, candidates)
        if not line.position[0] <= fact.position <= line.position[-1]:
            remarks.append("outside the scan")
        if fact.feature == "dip" and len(tops):
            top = _nearest(fact, line, tops)
            if abs(line.position[top] - fact.position) < abs(line.position[here] - fact.position):
                remarks.append(f"nearer, at {line.position[top]:.4g}, the model has a dome")
    remarks += _wave_remark(fact, line.wavevector[here])
    x, t, error = (float(v[here]) for v in (line.position, line.temperature, line.stderr))
    return Compared(fact, line.name, x, t, error, "; ".join(remarks))


def _nearest(fact: Measured, line: Line, candidates: Points) -> int:
    return int(candidates[np.abs(line.position[candidates] - fact.position).argmin()])


def plateau(fact: Measured, line: Line) -> Compared:
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
