"""From a run file to the lowest states at each filling."""

import time
from collections.abc import Iterable, Sequence
from functools import partial

import xarray as xr

from mcsc import diagram, planning
from mcsc.chain import Task
from mcsc.config import RunFile
from mcsc.execute import Execution, Progress
from mcsc.execute.calls import called
from mcsc.execute.display import shown
from mcsc.files.tree import with_groups
from mcsc.ground_states import KIND, Annealing, Competitor, Filling, ground_tree, lowest_states
from mcsc.lattice import Cells
from mcsc.planning import Fillings
from mcsc.workflow.origin import origin

HERE = Execution(workers=1)
"""In this process, without a word."""


def ground(
    run_file: RunFile,
    *,
    size: Cells | None = None,
    doping: Iterable[float] | None = None,
    every: bool = False,
    seed: int | None = None,
    chains: int = 4,
    population: int = 16,
    sweeps: int = 6144,
    workers: int = 1,
    progress: bool | Progress = True,
) -> xr.DataTree:
    """Search for the lowest states of a run file, with their superlattices and convex hull.

    Chains are annealed and quenched. Nothing proves that no state lies lower.

    Parameters
    ----------
    run_file
        TOML file, or its tables as nested dictionary. Its temperatures and fields do not count.
    size, doping
        One supercell, and dopings, in place of those of the run file.
    every
        Instead, every number of carriers that the smallest supercell can hold.
    seed
        Of the random numbers, in place of that of the run file.
    chains, population, sweeps
        Independent chains a filling, replicas of each, and sweeps of a replica.
    workers
        Processes among which fillings and supercells are shared out, and with them the cores; with
        one all is done here. The results are the same.
    progress
        As in :func:`mcsc.run`.

    Returns
    -------
    A tree: the root over doping and ``competitor``, ``hull``, ``structure``; nothing is written.

    Raises
    ------
    mcsc.config.RunFileError
        If a doping fits no supercell, there is none, or dopants are asked for.
    ValueError
        If there are no workers, chains, replicas or sweeps.

    Examples
    --------
    >>> import mcsc
    >>> lowest = mcsc.ground(
    ...     {
    ...         "structure": {"lattice": "cubic"},
    ...         "scan": {"size": [4, 4, 4], "doping": [0.5], "temperature": {"values": [0.1, 0.2]}},
    ...     },
    ...     chains=4,
    ...     sweeps=96,
    ... )
    >>> round(float(lowest["energy"].min()), 4)  # that of the fcc Wigner crystal
    -1.1462
    """
    given = None if doping is None else tuple(doping)
    chosen = planning.fillings(run_file, size=size, doping=given, every=every, seed=seed)
    annealing = Annealing(chains=chains, population=population, sweeps=sweeps)
    with shown(progress) as told:
        return ground_states(chosen, annealing, Execution(workers, progress=told))


def ground_states(
    chosen: Fillings, annealing: Annealing | None = None, execution: Execution = HERE
) -> xr.DataTree:
    """Search for the lowest states of a run file at each filling, with their convex hull.

    chosen: What to search, from :func:`mcsc.planning.fillings`.
    annealing: How long.
    execution: Of it the workers, with one this process, and the progress that is told how far the
        search is.

    Returns: The tree of :func:`mcsc.ground_states.ground_tree` and ``structure``, which places
        every state.
    """
    begun = time.monotonic()
    settings = annealing or Annealing()
    tasks = [*(task for row in chosen.tasks for _, task in row), chosen.full]
    results = iter(_searched(tasks, settings, execution))
    fillings = [
        Filling(
            size=tuple(i for i, _ in row),
            tasks=tuple(task for _, task in row),
            found=tuple(next(results) for _ in row),
        )
        for row in chosen.tasks
    ]
    full = Filling((0,), (chosen.full,), (next(results),))
    found = ground_tree(chosen.doping, fillings, full, chosen.size)
    structure = chosen.structure
    wells = diagram.structure_dataset(structure, chosen.variant.supercells)
    attributes = origin(
        chosen,
        source=structure.source,
        seed=chosen.full.seed,
        coulomb_temperature=chosen.variant.coulomb_temperature,
        n_tasks=len(tasks),
        n_finished=len(tasks),
        wall_time=time.monotonic() - begun,
    )
    # it is no diagram
    del attributes["mcsc_schema"]
    found.attrs |= attributes | {
        "summary": "Lowest states found of carriers in the wells of a crystal, over filling: "
        "chains annealed and quenched. That nothing lies lower is not proven.",
        "search": repr(settings),
        KIND.attribute: KIND.schema,
    }
    return with_groups(found, {"structure": wells})


def _searched(
    tasks: Sequence[Task], settings: Annealing, execution: Execution
) -> list[tuple[Competitor, ...]]:
    """The lowest states of each task, in this process or in several."""
    # the time of a chain goes with its carriers and with the wells
    costs = [task.n_carriers * task.n_wells for task in tasks]
    done = [0.0] * len(tasks)

    def report(i: int, fraction: float) -> None:
        done[i] = max(fraction, done[i])
        worked = sum(cost * part for cost, part in zip(costs, done, strict=True))
        execution.progress.stage("lowest states", worked / sum(costs))

    n, threads = execution.shared_out(len(tasks))
    if n == 1:
        return [lowest_states(task, settings, partial(report, i)) for i, task in enumerate(tasks)]
    # the longest first, so that none of them is what all others wait for
    order = sorted(range(len(tasks)), key=lambda i: -costs[i])
    search = partial(lowest_states, annealing=settings)
    chosen = [tasks[i] for i in order]
    found = called(search, chosen, n, threads, lambda i, part: report(order[i], part))
    by_task = dict(zip(order, found, strict=True))
    return [by_task[i] for i in range(len(tasks))]
