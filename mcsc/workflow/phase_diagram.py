"""From a run file to a phase diagram on disk."""

import time
from collections.abc import Sequence
from dataclasses import replace
from functools import partial
from pathlib import Path

import xarray as xr

from mcsc import diagram, execute, planning, transitions
from mcsc.chain import Task
from mcsc.config import RunFile
from mcsc.execute import SILENT, Execution, Progress
from mcsc.execute.display import shown
from mcsc.files.replace import require_writable
from mcsc.files.tree import Place, group, with_groups
from mcsc.model import particle_hole
from mcsc.planning import GridTask, Outcome, Plan, Round
from mcsc.sampling import USUAL
from mcsc.workflow.origin import origin, replaced_by


def tasks_folder(out: Path) -> Path:
    """Where the task files of a diagram are kept: they serve every later run that needs them.

    Raises ValueError if the diagram itself is to have this name.
    """
    folder = out.with_suffix(".tasks")
    if folder == out:
        raise ValueError(f"{out}: its tasks are kept there; end the name in .nc")
    return folder


def default_output(run_file: Path) -> Path:
    """Diagram of a run file that says no other: here, with its name."""
    return Path(f"{run_file.stem}.nc")


def run(
    run_file: RunFile,
    out: str | Path | None = None,
    *,
    overwrite: bool = False,
    workers: int | None = None,
    threads: int | None = None,
    scheduler: str | None = None,
    progress: bool | Progress = True,
) -> xr.DataTree:
    """Run everything a run file asks for and write the phase diagram.

    Finished tasks found beside ``out`` are used, unfinished ones resumed: after a kill, or with a
    longer grid, run the same again. A script that calls it needs no ``if __name__ == "__main__":``.

    Parameters
    ----------
    run_file
        TOML file, see ``runs/``, or its tables as nested dictionary.
    out
        netCDF4 file to write. By default in the working folder, ``NAME.nc`` for a run file
        ``NAME.toml`` and ``run.nc`` for a dictionary, beside its tasks in ``NAME.tasks``. A diagram
        of an earlier text of the run file is kept as ``NAME.previous.nc``.
    overwrite
        Replace also a diagram of another run file.
    workers, threads, scheduler
        Where it is done, see :class:`mcsc.execute.Execution`.
    progress
        True: a bar in a terminal or a notebook, once it takes more than two seconds; False: none;
        or a :class:`mcsc.execute.Progress` of one's own.

    Returns
    -------
    The diagram as a tree: the root, ``domes``, ``domes_collective``, ``health``, ``samples``,
    ``series``, ``structure``, ``protocols`` and ``transport`` where the run file asks for them, and
    ``finite_size`` of two sizes or more.

    Raises
    ------
    mcsc.config.RunFileError
        If the run file cannot be run.
    mcsc.files.outputs.NotReplaced
        If ``out`` is something that is not replaced.
    mcsc.execute.Interrupted
        If the run was stopped; everything done so far is kept.

    Examples
    --------
    Far too short for anything but to look at:

    >>> import mcsc
    >>> tree = mcsc.run(
    ...     {
    ...         "structure": {"material": "La2CuO4"},
    ...         "scan": {
    ...             "size": [4, 4, 2],
    ...             "doping": [0.125, 0.25],
    ...             "temperature": {"values": [0.03, 0.06, 0.12], "unit": "coulomb"},
    ...         },
    ...         "sampling": {"sweeps": 256, "warmup": 64, "measurements": 64},
    ...     },
    ...     "short.nc",
    ... )
    >>> tree["charge_order"].dims
    ('doping', 'temperature')
    """
    with shown(progress) as told:
        execution = Execution(workers, threads, scheduler, progress=told)
        plan = planning.plan(run_file)
        target = default_output(plan.path) if out is None else Path(out)
        return run_plan(plan, target, execution, overwrite=overwrite)


