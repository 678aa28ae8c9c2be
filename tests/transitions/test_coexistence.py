"""Regions of coexistence of a diagram: on all its axes, over temperatures, in its own doping."""

import numpy as np
import pytest
import xarray as xr

from mcsc.transitions.coexistence import coexistence_dataset
from mcsc.transitions.free_energy import free_energy_lines, free_energy_table

NUMBER, CELLS, C = np.arange(10, 51), 20, 0.3
TEMPERATURES = np.array([0.5, 1.0, 2.0])


def double_well(low, high, barrier, tilt=0.3):
    half = (high - low) / 2
    return barrier * ((NUMBER - low) * (NUMBER - high) / half**2) ** 2 + tilt * NUMBER


def diagram(completed, *, noise=0.02, doping=None, numbers=NUMBER, wells=np.nan):
    """Groups of free energies (..., T, n) in k_B T with their charging energy; fields in front."""
    completed = np.array(completed)
    thermal = TEMPERATURES[:, None]
    plain = completed - 0.5 * C * NUMBER**2 / CELLS / thermal
    steps = np.full((*plain.shape[:-1], 4, len(NUMBER)), np.nan)
    steps[..., :-1] = -np.diff(plain)[..., None, :]
    steps += noise * np.random.default_rng(1).standard_normal(steps.shape)
    dims = ("field",)[: completed.ndim - 2]
    shape = (*completed.shape[:-2], len(NUMBER))
    coords = {
        "doping": NUMBER / CELLS if doping is None else doping,
        "temperature": ("temperature", TEMPERATURES, {"units": "1"}),
    }
    series = xr.Dataset(
        {
            "log_partition_step": ((*dims, "temperature", "annealing", "doping"), steps),
            "n_carriers": ((*dims, "doping"), np.broadcast_to(numbers, shape).astype(float)),
        }
    )
    structure = xr.Dataset(
        {
            "cells": (("supercell", "vector"), [[5, 4, 1]]),
            "charging_energy": ((), C),
            "particle_hole_wells": ((), wells),
        }
    )
    converged = np.ones((*shape, 3), np.int8)
    converged[..., 15, :] = 0
    health = xr.Dataset({"converged": ((*dims, "doping", "temperature"), converged)})
    return {"/": xr.Dataset(coords=coords), "series": series, "structure": structure,
            "health": health}  # fmt: skip


def analysed(groups):
    lines = free_energy_lines(*(groups[name] for name in ("/", "series", "structure")))
    root = groups["/"].assign(free_energy_table(groups["/"], lines))
    group, flag = coexistence_dataset(root, groups["health"], lines)
    return root.assign(flag), group


# a region that narrows, one that comes besides, and none
COLD, WARM, HOT = (double_well(*at) for at in ((20, 34, 4.0), (20, 30, 1.5), (20, 30, 0.2)))


def test_edges_potentials_and_barriers_over_temperature():
    root, group = analysed(diagram([COLD, WARM, HOT]))
    assert group.sizes == {"temperature": 3, "region": 1}
    np.testing.assert_allclose(group["doping_low"][:, 0] * CELLS, [20, 20, np.nan])
    np.testing.assert_allclose(group["doping_high"][:, 0] * CELLS, [34, 30, np.nan])
    np.testing.assert_allclose(group["barrier"][:, 0], [4.0, 1.5, np.nan], atol=0.1)
    slope = group["coexistence_potential"].values[:, 0]
    np.testing.assert_allclose(slope[:2], 0.3 * TEMPERATURES[:2], atol=0.02)
    assert group["bounded"].values[:2, 0].tolist() == [1, 1]
    # one of the fifteen numbers did not equilibrate
    assert group["equilibrated_share"].values[0, 0] == pytest.approx(14 / 15)
    coexisting = root["coexisting"].values
    assert (NUMBER[coexisting[:, 0] == 2] == np.arange(21, 34)).all()
    assert (NUMBER[coexisting[:, 1] == 2] == np.arange(21, 30)).all()
    assert (coexisting[:, 2] == 1).all()
    # the slope within the phases is that of the free energy with its charging energy
    at = np.flatnonzero(NUMBER == 45)[0]
    slope = np.gradient(COLD)[at] * TEMPERATURES[0]
    assert float(root["chemical_potential"][at, 0]) == pytest.approx(slope, abs=0.05)


def bulges(*regions):
    """A parabola with tangents between numbers, and bulges above them."""
    free = 0.02 * (NUMBER - 30.0) ** 2
    for low, high, barrier in regions:
        share = (NUMBER - low) / (high - low)
        ends = [free[end == NUMBER][0] for end in (low, high)]
        tangent = ends[0] + share * (ends[1] - ends[0])
        inside = (share > 0) & (share < 1)
        free = np.where(inside, tangent + 4 * barrier * share * (1 - share), free)
    return free


