"""Finite-size analysis of exactly sampled models: against exact sums and mean-field exponents."""

from itertools import pairwise

import numpy as np
import pytest
import xarray as xr
from scipy.optimize import brentq, minimize_scalar
from trees import analysed, tree_of

from mcsc.estimators.energy_histogram import TransitionOrder
from mcsc.estimators.scaling.curves import SizeSeries, size_curves
from mcsc.estimators.scaling.first_order import Coexistence, coexistence, order_over_sizes
from mcsc.estimators.scaling.power_law import Fit, scaling_exponent
from mcsc.files import netcdf
from mcsc.units import SI

SIZES = (64, 128, 256, 512)
TEMPERATURES = np.linspace(0.8, 1.2, 13)


def diagram(spectra, temperatures, n=2048, seed=1):
    """Groups of a diagram with one doping, L the number of spins."""
    rng = np.random.default_rng(seed)
    energies, orders = [], []
    for spectrum in spectra.values():
        energy, order = spectrum.draw(temperatures, n, rng)
        energies.append(energy[None])
        orders.append(order[None, :, None, :, None])
    sizes = list(spectra)
    coords = {
        "temperature": ("temperature", temperatures, {"units": "K"}),
        "doping": ("doping", [1.0]),
        "size": ("size", sizes),
    }
    grid, shape = ("size", "doping"), (len(sizes), 1)
    one = (*grid, "channel")
    series = xr.Dataset(
        {
            "energy": (
                (*grid, "temperature", "measurement"),
                SI.boltzmann * np.array(energies),
                {"units": "eV"},
            ),
            "order_squared": (
                (*grid, "temperature", "channel", "measurement", "layer"),
                np.array(orders),
            ),
            "channel_wavevector": ((*one, "hkl"), np.full((*shape, 1, 3), 0.5)),
            "channel_components": (one, np.ones((*shape, 1), int)),
            "channel_crossover": (one, np.zeros((*shape, 1), np.int8)),
            "channel_disordered": (one, 1 / np.array(sizes, float)[:, None, None]),
            "n_carriers": (grid, np.array(sizes, float)[:, None]),
        },
        coords=coords,
    )
    converged = np.ones((*shape, len(temperatures)), np.int8)
    health = xr.Dataset({"converged": ((*grid, "temperature"), converged)}, coords=coords)
    return {"/": xr.Dataset(coords=coords), "series": series, "health": health}


def exact_peak(spectrum, quantity, bounds):
    """Temperature (K) and height of the largest susceptibility or specific heat per spin."""

    def minus(t):
        p, n = spectrum.p(t)[0], 1 / spectrum.spins
        e, m = spectrum.energy, spectrum.modulus
        if quantity == "specific_heat":
            return -(p @ e**2 - (p @ e) ** 2) * n / t**2
        return -(p @ m**2 - (p @ m) ** 2) / (n * SI.boltzmann * t)

    found = minimize_scalar(minus, bounds=bounds, method="bounded", options={"xatol": 1e-9})
    return found.x, -found.fun


def with_spins(spectrum, n):
    spectrum.spins = n
    return spectrum


@pytest.fixture(scope="module")
def ising(infinite_range_ising):
    return {n: with_spins(infinite_range_ising(n), n) for n in SIZES}


@pytest.fixture(scope="module")
def finite(ising):
    return analysed(diagram(ising, TEMPERATURES))["finite_size"].isel(doping=0)


def score(dataset, name, exact):
    return (dataset[name].values - exact) / dataset[f"{name}_stderr"].values


@pytest.mark.parametrize("quantity", ["susceptibility", "specific_heat"])
def test_peaks_of_every_size_are_the_exact_ones(ising, finite, quantity):
    exact = np.array([exact_peak(s, quantity, (0.75, 1.1)) for s in ising.values()]).T
    # the specific heat of the smallest size is largest below the ladder
    known = exact[0] > TEMPERATURES[0]
    assert known.sum() >= 3
    for name, values in ((f"T_{quantity}_peak", exact[0]), (f"{quantity}_peak", exact[1])):
        assert np.abs(score(finite, name, values)[known]).max() < 4
        assert np.isnan(finite[name].values[~known]).all()


