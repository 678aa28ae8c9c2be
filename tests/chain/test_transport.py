"""Transport of whole tasks: exact currents and responses of free carriers, Einstein's relation."""

from dataclasses import replace

import numpy as np
import pytest
from exact import crystal, well
from short_ladder import STATES, results_on_threads

from mcsc.chain import Sampling, Stopped, Task, Transport, run
from mcsc.model import Interactions
from mcsc.structure import textbook
from mcsc.units import REDUCED

FREE = Task(
    textbook("cubic"),
    (4, 4, 3),
    1,
    (0.5, 1.0),
    interactions=Interactions(coulomb=False),
    sampling=Sampling(warmup=8),
    seed=1,
    transport=Transport((0.0, 0.3, 1.0), events=1024, repeats=8, frequencies=(0.05, 0.5)),
)
LAYERS = Task(
    STATES,
    (2, 2, 2),
    9,
    (0.1, 0.25),
    sampling=Sampling(warmup=64),
    seed=3,
    transport=Transport((0.0, 0.1, 0.5), 2.0, 1.0, events=16, repeats=2, frequencies=(0.1,)),
)


def close(found, name, exact, most=4.0):
    off = (found[name].values - exact) / found[f"{name}_stderr"].values
    assert (np.abs(off) < most).all(), (name, found[name].values, exact)


@pytest.mark.parametrize("barrier", [None, 0.4])
def test_one_free_carrier(barrier):
    task = replace(FREE, transport=replace(FREE.transport, barrier=barrier, rate=2.0))
    found = run(task)["/"]
    kt, e = np.array(task.temperatures), found["field"].values[:, None]
    # hops forward and backward along a simple cubic lattice of constant 1, six neighbours
    if barrier is None:
        velocity, diffusion = 2.0 * (1 - np.exp(-e / kt)), 2.0 * np.ones(2)
    else:
        slowed = 2.0 * np.exp(-barrier / kt)
        velocity, diffusion = slowed * 2 * np.sinh(0.5 * e / kt), slowed
    close(found, "drift_velocity", velocity)
    assert (found["drift_velocity_stderr"][1:] < 0.15 * velocity[1:]).all()
    mobility = np.concatenate([diffusion[None] / kt, velocity[1:] / e[1:]])
    close(found, "mobility", mobility)
    close(found, "conductivity", mobility / 48)
    close(found, "resistivity", 48 / mobility)
    omega = found["frequency"].values
    close(found, "susceptibility_loss", mobility[0][:, None] / 48 / omega)
    close(found, "susceptibility", 0.0)
    assert (found["converged"] == 1).all()


def test_response_of_carriers_that_cannot_hop():
    """Two states at rates Γ↑ and Γ↓ relax at Γ↑ + Γ↓: Debye's law."""
    wells = crystal(
        np.eye(3), well("a", (0, 0, 0), [(0, 0, 0), (0.2, 0, 0)], [0, 0.5]), units=REDUCED
    )
    asked = Transport(
        state_rate=2.0, events=512, measurements=4096, repeats=8, frequencies=(0.3, 1.0)
    )
    task = replace(FREE, structure=wells, size=(2, 1, 1), n_carriers=2, transport=asked)
    found = run(task)["/"]
    kt = np.array(task.temperatures)[:, None]
    share = 1 / (1 + np.exp(0.5 / kt))
    gamma = 2.0 * (1 + np.exp(-0.5 / kt))
    chi = 0.04 * share * (1 - share) / kt / (1 - 1j * found["frequency"].values / gamma)
    close(found, "susceptibility", chi.real)
    close(found, "susceptibility_loss", chi.imag)
    assert (found["susceptibility_loss_stderr"] < 0.2 * chi.imag.max()).all()
    assert (found["susceptibility_stderr"] < 0.1 * chi.real).all()
    assert (found["conductivity"][0] < 1e-3).all()


def test_einstein_relation_of_carriers_that_repel():
    kagome = textbook("kagome-wells", 1.7)
    asked = Transport((0.0, 0.08), events=1024, repeats=8)
    task = Task(kagome, (3, 3, 1), 9, (0.2, 0.3), sampling=Sampling(warmup=64), transport=asked)
    found = run(task)["/"]
    low, field = found["conductivity"].isel(field=0), found["conductivity"].isel(field=1)
    error = np.hypot(*(found["conductivity_stderr"].isel(field=i) for i in (0, 1)))
    assert (np.abs(low - field) < 3.5 * error).all()
    assert (error / field < 0.2).all()
    # a free one diffuses on triangular wells of spacing a/√3 with D = 6 a²/3 / 4
    free = 9 / task.build().lattice.volume * 0.5 / np.array(task.temperatures)
    assert (low < 0.4 * free).all()
    close(found.isel(field=0), "current_density", 0.0)


@pytest.fixture(scope="module")
def undisturbed():
    return run(LAYERS)["/"]


def same(one, two):
    return all(one[name].values.tobytes() == two[name].values.tobytes() for name in two.variables)


def test_stopped_and_resumed(tmp_path, undisturbed):
    checkpoint = tmp_path / "a.checkpoint"
    # in the cooling, between the approach and the measurement, in the middle of fields
    for n in (3, 16, 9, 20, 10):
        asked = iter([False] * (n - 1) + [True])
        with pytest.raises(Stopped):
            run(LAYERS, checkpoint, stop=lambda asked=asked: next(asked))
    assert same(run(LAYERS, checkpoint)["/"], undisturbed)


def test_threads_do_not_change_a_bit(undisturbed):
    for result in results_on_threads(LAYERS):
        assert same(result["/"], undisturbed)


def test_what_a_result_says(undisturbed):
    assert undisturbed["drift_velocity"].dims == ("field", "temperature")
    assert undisturbed["susceptibility"].dims == ("temperature", "frequency")
    assert undisturbed.attrs["transport_rate"] == 2.0
    assert 0 < float(undisturbed["energy_drift"]) < 1e-10
    assert (undisturbed["measured_time"] > 0).all()


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"fields": (0.1,)}, "give 0"),
        ({"measurements": 100}, "power of two"),
        ({"rate": 0.0}, "rate = 0"),
        ({"repeats": 1}, "at least 2"),
        ({"frequencies": (0.0,)}, "above 0"),
    ],
)
def test_impossible_transport_is_refused(change, message):
    with pytest.raises(ValueError, match=message):
        replace(LAYERS.transport, **change)


def test_tasks_that_no_transport_fits_are_refused():
    with pytest.raises(ValueError, match="leave it zero"):
        replace(LAYERS, field=0.1)
    with pytest.raises(ValueError, match="keeps its carriers"):
        replace(LAYERS, chemical_potential=0.1)
