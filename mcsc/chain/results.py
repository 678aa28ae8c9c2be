"""From the sums of a finished ladder to its datasets: observables with errors, samples, series."""

from functools import partial

import numpy as np
import numpy.typing as npt
import xarray as xr

from mcsc.chain.health import health
from mcsc.chain.kept_series import kept_series
from mcsc.chain.leading import BY_CHANNEL, leading
from mcsc.chain.record import LadderRecord, Series
from mcsc.chain.task import Task
from mcsc.kernels.tables import State, rounding
from mcsc.model import Model
from mcsc.observables import (
    Channel,
    Observable,
    Point,
    Probe,
    channels,
    saturation_of,
)
from mcsc.statistics import autocorrelation_time, bin_means, fine_bins, jackknife
from mcsc.units import Units
from mcsc.variables import Variables, written

FloatArray = npt.NDArray[np.float64]


def summarize(
    task: Task, model: Model, probe: Probe, state: State, record: LadderRecord
) -> dict[str, xr.Dataset]:
    """Datasets of one ladder, by group; see :func:`mcsc.chain.run`."""
    everything, measured = channels(probe), record.series
    found = [everything[i] for i in record.channel]
    kept = leading(found, record)
    names = [found[i] for i in kept]
    order_squared = measured["order_squared"][..., kept].astype(np.float64)
    series = _series(measured, order_squared[..., 0] if kept else None, probe)
    series |= task.ensemble.series(measured, model)
    if kept:
        series |= {
            name: measured[name][..., kept[0]] for name in BY_CHANNEL[1:] if name in measured
        }
    star = None
    if len(record.star):
        strongest = int(measured["star_squared"].mean(axis=(0, 1)).argmax())
        series["star_squared"] = measured["star_squared"][..., strongest]
        stars = [channel for channel in everything if len(channel.members)]
        star = stars[record.star[strongest]]
    table = task.ensemble.observables(model)
    point = point_of(task, model, probe, names[0] if kept else None)
    coords = written("/", task.units, temperature=task.temperatures)
    groups = {
        "/": {
            **_observables(task.units, table, point, series, record.bin_means()),
            **_wavevectors(task, probe, names, star),
        },
        "health": health(task, state, record, order_squared)
        # how far the pair energies of the kernels, in fixed point, can be from the model
        | written("health", task.units, energy_rounding=rounding(model.pair)),
        "samples": _samples(task, probe, record.carriers),
        "series": kept_series(task, probe, measured, order_squared, names),
    }
    datasets = {group: xr.Dataset(variables, coords=coords) for group, variables in groups.items()}
    root = datasets["/"]
    if "layer_distance" in root.dims:
        distance = np.arange(1, root.sizes["layer_distance"] + 1)
        datasets["/"] = root.assign_coords(written("/", task.units, layer_distance=distance))
    return datasets


def _series(
    measured: Series, order_squared: FloatArray | None, probe: Probe
) -> dict[str, FloatArray]:
    """All series that :data:`OBSERVABLES` average, from the measured ones."""
    energy = measured["energy"]
    deviation = energy - energy.mean(axis=0)
    # (n, T, layers); moments are averaged over the layers
    squared = order_squared if order_squared is not None else np.full((*energy.shape, 1), np.nan)
    u = measured["displacement"]
    parallel = u @ probe.direction
    across = u - parallel[..., None] * probe.direction
    length_squared = (u**2).sum(axis=-1)
    return {
        "energy": energy,
        "energy_deviation": deviation,
        "energy_deviation_squared": deviation**2,
        "order": np.sqrt(squared).mean(axis=2),
        "order_squared": squared.mean(axis=2),
        "order_fourth": (squared**2).mean(axis=2),
        "occupation": measured["occupation"],
        "displacement": u,
        "displacement_length": np.sqrt(length_squared),
        "mean_displacement_squared": length_squared,
        "mean_displacement_fourth": length_squared**2,
        "displacement_squared": measured["displacement_squared"],
        "transverse_squared": measured["transverse_squared"],
        "parallel": parallel,
        "parallel_squared": parallel**2,
        "perpendicular": across,
        "perpendicular_squared": (across**2).sum(axis=-1),
    }


