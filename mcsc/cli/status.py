"""How far a run is: its rounds so far, and the tasks of the last one."""

import math
from pathlib import Path

import typer

from mcsc import rounds
from mcsc.chain import Task, fraction_done
from mcsc.rounds import Round
from mcsc.scan import Plan, checkpoint_path, finished
from mcsc.workflow import tasks_folder


def print_status(planned: Plan, out: Path) -> None:
    """Print the tasks that are finished, under way or waiting, and broken files on stderr."""
    folder = tasks_folder(out)
    found: list[Round] = []
    outcome = rounds.follow(planned, folder, found.append)
    for number, one in enumerate(found, start=1):
        if len(found) > 1 or (not outcome.complete and one.title != "scan"):
            typer.echo(f"round {number}, {one.title}: {one.why}")
        _print_tasks(planned, folder, one.tasks)
    if outcome.complete and len(found) > 1:
        typer.echo("nothing is left to decide")


def _print_tasks(planned: Plan, folder: Path, tasks: tuple[Task, ...]) -> None:
    done = under_way = 0
    complaints: list[str] = []
    for task in tasks:
        if finished(folder, task, complaints.append) is not None:
            done += 1
            continue
        fraction = fraction_done(task, checkpoint_path(folder, task))
        if fraction > 0:
            under_way += 1
            typer.echo(f"{_where(planned, task)}: {fraction:.0%} at its checkpoint")
    for line in complaints:
        typer.echo(line, err=True)
    waiting = len(tasks) - done - under_way
    typer.echo(
        f"{done} of {len(tasks)} tasks finished, {under_way} with a checkpoint, "
        f"{waiting} not begun (in {folder})"
    )


def _where(planned: Plan, task: Task) -> str:
    """A task in words: its carriers, its supercell and which part of a run it is."""
    per_cell = task.n_carriers / math.prod(task.size)
    where = f"doping {planned.config.doping.at_carriers(per_cell):g}"
    if task.chemical_potential is not None:
        where = f"chemical potential {task.chemical_potential:g}"
    where += f", {'x'.join(map(str, task.size))} cells"
    return f"{where}, annealing {task.annealing + 1}" if task.annealing else where
