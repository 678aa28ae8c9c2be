"""From the sums of a finished protocol to its dataset: observables with errors over the repeats."""

from functools import partial
from typing import Any

import numpy as np
import numpy.typing as npt
import xarray as xr

from mcsc.chain.convergence import Variables
from mcsc.chain.kept_series import largest_displacements
from mcsc.chain.record import HistoryRecord
from mcsc.chain.results import estimate, point_of, temperature_of
from mcsc.chain.task import Task
from mcsc.kernels.tables import State
from mcsc.model import Model
from mcsc.observables import OBSERVABLES, Channel, Point, Probe, channels
from mcsc.statistics import jackknife
from mcsc.units import FIELD_UNIT

FloatArray = npt.NDArray[np.float64]

BRANCHES = ("forward", "backward", "field_cooled", "field_removed")
_DIMS = ("branch", "field", "temperature")
# those of the table of observables that a protocol gives, computed as everywhere
_DECLARED = (
    "energy",
    "displacement_parallel",
    "polar_order",
    "transverse_displacement",
    "localization_length",
    "transmission",
)

_BRANCH = {
    "long_name": "history of the field",
    "comment": "forward: cooled at zero field, then raised step by step; backward: then lowered; "
    "field_cooled: cooled afresh in each field; field_removed: then at zero field, numbered by the "
    "field before; in all of them carriers make near hops and changes of state only",
}


def summarize(
    task: Task, model: Model, probe: Probe, state: State, record: HistoryRecord
) -> dict[str, xr.Dataset]:
    """Dataset of one protocol as the root group; see :mod:`mcsc.chain.protocol`.

    Errors are standard errors over the independent repeats, by a jackknife.
    """
    protocol = task.protocol
    assert protocol is not None
    bins = {name: _by_repeat(task, means) for name, means in record.means.items()}
    bins["order_squared"], channel = _leading(channels(probe), bins["order_squared"])
    point = point_of(task, model, probe, channel)
    variables: Variables = {}
    for name, (function, series, attributes) in _quantities(task, point).items():
        both = _over_repeats(function, [bins[one] for one in series])
        variables |= estimate(name, _DIMS, both, attributes)
    variables.update(_single(task, probe, bins, record.energy_drift, channel))
    field = {"units": task.units.written(FIELD_UNIT)}
    coords = {
        "branch": ("branch", list(BRANCHES), _BRANCH),
        "field": ("field", list(protocol.fields), {**field, "long_name": "field times charge"}),
        "temperature": ("temperature", list(task.temperatures), temperature_of(task)),
    }
    recorded = {
        "protocol_sweeps": protocol.sweeps,
        "protocol_measurements": protocol.measurements,
        "protocol_repeats": protocol.repeats,
        "protocol_warmup": task.sampling.warmup,
    }
    return {"/": xr.Dataset(variables, coords=coords, attrs=recorded)}


def _over_repeats(function: Any, bins: list[FloatArray]) -> tuple[FloatArray, FloatArray]:
    """Value and error of a function of means over the repeats, bins (repeats, ...)."""
    # a mean without one repeat, formed by subtraction, can fall below zero by a last digit
    floors = [0.0 if one.min() >= 0 else -np.inf for one in bins]

    def bounded(*means: FloatArray) -> FloatArray:
        value: FloatArray = function(*map(np.maximum, means, floors))
        return value

    return jackknife(bounded, *bins)


def _by_repeat(task: Task, means: FloatArray) -> FloatArray:
    """(repeats, branch, field, temperature, ...) from means (branch, field, replica, ...)."""
    n = len(task.temperatures)
    split = means.reshape(*means.shape[:2], task.n_replicas // n, n, *means.shape[3:])
    return np.moveaxis(split, 2, 0)


def _leading(found: list[Channel], squared: FloatArray) -> tuple[FloatArray, Channel | None]:
    """m² of the channel with the largest one over the whole task, and the channel."""
    if not found:
        return np.full(squared.shape[:-1], np.nan), None
    best = int(np.argmax(squared.reshape(-1, len(found)).mean(axis=0)))
    return squared[..., best], found[best]


def _quantities(task: Task, point: Point) -> dict[str, tuple[Any, tuple[str, ...], dict[str, str]]]:
    """Function of means, the means, and attributes of everything with an error."""
    found: dict[str, Any] = {}
    for item in OBSERVABLES:
        if item.name in _DECLARED:
            function = partial(item.function, point)
            found[item.name] = (function, item.series, item.attributes(task.units))
    found["energy"][2]["comment"] += " and −E·U of the field applied"
    found["near_hop_acceptance"] = (
        np.asarray,
        ("near_hop_acceptance",),
        {"units": "1", "long_name": "accepted share of attempted hops to near wells"},
    )
    (share,) = [item for item in OBSERVABLES if item.name == "charge_order_share"]
    found["charge_order_share"] = (
        lambda squared: np.sqrt(squared) / point.saturation(point.n_carriers),
        ("order_squared",),
        {"units": "1", "long_name": share.long_name, "comment": share.comment},
    )
    found["charge_order"] = (
        np.sqrt,
        ("order_squared",),
        {
            "units": "1",
            "long_name": "charge order parameter",
            "comment": "of each repeat the largest S(q)/N in the star of charge_order_wavevector, "
            "or the sublattice order parameter squared where that is a whole wavevector; root of "
            "the mean over repeats; where layers order each for itself, S(q) is summed over l",
        },
    )
    return found


def _single(
    task: Task,
    probe: Probe,
    bins: dict[str, FloatArray],
    drift: float,
    channel: Channel | None,
) -> Variables:
    """What has no error: repeats one by one, scales, the wavevector, drifts."""
    length = {"units": task.units.length}
    return {
        "displacement_parallel_repeat": (
            (*_DIMS, "repeat"),
            np.moveaxis(bins["parallel"], 0, -1),
            {**length, "long_name": "mean displacement along the field direction in each repeat"},
        ),
        **largest_displacements(task, probe),
        "charge_order_wavevector": (
            ("hkl",),
            channel.wavevector if channel else np.full(3, np.nan),
            {
                "units": "1",
                "long_name": "wavevector of the leading charge order",
                "comment": "reciprocal lattice units h, k, l; the order that is largest over all "
                "branches, fields and temperatures; one member of its star",
            },
        ),
        "energy_drift": (
            (),
            drift,
            {
                "units": task.units.energy,
                "long_name": "largest error of a carried total energy before it was recomputed",
            },
        ),
    }
