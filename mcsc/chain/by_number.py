"""From a finished ladder in an expanded ensemble to datasets at every number of carriers.

Snapshots of one number are a sample at that number. At each temperature as many of them as a number
is visited on average, evenly spaced among its visits, make the series of a ladder of its own:
everything is measured, and judged, as of a ladder with a fixed number of carriers. Where there are
fewer visits some count several times, which the autocorrelation time tells. Energy and specific
heat are known better, from all the time spent at a number.
"""

from dataclasses import replace

import numpy as np
import numpy.typing as npt
import xarray as xr

from mcsc.arrays import BoolArray, FloatArray, IntArray
from mcsc.chain.equilibrium import collect
from mcsc.chain.record import LadderRecord, WindowRecord
from mcsc.chain.results import point_of
from mcsc.chain.results import summarize as summarize_ladder
from mcsc.chain.task import Task
from mcsc.estimators.errors import jackknife
from mcsc.files.tree import groups_of
from mcsc.kernels.tables import State
from mcsc.model import Model
from mcsc.observables import Observable, Point, Probe, table
from mcsc.variables import Variables, written

# snapshots measured at once
_BLOCK = 64
# of a window, integrated over time, in the order in which a record has them
SUMS = ("time", "up", "down", "energy", "energy_squared")


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
    return replace(task, window=None, emphasis=(), sampling=found)


def summarize(
    task: Task, model: Model, probe: Probe, state: State, record: WindowRecord
) -> xr.DataTree:
    """A tree as of :func:`mcsc.chain.run`, with a leading dimension ``carriers``."""
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
    # (blocks, T, n) and what it says of all time
    time, _, _, *sums = np.moveaxis(record.seen[..., : most - fewest + 1], 1, 0)
    mean, square = _over_time(time.sum(axis=0), *(total.sum(axis=0) for total in sums))
    found: dict[str, list[xr.Dataset]] = {}
    for i in range(most - fewest + 1):
        there = number == fewest + i
        units = task.units
        more = {
            "/": _energies(task, model, probe, fewest + i, *(a[..., i] for a in (time, *sums))),
            "health": written(
                "health", units, visits=there.sum(axis=0) * share, number_round_trips=trips
            ),
            "series": written(
                "series",
                units,
                log_partition=log_partition[:, i, np.newaxis],
                log_partition_step=step[:, i, np.newaxis],
                mean_energy=mean[:, i, np.newaxis],
                energy_variance=(square - mean**2)[:, i, np.newaxis],
            ),
        }
        here = _at(replace(task, n_carriers=fewest + i), model, probe, state, record, there)
        for name, dataset in here.items():
            found.setdefault(name, []).append(dataset.assign(more.get(name, {})))
    joined = {
        name: xr.concat(
            datasets,
            "carriers",
            data_vars="all",
            coords="minimal",
            compat="override",
            combine_attrs="override",
        )
        for name, datasets in found.items()
    }
    return xr.DataTree.from_dict(joined)


def observed_steps(record: WindowRecord, n: int) -> FloatArray:
    """(T, n) ln Z(N + 1) − ln Z(N) from the rates seen since they were cleared; NaN where unseen.

    See :mod:`mcsc.kernels.expanded`.
    """
    time, up, down, *_ = record.seen.sum(axis=0)
    with np.errstate(divide="ignore", invalid="ignore"):
        up = np.log(up[:, :n] / time[:, :n])
        down = np.log(down[:, 1 : n + 1] / time[:, 1 : n + 1])
    found = up - down - np.diff(record.weight[:, : n + 1], axis=1)
    return np.where(np.isfinite(found), found, np.nan)


def _over_time(time: FloatArray, *sums: FloatArray) -> tuple[FloatArray, ...]:
    """Means over the time spent; NaN where there is none."""
    spent = np.where(time > 0, time, np.nan)
    return tuple(total / spent for total in sums)


def _energies(
    task: Task, model: Model, probe: Probe, n_carriers: int, *sums: FloatArray
) -> Variables:
    """Energy and specific heat at a number of carriers, from sums over time (blocks, T)."""
    point = point_of(replace(at_number(task), n_carriers=n_carriers), model, probe, None)
    found: Variables = {}
    for item in (one for one in table(probe) if one.name in ("energy", "specific_heat")):

        def of(*means: FloatArray, item: Observable = item, point: Point = point) -> FloatArray:
            energy, square = _over_time(*means)
            # a specific heat is made of deviations from the mean
            moments = (energy,) if item.name == "energy" else (0.0 * energy, square - energy**2)
            return item.function(point, *moments)

        value, error = jackknife(of, *sums, tau=None)
        found |= item.variable.with_stderr(value, error, task.units)
    return found


def _at(
    task: Task, model: Model, probe: Probe, state: State, record: WindowRecord, there: BoolArray
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
    tree = summarize_ladder(alone, model, probe, state, ladder)
    unseen = xr.DataArray(~seen, dims="temperature")
    return {name: _without(found, unseen) for name, found in groups_of(tree).items()}


def _spread(visits: IntArray, count: int) -> IntArray:
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
