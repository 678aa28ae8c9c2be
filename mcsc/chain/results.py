"""From the sums of a finished ladder to its datasets: observables with errors, samples, series."""

from functools import partial

import numpy as np
import numpy.typing as npt
import xarray as xr

from mcsc.arrays import FloatArray
from mcsc.chain.convergence import compared_series, convergence, resolved
from mcsc.chain.leading import kept_series, leading
from mcsc.chain.mix import listed_moves
from mcsc.chain.record import LadderRecord, Measured
from mcsc.chain.task import Task
from mcsc.estimators.autocorrelation import autocorrelation_time
from mcsc.estimators.errors import bin_means, fine_bins, jackknife
from mcsc.kernels.block_tables import BlockState
from mcsc.kernels.move_table import ACCEPTED, ATTEMPTS, FROM_COLD, FROM_HOT, MOVES, ROUND_TRIPS
from mcsc.kernels.tables import State, rounding
from mcsc.model import Model
from mcsc.observables import (
    ORDER_SQUARED,
    Channel,
    Observable,
    Point,
    Probe,
    Series,
    channels,
    measured_series,
    saturation_of,
    table,
)
from mcsc.units import Units
from mcsc.variables import Variables, written


def summarize(
    task: Task, model: Model, probe: Probe, state: State | BlockState, record: LadderRecord
) -> xr.DataTree:
    """The results of one ladder; see :func:`mcsc.chain.run`."""
    everything, measured = channels(probe), record.series
    found = [everything[i] for i in record.channel]
    kept = leading(found, record)
    names = [found[i] for i in kept]
    order_squared = measured["order_squared"][..., kept].astype(np.float64)
    of_stars, strongest = None, None
    if len(record.star):
        strongest = int(measured["star_squared"].mean(axis=(0, 1)).argmax())
        orbits = [channel for channel in everything if len(channel.members)]
        of_stars = orbits[record.star[strongest]]
    place = {"channel": kept[0] if kept else None, "star": strongest}
    series = {**measured, "sampled_energy": measured["energy"]}
    for name, one in measured_series(probe).items():
        if (at := place.get(one.axis)) is not None:
            series[name] = measured[name][..., at]
    unordered = np.full((*measured["energy"].shape, 1), np.nan)
    series["order_squared"] = order_squared[..., 0] if kept else unordered
    series |= task.ensemble.series(measured, model)
    observables = task.ensemble.observables(table(probe), model)
    point = point_of(task, model, probe, names[0] if kept else None)
    coords = written("/", task.units, temperature=task.temperatures)
    groups = {
        "/": {
            **_observables(task.units, observables, point, probe, series, record.bin_means()),
            **_wavevectors(task, probe, names, of_stars),
        },
        "health": health(task, state, record, order_squared)
        # how far the pair energies of the kernels, in fixed point, can be from the model
        | written("health", task.units, energy_rounding=rounding(model.pair)),
        "samples": _samples(task, record.snapshot),
        "series": kept_series(task, probe, measured, order_squared, names),
    }
    datasets = {group: xr.Dataset(variables, coords=coords) for group, variables in groups.items()}
    root = datasets["/"]
    for name in {"layer_distance", "plane"} & set(root.dims):
        numbers = np.arange(1, root.sizes[name] + 1)
        datasets["/"] = datasets["/"].assign_coords(written("/", task.units, **{name: numbers}))
    return xr.DataTree.from_dict(datasets)


def point_of(
    task: Task, model: Model, probe: Probe | None = None, channel: Channel | None = None
) -> Point:
    """What observables need to know of the task, ordering in ``channel``."""
    temperature, among = np.array(task.temperatures), task.interactions
    strength = among.strength(task.units) if among.coulomb else 0.0
    return Point(
        temperature=temperature,
        thermal_energy=task.units.boltzmann * temperature,
        n_carriers=task.ensemble.most,
        volume=model.lattice.volume,
        coulomb=strength,
        field=task.field,
        displacement=float(np.linalg.norm(model.displacements, axis=1).max()),
        members=channel.members if channel else np.zeros(0, dtype=np.int64),
        n_layers=model.lattice.n_layers,
        saturation=saturation_of(probe, channel) if probe and channel else _without_order,
        gauss=strength if among.by_gauss else np.nan,
    )


def _without_order(number: npt.ArrayLike) -> FloatArray:
    return np.full(np.shape(number), np.nan)


