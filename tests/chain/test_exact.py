"""Whole ladders against exact sums over all configurations of small systems, all moves on."""

from dataclasses import replace
from functools import cache

import numpy as np
import pytest
from exact import (
    boltzmann,
    configurations,
    crystal,
    density_waves,
    energies,
    in_field,
    ions,
    occupied,
    system,
)
from exact import well as make_well

from mcsc.chain import Sampling, Task, run
from mcsc.kernels.move_table import MOVES
from mcsc.model import Dopants, Interactions, ShortRangeTerm
from mcsc.units import SI

PERMITTIVITY = 8.0
CELL = np.array([[4.0, 0.2, 0.0], [-1.0, 4.5, 0.3], [0.3, 0.1, 5.0]])
# two kinds of wells of three states each, without any symmetry
SKEW = crystal(
    CELL,
    make_well(
        "one", (0, 0, 0), [(0, 0, 0), (0.5, 0.1, 0.1), (-0.3, 0.4, 0)], [0, 0.02, 0.03], -0.02
    ),
    make_well("two", (1.9, 2.2, 2.4), [(0, 0, 0), (0, 0.4, -0.3), (0.3, 0, 0.5)], [0, 0.04, 0]),
)
# as SKEW, but with unequal numbers of states
UNEQUAL = crystal(CELL, SKEW.wells[0], make_well("two", (1.9, 2.2, 2.4), depth=-0.05))
# two wells of opposite triangles of states, in layers far apart: all five moves are made
_TRIANGLE = 0.5 * np.array([[np.cos(a), np.sin(a), 0.0] for a in 2 * np.pi * np.arange(3) / 3])
LAYERED = crystal(
    [[4.0, 0.2, 0.0], [-1.0, 4.5, 0.3], [0.3, 0.1, 7.0]],
    make_well("one", (0, 0, 0), np.vstack([np.zeros(3), _TRIANGLE]), [0, 0.02, 0.02, 0.02], -0.02),
    make_well("two", (1.9, 2.2, 0.4), np.vstack([np.zeros(3), -_TRIANGLE]), [0, -0.01, 0.01, 0.02]),
)
# 8 wells of three states, or 9
SIZE, N = (2, 2, 1), 3
LONG = (3, 1, 1)
ALONG_A = float(np.linalg.norm(CELL[0]))
TEMPERATURES = (350.0, 700.0, 1400.0)
SAMPLING = Sampling(sweeps=20480, warmup=512, measurements=4096, exchange_interval=5)

IONS = Dopants(((0.5, 0.5, 0.2), (1.2, 0.7, 0.8)))

# structure, size, carriers, arguments of Task and of exact.system
CASES = {
    "coulomb": (SKEW, SIZE, N, {}, {}, {}),
    "coulomb, half filled": (SKEW, SIZE, 4, {}, {}, {}),
    "unequal numbers of states": (UNEQUAL, SIZE, N, {}, {}, {}),
    "yukawa": (SKEW, SIZE, N, {"screening_length": 4.0}, {}, {"screening": 0.25}),
    "field": (SKEW, SIZE, N, {}, in_field(0.1, 0.05, -0.02), {"field": (0.1, 0.05, -0.02)}),
    "all moves": (LAYERED, (2, 1, 2), N, {}, {}, {}),
    "all moves in a field": (
        LAYERED,
        (1, 2, 2),
        N,
        {},
        in_field(0.05, 0.04, 0.0),
        {"field": (0.05, 0.04, 0.0)},
    ),
    "dopants": (SKEW, SIZE, N, {}, {"dopants": IONS}, {"dopants": ions(SKEW, IONS)}),
    "all moves among dopants": (
        LAYERED,
        (2, 1, 2),
        N,
        {},
        {"dopants": IONS},
        {"dopants": ions(LAYERED, IONS)},
    ),
    "layers exchanged": (
        LAYERED,
        (2, 1, 2),
        N,
        {},
        {"dopants": IONS, "sampling": replace(SAMPLING, moves=(("layer_exchange", 1.0),))},
        {"dopants": ions(LAYERED, IONS)},
    ),
    # two of three boxes a visit, whose changes meet in the third
    "block visits": (
        UNEQUAL,
        (1, 3, 8),
        2,
        {"screening_length": 4.0},
        {**in_field(0.1, 0.05, -0.02), "sampling": Sampling(8192, 512, 2048, 4, blocks=True)},
        {"field": (0.1, 0.05, -0.02), "screening": 0.25},
    ),
    "short range": (
        SKEW,
        LONG,
        N,
        {"short_range": (ShortRangeTerm(("one", "one"), -0.03, distance=ALONG_A),)},
        {},
        {"short_range": (("one", "one", ALONG_A, -0.03),)},
    ),
    "short range alone": (
        SKEW,
        LONG,
        2,
        {
            "coulomb": False,
            "short_range": (ShortRangeTerm(("one", "one"), -0.03, distance=ALONG_A),),
        },
        {},
        {"coulomb": 0.0, "short_range": (("one", "one", ALONG_A, -0.03),)},
    ),
}


