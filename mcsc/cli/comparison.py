"""What ``mcsc compare`` prints: measured facts, what the model has beside them, and the gap."""

import numpy as np
from rich.table import Table

from mcsc.cli.console import console_of
from mcsc.diagram import Compared, Comparison


def print_comparison(found: Comparison) -> None:
    """Print facts beside the model, how many domes each has, and the sources."""
    table = Table(title=f"{found.material}: measured beside the model", title_justify="left")
    for name in (
        "measured", "feature", "at", "T (K)", "model line", "at", "T (K)", "model / measured",
        "remark",
    ):  # fmt: skip
        table.add_column(name, overflow="fold")
    for row in found.rows:
        table.add_row(*_cells(row))
    console = console_of()
    console.print(table, highlight=False)
    console.print(f"positions: {found.lines[0].variable}", highlight=False)
    measured = ", ".join(f"{system} {n}" for system, n in found.measured_domes.items())
    console.print(
        f"domes of T_c measured: {measured or 'none'}; of {found.lines[0].name} in the model: "
        f"{found.model_domes}, open ones left out; ± of the model is statistical, its size of the "
        "cell may add more",
        highlight=False,
        soft_wrap=True,
    )
    for line in _sources(found.rows):
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


def _sources(rows: tuple[Compared, ...]) -> list[str]:
    return [
        f"{row.fact.system} {row.fact.feature} {_range(row.fact.position, np.nan)}: "
        f"{row.fact.source}"
        for row in rows
    ]
