"""Ladders that go on from another, and the tasks of one ladder taken together."""

from dataclasses import replace

import numpy as np
import pytest
from exact import boltzmann, configurations, crystal, energies, system
from exact import well as make_well

from mcsc.chain import FieldProtocol, Sampling, Stopped, Task, run
from mcsc.chain.convergence import agreement
from mcsc.chain.join import joined
from mcsc.chain.run import kernel_tables
from mcsc.chain.start import place_as_in, random_state
from mcsc.files.tree import group, with_groups
from mcsc.kernels import ladder
from mcsc.model import Interactions, ShortRangeTerm
from mcsc.structure import textbook
from mcsc.units import SI

CELL = np.array([[4.0, 0.2, 0.0], [-1.0, 4.5, 0.3], [0.3, 0.1, 5.0]])
SKEW = crystal(
    CELL,
    make_well(
        "one", (0, 0, 0), [(0, 0, 0), (0.5, 0.1, 0.1), (-0.3, 0.4, 0)], [0, 0.02, 0.03], -0.02
    ),
    make_well("two", (1.9, 2.2, 2.4), [(0, 0, 0), (0, 0.4, -0.3), (0.3, 0, 0.5)], [0, 0.04, 0]),
)
TASK = Task(
    SKEW,
    (2, 2, 1),
    3,
    (350.0, 700.0, 1400.0),
    Interactions(relative_permittivity=8.0),
    sampling=Sampling(sweeps=2560, warmup=256, measurements=512, exchange_interval=5),
    seed=2,
)
MORE = replace(TASK, sampling=replace(TASK.sampling, warmup=0), continues=TASK)
OTHER = replace(TASK, annealing=1)
MORE_OF_OTHER = replace(MORE, annealing=1, continues=OTHER)


@pytest.fixture(scope="module")
def results():
    first, other = run(TASK), run(OTHER)
    return (first, run(MORE, before=first)), (other, run(MORE_OF_OTHER, before=other))


def test_other_parts_and_annealings_have_other_names():
    tasks = [TASK, MORE, replace(MORE, continues=MORE), OTHER, MORE_OF_OTHER]
    assert len({task.digest() for task in tasks}) == len(tasks)
    assert replace(TASK, annealing=0, continues=None).digest() == TASK.digest()


@pytest.mark.parametrize("potential", [None, -0.05])
def test_a_ladder_goes_on_where_the_last_snapshot_is(potential):
    task = replace(TASK, chemical_potential=potential)
    before = run(task)
    model = task.build()
    tables, _ = kernel_tables(model)
    state = random_state(replace(MORE, chemical_potential=potential, continues=task), tables)
    snapshot = before["samples"]["state"].values
    place_as_in(tables, state, snapshot)
    ladder.recompute(tables, state)
    expected = [model.energy(row) for row in snapshot]
    np.testing.assert_allclose(state.energy, expected, atol=1e-10)
    assert state.number.tolist() == (snapshot >= 0).sum(axis=1).tolist()
    for r, n in enumerate(state.number):
        filled = tables.well[state.carriers[r, :n]]
        assert state.slot[r, filled].tolist() == list(range(n))
        empty = state.empty[r, : snapshot.shape[1] - n]
        assert sorted([*filled, *empty]) == list(range(snapshot.shape[1]))
        assert state.slot[r, empty].tolist() == [-1 - i for i in range(len(empty))]


def test_a_continued_ladder_is_resumed_with_the_same_bits(tmp_path, results):
    before = results[0][0]
    with pytest.raises(Stopped):
        run(MORE, tmp_path / "a", before=before, stop=lambda: True)
    again = run(MORE, tmp_path / "a", before=before)
    for one, two in zip(again.subtree, results[0][1].subtree, strict=True):
        for name in two.variables:
            assert one[name].values.tobytes() == two[name].values.tobytes(), name


@pytest.mark.parametrize("potential", [0.02, None])
def test_ladders_in_vector_lanes_go_on_too(potential):
    """Wells of one state with neighbours only: sampled by heat baths, with or without μ."""
    cubic = textbook("cubic")
    near = ShortRangeTerm(("site", "site"), 0.1, shell=1)
    task = Task(
        cubic, (4, 4, 4), 32, (0.05, 0.1, 0.2), Interactions(coulomb=False, short_range=(near,)),
        chemical_potential=potential,
        sampling=Sampling(sweeps=640, warmup=64, measurements=64, exchange_interval=5),
    )  # fmt: skip
    before = run(task)
    more = replace(task, continues=task, sampling=replace(task.sampling, warmup=0))
    after = run(more, before=before)
    whole = joined(task, [[before, after]])
    assert whole["health"]["energy_drift"] < 1e-9
    parts = (before["/"]["energy"], after["/"]["energy"])
    # the mean number of carriers, and with it m² of random ones, differs between the parts
    assert whole["series"].sizes["channel"] > 0
    np.testing.assert_allclose(whole["/"]["energy"], np.mean(parts, axis=0), rtol=1e-12)
    model, snapshot = task.build(), after["samples"]["state"].values
    shift = 0.0 if potential is None else potential * (snapshot >= 0).sum(axis=1)
    energy = np.array([model.energy(row) for row in snapshot]) - shift
    np.testing.assert_allclose(after["series"]["energy"][:, -1], energy, atol=1e-9)


