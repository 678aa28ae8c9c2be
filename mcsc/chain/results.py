"""From the sums of a finished ladder to its datasets: observables with errors, samples, series."""

from typing import Any

import numpy as np
import numpy.typing as npt
import xarray as xr

from mcsc.chain.health import Variables, health
from mcsc.chain.task import Task
from mcsc.kernels.tables import State
from mcsc.model import Model
from mcsc.observables import OBSERVABLES, Channel, Point, Probe, channels
from mcsc.statistics import bin_means, jackknife

FloatArray = npt.NDArray[np.float64]

# channels whose series are kept for the analysis of transitions
_KEPT_CHANNELS = 4


def summarize(
    task: Task, model: Model, probe: Probe, state: State, sums: dict[str, Any]
) -> dict[str, xr.Dataset]:
    """Datasets of one ladder, by group; see :func:`mcsc.chain.run`."""
    kept = _leading_channels(channels(probe), sums, task.n_carriers)
    order_squared = sums["order_squared"][..., kept].astype(np.float64)
    series = _series(sums, order_squared[..., 0] if kept else None, probe)
    point = _point(task, model, channels(probe)[kept[0]] if kept else None)
    n_bins = len(sums["structure_factor"])
    bins = {name: bin_means(values, n_bins) for name, values in series.items()}
    bins["structure_factor"] = sums["structure_factor"] / sums["bin_length"][:, None, None]
    names = [channels(probe)[i] for i in kept]
    coords = {"temperature": ("temperature", list(task.temperatures), _temperature(task))}
    groups = {
        "/": _observables(task, probe, point, bins, names),
        "health": health(task, state, sums, order_squared),
        "samples": _samples(task, probe, sums["carriers"]),
        "series": _kept_series(task, probe, sums, order_squared, names),
    }
    return {group: xr.Dataset(variables, coords=coords) for group, variables in groups.items()}


def _temperature(task: Task) -> dict[str, str]:
    return {"units": task.units.temperature, "long_name": "temperature"}


def _leading_channels(found: list[Channel], sums: dict[str, Any], n: int) -> list[int]:
    """Channels with the largest order parameter integrated over the ladder, leading one first."""
    factor = sums["structure_factor"].sum(axis=0) / sums["bin_length"].sum()
    squared = sums["order_squared"].mean(axis=(0, 2))
    # of a star its strongest member, so that one and several simultaneous waves compare
    strength = np.array(
        [
            (factor[:, c.rods].sum(axis=2).max(axis=1) / n if len(c.rods) else squared[:, i]).mean()
            for i, c in enumerate(found)
        ]
    )
    return [int(i) for i in np.argsort(-strength, kind="stable")[:_KEPT_CHANNELS]]


def _series(
    sums: dict[str, Any], order_squared: FloatArray | None, probe: Probe
) -> dict[str, FloatArray]:
    """All series that :data:`OBSERVABLES` average, from the measured ones."""
    energy = sums["energy"]
    deviation = energy - energy.mean(axis=0)
    # (n, T, layers); moments are averaged over the layers
    squared = order_squared if order_squared is not None else np.full((*energy.shape, 1), np.nan)
    u = sums["displacement"]
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
        "occupation": sums["occupation"],
        "displacement": u,
        "displacement_length": np.sqrt(length_squared),
        "mean_displacement_squared": length_squared,
        "mean_displacement_fourth": length_squared**2,
        "displacement_squared": sums["displacement_squared"],
        "transverse_squared": sums["transverse_squared"],
        "parallel": parallel,
        "parallel_squared": parallel**2,
        "perpendicular": across,
        "perpendicular_squared": (across**2).sum(axis=-1),
    }


def _point(task: Task, model: Model, channel: Channel | None) -> Point:
    temperature = np.array(task.temperatures)
    return Point(
        temperature=temperature,
        thermal_energy=task.units.boltzmann * temperature,
        n_carriers=task.n_carriers,
        volume=model.lattice.volume,
        coulomb=task.units.coulomb / task.interactions.relative_permittivity
        if task.interactions.coulomb
        else 0.0,
        field=float(np.linalg.norm(task.field)),
        displacement=float(np.linalg.norm(model.displacements, axis=1).max()),
        rods=channel.rods if channel else np.zeros((0, 1), dtype=np.int64),
        n_layers=model.lattice.n_layers,
    )


def _observables(
    task: Task, probe: Probe, point: Point, bins: dict[str, FloatArray], names: list[Channel]
) -> Variables:
    units = {
        "energy": task.units.energy,
        "length": task.units.length,
        "capacitance": f"{task.units.energy}-1 {task.units.length}-1",
    }
    variables: Variables = {}
    for item in OBSERVABLES:
        if item.displaced and point.displacement == 0:
            continue

        def function(*means: FloatArray, item: Any = item) -> FloatArray:
            value: FloatArray = item.function(point, *means)
            return value

        value, error = jackknife(function, *(bins[name] for name in item.series))
        dims = ("temperature", *item.dims)
        unit = _unit(item.unit.format(**units))
        attributes = {"units": unit, "long_name": item.long_name, "comment": item.comment}
        linked = {**attributes, "ancillary_variables": f"{item.name}_stderr"}
        variables[item.name] = (dims, value, linked)
        variables[f"{item.name}_stderr"] = (
            dims,
            error,
            {**attributes, "long_name": f"standard error of {item.long_name}"},
        )
    wavevector = names[0].wavevector if names else np.full(3, np.nan)
    variables["charge_order_wavevector"] = (
        ("hkl",),
        wavevector,
        {
            "units": "1",
            "long_name": "wavevector of the leading charge order",
            "comment": "reciprocal lattice units h, k, l; the order that is largest over the "
            "ladder as a whole; one member of its star",
        },
    )
    variables["q"] = (
        ("wavevector", "hkl"),
        probe.q,
        {"units": "1", "long_name": "wavevectors in reciprocal lattice units"},
    )
    return variables