def exact_crossing(small, large):
    return brentq(lambda t: large.binder(t) - small.binder(t), 0.9, 1.1)


def test_crossings_and_what_is_read_there_are_the_exact_ones(ising, finite):
    spectra = list(ising.values())
    exact = [exact_crossing(*pair) for pair in pairwise(spectra)]
    known = np.isfinite(finite["T_crossing"].values)
    assert known.sum() >= 2 and known[-1]
    assert np.abs(score(finite, "T_crossing", exact)[known]).max() < 4
    assert finite["pair"].values.tolist() == [128, 256, 512]
    order = [(s.p(exact[-1]) @ s.modulus).item() for s in spectra]
    assert np.abs(score(finite, "order_at_crossing", order)).max() < 4
    slopes = [(s.binder(exact[-1] + 1e-5) - s.binder(exact[-1] - 1e-5)) / 2e-5 for s in spectra]
    assert np.abs(score(finite, "binder_slope", slopes)).max() < 4


def test_exponents_are_those_of_mean_field_in_the_number_of_spins(ising, finite):
    """χ as N^(1/2), m as N^(−1/4), slopes as N^(1/2), with the corrections of these sizes."""
    spectra = list(ising.values())
    at = exact_crossing(*spectra[-2:])
    exact = {
        "gamma_over_nu": (
            "susceptibility_peak",
            [exact_peak(s, "susceptibility", (0.75, 1.1))[1] for s in spectra],
        ),
        "beta_over_nu": ("order_at_crossing", [1 / (s.p(at) @ s.modulus).item() for s in spectra]),
        "one_over_nu": (
            "binder_slope",
            [(s.binder(at + 1e-5) - s.binder(at - 1e-5)) / 2e-5 for s in spectra],
        ),
    }
    for name, (quantity, values) in exact.items():
        weights = np.diag((finite[f"{quantity}_stderr"] / finite[quantity] * values).values ** 2)
        there = scaling_exponent(SIZES, values, weights).value
        assert abs(score(finite, name, there)) < 4, name
        mean_field = 0.25 if name == "beta_over_nu" else 0.5
        assert abs(there - mean_field) < 0.05
        assert abs(finite[name].item() - mean_field) < 0.09
        assert finite[f"{name}_stderr"].item() < 0.04
        assert finite[f"{name}_dof"].item() == 2
    # the jump of the specific heat does not grow
    assert finite["specific_heat_exponent"].item() < 0.15


def test_every_extrapolation_comes_near_the_infinite_system(finite):
    for name in ("T_c_susceptibility", "T_c_specific_heat", "T_c_crossing", "T_c_collapse"):
        assert abs(finite[name].item() - 1) < 0.03, name
        assert 0 < finite[f"{name}_stderr"].item() < 0.02
        # far nearer than the peaks of the largest size themselves
    assert 1 - finite["T_susceptibility_peak"].values[-1] > 0.04
    assert abs(score(finite, "T_c_crossing", 1.0)) < 4
    assert abs(finite["one_over_nu_collapse"].item() - 0.5) < 0.1
    assert abs(finite["beta_over_nu_collapse"].item() - 0.25) < 0.06
    assert finite["T_c_collapse_interval"].item() > finite["T_c_collapse_stderr"].item()


def test_a_continuous_transition_is_called_so(finite):
    assert finite["order"].attrs["flag_meanings"].split()[finite["order"].item()] == "continuous"
    assert "L^1 at first order" in finite["order_reason"].item()
    assert np.isnan(finite["latent_heat"]).all() and np.isnan(finite["latent_heat_of_peaks"])


def test_units_and_the_file(finite, ising, tmp_path):
    assert finite["T_c_crossing"].attrs["units"] == "K"
    assert finite["binder_slope"].attrs["units"] == "K^-1"
    assert finite["susceptibility_peak"].attrs["units"] == "eV^-1"
    assert all("long_name" in variable.attrs for variable in finite.data_vars.values())
    path = tmp_path / "finite.nc"
    netcdf.write(path, tree_of({"/": xr.Dataset(), "finite_size": finite}), {})
    stored = netcdf.read(path)["finite_size"]
    assert stored["order_reason"].item() == finite["order_reason"].item()
    assert stored["T_c_crossing"].item() == finite["T_c_crossing"].item()


