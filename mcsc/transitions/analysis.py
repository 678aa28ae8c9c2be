"""The transitions and domes of a whole phase diagram, from the series kept in it."""

from collections.abc import Callable
from itertools import product

import xarray as xr

from mcsc.transitions.point import Settings, Transition, transition
from mcsc.transitions.tables import dome_table, transition_table

_DEFAULT = Settings()


def analyse(
    groups: dict[str, xr.Dataset],
    settings: Settings = _DEFAULT,
    *,
    boltzmann: float,
    progress: Callable[[float], None] = lambda done: None,
) -> dict[str, xr.Dataset]:
    """Find the transitions and domes of a phase diagram.

    Parameters
    ----------
    groups
        ``/``, ``series`` and ``health`` of a diagram; they are not changed.
    boltzmann
        k_B in energy per temperature, in the units of the diagram.
    progress
        Told the fraction done.

    Returns
    -------
    All groups, with ``T_charge`` and what belongs to it in the root and the group ``domes``.
    """
    root, series = groups["/"], groups["series"]
    sizes = range(series.sizes.get("size", 1))
    fields = range(series.sizes.get("field", 1))
    dopings = range(series.sizes["doping"])
    found: dict[tuple[int, int], Transition] = {}
    for i, (f, x) in enumerate(product(fields, dopings)):
        ladders = [_pick(groups, size, f, x) for size in sizes]
        found[f, x] = transition(ladders, boltzmann, settings)
        progress((i + 1) / (len(fields) * len(dopings)))
    variables = transition_table(root, found, len(sizes), len(fields))
    domes = dome_table(root, found, fields, settings)
    return {**groups, "/": root.assign(variables), "domes": domes}


def _pick(groups: dict[str, xr.Dataset], size: int, f: int, x: int) -> xr.Dataset:
    """Series and convergence of one ladder; missing dimensions have one entry."""

    def at(dataset: xr.Dataset) -> xr.Dataset:
        place = {"size": size, "field": f, "doping": x}
        return dataset.isel({k: v for k, v in place.items() if k in dataset.dims})

    series = at(groups["series"]).transpose("channel", "temperature", "measurement", "layer", ...)
    return series.assign(converged=at(groups["health"])["converged"])
