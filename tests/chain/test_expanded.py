"""Expanded ensembles against enumeration: every number of carriers of small crystals."""

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

import mcsc
from mcsc import chain
from mcsc.chain import Stopped, Task
from mcsc.chain.first_weights import log_arrangements
from mcsc.chain.join import joined
from mcsc.kernels.move_table import MOVES
from mcsc.sampling import Sampling

TEMPERATURES = tuple(np.geomspace(0.07, 0.3, 5))
SAMPLING = Sampling(sweeps=4000, warmup=2000, measurements=1000, exchange_interval=2)


def spectra(task):
    """Energies of all arrangements by number of carriers, from pair sums of the model."""
    model = task.build()
    lattice = model.lattice
    n_cell = lattice.structure.n_wells
    states = np.array(lattice.states_per_well)
    offset = np.concatenate([[0], np.cumsum(states)])
    wells = [
        [(offset[b] + s, cell) for s in range(states[b])]
        for cell in lattice.cells
        for b in range(n_cell)
    ]
    flat = [state for well in wells for state in well]
    m = np.array([state[0] for state in flat])
    cells = np.array([state[1] for state in flat])
    d = (cells[None] - cells[:, None]) % np.array(task.size)
    pair = model.pair[m[:, None], m[None], d[..., 0], d[..., 1], d[..., 2]]
    site = model.site_energies[m, cells[:, 0], cells[:, 1], cells[:, 2]]
    found = {0: [0.0]}
    arrangements = [((), 0.0)]
    index = 0
    for well in wells:
        added = []
        for held, energy in arrangements:
            for s in range(len(well)):
                k = index + s
                added.append(((*held, k), energy + site[k] + pair[k, list(held)].sum()))
        arrangements += added
        index += len(well)
    for held, energy in arrangements[1:]:
        found.setdefault(len(held), []).append(energy)
    return {n: np.array(energies) for n, energies in found.items()}


def exact(task):
    """ln Z, mean and variance of the energy (numbers, T) by enumeration, from the fewest on."""
    found = spectra(task)
    thermal = task.units.boltzmann * np.array(task.temperatures)
    fewest, most = task.window
    rows = []
    for n in range(fewest, most + 1):
        least = found[n].min()
        weights = np.exp(-(found[n][:, None] - least) / thermal)
        weight = weights.sum(axis=0)
        mean, square = ((weights * found[n][:, None] ** k).sum(axis=0) / weight for k in (1, 2))
        rows.append((np.log(weight) - least / thermal, mean, square - mean**2))
    return np.array(rows).transpose(1, 0, 2)


def kagome(**more):
    wells = mcsc.textbook("kagome-wells", 1.69)
    more = {"window": (1, 11), "sampling": SAMPLING, **more}
    return Task(wells, (2, 2, 1), 6, TEMPERATURES, **more)


def displaced(**more):
    wells = mcsc.with_states(mcsc.textbook("cubic"), "faces", length=0.2)
    more = {"window": (1, 3), "sampling": SAMPLING, **more}
    return Task(wells, (2, 2, 1), 2, TEMPERATURES, **more)


@pytest.fixture(scope="module")
def runs():
    """Eight independent runs of one window."""
    return [chain.run(kagome(annealing=k)) for k in range(8)]


def rms(z):
    return np.sqrt((z[np.isfinite(z)] ** 2).mean())


def scores(values, expected):
    error = values.std(axis=0, ddof=1) / np.sqrt(len(values))
    # what is exact in every run has no error to be measured by
    known = error > 1e-7
    np.testing.assert_allclose(values.mean(axis=0)[~known], expected[~known], atol=1e-6)
    return np.where(known, (values.mean(axis=0) - expected) / np.where(known, error, 1.0), np.nan)


