"""Nematic order: stripes and isotropic fillings by hand, any writing, and an enumerated layer."""

from itertools import combinations

import numpy as np
import pytest
from exact import crystal
from exact import well as make_well
from writings import BILAYER, CHANGES, STAGGERED, UNLIKE, Written, rewritten

from mcsc.chain import Sampling, Task, run
from mcsc.lattice import Lattice
from mcsc.model import Interactions, ShortRangeTerm
from mcsc.structure import textbook
from mcsc.units import REDUCED

# both sheets are square nets with bonds along a in one and along b in the other
CROSSED = crystal(
    np.diag([1.0, 1.0, 4.0]),
    make_well("a", (0, 0, 0)), make_well("a", (0.3, 0, 0)),
    make_well("a", (0, 0, 2.0)), make_well("a", (0, 0.3, 2.0)),
)  # fmt: skip
LAYERED = {
    "triangular": textbook("triangular", 2.0),
    "square": textbook("square", 2.0),
    "kagome": textbook("kagome", 2.0),
    "wells": textbook("kagome-wells", 2.0),
    "staggered": STAGGERED,
    "unlike": UNLIKE,
}


def squared(structure, size, chosen):
    """(layers,) |ψ|² of the carriers on the wells that ``chosen`` names, by fractional place."""
    places = Lattice(structure, size).positions
    fractional = np.rint(places @ np.linalg.inv(structure.cell) * 6) / 6
    return Written(structure, size, [places[chosen(*fractional.T)]]).series["nematic_by_layer"][
        0, 0
    ]


STRIPES = {
    "along a": lambda x, y, z: y % 2 == 0,
    "along b": lambda x, y, z: x % 2 == 0,
    "between": lambda x, y, z: (x - y) % 2 == 0,
}


@pytest.mark.parametrize("stripe", STRIPES)
def test_stripes_of_a_triangular_lattice(stripe):
    for structure in (LAYERED["triangular"], textbook("triangular", 1.7)):
        found = squared(structure, (4, 4, 2), STRIPES[stripe])
        np.testing.assert_allclose(found, [1.0, 1.0], atol=1e-12)


def test_square_stripes_and_chequers():
    for stripe in ("along a", "along b"):
        found = squared(LAYERED["square"], (4, 4, 2), STRIPES[stripe])
        np.testing.assert_allclose(found, 1.0, atol=1e-12)
    # the diagonal lines of the chequerboard have no near carriers, and are no lines
    assert squared(LAYERED["square"], (4, 4, 1), STRIPES["between"]).max() < 1e-12


def test_every_layer_is_measured_by_itself():
    def crossed(x, y, z):
        return np.where(z == 0, y % 2 == 0, x % 2 == 0)

    # half of the carriers of the layer above are taken away
    def thinned(x, y, z):
        return np.where(z == 0, y % 2 == 0, (y % 2 == 0) & (x % 2 == 0))

    np.testing.assert_allclose(squared(LAYERED["triangular"], (4, 4, 2), crossed), 1.0)
    found = squared(LAYERED["triangular"], (4, 4, 2), thinned)
    # N a layer is the mean, 6: 8 bonds below, none above
    np.testing.assert_allclose(found, [(8 / 6) ** 2, 0.0], atol=1e-12)


@pytest.mark.parametrize("name", LAYERED)
def test_full_layers_have_no_direction(name):
    size = (3, 3, 2) if name not in ("staggered", "unlike") else (3, 3, 1)
    found = squared(LAYERED[name], size, lambda x, y, z: x > -1)
    assert found.shape == (2,)
    assert found.max() < 1e-20


def test_root_three_order_and_its_holes_have_no_direction():
    for wanted in ([0], [1, 2]):
        found = squared(
            LAYERED["triangular"], (6, 6, 2), lambda x, y, z, w=wanted: np.isin((x + y) % 3, w)
        )
        assert found.max() < 1e-20


def test_only_layers_with_an_axis_have_the_order_parameter():
    strained = crystal(np.diag([1.0, 1.02, 3.0]), make_well("a", (0, 0, 0)))
    for structure in (strained, textbook("cubic"), textbook("fcc"), CROSSED, BILAYER):
        places = Lattice(structure, (4, 4, 2)).positions[:3]
        assert "nematic_by_layer" not in Written(structure, (4, 4, 2), [places]).series


