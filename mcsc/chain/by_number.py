"""From a finished ladder in an expanded ensemble to datasets at every number of carriers.

Snapshots of one number are a sample at that number. At each temperature as many of them as a number
is visited on average, evenly spaced among its visits, make the series of a ladder of its own:
everything is measured, and judged, as of a ladder with a fixed number of carriers. Where there are
fewer visits some count several times, which the autocorrelation time tells.
"""

from dataclasses import replace

import numpy as np
import numpy.typing as npt
import xarray as xr

from mcsc.chain.equilibrium import collect
from mcsc.chain.record import FloatArray, LadderRecord, WindowRecord
from mcsc.chain.results import summarize as summarize_ladder
from mcsc.chain.task import Task
from mcsc.kernels.tables import State
from mcsc.model import Model
from mcsc.observables import Probe
from mcsc.variables import written

# snapshots measured at once
_BLOCK = 64


def at_number(task: Task) -> Task:
    """The ladder of one number of carriers in a window, as if it had been run by itself."""
    if task.window is None:
        return task
    sampling = task.sampling
    fewest, most = task.window
    count = max(1, sampling.measurements // (most - fewest + 1))
    # as far apart as visits are
    spacing = sampling.sweeps // count
    found = replace(sampling, measurements=count, sweeps=spacing * count)
    return replace(task, window=None, sampling=found)


def summarize(
    task: Task, model: Model, probe: Probe, state: State, record: WindowRecord
) -> dict[str, xr.Dataset]:
    """Datasets by group, as of :func:`mcsc.chain.run`, with a leading dimension ``carriers``."""
    fewest, most = task.ensemble.fewest, task.ensemble.most
    number = (record.held >= 0).sum(axis=2)
    step = np.concatenate(
        [observed_steps(record, most - fewest), np.full((len(task.temperatures), 1), np.nan)],
        axis=1,
    )
    log_partition = np.cumsum(np.insert(step[:, :-1], 0, 0.0, axis=1), axis=1)
    log_partition -= log_partition.mean(axis=1, keepdims=True)
    share = (most - fewest + 1) / task.sampling.measurements
    trips = int(record.trips[:, 1].sum())
    datasets = []
    for i in range(most - fewest + 1):
        there = number == fewest + i
        found = _at(replace(task, n_carriers=fewest + i), model, probe, state, record, there)
        units = task.units
        found["health"] = found["health"].assign(
            written(
                "health",
                units,
                visits=there.sum(axis=0) * share,
                number_round_trips=trips,
            )
        )
        found["series"] = found["series"].assign(
            written(
                "series",
                units,
                log_partition=log_partition[:, i, np.newaxis],
                log_partition_step=step[:, i, np.newaxis],
            )
        )
        datasets.append(found)
    return {
        group: xr.concat(
            [found[group] for found in datasets],
            "carriers",
            data_vars="all",
            coords="minimal",
            compat="override",
            combine_attrs="override",
        )
        for group in datasets[0]
    }


def observed_steps(record: WindowRecord, n: int) -> FloatArray:
    """(T, n) ln Z(N + 1) − ln Z(N) from the rates seen since they were cleared; NaN where unseen.

    See :mod:`mcsc.kernels.expanded`.
    """
    with np.errstate(divide="ignore", invalid="ignore"):
        up = np.log(record.up[:, :n] / record.time[:, :n])
        down = np.log(record.down[:, 1 : n + 1] / record.time[:, 1 : n + 1])
    found = up - down - np.diff(record.weight[:, : n + 1], axis=1)
    return np.where(np.isfinite(found), found, np.nan)


def _at(
    task: Task,
    model: Model,
    probe: Probe,
    state: State,
    record: WindowRecord,
    there: npt.NDArray[np.bool_],
) -> dict[str, xr.Dataset]:
    """Datasets at the task's number of carriers, which the measurements ``there`` (n, T) have."""
    alone = at_number(task)
    count, n_rungs, seen = alone.sampling.measurements, there.shape[1], there.any(axis=0)
    visits = [_spread(np.nonzero(there[:, t])[0], count) for t in range(n_rungs)]
    ladder = LadderRecord(record.energy_drift, record.potential_drift)
    for first in range(0, count, _BLOCK):
        rows = np.array([chosen[first : first + _BLOCK] for chosen in visits]).T
        held = record.held[rows, np.arange(n_rungs)]
        # in place of what is not known, see _without
        held[:, ~seen] = np.where(np.arange(task.n_wells) < task.n_carriers, 0, -1)
        energies = record.energy[rows, np.arange(n_rungs)]
        collect(alone, probe, ladder, _carriers(probe, held), energies, first)
    ladder.snapshot = held[-1]
    groups = summarize_ladder(alone, model, probe, state, ladder)
    unseen = xr.DataArray(~seen, dims="temperature")
    return {group: _without(found, unseen) for group, found in groups.items()}


def _spread(visits: npt.NDArray[np.int64], count: int) -> npt.NDArray[np.int64]:
    """So many of the visits, evenly spaced and each at least once where there are not too many."""
    if not len(visits):
        return np.zeros(count, np.int64)
    return visits[(np.arange(count) * len(visits)) // count]


def _carriers(probe: Probe, held: npt.NDArray[np.int8]) -> npt.NDArray[np.int32]:
    """(n, T, N) state number of each carrier, from the state of each well (n, T, W)."""
    first = np.searchsorted(probe.base, np.arange(probe.base.max() + 1))
    numbers = probe.numbers.reshape(len(probe.base), -1)
    *_, wells = np.nonzero(held >= 0)
    cell, well = np.divmod(wells, len(first))
    found = numbers[first[well] + held[held >= 0], cell]
    return np.asarray(found.reshape(*held.shape[:2], -1), np.int32)


def _without(dataset: xr.Dataset, unseen: xr.DataArray) -> xr.Dataset:
    """What was never measured at some temperatures is missing there."""
    if not bool(unseen.any()):
        return dataset
    variables = {}
    for name, variable in dataset.data_vars.items():
        if "temperature" not in variable.dims:
            continue
        missing = {"f": np.nan, "i": -1 if name == "state" else 0}.get(variable.dtype.kind)
        variables[name] = variable.where(~unseen, missing).astype(variable.dtype)
    return dataset.assign(variables)
