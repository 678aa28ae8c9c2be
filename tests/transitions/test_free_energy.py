"""Free energies of small crystals against sums over all arrangements, and what they give."""

from dataclasses import replace
from functools import cache

import numpy as np
import pytest
import xarray as xr
from exact import energies, periodic_coulomb, system
from trees import analysed

from mcsc import chain, diagram
from mcsc.chain import Task
from mcsc.chain.join import joined
from mcsc.estimators.isotherm import isotherms
from mcsc.files.tree import groups_of
from mcsc.sampling import Sampling
from mcsc.structure import textbook

WELLS = textbook("kagome-wells", 1.69)
TEMPERATURES = tuple(np.geomspace(0.07, 0.3, 5))
NUMBER = np.arange(1, 12)
SHORT = Sampling(sweeps=2000, warmup=2000, measurements=500, exchange_interval=2)


def kagome(**more):
    return Task(WELLS, (2, 2, 1), 6, TEMPERATURES, **{"window": (1, 11), "sampling": SHORT, **more})


def charging():
    """c of the wells, from Ewald sums of the tests' own."""
    centres = np.array([well.centre for well in WELLS.wells])
    between = (centres[:, None] - centres[None]).reshape(-1, 3)
    return -periodic_coulomb(WELLS.cell, between).sum() / len(centres) ** 2


@cache
def exact(n_cells=4):
    """F(N) + ½ c N²/N_cells (T, 13) of all 4096 arrangements."""
    found = system(WELLS, (2, 2, 1))
    full = (np.arange(2**12)[:, None] >> np.arange(12)) & 1
    energy, number = energies(found, full - 1), full.sum(axis=1)
    thermal = np.array(TEMPERATURES)[:, None]
    free = [
        -thermal * np.log(np.exp(-energy[number == n] / thermal).sum(axis=1, keepdims=True))
        for n in range(13)
    ]
    return np.concatenate(free, axis=1) + 0.5 * charging() * np.arange(13) ** 2 / n_cells


def grand_canonical(free, mu, thermal, n_cells=4):
    """Mean number and compressibility at a chemical potential."""
    n = np.arange(len(free))
    p = np.exp(-(free - free.min() - mu * n) / thermal)
    mean = p @ n / p.sum()
    return mean, (p @ (n - mean) ** 2) / p.sum() / (n_cells * thermal)


def diagram_of(runs, numbers, structures=(WELLS,), **more):
    """A diagram of one window on a line over the doping: runs of it by annealing."""
    task = kagome()
    results = {
        (0, 0, i): joined(
            replace(task, n_carriers=int(n)),
            [[run.isel(carriers=n - 1, missing_dims="ignore")] for run in runs],
        )
        for i, n in enumerate(numbers)
    }
    axes = {
        "size": xr.DataArray([4], dims="size"),
        "direction": xr.DataArray([""], dims="direction"),
        "doping": xr.DataArray(np.array(numbers) / 4, dims="doping", attrs={"units": "1"}),
    }
    more = {"charging_energies": [task.interactions.charging_energy(WELLS)], **more}
    return diagram.merge(
        results, axes, structures=structures, sizes=[(2, 2, 1)], coulomb_temperatures=[1.0],
        particle_hole=[True], **more,
    )  # fmt: skip


@pytest.fixture(scope="module")
def runs():
    """Sixteen independent runs: four diagrams of four."""
    return [chain.run(kagome(annealing=k)) for k in range(16)]


@pytest.fixture(scope="module")
def found(runs):
    return analysed(diagram_of(runs[:4], NUMBER))


def rms(z):
    """Of all scores but of what is exact in every run."""
    z = np.concatenate([np.ravel(one) for one in z])
    return np.sqrt(np.mean(z[np.abs(z) > 1e-6] ** 2))


