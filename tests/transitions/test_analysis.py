"""T_charge and domes of whole diagrams made by exact sampling of the infinite-range Ising model.

Its samples are exact and independent, and every transition has an exact finite-size answer.
"""

from itertools import product

import numpy as np
import pytest
import xarray as xr
from scipy.optimize import brentq, minimize_scalar
from trees import analysed

from mcsc.estimators.estimate import Estimate
from mcsc.transitions import Settings
from mcsc.transitions.charge import _of_order, _set_in_before
from mcsc.variables import declared

METHODS, KINDS = (declared(f"T_charge_{end}").flags for end in ("method", "order"))

TEMPERATURES = np.linspace(0.5, 1.6, 12)


def exact_peak(spectrum):
    """Temperature of the largest N (⟨m²⟩ − ⟨|m|⟩²) / T."""

    def minus(temperature):
        p = spectrum.p(temperature)[0]
        variance = p @ spectrum.modulus**2 - (p @ spectrum.modulus) ** 2
        return -variance / temperature

    return float(minimize_scalar(minus, bounds=(0.5, 1.3), method="bounded").x)


def groups(ising, sizes, strengths, n=1024):
    """A diagram with one doping a strength J: temperatures are measured in it, 0 is no coupling."""
    rng = np.random.default_rng(3)
    shape = (len(sizes), len(strengths), len(TEMPERATURES), n)
    energy, order = np.empty(shape), np.empty(shape)
    for (i, size), (j, strength) in product(enumerate(sizes), enumerate(strengths)):
        scaled = TEMPERATURES / strength if strength else np.full(len(TEMPERATURES), np.inf)
        energy[i, j], order[i, j] = ising(size).draw(scaled, n, rng)
        energy[i, j] *= strength
    return assemble(sizes, energy, order)


def assemble(sizes, energy, order):
    """The groups that the analysis reads."""
    n_dopings = energy.shape[1]
    grid = ("size", "doping")
    coords = {
        "temperature": ("temperature", TEMPERATURES, {"units": "1"}),
        "doping": ("doping", np.arange(n_dopings) + 0.5),
        "size": ("size", sizes),
    }
    carriers = np.repeat(np.array(sizes, float)[:, None], n_dopings, axis=1)
    series = xr.Dataset(
        {
            "energy": ((*grid, "temperature", "measurement"), energy),
            "order_squared": (
                (*grid, "temperature", "channel", "measurement", "layer"),
                order[:, :, :, None, :, None],
            ),
            "channel_wavevector": (
                (*grid, "channel", "hkl"),
                np.full((len(sizes), n_dopings, 1, 3), 0.5),
            ),
            "channel_components": ((*grid, "channel"), np.ones((len(sizes), n_dopings, 1), int)),
            "channel_crossover": (
                (*grid, "channel"),
                np.zeros((len(sizes), n_dopings, 1), np.int8),
            ),
            "channel_disordered": ((*grid, "channel"), 1 / carriers[:, :, None]),
            "n_carriers": (grid, carriers),
        },
        coords=coords,
    )
    converged = np.ones((len(sizes), n_dopings, len(TEMPERATURES)), np.int8)
    health = xr.Dataset({"converged": ((*grid, "temperature"), converged)}, coords=coords)
    root = xr.Dataset(coords=coords)
    everything = {"/": root, "series": series, "health": health}
    if len(sizes) == 1:
        return {name: dataset.isel(size=0, drop=True) for name, dataset in everything.items()}
    return everything


def test_the_susceptibility_peak_of_one_size(infinite_range_ising):
    found = analysed(groups(infinite_range_ising, [128], [1.0]))["/"].isel(doping=0)
    error = float(found["T_charge_stderr"])
    assert 0 < error < 0.02
    assert abs(float(found["T_charge"]) - exact_peak(infinite_range_ising(128))) < 4 * error
    assert METHODS[int(found["T_charge_method"])] == "susceptibility_peak"
    assert found["T_charge_wavevector"].values.tolist() == [0.5, 0.5, 0.5]
    assert int(found["T_charge_converged"]) == 1
    assert np.isnan(found["T_charge_stderr_size"])
    assert str(found["T_charge_stderr_size_reason"].values) == "one size"
    assert np.isnan(found["T_charge_upper_bound"]) and np.isnan(found["charge_order_onset"])


def test_the_crossing_of_two_sizes(infinite_range_ising):
    small, large = infinite_range_ising(64), infinite_range_ising(256)
    crossing = brentq(lambda t: large.binder(t) - small.binder(t), 0.8, 1.2)
    diagram = groups(infinite_range_ising, [64, 256], [1.0])
    found = analysed(diagram)["/"].isel(doping=0)
    error = float(found["T_charge_stderr"])
    assert METHODS[int(found["T_charge_method"])] == "binder_crossing"
    assert 0 < error < 0.05
    assert abs(float(found["T_charge"]) - crossing) < 4 * error
    assert found["T_charge_peak"].sizes == {"size": 2}
    assert float(found["T_charge_crossing"]) == float(found["T_charge"])
    # one crossing: how far the peak of the larger size is off it
    apart = abs(float(found["T_charge"] - found["T_charge_peak"][1]))
    assert float(found["T_charge_stderr_size"]) == pytest.approx(apart)
    assert "crossing and the largest peak" in str(found["T_charge_stderr_size_reason"].values)


