"""Tables beyond one line: several sizes together, coexistence, capacitance, conduction."""

from collections.abc import Iterator
from typing import Any

import numpy as np

from mcsc.report.conduction import Conduction, conductions
from mcsc.text import Table, concise, where, with_error
from mcsc.transitions.grid import CARRIER_AXES, carrier_axis, places
from mcsc.variables import meaning

_COLUMNS = {
    "T_c_crossing": "T_c crossings", "T_c_susceptibility": "T_c peaks",
    "T_c_collapse": "T_c collapse", "one_over_nu": "1/ν", "gamma_over_nu": "γ/ν",
    "beta_over_nu": "β/ν", "specific_heat_exponent": "C peak", "order": "order",
}  # fmt: skip
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
        every = [at.isel({along: k}) for k in range(at.sizes[along])]
        tables.append(Table(
            f"sizes L = {lengths} together{shown}: value(error of the last digits) [χ²/dof]",
            (along.replace("_", " "), *_COLUMNS.values()),
            tuple((f"{one[along]:.6g}", *(_cell(one, name) for name in _COLUMNS)) for one in every),
            "\n".join(_captions(at, along)),
        ))  # fmt: skip
    return tables


def _captions(at: Any, along: str) -> Iterator[str]:
    """What the error of a collapse leaves out, where there is one, and why sizes do not cross."""
    if at["T_c_collapse"].notnull().any():
        yield (
            "T_c collapse: the error is statistical and leaves out corrections to scaling, for "
            "which T_c crossings is extrapolated; ≠ where they differ by more than "
            f"{_DIFFERENT:g} errors"
        )
    for reason, x in zip(at["one_over_nu_reason"].values, at[along].values, strict=True):
        if str(reason).startswith("no crossing"):
            yield f"{where({along: x})}: {reason}"


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


def coexistence_table(group: Any) -> Table | str:
    """One row a region: its ends where it is coldest, and up to which temperature it is there.

    group: ``coexistence`` of a diagram.
    """
    unit = group["temperature"].attrs["units"]
    axes = [str(dim) for dim in group["doping_low"].dims if dim not in ("temperature", "region")]
    rows = []
    for place, at in places(group, axes):
        for k in range(group.sizes["region"]):
            found = at.isel(region=k)
            there = np.nonzero(np.isfinite(found["doping_low"].values))[0]
            if len(there):
                rows.append((*(f"{x:g}" for x in place.values()), *_coexisting(found, there)))
    if not rows:
        return "no two phases are found to coexist"
    kelvin = "" if unit == "1" else f" ({unit})"
    head = ("doping from", "to", f"at{kelvin}", f"up to{kelvin}", "barrier / k_B T", "equilibrated")
    return Table("two phases coexist", (*axes, *head, "remark"), tuple(rows))


def _coexisting(found: Any, there: Any) -> list[str]:
    first, last = found.isel(temperature=there[0]), found.isel(temperature=there[-1])
    ends = [_with_error(first, name) for name in ("doping_low", "doping_high")]
    remarks = [] if int(first["bounded"]) else ["ends where the scan does"]
    if there[-1] == found.sizes["temperature"] - 1:
        remarks.append("at the hottest too")
    return [
        *ends, f"{float(first['temperature']):.4g}", f"{float(last['temperature']):.4g}",
        f"{float(found['barrier'].max()):.1f}", f"{float(first['equilibrated_share']):.0%}",
        ", ".join(remarks),
    ]  # fmt: skip


_CAPACITANCES = {
    "capacitance_parallel": "C_x",
    "capacitance_differential": "dP/dE",
    "capacitance_transverse": "C_yz",
}
_MOST_PLACES = 16


def capacitance_table(root: Any) -> Table:
    """Two rows a place, where it is coldest and hottest, beside free carriers; some of many places.

    root: Of a diagram with displaced states.
    """
    dims = [str(d) for d in root["capacitance_parallel"].dims if d != "temperature"]
    found, rows = list(places(root, dims)), []
    ends = ["E_out/E_in"] * ("plane" in root.dims)
    for place, at in found[:: -(-len(found) // _MOST_PLACES)]:
        for one in (at.isel(temperature=k) for k in (0, -1)):
            row = [x if isinstance(x, str) else f"{x:.4g}" for x in place.values()]
            row.append(f"{float(one['temperature']):.4g}")
            for name in _CAPACITANCES:
                row += [_with_error(one, name), f"{float(one[f'{name}_free']):.4g}"]
            rows.append((*row, *(_with_error(one.isel(plane=-1), "plane_response") for _ in ends)))
    heads = [head for name in _CAPACITANCES.values() for head in (name, "free")]
    return Table(
        "capacitance of displaced carriers", (*dims, "temperature", *heads, *ends), tuple(rows),
        f"in {root['capacitance_parallel'].attrs['units']}: polarization over field along it, its "
        "change with the field, and that across, both components together; ± statistical, free "
        "carriers exact",
    )  # fmt: skip


def transport_table(group: Any) -> Table:
    """One row a place, doping and temperature.

    group: ``transport`` of a diagram.
    """
    found = list(conductions(group))
    lowest = {f"J/E at {one.lowest_field:g}": one for one in found if one.lowest_field is not None}
    return Table(
        "conduction",
        (*(found[0].at if found else ()), "of fluctuations", *lowest, "resistivity",
         *["depinning field"] * bool(lowest), "remark"),
        tuple(map(_conduction, found)),
        f"conductivity in {group['conductivity'].attrs['units']}, from fluctuations at zero field "
        "and in the lowest one; ± statistical",
    )  # fmt: skip


def _conduction(one: Conduction) -> tuple[str, ...]:
    shown = [x if isinstance(x, str) else f"{x:.4g}" for x in one.at.values()]
    driven = [] if one.lowest_field is None else [one.in_lowest_field]
    pinned = [one.depinning_field] * len(driven)
    for number in (one.conductivity, *driven, one.resistivity, *pinned):
        shown.append(with_error(*(number or (np.nan, np.nan))))
    remarks = [one.depinning] * len(driven)
    if one.not_converged:
        remarks.append("NOT CONVERGED at " + ", ".join(f"{e:g}" for e in one.not_converged))
    return *shown, "; ".join(remarks)


def _with_error(at: Any, name: str) -> str:
    return with_error(float(at[name]), float(at[f"{name}_stderr"]))
