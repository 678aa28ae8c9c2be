"""From the intervals of finished transport to its dataset: currents, conductivity, response."""

from collections.abc import Iterator

import numpy as np
import xarray as xr

from mcsc.arrays import BoolArray, FloatArray
from mcsc.chain.convergence import MAXIMUM_R_HAT
from mcsc.chain.protocol_results import by_repeat
from mcsc.chain.record import TransportRecord
from mcsc.chain.task import Task
from mcsc.estimators.diffusion import Diffusion, depinning_field, diffusion, response
from mcsc.estimators.errors import jackknife
from mcsc.estimators.settling import r_hat
from mcsc.kernels.tables import State
from mcsc.model import Model
from mcsc.observables import Probe
from mcsc.sampling import Transport
from mcsc.variables import Variables, declared, written

Estimates = Iterator[tuple[str, FloatArray, FloatArray]]

# standard errors that a conductivity has to be above zero to have an inverse
LEAST_CONDUCTION = 2.0
# bins of every repeat at a field
BINS = 64
# hops that a current needs
LEAST_HOPS = 100


def summarize(
    task: Task, model: Model, probe: Probe, state: State, record: TransportRecord
) -> xr.DataTree:
    """The results of one task, a root alone; see :mod:`mcsc.chain.transport`."""
    asked, units = task.transport, task.units
    assert asked is not None
    bins, whole = _bins(task, record, probe, asked)
    found, spacing = _collective(task, record, probe, asked)
    variables: Variables = {}
    for part in (
        _currents(task, model, asked, bins, found),
        _susceptibilities(task, model, asked, found, spacing),
    ):
        for name, value, error in part:
            variables |= declared(name, "transport").with_stderr(value, error, units)
    pinned, pinned_error, depinning = depinning_field(asked.fields, bins["along"], bins["elapsed"])
    variables |= declared("depinning_field", "transport").with_stderr(pinned, pinned_error, units)
    variables |= written(
        "transport",
        units,
        depinning=depinning,
        measured_time=bins["elapsed"].sum(axis=0) / asked.repeats,
        converged=_converged(bins, whole, found, asked.repeats),
        energy_drift=record.energy_drift,
    )
    coords = written("transport", units, field=asked.fields, temperature=task.temperatures)
    if asked.frequencies:
        coords |= written("transport", units, frequency=asked.frequencies)
    recorded = {
        "transport_rate": asked.rate,
        "transport_state_rate": asked.state_rate,
        "transport_rates": "metropolis" if asked.barrier is None else "arrhenius",
        "transport_repeats": asked.repeats,
    }
    return xr.DataTree(xr.Dataset(variables, coords=coords, attrs=recorded))


def _currents(
    task: Task, model: Model, asked: Transport, bins: dict[str, FloatArray], found: Diffusion
) -> Estimates:
    """What has a value at every field; at zero field conduction is that of the fluctuations."""
    number = max(task.n_carriers, 1)
    volume, fields = model.lattice.volume, np.array(asked.fields)[:, None]
    thermal = task.units.boltzmann * np.array(task.temperatures)
    velocity, error = _ratio(bins["along"] / number, bins["elapsed"])
    mobility, uncertain = np.full((2, *velocity.shape), np.nan)
    mobility[1:], uncertain[1:] = velocity[1:] / fields[1:], error[1:] / fields[1:]
    for values, of in ((mobility, found.slope), (uncertain, found.stderr)):
        values[0] = of / (2 * thermal * number)
    density = number / volume
    sigma, sigma_error = mobility * density, uncertain * density
    conducts = np.where(sigma > LEAST_CONDUCTION * sigma_error, sigma, np.nan)
    yield "drift_velocity", velocity, error
    yield "current_density", velocity * density, error * density
    yield "mobility", mobility, uncertain
    yield "conductivity", sigma, sigma_error
    yield "resistivity", 1 / conducts, sigma_error / conducts**2
    yield "hop_rate", *_ratio(bins["hops"] / number, bins["elapsed"])
    yield "energy", *_ratio(bins["energy"] / number, bins["elapsed"] * asked.rate)


def _susceptibilities(
    task: Task, model: Model, asked: Transport, found: Diffusion, spacing: FloatArray
) -> Estimates:
    if asked.frequencies:
        thermal = task.units.boltzmann * np.array(task.temperatures)[:, None]
        real, real_error, loss, loss_error = (
            part / (model.lattice.volume * thermal)
            for part in response(found, spacing, asked.frequencies)
        )
        yield "susceptibility", real, real_error
        yield "susceptibility_loss", loss, loss_error


def _ratio(over: FloatArray, under: FloatArray) -> tuple[FloatArray, FloatArray]:
    """Of the means of two bins (bins, field, temperature), with its error."""
    return jackknife(np.divide, over, under, tau=None)


def _bins(
    task: Task, record: TransportRecord, probe: Probe, asked: Transport
) -> tuple[dict[str, FloatArray], BoolArray]:
    """Sums (bins, field, temperature) by name, bins of all repeats one after the other.

    Also whether no interval at a point ended before its time.
    """
    found = {}
    for name, at_rest in record.at_rest.items():
        binned = at_rest.reshape(BINS, -1, *at_rest.shape[1:]).sum(axis=1)
        found[name] = np.stack([binned, *record.driven.get(name, ())])
    intervals = np.array([asked.measurements // BINS] + [1] * (len(asked.fields) - 1))
    given = record.duration[:, None] * intervals[:, None, None]
    in_time = np.isclose(found["elapsed"], given, rtol=1e-9)
    whole = np.asarray(by_repeat(task, in_time).all(axis=(0, 2)))
    found["along"] = found.pop("moved") @ probe.direction
    del found["displaced"]
    found["elapsed"] = found["elapsed"] / asked.rate
    return {name: _strung(task, values) for name, values in found.items()}, whole


def _strung(task: Task, values: FloatArray) -> FloatArray:
    """(repeats * n, field, T) from (field, n, R)."""
    split = np.swapaxes(by_repeat(task, values), 1, 2)
    return split.reshape(-1, *split.shape[2:])


def _collective(
    task: Task, record: TransportRecord, probe: Probe, asked: Transport
) -> tuple[Diffusion, FloatArray]:
    """Diffusion of the collective displacement at zero field, and the time of an interval."""
    moved = np.cumsum(record.at_rest["moved"], axis=0) + record.at_rest["displaced"]
    positions = by_repeat(task, (moved @ probe.direction)[None])[:, 0]
    spacing = record.at_rest["elapsed"].mean(axis=0) / asked.rate
    spacing = spacing.reshape(-1, len(task.temperatures)).mean(axis=0)
    return diffusion(positions, spacing), spacing


def _converged(
    bins: dict[str, FloatArray], whole: BoolArray, found: Diffusion, repeats: int
) -> BoolArray:
    """Whether hops are enough, no interval was cut short, and halves of all repeats agree."""
    energy = bins["energy"] / bins["elapsed"]
    ratio = r_hat(energy.reshape(repeats, -1, *energy.shape[1:]))
    steady = np.nan_to_num(ratio, posinf=np.inf) <= MAXIMUM_R_HAT
    enough = bins["hops"].sum(axis=0) >= LEAST_HOPS
    result = np.asarray(whole & steady & enough, np.bool_)
    result[0] &= found.settled
    return result
