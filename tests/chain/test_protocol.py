"""Histories of fields against exact sums, where every branch is in equilibrium."""

from dataclasses import replace
from functools import cache

import numpy as np
import pytest
from exact import boltzmann, configurations, crystal, density_waves, energies, occupied, system
from exact import well as make_well

from mcsc.chain import FieldProtocol, Sampling, Task, run
from mcsc.chain.protocol import in_field
from mcsc.chain.run import kernel_tables
from mcsc.model import Interactions, ShortRangeTerm
from mcsc.observables import build_probe
from mcsc.structure import textbook, with_states
from mcsc.units import REDUCED, SI

DELTA, COST = 0.2, 0.3
DIAGONALS = DELTA * np.array([(0, 0), (1, 1), (-1, 1), (-1, -1), (1, -1)]) / np.sqrt(2)
DIAGONAL = make_well("site", (0, 0, 0), np.column_stack([DIAGONALS, np.zeros(5)]), [0, *[COST] * 4])
FREE = Task(
    crystal(np.eye(3), DIAGONAL, units=REDUCED),
    (2, 2, 2),
    1,
    (0.1, 0.2, 0.4, 0.8),
    Interactions(coulomb=False),
    sampling=Sampling(warmup=64),
    seed=1,
    protocol=FieldProtocol((0.0, 1.0, 4.0), sweeps=256, measurements=32, repeats=48),
)
CELL = np.array([[4.0, 0.2, 0.0], [-1.0, 4.5, 0.3], [0.3, 0.1, 5.0]])
SKEW = crystal(
    CELL,
    make_well(
        "one", (0, 0, 0), [(0, 0, 0), (0.5, 0.1, 0.1), (-0.3, 0.4, 0)], [0, 0.02, 0.03], -0.02
    ),
    make_well("two", (1.9, 2.2, 2.4), [(0, 0, 0), (0, 0.4, -0.3), (0.3, 0, 0.5)], [0, 0.04, 0]),
)
PERMITTIVITY = 8.0
PAIR = Task(
    SKEW,
    (2, 2, 1),
    2,
    (700.0, 1400.0),
    Interactions(relative_permittivity=PERMITTIVITY),
    field_direction=(0.6, 0.0, -0.8),
    sampling=Sampling(warmup=128),
    seed=2,
    protocol=FieldProtocol((0.0, 0.1, 0.3), sweeps=1024, measurements=64, repeats=48),
)


@cache
def result(task_name):
    return run({"free": FREE, "pair": PAIR}[task_name])["/"]


def deviations(root, name, exact):
    """(branch, field, T) estimate less exact in standard errors; exact on (field, T)."""
    # field_removed is measured at zero field, whatever was there before
    expected = np.stack([exact, exact, exact, np.broadcast_to(exact[0], exact.shape)])
    value, error = root[name].values, root[f"{name}_stderr"].values
    assert (error > 0).all()
    return (value - expected) / error


def free_means(name):
    """Exact (field, T) for one carrier: a sum over the states of its well."""
    x, y = DIAGONALS.T
    rows = []
    for strength in FREE.protocol.fields:
        energy = np.array([0, *[COST] * 4]) - strength * x
        p = np.array([boltzmann(energy, kt) for kt in FREE.temperatures])
        squares = p @ (x**2 + y**2)
        rows.append(
            {
                "displacement_parallel": p @ x,
                "energy": p @ energy,
                "localization_length": np.sqrt(squares),
                "transverse_displacement": p @ y**2,
                "polar_order": p @ np.hypot(x, y) / DELTA,
                "transmission": (p @ x) ** 2 / squares,
            }[name]
        )
    return np.array(rows)


@pytest.mark.parametrize(
    "name",
    [
        "displacement_parallel",
        "energy",
        "localization_length",
        "transverse_displacement",
        "polar_order",
    ],
)
def test_free_carriers_follow_the_boltzmann_sum_in_every_branch(name):
    z = deviations(result("free"), name, free_means(name))
    assert np.abs(z).max() < 4
    assert 0.7 < np.sqrt((z**2).mean()) < 1.4


def test_transmission_of_free_carriers_in_a_field():
    z = deviations(result("free"), "transmission", free_means("transmission"))
    assert np.abs(z[:3, 1:]).max() < 4


def test_the_test_of_free_carriers_can_fail():
    exact = np.roll(free_means("displacement_parallel"), 1, axis=0)
    z = deviations(result("free"), "displacement_parallel", exact)
    # the coldest, in every field and branch
    assert np.abs(z[:3, :, 0]).min() > 10


def test_every_hop_of_a_free_carrier_is_accepted_but_into_its_images():
    """Two cells a side: of the six near wells of a cubic lattice three are the same ones."""
    np.testing.assert_allclose(result("free")["near_hop_acceptance"], 1.0)


