"""Short ladders before the scan, from which its temperatures are placed."""

from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

import numpy as np

from mcsc.chain import Task
from mcsc.execute import finished
from mcsc.planning.placement import Placement, place_temperatures
from mcsc.planning.plan import Plan

# a pilot has this share of the measurements of a ladder, and of its warm-up
SHARE = 4
# pilots are repeated on the ladder they gave while replicas hardly pass somewhere
ROUNDS, PASSING = 3, 0.1


def pilot_tasks(planned: Plan, temperatures: Sequence[float]) -> tuple[Task, ...]:
    """A short ladder at every place of a scan."""
    usual = planned.variants[0].task.sampling
    n, warmup = max(64, usual.measurements // SHARE), max(1, usual.warmup // SHARE)
    short = replace(usual, sweeps=usual.spacing * n, measurements=n, warmup=warmup)
    ladder = tuple(temperatures)
    return tuple(replace(at.task, temperatures=ladder, sampling=short) for at in planned.tasks)


def placement(planned: Plan, folder: Path, tasks: Sequence[Task]) -> tuple[Placement, bool] | None:
    """The ladder that finished pilots ask for, and whether replicas pass everywhere in them.

    None where a pilot's file is damaged.
    """
    section = planned.config.scan.temperature
    pilots, passing = [], True
    for task in tasks:
        groups = finished(folder, task)
        if groups is None:
            return None
        pilots.append((np.array(task.temperatures), groups["series"]["energy"].values))
        # the last temperature has no next one
        passing &= bool((groups["health"]["exchange_rate"].values[:-1] > PASSING).all())
    found = place_temperatures(
        pilots, planned.units.boltzmann, num=section.num, rate=section.target_rate
    )
    return found, passing


def described(planned: Plan, found: Placement, tasks: Sequence[Task]) -> str:
    """What a placed ladder is, in a line: how often it exchanges, and where least."""
    section, unit = planned.config.scan.temperature, planned.units.temperature
    unit = "" if unit == "1" else f" {unit}"
    i = int(found.rates.argmin())
    low, high = found.temperatures[i : i + 2]
    task = tasks[int(found.worst[i])]
    cells = "x".join(map(str, task.size))
    text = (
        f"{len(found.temperatures)} temperatures, exchange rates of at least "
        f"{found.rates[i]:.2f} expected (between {low:.4g} and {high:.4g}{unit}, "
        f"{task.n_carriers} carriers on {cells} cells)"
    )
    if section.target_rate is not None and found.needed > len(found.temperatures):
        text += (
            f"; a rate of {section.target_rate:g} takes {found.needed}: raise "
            "scan.temperature.num or narrow its range"
        )
    return text