@pytest.fixture(scope="module")
def first_order(three_spin_ising):
    spectra = {n: with_spins(three_spin_ising(n), n) for n in (36, 48, 72)}
    found = analysed(diagram(spectra, np.linspace(1.2, 1.7, 13)))
    return found["finite_size"].isel(doping=0)


def test_two_phases_are_of_first_order_with_their_latent_heat(first_order):
    found = first_order
    assert found["order"].attrs["flag_meanings"].split()[found["order"].item()] == "first_order"
    barriers = found["barrier"].values
    assert (np.diff(barriers) > 3 * found["barrier_stderr"].values[1:]).all()
    # 0.948³ in the infinite system
    latent = found["latent_heat_of_peaks"].item() / SI.boltzmann
    assert latent == pytest.approx(0.852, rel=0.08)
    assert abs(found["T_c_crossing"].item() - 1.4879) < 4 * found["T_c_crossing_stderr"].item()
    assert found["specific_heat_exponent"].item() == pytest.approx(1, abs=0.05)


def test_the_latent_heat_is_that_of_the_energies_beside_the_valley(three_spin_ising):
    spectrum, t = three_spin_ising(48), np.linspace(1.4, 1.6, 7)
    energy, order2 = spectrum.draw(t, 4096, np.random.default_rng(6))
    found = coexistence(SizeSeries(48, 48, t, energy, order2[:, :, None]), 1.49, 1.0, 16)
    assert found.order.kind == "first_order"
    p, above = spectrum.p(found.order.temperature)[0], spectrum.energy > found.order.valley
    means = [p[side] @ spectrum.energy[side] / p[side].sum() for side in (above, ~above)]
    exact = (means[0] - means[1]) / 48
    assert abs(found.latent_heat - exact) < 4 * found.latent_heat_stderr < 0.02


def test_a_weak_first_order_transition_is_not_called_continuous(infinite_range_blume_capel):
    """The order parameter jumps, but at these sizes the energy has one peak still."""
    spectra = {n: infinite_range_blume_capel(n, 0.48) for n in (40, 80, 160)}
    groups = diagram(spectra, np.linspace(0.16, 0.26, 15))
    found = analysed(groups)["finite_size"].isel(doping=0)
    assert found["barrier"].values[-1] < 0.3
    assert found["order"].attrs["flag_meanings"].split()[found["order"].item()] == "undecided"
    assert found["gamma_over_nu"].item() > 0.95
    assert abs(found["T_c_crossing"].item() - 0.23228) < 4 * found["T_c_crossing_stderr"].item()


def barriers(*dips):
    """Energy histograms of sizes 6, 9, 12, … with these barriers, each known to 0.1."""
    kinds = ["first_order" if dip > 0.5 else "continuous" for dip in dips]
    return [
        Coexistence(3.0 * (i + 2), TransitionOrder(kind, dip, 0.1, 1.0, ""))
        for i, (kind, dip) in enumerate(zip(kinds, dips, strict=True))
    ]


@pytest.mark.parametrize(
    ("dips", "gamma", "kind"),
    [
        ((0.6, 1.2, 2.0), 2.0, "first_order"),
        ((0.0, 0.8, 0.7), 2.0, "undecided"),  # two peaks that do not deepen
        ((0.0, 0.0, 0.8), 2.0, "undecided"),  # that only appear with size
        ((0.8, 0.9, 1.0), 2.0, "undecided"),
        ((0.0, 0.1, 0.1), 1.75, "continuous"),
        ((0.3, 0.1, 0.0), np.nan, "continuous"),
        ((0.0, 0.1, 0.1), 1.97, "undecided"),  # the order parameter jumps
        ((0.1,), 1.75, "undecided"),
    ],
)
def test_barriers_have_to_deepen(dips, gamma, kind):
    fits = {"gamma_over_nu": Fit(gamma, 0.02), "specific_heat_exponent": Fit(0.4, 0.1)}
    found = order_over_sizes(barriers(*dips), fits, 2)
    assert found.kind == kind
    assert "two sizes are needed" in found.reason or "L^2 at first order" in found.reason