@cache
def sampled(case):
    structure, size, n, interactions, choice, _ = CASES[case]
    task = Task(
        structure,
        size,
        n,
        TEMPERATURES,
        Interactions(relative_permittivity=PERMITTIVITY, **interactions),
        **{"sampling": SAMPLING, **choice},
        seed=1,
    )
    return task, run(task)


@cache
def enumerated(case):
    """Exact means (T, ...) by name."""
    structure, size, n, _, _, same = CASES[case]
    found = system(structure, size, **{"coulomb": SI.coulomb / PERMITTIVITY, **same})
    states = configurations(found, n)
    energy = energies(found, states)
    held = occupied(found, states)
    groups = sampled(case)[1]
    q = groups["/"]["q"].values @ (2 * np.pi * np.linalg.inv(structure.cell).T)
    factor = np.abs(density_waves(found, states, q)) ** 2 / n
    u = held @ found.displacements / n
    squares = held @ (found.displacements**2).sum(axis=1) / n
    kinds = np.stack([found.kind == kind for kind in structure.kinds], axis=1)
    direction = np.array(sampled(case)[0].field_direction)
    along = u @ direction
    across = u - np.outer(along, direction)
    means = {}
    for temperature in TEMPERATURES:
        kt = SI.boltzmann * temperature
        p = boltzmann(energy, kt)
        mean = p @ energy
        row = {
            "energy": mean / n,
            "specific_heat": (p @ energy**2 - mean**2) / (n * kt**2),
            "occupation": p @ (held @ kinds) / n,
            "displacement": p @ u,
            "polar_order": p
            @ np.linalg.norm(u, axis=1)
            / max(np.linalg.norm(found.displacements, axis=1)),
            "localization_length": np.sqrt(p @ squares),
            "transmission": (p @ along) ** 2 / (p @ squares),
            "capacitance_transverse": n**2
            * (p @ (across**2).sum(axis=1) - ((p @ across) ** 2).sum())
            / (abs(np.linalg.det(found.cell)) * kt),
            "structure_factor": p @ factor,
        }
        for name, value in row.items():
            means.setdefault(name, []).append(value)
    return {name: np.array(values) for name, values in means.items()}


def deviations(case, name):
    """(T, ...) estimate less exact, in standard errors of the dataset."""
    root = sampled(case)[1]["/"]
    value, error = root[name].values, root[f"{name}_stderr"].values
    exact = enumerated(case)[name]
    # structure factors at reciprocal lattice points of point wells do not fluctuate
    fixed = error < 1e-9
    np.testing.assert_allclose(value[fixed], exact[fixed], atol=1e-9)
    return ((value - exact) / np.where(fixed, np.inf, error))[~fixed]


@pytest.mark.parametrize("case", CASES)
@pytest.mark.parametrize(
    "name",
    [
        "energy",
        "specific_heat",
        "occupation",
        "displacement",
        "polar_order",
        "localization_length",
        "transmission",
        "capacitance_transverse",
    ],
)
def test_means_are_the_exact_sums(case, name):
    z = deviations(case, name)
    assert len(z) >= 3
    assert np.abs(z).max() < 4.0


