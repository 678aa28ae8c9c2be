"""Ladders of carriers with near neighbours only: exact sums, resumed runs, which tasks they are."""

from dataclasses import replace
from itertools import product

import numpy as np
import pytest
from exact import boltzmann, crystal, energies, system
from exact import well as make_well

from mcsc.chain import FieldProtocol, Sampling, Stopped, Task, run
from mcsc.chain.run import fraction_done, kernel_tables
from mcsc.chain.sampler import CarriedPotential, SideBySide, sampler
from mcsc.model import Interactions, ShortRangeTerm
from mcsc.structure import Well, textbook
from mcsc.units import REDUCED

TEMPERATURES = (0.2, 0.35, 0.7)
TERMS = (("one", "two", 1.5, 0.4), ("one", "one", 2.0, 0.25))
PAIRS = crystal(
    np.diag([2.0, 3.0, 9.0]),
    make_well("one", (0, 0, 0), [(0, 0, 0), (0.3, 0.1, 0)], [0, 0.1], -0.05),
    make_well("two", (0, 1.5, 0), depth=0.1),
    units=REDUCED,
)
FIELD = 0.3
LONG = Sampling(sweeps=20480, warmup=512, measurements=4096, exchange_interval=5)


def task_of(**changes):
    terms = tuple(ShortRangeTerm((a, b), u, distance) for a, b, distance, u in TERMS)
    choice = {
        "sampling": LONG,
        "seed": 1,
        "n_carriers": 3,
        "field": FIELD,
        "chemical_potential": 0.2,
        **changes,
    }
    return Task(
        PAIRS, (2, 2, 1), temperatures=TEMPERATURES,
        interactions=Interactions(coulomb=False, short_range=terms), **choice,
    )  # fmt: skip


def sampler_of(task):
    model = task.build()
    sampled = task.ensemble.sampled(model)
    return sampler(task, sampled, kernel_tables(sampled)[0])


def test_means_are_the_exact_sums():
    assert isinstance(sampler_of(task_of()), SideBySide)
    root = run(task_of())["/"]
    found = system(PAIRS, (2, 2, 1), coulomb=0.0, field=(FIELD, 0.0, 0.0), short_range=TERMS)
    states = np.array(list(product(*(range(-1, n) for n in np.bincount(found.well)))))
    n, energy = (states >= 0).sum(axis=1), energies(found, states)
    grand = energy - 0.2 * n
    displaced = (states == 1).sum(axis=1) * 0.3
    for t, temperature in enumerate(TEMPERATURES):
        p = boltzmann(grand, temperature)
        mean = p @ n
        expected = {
            "carriers_per_cell": mean / 4,
            "energy": p @ energy / mean,
            "specific_heat": (p @ grand**2 - (p @ grand) ** 2) / (mean * temperature**2),
            "compressibility": (p @ n**2 - mean**2) / (4 * temperature),
        }
        for name, value in expected.items():
            z = (root[name].values[t] - value) / root[f"{name}_stderr"].values[t]
            assert abs(z) < 4, (name, temperature, z)
        z = (root["displacement"].values[t, 0] - p @ displaced / mean) / root[
            "displacement_stderr"
        ].values[t, 0]
        assert abs(z) < 4
    assert (root["carriers_per_cell_stderr"].values < 0.01).all()


def test_the_carried_potential_gives_the_same():
    one = run(task_of())["/"]
    moves = (("near_hop", 1.0),)
    other_task = task_of(sampling=replace(LONG, moves=moves))
    assert isinstance(sampler_of(other_task), CarriedPotential)
    other = run(other_task)["/"]
    for name in ("carriers_per_cell", "energy", "specific_heat", "compressibility"):
        error = np.hypot(one[f"{name}_stderr"], other[f"{name}_stderr"]).values
        assert (np.abs(one[name] - other[name]).values < 4 * error).all(), name


