"""The finished tasks of one ladder taken together: its annealings, each with what continues it.

Series are strung together, one annealing after the other, so that transitions are found from all
of them. Means are averaged by the number of measurements, their errors with them. What belongs to
the leading order is averaged over those parts that are led by the same order as the first. Whether
the ladder is long enough is judged anew from the series.
"""

from collections.abc import Sequence
from typing import Any

import numpy as np
import xarray as xr

from mcsc.arrays import BoolArray, FloatArray, IntArray
from mcsc.chain.by_number import at_number
from mcsc.chain.convergence import Chain, agreement, compared_series, convergence, resolved
from mcsc.chain.task import Task
from mcsc.estimators.errors import error_of_runs
from mcsc.files.tree import group, with_groups
from mcsc.observables import OBSERVABLES
from mcsc.variables import Variables, written


def _of(axis: str) -> set[str]:
    """Observables of what is strongest along an axis of their series."""
    return {
        item.name
        for item in OBSERVABLES
        if any(part.axis == axis for series in item.series for part in series.parts())
    }


_OF_LEADING_ORDER, _OF_STARS = _of("channel"), _of("star")
_LARGEST = ("energy_drift", "potential_drift")
# of windows, one each annealing
_EACH_ANNEALING = ("log_partition", "log_partition_step", "mean_energy", "energy_variance")
# that is compared, however many annealings there are, as means of so many groups of them
GROUPS = 4
# a number of carriers is sampled where it is visited at least so often, of the mean, and where
# annealings agree on ln Z up to this
LEAST_VISITS, MOST_DIFFERENCE = 0.1, 0.5


def joined(task: Task, annealings: Sequence[Sequence[xr.DataTree]]) -> xr.DataTree:
    """Results of a ladder as if one task had run all of it.

    task: One of the tasks, for the spacing of their measurements and the field.
    annealings: Trees of the parts of each annealing in their order; equally long.

    Returns: A tree as of one task; with two annealings or more ``health`` says where they disagree.
    """
    task = at_number(task)
    parts = [part for annealing in annealings for part in annealing]
    found = [group(part, "series") for part in parts]
    names = [_channel_names(task, one) for one in found]
    shared = [name for name in names[0] if all(name in others for others in names)]
    series = [
        one.isel(channel=[own.index(name) for name in shared])
        for one, own in zip(found, names, strict=True)
    ]
    healths = [group(part, "health") for part in parts]
    number = np.repeat(np.arange(len(annealings)), [len(annealing) for annealing in annealings])
    health = _health(task, number, healths, series)
    if len(parts) == 1:
        return with_groups(parts[0], {"health": health})
    glassy = health["glassy"].values.astype(bool) if "glassy" in health else None
    weights = _weights(series)
    if "visits" in healths[0]:
        weights = np.array([one["visits"].values for one in healths])
        # a chain that was seldom there does not know how well it knows
        glassy = np.ones(weights.shape[1], np.bool_)
    return xr.DataTree.from_dict(
        {
            "/": _averaged([group(part) for part in parts], number, weights, glassy),
            "health": health,
            "samples": group(annealings[0][-1], "samples"),
            "series": _strung(series),
        }
    )


def _channel_names(task: Task, series: xr.Dataset) -> list[tuple[float, ...]]:
    """What tells the channels of one part from each other, and is the same in all parts.

    Several may have one wavevector; the number of their waves follows from m² of random carriers.
    """
    number = float(series["n_carriers"])
    random = number * (1.0 - number / task.n_wells)
    waves = series["channel_disordered"].values * task.ensemble.most**2 / (random or np.inf)
    columns = [
        np.round(series["channel_wavevector"].values, 6),
        series["channel_components"].values[:, np.newaxis],
        series["channel_crossover"].values[:, np.newaxis],
        np.round(waves[:, np.newaxis], 6),
    ]
    return [tuple(row) for row in np.concatenate(columns, axis=1).tolist()]


