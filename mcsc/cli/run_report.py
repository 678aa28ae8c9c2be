"""What became of the points of a run: which are glassy, which ended before their error was met."""

from collections.abc import Iterator
from typing import Any

import numpy as np

from mcsc.planning import place_name

# more points than these are counted, not named
_NAMED = 5


def report_lines(health: Any) -> list[str]:
    """Lines about the group ``health`` of a diagram; none where nothing has to be said."""
    return [*_glassy(health), *_lengths(health)]


def _glassy(health: Any) -> Iterator[str]:
    """Where independent annealings disagree, and up to which temperature."""
    if "glassy" not in health:
        return
    temperature = health["temperature"]
    unit = temperature.attrs.get("units", "1")
    found = []
    for name, at in _points(health):
        flags = at["glassy"].values == 1
        if flags.any():
            highest = float(temperature.values[flags].max())
            shown = f"{highest:.4g}" + ("" if unit == "1" else f" {unit}")
            found.append(f"{name} ({flags.sum()} of {flags.size} temperatures, up to {shown})")
    if found:
        yield f"glassy, for independent annealings disagree: {_listed(found)}"


def _lengths(health: Any) -> Iterator[str]:
    """How the points ended that run until their error is small enough."""
    if "stopped_by" not in health:
        return
    meanings = health["stopped_by"].attrs["flag_meanings"].split()
    ended: dict[str, list[str]] = {meaning: [] for meaning in meanings}
    for name, at in _points(health):
        ended[meanings[int(at["stopped_by"])]].append(name)
    yield (
        f"run lengths: the error asked for is met at {len(ended['target_met'])} of "
        f"{sum(map(len, ended.values()))} points, {len(ended['no_transition'])} have no transition"
    )
    if ended["budget_ended"]:
        yield f"the sweeps ended before: {_listed(ended['budget_ended'])}"


def _points(health: Any) -> Iterator[tuple[str, Any]]:
    """Every place of the grid, in words, and its entries."""
    dims = [str(dim) for dim in health["sweeps"].dims]
    axes = {dim: health[dim] for dim in dims}
    for place in np.ndindex(*(health.sizes[dim] for dim in dims)):
        at = health.isel(dict(zip(dims, place, strict=True)))
        yield place_name(axes, place), at


def _listed(names: list[str]) -> str:
    more = len(names) - _NAMED
    return "; ".join(names[:_NAMED]) + (f"; and at {more} more points" if more > 0 else "")
