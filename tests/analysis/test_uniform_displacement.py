"""The parts of analysis/uniform_displacement.py against sums over all configurations."""

import runpy
from functools import cache
from itertools import product
from pathlib import Path
from types import SimpleNamespace

import numpy as np
import pytest
from exact import configurations, energies, system

SCRIPT = Path(__file__).parents[2] / "analysis/uniform_displacement.py"
SIZE = (1, 2, 1)
CARRIERS = 4
REPLICAS = tuple(np.linspace(0.1, 0.2, 8).tolist())


@cache
def script() -> SimpleNamespace:
    return SimpleNamespace(**runpy.run_path(str(SCRIPT)))


@cache
def every_state(delta: float) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """All states at x = 2 on 1 × 2 cells; energy at zero field and displacement, a carrier."""
    task = script().build_task(delta, 2, SIZE, 0.0, REPLICAS)
    found = system(task.structure, SIZE)
    rows = configurations(found, CARRIERS)
    x = task.structure.wells[0].displacements[:, 0]
    along = np.where(rows >= 0, x[rows], 0.0).sum(axis=1)
    return rows, energies(found, rows) / CARRIERS, along / CARRIERS


@pytest.mark.parametrize(("delta", "field"), [(0.05, 0.1), (0.12, 0.45), (0.12, 0.55)])
def test_annealing_finds_the_lowest_of_all_states(delta: float, field: float) -> None:
    _, energy, along = every_state(delta)
    task = script().build_task(delta, 2, SIZE, field, REPLICAS)
    model = task.build()
    found = [model.energy(row) / CARRIERS for row in script().anneal(task)]
    assert min(found) == pytest.approx((energy - field * along).min(), abs=1e-9)


@pytest.mark.parametrize("delta", [0.05, 0.12])
def test_critical_field_of_a_small_cell_is_exact(delta: float) -> None:
    rows, energy, along = every_state(delta)
    reference = energy[(rows == script().uniform(SIZE, 2)).all(axis=1)][0]
    other = along < delta - 1e-9
    exact = ((reference - energy[other]) / (delta - along[other])).max()
    found = script().critical_field(delta, 2, SIZE)
    assert found.field == pytest.approx(exact, abs=1e-7)
    assert sum(found.occupation) == CARRIERS


def test_a_rearranged_charge_raises_the_critical_field() -> None:
    """At δ = 0.12 the patterns on the charge crystal alone would say too little."""
    on_crystal = script().crystal_critical_field(0.12, 2, SIZE)
    found = script().critical_field(0.12, 2, SIZE)
    assert found.field > on_crystal + 0.1
    assert set(found.occupation) != {0, 2}


@pytest.mark.parametrize(("size", "doping"), [((2, 1, 1), 2), ((3, 1, 1), 1)])
def test_patterns_are_all_states_of_the_charge_crystal(
    size: tuple[int, int, int], doping: int
) -> None:
    model = script().build_task(0.1, doping, size, 0.3, REPLICAS).build()
    n = doping * model.lattice.n_cells
    energy, along = script().crystal_patterns(model, doping)
    uniform = script().uniform(size, doping)
    x = model.displacements[:7, 0]
    states = np.array(list(product(range(7), repeat=n)))
    assert energy.size == along.size == len(states)
    for k in range(0, len(states), 97):
        row = uniform.copy()
        row[row >= 0] = states[k]
        assert energy.ravel()[k] == pytest.approx(model.energy(row) / n, abs=1e-12)
        assert along.ravel()[k] == pytest.approx(x[states[k]].mean(), abs=1e-15)


@pytest.mark.parametrize("delta", [0.03, 0.12])
def test_one_carrier_a_cell_needs_the_field_that_pays_for_the_state(delta: float) -> None:
    """A lattice moved as a whole costs W alone, and every other pattern on it costs more."""
    assert script().crystal_critical_field(delta, 1, (2, 2, 1)) == pytest.approx(0.01 / delta)


def test_a_ladder_begins_from_the_crystal_and_reports_it() -> None:
    task = script().build_task(0.05, 2, (3, 3, 1), 3.0, (0.001, 0.002))
    found = script().run_ladder(task, 640, from_uniform=True, blocks=4)
    reference = task.build().energy(script().uniform((3, 3, 1), 2)) / 18
    np.testing.assert_allclose(found.energy, reference, atol=1e-9)
    np.testing.assert_allclose(found.transmission, 1.0)
    np.testing.assert_allclose(found.charge_order, 1.0)
    assert found.lowest == pytest.approx(reference)


def test_a_ladder_from_random_carriers_agrees_with_the_exact_mean() -> None:
    rows, energy, along = every_state(0.12)
    kt, field = np.array([0.05, 0.1]), 0.4
    total = CARRIERS * (energy - field * along)
    weight = np.exp(-(total - total.min())[:, None] / kt)
    weight /= weight.sum(axis=0)
    task = script().build_task(0.12, 2, SIZE, field, tuple(kt.tolist()))
    found = script().run_ladder(task, 32000, from_uniform=False)
    z = (found.energy - total @ weight / CARRIERS) / found.energy_stderr
    assert np.abs(z).max() < 4.5
    squares = (rows > 0).sum(axis=1) * 0.12**2 / CARRIERS
    expected = (along @ weight) ** 2 / (squares @ weight)
    np.testing.assert_allclose(found.transmission, expected, atol=0.02)


def test_the_verdict_follows_the_numbers() -> None:
    verdict = script().verdict
    assert verdict(True, 0.0, 0.0, 0.0).startswith("physics")
    assert verdict(False, 0.01, 0.0, 0.0).startswith("slow sampling")
    assert verdict(False, 0.01, 0.01, 0.0).startswith("undecided")
    assert verdict(False, 0.01, 0.0, 0.01).startswith("undecided")
    assert verdict(False, 0.0, 0.0, 0.0).startswith("nothing is lost")
