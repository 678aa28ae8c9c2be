"""Averages of carriers between gates against sums over all their configurations.

Their energies are those of Bessel functions, (4/d) Σ K₀(πnr/d) over all images: none of the tables.
"""

from itertools import combinations, product

import numpy as np
import pytest
from scipy.special import k0

import mcsc
from mcsc.model import Interactions

DISTANCE = 3.0
CELL = np.array([[1.0, 0.0], [-0.5, np.sqrt(0.75)]])
TEMPERATURES = np.array([0.08, 0.14, 0.3])


def energies(size, n):
    """(configurations,) energies, and (configurations, wells) which are full."""
    cells = np.array(list(product(*map(range, size))))
    images = np.array(list(product(range(-9, 10), repeat=2))) * size
    r = np.linalg.norm((cells[:, None] + images) @ CELL, axis=2)
    odd = np.arange(1, 60, 2)
    bare = r < 1e-9
    r[bare] = 1.0
    v = 4 / DISTANCE * k0(np.pi * odd[:, None, None] / DISTANCE * r).sum(axis=0)
    v[bare] = -2 * np.log(2) / DISTANCE
    x, y = ((cells[None] - cells[:, None]) % size).transpose(2, 0, 1)
    pair = v.sum(axis=1).reshape(size)[x, y]
    chosen = np.array(list(combinations(range(len(cells)), n)))
    full = np.zeros((len(chosen), len(cells)))
    np.put_along_axis(full, chosen, 1.0, axis=1)
    return 0.5 * np.einsum("ci,ij,cj->c", full, pair, full), full


def averages(energy, *values):
    """At each temperature, of the energy and others."""
    weights = np.exp(-(energy - energy.min()) / TEMPERATURES[:, None])
    weights /= weights.sum(axis=1, keepdims=True)
    return [weights @ value for value in (energy, *values)]


@pytest.mark.parametrize(
    ("size", "n"),
    [((4, 4), 4), ((4, 4), 8), ((3, 4), 3), ((3, 4), 4), ((3, 4), 6)],
    ids=["4x4 1/4", "4x4 1/2", "3x4 1/4", "3x4 1/3", "3x4 1/2"],
)
def test_averages_are_those_of_all_configurations(size, n):
    layer = mcsc.slab(mcsc.textbook("triangular"), "c")
    model = mcsc.build_model(layer, (*size, 1), Interactions(gate_distance=DISTANCE))
    found = mcsc.sample(model, TEMPERATURES, n_carriers=n, sweeps=8192, seed=5, progress=False)
    energy, full = energies(size, n)
    state = np.where(full[-1] > 0, 0, -1)
    assert model.energy(state) == pytest.approx(energy[-1], abs=1e-10)
    mean, square = averages(energy, energy**2)
    heat = (square - mean**2) / TEMPERATURES**2 / n
    for name, exact in (("energy", mean / n), ("specific_heat", heat)):
        error = found[f"{name}_stderr"].values
        assert (np.abs(found[name].values - exact) < 4.5 * error + 1e-9).all(), name
        assert (error < 0.1 * np.abs(exact) + 1e-9).all()


@pytest.mark.parametrize(
    ("cells", "among"),
    [(1, Interactions(gate_distance=DISTANCE)), (2, Interactions()), (2, Interactions(power=3))],
    ids=["gates", "sheets", "dipoles"],
)
def test_carriers_come_and_go_as_in_the_sum_over_all_configurations(cells, among):
    """K = H + ½ c N²/N_cells − μN, c of the sheets, none of gates; doping counts crystal cells."""
    stack = mcsc.slab(mcsc.textbook("triangular", 0.9), "c", cells=cells)
    model = mcsc.build_model(stack, (2, 5 - cells, 1), among)
    n_wells = model.lattice.n_wells
    full = np.array(list(product((0, 1), repeat=n_wells)))
    n = full.sum(axis=1)
    energy = np.array([model.energy(state - 1) for state in full])
    # all wells are alike, and half filling is where a carrier has half the energy of all others
    c = 0.0 if cells == 1 else among.charging_energy(stack)
    half = 0.5 * (model.pair[0].sum() + 2 * model.site[0])
    potential = half + 0.5 * c - 0.2
    grand = energy + 0.5 * c * n**2 / n_wells - potential * n
    (_, exact) = averages(grand, n / n_wells)
    found = mcsc.sample(
        model, TEMPERATURES, chemical_potential=potential, sweeps=8192, seed=3, progress=False
    )
    error = found["doping_stderr"].values
    assert (np.abs(found["doping"].values - exact) < 4.5 * error + 2e-4).all()
    assert (error < 0.02).all()
    assert (exact < 0.5).all()