def _observables(
    units: Units,
    observables: tuple[Observable, ...],
    point: Point,
    probe: Probe,
    values: Measured,
    by_wave: dict[str, FloatArray],
) -> Variables:
    """All observables of a table, from series and the bin means of what has wavevectors."""
    n_bins = len(by_wave["structure_factor"])
    order = ORDER_SQUARED.of(probe, values)
    slow = autocorrelation_time(order) * n_bins / len(order)
    bins: dict[str, FloatArray] = {}

    def fine(series: Series) -> FloatArray:
        if series.name not in bins:
            bins[series.name] = fine_bins(series.of(probe, values))
        return bins[series.name]

    def coarse(series: Series) -> FloatArray:
        found = by_wave.get(series.name)
        return bin_means(series.of(probe, values), n_bins) if found is None else found

    variables: Variables = {}
    for item in observables:
        parts = [part for series in item.series for part in series.parts()]
        roots = {part.name for part in parts if not part.sources}
        missing = not roots <= values.keys() | by_wave.keys()
        if missing or (item.displaced and point.displacement == 0):
            continue
        # of wavevectors only coarse bins are kept: they are taken to be as slow as the order is
        has_waves = not by_wave.keys().isdisjoint(roots)
        tau = slow.reshape(-1, *[1] * len(item.dims)) if has_waves else None
        means = map(coarse if has_waves else fine, item.series)
        value, error = jackknife(partial(item.function, point), *means, tau=tau)
        variables |= item.variable.with_stderr(value, error, units)
    return variables


def _wavevectors(
    task: Task, probe: Probe, names: list[Channel], of_stars: Channel | None
) -> Variables:
    """Where the order is, and the list of wavevectors."""
    return written(
        "/",
        task.units,
        charge_order_wavevector=names[0].wavevector if names else np.full(3, np.nan),
        q=task.structure.in_axes(probe.q),
        **({"star_order_wavevector": of_stars.wavevector} if of_stars else {}),
    )


def _samples(task: Task, snapshot: npt.NDArray[np.int8]) -> Variables:
    """The last snapshot of each temperature as one integer a well, and the dopants beneath it."""
    found = written("samples", task.units, state=snapshot)
    if task.dopants is not None and task.dopants.positions:
        place, charge = np.array(task.dopants.positions), task.dopants.charge
        name = "dopant_charges" if isinstance(charge, tuple) else "dopant_charge"
        found |= written("samples", task.units, dopant_place=place, **{name: charge})
    return found


def health(
    task: Task, state: State | BlockState, record: LadderRecord, order_squared: FloatArray
) -> Variables:
    """Variables of the group ``health``.

    record: Series and drifts of the run.
    order_squared: (n, T, layers, channels) m² of the leading channels.
    """
    tally = state.tally.astype(np.float64)
    n_moves = len(listed_moves(task))
    attempts, accepted = tally[:, ATTEMPTS[:n_moves]], tally[:, ACCEPTED[:n_moves]]
    with np.errstate(invalid="ignore"):
        acceptance = accepted / attempts
        exchange = tally[:, ACCEPTED.exchange] / tally[:, ATTEMPTS.exchange]
        hot_share = tally[:, FROM_HOT] / (tally[:, FROM_HOT] + tally[:, FROM_COLD])
    swaps = tally[:, ACCEPTED.exchange]
    series = compared_series(
        record.series["energy"],
        order_squared[..., 0] if order_squared.shape[3] else order_squared.sum(axis=3)[:, :, :0],
        record.series["displacement"] @ np.array(task.field_direction),
        record.series.get("number"),
    )
    displaced = any(well.displacements.any() for well in task.structure.wells)
    found = convergence([series], swaps, acceptance, task.sampling.spacing, displaced)
    drifts = record.energy_drift, record.potential_drift
    thermal = task.units.boltzmann * np.array(task.temperatures)
    found["converged"] &= resolved(record.series["energy"], drifts, thermal)
    # of layered crystals alone
    if attempts[:, MOVES.index("layer_exchange")].any():
        found["layer_exchange_acceptance"] = acceptance[:, MOVES.index("layer_exchange")]
    return written(
        "health",
        task.units,
        **found,
        acceptance=acceptance,
        proposals=attempts.sum(axis=0) / (task.sampling.sweeps * len(task.temperatures)),
        exchange_rate=exchange,
        hot_share=hot_share,
        round_trips=tally[:, ROUND_TRIPS].sum(),
        energy_drift=record.energy_drift,
        potential_drift=record.potential_drift,
        by_blocks=task.by_blocks,
    )