@pytest.mark.parametrize("change", CHANGES)
@pytest.mark.parametrize("name", LAYERED)
def test_any_writing_of_the_crystal(name, change):
    structure = LAYERED[name]
    lattice = Lattice(structure, (4, 4, 4))
    rng = np.random.default_rng(3)
    places = [lattice.positions[rng.permutation(lattice.n_wells)[:20]] for _ in range(3)]
    found = [
        np.sort(Written(one, (4, 4, 4), places).series["nematic_by_layer"][:, 0], axis=1)
        for one in (structure, rewritten(structure, CHANGES[change], 5))
    ]
    assert found[0].max() > 1e-2
    np.testing.assert_allclose(found[1], found[0], atol=1e-10)


def test_an_enumerated_layer():
    """Three carriers on 3 × 3 wells that attract, |ψ| from the places of the images."""
    structure, temperatures = textbook("triangular", 2.0), (0.3, 0.6, 1.5)
    among = Interactions(
        coulomb=False, short_range=(ShortRangeTerm(("site", "site"), -1.0, shell=1),)
    )
    task = Task(
        structure, (3, 3, 1), 3, temperatures, among,
        sampling=Sampling(sweeps=20480, warmup=512, measurements=4096),
    )  # fmt: skip
    model = task.build()
    places = model.lattice.positions[:, :2]
    images = 3 * (np.indices((3, 3)).reshape(2, -1).T - 1) @ structure.cell[:2, :2]
    energy, psi = [], []
    for chosen in combinations(range(9), 3):
        state = np.full(9, -1)
        state[list(chosen)] = 0
        energy.append(model.energy(state))
        total = 0j
        for i, j in combinations(chosen, 2):
            for x, y in places[j] - places[i] + images:
                if abs(np.hypot(x, y) - 1) < 1e-9:
                    total += np.exp(2j * np.arctan2(y, x))
        psi.append(abs(total) / 3)
    energy, psi = np.array(energy), np.array(psi)
    root = run(task)["/"]
    for i, t in enumerate(temperatures):
        weight = np.exp(-(energy - energy.min()) / t)
        mean, second, fourth = (weight @ psi**n / weight.sum() for n in (1, 2, 4))
        expected = {
            "nematic_order": mean,
            "nematic_susceptibility": 3 * (second - mean**2) / t,
            "nematic_binder_ratio": fourth / second**2,
        }
        for name, value in expected.items():
            error = float(root[f"{name}_stderr"][i])
            assert 0 < error < 0.05 * value
            assert abs(float(root[name][i]) - value) < 4 * error


def test_the_table_has_it_per_mean_number_at_fixed_chemical_potential():
    task = Task(
        LAYERED["square"], (4, 4, 2), 16, (1.0, 2.0), Interactions(coulomb=False),
        sampling=Sampling(sweeps=16384, warmup=64, measurements=4096), chemical_potential=0.0,
    )  # fmt: skip
    assert task.units is REDUCED
    root = run(task)["/"]
    # independent wells, half filled: eight carriers a layer in the mean
    states = (np.arange(2**16)[:, None] >> np.arange(16)) & 1
    wells = states.reshape(-1, 4, 4)
    rows, columns = ((wells * np.roll(wells, 1, axis)).sum(axis=(1, 2)) for axis in (1, 2))
    psi = rows - columns
    second, fourth = (psi**2).mean() / 64, (psi**4).mean() / 8**4
    got, error = (float(root[f"nematic_binder_ratio{e}"][0]) for e in ("", "_stderr"))
    assert abs(got - fourth / second**2) < 4 * error < 0.5
    got, error = (float(root[f"nematic_order{e}"][0]) for e in ("", "_stderr"))
    assert abs(got - np.abs(psi).mean() / 8) < 4 * error < 0.05
    # stripes: waves of every other row and column
    signs = np.array([1, -1, 1, -1])
    along, across = (wells * signs[:, None]).sum(axis=(1, 2)), (wells * signs).sum(axis=(1, 2))
    sigma = (along**2 - across**2) / 64
    second, fourth = (sigma**2).mean(), (sigma**4).mean()
    for name, expected in (
        ("stripe_order", np.abs(sigma).mean()),
        ("stripe_susceptibility", 8 * (second - np.abs(sigma).mean() ** 2)),
        ("stripe_binder_ratio", fourth / second**2),
    ):
        got, error = (float(root[f"{name}{end}"][0]) for end in ("", "_stderr"))
        assert abs(got - expected) < 4 * error < 0.3 * expected
