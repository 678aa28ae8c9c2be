"""From a run file to a phase diagram on disk."""

import time
from collections.abc import Callable, Sequence
from dataclasses import replace
from pathlib import Path

from mcsc import diagram, execute, planning, transitions
from mcsc.chain import Task
from mcsc.config import RunFile
from mcsc.diagram import Groups
from mcsc.execute.progress import Progress
from mcsc.model import particle_hole
from mcsc.planning import GridTask, Outcome, Plan, Round
from mcsc.workflow.origin import origin, replaced_by


def tasks_folder(out: Path) -> Path:
    """Where the task files of a diagram are kept: they serve every later run that needs them.

    Raises
    ------
    ValueError
        If the diagram itself is to have this name.
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
    checkpoint_interval: float = 20.0,
    grace: float = 30.0,
    scheduler: str | None = None,
    progress: Progress | None = None,
    beginning: Callable[[Round], None] = lambda now: None,
    analysing: Callable[[float], None] = lambda done: None,
) -> Groups:
    """Run everything a run file asks for and write the phase diagram.

    Finished tasks found beside ``out`` are used, unfinished ones resumed: after a kill, or with a
    longer grid, run the same again.

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
    workers, threads
        Worker processes (all cores by default) and threads in each.
    checkpoint_interval
        Seconds between checkpoints of a task.
    grace
        Seconds that workers have to save when the run is stopped.
    scheduler
        Address of a dask scheduler whose workers do the tasks, or ``"local"`` to start one.
    progress
        Told of tasks as they go on; see :class:`mcsc.execute.progress.Progress`.
    beginning
        Told of each round of tasks before it is run; most run files have one only.
    analysing
        Told how far the analysis of transitions is.

    Returns
    -------
    The groups of the diagram: ``/``, ``domes``, ``domes_collective``, ``health``, ``samples``,
    ``series``, ``structure``, ``protocols`` where the run file asks for them, and ``finite_size``
    of two sizes or more.

    Raises
    ------
    mcsc.config.RunFileError
        If the run file cannot be run.
    mcsc.files.outputs.NotReplaced
        If ``out`` is something that is not replaced.
    mcsc.execute.Interrupted
        If the scan was stopped; everything done so far is kept.
    """
    plan = planning.plan(run_file)
    return run_plan(
        plan,
        default_output(plan.path) if out is None else Path(out),
        overwrite=overwrite,
        workers=workers,
        threads=threads,
        checkpoint_interval=checkpoint_interval,
        grace=grace,
        scheduler=scheduler,
        progress=progress,
        beginning=beginning,
        analysing=analysing,
    )


def run_plan(
    plan: Plan,
    out: Path,
    *,
    overwrite: bool = False,
    workers: int | None = None,
    threads: int | None = None,
    checkpoint_interval: float = 20.0,
    grace: float = 30.0,
    scheduler: str | None = None,
    progress: Progress | None = None,
    beginning: Callable[[Round], None] = lambda now: None,
    analysing: Callable[[float], None] = lambda done: None,
) -> Groups:
    """As :func:`run`, for a run file that has been read."""
    begun = time.monotonic()
    folder = tasks_folder(out)
    # before any work is done, not after it
    replaced_by(plan, out, diagram.KIND, overwrite=overwrite)

    def run_round(now: Round) -> None:
        beginning(now)
        execute.scan(
            now.tasks,
            folder,
            workers=workers,
            threads=threads,
            progress=progress,
            checkpoint_interval=checkpoint_interval,
            grace=grace,
            scheduler=scheduler,
        )

    outcome = planning.follow(plan, folder, run_round, analysing)
    return merge_outcome(outcome, out, overwrite=overwrite, analysing=analysing, begun=begun)


def merge_outcome(
    outcome: Outcome,
    out: Path,
    *,
    overwrite: bool = False,
    analysing: Callable[[float], None] = lambda done: None,
    begun: float | None = None,
) -> Groups:
    """Write the diagram of the tasks that are finished; points of the others are missing (NaN).

    Parameters
    ----------
    outcome
        The tasks that the rounds of a run file have come to, from :func:`mcsc.planning.follow`.
    out
        netCDF4 file to write; the tasks are those beside it.
    overwrite
        Replace also a diagram of another run file.
    analysing
        Told how far the analysis of transitions is.
    begun
        Monotonic time at which the run began, for the record; now when None.

    Raises
    ------
    ValueError
        If none is finished, or ``out`` is something that is not replaced.
    """
    begun = time.monotonic() if begun is None else begun
    folder, plan = tasks_folder(out), outcome.planned
    results = planning.results(folder, outcome)
    scales = [variant.coulomb_temperature for variant in plan.variants]
    merged = diagram.merge(
        results,
        plan.axes,
        structures=[variant.structure for variant in plan.variants],
        sizes=plan.supercells,
        coulomb_temperatures=scales,
        particle_hole=[_particle_hole(plan, variant.task) for variant in plan.variants],
        varied=plan.varied,
    )
    merged["/"] = planning.with_measured_doping(plan.config, merged["/"])
    if outcome.ladder:
        merged["/"]["temperature"].attrs["comment"] = f"placed by pilot ladders: {outcome.ladder}"
    protocols = _finished(folder, plan.protocols)
    if protocols:
        merged["protocols"] = diagram.merge_protocols(protocols, plan.protocol_axes)
    analysed = transitions.analyse(merged, planning.settings_of(plan), progress=analysing)
    attributes = origin(
        plan,
        source=plan.variants[0].structure.source,
        seed=plan.tasks[0].task.seed,
        coulomb_temperature=scales[0] if len(set(scales)) == 1 else None,
        n_tasks=len(outcome.tasks),
        n_finished=sum(execute.task_path(folder, task).is_file() for task in outcome.tasks),
        wall_time=time.monotonic() - begun,
    )
    diagram.save(out, analysed, attributes, overwrite=overwrite)
    return {**analysed, "/": analysed["/"].assign_attrs(attributes)}


def _particle_hole(plan: Plan, task: Task) -> bool:
    """Whether carriers and empty wells are equivalent, to a thousandth of the coldest k_B T."""
    if plan.config.disorder is not None or any(
        len(w.displacements) > 1 for w in task.structure.wells
    ):
        return False
    # sums over the infinite crystal: the smallest supercell gives them
    model = replace(task, size=(1, 1, 1), n_carriers=0, dopants=None).build()
    return particle_hole(model, 1e-3 * plan.units.boltzmann * min(task.temperatures))


def _finished(folder: Path, places: Sequence[GridTask]) -> dict[diagram.Place, Groups]:
    found = {at.place: execute.finished(folder, at.task) for at in places}
    return {place: groups for place, groups in found.items() if groups is not None}
