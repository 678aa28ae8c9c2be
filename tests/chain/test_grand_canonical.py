"""Ladders at fixed chemical potential against exact sums over all numbers of carriers."""

from functools import cache
from itertools import product

import numpy as np
import pytest
from exact import (
    boltzmann,
    crystal,
    density_waves,
    energies,
    in_field,
    occupied,
    periodic_coulomb,
    system,
)
from exact import well as make_well

from mcsc.chain import Sampling, Stopped, Task, run
from mcsc.chain.run import fraction_done
from mcsc.model import Interactions
from mcsc.structure import textbook
from mcsc.units import SI

PERMITTIVITY = 8.0
CELL = np.array([[4.0, 0.2, 0.0], [-1.0, 4.5, 0.3], [0.3, 0.1, 5.0]])
UNEQUAL = crystal(
    CELL,
    make_well(
        "one", (0, 0, 0), [(0, 0, 0), (0.5, 0.1, 0.1), (-0.3, 0.4, 0)], [0, 0.02, 0.03], -0.02
    ),
    make_well("two", (1.9, 2.2, 2.4), depth=-0.05),
)
TEMPERATURES = (350.0, 700.0, 1400.0)
SIZE = (2, 2, 1)
X, X_ERROR = "carriers_per_cell", "carriers_per_cell_stderr"
LONG = Sampling(sweeps=20480, warmup=512, measurements=4096, exchange_interval=5)
FIELD = (0.05, 0.02, 0.0)
# chemical potential, interactions of the task, screening of the exact sums
CASES = {
    "coulomb": (-0.05, {}, 0.0),
    "coulomb, few carriers": (-0.3, {}, 0.0),
    "yukawa": (0.9, {"screening_length": 2.0}, 0.5),
}


def task_of(case, **changes):
    mu, interactions, _ = CASES[case]
    choice = {"sampling": LONG, "seed": 1, "n_carriers": 3, **in_field(*FIELD), **changes}
    return Task(
        UNEQUAL,
        SIZE,
        temperatures=TEMPERATURES,
        interactions=Interactions(relative_permittivity=PERMITTIVITY, **interactions),
        chemical_potential=mu,
        **choice,
    )


@cache
def sampled(case):
    return run(task_of(case))


@cache
def configurations(case):
    """System, all configurations, their numbers of carriers, H and K = H + charging − μN."""
    mu, _, screening = CASES[case]
    scale = SI.coulomb / PERMITTIVITY
    found = system(UNEQUAL, SIZE, coulomb=scale, screening=screening, field=FIELD)
    states = np.array(list(product(*(range(-1, n) for n in np.bincount(found.well)))))
    energy, n = energies(found, states), (states >= 0).sum(axis=1)
    if screening:
        charging = 4 * np.pi / (abs(np.linalg.det(CELL)) * screening**2)
    else:
        # point charges −N/W on all wells, by the potential of the crystal's own cell
        centres = np.array([w.centre for w in UNEQUAL.wells])
        between = (centres[:, None] - centres).reshape(-1, 3)
        charging = -periodic_coulomb(CELL, between).sum() / len(centres) ** 2
    return found, states, n, energy, energy + 0.5 * scale * charging * n**2 / 4 - mu * n


@cache
def enumerated(case):
    """Exact values (T, ...) by name."""
    found, states, n, energy, grand = configurations(case)
    held = occupied(found, states)
    q = sampled(case)["/"]["q"].values @ (2 * np.pi * np.linalg.inv(CELL).T)
    factor = np.abs(density_waves(found, states, q)) ** 2
    u = held @ found.displacements
    direction = np.array(FIELD) / np.linalg.norm(FIELD)
    across = u - np.outer(u @ direction, direction)
    squares = held @ (found.displacements**2).sum(axis=1)
    kinds = np.stack([found.kind == kind for kind in UNEQUAL.kinds], axis=1)
    means = {}
    for temperature in TEMPERATURES:
        kt = SI.boltzmann * temperature
        p = boltzmann(grand, kt)
        mean = p @ n
        row = {
            "carriers_per_cell": mean / 4,
            "compressibility": (p @ n**2 - mean**2) / (4 * kt),
            "energy": p @ energy / mean,
            "specific_heat": (p @ grand**2 - (p @ grand) ** 2) / (mean * kt**2),
            "occupation": p @ (held @ kinds) / mean,
            "displacement": p @ u / mean,
            "polar_order": p @ np.linalg.norm(u, axis=1) / mean
            / max(np.linalg.norm(found.displacements, axis=1)),
            "localization_length": np.sqrt(p @ squares / mean),
            "capacitance_transverse": (
                p @ (across**2).sum(axis=1) - ((p @ across) ** 2).sum()
            ) / (abs(np.linalg.det(found.cell)) * kt),
            "structure_factor": p @ factor / mean,
        }  # fmt: skip
        for name, value in row.items():
            means.setdefault(name, []).append(value)
    return {name: np.array(values) for name, values in means.items()}


