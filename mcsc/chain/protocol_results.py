"""From the sums of a finished protocol to its dataset: observables with errors over the repeats."""

from collections.abc import Iterator
from dataclasses import replace
from functools import partial
from typing import Any

import numpy as np
import numpy.typing as npt
import xarray as xr

from mcsc.arrays import FloatArray
from mcsc.chain.leading import largest_displacements
from mcsc.chain.record import HistoryRecord
from mcsc.chain.results import point_of
from mcsc.chain.task import Task
from mcsc.estimators.errors import jackknife
from mcsc.kernels.tables import State
from mcsc.model import Model
from mcsc.observables import OBSERVABLES, Channel, Point, Probe, channels
from mcsc.variables import Variable, Variables, declared, written

BRANCHES = ("forward", "backward", "field_cooled", "field_removed")
_SAME = (
    "energy", "charge_order_share", "displacement_parallel", "polar_order",
    "transverse_displacement", "localization_length", "transmission",
)  # fmt: skip
AVERAGED = tuple(item for item in OBSERVABLES if item.name in _SAME and not item.order)
"""Observables whose series are averaged at every point of every branch."""

OBSERVED = tuple(
    replace(
        item.variable,
        dims="... branch field temperature",
        comment=item.comment + " and −E·U of the field applied" * (item.name == "energy"),
    )
    for item in OBSERVABLES
    if item.name in _SAME
)
"""Those of the table of observables that a protocol gives, as everywhere."""


def summarize(
    task: Task, model: Model, probe: Probe, state: State, record: HistoryRecord
) -> xr.DataTree:
    """The results of one protocol, a root alone; see :mod:`mcsc.chain.protocol`.

    Errors are standard errors over the independent repeats, by a jackknife.
    """
    protocol = task.protocol
    assert protocol is not None
    bins = {name: by_repeat(task, means) for name, means in record.means.items()}
    bins["order_squared"], channel = _leading(channels(probe), bins["order_squared"])
    point = point_of(task, model, probe, channel)
    variables: Variables = {}
    for variable, function, series in _quantities(point):
        value, error = _over_repeats(function, [bins[one] for one in series])
        variables |= variable.with_stderr(value, error, task.units)
    # what has no error: repeats one by one, scales, the wavevector
    variables |= written(
        "protocols",
        task.units,
        displacement_parallel_repeat=np.moveaxis(bins["parallel"], 0, -1),
        **largest_displacements(probe),
        charge_order_wavevector=channel.wavevector if channel else np.full(3, np.nan),
        energy_drift=record.energy_drift,
    )
    coords = written(
        "protocols",
        task.units,
        branch=list(BRANCHES),
        field=protocol.fields,
        temperature=task.temperatures,
    )
    recorded = {
        "protocol_sweeps": protocol.sweeps,
        "protocol_measurements": protocol.measurements,
        "protocol_repeats": protocol.repeats,
        "protocol_warmup": task.sampling.warmup,
    }
    return xr.DataTree(xr.Dataset(variables, coords=coords, attrs=recorded))


def _over_repeats(function: Any, bins: list[FloatArray]) -> tuple[FloatArray, FloatArray]:
    """Value and error of a function of means over the repeats, bins (repeats, ...)."""
    # a mean without one repeat, formed by subtraction, can fall below zero by a last digit
    floors = [0.0 if one.min() >= 0 else -np.inf for one in bins]

    def bounded(*means: FloatArray) -> FloatArray:
        return np.asarray(function(*map(np.maximum, means, floors)))

    return jackknife(bounded, *bins)


def by_repeat(task: Task, values: npt.NDArray[Any]) -> npt.NDArray[Any]:
    """(repeats, a, b, temperature, ...) of a history from values (a, b, replica, ...)."""
    n = len(task.temperatures)
    split = values.reshape(*values.shape[:2], task.n_replicas // n, n, *values.shape[3:])
    return np.moveaxis(split, 2, 0)


def _leading(found: list[Channel], squared: FloatArray) -> tuple[FloatArray, Channel | None]:
    """m² of the channel with the largest one over the whole task, and the channel."""
    if not found:
        return np.full(squared.shape[:-1], np.nan), None
    best = int(np.argmax(squared.reshape(-1, len(found)).mean(axis=0)))
    return squared[..., best], found[best]


def _quantities(point: Point) -> Iterator[tuple[Variable, Any, tuple[str, ...]]]:
    """Everything with an error: what it is, its function of means, and the means."""
    variables = {variable.name: variable for variable in OBSERVED}

    def share(squared: FloatArray) -> FloatArray:
        return np.sqrt(squared) / point.saturation(point.n_carriers)

    for item in AVERAGED:
        names = tuple(series.name for series in item.series)
        yield variables[item.name], partial(item.function, point), names
    # the means have been led to one channel before
    yield variables["charge_order_share"], share, ("order_squared",)
    yield declared("near_hop_acceptance", "protocols"), np.asarray, ("near_hop_acceptance",)
    yield declared("charge_order", "protocols"), np.sqrt, ("order_squared",)
