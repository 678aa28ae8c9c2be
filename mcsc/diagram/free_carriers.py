"""The baseline of a field: what carriers without repulsion do in the place of a ladder."""

from collections.abc import Mapping
from dataclasses import replace

import numpy as np
import xarray as xr

from mcsc.arrays import FloatArray
from mcsc.chain import Task
from mcsc.chain.protocol_results import OBSERVED
from mcsc.chain.results import point_of
from mcsc.files.tree import Place, group, with_groups
from mcsc.model import Model
from mcsc.observables.free_carriers import FREE, free_carriers, threshold_fields
from mcsc.sampling import USUAL
from mcsc.variables import Variable, Variables, written

_MEANING = (
    "as many carriers in the same wells, one a well at most, without any repulsion: exact sums "
    "over the states of the wells; what is collective is the excess over it"
)


def free_variables() -> tuple[Variable, ...]:
    """Declarations of the observables of free carriers."""
    return tuple(_free(item.variable) for item in FREE)


def free_in_protocols() -> tuple[Variable, ...]:
    """Declarations of those in field protocols, at the field applied and the temperature."""
    names = {variable.name for variable in OBSERVED}
    return tuple(
        replace(_free(item.variable), dims="... field temperature")
        for item in FREE
        if item.name in names
    )


def _free(variable: Variable) -> Variable:
    return replace(
        variable,
        name=f"{variable.name}_free",
        long_name=f"{variable.long_name}, of free carriers",
        comment=_MEANING,
        estimate=False,
    )


def with_free_carriers(
    results: Mapping[Place, xr.DataTree], tasks: Mapping[Place, Task]
) -> dict[Place, xr.DataTree]:
    """Add to the results of each ladder, or field protocol, what free carriers do in its place.

    results, tasks: Trees of finished tasks, and a task of each.

    Returns: The same, with ``NAME_free`` of :data:`mcsc.observables.free_carriers.FREE` in the root
        wherever wells have displaced states; of a ladder with ``T_collective_free``,
        ``T_collective_free_peak``, ``T_collective_free_of_kind`` and ``threshold_field_free`` too.
    """
    # built once for all fields
    models: dict[str, Model] = {}
    found = dict(results)
    for place, tree in results.items():
        task = tasks[place]
        if not any(well.displacements.any() for well in task.structure.wells):
            continue
        clean = replace(
            task, field=0.0, n_carriers=0, temperatures=(), sampling=USUAL, seed=0, protocol=None,
            transport=None, chemical_potential=None, window=None, emphasis=(), annealing=0,
            continues=None,
        )  # fmt: skip
        name = clean.digest()
        if name not in models:
            models[name] = clean.build()
        root, free = group(tree), _of_ladder if task.protocol is None else _of_protocol
        found[place] = with_groups(tree, {"/": root.assign(free(task, models[name], root))})
    return found


def _of_protocol(task: Task, model: Model, root: xr.Dataset) -> Variables:
    """What free carriers have in every field of a history."""
    direction = np.array(task.field_direction)
    point = replace(point_of(task, model), n_carriers=task.n_carriers)
    values = [
        free_carriers(model, field * direction, direction).observables(replace(point, field=field))
        for field in root["field"].values
    ]
    return {
        one.name: one.of(
            np.array([at[one.name.removesuffix("_free")] for at in values]), task.units
        )
        for one in free_in_protocols()
    }


def _of_ladder(task: Task, model: Model, root: xr.Dataset) -> Variables:
    """All that free carriers have in the place of one ladder."""
    direction = np.array(task.field_direction)
    fixed = task.ensemble.one_number
    free = free_carriers(model, task.field * direction, direction, fixed=fixed)
    temperatures, k = root["temperature"].values, task.units.boltzmann
    measured = np.full(len(temperatures), float(task.n_carriers))
    if not fixed:
        measured = root["carriers_per_cell"].values * model.lattice.n_cells
    point = point_of(task, model)
    point = replace(
        point, temperature=temperatures, thermal_energy=k * temperatures, n_carriers=measured
    )
    values = free.observables(point)
    variables: Variables = {}
    for item in FREE:
        declared = _free(item.variable)
        variables[declared.name] = declared.of(values[item.name], task.units)

    def number(thermal: FloatArray) -> FloatArray:
        return np.asarray(np.interp(thermal / k, temperatures, measured))

    kinds = np.array([well.kind for well in task.structure.wells])
    of_well = np.repeat(kinds, len(free.energies) // len(kinds))
    lowest = threshold_fields(model, direction)
    both, halves, thresholds = [np.nan, np.nan], [], []
    if task.field > 0 and (measured > 0).all():
        both = [free.half_transmission(number) / k, free.response_peak(number) / k]

    def hardly(thermal: FloatArray) -> FloatArray:
        """So few carriers that none is in the way of another."""
        return np.full(thermal.shape, 1e-9)

    for kind in task.structure.kinds:
        alone = free.of_wells(of_well == kind) if kind in kinds and task.field > 0 else None
        halves.append(np.nan if alone is None else alone.half_transmission(hardly) / k)
        thresholds.append(lowest[kinds == kind].min() if kind in kinds else np.nan)
    return variables | written(
        "/",
        task.units,
        T_collective_free=both[0],
        T_collective_free_peak=both[1],
        T_collective_free_of_kind=halves,
        threshold_field_free=thresholds,
    )
