"""What hopping carriers conduct, and in which field they come loose."""

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
import xarray as xr

from mcsc.files.tree import as_in_a_task
from mcsc.transitions.grid import places
from mcsc.variables import meaning

_OWN = ("field", "doping", "temperature")


@dataclass(frozen=True)
class Conduction:
    """Conduction of one place; numbers are with their statistical errors, None where not known.

    at: The place, by axis, the doping and the temperature last.
    conductivity, resistivity: From fluctuations at zero field.
    lowest_field, in_lowest_field, resistivity_in_lowest_field: The lowest field above zero, J/E in
        it, and 1 over that.
    depinning_field, depinning: Field at which carriers come loose, and what is known of it in
        words.
    not_converged: Fields at which the point cannot be trusted.
    """

    at: dict[str, float | str]
    conductivity: tuple[float, float] | None
    resistivity: tuple[float, float] | None
    lowest_field: float | None
    in_lowest_field: tuple[float, float] | None
    resistivity_in_lowest_field: tuple[float, float] | None
    depinning_field: tuple[float, float] | None
    depinning: str
    not_converged: tuple[float, ...]


def conductions(group: xr.Dataset | None) -> Iterator[Conduction]:
    """Of every place, doping and temperature of the group ``transport``; none without it."""
    if group is None:
        return
    found = as_in_a_task(group, "transport")
    axes = [*(str(d) for d in found["conductivity"].dims if d not in _OWN), "doping", "temperature"]
    driven = found.sizes["field"] > 1
    for place, at in places(found, axes):
        if np.isnan(at["drift_velocity"]).all():
            continue
        rest, low = at.isel(field=0), at.isel(field=min(1, found.sizes["field"] - 1))
        yield Conduction(
            place,
            _number(rest, "conductivity"), _number(rest, "resistivity"),
            float(low["field"]) if driven else None,
            _number(low, "conductivity") if driven else None,
            _number(low, "resistivity") if driven else None,
            _number(at, "depinning_field") if driven else None,
            meaning(at["depinning"]) if driven else "",
            tuple(at["field"].values[at["converged"].values == 0].tolist()),
        )  # fmt: skip


def _number(at: xr.Dataset, name: str) -> tuple[float, float] | None:
    value, error = float(at[name]), float(at[f"{name}_stderr"])
    return (value, error) if np.isfinite([value, error]).all() else None