def deviations(case, name):
    root = sampled(case)["/"]
    value, error = root[name].values, root[f"{name}_stderr"].values
    return (value - enumerated(case)[name]) / error


@pytest.mark.parametrize("case", CASES)
@pytest.mark.parametrize(
    "name",
    [
        "carriers_per_cell",
        "compressibility",
        "energy",
        "specific_heat",
        "occupation",
        "displacement",
        "polar_order",
        "localization_length",
        "capacitance_transverse",
    ],
)
def test_means_are_the_exact_sums(case, name):
    assert np.abs(deviations(case, name)).max() < 4.5


@pytest.mark.parametrize("case", CASES)
def test_structure_factors_are_the_exact_sums(case):
    z = deviations(case, "structure_factor")
    assert z.size > 50
    assert np.abs(z).max() < 5.5
    assert np.sqrt((z**2).mean()) < 2.0


@pytest.mark.parametrize("case", CASES)
def test_the_number_fluctuates_and_the_test_can_fail(case):
    root, exact = sampled(case)["/"], enumerated(case)
    assert (exact["compressibility"] * SI.boltzmann * np.array(TEMPERATURES) > 0.008).all()
    shift = (root[X].values[1] - exact[X][[0, 2]]) / root["carriers_per_cell_stderr"].values[1]
    assert np.abs(shift).max() > 8


def test_the_distribution_of_the_number_is_the_exact_one():
    _, _, n, _, grand = configurations("coulomb")
    number = sampled("coulomb")["series"]["number"].values
    for t, temperature in enumerate(TEMPERATURES):
        p = np.bincount(n, boltzmann(grand, SI.boltzmann * temperature), minlength=9)
        seen = np.bincount(number[t].astype(int), minlength=9) / number.shape[1]
        # snapshots of so small a system are nearly independent at five sweeps
        error = np.sqrt(2 * p * (1 - p) / number.shape[1])
        assert (np.abs(seen - p) < 5 * error + 1e-3).all()


def test_the_last_snapshot_has_the_last_number_and_energy():
    task, groups = task_of("coulomb"), sampled("coulomb")
    states = groups["samples"]["state"].values
    number = (states >= 0).sum(axis=1)
    np.testing.assert_array_equal(number, groups["series"]["number"].values[:, -1])
    found, all_states, _, _, grand = configurations("coulomb")
    rows = [int(np.nonzero((all_states == row).all(axis=1))[0][0]) for row in states]
    np.testing.assert_allclose(grand[rows], groups["series"]["energy"].values[:, -1], atol=1e-9)
    assert [task.build().energy(row) for row in states] == pytest.approx(
        energies(found, states), abs=1e-9
    )


def test_health_knows_the_sixth_move_and_the_doping():
    health = sampled("coulomb")["health"]
    assert health["acceptance"].shape == (3, 9)
    assert (health["acceptance"].values[:, 5] > 0.01).all()
    assert (health["converged"].values == 1).all()
    assert (health["tau_doping"].values >= 0.4 * 5).all()
    assert health["half_difference"].shape == (3, 4)


@cache
def cubic(mu, **choice):
    interactions = Interactions(**choice)
    return run(
        Task(
            textbook("cubic"), (4, 4, 4), 20, (0.1, 0.2, 0.5), interactions,
            sampling=Sampling(10240, 1024, 1024), chemical_potential=mu, seed=3,
        )
    )["/"]  # fmt: skip


