"""Temperatures placed by the flow of replicas, on ladders whose best density is known exactly."""

from pathlib import Path
from types import SimpleNamespace

import numpy as np

from mcsc import planning
from mcsc.chain import run
from mcsc.execute import Progress
from mcsc.execute.taskfile import store
from mcsc.planning import Round, plan
from mcsc.planning.flow import Flow, place_by_flow
from mcsc.planning.pilots import Found, described
from mcsc.planning.placement import Placement

LADDER = np.geomspace(1.0, 16.0, 9)
MANY = 10**9


def flow_of(resistances, trips=MANY, rates=0.5):
    """What a long pilot sees where intervals hold replicas up: the same current flows in all."""
    share = np.concatenate([[0.0], np.cumsum(resistances)]) / np.sum(resistances)
    return Flow(LADDER, share, np.broadcast_to(rates, len(LADDER) - 1), trips)


def test_temperatures_are_as_dense_as_the_root_of_the_resistance():
    """Four times the resistance below T = 4: twice as many temperatures an octave there."""
    found = place_by_flow([flow_of([4.0] * 4 + [1.0] * 4)], 13)
    exact = [*np.geomspace(1, 4, 9), *np.geomspace(4, 16, 5)[1:]]
    np.testing.assert_allclose(found, exact, rtol=6e-5)


def test_no_other_density_has_more_current():
    resistances = np.array([1.0, 3.0, 0.5, 2.0, 9.0, 4.0, 1.0, 0.2])
    found = place_by_flow([flow_of(resistances)], 2001)
    density = np.histogram(found, LADDER)[0] / 2000
    time = (resistances / density).sum()
    for seed in range(20):
        other = density * np.random.default_rng(seed).uniform(0.9, 1.1, 8)
        assert (resistances * other.sum() / other).sum() > time


def test_an_even_flow_stays_as_it_is_and_ends_stay():
    found = place_by_flow([flow_of(np.ones(8))], 9)
    np.testing.assert_allclose(found, LADDER, rtol=6e-5)
    assert (found[0], found[-1]) == (1.0, 16.0)


def test_few_round_trips_count_little_and_none_leave_it_to_exchange_rates():
    steep = [9.0] * 4 + [1.0] * 4
    below = [
        np.searchsorted(place_by_flow([flow_of(steep, trips=n)], 41), 4.0) for n in (0, 8, MANY)
    ]
    assert below[0] == 20
    assert below[0] < below[1] < below[2] == 30
    # replicas that walk freely are held up as the inverse of the rate
    rates = np.array([0.1] * 4 + [0.4] * 4)
    alone = place_by_flow([flow_of(steep, 0, rates)], 13)
    np.testing.assert_allclose(alone[8], 4.0, rtol=6e-5)


def test_the_point_with_the_fewest_round_trips_counts_most():
    cold, hot = flow_of([9.0] * 4 + [1.0] * 4, 10**5), flow_of([1.0] * 4 + [9.0] * 4)
    together = place_by_flow([cold, hot], 41)
    np.testing.assert_allclose(together, place_by_flow([cold], 41), rtol=0.01)


def test_a_rough_share_never_makes_temperatures_descend():
    share = np.array([0.0, 0.3, 0.1, np.nan, 0.5, 0.4, 0.9, 0.8, 1.0])
    found = place_by_flow([Flow(LADDER, share, np.full(8, 0.3), 100)], 12)
    assert (np.diff(found) > 0).all()


def test_a_cold_end_that_traps_replicas_is_named():
    share = np.array([0.0, np.nan, 0.0, 0.2, 0.4, 0.6, 0.8, 0.9, 1.0])
    flow = Flow(LADDER, share, np.full(8, 0.3), 0)
    assert flow.coldest_reached == LADDER[3]
    ladder = Placement(tuple(LADDER), np.full(8, 0.3), np.zeros(8, int), 0)
    section = SimpleNamespace(target_rate=None, placement="round_trips")
    planned = SimpleNamespace(
        config=SimpleNamespace(scan=SimpleNamespace(temperature=section)),
        units=SimpleNamespace(temperature="K"),
    )
    found = Found(ladder, (flow,), by_flow=False, settled=False)
    text = described(planned, found, [SimpleNamespace(size=(4, 4, 2), n_carriers=16)])
    assert "placed by exchange rates, as no replica went round" in text
    assert "f(T) = 0.00 nan 0.00 0.20" in text
    assert text.endswith(
        "no replica from the hot end came below 2.828 K (16 carriers on 4x4x2 cells)"
    )


RUN = """
[structure]
lattice = "cubic"
[scan]
doping = [0.5]
temperature = { start = START, stop = 0.4, num = NUM, placement = "round_trips" }
size = [4, 4, 4]
[sampling]
sweeps = 8192
warmup = 1024
measurements = 1024
exchange_interval = 1
"""


def followed(
    folder: Path, start: float, num: int
) -> tuple[list[Round], list[str], planning.Outcome]:
    """The rounds of a run, what the user was told, and what it came to."""
    path = folder / "run.toml"
    path.write_text(RUN.replace("START", str(start)).replace("NUM", str(num)))
    seen: list[Round] = []
    said: list[str] = []

    class Listener(Progress):
        def say(self, line: str) -> None:
            said.append(line)

    def run_round(now: Round) -> None:
        seen.append(now)
        if now.title == "pilot ladders":
            for task in now.tasks:
                store(folder, task, run(task))

    outcome = planning.follow(plan(path), folder, run_round, Listener())
    return seen, said, outcome


def test_pilots_go_round_and_place_the_ladder(tmp_path: Path) -> None:
    seen, said, outcome = followed(tmp_path, 0.08, 8)
    assert [now.title for now in seen][-1] == "scan"
    assert {now.title for now in seen[:-1]} == {"pilot ladders"}
    assert said == []
    assert "placed by round trips; fewest in the last pilots" in outcome.ladder
    found = outcome.planned.variants[0].task.temperatures
    assert (len(found), found[0], found[-1]) == (8, 0.08, 0.4)


def test_the_user_is_told_of_a_cold_end_out_of_reach(tmp_path: Path) -> None:
    _, said, outcome = followed(tmp_path, 0.04, 2)
    (line,) = said
    assert line.startswith("pilot ladders: no replica from the hot end came below 0.4 (32 ")
    assert line.removeprefix("pilot ladders: ") in outcome.ladder
