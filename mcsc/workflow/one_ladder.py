"""One temperature ladder in this process: for a notebook, in seconds."""

import math
import warnings
from collections.abc import Iterable, Sequence
from dataclasses import replace
from functools import partial
from itertools import pairwise
from typing import Any

import numpy as np
import numpy.typing as npt
import xarray as xr

from mcsc import chain, diagram
from mcsc.chain import Task
from mcsc.execute import Progress
from mcsc.execute.display import shown
from mcsc.files.tree import group
from mcsc.model import Model
from mcsc.observables import Observable
from mcsc.sampling import Sampling
from mcsc.text import digits
from mcsc.transitions.grid import DOPING
from mcsc.variables import declared

# sweeps between measurements, measurements of a long run, sweeps that fill the bins of errors
_SPACING, _MEASUREMENTS, _LEAST = 4, 2048, 128


def sample(
    source: Task | Model,
    temperatures: Iterable[float] | None = None,
    *,
    doping: float | None = None,
    n_carriers: int | None = None,
    chemical_potential: float | None = None,
    field: npt.ArrayLike | None = None,
    sweeps: int | None = None,
    seed: int | None = None,
    observables: Sequence[Observable] = (),
    progress: bool | Progress = True,
) -> xr.Dataset:
    """Sample a model on a ladder of temperatures with replica exchange, on all cores.

    Nothing is written. For diagrams, long runs and runs that can be stopped, use :func:`mcsc.run`.

    Parameters
    ----------
    source
        A model as it was built, or a task whose own numbers are used where no others are given
        here.
    temperatures
        Of the ladder, at least two, in any order; K, or reduced.
    doping, n_carriers, chemical_potential
        One of them, where a model is given: carriers per primitive cell, carriers in the supercell,
        or the energy μ at which they come and go (see :mod:`mcsc.chain.ensemble`).
    field
        (3,) electric field, energy per charge and length, in place of that of the model.
    sweeps
        Measured sweeps, after a quarter as many of warm-up; 4096 for a model.
    seed
        Of the random numbers, 0 for a model: the same seed gives the same bits.
    observables
        Of one's own, measured besides the usual ones; see :class:`mcsc.observables.Observable`.
    progress
        As in :func:`mcsc.run`.

    Returns
    -------
    Dataset
        All that the ladder measured, with standard errors ``NAME_stderr``, on ``temperature``;
        whether it can be trusted (``converged``, ``acceptance``, ``exchange_rate`` …); the last
        snapshot of each temperature (``state``) and the geometry of the wells.

    Raises
    ------
    ValueError
        If a number does not fit the model; the message names it.

    Warns
    -----
    UserWarning
        If the run was too short at some temperatures; ``converged`` is 0 there.

    Examples
    --------
    >>> import mcsc
    >>> model = mcsc.build_model(mcsc.textbook("cubic"), (4, 4, 4))
    >>> ladder = mcsc.sample(model, [0.1, 0.14, 0.2], doping=0.5, sweeps=2048)
    >>> ladder.charge_order.dims
    ('temperature',)
    >>> bool((ladder.charge_order > 0.9).all()), bool(ladder.converged.all())
    (False, True)
    """
    bare = of_model(source) if isinstance(source, Model) else source
    changes: dict[str, Any] = {} if field is None else directed(field)
    if temperatures is not None:
        changes["temperatures"] = tuple(sorted(map(float, temperatures)))
    if sweeps is not None:
        changes["sampling"] = replace(_lasting(sweeps), moves=bare.sampling.moves)
    if seed is not None:
        changes["seed"] = seed
    task = replace(bare, **changes)
    task = filled(task, doping, n_carriers, chemical_potential, needed=bare is not source)
    _require_ladder(task)
    with shown(progress) as told:
        told.begin([task], "scan", "")
        report = partial(told.update, task)
        dataset = _dataset(task, chain.run(task, observables=tuple(observables), report=report))
    _warn(dataset, task)
    return dataset


def _require_ladder(task: Task) -> None:
    temperatures = task.temperatures
    if task.history is not None:
        raise ValueError("a task with a history of fields is no ladder: use mcsc.run")
    if len(temperatures) < 2:
        raise ValueError("temperatures: give at least two, for replicas to be exchanged")
    if not 0 < temperatures[0] <= temperatures[-1] < math.inf:
        raise ValueError(f"temperatures = {temperatures[0]:g}: give numbers above 0")
    for one, other in pairwise(temperatures):
        if one == other:
            raise ValueError(f"temperatures: {one:g} is given twice")