def point_of(task: Task, model: Model, probe: Probe, channel: Channel | None) -> Point:
    """What observables need to know of the task, ordering in ``channel``."""
    temperature = np.array(task.temperatures)
    return Point(
        temperature=temperature,
        thermal_energy=task.units.boltzmann * temperature,
        n_carriers=task.ensemble.most,
        volume=model.lattice.volume,
        coulomb=task.interactions.strength(task.units) if task.interactions.coulomb else 0.0,
        field=task.field,
        displacement=float(np.linalg.norm(model.displacements, axis=1).max()),
        members=channel.members if channel else np.zeros(0, dtype=np.int64),
        n_layers=model.lattice.n_layers,
        saturation=saturation_of(probe, channel) if channel else _without_order,
    )


def _without_order(number: npt.ArrayLike) -> FloatArray:
    return np.full(np.shape(number), np.nan)


def _observables(
    units: Units,
    table: tuple[Observable, ...],
    point: Point,
    series: dict[str, FloatArray],
    by_wave: dict[str, FloatArray],
) -> Variables:
    """All observables of a table, from series and the bin means of what has wavevectors."""
    bins = {name: fine_bins(values) for name, values in series.items()}
    # of wavevectors only coarse bins are kept: they are taken to be as slow as the order is
    n_bins = len(by_wave["structure_factor"])
    coarse = dict(by_wave)
    for name in ("order_squared", "number"):
        if name in series:
            coarse[name] = bin_means(series[name], n_bins)
    slow = autocorrelation_time(series["order_squared"]) * n_bins / len(series["order_squared"])
    variables: Variables = {}
    for item in table:
        has_waves = not by_wave.keys().isdisjoint(item.series)
        kept = coarse if has_waves else bins
        if (item.displaced and point.displacement == 0) or not kept.keys() >= set(item.series):
            continue
        tau = slow.reshape(-1, *[1] * len(item.dims)) if has_waves else None
        means = (kept[name] for name in item.series)
        value, error = jackknife(partial(item.function, point), *means, tau=tau)
        variables |= item.variable.with_stderr(value, error, units)
    return variables


def _wavevectors(task: Task, probe: Probe, names: list[Channel], star: Channel | None) -> Variables:
    """Where the order is, and the list of wavevectors."""
    nowhere = np.full(3, np.nan)
    found = written(
        "/",
        task.units,
        charge_order_wavevector=names[0].wavevector if names else nowhere,
        q=task.structure.in_axes(probe.q),
    )
    if star:
        found |= written("/", task.units, star_order_wavevector=star.wavevector)
    return found


def _samples(task: Task, probe: Probe, carriers: npt.NDArray[np.int32]) -> Variables:
    """The last snapshot of each temperature as one integer a well, and the dopants beneath it."""
    n_states = len(probe.base)
    cell_states, *cells = np.indices(probe.numbers.shape)
    nx, ny, nz = task.size
    n_base = len(probe.orbit)
    well = ((cells[0] * ny + cells[1]) * nz + cells[2]) * n_base + probe.base[cell_states]
    first = np.searchsorted(probe.base, np.arange(n_base))
    n_wells = nx * ny * nz * n_base
    # −1 is no carrier: it goes to a well that is cut off again
    well_of = np.full(probe.numbers.size + 1, n_wells)
    state_of = np.empty(probe.numbers.size + 1, np.int8)
    well_of[probe.numbers] = well
    state_of[probe.numbers] = (np.arange(n_states) - first[probe.base])[:, None, None, None]
    state = np.full((len(carriers), n_wells + 1), -1, np.int8)
    np.put_along_axis(state, well_of[carriers], state_of[carriers], axis=1)
    found = written("samples", task.units, state=state[:, :n_wells])
    if task.dopants is not None and task.dopants.positions:
        place, charge = np.array(task.dopants.positions), float(task.dopants.charge)
        found |= written("samples", task.units, dopant_place=place, dopant_charge=charge)
    return found
