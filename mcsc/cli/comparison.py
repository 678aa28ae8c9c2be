"""What ``mcsc compare`` prints: measured facts, what the model has beside them, and the gap."""

import numpy as np

from mcsc.cli.console import console_of, table_of
from mcsc.diagram import Compared, Comparison
from mcsc.diagram.chance import Chance


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
    for one in found.chances:
        console.unbroken(chance_said(one))
    for fact in (row.fact for row in found.rows):
        console.unbroken(f"{fact.system} {fact.feature} {_range(fact.position)}: {fact.source}")
    console.unbroken(
        "T_c stands beside the collective displacement because the static picture says so; "
        "nothing is fitted to it."
    )


def chance_said(chance: Chance) -> str:
    """What the agreement with one system is worth, in words."""
    said = []
    if np.isfinite(chance.p_domes):
        said.append(
            f"domes {chance.distance:.3g} from those of the model on average; as many placed at "
            f"random come as near in {chance.p_domes:.0%} of cases"
        )
    if np.isfinite(chance.p_rank):
        said.append(
            f"rank correlation of T_c with the model {chance.rank:+.2f} at {chance.points} points; "
            f"shuffled values reach it in {chance.p_rank:.1%} of cases"
        )
    said += [f"FAILS: at the measured dip {dip:.4g} the model has a dome" for dip in chance.dips]
    return f"{chance.system}: {'; '.join(said) or 'too little in common to tell from chance'}"


def _cells(row: Compared) -> list[str]:
    fact = row.fact
    ratio = row.temperature / fact.temperature
    return [
        fact.system, fact.feature, _range(fact.position, fact.position_end),
        _number(fact.temperature, fact.temperature_stderr), row.line, _range(row.position),
        _number(row.temperature, row.stderr), f"{ratio:.3g}" if np.isfinite(ratio) else "-",
        row.remark,
    ]  # fmt: skip


def _range(first: float, last: float = np.nan) -> str:
    if not np.isfinite(first):
        return "-"
    return f"{first:.4g} to {last:.4g}" if np.isfinite(last) else f"{first:.4g}"


def _number(value: float, error: float) -> str:
    if not np.isfinite(value):
        return "-"
    return f"{value:.4g} ± {error:.2g}" if np.isfinite(error) and error > 0 else f"{value:.4g}"
