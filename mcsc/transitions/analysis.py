"""The transitions and domes of a whole phase diagram, from the series kept in it."""

from collections.abc import Callable
from itertools import product

import xarray as xr

from mcsc.transitions.collective import Collective, collective
from mcsc.transitions.point import Settings, Transition, transition
from mcsc.transitions.regimes import regimes
from mcsc.transitions.tables import (
    collective_dome_table,
    collective_table,
    dome_table,
    transition_table,
)

_DEFAULT = Settings()


def analyse(
    groups: dict[str, xr.Dataset],
    settings: Settings = _DEFAULT,
    *,
    boltzmann: float,
    progress: Callable[[float], None] = lambda done: None,
) -> dict[str, xr.Dataset]:
    """Find the transitions, domes and regimes of a phase diagram.

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
    All groups, with ``T_charge``, ``T_collective``, what belongs to them and, where wells have
    displaced states, ``regime`` in the root, and the groups ``domes`` and ``domes_collective``.
    """
    root, series = groups["/"], groups["series"]
    sizes = range(series.sizes.get("size", 1))
    fields = range(series.sizes.get("field", 1))
    dopings = range(series.sizes["doping"])
    charge: dict[tuple[int, int], Transition] = {}
    displacement: dict[tuple[int, int], Collective] = {}
    for i, (f, x) in enumerate(product(fields, dopings)):
        ladders = [_pick(groups, size, f, x) for size in sizes]
        charge[f, x] = transition(ladders, boltzmann, settings)
        displacement[f, x] = collective(ladders, boltzmann, settings)
        progress((i + 1) / (len(fields) * len(dopings)))
    root = root.assign(
        {
            **transition_table(root, charge, len(sizes), len(fields)),
            **collective_table(root, displacement, len(sizes), len(fields)),
        }
    )
    if "displacement_largest" in series and "transmission" in root:
        root["regime"] = regimes({**groups, "/": root}, settings.regimes)
    return {
        **groups,
        "/": root,
        "domes": dome_table(root, charge, fields, settings),
        "domes_collective": collective_dome_table(root, displacement, fields, settings),
    }


def _pick(groups: dict[str, xr.Dataset], size: int, f: int, x: int) -> xr.Dataset:
    """Series and convergence of one ladder; missing dimensions have one entry."""

    def at(dataset: xr.Dataset) -> xr.Dataset:
        place = {"size": size, "field": f, "doping": x}
        return dataset.isel({k: v for k, v in place.items() if k in dataset.dims})

    series = at(groups["series"]).transpose("channel", "temperature", "measurement", "layer", ...)
    return series.assign(converged=at(groups["health"])["converged"])