def test_free_energies_and_energies_are_those_of_enumeration(runs):
    log_partition, energy, variance = exact(kagome())
    step = np.array([run["series"]["log_partition_step"].values[..., 0] for run in runs])
    assert np.isnan(step[:, -1]).all()
    # eight runs: Student's t with 7 degrees of freedom, rms 1.18
    assert 0.8 < rms(scores(step[:, :-1], np.diff(log_partition, axis=0))) < 1.5
    found = np.array([run["/"]["energy"].values for run in runs])
    carriers = np.arange(1, 12)[:, None]
    assert 0.7 < rms(scores(found * carriers, energy)) < 1.5
    heat = np.array([run["/"]["specific_heat"].values for run in runs])
    per_thermal = variance / np.array(TEMPERATURES) ** 2
    assert 0.7 < rms(scores(heat * carriers, per_thermal)) < 1.5
    for name, one in (("mean_energy", energy), ("energy_variance", variance)):
        each = np.array([run["series"][name].values[..., 0] for run in runs])
        assert 0.7 < rms(scores(each, one)) < 1.5
    # the error that one run gives, and the scatter of eight
    claimed = np.sqrt(np.mean([run["/"]["energy_stderr"].values ** 2 for run in runs], axis=0))
    known = found.std(axis=0) > 1e-7
    assert 0.7 < np.median((claimed / found.std(axis=0, ddof=1))[known]) < 1.4
    assert np.abs(step[:, :-1].mean(axis=0) - np.diff(log_partition, axis=0)).max() < 0.2


def test_every_number_is_visited_alike(runs):
    visits = np.mean([run["health"]["visits"].values for run in runs], axis=0)
    np.testing.assert_allclose(visits.mean(axis=0), 1.0, rtol=1e-6)
    assert visits.min() > 0.4
    assert all(int(run["health"]["number_round_trips"][0]) > 20 for run in runs)


def test_numbers_are_visited_as_is_wanted():
    """Eleven numbers in proportion, with the ln Z and energies of enumeration."""
    wanted = (1, 1, 2, 4, 8, 4, 2, 1, 1, 6, 1)
    task = kagome(emphasis=wanted)
    log_partition, energy, _ = exact(task)
    runs = [chain.run(replace(task, annealing=k)) for k in range(8)]
    visits = np.mean([run["health"]["visits"].values for run in runs], axis=0)
    asked = 11 * np.array(wanted)[:, np.newaxis] / sum(wanted)
    # as far as so short a warm-up knows the weights
    np.testing.assert_allclose(visits[:, 2:], asked + np.zeros((11, 3)), rtol=0.5)
    step = np.array([run["series"]["log_partition_step"].values[:-1, :, 0] for run in runs])
    assert 0.7 < rms(scores(step, np.diff(log_partition, axis=0))) < 1.5
    found = np.array([run["/"]["energy"].values for run in runs])
    assert 0.7 < rms(scores(found * np.arange(1, 12)[:, None], energy)) < 1.5


def test_annealings_are_judged_together(runs):
    task = replace(kagome(), n_carriers=4)
    views = [run.isel(carriers=3, missing_dims="ignore") for run in runs]
    found = joined(task, [[view] for view in views])
    assert found["series"]["log_partition"].dims == ("temperature", "annealing")
    assert found["series"].sizes["annealing"] == 8
    assert (found["health"]["converged"].values == 1).all()
    views[0]["series"] = views[0]["series"].copy(deep=True)
    views[0]["series"]["log_partition"][:] += 2.0
    doubted = joined(task, [[view] for view in views])["health"]
    assert (doubted["converged"].values == 0).all()
    assert (doubted["log_partition_difference"].values > 0.9).all()
    # no annealing has seen all numbers
    for view in views:
        view["series"] = view["series"].assign(log_partition=np.nan * view["series"].log_partition)
    unknown = joined(task, [[view] for view in views])["health"]
    assert (unknown["converged"].values == 0).all()
    assert np.isnan(unknown["log_partition_difference"].values).all()


