"""Domes as a group of the diagram: a flat list over ``dome``, whatever further axes there are.

Its variables carry names of their own: in a tree of groups a coordinate of the root, such as
``temperature``, would stand in for one of the same name here.
"""

import numpy as np
import xarray as xr

from mcsc.files.tree import Place
from mcsc.transitions.domes import Dome, find_domes, line_of
from mcsc.transitions.grid import carrier_axis
from mcsc.transitions.particle_hole import CONTRADICTED, UNDETERMINED
from mcsc.units import units_of
from mcsc.variables import written


def domes_on(at: xr.Dataset, line: str, factor: float) -> tuple[Dome, ...]:
    """Domes of one line over the axis of the carriers.

    A top is none where the run did not equilibrate around it. Where carriers and empty wells are
    equivalent, a top is none if its partner, equilibrated, has no transition; if the partner shows
    none and did not equilibrate, it has to be bounded.

    at: Root of a diagram at one value of each further axis.
    line: ``"T_charge"`` or ``"T_collective"``.
    factor: Least height of a dome in errors.
    """
    partner = f"{line}_partner"
    said = at[partner].values if partner in at else np.zeros(at[line].shape, np.int8)
    contradicted = said == CONTRADICTED
    temperature, bound = at[line].values, at[f"{line}_upper_bound"].values
    sure = at.get(f"{line}_converged")
    found = find_domes(
        at[carrier_axis(at[line].dims)].values,
        line_of(temperature, [str(reason) for reason in at[f"{line}_reason"].values], contradicted),
        at[f"{line}_stderr"].values,
        # of two that contradict each other neither is higher than this
        bound=np.where(contradicted & np.isfinite(temperature), temperature, bound),
        stderr_size=at[f"{line}_stderr_size"].values,
        converged=True if sure is None else sure.values,
        factor=factor,
    )
    return tuple(dome for dome in found if dome.bounded or said[dome.index] != UNDETERMINED)


def dome_table(root: xr.Dataset, line: str, factor: float) -> xr.Dataset:
    """Domes of one line of a diagram, one after the other.

    root: Root of a diagram, or its average over disorder, with transitions.
    line: ``"T_charge"`` or ``"T_collective"``.
    factor: Least height of a dome in errors.

    Returns: Variables over ``dome``, which has no entries without a dome; each further axis of the
        diagram as ``dome_NAME``.
    """
    carriers = carrier_axis(root[line].dims)
    axes = tuple(str(dim) for dim in root[line].dims if dim != carriers)
    rows: list[tuple[Place, Dome]] = []
    for index in np.ndindex(tuple(root.sizes[name] for name in axes)):
        at = root.isel(dict(zip(axes, index, strict=True)))
        rows += [(index, dome) for dome in domes_on(at, line, factor)]
    units = units_of(root["temperature"].attrs["units"])
    domes = [dome for _, dome in rows]
    variables = written(
        "domes",
        units,
        **{f"dome_{carriers}": [d.doping for d in domes]},
        dome_temperature=[d.temperature for d in domes],
        dome_temperature_stderr=[d.temperature_stderr for d in domes],
        dome_temperature_stderr_size=[d.temperature_stderr_size for d in domes],
        bounded=[d.bounded for d in domes],
        valley=[d.valley for d in domes],
        valley_left=[d.left for d in domes],
        valley_right=[d.right for d in domes],
        significance=[d.significance for d in domes],
    )
    counted = root[carriers].attrs.get("long_name", "carriers per primitive cell")
    variables[f"dome_{carriers}"].attrs["long_name"] += f": {counted}"
    variables["significance"].attrs["comment"] += f"; kept from {factor:g} on"
    return xr.Dataset({**variables, **_there(root, line, axes, carriers, rows)})


def _there(
    root: xr.Dataset,
    line: str,
    axes: tuple[str, ...],
    carriers: str,
    rows: list[tuple[Place, Dome]],
) -> dict[str, xr.Variable]:
    """Where on the further axes each dome is, and what else the root says of its top."""
    found = {
        f"dome_{name}": xr.Variable(
            "dome", root[name].values[[at[i] for at, _ in rows]], root[name].attrs
        )
        for i, name in enumerate(axes)
    }
    tops = [(*at, dome.index) for at, dome in rows]
    index = tuple(np.array([top[i] for top in tops], dtype=int) for i in range(len(axes) + 1))
    sources = {"dome_wavevector": f"{line}_wavevector"}
    if f"{line}_partner" in root:
        sources |= {"dome_partner": f"{line}_partner", "dome_partner_doping": "partner_doping"}
    for name, source in sources.items():
        if source in root:
            data = root[source].transpose(*axes, carriers, ...)
            dims = ("dome", *data.dims[len(axes) + 1 :])
            found[name] = xr.Variable(dims, data.values[index], data.attrs)
    return found