def test_sizes_cross_where_neither_has_a_peak(infinite_range_ising):
    # the window begins between the peak of the larger size and the crossing
    small, large = infinite_range_ising(64), infinite_range_ising(256)
    crossing = brentq(lambda t: large.binder(t) - small.binder(t), 0.8, 1.2)
    strength = 0.9 / (0.5 * (exact_peak(large) + crossing))
    diagram = groups(infinite_range_ising, [64, 256], [strength], n=8192)
    cut = {name: group.isel(temperature=slice(4, None)) for name, group in diagram.items()}
    found = analysed(cut)["/"].isel(doping=0)
    assert np.isnan(found["T_charge_peak"]).all()
    assert np.isnan(found["T_charge_specific_heat"]).all()
    assert METHODS[int(found["T_charge_method"])] == "binder_crossing"
    error = float(found["T_charge_stderr"])
    assert abs(float(found["T_charge"]) - strength * crossing) < 4 * error < 0.2
    alone = {name: group.isel(size=1, drop=True) for name, group in cut.items()}
    found = analysed(alone)["/"].isel(doping=0)
    assert np.isnan(found["T_charge"]) and np.isnan(found["T_charge_wavevector"]).all()
    assert "susceptibility" in str(found["T_charge_reason"].values)


def test_no_coupling_no_transition(infinite_range_ising):
    found = analysed(groups(infinite_range_ising, [128], [0.0]))
    assert np.isnan(found["/"]["T_charge"]).all()
    assert "times that of random carriers" in str(found["/"]["T_charge_reason"].values[0])
    assert (found["/"]["T_charge_converged"] == 0).all()
    # all temperatures equilibrated: a transition, if any, lies below the coldest
    assert (found["/"]["T_charge_upper_bound"] == TEMPERATURES[0]).all()
    assert found["domes"].sizes["dome"] == 0


def test_a_valley_is_what_equilibrated(infinite_range_ising):
    everything = groups(infinite_range_ising, [128], [0.0, 1.0, 0.0, 0.0])
    peak = exact_peak(infinite_range_ising(128))
    at = int(np.searchsorted(TEMPERATURES, peak))
    # the left neighbour: a single doubt at the third temperature, and one at the coldest
    everything["health"]["converged"].values[0, [0, 2]] = 0
    found = analysed(everything)
    np.testing.assert_allclose(
        found["/"]["T_charge_upper_bound"],
        [TEMPERATURES[3], np.nan, TEMPERATURES[0], TEMPERATURES[0]],
    )
    dome = found["domes"].isel(dome=0)
    assert int(dome["bounded"]) == 1 and float(dome["valley"]) == TEMPERATURES[3]
    height = float(dome["dome_temperature"]) - TEMPERATURES[3]
    assert float(dome["significance"]) == pytest.approx(
        height / float(dome["dome_temperature_stderr"])
    )
    # and where it did not up to the dome's own height, the dome is open
    everything["health"]["converged"].values[0, : at + 1] = 0
    domes = analysed(everything)["domes"]
    assert domes["bounded"].values.tolist() == [0]
    assert np.isnan([domes["valley"][0], domes["significance"][0], domes["valley_left"][0]]).all()
    assert float(domes["valley_right"][0]) == TEMPERATURES[0]
    # a point that has not been run tells nothing either
    everything["health"]["converged"].values[:] = 1
    everything["series"]["energy"].values[0] = np.nan
    assert analysed(everything)["domes"]["bounded"].values.tolist() == [0]


def test_two_strong_fillings_make_two_domes(infinite_range_ising):
    strengths = [0.0, 0.7, 1.0, 0.7, 0.0, 0.7, 1.0, 0.7, 0.0]
    found = analysed(groups(infinite_range_ising, [128], strengths))
    line = found["/"]["T_charge"].values
    assert np.isnan(line[[0, 4, 8]]).all()
    domes = found["domes"]
    assert domes["dome_doping"].values.tolist() == [2.5, 6.5]
    peak = exact_peak(infinite_range_ising(128))
    apart = np.abs(domes["dome_temperature"] - peak).max()
    assert apart < 4 * float(domes["dome_temperature_stderr"].max())
    # where nothing orders it does so below the coldest temperature
    assert domes["bounded"].values.tolist() == [1, 1]
    assert domes["valley"].values.tolist() == [TEMPERATURES[0]] * 2
    strict = analysed(groups(infinite_range_ising, [128], strengths), Settings(significance=1e6))
    assert strict["domes"].sizes["dome"] == 0