def test_annealings_that_missed_a_number_or_differ_by_chance_leave_it_converged(runs):
    task = replace(kagome(), n_carriers=4)

    def health(missing=0, off=0.0, of=slice(0)):
        views = [run.isel(carriers=3, missing_dims="ignore").copy(deep=True) for run in runs]
        for view in views[:missing]:
            view["series"]["energy"][:] = np.nan
        for view in views[of]:
            view["series"]["energy"] += off * view["series"]["energy"].std("measurement")
        return joined(task, [[view] for view in views])["health"]

    assert (health(missing=2)["converged"].values == 1).all()
    # four have to be left
    assert (health(missing=5)["converged"].values == 0).all()
    # one that lies far off is too little motion, two in one of four groups are another phase
    # (nothing moves at the coldest temperature)
    assert (health(off=4.0, of=slice(1))["converged"].values[1:] == 0).all()
    assert health(off=4.0, of=slice(0, None, 4))["glassy"].values[1:].all()


@pytest.mark.parametrize("field", [0.0, 0.4])
def test_wells_of_several_states_in_a_field(field):
    task = displaced(field=field)
    log_partition, energy, _ = exact(task)
    runs = [chain.run(replace(task, annealing=k)) for k in range(6)]
    step = np.array([run["series"]["log_partition_step"].values[:-1, :, 0] for run in runs])
    assert rms(scores(step, np.diff(log_partition, axis=0))) < 2.0
    found = np.array([run["/"]["energy"].values for run in runs])
    assert rms(scores(found * np.arange(1, 4)[:, None], energy)) < 2.0


def test_layers_are_exchanged_with_their_carriers():
    moves = (("layer_exchange", 1.0), ("row_shift", 0.5))
    wells = mcsc.textbook("kagome-wells", 1.69)
    task = Task(
        wells,
        (2, 1, 2),
        6,
        TEMPERATURES,
        window=(3, 9),
        sampling=replace(SAMPLING, moves=moves, exchange_interval=1),
    )
    log_partition, energy, _ = exact(task)
    runs = [chain.run(replace(task, annealing=k)) for k in range(6)]
    step = np.array([run["series"]["log_partition_step"].values[:-1, :, 0] for run in runs])
    assert rms(scores(step, np.diff(log_partition, axis=0))) < 2.0
    found = np.array([run["/"]["energy"].values for run in runs])
    assert rms(scores(found * np.arange(3, 10)[:, None], energy)) < 2.0
    exchanged = runs[0]["health"]["acceptance"].values[0, :-1, MOVES.index("layer_exchange")]
    assert exchanged.min() > 0.05


def test_tasks_of_one_window_are_one_chain():
    assert kagome().digest() == replace(kagome(), n_carriers=3).digest()
    assert kagome().digest() != kagome(window=(1, 10)).digest()
    with pytest.raises(ValueError, match="window = 7 to 11 carriers, n_carriers = 6"):
        kagome(window=(7, 11))
    with pytest.raises(ValueError, match="chemical_potential beside a window"):
        kagome(chemical_potential=0.1)
    assert kagome().digest() != kagome(emphasis=(1,) * 11).digest()
    with pytest.raises(ValueError, match="emphasis = \\[1, 2\\]: give a number from 1 for each"):
        kagome(emphasis=(1, 2))
    with pytest.raises(ValueError, match="emphasis"):
        kagome(window=None, emphasis=(1, 2))


def test_a_stopped_chain_goes_on_to_the_same_bits(tmp_path: Path):
    short = Sampling(sweeps=1600, warmup=400, measurements=800, exchange_interval=2)
    task = kagome(sampling=short)
    whole = chain.run(task)
    path, asked = tmp_path / "one.checkpoint", 0

    def stop():
        nonlocal asked
        asked += 1
        return asked % 7 == 0

    while True:
        try:
            # which number is asked for makes no difference
            found = chain.run(replace(task, n_carriers=2), path, stop=stop)
            break
        except Stopped:
            continue
    assert asked > 40
    assert whole.identical(found)


def test_arrangements_of_unequal_wells():
    # (1 + x)(1 + 2x)(1 + 3x) = 1 + 6x + 11x² + 6x³
    np.testing.assert_allclose(np.exp(log_arrangements(np.array([1, 2, 3]))), [1, 6, 11, 6])