def test_free_energy_potential_and_compressibility_are_those_of_enumeration(runs):
    steps = np.array([run["series"]["log_partition_step"].values[..., 0] for run in runs])
    scores = {name: [] for name in ("free_energy", "slope", "variance", "reflected")}
    for k, thermal in enumerate(TEMPERATURES):
        for four in steps[..., k].reshape(4, 4, -1):
            (one,) = isotherms(NUMBER, four, NUMBER)
            one = one.completed(charging() / (4 * thermal))
            # short runs may miss a number at the lowest temperature
            free = exact()[k, one.number] / thermal
            true = replace(one, free_energy=free)
            value, error = one.relative_to(0)
            scores["free_energy"].append((value - free + free[0])[1:] / error[1:])
            value, error = one.slope()
            scores["slope"].append((value - true.slope()[0]) / error)
            value, error = one.variance()
            scores["variance"].append((value - true.variance()[0]) / error)
            value, error = one.reflected(12)
            scores["reflected"].append(value / error)
    # few runs of twelve wells, and what is wrong with one free energy is so with the next
    assert all(0.6 < rms(z) < 1.4 for z in scores.values())
    assert 0.8 < rms([z for several in scores.values() for z in several]) < 1.2


def test_a_diagram_has_them_with_errors(found):
    root = found["/"]
    free = exact()[:, 1:12].T
    # of H with the uniform background, per cell, less that of the fewest carriers
    plain = free - 0.5 * charging() * NUMBER[:, None] ** 2 / 4
    expected = (plain - plain[0]) / 4
    assert root["free_energy"].dims == ("doping", "temperature")
    assert (root["free_energy"].values[0] == 0).all()
    np.testing.assert_allclose(root["free_energy"], expected, atol=0.01)
    assert rms(((root["free_energy"] - expected) / root["free_energy_stderr"]).values[1:]) < 2
    slope = (free[2:] - free[:-2]) / 2
    np.testing.assert_allclose(root["chemical_potential"][1:-1], slope, atol=0.03)
    assert np.isnan(root["chemical_potential"].values[[0, -1]]).all()
    assert root["free_energy"].attrs["ancillary_variables"] == "free_energy_stderr"
    residual = found["coexistence"]["particle_hole_residual"].values
    assert residual.shape == (5,)
    assert (residual < 3).all()
    flags = root["coexisting"].attrs["flag_meanings"].split()
    assert flags == ["undecided", "one_phase", "coexisting"]
    assert (root["coexisting"] == flags.index("one_phase")).all()
    assert found["coexistence"].sizes["region"] == 0


def test_it_is_the_chemical_potential_of_runs_that_fix_it(found):
    """μ and ∂x/∂μ, of the free energy and of a ladder whose carriers come and go."""
    root, mu = found["/"], 0.05
    sampling = Sampling(sweeps=8000, warmup=2000, measurements=4000, exchange_interval=2)
    ladder = chain.run(kagome(window=None, chemical_potential=mu, sampling=sampling))["/"]
    for k in range(1, 5):
        mean, spread = grand_canonical(exact()[k], mu, TEMPERATURES[k])
        per_cell, error = (float(ladder[f"carriers_per_cell{e}"][k]) for e in ("", "_stderr"))
        assert abs(per_cell - mean / 4) < 4 * error
        x, slope = root["doping"].values, root["chemical_potential"].values[:, k]
        # a crystal of twelve wells: whole numbers are coarse
        assert np.interp(per_cell, x, slope) == pytest.approx(mu, abs=0.02)
        stiff, err = (float(ladder[f"compressibility{e}"][k]) for e in ("", "_stderr"))
        assert abs(stiff - spread) < 4 * err
        here = np.interp(per_cell, x, root["compressibility"].values[:, k])
        assert here == pytest.approx(stiff, rel=0.1)


def test_missing_windows_end_it(runs):
    numbers = [1, 2, 3, 4, 7, 8, 9, 10, 11]
    found = analysed(diagram_of(runs[:4], numbers))
    root = found["/"]
    known = np.isfinite(root["free_energy"].values).all(axis=1)
    assert np.array(numbers)[known].tolist() == [1, 2, 3, 4]
    known = np.isfinite(root["chemical_potential"].values).all(axis=1)
    assert np.array(numbers)[known].tolist() == [2, 3, 8, 9, 10]


def test_nothing_is_said_without_windows_or_charging_energy(runs):
    groups = diagram_of(runs[:4], NUMBER, charging_energies=())
    assert "free_energy" not in analysed(groups)["/"]
    groups = groups_of(diagram_of(runs[:4], NUMBER))
    groups["series"] = groups["series"].drop_vars("log_partition_step")
    again = analysed(groups)
    assert "coexistence" not in again
    assert "coexisting" not in again["/"]
