"""Measured and model side by side for several materials: docs/comparison.md.

Run:  python analysis/comparison.py FOLDER [PAGE]

FOLDER holds one diagram a run file, FOLDER/lsco.nc of runs/lsco.toml, and so on. Every number is
computed from these and from the packaged table of measured facts; a material without its file says
which command makes it. Two of the materials are controls: one dome is measured there.
"""

import sys
from pathlib import Path

import numpy as np

sys.path.insert(0, str(Path(__file__).parent))

from claims_row import beside, group

import mcsc
from mcsc import diagram, workflow
from mcsc.diagram import Compared, Comparison
from mcsc.files.outputs import NotReplaced, write_page
from mcsc.plot import comparison, save_figure

RUNS = (
    ("kagome", "CsV3Sb5"),
    ("lsco", "La2CuO4"),
    ("lafeaso", "LaFeAsO"),
    ("bafe2as2", "BaFe2As2"),
)
BESIDE = {
    "kagome": ("kagome-sizes",), "lsco": ("lsco-large",), "bafe2as2": ("bafe2as2-small",),
    "lafeaso": ("lafeaso-large", "lafeaso-small"),
}  # fmt: skip
"""Run files of other crystals beside that of a material, the best first."""

HEAD = """# Measured and model

`python analysis/comparison.py` writes this page from stored diagrams and the packaged table of
measured facts; `mcsc compare DIAGRAM.nc` prints the same for any diagram. In the static picture
T_c belongs to the collective displacement in a field. These scans are at zero field, so T_charge
stands in for it, and what is compared is mainly *where* domes and dips lie. ε_r is one number a
material, from its file, and nothing is fitted. "Agrees" means within a quarter of the measured
position and within a factor of two in temperature.

Such agreement is worth something only where chance does worse. Domes of the model are therefore
placed anew at random scanned dopings, as many as it has, and measured T_c(x), about ten points a
system, is shuffled over its dopings beside T_charge or, without one, the onset of charge order: p
is the share of these that agree as well. A dome of the
model at a measured dip is a failure, whatever else agrees.

To the model LaFeAsO and BaFe2As2 are nearly the same square lattice of irons. That the first shows
two domes and the second one is a matter of the range scanned: half filling lies inside the first
range and at the end of the second, where a dome is open: nothing was measured beyond it. Open
domes are not counted.

± of the model is statistical, then of finite size: what is left to the infinite crystal if the
difference from the crystal of another run file, named beside, falls as 1/L; for CsV3Sb5 the
difference from several larger crystals. Where it is missing only one crystal has a transition:
4 × 4 cells are too small for the order at 1/4 of BaFe2As2, nearly that of LaFeAsO at 1/8, whose
error goes for both; 12 × 12 of La2CuO4 at 1/8 have not ordered above 29 K, where they cease to
equilibrate.
"""


def number(value: float, error: float = np.nan, size: float = np.nan, digits: int = 4) -> str:
    """A number with its errors, or a dash."""
    if not np.isfinite(value):
        return "-"
    errors = [f" ± {e:.2g}" for e in (error, size) if np.isfinite(e) and e > 0]
    return f"{value:.{digits}g}" + "".join(errors)


def error_of_size(row: Compared, path: Path) -> float:
    """That of the model's temperature in a row, NaN where nothing tells."""
    if row.line != "T_charge" or not np.isfinite([row.position, row.temperature]).all():
        return np.nan
    at = group(path).sel(doping=row.position, method="nearest")
    for name in BESIDE.get(path.stem, ()):
        file = path.with_name(f"{name}.nc")
        other = group(file) if file.is_file() else at
        near = np.flatnonzero(np.isclose(np.atleast_1d(other["doping"]), row.position))
        if file.is_file() and len(near) and np.isfinite(other["T_charge"][near[0]]):
            return beside(at, other.isel(doping=near[0]), "T_charge").size
    return float(at["T_charge_stderr_size"])


def verdict(row: Compared) -> str:
    """Where model and measurement agree, in words."""
    fact = row.fact
    if not np.isfinite([row.position, row.temperature]).any():
        return "no counterpart"
    said = []
    if np.isfinite(fact.position) and np.isfinite(row.position):
        near = abs(row.position - fact.position) <= 0.25 * abs(fact.position)
        said.append("position agrees" if near else "position disagrees")
    if not np.isfinite(row.temperature):
        said.append("no transition of the model there")
    elif np.isfinite(fact.temperature):
        ratio = row.temperature / fact.temperature
        near = 0.5 <= ratio <= 2
        said.append("temperature agrees" if near else f"temperature off by a factor {ratio:.2g}")
    return ", ".join(said) or "nothing to compare"


