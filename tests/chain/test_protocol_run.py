"""Runs of protocols: what they return, stopped, resumed, refused."""

from dataclasses import replace

import numba
import numpy as np
import pytest
from short_ladder import KAGOME, STATES, results_on_threads

from mcsc.chain import FieldProtocol, Sampling, Stopped, Task, fraction_done, run
from mcsc.chain.digest import content
from mcsc.chain.run import kernel_tables
from mcsc.chain.start import place_at_random, random_state
from mcsc.files import netcdf

BRANCHES = ["forward", "backward", "field_cooled", "field_removed"]
LAYERS = Task(
    STATES,
    (2, 2, 2),
    9,
    (0.1, 0.2),
    sampling=Sampling(warmup=64),
    seed=3,
    protocol=FieldProtocol((0.0, 0.5), sweeps=96, measurements=24, repeats=2),
)
# cooling in 2 stages and 16 steps once and for each field, 8 points of 2 + 2 steps
N_STEPS = 3 * (2 + 16) + 8 * 4


def same(one, two):
    assert not one.children and one.identical(two)
    for name in one["/"].variables:
        assert one["/"][name].values.tobytes() == two["/"][name].values.tobytes()
    return True


@pytest.fixture(scope="module")
def undisturbed():
    return run(LAYERS)


def test_the_parts_of_a_result(undisturbed):
    root = undisturbed["/"]
    assert root["displacement_parallel"].dims == ("branch", "field", "temperature")
    assert root["displacement_parallel_repeat"].dims == (
        *root["displacement_parallel"].dims,
        "repeat",
    )
    assert root["branch"].values.tolist() == BRANCHES
    assert root["field"].values.tolist() == [0.0, 0.5]
    np.testing.assert_allclose(
        root["displacement_parallel_repeat"].mean("repeat"), root["displacement_parallel"]
    )
    assert root.attrs == {
        "protocol_sweeps": 96,
        "protocol_measurements": 24,
        "protocol_repeats": 2,
        "protocol_warmup": 64,
    }
    for name, variable in root.data_vars.items():
        assert variable.attrs["units"], name
        assert variable.attrs["long_name"], name
        linked = variable.attrs.get("ancillary_variables", "")
        assert all(one in root for one in linked.split()), name
    assert 0 < float(root["energy_drift"]) < 1e-10
    assert float(root["displacement_largest"]) == pytest.approx(0.05)
    assert 0 < float(root["displacement_parallel_largest"]) <= 0.05
    acceptance = root["near_hop_acceptance"].values
    assert ((acceptance > 0) & (acceptance < 1)).all()
    assert ((root["charge_order"] > 0) & (root["charge_order"] <= 1)).all()


@pytest.mark.parametrize("steps", [[1], [20], [40], [N_STEPS - 1], [7] * 12])
def test_stopped_and_resumed(tmp_path, undisturbed, steps):
    checkpoint = tmp_path / "a.checkpoint"
    done = 0
    for n in steps:
        asked = iter([False] * (n - 1) + [True])
        with pytest.raises(Stopped):
            run(LAYERS, checkpoint, stop=lambda asked=asked: next(asked))
        done += n
        assert fraction_done(LAYERS, checkpoint) == pytest.approx(done / N_STEPS)
    reports = []
    assert same(run(LAYERS, checkpoint, report=reports.append), undisturbed)
    assert reports[-1] == 1.0
    assert len(reports) == N_STEPS - done


@pytest.mark.skipif(numba.config.NUMBA_NUM_THREADS < 2, reason="one core")
def test_threads_do_not_change_a_bit(undisturbed):
    for result in results_on_threads(LAYERS):
        assert same(result, undisturbed)


def test_every_cooling_starts_from_wells_of_its_own():
    tables, _ = kernel_tables(LAYERS.build())
    state = random_state(LAYERS, tables)
    starts = [state.carriers.copy()]
    for start in (1, 2):
        place_at_random(LAYERS, tables, state, start)
        starts.append(state.carriers.copy())
    place_at_random(LAYERS, tables, state, 0)
    assert (state.carriers == starts[0]).all()
    assert len(starts[0]) == LAYERS.n_replicas == 4
    # by start, repeat and temperature
    assert len({tuple(sorted(row)) for rows in starts for row in rows.tolist()}) == 12


def test_a_result_is_written_and_read(tmp_path, undisturbed):
    netcdf.write(tmp_path / "a.nc", undisturbed, {})
    assert undisturbed["/"].equals(netcdf.read(tmp_path / "a.nc")["/"])


def test_only_a_protocol_changes_the_digest():
    plain = replace(LAYERS, protocol=None)
    assert "protocol" not in content(plain)
    of_layers = content(LAYERS)
    assert of_layers.pop("protocol") == ((0.0, 0.5), 96, 24, 2)
    assert of_layers == content(plain)
    others = [
        replace(LAYERS, protocol=replace(LAYERS.protocol, **change))
        for change in (
            {"fields": (0.0, 0.6)},
            {"sweeps": 192},
            {"measurements": 12},
            {"repeats": 3},
        )
    ]
    assert len({t.digest() for t in (plain, LAYERS, *others)}) == 6


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"fields": (0.0,)}, "fields = 0: give 0 and at least one more"),
        ({"fields": (0.1, 0.2)}, "fields = 0.1, 0.2"),
        ({"fields": (0.0, 0.2, 0.2)}, "each larger"),
        ({"sweeps": 100}, "multiple of 48"),
        ({"measurements": 0}, "measurements = 0"),
        ({"repeats": 1}, "at least 2"),
    ],
)
def test_impossible_protocols_are_refused(change, message):
    with pytest.raises(ValueError, match=message):
        replace(LAYERS.protocol, **change)


def test_tasks_that_no_protocol_fits_are_refused():
    with pytest.raises(ValueError, match="leave it zero"):
        replace(LAYERS, field=0.1)
    with pytest.raises(ValueError, match="displaced states"):
        replace(LAYERS, structure=KAGOME)
