"""What several sizes say together, as a table."""

from typing import Any

import numpy as np
from rich.table import Table

from mcsc.cli.console import table_of
from mcsc.text import concise, where
from mcsc.transitions.grid import CARRIER_AXES, carrier_axis, places
from mcsc.variables import meaning

_COLUMNS = {
    "T_c_crossing": "T_c crossings",
    "T_c_susceptibility": "T_c peaks",
    "T_c_collapse": "T_c collapse",
    "one_over_nu": "1/ν",
    "gamma_over_nu": "γ/ν",
    "beta_over_nu": "β/ν",
    "specific_heat_exponent": "C peak",
    "order": "order",
}
# Two T_c differ if they do by more than so many errors.
_DIFFERENT = 2.0


def finite_size_tables(finite: Any) -> list[Table]:
    """Tables of the group ``finite_size``, one a line over doping that has anything to show.

    Each number stands with its error and, where it is fitted to more sizes than it takes, χ² over
    degrees of freedom; a dash where the sizes do not suffice: the file holds the reason. A T_c of a
    collapse is marked where that of the crossings differs.
    """
    along = carrier_axis(finite["order"].dims)
    axes = [dim for dim in finite["order"].dims if dim not in CARRIER_AXES]
    lengths = ", ".join(f"{length:g}" for length in finite["linear_size"].values)
    tables = []
    for place, at in places(finite, axes):
        at = at.isel({along: at["order"].values > 0})
        if not at.sizes[along]:
            continue
        shown = "".join(f", {where({dim: x})}" for dim, x in place.items())
        table = table_of(
            f"sizes L = {lengths} together{shown}: value(error of the last digits) [χ²/dof]",
            along.replace("_", " "),
            *_COLUMNS.values(),
            caption=_caption(at),
        )
        for k in range(at.sizes[along]):
            one = at.isel({along: k})
            table.add_row(f"{float(one[along]):.6g}", *(_cell(one, name) for name in _COLUMNS))
        tables.append(table)
    return tables


def _caption(at: Any) -> str | None:
    """What the error of a collapse leaves out, where there is one."""
    if not at["T_c_collapse"].notnull().any():
        return None
    return (
        "T_c collapse: the error is statistical and leaves out corrections to scaling, for which "
        f"T_c crossings is extrapolated; ≠ where they differ by more than {_DIFFERENT:g} errors"
    )


def _differs(one: Any) -> bool:
    pair = [one[name] for name in ("T_c_collapse", "T_c_crossing")]
    errors = [one[f"{name}_stderr"] for name in ("T_c_collapse", "T_c_crossing")]
    return bool(abs(pair[0] - pair[1]) > _DIFFERENT * np.hypot(*errors))


def _cell(one: Any, name: str) -> str:
    if name == "order":
        text = meaning(one[name])
        return text if int(one["converged"]) else f"{text}; NOT EQUILIBRATED"
    value, error = float(one[name]), float(one[f"{name}_stderr"])
    if not np.isfinite(value):
        return "-"
    fit = "collapse" if name.endswith("_collapse") else name
    dof = int(one[f"{fit}_dof"])
    quality = f" [{float(one[f'{fit}_chi2']) / dof:.1f}]" if dof else ""
    mark = " ≠" if name == "T_c_collapse" and _differs(one) else ""
    return concise(value, error) + quality + mark