def test_two_sizes_give_exponents_only(ising):
    two = {n: ising[n] for n in (64, 256)}
    found = analysed(diagram(two, TEMPERATURES))["finite_size"].isel(doping=0)
    assert abs(found["gamma_over_nu"].item() - 0.5) < 0.1
    assert found["gamma_over_nu_stderr"].item() > 0
    assert found["gamma_over_nu_dof"].item() == 0 and np.isnan(found["gamma_over_nu_chi2"])
    for name in ("T_c_susceptibility", "T_c_crossing", "T_c_collapse"):
        assert np.isnan(found[name])
    assert "sizes" in found["T_c_susceptibility_reason"].item()
    assert "three sizes" in found["collapse_reason"].item()


def test_places_without_a_transition_say_why(ising):
    groups = diagram({n: ising[n] for n in (64, 128)}, TEMPERATURES, n=256)
    crossover = {**groups, "series": groups["series"].copy(deep=True)}
    crossover["series"]["channel_crossover"][:] = 1
    found = analysed(crossover)["finite_size"].isel(doping=0)
    assert "crossover" in found["gamma_over_nu_reason"].item()
    missing = {**groups, "series": groups["series"].copy(deep=True)}
    missing["series"]["energy"][0] = np.nan
    found = analysed(missing)["finite_size"].isel(doping=0)
    assert "1 of 2 sizes can be used: a size has not been run" in found["order_reason"].item()
    assert np.isnan(found["susceptibility_peak"]).all() and not found["order"].item()
    cells = xr.Dataset({"cells": (("supercell", "vector"), [[4, 4, 4], [4, 4, 4]])})
    found = analysed({**groups, "structure": cells})["finite_size"].isel(doping=0)
    assert "same size" in found["order_reason"].item()
    assert np.isnan(found["linear_size"]).all()
    single = {name: group.isel(size=0, drop=True) for name, group in groups.items()}
    assert "finite_size" not in analysed(single)


def test_layers_count_as_samples_and_missing_ones_do_not():
    rng = np.random.default_rng(3)
    t = np.linspace(0.9, 1.1, 5)
    energy = rng.normal(-9 / t[:, None], 3.0, (5, 320))
    order2 = rng.random((5, 320, 2))
    both = size_curves(SizeSeries(6, 36, t, energy, order2), 0.95, 1.05, 1.0, 16)
    each = [
        size_curves(SizeSeries(6, 18, t, energy, order2[:, :, [i]]), 0.95, 1.05, 1.0, 16)
        for i in range(2)
    ]
    assert both.order[0] == pytest.approx((each[0].order + each[1].order)[0] / 2)
    # χ is that of the 18 carriers of a layer
    mean_square = sum(one.susceptibility * one.mesh / 18 + one.order**2 for one in each) / 2
    whole = 18 * (mean_square - both.order**2) / both.mesh
    assert both.susceptibility[0] == pytest.approx(whole[0])


def test_a_smaller_size_may_have_fewer_layers(ising):
    groups = diagram({n: ising[n] for n in (64, 256)}, TEMPERATURES)
    known = analysed(groups)
    series = groups["series"]
    twice = xr.concat([series["order_squared"]] * 2, "layer").copy(deep=True)
    twice[{"size": 0, "layer": 1}] = np.nan
    groups["series"] = series.drop_vars("order_squared").assign(order_squared=twice)
    found = analysed(groups)
    for name in ("T_susceptibility_peak", "order_at_crossing"):
        values = known["finite_size"][name].values
        assert np.isfinite(values).all()
        assert found["finite_size"][name].values == pytest.approx(values)
    assert found["/"]["T_charge_crossing"].values == pytest.approx(
        known["/"]["T_charge_crossing"].values
    )