def _strung(series: Sequence[xr.Dataset]) -> xr.Dataset:
    """All measurements in one; what is no series is that of the first."""
    first = series[0]
    moving = [str(name) for name, v in first.data_vars.items() if "measurement" in v.dims]
    variables = {
        name: xr.concat([one[name] for one in series], "measurement", combine_attrs="override")
        for name in moving
    }
    for name in _EACH_ANNEALING:
        if name in first:
            each = [one[name] for one in series]
            variables[name] = xr.concat(each, "annealing", combine_attrs="override")
    first = first.drop_vars(_EACH_ANNEALING, errors="ignore")
    if "number" in moving:
        numbers = [float(one["n_carriers"]) for one in series]
        mean = float(np.average(numbers, weights=_weights(series)))
        variables["n_carriers"] = first["n_carriers"].copy(data=np.array(mean))
    return first.drop_vars(moving).assign(variables)


def _weights(series: Sequence[xr.Dataset]) -> FloatArray:
    return np.array([one.sizes["measurement"] for one in series], dtype=np.float64)


def _averaged(
    roots: Sequence[xr.Dataset], number: IntArray, weights: FloatArray, glassy: Any
) -> xr.Dataset:
    """Weighted means of all estimates; where annealings disagree, their scatter in the error.

    number: Of the annealing that each part belongs to.
    """
    same_order, same_stars = (
        np.array([_same_wave(root, roots[0], name) for root in roots])
        for name in ("charge_order_wavevector", "star_order_wavevector")
    )
    result = roots[0].copy()
    for name, variable in roots[0].data_vars.items():
        error = f"{name}_stderr"
        if error not in roots[0]:
            continue
        used = np.array([name in root for root in roots])
        used &= same_order if name in _OF_LEADING_ORDER else True
        used &= same_stars if name in _OF_STARS else True
        chosen = np.nonzero(used)[0]
        values = np.stack([roots[int(i)][name].values for i in chosen])
        errors = np.stack([roots[int(i)][error].values for i in chosen])
        mean, stderr = _mean(values, errors, weights[chosen])
        if glassy is not None and len(set(number[chosen])) > 1:
            each = [number[chosen] == k for k in sorted(set(number[chosen]))]
            found = [_mean(values[rows], errors[rows], weights[chosen][rows]) for rows in each]
            share = np.array([weights[chosen][rows].sum(axis=0) for rows in each])
            share = share.reshape(*share.shape, *[1] * (values.ndim - share.ndim))
            scatter = error_of_runs([of_one for of_one, _ in found], share)
            where = glassy.reshape(-1, *[1] * (mean.ndim - 1))
            stderr = np.where(where, np.fmax(stderr, scatter), stderr)
        result[name] = (variable.dims, mean, variable.attrs)
        result[error] = (variable.dims, stderr, roots[0][error].attrs)
    return result


def _same_wave(root: xr.Dataset, other: xr.Dataset, name: str) -> bool:
    if name not in root or name not in other:
        return name not in root and name not in other
    return np.allclose(root[name].values, other[name].values, atol=1e-6, equal_nan=True)


def _mean(
    values: FloatArray, errors: FloatArray, weights: FloatArray
) -> tuple[FloatArray, FloatArray]:
    """Weighted mean over axis 0 of what is finite, and the error of it.

    Weights are of the parts alone, or of each temperature (parts, T).
    """
    weight = weights.reshape(*weights.shape, *[1] * (values.ndim - weights.ndim))
    weight = weight * np.isfinite(values)
    with np.errstate(invalid="ignore"):
        share = weight / weight.sum(axis=0)
    known = share > 0
    mean = np.where(known, share * values, 0.0).sum(axis=0)
    stderr = np.sqrt(np.where(known, (share * errors) ** 2, 0.0).sum(axis=0))
    nowhere = ~known.any(axis=0)
    return np.where(nowhere, np.nan, mean), np.where(nowhere, np.nan, stderr)