@pytest.mark.parametrize("case", CASES)
def test_structure_factors_are_the_exact_sums(case):
    z = deviations(case, "structure_factor")
    assert len(z) > 50
    # two in 10⁴ would lie beyond 4 with errors from 32 bins; they are correlated
    assert (np.abs(z) > 4.0).sum() <= 0.002 * len(z) + 1
    assert np.abs(z).max() < 5.5
    # those of one run are correlated: of 16 seeds of a case one reached 1.8
    assert np.sqrt((z**2).mean()) < 2.0


def test_errors_are_neither_too_small_nor_too_large():
    z = np.concatenate(
        [
            deviations(case, name).reshape(-1)
            for case in CASES
            for name in ("energy", "occupation", "displacement")
        ]
    )
    assert 0.75 < np.sqrt((z**2).mean()) < 1.3


@pytest.mark.parametrize("case", CASES)
def test_the_test_can_fail(case):
    """Neighbouring temperatures, wrong interactions: far beyond the errors."""
    root = sampled(case)[1]["/"]
    exact = enumerated(case)["energy"]
    shifted = (root["energy"].values[1] - exact[[0, 2]]) / root["energy_stderr"].values[1]
    assert np.abs(shifted).min() > 10


def test_health_of_an_easy_ladder():
    task, groups = sampled("coulomb")
    health = groups["health"]
    assert (health["converged"].values == 1).all()
    acceptance = health["acceptance"].values
    assert acceptance.shape == (3, 1 + MOVES.index("layer_exchange"))
    # wells without symmetry, one layer
    made = np.isfinite(acceptance).all(axis=0)
    assert [name for name, m in zip(MOVES, made, strict=False) if m] == [
        "near_hop", "far_hop", "change_of_state", "row_shift", "pair_hop",
    ]  # fmt: skip
    assert ((acceptance[:, :3] > 0.05) & (acceptance[:, :3] < 1)).all()
    # hotter is easier
    assert (np.diff(acceptance[:, :3], axis=0) > 0).all()
    exchange = health["exchange_rate"].values
    assert ((exchange[:2] > 0.1) & (exchange[:2] < 1)).all()
    assert np.isnan(exchange[2])
    assert float(health["round_trips"]) > 100
    assert 0 < float(health["energy_drift"]) < 1e-9
    assert 0 < float(health["potential_drift"]) < 1e-9
    assert (np.abs(health["half_difference"].values) < 4).all()
    # white at this spacing: half a measurement, in sweeps
    assert health["tau_energy"].values == pytest.approx(0.5 * task.sampling.spacing, rel=0.5)


@pytest.mark.parametrize("case", ["all moves", "all moves in a field"])
def test_every_move_is_made(case):
    acceptance = sampled(case)[1]["health"]["acceptance"].values
    acceptance = np.delete(acceptance, MOVES.index("insert_remove"), axis=1)
    # the hottest has no next rung
    assert np.isnan(acceptance[-1, -1])
    acceptance[-1, -1] = 0.5
    assert ((acceptance > 0.01) & (acceptance < 1)).all()
    assert (np.diff(acceptance[:, :4], axis=0) > 0).all()


def test_layers_are_exchanged_with_the_next_rung():
    health = sampled("layers exchanged")[1]["health"]
    acceptance = health["acceptance"].values[:, MOVES.index("layer_exchange")]
    assert ((acceptance[:2] > 0.05) & (acceptance[:2] < 1)).all()
    assert np.isnan(acceptance[2])
    # each pair of neighbours is up in every other of the rounds, which are 5 sweeps apart
    attempts = health["proposals"].values[MOVES.index("layer_exchange")]
    assert attempts == pytest.approx(2 / 3 / 2 / 5)


def test_the_last_snapshot_has_the_last_energy():
    task, groups = sampled("unequal numbers of states")
    model = task.build()
    states = groups["samples"]["state"].values
    last = groups["series"]["energy"].values[:, -1]
    np.testing.assert_allclose([model.energy(row) for row in states], last, atol=1e-10)


def test_series_average_to_the_observables():
    task, groups = sampled("coulomb")
    energy = groups["series"]["energy"].values / task.n_carriers
    np.testing.assert_allclose(energy.mean(axis=1), groups["/"]["energy"].values, atol=1e-12)
