"""What ``mcsc compare`` prints: measured facts, what the model has beside them, and the gap."""

import numpy as np

from mcsc.cli.console import console_of, table_of
from mcsc.diagram import Compared, Comparison


def print_comparison(found: Comparison) -> None:
    """Print facts beside the model, how many domes each has, and the sources."""
    table = table_of(
        f"{found.material}: measured beside the model", "measured", "feature", "at", "T (K)",
        "model line", "at", "T (K)", "model / measured", "remark", fold=True,
    )  # fmt: skip
    for row in found.rows:
        table.add_row(*_cells(row))
    console = console_of()
    console.print(table)
    console.print(f"positions: {found.lines[0].variable}")
    measured = ", ".join(f"{system} {n}" for system, n in found.measured_domes.items())
    console.unbroken(
        f"domes of T_c measured: {measured or 'none'}; of {found.lines[0].name} in the model: "
        f"{found.model_domes}, open ones left out; ± of the model is statistical, its size of the "
        "cell may add more"
    )
    for fact in (row.fact for row in found.rows):
        console.unbroken(f"{fact.system} {fact.feature} {_range(fact.position)}: {fact.source}")
    console.unbroken(
        "T_c stands beside the collective displacement because the static picture says so; "
        "nothing is fitted to it."
    )


def _cells(row: Compared) -> list[str]:
    fact = row.fact
    ratio = row.temperature / fact.temperature
    return [
        fact.system,
        fact.feature,
        _range(fact.position, fact.position_end),
        _number(fact.temperature, fact.temperature_stderr),
        row.line,
        _range(row.position),
        _number(row.temperature, row.stderr),
        f"{ratio:.3g}" if np.isfinite(ratio) else "-",
        row.remark,
    ]


def _range(first: float, last: float = np.nan) -> str:
    if not np.isfinite(first):
        return "-"
    return f"{first:.4g} to {last:.4g}" if np.isfinite(last) else f"{first:.4g}"


def _number(value: float, error: float) -> str:
    if not np.isfinite(value):
        return "-"
    return f"{value:.4g} ± {error:.2g}" if np.isfinite(error) and error > 0 else f"{value:.4g}"