def test_particles_and_holes_of_equivalent_wells_are_symmetric():
    half = cubic(0.0)
    z = (half[X].values - 0.5) / half[X_ERROR].values
    assert np.abs(z).max() < 4
    assert half[X_ERROR].values.max() < 0.01
    # NaCl order: nearly incompressible
    assert half["charge_order"].values[0] > 0.8
    # half filled: the perfect crystal has order 1
    share = half["charge_order_share"]
    np.testing.assert_allclose(share.values, half["charge_order"].values, rtol=0.02)
    assert share.attrs["ancillary_variables"] == "charge_order_share_stderr"
    assert np.isfinite(half["charge_order_share_stderr"].values).all()
    assert half["compressibility"].values[0] < 0.6 * half["compressibility"].values[1]
    below, above = cubic(-0.25), cubic(0.25)
    total = below[X].values + above[X].values
    error = np.hypot(below[X_ERROR].values, above[X_ERROR].values)
    assert (np.abs(total - 1) < 4 * error).all()
    assert (below[X].values < 0.46).all()


def test_screened_carriers_are_symmetric_about_half_of_their_full_energy():
    # a bare sum over all neighbours, written out: the energy of one more carrier at half filling
    reach = np.array(list(product(range(-12, 13), repeat=3)))
    r = np.linalg.norm(reach, axis=1)
    full = (np.exp(-r[r > 0] / 0.7) / r[r > 0]).sum()
    root = cubic(0.5 * full, screening_length=0.7)
    assert np.abs((root[X].values - 0.5) / root[X_ERROR].values).max() < 4


def test_the_compressibility_is_the_slope_of_the_doping():
    step = 0.05
    low, high, middle = cubic(0.25 - step), cubic(0.25 + step), cubic(0.25)
    slope = (high[X].values - low[X].values) / (2 * step)
    error = np.hypot(low[X_ERROR].values, high[X_ERROR].values) / (2 * step)
    z = (slope - middle["compressibility"].values) / np.hypot(
        error, middle["compressibility_stderr"].values
    )
    # the two hotter ones: across the steps of the cold ladder a difference is no slope
    assert np.abs(z[1:]).max() < 4
    assert (error < 0.2 * slope)[1:].all()


def test_free_carriers_follow_the_fermi_function_of_their_states():
    mu, temperatures = -0.02, np.array([300.0, 600.0])
    root = run(
        Task(
            UNEQUAL, (3, 2, 2), 1, tuple(temperatures), Interactions(coulomb=False),
            sampling=Sampling(20480, 512, 4096), chemical_potential=mu,
        )
    )["/"]  # fmt: skip
    expected = np.zeros(2)
    for well in UNEQUAL.wells:
        levels = (well.depth + well.state_energies)[:, None]
        z = np.exp(-(levels - mu) / (SI.boltzmann * temperatures)).sum(axis=0)
        expected += z / (1 + z)
    z = (root[X].values - expected) / root[X_ERROR].values
    assert np.abs(z).max() < 4
    assert (root[X_ERROR].values < 0.01).all()
    assert (root["energy"].values < 0).all()


def short(**choice):
    sampling = Sampling(sweeps=640, warmup=128, measurements=128, exchange_interval=5)
    return task_of("coulomb", sampling=sampling, **choice)


def same(one, other):
    return all(one[group].identical(other[group]) for group in one)


def test_resumed_after_a_kill_with_the_same_bits(tmp_path):
    whole = run(short())
    checkpoint = tmp_path / "task.checkpoint"
    for limit in (7, 12):
        steps = iter(range(100))
        with pytest.raises(Stopped):
            run(short(), checkpoint, stop=lambda s=steps, n=limit: next(s) >= n)
    assert 0.5 < fraction_done(short(), checkpoint) < 1
    assert same(run(short(), checkpoint), whole)
    assert not same(run(short(seed=2)), whole)


def test_threads_change_no_bit():
    import numba

    whole, threads = run(short()), numba.get_num_threads()
    numba.set_num_threads(1)
    try:
        assert same(run(short()), whole)
    finally:
        numba.set_num_threads(threads)


def test_the_start_is_forgotten():
    few, many = run(task_of("coulomb", n_carriers=0)), run(task_of("coulomb", n_carriers=8))
    for groups in (few, many):
        z = groups["/"][X].values - enumerated("coulomb")[X]
        assert np.abs(z / groups["/"][X_ERROR].values).max() < 4
