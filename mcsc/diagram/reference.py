"""The tables of the page docs/diagram.md: all variables of diagrams and of files of lowest states.

``python -m mcsc.diagram.reference docs/diagram.md`` makes them anew.
"""

import sys
from collections.abc import Iterable
from pathlib import Path

from mcsc.chain.protocol_results import OBSERVED
from mcsc.diagram.free_carriers import free_in_protocols, free_variables
from mcsc.observables import OBSERVABLES, grand_canonical_observables
from mcsc.units import SI
from mcsc.variables import GRID, HISTORY_AXES, TABLES, Variable

_SECTIONS = (
    ("Observables", "observables",
     "In the root. At fixed chemical potential those per carrier are per mean number of carriers, "
     "and `carriers_per_cell` and `compressibility` are measured too; displacements need wells "
     "with displaced states."),
    ("Transitions", "/",
     "In the root too, with the wavevectors of order. `NAME_mean` and `NAME_samples` are over "
     "samples of disorder."),
    ("Free energy", "free_energy",
     "In the root of a scan in an expanded ensemble."),
    ("Coexistence", "coexistence",
     "Group `coexistence` of such a scan."),
    ("Domes", "domes",
     "Groups `domes` (of T_charge), `domes_collective` (of T_collective), `domes_excess` (of "
     "T_collective_excess; temperatures are differences there) and `domes_disorder_average`. Each "
     "further axis of the scan is there as `dome_NAME`."),
    ("Averages over disorder", "disorder_average",
     "Group `disorder_average`: the root averaged over samples. Of every estimate X it has the "
     "mean, its error `X_stderr`, and `X_spread`, the standard deviation of a sample; and"),
    ("Finite size", "finite_size", "Group `finite_size`, with two sizes or more."),
    ("Health", "health", "Group `health`: whether every point can be trusted."),
    ("Samples", "samples", "Group `samples`: the last snapshot of every point."),
    ("Series", "series", "Group `series`: what transitions are found from."),
    ("Structure", "structure", "Group `structure`: the wells and the supercells."),
    ("Field protocols", "protocols",
     "Group `protocols`. Its own axes are in the file "
     + ", ".join(f"`protocol_{name}`" for name in HISTORY_AXES) + "."),
    ("Transport", "transport",
     "Group `transport`, of carriers that hop in constant fields. Its own axes are in the file "
     + ", ".join(f"`transport_{name}`" for name in HISTORY_AXES) + "."),
    ("Coordinates", "coordinates",
     "In every group that has their dimension. A key of `[scan.vary]` gives one of its name."),
    ("Lowest states", "lowest states",
     "`mcsc ground -o` writes a file of its own, with the group `structure` as above. Its root:"),
    ("Hull", "hull", "Group `hull` of that file: the convex hull over the filling."),
    ("Configurations", "states", "Group `states` of that file."),
)  # fmt: skip


def tables() -> dict[str, tuple[Variable, ...]]:
    """All declarations by group, observables among them; those of the root are ``observables``."""
    extra = grand_canonical_observables((), 1, 1)
    observables = (*(item.variable for item in (*OBSERVABLES, *extra)), *free_variables())
    return {
        **TABLES,
        "observables": observables,
        "protocols": (*OBSERVED, *free_in_protocols(), *TABLES["protocols"]),
    }


def reference(page: str) -> str:
    """The page in Markdown with its tables made anew; what stands above them is kept."""
    found = tables()
    sections = [f"\n## {title}\n\n{said}\n\n{_rows(found[at])}" for title, at, said in _SECTIONS]
    (first, *_), *_ = _SECTIONS
    above, _, _ = page.partition(f"\n## {first}\n")
    return above + "".join(sections)


def _rows(table: Iterable[Variable]) -> str:
    lines = ["| variable | dimensions | unit | meaning |", "|---|---|---|---|"]
    errors = {variable.stderr.name for variable in table if variable.estimate}
    for variable in table:
        if variable.name in errors:
            continue
        flags = ", ".join(f"{i} = `{word}`" for i, word in enumerate(variable.flags))
        meaning = "; ".join(filter(None, (variable.long_name, variable.comment, flags)))
        name = f"`{variable.name}`" + " ±" * variable.estimate
        unit = SI.written(variable.unit) if variable.unit else "text"
        meaning = meaning.replace("|", "\\|")
        lines.append(f"| {name} | {_dimensions(variable)} | {unit} | {meaning} |")
    return "\n".join(lines) + "\n"


def _dimensions(variable: Variable) -> str:
    """Its dimensions as in a diagram, where temperature follows the scan."""
    dims = variable.dims.replace(GRID, "*scan*").split()
    if "temperature" in dims and "channel" in dims:
        dims.sort(key=lambda dim: dim not in ("*scan*", "temperature"))
    return ", ".join(dims)


if __name__ == "__main__":
    path = Path(sys.argv[1])
    path.write_text(reference(path.read_text(encoding="utf-8")), encoding="utf-8")
