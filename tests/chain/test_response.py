"""Response to a field in whole ladders: exact free carriers, and derivatives between two runs."""

from dataclasses import replace
from functools import cache

import numpy as np
import pytest
from exact import crystal
from exact import well as make_well

from mcsc.chain import Sampling, Task, run
from mcsc.chain.results import point_of
from mcsc.model import Interactions
from mcsc.observables.free_carriers import free_carriers
from mcsc.structure import textbook, with_states
from mcsc.units import REDUCED

DELTA, COST = 0.2, 0.3
DIAGONALS = DELTA * np.array([(0, 0), (1, 1), (-1, 1), (-1, -1), (1, -1)]) / np.sqrt(2)
# in-plane diagonals and the centre
WELL = make_well("site", (0, 0, 0), np.column_stack([DIAGONALS, np.zeros(5)]), [0, *[COST] * 4])
CUBIC = crystal(np.eye(3), WELL, units=REDUCED)
TEMPERATURES = (0.1, 0.2, 0.4, 0.8)
KT = np.array(TEMPERATURES)
VOLUME = 8.0
FREE = Task(
    CUBIC,
    (2, 2, 2),
    1,
    TEMPERATURES,
    Interactions(coulomb=False),
    sampling=Sampling(sweeps=20480, warmup=256, measurements=4096, exchange_interval=5),
    seed=1,
)
STRENGTHS = (0.0, 1.0, 4.0)


@cache
def sampled(strength):
    return run(replace(FREE, field=strength))["/"]


def langevin(strength, name):
    """Exact value (T,) for one carrier: a sum over the states of its well."""
    weight = np.exp(-(np.array([0, *[COST] * 4]) - strength * DIAGONALS[:, 0])[:, None] / KT)
    p = (weight / weight.sum(axis=0)).T
    x, y = DIAGONALS.T
    squares = p @ (x**2 + y**2)
    variance = p @ x**2 - (p @ x) ** 2
    across = p @ y**2
    lengths = p @ np.hypot(x, y)
    return {
        "transmission": (p @ x) ** 2 / squares,
        "loss": 1 - (p @ x) ** 2 / squares,
        "localization_length": np.sqrt(squares),
        "transverse_displacement": across,
        "capacitance_transverse": across / (VOLUME * KT),
        "capacitance_differential": variance / (VOLUME * KT),
        "capacitance_parallel": p @ x / (VOLUME * strength)
        if strength
        else variance / (VOLUME * KT),
        "polar_order": lengths / DELTA,
        "polar_susceptibility": (squares - lengths**2) / (DELTA**2 * KT),
        "polar_binder_ratio": 1 / (squares / DELTA**2),
    }[name]


@pytest.mark.parametrize("strength", STRENGTHS)
@pytest.mark.parametrize(
    "name",
    [
        "localization_length",
        "transverse_displacement",
        "capacitance_transverse",
        "capacitance_differential",
        "capacitance_parallel",
        "polar_order",
        "polar_susceptibility",
        "polar_binder_ratio",
        "transmission",
        "loss",
    ],
)
def test_a_free_carrier(strength, name):
    if strength == 0 and name in ("transmission", "loss"):
        # the square of a mean that vanishes is no normal variable: it is a small share of its unit
        assert sampled(strength)["transmission"].max() < 0.01
        return
    root = sampled(strength)
    z = (root[name].values - langevin(strength, name)) / root[f"{name}_stderr"].values
    assert np.abs(z).max() < 4


def test_a_free_carrier_in_a_field_is_not_one_without():
    root = sampled(4.0)
    value, error = root["capacitance_differential"], root["capacitance_differential_stderr"]
    z = (value.values - langevin(0.0, "capacitance_differential")) / error.values
    assert np.abs(z).max() > 20


def test_a_lone_carrier_in_a_harmonic_well_has_a_constant_capacitance():
    """Var(u)/k_B T and ⟨u⟩/E are 1/k at any temperature: sampled, and summed exactly."""
    stiffness, kt = 200.0, (0.016, 0.03, 0.06, 0.1)
    well = with_states(textbook("cubic"), "harmonic", 0.1, 1.0, along="z", steps=8)
    task = replace(FREE, structure=well, temperatures=kt, field=3.0, field_direction=(0, 0, 1))
    model, root = task.build(), run(task)["/"]
    free = free_carriers(model, model.field, np.array([0.0, 0.0, 1.0]))
    free = free.observables(replace(point_of(task, model), n_carriers=1e-9))
    for name in ("capacitance_parallel", "capacitance_differential"):
        np.testing.assert_allclose(free[name] * VOLUME * 1e9, 1 / stiffness, rtol=6e-3)
        value, error = (root[f"{name}{end}"].values * VOLUME for end in ("", "_stderr"))
        assert np.abs((value - 1 / stiffness) / error).max() < 4
        assert (error < 0.1 / stiffness).all()


def test_carriers_without_charges_have_no_coupling():
    assert (sampled(0.0)["coupling"] == 0).all()
    coulomb = run(replace(FREE, interactions=Interactions(relative_permittivity=4.0)))["/"]
    np.testing.assert_allclose(coulomb["coupling"], 1 / (4 * 2.0 * KT))


def test_response_of_repelling_carriers_is_the_change_between_two_fields():
    """N Var(U∥)/(k_B T) at one field against the difference of ⟨U∥⟩ at the fields around it."""
    strength, step = 2.0, 0.4
    sampling = Sampling(sweeps=20480, warmup=512, measurements=4096, exchange_interval=5)
    task = replace(
        FREE,
        size=(3, 3, 3),
        n_carriers=9,
        temperatures=TEMPERATURES[1:],
        interactions=Interactions(),
        sampling=sampling,
    )
    below, middle, above = (
        run(replace(task, field=e))["/"] for e in (strength - step, strength, strength + step)
    )
    density = 9 / 27.0
    change = (above["displacement"] - below["displacement"])[:, 0] * density / (2 * step)
    error = np.hypot(above["displacement_stderr"], below["displacement_stderr"])[:, 0]
    error = error * density / (2 * step)
    found = middle["capacitance_differential"]
    noise = np.hypot(error, middle["capacitance_differential_stderr"])
    assert (noise / found < 0.1).all()
    # curvature over the step: (step δ / k_B T)²/6 of the response at most
    assert (np.abs(found - change) < 4 * noise + 0.015 * found).all()
    # a field turned sideways moves the transverse part: no mean there, equal along y
    assert (np.abs(middle["displacement"][:, 1]) < 4 * middle["displacement_stderr"][:, 1]).all()