def table(found: Comparison, path: Path) -> str:
    """The facts about one material beside the model, as a table."""
    lines = [
        f"positions: {found.lines[0].variable}; model line beside T_c: {found.lines[0].name}",
        "",
        "| measured | feature | at | T (K) | model at | model T (K) | verdict | remark |",
        "|---|---|---|---|---|---|---|---|",
    ]
    for row in found.rows:
        fact = row.fact
        cells = (
            fact.system, fact.feature, number(fact.position),
            number(fact.temperature, fact.temperature_stderr), number(row.position),
            number(row.temperature, row.stderr, error_of_size(row, path)), verdict(row), row.remark,
        )  # fmt: skip
        lines.append("| " + " | ".join(cells) + " |")
    counted = ", ".join(f"{n} in {system}" for system, n in found.measured_domes.items())
    lines += ["", f"Domes measured: {counted or 'none'}; in the model: {found.model_domes}."]
    return "\n".join(lines)


def chance_table(found: Comparison) -> str:
    """What the agreement with each system is worth."""
    lines = [
        "| system | measured domes to the nearest of the model | p, random places | points of T_c "
        "| rank correlation | p, shuffled | model has a dome at the dip | better than chance |",
        "|---|---|---|---|---|---|---|---|",
    ]
    for one in found.chances:
        tests = np.isfinite([one.p_domes, one.p_rank]).any()
        worth = ("yes" if one.beaten else "no") if tests else "cannot be told"
        cells = (
            one.system, number(one.distance, digits=3), number(one.p_domes, digits=2),
            str(one.points), number(one.rank, digits=2), number(one.p_rank, digits=2),
            ", ".join(f"{dip:g}" for dip in one.dips) or "-",
            f"**{worth}**" + ", fails at the dip" * bool(one.dips),
        )  # fmt: skip
        lines.append("| " + " | ".join(cells) + " |")
    return "\n".join(lines) if found.chances else "No measured dome, dip or curve over this doping."


def failures(found: Comparison) -> str:
    """Every fact that the model has elsewhere, otherwise or not at all."""
    said = [
        f"{one.system}, dip at {dip:.4g}: the model has a dome there"
        for one in found.chances
        for dip in one.dips
    ]
    for row in found.rows:
        wrong = [part for part in verdict(row).split(", ") if "agrees" not in part.split()]
        wrong += [part for part in row.remark.split("; ") if "instead" in part or "nearer" in part]
        if wrong:
            at = f" at {row.fact.position:.4g}" if np.isfinite(row.fact.position) else ""
            said.append(f"{row.fact.system}, {row.fact.feature}{at}: {', '.join(wrong)}")
    return "Where the model fails: " + ("; ".join(said) or "nowhere in this table") + "."


def not_equilibrated(path: Path) -> str:
    """How much of a diagram is not equilibrated."""
    converged = diagram.load(path)["health"]["converged"]
    share = float((converged == 0).mean())
    return f"{share:.0%} of the points of this diagram are not equilibrated."


def figure(found: Comparison, out: Path) -> str:
    """Draw measured T_c over doping with the model, where there is a curve; the line that shows it.

    Of La2CuO4 it is the figure of the README.
    """
    drawn = [c.system for c in found.curves if c.variable == found.lines[0].variable]
    if not drawn:
        return ""
    if found.material == "La2CuO4":
        out = out.with_name("comparison.png")
    lines, facts = found.lines, found.facts
    save_figure(comparison(lines, facts, curves=found.curves, onset=found.onset), out)
    return f"\n![Measured T_c of {' and '.join(drawn)} with the model]({out.name})\n"


def page(folder: Path, out: str = "docs/comparison.md") -> str:
    """The whole page from the diagrams in a folder; figures go beside ``out``."""
    parts = [HEAD]
    for name, material in RUNS:
        path = folder / f"{name}.nc"
        files = [f"[{n}.toml](../runs/{n}.toml)" for n in (name, *BESIDE.get(name, ()))]
        parts.append(f"## {material}: {', '.join(files)}\n")
        if not path.is_file():
            parts.append(f"Not run: `mcsc run runs/{name}.toml -o {folder.name}/{name}.nc`\n")
            continue
        found = workflow.compare(diagram.load(path), material)
        picture = figure(found, Path(out).with_name(f"comparison-{name}.png"))
        parts.append(
            f"{table(found, path)} {not_equilibrated(path)}\n\n{chance_table(found)}\n\n"
            f"{failures(found)}\n{picture}"
        )
    parts.append(f"Written by mcsc {mcsc.__version__}.\n")
    return "\n".join(parts)


def main(folder: str, out: str = "docs/comparison.md") -> None:
    """Write the page."""
    try:
        write_page(Path(out), page(Path(folder), out))
    except (NotReplaced, OSError) as error:
        sys.exit(f"comparison: {error}")
    print(f"wrote {out}")


if __name__ == "__main__":
    main(*(sys.argv[1:3] or sys.exit("comparison: give the folder of the diagrams")))