def run_plan(
    plan: Plan, out: Path, execution: Execution, *, overwrite: bool = False
) -> xr.DataTree:
    """As :func:`run`, for a run file that has been read."""
    begun = time.monotonic()
    folder, progress = tasks_folder(out), execution.progress
    # before any work is done, not after it
    replaced_by(plan, out, diagram.KIND, overwrite=overwrite)
    require_writable(folder / "lock")

    def run_round(now: Round) -> None:
        progress.begin(now.tasks, now.title, now.why)
        execute.run_tasks(now.tasks, folder, execution)

    outcome = planning.follow(plan, folder, run_round, progress)
    return merge_outcome(outcome, out, progress, overwrite=overwrite, begun=begun)


def merge_outcome(
    outcome: Outcome,
    out: Path,
    progress: Progress = SILENT,
    *,
    overwrite: bool = False,
    begun: float | None = None,
) -> xr.DataTree:
    """Write the diagram of the tasks that are finished; points of the others are missing (NaN).

    outcome: The tasks that the rounds of a run file have come to, from
        :func:`mcsc.planning.follow`.
    out: netCDF4 file to write; the tasks are those beside it.
    progress: Told how far the analysis is.
    overwrite: Replace also a diagram of another run file.
    begun: Monotonic time at which the run began, for the record; now when None.

    Raises ValueError if none is finished, or ``out`` is something that is not replaced.
    """
    begun = time.monotonic() if begun is None else begun
    folder, plan = tasks_folder(out), outcome.planned
    firsts = {place: first for place, ((first, *_), *_) in outcome.places.items()}
    results = diagram.with_free_carriers(planning.results(folder, outcome), firsts)
    scales = [variant.coulomb_temperature for variant in plan.variants]
    merged = diagram.merge(
        results,
        plan.axes,
        structures=[variant.structure for variant in plan.variants],
        sizes=plan.supercells,
        coulomb_temperatures=scales,
        particle_hole=[_particle_hole(plan, variant.task) for variant in plan.variants],
        charging_energies=[
            variant.task.interactions.charging_energy(variant.structure)
            for variant in plan.variants
        ],
        varied=plan.varied,
    )
    root, structure = group(merged), group(merged, "structure")
    groups = {
        "/": planning.with_measured_doping(plan.config, root),
        "structure": planning.with_reference(plan.config, structure, plan.units),
    }
    if outcome.ladder:
        groups["/"]["temperature"].attrs["comment"] = f"placed by pilot ladders: {outcome.ladder}"
    histories = ("protocols", "protocol"), ("transport", "transport")
    for (name, prefix), (axes, places) in zip(histories, plan.histories, strict=True):
        if found := _finished(folder, places):
            if name == "protocols":
                found = diagram.with_free_carriers(found, {at.place: at.task for at in places})
            groups[name] = diagram.merge_histories(found, axes, prefix)
    tree = transitions.analyse(
        with_groups(merged, groups),
        planning.settings_of(plan),
        progress=partial(progress.stage, "transitions"),
    )
    attributes = origin(
        plan,
        source=plan.variants[0].structure.source,
        seed=plan.tasks[0].task.seed,
        coulomb_temperature=scales[0] if len(set(scales)) == 1 else None,
        n_tasks=len(outcome.tasks),
        n_finished=sum(execute.task_path(folder, task).is_file() for task in outcome.tasks),
        wall_time=time.monotonic() - begun,
    )
    tree.attrs.update(attributes)
    diagram.save(out, tree, attributes, overwrite=overwrite)
    return tree


def _particle_hole(plan: Plan, task: Task) -> bool:
    """Whether carriers and empty wells are equivalent, to a thousandth of the coldest k_B T."""
    ions = plan.config.disorder is not None or plan.config.defects
    if ions or any(len(w.displacements) > 1 for w in task.structure.wells):
        return False
    # sums over the infinite crystal: the smallest supercell gives them
    model = replace(task, size=(1, 1, 1), n_carriers=0, dopants=None, sampling=USUAL).build()
    return particle_hole(model, 1e-3 * plan.units.boltzmann * min(task.temperatures))


def _finished(folder: Path, places: Sequence[GridTask]) -> dict[Place, xr.DataTree]:
    found = {at.place: execute.finished(folder, at.task) for at in places}
    return {place: tree for place, tree in found.items() if tree is not None}
