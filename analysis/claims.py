"""What the static picture claims, row by row, and what the model gives: docs/claims.md.

Run:  python analysis/claims.py FOLDER [PAGE]

FOLDER holds one diagram a run file, FOLDER/kagome.nc of runs/kagome.toml, and so on. Every number
and verdict is computed from these; a row without its file says which command makes it.
"""

import sys
from collections.abc import Callable
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parent))

import claims_capacitance as capacitance
import claims_field as field
import claims_material as material
import claims_order as order
from claims_row import UNDECIDED, Row, group

import mcsc
from mcsc.files.outputs import NotReplaced, write_page

ROWS: tuple[tuple[str, Callable[..., Row]], ...] = (
    ("kagome-field", field.two_steps),
    ("field-map", field.domes_of_displacement),
    ("kagome-field", field.insulator_without_field),
    ("transport", field.freezing),
    ("kagome-field", field.loss_vanishes_only_when_frozen),
    ("kagome-field", field.nothing_in_between),
    ("kagome-field", capacitance.at_rest),
    ("kagome-field", capacitance.along),
    ("kagome-field", capacitance.across),
    ("open-ends", capacitance.open_ends),
    ("kagome-protocols", field.threshold),
    ("disorder-field", material.dopants_in_field),
    ("pressure-field", material.pressure),
    ("localization", field.localization),
    ("", material.one_lambda),
    ("kagome", order.double_domes),
    ("depths", order.depths),
    ("depths-ionic", material.ionic_depths),
    ("disorder", order.with_dopants),
    ("cubic-control", order.single_dome),
    ("kagome", order.nematic),
    ("stars", order.stars),
    ("stars", order.star_share),
    ("star-charge", order.star_charge),
    ("stacking", order.staggered),
    ("stacking", order.second_layers),
    ("stacking", order.one_by_four),
    ("ground/magic", material.magic),
    ("bi2223", material.planes_of_bi2223),
    ("lsco", material.linear_pseudogap),
)
"""Run file of each row, empty for none, and the question to its diagram."""

FIGURE = """

![Temperature of half transmission over doping, on kagome and cubic wells](claims-field-map.png)

Half of the field passes, by the field map that was run once. Filled: mean over annealings; open:
none of them comes to one half at the coldest temperature.
"""
BESIDE = ("field-map-cubic", "ground/magic-16", "kagome-sizes", "kagome-small",
          "disorder-large", "lsco-large")  # fmt: skip
"""Run files that rows read beside their own."""
MEASURED = {"depths": 309.0, "disorder-field": 153.0, "depths-ionic": 150.0, "bi2223": 38.0,
            "star-charge": 101.0, "disorder-large": 243.0}  # fmt: skip
"""Seconds of one core measured beside a run: its diagram does not say them, or says a part."""
TIMES = """
Minutes of one core, by the diagrams; ≤ where they say only how long one worker took on a machine
that did other things too. Not in the sum: the field map that was run once.

| run file | sampled on | minutes |
|---|---|---|
"""

HEAD = """# The claims of the static picture, row by row

The picture that carriers sit still in the wells of a crystal, and that superconductivity is their
collective displacement, is contested. This page says what the classical model of mcsc gives for
each claim, and what would be seen without it: carriers that do not repel each other, other
lattices, chance. It does not say whether a claim is true of a material. `python analysis/claims.py`
writes it from the stored diagrams of the run files named. Lengths are in lattice constants and
temperatures in e²/(4πε0 a k_B) where no unit is given.

Numbers have two errors: ± statistical ± of finite size. The second is what is left to the infinite
crystal if the difference from a smaller one, at least the noise of both, falls as 1/L or faster, L
the root of the cells in a layer; of a temperature of charge order it is what mcsc gives for several
sizes ([T_charge_stderr_size](diagram.md)). Kagome wells have two layers of 6 × 6 cells and, for
that error, of 2√3 × 2√3, which hold the same orders; threshold fields and the law of ξ are of one
layer of 6 × 6 against two of 2√3 × 2√3. "One size": only one crystal has the number.

x counts carriers a cell, of three wells on the kagome net. Charge orders at T_charge. Transmission
is 1 where a field displaces all carriers alike and 0 where they are displaced at random, and one
half at T_collective_half. ξ is the root of their mean square displacement, δ its length and W its
energy in a well, E the field, Γ the repulsion of neighbours over k_B T.

*holds*: the model shows it beyond the baseline. *holds under a stated assumption*: only with what
is named. *input*: put in, so that it cannot be found. *fails*: the model shows the opposite, or no
more than the baseline. *undecided*: the runs do not tell.

| claim | run file | the model gives | baseline | verdict |
|---|---|---|---|---|
"""


def page(folder: Path) -> str:
    """The whole page from the diagrams in a folder."""
    lines = []
    for name, question in ROWS:
        link = f"[{name}.toml](../runs/{name}.toml)" if name else "none needed"
        claim, path = (question.__doc__ or "").rstrip("."), folder / f"{Path(name).name}.nc"
        verb = "ground" if "/" in name else "run"
        try:
            row = question(path) if name else question()
        except FileNotFoundError as error:
            if Path(error.filename or path) != path:
                name = Path(error.filename).stem
            command = f"mcsc {verb} runs/{name}.toml -o {folder.name}/{Path(name).name}.nc"
            row = Row(claim, f"not run: `{command}`", "", UNDECIDED)
        except KeyError as error:
            command = f"mcsc merge runs/{name}.toml -o {folder.name}/{path.name}"
            row = Row(claim, f"{error} is not in the file: `{command}`", "", UNDECIDED)
        cells = (row.claim, link, row.number, row.baseline, f"**{row.verdict}**")
        lines.append(f"| {' | '.join(cells)} |")
    return HEAD + "\n".join(lines) + FIGURE + sampled(folder)


def sampled(folder: Path) -> str:
    """When each diagram of the page was sampled, in which time, and all in all."""
    names = dict.fromkeys(name for name, _ in ROWS if name)
    lines, total = [], 0.0
    for name in [*names, *BESIDE]:
        path = folder / f"{Path(name).name}.nc"
        if path.is_file():
            attrs = group(path).attrs
            seconds = MEASURED.get(name) or attrs.get("cpu_time_seconds")
            total += float(seconds or attrs["wall_time_seconds"])
            shown = "≤ " * (not seconds)
            shown += f"{float(seconds or attrs['wall_time_seconds']) / 60:.1f}"
            lines.append(f"| {name} | {str(attrs['history'])[:10]} | {shown} |")
    if not lines:
        return ""
    return (
        TIMES
        + "\n".join(lines)
        + f"\n| together | | ≤ {total / 60:.0f} |\n\n"
        + (f"Transitions are found by mcsc {mcsc.__version__}.\n")
    )


def main(folder: str, out: str = "docs/claims.md") -> None:
    """Write the page."""
    try:
        write_page(Path(out), page(Path(folder)))
    except (NotReplaced, OSError) as error:
        sys.exit(f"claims: {error}")
    print(f"wrote {out}")


if __name__ == "__main__":
    main(*(sys.argv[1:3] or sys.exit("claims: give the folder of the diagrams")))
