"""What the health of a diagram says in words: where annealings disagree, how runs ended."""

from collections.abc import Iterator
from typing import Any

import numpy as np
import xarray as xr

from mcsc.planning import place_name
from mcsc.text import counted
from mcsc.variables import flag_names

# more places than these are counted, not named
_NAMED = 5


def listed(names: list[str], most: int = _NAMED) -> str:
    """Names one after the other, of many the first and how many more; a common word once."""
    word = names[0].partition(" ")[0] + " " if names else ""
    if len(names) > 1 and all(n.startswith(word) and ", " not in n for n in names):
        shown = word + ", ".join(n.removeprefix(word) for n in names[:most])
    else:
        shown = "; ".join(names[:most])
    more = len(names) - most
    return shown + (f"; and at {counted(more, 'more place')}" if more > 0 else "")


def health_lines(health: xr.Dataset) -> list[str]:
    """Lines about the group ``health`` of a diagram; none where nothing has to be said."""
    return [*_glassy(health), *_lengths(health)]


def _glassy(health: xr.Dataset) -> Iterator[str]:
    """Where independent annealings disagree, and up to which temperature."""
    if "glassy" not in health:
        return
    temperature = health["temperature"]
    unit = temperature.attrs.get("units", "1")
    found = []
    for name, at in _places(health):
        flags = at["glassy"].values == 1
        if flags.any():
            highest = float(temperature.values[flags].max())
            shown = f"{highest:.4g}" + ("" if unit == "1" else f" {unit}")
            found.append(f"{name} ({flags.sum()} of {flags.size} temperatures, up to {shown})")
    if found:
        yield f"glassy, for independent annealings disagree: {listed(found)}"


def _lengths(health: xr.Dataset) -> Iterator[str]:
    """How the places ended that run until their error is small enough."""
    if "stopped_by" not in health:
        return
    ended: dict[str, list[str]] = {
        meaning: [] for meaning in health["stopped_by"].attrs["flag_meanings"].split()
    }
    for name, at in _places(health):
        ended[str(flag_names(at["stopped_by"]))].append(name)
    yield (
        f"run lengths: the error asked for is met at {len(ended['target_met'])} of "
        f"{sum(map(len, ended.values()))} places, {len(ended['no_transition'])} have no transition"
    )
    if ended["budget_ended"]:
        yield f"the sweeps ended before: {listed(ended['budget_ended'])}"


def _places(health: xr.Dataset) -> Iterator[tuple[str, Any]]:
    """Every place of the grid in words, and its entries."""
    dims = [str(dim) for dim in health["sweeps"].dims]
    axes = {dim: health[dim] for dim in dims}
    for where in np.ndindex(*(health.sizes[dim] for dim in dims)):
        at = health.isel(dict(zip(dims, where, strict=True)))
        yield place_name(axes, where), at
