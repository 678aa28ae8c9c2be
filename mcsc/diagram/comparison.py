"""All facts about a material beside a diagram."""

from collections import Counter
from dataclasses import dataclass

import numpy as np
import xarray as xr

from mcsc.diagram.beside import Compared, beside, paired, plateau
from mcsc.diagram.chance import Chance, chances
from mcsc.diagram.lines import Line, dome_points, maxima, minima, model_lines, onset_line
from mcsc.diagram.measured import Curve, Measured
from mcsc.files.tree import group
from mcsc.text import Described, counted


@dataclass(frozen=True, repr=False)
class Comparison(Described):
    """All facts about a material beside the model.

    material: Its name.
    facts, rows: What was measured, and each of it beside the model.
    lines: The lines of the model that stand beside T_c and beside charge density waves.
    measured_domes: Domes of T_c a system has over what the lines are over; systems without one left
        out.
    model_domes: Domes of the first line; open ones are not compared.
    curves: Measured T_c over doping.
    chances: What agreement is worth, system by system.
    onset: Where charge order sets in without a transition, where T_charge stands beside T_c.
    """

    material: str
    facts: tuple[Measured, ...]
    rows: tuple[Compared, ...]
    lines: tuple[Line, Line]
    measured_domes: dict[str, int]
    model_domes: int
    curves: tuple[Curve, ...] = ()
    chances: tuple[Chance, ...] = ()
    onset: Line | None = None

    def _described(self) -> tuple[str, dict[str, str]]:
        measured = ", ".join(f"{n} in {system}" for system, n in self.measured_domes.items())
        title = f"{self.material}: {counted(len(self.rows), 'measured fact')} beside the model"
        domes = f"measured {measured or 'none'}; of {self.lines[0].name} {self.model_domes}"
        return title, {"over": self.lines[0].variable, "domes": domes}


def compare(
    material: str,
    facts: tuple[Measured, ...],
    tree: xr.DataTree,
    along: str = "doping",
    curves: tuple[Curve, ...] = (),
) -> Comparison:
    """Put the model's counterpart beside every measured fact.

    A dome stands beside the nearest dome of the model, each of which stands beside one of a system
    only; a dip beside the nearest local minimum, an anomaly beside the nearest dome or minimum, a
    charge density wave beside T_charge of the nearest point scanned, the highest T_c beside the
    highest point of the line. Where no position is reported, the domes of a system pair in their
    order with as many of the model, its highest, and a charge density wave stands beside the
    highest T_charge.

    material, facts, curves: What was measured, and on what.
    tree: A diagram: ``/``, ``domes`` and ``domes_collective``, without samples of disorder.
    along: See :func:`model_lines`.

    Raises ValueError: As :func:`model_lines`.
    """
    lines = superconducting, charge = model_lines(tree.to_dataset(), along)
    domes = {"T_charge": "domes", "T_collective": "domes_collective"}[superconducting.name]
    # which sides were measured is known over doping
    known = along == "doping" and domes in tree.children
    line = superconducting
    tops = dome_points(group(tree, domes), line) if known else maxima(line)
    pairs = paired(facts, tops, superconducting)
    rows = []
    for i, fact in enumerate(facts):
        line = charge if fact.feature == "cdw" else superconducting
        everywhere = np.flatnonzero(np.isfinite(line.temperature))
        candidates = {
            "dome": pairs.get(i, tops[:0]),
            "cdw": np.arange(len(line.position)) if fact.variable else everywhere,
            "highest": everywhere,
            "anomaly": np.union1d(tops, minima(line)),
        }.get(fact.feature, minima(line))
        flat = fact.feature == "plateau"
        rows.append(plateau(fact, line) if flat else beside(fact, line, candidates, tops))
    over = (charge.variable, "")
    domed = Counter(f.system for f in facts if f.feature == "dome" and f.variable in over)
    onset = onset_line(tree.to_dataset(), along) if superconducting is charge else None
    worth = chances(facts, curves, superconducting, tops, onset)
    return Comparison(
        material, facts, tuple(rows), lines, dict(domed), len(tops), curves, worth, onset
    )
