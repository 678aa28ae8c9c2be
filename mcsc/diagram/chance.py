"""What agreement of a diagram with measurements is worth: against chance, and at dips."""

from dataclasses import dataclass, replace
from itertools import combinations
from math import comb, nan

import numpy as np
from scipy.stats import rankdata, spearmanr

from mcsc.diagram.lines import Line, Points
from mcsc.diagram.measured import Curve, Measured

# more placements of domes, and all shuffles of a curve, are drawn instead of enumerated
_ENUMERATED, _DRAWN = 20_000, 9_999
_LEAST_POINTS = 5


@dataclass(frozen=True)
class Chance:
    """How often chance does as well as the model, of one system.

    system: The compound measured.
    domes, distance, p_domes: Measured domes within the scan, their mean distance to the nearest
        dome of the model, and the share of random positions for as many domes at scanned positions
        that come as near; NaN without domes.
    points, rank, p_rank: Points of the measured curve between those where the model orders, the
        rank correlation of T_c with it, and the share of shuffles of the curve that are as high;
        NaN below five.
    dips: Positions of measured dips that are nearer to a dome of the model than every measured dome
        of the system is to that one: a failure.
    """

    system: str
    domes: int
    distance: float
    p_domes: float
    points: int
    rank: float
    p_rank: float
    dips: tuple[float, ...]

    @property
    def beaten(self) -> bool:
        """Whether chance does worse by both measures that are known, and no dip is a dome."""
        known = [p for p in (self.p_domes, self.p_rank) if np.isfinite(p)]
        return bool(known) and max(known) < 0.05 and not self.dips


def chances(
    facts: tuple[Measured, ...],
    curves: tuple[Curve, ...],
    line: Line,
    tops: Points,
    onset: Line | None = None,
) -> tuple[Chance, ...]:
    """Each system that is measured over what the line is over, against chance.

    facts, curves: Of one material.
    line: Of the model, that stands beside T_c.
    tops: Its domes.
    onset: What measured curves are compared with where the line has no temperature.
    """
    filled = line
    if onset is not None:
        missing = np.isnan(line.temperature)
        filled = replace(line, temperature=np.where(missing, onset.temperature, line.temperature))
    found = []
    systems = dict.fromkeys([f.system for f in facts if f.variable] + [c.system for c in curves])
    for system in systems:
        own = [f for f in facts if f.system == system and f.variable == line.variable]
        low, high = line.position[[0, -1]]
        of_feature = {
            feature: np.array([f.position for f in own if f.feature == feature])
            for feature in ("dome", "dip")
        }
        domes = of_feature["dome"]
        domes = domes[(domes >= low) & (domes <= high)]
        distance, p_domes = _placed(domes, line, tops)
        curve = [c for c in curves if c.system == system and c.variable == line.variable]
        points, rank, p_rank = _ranked(curve[0], filled) if curve else (0, nan, nan)
        dips = _on_domes(of_feature["dip"], of_feature["dome"], line.position[tops])
        if len(domes) or points or len(of_feature["dip"]):
            found.append(Chance(system, len(domes), distance, p_domes, points, rank, p_rank, dips))
    return tuple(found)


def _placed(measured: np.ndarray, line: Line, tops: Points) -> tuple[float, float]:
    """Mean distance of measured domes to those of the model, and its p value."""
    if not len(measured) or not len(tops):
        return nan, nan
    apart = np.abs(measured[:, None] - line.position[None])

    def distance(columns: np.ndarray) -> float:
        return float(apart[:, columns].min(axis=1).mean())

    # a dome of the model has a neighbour on either side
    inside, n = np.arange(1, len(line.position) - 1), len(tops)
    if n > len(inside):
        return distance(tops), 1.0
    if comb(len(inside), n) <= _ENUMERATED:
        drawn = [np.array(columns) for columns in combinations(inside, n)]
    else:
        rng = np.random.default_rng(0)
        drawn = [rng.choice(inside, n, replace=False) for _ in range(_DRAWN)]
    own = distance(tops)
    return own, float(np.mean([distance(columns) <= own + 1e-12 for columns in drawn]))


def _ranked(curve: Curve, line: Line) -> tuple[int, float, float]:
    """Points in common, rank correlation of a measured curve with the model, and its p value."""
    model = np.interp(curve.position, line.position, line.temperature, left=nan, right=nan)
    known = np.isfinite(model)
    measured, model = curve.temperature[known], model[known]
    if len(measured) < _LEAST_POINTS or not np.ptp(model):
        return len(measured), nan, nan
    rank = float(spearmanr(measured, model).statistic)
    rng = np.random.default_rng(0)
    # of ranks about their mean the correlation is a product, whatever their order
    one, two = (rankdata(v) - (len(v) + 1) / 2 for v in (measured, model))
    shuffled = rng.permuted(np.tile(one, (_DRAWN, 1)), axis=1) @ two
    reached = int(np.sum(shuffled >= one @ two - 1e-9))
    return len(measured), rank, (1 + reached) / (1 + _DRAWN)


def _on_domes(dips: np.ndarray, domes: np.ndarray, tops: np.ndarray) -> tuple[float, ...]:
    """Dips at which the model has a dome: one nearer to it than to any measured dome."""
    if not len(tops):
        return ()
    found = []
    for dip in dips:
        top = tops[np.abs(tops - dip).argmin()]
        if not len(domes) or abs(top - dip) < np.abs(domes - top).min():
            found.append(float(dip))
    return tuple(found)
