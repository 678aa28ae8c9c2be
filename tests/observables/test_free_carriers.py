"""Free carriers against closed forms, and against enumeration of all their configurations."""

import itertools
import math
from dataclasses import replace

import numpy as np
import pytest
from scipy.optimize import brentq

from mcsc import build_model, textbook
from mcsc.chain import Task
from mcsc.chain.results import point_of
from mcsc.model import Dopants, Interactions
from mcsc.observables.free_carriers import FREE, FreeCarriers, free_carriers, threshold_fields
from mcsc.structure import with_states

X = np.array([1.0, 0.0, 0.0])


def seven_states(delta=0.05, cost=0.01, depth=(0.0, 0.0, 0.0)):
    bare = textbook("kagome-wells", layer_spacing=1.69)
    wells = [with_states(w, "sixfold", delta, cost) for w in bare.wells]
    return replace(
        bare, wells=tuple(replace(w, depth=d) for w, d in zip(wells, depth, strict=True))
    )


def always(number):
    return lambda thermal: np.full(thermal.shape, float(number))


def test_half_transmission_of_seven_states_is_that_of_the_closed_form():
    model = build_model(seven_states(), (2, 2, 1))
    free = free_carriers(model, 0.5 * X, X)
    t = free.half_transmission(always(4))

    def share(t):
        a, h = math.exp(-0.01 / t), 0.025 / t
        z = 1 + a * (2 * math.cosh(h) + 4 * math.cosh(h / 2))
        along = a * (2 * math.sinh(h) + 2 * math.sinh(h / 2)) / z
        return along**2 / (1 - 1 / z)

    assert t == pytest.approx(0.01055, abs=5e-6)
    assert t == pytest.approx(brentq(lambda t: share(t) - 0.5, 0.005, 0.1), rel=1e-9)
    assert free.half_transmission(always(12)) == pytest.approx(t, rel=1e-9)
    # an input: W/δ
    assert threshold_fields(model, X) == pytest.approx(0.2)
    # no field, no uniform displacement
    assert np.isnan(free_carriers(model, 0 * X, X).half_transmission(always(4)))


def test_response_peaks_where_that_of_two_states_does():
    """±1 in a field: χ = (1 − tanh² h/T)/T, largest where 2 (h/T) tanh(h/T) = 1."""
    energies, u = np.array([[-1.0, 1.0]]), np.array([[[1.0, 0, 0], [-1.0, 0, 0]]])
    free = FreeCarriers(energies, u, X, copies=8)
    ratio = brentq(lambda y: 2 * y * math.tanh(y) - 1, 0.1, 2)
    assert free.response_peak(always(3)) == pytest.approx(1 / ratio, rel=1e-6)
    # full or not, no well answers otherwise
    assert free.response_peak(always(8)) == pytest.approx(1 / ratio, rel=1e-6)


def test_means_and_fluctuations_are_those_of_every_arrangement_in_large_crystals():
    """Many copies of three wells of unlike depth: exact canonical sums by recursion over wells."""
    copies, n = 200, 260
    rng = np.random.default_rng(0)
    energies = rng.normal(size=(3, 3))
    u = rng.normal(size=(3, 3, 3))
    free = FreeCarriers(energies, u, X, copies=copies)
    found = free.means(np.array([0.7]), np.array([float(n)]))
    z = np.exp(-energies / 0.7).sum(axis=1)
    # generating function of the number of carriers: Π (1 + ζ z_w)^copies
    logs = [
        sum(
            math.lgamma(copies + 1) - math.lgamma(k + 1) - math.lgamma(copies - k + 1)
            + k * math.log(z_w)
            for k, z_w in zip(ks, z, strict=True)
        )
        for ks in filled(n, copies)
    ]  # fmt: skip
    weight = np.exp(np.array(logs) - max(logs))
    weight /= weight.sum()
    ks = np.array(list(filled(n, copies)))
    p = np.exp(-energies / 0.7) / z[:, None]
    one = np.einsum("ws,ws->w", p, u[..., 0])
    two = np.einsum("ws,ws->w", p, u[..., 0] ** 2)
    along = ks @ one / n
    mean = weight @ along
    squared = weight @ (along**2 + ks @ (two - one**2) / n**2)
    assert found["parallel"][0] == pytest.approx(mean, abs=5e-4)
    variance = found["parallel_squared"][0] - found["parallel"][0] ** 2
    assert variance == pytest.approx(squared - mean**2, rel=1e-2)
    open_number = replace(free, fixed=False).means(np.array([0.7]), np.array([float(n)]))
    assert open_number["parallel_squared"][0] > found["parallel_squared"][0]


def filled(n, copies):
    for first, second in itertools.product(range(copies + 1), repeat=2):
        if 0 <= n - first - second <= copies:
            yield first, second, n - first - second


def test_one_carrier_alone_is_that_of_the_model_dopants_and_deep_wells_included():
    structure = seven_states(depth=(0.0, 0.03, -0.02))
    ion = Dopants(((0.2, 0.1, 0.5),), 0.1, 0)
    task = Task(structure, (2, 2, 1), 1, (0.03, 0.1), field=0.5, dopants=ion)
    model = task.build()
    # none is in the way of another
    point = replace(point_of(task, model), n_carriers=1e-9)
    values = free_carriers(model, model.field, X).observables(point)
    energy = np.array([model.energy(state) for state in one_carrier(12, 7)])
    u = np.tile(structure.wells[0].displacements, (12, 1))
    for i, t in enumerate(task.temperatures):
        p = np.exp(-(energy - energy.min()) / t)
        p /= p.sum()
        along, square = p @ u[:, 0], p @ (u**2).sum(axis=1)
        assert values["transmission"][i] == pytest.approx(along**2 / square, rel=1e-9)
        assert values["localization_length"][i] == pytest.approx(square**0.5, rel=1e-9)
        of_volume = 1e-9 / model.lattice.volume
        assert values["capacitance_parallel"][i] == pytest.approx(along / 0.5 * of_volume)
        # each by itself: what fluctuates is the sum over those that are there
        across = p @ (u[:, 1] ** 2) - (p @ u[:, 1]) ** 2
        found = values["capacitance_transverse"][i]
        assert found == pytest.approx(across / t * of_volume, rel=1e-6)
    assert set(values) == {item.name for item in FREE}


def one_carrier(wells, states):
    for well, state in itertools.product(range(wells), range(states)):
        found = np.full(wells, -1)
        found[well] = state
        yield found


def test_own_images_do_not_change_what_a_free_carrier_does():
    """They weigh alike in every state, so any size gives the same."""
    both = [
        free_carriers(build_model(seven_states(), size, Interactions()), 0.5 * X, X)
        for size in ((1, 1, 1), (3, 2, 1))
    ]
    one, other = (free.half_transmission(always(1)) for free in both)
    assert one == pytest.approx(other, rel=1e-9)
    assert both[0].energies.min() != pytest.approx(both[1].energies.min(), abs=1e-3)