def test_nothing_to_continue():
    with pytest.raises(ValueError, match="continues"):
        run(MORE)
    with pytest.raises(ValueError, match="cannot continue"):
        replace(MORE, protocol=FieldProtocol((0.0, 0.1)))


def test_all_parts_together_against_exact_sums(results):
    whole = joined(TASK, results)
    found = system(SKEW, TASK.size, coulomb=SI.coulomb / 8.0)
    states = configurations(found, TASK.n_carriers)
    energy = energies(found, states)
    for i, temperature in enumerate(TASK.temperatures):
        kt = SI.boltzmann * temperature
        p = boltzmann(energy, kt)
        mean = p @ energy
        exact = {"energy": mean / 3, "specific_heat": (p @ energy**2 - mean**2) / (3 * kt**2)}
        for name, value in exact.items():
            error = float(whole["/"][f"{name}_stderr"][i])
            assert abs(float(whole["/"][name][i]) - value) < 4 * error, name
            alone = [float(part["/"][f"{name}_stderr"][i]) for row in results for part in row]
            # four equal parts: half the error of one
            assert error == pytest.approx(np.sqrt(np.sum(np.square(alone))) / 4)
    assert int(whole["health"]["sweeps"]) == 4 * TASK.sampling.sweeps
    assert whole["series"].sizes["measurement"] == 4 * TASK.sampling.measurements
    assert not whole["health"]["glassy"].any()
    assert whole["health"]["converged"].all()
    assert (np.abs(whole["health"]["r_hat"] - 1) < 0.05).all()
    trips = [int(part["health"]["round_trips"]) for row in results for part in row]
    assert int(whole["health"]["round_trips"]) == sum(trips)


def test_one_part_is_itself(results):
    only = results[0][0]
    whole = joined(TASK, [[only]])
    assert group(whole).identical(group(only))
    assert "glassy" not in whole["health"]
    assert group(whole, "health").drop_vars("sweeps").identical(group(only, "health"))


def test_health_of_parts_is_that_of_the_run_they_are_parts_of(results):
    """A run cut in two and joined again is judged as before."""
    only = results[0][0]
    n = TASK.sampling.measurements // 2
    halves = [
        only.isel(measurement=slice(k * n, (k + 1) * n), missing_dims="ignore") for k in (0, 1)
    ]
    whole = joined(TASK, [halves])
    xr_equal = whole["series"].equals(only["series"])
    assert xr_equal
    for name in ("tau_energy", "tau_order", "tau_displacement", "half_difference", "converged"):
        np.testing.assert_allclose(
            whole["health"][name], only["health"][name], rtol=1e-4, err_msg=name
        )


def autoregressive(rng, n, tau, columns):
    """(n, columns) AR(1) series of unit variance with integrated time ``tau``."""
    a = (2 * tau - 1) / (2 * tau + 1)
    x = np.empty((n, columns))
    x[0] = rng.normal(size=columns)
    for i in range(1, n):
        x[i] = a * x[i - 1] + np.sqrt(1 - a * a) * rng.normal(size=columns)
    return x


def test_annealings_of_the_same_distribution_agree():
    """Of 300 pairs of chains of 100 independent samples hardly any is called glassy."""
    rng = np.random.default_rng(1)
    pair = [{"energy": autoregressive(rng, 1000, 5.0, 300)} for _ in range(2)]
    found = agreement(pair)
    assert found["glassy"].sum() <= 2
    # the difference is about normal: its square has a mean of 1
    assert np.mean(found["annealing_difference"] ** 2) == pytest.approx(1.0, abs=0.3)


def test_annealings_in_other_valleys_are_glassy():
    rng = np.random.default_rng(2)
    low, high = (autoregressive(rng, 1000, 5.0, 20) for _ in range(2))
    found = agreement([{"energy": low}, {"energy": high + 1.0}])
    assert found["glassy"].all()
    # a drift that both share is no disagreement of means, but of halves
    drift = np.linspace(-2, 2, 1000)[:, None]
    found = agreement([{"energy": low + drift}, {"energy": high + drift}])
    assert (found["r_hat"] > 1.1).all()


def test_frozen_annealings():
    frozen = np.zeros((100, 1))
    found = agreement([{"energy": frozen}, {"energy": frozen}])
    assert np.isnan(found["r_hat"]).all()
    assert not found["glassy"].any()
    found = agreement([{"energy": frozen}, {"energy": frozen + 1e-6}])
    assert np.isinf(found["annealing_difference"]).all()
    assert found["glassy"].all()


def test_the_error_of_a_glassy_point_holds_the_scatter(results):
    first, other = results[0][0], results[1][0]
    series, root = group(other, "series"), group(other)
    series["energy"] = series["energy"] + 0.3
    root["energy"] = root["energy"] + 0.1
    whole = joined(TASK, [[first], [with_groups(other, {"series": series, "/": root})]])
    assert whole["health"]["glassy"].all()
    assert not whole["health"]["converged"].any()
    apart = np.abs(first["/"]["energy"] - root["energy"]) / 2
    np.testing.assert_allclose(whole["/"]["energy_stderr"], apart, rtol=1e-9)
