"""Table of conduction: from fluctuations and in the lowest field, and where carriers come loose."""

from typing import Any

import numpy as np
from rich.table import Table

from mcsc.cli.console import table_of
from mcsc.files.tree import as_in_a_task
from mcsc.transitions.grid import places
from mcsc.variables import meaning

_OWN = ("field", "doping", "temperature")


def transport_table(group: Any) -> Table:
    """One row a place, doping and temperature.

    Parameters
    ----------
    group
        ``transport`` of a diagram.
    """
    found = as_in_a_task(group, "transport")
    axes = [*(str(d) for d in found["conductivity"].dims if d not in _OWN), "doping", "temperature"]
    driven = found.sizes["field"] > 1
    lowest = [f"J/E at {float(found['field'][1]):g}"] if driven else []
    table = table_of(
        "conduction", *axes, "of fluctuations", *lowest, "resistivity",
        *["depinning field"] * driven, "remark",
        caption=f"conductivity in {found['conductivity'].attrs['units']}, from fluctuations at "
        "zero field and in the lowest one; ± statistical",
    )  # fmt: skip
    for place, at in places(found, axes):
        if not np.isnan(at["drift_velocity"]).all():
            names = [x if isinstance(x, str) else f"{x:.4g}" for x in place.values()]
            table.add_row(*names, *_row(at, driven))
    return table


def _row(at: Any, driven: bool) -> list[str]:
    rest = at.isel(field=0)
    shown = [_number(rest, "conductivity")]
    shown += [_number(at.isel(field=1), "conductivity")] if driven else []
    shown.append(_number(rest, "resistivity"))
    remarks = []
    if driven:
        shown.append(_number(at, "depinning_field"))
        remarks.append(meaning(at["depinning"]))
    short = at["field"].values[at["converged"].values == 0]
    remarks += ["NOT CONVERGED at " + ", ".join(f"{e:g}" for e in short)] if len(short) else []
    return [*shown, "; ".join(remarks)]


def _number(at: Any, name: str) -> str:
    value, error = float(at[name]), float(at[f"{name}_stderr"])
    return f"{value:.4g} ± {error:.2g}" if np.isfinite(value) else "-"