def of_model(model: Model) -> Task:
    """A task with everything of a model; ladder and carriers are yet to come."""
    return Task(
        structure=model.lattice.structure,
        size=model.lattice.size,
        n_carriers=0,
        temperatures=(),
        interactions=model.interactions,
        dopants=model.dopants,
        sampling=_lasting(4096),
        **directed(model.field),
    )


def _lasting(sweeps: int) -> Sampling:
    """At least so many sweeps, a multiple of the measurements."""
    if sweeps < _LEAST:
        raise ValueError(
            f"sweeps = {sweeps}: give at least {_LEAST}, errors come from bins of them"
        )
    spacing = max(_SPACING, sweeps // _MEASUREMENTS)
    measurements = -(-sweeps // spacing)
    return Sampling(sweeps=spacing * measurements, warmup=sweeps // 4, measurements=measurements)


def directed(field: npt.ArrayLike) -> dict[str, Any]:
    """Strength and direction of a field (3,), as a task takes them."""
    vector = np.asarray(field, dtype=np.float64)
    if vector.shape != (3,):
        raise ValueError(f"field = {vector.tolist()}: give three components")
    strength = float(np.linalg.norm(vector))
    if not strength:
        return {"field": 0.0}
    return {"field": strength, "field_direction": tuple((vector / strength).tolist())}


def filled(
    task: Task,
    doping: float | None,
    n_carriers: int | None,
    chemical_potential: float | None,
    *,
    needed: bool,
) -> Task:
    """The task with its carriers; where they are ``needed``, one of the three has to be given."""
    given = [x for x in (doping, n_carriers, chemical_potential) if x is not None]
    if len(given) > 1 or (needed and not given):
        raise ValueError("give one of doping, n_carriers and chemical_potential")
    n_cells = task.n_cells
    if chemical_potential is not None:
        # how many there are at the start is forgotten in the annealing
        number = task.n_wells // 2
        return replace(task, n_carriers=number, chemical_potential=chemical_potential)
    if doping is not None:
        n_carriers = round(doping * n_cells)
        if abs(doping * n_cells - n_carriers) > 1e-6:
            shown = digits(doping * n_cells, lambda number: number != round(number))
            raise ValueError(
                f"doping = {doping:g}: {shown} carriers on {n_cells} cells is no whole number; "
                f"the nearest is doping = {n_carriers / n_cells:.6g}, n_carriers = {n_carriers}"
            )
    if n_carriers is None:
        return task
    return replace(task, n_carriers=n_carriers, chemical_potential=None)


def _dataset(task: Task, found: xr.DataTree) -> xr.Dataset:
    """The groups of a ladder as one dataset, named as in a diagram of one point."""
    structure, units = task.structure, task.units
    name, value = task.ensemble.axis, task.ensemble.coordinate(task.n_carriers / task.n_cells)
    said = "carriers_per_cell" if name == DOPING else name
    described = declared(said, "coordinates").attributes(units)
    axes = {
        "size": xr.DataArray([task.size[0]], dims="size"),
        "direction": xr.DataArray([""], dims="direction"),
        name: xr.DataArray([value], dims=name, attrs=described),
    }
    scale = task.interactions.coulomb_temperature(structure)
    tree = diagram.merge(
        diagram.with_free_carriers({(0, 0, 0): found}, {(0, 0, 0): task}),
        axes,
        structures=[structure],
        sizes=[task.size],
        coulomb_temperatures=[scale],
        charging_energies=[task.interactions.charging_energy(structure)],
    )
    merged = [group(tree, name) for name in ("/", "health", "samples", "structure")]
    dataset = xr.merge(merged, compat="override").isel({name: 0, "supercell": 0})
    if name != DOPING:
        ends = ("", "_stderr")
        dataset = dataset.rename({f"carriers_per_cell{end}": f"{DOPING}{end}" for end in ends})
    return dataset.drop_vars("particle_hole_wells").assign_attrs(
        title=f"one ladder of {structure.name}",
        units_system=units.name,
        seed=task.seed,
        sweeps=task.sampling.sweeps,
        task=task.digest(),
    )


def _warn(dataset: xr.Dataset, task: Task) -> None:
    short = dataset["temperature"].values[dataset["converged"].values == 0]
    if len(short):
        shown = ", ".join(f"{t:.4g}" for t in short)
        warnings.warn(
            f"not converged at {len(short)} of {dataset.sizes['temperature']} temperatures ({shown}"
            f"): give more sweeps than {task.sampling.sweeps}, or temperatures closer together",
            stacklevel=3,
        )
