"""What is left of a run and what it will cost, in words and as JSON."""

import json
from collections.abc import Sequence
from dataclasses import asdict
from pathlib import Path
from typing import Any

from mcsc.chain import fraction_done
from mcsc.cli.say import say
from mcsc.execute import Execution, checkpoint_path, finished
from mcsc.execute.cost import MOST_WELLS, measured_cost
from mcsc.planning import Outcome, Round, task_name
from mcsc.text import counted


def print_cost(now: Round, folder: Path, workers: int | None = None, *, more: bool) -> None:
    """Print what the unfinished tasks of a round take here; a piece of them is run for it.

    ``more`` tells whether further rounds may follow.
    """
    left = [task for task in now.tasks if finished(folder, task) is None]
    say(f"{counted(len(now.tasks), 'task')}, {len(left)} to run (in {folder})")
    if not left:
        return
    cost = measured_cost(left)
    n, threads = Execution(workers).shared_out(len(left))
    wall = max(cost.core_seconds / (n * threads), cost.longest / threads)
    say(
        f"about {_time(cost.core_seconds)} of one core at the speed measured now; {_time(wall)} "
        f"with {counted(n, 'worker')}"
    )
    say(
        f"memory: {_size(n * cost.worker_bytes)} for the workers, then {_size(cost.merge_bytes)} "
        f"for the diagram; disk: {_size(cost.disk_bytes)}"
    )
    if (most := max(task.n_wells for task in left)) > MOST_WELLS:
        say(f"that of {most} wells is scaled up from about {MOST_WELLS}: it may be off by a half")
    if more:
        say(f"that is the round {now.title}; those that the run decides on after it come on top")


def print_tasks(now: Round, folder: Path) -> None:
    """How many tasks of a round are finished, and how far the others are."""
    done = under_way = 0
    complaints: list[str] = []
    for axes, places in now.grids:
        for at in places:
            if finished(folder, at.task, complaints.append) is not None:
                done += 1
                continue
            fraction = fraction_done(at.task, checkpoint_path(folder, at.task))
            if fraction > 0:
                under_way += 1
                say(f"{task_name(axes, at)}: {fraction:.0%} at its checkpoint")
    for line in complaints:
        say(line, err=True)
    total = len(now.tasks)
    say(
        f"{done} of {total} tasks finished, {under_way} with a checkpoint, "
        f"{total - done - under_way} not begun (in {folder})"
    )


def status_json(outcome: Outcome, begun: Sequence[Round], folder: Path, *, measure: bool) -> str:
    """What is finished of every round as JSON, with the cost of the rest where it is measured."""
    rounds = [_round(now, folder) for now in begun]
    said: dict[str, Any] = {"tasks_folder": str(folder), "complete": outcome.complete}
    said["rounds"] = rounds
    if measure:
        left = [task for task in begun[-1].tasks if finished(folder, task) is None]
        said["cost"] = asdict(measured_cost(left))
    return json.dumps(said, indent=1)


def _round(now: Round, folder: Path) -> dict[str, Any]:
    done = [task for task in now.tasks if finished(folder, task) is not None]
    names = {task.digest() for task in done}
    under_way = {
        task.digest(): fraction
        for task in now.tasks
        if task.digest() not in names
        and (fraction := fraction_done(task, checkpoint_path(folder, task))) > 0
    }
    return {
        "title": now.title, "why": now.why, "tasks": len(now.tasks), "finished": len(done),
        "under_way": under_way,
    }  # fmt: skip


def _time(seconds: float) -> str:
    for unit, length in (("days", 86400.0), ("hours", 3600.0), ("minutes", 60.0)):
        if seconds >= 1.5 * length:
            return f"{seconds / length:.2g} {unit}"
    return f"{max(seconds, 1.0):.0f} s"


def _size(size: float) -> str:
    return f"{size / 1e9:.1f} GB" if size >= 0.95e9 else f"{max(size / 1e6, 1):.0f} MB"
