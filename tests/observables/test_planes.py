"""Planes of a slab: Gauss's law against the potential, and every mean against enumeration."""

import itertools
from dataclasses import replace
from functools import cache

import numpy as np
import pytest

from mcsc.chain import Sampling, Task, run
from mcsc.model import Interactions
from mcsc.structure import slab, textbook, with_states

Z = (0.0, 0.0, 1.0)
# unequal, and near enough that planes move each other
HEIGHTS, BORDERS = (0.0, 0.6, 1.05), (-0.3, 0.3, 0.825, 1.275)
LAYERED = slab(textbook("cubic"), "c", cells=3)
LAYERED = replace(
    LAYERED,
    wells=tuple(
        replace(well, centre=(0, 0, z), cage=well.cage - well.centre + (0, 0, z))
        for well, z in zip(LAYERED.wells, HEIGHTS, strict=True)
    ),
)
SLAB = with_states(LAYERED, "harmonic", 0.2, 0.4, along="z", steps=2)
N, FIELD, TEMPERATURES, VOLUME = 3, 2.0, (0.1, 0.3), 6.0
OF_PLANES = ("plane_share", "plane_displacement", "plane_field", "plane_response")
TASK = Task(
    SLAB, (2, 1, 1), N, TEMPERATURES, field=FIELD, field_direction=Z,
    sampling=Sampling(sweeps=20480, warmup=512, measurements=4096, exchange_interval=5), seed=3,
)  # fmt: skip


@cache
def sampled():
    return run(TASK)["/"]


@cache
def enumerated():
    """Means by name, (T, ...): of every way in which three carriers are in six harmonic wells."""
    model = TASK.build()
    states = np.array(
        [s for s in itertools.product(range(-1, 5), repeat=6) if sum(k >= 0 for k in s) == N]
    )
    energy = np.array([model.energy(state) for state in states])
    u = np.append(SLAB.wells[0].displacements[:, 2], 0.0)[states].reshape(-1, 2, 3)
    dipole = u.sum(axis=1)
    held = (states >= 0).reshape(-1, 2, 3).sum(axis=1)
    field = np.array([gauss(*both) for both in zip(held, dipole, strict=True)])
    rows = []
    for t in TEMPERATURES:
        p = np.exp(-(energy - energy.min()) / t)
        p /= p.sum()
        mean, share = p @ dipole, p @ held
        first = p @ (dipole * dipole[:, :1]) - mean * mean[0]
        whole = dipole.sum(axis=1)
        variance = p @ whole**2 - (p @ whole) ** 2
        stored = (p @ whole / (FIELD * VOLUME), variance / (t * VOLUME))
        rows.append((share / N, mean / share, p @ field, first / first[0], p @ energy / N, *stored))
    names = (*OF_PLANES, "energy", "capacitance_parallel", "capacitance_differential")
    return dict(zip(names, map(np.array, zip(*rows, strict=True)), strict=True))


def gauss(held, dipole):
    """Field in each plane: 4π/A times what is below, averaged between the borders."""
    area = 2.0
    found = []
    for p in range(3):
        low, high = BORDERS[p], BORDERS[p + 1]
        below = held[:p].sum() - p * N / 3
        below += (held[p] - N / 3) * (high - HEIGHTS[p]) / (high - low) - dipole[p] / (high - low)
        found.append(4 * np.pi / area * below)
    return found


def test_the_field_is_the_fall_of_the_potential():
    """That of the tables, averaged over planes at the borders: no formula is shared."""
    places = np.array([(0.0, 0.0, 0.2), (1.0, 0.0, 0.4), (0.0, 0.0, 1.05)])
    among = Interactions().potential(SLAB)
    grid = np.array(list(itertools.product(np.arange(40) / 20, np.arange(20) / 20)))
    mean = []
    for z in BORDERS:
        ends = np.column_stack([grid, np.full(len(grid), z)])
        mean.append(sum(
            among.between(SLAB.cell, (2, 1, 1), np.tile(place, (len(ends), 1)), ends)[:, 0].mean()
            for place in places
        ))  # fmt: skip
    found = -np.diff(mean) / np.diff(BORDERS)
    np.testing.assert_allclose(found, gauss(np.ones(3), np.array([0.2, -0.2, 0.0])), atol=1e-5)


@pytest.mark.parametrize(
    "name", [*OF_PLANES, "energy", "capacitance_parallel", "capacitance_differential"]
)
def test_means_are_the_exact_sums(name):
    root, exact = sampled(), enumerated()[name]
    value, error = root[name].values, root[f"{name}_stderr"].values
    assert root[name].dims == ("temperature", "plane")[: value.ndim]
    assert root["plane"].values.tolist() == [1, 2, 3]
    fixed = error < 1e-9
    np.testing.assert_allclose(value[fixed], exact[fixed], atol=1e-9)
    z = ((value - exact) / np.where(fixed, np.inf, error))[~fixed]
    assert len(z) >= 4 if value.ndim == 2 else len(z) == 2
    assert np.abs(z).max() < 4
    # neighbouring temperatures are told apart
    assert np.abs((value[0] - exact[1])[~fixed[0]] / error[0][~fixed[0]]).max() > 5


def test_a_full_slab_is_as_many_capacitors():
    """Planes displaced by u leave their sheets with the field 4πσ: 2πσ u a carrier."""
    model = replace(TASK, field=0.0).build()
    still, up = (model.energy(np.full(6, state)) for state in (0, 1))
    u, spring = SLAB.wells[0].displacements[1, 2], SLAB.wells[0].state_energies[1]
    assert (up - still) / 6 == pytest.approx(spring + 2 * np.pi * abs(u), rel=1e-12)


def test_planes_are_of_slabs_and_fields_of_plain_coulomb():
    short = Sampling(sweeps=128, warmup=64, measurements=64, exchange_interval=1)
    crystal = with_states(textbook("cubic"), "harmonic", 0.2, 0.4, along="z", steps=1)
    whole = replace(TASK, structure=crystal, size=(2, 1, 3), sampling=short)
    assert "plane_share" not in run(whole)["/"]
    gated = replace(TASK, interactions=Interactions(gate_distance=5.0), sampling=short)
    root = run(gated)["/"]
    assert np.isnan(root["plane_field"]).all()
    assert np.isfinite(root["plane_displacement"]).any()