def test_a_glassy_cold_end_is_left_out_and_said(infinite_range_ising):
    everything = groups(infinite_range_ising, [128], [1.0])
    # the cold chains are stuck in disorder: no order remains where the run equilibrated
    everything["health"]["converged"][0, :8] = 0
    found = analysed(everything)["/"].isel(doping=0)
    assert np.isnan(found["T_charge"])
    assert "not equilibrated at" in str(found["T_charge_reason"].values)
    everything["health"]["converged"][:] = 0
    found = analysed(everything)["/"].isel(doping=0)
    assert "did not equilibrate: run longer" in str(found["T_charge_reason"].values)


def test_one_doubtful_temperature_only_marks_the_result(infinite_range_ising):
    everything = groups(infinite_range_ising, [128], [1.0])
    nearest = int(np.argmin(np.abs(TEMPERATURES - exact_peak(infinite_range_ising(128)))))
    everything["health"]["converged"][0, nearest] = 0
    found = analysed(everything)["/"].isel(doping=0)
    assert np.isfinite(found["T_charge"])
    assert int(found["T_charge_converged"]) == 0


def test_a_missing_task_is_said(infinite_range_ising):
    everything = groups(infinite_range_ising, [128], [1.0, 1.0])
    everything["series"]["energy"][1] = np.nan
    found = analysed(everything)["/"]
    assert np.isfinite(found["T_charge"].values[0])
    assert "has not been run" in str(found["T_charge_reason"].values[1])


@pytest.mark.parametrize("name", ["T_charge", "T_charge_stderr", "T_charge_peak"])
def test_units_follow_the_temperature(infinite_range_ising, name):
    found = analysed(groups(infinite_range_ising, [128], [1.0]))["/"]
    assert found[name].attrs["units"] == "1"
    assert found[name].dims == ("doping",)


def test_a_specific_heat_peak_needs_sharpness_and_order():
    temperatures = np.linspace(0.5, 1.5, 11)
    rng = np.random.default_rng(5)
    spread = np.exp(-(((temperatures - 1.0) / 0.1) ** 2))
    # Var(E)/T² is 1 far from the peak and 4 on it
    sharp = rng.normal(size=(11, 4096)) * (temperatures * (1 + spread))[:, None]
    broad = rng.normal(size=(11, 4096)) * (temperatures * (1 + 0.15 * spread))[:, None]
    heat = Estimate(1.0, 0.01)
    falling = np.linspace(1.0, 2.0, 11)
    late = np.where(temperatures < 0.65, 1.0, 2.0)
    assert _of_order(heat, temperatures, sharp, falling) is heat
    assert "broad hump" in _of_order(heat, temperatures, broad, falling).reason
    assert "hardly begun" in _of_order(heat, temperatures, sharp, late).reason
    nothing = Estimate(np.nan, np.nan, "no peak")
    assert _of_order(nothing, temperatures, sharp, falling) is nothing


def test_a_susceptibility_that_hardly_falls_below_its_peak_is_no_onset():
    temperatures = np.linspace(0.5, 1.5, 11)
    heat, peak = Estimate(1.2, 0.01), Estimate(0.9, 0.02)
    noise = np.random.default_rng(6).normal(size=4096)

    def squared(response):
        return (2.0 + np.outer(np.sqrt(response * temperatures), noise)) ** 2

    hump = 0.02 * np.where(temperatures < 0.85, 0.9, np.where(temperatures < 0.95, 1.0, 0.5))
    onset = 0.02 * np.where(abs(temperatures - 0.9) < 0.1, 1.0, 0.5)
    assert _set_in_before(peak, heat, temperatures, squared(hump))
    assert not _set_in_before(peak, heat, temperatures, squared(onset))
    # a specific heat that peaks there too, or none
    near, nothing = Estimate(0.95, 0.01), Estimate(np.nan, np.nan, "no peak")
    assert not _set_in_before(peak, near, temperatures, squared(hump))
    assert not _set_in_before(peak, nothing, temperatures, squared(hump))


def test_order_of_inequivalent_wells_is_called_a_crossover(infinite_range_ising):
    everything = groups(infinite_range_ising, [64, 256], [1.0])
    everything["series"]["channel_crossover"][:] = 1
    found = analysed(everything)["/"].isel(doping=0)
    assert KINDS[int(found["T_charge_order"])] == "crossover"
    # sizes cannot cross where no symmetry is broken: the peak of the largest stands for it
    assert METHODS[int(found["T_charge_method"])] == "susceptibility_peak"
    assert np.isnan(found["T_charge_crossing"])
    assert abs(float(found["T_charge"]) - exact_peak(infinite_range_ising(256))) < 4 * float(
        found["T_charge_stderr"]
    )