@cache
def pair_means():
    """Exact (field, T) of two interacting carriers by name."""
    direction = np.array(PAIR.field_direction)
    # the two wells of a cell order against each other: m = (N_one − N_two) / N
    assert not result("pair")["charge_order_wavevector"].values.any()
    rows: dict[str, list] = {}
    for strength in PAIR.protocol.fields:
        found = system(
            SKEW, PAIR.size, coulomb=SI.coulomb / PERMITTIVITY, field=strength * direction
        )
        states = configurations(found, 2)
        energy, held = energies(found, states), occupied(found, states)
        u = held @ found.displacements / 2
        squares = (found.displacements**2).sum(axis=1)
        along = (found.displacements @ direction) ** 2
        order = (held @ np.where(found.kind == "one", 1.0, -1.0)) ** 2 / 4
        p = np.array([boltzmann(energy, SI.boltzmann * t) for t in PAIR.temperatures])
        largest = np.sqrt(squares.max())
        for name, value in {
            "displacement_parallel": p @ u @ direction,
            "energy": p @ energy / 2,
            "localization_length": np.sqrt(p @ held @ squares / 2),
            "transverse_displacement": p @ held @ (squares - along) / 2,
            "polar_order": p @ np.linalg.norm(u, axis=1) / largest,
            "charge_order": np.sqrt(p @ order),
        }.items():
            rows.setdefault(name, []).append(value)
    return {name: np.array(value) for name, value in rows.items()}


@pytest.mark.parametrize(
    "name",
    [
        "displacement_parallel",
        "energy",
        "localization_length",
        "transverse_displacement",
        "polar_order",
        "charge_order",
    ],
)
def test_hot_interacting_carriers_are_in_equilibrium_in_every_branch(name):
    z = deviations(result("pair"), name, pair_means()[name])
    assert np.abs(z).max() < 4
    assert 0.6 < np.sqrt((z**2).mean()) < 1.5


def test_the_test_of_interacting_carriers_can_fail():
    exact = np.roll(pair_means()["energy"], 1, axis=1)
    assert np.abs(deviations(result("pair"), "energy", exact)).min() > 10


def cubic(size, n_carriers, temperature, structure="cubic", **choice):
    """A half-filled textbook lattice of wells with displaced states."""
    bare = textbook(structure, **({} if structure == "cubic" else {"layer_spacing": 3.0}))
    wells = tuple(with_states(well, "vertices", 0.05) for well in bare.wells)
    return Task(
        crystal(bare.cell, *wells, units=REDUCED),
        size,
        n_carriers,
        (temperature, 2 * temperature),
        sampling=Sampling(warmup=512),
        seed=5,
        **choice,
    )


def test_charge_order_of_a_density_wave_is_the_exact_sum():
    """Two carriers on four wells: one wave at (½, ½, 0)."""
    protocol = FieldProtocol((0.0, 1.0), sweeps=512, measurements=64, repeats=32)
    task = cubic((2, 2, 1), 2, 0.2, protocol=protocol)
    root = run(task)["/"]
    q = root["charge_order_wavevector"].values
    np.testing.assert_allclose(np.abs(q), [0.5, 0.5, 0.0])
    exact = []
    for strength in task.protocol.fields:
        found = system(task.structure, task.size, field=(strength, 0.0, 0.0))
        states = configurations(found, 2)
        order = np.abs(density_waves(found, states, 2 * np.pi * q[None])[:, 0]) ** 2 / 4
        energy = energies(found, states)
        exact.append([np.sqrt(boltzmann(energy, kt) @ order) for kt in task.temperatures])
    z = deviations(root, "charge_order", np.array(exact))
    assert np.abs(z).max() < 4


def test_repeats_frozen_in_different_members_of_an_orbit_are_all_ordered():
    """Repelling second neighbours of a square lattice: stripes along x in some, y in others."""
    protocol = FieldProtocol((0.0, 0.1), sweeps=64, measurements=8, repeats=12)
    terms = (ShortRangeTerm(("site", "site"), 1.0, shell=2),)
    task = cubic(
        (4, 4, 1),
        8,
        0.02,
        "square",
        protocol=protocol,
        interactions=Interactions(coulomb=False, short_range=terms),
    )
    root = run(task)["/"]
    # displaced by 0.05 either way a stripe still scatters nearly all at its wavevector
    assert (root["charge_order"] > 0.9).all()
    np.testing.assert_allclose(root["charge_order_share"], root["charge_order"])
    assert np.abs(root["charge_order_wavevector"].values).tolist() == [0.5, 0.0, 0.0]


def test_a_field_changes_site_energies_alone():
    model = PAIR.build()
    tables, numbers = kernel_tables(model)
    direction = np.array(PAIR.field_direction)
    probe = build_probe(model, numbers, direction)
    changed = in_field(tables, probe, 0.3)
    built, _ = kernel_tables(replace(PAIR, protocol=None, field=0.3).build())
    np.testing.assert_allclose(changed.site, built.site, atol=1e-13)
    assert np.abs(changed.site - tables.site).max() > 0.05
    for name in set(tables._fields) - {"site"}:
        assert np.all(getattr(changed, name) == getattr(built, name))
    assert in_field(tables, probe, 0.0).site.tobytes() == tables.site.tobytes()
