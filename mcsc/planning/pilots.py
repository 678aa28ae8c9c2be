"""Short ladders before the scan, from which its temperatures are placed."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np

from mcsc.chain import Task
from mcsc.execute import finished
from mcsc.files.tree import group
from mcsc.planning.flow import Flow, place_by_flow
from mcsc.planning.placement import Pilot, Placement, expected, place_temperatures
from mcsc.planning.plan import Plan

# a pilot has this share of the measurements of a ladder, and of its warm-up
SHARE = 4
# pilots are repeated on the ladder they gave while replicas hardly pass somewhere, or while
# temperatures that are placed by round trips move by this part of the distance to the next
ROUNDS, PASSING, MOVING = 3, 0.1, 0.25


@dataclass(frozen=True)
class Found:
    """What finished pilots say.

    ladder: The ladder that they ask for.
    flows: What replicas did in each pilot.
    by_flow: Whether it is placed by that; else by exchange rates.
    settled: Whether pilots on that ladder would hardly ask for another.
    """

    ladder: Placement
    flows: tuple[Flow, ...]
    by_flow: bool
    settled: bool


def pilot_tasks(planned: Plan, temperatures: Sequence[float]) -> tuple[Task, ...]:
    """A short ladder at every place of a scan."""
    usual = planned.variants[0].task.sampling
    n, warmup = max(64, usual.measurements // SHARE), max(1, usual.warmup // SHARE)
    short = replace(usual, sweeps=usual.spacing * n, measurements=n, warmup=warmup)
    ladder = tuple(temperatures)
    return tuple(replace(at.task, temperatures=ladder, sampling=short) for at in planned.tasks)


def placement(planned: Plan, folder: Path, tasks: Sequence[Task]) -> Found | None:
    """What finished pilots say.

    None where a pilot's file is damaged.
    """
    section, boltzmann = planned.config.scan.temperature, planned.units.boltzmann
    pilots: list[Pilot] = []
    flows = []
    for task in tasks:
        tree = finished(folder, task)
        if tree is None:
            return None
        temperatures, health = np.array(task.temperatures), group(tree, "health")
        pilots.append(Pilot(temperatures, group(tree, "series")["energy"].values))
        # the last temperature has no next one
        rates = health["exchange_rate"].values[:-1]
        trips = int(health["round_trips"])
        flows.append(Flow(temperatures, health["hot_share"].values, rates, trips))
    by_rates = place_temperatures(pilots, boltzmann, num=section.num, rate=section.target_rate)
    if section.placement == "exchange" or not any(flow.round_trips for flow in flows):
        passing = all((flow.exchange_rates > PASSING).all() for flow in flows)
        settled = passing and section.placement == "exchange"
        return Found(by_rates, tuple(flows), by_flow=False, settled=settled)
    ladder = place_by_flow(flows, len(by_rates.temperatures))
    found = expected(pilots, boltzmann, ladder, by_rates.needed)
    return Found(found, tuple(flows), by_flow=True, settled=_same(temperatures, np.array(ladder)))


def _same(before: np.ndarray, after: np.ndarray) -> bool:
    """Whether no temperature has moved by much."""
    if len(before) != len(after):
        return False
    return bool((abs(after - before)[1:] < MOVING * np.diff(before)).all())


def again(planned: Plan, found: Found) -> str:
    """Why pilots are repeated on the ladder they gave."""
    if planned.config.scan.temperature.placement == "exchange":
        return "again on the temperatures found: replicas hardly passed between some"
    how = "round trips" if found.by_flow else "exchange rates: no replica went round yet"
    return f"again on the temperatures found by {how}"


def described(planned: Plan, found: Found, tasks: Sequence[Task]) -> str:
    """What a placed ladder is, in a line: how often it exchanges, and where least; what flowed."""
    section, unit, ladder = planned.config.scan.temperature, _unit(planned), found.ladder
    i = int(ladder.rates.argmin())
    low, high = ladder.temperatures[i : i + 2]
    text = (
        f"{len(ladder.temperatures)} temperatures, exchange rates of at least "
        f"{ladder.rates[i]:.2f} expected (between {low:.4g} and {high:.4g}{unit}, "
        f"{_at(tasks[int(ladder.worst[i])])})"
    )
    if section.target_rate is not None and ladder.needed > len(ladder.temperatures):
        text += (
            f"; a rate of {section.target_rate:g} takes {ladder.needed}: raise "
            "scan.temperature.num or narrow its range"
        )
    if section.placement == "round_trips":
        text += f"; {_flowed(found, tasks)}"
    return "; ".join([text, *trapped(planned, found, tasks)])


def _flowed(found: Found, tasks: Sequence[Task]) -> str:
    """How they were placed, and what replicas did in the pilot where the fewest went round."""
    worst = min(range(len(tasks)), key=lambda i: found.flows[i].round_trips)
    flow = found.flows[worst]
    share = " ".join(f"{f:.2f}" for f in flow.hot_share)
    how = "round trips" if found.by_flow else "exchange rates, as no replica went round"
    return (
        f"placed by {how}; fewest in the last pilots {flow.round_trips} ({_at(tasks[worst])}), "
        f"share of replicas from the hot end f(T) = {share}"
    )


def trapped(planned: Plan, found: Found, tasks: Sequence[Task]) -> list[str]:
    """Of each pilot whose cold end no replica from the hot end reached, what to do, in a line."""
    if planned.config.scan.temperature.placement != "round_trips":
        return []
    return [
        f"no replica from the hot end came below {flow.coldest_reached:.4g}{_unit(planned)} "
        f"({_at(task)})"
        for flow, task in zip(found.flows, tasks, strict=True)
        if not flow.round_trips
    ]


def _unit(planned: Plan) -> str:
    unit = planned.units.temperature
    return "" if unit == "1" else f" {unit}"


def _at(task: Task) -> str:
    return f"{task.n_carriers} carriers on {'x'.join(map(str, task.size))} cells"
