"""The page docs/validation.md from the last run of the validation tests.

Run:  pytest -m validation -n 2 && python analysis/validation.py

Every row was asserted by the test that made it; see tests/validation/conftest.py. Nothing here is
computed anew.
"""

import json
import sys
from collections import Counter
from pathlib import Path
from typing import Any

from mcsc.files.outputs import NotReplaced, write_page

RESULTS = Path(__file__).parents[1] / "tests" / "validation" / "results"
PAGE = Path(__file__).parents[1] / "docs" / "validation.md"

HEAD = """# Validation

Made by `python analysis/validation.py` from the last `pytest -m validation`: do not edit. Each row
is asserted by a test in [tests/validation](../tests/validation): the difference from an exact or
published number is below 3 standard errors, z = (ours − reference)/√(error² + error of the
reference²), or below a tolerance where nothing is sampled. Errors of ours are statistical;
"independent run" is a Monte Carlo of the same model with kernels and Ewald sums of its own. T is in
e²/(4πε0 ε_r a k_B) for Coulomb carriers, a the nearest-well distance, else in the energy named.
"""

LEFT_OUT = """## Left out

- The Coulomb gap at positive temperature: the published exponent is that of g(0, T) ∝ T^δ too; here
  it is that of g(ε) in states without a hop that lowers the energy. Nor at weaker disorder, where
  Goethe and Palassini find a larger effective exponent and their abstract gives no number. B. Surer
  et al., arXiv:0805.4640, find such states consistent with Efros and Shklovskii, δ = 2.
- The Néel line of the lattice restricted primitive model between its ends: no published numbers
  were found, only the tricritical point.
"""


def results(folder: Path) -> list[dict[str, Any]]:
    """One entry a test, in the order of files and tests."""
    paths = sorted(path for path in folder.glob("*.json") if path.name != "session.json")
    return [json.loads(path.read_text()) for path in paths]


def number(value: float, error: float = 0.0) -> str:
    """A number to the digits that its error leaves; exact ones to nine."""
    if not error > 0:
        return f"{value:.9g}"
    digits = max(0, 1 - int(f"{error:.1e}".split("e")[1]))
    return f"{value:.{digits}f} ± {error:.{digits}f}"


def line(row: dict[str, Any], seconds: str) -> str:
    """One line of the table."""
    ours, reference = (
        number(row["ours"], row["error"]),
        number(row["reference"], row["reference_error"]),
    )
    if row["z"] is None:
        z = f"Δ = {row['ours'] - row['reference']:.0e} (< {row['tolerance']:.0e})"
    else:
        z = f"{row['z']:+.1f}"
    mark = "" if row["agrees"] else " **beyond**"
    cells = (row["case"], reference, row["source"], ours, z + mark, seconds)
    # a bar within a cell, as of |ε|, would end it
    return "| " + " | ".join(cell.replace("|", r"\|") for cell in cells) + " |"


def table(found: list[dict[str, Any]]) -> list[str]:
    """The table; a test that makes several rows has its seconds in the first."""
    lines = ["| case | reference | source | ours | z | core seconds |", "|---|---|---|---|---|---|"]
    for result in found:
        for i, row in enumerate(result["rows"]):
            lines.append(line(row, f"{result['cpu_seconds']:.0f}" if i == 0 else '"'))
    return lines


def explanations(found: list[dict[str, Any]]) -> list[str]:
    """Remarks on single rows, those beyond 3 standard errors first."""
    rows = [row for result in found for row in result["rows"]]
    beyond = [row for row in rows if not row["agrees"]]
    z = [row["z"] for row in rows if row["z"] is not None]
    lines = [f"{len(rows)} rows, {len(beyond)} beyond 3 standard errors or the tolerance."]
    if z:
        rms = (sum(value**2 for value in z) / len(z)) ** 0.5
        lines[0] += f" Root mean square of {len(z)} z: {rms:.2f}."
    lines.append("")
    for row in beyond:
        lines.append(f"- **{row['case']}**: {row['note'] or 'not explained'}")
    noted = [row for row in rows if row["agrees"] and row["note"]]
    lines += [f"- {row['case']}: {row['note']}" for row in noted]
    return lines


def costs(found: list[dict[str, Any]], session: dict[str, Any] | None) -> list[str]:
    """How long all of it took, and the time to a required error."""
    cpu = sum(result["cpu_seconds"] for result in found)
    lines = [f"All tests together: {cpu / 60:.1f} core minutes."]
    outcome = "all tests passed"
    if session and not session["passed"]:
        outcome = (
            "with failures; rows of tests that were run again since are those of the later run"
        )
    if session:
        lines.append(
            f"The last whole run took {session['seconds'] / 60:.1f} minutes with "
            f"{session['workers']} processes on {session['cores']} cores, "
            f"{outcome}."
        )
    commits = Counter(result["commit"] for result in found)
    shown = ", ".join(f"{commit} ({n})" for commit, n in commits.most_common())
    lines.append(f"Tests by commit: {shown}.")
    for result in found:
        notes = result["notes"]
        if "error_reached" in notes:
            lines += [
                "",
                f"## Time to an error of {notes['target']:g}",
                "",
                f"T of half-filled cubic wells to ± {notes['error_reached']:.5f}: "
                f"{notes['seconds']:.0f} seconds of one core, start-up, tables and analysis "
                f"included, and {notes['evaluations']:.2g} energy evaluations, one a proposed hop "
                f"({notes['what']}). An error falls as 1/√time: {notes['target']:g} takes "
                f"{(notes['error_reached'] / notes['target']) ** 2:.2f} of that.",
            ]
    return lines


def page(folder: Path) -> str:
    """The whole page of the results in ``folder``."""
    found = results(folder)
    if not found:
        raise SystemExit(f"{folder}: no results; run pytest -m validation first")
    path = folder / "session.json"
    session = json.loads(path.read_text()) if path.exists() else None
    parts = [HEAD, *table(found), "", *explanations(found), "", LEFT_OUT, "## Cost", ""]
    return "\n".join([*parts, *costs(found, session)]) + "\n"


def main(arguments: list[str]) -> None:
    """Write the page."""
    folder = Path(arguments[0]) if arguments else RESULTS
    target = Path(arguments[1]) if len(arguments) > 1 else PAGE
    try:
        write_page(target, page(folder))
    except (NotReplaced, OSError) as error:
        raise SystemExit(f"validation: {error}") from None
    print(f"{target}: {len(results(folder))} tests")


if __name__ == "__main__":
    main(sys.argv[1:])
