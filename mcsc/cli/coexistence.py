"""Table of the dopings between which a crystal separates into two phases."""

from typing import Any

import numpy as np
from rich.table import Table

from mcsc.cli.console import table_of
from mcsc.transitions.grid import places


def coexistence_table(group: Any) -> Table | str:
    """One row a region: its ends where it is coldest, and up to which temperature it is there.

    Parameters
    ----------
    group
        ``coexistence`` of a diagram.
    """
    unit = group["temperature"].attrs["units"]
    axes = [str(dim) for dim in group["doping_low"].dims if dim not in ("temperature", "region")]
    rows = []
    for place, at in places(group, axes):
        for k in range(group.sizes["region"]):
            found = at.isel(region=k)
            there = np.nonzero(np.isfinite(found["doping_low"].values))[0]
            if len(there):
                rows.append([*(f"{x:g}" for x in place.values()), *_row(found, there)])
    if not rows:
        return "no two phases are found to coexist"
    kelvin = "" if unit == "1" else f" ({unit})"
    table = table_of(
        "two phases coexist", *axes, "doping from", "to", f"at{kelvin}", f"up to{kelvin}",
        "barrier / k_B T", "equilibrated", "remark",
    )  # fmt: skip
    for row in rows:
        table.add_row(*row)
    return table


def _row(found: Any, there: Any) -> list[str]:
    first, last = found.isel(temperature=there[0]), found.isel(temperature=there[-1])
    ends = [_end(first, name) for name in ("doping_low", "doping_high")]
    remarks = [] if int(first["bounded"]) else ["ends where the scan does"]
    if there[-1] == found.sizes["temperature"] - 1:
        remarks.append("at the hottest too")
    return [
        *ends,
        f"{float(first['temperature']):.4g}",
        f"{float(last['temperature']):.4g}",
        f"{float(found['barrier'].max()):.1f}",
        f"{float(first['equilibrated_share']):.0%}",
        ", ".join(remarks),
    ]


def _end(at: Any, name: str) -> str:
    value, error = float(at[name]), float(at[f"{name}_stderr"])
    return f"{value:.4g} ± {error:.2g}" if np.isfinite(error) else f"{value:.4g}"
