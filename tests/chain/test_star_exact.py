"""Ladders with Stars of David against exact sums over all configurations of small systems.

Stars are states of their own kind at the centre of a hexagon; two nearest ones pay an exclusion
energy, here small enough to be paid often. Energies come from the plain sums of ``exact``, the
exclusion from distances between centres counted here.
"""

from dataclasses import replace
from functools import cache
from itertools import product

import numpy as np
import pytest
from exact import boltzmann, configurations, energies, occupied, system

from mcsc.chain import Sampling, Task, run
from mcsc.model import Interactions, ShortRangeTerm
from mcsc.structure import STAR, Structure, textbook, with_star, with_states
from mcsc.units import REDUCED

EXCLUSION = 0.15
STAR_ENERGY = -0.05
TEMPERATURES = (0.05, 0.1, 0.2, 0.4)
M_POINTS = [(0.5, 0, 0), (0, 0.5, 0), (0.5, 0.5, 0)]
K_POINT = [(1 / 3, 1 / 3, 0)]


def with_stars(hexagons_only=False, displaced=False):
    kagome = textbook("kagome-wells", layer_spacing=1.7)
    wells = []
    for well in kagome.wells:
        if well.kind == "beta":
            states = with_states(well, "vertices", 0.1, 0.02) if displaced else well
            wells.append(with_star(states, STAR_ENERGY))
        elif not hexagons_only:
            wells.append(well)
    return Structure("stars", kagome.cell, tuple(wells), units=REDUCED)


# structure, size, carriers, waves of the star order
CASES = {
    "hexagons, √3": (with_stars(hexagons_only=True), (3, 3, 1), 3, K_POINT),
    "hexagons in two layers": (with_stars(hexagons_only=True), (2, 2, 2), 4, M_POINTS),
    "displaced states": (with_stars(hexagons_only=True, displaced=True), (2, 2, 1), 2, M_POINTS),
    "all wells": (with_stars(), (2, 2, 1), 3, M_POINTS),
}


@cache
def sampled(case):
    structure, size, n, _ = CASES[case]
    task = Task(
        structure,
        size,
        n,
        TEMPERATURES,
        Interactions(short_range=(ShortRangeTerm((STAR, STAR), EXCLUSION, shell=1),)),
        sampling=Sampling(sweeps=20480, warmup=512, measurements=4096, exchange_interval=5),
        seed=7,
    )
    return run(task)


def excluded(found, star):
    """(K, K) exclusion energy of two states: once for every image at one lattice constant."""
    centres = found.positions - found.displacements
    images = np.array(list(product(range(-2, 3), repeat=3))) @ found.cell
    separations = centres[None, :, None] - centres[:, None, None] + images
    near = np.abs(np.linalg.norm(separations, axis=-1) - 1.0) < 1e-6
    pair = EXCLUSION * near.sum(axis=2) * np.outer(star, star)
    pair[found.well[:, None] == found.well] = 0.0
    return pair


def star_waves(found, held, q):
    """(C, layers, Q) Σ_i exp(−iq·r_i) over carriers in the states ``held`` of each layer."""
    layer = np.rint(found.positions[:, 2] / 1.7 - found.positions[0, 2] / 1.7).astype(int)
    phases = np.exp(-1j * found.positions @ q.T)
    return np.stack([(held * (layer == z)) @ phases for z in range(layer.max() + 1)], axis=1)


@cache
def enumerated(case):
    """Exact means (T, ...) by name."""
    structure, size, n, waves = CASES[case]
    found = system(structure, size)
    kinds = [k for _ in range(int(np.prod(size))) for w in structure.wells for k in w.carrier_kinds]
    star = np.array([kind == STAR for kind in kinds])
    found = replace(found, pair=found.pair + excluded(found, star))
    states = configurations(found, n)
    energy, held = energies(found, states), occupied(found, states)
    q = np.array(waves) @ (2 * np.pi * np.linalg.inv(structure.cell).T)
    per_layer = n / size[2]
    of_stars = np.abs(star_waves(found, held * star, q)) ** 2 / per_layer**2
    strongest = of_stars.max(axis=2).mean(axis=1)
    layers = star_waves(found, held, q) / per_layer
    squared = (np.abs(layers) ** 2).sum(axis=2).mean(axis=1)
    pair = (np.roll(layers, -1, axis=1) * layers.conj()).reshape(len(states), -1)
    of_kind = np.array([[kind == k for k in structure.kinds] for kind in kinds])
    means = {}
    for temperature in TEMPERATURES:
        p = boltzmann(energy, temperature)
        mean = p @ energy
        row = {
            "energy": mean / n,
            "specific_heat": (p @ energy**2 - mean**2) / (n * temperature**2),
            "occupation": p @ (held @ of_kind) / n,
            "star_order": np.sqrt(p @ strongest),
            "layer_correlation": [p @ pair.real.sum(axis=1) / size[2] / (p @ squared)],
            "layer_phase_shift": [
                p
                @ (np.abs(pair) * np.abs(np.angle(pair))).sum(axis=1)
                / (np.pi * (p @ np.abs(pair).sum(axis=1)))
            ],
        }
        for name, value in row.items():
            means.setdefault(name, []).append(value)
    return {name: np.array(values) for name, values in means.items()}


def deviations(case, name, exact=None):
    """(T, ...) estimate less exact, in standard errors of the dataset."""
    root = sampled(case)["/"]
    value, error = root[name].values, root[f"{name}_stderr"].values
    exact = enumerated(case)[name] if exact is None else exact
    assert value.shape == exact.shape
    assert (error > 0).all()
    return (value - exact) / error


@pytest.mark.parametrize("case", CASES)
def test_star_order_is_of_the_waves_that_were_summed(case):
    wavevector = sampled(case)["/"]["star_order_wavevector"].values
    assert any(np.allclose(wavevector, wave) for wave in CASES[case][3])


@pytest.mark.parametrize("case", CASES)
@pytest.mark.parametrize("name", ["energy", "specific_heat", "occupation", "star_order"])
def test_means_with_stars_are_the_exact_sums(case, name):
    z = deviations(case, name)
    assert len(z) == len(TEMPERATURES)
    assert np.abs(z).max() < 4.5


@pytest.mark.parametrize("name", ["layer_correlation", "layer_phase_shift"])
def test_layers_with_stars_are_the_exact_sums(name):
    case = "hexagons in two layers"
    assert sampled(case)["/"]["layer_distance"].values.tolist() == [1]
    assert np.abs(deviations(case, name)).max() < 4.5


@pytest.mark.parametrize("case", CASES)
@pytest.mark.parametrize("name", ["energy", "star_order"])
def test_the_test_can_fail(case, name):
    """The means of the temperature next to it are far beyond the errors."""
    exact = enumerated(case)[name]
    assert np.abs(deviations(case, name, np.roll(exact, 1, axis=0))).max() > 10


@pytest.mark.parametrize("case", CASES)
def test_stars_are_neither_all_nor_none(case):
    """The exclusion is paid and avoided: what is compared above depends on it."""
    structure = CASES[case][0]
    share = enumerated(case)["occupation"][:, structure.kinds.index(STAR)]
    assert ((share > 0.02) & (share < 0.98)).all()
    assert (enumerated(case)["star_order"] < 0.999).all()
