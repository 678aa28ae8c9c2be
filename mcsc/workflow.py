"""From a run file to a phase diagram on disk: the whole path in one function."""

import json
import time
from collections.abc import Callable, Sequence
from dataclasses import replace
from pathlib import Path

from mcsc import comparison, diagram, ground, provenance, rounds, scan, transitions
from mcsc.comparison import Comparison
from mcsc.config import Config, material
from mcsc.diagram import Groups
from mcsc.measured import measured_facts
from mcsc.rounds import Outcome, Round
from mcsc.scan import Fillings, GridTask, Plan
from mcsc.scan.progress import Progress
from mcsc.units import SYSTEMS


def tasks_folder(out: Path) -> Path:
    """Where the task files of a diagram are kept: they serve every later run that needs them."""
    return out.with_suffix(".tasks")


def run(
    run_file: str | Path,
    out: str | Path = "phase_diagram.nc",
    *,
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
        TOML file, see ``runs/``.
    out
        netCDF4 file to write.
    workers, threads
        Worker processes (all cores by default) and threads in each.
    checkpoint_interval
        Seconds between checkpoints of a task.
    grace
        Seconds that workers have to save when the run is stopped.
    scheduler
        Address of a dask scheduler whose workers do the tasks, or ``"local"`` to start one.
    progress
        Told of tasks as they go on; see :class:`mcsc.scan.progress.Progress`.
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
    mcsc.scan.Interrupted
        If the scan was stopped; everything done so far is kept.
    """
    return run_plan(
        scan.plan(Path(run_file)),
        Path(out),
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

    def run_round(now: Round) -> None:
        beginning(now)
        scan.scan(
            now.tasks,
            folder,
            workers=workers,
            threads=threads,
            progress=progress,
            checkpoint_interval=checkpoint_interval,
            grace=grace,
            scheduler=scheduler,
        )

    outcome = rounds.follow(plan, folder, run_round, analysing)
    return merge_outcome(outcome, out, analysing=analysing, begun=begun)


def merge_outcome(
    outcome: Outcome,
    out: Path,
    *,
    analysing: Callable[[float], None] = lambda done: None,
    begun: float | None = None,
) -> Groups:
    """Write the diagram of the tasks that are finished; points of the others are missing (NaN).

    Parameters
    ----------
    outcome
        The tasks that the rounds of a run file have come to, from :func:`mcsc.rounds.follow`.
    out
        netCDF4 file to write; the tasks are those beside it.
    analysing
        Told how far the analysis of transitions is.
    begun
        Monotonic time at which the run began, for the record; now when None.

    Raises
    ------
    ValueError
        If none is finished.
    """
    begun = time.monotonic() if begun is None else begun
    folder, plan = tasks_folder(out), outcome.planned
    results = rounds.results(folder, outcome)
    scales = [variant.coulomb_temperature for variant in plan.variants]
    merged = diagram.merge(
        results,
        plan.axes,
        structures=[variant.structure for variant in plan.variants],
        units=plan.units,
        sizes=plan.sizes,
        coulomb_temperatures=scales,
    )
    merged["/"] = scan.with_measured_doping(plan.config, merged["/"])
    if outcome.ladder:
        merged["/"]["temperature"].attrs["comment"] = f"placed by pilot ladders: {outcome.ladder}"
    protocols = _finished(folder, plan.protocols)
    if protocols:
        merged["protocols"] = diagram.merge_protocols(protocols, plan.protocol_axes)
    analysed = transitions.analyse(
        merged,
        rounds.settings_of(plan),
        boltzmann=plan.units.boltzmann,
        progress=analysing,
    )
    attributes = provenance.attributes(
        title=plan.config.title,
        text=plan.text,
        settings=plan.config.model_dump_json(),
        material=_material_files(plan.config),
        seed=plan.config.sampling.seed,
        coulomb_temperature=scales[0] if len(set(scales)) == 1 else None,
        units=plan.units,
        source=plan.variants[0].structure.source,
        n_tasks=len(outcome.tasks),
        n_finished=sum(scan.task_path(folder, task).exists() for task in outcome.tasks),
        wall_time=time.monotonic() - begun,
    )
    diagram.save(out, analysed, attributes)
    return {**analysed, "/": analysed["/"].assign_attrs(attributes)}


def ground_states(
    chosen: Fillings,
    annealing: ground.Annealing | None = None,
    progress: Callable[[float], None] = lambda done: None,
) -> Groups:
    """Search for the lowest states of a run file at each filling, with their convex hull.

    Parameters
    ----------
    chosen
        What to search, from :func:`mcsc.scan.fillings`.
    annealing
        How long.
    progress
        Told which part of the work is done.

    Returns
    -------
    The groups of :func:`mcsc.ground.ground_dataset` and ``structure``, which places every state.
    """
    begun = time.monotonic()
    settings = annealing or ground.Annealing()
    tasks = [*(task for row in chosen.tasks for _, task in row), chosen.full]
    # the time of a chain goes with its carriers and with the wells
    costs = [task.n_carriers * task.n_wells for task in tasks]
    found, done = [], 0.0
    for task, cost in zip(tasks, costs, strict=True):
        share = cost / sum(costs)
        found.append(ground.lowest_states(task, settings, _part(progress, done, share)))
        done += share
    results = iter(found)
    fillings = [
        ground.Filling(
            size=tuple(i for i, _ in row),
            tasks=tuple(task for _, task in row),
            found=tuple(next(results) for _ in row),
        )
        for row in chosen.tasks
    ]
    full = ground.Filling((0,), (chosen.full,), (next(results),))
    groups = ground.ground_dataset(chosen.doping, fillings, full, chosen.units, chosen.size)
    structure = chosen.full.structure
    groups["structure"] = diagram.structure_dataset(structure, chosen.units, chosen.sizes)
    attributes = provenance.attributes(
        title=chosen.config.title,
        text=chosen.text,
        settings=chosen.config.model_dump_json(),
        material=_material_files(chosen.config),
        seed=chosen.full.seed,
        coulomb_temperature=chosen.coulomb_temperature,
        units=chosen.units,
        source=structure.source,
        n_tasks=len(tasks),
        n_finished=len(tasks),
        wall_time=time.monotonic() - begun,
    )
    # it is no diagram
    del attributes["mcsc_schema"]
    attributes |= {
        "summary": "Lowest states found of carriers in the wells of a crystal, over filling: "
        "chains annealed and quenched. That nothing lies lower is not proven.",
        "search": repr(settings),
        ground.SCHEMA_ATTRIBUTE: ground.SCHEMA,
    }
    return {**groups, "/": groups["/"].assign_attrs(attributes)}


def _part(progress: Callable[[float], None], begin: float, share: float) -> Callable[[float], None]:
    return lambda done: progress(begin + share * done)


def compare(groups: Groups, material_name: str | None = None, along: str = "doping") -> Comparison:
    """A diagram beside what was measured on its material.

    Parameters
    ----------
    groups
        A whole diagram, see :func:`mcsc.diagram.load`.
    material_name
        A shipped material; by default that of the run file.
    along
        ``"doping"`` or another axis of the diagram, such as ``"pressure"``.

    Raises
    ------
    ValueError
        If there is no such material or axis, or the diagram is in reduced units.
    """
    if material_name is None:
        settings = json.loads(groups["/"].attrs.get("config_complete_json", "{}"))
        structure = settings.get("structure", {})
        material_name = structure.get("material") or structure.get("cif")
    if material_name is None:
        raise ValueError("this diagram names no material: give one, e.g. --material La2CuO4")
    facts = measured_facts(material_name)
    return comparison.compare(material_name, facts, diagram.averaged(groups), along)


def _material_files(config: Config) -> dict[str, str]:
    """The files of the material a run takes its numbers from: a later mcsc may ship others."""
    name = config.structure.material
    if name is None:
        return {}
    found = material(name)
    return {"material_toml": found.text, "material_cif": found.cif}


def _finished(folder: Path, places: Sequence[GridTask]) -> dict[diagram.Place, Groups]:
    found = {at.place: scan.finished(folder, at.task) for at in places}
    return {place: groups for place, groups in found.items() if groups is not None}


def redo_transitions(path: Path, settings: transitions.Settings) -> Groups:
    """Analyse a diagram again with other settings and store the result in it.

    Thresholds of the regimes stay those of the diagram.

    Raises
    ------
    mcsc.netcdf.BrokenFile, FileNotFoundError
        If there is no readable diagram.
    """
    groups = diagram.load(path)
    attributes = dict(groups["/"].attrs)
    boltzmann = SYSTEMS[attributes["units_system"]].boltzmann
    settings = replace(settings, regimes=transitions.stored_thresholds(groups["/"]))
    line = f"{attributes['history']}\nmcsc {provenance.own_version()} transitions {settings}"
    analysed = transitions.analyse(groups, settings, boltzmann=boltzmann)
    diagram.save(path, analysed, {**attributes, "history": line})
    return analysed