def test_a_region_keeps_its_number_over_temperatures():
    first, second = (16, 24, 2.0), (34, 44, 3.0)
    _, group = analysed(diagram([bulges(second), bulges(first, second), bulges(first)]))
    low = np.rint(group["doping_low"].values * CELLS)
    np.testing.assert_array_equal(low, [[34, np.nan], [34, 16], [np.nan, 16]])


def test_every_place_has_its_own():
    groups = diagram([[COLD, WARM, HOT], [HOT, HOT, HOT]])
    root, group = analysed(groups)
    assert group["doping_low"].dims == ("field", "temperature", "region")
    assert np.isfinite(group["doping_low"].values).sum(axis=(1, 2)).tolist() == [2, 0]
    assert root["coexisting"].dims == ("field", "doping", "temperature")


def test_sizes_have_dopings_of_their_own():
    """Twenty cells, and ten with every other doping: what is between two of these is not theirs."""
    groups = diagram([[COLD, WARM, HOT]] * 2)
    series = groups["series"].rename(field="size").copy(deep=True)
    even = NUMBER % 2 == 0
    series["n_carriers"][0] = np.where(even, NUMBER / 2, np.nan)
    # half the crystal, with an energy per cell as that of the whole
    half = np.array([COLD, WARM, HOT])[:, even] / 2
    plain = half - 0.5 * C * (NUMBER[even] / 2) ** 2 / (CELLS / 2) / TEMPERATURES[:, None]
    series["log_partition_step"][0] = np.nan
    steps = np.append(-np.diff(plain), np.full((3, 1), np.nan), axis=1)
    series["log_partition_step"][0, ..., even] = steps[:, None] + 1e-3 * np.arange(4)[:, None]
    groups["series"] = series
    groups["health"] = groups["health"].rename(field="size")
    groups["structure"]["cells"] = ("supercell", "vector"), [[5, 2, 1], [5, 4, 1]]
    root, group = analysed(groups)
    low, barrier = group["doping_low"].values[..., 0], group["barrier"].values[..., 0]
    np.testing.assert_allclose(low[:, :2], 20 / CELLS)
    np.testing.assert_allclose(barrier[:, 0], [2.0, 4.0], atol=0.1)
    free = root["free_energy"].values
    assert np.isfinite(free[0, even]).all()
    assert np.isnan(free[0, ~even]).all()
    np.testing.assert_allclose(free[0, even], free[1, even], atol=0.02)


def test_doping_may_fall_with_the_carriers():
    doping = 3 - NUMBER / CELLS
    backward = diagram([COLD, WARM, HOT], doping=doping)
    order = np.argsort(doping)
    backward = {name: g.isel(doping=order, missing_dims="ignore") for name, g in backward.items()}
    root, group = analysed(backward)
    np.testing.assert_allclose(group["doping_low"][:2, 0], 3 - np.array([34, 30]) / CELLS)
    np.testing.assert_allclose(group["doping_high"][:2, 0], 3 - np.array([20, 20]) / CELLS)
    assert (root["free_energy"].values[0] == 0).all()
    assert (root["free_energy_stderr"].values[1:] > 0).all()


def test_nothing_is_claimed_of_what_was_not_measured():
    numbers = NUMBER.astype(float)
    numbers[14:18] = np.nan
    root, group = analysed(diagram([COLD, COLD, HOT], numbers=numbers))
    # 20 to 23 and 28 to 34 are what is left of it: its ends are open
    assert (group["bounded"] == 0).all()
    assert np.isnan(group["coexistence_potential"]).all()
    missing = root["coexisting"].values[14:18]
    assert (missing == 0).all()
    # the free energy ends there, slopes go on behind
    assert np.isnan(root["free_energy"].values[14:]).all()
    assert np.isfinite(root["chemical_potential"].values[20:-1]).all()


def test_carriers_for_empty_wells():
    even = 0.02 * (NUMBER - 30.0) ** 2
    line = 0.4 * NUMBER
    for odd, least, most in ((0.0, 0.4, 1.8), (3e-4 * (NUMBER - 30.0) ** 3, 5.0, np.inf)):
        _, group = analysed(diagram([even + line + odd] * 3, wells=3.0))
        assert (least < group["particle_hole_residual"]).all()
        assert (group["particle_hole_residual"] < most).all()
    _, group = analysed(diagram([even] * 3))
    assert np.isnan(group["particle_hole_residual"]).all()