def _health(
    task: Task, number: IntArray, parts: Sequence[xr.Dataset], series: Sequence[xr.Dataset]
) -> xr.Dataset:
    weights, sampling = _weights(series), task.sampling
    measured = weights * sampling.spacing
    sweeps = written("health", task.units, sweeps=float(measured.sum()))
    if len(parts) == 1:
        result = parts[0].assign(sweeps)
        return result.assign(_of_window(task, parts, series, result["converged"].values == 1))
    result = parts[0].copy()
    shares = "acceptance", "exchange_rate", "hot_share", "proposals", "layer_exchange_acceptance"
    for name in shares:
        if name in result:
            values = [part[name].values for part in parts]
            result[name] = result[name].copy(data=np.average(values, axis=0, weights=weights))
    for name in _LARGEST:
        result[name] = result[name].copy(data=max(float(part[name]) for part in parts))
    trips = sum(int(part["round_trips"]) for part in parts)
    result["round_trips"] = result["round_trips"].copy(data=trips)
    # every pair is tried in every second round; the hottest has no partner
    swaps = np.nan_to_num(result["exchange_rate"].values) * weights.sum() * sampling.rounds / 2
    together = [
        _strung([one for one, k in zip(series, number, strict=True) if k == i])
        for i in range(1 + int(number[-1]))
    ]
    displaced = "displacement_parallel" in together[0]
    if "visits" in result:
        # an annealing that has never been there at some temperature says nothing about the others
        been = [one for one in together if np.isfinite(one["energy"].values).all()]
        together = been if len(been) >= GROUPS else together
    judged = [_judged(one) for one in together]
    acceptance = result["acceptance"].values
    found = convergence(judged, swaps, acceptance, sampling.spacing, displaced)
    energy = np.concatenate([one["energy"].values.T for one in together])
    thermal = task.units.boltzmann * np.array(task.temperatures)
    drifts = [float(result[name]) for name in _LARGEST]
    found["converged"] &= resolved(energy, drifts, thermal)
    if len(together) > 1:
        if "visits" in result:
            together = _in_groups(together)
        found |= agreement(_compared(together, in_field=task.field > 0))
        found["converged"] &= ~found["glassy"]
    result = result.assign({**written("health", task.units, **found), **sweeps})
    return result.assign(_of_window(task, parts, series, found["converged"]))


def _in_groups(annealings: list[xr.Dataset]) -> list[xr.Dataset]:
    """Annealings of a window as :data:`GROUPS` that are compared: the more pairs, the farther apart
    are two of them by chance. What they scatter within a group its autocorrelation time tells.
    """
    if len(annealings) <= GROUPS:
        return annealings
    each = len(annealings) // GROUPS
    return [_strung(annealings[k::GROUPS][:each]) for k in range(GROUPS)]


def _of_window(
    task: Task, parts: Sequence[xr.Dataset], series: Sequence[xr.Dataset], converged: BoolArray
) -> Variables:
    """What is asked of a number of carriers in a window besides; nothing elsewhere."""
    if "visits" not in parts[0]:
        return {}
    visits = np.mean([part["visits"].values for part in parts], axis=0)
    each = np.concatenate([one["log_partition"].values for one in series], axis=1)
    # a window that ends here knows no ln Z; if none does, none is left to agree
    known = np.isfinite(each).any(axis=0)
    each = each[:, known | ~known.any()]
    groups = [each[:, k::GROUPS].mean(axis=1) for k in range(min(GROUPS, each.shape[1]))]
    difference = np.ptp(groups, axis=0)
    # of what is not known in one of them this is not true
    converged = converged & (visits >= LEAST_VISITS) & (difference <= MOST_DIFFERENCE)
    return written(
        "health",
        task.units,
        visits=visits,
        log_partition_difference=difference,
        number_round_trips=sum(int(part["number_round_trips"]) for part in parts),
        converged=converged,
    )


def _judged(series: xr.Dataset, displacement: str = "displacement_parallel") -> Chain:
    """Series (n, T) of one annealing as convergence is judged by."""
    energy = series["energy"].values.T
    squared = series["order_squared"].values.astype(np.float64)
    # (n, T, layers) of the leading channel
    order = np.moveaxis(squared[0], 0, 1) if len(squared) else np.zeros((*energy.shape, 0))
    moved = series[displacement].values.T if displacement in series else np.zeros(energy.shape)
    number = series["number"].values.T if "number" in series else None
    return compared_series(energy, order, moved.astype(np.float64), number)


def _compared(annealings: Sequence[xr.Dataset], in_field: bool) -> list[Chain]:
    """Series (n, T) of all annealings, rounded on one scale."""
    name = "displacement_parallel" if in_field else "displacement_uniform_squared"
    n = annealings[0].sizes["measurement"]
    whole = _judged(_strung(annealings), name)
    return [
        {key: values[i * n : (i + 1) * n] for key, values in whole.items()}
        for i in range(len(annealings))
    ]