def blume_capel(size, **changes):
    """Spins −1, 0, 1 as the states of full wells, J = 1: E = −Σ s s' + D Σ s²."""
    square = textbook("square", 3.0)
    spin = Well(
        "site", (0, 0, 0), displacements=np.zeros((3, 3)), state_energies=(0.0, 0.6, 0.6),
        state_kinds=("zero", "up", "down"),
    )  # fmt: skip
    kinds = {("up", "up"): -1.0, ("down", "down"): -1.0, ("up", "down"): 1.0}
    terms = tuple(ShortRangeTerm(pair, u, distance=1.0) for pair, u in kinds.items())
    n = size[0] * size[1]
    return Task(
        replace(square, name="blume-capel", wells=(spin,)), (*size, 1), n, (0.8, 1.3, 2.5),
        interactions=Interactions(coulomb=False, short_range=terms),
        **{"sampling": LONG, **changes},
    )  # fmt: skip


def test_spins_are_states_of_full_wells():
    task = blume_capel((3, 2))
    assert isinstance(sampler_of(task), SideBySide)
    groups = run(task)
    spins = np.array(list(product((0, 1, -1), repeat=6))).reshape(-1, 3, 2)
    bonds = sum((spins * np.roll(spins, 1, axis=axis)).sum(axis=(1, 2)) for axis in (1, 2))
    square = (spins**2).sum(axis=(1, 2))
    energy = -1.0 * bonds + 0.6 * square
    root = groups["/"]
    for t, temperature in enumerate(task.temperatures):
        p = boltzmann(energy, temperature)
        expected = p @ energy / 6, (p @ energy**2 - (p @ energy) ** 2) / (6 * temperature**2)
        for name, value in zip(("energy", "specific_heat"), expected, strict=True):
            z = (root[name].values[t] - value) / root[f"{name}_stderr"].values[t]
            assert abs(z) < 4, (name, temperature, z)
        zero = list(task.structure.kinds).index("zero")
        z = (root["occupation"].values[t, zero] - 1 + p @ square / 6) / root[
            "occupation_stderr"
        ].values[t, zero]
        assert abs(z) < 4
    states = groups["samples"]["state"].values
    assert (states >= 0).all()
    last = [task.build().energy(row) for row in states]
    np.testing.assert_allclose(groups["series"]["energy"].values[:, -1], last, atol=1e-11)
    assert (groups["health"]["acceptance"].values[:, 2] > 0.01).all()
    assert groups["health"]["energy_drift"] == 0.0


SHORT = Sampling(sweeps=640, warmup=128, measurements=128, exchange_interval=5)


def same(one, other):
    return all(one[group].identical(other[group]) for group in one)


@pytest.mark.parametrize(
    "task", [task_of(sampling=SHORT), blume_capel((5, 4), sampling=SHORT)], ids=["μ", "full"]
)
def test_resumed_after_a_kill_and_on_one_thread_with_the_same_bits(tmp_path, task):
    import numba

    whole, threads = run(task), numba.get_num_threads()
    checkpoint = tmp_path / "task.checkpoint"
    for limit in (7, 12):
        steps = iter(range(100))
        with pytest.raises(Stopped):
            run(task, checkpoint, stop=lambda s=steps, n=limit: next(s) >= n)
    assert 0.5 < fraction_done(task, checkpoint) < 1
    numba.set_num_threads(1)
    try:
        assert same(run(task, checkpoint), whole)
    finally:
        numba.set_num_threads(threads)
    assert not same(run(replace(task, seed=2)), whole)


def test_heat_baths_sample_short_ranged_tasks_whose_carriers_need_not_move():
    free = Interactions(coulomb=False)
    plain = Task(PAIRS, (2, 2, 1), 3, TEMPERATURES, free)
    beside = {
        "fixed number": (plain, False),
        "coulomb": (replace(plain, interactions=Interactions(), chemical_potential=0.0), False),
        "protocol": (replace(plain, n_carriers=8, protocol=FieldProtocol((0.0, 0.1))), False),
        "chemical potential": (replace(plain, chemical_potential=0.0), True),
        "full": (replace(plain, n_carriers=8), True),
    }
    for name, (task, short) in beside.items():
        assert task.short_ranged == short, name
        assert isinstance(sampler_of(task), SideBySide if short else CarriedPotential), name
