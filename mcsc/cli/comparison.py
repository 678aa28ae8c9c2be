"""What ``mcsc compare`` prints: measured facts, what the model has beside them, and the gap."""

import numpy as np
from rich.console import Console
from rich.table import Table

from mcsc.comparison import Compared


def print_comparison(console: Console, material: str, rows: list[Compared], along: str) -> None:
    """Print a table of facts beside the model, the numbers of domes, and the sources."""
    table = Table(title=f"{material}: measured beside the model", title_justify="left")
    for name in (
        "measured", "feature", along, "T (K)", "model", f"model {along}", "model T (K)",
        "model over measured", "remark",
    ):  # fmt: skip
        table.add_column(name, overflow="fold")
    for row in rows:
        table.add_row(*_cells(row))
    console.print(table, highlight=False)
    for line in _sources(rows):
        console.print(line, highlight=False, soft_wrap=True)
    console.print(
        "T_c stands beside the collective displacement because the static picture says so; "
        "nothing is fitted to it.",
        highlight=False,
        soft_wrap=True,
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
        _range(row.position, np.nan),
        _number(row.temperature, row.stderr),
        f"{ratio:.3g}" if np.isfinite(ratio) else "-",
        row.remark,
    ]


def _range(first: float, last: float) -> str:
    if not np.isfinite(first):
        return "-"
    return f"{first:.4g} to {last:.4g}" if np.isfinite(last) else f"{first:.4g}"


def _number(value: float, error: float) -> str:
    if not np.isfinite(value):
        return "-"
    return f"{value:.4g} ± {error:.2g}" if np.isfinite(error) and error > 0 else f"{value:.4g}"


def _sources(rows: list[Compared]) -> list[str]:
    return [
        f"{row.fact.system} {row.fact.feature} {_range(row.fact.position, np.nan)}: "
        f"{row.fact.source}"
        for row in rows
    ]