def _unit(text: str) -> str:
    """Tidy the units of the reduced system, where every factor is 1."""
    factors = [factor for factor in text.split() if factor.strip("-0123456789")]
    return " ".join(factors) or "1"


def _samples(task: Task, probe: Probe, carriers: npt.NDArray[np.int32]) -> Variables:
    """The last snapshot of each temperature as one integer a well."""
    n_states = len(probe.base)
    cell_states, *cells = np.indices(probe.numbers.shape)
    nx, ny, nz = task.size
    n_base = len(probe.orbit)
    well = ((cells[0] * ny + cells[1]) * nz + cells[2]) * n_base + probe.base[cell_states]
    first = np.searchsorted(probe.base, np.arange(n_base))
    well_of, state_of = np.empty(probe.numbers.size, int), np.empty(probe.numbers.size, np.int8)
    well_of[probe.numbers] = well
    state_of[probe.numbers] = (np.arange(n_states) - first[probe.base])[:, None, None, None]
    state = np.full((len(carriers), nx * ny * nz * n_base), -1, np.int8)
    np.put_along_axis(state, well_of[carriers], state_of[carriers], axis=1)
    return {
        "state": (
            ("temperature", "well"),
            state,
            {
                "units": "1",
                "long_name": "state of each well in the last snapshot",
                "comment": "-1 empty, 0 centre, 1 and above displaced states in the order of the "
                "run's wells; -2 no such well in this size",
            },
        )
    }


def _kept_series(
    task: Task, probe: Probe, sums: dict[str, Any], order_squared: FloatArray, names: list[Channel]
) -> Variables:
    n_layers = order_squared.shape[2]
    n_wells = len(probe.orbit) * int(np.prod(task.size))
    # ⟨|ρ_q|²⟩ = N (1 − f) of carriers that know only that no two share a well
    empty = 1.0 - task.n_carriers / n_wells
    return {
        "energy": (
            ("temperature", "measurement"),
            sums["energy"].T.copy(),
            {"units": task.units.energy, "long_name": "total energy"},
        ),
        "order_squared": (
            ("channel", "temperature", "measurement", "layer"),
            order_squared.transpose(3, 1, 0, 2).astype(np.float32),
            {
                "units": "1",
                "long_name": "order parameter squared of the leading channels",
                "comment": "in each layer where layers order each for itself, else as a whole",
            },
        ),
        "channel_wavevector": (
            ("channel", "hkl"),
            np.array([c.wavevector for c in names]).reshape(-1, 3),
            {"units": "1", "long_name": "wavevector of each channel in reciprocal lattice units"},
        ),
        "channel_components": (
            ("channel",),
            np.array([c.components for c in names], dtype=np.int32),
            {"units": "1", "long_name": "independent real components of the order parameter"},
        ),
        "channel_disordered": (
            ("channel",),
            np.array([c.waves * n_layers * empty / task.n_carriers for c in names]),
            {"units": "1", "long_name": "order parameter squared of carriers placed at random"},
        ),
        "channel_crossover": (
            ("channel",),
            np.array([c.crossover for c in names], dtype=np.int8),
            {
                "units": "1",
                "long_name": "whether the wells that order are inequivalent, a field on the order",
            },
        ),
        "n_carriers": ((), float(task.n_carriers), {"units": "1", "long_name": "carriers"}),
        **(_displacement_series(task, probe, sums) if probe.displacements.any() else {}),
    }


def _displacement_series(task: Task, probe: Probe, sums: dict[str, Any]) -> Variables:
    """What the onset of a uniform displacement is found from."""
    u = sums["displacement"]
    length = {"units": task.units.length}
    area = {"units": _unit(f"{task.units.length}2")}
    field = {"units": _unit(f"{task.units.energy} {task.units.length}-1")}

    def kept(series: FloatArray, attributes: dict[str, str], long_name: str) -> Any:
        named = {**attributes, "long_name": long_name}
        return ("temperature", "measurement"), series.T.astype(np.float32), named

    return {
        "displacement_parallel": kept(
            u @ probe.direction, length, "mean displacement along the field direction"
        ),
        "displacement_uniform_squared": kept(
            (u**2).sum(axis=-1), area, "square of the mean displacement vector"
        ),
        "displacement_squared": kept(
            sums["displacement_squared"], area, "mean of the squared displacements"
        ),
        "displacement_components": (
            (),
            np.int32(np.linalg.matrix_rank(probe.displacements)),
            {"units": "1", "long_name": "dimensions that displacements span"},
        ),
        "displacement_largest": (
            (),
            float(np.linalg.norm(probe.displacements, axis=1).max()),
            {**length, "long_name": "largest displacement of a state"},
        ),
        "field_strength": (
            (),
            float(np.linalg.norm(task.field)),
            {**field, "long_name": "electric field times charge"},
        ),
    }
